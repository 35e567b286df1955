// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netlink/attr.h>

#include "drainer.h"
#include "json.h"
#include "owners.h"
#include "text.h"

#define OWNERS_SHOWN 3
#define WAIT_MAX_MS (24 * 3600 * 1000ULL)

int drain_limit(const struct ctx *ctx, const char *word, __u64 *limit_ms,
		struct fail *fail)
{
	struct why why;

	*limit_ms = ctx->has_timeout ? ctx->timeout_ms : 0;
	if (!word || !*word)
		return 0;
	if (!parse_duration(word, WAIT_MAX_MS, limit_ms, &why))
		return fail_set(fail, CODE_USAGE, "--wait=%s", why.text);
	if (!*limit_ms)
		return fail_set(fail, CODE_USAGE, "--wait: must not be 0");
	return 0;
}

void explain_draining(struct session *s, struct fail *fail)
{
	struct fail ignored = { 0 };
	struct info info;
	char age[32], who[sizeof(info.drain_comm) + 16] = "another process";

	if (info_get(s, &info, &ignored) || !info.draining)
		return;
	text_duration(age, sizeof(age), boottime_ns() - info.drain_since);
	if (info.drain_pid)
		snprintf(who, sizeof(who), "%s[%u]", info.drain_comm,
			 info.drain_pid);
	fail_message(fail, "the gate is closed: %s drains '%s', for %s", who,
		     info.active, age);
	fail_hint(fail, "ioasidctl resume");
}

/* The state of the active space. */
static int take_active(struct nl_msg *msg, void *arg)
{
	struct drainer *d = arg;
	struct row row;
	__u32 flags;

	if (row_parse(&row, &object_allocator, msg))
		return 0;
	flags = attr_u32(row.tb, IOASID_A_ALLOCATOR_FLAGS, 0);
	if (!(flags & IOASID_ALLOCATOR_F_ACTIVE) ||
	    !(flags & IOASID_ALLOCATOR_F_OPERATING))
		return 0;
	d->remaining = attr_u32(row.tb, IOASID_A_ALLOCATOR_IDS, 0);
	d->generation = attr_u64(row.tb, IOASID_A_ALLOCATOR_GENERATION, 0);
	d->begun = flags & IOASID_ALLOCATOR_F_DRAINING;
	if (attr_string(row.tb, IOASID_A_ALLOCATOR_NAME))
		text_clean(d->name, sizeof(d->name),
			   attr_string(row.tb, IOASID_A_ALLOCATOR_NAME), false);
	return 0;
}

static int look(struct drainer *d)
{
	struct nl_msg *msg = session_request(d->s, IOASID_CMD_ALLOCATOR_GET, 0,
					     d->fail);

	if (!msg)
		return -1;
	return session_dump(d->s, msg, take_active, d, NULL, d->fail);
}

static int take_reply(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[ATTRS_MAX + 1];
	struct drainer *d = arg;

	if (attrs_parse_msg(&attrs_allocator, msg, tb))
		return 0;
	d->remaining = attr_u32(tb, IOASID_A_ALLOCATOR_IDS, 0);
	d->generation = attr_u64(tb, IOASID_A_ALLOCATOR_GENERATION, 0);
	text_clean(d->name, sizeof(d->name),
		   tb[IOASID_A_ALLOCATOR_NAME] ?
		   nla_get_string(tb[IOASID_A_ALLOCATOR_NAME]) : "", false);
	return 0;
}

static int begin(struct drainer *d)
{
	struct nl_msg *msg = session_request(d->s, IOASID_CMD_DRAIN, 0, d->fail);

	if (msg && put_conditions(msg, d->ctx,
				  IOASID_A_ALLOCATOR_EXPECTED_GENERATION,
				  IOASID_A_ALLOCATOR_DRY_RUN)) {
		nlmsg_free(msg);
		return fail_memory(d->fail);
	}
	if (!msg)
		return -1;
	if (session_do(d->s, msg, take_reply, d, d->fail)) {
		if (d->fail->code == CODE_DRAINING)
			explain_draining(d->s, d->fail);
		return -1;
	}
	d->begun = !d->ctx->dry_run;
	return 0;
}

void drain_roll_back(struct drainer *d)
{
	struct fail ignored = { 0 };
	struct nl_msg *msg;

	if (!d->begun)
		return;
	d->begun = false;
	msg = session_request(d->s, IOASID_CMD_RESUME, 0, &ignored);
	if (msg)
		session_do(d->s, msg, NULL, NULL, &ignored);
}

struct holders {
	struct owners owners;
	struct fail *fail;
};

static int take_holder(struct nl_msg *msg, void *arg)
{
	struct holders *h = arg;
	struct row row;

	if (row_parse(&row, &object_ioasid, msg) ||
	    attr_u32(row.tb, IOASID_A_ID_STATE, 0) == IOASID_STATE_ORPHAN)
		return 0;
	return owners_add(&h->owners, msg, &row) ? fail_memory(h->fail) : 0;
}

static int collect_holders(struct drainer *d, struct holders *h)
{
	struct id_filter filter = { .fold = true };
	struct nl_msg *msg = ids_request(d->s, &filter, d->fail);

	h->fail = d->fail;
	if (!msg || session_dump(d->s, msg, take_holder, h, NULL, d->fail))
		return -1;
	owners_sort(&h->owners);
	return 0;
}

static void progress_line(const struct drainer *d, const char *event,
			  const struct holders *h)
{
	struct json_object *head = json_envelope("drain", &d->generation);
	struct json_stream json = { .out = stdout };
	size_t i;

	json_add_text(head, "event", event);
	json_add_text(head, "allocator", d->name);
	json_add_number(head, "remaining", d->remaining);
	json_begin(&json, head);
	for (i = 0; h && i < h->owners.count && i < FAIL_BLOCKERS; i++)
		json_item(&json, owner_json(h->owners.list[i]));
	json_end(&json, NULL);
	fflush(stdout);
}

static void progress_text(struct drainer *d, const struct holders *h)
{
	bool terminal = isatty(STDERR_FILENO);
	size_t i;

	if (d->ctx->quiet || d->ctx->json || (!terminal && !d->ctx->verbose))
		return;
	fprintf(stderr, "%s%s: %u left in '%s'", terminal ? "\r\033[K" : "",
		d->ctx->command, d->remaining, d->name);
	for (i = 0; i < h->owners.count && i < OWNERS_SHOWN; i++)
		fprintf(stderr, "%s %llu %s", i ? "," : ":",
			h->owners.list[i]->ids, h->owners.list[i]->text);
	if (i < h->owners.count)
		fprintf(stderr, ", %zu more", h->owners.count - i);
	d->shown = terminal && d->remaining;
	if (!d->shown)
		fputc('\n', stderr);
}

static int progress(struct drainer *d)
{
	struct holders h = { .fail = d->fail };
	int ret = collect_holders(d, &h);

	if (!ret && d->lines && d->remaining)
		progress_line(d, "progress", &h);
	if (!ret)
		progress_text(d, &h);
	owners_free(&h.owners);
	return ret;
}

static int gave_up(struct drainer *d, enum heard heard)
{
	struct id_filter filter = { .allocator = d->name, .fold = true };

	/* The line of progress is not at its end. */
	if (d->shown && isatty(STDERR_FILENO))
		fputc('\n', stderr);
	events_fail(heard, d->fail);
	if (heard != HEARD_TIMEOUT && heard != HEARD_INTERRUPT)
		return -1;
	collect_blockers(d->s, &filter, row_is_no_orphan, d->fail);
	d->fail->blocking = d->remaining;
	fail_message(d->fail, "%s with %u IOASIDs outstanding in '%s'; the gate is open again",
		     heard == HEARD_TIMEOUT ? "timed out" : "interrupted",
		     d->remaining, d->name);
	return -1;
}

/* Another drain may be on by now, which is not ours. */
static int take_event(struct nl_msg *msg, void *arg)
{
	struct drainer *d = arg;

	if (event_of(msg) == IOASID_CMD_DRAIN_END_NTF)
		d->over = true;
	return 0;
}

/* Progress is shown when something changed, and nothing is asked otherwise. */
static int wait_for_empty(struct drainer *d, struct events *e, __u64 deadline)
{
	__u32 shown = ~0U;
	enum heard heard;

	for (;;) {
		if (look(d))
			return -1;
		if (d->over)
			d->begun = false;
		if (!d->begun)
			return fail_set(d->fail, CODE_NOT_DRAINING,
					"somebody else opened the gate, or the space is gone");
		if (d->remaining != shown && progress(d))
			return -1;
		shown = d->remaining;
		if (!d->remaining)
			return 0;
		heard = events_wait(e, deadline, take_event, d, d->fail);
		if (heard != HEARD_EVENTS && heard != HEARD_LOST)
			return gave_up(d, heard);
	}
}

int drain_and_wait(struct drainer *d, __u64 limit_ms)
{
	__u64 deadline = limit_ms ? deadline_in(limit_ms) : DEADLINE_NONE;
	struct events e;
	int ret;

	if (d->ctx->dry_run)
		return begin(d);
	if (events_open(&e, d->ctx, d->s, 0, d->fail))
		return -1;
	ret = begin(d);
	if (!ret && d->lines)
		progress_line(d, "begin", NULL);
	if (!ret)
		ret = wait_for_empty(d, &e, deadline);
	if (!ret && d->lines)
		progress_line(d, "drained", NULL);
	if (ret)
		drain_roll_back(d);
	events_close(&e);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <netlink/attr.h>

#include "change.h"
#include "json.h"
#include "text.h"

const struct change change_switch = {
	.cmd = IOASID_CMD_ALLOCATOR_SWITCH,
	.kind = "switch",
	.done = "switched to",
	.would = "would switch to",
	.already = "already operating:",
};

const struct change change_unregister = {
	.cmd = IOASID_CMD_ALLOCATOR_UNREGISTER,
	.kind = "unregister",
	.done = "unregistered",
	.would = "would unregister",
	.already = "not registered:",
};

const struct change change_reset = {
	.cmd = IOASID_CMD_ALLOCATOR_RESET,
	.kind = "reset",
	.done = "cleared the faulty mark of",
	.would = "would clear the faulty mark of",
	.already = "not faulty:",
};

struct answer {
	__u64 generation;
	bool changed;
};

static int take_answer(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[ATTRS_MAX + 1];
	struct answer *answer = arg;

	if (attrs_parse_msg(&attrs_allocator, msg, tb))
		return 0;
	answer->generation = attr_u64(tb, IOASID_A_ALLOCATOR_GENERATION, 0);
	answer->changed = tb[IOASID_A_ALLOCATOR_CHANGED] &&
			  nla_get_u8(tb[IOASID_A_ALLOCATOR_CHANGED]);
	return 0;
}

void explain_stale(const struct ctx *ctx, struct fail *fail)
{
	if (fail->code != CODE_STALE)
		return;
	if (ctx->has_expected)
		fail_message(fail, "the generation is %llu, not %llu",
			     fail->kernel.cookie.generation, ctx->expected);
	else
		fail_message(fail, "the active space changed meanwhile; try again");
}

/* Whose IDs are in the way: of a switch, those of the active space. */
static void explain_outstanding(struct session *s, const struct change *change,
				const char *name, struct fail *fail)
{
	struct id_filter filter = { .allocator = name, .fold = true };
	struct fail ignored = { 0 };
	char quoted[4 * IOASID_NAME_MAX] = "";
	struct info info;

	if (change->cmd == IOASID_CMD_ALLOCATOR_SWITCH) {
		if (info_get(s, &info, &ignored))
			return;
		filter.allocator = info.active;
	}
	collect_blockers(s, &filter, row_is_no_orphan, fail);
	fail_message(fail, "%llu IOASIDs outstanding in '%s'", fail->blocking,
		     filter.allocator);
	if (text_quote(quoted, sizeof(quoted), name))
		fail_hint(fail, "ioasidctl %s %s --wait=30", change->kind,
			  quoted);
}

static void explain(struct session *s, const struct change *change,
		    const char *name, struct fail *fail)
{
	switch (fail->code) {
	case CODE_OUTSTANDING:
		explain_outstanding(s, change, name, fail);
		break;
	case CODE_DRAINING:
		explain_draining(s, fail);
		break;
	case CODE_UNKNOWN_ALLOCATOR:
		fail_message(fail, "no allocator '%s'", name);
		break;
	default:
		explain_stale(s->ctx, fail);
		break;
	}
}

void explain_refused_switch(struct session *s, const char *name,
			    struct fail *fail)
{
	explain(s, &change_switch, name, fail);
}

static int say(const struct ctx *ctx, const struct change *change,
	       const char *name, const struct answer *answer, struct fail *fail)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head;

	if (ctx->strict && !answer->changed) {
		fail_hint(fail, "ioasidctl allocators");
		return fail_set(fail, CODE_EXISTS, "%s '%s'", change->already,
				name);
	}
	if (ctx->json) {
		head = json_envelope(change->kind, &answer->generation);
		json_add_text(head, "name", name);
		json_add_bool(head, "changed", answer->changed);
		json_add_bool(head, "dry_run", ctx->dry_run);
		json_begin(&json, head);
		json_end(&json, NULL);
	} else if (ctx->verbose) {
		printf("%s '%s'\n", !answer->changed ? change->already :
		       ctx->dry_run ? change->would : change->done, name);
	}
	return 0;
}

static int request(struct session *s, const struct ctx *ctx, int cmd,
		   const char *name, struct answer *answer, struct fail *fail)
{
	struct nl_msg *msg = session_request(s, cmd, 0, fail);

	if (!msg)
		return -1;
	if (nla_put_string(msg, IOASID_A_ALLOCATOR_NAME, name) ||
	    put_conditions(msg, ctx, IOASID_A_ALLOCATOR_EXPECTED_GENERATION,
			   IOASID_A_ALLOCATOR_DRY_RUN)) {
		nlmsg_free(msg);
		return fail_memory(fail);
	}
	return session_do(s, msg, take_answer, answer, fail);
}

int change_drained(struct session *s, const struct ctx *ctx,
		   const struct change *change, const char *name,
		   struct drainer *d)
{
	struct answer answer = { 0 };
	struct ctx since = *ctx;

	/* The drain has checked it, and has moved it. */
	since.has_expected = false;
	if (request(s, &since, change->cmd, name, &answer, d->fail)) {
		explain(s, change, name, d->fail);
		drain_roll_back(d);
		return -1;
	}
	/* A change ended it; to resume now could end somebody else's. */
	if (answer.changed)
		d->begun = false;
	drain_roll_back(d);
	return say(ctx, change, name, &answer, d->fail);
}

int change_dry_run(struct session *s, const struct ctx *ctx, const char *name,
		   struct fail *fail)
{
	struct answer answer = { 0 };
	struct ctx dry = *ctx;

	dry.dry_run = true;
	if (!request(s, &dry, IOASID_CMD_ALLOCATOR_SWITCH, name, &answer, fail))
		return 0;
	if (fail->code == CODE_OUTSTANDING) {
		fail_clear(fail);
		return 0;
	}
	explain(s, &change_switch, name, fail);
	return -1;
}

int change_do(struct session *s, const struct ctx *ctx,
	      const struct change *change, const char *name,
	      const __u64 *limit_ms, struct fail *fail)
{
	struct drainer d = { .ctx = ctx, .s = s, .fail = fail };
	struct answer answer = { 0 };

	if (!request(s, ctx, change->cmd, name, &answer, fail))
		return say(ctx, change, name, &answer, fail);
	if (fail->code != CODE_OUTSTANDING || !limit_ms || ctx->dry_run) {
		explain(s, change, name, fail);
		return -1;
	}
	fail_clear(fail);
	if (drain_and_wait(&d, *limit_ms))
		return -1;
	return change_drained(s, ctx, change, name, &d);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Wait for something to be so. Asks when something changed, and never else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "json.h"
#include "request.h"

#define CONDITIONS_MAX 16

enum kind {
	COND_EMPTY,
	COND_GONE,
	COND_FREE,
	COND_ALLOCATOR,
	COND_ACTIVE,
	COND_GENERATION,
	COND_MODULE,
};

struct condition {
	enum kind kind;
	const char *text;		/* as typed */
	const char *name;
	__u64 number;
	struct id_list ids;
	bool met;
};

struct waiting {
	const struct ctx *ctx;
	struct fail *fail;
	struct condition cond[CONDITIONS_MAX];
	int count;
	bool module;			/* one of them is "module" */
	bool torn;			/* it changed while it was looked at */
	__u64 deadline;
	struct info info;
};

static const struct {
	const char *prefix;		/* the whole word if it ends with no '=' */
	enum kind kind;
} kinds[] = {
	{ "empty", COND_EMPTY },
	{ "gone=", COND_GONE },
	{ "free>=", COND_FREE },
	{ "allocator=", COND_ALLOCATOR },
	{ "active=", COND_ACTIVE },
	{ "generation>=", COND_GENERATION },
	{ "module", COND_MODULE },
};

static bool parse_value(struct condition *c, const char *value, struct why *why)
{
	c->name = value;
	switch (c->kind) {
	case COND_GONE:
		if (!parse_ids(value, &c->ids, why))
			return false;
		id_list_normalize(&c->ids);
		return true;
	case COND_FREE:
		return parse_number(value, 1, PARSE_ID_MAX, &c->number, why);
	case COND_GENERATION:
		return parse_number(value, 0, ~0ULL, &c->number, why);
	case COND_ALLOCATOR:
	case COND_ACTIVE:
		return parse_name(value, IOASID_NAME_MAX, why);
	default:
		return true;
	}
}

static int parse_condition(struct condition *c, const char *word,
			   struct fail *fail)
{
	size_t i, len;
	struct why why;

	c->text = word;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		len = strlen(kinds[i].prefix);
		if (strncmp(word, kinds[i].prefix, len) ||
		    (kinds[i].prefix[len - 1] != '=' && word[len]))
			continue;
		c->kind = kinds[i].kind;
		if (!parse_value(c, word + len, &why))
			return fail_set(fail, CODE_USAGE, "%s%s",
					kinds[i].prefix, why.text);
		return 0;
	}
	return fail_set(fail, CODE_USAGE,
			"no condition '%.60s': must be of empty, gone=IDS, free>=N, allocator=NAME, active=NAME, generation>=G, module",
			word);
}

static int parse(struct waiting *w, const struct input *in)
{
	int i;

	if (in->argc > CONDITIONS_MAX)
		return fail_set(w->fail, CODE_USAGE, "too many conditions");
	for (i = 0; i < in->argc; i++) {
		w->count++;
		if (parse_condition(&w->cond[i], in->argv[i], w->fail))
			return -1;
		w->module = w->module || w->cond[i].kind == COND_MODULE;
	}
	return 0;
}

static int take_any(struct nl_msg *msg, void *arg)
{
	__u64 *ids = arg;
	struct row row;

	if (!row_parse(&row, &object_ioasid, msg))
		*ids += row_ids(&row);
	return 0;
}

static int count_in_use(struct waiting *w, struct session *s,
			const struct id_list *ids, __u64 *count)
{
	struct id_filter filter = { .ids = ids, .fold = true };
	struct nl_msg *msg = ids_request(s, &filter, w->fail);

	*count = 0;
	if (!msg)
		return -1;
	return session_dump(s, msg, take_any, count, &w->torn, w->fail);
}

/*
 * What is seen counts: IDs of a request that is not done yet go without an event if
 * it fails. 0 is given to nobody who does not insist, so it does not count as free.
 */
static int check_free(struct waiting *w, struct session *s, struct condition *c)
{
	struct id_run all = { 1, w->info.id_max };
	struct id_list but_zero = { .run = &all, .count = 1 };
	__u64 in_use;

	if (count_in_use(w, s, &but_zero, &in_use))
		return -1;
	c->met = w->info.id_max - in_use >= c->number;
	return 0;
}

static int take_no_orphan(struct nl_msg *msg, void *arg)
{
	struct row row;

	if (!row_parse(&row, &object_ioasid, msg) && row_is_no_orphan(&row))
		*(bool *)arg = false;
	return 0;
}

static int check_empty(struct waiting *w, struct session *s,
		       struct condition *c)
{
	struct id_filter filter = { .fold = true };
	struct nl_msg *msg = ids_request(s, &filter, w->fail);

	c->met = true;
	if (!msg)
		return -1;
	return session_dump(s, msg, take_no_orphan, &c->met, &w->torn, w->fail);
}

static int take_name(struct nl_msg *msg, void *arg)
{
	struct condition *c = arg;
	const char *name;
	struct row row;

	if (row_parse(&row, &object_allocator, msg))
		return 0;
	name = attr_string(row.tb, IOASID_A_ALLOCATOR_NAME);
	if (name && !strcmp(name, c->name))
		c->met = true;
	return 0;
}

static int check_allocator(struct waiting *w, struct session *s,
			   struct condition *c)
{
	struct nl_msg *msg = session_request(s, IOASID_CMD_ALLOCATOR_GET, 0,
					     w->fail);

	if (!msg)
		return -1;
	return session_dump(s, msg, take_name, c, NULL, w->fail);
}

static int check(struct waiting *w, struct session *s, struct condition *c)
{
	__u64 in_use;

	c->met = false;
	w->torn = false;
	switch (c->kind) {
	case COND_EMPTY:
		return check_empty(w, s, c);
	case COND_GONE:
		if (count_in_use(w, s, &c->ids, &in_use))
			return -1;
		c->met = !in_use;
		return 0;
	case COND_FREE:
		return check_free(w, s, c);
	case COND_ALLOCATOR:
		return check_allocator(w, s, c);
	case COND_ACTIVE:
		c->met = !strcmp(w->info.active, c->name);
		return 0;
	case COND_GENERATION:
		c->met = w->info.generation >= c->number;
		return 0;
	case COND_MODULE:
		c->met = true;
		return 0;
	}
	return 0;
}

/* 1 if all are met, one after the other; 0 if one is not. */
static int check_each(struct waiting *w, struct session *s)
{
	bool all = true;
	int i;

	if (info_get(s, &w->info, w->fail))
		return -1;
	for (i = 0; i < w->count; i++) {
		if (check(w, s, &w->cond[i]))
			return -1;
		/* What changed while it was looked at is looked at again. */
		if (w->torn)
			w->cond[i].met = false;
		all = all && w->cond[i].met;
	}
	return all;
}

/*
 * 1 if all are met at the same time: one at any time, several when nothing changed in
 * between. Else an event is on its way.
 */
static int check_all(struct waiting *w, struct session *s)
{
	struct info after;
	int ret = check_each(w, s);

	if (ret <= 0 || w->count == 1)
		return ret;
	if (info_get(s, &after, w->fail))
		return -1;
	return after.generation == w->info.generation;
}

static int not_in_time(struct waiting *w, enum heard heard)
{
	char missing[160] = "";
	size_t used = 0;
	int i;

	if (heard != HEARD_TIMEOUT)
		return events_fail(heard, w->fail);
	fail_hint(w->fail, "ioasidctl status");
	for (i = 0; i < w->count && used < sizeof(missing); i++) {
		if (w->cond[i].met)
			continue;
		used += snprintf(missing + used, sizeof(missing) - used, "%s%s",
				 used ? " " : "", w->cond[i].text);
		if (w->cond[i].kind == COND_MODULE)
			fail_hint(w->fail, "ioasidctl module info");
	}
	return fail_set(w->fail, CODE_TIMEOUT, "not in time: %s",
			*missing ? missing : "all of it at once");
}

/* 1 when all are met, 0 when the module went away, -1 with fail set. */
static int wait_with_module(struct waiting *w, struct session *s)
{
	enum heard heard;
	struct events e;
	int ret;

	if (events_open(&e, w->ctx, s, 0, w->fail))
		return -1;
	for (;;) {
		ret = check_all(w, s);
		if (ret)
			break;
		heard = events_wait(&e, w->deadline, NULL, NULL, w->fail);
		if (heard == HEARD_EVENTS || heard == HEARD_LOST)
			continue;
		if (heard == HEARD_GONE && w->module)
			break;
		ret = not_in_time(w, heard);
		break;
	}
	events_close(&e);
	/* Unloaded under a question: that is what there is to say. */
	if (ret < 0 && (w->fail->code == CODE_FAILURE ||
			w->fail->code == CODE_NO_MODULE) && session_is_stale(s)) {
		fail_clear(w->fail);
		ret = w->module ? 0 : events_fail(HEARD_GONE, w->fail);
	}
	return ret;
}

/* Open a session; with "module" among the conditions wait until one can be. */
static int open_when_loaded(struct waiting *w, struct session *s)
{
	struct ctx ctx = *w->ctx;
	enum heard heard = HEARD_EVENTS;
	struct events e;
	int i, ret;

	if (!w->module)
		return session_open(s, w->ctx, w->fail);
	for (i = 0; i < w->count; i++)
		w->cond[i].met = false;
	/* To wait for the module must not load it. */
	ctx.autoload = false;
	if (events_open(&e, w->ctx, NULL, 0, w->fail))
		return -1;
	for (;;) {
		ret = session_open(s, &ctx, w->fail);
		if (!ret || w->fail->code != CODE_NO_MODULE)
			break;
		fail_clear(w->fail);
		e.come = false;
		heard = events_wait(&e, w->deadline, NULL, NULL, w->fail);
		if (heard != HEARD_COME && heard != HEARD_EVENTS &&
		    heard != HEARD_LOST) {
			ret = not_in_time(w, heard);
			break;
		}
	}
	events_close(&e);
	s->ctx = w->ctx;
	return ret;
}

static int say(const struct waiting *w)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head, *item;
	int i;

	if (!w->ctx->json)
		return 0;
	head = json_envelope("wait", &w->info.generation);
	json_begin(&json, head);
	for (i = 0; i < w->count; i++) {
		item = json_object_new_object();
		json_add_text(item, "condition", w->cond[i].text);
		json_item(&json, item);
	}
	json_end(&json, NULL);
	return 0;
}

static int run_wait(const struct ctx *ctx, const struct input *in,
		    struct fail *fail)
{
	struct waiting w = {
		.ctx = ctx, .fail = fail,
		.deadline = ctx->has_timeout ? deadline_in(ctx->timeout_ms) :
					       DEADLINE_NONE,
	};
	struct session s;
	int i, ret;

	ret = parse(&w, in);
	while (!ret) {
		ret = open_when_loaded(&w, &s);
		if (ret)
			break;
		ret = wait_with_module(&w, &s);
		session_close(&s);
	}
	for (i = 0; i < w.count; i++)
		id_list_free(&w.cond[i].ids);
	return ret > 0 ? say(&w) : ret;
}

const struct command cmd_wait = {
	.name = "wait",
	.args = "CONDITION...",
	.summary = "wait until something is so",
	.notes =
"Conditions; the wait ends when all of them hold at the same time:\n"
"  empty            no IOASID is in use, orphans left aside\n"
"  gone=IDS         none of these is in use (5,17-24,0x80)\n"
"  free>=N          so many numbers are free\n"
"  allocator=NAME   NAME is registered\n"
"  active=NAME      NAME serves new allocations\n"
"  generation>=G    the generation has come to G\n"
"  module           the module is loaded; to wait for it does not load it\n"
"\n"
"--timeout=SEC ends it with exit 7; the default is to wait for ever. It sleeps\n"
"until an event comes. If the module is unloaded it ends with exit 9, unless\n"
"'module' is one of the conditions.\n",
	.examples =
"  ioasidctl wait empty --timeout=30\n"
"  ioasidctl wait module allocator=vcmd0 && ioasidctl switch vcmd0\n"
"  ioasidctl wait gone=17-24 'free>=1000'\n",
	.min_args = 1,
	.max_args = -1,
	.exits = EXITS_READ | EXIT(130),
	.run = run_wait,
};

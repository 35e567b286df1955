// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netlink/attr.h>

#include "change.h"
#include "json.h"
#include "saved.h"
#include "text.h"

/* The length of an attribute is 16 bits. */
#define RUNS_A_GROUP 3000
#define RUN_ROOM 20
#define GROUP_ROOM 80

struct restore {
	const struct ctx *ctx;
	struct fail *fail;
	struct session s;
	struct saved want;
	bool exact;
	/* the answer */
	__u64 generation;
	bool changed;
	__u32 allocated;
	__u32 freed;
	__u32 relabelled;
	__u32 kept;
};

static int by_label(const void *a, const void *b)
{
	const struct saved_run *x = a;
	const struct saved_run *y = b;
	int order = strcmp(x->label, y->label);

	return order ? order : (x->first > y->first) - (x->first < y->first);
}

static int put_run(struct nl_msg *msg, const struct saved_run *run)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED |
					     IOASID_A_RESTORE_GROUP_RANGE);

	if (!nest || nla_put_u32(msg, IOASID_A_RANGE_FIRST, run->first) ||
	    nla_put_u32(msg, IOASID_A_RANGE_LAST, run->last))
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

/* Those from @at on that have the same label; how many. */
static size_t put_group(struct nl_msg *msg, const struct saved_runs *runs,
			size_t at)
{
	const char *label = runs->run[at].label;
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED |
					     IOASID_A_RESTORE_GROUP);
	size_t i;

	if (!nest || (label[0] &&
		      nla_put_string(msg, IOASID_A_RESTORE_GROUP_LABEL, label)))
		return 0;
	for (i = at; i < runs->count && i - at < RUNS_A_GROUP; i++) {
		if (strcmp(runs->run[i].label, label))
			break;
		if (put_run(msg, &runs->run[i]))
			return 0;
	}
	nla_nest_end(msg, nest);
	return i - at;
}

static int put_wish(struct nl_msg *msg, struct restore *r)
{
	const char *allocator = r->want.allocator;
	size_t at = 0, n;

	while (at < r->want.ids.count) {
		n = put_group(msg, &r->want.ids, at);
		if (!n)
			return -1;
		at += n;
	}
	if (allocator[0] &&
	    nla_put_string(msg, IOASID_A_RESTORE_ALLOCATOR, allocator))
		return -1;
	if (r->exact && nla_put_flag(msg, IOASID_A_RESTORE_EXACT))
		return -1;
	return put_conditions(msg, r->ctx, IOASID_A_RESTORE_EXPECTED_GENERATION,
			      IOASID_A_RESTORE_DRY_RUN);
}

static int take_answer(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[ATTRS_MAX + 1];
	struct restore *r = arg;

	if (attrs_parse_msg(&attrs_restore, msg, tb))
		return 0;
	r->generation = attr_u64(tb, IOASID_A_RESTORE_GENERATION, 0);
	r->changed = tb[IOASID_A_RESTORE_CHANGED] &&
		     nla_get_u8(tb[IOASID_A_RESTORE_CHANGED]);
	r->allocated = attr_u32(tb, IOASID_A_RESTORE_ALLOCATED, 0);
	r->freed = attr_u32(tb, IOASID_A_RESTORE_FREED, 0);
	r->relabelled = attr_u32(tb, IOASID_A_RESTORE_RELABELLED, 0);
	r->kept = attr_u32(tb, IOASID_A_RESTORE_KEPT, 0);
	return 0;
}

/* Who has what the file wants? */
static void explain_taken(struct restore *r, bool (*who)(const struct row *))
{
	struct id_list ids = { 0 };
	struct id_filter filter = { .ids = &ids, .fold = true };
	const struct saved_runs *runs = &r->want.ids;
	size_t i;

	for (i = 0; i < runs->count && i < IOASID_FILTER_RANGES; i++)
		if (!id_list_add(&ids, runs->run[i].first, runs->run[i].last))
			break;
	if (i == runs->count) {
		id_list_normalize(&ids);
		collect_blockers(&r->s, &filter, who, r->fail);
	}
	fail_hint(r->fail, "ioasidctl show %u", r->fail->kernel.cookie.id);
	id_list_free(&ids);
}

static void explain(struct restore *r)
{
	struct fail *fail = r->fail;

	switch (fail->code) {
	case CODE_HELD:
		explain_taken(r, row_is_of_kernel);
		break;
	case CODE_NOT_OWNER:
		explain_taken(r, row_is_hold);
		break;
	case CODE_EXISTS:
		if (r->exact) {
			fail_message(fail, "%u of the IOASIDs are just being allocated; try again",
				     fail->kernel.cookie.count);
			break;
		}
		fail_message(fail, "%u of the IOASIDs have another label; --exact would change it",
			     fail->kernel.cookie.count);
		fail_hint(fail, "ioasidctl show %u", fail->kernel.cookie.id);
		break;
	default:
		explain_refused_switch(&r->s, r->want.allocator, fail);
		break;
	}
}

static int say(const struct restore *r)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head;

	if (r->ctx->strict && !r->changed)
		return fail_set(r->fail, CODE_EXISTS, "all is as it was saved");
	if (r->ctx->json) {
		head = json_envelope("restore", &r->generation);
		json_add_bool(head, "exact", r->exact);
		json_add_bool(head, "changed", r->changed);
		json_add_bool(head, "dry_run", r->ctx->dry_run);
		json_add_number(head, "allocated", r->allocated);
		json_add_number(head, "freed", r->freed);
		json_add_number(head, "relabelled", r->relabelled);
		json_add_number(head, "kept", r->kept);
		json_begin(&json, head);
		json_end(&json, NULL);
	} else if (r->ctx->verbose) {
		printf("%s %u, free %u, relabel %u, keep %u\n",
		       r->ctx->dry_run ? "would allocate" : "allocate",
		       r->allocated, r->freed, r->relabelled, r->kept);
	}
	return 0;
}

static int restore(struct restore *r)
{
	struct saved_runs *runs = &r->want.ids;
	struct nl_msg *msg;

	if (runs->count)
		qsort(runs->run, runs->count, sizeof(*runs->run), by_label);
	msg = session_request(&r->s, IOASID_CMD_RESTORE, runs->count *
			      (RUN_ROOM + GROUP_ROOM), r->fail);
	if (!msg)
		return -1;
	if (put_wish(msg, r)) {
		nlmsg_free(msg);
		return fail_memory(r->fail);
	}
	if (session_do(&r->s, msg, take_answer, r, r->fail)) {
		explain(r);
		return -1;
	}
	return say(r);
}

/* --- the differences --- */

struct diff {
	const struct ctx *ctx;
	struct json_stream json;
	bool differs;
};

static void say_run(struct diff *d, char sign, __u32 first, __u32 last,
		    const char *label)
{
	char run[32], clean[4 * IOASID_LABEL_MAX];
	char text[2] = { sign, '\0' };
	struct json_object *item;

	d->differs = d->differs || sign != '=';
	if (d->ctx->json) {
		item = json_run(first, last);
		json_add_text(item, "change", text);
		if (label[0])
			json_add_text(item, "label", label);
		json_item(&d->json, item);
		return;
	}
	text_run(run, sizeof(run), first, last);
	text_clean(clean, sizeof(clean), label, false);
	printf("%c %s%s%s\n", sign, run, clean[0] ? "  " : "", clean);
}

/* Both lists side by side, in pieces in which neither begins or ends. */
static void diff_runs(struct diff *d, const struct saved_runs *have,
		      const struct saved_runs *want)
{
	size_t i = 0, j = 0;
	__u64 at = 0, end;

	while (i < have->count || j < want->count) {
		const struct saved_run *h = i < have->count ? &have->run[i] : NULL;
		const struct saved_run *w = j < want->count ? &want->run[j] : NULL;
		bool in_h, in_w;

		if ((!h || h->first > at) && (!w || w->first > at))
			at = !h || (w && w->first < h->first) ? w->first : h->first;
		in_h = h && h->first <= at;
		in_w = w && w->first <= at;
		end = PARSE_ID_MAX;
		if (h)
			end = in_h ? h->last : h->first - 1;
		if (w && (in_w ? w->last : w->first - 1) < end)
			end = in_w ? w->last : w->first - 1;
		if (in_h && in_w && !strcmp(h->label, w->label)) {
			say_run(d, '=', at, end, h->label);
		} else {
			if (in_h)
				say_run(d, '-', at, end, h->label);
			if (in_w)
				say_run(d, '+', at, end, w->label);
		}
		at = end + 1;
		i += h && h->last < at;
		j += w && w->last < at;
	}
}

static int show_diff(struct restore *r)
{
	struct diff d = { .ctx = r->ctx, .json.out = stdout };
	const char *want = r->want.allocator;
	char clean[4 * IOASID_NAME_MAX];
	struct json_object *head, *tail;
	struct saved have = { 0 };
	bool moves;

	if (saved_read(&have, &r->s, r->fail)) {
		saved_free(&have);
		return -1;
	}
	moves = want[0] && strcmp(want, have.allocator);
	d.differs = moves;
	if (r->ctx->json) {
		head = json_envelope("restore-diff", &have.generation);
		json_add_text(head, "allocator", have.allocator);
		json_add_text(head, "allocator_wanted",
			      want[0] ? want : have.allocator);
		json_begin(&d.json, head);
	} else if (moves) {
		text_clean(clean, sizeof(clean), want, false);
		printf("- allocator %s\n+ allocator %s\n", have.allocator, clean);
	} else {
		printf("= allocator %s\n", have.allocator);
	}
	diff_runs(&d, &have.ids, &r->want.ids);
	if (r->ctx->json) {
		tail = json_object_new_object();
		json_add_bool(tail, "same", !d.differs);
		json_end(&d.json, tail);
	}
	saved_free(&have);
	if (!d.differs)
		return 0;
	r->fail->told = true;
	return fail_set(r->fail, CODE_DIFFERS, "it differs");
}

static int run_restore(const struct ctx *ctx, const struct input *in,
		       struct fail *fail)
{
	struct restore r = {
		.ctx = ctx, .fail = fail, .exact = in->opt[OPT_EXACT],
	};
	int ret;

	if (!!in->opt[OPT_EXACT] + !!in->opt[OPT_MERGE] > 1)
		return fail_set(fail, CODE_USAGE, "--exact excludes --merge");
	if (in->opt[OPT_DIFF] && ctx->has_expected)
		return fail_set(fail, CODE_USAGE,
				"--diff excludes --if-generation: it changes nothing");
	ret = saved_parse(&r.want, in->argv[0], fail);
	if (!ret)
		ret = session_open(&r.s, ctx, fail);
	if (!ret && in->opt[OPT_DIFF] && !session_privileged(&r.s))
		ret = fail_set(fail, CODE_PERMISSION,
			       "labels are shown with CAP_SYS_ADMIN only");
	else if (!ret)
		ret = in->opt[OPT_DIFF] ? show_diff(&r) : restore(&r);
	session_close(&r.s);
	saved_free(&r.want);
	return ret;
}

static const struct argp_option options[] = {
	{ "diff", OPT_DIFF, NULL, 0,
	  "only say what differs: + is missing, - is too much, = is as saved", 0 },
	{ "merge", OPT_MERGE, NULL, 0,
	  "allocate what is missing, touch nothing else (default)", 0 },
	{ "exact", OPT_EXACT, NULL, 0,
	  "also free what is not in FILE, and give labels as in FILE", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_restore = {
	.name = "restore",
	.args = "FILE",
	.summary = "make what user space holds what 'save' wrote down",
	.notes =
"One request of which all is done or nothing. IOASIDs of the kernel and of 'hold'\n"
"are never touched: if FILE has them it is refused (exit 5). The allocator of FILE\n"
"is made the operating one, like by 'switch': to another space only while no\n"
"IOASID is out. --diff ends with exit 14 if there is a difference. FILE may be -.\n",
	.examples =
"  ioasidctl restore --diff /var/lib/ioasid.json\n"
"  ioasidctl restore --exact /var/lib/ioasid.json\n"
"  ioasidctl restore --exact --dry-run -v /var/lib/ioasid.json\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.dry = true,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5) | EXIT(6) | EXIT(13) |
		 EXIT(14),
	.run = run_restore,
};

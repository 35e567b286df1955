// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <netlink/attr.h>

#include "change.h"
#include "runs.h"

struct release {
	const struct ctx *ctx;
	struct fail *fail;
	struct session s;
	struct id_list ids;		/* empty: by label */
	const char *label;
	bool keep_going;
};

static int put_wish(struct nl_msg *msg, const struct release *r,
		    const struct id_list *ids, bool skip_missing)
{
	if (put_ranges(msg, ids))
		return -1;
	if (r->label && nla_put_string(msg, IOASID_A_ID_LABEL, r->label))
		return -1;
	if (skip_missing && nla_put_flag(msg, IOASID_A_ID_SKIP_MISSING))
		return -1;
	return put_conditions(msg, r->ctx, IOASID_A_ID_EXPECTED_GENERATION,
			      IOASID_A_ID_DRY_RUN);
}

static int call(struct release *r, const struct id_list *ids, bool skip_missing,
		struct runs *runs)
{
	struct nl_msg *msg = session_request(&r->s, IOASID_CMD_IOASID_FREE,
					     ranges_room(ids), r->fail);

	if (msg && put_wish(msg, r, ids, skip_missing)) {
		nlmsg_free(msg);
		return fail_memory(r->fail);
	}
	return runs_call(&r->s, msg, runs, r->fail);
}

static void explain(struct release *r)
{
	struct id_filter filter = { .ids = &r->ids, .fold = true };
	struct fail *fail = r->fail;

	switch (fail->code) {
	case CODE_HELD:
		collect_blockers(&r->s, &filter, row_is_of_kernel, fail);
		fail_hint(fail, "ioasidctl show %u", fail->kernel.cookie.id);
		break;
	case CODE_NOT_OWNER:
		filter.label = r->label;
		collect_blockers(&r->s, &filter, row_is_hold, fail);
		fail_hint(fail, "ioasidctl show %u", fail->kernel.cookie.id);
		break;
	default:
		explain_stale(r->ctx, fail);
		break;
	}
}

/* The IDs asked for, sorted by what can be done with them. */
struct triage {
	struct release *r;
	struct id_list ours;
	__u64 seen;
	__u64 refused;
	bool no_memory;
};

static int take_row(struct nl_msg *msg, void *arg)
{
	struct triage *t = arg;
	struct row row;
	__u32 state;

	if (row_parse(&row, &object_ioasid, msg))
		return 0;
	state = attr_u32(row.tb, IOASID_A_ID_STATE, 0);
	if (state == IOASID_STATE_PENDING || state == IOASID_STATE_FREEING)
		return 0;	/* freed already */
	t->seen += row_ids(&row);
	if (row_is_user(&row) && !row_is_hold(&row)) {
		if (!id_list_add(&t->ours, row_first(&row), row_last(&row)))
			t->no_memory = true;
		return 0;
	}
	t->refused += row_ids(&row);
	fail_block(t->r->fail, msg, row_ids(&row));
	return 0;
}

static int triage(struct triage *t)
{
	struct release *r = t->r;
	struct id_filter filter = { .ids = &r->ids, .fold = true };
	struct nl_msg *msg = ids_request(&r->s, &filter, r->fail);

	if (!msg || session_dump(&r->s, msg, take_row, t, NULL, r->fail))
		return -1;
	if (t->no_memory)
		return fail_memory(r->fail);
	if (r->ctx->strict)
		t->refused += id_list_total(&r->ids) - t->seen;
	id_list_normalize(&t->ours);
	return 0;
}

static int free_what_can_be(struct release *r)
{
	struct triage t = { .r = r };
	struct runs runs = { 0 };
	struct info info;
	int ret = triage(&t);

	if (!ret && t.ours.count) {
		ret = call(r, &t.ours, true, &runs);
	} else if (!ret) {
		ret = info_get(&r->s, &info, r->fail);
		runs.generation = info.generation;
	}
	if (ret)
		explain(r);
	else
		ret = runs_print(&r->s, "free", &runs, NULL, false, r->fail);
	if (!ret && t.refused) {
		r->fail->blocking = t.refused;
		ret = fail_set(r->fail, CODE_PARTIAL,
			       "freed %llu, but %llu could not be freed",
			       runs.count, t.refused);
		fail_hint(r->fail, "ioasidctl list");
	}
	id_list_free(&runs.ids);
	id_list_free(&t.ours);
	return ret;
}

static int free_all(struct release *r)
{
	struct runs runs = { 0 };
	int ret = call(r, &r->ids, !r->ctx->strict, &runs);

	if (ret)
		explain(r);
	else if (r->label && r->ctx->strict && !runs.count)
		ret = fail_set(r->fail, CODE_UNKNOWN_IOASID,
			       "no IOASID has the label '%s'", r->label);
	else
		ret = runs_print(&r->s, "free", &runs, NULL, false, r->fail);
	if (!ret && r->ctx->verbose && !r->ctx->json)
		printf("%s %llu\n", r->ctx->dry_run ? "would free" : "freed",
		       runs.count);
	id_list_free(&runs.ids);
	return ret;
}

static int parse(struct release *r, const struct input *in)
{
	struct why why;

	r->label = in->opt[OPT_LABEL];
	r->keep_going = in->opt[OPT_KEEP_GOING];
	if (!r->label && !in->argc)
		return fail_set(r->fail, CODE_USAGE,
				"IDS or --label=TEXT is missing");
	if (r->label && (in->argc || r->keep_going))
		return fail_set(r->fail, CODE_USAGE,
				"--label excludes IDS and --keep-going");
	if (r->label && !parse_name(r->label, IOASID_LABEL_MAX, &why))
		return fail_set(r->fail, CODE_USAGE, "--label: %s", why.text);
	return ids_of_words(in->argv, in->argc, &r->ids, r->fail);
}

static int run_free(const struct ctx *ctx, const struct input *in,
		    struct fail *fail)
{
	struct release r = { .ctx = ctx, .fail = fail };
	int ret = -1;

	if (!parse(&r, in) && !session_open(&r.s, ctx, fail)) {
		ret = r.keep_going ? free_what_can_be(&r) : free_all(&r);
		session_close(&r.s);
	}
	id_list_free(&r.ids);
	return ret;
}

static const struct argp_option options[] = {
	{ "label", OPT_LABEL, "TEXT", 0, "all that were allocated with this label", 0 },
	{ "keep-going", OPT_KEEP_GOING, NULL, 0,
	  "free what can be freed; exit 11 if some cannot", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_free = {
	.name = "free",
	.args = "[IDS...]",
	.summary = "free IOASIDs that were allocated from user space",
	.notes =
"All or none. One that is not in use is free already; with --strict it is an\n"
"error (exit 3). What a kernel driver holds cannot be freed from here, and what\n"
"'ioasidctl hold' got belongs to its command until that ends (exit 5).\n",
	.examples =
"  ioasidctl free 17-24\n"
"  ioasidctl free --label=vm7\n"
"  ioasidctl free --keep-going 1-100\n",
	.options = options,
	.max_args = -1,
	.dry = true,
	.batch = true,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5) | EXIT(11),
	.run = run_free,
};

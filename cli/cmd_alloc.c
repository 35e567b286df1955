// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <netlink/attr.h>

#include "runs.h"

struct alloc {
	const struct ctx *ctx;
	struct fail *fail;
	struct session s;
	struct id_list ids;		/* of --id; empty: by count */
	__u64 count;
	bool has_min;
	bool has_max;
	__u64 min;
	__u64 max;
	bool contiguous;
	const char *label;
};

static int option_number(const struct input *in, int key, const char *name,
			 __u64 min, __u64 max, __u64 *out, struct fail *fail)
{
	struct why why;

	if (in->opt[key] && !parse_number(in->opt[key], min, max, out, &why))
		return fail_set(fail, CODE_USAGE, "%s: %s", name, why.text);
	return 0;
}

static int check_exclusive(const struct input *in, struct fail *fail)
{
	if (in->opt[OPT_ID] && (in->opt[OPT_COUNT] || in->opt[OPT_MIN] ||
				in->opt[OPT_MAX] || in->opt[OPT_CONTIGUOUS]))
		return fail_set(fail, CODE_USAGE,
				"--id excludes --count, --min, --max and --contiguous");
	return 0;
}

static int parse(struct alloc *a, const struct input *in)
{
	struct fail *fail = a->fail;
	struct why why;

	a->count = 1;
	a->has_min = in->opt[OPT_MIN];
	a->has_max = in->opt[OPT_MAX];
	a->contiguous = in->opt[OPT_CONTIGUOUS];
	a->label = in->opt[OPT_SET_LABEL];
	if (check_exclusive(in, fail) ||
	    option_number(in, OPT_COUNT, "--count", 1, IOASID_ALLOC_MAX,
			  &a->count, fail) ||
	    option_number(in, OPT_MIN, "--min", 0, PARSE_ID_MAX, &a->min, fail) ||
	    option_number(in, OPT_MAX, "--max", 0, PARSE_ID_MAX, &a->max, fail))
		return -1;
	if (a->has_min && a->has_max && a->min > a->max)
		return fail_set(fail, CODE_USAGE,
				"--min=%llu is more than --max=%llu", a->min,
				a->max);
	if (a->label && !parse_name(a->label, IOASID_LABEL_MAX, &why))
		return fail_set(fail, CODE_USAGE, "--set-label: %s", why.text);
	if (in->opt[OPT_ID] && !parse_ids(in->opt[OPT_ID], &a->ids, &why))
		return fail_set(fail, CODE_USAGE, "--id: %s", why.text);
	id_list_normalize(&a->ids);
	return 0;
}

static int put_wish(struct nl_msg *msg, const struct alloc *a)
{
	if (a->ids.count && put_ranges(msg, &a->ids))
		return -1;
	if (!a->ids.count && nla_put_u32(msg, IOASID_A_ID_COUNT, a->count))
		return -1;
	if (a->has_min && nla_put_u32(msg, IOASID_A_ID_MIN, a->min))
		return -1;
	if (a->has_max && nla_put_u32(msg, IOASID_A_ID_MAX, a->max))
		return -1;
	if (a->contiguous && nla_put_flag(msg, IOASID_A_ID_CONTIGUOUS))
		return -1;
	if (a->label && nla_put_string(msg, IOASID_A_ID_LABEL, a->label))
		return -1;
	return put_conditions(msg, a->ctx, IOASID_A_ID_EXPECTED_GENERATION,
			      IOASID_A_ID_DRY_RUN);
}

static struct nl_msg *request(struct alloc *a)
{
	struct nl_msg *msg = session_request(&a->s, IOASID_CMD_IOASID_ALLOC,
					     ranges_room(&a->ids), a->fail);

	if (msg && put_wish(msg, a)) {
		nlmsg_free(msg);
		fail_memory(a->fail);
		return NULL;
	}
	return msg;
}

struct match {
	const char *label;
	struct runs *runs;
	bool all;
};

static int take_match(struct nl_msg *msg, void *arg)
{
	struct match *m = arg;
	const char *label;
	struct row row;

	if (row_parse(&row, &object_ioasid, msg))
		return 0;
	label = attr_string(row.tb, IOASID_A_ID_LABEL);
	if (!row_is_user(&row) || !label || strcmp(label, m->label) ||
	    attr_u32(row.tb, IOASID_A_ID_STATE, 0) != IOASID_STATE_LIVE ||
	    !id_list_add(&m->runs->ids, row_first(&row), row_last(&row)))
		m->all = false;
	m->runs->generation = attr_u64(row.tb, IOASID_A_ID_GENERATION, 0);
	m->runs->count += row_ids(&row);
	return 0;
}

/* Are the very IDs that were asked for there already, with our label? */
static bool already_so(struct alloc *a, struct runs *runs)
{
	struct id_filter filter = { .ids = &a->ids, .fold = true };
	struct match m = { .label = a->label, .runs = runs, .all = true };
	struct fail ignored = { 0 };
	struct nl_msg *msg;

	if (!a->label || a->ctx->strict)
		return false;
	msg = ids_request(&a->s, &filter, &ignored);
	if (!msg || session_dump(&a->s, msg, take_match, &m, NULL, &ignored))
		return false;
	id_list_normalize(&runs->ids);
	return m.all && runs->count == id_list_total(&a->ids);
}

static void explain(struct alloc *a)
{
	struct id_filter filter = { .ids = &a->ids, .fold = true };
	struct fail *fail = a->fail;

	if (fail->code == CODE_EXISTS) {
		collect_blockers(&a->s, &filter, false, true, fail);
		fail_hint(fail, "ioasidctl show %u",
			  fail->kernel.cookie.id);
	} else if (fail->code == CODE_QUOTA) {
		fail_message(fail, "over the quota of the set 'user': %u in use, %llu asked for",
			     fail->kernel.cookie.count, a->ids.count ?
			     id_list_total(&a->ids) : a->count);
	} else if (fail->code == CODE_EXHAUSTED) {
		fail_message(fail, "no %s%llu free IOASIDs in the range",
			     a->contiguous ? "run of " : "", a->count);
	} else if (fail->code == CODE_STALE) {
		fail_message(fail, "the generation is %llu, not %llu",
			     fail->kernel.cookie.generation, a->ctx->expected);
	}
}

static int allocate_ids(struct alloc *a)
{
	struct id_filter rest = { .has_request = true, .fold = true };
	struct runs runs = { 0 };
	int ret;

	ret = runs_call(&a->s, request(a), &runs, a->fail);
	if (ret && a->fail->code == CODE_EXISTS && already_so(a, &runs)) {
		fail_clear(a->fail);
		ret = 0;
	} else if (ret) {
		explain(a);
	}
	rest.request = runs.request;
	if (!ret)
		ret = runs_print(&a->s, "alloc", &runs,
				 a->ctx->dry_run ? NULL : &rest, true, a->fail);
	if (!ret && !a->ctx->json && a->ctx->dry_run && a->ctx->verbose)
		printf("would allocate %llu\n", runs.count);
	id_list_free(&runs.ids);
	return ret;
}

static int run_alloc(const struct ctx *ctx, const struct input *in,
		     struct fail *fail)
{
	struct alloc a = { .ctx = ctx, .fail = fail };
	int ret = -1;

	if (!parse(&a, in) && !session_open(&a.s, ctx, fail)) {
		ret = allocate_ids(&a);
		session_close(&a.s);
	}
	id_list_free(&a.ids);
	return ret;
}

static const struct argp_option options[] = {
	{ "count", OPT_COUNT, "N", 0, "how many, all or none (default 1)", 0 },
	{ "min", OPT_MIN, "ID", 0, "the smallest acceptable one (default 1)", 0 },
	{ "max", OPT_MAX, "ID", 0, "the largest acceptable one", 0 },
	{ "id", OPT_ID, "IDS", 0, "exactly these, as 5,17-24,0x80", 0 },
	{ "contiguous", OPT_CONTIGUOUS, NULL, 0, "consecutive numbers only", 0 },
	{ "set-label", OPT_SET_LABEL, "TEXT", 0, "a text to find and to free them by", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_alloc = {
	.name = "alloc",
	.summary = "allocate IOASIDs and print them, one run a line",
	.notes =
"They belong to the set 'user' until they are freed. --id with --set-label is\n"
"done already if exactly these IOASIDs are in use with that label; with\n"
"--strict, or if they are others', that is an error (exit 13). A dry run prints\n"
"no IDs unless --id names them.\n",
	.examples =
"  ioasidctl alloc\n"
"  ioasidctl alloc -c 8 --contiguous --min=0x100 --set-label=vm7\n"
"  ioasidctl alloc --id=17-24 --set-label=vm7\n",
	.options = options,
	.exits = EXITS_CHANGE | EXIT(5) | EXIT(6) | EXIT(13),
	.run = run_alloc,
};

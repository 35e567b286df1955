// SPDX-License-Identifier: GPL-2.0-only
#include "filter.h"
#include "report.h"
#include "sorter.h"
#include "view.h"

struct list {
	const struct ctx *ctx;
	struct fail *fail;
	struct view view;
	struct sorter *sorter;		/* NULL: rows go straight out */
	struct filter filter;
	__u64 now;
};

static int take_row(struct nl_msg *msg, void *arg)
{
	struct list *l = arg;
	struct row row = { .now = l->now };

	if (row_parse(&row, &object_ioasid, msg) || !filter_owner(&l->filter, &row))
		return 0;
	if (l->sorter)
		return sorter_add(l->sorter, msg, &row, l->fail);
	return view_row(&l->view, &row, l->fail);
}

static int show_sorted(struct list *l)
{
	struct row row = { .now = l->now };
	size_t i;

	sorter_sort(l->sorter);
	for (i = 0; i < l->sorter->count; i++) {
		if (row_parse(&row, &object_ioasid, sorter_msg(l->sorter, i)))
			continue;
		if (view_row(&l->view, &row, l->fail))
			return -1;
	}
	return 0;
}

static int finish(struct list *l, __u64 generation, bool consistent)
{
	struct json_object *tail = NULL;

	if (l->ctx->json) {
		tail = json_object_new_object();
		json_add_bool(tail, "consistent", consistent);
	}
	if (view_end(&l->view, generation, tail, l->fail))
		return -1;
	if (l->filter.owners_hidden)
		report_warning(l->ctx, "without CAP_SYS_ADMIN only the owners of kernel-held IOASIDs are known");
	if (consistent)
		return 0;
	if (l->ctx->strict)
		return fail_set(l->fail, CODE_INCONSISTENT,
				"IOASIDs changed while they were listed");
	report_warning(l->ctx, "IOASIDs changed while they were listed");
	return 0;
}

static int list_ids(struct list *l)
{
	bool interrupted = false;
	struct nl_msg *msg = NULL;
	struct info info;
	struct session s;
	int ret = -1;

	if (session_open(&s, l->ctx, l->fail))
		return -1;
	l->now = boottime_ns();
	/* No row has the generation if there is no row. */
	if (!info_get(&s, &info, l->fail))
		msg = ids_request(&s, &l->filter.ids, l->fail);
	if (msg)
		ret = session_dump(&s, msg, take_row, l, &interrupted, l->fail);
	if (!ret && l->sorter)
		ret = show_sorted(l);
	if (!ret)
		ret = finish(l, info.generation, !interrupted);
	session_close(&s);
	return ret;
}

static int run_list(const struct ctx *ctx, const struct input *in,
		    struct fail *fail)
{
	struct list l = { .ctx = ctx, .fail = fail };
	struct sorter sorter = { 0 };
	int ret = -1;

	l.filter.ids.fold = !in->opt[OPT_NO_FOLD];
	if (filter_parse(&l.filter, in->argv, in->argc, fail) ||
	    view_init(&l.view, ctx, &object_ioasid, "list",
		      in->opt[OPT_COLUMNS], fail))
		goto out;
	if (in->opt[OPT_SORT]) {
		if (sorter_init(&sorter, &object_ioasid, in->opt[OPT_SORT], fail))
			goto out;
		l.sorter = &sorter;
	}
	l.view.runs_only = in->opt[OPT_IDS];
	ret = list_ids(&l);
out:
	view_drop(&l.view);
	sorter_free(&sorter);
	filter_free(&l.filter);
	return ret;
}

static const struct argp_option options[] = {
	{ "ids", OPT_IDS, NULL, 0, "only the IDs, one run a line", 0 },
	{ "columns", OPT_COLUMNS, "NAMES", 0,
	  "of the table, comma separated; JSON always has all", 0 },
	{ "sort", OPT_SORT, "COLUMN", 0, "smallest first; -COLUMN: largest first", 0 },
	{ "no-fold", OPT_NO_FOLD, NULL, 0, "one line an ID, not one a run of equal ones", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_list = {
	.name = "list",
	.args = "[FILTER=VALUE...]",
	.summary = "list the IOASIDs in use",
	.notes =
"Filters (all must hold; range= may stand several times):\n"
FILTER_HELP
"The kernel evaluates them, owner=COMMAND|MODULE this tool. pid=, label= and\n"
"the details of an owner need CAP_SYS_ADMIN.\n"
"\n"
"Rows are written as they come, so a change in between can show: a warning\n"
"says so (\"consistent\":false in JSON; with --strict exit 8). --sort has to\n"
"keep all rows in memory first.\n",
	.examples =
"  ioasidctl list\n"
"  ioasidctl list set=user --ids\n"
"  ioasidctl list allocator=default state=live -j\n"
"  ioasidctl list range=1-1000 --columns=ioasid,owner,label --sort=-age\n",
	.options = options,
	.max_args = -1,
	.batch = true,
	.exits = EXITS_READ | EXIT(4) | EXIT(8),
	.run = run_list,
};

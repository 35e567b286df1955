// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "report.h"
#include "request.h"
#include "sorter.h"
#include "view.h"

enum filter {
	FILTER_STATE,
	FILTER_SET,
	FILTER_ALLOCATOR,
	FILTER_OWNER,
	FILTER_PID,
	FILTER_LABEL,
	FILTER_RANGE,
};

static const char *const filter_names[] = {
	"state", "set", "allocator", "owner", "pid", "label", "range", NULL
};

static const char *const state_names[] = {
	"live", "pending", "freeing", "orphan", NULL
};

struct list {
	const struct ctx *ctx;
	struct fail *fail;
	struct view view;
	struct sorter *sorter;		/* NULL: rows go straight out */
	struct id_filter filter;
	struct id_list ids;
	const char *owner;		/* a name; a number goes to the kernel */
	bool owners_hidden;
	__u64 now;
};

static bool is_number(const char *word)
{
	return *word && strspn(word, "0123456789") == strlen(word);
}

static bool set_pid(struct id_filter *f, const char *value, struct why *why)
{
	__u64 pid;

	if (!parse_number(value, 1, 0x7fffffff, &pid, why))
		return false;
	f->has_pid = true;
	f->pid = pid;
	return true;
}

static bool set_state(struct id_filter *f, const char *value, struct why *why)
{
	int state = parse_choice(value, state_names, why);

	f->has_state = true;
	f->state = state;
	return state >= 0;
}

static bool set_owner(struct list *l, const char *value, struct why *why)
{
	if (is_number(value))
		return set_pid(&l->filter, value, why);
	l->owner = value;
	return parse_name(value, IOASID_LABEL_MAX, why);
}

static bool set_filter(struct list *l, enum filter which, const char *value,
		       struct why *why)
{
	switch (which) {
	case FILTER_STATE:
		return set_state(&l->filter, value, why);
	case FILTER_SET:
		l->filter.set = value;
		return parse_name(value, IOASID_NAME_MAX, why);
	case FILTER_ALLOCATOR:
		l->filter.allocator = value;
		return parse_name(value, IOASID_NAME_MAX, why);
	case FILTER_OWNER:
		return set_owner(l, value, why);
	case FILTER_PID:
		return set_pid(&l->filter, value, why);
	case FILTER_LABEL:
		l->filter.label = value;
		return parse_name(value, IOASID_LABEL_MAX, why);
	case FILTER_RANGE:
		return parse_ids(value, &l->ids, why);
	}
	return false;
}

static int parse_filters(struct list *l, const struct input *in)
{
	unsigned int seen = 0;
	const char *value;
	struct why why;
	int i, filter;

	for (i = 0; i < in->argc; i++) {
		filter = parse_pair(in->argv[i], filter_names, &value, &why);
		if (filter < 0)
			return fail_set(l->fail, CODE_USAGE, "%s", why.text);
		if (seen & 1U << filter && filter != FILTER_RANGE)
			return fail_set(l->fail, CODE_USAGE,
					"the filter %s= stands twice",
					filter_names[filter]);
		seen |= 1U << filter;
		if (!set_filter(l, filter, value, &why))
			return fail_set(l->fail, CODE_USAGE, "%s=%s",
					filter_names[filter], why.text);
	}
	if (seen & 1U << FILTER_PID && seen & 1U << FILTER_OWNER)
		return fail_set(l->fail, CODE_USAGE,
				"the filters pid= and owner= exclude each other");
	id_list_normalize(&l->ids);
	if (l->ids.count)
		l->filter.ids = &l->ids;
	return 0;
}

static bool owner_matches(struct list *l, const struct row *row)
{
	const char *module = attr_string(row->tb, IOASID_A_ID_MODULE);
	const char *comm = attr_string(row->tb, IOASID_A_ID_COMM);

	if (!l->owner)
		return true;
	if (row_is_user(row) && !comm)
		l->owners_hidden = true;
	return (module && !strcmp(module, l->owner)) ||
	       (comm && !strcmp(comm, l->owner));
}

static int take_row(struct nl_msg *msg, void *arg)
{
	struct list *l = arg;
	struct row row = { .now = l->now };

	if (row_parse(&row, &object_ioasid, msg) || !owner_matches(l, &row))
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

static int finish(struct list *l, struct session *s, bool consistent)
{
	struct json_object *tail = NULL;
	struct info info = { 0 };

	if (!l->view.rows && info_get(s, &info, l->fail))
		return -1;
	if (l->ctx->json) {
		tail = json_object_new_object();
		json_add_bool(tail, "consistent", consistent);
	}
	if (view_end(&l->view, info.generation, tail, l->fail))
		return -1;
	if (l->owners_hidden)
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
	struct nl_msg *msg;
	struct session s;
	int ret = -1;

	if (session_open(&s, l->ctx, l->fail))
		return -1;
	l->now = boottime_ns();
	msg = ids_request(&s, &l->filter, l->fail);
	if (msg)
		ret = session_dump(&s, msg, take_row, l, &interrupted, l->fail);
	if (!ret && l->sorter)
		ret = show_sorted(l);
	if (!ret)
		ret = finish(l, &s, !interrupted);
	session_close(&s);
	return ret;
}

static int run_list(const struct ctx *ctx, const struct input *in,
		    struct fail *fail)
{
	struct list l = { .ctx = ctx, .fail = fail };
	struct sorter sorter = { 0 };
	int ret = -1;

	l.filter.fold = !in->opt[OPT_NO_FOLD];
	if (parse_filters(&l, in) ||
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
	sorter_free(&sorter);
	id_list_free(&l.ids);
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
"  state=live|pending|freeing|orphan   set=NAME   allocator=NAME\n"
"  owner=PID|COMMAND|MODULE   pid=PID   label=TEXT   range=IDS (5,17-24,0x80)\n"
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
	.exits = EXITS_READ | EXIT(4) | EXIT(8),
	.run = run_list,
};

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <netlink/attr.h>

#include "alloc.h"

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
	if (!row_is_user(&row) || row_is_hold(&row) || !label || strcmp(label, m->label) ||
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

static int allocate_ids(struct alloc *a)
{
	struct id_filter rest = { .has_request = true, .fold = true };
	struct runs runs = { 0 };
	int ret;

	ret = runs_call(&a->s, alloc_request(a), &runs, a->fail);
	if (ret && a->fail->code == CODE_EXISTS && already_so(a, &runs)) {
		fail_clear(a->fail);
		ret = 0;
	} else if (ret) {
		alloc_explain(a);
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

	if (!alloc_parse(&a, in) && !session_open(&a.s, ctx, fail)) {
		ret = allocate_ids(&a);
		session_close(&a.s);
	}
	id_list_free(&a.ids);
	return ret;
}

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
	.options = alloc_options,
	.dry = true,
	.batch = true,
	.exits = EXITS_CHANGE | EXIT(5) | EXIT(6) | EXIT(13),
	.run = run_alloc,
};

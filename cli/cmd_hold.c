// SPDX-License-Identifier: GPL-2.0-only
/* IOASIDs that live as long as a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "alloc.h"
#include "json.h"
#include "run_command.h"
#include "text.h"

/* The owner that the kernel notes is the command, not this tool. */
static void take_its_name(const char *command)
{
	const char *slash = strrchr(command, '/');

	prctl(PR_SET_NAME, slash ? slash + 1 : command);
}

struct names {
	FILE *out;
	bool any;
};

static void name_run(struct names *n, __u32 first, __u32 last)
{
	char run[32];

	text_run(run, sizeof(run), first, last);
	fprintf(n->out, "%s%s", n->any ? "," : "", run);
	n->any = true;
}

static int take_run(struct nl_msg *msg, void *arg)
{
	struct row row;

	if (!row_parse(&row, &object_ioasid, msg))
		name_run(arg, row_first(&row), row_last(&row));
	return 0;
}

static int name_all(struct alloc *a, const struct runs *runs, struct names *n)
{
	struct id_filter filter = {
		.has_request = true, .request = runs->request, .fold = true,
	};
	struct nl_msg *msg;
	size_t i;

	if (runs->truncated) {
		msg = ids_request(&a->s, &filter, a->fail);
		if (!msg)
			return -1;
		return session_dump(&a->s, msg, take_run, n, NULL, a->fail);
	}
	for (i = 0; i < runs->ids.count; i++)
		name_run(n, runs->ids.run[i].first, runs->ids.run[i].last);
	return 0;
}

/* IOASIDS=5,17-24 */
static int set_names(struct alloc *a, const struct runs *runs)
{
	struct names n = { 0 };
	char *text = NULL;
	size_t size;
	int ret;

	n.out = open_memstream(&text, &size);
	if (!n.out)
		return fail_memory(a->fail);
	ret = name_all(a, runs, &n);
	if (fclose(n.out) && !ret)
		ret = fail_memory(a->fail);
	if (!ret && setenv("IOASIDS", text, 1))
		ret = fail_memory(a->fail);
	free(text);
	return ret;
}

static int allocate_and_run(struct alloc *a, char **command)
{
	struct runs runs = { 0 };
	int ret;

	take_its_name(command[0]);
	ret = runs_call(&a->s, alloc_request(a), &runs, a->fail);
	if (ret)
		alloc_explain(a);
	else if (a->ctx->dry_run)
		ret = runs_print(&a->s, cmd_hold.name, &runs, NULL, false,
				 a->fail);
	else if (!set_names(a, &runs))
		ret = run_command(&a->s, command, a->fail);
	else
		ret = -1;
	if (!ret && a->ctx->verbose && !a->ctx->json)
		printf("would hold %llu\n", runs.count);
	id_list_free(&runs.ids);
	return ret;
}

static int run_hold(const struct ctx *ctx, const struct input *in,
		    struct fail *fail)
{
	struct alloc a = { .ctx = ctx, .fail = fail, .hold = true };
	int ret = -1;

	if (!alloc_parse(&a, in) && !session_open(&a.s, ctx, fail)) {
		ret = allocate_and_run(&a, in->argv);
		session_close(&a.s);
	}
	id_list_free(&a.ids);
	return ret;
}

const struct command cmd_hold = {
	.name = "hold",
	.args = "-- COMMAND [ARG...]",
	.summary = "allocate IOASIDs for as long as a command lives",
	.notes =
"Allocates as alloc does, and becomes COMMAND, with the IDs in the environment\n"
"as IOASIDS=5,17-24 and the socket that they belong to as descriptor IOASID_FD.\n"
"They are freed when the last process that has it open ends, kill -9 included;\n"
"a child that keeps it keeps them. Nobody else can free them. The exit status is\n"
"COMMAND's.\n",
	.examples =
"  ioasidctl hold -c 4 -- qemu-system-x86_64 ...\n"
"  ioasidctl hold --id=0x100-0x10f --set-label=vm7 -- ./server\n"
"  ioasidctl hold -- sh -c 'echo $IOASIDS; sleep 60'\n",
	.options = alloc_options,
	.min_args = 1,
	.max_args = -1,
	.in_order = true,
	.dry = true,
	.exits = EXITS_CHANGE | EXIT(5) | EXIT(6) | EXIT(13) | EXIT(126) |
		 EXIT(127),
	.run = run_hold,
};

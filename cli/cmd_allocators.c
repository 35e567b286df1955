// SPDX-License-Identifier: GPL-2.0-only
#include "parse.h"
#include "snapshot.h"

static int run_allocators(const struct ctx *ctx, const struct input *in,
			  struct fail *fail)
{
	struct why why;
	int i;

	for (i = 0; i < in->argc; i++)
		if (!parse_name(in->argv[i], IOASID_NAME_MAX, &why))
			return fail_set(fail, CODE_USAGE, "%s", why.text);
	return snapshot_show(ctx, &snapshot_allocators, in->argv, in->argc,
			     fail);
}

const struct command cmd_allocators = {
	.name = "allocators",
	.args = "[NAME...]",
	.summary = "list the registered allocators in order of registration",
	.notes =
"Allocators with the same SPACE share one ID space; the operating one of the\n"
"active space serves new allocations. MODULE and REFS are the providing module\n"
"and the references to it.\n",
	.examples =
"  ioasidctl allocators\n"
"  ioasidctl allocators vcmd0 -j\n",
	.max_args = -1,
	.batch = true,
	.exits = EXITS_READ | EXIT(3) | EXIT(8),
	.run = run_allocators,
};

// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

static int run_sets(const struct ctx *ctx, const struct input *in,
		    struct fail *fail)
{
	(void)in;
	return snapshot_show(ctx, &snapshot_sets, NULL, 0, fail);
}

const struct command cmd_sets = {
	.name = "sets",
	.summary = "list the sets with usage and quota",
	.examples =
"  ioasidctl sets\n"
"  ioasidctl sets -j\n",
	.batch = true,
	.exits = EXITS_READ | EXIT(8),
	.run = run_sets,
};

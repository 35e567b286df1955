// SPDX-License-Identifier: GPL-2.0-only
/* switch, unregister and reset: the commands. */
#include "change.h"

static int run(const struct ctx *ctx, const struct change *change,
	       const struct input *in, struct fail *fail)
{
	const char *wait = in->opt[OPT_WAIT];
	const char *name = in->argv[0];
	struct session s;
	struct why why;
	__u64 limit;
	int ret;

	if (!parse_name(name, IOASID_NAME_MAX, &why))
		return fail_set(fail, CODE_USAGE, "%s", why.text);
	if (drain_limit(ctx, wait, &limit, fail) || session_open(&s, ctx, fail))
		return -1;
	ret = change_do(&s, ctx, change, name, wait ? &limit : NULL, fail);
	session_close(&s);
	return ret;
}

static int run_switch(const struct ctx *ctx, const struct input *in,
		      struct fail *fail)
{
	return run(ctx, &change_switch, in, fail);
}

static int run_unregister(const struct ctx *ctx, const struct input *in,
			  struct fail *fail)
{
	return run(ctx, &change_unregister, in, fail);
}

static int run_reset(const struct ctx *ctx, const struct input *in,
		     struct fail *fail)
{
	return run(ctx, &change_reset, in, fail);
}

static const struct argp_option wait_options[] = {
	{ "wait", OPT_WAIT, "SEC", OPTION_ARG_OPTIONAL,
	  "if IOASIDs are in the way, drain and wait for them to go", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_switch = {
	.name = "switch",
	.args = "NAME",
	.summary = "make NAME the operating allocator of the active space",
	.notes =
"Within one space IOASIDs stay as they are. To another space it is refused\n"
"(exit 5) while IOASIDs are out; the refusal lists them.\n"
"\n"
"--wait closes the gate meanwhile, as 'ioasidctl drain' does, and switches when\n"
"the last one is freed. After SEC, or when this process ends, the gate is open\n"
"again and nothing has changed (exit 7).\n",
	.examples =
"  ioasidctl switch vcmd0\n"
"  ioasidctl switch default --dry-run -v\n"
"  ioasidctl switch vcmd0 --wait=30\n"
"  ioasidctl switch vcmd0 --if-generation=42\n",
	.options = wait_options,
	.min_args = 1,
	.max_args = 1,
	.dry = true,
	.batch = true,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5) | EXIT(13) | EXIT(130),
	.run = run_switch,
};

const struct command cmd_unregister = {
	.name = "unregister",
	.args = "NAME",
	.summary = "remove an allocator",
	.notes =
"Refused (exit 5) if that would orphan an IOASID; the refusal lists them. --wait\n"
"closes the gate meanwhile, as 'ioasidctl drain' does.\n",
	.examples =
"  ioasidctl unregister vcmd0\n"
"  ioasidctl unregister vcmd0 --dry-run\n"
"  ioasidctl unregister vcmd0 --wait=5m\n",
	.options = wait_options,
	.min_args = 1,
	.max_args = 1,
	.dry = true,
	.batch = true,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5) | EXIT(130),
	.run = run_unregister,
};

const struct command cmd_reset = {
	.name = "reset",
	.args = "NAME",
	.summary = "clear the faulty mark of an allocator",
	.examples =
"  ioasidctl reset vcmd0\n",
	.min_args = 1,
	.max_args = 1,
	.dry = true,
	.batch = true,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(13),
	.run = run_reset,
};

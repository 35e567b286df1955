// SPDX-License-Identifier: GPL-2.0-only
/* drain and resume: the gate of the active space. */
#include <stdio.h>
#include <netlink/attr.h>

#include "change.h"
#include "drainer.h"
#include "json.h"
#include "run_command.h"
#include "text.h"

static int say_would(const struct ctx *ctx, const struct drainer *d)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head;

	if (ctx->json) {
		head = json_envelope("drain", &d->generation);
		json_add_text(head, "event", "would-begin");
		json_add_text(head, "allocator", d->name);
		json_add_number(head, "remaining", d->remaining);
		json_begin(&json, head);
		json_end(&json, NULL);
	} else if (ctx->verbose) {
		printf("would drain '%s', %u IOASIDs are out\n", d->name,
		       d->remaining);
	}
	return 0;
}

static int drain(struct session *s, const struct ctx *ctx,
		 const struct input *in, struct fail *fail)
{
	struct drainer d = {
		.ctx = ctx, .s = s, .fail = fail, .lines = ctx->json,
	};
	const char *then = in->opt[OPT_THEN_SWITCH];
	__u64 limit;

	if (drain_limit(ctx, NULL, &limit, fail))
		return -1;
	if (then && change_dry_run(s, ctx, then, fail))
		return -1;
	if (drain_and_wait(&d, limit))
		return -1;
	if (ctx->dry_run)
		return say_would(ctx, &d);
	if (then)
		return change_drained(s, ctx, &change_switch, then, &d);
	if (in->argc)
		return run_command(s, in->argv, fail);
	drain_roll_back(&d);
	return 0;
}

static int run_drain(const struct ctx *ctx, const struct input *in,
		     struct fail *fail)
{
	const char *then = in->opt[OPT_THEN_SWITCH];
	struct session s;
	struct why why;
	int ret;

	if (then && in->argc)
		return fail_set(fail, CODE_USAGE,
				"--then-switch excludes a command");
	if (then && !parse_name(then, IOASID_NAME_MAX, &why))
		return fail_set(fail, CODE_USAGE, "--then-switch: %s", why.text);
	if (session_open(&s, ctx, fail))
		return -1;
	ret = drain(&s, ctx, in, fail);
	session_close(&s);
	return ret;
}

static int take_resumed(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[ATTRS_MAX + 1];
	struct drainer *d = arg;

	if (attrs_parse_msg(&attrs_allocator, msg, tb))
		return 0;
	d->generation = attr_u64(tb, IOASID_A_ALLOCATOR_GENERATION, 0);
	if (tb[IOASID_A_ALLOCATOR_NAME])
		text_clean(d->name, sizeof(d->name),
			   nla_get_string(tb[IOASID_A_ALLOCATOR_NAME]), false);
	return 0;
}

static int say_resumed(const struct ctx *ctx, const struct drainer *d,
		       bool changed)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head;

	if (ctx->json) {
		head = json_envelope("resume", &d->generation);
		json_add_bool(head, "changed", changed);
		json_add_bool(head, "dry_run", ctx->dry_run);
		json_begin(&json, head);
		json_end(&json, NULL);
	} else if (ctx->verbose) {
		puts(!changed ? "the gate is open" :
		     ctx->dry_run ? "would open the gate" : "opened the gate");
	}
	return 0;
}

static int run_resume(const struct ctx *ctx, const struct input *in,
		      struct fail *fail)
{
	struct drainer d = { .ctx = ctx, .fail = fail };
	struct session s;
	struct nl_msg *msg;
	bool changed = true;
	int ret = -1;

	(void)in;
	if (session_open(&s, ctx, fail))
		return -1;
	msg = session_request(&s, IOASID_CMD_RESUME, 0, fail);
	if (msg && put_conditions(msg, ctx,
				  IOASID_A_ALLOCATOR_EXPECTED_GENERATION,
				  IOASID_A_ALLOCATOR_DRY_RUN)) {
		nlmsg_free(msg);
		fail_memory(fail);
	} else if (msg) {
		ret = session_do(&s, msg, take_resumed, &d, fail);
	}
	if (ret && fail->code == CODE_NOT_DRAINING && !ctx->strict) {
		d.generation = fail->kernel.cookie.generation;
		fail_clear(fail);
		changed = false;
		ret = 0;
	}
	if (ret)
		explain_stale(ctx, fail);
	else
		ret = say_resumed(ctx, &d, changed);
	session_close(&s);
	return ret;
}

static const struct argp_option options[] = {
	{ "then-switch", OPT_THEN_SWITCH, "NAME", 0,
	  "when all are gone make NAME the operating allocator", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_drain = {
	.name = "drain",
	.args = "[-- COMMAND [ARG...]]",
	.summary = "stop new allocations and wait until no IOASID is out",
	.notes =
"The gate of the active space closes: allocations fail (DRAINING), everything\n"
"else goes on, and drivers that asked for it are told to let go. Nothing is\n"
"taken from anybody. The wait ends when the last IOASID is freed; what is left\n"
"and who has it is shown on a terminal, with -v always, with -j as JSON lines.\n"
"\n"
"The gate opens again when this process ends, however it ends: after\n"
"--then-switch, after COMMAND, which is run in its place when all are gone, and\n"
"all children that keep the descriptor IOASID_FD, on --timeout=SEC (exit 7), on an\n"
"interrupt (exit 130), on kill -9. It also opens if somebody says 'ioasidctl\n"
"resume' (exit 5).\n",
	.examples =
"  ioasidctl drain --timeout=30 --then-switch=vcmd0\n"
"  ioasidctl drain --timeout=5m -- rmmod vcmd\n"
"  ioasidctl drain --dry-run -v\n",
	.options = options,
	.max_args = -1,
	.in_order = true,
	.dry = true,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5) | EXIT(13) | EXIT(126) |
		 EXIT(127) | EXIT(130),
	.run = run_drain,
};

const struct command cmd_resume = {
	.name = "resume",
	.summary = "open the gate, whoever closed it",
	.notes =
"Ends a drain: the process that waits for it says so and fails. If the gate is\n"
"open all is done already; with --strict that is an error (exit 5).\n",
	.examples =
"  ioasidctl resume\n"
"  ioasidctl resume --strict\n",
	.dry = true,
	.batch = true,
	.exits = EXITS_CHANGE | EXIT(5),
	.run = run_resume,
};

// SPDX-License-Identifier: GPL-2.0-only
/* switch, unregister and reset: a change of one allocator. */
#include <stdio.h>
#include <string.h>
#include <netlink/attr.h>

#include "json.h"
#include "request.h"
#include "text.h"

struct change {
	int cmd;
	const char *kind;
	const char *done;		/* and then the name */
	const char *would;
	const char *already;
};

struct answer {
	__u64 generation;
	bool changed;
};

static int take_answer(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[ATTRS_MAX + 1];
	struct answer *answer = arg;

	if (attrs_parse_msg(&attrs_allocator, msg, tb))
		return 0;
	answer->generation = attr_u64(tb, IOASID_A_ALLOCATOR_GENERATION, 0);
	answer->changed = tb[IOASID_A_ALLOCATOR_CHANGED] &&
			  nla_get_u8(tb[IOASID_A_ALLOCATOR_CHANGED]);
	return 0;
}

/* Whose IDs are in the way of @cmd: of a switch, those of the active space. */
static void explain_outstanding(struct session *s, int cmd, const char *name,
				struct fail *fail)
{
	struct id_filter filter = { .allocator = name, .fold = true };
	struct fail ignored = { 0 };
	char quoted[4 * IOASID_NAME_MAX] = "";
	struct info info;

	if (cmd == IOASID_CMD_ALLOCATOR_SWITCH) {
		if (info_get(s, &info, &ignored))
			return;
		filter.allocator = info.active;
	}
	collect_blockers(s, &filter, false, false, fail);
	fail_message(fail, "%llu IOASIDs outstanding in '%s'", fail->blocking,
		     filter.allocator);
	if (text_quote(quoted, sizeof(quoted), filter.allocator))
		fail_hint(fail, "ioasidctl list allocator=%s", quoted);
}

static void explain(struct session *s, int cmd, const char *name,
		    struct fail *fail)
{
	switch (fail->code) {
	case CODE_OUTSTANDING:
		explain_outstanding(s, cmd, name, fail);
		break;
	case CODE_UNKNOWN_ALLOCATOR:
		fail_message(fail, "no allocator '%s'", name);
		break;
	case CODE_STALE:
		fail_message(fail, "the generation is %llu, not %llu",
			     fail->kernel.cookie.generation, s->ctx->expected);
		break;
	default:
		break;
	}
}

static int say(const struct ctx *ctx, const struct change *change,
	       const char *name, const struct answer *answer, struct fail *fail)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head;

	if (ctx->strict && !answer->changed) {
		fail_hint(fail, "ioasidctl allocators");
		return fail_set(fail, CODE_EXISTS, "%s '%s'", change->already,
				name);
	}
	if (ctx->json) {
		head = json_envelope(change->kind, &answer->generation);
		json_add_text(head, "name", name);
		json_add_bool(head, "changed", answer->changed);
		json_add_bool(head, "dry_run", ctx->dry_run);
		json_begin(&json, head);
		json_end(&json, NULL);
	} else if (ctx->verbose) {
		printf("%s '%s'\n", !answer->changed ? change->already :
		       ctx->dry_run ? change->would : change->done, name);
	}
	return 0;
}

static int make_change(const struct ctx *ctx, const struct change *change,
		       const char *name, struct fail *fail)
{
	struct answer answer = { 0 };
	struct session s;
	struct nl_msg *msg;
	struct why why;
	int ret = -1;

	if (!parse_name(name, IOASID_NAME_MAX, &why))
		return fail_set(fail, CODE_USAGE, "%s", why.text);
	if (session_open(&s, ctx, fail))
		return -1;
	msg = session_request(&s, change->cmd, 0, fail);
	if (msg && (nla_put_string(msg, IOASID_A_ALLOCATOR_NAME, name) ||
		    put_conditions(msg, ctx,
				   IOASID_A_ALLOCATOR_EXPECTED_GENERATION,
				   IOASID_A_ALLOCATOR_DRY_RUN))) {
		nlmsg_free(msg);
		fail_memory(fail);
	} else if (msg) {
		ret = session_do(&s, msg, take_answer, &answer, fail);
		if (ret)
			explain(&s, change->cmd, name, fail);
		else
			ret = say(ctx, change, name, &answer, fail);
	}
	session_close(&s);
	return ret;
}

static int run_switch(const struct ctx *ctx, const struct input *in,
		      struct fail *fail)
{
	static const struct change change = {
		.cmd = IOASID_CMD_ALLOCATOR_SWITCH,
		.kind = "switch",
		.done = "switched to",
		.would = "would switch to",
		.already = "already operating:",
	};

	return make_change(ctx, &change, in->argv[0], fail);
}

static int run_unregister(const struct ctx *ctx, const struct input *in,
			  struct fail *fail)
{
	static const struct change change = {
		.cmd = IOASID_CMD_ALLOCATOR_UNREGISTER,
		.kind = "unregister",
		.done = "unregistered",
		.would = "would unregister",
		.already = "not registered:",
	};

	return make_change(ctx, &change, in->argv[0], fail);
}

static int run_reset(const struct ctx *ctx, const struct input *in,
		     struct fail *fail)
{
	static const struct change change = {
		.cmd = IOASID_CMD_ALLOCATOR_RESET,
		.kind = "reset",
		.done = "cleared the faulty mark of",
		.would = "would clear the faulty mark of",
		.already = "not faulty:",
	};

	return make_change(ctx, &change, in->argv[0], fail);
}

const struct command cmd_switch = {
	.name = "switch",
	.args = "NAME",
	.summary = "make NAME the operating allocator of the active space",
	.notes =
"Within one space IOASIDs stay as they are. To another space it is refused\n"
"(exit 5) while IOASIDs are out; the refusal lists them.\n",
	.examples =
"  ioasidctl switch vcmd0\n"
"  ioasidctl switch default --dry-run -v\n"
"  ioasidctl switch vcmd0 --if-generation=42\n",
	.min_args = 1,
	.max_args = 1,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5) | EXIT(13),
	.run = run_switch,
};

const struct command cmd_unregister = {
	.name = "unregister",
	.args = "NAME",
	.summary = "remove an allocator",
	.notes =
"Refused (exit 5) if that would orphan an IOASID; the refusal lists them.\n",
	.examples =
"  ioasidctl unregister vcmd0\n"
"  ioasidctl unregister vcmd0 --dry-run\n",
	.min_args = 1,
	.max_args = 1,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5),
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
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(13),
	.run = run_reset,
};

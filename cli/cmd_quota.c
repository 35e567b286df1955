// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <netlink/attr.h>

#include "change.h"
#include "json.h"

struct quota {
	const char *set;
	const char *module;
	__u64 limit;
	__u64 generation;
	__u32 ids;
	bool changed;
};

static int take_answer(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[ATTRS_MAX + 1];
	struct quota *q = arg;

	if (attrs_parse_msg(&attrs_set, msg, tb))
		return 0;
	q->generation = attr_u64(tb, IOASID_A_SET_GENERATION, 0);
	q->ids = attr_u32(tb, IOASID_A_SET_IDS, 0);
	q->changed = tb[IOASID_A_SET_CHANGED] &&
		     nla_get_u8(tb[IOASID_A_SET_CHANGED]);
	return 0;
}

static int put_wish(struct nl_msg *msg, const struct ctx *ctx,
		    const struct quota *q)
{
	if (nla_put_string(msg, IOASID_A_SET_NAME, q->set) ||
	    nla_put_u32(msg, IOASID_A_SET_QUOTA, q->limit) ||
	    (q->module && nla_put_string(msg, IOASID_A_SET_MODULE, q->module)))
		return -1;
	return put_conditions(msg, ctx, IOASID_A_SET_EXPECTED_GENERATION,
			      IOASID_A_SET_DRY_RUN);
}

static int request(struct session *s, const struct ctx *ctx, struct quota *q,
		   struct fail *fail)
{
	struct nl_msg *msg = session_request(s, IOASID_CMD_SET_QUOTA, 0, fail);

	if (!msg)
		return -1;
	if (put_wish(msg, ctx, q)) {
		nlmsg_free(msg);
		return fail_memory(fail);
	}
	if (!session_do(s, msg, take_answer, q, fail))
		return 0;
	if (fail->code == CODE_UNKNOWN_SET)
		fail_message(fail, "no set '%s'%s%s", q->set,
			     q->module ? " of module " : "",
			     q->module ? q->module : "");
	else
		explain_stale(ctx, fail);
	return -1;
}

static int say(const struct ctx *ctx, const struct quota *q, struct fail *fail)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head;
	char limit[24] = "unlimited";

	if (q->limit)
		snprintf(limit, sizeof(limit), "%llu", q->limit);
	if (ctx->strict && !q->changed)
		return fail_set(fail, CODE_EXISTS, "the quota of '%s' is %s already",
				q->set, limit);
	if (ctx->json) {
		head = json_envelope("quota", &q->generation);
		json_add_text(head, "set", q->set);
		json_add_number(head, "quota", q->limit);
		json_add_number(head, "ids", q->ids);
		json_add_bool(head, "changed", q->changed);
		json_add_bool(head, "dry_run", ctx->dry_run);
		json_begin(&json, head);
		json_end(&json, NULL);
	} else if (ctx->verbose) {
		printf("quota of '%s': %s%s, in use: %u\n", q->set,
		       ctx->dry_run && q->changed ? "would be " : "", limit,
		       q->ids);
	}
	return 0;
}

static int run_quota(const struct ctx *ctx, const struct input *in,
		     struct fail *fail)
{
	struct quota q = {
		.set = in->argv[0], .module = in->opt[OPT_MODULE],
	};
	struct session s;
	struct why why;
	int ret;

	if (!parse_name(q.set, IOASID_NAME_MAX, &why))
		return fail_set(fail, CODE_USAGE, "%s", why.text);
	if (q.module && !parse_name(q.module, IOASID_MODULE_MAX, &why))
		return fail_set(fail, CODE_USAGE, "--module: %s", why.text);
	if (strcmp(in->argv[1], "unlimited") &&
	    !parse_number(in->argv[1], 0, 0xffffffff, &q.limit, &why))
		return fail_set(fail, CODE_USAGE, "the quota %s", why.text);
	if (session_open(&s, ctx, fail))
		return -1;
	ret = request(&s, ctx, &q, fail);
	if (!ret)
		ret = say(ctx, &q, fail);
	session_close(&s);
	return ret;
}

static const struct argp_option options[] = {
	{ "module", OPT_MODULE, "NAME", 0,
	  "the set of this module, if several have the name", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_quota = {
	.name = "quota",
	.args = "SET N",
	.summary = "limit the IOASIDs that a set may have",
	.notes =
"N is a number; 0 or 'unlimited': no limit. What the set has already stays, even\n"
"if that is more. The set 'user' has what is allocated from user space. A set is\n"
"known from its first allocation on, and forgotten with its module.\n",
	.examples =
"  ioasidctl quota user 1000\n"
"  ioasidctl quota host unlimited --module=idxd\n",
	.options = options,
	.min_args = 2,
	.max_args = 2,
	.dry = true,
	.batch = true,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(13),
	.run = run_quota,
};

// SPDX-License-Identifier: GPL-2.0-only
/* Requests and their answers, of the controller of generic netlink, which every kernel has. */
#include <string.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <linux/genetlink.h>

#include "call.h"
#include "unit.h"

struct heard {
	unsigned int rows;
	bool nlctrl;		/* of the last one */
	int answer;
};

static int hear(struct nl_msg *msg, void *arg)
{
	struct nlattr *name = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN,
					      CTRL_ATTR_FAMILY_NAME);
	struct heard *h = arg;

	h->rows++;
	h->nlctrl = name && !strcmp(nla_get_string(name), "nlctrl");
	return h->answer;
}

static int ask(struct nl_sock *sk, int flags, struct heard *h)
{
	struct ctx ctx = { 0 };
	struct fail fail = { 0 };
	struct call call = {
		.ctx = &ctx, .sk = sk, .row = hear, .arg = h, .fail = &fail,
	};
	int ret;

	h->rows = 0;
	call.request = nlmsg_alloc();
	genlmsg_put(call.request, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0,
		    flags, CTRL_CMD_GETFAMILY, 1);
	if (!(flags & NLM_F_DUMP))
		nla_put_string(call.request, CTRL_ATTR_FAMILY_NAME, "nlctrl");
	ret = call_run(&call);
	nlmsg_free(call.request);
	return ret;
}

static bool one_answer(void)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct heard h = { 0 };
	int i;

	CHECK(!nl_connect(sk, NETLINK_GENERIC));
	nl_socket_disable_auto_ack(sk);
	for (i = 0; i < 3; i++) {
		CHECK(!ask(sk, 0, &h));
		CHECK(h.rows == 1 && h.nlctrl);
	}
	CHECK(!ask(sk, NLM_F_DUMP, &h));
	CHECK(h.rows >= 1);
	nl_socket_free(sk);
	return true;
}

static bool broken_off(void)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct heard h = { .answer = -1 };
	int i;

	CHECK(!nl_connect(sk, NETLINK_GENERIC));
	nl_socket_disable_auto_ack(sk);
	CHECK(ask(sk, NLM_F_DUMP, &h) == -1);
	CHECK(h.rows == 1);
	h.answer = 0;
	for (i = 0; i < 3; i++) {
		CHECK(!ask(sk, 0, &h));
		CHECK(h.rows == 1 && h.nlctrl);
	}
	nl_socket_free(sk);
	return true;
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "call: one answer, and no ACK is waited for", one_answer },
		{ "call: what is left of a dump is no answer to the next request", broken_off },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}

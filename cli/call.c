// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <netlink/errno.h>
#include <netlink/genl/genl.h>
#include <linux/genetlink.h>

#include "attrs.h"
#include "call.h"
#include "extack.h"

#define ERRNO_MAX 4095

/* Where errno is gone: what libnl made of it, which merges some values. */
static int errno_of(int nle)
{
	switch (nle < 0 ? -nle : nle) {
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_MSGSIZE:
	case NLE_MSG_TRUNC:
		return -EMSGSIZE;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	default:
		return -EPROTO;
	}
}

/* @error is what the kernel sends: a negative errno. */
static int refused(struct call *call, const struct nlmsghdr *answer, int error)
{
	int err = error < 0 && error >= -ERRNO_MAX ? -error : EPROTO;
	struct extack ack;

	extack_decode(answer, nlmsg_hdr(call->request), call->cmd, &ack);
	call->err = err;
	call->failed = true;
	fail_kernel(call->fail, err, &ack);
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct call *call = arg;

	if (call->row && call->row(msg, call->arg) < 0) {
		call->failed = true;
		return NL_STOP;
	}
	/* Every request but a dump has one answer, and so needs no ACK. */
	if (nlmsg_hdr(msg)->nlmsg_flags & NLM_F_MULTI)
		return NL_OK;
	call->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct call *call = arg;

	(void)msg;
	call->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct call *call = arg;
	int err = 0;

	if (nlmsg_datalen(hdr) >= (int)sizeof(err))
		err = *(int *)nlmsg_data(hdr);
	if (err < 0)
		return refused(call, hdr, err);
	call->done = true;
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct call *call = arg;

	(void)msg;
	call->interrupted = true;
	return NL_OK;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	const char *payload = (const char *)e;

	(void)from;
	return refused(arg, (const struct nlmsghdr *)(payload - NLMSG_HDRLEN),
		       e->error);
}

static void trace(const char *direction, struct nl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	const struct genlmsghdr *genl = nlmsg_data(hdr);
	const char *what = "genl";

	if (hdr->nlmsg_type == NLMSG_ERROR)
		what = "ack-or-error";
	else if (hdr->nlmsg_type == NLMSG_DONE)
		what = "done";
	else if (hdr->nlmsg_type == GENL_ID_CTRL)
		what = "nlctrl";
	else if (genlmsg_valid_hdr(hdr, 0))
		what = cmd_name(genl->cmd);
	fprintf(stderr, "ioasidctl: debug: %s %s type %u flags 0x%x seq %u length %u\n",
		direction, what, hdr->nlmsg_type, hdr->nlmsg_flags,
		hdr->nlmsg_seq, hdr->nlmsg_len);
}

/* What is left of a dump that was broken off is no answer to the next request. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	const struct call *call = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == nlmsg_hdr(call->request)->nlmsg_seq ?
	       NL_OK : NL_SKIP;
}

static int on_in(struct nl_msg *msg, void *arg)
{
	(void)arg;
	trace("<", msg);
	return NL_OK;
}

static struct nl_cb *callbacks(struct call *call)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, call);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, call);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, call);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, call);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, call);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, call);
	if (call->ctx->debug)
		nl_cb_set(cb, NL_CB_MSG_IN, NL_CB_CUSTOM, on_in, call);
	return cb;
}

int call_run(struct call *call)
{
	struct nl_cb *cb = callbacks(call);
	int nle;

	if (!cb)
		return fail_memory(call->fail);
	nl_complete_msg(call->sk, call->request);
	if (call->ctx->debug)
		trace(">", call->request);
	errno = 0;
	nle = nl_send(call->sk, call->request);
	if (nle < 0)
		fail_errno(call->fail, errno ? errno : -errno_of(nle),
			   "cannot send to the kernel");
	while (nle >= 0 && !call->done && !call->failed) {
		errno = 0;
		nle = nl_recvmsgs(call->sk, cb);
		if (nle < 0 && !call->failed)
			fail_errno(call->fail, errno ? errno : -errno_of(nle),
				   "cannot receive from the kernel");
	}
	nl_cb_put(cb);
	return call->done && !call->failed ? 0 : -1;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <linux/genetlink.h>
#include <linux/ioasid_netlink.h>

#include "call.h"

#define RECEIVE_BUFFER (4 << 20)
#define MESSAGE_BUFFER (64 << 10)	/* the kernel sends 32 KiB at most */

static void buffer_size(int fd, int force, int option, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof(bytes));
}

static int socket_open(struct session *s, struct fail *fail)
{
	struct timeval limit = {
		.tv_sec = s->ctx->timeout_ms / 1000,
		.tv_usec = s->ctx->timeout_ms % 1000 * 1000,
	};
	int on = 1;
	int fd;

	s->sk = nl_socket_alloc();
	if (!s->sk)
		return fail_memory(fail);
	errno = 0;
	if (nl_connect(s->sk, NETLINK_GENERIC) < 0)
		return fail_errno(fail, errno ? errno : EPROTO,
				  "cannot open a generic netlink socket");
	fd = nl_socket_get_fd(s->sk);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return fail_errno(fail, errno, "cannot set up the socket");
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	buffer_size(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
	nl_socket_disable_auto_ack(s->sk);
	nl_socket_disable_msg_peek(s->sk);
	nl_socket_set_msg_buf_size(s->sk, MESSAGE_BUFFER);
	return 0;
}

static void take_ops(struct session *s, struct nlattr *ops)
{
	struct nlattr *tb[CTRL_ATTR_OP_MAX + 1];
	struct nlattr *op;
	int rest;

	nla_for_each_nested(op, ops, rest) {
		if (nla_parse_nested(tb, CTRL_ATTR_OP_MAX, op, NULL) < 0 ||
		    !tb[CTRL_ATTR_OP_ID] || nla_len(tb[CTRL_ATTR_OP_ID]) < 4)
			continue;
		if (nla_get_u32(tb[CTRL_ATTR_OP_ID]) < 64)
			s->ops |= 1ULL << nla_get_u32(tb[CTRL_ATTR_OP_ID]);
	}
}

static int take_family(struct nl_msg *msg, void *arg)
{
	struct nla_policy policy[CTRL_ATTR_MAX + 1] = {
		[CTRL_ATTR_FAMILY_ID] = { .type = NLA_U16 },
		[CTRL_ATTR_FAMILY_NAME] = { .type = NLA_STRING },
		[CTRL_ATTR_VERSION] = { .type = NLA_U32 },
		[CTRL_ATTR_OPS] = { .type = NLA_NESTED },
	};
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	struct session *s = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CTRL_ATTR_MAX, policy) < 0 ||
	    !tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_FAMILY_NAME] ||
	    strcmp(nla_get_string(tb[CTRL_ATTR_FAMILY_NAME]), IOASID_FAMILY_NAME))
		return 0;
	s->family = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	if (tb[CTRL_ATTR_VERSION])
		s->version = nla_get_u32(tb[CTRL_ATTR_VERSION]);
	if (tb[CTRL_ATTR_OPS])
		take_ops(s, tb[CTRL_ATTR_OPS]);
	return 0;
}

static int no_family(struct fail *fail)
{
	memset(&fail->kernel, 0, sizeof(fail->kernel));
	if (!access("/sys/module/ioasid_core", F_OK)) {
		fail_set(fail, CODE_NO_MODULE,
			 "ioasid_core is loaded, but its netlink family is not to be seen from this network namespace");
		fail_hint(fail, "nsenter --net=/proc/1/ns/net ioasidctl status");
		return -1;
	}
	return fail_set(fail, CODE_NO_MODULE, "the module ioasid_core is not loaded");
}

/*
 * Asking for a family by name makes the kernel load its module; dumping all
 * families does not.
 */
static int family_resolve(struct session *s, struct fail *fail)
{
	struct call call = {
		.ctx = s->ctx, .sk = s->sk, .row = take_family, .arg = s,
		.fail = fail,
	};
	int flags = s->ctx->autoload ? 0 : NLM_F_DUMP;
	int ret;

	call.request = nlmsg_alloc();
	if (!call.request ||
	    !genlmsg_put(call.request, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL,
			 0, flags, CTRL_CMD_GETFAMILY, 1) ||
	    (s->ctx->autoload &&
	     nla_put_string(call.request, CTRL_ATTR_FAMILY_NAME,
			    IOASID_FAMILY_NAME))) {
		nlmsg_free(call.request);
		return fail_memory(fail);
	}
	ret = call_run(&call);
	nlmsg_free(call.request);
	if (ret && call.err != ENOENT)
		return -1;
	if (ret || !s->family)
		return no_family(fail);
	return 0;
}

int session_probe(struct session *s, const struct ctx *ctx, struct fail *fail)
{
	if (ctx->shared) {
		*s = *ctx->shared;
		s->ctx = ctx;
		s->shared = true;
		return 0;
	}
	memset(s, 0, sizeof(*s));
	s->ctx = ctx;
	if (!socket_open(s, fail) && !family_resolve(s, fail))
		return 0;
	session_close(s);
	return -1;
}

int session_open(struct session *s, const struct ctx *ctx, struct fail *fail)
{
	if (session_probe(s, ctx, fail))
		return -1;
	if (s->version == IOASID_FAMILY_VERSION)
		return 0;
	session_close(s);
	return fail_set(fail, CODE_INCOMPATIBLE,
			"the loaded module speaks version %u of the netlink family, this tool version %u",
			s->version, IOASID_FAMILY_VERSION);
}

void session_close(struct session *s)
{
	if (s->sk && !s->shared)
		nl_socket_free(s->sk);
	s->sk = NULL;
}

bool session_is_stale(const struct session *s)
{
	struct ctx ctx = *s->ctx;
	struct fail ignored = { 0 };
	struct session now;
	bool stale;

	ctx.autoload = false;
	ctx.shared = NULL;
	if (session_probe(&now, &ctx, &ignored))
		return true;
	/* The kernel numbers families anew at each load. */
	stale = now.family != s->family;
	session_close(&now);
	return stale;
}

/* The kernel is asked: who has the capability in which namespace, it knows. */
bool session_privileged(struct session *s)
{
	struct fail ignored = { 0 };
	struct nl_msg *msg = session_request(s, IOASID_CMD_RESUME, 0, &ignored);

	if (!msg || nla_put_flag(msg, IOASID_A_ALLOCATOR_DRY_RUN)) {
		nlmsg_free(msg);
		return false;
	}
	return !session_do(s, msg, NULL, NULL, &ignored) ||
	       ignored.code != CODE_PERMISSION;
}

struct nl_msg *session_request(struct session *s, int cmd, size_t room,
			       struct fail *fail)
{
	size_t size = NLMSG_HDRLEN + GENL_HDRLEN + 512 + room;
	struct nl_msg *msg = nlmsg_alloc_size(size);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, s->family, 0,
				 0, cmd, IOASID_FAMILY_VERSION)) {
		nlmsg_free(msg);
		fail_memory(fail);
		return NULL;
	}
	if (room > MESSAGE_BUFFER)
		buffer_size(nl_socket_get_fd(s->sk), SO_SNDBUFFORCE, SO_SNDBUF,
			    (int)(size + 4096));
	return msg;
}

static int run(struct session *s, struct nl_msg *request, session_row row,
	       void *arg, bool *interrupted, struct fail *fail)
{
	const struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(request));
	struct call call = {
		.ctx = s->ctx, .sk = s->sk, .request = request,
		.cmd = genl->cmd, .row = row, .arg = arg, .fail = fail,
	};
	int ret = call_run(&call);

	/* Its own refusals have a cookie; this is of who knows no such family. */
	if (ret && call.err == ENOENT && !fail->kernel.has_cookie)
		fail_set(fail, CODE_NO_MODULE, "the module was unloaded meanwhile");
	if (interrupted)
		*interrupted = call.interrupted;
	nlmsg_free(request);
	return ret;
}

int session_do(struct session *s, struct nl_msg *request, session_row row,
	       void *arg, struct fail *fail)
{
	return run(s, request, row, arg, NULL, fail);
}

int session_dump(struct session *s, struct nl_msg *request, session_row row,
		 void *arg, bool *interrupted, struct fail *fail)
{
	nlmsg_hdr(request)->nlmsg_flags |= NLM_F_DUMP;
	return run(s, request, row, arg, interrupted, fail);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <linux/genetlink.h>
#include <linux/ioasid_netlink.h>

#include "events.h"

#define BUFFER_USUAL (8 << 20)
#define MESSAGE_SIZE (64 << 10)
#define AT_ONCE 256

/* From here on SIGINT is read, not taken. Who ignores it goes on doing so. */
static int catch_interrupts(struct events *e, struct fail *fail)
{
	struct sigaction now;
	sigset_t set;

	if (sigaction(SIGINT, NULL, &now) || now.sa_handler == SIG_IGN)
		return 0;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	e->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return e->signals < 0 ? fail_errno(fail, errno, "cannot wait for signals") : 0;
}

static void release_interrupts(struct events *e)
{
	if (e->signals >= 0)
		close(e->signals);
	sigprocmask(SIG_SETMASK, &e->mask, NULL);
}

__u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__u64 deadline_in(__u64 ms)
{
	return now_ms() + ms;
}

/* The group is resolved on a socket that hears nothing yet. */
static int join_all(struct events *e, struct session *s, struct fail *fail)
{
	int group, notify;

	notify = genl_ctrl_resolve_grp(e->sk, "nlctrl", "notify");
	if (notify < 0)
		return fail_set(fail, CODE_FAILURE, "the kernel has no group for loaded families");
	if (!s)
		return nl_socket_add_membership(e->sk, notify) ?
			fail_set(fail, CODE_FAILURE, "cannot listen for families") : 0;
	e->owners = session_privileged(s);
	group = genl_ctrl_resolve_grp(e->sk, IOASID_FAMILY_NAME,
				      e->owners ? IOASID_MCGRP_EVENTS_OWNER :
						  IOASID_MCGRP_EVENTS);
	if (group < 0)
		return fail_set(fail, CODE_NO_MODULE, "the module was unloaded");
	if (nl_socket_add_membership(e->sk, notify) ||
	    nl_socket_add_membership(e->sk, group))
		return fail_set(fail, CODE_FAILURE, "cannot listen for events");
	return 0;
}

int events_open(struct events *e, const struct ctx *ctx, struct session *s,
		int buffer, struct fail *fail)
{
	int bytes = buffer ? buffer : BUFFER_USUAL;
	int fd;

	memset(e, 0, sizeof(*e));
	e->ctx = ctx;
	e->family = s ? s->family : 0;
	e->signals = -1;
	sigprocmask(SIG_SETMASK, NULL, &e->mask);
	e->sk = nl_socket_alloc();
	if (!e->sk)
		return fail_memory(fail);
	errno = 0;
	if (nl_connect(e->sk, NETLINK_GENERIC) < 0) {
		fail_errno(fail, errno ? errno : EPROTO,
			   "cannot open a generic netlink socket");
		events_close(e);
		return -1;
	}
	fd = nl_socket_get_fd(e->sk);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (join_all(e, s, fail) || catch_interrupts(e, fail)) {
		events_close(e);
		return -1;
	}
	nl_socket_disable_msg_peek(e->sk);
	nl_socket_set_msg_buf_size(e->sk, MESSAGE_SIZE);
	nl_socket_set_nonblocking(e->sk);
	return 0;
}

void events_close(struct events *e)
{
	if (!e->sk)
		return;
	nl_socket_free(e->sk);
	e->sk = NULL;
	release_interrupts(e);
}

/* A family came or went: is it ours? */
static void take_ctrl(struct events *e, struct nl_msg *msg)
{
	const struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, CTRL_ATTR_MAX, NULL) < 0 ||
	    !tb[CTRL_ATTR_FAMILY_NAME] ||
	    nla_strcmp(tb[CTRL_ATTR_FAMILY_NAME], IOASID_FAMILY_NAME))
		return;
	if (genl->cmd == CTRL_CMD_DELFAMILY)
		e->gone = true;
	else if (genl->cmd == CTRL_CMD_NEWFAMILY)
		e->come = true;
}

struct listen {
	struct events *e;
	session_row row;
	void *arg;
	unsigned int count;
	bool stop;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct listen *l = arg;

	if (!genlmsg_valid_hdr((struct nlmsghdr *)hdr, 0))
		return NL_SKIP;
	if (hdr->nlmsg_type == GENL_ID_CTRL) {
		take_ctrl(l->e, msg);
		return NL_OK;
	}
	if (hdr->nlmsg_type != l->e->family)
		return NL_OK;
	l->count++;
	if (l->row && l->row(msg, l->arg) < 0) {
		l->stop = true;
		return NL_STOP;
	}
	return NL_OK;
}

/* Events answer no request, so their numbers follow none. */
static int any_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

/* Read one datagram: 0, or a negative errno; -EAGAIN: there is none. */
static int receive(struct listen *l)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int nle;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, l);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	errno = 0;
	nle = nl_recvmsgs(l->e->sk, cb);
	nl_cb_put(cb);
	if (nle == -NLE_AGAIN)
		return -EAGAIN;
	if (nle < 0)
		return errno ? -errno : -EPROTO;
	return 0;
}

/*
 * While the socket is congested the kernel drops events without another word;
 * it ends when the queue is empty. So what is left is worth nothing. A socket that
 * is broken is never empty; who reads it next is told.
 */
static void throw_away(struct events *e)
{
	struct listen nobody = { .e = e };
	int family = e->family;
	int err;

	e->family = 0;
	do {
		err = receive(&nobody);
	} while (!err || err == -EINTR || err == -ENOBUFS || err == -EPROTO);
	e->family = family;
}

static enum heard drain_socket(struct listen *l, struct fail *fail)
{
	int err;

	for (;;) {
		err = receive(l);
		if (l->stop)
			return HEARD_FAILURE;
		if (err == -ENOBUFS) {
			throw_away(l->e);
			return HEARD_LOST;
		}
		if (err == -EAGAIN)
			return HEARD_EVENTS;
		if (err && err != -EINTR) {
			fail_errno(fail, -err, "cannot receive events");
			return HEARD_FAILURE;
		}
		/* Time passes, and output wants to be seen. */
		if (l->count >= AT_ONCE)
			return HEARD_EVENTS;
	}
}

/* 0: not until @deadline; then whether it was a signal is told, too. */
static int wait_readable(struct events *e, __u64 deadline, bool *signalled)
{
	struct pollfd fds[] = {
		{ .fd = nl_socket_get_fd(e->sk), .events = POLLIN },
		{ .fd = e->signals, .events = POLLIN },
	};
	struct timespec left, *limit = NULL;
	__u64 now = now_ms();
	int ready;

	if (deadline != DEADLINE_NONE) {
		now = now < deadline ? deadline - now : 0;
		left.tv_sec = now / 1000;
		left.tv_nsec = now % 1000 * 1000000;
		limit = &left;
	}
	/* poll() leaves out a descriptor below 0 */
	ready = ppoll(fds, ARRAY_SIZE(fds), limit, NULL);
	*signalled = ready > 0 && fds[1].revents;
	return ready;
}

enum heard events_wait(struct events *e, __u64 deadline, session_row row,
		       void *arg, struct fail *fail)
{
	struct listen l = { .e = e, .row = row, .arg = arg };
	struct signalfd_siginfo info;
	enum heard heard;
	bool signalled;
	int ready;

	for (;;) {
		if (e->gone && e->family) {
			e->gone = false;
			e->family = 0;
			return HEARD_GONE;
		}
		if (e->come && !e->family)
			return HEARD_COME;
		ready = wait_readable(e, deadline, &signalled);
		/* It is read, or it would be taken as soon as it is let in. */
		if (signalled && read(e->signals, &info, sizeof(info)) > 0)
			return HEARD_INTERRUPT;
		/* There may always be something to read, too. */
		if (!ready || (deadline != DEADLINE_NONE && now_ms() > deadline))
			return HEARD_TIMEOUT;
		if (ready < 0) {
			if (errno == EINTR)
				continue;
			fail_errno(fail, errno, "cannot wait for events");
			return HEARD_FAILURE;
		}
		heard = drain_socket(&l, fail);
		if (heard != HEARD_EVENTS || l.count)
			return heard;
	}
}

int event_of(struct nl_msg *msg)
{
	const struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(msg));

	return genl->cmd;
}

int events_fail(enum heard heard, struct fail *fail)
{
	switch (heard) {
	case HEARD_GONE:
		return fail_set(fail, CODE_NO_MODULE, "the module was unloaded");
	case HEARD_INTERRUPT:
		return fail_set(fail, CODE_INTERRUPTED, "interrupted");
	case HEARD_TIMEOUT:
		return fail_set(fail, CODE_TIMEOUT, "not in time");
	default:
		return -1;
	}
}

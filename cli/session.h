/* SPDX-License-Identifier: GPL-2.0-only */
/* One netlink socket, the family on it, and calls that end with an errno. */
#ifndef IOASIDCTL_SESSION_H
#define IOASIDCTL_SESSION_H

#include <netlink/netlink.h>
#include <netlink/msg.h>

#include "command.h"

struct session {
	const struct ctx *ctx;
	struct nl_sock *sk;
	int family;
	__u32 version;
	__u64 ops;		/* bit N: the kernel has a handler for command N */
	bool shared;		/* the socket is ctx->shared's */
};

/* 0 to go on, -1 to give up; who gives up has filled its own struct fail. */
typedef int (*session_row)(struct nl_msg *msg, void *arg);

/* The same, for whoever can do with a family of another version. */
int session_probe(struct session *s, const struct ctx *ctx, struct fail *fail);
int session_open(struct session *s, const struct ctx *ctx, struct fail *fail);
void session_close(struct session *s);

/* Was the module unloaded, and perhaps loaded again, since it was opened? */
bool session_is_stale(const struct session *s);

/* May it see the owners of IDs, and so change things? */
bool session_privileged(struct session *s);

/* An empty request; @room is what the attributes need. NULL: @fail is set. */
struct nl_msg *session_request(struct session *s, int cmd, size_t room,
			       struct fail *fail);

/*
 * Send @request, free it, and hand every answer to @row. @interrupted may be
 * NULL; else it says whether a dump was overtaken by a change.
 */
int session_do(struct session *s, struct nl_msg *request, session_row row,
	       void *arg, struct fail *fail);
int session_dump(struct session *s, struct nl_msg *request, session_row row,
		 void *arg, bool *interrupted, struct fail *fail);

#endif

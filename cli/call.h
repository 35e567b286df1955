/* SPDX-License-Identifier: GPL-2.0-only */
/* One request and all its answers. */
#ifndef IOASIDCTL_CALL_H
#define IOASIDCTL_CALL_H

#include "session.h"

struct call {
	const struct ctx *ctx;
	struct nl_sock *sk;
	struct nl_msg *request;
	int cmd;		/* for the names of attributes; 0: not ours */
	session_row row;
	void *arg;
	struct fail *fail;
	bool done;
	bool failed;
	bool interrupted;
	int err;		/* errno of the kernel's refusal */
};

/* 0, or -1 with call->fail filled. */
int call_run(struct call *call);

#endif

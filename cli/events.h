/* SPDX-License-Identifier: GPL-2.0-only */
/* A socket that listens, and waits that end with an event, never by polling. */
#ifndef IOASIDCTL_EVENTS_H
#define IOASIDCTL_EVENTS_H

#include <signal.h>

#include "session.h"

/* For ever. */
#define DEADLINE_NONE (~0ULL)

struct events {
	const struct ctx *ctx;
	struct nl_sock *sk;
	int signals;			/* -1: SIGINT is ignored */
	sigset_t mask;			/* of signals, before */
	int family;			/* 0: the module is not loaded */
	bool owners;			/* joined the group that tells them */
	bool gone;			/* seen: the family went away */
	bool come;			/* seen: the family is there */
};

enum heard {
	HEARD_EVENTS,		/* 0: at least one; each was handed on */
	HEARD_LOST,		/* some were lost, the rest is thrown away */
	HEARD_GONE,		/* the module is unloaded */
	HEARD_COME,		/* the module is loaded */
	HEARD_TIMEOUT,
	HEARD_INTERRUPT,	/* SIGINT */
	HEARD_FAILURE,		/* @fail is set */
};

/*
 * Listen from now on; @s is an open session, or NULL to wait for the module only.
 * @buffer: bytes of the receive buffer, 0: a large one.
 */
int events_open(struct events *e, const struct ctx *ctx, struct session *s,
		int buffer, struct fail *fail);
void events_close(struct events *e);

/* Wait until something is heard, but not past @deadline, ms of now_ms(). */
enum heard events_wait(struct events *e, __u64 deadline, session_row row,
		       void *arg, struct fail *fail);

/* Which event @msg is: IOASID_CMD_*_NTF. */
int event_of(struct nl_msg *msg);

__u64 now_ms(void);
__u64 deadline_in(__u64 ms);

/* The failure that @heard is, for a command that cannot go on. */
int events_fail(enum heard heard, struct fail *fail);

#endif

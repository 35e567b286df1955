/* SPDX-License-Identifier: GPL-2.0-only */
/* Close the gate, wait until the active space is empty, with progress. */
#ifndef IOASIDCTL_DRAINER_H
#define IOASIDCTL_DRAINER_H

#include "events.h"
#include "request.h"

struct drainer {
	const struct ctx *ctx;
	struct session *s;		/* owns the drain */
	struct fail *fail;
	bool lines;			/* progress as JSON lines on stdout */
	bool begun;			/* the gate is closed, and ours */
	bool over;			/* an event said that it is open again */
	char name[IOASID_NAME_MAX + 1];	/* operating allocator at the start */
	bool shown;			/* a line of progress without its end */
	__u32 remaining;
	__u64 generation;
};

/*
 * Wait for it, at most @limit_ms (0: for ever). On failure the gate is open
 * again; else it stays closed while the session is open.
 */
int drain_and_wait(struct drainer *d, __u64 limit_ms);

/* Open the gate that drain_and_wait() closed. */
void drain_roll_back(struct drainer *d);

/* --wait[=SEC] of @in, and the global --timeout; in @limit_ms, 0: for ever. */
int drain_limit(const struct ctx *ctx, const char *word, __u64 *limit_ms,
		struct fail *fail);

/* Say who drains, in a refusal. */
void explain_draining(struct session *s, struct fail *fail);

#endif

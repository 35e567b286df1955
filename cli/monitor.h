/* SPDX-License-Identifier: GPL-2.0-only */
/* What a monitor knows, and how it says what is new. */
#ifndef IOASIDCTL_MONITOR_H
#define IOASIDCTL_MONITOR_H

#include "events.h"
#include "filter.h"
#include "objects.h"
#include "state.h"

struct monitor {
	const struct ctx *ctx;
	struct fail *fail;
	struct session s;		/* for dumps */
	struct events e;
	struct filter filter;
	struct state ids;
	struct snapshot allocators;
	struct snapshot sets;
	__u64 generation;		/* of all three */
	bool quiet;			/* learn, and say nothing */
	bool gap;			/* something was missed */
	enum heard heard;		/* while catching up, to be dealt with later */
	bool done;			/* enough was said */
	bool resync;			/* what is said is learnt from a dump */
	__u64 left;			/* events to say, 0: any number */
	__u64 deadline;
	int buffer;
};

/* monitor_say.c: lines on stdout */
void say_mark(struct monitor *m, const char *event);
void say_gap(struct monitor *m, __u64 from, const char *why);
void say_snapshot(struct monitor *m);

/* -1: enough was said, or it cannot be. */
int say_ids(struct monitor *m, const char *event, __u32 first, __u32 last,
	    const struct record *before, const struct record *after);
int say_object(struct monitor *m, const char *event,
	       const struct snapshot_kind *kind, struct nl_msg *msg);

/* monitor_follow.c: a session_row for events */
int monitor_take(struct nl_msg *msg, void *arg);
void monitor_forget(struct monitor *m);

/* monitor_sync.c: read everything, and say how it differs from what was known */
int monitor_read(struct monitor *m);
int monitor_resync(struct monitor *m, const char *why);

#endif

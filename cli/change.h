/* SPDX-License-Identifier: GPL-2.0-only */
/* A change of one allocator: switch, unregister, reset. */
#ifndef IOASIDCTL_CHANGE_H
#define IOASIDCTL_CHANGE_H

#include "drainer.h"

struct change {
	int cmd;
	const char *kind;
	const char *done;		/* and then the name */
	const char *would;
	const char *already;
};

extern const struct change change_switch;
extern const struct change change_unregister;
extern const struct change change_reset;

/* Do it and say so; @limit_ms: how long to drain if need be; NULL: not at all. */
int change_do(struct session *s, const struct ctx *ctx,
	      const struct change *change, const char *name,
	      const __u64 *limit_ms, struct fail *fail);

/* Do it behind a drain, which ends with it, or fails with it. */
int change_drained(struct session *s, const struct ctx *ctx,
		   const struct change *change, const char *name,
		   struct drainer *d);

/* Is there anything but IDs in the way of a switch to @name? */
int change_dry_run(struct session *s, const struct ctx *ctx, const char *name,
		   struct fail *fail);

/* Say more of a refusal to switch to @name; "" if none was asked for. */
void explain_refused_switch(struct session *s, const char *name,
			    struct fail *fail);

void explain_stale(const struct ctx *ctx, struct fail *fail);

#endif

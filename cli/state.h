/* SPDX-License-Identifier: GPL-2.0-only */
/* Every IOASID as a reader of events knows it: what each of them shows. */
#ifndef IOASIDCTL_STATE_H
#define IOASIDCTL_STATE_H

#include "fields.h"

/* What an ID shows, without its number; shared by all that show the same. */
struct record;

/* All zero: nothing is in use. */
struct state {
	struct record ***page;		/* by ID / STATE_PAGE, or NULL */
	__u32 pages;
};

void state_free(struct state *st);

/* These, and state_set(), return NULL, or false, if there is no memory. */
struct record *record_new(struct nl_msg *msg);

/* The same with another allocator, and in another state unless it is negative. */
struct record *record_change(const struct record *r, const char *allocator,
			     int state);
void record_put(struct record *r);
__u32 record_u32(const struct record *r, int attr);

/* NULL: not in use. */
struct record *state_get(const struct state *st, __u32 id);
bool state_set(struct state *st, __u32 first, __u32 last, struct record *r);

/* Do both show the same, or is neither there? */
bool record_same(const struct record *a, const struct record *b);

/*
 * A run that goes the same way from @before to @after, one of which may be
 * NULL; for state_differences(), which goes on until it returns nonzero.
 */
typedef int (*state_difference)(__u32 first, __u32 last,
				const struct record *before,
				const struct record *after, void *arg);
int state_differences(const struct state *before, const struct state *after,
		      state_difference fn, void *arg);

/* The record as a row, with these numbers; valid until the next call. */
struct record_row {
	struct row row;
	__u64 buffer[6];
};

int record_row(const struct record *r, __u32 first, __u32 last,
	       __u64 generation, struct record_row *out);

#endif

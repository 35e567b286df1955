/* SPDX-License-Identifier: GPL-2.0-only */
/* What alloc and free answer: runs of IDs, and how they are printed. */
#ifndef IOASIDCTL_RUNS_H
#define IOASIDCTL_RUNS_H

#include "request.h"

struct runs {
	__u64 generation;
	__u64 request;
	__u64 count;
	bool changed;
	bool truncated;
	struct id_list ids;
	bool no_memory;
};

/* Send @msg and collect the answer; frees @msg, takes NULL for a failed one. */
int runs_call(struct session *s, struct nl_msg *msg, struct runs *runs,
	      struct fail *fail);

/*
 * Print @runs as command @kind. @source: where the runs are that did not fit
 * the answer, or NULL. @text: print them as text too, not only with -v or -j.
 */
int runs_print(struct session *s, const char *kind, const struct runs *runs,
	       const struct id_filter *source, bool text, struct fail *fail);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What alloc and hold ask for. */
#ifndef IOASIDCTL_ALLOC_H
#define IOASIDCTL_ALLOC_H

#include "runs.h"

struct alloc {
	const struct ctx *ctx;
	struct fail *fail;
	struct session s;
	struct id_list ids;		/* of --id; empty: by count */
	__u64 count;
	bool has_min;
	bool has_max;
	__u64 min;
	__u64 max;
	bool contiguous;
	const char *label;
	bool hold;			/* they go with the socket */
};

/* The options that say which IDs. */
extern const struct argp_option alloc_options[];

/* Uses a->ctx and a->fail; what it makes is freed by id_list_free(&a->ids). */
int alloc_parse(struct alloc *a, const struct input *in);
struct nl_msg *alloc_request(struct alloc *a);

/* After a refusal: the numbers, who is in the way, what to do. */
void alloc_explain(struct alloc *a);

#endif

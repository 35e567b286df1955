/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows kept to be sorted by one field; equal ones stay in order. */
#ifndef IOASIDCTL_SORTER_H
#define IOASIDCTL_SORTER_H

#include "fields.h"
#include "fail.h"

struct sorter_row {
	struct nl_msg *msg;
	char *text;			/* NULL: by number */
	__u64 number;
	size_t order;
};

struct sorter {
	const struct field *field;
	bool descending;
	struct sorter_row *row;
	size_t count;
	size_t room;
};

/* @column: a name, with '-' before it for the largest first. */
int sorter_init(struct sorter *s, const struct object *object,
		const char *column, struct fail *fail);
int sorter_add(struct sorter *s, struct nl_msg *msg, const struct row *row,
	       struct fail *fail);
void sorter_sort(struct sorter *s);
struct nl_msg *sorter_msg(const struct sorter *s, size_t i);
void sorter_free(struct sorter *s);

#endif

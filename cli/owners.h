/* SPDX-License-Identifier: GPL-2.0-only */
/* How many IDs each owner has. */
#ifndef IOASIDCTL_OWNERS_H
#define IOASIDCTL_OWNERS_H

#include "fields.h"

struct owner {
	char text[CELL_SIZE];
	__u64 start;			/* so that a reused pid is another one */
	struct nl_msg *msg;		/* one of its IDs */
	__u64 ids;
};

struct owners {
	void *tree;
	struct owner **list;
	size_t count;
	size_t room;
};

/* -1: no memory */
int owners_add(struct owners *o, struct nl_msg *msg, const struct row *row);

/* Who it is, and "ids". */
struct json_object *owner_json(const struct owner *owner);

/* The most IDs first. */
void owners_sort(struct owners *o);
void owners_free(struct owners *o);

#endif

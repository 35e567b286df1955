/* SPDX-License-Identifier: GPL-2.0-only */
/* A short list that is read as a whole, again if a change overtook it. */
#ifndef IOASIDCTL_SNAPSHOT_H
#define IOASIDCTL_SNAPSHOT_H

#include "command.h"
#include "fields.h"

#define SNAPSHOT_TRIES 5

struct snapshot_kind {
	const char *kind;
	const struct object *object;
	int cmd;
	int name;			/* attribute */
	enum code unknown;		/* for a name that is not there */
	const char *noun;
};

extern const struct snapshot_kind snapshot_allocators;
extern const struct snapshot_kind snapshot_sets;

struct snapshot {
	const struct snapshot_kind *kind;
	struct nl_msg **msg;
	size_t count;
	size_t room;
	struct fail *fail;
};

struct session;

/* Read all once; @interrupted: a change overtook it. */
int snapshot_read(struct session *session, struct snapshot *s,
		  bool *interrupted);
int snapshot_add(struct snapshot *s, struct nl_msg *msg);
void snapshot_drop(struct snapshot *s);

/* Show all, or those of the @count @names. */
int snapshot_show(const struct ctx *ctx, const struct snapshot_kind *kind,
		  char **names, int count, struct fail *fail);

#endif

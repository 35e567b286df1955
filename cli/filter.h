/* SPDX-License-Identifier: GPL-2.0-only */
/* FILTER=VALUE words that say which IOASIDs are meant. */
#ifndef IOASIDCTL_FILTER_H
#define IOASIDCTL_FILTER_H

#include "request.h"

#define FILTER_HELP \
"  state=live|pending|freeing|orphan   set=NAME   allocator=NAME\n" \
"  owner=PID|COMMAND|MODULE   pid=PID   label=TEXT   range=IDS (5,17-24,0x80)\n"

struct filter {
	struct id_filter ids;		/* what the kernel evaluates */
	struct id_list ranges;
	const char *owner;		/* a name: what it does not */
	bool owners_hidden;		/* out: could not be told for some */
	bool any;
};

/* What it makes is freed by filter_free(). */
int filter_parse(struct filter *f, char **words, int count, struct fail *fail);
void filter_free(struct filter *f);

/* The part that the kernel does not evaluate. */
bool filter_owner(struct filter *f, const struct row *row);

/* All of it. */
bool filter_row(struct filter *f, const struct row *row);

#endif

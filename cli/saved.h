/* SPDX-License-Identifier: GPL-2.0-only */
/* What user space holds, as save writes it and restore reads it. */
#ifndef IOASIDCTL_SAVED_H
#define IOASIDCTL_SAVED_H

#include <stdio.h>

#include "request.h"

struct saved_run {
	__u32 first;
	__u32 last;
	char label[IOASID_LABEL_MAX + 1];	/* "": none */
	/* of others only */
	char set[IOASID_NAME_MAX + 1];
	char module[IOASID_MODULE_MAX + 1];
	bool hold;
};

struct saved_runs {
	struct saved_run *run;
	size_t count;
	size_t room;
};

struct saved {
	__u64 generation;
	char allocator[IOASID_NAME_MAX + 1];	/* that operates; "": not said */
	struct saved_runs ids;		/* of user space */
	struct saved_runs others;	/* holds, and what the kernel has */
};

/* What there is, at one generation. */
int saved_read(struct saved *saved, struct session *s, struct fail *fail);

void saved_write(const struct saved *saved, FILE *out);

/* From a file; the message says what is wrong with which item. */
int saved_parse(struct saved *saved, const char *path, struct fail *fail);
void saved_free(struct saved *saved);

#endif

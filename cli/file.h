/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that is there as a whole, or as it was before. */
#ifndef IOASIDCTL_FILE_H
#define IOASIDCTL_FILE_H

#include <stdio.h>

#include "fail.h"

struct file {
	FILE *out;
	const char *path;
	char *to;			/* where @path leads; NULL: no file */
	char *tmp;
	char *dir;
};

int file_begin(struct file *f, const char *path, struct fail *fail);

/* Written out, and renamed to its name. */
int file_commit(struct file *f, struct fail *fail);
void file_abort(struct file *f);

#endif

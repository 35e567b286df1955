/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of a batch, split into words. */
#ifndef IOASIDCTL_WORDS_H
#define IOASIDCTL_WORDS_H

#include "parse.h"

struct words {
	char **word;
	int count;
	int room;
};

/*
 * Split @line, which is changed and must outlive the words. Blanks separate,
 * '...' and "..." and \ keep them, # at the start of a word begins a comment.
 * False for a quote without an end.
 */
bool words_split(struct words *w, char *line, struct why *why);
void words_free(struct words *w);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOASIDCTL_INVOKE_H
#define IOASIDCTL_INVOKE_H

#include <stdio.h>

#include "command.h"

#define TIMEOUT_USUAL_MS 30000

/* Global options, the command (NULL if there is none), and the rest. */
int invoke_parse(int argc, char **argv, struct input *in,
		 const struct command **command, struct fail *fail);

/* Run it; @ctx has what is to hold whatever the words say. */
int invoke_run(struct ctx *ctx, const struct command *command,
	       const struct input *in, struct fail *fail);

/* What a command writes to stdout: @size bytes of @text. All zero at first. */
struct capture {
	FILE *stream;
	FILE *before;
	char *text;
	size_t size;
};

/* False if there is no memory. May be used again and again, then freed once. */
bool capture_begin(struct capture *c);
void capture_end(struct capture *c);
void capture_free(struct capture *c);

#endif

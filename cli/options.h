/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOASIDCTL_OPTIONS_H
#define IOASIDCTL_OPTIONS_H

#include <stdio.h>

#include "command.h"

extern const struct argp_option global_options[];

/*
 * Parse the words of @argv from 1 on. Without @command stop at the first word
 * that is no option, its index goes to @next; else take all of them.
 */
int options_parse(const struct command *command, int argc, char **argv,
		  int *next, struct input *in, struct fail *fail);

/* For the format of a usage error: was JSON asked for, wherever it stands? */
bool options_want_json(int argc, char **argv);

void options_help(const struct command *command, FILE *out);
void options_usage(const struct command *command, FILE *out);

#endif

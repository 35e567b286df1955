/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOASIDCTL_RUN_COMMAND_H
#define IOASIDCTL_RUN_COMMAND_H

#include "session.h"

/*
 * Become the command @argv, with the socket of @s open: what belongs to that
 * lives as long as the command does, or a child that keeps it. Its number is in
 * IOASID_FD. Returns, with @fail set, only if the command could not be run.
 */
int run_command(struct session *s, char **argv, struct fail *fail);

#endif

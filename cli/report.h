/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOASIDCTL_REPORT_H
#define IOASIDCTL_REPORT_H

#include "command.h"
#include "util.h"

/* The failure on stderr, as text or as one JSON line; its exit code. */
int report_fail(const struct ctx *ctx, const struct fail *fail);

/* "ioasidctl: COMMAND: warning: ..." unless quiet. */
void report_warning(const struct ctx *ctx, const char *format, ...)
	__printf(2, 3);

#endif

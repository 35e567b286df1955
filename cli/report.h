/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOASIDCTL_REPORT_H
#define IOASIDCTL_REPORT_H

#include <stdio.h>

#include "command.h"
#include "json.h"
#include "util.h"

/* The failure on stderr, as text or as one JSON line; its exit code. */
int report_fail(const struct ctx *ctx, const struct fail *fail);

/* Its parts, for what is no error but tells of one. */
void report_detail(FILE *out, const struct ctx *ctx, const struct fail *fail);
void report_blockers(FILE *out, const struct fail *fail);
void report_json(const struct ctx *ctx, const struct fail *fail,
		 struct json_object *head);
void report_json_blockers(struct json_stream *stream, const struct fail *fail);
void report_json_fail(FILE *out, const struct ctx *ctx,
		      const struct fail *fail);
void report_hint(const struct ctx *ctx, const struct fail *fail, char *out,
		 size_t size);
__u64 report_unlisted(const struct fail *fail);

/* "ioasidctl: COMMAND: warning: ..." unless quiet. */
void report_warning(const struct ctx *ctx, const char *format, ...)
	__printf(2, 3);

#endif

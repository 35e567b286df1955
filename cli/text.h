/* SPDX-License-Identifier: GPL-2.0-only */
/* Text for people: nothing in it depends on the locale. */
#ifndef IOASIDCTL_TEXT_H
#define IOASIDCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/*
 * All that write to @out write what fits, end it, and return its length; none
 * is printf(), for lists may have a million lines.
 */

/*
 * Copy a string that came from elsewhere. Bytes that are no UTF-8 become '?';
 * so do control characters unless @controls, for JSON escapes them itself.
 */
size_t text_clean(char *out, size_t size, const char *in, bool controls);

/* Copy one of our own. */
size_t text_copy(char *out, size_t size, const char *in);

size_t text_number(char *out, size_t size, __u64 number);

/* Would text_clean() leave every byte of it? */
bool text_is_utf8(const char *text);

/* The first control character from U+007F on, with so many @bytes, or NULL. */
const char *text_high_control(const char *text, size_t len, size_t *bytes);

/* Columns that it takes on a terminal, one for each character. */
size_t text_width(const char *text);

/* 41s, 3m12s, 2h05m, 3d04h */
size_t text_duration(char *out, size_t size, __u64 ns);

/* 119.697365: seconds */
size_t text_time(char *out, size_t size, __u64 ns);

/* 17 or 17-23 */
size_t text_run(char *out, size_t size, __u32 first, __u32 last);

/* Append a word as a shell would read it back; false if it does not fit. */
bool text_quote(char *out, size_t size, const char *word);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Text for people: nothing in it depends on the locale. */
#ifndef IOASIDCTL_TEXT_H
#define IOASIDCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/*
 * Copy a string that came from elsewhere. Bytes that are no UTF-8 become '?';
 * so do control characters unless @controls, for JSON escapes them itself.
 */
void text_clean(char *out, size_t size, const char *in, bool controls);

/* Copy one of our own, as far as it fits. */
void text_copy(char *out, size_t size, const char *in);

/* Would text_clean() leave every byte of it? */
bool text_is_utf8(const char *text);

/* Bytes of the control character from U+007F on at @s; 0: it is something else. */
size_t text_high_control(const char *s);

/* Columns that it takes on a terminal, one for each character. */
size_t text_width(const char *text);

/* 41s, 3m12s, 2h05m, 3d04h */
void text_duration(char *out, size_t size, __u64 ns);

/* 17 or 17-23 */
void text_run(char *out, size_t size, __u32 first, __u32 last);

/* Append a word as a shell would read it back; false if it does not fit. */
bool text_quote(char *out, size_t size, const char *word);

#endif

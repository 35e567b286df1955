// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "text.h"

/* Length of the valid UTF-8 sequence at @s, 0 if there is none. */
static size_t utf8_sequence(const unsigned char *s, unsigned long *point)
{
	static const unsigned long smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;

	if (s[0] < 0x80)
		len = 1;
	else if (s[0] >= 0xc2 && s[0] < 0xe0)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] < 0xf0)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] < 0xf5)
		len = 4;
	else
		return 0;
	*point = len == 1 ? s[0] : s[0] & (0xff >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3f);
	}
	if (*point < smallest[len] || *point > 0x10ffff)
		return 0;
	if (*point >= 0xd800 && *point < 0xe000)
		return 0;
	return len;
}

bool text_is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned long point;
	size_t len;

	for (; *s; s += len) {
		len = utf8_sequence(s, &point);
		if (!len)
			return false;
	}
	return true;
}

static bool is_control(unsigned long point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

size_t text_high_control(const char *s)
{
	unsigned long point;
	size_t len = utf8_sequence((const unsigned char *)s, &point);

	return len && point >= 0x7f && is_control(point) ? len : 0;
}

void text_clean(char *out, size_t size, const char *in, bool controls)
{
	const unsigned char *s = (const unsigned char *)in;
	unsigned long point;
	size_t used = 0;
	size_t len;

	while (*s) {
		len = utf8_sequence(s, &point);
		if (used + (len ? len : 1) >= size)
			break;
		if (!len || (!controls && is_control(point))) {
			out[used++] = '?';
			s += len ? len : 1;
			continue;
		}
		memcpy(out + used, s, len);
		used += len;
		s += len;
	}
	out[used] = '\0';
}

void text_copy(char *out, size_t size, const char *in)
{
	size_t len = strnlen(in, size - 1);

	memcpy(out, in, len);
	out[len] = '\0';
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

void text_duration(char *out, size_t size, __u64 ns)
{
	__u64 s = ns / 1000000000;

	if (s < 60)
		snprintf(out, size, "%llus", s);
	else if (s < 3600)
		snprintf(out, size, "%llum%02llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, size, "%lluh%02llum", s / 3600, s / 60 % 60);
	else
		snprintf(out, size, "%llud%02lluh", s / 86400, s / 3600 % 24);
}

void text_run(char *out, size_t size, __u32 first, __u32 last)
{
	if (first == last)
		snprintf(out, size, "%u", first);
	else
		snprintf(out, size, "%u-%u", first, last);
}

bool text_quote(char *out, size_t size, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,/:@%";
	size_t used = strlen(out);
	size_t need = strlen(word) + 1;
	const char *s;

	if (*word && strspn(word, plain) == need - 1) {
		if (used + need > size)
			return false;
		memcpy(out + used, word, need);
		return true;
	}
	need += 2;
	for (s = word; *s; s++)
		need += *s == '\'' ? 3 : 0;
	if (used + need > size)
		return false;
	out[used++] = '\'';
	for (s = word; *s; s++) {
		if (*s == '\'') {
			memcpy(out + used, "'\\''", 4);
			used += 4;
		} else {
			out[used++] = *s;
		}
	}
	out[used++] = '\'';
	out[used] = '\0';
	return true;
}

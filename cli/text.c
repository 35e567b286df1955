// SPDX-License-Identifier: GPL-2.0-only
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

/* U+007F is one byte; U+0080 to U+009F are 0xc2 and a byte from 0x80 to 0x9f. */
const char *text_high_control(const char *text, size_t len, size_t *bytes)
{
	const char *del = memchr(text, 0x7f, len);
	const char *end = del ? del : text + len;
	const char *s;

	*bytes = 2;
	for (s = text; (s = memchr(s, 0xc2, end - s)); s++)
		if ((s[1] & 0xe0) == 0x80)
			return s;
	*bytes = 1;
	return del;
}

size_t text_clean(char *out, size_t size, const char *in, bool controls)
{
	const unsigned char *s = (const unsigned char *)in;
	unsigned long point;
	size_t used = 0;
	size_t len;

	while (*s) {
		if (*s >= 0x20 && *s < 0x7f && used + 1 < size) {
			out[used++] = *s++;
			continue;
		}
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
	return used;
}

size_t text_copy(char *out, size_t size, const char *in)
{
	size_t len = strnlen(in, size - 1);

	memcpy(out, in, len);
	out[len] = '\0';
	return len;
}

size_t text_number(char *out, size_t size, __u64 number)
{
	char digits[] = "18446744073709551615";	/* the longest */
	char *first = digits + sizeof(digits) - 1;

	do {
		*--first = '0' + number % 10;
		number /= 10;
	} while (number);
	return text_copy(out, size, first);
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* 3m12s: @many of the @unit, and @rest of the next smaller one. */
static size_t duration(char *out, size_t size, __u64 many, char unit,
		       unsigned int rest, char smaller)
{
	const char end[] = { unit, '0' + rest / 10, '0' + rest % 10, smaller, 0 };
	size_t len = text_number(out, size, many);

	return len + text_copy(out + len, size - len, end);
}

size_t text_duration(char *out, size_t size, __u64 ns)
{
	__u64 s = ns / 1000000000;
	size_t len;

	if (s >= 86400)
		return duration(out, size, s / 86400, 'd', s / 3600 % 24, 'h');
	if (s >= 3600)
		return duration(out, size, s / 3600, 'h', s / 60 % 60, 'm');
	if (s >= 60)
		return duration(out, size, s / 60, 'm', s % 60, 's');
	len = text_number(out, size, s);
	return len + text_copy(out + len, size - len, "s");
}

size_t text_time(char *out, size_t size, __u64 ns)
{
	__u64 us = ns / 1000 % 1000000;
	size_t len = text_number(out, size, ns / 1000000000);
	__u64 unit;

	len += text_copy(out + len, size - len, ".");
	for (unit = 100000; unit > 1 && unit > us; unit /= 10)
		len += text_copy(out + len, size - len, "0");
	return len + text_number(out + len, size - len, us);
}

size_t text_run(char *out, size_t size, __u32 first, __u32 last)
{
	size_t len = text_number(out, size, first);

	if (first == last)
		return len;
	len += text_copy(out + len, size - len, "-");
	return len + text_number(out + len, size - len, last);
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

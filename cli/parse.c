// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "util.h"

__printf(2, 3)
static bool refuse(struct why *why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return false;
}

/* Only the digits of @base, @len of them: true and the value if it fits. */
static bool digits(const char *s, size_t len, unsigned int base, __u64 *out)
{
	static const char hex[] = "0123456789abcdef";
	const char *digit;
	__u64 value = 0;
	size_t i;

	if (!len)
		return false;
	for (i = 0; i < len; i++) {
		digit = s[i] ? strchr(hex, tolower((unsigned char)s[i])) : NULL;
		if (!digit || (size_t)(digit - hex) >= base)
			return false;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit - hex, &value))
			return false;
	}
	*out = value;
	return true;
}

static bool number_of(const char *s, size_t len, __u64 min, __u64 max,
		      __u64 *out, struct why *why)
{
	__u64 value;
	bool ok;

	if (len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		ok = digits(s + 2, len - 2, 16, &value);
	else
		ok = digits(s, len, 10, &value);
	if (!ok || value < min || value > max)
		return refuse(why, "'%.*s': must be a number from %llu to %llu",
			      (int)(len < 40 ? len : 40), s, min, max);
	*out = value;
	return true;
}

bool parse_number(const char *word, __u64 min, __u64 max, __u64 *out,
		  struct why *why)
{
	return number_of(word, strlen(word), min, max, out, why);
}

bool parse_duration(const char *word, __u64 max, __u64 *ms, struct why *why)
{
	static const struct {
		const char *suffix;
		__u64 factor;
	} units[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 },
	};
	size_t len = strspn(word, "0123456789");
	__u64 value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(word + len, units[i].suffix))
			continue;
		if (!digits(word, len, 10, &value) ||
		    __builtin_mul_overflow(value, units[i].factor, ms) ||
		    *ms > max)
			break;
		return true;
	}
	return refuse(why, "'%.40s': must be a duration of at most %llus, as 30, 500ms or 5m",
		      word, max / 1000);
}

bool parse_ids(const char *word, struct id_list *list, struct why *why)
{
	__u64 first, last;
	size_t len, dash;

	for (;;) {
		len = strcspn(word, ",");
		dash = strcspn(word, "-,");
		if (!number_of(word, dash, 0, PARSE_ID_MAX, &first, why))
			return false;
		last = first;
		if (dash < len &&
		    !number_of(word + dash + 1, len - dash - 1, 0, PARSE_ID_MAX,
			       &last, why))
			return false;
		if (first > last)
			return refuse(why, "'%.*s': the range runs backwards",
				      (int)len, word);
		if (!id_list_add(list, first, last))
			return refuse(why, "out of memory");
		if (!word[len])
			return true;
		word += len + 1;
	}
}

static void name_all(const char *const *words, char *out, size_t size)
{
	size_t used = 0;
	size_t i;

	out[0] = '\0';
	for (i = 0; words[i] && used < size; i++)
		used += snprintf(out + used, size - used, "%s%s",
				 i ? ", " : "", words[i]);
}

static int choose(const char *word, size_t len, const char *const *words)
{
	int i;

	for (i = 0; words[i]; i++)
		if (strlen(words[i]) == len && !memcmp(words[i], word, len))
			return i;
	return -1;
}

int parse_choice(const char *word, const char *const *words, struct why *why)
{
	int i = choose(word, strlen(word), words);
	char all[120];

	if (i < 0) {
		name_all(words, all, sizeof(all));
		refuse(why, "'%.40s': must be one of %s", word, all);
	}
	return i;
}

int parse_pair(const char *word, const char *const *names, const char **value,
	       struct why *why)
{
	size_t len = strcspn(word, "=");
	int i = choose(word, len, names);
	char all[120];

	if (i < 0 || word[len] != '=') {
		name_all(names, all, sizeof(all));
		refuse(why, "'%.40s': must be NAME=VALUE with one of %s", word,
		       all);
		return -1;
	}
	*value = word + len + 1;
	return i;
}

bool parse_name(const char *word, size_t max, struct why *why)
{
	size_t len = strlen(word);
	size_t i;

	if (!len || len > max)
		return refuse(why, "'%.40s': must have 1 to %zu bytes", word, max);
	for (i = 0; i < len; i++)
		if (iscntrl((unsigned char)word[i]))
			return refuse(why, "must not have control characters");
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What people type: strict, whole words only, and the range in the message. */
#ifndef IOASIDCTL_PARSE_H
#define IOASIDCTL_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* The largest ID that any module can be told to hand out. */
#define PARSE_ID_MAX 0x7fffffffU

struct why {
	char text[200];
};

struct id_run {
	__u32 first;
	__u32 last;
};

struct id_list {
	struct id_run *run;
	size_t count;
	size_t room;
};

/* Decimal, or hexadecimal with 0x; no sign, no blank, no suffix. */
bool parse_number(const char *word, __u64 min, __u64 max, __u64 *out,
		  struct why *why);

/* 30, 30s, 500ms, 5m, 2h; in milliseconds, at most @max. */
bool parse_duration(const char *word, __u64 max, __u64 *ms, struct why *why);

/* 5,17-24,0x80: appended to @list. */
bool parse_ids(const char *word, struct id_list *list, struct why *why);

/* NAME=VALUE with a NAME of @names (NULL at the end); its index or -1. */
int parse_pair(const char *word, const char *const *names, const char **value,
	       struct why *why);

/* The index of @word in @words (NULL at the end), or -1. */
int parse_choice(const char *word, const char *const *words, struct why *why);

/* 1 to @max bytes, printable; an allocator's name, a label. */
bool parse_name(const char *word, size_t max, struct why *why);

bool id_list_add(struct id_list *list, __u32 first, __u32 last);

/* Sort, and join what overlaps or touches. */
void id_list_normalize(struct id_list *list);
__u64 id_list_total(const struct id_list *list);
void id_list_free(struct id_list *list);

#endif

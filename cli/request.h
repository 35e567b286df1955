/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests that more than one command makes. */
#ifndef IOASIDCTL_REQUEST_H
#define IOASIDCTL_REQUEST_H

#include "fields.h"
#include "parse.h"
#include "session.h"

struct id_filter {
	const struct id_list *ids;
	const char *set;
	const char *allocator;
	const char *label;
	bool has_state;
	__u32 state;
	bool has_pid;
	__u32 pid;
	bool has_request;
	__u64 request;
	bool fold;
};

struct info {
	__u64 generation;
	__u32 id_bits;
	__u32 id_max;
	__u32 used;
	__u32 orphans;
	__u32 high_water;
	__u32 allocators;
	__u32 sets;
	bool draining;
	__u64 drain_since;
	__u32 drain_pid;		/* 0: not told */
	char drain_comm[64];
	char active[IOASID_NAME_MAX + 1];
	char version[64];
};

/* Bytes that a request needs for the ranges of @ids. */
size_t ranges_room(const struct id_list *ids);
int put_ranges(struct nl_msg *msg, const struct id_list *ids);

/* expected-generation and dry-run, as attributes @expected and @dry_run. */
int put_conditions(struct nl_msg *msg, const struct ctx *ctx, int expected,
		   int dry_run);

int info_get(struct session *s, struct info *info, struct fail *fail);
struct nl_msg *ids_request(struct session *s, const struct id_filter *filter,
			   struct fail *fail);

/* Fill @fail with the IDs that pass @filter and are @in_the_way. */
void collect_blockers(struct session *s, const struct id_filter *filter,
		      bool (*in_the_way)(const struct row *row),
		      struct fail *fail);
bool row_is_any(const struct row *row);
bool row_is_of_kernel(const struct row *row);
bool row_is_hold(const struct row *row);

/* An orphan is in nobody's way but that of its number. */
bool row_is_no_orphan(const struct row *row);

/* The list of all words, normalized; on -1 it is freed and @fail set. */
int ids_of_words(char **words, int count, struct id_list *ids,
		 struct fail *fail);

#endif

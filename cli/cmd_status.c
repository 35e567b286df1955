// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "json.h"
#include "owners.h"
#include "report.h"
#include "request.h"
#include "text.h"

#define TRIES 5
#define OWNERS_SHOWN 5

/* Free numbers count from 1: 0 is given to nobody who does not insist. */
struct status {
	struct fail *fail;
	struct info info;
	struct owners owners;
	__u64 used;
	__u64 free;			/* 0 is not free: it is had on request only */
	__u64 next;			/* below it all is accounted for */
	__u64 largest;			/* free run */
	bool moved;
};

static int take_row(struct nl_msg *msg, void *arg)
{
	struct status *st = arg;
	struct row row;
	__u32 first;

	if (row_parse(&row, &object_ioasid, msg))
		return 0;
	first = row_first(&row);
	if (first > st->next && first - st->next > st->largest)
		st->largest = first - st->next;
	st->next = (__u64)row_last(&row) + 1;
	st->used += row_ids(&row);
	st->free -= row_ids(&row) - !first;
	if (owners_add(&st->owners, msg, &row))
		return fail_memory(st->fail);
	return 0;
}

static int read_once(struct session *s, struct status *st)
{
	struct id_filter all = { .fold = true };
	bool interrupted = false;
	struct info after;
	struct nl_msg *msg;

	owners_free(&st->owners);
	st->used = 0;
	st->next = 1;
	st->largest = 0;
	if (info_get(s, &st->info, st->fail))
		return -1;
	st->free = st->info.id_max;
	msg = ids_request(s, &all, st->fail);
	if (!msg || session_dump(s, msg, take_row, st, &interrupted, st->fail))
		return -1;
	if (st->info.id_max + 1ULL > st->next &&
	    st->info.id_max + 1ULL - st->next > st->largest)
		st->largest = st->info.id_max + 1ULL - st->next;
	if (info_get(s, &after, st->fail))
		return -1;
	st->moved = interrupted || after.generation != st->info.generation;
	owners_sort(&st->owners);
	return 0;
}

static void print_gate(const struct info *info)
{
	char age[32];

	if (!info->draining) {
		puts("gate:         open");
		return;
	}
	text_duration(age, sizeof(age), boottime_ns() - info->drain_since);
	printf("gate:         closed for %s", age);
	if (info->drain_pid)
		printf(" by %s[%u]", info->drain_comm, info->drain_pid);
	putchar('\n');
}

static void print_text(const struct status *st)
{
	const struct info *info = &st->info;
	size_t i;

	printf("active:       %s\n", info->active);
	print_gate(info);
	printf("capacity:     %u bits, 0-%u\n", info->id_bits, info->id_max);
	printf("used:         %llu\n", st->used);
	printf("free:         %llu\n", st->free);
	printf("largest free: %llu\n", st->largest);
	printf("high-water:   %u\n", info->high_water);
	printf("orphans:      %u\n", info->orphans);
	printf("allocators:   %u\n", info->allocators);
	printf("sets:         %u\n", info->sets);
	printf("generation:   %llu\n", info->generation);
	if (st->owners.count)
		puts("owners:");
	for (i = 0; i < st->owners.count && i < OWNERS_SHOWN; i++)
		printf("  %-7llu  %s\n", st->owners.list[i]->ids,
		       st->owners.list[i]->text);
	if (i < st->owners.count)
		printf("  ... and %zu more\n", st->owners.count - i);
}

static void print_json(const struct status *st)
{
	const struct info *info = &st->info;
	struct json_stream json = { .out = stdout };
	struct json_object *head = json_envelope("status", &info->generation);
	size_t i;

	json_add_text(head, "version", info->version);
	json_add_number(head, "id_bits", info->id_bits);
	json_add_number(head, "id_max", info->id_max);
	json_add_text(head, "active", info->active);
	json_add_bool(head, "draining", info->draining);
	if (info->draining)
		json_add_number(head, "drain_since", info->drain_since);
	if (info->drain_pid) {
		json_add_number(head, "drain_pid", info->drain_pid);
		json_add_text(head, "drain_comm", info->drain_comm);
	}
	json_add_number(head, "used", st->used);
	json_add_number(head, "free", st->free);
	json_add_number(head, "largest_free", st->largest);
	json_add_number(head, "high_water", info->high_water);
	json_add_number(head, "orphans", info->orphans);
	json_add_number(head, "allocators", info->allocators);
	json_add_number(head, "sets", info->sets);
	json_add_number(head, "owners", st->owners.count);
	json_add_bool(head, "consistent", !st->moved);
	json_begin(&json, head);
	for (i = 0; i < st->owners.count && i < OWNERS_SHOWN; i++)
		json_item(&json, owner_json(st->owners.list[i]));
	json_end(&json, NULL);
}

static int read_status(struct session *s, struct status *st)
{
	int try;

	for (try = 0; try < TRIES; try++) {
		if (read_once(s, st))
			return -1;
		if (!st->moved)
			return 0;
	}
	if (s->ctx->strict)
		return fail_set(st->fail, CODE_INCONSISTENT,
				"IOASIDs changed each of the %d times they were read",
				TRIES);
	report_warning(s->ctx, "IOASIDs changed while they were read");
	return 0;
}

static int run_status(const struct ctx *ctx, const struct input *in,
		      struct fail *fail)
{
	struct status st = { .fail = fail };
	struct session s;
	int ret;

	(void)in;
	if (session_open(&s, ctx, fail))
		return -1;
	ret = read_status(&s, &st);
	if (!ret && ctx->json)
		print_json(&st);
	else if (!ret)
		print_text(&st);
	owners_free(&st.owners);
	session_close(&s);
	return ret;
}

const struct command cmd_status = {
	.name = "status",
	.summary = "one screen: the active allocator, the gate, usage, owners",
	.notes =
"The owners with the most IOASIDs come first (items in JSON). If IOASIDs change\n"
"each time they are read, a warning says so; with --strict exit 8.\n",
	.examples =
"  ioasidctl\n"
"  ioasidctl status -j\n",
	.batch = true,
	.exits = EXITS_READ | EXIT(8),
	.run = run_status,
};

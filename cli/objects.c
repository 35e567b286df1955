// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <netlink/attr.h>

#include "objects.h"

static bool same_text(const struct row *a, const struct row *b, int attr)
{
	const char *x = attr_string(a->tb, attr);
	const char *y = attr_string(b->tb, attr);

	return !strcmp(x ? x : "", y ? y : "");
}

/* The same object, in whatever state? Both are of @kind. */
static bool is_same(const struct snapshot_kind *kind, const struct row *a,
		    const struct row *b)
{
	if (kind == &snapshot_allocators)
		return attr_u32(a->tb, IOASID_A_ALLOCATOR_INDEX, 0) ==
		       attr_u32(b->tb, IOASID_A_ALLOCATOR_INDEX, 0);
	return same_text(a, b, IOASID_A_SET_NAME) &&
	       same_text(a, b, IOASID_A_SET_MODULE) &&
	       !a->tb[IOASID_A_SET_GONE] == !b->tb[IOASID_A_SET_GONE];
}

/* In the same state? What events do not tell, the counters, is left aside. */
static bool looks_same(const struct snapshot_kind *kind, const struct row *a,
		       const struct row *b)
{
	if (kind == &snapshot_allocators)
		return attr_u32(a->tb, IOASID_A_ALLOCATOR_FLAGS, 0) ==
		       attr_u32(b->tb, IOASID_A_ALLOCATOR_FLAGS, 0);
	return attr_u32(a->tb, IOASID_A_SET_QUOTA, 0) ==
	       attr_u32(b->tb, IOASID_A_SET_QUOTA, 0);
}

/* The index of the object of @row; @list->count if it is not there. */
static size_t find(const struct snapshot *list, const struct row *row)
{
	struct row other;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!row_parse(&other, list->kind->object, list->msg[i]) &&
		    is_same(list->kind, row, &other))
			break;
	return i;
}

static void remove_at(struct snapshot *list, size_t at)
{
	nlmsg_free(list->msg[at]);
	list->count--;
	memmove(list->msg + at, list->msg + at + 1,
		(list->count - at) * sizeof(*list->msg));
}

static int put(struct snapshot *list, const struct row *row, struct nl_msg *msg)
{
	size_t at = find(list, row);

	if (at == list->count)
		return snapshot_add(list, msg);
	nlmsg_get(msg);
	nlmsg_free(list->msg[at]);
	list->msg[at] = msg;
	return 0;
}

/* @now operates the active space: the others do not. */
static void switched(struct snapshot *list, const struct row *now)
{
	__u32 space = attr_u32(now->tb, IOASID_A_ALLOCATOR_SPACE, 0);
	struct row row;
	__u32 flags;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (row_parse(&row, list->kind->object, list->msg[i]) ||
		    !row.tb[IOASID_A_ALLOCATOR_FLAGS] ||
		    is_same(list->kind, &row, now))
			continue;
		flags = attr_u32(row.tb, IOASID_A_ALLOCATOR_FLAGS, 0);
		if (attr_u32(row.tb, IOASID_A_ALLOCATOR_SPACE, 0) == space)
			flags = (flags & ~IOASID_ALLOCATOR_F_OPERATING) |
				IOASID_ALLOCATOR_F_ACTIVE;
		else
			flags &= ~(IOASID_ALLOCATOR_F_ACTIVE |
				   IOASID_ALLOCATOR_F_DRAINING);
		memcpy(nla_data(row.tb[IOASID_A_ALLOCATOR_FLAGS]), &flags,
		       sizeof(flags));
	}
}

/* After the operating member of a space the next one operates, then the first. */
static void promote(struct snapshot *list, const struct row *gone)
{
	__u32 space = attr_u32(gone->tb, IOASID_A_ALLOCATOR_SPACE, 0);
	__u32 index = attr_u32(gone->tb, IOASID_A_ALLOCATOR_INDEX, 0);
	struct nlattr *next = NULL;
	struct row row;
	size_t i;

	/* they are in order of registration */
	for (i = 0; i < list->count; i++) {
		if (row_parse(&row, list->kind->object, list->msg[i]) ||
		    !row.tb[IOASID_A_ALLOCATOR_FLAGS] ||
		    attr_u32(row.tb, IOASID_A_ALLOCATOR_SPACE, 0) != space)
			continue;
		if (!next)
			next = row.tb[IOASID_A_ALLOCATOR_FLAGS];
		if (attr_u32(row.tb, IOASID_A_ALLOCATOR_INDEX, 0) < index)
			continue;
		next = row.tb[IOASID_A_ALLOCATOR_FLAGS];
		break;
	}
	if (next)
		*(__u32 *)nla_data(next) |= IOASID_ALLOCATOR_F_OPERATING;
}

int objects_allocator_event(struct snapshot *list, int event,
			    struct nl_msg *msg)
{
	struct row row;
	size_t at;

	if (row_parse(&row, list->kind->object, msg) ||
	    event == IOASID_CMD_ORPHANED_NTF)
		return 0;
	if (event == IOASID_CMD_UNREGISTERED_NTF) {
		at = find(list, &row);
		if (at < list->count)
			remove_at(list, at);
		if (attr_u32(row.tb, IOASID_A_ALLOCATOR_FLAGS, 0) &
		    IOASID_ALLOCATOR_F_OPERATING)
			promote(list, &row);
		return 0;
	}
	if (event == IOASID_CMD_SWITCHED_NTF)
		switched(list, &row);
	return put(list, &row, msg);
}

int objects_set_event(struct snapshot *list, struct nl_msg *msg)
{
	struct nlattr *gone;
	struct row row;
	size_t at;

	if (row_parse(&row, list->kind->object, msg))
		return 0;
	gone = row.tb[IOASID_A_SET_GONE];
	if (!gone)
		return put(list, &row, msg);
	/* Its module went: what was there before is not there any more. */
	row.tb[IOASID_A_SET_GONE] = NULL;
	at = find(list, &row);
	if (at < list->count)
		remove_at(list, at);
	row.tb[IOASID_A_SET_GONE] = gone;
	if (attr_u32(row.tb, IOASID_A_SET_IDS, 0))
		return put(list, &row, msg);
	at = find(list, &row);
	if (at < list->count)
		remove_at(list, at);
	return 0;
}

int objects_differences(const struct snapshot *before,
			const struct snapshot *after, objects_difference fn,
			void *arg)
{
	const struct object *object = before->kind->object;
	struct row row, other;
	size_t i, at;

	for (i = 0; i < before->count; i++) {
		if (row_parse(&row, object, before->msg[i]))
			continue;
		if (find(after, &row) == after->count &&
		    fn(before->msg[i], NULL, arg))
			return -1;
	}
	for (i = 0; i < after->count; i++) {
		if (row_parse(&row, object, after->msg[i]))
			continue;
		at = find(before, &row);
		if (at < before->count &&
		    !row_parse(&other, object, before->msg[at]) &&
		    looks_same(before->kind, &row, &other))
			continue;
		if (fn(at < before->count ? before->msg[at] : NULL,
		       after->msg[i], arg))
			return -1;
	}
	return 0;
}

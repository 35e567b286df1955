// SPDX-License-Identifier: GPL-2.0-only
/* From events to what there is. */
#include <string.h>
#include <netlink/attr.h>

#include "monitor.h"

static int no_memory(struct monitor *m)
{
	return fail_memory(m->fail);
}

/* IDs of one event may have looked different before: say each kind by itself. */
static int say_run(struct monitor *m, int event, __u32 first, __u32 last,
		   const struct record *after)
{
	const struct record *before = state_get(&m->ids, first);
	__u32 id;

	for (id = first; id < last; id++) {
		const struct record *next = state_get(&m->ids, id + 1);

		if (record_same(before, next))
			continue;
		if (say_ids(m, cmd_name(event), first, id, before, after))
			return -1;
		before = next;
		first = id + 1;
	}
	return say_ids(m, cmd_name(event), first, last, before, after);
}

static int take_ids(struct monitor *m, int event, struct nl_msg *msg)
{
	bool gone = event == IOASID_CMD_FREE_NTF;
	struct record *after;
	__u32 first, last;
	struct row row;
	int ret;

	if (row_parse(&row, &object_ioasid, msg))
		return 0;
	first = row_first(&row);
	last = row_last(&row);
	if (first > last || last > PARSE_ID_MAX)
		return 0;
	after = record_new(msg);
	if (!after)
		return no_memory(m);
	/* A free tells how it was last. */
	ret = say_run(m, event, first, last, after);
	if (!state_set(&m->ids, first, last, gone ? NULL : after))
		ret = no_memory(m);
	record_put(after);
	return ret;
}

struct mapping {
	__u32 space;
	const char *allocator;
	bool orphans;
	struct record *from;		/* the last one that was mapped */
	struct record *to;
};

/* What @r becomes when its space is switched, or dies; with a reference. */
static struct record *map(struct mapping *map, struct record *r)
{
	bool orphan = map->orphans &&
		      record_u32(r, IOASID_A_ID_STATE) == IOASID_STATE_LIVE;

	if (record_u32(r, IOASID_A_ID_SPACE) != map->space)
		return r;
	if (r == map->from)
		return map->to;
	record_put(map->to);
	map->from = r;
	map->to = record_change(r, map->allocator,
				orphan ? IOASID_STATE_ORPHAN : -1);
	return map->to;
}

static int map_difference(__u32 first, __u32 last, const struct record *before,
			  const struct record *after, void *arg)
{
	return say_ids(arg, "change", first, last, before, after);
}

struct remap {
	struct mapping map;
	struct state *after;
};

static int remap_run(__u32 first, __u32 last, const struct record *before,
		     const struct record *after, void *arg)
{
	struct remap *re = arg;
	struct record *to = map(&re->map, (struct record *)after);

	(void)before;
	return to && state_set(re->after, first, last, to) ? 0 : -1;
}

/*
 * IDs show the operating allocator of their space and whether there still is one,
 * so the event of one allocator changes how all of them look.
 */
static int remap_ids(struct monitor *m, const struct row *row, bool orphans)
{
	const struct state nothing = { 0 };
	struct state after = { 0 };
	struct remap re = {
		.map = {
			.space = attr_u32(row->tb, IOASID_A_ALLOCATOR_SPACE, 0),
			.allocator = attr_string(row->tb,
						 IOASID_A_ALLOCATOR_NAME),
			.orphans = orphans,
		},
		.after = &after,
	};
	int ret;

	if (!re.map.allocator)
		return 0;
	ret = state_differences(&nothing, &m->ids, remap_run, &re);
	record_put(re.map.to);
	if (ret) {
		state_free(&after);
		return no_memory(m);
	}
	ret = state_differences(&m->ids, &after, map_difference, m);
	state_free(&m->ids);
	m->ids = after;
	return ret;
}

static int take_allocator(struct monitor *m, int event, struct nl_msg *msg)
{
	struct row row;
	int ret;

	if (row_parse(&row, &object_allocator, msg))
		return 0;
	ret = say_object(m, cmd_name(event), &snapshot_allocators, msg);
	if (objects_allocator_event(&m->allocators, event, msg))
		return -1;
	if (!ret && event == IOASID_CMD_SWITCHED_NTF)
		ret = remap_ids(m, &row, false);
	if (!ret && event == IOASID_CMD_ORPHANED_NTF)
		ret = remap_ids(m, &row, true);
	return ret;
}

static int take_set(struct monitor *m, int event, struct nl_msg *msg)
{
	int ret = say_object(m, cmd_name(event), &snapshot_sets, msg);

	if (event == IOASID_CMD_SET_NTF && objects_set_event(&m->sets, msg))
		return -1;
	return ret;
}

static int take(struct monitor *m, int event, struct nl_msg *msg)
{
	switch (event) {
	case IOASID_CMD_ALLOC_NTF:
	case IOASID_CMD_FREE_NTF:
	case IOASID_CMD_CHANGE_NTF:
		return take_ids(m, event, msg);
	case IOASID_CMD_QUOTA_NTF:
	case IOASID_CMD_SET_NTF:
		return take_set(m, event, msg);
	default:
		/* One that we do not know is a change all the same. */
		if (attrs_of(event) == &attrs_allocator)
			return take_allocator(m, event, msg);
		return 0;
	}
}

/* Each change makes the generation one more; quota-ntf is no change. */
int monitor_take(struct nl_msg *msg, void *arg)
{
	struct monitor *m = arg;
	int event = event_of(msg);
	const struct attr_set *set = attrs_of(event);
	struct nlattr *tb[ATTRS_MAX + 1];
	__u64 generation;

	/* attribute 1 of every object is the generation */
	if (m->gap || !set || attrs_parse_msg(set, msg, tb) || !tb[1])
		return 0;
	generation = nla_get_u64(tb[1]);
	if (event == IOASID_CMD_QUOTA_NTF)
		return generation == m->generation ? take(m, event, msg) : 0;
	if (generation <= m->generation)
		return 0;
	if (generation != m->generation + 1) {
		m->gap = true;
		return 0;
	}
	m->generation = generation;
	return take(m, event, msg);
}

void monitor_forget(struct monitor *m)
{
	state_free(&m->ids);
	snapshot_drop(&m->allocators);
	snapshot_drop(&m->sets);
}

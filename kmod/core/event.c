// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: changes happen in any context, netlink wants a process. So a change
 * takes its generation and, if anybody listens, queues a description under the
 * table lock; a work item sends them in that order. What cannot be queued
 * leaves a gap in the generations, and listeners get ENOBUFS.
 */
#include <linux/slab.h>
#include "event.h"
#include "nl_fill.h"

/* At most so many wait for delivery. */
#define IOASID_EVENTS_MAX 16384

/**
 * struct ioasid_event - a change to be told
 * @node: in &ioasid_core.events
 * @cmd: IOASID_CMD_*_NTF
 * @id: of the events about IDs
 * @allocator: of the events about allocators
 * @set: of the events about sets
 */
struct ioasid_event {
	struct list_head node;
	u8 cmd;
	union {
		struct ioasid_id_info id;
		struct ioasid_allocator_info allocator;
		struct ioasid_set_info set;
	};
};

static void ioasid_event_work(struct work_struct *work);
static DECLARE_WORK(ioasid_events_work, ioasid_event_work);

/* No event is queued any more; table lock. */
static bool ioasid_events_closed;

/* Yes for good: a socket that leaves a group twice is told of twice. */
bool ioasid_ever_joined;

#if IOASID_GENL_BIND
/* Called before somebody is in a group. */
int ioasid_events_joined(int group)
{
	WRITE_ONCE(ioasid_ever_joined, true);
	return 0;
}
#endif

/* The family has its groups. Their numbers may have members before. */
void ioasid_events_init(void)
{
	if (ioasid_has_listeners(IOASID_NL_EVENTS) ||
	    ioasid_has_listeners(IOASID_NL_EVENTS_OWNER))
		WRITE_ONCE(ioasid_ever_joined, true);
}

/* Room for an event that somebody wants; NULL if there is none, or at the end. */
static struct ioasid_event *ioasid_event_queue(u8 cmd)
{
	struct ioasid_event *ev = NULL;

	ioasid_assert_locked();
	if (ioasid_events_closed)
		return NULL;
	if (ioasid_core.n_events < IOASID_EVENTS_MAX)
		ev = kmalloc(sizeof(*ev), GFP_ATOMIC | __GFP_NOWARN);
	if (ev) {
		ev->cmd = cmd;
		list_add_tail(&ev->node, &ioasid_core.events);
		ioasid_core.n_events++;
	} else {
		ioasid_core.events_lost = true;
	}
	queue_work(ioasid_wq, &ioasid_events_work);
	return ev;
}

/* Room for an event; NULL if nobody wants it or there is none. */
static struct ioasid_event *ioasid_event_new(u8 cmd)
{
	ioasid_assert_locked();
	return unlikely(ioasid_listening()) ? ioasid_event_queue(cmd) : NULL;
}

/* For somebody who listens. */
void ioasid_event_queue_id(u8 cmd, const struct ioasid_entry *e, ioasid_t first,
			   ioasid_t last)
{
	struct ioasid_event *ev = ioasid_event_queue(cmd);

	if (ev)
		ioasid_describe_id(&ev->id, e, first, last);
}

void ioasid_event_allocator(u8 cmd, struct ioasid_allocator *a)
{
	struct ioasid_event *ev;

	ioasid_count(ioasid_core.generation, 1);
	ev = ioasid_event_new(cmd);
	if (ev)
		ioasid_describe_allocator(&ev->allocator, a);
}

/* So many changed that listeners had better look at everything. */
void ioasid_event_gap(void)
{
	ioasid_assert_locked();
	ioasid_count(ioasid_core.generation, 1);
	if (!ioasid_listening() || ioasid_events_closed)
		return;
	ioasid_core.events_lost = true;
	queue_work(ioasid_wq, &ioasid_events_work);
}

/* To be at its quota changes nothing, so the generation stays. */
void ioasid_event_set(u8 cmd, const struct ioasid_group *group)
{
	struct ioasid_event *ev;

	if (cmd != IOASID_CMD_QUOTA_NTF)
		ioasid_count(ioasid_core.generation, 1);
	ev = ioasid_event_new(cmd);
	if (ev)
		ioasid_describe_set(&ev->set, group);
}

static int ioasid_event_fill(struct sk_buff *skb, const struct ioasid_event *ev,
			     bool owner)
{
	switch (ev->cmd) {
	case IOASID_CMD_ALLOC_NTF:
	case IOASID_CMD_FREE_NTF:
	case IOASID_CMD_CHANGE_NTF:
		return ioasid_fill_id(skb, &ev->id, owner);
	case IOASID_CMD_QUOTA_NTF:
	case IOASID_CMD_SET_NTF:
		return ioasid_fill_set(skb, &ev->set);
	default:
		return ioasid_fill_allocator(skb, &ev->allocator);
	}
}

/* To one group; false if a listener in there misses it. */
static bool ioasid_event_send(const struct ioasid_event *ev,
			      enum ioasid_nl_mcgrp group)
{
	struct sk_buff *skb;
	void *hdr;

	if (!ioasid_has_listeners(group))
		return true;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return false;
	hdr = genlmsg_put(skb, 0, 0, &ioasid_nl_family, 0, ev->cmd);
	if (!hdr || ioasid_event_fill(skb, ev, group == IOASID_NL_EVENTS_OWNER)) {
		nlmsg_free(skb);
		return false;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast(&ioasid_nl_family, skb, 0, group, GFP_KERNEL);
	return true;
}

static void ioasid_events_missed(enum ioasid_nl_mcgrp group)
{
	genl_set_err(&ioasid_nl_family, &init_net, 0, group, -ENOBUFS);
}

static void ioasid_event_work(struct work_struct *work)
{
	struct ioasid_event *ev, *next;
	unsigned long flags;
	LIST_HEAD(events);
	bool lost;

	ioasid_lock(flags);
	list_splice_init(&ioasid_core.events, &events);
	ioasid_core.n_events = 0;
	lost = ioasid_core.events_lost;
	ioasid_core.events_lost = false;
	ioasid_unlock(flags);

	list_for_each_entry_safe(ev, next, &events, node) {
		lost |= !ioasid_event_send(ev, IOASID_NL_EVENTS);
		lost |= !ioasid_event_send(ev, IOASID_NL_EVENTS_OWNER);
		kfree(ev);
		cond_resched();
	}
	if (lost) {
		ioasid_events_missed(IOASID_NL_EVENTS);
		ioasid_events_missed(IOASID_NL_EVENTS_OWNER);
	}
}

/* Before the family goes: nothing is left to send, or comes after. */
void ioasid_events_exit(void)
{
	struct ioasid_event *ev, *next;
	unsigned long flags;

	ioasid_lock(flags);
	ioasid_events_closed = true;
	ioasid_unlock(flags);
	cancel_work_sync(&ioasid_events_work);
	list_for_each_entry_safe(ev, next, &ioasid_core.events, node)
		kfree(ev);
}

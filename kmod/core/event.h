/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: what is changed is told to those who listen, and costs little if nobody does. */
#ifndef _IOASID_EVENT_H
#define _IOASID_EVENT_H

#include "netlink.h"

/* Has anybody ever joined a group? Where that is not told, netlink must be asked. */
extern bool ioasid_ever_joined;

static inline bool ioasid_has_listeners(enum ioasid_nl_mcgrp group)
{
	return genl_has_listeners(&ioasid_nl_family, &init_net, group);
}

static inline bool ioasid_listening(void)
{
	return (!IOASID_GENL_BIND || READ_ONCE(ioasid_ever_joined)) &&
	       (ioasid_has_listeners(IOASID_NL_EVENTS) ||
		ioasid_has_listeners(IOASID_NL_EVENTS_OWNER));
}

void ioasid_event_queue_id(u8 cmd, const struct ioasid_entry *e, ioasid_t first,
			   ioasid_t last);
void ioasid_event_allocator(u8 cmd, struct ioasid_allocator *a);
void ioasid_event_set(u8 cmd, const struct ioasid_group *group);
void ioasid_event_gap(void);
void ioasid_events_init(void);
int ioasid_events_joined(int group);
void ioasid_events_exit(void);

/* IDs @first to @last, which are all like @e, were changed. */
static inline void ioasid_event_id(u8 cmd, const struct ioasid_entry *e,
				   ioasid_t first, ioasid_t last)
{
	ioasid_assert_locked();
	ioasid_count(ioasid_core.generation, 1);
	if (unlikely(ioasid_listening()))
		ioasid_event_queue_id(cmd, e, first, last);
}

#endif /* _IOASID_EVENT_H */

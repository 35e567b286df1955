/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocators and sets as a reader of events knows them. */
#ifndef IOASIDCTL_OBJECTS_H
#define IOASIDCTL_OBJECTS_H

#include "snapshot.h"

/* Apply an event about an allocator, or about a set. -1: fail of @list is set. */
int objects_allocator_event(struct snapshot *list, int event,
			    struct nl_msg *msg);
int objects_set_event(struct snapshot *list, struct nl_msg *msg);

/* Called for what differs; one of them may be NULL. Nonzero ends it. */
typedef int (*objects_difference)(struct nl_msg *before, struct nl_msg *after,
				  void *arg);
int objects_differences(const struct snapshot *before,
			const struct snapshot *after, objects_difference fn,
			void *arg);

#endif

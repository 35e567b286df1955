// SPDX-License-Identifier: GPL-2.0-only
/* The memory of entries: it is used again while readers may still look at it. */
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "core.h"

static struct kmem_cache *ioasid_entries __ro_after_init;

/*
 * The last one that was dropped, for the next: IDs often come and go one by one. Who
 * takes it has it alone, so no lock is needed.
 */
static struct ioasid_entry *ioasid_spare;

/* Of memory that was not in use before, too, the mark tells that it is not. */
static void ioasid_entry_init(void *e)
{
	((struct ioasid_entry *)e)->mark = 0;
}

int ioasid_entries_init(void)
{
	char name[40];

	/* Before 6.12 one that is destroyed keeps its name until a worker comes. */
	snprintf(name, sizeof(name), "ioasid_entry-%llx", ktime_get_ns());
	ioasid_entries = kmem_cache_create(name, sizeof(struct ioasid_entry), 0,
					   SLAB_TYPESAFE_BY_RCU,
					   ioasid_entry_init);
	return ioasid_entries ? 0 : -ENOMEM;
}

void ioasid_entries_exit(void)
{
	if (ioasid_spare)
		kmem_cache_free(ioasid_entries, ioasid_spare);
	kmem_cache_destroy(ioasid_entries);
}

/*
 * One that is not in use yet. Readers that knew it as another ID may look at it while
 * it is filled: they notice by the mark, whose change comes before, see
 * ioasid_entry_end(). Until they have looked at the mark again they may follow what is
 * freed after a grace period, as group and request, but not the private data.
 */
struct ioasid_entry *ioasid_entry_new(const struct ioasid_alloc_args *args)
{
	struct ioasid_entry *e = xchg(&ioasid_spare, NULL);

	if (!e)
		e = kmem_cache_alloc(ioasid_entries, args->gfp);
	if (!e)
		return NULL;
	WRITE_ONCE(e->refs, 1);
	WRITE_ONCE(e->since, ktime_get_boottime_seconds());
	WRITE_ONCE(e->req, args->req);
	RCU_INIT_POINTER(e->private, args->private);
	return e;
}

/* It is not in use; there may be readers who still look at it. */
void ioasid_entry_drop(struct ioasid_entry *e)
{
	e = xchg(&ioasid_spare, e);
	if (e)
		kmem_cache_free(ioasid_entries, e);
}

/* @e and what is queued behind it: out of the table, so no lock is needed. */
void ioasid_entries_drop(struct ioasid_entry *e)
{
	struct ioasid_entry *next;

	for (; e; e = next) {
		next = e->next;
		kmem_cache_free(ioasid_entries, e);
	}
}

/**
 * ioasid_entry_look - read an entry without the lock
 * @e: as the table has it, or had it in this section; or NULL
 * @id: its number there
 * @copy: what is read, but for the private data, of which it says whether there are any
 *
 * Context: RCU read lock held, and until what @copy points to is not used any more.
 * Return: whether @id is in use; ioasid_entry_visible() says who may know.
 */
bool ioasid_entry_look(const struct ioasid_entry *e, ioasid_t id,
		       struct ioasid_entry *copy)
{
	if (!e)
		return false;
	do {
		/* Who sees that it is in use sees what it is. */
		copy->mark = smp_load_acquire(&e->mark);
		if (!(copy->mark & IOASID_MARK_USED))
			return false;
		copy->refs = READ_ONCE(e->refs);
		copy->since = READ_ONCE(e->since);
		copy->id = READ_ONCE(e->id);
		copy->group = READ_ONCE(e->group);
		copy->space = READ_ONCE(e->space);
		copy->req = READ_ONCE(e->req);
		RCU_INIT_POINTER(copy->private, rcu_access_pointer(e->private));
	} while (!ioasid_entry_same(e, copy->mark));
	if (ioasid_entry_stage(copy) == IOASID_STATE_FREEING)
		RCU_INIT_POINTER(copy->private, NULL);
	return copy->id == id;
}

/* To the end; whoever's the queue is holds the table lock. */
void ioasid_queue_add(struct ioasid_queue *queue, struct ioasid_entry *e)
{
	ioasid_assert_locked();
	WRITE_ONCE(e->next, NULL);
	if (queue->first)
		WRITE_ONCE(queue->last->next, e);
	else
		queue->first = e;
	queue->last = e;
}

/* The first one; NULL if there is none. */
struct ioasid_entry *ioasid_queue_take(struct ioasid_queue *queue)
{
	struct ioasid_entry *e = queue->first;

	ioasid_assert_locked();
	if (e)
		queue->first = e->next;
	return e;
}

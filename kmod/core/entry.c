// SPDX-License-Identifier: GPL-2.0-only
/* An ID in use: references, the way out, lookup and data. */
#include "core.h"
#include "event.h"
#include "trace.h"

/* How administrators see the state of an entry. */
enum ioasid_state ioasid_entry_state(const struct ioasid_entry *e)
{
	enum ioasid_state stage = ioasid_entry_stage(e);

	if (stage == IOASID_STATE_LIVE && READ_ONCE(e->space->dead))
		return IOASID_STATE_ORPHAN;
	return stage;
}

/* A live ID that its consumer knows; NULL otherwise. Table lock held. */
static struct ioasid_entry *ioasid_live(ioasid_t id)
{
	struct ioasid_entry *e = xa_load(&ioasid_core.table, id);

	ioasid_assert_locked();
	if (!e || ioasid_entry_stage(e) != IOASID_STATE_LIVE ||
	    !ioasid_entry_visible(e))
		return NULL;
	return e;
}

/**
 * ioasid_release - one reference less; the last one takes the ID out of use
 * @xas: where it is in the table
 * @e: entry
 * @defer: leave a call of the backend to the workqueue in any case
 * @call: its allocator is set if the caller must drop the lock and call
 *	ioasid_backend_free()
 *
 * Context: Table lock held.
 * Return: the event that tells listeners.
 */
u8 ioasid_release(struct xa_state *xas, struct ioasid_entry *e, bool defer,
		  struct ioasid_call *call)
{
	struct ioasid_allocator *a = ioasid_operating(e->space);

	ioasid_assert_locked();
	call->allocator = NULL;
	if (e->refs > 1) {
		WRITE_ONCE(e->refs, e->refs - 1);
		trace_ioasid_id_change(e->id, e);
		return IOASID_CMD_CHANGE_NTF;
	}
	if (a && a->free && (defer || a->flags & IOASID_ALLOCATOR_SLEEPS)) {
		ioasid_defer_free(e);
		trace_ioasid_id_change(e->id, e);
		return IOASID_CMD_CHANGE_NTF;
	}
	ioasid_unpublish(xas, e);
	if (a && a->free)
		ioasid_call_begin(call, a);
	else if (a)
		ioasid_count(a->frees, 1);
	return IOASID_CMD_FREE_NTF;
}

/* The entry is out of the table and of the backend's hands. */
void ioasid_forget(struct ioasid_entry *e)
{
	ioasid_uncharge(e);
	ioasid_entry_drop(e);
}

/* Let the backend have an unpublished ID back, and forget the entry. */
void ioasid_backend_free(struct ioasid_entry *e, struct ioasid_call *call)
{
	struct ioasid_allocator *a = call->allocator;
	unsigned long flags;

	a->free(e->id, a->pdata);

	ioasid_lock(flags);
	ioasid_count(a->frees, 1);
	ioasid_call_end(call);
	ioasid_uncharge(e);
	ioasid_unlock(flags);
	ioasid_entry_drop(e);
}

/* May a consumer drop a reference: the allocation's own, or another? */
static int ioasid_may_unref(const struct ioasid_entry *e, bool own)
{
	if (ioasid_in_callback())
		return -EDEADLK;
	if (!e || ioasid_entry_stage(e) == IOASID_STATE_FREEING ||
	    !ioasid_entry_visible(e))
		return -ENOENT;
	if (own && ioasid_entry_stage(e) == IOASID_STATE_PENDING)
		return -EALREADY;
	if (!own && ioasid_entry_stage(e) == IOASID_STATE_LIVE && e->refs == 1)
		return -EINVAL;
	return 0;
}

static int ioasid_unref(ioasid_t id, bool own)
{
	struct ioasid_entry *e;
	struct ioasid_call call;
	unsigned long flags;
	bool gone = false;
	int err;
	u8 event;
	XA_STATE(xas, &ioasid_core.table, id);

	ioasid_lock(flags);
	call.allocator = NULL;
	e = xas_load(&xas);
	err = ioasid_may_unref(e, own);
	if (!err) {
		if (own && e->refs > 1)
			ioasid_entry_set_stage(e, IOASID_STATE_PENDING);
		event = ioasid_release(&xas, e, false, &call);
		ioasid_event_id(event, e, id, id);
		gone = event == IOASID_CMD_FREE_NTF && !call.allocator;
		if (gone)
			ioasid_uncharge(e);
	}
	ioasid_unlock(flags);
	if (gone)
		ioasid_entry_drop(e);
	else if (call.allocator)
		ioasid_backend_free(e, &call);
	return err;
}

/**
 * ioasid_free - free an IOASID
 * @ioasid: the ID
 *
 * Drops the allocation's own reference. If others remain, the ID can no longer
 * be found, and its number not be issued, until the last ioasid_put().
 *
 * Context: Any but NMI. A backend that sleeps gets the ID through a workqueue.
 * Return: 0; -ENOENT (not in use), -EALREADY (freed before, references remain),
 * -EDEADLK (called from a callback of an allocator).
 */
int ioasid_free(ioasid_t ioasid)
{
	return ioasid_unref(ioasid, true);
}
EXPORT_SYMBOL_GPL(ioasid_free);

/**
 * ioasid_get - take a reference to an IOASID
 * @ioasid: the ID
 *
 * Context: Any but NMI.
 * Return: 0; -ENOENT (not in use, or freed), -EOVERFLOW (too many references).
 */
int ioasid_get(ioasid_t ioasid)
{
	struct ioasid_entry *e;
	unsigned long flags;
	int err = 0;

	ioasid_lock(flags);
	e = ioasid_live(ioasid);
	if (!e) {
		err = -ENOENT;
	} else if (e->refs == U32_MAX) {
		err = -EOVERFLOW;
	} else {
		WRITE_ONCE(e->refs, e->refs + 1);
		trace_ioasid_id_change(ioasid, e);
		ioasid_event_id(IOASID_CMD_CHANGE_NTF, e, ioasid, ioasid);
	}
	ioasid_unlock(flags);
	return err;
}
EXPORT_SYMBOL_GPL(ioasid_get);

/**
 * ioasid_put - drop a reference that ioasid_get() took
 * @ioasid: the ID
 *
 * The last one of a freed ID completes the free.
 *
 * Context: Any but NMI.
 * Return: 0; -ENOENT (not in use), -EINVAL (only the allocation's own reference
 * is left, and that is ioasid_free()'s to drop), -EDEADLK (called from a
 * callback of an allocator).
 */
int ioasid_put(ioasid_t ioasid)
{
	return ioasid_unref(ioasid, false);
}
EXPORT_SYMBOL_GPL(ioasid_put);

/**
 * ioasid_find - look up the data of an IOASID
 * @set: set that it must belong to, or NULL for any
 * @ioasid: the ID
 * @getter: called with the data under the RCU read lock, to take a reference;
 *	false means that the data is no longer valid; may be NULL
 *
 * Context: Any. Takes no lock.
 * Return: the data, NULL if there is none or @getter said false;
 * ERR_PTR(-ENOENT) if the ID is not in use or freed, ERR_PTR(-EACCES) if it
 * belongs to another set.
 */
void *ioasid_find(struct ioasid_set *set, ioasid_t ioasid,
		  bool (*getter)(void *))
{
	const struct ioasid_set *found = NULL;
	struct ioasid_entry *e;
	void *private = NULL;
	bool there;
	u32 mark;
	XA_STATE(xas, &ioasid_core.table, ioasid);

	rcu_read_lock();
	/* No number is ever reserved, so there are no zero entries. */
	while (xa_is_retry(e = xas_load(&xas)))
		xas_reset(&xas);
	do {
		there = e;
		if (!there)
			break;
		/* In use, and live. */
		mark = smp_load_acquire(&e->mark);
		there = (mark & (IOASID_MARK_USED | IOASID_MARK_STAGES)) == IOASID_MARK_USED &&
			READ_ONCE(e->id) == ioasid && ioasid_entry_visible(e);
		if (!there)
			break;
		if (set)
			found = READ_ONCE(READ_ONCE(e->group)->key);
		private = rcu_dereference(e->private);
	} while (!ioasid_entry_same(e, mark));
	if (!there)
		private = ERR_PTR(-ENOENT);
	else if (set != found)
		private = ERR_PTR(-EACCES);
	else if (private && getter && !getter(private))
		private = NULL;
	rcu_read_unlock();
	return private;
}
EXPORT_SYMBOL_GPL(ioasid_find);

/**
 * ioasid_exchange_data - replace the data of an IOASID
 * @ioasid: the ID
 * @data: new data, may be NULL
 * @old: set to the data before; unchanged on failure
 *
 * Readers may still use the old data: free it with kfree_rcu().
 *
 * Context: Any but NMI.
 * Return: 0; -ENOENT (not in use, or freed).
 */
int ioasid_exchange_data(ioasid_t ioasid, void *data, void **old)
{
	struct ioasid_entry *e;
	unsigned long flags;

	ioasid_lock(flags);
	e = ioasid_live(ioasid);
	if (e)
		*old = rcu_replace_pointer(e->private, data, ioasid_lock_held());
	ioasid_unlock(flags);
	return e ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(ioasid_exchange_data);

/**
 * ioasid_set_data - set the data of an IOASID
 * @ioasid: the ID
 * @data: new data, may be NULL
 *
 * Unlike the original (Linux 5.5 to 6.3) it does not wait for readers of the
 * old data: free that with kfree_rcu().
 *
 * Context: Any but NMI.
 * Return: 0; -ENOENT (not in use, or freed).
 */
int ioasid_set_data(ioasid_t ioasid, void *data)
{
	void *old;

	return ioasid_exchange_data(ioasid, data, &old);
}
EXPORT_SYMBOL_GPL(ioasid_set_data);

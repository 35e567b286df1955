// SPDX-License-Identifier: GPL-2.0-only
/* The table: IDs from allocation to the last reference. */
#include "core.h"
#include "event.h"
#include "trace.h"

/* May the set have @count more? */
int ioasid_quota_check(const struct ioasid_group *group, u64 count)
{
	ioasid_assert_locked();
	if (group->quota && group->ids + count > group->quota)
		return -EDQUOT;
	return 0;
}

/*
 * Count an ID on its space, set and request. The first of a space pins the
 * module that provides its operating allocator, the first from user space
 * pins us.
 */
static int ioasid_charge(struct ioasid_entry *e)
{
	struct ioasid_space *space = e->space;
	struct module *owner = ioasid_operating(space)->owner;

	ioasid_assert_locked();
	/* Hot-unplug may change the space under a request, half way. */
	if (e->req && e->req->ids > 1 && e->req->space != space)
		return -ENODEV;
	if (!space->ids && !try_module_get(owner))
		return -ENODEV;
	if (e->req && !ioasid_user_group.ids && !try_module_get(THIS_MODULE)) {
		if (!space->ids)
			module_put(owner);
		return -ENODEV;
	}
	if (!space->ids)
		space->pin = owner;
	ioasid_count(space->ids, 1);
	space->refs++;
	ioasid_count(e->group->ids, 1);
	if (e->req) {
		e->req->space = space;
		e->req->ids++;
	}
	return 0;
}

/* What ioasid_charge() counted. */
void ioasid_uncharge(struct ioasid_entry *e)
{
	struct ioasid_space *space = e->space;

	ioasid_assert_locked();
	if (space->dead)
		ioasid_count(ioasid_core.orphans, -1);
	ioasid_count(space->ids, -1);
	if (!space->ids) {
		module_put(space->pin);
		space->pin = NULL;
		ioasid_drain_check(space);
	}
	ioasid_space_put(space);
	ioasid_count(e->group->ids, -1);
	ioasid_group_settle(e->group);
	if (!e->req)
		return;
	if (!ioasid_user_group.ids)
		module_put(THIS_MODULE);
	ioasid_request_unref(e->req);
}

/*
 * Where to search for a free number: from @first to before @end all are in use, but
 * for @hole, unless that is @end. Table lock.
 */
static struct {
	ioasid_t first;
	ioasid_t end;
	ioasid_t hole;
} ioasid_full;

/* No number from @min to before this one is free. */
static ioasid_t ioasid_full_until(ioasid_t min)
{
	if (min < ioasid_full.first || min >= ioasid_full.end)
		return min;
	return min <= ioasid_full.hole ? ioasid_full.hole : ioasid_full.end;
}

/* @id, the first free number from @from on, was taken. */
static void ioasid_full_add(ioasid_t from, ioasid_t id)
{
	if (id == ioasid_full.hole && id < ioasid_full.end) {
		ioasid_full.hole = ioasid_full.end;
		return;
	}
	if (from != ioasid_full.end) {
		ioasid_full.first = from;
		ioasid_full.hole = ioasid_full.end;
	}
	if (ioasid_full.hole == ioasid_full.end)
		ioasid_full.hole = id + 1;
	ioasid_full.end = id + 1;
}

/* @id was given back. */
static void ioasid_full_drop(ioasid_t id)
{
	if (id < ioasid_full.first || id >= ioasid_full.end)
		return;
	if (ioasid_full.hole < ioasid_full.end)
		ioasid_full.end = max(ioasid_full.hole, id);
	ioasid_full.hole = min(ioasid_full.hole, id);
}

/* The entry is in the table, as @id: everybody may know. */
static void ioasid_publish(struct ioasid_entry *e, ioasid_t id,
			   struct ioasid_allocator *a)
{
	ioasid_entry_begin(e, id);
	ioasid_count(ioasid_core.used, 1);
	if (ioasid_core.used > ioasid_core.high_water)
		WRITE_ONCE(ioasid_core.high_water, ioasid_core.used);
	ioasid_count(a->allocs, 1);
	trace_ioasid_id_alloc(id, e);
	if (ioasid_entry_visible(e))
		ioasid_event_id(IOASID_CMD_ALLOC_NTF, e, id, id);
}

/*
 * Take the entry out of the table; its number is free from here on. To tell
 * listeners is the caller's part.
 */
void ioasid_unpublish(struct xa_state *xas, struct ioasid_entry *e)
{
	ioasid_entry_end(e);
	WRITE_ONCE(e->refs, 0);
	xas_store(xas, NULL);
	ioasid_full_drop(e->id);
	ioasid_count(ioasid_core.used, -1);
	trace_ioasid_id_free(e->id, e);
}

/*
 * The smallest number of [@min, @max] that the table does not hold, or, if the lock
 * had to be dropped for memory, one that it does not.
 */
static int ioasid_table_take(struct ioasid_entry *e, ioasid_t min,
			     ioasid_t max, ioasid_t *id, gfp_t gfp)
{
	ioasid_t from;
	int err;

	do {
		from = ioasid_full_until(min);
		if (from > max)
			return -ENOSPC;
		*id = from;
		err = -EBUSY;
		/* Likely free; of @min itself nothing is known. */
		if (from > min)
			err = __xa_insert(&ioasid_core.table, from, e, gfp);
		if (err == -EBUSY)
			err = __xa_alloc(&ioasid_core.table, id, e,
					 XA_LIMIT(from, max), gfp);
	} while (err == -EBUSY && ioasid_full_until(min) < from);
	if (err)
		return err == -EBUSY ? -ENOSPC : err;
	ioasid_full_add(from, *id);
	return 0;
}

/* The built-in allocator. */
static int ioasid_builtin_alloc(struct ioasid_entry *e, ioasid_t min,
				ioasid_t max, ioasid_t *id, gfp_t gfp)
{
	int err = ioasid_table_take(e, min, max, id, gfp);

	if (!err)
		ioasid_publish(e, *id, &ioasid_default_allocator);
	else
		ioasid_count(ioasid_default_allocator.failures, 1);
	return err;
}

static void ioasid_fault(struct ioasid_allocator *a, ioasid_t id)
{
	ioasid_count(a->faults, 1);
	trace_ioasid_fault(a->name, id);
	if (++a->fault_row < IOASID_FAULT_LIMIT || a->faulty)
		return;
	WRITE_ONCE(a->faulty, true);
	ioasid_event_allocator(IOASID_CMD_FAULTY_NTF, a);
}

/*
 * Put the ID that a backend returned into the table. On failure @give_back
 * says whether the backend must be told to take it back; a duplicate of an ID
 * of its own belongs to somebody else and must stay. An ID of another space, an
 * orphan, is not the backend's fault.
 */
static int ioasid_accept(struct ioasid_entry *e, ioasid_t id,
			 const struct ioasid_alloc_args *args,
			 struct ioasid_allocator *a, bool *give_back)
{
	struct ioasid_entry *old = NULL;
	int err = -ERANGE;

	if (id == INVALID_IOASID)
		return -ENOSPC;
	/* Drops the lock if it has to wait; nobody sees the entry yet. */
	if (id >= args->min && id <= args->max)
		err = __xa_insert(&ioasid_core.table, id, e, args->gfp);
	if (err)
		old = xa_load(&ioasid_core.table, id);
	if (old && old->space == e->space) {
		ioasid_fault(a, id);
		return -EIO;
	}
	*give_back = true;
	if (old)
		return -EIO;
	if (err == -ERANGE)
		ioasid_fault(a, id);
	if (err)
		return err;
	if (e->space->dead) {
		__xa_erase(&ioasid_core.table, id);
		return -ENODEV;
	}
	*give_back = false;
	a->fault_row = 0;
	ioasid_publish(e, id, a);
	return 0;
}

static int ioasid_backend_alloc(struct ioasid_entry *e, ioasid_t *id,
				const struct ioasid_alloc_args *args,
				struct ioasid_call *call)
{
	struct ioasid_allocator *a = call->allocator;
	bool give_back = false;
	unsigned long flags;
	int err;

	*id = a->alloc(args->min, args->max, a->pdata);

	ioasid_lock(flags);
	err = ioasid_accept(e, *id, args, a, &give_back);
	if (give_back) {
		ioasid_unlock(flags);
		a->free(*id, a->pdata);
		ioasid_lock(flags);
	}
	if (err) {
		ioasid_count(a->failures, 1);
		ioasid_uncharge(e);
	}
	ioasid_call_end(call);
	ioasid_unlock(flags);
	return err;
}

/*
 * Decide under one hold of the lock where the ID comes from, and pay for it.
 * With the built-in allocator that is all; with another its callback is still
 * to be called, and @call says so.
 */
static int ioasid_reserve(struct ioasid_entry *e, ioasid_t *id,
			  const struct ioasid_alloc_args *args,
			  struct ioasid_call *call)
{
	struct ioasid_allocator *a;
	struct ioasid_group *group;
	unsigned long flags;
	int err;

	ioasid_lock(flags);
	call->allocator = NULL;
	WRITE_ONCE(e->space, args->space ?: ioasid_core.active);
	a = ioasid_operating(e->space);
	group = args->req ? &ioasid_user_group : ioasid_group_find(args->set);
	/* Readers may follow it. */
	if (group)
		WRITE_ONCE(e->group, group);
	if (ioasid_in_callback())
		err = -EDEADLK;
	else if (!group)
		err = -ESRCH;
	else
		err = ioasid_admit(e->space, args->gfp);
	/* A restore has checked the quota for all that it does. */
	if (!err && !args->space)
		err = ioasid_quota_check(group, 1);
	if (err == -EDQUOT)
		ioasid_event_set(IOASID_CMD_QUOTA_NTF, group);
	if (!err)
		err = ioasid_charge(e);
	if (err)
		goto unlock;
	if (a->alloc) {
		ioasid_call_begin(call, a);
		goto unlock;
	}
	err = ioasid_builtin_alloc(e, args->min, args->max, id, args->gfp);
	if (err)
		ioasid_uncharge(e);
unlock:
	ioasid_unlock(flags);
	return err;
}

/**
 * ioasid_table_alloc - allocate one ID
 * @args: what is asked for; checked, and put right, here
 * @id: the ID, or %INVALID_IOASID on failure
 *
 * Context: As ioasid_alloc_gfp().
 * Return: as ioasid_alloc_gfp().
 */
int ioasid_table_alloc(struct ioasid_alloc_args *args, ioasid_t *id)
{
	struct ioasid_call call;
	struct ioasid_entry *e;
	int err;

	*id = INVALID_IOASID;
	if (args->min > args->max || args->max == INVALID_IOASID)
		return -EINVAL;
	if (args->min > ioasid_core.id_max)
		return -ERANGE;
	args->max = min(args->max, ioasid_core.id_max);
	/* Who has no memory says so; and what is zeroed has lost its mark. */
	args->gfp = (args->gfp & ~__GFP_ZERO) | __GFP_NOWARN;
	might_sleep_if(gfpflags_allow_blocking(args->gfp));

	e = ioasid_entry_new(args);
	if (!e)
		return -ENOMEM;
	err = ioasid_reserve(e, id, args, &call);
	while (err == -ESRCH) {
		err = ioasid_group_add(args->set, args->gfp);
		if (!err)
			err = ioasid_reserve(e, id, args, &call);
	}
	if (!err && call.allocator)
		err = ioasid_backend_alloc(e, id, args, &call);
	if (err) {
		trace_ioasid_alloc_failed(args->min, args->max, err);
		*id = INVALID_IOASID;
		ioasid_entry_drop(e);
	}
	return err;
}

/**
 * ioasid_alloc_gfp - allocate an IOASID
 * @set: set that it will belong to, or NULL
 * @min: smallest acceptable ID, inclusive
 * @max: largest acceptable ID, inclusive; above 2^id_bits - 1 it is lowered to
 *	that (PCIe Base Specification 6.0, 6.20: a PASID has up to 20 bits)
 * @private: data for ioasid_find(), may be NULL
 * @gfp: how to allocate memory; one that allows blocking also allows to sleep
 *	in the backend
 * @id: set to the ID, or to %INVALID_IOASID on failure
 *
 * The operating allocator of the active space chooses the number.
 *
 * Context: Any but NMI with a @gfp that does not block, interrupts may be off;
 * process context with one that does.
 * Return: 0; -EINVAL (@min > @max, or @max is %INVALID_IOASID), -ERANGE (@min
 * is beyond the capacity, or the backend's number was outside the range),
 * -ENOSPC (none free), -ENOMEM, -EDQUOT (set is at its quota), -ESHUTDOWN (the
 * active space drains), -EAGAIN (the backend sleeps, @gfp does not allow it),
 * -EIO (the backend is marked faulty, or its number is in use), -ENODEV (the
 * module of the backend, or the backend, is going away), -EDEADLK (called from
 * a callback of an allocator).
 */
int ioasid_alloc_gfp(struct ioasid_set *set, ioasid_t min, ioasid_t max,
		     void *private, gfp_t gfp, ioasid_t *id)
{
	struct ioasid_alloc_args args = {
		.set = set,
		.min = min,
		.max = max,
		.private = private,
		.gfp = gfp,
	};

	return ioasid_table_alloc(&args, id);
}
EXPORT_SYMBOL_GPL(ioasid_alloc_gfp);

/**
 * ioasid_alloc - allocate an IOASID without sleeping
 * @set: set that it will belong to, or NULL
 * @min: smallest acceptable ID, inclusive
 * @max: largest acceptable ID, inclusive
 * @private: data for ioasid_find(), may be NULL
 *
 * ioasid_alloc_gfp() with %GFP_ATOMIC, for code written to the allocator of
 * Linux 5.5 to 6.3. Never gets an ID from a backend that sleeps.
 *
 * Context: Any but NMI.
 * Return: the ID, or %INVALID_IOASID on any error.
 */
ioasid_t ioasid_alloc(struct ioasid_set *set, ioasid_t min, ioasid_t max,
		      void *private)
{
	ioasid_t id;

	ioasid_alloc_gfp(set, min, max, private, GFP_ATOMIC, &id);
	return id;
}
EXPORT_SYMBOL_GPL(ioasid_alloc);

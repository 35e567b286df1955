// SPDX-License-Identifier: GPL-2.0-only
/* What administrators do to allocators: switch, unregister, reset. */
#include "core.h"
#include "event.h"
#include "trace.h"

/* Note why a change is refused. Table lock held. */
int ioasid_refuse(struct ioasid_change *change, int err, u16 reason)
{
	ioasid_assert_locked();
	change->reason = reason;
	change->generation = ioasid_core.generation;
	return err;
}

/* Is the world still the one that the administrator has seen? */
int ioasid_expect(struct ioasid_change *change)
{
	ioasid_assert_locked();
	if (change->conditional && change->expected != ioasid_core.generation)
		return ioasid_refuse(change, -ESTALE, IOASID_REASON_STALE);
	return 0;
}

static int ioasid_change_target(const char *name, struct ioasid_change *change,
				struct ioasid_allocator **a)
{
	int err = ioasid_expect(change);

	if (err)
		return err;
	if (ioasid_in_callback())
		return ioasid_refuse(change, -EDEADLK, IOASID_REASON_INVALID);
	*a = ioasid_allocator_find(name);
	if (!*a)
		return ioasid_refuse(change, -ENOENT,
				     IOASID_REASON_UNKNOWN_ALLOCATOR);
	return 0;
}

static int ioasid_outstanding(struct ioasid_space *space,
			      struct ioasid_change *change)
{
	if (!space->ids)
		return 0;
	change->count = space->ids;
	change->blocking = space;
	return ioasid_refuse(change, -EBUSY, IOASID_REASON_OUTSTANDING);
}

/* Can IDs that are out pin the module of @a, as they must where it operates? */
static int ioasid_can_pin(const struct ioasid_allocator *a,
			  struct ioasid_change *change)
{
	if (!a->space->ids || ioasid_module_stays(a->owner))
		return 0;
	return ioasid_refuse(change, -ENODEV, IOASID_REASON_UNLOADING);
}

int ioasid_may_switch(const char *name, struct ioasid_change *change,
		      struct ioasid_allocator **a)
{
	int err = ioasid_change_target(name, change, a);

	if (err)
		return err;
	change->changed = (*a)->space != ioasid_core.active ||
			  ioasid_operating((*a)->space) != *a;
	if ((*a)->space != ioasid_core.active)
		err = ioasid_drain_foreign(change) ?:
		      ioasid_outstanding(ioasid_core.active, change);
	if (!err && change->changed)
		err = ioasid_can_pin(*a, change);
	return err;
}

static int ioasid_may_unregister(const char *name, struct ioasid_change *change,
				 struct ioasid_allocator **a)
{
	int err = ioasid_change_target(name, change, a);

	if (err)
		return err;
	if (*a == &ioasid_default_allocator)
		return ioasid_refuse(change, -EOPNOTSUPP,
				     IOASID_REASON_DEFAULT_ALLOCATOR);
	change->changed = true;
	if (ioasid_next_member(*a))
		return 0;
	if ((*a)->space == ioasid_core.active)
		err = ioasid_drain_foreign(change);
	return err ?: ioasid_outstanding((*a)->space, change);
}

typedef int (*ioasid_check_fn)(const char *name, struct ioasid_change *change,
			       struct ioasid_allocator **a);

/*
 * Run @check until what it complains about is more than a free that is on its
 * way to a backend.
 */
static int ioasid_check(ioasid_check_fn check, const char *name,
			struct ioasid_change *change,
			struct ioasid_allocator **a, unsigned long *flags)
{
	bool counted = false;
	u32 rounds = 0;
	int err;

	for (;;) {
		change->count = 0;
		change->reason = IOASID_REASON_NONE;
		change->blocking = NULL;
		err = check(name, change, a);
		if (!err || !change->blocking || !change->blocking->busy)
			return err;
		if (!counted)
			rounds = ioasid_space_rounds(change->blocking);
		counted = true;
		if (!rounds--)
			return err;
		ioasid_space_flush(change->blocking, flags);
	}
}

int ioasid_switch_check(const char *name, struct ioasid_change *change,
			struct ioasid_allocator **a, unsigned long *flags)
{
	return ioasid_check(ioasid_may_switch, name, change, a, flags);
}

/* Let @a operate and its space be active; a drain of whoever asks is over. */
int ioasid_switch_locked(struct ioasid_allocator *a,
			 struct ioasid_change *change)
{
	if (ioasid_set_operating(a, true))
		return ioasid_refuse(change, -ENODEV, IOASID_REASON_UNLOADING);
	if (ioasid_core.drain.owner.sk == change->asker.sk)
		ioasid_drain_end();
	ioasid_activate(a->space);
	return 0;
}

/**
 * ioasid_allocator_switch - make an allocator the operating one of the active
 * space
 * @name: its name
 * @change: conditions and outcome
 *
 * Context: Process context, may sleep.
 * Return: 0; -ESTALE, -ENOENT, -EBUSY (IDs outstanding in another space, or
 * somebody else drains it),
 * -ENODEV (its module is going away), -EDEADLK (called from a callback).
 */
int ioasid_allocator_switch(const char *name, struct ioasid_change *change)
{
	struct ioasid_allocator *a;
	unsigned long flags;
	int err;

	ioasid_lock(flags);
	err = ioasid_switch_check(name, change, &a, &flags);
	if (!err && change->changed && !change->dry_run)
		err = ioasid_switch_locked(a, change);
	change->generation = ioasid_core.generation;
	ioasid_unlock(flags);
	return err;
}

/**
 * ioasid_switch_allocator - make an allocator the operating one
 * @name: its name; "default" is the built-in one
 *
 * Within the active space IDs are kept; a switch to another space needs all
 * IDs of the active one freed. Orphans are in nobody's way.
 *
 * Context: Process context, may sleep.
 * Return: 0, also if it operates already; -EINVAL (no name), -ENOENT (no such
 * allocator), -EBUSY (IDs outstanding, or an administrator waits for them to
 * go), -ENODEV (its module is going away),
 * -EDEADLK (called from a callback of an allocator).
 */
int ioasid_switch_allocator(const char *name)
{
	struct ioasid_change change = {};

	if (!name)
		return -EINVAL;
	might_sleep();
	return ioasid_allocator_switch(name, &change);
}
EXPORT_SYMBOL_GPL(ioasid_switch_allocator);

/**
 * ioasid_allocator_unregister - remove an allocator, orphaning nothing
 * @name: its name
 * @change: conditions and outcome
 *
 * Context: Process context, sleeps while one of its callbacks runs.
 * Return: 0; -ESTALE, -ENOENT, -EOPNOTSUPP (the default one), -EBUSY (last of
 * a space with IDs outstanding, or of one that somebody else drains), -EDEADLK
 * (called from a callback).
 */
int ioasid_allocator_unregister(const char *name, struct ioasid_change *change)
{
	struct ioasid_allocator *a;
	unsigned long flags;
	bool gone;
	int err;

	ioasid_lock(flags);
	err = ioasid_check(ioasid_may_unregister, name, change, &a, &flags);
	gone = !err && !change->dry_run;
	if (gone && a->space == ioasid_core.active &&
	    ioasid_core.drain.owner.sk == change->asker.sk)
		ioasid_drain_end();
	if (gone)
		ioasid_unregister_locked(a);
	change->generation = ioasid_core.generation;
	ioasid_unlock(flags);
	if (gone)
		ioasid_allocator_release(a);
	return err;
}

/**
 * ioasid_allocator_reset - clear the faulty mark
 * @name: name of the allocator
 * @change: conditions and outcome
 *
 * Context: Process context.
 * Return: 0; -ESTALE, -ENOENT.
 */
int ioasid_allocator_reset(const char *name, struct ioasid_change *change)
{
	struct ioasid_allocator *a;
	unsigned long flags;
	int err;

	ioasid_lock(flags);
	err = ioasid_change_target(name, change, &a);
	if (!err) {
		change->changed = a->faulty;
		if (change->changed && !change->dry_run) {
			WRITE_ONCE(a->faulty, false);
			a->fault_row = 0;
			trace_ioasid_reset(a->name, a->space->id);
			ioasid_event_allocator(IOASID_CMD_RESET_NTF, a);
		}
	}
	change->generation = ioasid_core.generation;
	ioasid_unlock(flags);
	return err;
}

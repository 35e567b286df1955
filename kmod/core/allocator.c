// SPDX-License-Identifier: GPL-2.0-only
/* The registry of allocators: who is there, who operates, who is active. */
#include <linux/ctype.h>
#include <linux/slab.h>
#include "core.h"
#include "event.h"
#include "trace.h"

/* The allocator of this name; NULL if there is none. Table lock held. */
struct ioasid_allocator *ioasid_allocator_find(const char *name)
{
	struct ioasid_allocator *a;

	ioasid_assert_locked();
	list_for_each_entry(a, &ioasid_core.allocators, node)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

static struct ioasid_allocator *
ioasid_allocator_by_ops(const struct ioasid_allocator_ops *ops)
{
	struct ioasid_allocator *a;

	ioasid_assert_locked();
	list_for_each_entry(a, &ioasid_core.allocators, node)
		if (a->ops == ops)
			return a;
	return NULL;
}

static bool ioasid_name_valid(const char *name)
{
	size_t i, len = strnlen(name, IOASID_NAME_MAX + 1);

	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !isprint(name[i]))
			return false;
	return len && len <= IOASID_NAME_MAX;
}

/* A name for code that has none: the module's, with a number from 2 up. */
static void ioasid_make_name(char *name, const char *modname)
{
	unsigned int n;

	snprintf(name, IOASID_NAME_MAX + 1, "%s", modname);
	for (n = 2; ioasid_allocator_find(name); n++)
		snprintf(name, IOASID_NAME_MAX + 1, "%.*s-%u",
			 IOASID_NAME_MAX - 11, modname, n);
}

static struct ioasid_space *
ioasid_space_of(const struct ioasid_allocator_ops *ops)
{
	struct ioasid_allocator *a;

	list_for_each_entry(a, &ioasid_core.allocators, node) {
		if (a->ops && a->space->key == ops->space &&
		    (ops->space || (a->alloc == ops->alloc &&
				    a->free == ops->free)))
			return a->space;
	}
	return NULL;
}

/* New allocations come from @space from now on. */
void ioasid_activate(struct ioasid_space *space)
{
	/* There is nothing to drain any more. */
	if (space != ioasid_core.active)
		ioasid_drain_end();
	/* Readers without a lock find a space that is set up. */
	smp_store_release(&ioasid_core.active, space);
	trace_ioasid_switch(ioasid_operating(space)->name, space->id);
	ioasid_event_allocator(IOASID_CMD_SWITCHED_NTF, ioasid_operating(space));
}

/* Let @a operate its space; the pin of outstanding IDs moves along. */
int ioasid_set_operating(struct ioasid_allocator *a, bool must_pin)
{
	struct ioasid_space *space = a->space;
	bool pinned = space->ids && try_module_get(a->owner);

	if (space->ids && !pinned && must_pin)
		return -ENODEV;
	if (space->ids) {
		module_put(space->pin);
		space->pin = pinned ? a->owner : NULL;
	}
	rcu_assign_pointer(space->op, a);
	return 0;
}

/*
 * Enter @a. A space that has members takes it; else @space becomes its own,
 * which it is told by a->space.
 */
static int ioasid_register_locked(struct ioasid_allocator *a,
				  struct ioasid_space *space,
				  const struct ioasid_allocator_ops *ops,
				  const char *modname)
{
	bool busy = ioasid_default_space.ids;
	bool fallback = ioasid_core.active == &ioasid_default_space;

	if (ioasid_in_callback())
		return -EDEADLK;
	if (ioasid_allocator_by_ops(ops))
		return -EEXIST;
	if (ops->name && ioasid_allocator_find(ops->name))
		return -EEXIST;

	a->space = ioasid_space_of(ops);
	if (!a->space && fallback && busy &&
	    !(ops->flags & IOASID_ALLOCATOR_STANDBY))
		return -EAGAIN;

	if (ops->name)
		strscpy(a->name, ops->name, sizeof(a->name));
	else
		ioasid_make_name(a->name, modname);
	a->index = ioasid_core.next_index++;
	if (a->space) {
		a->space->refs++;
	} else {
		a->space = space;
		space->id = ioasid_core.next_space++;
		rcu_assign_pointer(space->op, a);
	}
	list_add_tail_rcu(&a->node, &ioasid_core.allocators);
	trace_ioasid_register(a->name, a->space->id);
	ioasid_event_allocator(IOASID_CMD_REGISTERED_NTF, a);
	if (a->space == space && fallback && !busy)
		ioasid_activate(space);
	return 0;
}

/**
 * __ioasid_register_allocator - register a custom allocator
 * @ops: the allocator
 * @owner: module that registers it, used if @ops->owner is NULL
 * @modname: name of that module, used if @ops->name is NULL
 *
 * Call it as ioasid_register_allocator(). An allocator with the space of one
 * that is registered joins that space, last. Otherwise it gets a space of its
 * own, which becomes the active one if the default space was, and had no IDs
 * outstanding. Registration alone does not pin the module.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EINVAL (@ops, a callback or the name is missing or unusable,
 * unknown flags), -EEXIST (registered before, or the name is taken), -EAGAIN
 * (the default allocator has IDs outstanding and %IOASID_ALLOCATOR_STANDBY is
 * not set), -ENOMEM, -EDEADLK (called from a callback of an allocator).
 */
int __ioasid_register_allocator(struct ioasid_allocator_ops *ops,
				struct module *owner, const char *modname)
{
	struct ioasid_allocator *a;
	struct ioasid_space *space;
	unsigned long flags;
	bool joins = false;
	int err = -ENOMEM;

	if (!ops || !ops->alloc || !ops->free)
		return -EINVAL;
	if (ops->name && !ioasid_name_valid(ops->name))
		return -EINVAL;
	if (ops->flags & ~(IOASID_ALLOCATOR_STANDBY | IOASID_ALLOCATOR_SLEEPS))
		return -EINVAL;
	might_sleep();

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	space = ioasid_space_new(ops);
	if (!a || !space)
		goto free;
	a->ops = ops;
	a->alloc = ops->alloc;
	a->free = ops->free;
	a->pdata = ops->pdata;
	a->flags = ops->flags;
	a->owner = ops->owner ?: owner;
	if (a->owner)
		strscpy(a->module, a->owner->name, sizeof(a->module));

	ioasid_lock(flags);
	err = ioasid_register_locked(a, space, ops, modname);
	/* From here on an administrator may remove it. */
	joins = a->space != space;
	ioasid_unlock(flags);
free:
	if (err || joins)
		kfree(space);
	if (err)
		kfree(a);
	return err;
}
EXPORT_SYMBOL_GPL(__ioasid_register_allocator);

/* Who takes over when the active space is gone: the oldest one, or default. */
static struct ioasid_space *ioasid_oldest_space(void)
{
	struct ioasid_space *oldest = &ioasid_default_space;
	struct ioasid_allocator *a;

	list_for_each_entry(a, &ioasid_core.allocators, node)
		if (a->ops && (!oldest->id || a->space->id < oldest->id))
			oldest = a->space;
	return oldest;
}

/*
 * The member of its space that comes after @leaving in order of registration;
 * after the last one comes the first. NULL if there is no other.
 */
struct ioasid_allocator *
ioasid_next_member(const struct ioasid_allocator *leaving)
{
	struct ioasid_allocator *a, *first = NULL;

	list_for_each_entry(a, &ioasid_core.allocators, node) {
		if (a == leaving || a->space != leaving->space)
			continue;
		if (a->index > leaving->index)
			return a;
		first = first ?: a;
	}
	return first;
}

/* The last member leaves; what its space still holds become orphans. */
static void ioasid_space_dies(struct ioasid_allocator *last)
{
	struct ioasid_space *space = last->space;
	u32 ids = space->ids;

	if (ioasid_core.active == space)
		ioasid_activate(ioasid_oldest_space());
	strscpy(space->last_name, last->name, sizeof(space->last_name));
	WRITE_ONCE(space->dead, true);
	/* Who finds no allocator finds its name. */
	smp_store_release(&space->op, NULL);
	module_put(space->pin);
	space->pin = NULL;
	ioasid_count(ioasid_core.orphans, ids);
	if (ids) {
		trace_ioasid_orphaned(last->name, ids);
		ioasid_event_allocator(IOASID_CMD_ORPHANED_NTF, last);
	}
	ioasid_space_put(space);
}

/* Remove @a from the registry; ioasid_allocator_release() is to follow. */
void ioasid_unregister_locked(struct ioasid_allocator *a)
{
	struct ioasid_allocator *next = ioasid_next_member(a);
	struct ioasid_space *space = a->space;

	list_del_rcu(&a->node);
	a->gone = true;
	trace_ioasid_unregister(a->name, space->id);
	ioasid_event_allocator(IOASID_CMD_UNREGISTERED_NTF, a);
	if (!next) {
		ioasid_space_dies(a);
	} else {
		if (ioasid_operating(space) == a) {
			ioasid_set_operating(next, false);
			if (ioasid_core.active == space)
				ioasid_activate(space);
		}
		ioasid_space_put(space);
	}
}

/* Nobody finds @a any more: wait for the callbacks that still run. */
void ioasid_allocator_release(struct ioasid_allocator *a)
{
	ioasid_calls_finish(a->ops, NULL);
	kfree_rcu(a, rcu);
}

/**
 * ioasid_unregister_allocator - remove a custom allocator
 * @ops: the allocator, as registered
 *
 * Where others share its space, the IDs stay and the next of them in order of
 * registration operates if this one did. The last one of a space takes the
 * space along: the IDs still in use become orphans, which can be found and
 * freed, but no callback is called for them. When it returns no callback of
 * @ops runs or will run.
 *
 * Context: Process context, sleeps while a callback of @ops runs.
 * Return: 0; -ENOENT (not registered, or removed by an administrator), -EDEADLK
 * (called from a callback of an allocator).
 */
int ioasid_unregister_allocator(struct ioasid_allocator_ops *ops)
{
	struct ioasid_allocator *a;
	unsigned long flags;
	int err = -ENOENT;
	u32 rounds;

	might_sleep();
	ioasid_lock(flags);
	if (ioasid_in_callback()) {
		err = -EDEADLK;
		goto unlock;
	}
	a = ops ? ioasid_allocator_by_ops(ops) : NULL;
	rounds = a ? ioasid_space_rounds(a->space) : 0;
	while (a && a->space->busy && !ioasid_next_member(a) && rounds--) {
		ioasid_space_flush(a->space, &flags);
		a = ioasid_allocator_by_ops(ops);
	}
	if (a) {
		ioasid_unregister_locked(a);
		err = 0;
	}
unlock:
	ioasid_unlock(flags);
	if (!err)
		ioasid_allocator_release(a);
	else if (err == -ENOENT)
		ioasid_calls_finish(ops, NULL);
	return err;
}
EXPORT_SYMBOL_GPL(ioasid_unregister_allocator);

/* A module is going: what it forgot to unregister must not stay. */
void ioasid_allocators_leave(struct module *module)
{
	struct ioasid_allocator *a;
	unsigned long flags;

	do {
		ioasid_lock(flags);
		list_for_each_entry(a, &ioasid_core.allocators, node)
			if (a->ops && a->owner == module)
				break;
		if (list_entry_is_head(a, &ioasid_core.allocators, node))
			a = NULL;
		else
			ioasid_unregister_locked(a);
		ioasid_unlock(flags);
		if (a) {
			pr_warn("ioasid_core: module %s left allocator '%s' registered\n",
				module->name, a->name);
			ioasid_allocator_release(a);
		}
	} while (a);
	ioasid_calls_finish(NULL, module);
}

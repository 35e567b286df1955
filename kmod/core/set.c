// SPDX-License-Identifier: GPL-2.0-only
/* Sets: what the core keeps of them, so that it need not follow a pointer. */
#include <linux/ctype.h>
#include <linux/slab.h>
#include "core.h"
#include "event.h"
#include "trace.h"

const struct ioasid_set ioasid_user_set = { .name = "user" };
static const struct ioasid_set ioasid_no_set = { .name = "none" };

struct ioasid_group ioasid_user_group = {
	.key = &ioasid_user_set,
	.name = "user",
};

/* What is known of @set; NULL if it was never seen. Table lock held. */
struct ioasid_group *ioasid_group_find(const struct ioasid_set *set)
{
	struct ioasid_group *group;

	ioasid_assert_locked();
	if (!set)
		set = &ioasid_no_set;
	list_for_each_entry(group, &ioasid_core.groups, node)
		if (group->key == set)
			return group;
	return NULL;
}

/* Copy what may be shown: the consumer wrote it, not us. */
static void ioasid_copy_name(char *to, const char *from, size_t size)
{
	char *c;

	strscpy(to, from, size);
	for (c = to; *c; c++)
		if (!isascii(*c) || !isprint(*c))
			*c = '?';
}

/**
 * ioasid_group_add - remember a set
 * @set: as declared by a consumer, or NULL
 * @gfp: how to allocate memory
 *
 * Context: As @gfp says; table lock not held.
 * Return: 0, also if it is known; -ENOMEM.
 */
int ioasid_group_add(const struct ioasid_set *set, gfp_t gfp)
{
	struct ioasid_group *group = kzalloc(sizeof(*group), gfp | __GFP_NOWARN);
	unsigned long flags;

	if (!group)
		return -ENOMEM;
	if (!set)
		set = &ioasid_no_set;
	group->key = set;
	ioasid_copy_name(group->name, set->name ?: "unnamed",
			 sizeof(group->name));
	ioasid_copy_name(group->module, set->module ?: "",
			 sizeof(group->module));
	/* There is one set "user", and it is not a kernel consumer's. */
	if (!strcmp(group->name, ioasid_user_group.name))
		snprintf(group->name, sizeof(group->name), "%.26s:user",
			 group->module);

	ioasid_lock(flags);
	if (!ioasid_group_find(set)) {
		group->index = ioasid_core.next_set++;
		list_add_tail_rcu(&group->node, &ioasid_core.groups);
		ioasid_event_set(IOASID_CMD_SET_NTF, group);
		group = NULL;
	}
	ioasid_unlock(flags);
	kfree(group);
	return 0;
}

void ioasid_group_drop(struct ioasid_group *group)
{
	ioasid_assert_locked();
	list_del_rcu(&group->node);
	ioasid_event_set(IOASID_CMD_SET_NTF, group);
	kfree_rcu(group, rcu);
}

/* Does the set lie in @module, or, made at run time, say that it is of it? */
static bool ioasid_group_is_of(const struct ioasid_group *group,
			       const struct module *module)
{
	return within_module((unsigned long)group->key, module) ||
	       !strcmp(group->module, module->name);
}

void ioasid_groups_leave(struct module *module)
{
	struct ioasid_group *group, *next;
	unsigned long flags;

	ioasid_lock(flags);
	list_for_each_entry_safe(group, next, &ioasid_core.groups, node) {
		if (!group->key || !ioasid_group_is_of(group, module))
			continue;
		WRITE_ONCE(group->key, NULL);
		if (group->ids)
			ioasid_event_set(IOASID_CMD_SET_NTF, group);
		ioasid_group_settle(group);
	}
	ioasid_unlock(flags);
}

void ioasid_groups_init(u32 user_quota)
{
	ioasid_user_group.quota = user_quota;
	list_add_tail(&ioasid_user_group.node, &ioasid_core.groups);
}

void ioasid_groups_exit(void)
{
	struct ioasid_group *group, *next;

	list_for_each_entry_safe(group, next, &ioasid_core.groups, node)
		if (group != &ioasid_user_group)
			kfree(group);
}

/*
 * The set of this name, and module if not NULL; ERR_PTR() if none or several. One
 * whose module is gone gets no ID any more.
 */
static struct ioasid_group *ioasid_group_named(const char *name,
					       const char *module)
{
	struct ioasid_group *group, *found = NULL;

	ioasid_assert_locked();
	list_for_each_entry(group, &ioasid_core.groups, node) {
		if (!group->key || strcmp(group->name, name) ||
		    (module && strcmp(group->module, module)))
			continue;
		if (found)
			return ERR_PTR(-ENOTUNIQ);
		found = group;
	}
	return found ?: ERR_PTR(-ENOENT);
}

/**
 * ioasid_set_quota - limit the IDs of a set
 * @name: its name
 * @module: name of the module that declared it; NULL: any
 * @quota: most IDs that it may have; what it has above that stays; 0: no limit
 * @change: conditions and outcome; @change->count is the number of its IDs
 *
 * Context: Process context.
 * Return: 0; -ESTALE, -ENOENT (no such set), -ENOTUNIQ (several of them).
 */
int ioasid_set_quota(const char *name, const char *module, u32 quota,
		     struct ioasid_change *change)
{
	struct ioasid_group *group;
	unsigned long flags;
	int err;

	ioasid_lock(flags);
	err = ioasid_expect(change);
	if (err)
		goto unlock;
	group = ioasid_group_named(name, module);
	if (IS_ERR(group)) {
		err = ioasid_refuse(change, PTR_ERR(group),
				    PTR_ERR(group) == -ENOENT ?
				    IOASID_REASON_UNKNOWN_SET :
				    IOASID_REASON_INVALID);
		goto unlock;
	}
	change->count = group->ids;
	change->changed = group->quota != quota;
	if (change->changed && !change->dry_run) {
		WRITE_ONCE(group->quota, quota);
		trace_ioasid_quota(group->name, quota);
		ioasid_event_set(IOASID_CMD_SET_NTF, group);
	}
unlock:
	change->generation = ioasid_core.generation;
	ioasid_unlock(flags);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IDs of user space made what a plan says, all or nothing. What is missing is
 * allocated out of sight; then, if all is as it was found, one hold of the lock
 * shows it and lets the allocator of the plan operate. What is too many goes, and
 * labels change, behind that: neither can fail.
 */
#include <linux/bsearch.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include "core.h"
#include "event.h"

/*
 * One restore at a time, so that the quota holds for all of them. Outside of
 * ioasid_request_mutex; callbacks of allocators run under it, and whoever wants no
 * restore does not take it.
 */
static DEFINE_MUTEX(ioasid_restore_mutex);

/* What is in the way of a plan. */
struct ioasid_conflicts {
	u32 held;
	u32 foreign;
	u32 exists;
	ioasid_t first_held;
	ioasid_t first_foreign;
	ioasid_t first_exists;
};

static int ioasid_plan_cmp(const void *key, const void *elt)
{
	const struct ioasid_plan_run *run = elt;
	const ioasid_t id = *(const ioasid_t *)key;

	return id < run->first ? -1 : id > run->last;
}

/* The group that @id is to be in; NULL if it is in no group. */
static struct ioasid_plan_group *
ioasid_plan_find(const struct ioasid_plan *plan, ioasid_t id)
{
	const struct ioasid_plan_run *run;

	run = bsearch(&id, plan->run, plan->n_runs, sizeof(*run),
		      ioasid_plan_cmp);
	return run ? &plan->group[run->group] : NULL;
}

/* The request that @id of the plan belongs to; NULL if it is not in the plan. */
struct ioasid_request *ioasid_plan_request(const struct ioasid_plan *plan,
					   ioasid_t id)
{
	const struct ioasid_plan_group *group = ioasid_plan_find(plan, id);

	return group ? group->haul.req : NULL;
}

static u64 ioasid_plan_total(const struct ioasid_plan *plan)
{
	u64 total = 0;
	u32 i;

	for (i = 0; i < plan->n_runs; i++)
		total += plan->run[i].last - plan->run[i].first + 1;
	return total;
}

static void ioasid_conflict(u32 *count, ioasid_t *first, ioasid_t id)
{
	if (!(*count)++)
		*first = id;
}

/* Sort one ID in use into what it means for the plan. */
static void ioasid_plan_look(struct ioasid_plan *plan,
			     struct ioasid_conflicts *c,
			     const struct ioasid_entry *e, ioasid_t id)
{
	const struct ioasid_plan_group *group = ioasid_plan_find(plan, id);
	const struct ioasid_request *req = ioasid_entry_request(e);
	bool ours = group && req && req == group->haul.req;
	bool live = req && ioasid_entry_stage(e) == IOASID_STATE_LIVE;
	/* Whether it is a hold is known of one that is seen. */
	bool shown = live && ioasid_entry_visible(e);
	bool hold = shown && READ_ONCE(req->hold);

	if (ours)
		plan->allocated++;
	else if (!group)
		plan->freed += plan->exact && shown && !hold;
	else if (!live)
		ioasid_conflict(&c->held, &c->first_held, id);
	else if (hold)
		ioasid_conflict(&c->foreign, &c->first_foreign, id);
	else if (shown && !strcmp(req->label, group->label ?: ""))
		plan->kept++;
	else if (shown && plan->exact)
		plan->relabelled++;
	else
		ioasid_conflict(&c->exists, &c->first_exists, id);
}

static int ioasid_conflict_verdict(const struct ioasid_conflicts *c,
				   struct ioasid_change *change)
{
	if (c->held) {
		change->count = c->held;
		change->id = c->first_held;
		change->reason = IOASID_REASON_HELD;
		return -EBUSY;
	}
	if (c->foreign) {
		change->count = c->foreign;
		change->id = c->first_foreign;
		change->reason = IOASID_REASON_NOT_OWNER;
		return -EACCES;
	}
	if (c->exists) {
		change->count = c->exists;
		change->id = c->first_exists;
		change->reason = IOASID_REASON_EXISTS;
		return -EEXIST;
	}
	return 0;
}

/* Compare the plan with the table; @missing is how many IDs there are to get. */
static int ioasid_plan_survey(struct ioasid_plan *plan, u64 *missing,
			      struct ioasid_change *change)
{
	struct ioasid_conflicts c = {};
	struct ioasid_entry *e, copy;
	unsigned long id;
	u32 n = 0;

	plan->allocated = 0;
	plan->freed = 0;
	plan->relabelled = 0;
	plan->kept = 0;
	rcu_read_lock();
	xa_for_each(&ioasid_core.table, id, e) {
		if (ioasid_entry_look(e, id, &copy))
			ioasid_plan_look(plan, &c, &copy, id);
		if (++n % IOASID_BATCH)
			continue;
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
	}
	rcu_read_unlock();
	*missing = ioasid_plan_total(plan) - plan->allocated - plan->kept -
		   plan->relabelled;
	return ioasid_conflict_verdict(&c, change);
}

/*
 * The allocator of the plan, by default the one that operates; it is to be one
 * of @space.
 */
static int ioasid_plan_target(const struct ioasid_plan *plan,
			      const struct ioasid_space *space,
			      struct ioasid_change *change,
			      struct ioasid_allocator **a)
{
	int err = ioasid_expect(change);

	*a = ioasid_operating(ioasid_core.active);
	change->count = 0;
	if (!err && plan->allocator)
		err = ioasid_may_switch(plan->allocator, change, a);
	change->changed = false;
	if (!err && (*a)->space != space)
		err = ioasid_refuse(change, -EAGAIN, IOASID_REASON_STALE);
	return err;
}

/* Would so many more, less those that go, be too many? */
static int ioasid_plan_quota(const struct ioasid_plan *plan, u64 missing,
			     struct ioasid_change *change)
{
	u64 more = missing + plan->allocated;

	if (more <= plan->freed ||
	    !ioasid_quota_check(&ioasid_user_group, missing - plan->freed))
		return 0;
	change->count = ioasid_user_group.ids;
	if (!change->dry_run)
		ioasid_event_set(IOASID_CMD_QUOTA_NTF, &ioasid_user_group);
	return -EDQUOT;
}

/* All that a survey cannot see. */
static int ioasid_plan_admit(const struct ioasid_plan *plan, u64 missing,
			     const struct ioasid_space *space,
			     struct ioasid_change *change)
{
	struct ioasid_allocator *a;
	unsigned long flags;
	int err;

	ioasid_lock(flags);
	err = ioasid_plan_target(plan, space, change, &a);
	if (!err && missing)
		err = ioasid_admit(space, GFP_KERNEL) ?: ioasid_pinnable(space);
	if (!err)
		err = ioasid_plan_quota(plan, missing, change);
	ioasid_unlock(flags);
	return err;
}

/* Get what is missing, unseen. What somebody else got meanwhile is left out. */
static int ioasid_plan_haul(struct ioasid_plan *plan,
			    struct ioasid_change *change)
{
	ioasid_t id, got;
	u32 i;
	int err;

	for (i = 0; i < plan->n_runs; i++) {
		const struct ioasid_plan_run *run = &plan->run[i];

		for (id = run->first; id <= run->last; id++) {
			if (xa_load(&ioasid_core.table, id))
				continue;
			err = ioasid_haul_one(&plan->group[run->group].haul,
					      id, id, &got);
			if (!err || xa_load(&ioasid_core.table, id))
				continue;
			change->id = id;
			change->count = 1;
			return err;
		}
	}
	return 0;
}

static void ioasid_plan_tell(const struct ioasid_plan *plan)
{
	u32 i, runs = 0;

	for (i = 0; i < plan->n_groups; i++)
		runs += plan->group[i].got.truncated ? IOASID_BATCH + 1 :
						       plan->group[i].got.n;
	if (runs > IOASID_BATCH) {
		ioasid_event_gap();
		return;
	}
	for (i = 0; i < plan->n_groups; i++)
		ioasid_haul_tell(&plan->group[i].haul);
}

/* From here on it is done; the lock is held for no longer than one store a group. */
static int ioasid_plan_show(struct ioasid_plan *plan,
			    const struct ioasid_space *space,
			    struct ioasid_change *change)
{
	bool moves = plan->allocated || plan->freed || plan->relabelled;
	struct ioasid_allocator *a;
	unsigned long flags;
	bool other;
	u32 i;
	int err;

	ioasid_lock(flags);
	err = ioasid_plan_target(plan, space, change, &a);
	other = !err && (space != ioasid_core.active ||
			 a != ioasid_operating(ioasid_core.active));
	if (other)
		err = ioasid_switch_locked(a, change);
	if (!err) {
		for (i = 0; i < plan->n_groups; i++)
			ioasid_request_show(plan->group[i].haul.req);
		ioasid_plan_tell(plan);
		change->changed = moves || other;
	}
	ioasid_unlock(flags);
	return err;
}

static int ioasid_plan_commit(struct ioasid_plan *plan,
			      const struct ioasid_space *space,
			      struct ioasid_change *change)
{
	struct ioasid_match match = { .plan = plan };
	struct ioasid_runs gone = {};
	int err = ioasid_plan_show(plan, space, change);

	if (err || !plan->exact)
		return err;
	ioasid_sweep(0, ioasid_core.id_max, &match, NULL, &gone);
	/* Kernel consumers may have freed some since they were looked for. */
	plan->freed = gone.total;
	change->changed = change->changed || gone.total;
	match.relabel = true;
	if (plan->relabelled)
		ioasid_sweep(0, ioasid_core.id_max, &match, NULL, NULL);
	return 0;
}

/* Look, get what is missing without the mutex, and look again. */
static int ioasid_plan_run(struct ioasid_plan *plan,
			   const struct ioasid_space *space,
			   struct ioasid_change *change)
{
	u64 missing;
	int err;

	for (;;) {
		mutex_lock(&ioasid_request_mutex);
		change->generation = ioasid_generation();
		err = ioasid_plan_survey(plan, &missing, change) ?:
		      ioasid_plan_admit(plan, missing, space, change);
		if (!err && !missing && !change->dry_run)
			err = ioasid_plan_commit(plan, space, change);
		mutex_unlock(&ioasid_request_mutex);
		if (err || !missing || change->dry_run)
			break;
		err = ioasid_plan_haul(plan, change);
		if (err)
			break;
	}
	plan->allocated += missing;
	return err;
}

static void ioasid_plan_end(struct ioasid_plan *plan, bool undo)
{
	struct ioasid_plan_group *group;
	u32 i;

	for (i = 0; i < plan->n_groups; i++) {
		group = &plan->group[i];
		if (group->haul.req && undo)
			ioasid_haul_undo(&group->haul);
		if (group->haul.req)
			ioasid_request_put(group->haul.req);
		ioasid_runs_free(&group->got);
	}
}

static int ioasid_plan_begin(struct ioasid_plan *plan,
			     struct ioasid_space *space)
{
	struct ioasid_plan_group *group;
	u32 i;

	for (i = 0; i < plan->n_groups; i++) {
		group = &plan->group[i];
		group->haul.space = space;
		group->haul.got = &group->got;
		group->haul.lowest = INVALID_IOASID;
		group->haul.req = ioasid_request_new(group->label);
		if (!group->haul.req ||
		    ioasid_runs_init(&group->got, IOASID_BATCH))
			return -ENOMEM;
	}
	return 0;
}

/* The space of the plan, with a reference. */
static int ioasid_plan_space(struct ioasid_plan *plan,
			     struct ioasid_space **space,
			     struct ioasid_change *change)
{
	struct ioasid_allocator *a;
	unsigned long flags;
	int err;

	ioasid_lock(flags);
	change->generation = ioasid_core.generation;
	err = ioasid_expect(change);
	a = ioasid_operating(ioasid_core.active);
	if (!err && plan->allocator)
		err = ioasid_switch_check(plan->allocator, change, &a, &flags);
	if (!err) {
		/* What it would change by itself, a dry run wants to know. */
		plan->switches = change->changed;
		*space = a->space;
		a->space->refs++;
	}
	ioasid_unlock(flags);
	return err;
}

/**
 * ioasid_restore - make the IDs of user space what a plan says
 * @plan: numbers are within the capacity
 * @change: conditions and outcome
 *
 * IDs of the kernel, holds, and what is freed already are not touched; one that
 * the plan wants is refused. An allocator of another space can only be asked for
 * while no ID is out, as for a switch.
 *
 * Context: Process context, may sleep; the caller owns what is allocated and what
 * gets another label.
 * Return: 0; as ioasid_allocator_switch(), ioasid_alloc_gfp(); -EBUSY (a kernel
 * consumer holds an ID of the plan), -EACCES (a socket does), -EEXIST (user space
 * does, with another label), -EAGAIN (the active space changed meanwhile), -EINTR
 * (killed while another restore ran).
 */
int ioasid_restore(struct ioasid_plan *plan, struct ioasid_change *change)
{
	struct ioasid_space *space;
	unsigned long flags;
	int err;

	if (mutex_lock_killable(&ioasid_restore_mutex))
		return -EINTR;
	err = ioasid_plan_space(plan, &space, change);
	if (err)
		goto unlock;
	/* What is on its way to the backend is in nobody's hands. */
	ioasid_sweep_end(space);
	err = ioasid_plan_begin(plan, space) ?:
	      ioasid_plan_run(plan, space, change);
	if (err && !change->reason)
		change->reason = ioasid_alloc_reason(err);
	if (!err && change->dry_run)
		change->changed = plan->switches || plan->allocated ||
				  plan->freed || plan->relabelled;
	ioasid_plan_end(plan, err);
	ioasid_sweep_end(space);
	ioasid_lock(flags);
	ioasid_space_put(space);
	/* Else it is that of before the look. */
	if (!err && change->changed && !change->dry_run)
		change->generation = ioasid_core.generation;
	ioasid_unlock(flags);
unlock:
	mutex_unlock(&ioasid_restore_mutex);
	return err;
}

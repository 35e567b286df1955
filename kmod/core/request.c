// SPDX-License-Identifier: GPL-2.0-only
/* Many IDs for one request from user space: all of them or none. */
#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>
#include "core.h"
#include "event.h"

struct ioasid_request *ioasid_request_new(const char *label)
{
	struct ioasid_request *req = kzalloc(sizeof(*req), GFP_KERNEL_ACCOUNT);
	unsigned long flags;

	if (!req)
		return NULL;
	req->ids = 1;
	req->since = ktime_get_boottime_ns();
	req->start = current->group_leader->start_boottime;
	req->pid = task_tgid_nr(current);
	req->uid = from_kuid(&init_user_ns, current_uid());
	get_task_comm(req->comm, current);
	if (label)
		strscpy(req->label, label, sizeof(req->label));
	ioasid_lock(flags);
	ioasid_count(ioasid_core.requests, 1);
	req->number = ioasid_core.requests;
	ioasid_unlock(flags);
	return req;
}

/* One ID less, or no longer served. */
void ioasid_request_unref(struct ioasid_request *req)
{
	ioasid_assert_locked();
	if (--req->ids)
		return;
	ioasid_unhold(req);
	kfree_rcu(req, rcu);
}

/* All IDs of the request appear with this one store. */
void ioasid_request_show(struct ioasid_request *req)
{
	/* Who sees it committed sees all of it. */
	smp_store_release(&req->committed, true);
}

void ioasid_request_put(struct ioasid_request *req)
{
	unsigned long flags;

	ioasid_lock(flags);
	ioasid_request_unref(req);
	ioasid_unlock(flags);
}

int ioasid_haul_one(struct ioasid_haul *haul, ioasid_t min, ioasid_t max,
		    ioasid_t *id)
{
	struct ioasid_alloc_args args = {
		.min = min,
		.max = max,
		.gfp = GFP_KERNEL_ACCOUNT,
		.req = haul->req,
		.space = haul->space,
	};
	int err = fatal_signal_pending(current) ? -EINTR :
		  ioasid_table_alloc(&args, id);

	if (err)
		return err;
	ioasid_runs_add(haul->got, *id, *id);
	haul->lowest = min(haul->lowest, *id);
	haul->highest = max(haul->highest, *id);
	cond_resched();
	return 0;
}

void ioasid_haul_undo(struct ioasid_haul *haul)
{
	const struct ioasid_match match = { .request = haul->req->number };

	if (haul->lowest <= haul->highest)
		ioasid_sweep(haul->lowest, haul->highest, &match, NULL, NULL);
	ioasid_sweep_end(haul->space);
	haul->lowest = INVALID_IOASID;
	haul->highest = 0;
	haul->got->n = 0;
	haul->got->truncated = false;
	haul->got->total = 0;
}

static int ioasid_haul_exact(struct ioasid_haul *haul,
			     const struct ioasid_runs *exact,
			     struct ioasid_change *change)
{
	ioasid_t id, got;
	u32 i;
	int err;

	for (i = 0; i < exact->n; i++) {
		for (id = exact->run[i].first; id <= exact->run[i].last; id++) {
			err = ioasid_haul_one(haul, id, id, &got);
			if (!err)
				continue;
			change->id = id;
			change->count = 1;
			if (err == -ENOSPC && xa_load(&ioasid_core.table, id))
				err = -EEXIST;
			return err;
		}
	}
	return 0;
}

/*
 * A run that grows from the first ID that can be had; when it hits an ID that
 * cannot, the next one starts behind that.
 */
static int ioasid_haul_contiguous(struct ioasid_haul *haul,
				  const struct ioasid_demand *d)
{
	ioasid_t first, id, min = d->min;
	u32 n;
	int err;

	while (min <= d->max) {
		err = ioasid_haul_one(haul, min, d->max, &first);
		for (n = 1; !err && n < d->count; n++) {
			if (d->max - first < n)
				return -ENOSPC;
			err = ioasid_haul_one(haul, first + n, first + n, &id);
		}
		if (err != -ENOSPC || !haul->got->n)
			return err;
		ioasid_haul_undo(haul);
		min = first + n;
	}
	return -ENOSPC;
}

static int ioasid_haul(struct ioasid_haul *haul, const struct ioasid_demand *d,
		       struct ioasid_change *change)
{
	ioasid_t id;
	u32 n;
	int err = 0;

	if (d->exact.n)
		return ioasid_haul_exact(haul, &d->exact, change);
	if (d->contiguous)
		return ioasid_haul_contiguous(haul, d);
	for (n = 0; !err && n < d->count; n++)
		err = ioasid_haul_one(haul, d->min, d->max, &id);
	return err;
}

/* Tell listeners of each run; too many to be told under the lock are a gap. */
void ioasid_haul_tell(const struct ioasid_haul *haul)
{
	const struct ioasid_runs *got = haul->got;
	u32 i;

	ioasid_assert_locked();
	if (got->truncated || got->n > IOASID_BATCH) {
		ioasid_event_gap();
		return;
	}
	for (i = 0; i < got->n; i++)
		ioasid_event_id(IOASID_CMD_ALLOC_NTF,
				xa_load(&ioasid_core.table, got->run[i].first),
				got->run[i].first, got->run[i].last);
}

/* All IDs of the request appear at once, and to another request as a whole. */
static int ioasid_commit(struct ioasid_haul *haul, bool hold,
			 struct ioasid_change *change)
{
	struct ioasid_runs *got = haul->got;
	unsigned long flags;
	int err;

	ioasid_runs_sort(got);
	if (mutex_lock_killable(&ioasid_request_mutex))
		return -EINTR;
	ioasid_lock(flags);
	err = haul->req->space->dead ? -ENODEV : ioasid_expect(change);
	if (!err) {
		haul->req->first = haul->lowest;
		haul->req->last = haul->highest;
		if (hold)
			ioasid_hold(haul->req, &change->asker);
		ioasid_request_show(haul->req);
		ioasid_haul_tell(haul);
		change->count = got->total;
		change->generation = ioasid_core.generation;
	}
	ioasid_unlock(flags);
	mutex_unlock(&ioasid_request_mutex);
	return err;
}

static bool ioasid_faulty(void)
{
	unsigned long flags;
	bool faulty;

	ioasid_lock(flags);
	faulty = ioasid_operating(ioasid_core.active)->faulty;
	ioasid_unlock(flags);
	return faulty;
}

u16 ioasid_alloc_reason(int err)
{
	switch (err) {
	case -EDQUOT:
		return IOASID_REASON_QUOTA;
	case -ENOSPC:
		return IOASID_REASON_EXHAUSTED;
	case -EEXIST:
		return IOASID_REASON_EXISTS;
	case -ENOMEM:
		return IOASID_REASON_MEMORY;
	case -ESHUTDOWN:
		return IOASID_REASON_DRAINING;
	case -ENODEV:
		return IOASID_REASON_UNLOADING;
	case -ESTALE:
		return IOASID_REASON_STALE;
	case -EIO:
		return ioasid_faulty() ? IOASID_REASON_FAULTY :
					 IOASID_REASON_BACKEND;
	case -ERANGE:
		return IOASID_REASON_BACKEND;
	default:
		return IOASID_REASON_INVALID;
	}
}

/* Are all IDs of a run free? Counts those that are not. */
static int ioasid_vacant(const struct ioasid_run *run,
			 struct ioasid_change *change)
{
	unsigned long id;

	for (id = run->first; xa_find(&ioasid_core.table, &id, run->last,
				      XA_PRESENT); id++) {
		if (!change->count++)
			change->id = id;
		cond_resched();
	}
	return change->count ? -EEXIST : 0;
}

/*
 * Is there room in the table? Where the built-in allocator operates that is
 * the whole answer; a backend may still say no.
 */
static int ioasid_room(const struct ioasid_demand *d)
{
	unsigned long id, next = d->min;
	u64 room = 0;

	for (id = d->min; xa_find(&ioasid_core.table, &id, d->max, XA_PRESENT);
	     next = ++id) {
		room = d->contiguous ? id - next : room + id - next;
		if (room >= d->count)
			return 0;
		cond_resched();
	}
	room = (d->contiguous ? 0 : room) + d->max + 1 - next;
	return room >= d->count ? 0 : -ENOSPC;
}

/* Can the space take its first ID, which pins the providing module? */
int ioasid_pinnable(const struct ioasid_space *space)
{
	struct module *owner = rcu_dereference_protected(space->op,
							 ioasid_lock_held())->owner;

	return space->ids || ioasid_module_stays(owner) ? 0 : -ENODEV;
}

/* What can be said beforehand, and all that a dry run says. */
static int ioasid_foresee(const struct ioasid_demand *d,
			  struct ioasid_change *change)
{
	unsigned long flags;
	u32 i;
	int err;

	ioasid_lock(flags);
	change->generation = ioasid_core.generation;
	err = ioasid_expect(change) ?:
	      ioasid_admit(ioasid_core.active, GFP_KERNEL) ?:
	      ioasid_quota_check(&ioasid_user_group, d->count) ?:
	      ioasid_pinnable(ioasid_core.active);
	if (err == -EDQUOT) {
		change->count = ioasid_user_group.ids;
		if (!change->dry_run)
			ioasid_event_set(IOASID_CMD_QUOTA_NTF,
					 &ioasid_user_group);
	}
	ioasid_unlock(flags);
	if (!err)
		for (i = 0; i < d->exact.n; i++)
			err = ioasid_vacant(&d->exact.run[i], change);
	/* For one ID to try is cheaper than to look. */
	if (!err && !d->exact.n && (d->count > 1 || change->dry_run))
		err = ioasid_room(d);
	if (err)
		change->reason = ioasid_alloc_reason(err);
	return err;
}

/**
 * ioasid_request_alloc - allocate IDs for user space
 * @demand: which; numbers are within the capacity
 * @change: conditions and outcome; @change->count is the number of IDs
 * @got: the IDs
 * @number: set to the number of the request
 *
 * Context: Process context, may sleep; the caller is the owner.
 * Return: 0, or as ioasid_alloc_gfp(); -EEXIST (one of @demand->exact is in
 * use), -ESTALE, -EINTR.
 */
int ioasid_request_alloc(const struct ioasid_demand *demand,
			 struct ioasid_change *change, struct ioasid_runs *got,
			 u64 *number)
{
	struct ioasid_haul haul = { .got = got, .lowest = INVALID_IOASID };
	int err = ioasid_foresee(demand, change);
	u32 i;

	if (err)
		return err;
	change->changed = true;
	if (change->dry_run) {
		for (i = 0; i < demand->exact.n; i++)
			ioasid_runs_add(got, demand->exact.run[i].first,
					demand->exact.run[i].last);
		change->count = demand->count;
		return 0;
	}
	haul.req = ioasid_request_new(demand->label);
	if (!haul.req) {
		change->reason = IOASID_REASON_MEMORY;
		return -ENOMEM;
	}
	*number = haul.req->number;

	err = ioasid_haul(&haul, demand, change);
	if (!err)
		err = ioasid_commit(&haul, demand->hold, change);
	if (err) {
		ioasid_haul_undo(&haul);
		if (err == -EDQUOT)
			change->count = READ_ONCE(ioasid_user_group.ids);
		change->reason = ioasid_alloc_reason(err);
		change->changed = false;
	}
	ioasid_request_put(haul.req);
	return err;
}

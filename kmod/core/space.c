// SPDX-License-Identifier: GPL-2.0-only
/* ID spaces: which callbacks run, frees that must wait. */
#include <linux/hardirq.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include "core.h"
#include "event.h"

static void ioasid_space_work(struct work_struct *work);

struct ioasid_allocator ioasid_default_allocator = {
	.space = &ioasid_default_space,
	.name = "default",
};

struct ioasid_space ioasid_default_space = {
	.op = RCU_INITIALIZER(&ioasid_default_allocator),
	.refs = 1,
};

struct ioasid_space *ioasid_space_new(const struct ioasid_allocator_ops *ops)
{
	struct ioasid_space *space = kzalloc(sizeof(*space), GFP_KERNEL);

	if (!space)
		return NULL;
	space->key = ops->space;
	space->refs = 1;
	INIT_WORK(&space->work, ioasid_space_work);
	return space;
}

/*
 * What runs now: an odd number for an interrupt on this CPU, else the task. A
 * callback that is interrupted is so told from one that calls us.
 */
static unsigned long ioasid_context(void)
{
	if (in_hardirq())
		return smp_processor_id() * 4 + 1;
	if (in_serving_softirq())
		return smp_processor_id() * 4 + 3;
	return (unsigned long)current;
}

/* Is one of the callbacks that run the caller's? */
bool ioasid_called_back(void)
{
	struct ioasid_call *call;

	hlist_for_each_entry(call, &ioasid_core.calls, node) {
		if (call->context != ioasid_context())
			continue;
		pr_warn_once("ioasid_core: callback of allocator '%s' called back into the allocator\n",
			     call->allocator->name);
		return true;
	}
	return false;
}

/* For callbacks of allocators that were unregistered while they ran. */
static DECLARE_WAIT_QUEUE_HEAD(ioasid_calls_wait);

/* From here to ioasid_call_end() @a stays, whoever unregisters it. */
void ioasid_call_begin(struct ioasid_call *call, struct ioasid_allocator *a)
{
	ioasid_assert_locked();
	call->allocator = a;
	call->context = ioasid_context();
	hlist_add_head(&call->node, &ioasid_core.calls);
}

void ioasid_call_end(struct ioasid_call *call)
{
	ioasid_assert_locked();
	/* On a stack: who comes too late finds no poison there anyway. */
	__hlist_del(&call->node);
	if (call->allocator->gone)
		wake_up_all(&ioasid_calls_wait);
}

static bool ioasid_calls_run(const struct ioasid_allocator_ops *ops,
			     const struct module *owner)
{
	struct ioasid_call *call;
	unsigned long flags;
	bool run = false;

	ioasid_lock(flags);
	hlist_for_each_entry(call, &ioasid_core.calls, node)
		run |= call->allocator->gone &&
		       (call->allocator->ops == ops ||
			(owner && call->allocator->owner == owner));
	ioasid_unlock(flags);
	return run;
}

/*
 * Wait for the callbacks that an allocator with @ops, or of module @owner, still
 * runs although it is no longer registered. Whoever unregistered it: everybody
 * who wants to hear that it is gone waits here.
 */
void ioasid_calls_finish(const struct ioasid_allocator_ops *ops,
			 const struct module *owner)
{
	wait_event(ioasid_calls_wait, !ioasid_calls_run(ops, owner));
}

/* So many flushes see everything arrive that is on its way now. */
u32 ioasid_space_rounds(const struct ioasid_space *space)
{
	return space->ids / IOASID_BATCH + 2;
}

/*
 * Wait while the backend of @space takes back some of what is on its way. Gives
 * up the lock meanwhile, so the caller has to look again at everything.
 */
void ioasid_space_flush(struct ioasid_space *space, unsigned long *flags)
{
	ioasid_assert_locked();
	space->refs++;
	ioasid_unlock(*flags);
	flush_work(&space->work);
	ioasid_lock(*flags);
	ioasid_space_put(space);
}

/* The number stays in the table until just before the backend takes it back. */
void ioasid_defer_free(struct ioasid_entry *e)
{
	struct ioasid_space *space = e->space;

	ioasid_assert_locked();
	ioasid_entry_set_stage(e, IOASID_STATE_FREEING);
	WRITE_ONCE(e->refs, 0);
	ioasid_queue_add(&space->deferred, e);
	if (space->busy)
		return;
	space->busy = true;
	space->refs++;
	queue_work(ioasid_wq, &space->work);
}

/* Give one ID back; in a dead space there is nobody to give it to. */
static bool ioasid_space_step(struct ioasid_space *space)
{
	struct ioasid_allocator *a;
	struct ioasid_call call;
	struct ioasid_entry *e;
	unsigned long flags;
	XA_STATE(xas, &ioasid_core.table, 0);

	ioasid_lock(flags);
	a = ioasid_operating(space);
	e = ioasid_queue_take(&space->deferred);
	if (!e) {
		space->busy = false;
		ioasid_space_put(space);
		ioasid_unlock(flags);
		return false;
	}
	xas_set(&xas, e->id);
	ioasid_unpublish(&xas, e);
	if (ioasid_entry_visible(e))
		ioasid_event_id(IOASID_CMD_FREE_NTF, e, e->id, e->id);
	if (a)
		ioasid_call_begin(&call, a);
	else
		ioasid_forget(e);
	ioasid_unlock(flags);
	if (a)
		ioasid_backend_free(e, &call);
	return true;
}

/* In short steps, so that to wait for one takes bounded time. */
static void ioasid_space_work(struct work_struct *work)
{
	struct ioasid_space *space = container_of(work, struct ioasid_space,
						  work);
	u32 n;

	for (n = 0; n < IOASID_BATCH; n++) {
		if (!ioasid_space_step(space))
			return;
		cond_resched();
	}
	queue_work(ioasid_wq, &space->work);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate of the active space. While a drain is on no ID is handed out, and what
 * is in use is given back by whoever has it: nothing is taken by force.
 */
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include "core.h"
#include "event.h"
#include "trace.h"

/* Consumers that want to be told. Takes no lock of ours inside. */
static BLOCKING_NOTIFIER_HEAD(ioasid_notifiers);

/* The drain that consumers were told of last, 0 if it is over; of the work item. */
static u64 ioasid_told;

/*
 * Drains begin and end under the table lock, consumers are told in process
 * context, one call of the chain after the other, and not what is over already.
 */
static void ioasid_tell_work(struct work_struct *work)
{
	char name[IOASID_NAME_MAX + 1];
	unsigned long flags;
	u64 now;

	for (;;) {
		ioasid_lock(flags);
		now = ioasid_core.drain.owner.sk ? ioasid_core.drain.number : 0;
		strscpy(name, ioasid_operating(ioasid_core.active)->name,
			sizeof(name));
		ioasid_unlock(flags);
		if (now == ioasid_told)
			return;
		/* The one that was told is over, even if another one is on. */
		if (ioasid_told)
			blocking_notifier_call_chain(&ioasid_notifiers,
						     IOASID_NOTIFY_RESUME, name);
		if (now)
			blocking_notifier_call_chain(&ioasid_notifiers,
						     IOASID_NOTIFY_DRAIN, name);
		ioasid_told = now;
	}
}

static DECLARE_WORK(ioasid_tell, ioasid_tell_work);

/**
 * ioasid_register_notifier - be told of drains
 * @nb: its notifier_call() gets an &enum ioasid_notify and the name of the
 *	operating allocator. It runs in process context with no lock of the core
 *	held, may sleep, and may call ioasid_free() and ioasid_put(); other
 *	consumers wait for it, the administrator and allocations do not. What it
 *	returns is ignored, but %NOTIFY_STOP keeps the news from the others
 *
 * Told are drains that begin afterwards; of one that is on, its end.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EEXIST (registered before, which is a bug: the kernel warns).
 */
int ioasid_register_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&ioasid_notifiers, nb);
}
EXPORT_SYMBOL_GPL(ioasid_register_notifier);

/**
 * ioasid_unregister_notifier - be told no longer
 * @nb: as registered
 *
 * Context: Process context, waits for a call that is under way; not from one.
 * Return: 0; -ENOENT (not registered).
 */
int ioasid_unregister_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&ioasid_notifiers, nb);
}
EXPORT_SYMBOL_GPL(ioasid_unregister_notifier);

/* Does somebody else wait for the active space to be empty? */
int ioasid_drain_foreign(struct ioasid_change *change)
{
	ioasid_assert_locked();
	if (!ioasid_core.drain.owner.sk ||
	    ioasid_core.drain.owner.sk == change->asker.sk)
		return 0;
	return ioasid_refuse(change, -EBUSY, IOASID_REASON_DRAINING);
}

/* The last ID of @space is gone: say so if that was waited for. */
void ioasid_drain_check(const struct ioasid_space *space)
{
	struct ioasid_allocator *a;

	if (!ioasid_draining(space) || space->ids)
		return;
	a = ioasid_operating(ioasid_core.active);
	trace_ioasid_drained(a->name, space->id);
	ioasid_event_allocator(IOASID_CMD_DRAINED_NTF, a);
}

/* Open the gate, if it is closed. */
void ioasid_drain_end(void)
{
	struct ioasid_allocator *a = ioasid_operating(ioasid_core.active);

	ioasid_assert_locked();
	if (!ioasid_core.drain.owner.sk)
		return;
	/* Not the last reference: netlink still has to tell of its end. */
	ioasid_socket_put(&ioasid_core.drain.owner);
	module_put(THIS_MODULE);
	trace_ioasid_drain_end(a->name, a->space->id);
	ioasid_event_allocator(IOASID_CMD_DRAIN_END_NTF, a);
	queue_work(ioasid_wq, &ioasid_tell);
}

static void ioasid_drain_begin(const struct ioasid_socket *owner,
			       const char *comm)
{
	struct ioasid_allocator *a = ioasid_operating(ioasid_core.active);
	struct ioasid_drain *drain = &ioasid_core.drain;

	ioasid_socket_get(&drain->owner, owner);
	drain->since = ktime_get_boottime_ns();
	drain->number++;
	drain->pid = task_tgid_nr(current);
	strscpy(drain->comm, comm, sizeof(drain->comm));
	trace_ioasid_drain_begin(a->name, a->space->id);
	ioasid_event_allocator(IOASID_CMD_DRAIN_BEGIN_NTF, a);
	queue_work(ioasid_wq, &ioasid_tell);
	ioasid_drain_check(ioasid_core.active);
}

static void ioasid_gate_outcome(struct ioasid_change *change)
{
	strscpy(change->name, ioasid_operating(ioasid_core.active)->name,
		sizeof(change->name));
	change->generation = ioasid_core.generation;
}

/**
 * ioasid_drain - close the gate of the active space
 * @change: conditions and outcome; @change->asker owns the drain from here on;
 *	@change->count is the number of IDs that are still out
 *
 * A drain pins the module: to unload it would open the gate.
 *
 * Context: Process context.
 * Return: 0; -ESTALE, -EALREADY (the gate is closed), -ENODEV (we are being
 * unloaded), -EDEADLK (called from a callback).
 */
int ioasid_drain(struct ioasid_change *change)
{
	char comm[TASK_COMM_LEN];
	unsigned long flags;
	int err;

	/* Takes a lock that is not for interrupts. */
	get_task_comm(comm, current);
	ioasid_lock(flags);
	err = ioasid_expect(change);
	if (!err && ioasid_in_callback())
		err = ioasid_refuse(change, -EDEADLK, IOASID_REASON_INVALID);
	if (!err && ioasid_core.drain.owner.sk)
		err = ioasid_refuse(change, -EALREADY, IOASID_REASON_DRAINING);
	if (!err && !change->dry_run) {
		if (try_module_get(THIS_MODULE))
			ioasid_drain_begin(&change->asker, comm);
		else
			err = ioasid_refuse(change, -ENODEV,
					    IOASID_REASON_UNLOADING);
	}
	change->changed = !err;
	change->count = ioasid_core.active->ids;
	ioasid_gate_outcome(change);
	ioasid_unlock(flags);
	return err;
}

/**
 * ioasid_resume - open the gate, whoever closed it
 * @change: conditions and outcome; @change->count is the number of IDs in use
 *
 * Context: Process context.
 * Return: 0; -ESTALE, -EALREADY (it is open).
 */
int ioasid_resume(struct ioasid_change *change)
{
	unsigned long flags;
	int err;

	ioasid_lock(flags);
	err = ioasid_expect(change);
	if (!err && !ioasid_core.drain.owner.sk)
		err = ioasid_refuse(change, -EALREADY,
				    IOASID_REASON_NOT_DRAINING);
	if (!err && !change->dry_run)
		ioasid_drain_end();
	change->changed = !err;
	change->count = err ? 0 : ioasid_core.active->ids;
	ioasid_gate_outcome(change);
	ioasid_unlock(flags);
	return err;
}

/* Every consumer that registered a notifier is gone, and so is every drain. */
void ioasid_drain_exit(void)
{
	cancel_work_sync(&ioasid_tell);
}

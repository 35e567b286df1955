// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which contexts the core can be called, what it calls back with, and what
 * callbacks must not do.
 */
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "selftest.h"

static void (*st_in_fn)(void);

static void st_in_tasklet(struct tasklet_struct *t)
{
	CHECK(in_serving_softirq());
	st_in_fn();
}

static void st_in_irq(struct irq_work *work)
{
	CHECK(in_hardirq());
	st_in_fn();
}

static void st_in_rcu(struct rcu_head *head)
{
	st_in_fn();
}

static DECLARE_TASKLET(st_tasklet, st_in_tasklet);
static struct irq_work st_irq = IRQ_WORK_INIT_HARD(st_in_irq);
static struct rcu_head st_rcu;

/* Call @fn in @context; returns when it has. */
void st_in(enum st_context context, void (*fn)(void))
{
	unsigned long flags;

	st_in_fn = fn;
	switch (context) {
	case ST_IRQS_OFF:
		local_irq_save(flags);
		fn();
		local_irq_restore(flags);
		break;
	case ST_SOFTIRQ:
		tasklet_schedule(&st_tasklet);
		tasklet_kill(&st_tasklet);
		break;
	case ST_HARDIRQ:
		CHECK(irq_work_queue(&st_irq));
		irq_work_sync(&st_irq);
		break;
	case ST_RCU:
		call_rcu(&st_rcu, st_in_rcu);
		rcu_barrier();
		break;
	}
}

/* Allocated in process context, to be freed elsewhere. */
static ioasid_t st_given[3];
static int st_calls_done;

/* Every call that works in any context. */
static void st_calls(void)
{
	bool off = irqs_disabled();
	int one, two;
	void *old;
	ioasid_t id;

	st_calls_done++;
	if (!CHECK(!ioasid_alloc_gfp(&st_set, 1, ST_IDS - 1, &one, GFP_ATOMIC,
				     &id)))
		return;
	CHECK(ioasid_find(&st_set, id, NULL) == &one);
	CHECK(!ioasid_set_data(id, &two));
	CHECK(!ioasid_exchange_data(id, &one, &old));
	CHECK(old == &two);
	CHECK(!ioasid_get(id));
	CHECK(!ioasid_free(id));
	CHECK(st_find_err(id) == -ENOENT);
	CHECK(!ioasid_put(id));
	CHECK(ioasid_free(id) == -ENOENT);

	id = ioasid_alloc(&st_set, 1, ST_IDS - 1, &one);
	if (CHECK(pasid_valid(id)))
		CHECK(!ioasid_free(id));

	CHECK(!ioasid_free(st_given[0]));
	CHECK(!ioasid_put(st_given[1]));
	CHECK(irqs_disabled() == off);
}

static void st_give(void)
{
	CHECK(!st_alloc(&st_given[0]));
	CHECK(!st_alloc(&st_given[1]));
	CHECK(!ioasid_get(st_given[1]));
	CHECK(!ioasid_free(st_given[1]));
}

/* With the default allocator and with a custom one. */
static void st_calls_in(enum st_context context)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);

	st_calls_done = 0;
	st_give();
	st_in(context, st_calls);
	CHECK(!st_register(a));
	st_give();
	st_in(context, st_calls);
	CHECK(st_calls_done == 2);
	CHECK(st_allocs(a) == 4 && st_frees(a) == 4);
	CHECK(!st_unregister(a));
}

static void calls_irqs_off(void)
{
	st_calls_in(ST_IRQS_OFF);
}

static void calls_softirq(void)
{
	st_calls_in(ST_SOFTIRQ);
}

static void calls_hardirq(void)
{
	st_calls_in(ST_HARDIRQ);
}

static void calls_rcu(void)
{
	st_calls_in(ST_RCU);
}

/* The core's locks would show as one of these. */
static void st_expect_unlocked(void)
{
	CHECK(!irqs_disabled());
	CHECK(!preempt_count());
	CHECK(!rcu_preempt_depth());
}

static void st_unlocked_alloc(struct st_backend *b)
{
	st_expect_unlocked();
}

static void st_unlocked_free(struct st_backend *b, ioasid_t id)
{
	st_expect_unlocked();
}

static void callbacks_unlocked(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	a->on_alloc = st_unlocked_alloc;
	a->on_free = st_unlocked_free;
	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_free(id));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_get(id));
	CHECK(!ioasid_free(id));
	CHECK(!ioasid_put(id));
	st_force(a, 0, 1);
	CHECK(st_alloc(&id) == -ERANGE);
	CHECK(st_allocs(a) == 3 && st_frees(a) == 3);
	CHECK(!st_unregister(a));
}

/* Of st_given: [0] has a reference to put, [1] is to be freed. */
static struct st_backend *st_reenter_other;

static void st_reenter(struct st_backend *b)
{
	ioasid_t id = 7;

	CHECK(st_alloc(&id) == -EDEADLK);
	CHECK(id == INVALID_IOASID);
	CHECK(ioasid_alloc(&st_set, 1, 100, NULL) == INVALID_IOASID);
	CHECK(ioasid_free(st_given[1]) == -EDEADLK);
	CHECK(ioasid_put(st_given[0]) == -EDEADLK);
	CHECK(st_register(st_reenter_other) == -EDEADLK);
	CHECK(st_unregister(b) == -EDEADLK);
	CHECK(ioasid_switch_allocator("default") == -EDEADLK);
	CHECK(ioasid_find(&st_set, st_given[1], NULL) == &st_set);
}

static void st_reenter_free(struct st_backend *b, ioasid_t id)
{
	st_reenter(b);
	CHECK(st_find_err(id) == -ENOENT);
}

static void st_reentry(unsigned int flags)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	st_reenter_other = st_new("st-b", ST_PAIR);
	a->ops.flags = flags;
	CHECK(!st_register(a));
	CHECK(!st_alloc(&st_given[0]));
	CHECK(!ioasid_get(st_given[0]));
	CHECK(!st_alloc(&st_given[1]));

	a->on_alloc = st_reenter;
	a->on_free = st_reenter_free;
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_free(id));
	CHECK(st_wait(st_frees(a) == 1));
	CHECK(st_allocs(a) == 3);
	WRITE_ONCE(a->on_alloc, NULL);
	WRITE_ONCE(a->on_free, NULL);

	/* Nothing of it was done, and all of it can be done now. */
	CHECK(!ioasid_put(st_given[0]));
	CHECK(!ioasid_free(st_given[0]));
	CHECK(!ioasid_free(st_given[1]));
	CHECK(!st_register(st_reenter_other));
	CHECK(!st_unregister(st_reenter_other));
	CHECK(!st_unregister(a));
	CHECK(st_frees(a) == 3);
}

static void reentry(void)
{
	st_reentry(0);
}

static void reentry_sleeping(void)
{
	st_reentry(IOASID_ALLOCATOR_SLEEPS);
}

/* An interrupt on the CPU that runs a callback is no re-entry. */
static void st_interrupt_alloc(struct st_backend *b)
{
	WRITE_ONCE(b->on_alloc, NULL);
	st_in(ST_HARDIRQ, st_calls);
}

static void st_interrupt_free(struct st_backend *b, ioasid_t id)
{
	WRITE_ONCE(b->on_free, NULL);
	st_in(ST_HARDIRQ, st_calls);
}

static void interrupted_callback(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	st_calls_done = 0;
	st_give();
	WRITE_ONCE(a->on_alloc, st_interrupt_alloc);
	CHECK(!st_alloc(&id));
	st_give();
	WRITE_ONCE(a->on_free, st_interrupt_free);
	CHECK(!ioasid_free(id));
	CHECK(st_calls_done == 2);
	CHECK(st_allocs(a) == 9 && st_frees(a) == 9);
	CHECK(!st_unregister(a));
}

const struct st_test st_context_tests[] = {
	{ "context", "calls-irqs-off", calls_irqs_off },
	{ "context", "calls-softirq", calls_softirq },
	{ "context", "calls-hardirq", calls_hardirq },
	{ "context", "calls-rcu-callback", calls_rcu },
	{ "context", "callbacks-unlocked", callbacks_unlocked },
	{ "context", "reentry", reentry },
	{ "context", "reentry-sleeping", reentry_sleeping },
	{ "context", "interrupted-callback", interrupted_callback },
	{ }
};

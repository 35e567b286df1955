// SPDX-License-Identifier: GPL-2.0-only
/* Allocators whose callbacks sleep, and callbacks that others wait for. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/workqueue.h>

#include "selftest.h"

#define ST_TIMEOUT	(5 * HZ)

/* Long enough that who does not wait is seen not to. */
#define ST_LONG_MS	50

static void st_slow_alloc(struct st_backend *b)
{
	CHECK(in_task() && !irqs_disabled());
	msleep(ST_LONG_MS);
}

static void st_slow_free(struct st_backend *b, ioasid_t id)
{
	CHECK(in_task() && !irqs_disabled());
	CHECK(st_find_err(id) == -ENOENT);
	msleep(ST_LONG_MS);
}

static struct st_backend *st_new_slow(const char *name, enum st_space space)
{
	struct st_backend *b = st_new(name, space);

	b->ops.flags = IOASID_ALLOCATOR_SLEEPS;
	b->on_alloc = st_slow_alloc;
	b->on_free = st_slow_free;
	return b;
}

static void st_atomic_alloc(void)
{
	ioasid_t id = 7;

	CHECK(ioasid_alloc_gfp(&st_set, 1, 100, NULL, GFP_ATOMIC, &id) ==
	      -EAGAIN);
	CHECK(id == INVALID_IOASID);
	CHECK(ioasid_alloc(&st_set, 1, 100, NULL) == INVALID_IOASID);
}

static void atomic_alloc(void)
{
	struct st_backend *a = st_new_slow("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	st_atomic_alloc();
	st_in(ST_IRQS_OFF, st_atomic_alloc);
	st_in(ST_HARDIRQ, st_atomic_alloc);
	CHECK(!st_allocs(a));
	CHECK(!st_alloc(&id));
	CHECK(st_allocs(a) == 1);
	CHECK(!ioasid_free(id));
	CHECK(!st_unregister(a));
	CHECK(st_frees(a) == 1);
}

static DECLARE_COMPLETION(st_entered);
static DECLARE_COMPLETION(st_gate);

static void st_gated_free(struct st_backend *b, ioasid_t id)
{
	CHECK(st_find_err(id) == -ENOENT);
	complete(&st_entered);
	CHECK(wait_for_completion_timeout(&st_gate, ST_TIMEOUT));
}

/* Free returns while the backend still works on it. */
static void free_returns_at_once(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	int refs = module_refcount(THIS_MODULE);
	ioasid_t id;

	reinit_completion(&st_entered);
	reinit_completion(&st_gate);
	a->ops.flags = IOASID_ALLOCATOR_SLEEPS;
	a->on_free = st_gated_free;
	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_free(id));
	CHECK(wait_for_completion_timeout(&st_entered, ST_TIMEOUT));
	CHECK(!st_frees(a));
	/* Its callback runs: the module has to stay. */
	CHECK(module_refcount(THIS_MODULE) == refs + 1);
	CHECK(st_find_err(id) == -ENOENT);
	CHECK(ioasid_free(id) < 0);
	complete(&st_gate);
	CHECK(st_wait(st_frees(a) == 1));
	CHECK(st_wait(module_refcount(THIS_MODULE) == refs));

	WRITE_ONCE(a->on_free, NULL);
	CHECK(!st_alloc_at(id));
	CHECK(!ioasid_free(id));
	CHECK(!st_unregister(a));
	CHECK(st_frees(a) == 2);
	CHECK(!st_out(ST_PAIR));
}

static ioasid_t st_given[2];

static void st_free_given(void)
{
	CHECK(!ioasid_free(st_given[0]));
	CHECK(!ioasid_put(st_given[1]));
}

/* From any context; the backend hears of it once each, where it can sleep. */
static void st_free_from(enum st_context context)
{
	struct st_backend *a = st_new_slow("st-a", ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_alloc(&st_given[0]));
	CHECK(!st_alloc(&st_given[1]));
	CHECK(!ioasid_get(st_given[1]));
	CHECK(!ioasid_free(st_given[1]));
	st_in(context, st_free_given);
	CHECK(st_find_err(st_given[0]) == -ENOENT);
	CHECK(st_wait(st_frees(a) == 2));
	CHECK(!st_unregister(a));
	CHECK(st_frees(a) == 2);
	CHECK(!st_out(ST_PAIR));
}

static void free_deferred(void)
{
	st_free_from(ST_IRQS_OFF);
	st_free_from(ST_SOFTIRQ);
	st_free_from(ST_HARDIRQ);
	st_free_from(ST_RCU);
}

static void out_of_range_sleeping(void)
{
	struct st_backend *a = st_new_slow("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	st_force(a, 0, 1);
	CHECK(st_alloc(&id) == -ERANGE);
	CHECK(!st_unregister(a));
	CHECK(st_frees(a) == 1 && a->last_free == 0);
}

/* What was freed before is no orphan. */
static void unregister_flushes(void)
{
	struct st_backend *a = st_new_slow("st-a", ST_PAIR);
	ioasid_t ids[4];
	int i;

	CHECK(!st_register(a));
	for (i = 0; i < 4; i++)
		CHECK(!st_alloc(&ids[i]));
	for (i = 0; i < 4; i++)
		CHECK(!ioasid_free(ids[i]));
	CHECK(!st_unregister(a));
	CHECK(st_frees(a) == 4);
	st_bury(a);
	for (i = 0; i < 4; i++)
		CHECK(st_is_free(ids[i]));
}

static void switch_flushes(void)
{
	struct st_backend *a = st_new_slow("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR2);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_free(id));
	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(st_frees(a) == 1);
	CHECK(st_serves(b));
	CHECK(!st_unregister(a));
	CHECK(!st_unregister(b));
}

/* Another thread that is held up in the backend. */
static ioasid_t st_other_id;
static int st_other_err;

static void st_other_alloc(struct work_struct *work)
{
	st_other_err = st_alloc(&st_other_id);
}

static DECLARE_WORK(st_other, st_other_alloc);

static void st_start_other(struct st_backend *b)
{
	st_other_err = 1;
	queue_work(system_unbound_wq, &st_other);
	CHECK(st_wait(atomic_read(&b->inside)));
}

/* The number is given back before unregistration returns. */
static void last_unplugged_in_alloc(void)
{
	struct st_backend *a = st_new_slow("st-a", ST_PAIR);
	int refs = module_refcount(THIS_MODULE);

	CHECK(!st_register(a));
	st_start_other(a);
	CHECK(!st_unregister(a));
	CHECK(!atomic_read(&a->inside));
	CHECK(st_allocs(a) == 1 && st_frees(a) == 1);
	CHECK(!st_out(ST_PAIR));
	st_bury(a);
	flush_work(&st_other);
	CHECK(st_other_err == -ENODEV);
	CHECK(st_other_id == INVALID_IOASID);
	CHECK(module_refcount(THIS_MODULE) == refs);
}

/* Others remain in its space: the ID is theirs now. */
static void sharer_unplugged_in_alloc(void)
{
	struct st_backend *a = st_new_slow("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	st_start_other(a);
	CHECK(!st_unregister(a));
	CHECK(!atomic_read(&a->inside));
	st_bury(a);
	flush_work(&st_other);
	CHECK(!st_other_err);
	CHECK(ioasid_find(&st_set, st_other_id, NULL) == &st_set);
	CHECK(!ioasid_free(st_other_id));
	CHECK(st_frees(b) == 1 && b->last_free == st_other_id);
	CHECK(!st_out(ST_PAIR));
	CHECK(!st_unregister(b));
}

/* Either the switch is refused, or the ID is none of the old space. */
static void switch_in_alloc(void)
{
	struct st_backend *a = st_new_slow("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR2);
	int err;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	st_start_other(a);
	err = ioasid_switch_allocator("st-b");
	flush_work(&st_other);
	if (err) {
		CHECK(err == -EBUSY);
		CHECK(!st_other_err);
		CHECK(!st_allocs(b));
	} else {
		CHECK(st_other_err || st_allocs(b) == 1);
		CHECK(!st_out(ST_PAIR));
	}
	if (!st_other_err)
		CHECK(!ioasid_free(st_other_id));
	CHECK(!st_unregister(a));
	CHECK(!st_unregister(b));
	CHECK(st_allocs(a) == st_frees(a));
}

const struct st_test st_sleep_tests[] = {
	{ "context", "sleeping-atomic-alloc", atomic_alloc },
	{ "context", "sleeping-free-at-once", free_returns_at_once },
	{ "context", "sleeping-free-deferred", free_deferred },
	{ "R-ALL-4", "out-of-range-sleeping", out_of_range_sleeping },
	{ "R-UNR-5", "unregister-flushes", unregister_flushes },
	{ "R-UNR-5", "last-unplugged-in-alloc", last_unplugged_in_alloc },
	{ "R-UNR-2", "sharer-unplugged-in-alloc", sharer_unplugged_in_alloc },
	{ "R-SWI-1", "switch-flushes", switch_flushes },
	{ "R-SWI-2", "switch-in-alloc", switch_in_alloc },
	{ }
};

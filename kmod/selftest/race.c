// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races: two workers, each on a CPU of its own, allocate, look up and free, a
 * third thread looks everything up and takes references, while the test
 * registers, unregisters and switches. Whoever breaks a rule fails a CHECK().
 */
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "selftest.h"

#define RACE_TESTS	4
#define RACE_MIN_MS	200U
#define RACE_WORKERS	2
#define RACE_HOLD	8	/* IDs that a worker holds at most */
#define RACE_MAX	1023	/* largest ID */
#define RACE_LAST	64	/* of a full range; in a node of the table of its own */
#define RACE_ALIVE	0xa11fe
#define RACE_DEAD	0xdead

/* Private data of an ID; freed after a grace period. */
struct race_data {
	struct rcu_head rcu;
	unsigned int magic;
	ioasid_t id;		/* INVALID_IOASID: not known yet */
	struct ioasid_set *set;
};

/* An ID that a worker holds, if @data. */
struct race_slot {
	struct race_data *data;
	ioasid_t id;
	int space;
};

/* A thread that allocates and frees. */
struct race_worker {
	struct task_struct *task;
	/* Space of the backend that was asked last; ST_SPACES: none was. */
	int via;
	struct race_slot slots[RACE_HOLD];
};

static struct {
	/* What else an allocation may fail with, besides -ENOMEM. */
	bool (*allowed)(int err);
	/* IDs that a worker holds at most, and steps between its pauses. */
	unsigned int hold;
	unsigned int busy;
	struct race_worker workers[RACE_WORKERS];
	struct task_struct *looker;
	DECLARE_BITMAP(issued, RACE_MAX + 1);
	/* IDs held, by space; the last is the default one. */
	atomic_t live[ST_SPACES + 1];
	atomic_t allocs;
} race;

/* What allocations may fail with. */
static bool race_no_error(int err)
{
	return false;
}

static bool race_unplug_errors(int err)
{
	return err == -ENODEV || err == -EIO;
}

static bool race_getter(void *private)
{
	struct race_data *data = private;

	/* Not yet freed: the core is in an RCU read section. */
	return CHECK(READ_ONCE(data->magic) == RACE_ALIVE);
}

static void race_data_free(struct rcu_head *rcu)
{
	struct race_data *data = container_of(rcu, struct race_data, rcu);

	data->magic = RACE_DEAD;
	kfree(data);
}

/* An allocator that does not sleep is called by the thread that allocates. */
static void race_asked(struct st_backend *b)
{
	unsigned int i;

	for (i = 0; i < RACE_WORKERS; i++) {
		if (race.workers[i].task == current)
			race.workers[i].via = b->space;
	}
}

/*
 * One space at a time: with @slot's ID live no ID of another space is. What is
 * counted is live for sure, as it is uncounted before it is freed.
 */
static void race_count(struct race_worker *w, struct race_slot *slot)
{
	int space;

	slot->space = ST_SPACES;
	if (w->via < ST_SPACES && test_bit(slot->id, st_pools[w->via].out))
		slot->space = w->via;
	atomic_inc(&race.live[slot->space]);
	for (space = 0; space <= ST_SPACES; space++) {
		if (space != slot->space)
			CHECK(!atomic_read(&race.live[space]));
	}
}

static void race_alloc(struct race_worker *w, struct race_slot *slot, bool off)
{
	struct race_data *data = kmalloc(sizeof(*data), GFP_KERNEL);
	unsigned long flags = 0;
	int err;

	if (!data)
		return;
	data->magic = RACE_ALIVE;
	data->id = INVALID_IOASID;
	data->set = w == race.workers ? &st_set : &st_other_set;
	w->via = ST_SPACES;

	if (off)
		local_irq_save(flags);
	err = ioasid_alloc_gfp(data->set, 1, RACE_MAX, data,
			       off ? GFP_ATOMIC : GFP_KERNEL, &slot->id);
	if (off)
		local_irq_restore(flags);

	if (err) {
		CHECK(err == -ENOMEM || race.allowed(err));
		CHECK(slot->id == INVALID_IOASID);
		kfree(data);
		return;
	}
	WRITE_ONCE(data->id, slot->id);
	slot->data = data;
	slot->space = -1;
	atomic_inc(&race.allocs);
	if (!CHECK(slot->id >= 1 && slot->id <= RACE_MAX))
		return;
	CHECK(!test_and_set_bit(slot->id, race.issued));
	/* Unplugged allocators leave IDs of another space: not to be counted. */
	if (race.allowed != race_unplug_errors)
		race_count(w, slot);
}

static void race_free(struct race_slot *slot, bool off)
{
	unsigned long flags = 0;

	CHECK(ioasid_find(slot->data->set, slot->id, race_getter) == slot->data);
	if (slot->id <= RACE_MAX)
		CHECK(test_and_clear_bit(slot->id, race.issued));
	if (slot->space >= 0)
		atomic_dec(&race.live[slot->space]);

	if (off)
		local_irq_save(flags);
	CHECK(!ioasid_free(slot->id));
	if (off)
		local_irq_restore(flags);

	call_rcu(&slot->data->rcu, race_data_free);
	slot->data = NULL;
}

/* Take all it may hold, give all back, and so on; pause with none. */
static int race_work(void *arg)
{
	struct race_worker *w = arg;
	struct race_slot *slot;
	unsigned int n = 0;

	while (!kthread_should_stop()) {
		bool take = n % (2 * race.hold) < race.hold;

		slot = &w->slots[n % race.hold];
		if (take && !slot->data)
			race_alloc(w, slot, n & 1);
		else if (!take && slot->data)
			race_free(slot, n & 1);
		if (++n % race.busy)
			cond_resched();
		else
			usleep_range(50, 100);
	}
	for (slot = w->slots; slot < w->slots + race.hold; slot++) {
		if (slot->data)
			race_free(slot, false);
	}
	return 0;
}

/* What is found is the ID's that was asked for, and of the set. */
static void race_find(struct ioasid_set *set, ioasid_t id)
{
	struct race_data *found;
	ioasid_t known;

	rcu_read_lock();
	found = ioasid_find(set, id, race_getter);
	if (IS_ERR(found)) {
		CHECK(found == ERR_PTR(-ENOENT) || found == ERR_PTR(-EACCES));
	} else if (CHECK(found)) {
		known = READ_ONCE(found->id);
		CHECK(found->set == set);
		CHECK(known == id || known == INVALID_IOASID);
	}
	rcu_read_unlock();
}

static int race_look(void *arg)
{
	ioasid_t id = 0;

	while (!kthread_should_stop()) {
		race_find(&st_set, id);
		race_find(&st_other_set, id);
		if (!ioasid_get(id))
			CHECK(!ioasid_put(id));
		id = (id + 1) % (RACE_MAX + 1);
		if (id % 64)
			cond_resched();
		else
			usleep_range(50, 100);
	}
	return 0;
}

static struct task_struct *race_thread(int (*fn)(void *), void *arg)
{
	struct task_struct *t = kthread_create(fn, arg, "ioasid_race");

	return CHECK(!IS_ERR(t)) ? t : NULL;
}

/* @busy: a multiple of 2 * @hold */
static void race_start(unsigned int hold, unsigned int busy,
		       bool (*allowed)(int err))
{
	unsigned int cpu = cpumask_first(cpu_online_mask);
	struct race_worker *w;

	memset(&race, 0, sizeof(race));
	race.hold = hold;
	race.busy = busy;
	race.allowed = allowed;
	for (w = race.workers; w < race.workers + RACE_WORKERS; w++) {
		w->task = race_thread(race_work, w);
		if (!w->task)
			continue;
		kthread_bind(w->task, cpu);
		wake_up_process(w->task);
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	}
	race.looker = race_thread(race_look, NULL);
	if (race.looker)
		wake_up_process(race.looker);
}

static void race_stop(void)
{
	unsigned int i;

	for (i = 0; i < RACE_WORKERS; i++) {
		if (race.workers[i].task)
			kthread_stop(race.workers[i].task);
	}
	if (race.looker)
		kthread_stop(race.looker);
	rcu_barrier();
	CHECK(bitmap_empty(race.issued, RACE_MAX + 1));
	CHECK(atomic_read(&race.allocs));
}

static unsigned long race_end(void)
{
	unsigned int ms = st_race_seconds * 1000 / RACE_TESTS;

	return jiffies + msecs_to_jiffies(max(ms, RACE_MIN_MS));
}

static bool race_on(unsigned long end)
{
	usleep_range(20, 200);
	return time_before(jiffies, end) && !st_failed();
}

/* R-FRE-2, of numbers that are not given back. */
static void race_freed(struct st_backend *b, ioasid_t id)
{
	CHECK(st_find_err(id) == -ENOENT);
}

static struct st_backend *race_backend(const char *name, enum st_space space)
{
	struct st_backend *b = st_new(name, space);

	b->on_alloc = race_asked;
	b->on_free = race_freed;
	return b;
}

/* Take the first of two sharers away, and let it join last again. */
static void race_replace(struct st_backend *b, const char *name)
{
	CHECK(!st_unregister(b));
	st_bury(b);
	usleep_range(20, 100);
	st_revive(b);
	b->ops.name = name;
	CHECK(!st_register(b));
}

/* While one of a space remains nobody notices that others come and go. */
static void race_sharers(void)
{
	struct st_backend *a = race_backend("st-a", ST_PAIR);
	struct st_backend *b = race_backend("st-b", ST_PAIR);
	int refs = module_refcount(THIS_MODULE);
	unsigned long end = race_end();

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	race_start(RACE_HOLD, 1024, race_no_error);
	do {
		race_replace(a, "st-a");
		CHECK(!ioasid_switch_allocator("st-a"));
		race_replace(b, "st-b");
		CHECK(!ioasid_switch_allocator("st-b"));
		race_replace(b, "st-b");
	} while (race_on(end));
	race_stop();
	CHECK(st_allocs(a) && st_allocs(b));
	CHECK(st_allocs(a) + st_allocs(b) == st_frees(a) + st_frees(b));
	CHECK(!st_out(ST_PAIR));
	CHECK(!st_unregister(a));
	CHECK(!st_unregister(b));
	CHECK(module_refcount(THIS_MODULE) == refs);
}

/* The only one comes, hands out and goes, and IDs become orphans. */
static void race_unplug(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	int refs = module_refcount(THIS_MODULE);
	unsigned long end = race_end();
	unsigned int plugged = 0;
	int err;

	race_start(RACE_HOLD, 16, race_unplug_errors);
	do {
		a->ops.name = "st-a";
		a->ops.flags = IOASID_ALLOCATOR_STANDBY;
		err = st_register(a);
		if (!CHECK(!err))
			break;
		/* Active at once, or when the default one has no IDs out. */
		while (!st_allocs(a) && race_on(end))
			ioasid_switch_allocator("st-a");
		plugged += !!st_allocs(a);
		CHECK(!st_unregister(a));
		st_bury(a);
		CHECK(!atomic_read(&a->inside));
		CHECK(st_allocs(a) == st_frees(a) + st_out(ST_PAIR));
		st_pool_reset(ST_PAIR);
		atomic_set(&a->allocs, 0);
		atomic_set(&a->frees, 0);
		st_revive(a);
	} while (race_on(end));
	race_stop();
	CHECK(plugged);
	CHECK(!st_allocs(a) && !st_frees(a));
	CHECK(module_refcount(THIS_MODULE) == refs);
}

/* Never no active space, never two. */
static void race_switch(void)
{
	static const char * const names[] = { "st-a", "st-b", "default" };
	struct st_backend *a = race_backend("st-a", ST_PAIR);
	struct st_backend *b = race_backend("st-b", ST_PAIR2);
	int refs = module_refcount(THIS_MODULE);
	unsigned long end = race_end();
	unsigned int n = 0, switched = 0;
	int err;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	race_start(1, 16, race_no_error);
	do {
		err = ioasid_switch_allocator(names[n % ARRAY_SIZE(names)]);
		CHECK(!err || err == -EBUSY);
		if (err)
			continue;
		switched++;
		n++;
	} while (race_on(end));
	race_stop();
	CHECK(switched >= ARRAY_SIZE(names));
	CHECK(st_allocs(a) == st_frees(a) && !st_out(ST_PAIR));
	CHECK(st_allocs(b) == st_frees(b) && !st_out(ST_PAIR2));
	CHECK(!st_unregister(a));
	CHECK(!st_unregister(b));
	CHECK(module_refcount(THIS_MODULE) == refs);
}

/*
 * Two numbers are free, and this and another thread have one at a time, so one is left.
 * Each second time the @picky one wants the last, which the other may have.
 */
static int race_take(void *picky)
{
	unsigned int n = 0;
	ioasid_t id, min;
	int err;

	while (!kthread_should_stop()) {
		min = picky && n & 1 ? RACE_LAST : 1;
		err = ioasid_alloc_gfp(&st_set, min, RACE_LAST, NULL, GFP_KERNEL, &id);
		if (err)
			CHECK(err == -ENOMEM || (err == -ENOSPC && min == RACE_LAST));
		else
			CHECK(!ioasid_free(id));
		if (++n % 1024)
			cond_resched();
		else
			usleep_range(50, 100);
	}
	return 0;
}

/* A number that is given back behind where a search has got is found all the same. */
static void race_full(void)
{
	struct task_struct *takers[2];
	unsigned long end = race_end();
	ioasid_t id;

	for (id = 1; id < RACE_LAST - 1; id++)
		CHECK(!st_alloc_at(id));
	takers[0] = race_thread(race_take, NULL);
	takers[1] = race_thread(race_take, takers);
	if (takers[0])
		wake_up_process(takers[0]);
	if (takers[1])
		wake_up_process(takers[1]);
	while (race_on(end))
		;
	if (takers[0])
		kthread_stop(takers[0]);
	if (takers[1])
		kthread_stop(takers[1]);
	CHECK(st_sweep() == RACE_LAST - 2);
}

const struct st_test st_race_tests[] = {
	{ "R-ALL-3", "race-full", race_full },
	{ "R-UNR-2", "race-sharers", race_sharers },
	{ "R-UNR-5", "race-unplug", race_unplug },
	{ "R-SWI-2", "race-switch", race_switch },
	{ }
};

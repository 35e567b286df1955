// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backend of the simulated allocators: callbacks, and for each group a pool
 * of the numbers handed out, which is what a host or a device would keep. The
 * numbers of an allocator that is unregistered while IDs are out stay taken, as
 * nobody gives them back, and are found again by the next allocator of the
 * group.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "sim.h"

/**
 * struct sim_pool - the numbers of one group
 * @list: in sim_pools
 * @members: allocators that use it, under sim_pools_lock
 * @numbers: numbers that are out. Its xa_lock protects it and @in_use, is taken
 *	with interrupts off, in any context, and is a leaf: the callbacks that
 *	take it are called without a lock of the core
 * @in_use: how many are out
 * @group: name
 */
struct sim_pool {
	struct list_head list;
	unsigned int members;
	struct xarray numbers;
	unsigned long in_use;
	char group[];
};

static LIST_HEAD(sim_pools);
/* Protects sim_pools; taken in process context, outside of every xa_lock. */
static DEFINE_MUTEX(sim_pools_lock);

static struct sim_pool *sim_pool_find(const char *group)
{
	struct sim_pool *pool;

	lockdep_assert_held(&sim_pools_lock);
	list_for_each_entry(pool, &sim_pools, list) {
		if (!strcmp(pool->group, group))
			return pool;
	}
	return NULL;
}

static void sim_pool_free(struct sim_pool *pool)
{
	list_del(&pool->list);
	xa_destroy(&pool->numbers);
	kfree(pool);
}

/* The pool of @group, made if need be; NULL: no memory. */
struct sim_pool *sim_pool_get(const char *group)
{
	size_t len = strlen(group);
	struct sim_pool *pool;

	mutex_lock(&sim_pools_lock);
	pool = sim_pool_find(group);
	if (!pool) {
		pool = kzalloc(struct_size(pool, group, len + 1), GFP_KERNEL);
		if (!pool)
			goto unlock;
		memcpy(pool->group, group, len);
		xa_init_flags(&pool->numbers,
			      XA_FLAGS_ALLOC | XA_FLAGS_LOCK_IRQ);
		list_add(&pool->list, &sim_pools);
	}
	pool->members++;
unlock:
	mutex_unlock(&sim_pools_lock);
	return pool;
}

/* The last member takes the pool along, unless numbers are out. */
void sim_pool_put(struct sim_pool *pool)
{
	mutex_lock(&sim_pools_lock);
	if (!--pool->members && !READ_ONCE(pool->in_use))
		sim_pool_free(pool);
	mutex_unlock(&sim_pools_lock);
}

/* At module exit, when no allocator is left. */
void sim_pools_free(void)
{
	struct sim_pool *pool, *next;

	list_for_each_entry_safe(pool, next, &sim_pools, list)
		sim_pool_free(pool);
}

/* How many numbers @group has out. */
unsigned long sim_pool_in_use(const char *group)
{
	struct sim_pool *pool;
	unsigned long n;

	mutex_lock(&sim_pools_lock);
	pool = sim_pool_find(group);
	n = pool ? READ_ONCE(pool->in_use) : 0;
	mutex_unlock(&sim_pools_lock);
	return n;
}

/* A free number in [@min, @max], now taken, or INVALID_IOASID. */
static ioasid_t sim_pool_take(struct sim_pool *pool, ioasid_t min,
			      ioasid_t max)
{
	unsigned long flags;
	u32 id;
	int err;

	if (min > max)
		return INVALID_IOASID;

	xa_lock_irqsave(&pool->numbers, flags);
	err = __xa_alloc(&pool->numbers, &id, xa_mk_value(0),
			 XA_LIMIT(min, max), GFP_NOWAIT | __GFP_NOWARN);
	if (!err)
		WRITE_ONCE(pool->in_use, pool->in_use + 1);
	xa_unlock_irqrestore(&pool->numbers, flags);

	return err ? INVALID_IOASID : id;
}

/* The first number in [@min, @max] that is out, or INVALID_IOASID. */
static ioasid_t sim_pool_taken(struct sim_pool *pool, ioasid_t min,
			       ioasid_t max)
{
	unsigned long id = min;

	if (!xa_find(&pool->numbers, &id, max, XA_PRESENT))
		return INVALID_IOASID;
	return id;
}

/* Return: false if @id was not out. */
static bool sim_pool_give(struct sim_pool *pool, ioasid_t id)
{
	unsigned long flags;
	void *entry;

	xa_lock_irqsave(&pool->numbers, flags);
	entry = __xa_erase(&pool->numbers, id);
	if (entry)
		WRITE_ONCE(pool->in_use, pool->in_use - 1);
	xa_unlock_irqrestore(&pool->numbers, flags);

	return entry;
}

/* Callbacks: in any context, several at a time; they sleep only if @sleeps. */

static void sim_delay(struct sim_allocator *a)
{
	if (!a->delay_ms)
		return;
	if (a->sleeps)
		msleep(a->delay_ms);
	else
		mdelay(min_t(unsigned int, a->delay_ms, SIM_SPIN_MAX));
}

/* Is a fault due? Each is used up. */
static bool sim_fault(atomic_t *count)
{
	return atomic_dec_if_positive(count) >= 0;
}

static ioasid_t sim_take_out_of_range(struct sim_pool *pool, ioasid_t min,
				      ioasid_t max)
{
	ioasid_t id = INVALID_IOASID;

	if (max < INVALID_IOASID - 1)
		id = sim_pool_take(pool, max + 1, INVALID_IOASID - 1);
	if (id == INVALID_IOASID && min)
		id = sim_pool_take(pool, 0, min - 1);
	return id;
}

/* &ioasid_allocator_ops.alloc */
ioasid_t sim_alloc(ioasid_t min, ioasid_t max, void *data)
{
	struct sim_allocator *a = data;
	ioasid_t id;

	sim_delay(a);

	if (sim_fault(&a->fail_count))
		return INVALID_IOASID;
	if (sim_fault(&a->duplicate_count)) {
		id = sim_pool_taken(a->pool, min, max);
		if (id != INVALID_IOASID)
			return id;
		/* Nothing to duplicate yet. */
		atomic_inc(&a->duplicate_count);
	}

	if (sim_fault(&a->out_of_range_count))
		id = sim_take_out_of_range(a->pool, min, max);
	else
		id = sim_pool_take(a->pool, max_t(ioasid_t, min, a->min),
				   min_t(ioasid_t, max, a->max));
	if (id != INVALID_IOASID)
		atomic_long_inc(&a->allocs);
	return id;
}

/* &ioasid_allocator_ops.free */
void sim_free(ioasid_t ioasid, void *data)
{
	struct sim_allocator *a = data;

	sim_delay(a);
	if (sim_pool_give(a->pool, ioasid))
		atomic_long_inc(&a->frees);
	else
		atomic_long_inc(&a->bad_frees);
}

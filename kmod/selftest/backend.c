// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocators of the tests. They count what the core calls and notice calls
 * that must not be: of a buried allocator, and of free() for a number that is
 * not out.
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "selftest.h"

#define ST_ALIVE	0x10a51d

struct st_pool st_pools[ST_SPACES];
static struct st_backend st_backends[ST_BACKENDS];
static unsigned int st_backends_used;
/* Calls for a buried allocator, by either callback. */
static atomic_t st_late_calls;

static ioasid_t st_pool_take(struct st_pool *pool, ioasid_t min, ioasid_t max)
{
	unsigned long flags, id;

	max = min_t(ioasid_t, max, ST_IDS - 1);
	if (min > max)
		return INVALID_IOASID;

	spin_lock_irqsave(&pool->lock, flags);
	id = find_next_zero_bit(pool->out, max + 1,
				max_t(ioasid_t, min, pool->next));
	if (id > max)
		id = find_next_zero_bit(pool->out, max + 1, min);
	if (id <= max) {
		/* Tests look without the lock. */
		set_bit(id, pool->out);
		pool->next = id + 1;
	}
	spin_unlock_irqrestore(&pool->lock, flags);

	return id <= max ? id : INVALID_IOASID;
}

/* Numbers beyond ST_IDS are not booked. */
static bool st_pool_give(struct st_pool *pool, ioasid_t id)
{
	unsigned long flags;
	bool ok = true;

	if (id >= ST_IDS)
		return true;
	spin_lock_irqsave(&pool->lock, flags);
	ok = test_and_clear_bit(id, pool->out);
	spin_unlock_irqrestore(&pool->lock, flags);
	return ok;
}

/* How many numbers of @space are out. */
unsigned int st_out(enum st_space space)
{
	return bitmap_weight(st_pools[space].out, ST_IDS);
}

/* A new device in place of the one that was unplugged. */
void st_pool_reset(enum st_space space)
{
	struct st_pool *pool = &st_pools[space];
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	bitmap_zero(pool->out, ST_IDS);
	spin_unlock_irqrestore(&pool->lock, flags);
}

static bool st_is_alive(struct st_backend *b)
{
	if (READ_ONCE(b->magic) == ST_ALIVE)
		return true;
	atomic_inc(&st_late_calls);
	return false;
}

static ioasid_t st_pair_alloc(ioasid_t min, ioasid_t max, void *data)
{
	void (*hook)(struct st_backend *b);
	struct st_backend *b = data;
	ioasid_t id;

	if (!st_is_alive(b))
		return INVALID_IOASID;

	atomic_inc(&b->inside);
	atomic_inc(&b->allocs);
	WRITE_ONCE(b->last_min, min);
	WRITE_ONCE(b->last_max, max);
	hook = READ_ONCE(b->on_alloc);
	if (hook)
		hook(b);
	if (atomic_dec_if_positive(&b->force) >= 0) {
		id = b->forced;
		if (id < ST_IDS)
			st_pool_take(&st_pools[b->space], id, id);
	} else {
		id = st_pool_take(&st_pools[b->space], min, max);
	}
	atomic_dec(&b->inside);
	return id;
}

static void st_pair_free(ioasid_t id, void *data)
{
	void (*hook)(struct st_backend *b, ioasid_t id);
	struct st_backend *b = data;

	if (!st_is_alive(b))
		return;

	atomic_inc(&b->inside);
	WRITE_ONCE(b->last_free, id);
	hook = READ_ONCE(b->on_free);
	if (hook)
		hook(b, id);
	if (!st_pool_give(&st_pools[b->space], id))
		atomic_inc(&b->bad_frees);
	atomic_inc(&b->frees);
	atomic_dec(&b->inside);
}

static ioasid_t st_pair2_alloc(ioasid_t min, ioasid_t max, void *data)
{
	return st_pair_alloc(min, max, data);
}

static void st_pair2_free(ioasid_t id, void *data)
{
	st_pair_free(id, data);
}

/* What stands in buried ops, should the core still look at them. */
static ioasid_t st_late_alloc(ioasid_t min, ioasid_t max, void *data)
{
	atomic_inc(&st_late_calls);
	return INVALID_IOASID;
}

static void st_late_free(ioasid_t id, void *data)
{
	atomic_inc(&st_late_calls);
}

/*
 * A new allocator, not registered. Fails the test, and hands out the last one
 * once more, if there are no more.
 */
struct st_backend *st_new(const char *name, enum st_space space)
{
	struct st_backend *b;

	if (CHECK(st_backends_used < ST_BACKENDS))
		st_backends_used++;
	b = &st_backends[st_backends_used - 1];
	memset(b, 0, sizeof(*b));
	b->space = space;
	b->last_free = INVALID_IOASID;
	st_revive(b);
	b->ops.name = name;
	return b;
}

/* Fill the ops in, after st_bury() again. The name and the flags are lost. */
void st_revive(struct st_backend *b)
{
	memset(&b->ops, 0, sizeof(b->ops));
	b->ops.alloc = b->space == ST_PAIR2 ? st_pair2_alloc : st_pair_alloc;
	b->ops.free = b->space == ST_PAIR2 ? st_pair2_free : st_pair_free;
	b->ops.space = b->space == ST_KEY ? &st_pools[ST_KEY] : NULL;
	b->ops.pdata = b;
	WRITE_ONCE(b->magic, ST_ALIVE);
}

/*
 * After unregistration: the provider's memory is gone. Counters stay readable;
 * any further callback fails the test.
 */
void st_bury(struct st_backend *b)
{
	WRITE_ONCE(b->magic, 0);
	memset(&b->ops, 0, sizeof(b->ops));
	b->ops.alloc = st_late_alloc;
	b->ops.free = st_late_free;
}

/* The next @times allocs of @b return @id. */
void st_force(struct st_backend *b, ioasid_t id, unsigned int times)
{
	b->forced = id;
	atomic_set(&b->force, times);
}

/* Before each test: no allocators, no numbers out. */
void st_backends_reset(void)
{
	unsigned int i;

	for (i = 0; i < ST_SPACES; i++) {
		spin_lock_init(&st_pools[i].lock);
		st_pools[i].next = 0;
		bitmap_zero(st_pools[i].out, ST_IDS);
	}
	st_backends_used = 0;
	atomic_set(&st_late_calls, 0);
}

/* After a test, so that cleaning up is not disturbed by what it set up. */
void st_backends_calm(void)
{
	unsigned int i;

	for (i = 0; i < st_backends_used; i++) {
		WRITE_ONCE(st_backends[i].on_alloc, NULL);
		WRITE_ONCE(st_backends[i].on_free, NULL);
		atomic_set(&st_backends[i].force, 0);
	}
}

/* Return: how many were still registered. */
unsigned int st_backends_unregister(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < st_backends_used; i++) {
		if (!st_unregister(&st_backends[i]))
			n++;
	}
	return n;
}

/* What must hold after each test. */
void st_backends_check(void)
{
	unsigned int i;

	CHECK(!atomic_read(&st_late_calls));
	for (i = 0; i < st_backends_used; i++) {
		CHECK(!atomic_read(&st_backends[i].bad_frees));
		CHECK(!atomic_read(&st_backends[i].inside));
	}
}

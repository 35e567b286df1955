/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of ioasid_selftest share. */
#ifndef IOASID_SELFTEST_H
#define IOASID_SELFTEST_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/ioasid.h>
#include <linux/module.h>
#include <linux/spinlock.h>

/**
 * struct st_test - a test
 * @rule: the rule of the design that it checks
 * @name: its name
 * @fn: runs it; it has failed if a CHECK() has
 */
struct st_test {
	const char *rule;
	const char *name;
	void (*fn)(void);
};

/* Each file's table, with an empty last entry. */
extern const struct st_test st_register_tests[];
extern const struct st_test st_unregister_tests[];
extern const struct st_test st_alloc_tests[];
extern const struct st_test st_fault_tests[];
extern const struct st_test st_table_tests[];
extern const struct st_test st_switch_tests[];
extern const struct st_test st_context_tests[];
extern const struct st_test st_sleep_tests[];
extern const struct st_test st_race_tests[];

/*
 * Does @expr hold? The first CHECK() of a test that does not is what the test
 * reports. Works in any context; the value is for tests that cannot go on.
 */
#define CHECK(expr)	st_check(!!(expr), __FILE__, __LINE__, #expr)

bool st_check(bool ok, const char *file, int line, const char *expr);
bool st_failed(void);

/* Two sets; IDs of the tests are in the first unless the test is about sets. */
extern struct ioasid_set st_set;
extern struct ioasid_set st_other_set;

extern unsigned int st_race_seconds;

/* Largest ID of the core under test. */
extern ioasid_t st_id_max;

/* Numbers that the backends know: 0 to ST_IDS - 1. */
#define ST_IDS		4096
#define ST_BACKENDS	6

/**
 * enum st_space - by what the allocators of the tests share a space
 * @ST_PAIR: callbacks, as with the original API
 * @ST_PAIR2: other callbacks
 * @ST_KEY: an explicit key; the callbacks are those of @ST_PAIR
 * @ST_SPACES: how many there are
 */
enum st_space { ST_PAIR, ST_PAIR2, ST_KEY, ST_SPACES };

/**
 * struct st_pool - the numbers of one space, as its device would keep them
 * @lock: protects all the rest; any context, with interrupts off, a leaf
 * @next: where to look for a free one first
 * @out: numbers that are out
 */
struct st_pool {
	spinlock_t lock;	/* all the rest */
	ioasid_t next;
	DECLARE_BITMAP(out, ST_IDS);
};

extern struct st_pool st_pools[ST_SPACES];

/**
 * struct st_backend - an allocator of the tests
 * @ops: what it registers; pdata is this structure
 * @magic: ST_ALIVE until st_bury()
 * @space: which one it is of
 * @allocs: calls of alloc()
 * @frees: calls of free()
 * @bad_frees: those for a number that was not out
 * @inside: callbacks running now
 * @last_min: argument of the last alloc()
 * @last_max: argument of the last alloc()
 * @last_free: argument of the last free()
 * @force: how many of the next allocs return
 * @forced: this number, whatever was asked for
 * @on_alloc: called by alloc() first, if set
 * @on_free: called by free() first, while the number is still out, if set
 */
struct st_backend {
	struct ioasid_allocator_ops ops;
	unsigned int magic;
	enum st_space space;
	atomic_t allocs;
	atomic_t frees;
	atomic_t bad_frees;
	atomic_t inside;
	ioasid_t last_min;
	ioasid_t last_max;
	ioasid_t last_free;
	atomic_t force;
	ioasid_t forced;
	void (*on_alloc)(struct st_backend *b);
	void (*on_free)(struct st_backend *b, ioasid_t id);
};

/* backend.c */
struct st_backend *st_new(const char *name, enum st_space space);
void st_bury(struct st_backend *b);
void st_revive(struct st_backend *b);
void st_force(struct st_backend *b, ioasid_t id, unsigned int times);
unsigned int st_out(enum st_space space);
void st_pool_reset(enum st_space space);
void st_backends_reset(void);
void st_backends_calm(void);
unsigned int st_backends_unregister(void);
void st_backends_check(void);

static inline int st_register(struct st_backend *b)
{
	return ioasid_register_allocator(&b->ops);
}

static inline int st_unregister(struct st_backend *b)
{
	return ioasid_unregister_allocator(&b->ops);
}

static inline int st_allocs(struct st_backend *b)
{
	return atomic_read(&b->allocs);
}

static inline int st_frees(struct st_backend *b)
{
	return atomic_read(&b->frees);
}

/**
 * enum st_context - where to call the core from
 * @ST_IRQS_OFF: process context with interrupts off
 * @ST_SOFTIRQ: a tasklet
 * @ST_HARDIRQ: an interrupt handler
 * @ST_RCU: an RCU callback
 */
enum st_context { ST_IRQS_OFF, ST_SOFTIRQ, ST_HARDIRQ, ST_RCU };

/* context.c */
void st_in(enum st_context context, void (*fn)(void));

/* ids.c */
int st_alloc(ioasid_t *id);
int st_alloc_at(ioasid_t id);
int st_find_err(ioasid_t id);
bool st_serves(struct st_backend *b);
bool st_is_free(ioasid_t id);
unsigned int st_sweep(void);
bool st_idle(void);
ioasid_t st_find_id_max(void);

/* Wait, not for ever, until @cond holds. */
#define st_wait(cond)							\
({									\
	int __tries = 5000;						\
									\
	while (!(cond) && --__tries)					\
		usleep_range(1000, 1100);				\
	__tries;							\
})

#endif /* IOASID_SELFTEST_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Simulated allocators and consumers: what the files of ioasid_sim share. */
#ifndef IOASID_SIM_H
#define IOASID_SIM_H

#include <linux/atomic.h>
#include <linux/configfs.h>
#include <linux/interrupt.h>
#include <linux/ioasid.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/xarray.h>

/* Default ranges: all numbers of a PASID but 0. */
#define SIM_MIN	1
#define SIM_MAX	((1U << 20) - 1)

#define SIM_GROUP_LEN	64
/* Longest delays, in ms: of an allocator that sleeps, and of one that spins. */
#define SIM_DELAY_MAX	60000
#define SIM_SPIN_MAX	50

struct sim_pool;

/**
 * struct sim_allocator - a simulated allocator
 * @item: its directory
 * @lock: protects the configuration, @live and @pool; outside of the core's
 *	locks; never taken by the callbacks, which run between registration and
 *	unregistration only, when the configuration is frozen
 * @ops: what the core gets; @pdata is this structure
 * @pool: backend, while @live
 * @live: registered, as far as we know: an administrator can unregister, too
 * @group: name of the pool; empty: name of the item
 * @min: smallest number of this backend
 * @max: largest number of this backend
 * @sleeps: 1 for IOASID_ALLOCATOR_SLEEPS
 * @standby: 1 for IOASID_ALLOCATOR_STANDBY
 * @delay_ms: how long each callback takes
 * @fail_count: how many of the next allocations fail
 * @duplicate_count: how many of the next ones return a number that is out
 * @out_of_range_count: how many of the next ones return one out of range
 * @allocs: numbers handed out, duplicates not counted
 * @frees: numbers taken back
 * @bad_frees: calls of free() for a number that was not out
 */
struct sim_allocator {
	struct config_item item;
	struct mutex lock;	/* configuration, @live, @pool */
	struct ioasid_allocator_ops ops;
	struct sim_pool *pool;
	bool live;
	char group[SIM_GROUP_LEN];
	unsigned int min;
	unsigned int max;
	unsigned int sleeps;
	unsigned int standby;
	unsigned int delay_ms;
	atomic_t fail_count;
	atomic_t duplicate_count;
	atomic_t out_of_range_count;
	atomic_long_t allocs;
	atomic_long_t frees;
	atomic_long_t bad_frees;
};

/* So few, because a callback may take 50 ms, and all of it with interrupts off. */
#define SIM_BATCH	16

enum sim_context { SIM_PROCESS, SIM_SOFTIRQ, SIM_HARDIRQ };

enum sim_op { SIM_ALLOC, SIM_FREE, SIM_GET, SIM_PUT, SIM_FIND, SIM_SET_DATA };

/**
 * struct sim_consumer - a simulated driver
 * @item: its directory
 * @lock: protects all the rest; outside of the core's locks. Held while the
 *	interrupt handlers below work on @op to @errs, so they need no other
 * @set: what its IDs belong to
 * @context: where it calls the core from
 * @min: smallest ID to ask for
 * @max: largest ID to ask for
 * @data: a number for the private data: what alloc and set_data give to an ID,
 *	and what find must find
 * @frees_on_drain: lets go of everything when it is told of a drain
 * @drains: how many drains it was told of
 * @notifier: tells it
 * @held: ID to value, see SIM_OWNED
 * @tasklet: the way to softirq
 * @irq: the way to hardirq
 * @op: what to do with
 * @count: so many
 * @ids: IDs
 * @errs: result of each
 */
struct sim_consumer {
	struct config_item item;
	struct mutex lock;	/* all the rest */
	struct ioasid_set *set;
	enum sim_context context;
	unsigned int min;
	unsigned int max;
	unsigned int data;
	unsigned int frees_on_drain;
	unsigned int drains;
	struct notifier_block notifier;
	struct xarray held;
	struct tasklet_struct tasklet;
	struct irq_work irq;
	enum sim_op op;
	unsigned int count;
	ioasid_t ids[SIM_BATCH];
	int errs[SIM_BATCH];
};

/* backend.c */
struct sim_pool *sim_pool_get(const char *group);
void sim_pool_put(struct sim_pool *pool);
void sim_pools_free(void);
unsigned long sim_pool_in_use(const char *group);
ioasid_t sim_alloc(ioasid_t min, ioasid_t max, void *data);
void sim_free(ioasid_t ioasid, void *data);

/* driver.c */
struct ioasid_set *sim_set_get(const char *name);
void sim_sets_free(void);
int sim_run(struct sim_consumer *c);
int sim_run_all(struct sim_consumer *c, enum sim_op op);
int sim_allocate(struct sim_consumer *c, unsigned int n);
int sim_consumer_init(struct sim_consumer *c);
void sim_consumer_exit(struct sim_consumer *c);

/* allocator.c, consumer.c: the directories */
extern const struct config_item_type sim_allocators_type;
extern const struct config_item_type sim_consumers_type;

#endif /* IOASID_SIM_H */

// SPDX-License-Identifier: GPL-2.0-only
/* An allocator as one was written for Linux 5.5 to 6.3: no name, no owner. */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/ioasid.h>
#include <linux/module.h>

#define POOL_FIRST 4096
#define POOL_SIZE 64

struct pool {
	spinlock_t lock;	/* protects used */
	DECLARE_BITMAP(used, POOL_SIZE);
};

static struct pool pool = {
	.lock = __SPIN_LOCK_UNLOCKED(pool.lock),
};

static ioasid_t pool_alloc(ioasid_t min, ioasid_t max, void *data)
{
	struct pool *p = data;
	ioasid_t id = INVALID_IOASID;
	unsigned long flags;
	unsigned int bit;

	spin_lock_irqsave(&p->lock, flags);
	for_each_clear_bit(bit, p->used, POOL_SIZE) {
		if (POOL_FIRST + bit < min || POOL_FIRST + bit > max)
			continue;
		set_bit(bit, p->used);
		id = POOL_FIRST + bit;
		break;
	}
	spin_unlock_irqrestore(&p->lock, flags);
	return id;
}

static void pool_free(ioasid_t ioasid, void *data)
{
	struct pool *p = data;
	unsigned long flags;

	spin_lock_irqsave(&p->lock, flags);
	clear_bit(ioasid - POOL_FIRST, p->used);
	spin_unlock_irqrestore(&p->lock, flags);
}

static struct ioasid_allocator_ops pool_ops = {
	.alloc = pool_alloc,
	.free = pool_free,
	.pdata = &pool,
};

static int __init original_allocator_init(void)
{
	return ioasid_register_allocator(&pool_ops);
}

/* Time to look at a module that is going away. */
static unsigned int exit_delay_ms;
module_param(exit_delay_ms, uint, 0444);

static void __exit original_allocator_exit(void)
{
	msleep(exit_delay_ms);
	ioasid_unregister_allocator(&pool_ops);
}

module_init(original_allocator_init);
module_exit(original_allocator_exit);
MODULE_DESCRIPTION("Allocator written to the API of Linux 5.5 to 6.3");
MODULE_LICENSE("GPL");

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * I/O address space IDs (PCIe PASIDs): in-kernel interface of ioasid_core.
 *
 * The source-level interface is that of the allocator which Linux carried as
 * drivers/iommu/ioasid.c from 5.5 to 6.3. Code written against it builds
 * unchanged when this file is included first, in place of the kernel's own:
 *
 *	ccflags-y += -include <kmod>/include/linux/ioasid.h -I<kmod>/include
 *
 * That is why the include guard below is the kernel header's: on kernels that
 * still have one, net/genetlink.h would pull it in behind our back.
 */
#ifndef __LINUX_IOASID_H
#define __LINUX_IOASID_H

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/types.h>

struct module;
struct notifier_block;

/*
 * Kernels with CONFIG_IOASID export the plain names from vmlinux, and a module
 * must not export them a second time. There, and only there, ours get a prefix.
 */
#if IS_ENABLED(CONFIG_IOASID)
#define ioasid_alloc			ioasid_core_alloc
#define ioasid_free			ioasid_core_free
#define ioasid_find			ioasid_core_find
#define ioasid_set_data			ioasid_core_set_data
#define ioasid_unregister_allocator	ioasid_core_unregister_allocator
#endif

/** define INVALID_IOASID - the number that is no IOASID */
#define INVALID_IOASID ((ioasid_t)-1)

/** typedef ioasid_t - an I/O address space ID; PCIe limits a PASID to 20 bits */
typedef unsigned int ioasid_t;

/**
 * typedef ioasid_alloc_fn_t - hand out one ID
 * @min: smallest acceptable ID, inclusive
 * @max: largest acceptable ID, inclusive; never below @min nor above the
 *	capacity of the core (2^id_bits - 1)
 * @data: &ioasid_allocator_ops.pdata of the operating allocator
 *
 * The core keeps the ID until it is freed or given back; the backend must not
 * return it again before its free() has been called for it.
 *
 * Context: That of the caller of ioasid_alloc_gfp(): the core holds no lock and
 * has not disabled interrupts, but the caller may have. Must not sleep unless
 * the allocator has %IOASID_ALLOCATOR_SLEEPS. Several calls may run at the same
 * time. May call ioasid_find(); ioasid_alloc(), ioasid_free(), ioasid_put() and
 * the registration functions fail with -EDEADLK from here.
 * Return: an ID in [@min, @max], or %INVALID_IOASID if none can be had.
 */
typedef ioasid_t (*ioasid_alloc_fn_t)(ioasid_t min, ioasid_t max, void *data);

/**
 * typedef ioasid_free_fn_t - take one ID back
 * @ioasid: an ID that alloc() of this space returned
 * @data: &ioasid_allocator_ops.pdata of the operating allocator
 *
 * Called exactly once for each ID that alloc() returned, except for a
 * duplicate (the number was still in use) and for IDs that became orphans when
 * the last allocator of the space was unregistered. The core has forgotten the
 * ID before the call: ioasid_find() says -ENOENT.
 *
 * Context: As for alloc(); with %IOASID_ALLOCATOR_SLEEPS always a context that
 * may sleep, a workqueue if need be.
 */
typedef void (*ioasid_free_fn_t)(ioasid_t ioasid, void *data);

/**
 * struct ioasid_set - the consumer-side group that an ID belongs to
 * @name: shown to administrators; copied by the core at the first allocation
 * @module: name of the module that declared the set, or NULL
 *
 * Its address is the set's identity. Declare one with DECLARE_IOASID_SET().
 */
struct ioasid_set {
	const char *name;
	const char *module;
};

/**
 * DECLARE_IOASID_SET - define a set
 * @_name: name of the variable, and of the set
 */
#define DECLARE_IOASID_SET(_name) \
	struct ioasid_set _name = { .name = #_name, .module = KBUILD_MODNAME }

/**
 * define IOASID_ALLOCATOR_STANDBY - register although IDs are outstanding
 *
 * Where registration would fail with -EAGAIN because the default allocator has
 * handed out IDs, register inactive; an administrator can switch later.
 */
#define IOASID_ALLOCATOR_STANDBY	BIT(0)

/**
 * define IOASID_ALLOCATOR_SLEEPS - alloc() and free() may sleep
 *
 * An allocation that may not sleep then fails with -EAGAIN, and ioasid_free()
 * reaches free() through a workqueue.
 */
#define IOASID_ALLOCATOR_SLEEPS		BIT(1)

/**
 * struct ioasid_allocator_ops - a custom allocator
 * @alloc: hands out an ID, see &ioasid_alloc_fn_t
 * @free: takes an ID back, see &ioasid_free_fn_t
 * @list: not used; kept for code that initialises it
 * @pdata: passed to both callbacks
 * @name: up to 31 printable characters, unique; NULL: the core
 *	makes one from the module's name
 * @owner: module that provides the callbacks; NULL: the one that registers
 * @flags: %IOASID_ALLOCATOR_STANDBY, %IOASID_ALLOCATOR_SLEEPS
 * @space: allocators with the same non-NULL key share one ID space; without a
 *	key those do that have the same @alloc and @free
 *
 * Must stay valid and unchanged from registration to the return of
 * ioasid_unregister_allocator().
 */
struct ioasid_allocator_ops {
	ioasid_alloc_fn_t alloc;
	ioasid_free_fn_t free;
	struct list_head list;
	void *pdata;
	const char *name;
	struct module *owner;
	unsigned int flags;
	const void *space;
};

/**
 * enum ioasid_notify - what the notifier chain tells consumers
 * @IOASID_NOTIFY_DRAIN: an administrator waits for all IDs of the active space
 *	to be freed, and no new ones are handed out. Let go of what can be done
 *	without: stop taking work, unbind idle devices
 * @IOASID_NOTIFY_RESUME: the wait is over; IDs can be had again
 *
 * Both come in pairs, but a drain that ends before consumers could be told of it
 * is not told. The data is the name of the operating allocator.
 */
enum ioasid_notify {
	IOASID_NOTIFY_DRAIN,
	IOASID_NOTIFY_RESUME,
};

int __ioasid_register_allocator(struct ioasid_allocator_ops *ops,
				struct module *owner, const char *modname);

/**
 * ioasid_register_allocator - register a custom allocator
 * @ops: the allocator
 *
 * See __ioasid_register_allocator(), to which it adds the calling module.
 */
#define ioasid_register_allocator(ops) \
	__ioasid_register_allocator(ops, THIS_MODULE, KBUILD_MODNAME)

int ioasid_unregister_allocator(struct ioasid_allocator_ops *ops);
int ioasid_switch_allocator(const char *name);
int ioasid_register_notifier(struct notifier_block *nb);
int ioasid_unregister_notifier(struct notifier_block *nb);

ioasid_t ioasid_alloc(struct ioasid_set *set, ioasid_t min, ioasid_t max,
		      void *private);
int ioasid_alloc_gfp(struct ioasid_set *set, ioasid_t min, ioasid_t max,
		     void *private, gfp_t gfp, ioasid_t *id);
int ioasid_free(ioasid_t ioasid);
int ioasid_get(ioasid_t ioasid);
int ioasid_put(ioasid_t ioasid);
void *ioasid_find(struct ioasid_set *set, ioasid_t ioasid,
		  bool (*getter)(void *));
int ioasid_set_data(ioasid_t ioasid, void *data);
int ioasid_exchange_data(ioasid_t ioasid, void *data, void **old);

/**
 * pasid_valid - is this the number of an IOASID?
 * @ioasid: any number
 *
 * Return: false for %INVALID_IOASID, else true; says nothing about whether the
 * ID is in use.
 */
static inline bool pasid_valid(ioasid_t ioasid)
{
	return ioasid != INVALID_IOASID;
}

#endif /* __LINUX_IOASID_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules R-UNR: unregistration, as providers do it. What administrators do
 * (R-UNR-6, the refusal of R-UNR-4) goes through netlink and is tested from
 * there.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "selftest.h"

static void never_registered(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);

	CHECK(st_unregister(a) == -ENOENT);
}

/* The original took the first sharer away instead. */
static void never_registered_sharer(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(st_unregister(b) == -ENOENT);
	CHECK(!ioasid_free(id));
	CHECK(a->last_free == id);
	CHECK(!st_unregister(a));
}

static void unregistered_twice(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_unregister(a));
	CHECK(st_unregister(a) == -ENOENT);
	CHECK(!st_unregister(b));
	CHECK(st_unregister(b) == -ENOENT);
	CHECK(st_unregister(a) == -ENOENT);
}

/* The original went on with the private data of the one that had gone. */
static void first_sharer_leaves(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);
	ioasid_t old, new;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_alloc(&old));
	CHECK(st_allocs(a) == 1);
	CHECK(!st_unregister(a));
	st_bury(a);

	CHECK(ioasid_find(&st_set, old, NULL) == &st_set);
	CHECK(!st_alloc(&new));
	CHECK(st_allocs(b) == 1);
	CHECK(!ioasid_free(old));
	CHECK(b->last_free == old);
	CHECK(!ioasid_free(new));
	CHECK(b->last_free == new);
	CHECK(!st_frees(a));
	CHECK(!st_unregister(b));
}

static void other_sharers_leave(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);
	struct st_backend *c = st_new("st-c", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_register(c));
	CHECK(!st_alloc(&id));
	CHECK(!st_unregister(b));
	st_bury(b);
	CHECK(!st_unregister(c));
	st_bury(c);
	CHECK(!ioasid_free(id));
	CHECK(st_allocs(a) == 1 && st_frees(a) == 1);
	CHECK(!st_unregister(a));
}

/* After the operating one the next in the order of registration operates. */
static void operating_sharer_leaves(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);
	struct st_backend *c = st_new("st-c", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_register(c));
	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(!st_alloc(&id));
	CHECK(st_allocs(b) == 1);
	CHECK(!st_unregister(b));
	st_bury(b);
	CHECK(!ioasid_free(id));
	CHECK(c->last_free == id);
	CHECK(!st_frees(a));
	CHECK(!st_unregister(c));
	CHECK(!st_unregister(a));
}

/* The earliest remaining space follows, and at last the default one. */
static void earliest_space_follows(void)
{
	struct st_backend *a = st_new("st-a", ST_KEY);
	struct st_backend *b = st_new("st-b", ST_PAIR2);
	struct st_backend *c = st_new("st-c", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_register(c));
	CHECK(!st_unregister(a));
	CHECK(!st_alloc(&id));
	CHECK(st_allocs(b) == 1);
	CHECK(!ioasid_free(id));

	/* One of an inactive space changes nothing. */
	CHECK(!st_register(a));
	CHECK(!st_unregister(c));
	CHECK(!st_alloc(&id));
	CHECK(st_allocs(b) == 2);
	CHECK(!ioasid_free(id));

	CHECK(!st_unregister(b));
	CHECK(!st_alloc(&id));
	CHECK(st_allocs(a) == 1);
	CHECK(!ioasid_free(id));
	CHECK(!st_unregister(a));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_free(id));
	CHECK(st_allocs(a) == 1);
}

static void orphans(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!st_unregister(a));
	st_bury(a);

	/* Its owner still uses it, the default allocator must not. */
	CHECK(ioasid_find(&st_set, id, NULL) == &st_set);
	CHECK(ioasid_find(&st_other_set, id, NULL) == ERR_PTR(-EACCES));
	CHECK(st_alloc_at(id) == -ENOSPC);
	CHECK(!ioasid_get(id));
	CHECK(!ioasid_put(id));
	CHECK(!ioasid_free(id));
	CHECK(st_find_err(id) == -ENOENT);
	CHECK(ioasid_free(id) == -ENOENT);
	CHECK(!st_frees(a));
	CHECK(st_is_free(id));
}

/* Of a whole range in use as orphans the default allocator issues none. */
static void orphans_not_reissued(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;
	int i;

	CHECK(!st_register(a));
	for (i = 100; i < 108; i++)
		CHECK(!st_alloc_at(i));
	CHECK(!st_unregister(a));
	st_bury(a);
	CHECK(ioasid_alloc_gfp(&st_set, 100, 107, NULL, GFP_KERNEL, &id) ==
	      -ENOSPC);
	CHECK(!ioasid_alloc_gfp(&st_set, 100, 108, NULL, GFP_KERNEL, &id));
	CHECK(id == 108);
	CHECK(!ioasid_free(id));
	for (i = 100; i < 108; i++)
		CHECK(!ioasid_free(i));
	CHECK(!st_frees(a));
}

/* Orphans do not keep the next allocator from registering. */
static void orphans_block_nobody(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR2);
	ioasid_t id, other;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!st_unregister(a));
	CHECK(!st_register(b));
	st_pools[ST_PAIR2].next = id + 1;
	CHECK(!st_alloc(&other));
	CHECK(st_allocs(b) == 1);
	CHECK(!ioasid_free(other));
	CHECK(!ioasid_free(id));
	CHECK(st_frees(b) == 1 && b->last_free == other);
	CHECK(!st_unregister(b));
}

static void no_callback_after(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t ids[8];
	unsigned int i;

	CHECK(!st_register(a));
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		CHECK(!st_alloc(&ids[i]));
	CHECK(!ioasid_get(ids[0]));
	CHECK(!ioasid_free(ids[0]));
	CHECK(!st_unregister(a));
	st_bury(a);
	CHECK(!ioasid_put(ids[0]));
	for (i = 1; i < ARRAY_SIZE(ids); i++)
		CHECK(!ioasid_free(ids[i]));
	CHECK(!st_frees(a));
}

/* First ID out: one reference; last one back: none. Registration: none. */
static void module_pinned(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	int refs = module_refcount(THIS_MODULE);
	ioasid_t one, two;

	CHECK(!st_alloc(&one));
	CHECK(module_refcount(THIS_MODULE) == refs);
	CHECK(!ioasid_free(one));

	CHECK(!st_register(a));
	CHECK(module_refcount(THIS_MODULE) == refs);
	CHECK(!st_alloc(&one));
	CHECK(module_refcount(THIS_MODULE) == refs + 1);
	CHECK(!st_alloc(&two));
	CHECK(module_refcount(THIS_MODULE) == refs + 1);
	CHECK(!ioasid_free(one));
	CHECK(module_refcount(THIS_MODULE) == refs + 1);
	CHECK(!ioasid_get(two));
	CHECK(!ioasid_free(two));
	CHECK(module_refcount(THIS_MODULE) == refs + 1);
	CHECK(!ioasid_put(two));
	CHECK(module_refcount(THIS_MODULE) == refs);

	/* A refused allocation leaves no reference. */
	st_force(a, INVALID_IOASID, 1);
	CHECK(st_alloc(&one) == -ENOSPC);
	CHECK(module_refcount(THIS_MODULE) == refs);
	CHECK(!st_unregister(a));
	CHECK(module_refcount(THIS_MODULE) == refs);
}

static void module_pin_follows(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);
	int refs = module_refcount(THIS_MODULE);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(module_refcount(THIS_MODULE) == refs + 1);
	CHECK(!st_unregister(b));
	CHECK(module_refcount(THIS_MODULE) == refs + 1);
	/* Unplugged: nothing left to protect. */
	CHECK(!st_unregister(a));
	CHECK(module_refcount(THIS_MODULE) == refs);
	CHECK(!ioasid_free(id));
	CHECK(module_refcount(THIS_MODULE) == refs);
}

/* A provider that is on its way out takes no more IDs. */
static void module_going(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct module *going;
	ioasid_t id;

	going = kzalloc(sizeof(*going), GFP_KERNEL);
	if (!CHECK(going))
		return;
	going->state = MODULE_STATE_GOING;
	strscpy(going->name, "going", sizeof(going->name));
	a->ops.owner = going;
	CHECK(!st_register(a));
	CHECK(st_alloc(&id) == -ENODEV);
	CHECK(id == INVALID_IOASID);
	CHECK(st_allocs(a) == st_frees(a));
	CHECK(!st_out(ST_PAIR));
	CHECK(!st_unregister(a));
	kfree(going);
}

const struct st_test st_unregister_tests[] = {
	{ "R-UNR-1", "never-registered", never_registered },
	{ "R-UNR-1", "never-registered-sharer", never_registered_sharer },
	{ "R-UNR-1", "unregistered-twice", unregistered_twice },
	{ "R-UNR-2", "first-sharer-leaves", first_sharer_leaves },
	{ "R-UNR-2", "other-sharers-leave", other_sharers_leave },
	{ "R-UNR-2", "operating-sharer-leaves", operating_sharer_leaves },
	{ "R-UNR-3", "earliest-space-follows", earliest_space_follows },
	{ "R-UNR-4", "orphans", orphans },
	{ "R-UNR-4", "orphans-not-reissued", orphans_not_reissued },
	{ "R-UNR-4", "orphans-block-nobody", orphans_block_nobody },
	{ "R-UNR-5", "no-callback-after", no_callback_after },
	{ "R-UNR-7", "module-pinned", module_pinned },
	{ "R-UNR-7", "module-pin-follows", module_pin_follows },
	{ "R-UNR-7", "module-going", module_going },
	{ }
};

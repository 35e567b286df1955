// SPDX-License-Identifier: GPL-2.0-only
/* Rules R-SWI: switching, as in-kernel callers do it. */
#include "selftest.h"

static void unknown_name(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);

	CHECK(ioasid_switch_allocator("st-a") == -ENOENT);
	CHECK(!st_register(a));
	CHECK(ioasid_switch_allocator("st-") == -ENOENT);
	CHECK(ioasid_switch_allocator("st-ab") == -ENOENT);
	CHECK(ioasid_switch_allocator("") == -ENOENT);
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
	CHECK(ioasid_switch_allocator("st-a") == -ENOENT);
}

/* Not refused, although IDs are out: there is nothing to do. */
static void already_operating(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_alloc(&id));
	CHECK(!ioasid_switch_allocator("default"));
	CHECK(!ioasid_free(id));
	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_switch_allocator("st-a"));
	CHECK(!ioasid_free(id));
	CHECK(!st_unregister(a));
}

static void within_space(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);
	ioasid_t old, new;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_alloc(&old));
	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(ioasid_find(&st_set, old, NULL) == &st_set);
	CHECK(!st_alloc(&new));
	CHECK(st_allocs(a) == 1 && st_allocs(b) == 1);
	CHECK(!ioasid_free(old));
	CHECK(!st_frees(a) && b->last_free == old);
	CHECK(!ioasid_switch_allocator("st-a"));
	CHECK(!ioasid_free(new));
	CHECK(a->last_free == new && st_frees(b) == 1);

	/* The first one is gone for good, not in line again. */
	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(!st_unregister(a));
	st_bury(a);
	CHECK(st_serves(b));
	CHECK(!st_unregister(b));
}

static void across_spaces(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR2);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_alloc(&id));
	CHECK(ioasid_switch_allocator("st-b") == -EBUSY);
	CHECK(ioasid_switch_allocator("default") == -EBUSY);
	CHECK(st_serves(a));
	CHECK(!st_allocs(b));
	CHECK(!ioasid_free(id));

	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(st_serves(b));
	CHECK(!ioasid_switch_allocator("default"));
	CHECK(!st_serves(a) && !st_serves(b));
	CHECK(!st_alloc(&id));
	CHECK(ioasid_switch_allocator("st-a") == -EBUSY);
	CHECK(!ioasid_free(id));
	CHECK(!ioasid_switch_allocator("st-a"));
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
	CHECK(!st_unregister(b));
}

/* One that is freed, but referred to, is outstanding. */
static void pending_blocks(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_get(id));
	CHECK(!ioasid_free(id));
	CHECK(ioasid_switch_allocator("default") == -EBUSY);
	CHECK(!ioasid_put(id));
	CHECK(!ioasid_switch_allocator("default"));
	CHECK(!st_unregister(a));
}

static void orphans_do_not_block(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR2);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!st_unregister(a));
	CHECK(!st_register(b));
	CHECK(!ioasid_switch_allocator("default"));
	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(!ioasid_free(id));
	CHECK(!st_frees(b));
	CHECK(!st_unregister(b));
}

/* To one of an inactive space that does not operate there: now it does. */
static void to_second_of_space(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR2);
	struct st_backend *c = st_new("st-c", ST_PAIR2);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_register(c));
	CHECK(!st_alloc(&id));
	CHECK(ioasid_switch_allocator("st-c") == -EBUSY);
	CHECK(!ioasid_free(id));
	CHECK(!ioasid_switch_allocator("st-c"));
	CHECK(st_serves(c));
	CHECK(!st_unregister(c));
	CHECK(st_serves(b));
	CHECK(!st_unregister(b));
	CHECK(!st_unregister(a));
}

const struct st_test st_switch_tests[] = {
	{ "R-SWI-1", "unknown-name", unknown_name },
	{ "R-SWI-1", "already-operating", already_operating },
	{ "R-SWI-1", "within-space", within_space },
	{ "R-SWI-1", "across-spaces", across_spaces },
	{ "R-SWI-1", "pending-blocks", pending_blocks },
	{ "R-SWI-1", "orphans-do-not-block", orphans_do_not_block },
	{ "R-SWI-1", "to-second-of-space", to_second_of_space },
	{ }
};

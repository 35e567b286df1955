// SPDX-License-Identifier: GPL-2.0-only
/* Rules R-FRE, R-FND and R-DAT: IDs in use. */
#include "selftest.h"

static void unknown_ids(void)
{
	const ioasid_t ids[] = { 0, 1, 77, st_id_max, st_id_max + 1,
				 INVALID_IOASID - 1, INVALID_IOASID };
	void *old;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		CHECK(ioasid_free(ids[i]) == -ENOENT);
		CHECK(ioasid_get(ids[i]) == -ENOENT);
		CHECK(ioasid_put(ids[i]) == -ENOENT);
		CHECK(st_find_err(ids[i]) == -ENOENT);
		CHECK(ioasid_set_data(ids[i], &st_set) == -ENOENT);
		CHECK(ioasid_exchange_data(ids[i], &st_set, &old) == -ENOENT);
	}
}

static void freed_twice(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_free(id));
	CHECK(ioasid_free(id) == -ENOENT);
	CHECK(ioasid_put(id) == -ENOENT);
	CHECK(st_frees(a) == 1);
	CHECK(!st_unregister(a));
}

static void pending(void)
{
	CHECK(!st_alloc_at(9));
	CHECK(!ioasid_get(9));
	CHECK(!ioasid_free(9));
	CHECK(st_find_err(9) == -ENOENT);
	CHECK(ioasid_get(9) == -ENOENT);
	CHECK(ioasid_free(9) == -EALREADY);
	CHECK(st_alloc_at(9) == -ENOSPC);
	CHECK(!ioasid_put(9));
	CHECK(ioasid_put(9) == -ENOENT);
	CHECK(st_is_free(9));
}

/* The backend hears of it when the last reference goes, not before. */
static void pending_custom(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;
	int i;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	for (i = 0; i < 3; i++)
		CHECK(!ioasid_get(id));
	CHECK(!ioasid_put(id));
	CHECK(!ioasid_free(id));
	CHECK(!ioasid_put(id));
	CHECK(!st_frees(a));
	CHECK(ioasid_free(id) == -EALREADY);
	CHECK(!st_frees(a));
	CHECK(!ioasid_put(id));
	CHECK(st_frees(a) == 1 && a->last_free == id);
	CHECK(ioasid_put(id) == -ENOENT);
	CHECK(!st_unregister(a));
}

/* The allocation's own reference is dropped by ioasid_free() alone. */
static void put_too_often(void)
{
	ioasid_t id;

	CHECK(!st_alloc(&id));
	CHECK(ioasid_put(id) == -EINVAL);
	CHECK(!ioasid_get(id));
	CHECK(!ioasid_put(id));
	CHECK(ioasid_put(id) == -EINVAL);
	CHECK(ioasid_find(&st_set, id, NULL) == &st_set);
	CHECK(!ioasid_free(id));
	CHECK(st_find_err(id) == -ENOENT);
}

static void st_look_up_freed(struct st_backend *b, ioasid_t id)
{
	CHECK(st_find_err(id) == -ENOENT);
	CHECK(ioasid_set_data(id, NULL) == -ENOENT);
}

/* The original looked its ID up under the lock that free() was called with. */
static void free_looks_up(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	a->on_free = st_look_up_freed;
	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_free(id));
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_get(id));
	CHECK(!ioasid_free(id));
	CHECK(!ioasid_put(id));
	CHECK(st_frees(a) == 2);
	CHECK(!st_unregister(a));
}

static void freed_exactly_once(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;
	int i;

	CHECK(!st_register(a));
	for (i = 1; i <= 500; i++)
		CHECK(!st_alloc_at(i));
	CHECK(st_out(ST_PAIR) == 500);
	for (id = 1; id <= 500; id += 2)
		CHECK(!ioasid_free(id));
	CHECK(st_frees(a) == 250);
	for (id = 500; id >= 2; id -= 2)
		CHECK(!ioasid_free(id));
	CHECK(st_allocs(a) == 500 && st_frees(a) == 500);
	CHECK(!st_out(ST_PAIR));
	CHECK(!st_unregister(a));
}

/* Even where the same device is back under the same name. */
static void orphan_freed(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id, held;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!st_alloc(&held));
	CHECK(!ioasid_get(held));
	CHECK(!st_unregister(a));
	CHECK(!st_register(a));
	CHECK(!ioasid_free(id));
	CHECK(st_find_err(id) == -ENOENT);
	CHECK(ioasid_free(id) == -ENOENT);

	CHECK(!ioasid_free(held));
	CHECK(st_find_err(held) == -ENOENT);
	CHECK(ioasid_free(held) == -EALREADY);
	CHECK(!ioasid_put(held));
	CHECK(ioasid_put(held) == -ENOENT);
	CHECK(!st_frees(a));
	CHECK(!st_unregister(a));
	CHECK(st_is_free(id));
	CHECK(st_is_free(held));
}

/* Freed, not yet put, and then the device goes. */
static void pending_orphan(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_alloc_at(9));
	CHECK(!ioasid_get(9));
	CHECK(!ioasid_free(9));
	CHECK(!st_unregister(a));
	st_bury(a);
	CHECK(st_find_err(9) == -ENOENT);
	CHECK(st_alloc_at(9) == -ENOSPC);
	CHECK(ioasid_free(9) == -EALREADY);
	CHECK(!ioasid_put(9));
	CHECK(!st_frees(a));
	CHECK(st_is_free(9));
}

static int st_getter_calls;
static void *st_getter_arg;

static bool st_getter_yes(void *private)
{
	st_getter_calls++;
	st_getter_arg = private;
	return true;
}

static bool st_getter_no(void *private)
{
	st_getter_calls++;
	return false;
}

static void find_results(void)
{
	ioasid_t id;

	CHECK(!st_alloc(&id));
	st_getter_calls = 0;
	CHECK(ioasid_find(&st_set, id, NULL) == &st_set);
	CHECK(ioasid_find(&st_set, id, st_getter_yes) == &st_set);
	CHECK(st_getter_calls == 1 && st_getter_arg == &st_set);
	CHECK(!ioasid_find(&st_set, id, st_getter_no));
	CHECK(st_getter_calls == 2);
	CHECK(ioasid_find(&st_other_set, id, st_getter_yes) ==
	      ERR_PTR(-EACCES));
	CHECK(st_getter_calls == 2);
	/* As in the original: no set, no check. */
	CHECK(ioasid_find(NULL, id, NULL) == &st_set);
	/* Data are not looked into, whatever they look like. */
	CHECK(!ioasid_set_data(id, ERR_PTR(-ENOENT)));
	CHECK(ioasid_find(&st_other_set, id, NULL) == ERR_PTR(-EACCES));
	CHECK(ioasid_find(&st_set, id, st_getter_yes) == ERR_PTR(-ENOENT));
	CHECK(st_getter_calls == 3);
	CHECK(!ioasid_set_data(id, &st_set));
	CHECK(!ioasid_free(id));
	CHECK(ioasid_find(&st_set, id, st_getter_yes) == ERR_PTR(-ENOENT));
	CHECK(st_getter_calls == 3);
}

/* The original called the getter with NULL. */
static void find_without_data(void)
{
	ioasid_t id;

	CHECK(!ioasid_alloc_gfp(&st_set, 1, 100, NULL, GFP_KERNEL, &id));
	st_getter_calls = 0;
	CHECK(!ioasid_find(&st_set, id, st_getter_yes));
	CHECK(!st_getter_calls);
	CHECK(!ioasid_set_data(id, &st_set));
	CHECK(ioasid_find(&st_set, id, st_getter_yes) == &st_set);
	CHECK(!ioasid_set_data(id, NULL));
	CHECK(!ioasid_find(&st_set, id, st_getter_yes));
	CHECK(st_getter_calls == 1);
	CHECK(!ioasid_free(id));
}

static ioasid_t st_getter_id;

/* All of this would wait for ever for a lock held around the getter. */
static bool st_getter_busy(void *private)
{
	CHECK(ioasid_find(&st_set, st_getter_id, NULL) == private);
	CHECK(!ioasid_set_data(st_getter_id, private));
	CHECK(!ioasid_get(st_getter_id));
	CHECK(!ioasid_put(st_getter_id));
	return true;
}

static void find_holds_no_lock(void)
{
	CHECK(!st_alloc(&st_getter_id));
	CHECK(ioasid_find(&st_set, st_getter_id, st_getter_busy) == &st_set);
	CHECK(!ioasid_free(st_getter_id));
}

static void data_exchanged(void)
{
	int one, two;
	void *old;
	ioasid_t id;

	CHECK(!ioasid_alloc_gfp(&st_set, 1, 100, &one, GFP_KERNEL, &id));
	CHECK(!ioasid_set_data(id, &two));
	CHECK(ioasid_find(&st_set, id, NULL) == &two);
	CHECK(!ioasid_exchange_data(id, &one, &old));
	CHECK(old == &two);
	CHECK(!ioasid_exchange_data(id, NULL, &old));
	CHECK(old == &one);
	CHECK(!ioasid_exchange_data(id, &two, &old));
	CHECK(!old);
	CHECK(ioasid_find(&st_set, id, NULL) == &two);
	CHECK(!ioasid_free(id));
}

const struct st_test st_table_tests[] = {
	{ "R-FRE-1", "unknown-ids", unknown_ids },
	{ "R-FRE-1", "freed-twice", freed_twice },
	{ "R-FRE-1", "pending", pending },
	{ "R-FRE-1", "pending-custom", pending_custom },
	{ "R-FRE-1", "put-too-often", put_too_often },
	{ "R-FRE-2", "free-looks-up", free_looks_up },
	{ "R-FRE-3", "freed-exactly-once", freed_exactly_once },
	{ "R-FRE-4", "orphan-freed", orphan_freed },
	{ "R-FRE-4", "pending-orphan", pending_orphan },
	{ "R-FND-1", "find-results", find_results },
	{ "R-FND-1", "find-without-data", find_without_data },
	{ "R-FND-2", "find-holds-no-lock", find_holds_no_lock },
	{ "R-DAT-1", "data-exchanged", data_exchanged },
	{ }
};

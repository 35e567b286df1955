// SPDX-License-Identifier: GPL-2.0-only
/* Rules R-REG: registration. */
#include <linux/string.h>

#include "selftest.h"

static void bad_arguments(void)
{
	struct st_backend *b = st_new("st-b", ST_PAIR);

	CHECK(ioasid_register_allocator(NULL) == -EINVAL);

	b->ops.alloc = NULL;
	CHECK(st_register(b) == -EINVAL);
	st_revive(b);
	b->ops.free = NULL;
	CHECK(st_register(b) == -EINVAL);
	CHECK(st_unregister(b) == -ENOENT);
}

static void bad_names(void)
{
	static const char * const names[] = {
		"12345678901234567890123456789012",	/* 32 */
		"new\nline", "tab\t", "del\x7f",
	};
	struct st_backend *b = st_new(NULL, ST_PAIR);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		b->ops.name = names[i];
		CHECK(st_register(b) == -EINVAL);
		CHECK(st_unregister(b) == -ENOENT);
	}
	b->ops.name = "1234567890123456789012345678901";	/* 31 */
	CHECK(!st_register(b));
	CHECK(!st_unregister(b));
}

static void name_in_use(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-a", ST_PAIR2);

	CHECK(!st_register(a));
	CHECK(st_register(b) == -EEXIST);
	CHECK(st_unregister(b) == -ENOENT);
	b->ops.name = "default";
	CHECK(st_register(b) == -EEXIST);
	CHECK(st_unregister(b) == -ENOENT);
	CHECK(st_serves(a));

	/* A name is free again when its allocator is gone. */
	CHECK(!st_unregister(a));
	b->ops.name = "st-a";
	CHECK(!st_register(b));
	CHECK(!st_unregister(b));
}

static void names_made(void)
{
	struct st_backend *a = st_new(NULL, ST_PAIR);
	struct st_backend *b = st_new(NULL, ST_PAIR);
	struct st_backend *c = st_new(NULL, ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_register(c));
	CHECK(!ioasid_switch_allocator("ioasid_selftest-3"));
	CHECK(st_serves(c));
	CHECK(!ioasid_switch_allocator("ioasid_selftest-2"));
	CHECK(st_serves(b));
	CHECK(!ioasid_switch_allocator("ioasid_selftest"));
	CHECK(st_serves(a));
	CHECK(!st_unregister(b));
	CHECK(ioasid_switch_allocator("ioasid_selftest-2") == -ENOENT);
	CHECK(!st_unregister(a));
	CHECK(!st_unregister(c));
}

static void name_made_beside_chosen(void)
{
	struct st_backend *a = st_new("ioasid_selftest", ST_PAIR);
	struct st_backend *b = st_new(NULL, ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!ioasid_switch_allocator("ioasid_selftest-2"));
	CHECK(st_serves(b));
	CHECK(!st_unregister(a));
	CHECK(!st_unregister(b));
}

/* The original linked the same list head in twice. */
static void registered_twice(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);

	CHECK(!st_register(a));
	CHECK(st_register(a) == -EEXIST);
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
	CHECK(st_unregister(a) == -ENOENT);
	CHECK(!st_serves(a));
}

static void registered_twice_unnamed(void)
{
	struct st_backend *a = st_new(NULL, ST_PAIR);

	CHECK(!st_register(a));
	CHECK(st_register(a) == -EEXIST);
	CHECK(ioasid_switch_allocator("ioasid_selftest-2") == -ENOENT);
	CHECK(!st_unregister(a));
}

/* The original looked at the first sharer only. */
static void second_sharer_twice(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);
	struct st_backend *c = st_new("st-c", ST_PAIR2);
	struct st_backend *d = st_new("st-d", ST_PAIR2);

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_register(c));
	CHECK(!st_register(d));
	CHECK(st_register(b) == -EEXIST);
	CHECK(st_register(d) == -EEXIST);
	CHECK(!st_unregister(b));
	CHECK(st_unregister(b) == -ENOENT);
	CHECK(!st_unregister(d));
	CHECK(st_unregister(d) == -ENOENT);
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
	CHECK(st_serves(c));
	CHECK(!st_unregister(c));
}

static void registered_again(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	int i;

	for (i = 0; i < 3; i++) {
		CHECK(!st_register(a));
		CHECK(st_serves(a));
		CHECK(!st_unregister(a));
		CHECK(!st_serves(a));
	}
	CHECK(st_frees(a) == 3);
}

static void sharer_joins_last(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);
	struct st_backend *c = st_new("st-c", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!st_register(b));
	CHECK(!st_register(c));
	CHECK(ioasid_find(&st_set, id, NULL) == &st_set);
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
	CHECK(st_serves(b));
	CHECK(!st_unregister(b));
	CHECK(st_serves(c));
	CHECK(!ioasid_free(id));
	CHECK(c->last_free == id);
	CHECK(!st_unregister(c));
}

static void key_shares(void)
{
	struct st_backend *a = st_new("st-a", ST_KEY);
	struct st_backend *b = st_new("st-b", ST_KEY);
	ioasid_t id;

	b->ops.alloc = st_new(NULL, ST_PAIR2)->ops.alloc;
	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	CHECK(!st_register(b));
	CHECK(!st_unregister(a));
	CHECK(!ioasid_free(id));
	CHECK(b->last_free == id);
	CHECK(!st_unregister(b));
}

/* The same callbacks, but with a key: not the space of those without. */
static void key_separates(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_KEY);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	CHECK(!st_alloc(&id));
	CHECK(ioasid_switch_allocator("st-b") == -EBUSY);
	CHECK(!ioasid_free(id));
	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(st_serves(b));
	CHECK(!st_unregister(a));
	CHECK(!st_unregister(b));
}

static void first_becomes_active(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR2);

	CHECK(!st_register(a));
	CHECK(st_serves(a));
	/* A custom space is active: registered, inactive. */
	CHECK(!st_register(b));
	CHECK(st_serves(a));
	CHECK(!st_allocs(b));
	CHECK(!st_unregister(b));
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
}

static void default_ids_out(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_alloc(&id));
	CHECK(st_register(a) == -EAGAIN);
	CHECK(st_unregister(a) == -ENOENT);
	CHECK(ioasid_switch_allocator("st-a") == -ENOENT);
	CHECK(!st_serves(a));
	CHECK(!ioasid_free(id));
	CHECK(!st_register(a));
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
}

static void standby(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	a->ops.flags = IOASID_ALLOCATOR_STANDBY;
	CHECK(!st_alloc(&id));
	CHECK(!st_register(a));
	CHECK(!st_serves(a));
	CHECK(ioasid_switch_allocator("st-a") == -EBUSY);
	CHECK(!ioasid_free(id));
	CHECK(!st_allocs(a) && !st_frees(a));
	CHECK(!ioasid_switch_allocator("st-a"));
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));

	/* Where nothing is in the way the flag changes nothing. */
	CHECK(!st_register(a));
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
}

/* A refused allocator can be freed at once. */
static void failure_leaves_nothing(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_alloc(&id));
	CHECK(st_register(a) == -EAGAIN);
	st_bury(a);
	CHECK(!ioasid_free(id));

	st_revive(a);
	a->ops.name = "st-a";
	CHECK(!st_register(a));
	CHECK(st_register(b) == -EEXIST);
	st_bury(b);
	CHECK(st_serves(a));
	CHECK(!st_unregister(a));
	st_bury(a);
	CHECK(!st_alloc(&id));
	CHECK(!ioasid_free(id));
}

const struct st_test st_register_tests[] = {
	{ "R-REG-1", "bad-arguments", bad_arguments },
	{ "R-REG-1", "bad-names", bad_names },
	{ "R-REG-1", "name-in-use", name_in_use },
	{ "R-REG-1", "names-made", names_made },
	{ "R-REG-1", "name-made-beside-chosen", name_made_beside_chosen },
	{ "R-REG-2", "registered-twice", registered_twice },
	{ "R-REG-2", "registered-twice-unnamed", registered_twice_unnamed },
	{ "R-REG-2", "second-sharer-twice", second_sharer_twice },
	{ "R-REG-2", "registered-again", registered_again },
	{ "R-REG-3", "sharer-joins-last", sharer_joins_last },
	{ "R-REG-3", "key-shares", key_shares },
	{ "R-REG-3", "key-separates", key_separates },
	{ "R-REG-4", "first-becomes-active", first_becomes_active },
	{ "R-REG-4", "default-ids-out", default_ids_out },
	{ "R-REG-4", "standby", standby },
	{ "R-REG-5", "failure-leaves-nothing", failure_leaves_nothing },
	{ }
};

// SPDX-License-Identifier: GPL-2.0-only
/* Rules R-ALL-4 and 6: backends that return what they must not. */
#include "selftest.h"

/* What allocating an ID from 1 to 100 is refused with. */
static int st_refusal(void)
{
	ioasid_t id = 7;
	int err;

	err = ioasid_alloc_gfp(&st_set, 1, 100, &st_other_set, GFP_KERNEL,
			       &id);
	if (err)
		CHECK(id == INVALID_IOASID);
	else
		CHECK(!ioasid_free(id));
	return err;
}

/* The live one stays, and its number is not given back. */
static void duplicate(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!ioasid_alloc_gfp(&st_set, 1, 100, &st_set, GFP_KERNEL, &id));
	st_force(a, id, 2);
	CHECK(st_refusal() == -EIO);
	CHECK(st_refusal() == -EIO);
	CHECK(!st_frees(a));
	CHECK(ioasid_find(&st_set, id, NULL) == &st_set);
	CHECK(!ioasid_free(id));
	CHECK(st_frees(a) == 1);
	CHECK(!st_out(ST_PAIR));
	CHECK(!st_unregister(a));
}

/* A duplicate even where the range would refuse it, too. */
static void duplicate_out_of_range(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_alloc_at(200));
	st_force(a, 200, 1);
	CHECK(st_refusal() < 0);
	CHECK(!st_frees(a));
	CHECK(ioasid_find(&st_set, 200, NULL) == &st_set);
	CHECK(!ioasid_free(200));
	CHECK(st_frees(a) == 1);
	CHECK(!st_unregister(a));
}

static void duplicate_of_pending(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!ioasid_alloc_gfp(&st_set, 1, 100, &st_set, GFP_KERNEL, &id));
	CHECK(!ioasid_get(id));
	CHECK(!ioasid_free(id));
	st_force(a, id, 1);
	CHECK(st_refusal() == -EIO);
	CHECK(!st_frees(a));
	CHECK(!ioasid_put(id));
	CHECK(st_frees(a) == 1);
	CHECK(!st_unregister(a));
}

/* Given back once each: above, below, beyond the capacity. */
static void out_of_range(void)
{
	const ioasid_t bad[] = { 101, 0, 4000, st_id_max, st_id_max + 1,
				 INVALID_IOASID - 1 };
	struct st_backend *a = st_new("st-a", ST_PAIR);
	unsigned int i;

	CHECK(!st_register(a));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		st_force(a, bad[i], 1);
		CHECK(st_refusal() == -ERANGE);
		CHECK(st_frees(a) == i + 1);
		CHECK(a->last_free == bad[i]);
		CHECK(st_find_err(bad[i]) == -ENOENT);
	}
	CHECK(!st_out(ST_PAIR));
	CHECK(!st_refusal());
	CHECK(!st_unregister(a));
}

/* The new device hands out what the unplugged one had: given back. */
static void orphans_number(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_alloc_at(50));
	CHECK(!st_unregister(a));
	st_bury(a);
	st_pool_reset(ST_PAIR);

	CHECK(!st_register(b));
	st_force(b, 50, 1);
	CHECK(st_refusal() == -EIO);
	CHECK(st_allocs(b) == 1 && st_frees(b) == 1);
	CHECK(b->last_free == 50);
	CHECK(ioasid_find(&st_set, 50, NULL) == &st_set);
	CHECK(!st_out(ST_PAIR));

	/* Its owner's late free is none of the new device's business. */
	CHECK(!ioasid_free(50));
	CHECK(st_frees(b) == 1);
	CHECK(!st_alloc_at(50));
	CHECK(!ioasid_free(50));
	CHECK(st_frees(b) == 2);
	CHECK(!st_unregister(b));
}

static void st_cause_faults(struct st_backend *b, int n)
{
	st_force(b, 200, n);
	while (n--)
		CHECK(st_refusal() == -ERANGE);
}

static void faulty_after_16(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	st_cause_faults(a, 16);

	/* It works again, but nobody asks it. */
	CHECK(st_refusal() == -EIO);
	CHECK(st_refusal() == -EIO);
	CHECK(st_allocs(a) == 17);
	/* What it handed out can be used and freed. */
	CHECK(ioasid_find(&st_set, id, NULL) == &st_set);
	CHECK(!ioasid_free(id));
	CHECK(a->last_free == id);
	CHECK(st_frees(a) == 17);

	CHECK(!st_unregister(a));
	CHECK(!st_register(a));
	CHECK(!st_refusal());
	CHECK(!st_unregister(a));
}

static void faults_not_in_a_row(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	int i;

	CHECK(!st_register(a));
	for (i = 0; i < 3; i++) {
		st_cause_faults(a, 15);
		CHECK(!st_refusal());
	}
	CHECK(!st_unregister(a));
}

static void duplicates_count(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;
	int i;

	CHECK(!st_register(a));
	CHECK(!st_alloc(&id));
	st_force(a, id, 16);
	for (i = 0; i < 17; i++)
		CHECK(st_refusal() == -EIO);
	CHECK(st_allocs(a) == 17);
	CHECK(!st_frees(a));
	CHECK(!ioasid_free(id));
	CHECK(!st_unregister(a));
}

/* Only the faulty one: a sharer that takes over works. */
static void sharer_not_faulty(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	struct st_backend *b = st_new("st-b", ST_PAIR);

	CHECK(!st_register(a));
	CHECK(!st_register(b));
	st_cause_faults(a, 16);
	CHECK(st_refusal() == -EIO);
	CHECK(!ioasid_switch_allocator("st-b"));
	CHECK(!st_refusal());
	CHECK(st_allocs(b) == 1);
	CHECK(!ioasid_switch_allocator("st-a"));
	CHECK(st_refusal() == -EIO);
	CHECK(!st_unregister(a));
	CHECK(!st_refusal());
	CHECK(!st_unregister(b));
}

const struct st_test st_fault_tests[] = {
	{ "R-ALL-4", "duplicate", duplicate },
	{ "R-ALL-4", "duplicate-out-of-range", duplicate_out_of_range },
	{ "R-ALL-4", "duplicate-of-pending", duplicate_of_pending },
	{ "R-ALL-4", "out-of-range", out_of_range },
	{ "R-ALL-4", "orphans-number", orphans_number },
	{ "R-ALL-6", "faulty-after-16", faulty_after_16 },
	{ "R-ALL-6", "faults-not-in-a-row", faults_not_in_a_row },
	{ "R-ALL-6", "duplicates-count", duplicates_count },
	{ "R-ALL-6", "sharer-not-faulty", sharer_not_faulty },
	{ }
};

// SPDX-License-Identifier: GPL-2.0-only
/* Rules R-ALL-1, 2, 3 and 5: allocation where nobody is at fault. */
#include "selftest.h"

/* What an allocation of [@min, @max] is refused with; 0 if it is not. */
static int st_refusal(ioasid_t min, ioasid_t max)
{
	ioasid_t id = 7;
	int err;

	err = ioasid_alloc_gfp(&st_set, min, max, NULL, GFP_KERNEL, &id);
	if (err)
		CHECK(id == INVALID_IOASID);
	else
		CHECK(!ioasid_free(id));
	return err;
}

static void st_bad_ranges(void)
{
	CHECK(st_refusal(2, 1) == -EINVAL);
	CHECK(st_refusal(st_id_max, 0) == -EINVAL);
	CHECK(st_refusal(1, INVALID_IOASID) == -EINVAL);
	CHECK(st_refusal(INVALID_IOASID, INVALID_IOASID) == -EINVAL);
	CHECK(st_refusal(st_id_max + 1, st_id_max + 1) == -ERANGE);
	CHECK(st_refusal(st_id_max + 1, INVALID_IOASID - 1) == -ERANGE);
	CHECK(ioasid_alloc(&st_set, 2, 1, NULL) == INVALID_IOASID);
	CHECK(ioasid_alloc(&st_set, 1, INVALID_IOASID, NULL) ==
	      INVALID_IOASID);
	CHECK(ioasid_alloc(&st_set, st_id_max + 1, st_id_max + 1, NULL) ==
	      INVALID_IOASID);
}

/* The original handed 0xffffffff out, which nobody can tell from an error. */
static void bad_ranges_default(void)
{
	st_bad_ranges();
}

static void bad_ranges_custom(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);

	CHECK(!st_register(a));
	st_bad_ranges();
	CHECK(!st_allocs(a) && !st_frees(a));
	CHECK(!st_unregister(a));
}

/* The backend never hears of numbers beyond the capacity. */
static void max_clamped(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	CHECK(!ioasid_alloc_gfp(&st_set, 5, INVALID_IOASID - 1, NULL,
				GFP_KERNEL, &id));
	CHECK(id >= 5 && id <= st_id_max);
	CHECK(a->last_min == 5);
	CHECK(a->last_max == st_id_max);
	CHECK(!ioasid_free(id));
	CHECK(!st_unregister(a));
}

static void largest_id(void)
{
	ioasid_t id;

	CHECK(!ioasid_alloc_gfp(&st_set, st_id_max, INVALID_IOASID - 1,
				&st_set, GFP_KERNEL, &id));
	CHECK(id == st_id_max);
	CHECK(ioasid_find(&st_set, id, NULL) == &st_set);
	CHECK(st_refusal(st_id_max, st_id_max) == -ENOSPC);
	CHECK(!ioasid_free(id));
}

/* In range, found with its data, and with a single reference. */
static void st_one_id(void)
{
	ioasid_t id = INVALID_IOASID;

	CHECK(!ioasid_alloc_gfp(&st_set, 1000, 1010, &st_other_set,
				GFP_KERNEL, &id));
	CHECK(id >= 1000 && id <= 1010);
	CHECK(ioasid_find(&st_set, id, NULL) == &st_other_set);
	CHECK(ioasid_put(id) == -EINVAL);
	CHECK(!ioasid_free(id));
	CHECK(st_find_err(id) == -ENOENT);

	id = ioasid_alloc(&st_set, 1000, 1000, &st_other_set);
	CHECK(id == 1000);
	CHECK(ioasid_find(&st_set, id, NULL) == &st_other_set);
	CHECK(!ioasid_free(id));
}

static void one_id_default(void)
{
	st_one_id();
}

static void one_id_custom(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);

	CHECK(!st_register(a));
	st_one_id();
	CHECK(st_allocs(a) == 2 && st_frees(a) == 2);
	CHECK(a->last_min == 1000 && a->last_max == 1000);
	CHECK(!st_out(ST_PAIR));
	CHECK(!st_unregister(a));
}

static void ids_differ(void)
{
	DECLARE_BITMAP(seen, 64);
	unsigned int i, n = 0;
	ioasid_t id;

	bitmap_zero(seen, 64);
	for (i = 0; i < 64; i++) {
		if (!CHECK(!ioasid_alloc_gfp(&st_set, 64, 127, NULL,
					     GFP_KERNEL, &id)))
			break;
		if (CHECK(id >= 64 && id <= 127))
			n += !test_and_set_bit(id - 64, seen);
	}
	CHECK(n == 64);
	CHECK(st_refusal(64, 127) == -ENOSPC);
	for (i = 64; i < 128; i++)
		CHECK(!ioasid_free(i));
}

static void range_full(void)
{
	CHECK(!st_alloc_at(5));
	CHECK(st_refusal(5, 5) == -ENOSPC);
	CHECK(ioasid_alloc(&st_set, 5, 5, NULL) == INVALID_IOASID);
	CHECK(!ioasid_free(5));
	CHECK(!st_refusal(5, 5));
}

/* A backend that has none is not at fault, however often it says so. */
static void backend_full(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	int i;

	CHECK(!st_register(a));
	st_force(a, INVALID_IOASID, 40);
	for (i = 0; i < 40; i++)
		CHECK(st_refusal(1, 100) == -ENOSPC);
	CHECK(!st_refusal(1, 100));
	CHECK(st_allocs(a) == 41);
	CHECK(st_frees(a) == 1);
	CHECK(!st_unregister(a));
}

/* The original call knows one error, and never sleeps. */
static void errors_mapped(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	ioasid_t id;

	CHECK(!st_register(a));
	st_force(a, INVALID_IOASID, 1);
	CHECK(ioasid_alloc(&st_set, 1, 100, NULL) == INVALID_IOASID);
	st_force(a, 200, 1);
	CHECK(ioasid_alloc(&st_set, 1, 100, NULL) == INVALID_IOASID);
	id = ioasid_alloc(&st_set, 1, 100, NULL);
	CHECK(pasid_valid(id));
	st_force(a, id, 1);
	CHECK(ioasid_alloc(&st_set, 1, 100, NULL) == INVALID_IOASID);
	CHECK(!ioasid_free(id));
	CHECK(!st_unregister(a));

	a = st_new("st-b", ST_PAIR);
	a->ops.flags = IOASID_ALLOCATOR_SLEEPS;
	CHECK(!st_register(a));
	CHECK(ioasid_alloc(&st_set, 1, 100, NULL) == INVALID_IOASID);
	CHECK(!st_allocs(a));
	CHECK(!st_unregister(a));
}

/* Small, so that it is full now and then. */
#define ST_FEW		200

static u32 st_random(u32 *state, u32 below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

/* Against a bitmap that says the same the slow way. */
static void smallest_free(void)
{
	struct st_backend *a = st_new("st-a", ST_PAIR);
	DECLARE_BITMAP(used, ST_FEW) = {};
	ioasid_t id, min, max, want;
	u32 i, state = 1;

	/* Orphans are in the way of the built-in allocator, too. */
	CHECK(!st_register(a));
	for (id = 3; id < ST_FEW; id += 1 + st_random(&state, 40)) {
		CHECK(!st_alloc_at(id));
		__set_bit(id, used);
	}
	CHECK(!st_unregister(a));

	for (i = 0; i < 50000 && !st_failed(); i++) {
		/* Mostly full, then mostly empty, and so on. */
		if (st_random(&state, 16) < (i / 1000 % 2 ? 6 : 10)) {
			min = st_random(&state, 3) ? 1 : st_random(&state, ST_FEW);
			max = st_random(&state, 3) ? ST_FEW - 1 :
				      min + st_random(&state, ST_FEW - min);
			want = find_next_zero_bit(used, max + 1, min);
			if (want > max) {
				CHECK(ioasid_alloc_gfp(&st_set, min, max, NULL,
						       GFP_KERNEL, &id) == -ENOSPC);
				continue;
			}
			CHECK(!ioasid_alloc_gfp(&st_set, min, max, NULL,
						GFP_KERNEL, &id));
			CHECK(id == want);
			__set_bit(want, used);
		} else {
			id = st_random(&state, ST_FEW);
			CHECK(ioasid_free(id) == (test_bit(id, used) ? 0 : -ENOENT));
			__clear_bit(id, used);
		}
		cond_resched();
	}
	for_each_set_bit(id, used, ST_FEW)
		CHECK(!ioasid_free(id));
}

const struct st_test st_alloc_tests[] = {
	{ "R-ALL-1", "bad-ranges-default", bad_ranges_default },
	{ "R-ALL-1", "bad-ranges-custom", bad_ranges_custom },
	{ "R-ALL-1", "max-clamped", max_clamped },
	{ "R-ALL-1", "largest-id", largest_id },
	{ "R-ALL-2", "one-id-default", one_id_default },
	{ "R-ALL-2", "one-id-custom", one_id_custom },
	{ "R-ALL-2", "ids-differ", ids_differ },
	{ "R-ALL-2", "smallest-free", smallest_free },
	{ "R-ALL-3", "range-full", range_full },
	{ "R-ALL-3", "backend-full", backend_full },
	{ "R-ALL-5", "errors-mapped", errors_mapped },
	{ }
};

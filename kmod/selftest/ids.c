// SPDX-License-Identifier: GPL-2.0-only
/* IDs of the tests, and whether the core is idle. */
#include "selftest.h"

DECLARE_IOASID_SET(st_set);
DECLARE_IOASID_SET(st_other_set);

/* Any ID that the backends of the tests know. */
int st_alloc(ioasid_t *id)
{
	return ioasid_alloc_gfp(&st_set, 1, ST_IDS - 1, &st_set, GFP_KERNEL,
				id);
}

int st_alloc_at(ioasid_t id)
{
	ioasid_t got;

	return ioasid_alloc_gfp(&st_set, id, id, &st_set, GFP_KERNEL, &got);
}

int st_find_err(ioasid_t id)
{
	return PTR_ERR_OR_ZERO(ioasid_find(&st_set, id, NULL));
}

/* Does the next allocation come from @b? */
bool st_serves(struct st_backend *b)
{
	int before = st_allocs(b);
	ioasid_t id;

	if (st_alloc(&id))
		return false;
	ioasid_free(id);
	return st_allocs(b) == before + 1;
}

/*
 * Can the active allocator issue @id? Only with the default one: those of the
 * tests have books of their own.
 */
bool st_is_free(ioasid_t id)
{
	return !st_alloc_at(id) && !ioasid_free(id);
}

/* Free @id whatever state it is in. Return: was there anything to do? */
static bool st_sweep_id(ioasid_t id)
{
	bool found = !ioasid_free(id);
	int tries;

	/* References that were left make the ID pending: drop them. */
	for (tries = 0; tries < 64 && !ioasid_put(id); tries++)
		found = true;
	return found;
}

/*
 * Free what a test left behind, of the IDs that the tests use: those of the
 * backends, and the largest ones. Return: how many.
 */
unsigned int st_sweep(void)
{
	unsigned int n = 0;
	ioasid_t id;

	for (id = 0; id < ST_IDS; id++)
		n += st_sweep_id(id);
	for (id = st_id_max - 15; id <= st_id_max; id++)
		n += st_sweep_id(id);
	return n;
}

/*
 * An allocator that registers on an idle core becomes active and gets the next
 * allocation. Not so if another one is active, nor if the default one has IDs
 * out. A standby one becomes active when ours goes: so do it twice.
 */
static bool st_idle_once(void)
{
	struct st_backend *b;
	ioasid_t id;
	bool ours;

	st_backends_reset();
	b = st_new(NULL, ST_KEY);
	if (st_register(b))
		return false;
	if (!st_alloc(&id))
		ioasid_free(id);
	ours = st_allocs(b);
	st_unregister(b);
	return ours;
}

bool st_idle(void)
{
	if (!st_idle_once())
		return false;
	if (st_idle_once())
		return true;
	/* That is what was active before. */
	ioasid_switch_allocator("default");
	return false;
}

/*
 * Only beyond the largest ID is the smallest one asked for refused with -ERANGE.
 * Return: INVALID_IOASID if there is no such limit.
 */
ioasid_t st_find_id_max(void)
{
	unsigned int bits;
	ioasid_t id;

	for (bits = 1; bits < 32; bits++) {
		int err = ioasid_alloc_gfp(&st_set, 1U << bits, 1U << bits,
					   NULL, GFP_KERNEL, &id);

		if (err == -ERANGE)
			return (1U << bits) - 1;
		if (!err)
			ioasid_free(id);
	}
	return INVALID_IOASID;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator that Linux 5.5 to 6.3 had built in. Kbuild leaves out the header of
 * this project for this file: <linux/ioasid.h> is the kernel's own.
 */
#include <linux/err.h>
#include <linux/ioasid.h>

#include "bench.h"

static DECLARE_IOASID_SET(bench);

static long builtin_alloc(u32 max)
{
	ioasid_t id = ioasid_alloc(&bench, 1, max, &bench);

	return id == INVALID_IOASID ? -ENOSPC : id;
}

static void builtin_free(u32 id)
{
	ioasid_free(id);
}

static bool builtin_find(u32 id)
{
	return ioasid_find(&bench, id, NULL) == &bench;
}

static ioasid_t builtin_backend_alloc(ioasid_t min, ioasid_t max, void *data)
{
	long id = bench_backend_alloc(min, max);

	return id < 0 ? INVALID_IOASID : id;
}

static void builtin_backend_free(ioasid_t id, void *data)
{
	bench_backend_free(id);
}

static struct ioasid_allocator_ops builtin_ops = {
	.alloc = builtin_backend_alloc,
	.free = builtin_backend_free,
};

static int builtin_open(void)
{
	return ioasid_register_allocator(&builtin_ops);
}

static void builtin_close(void)
{
	ioasid_unregister_allocator(&builtin_ops);
}

const struct bench_target bench_builtin = {
	.name = "builtin",
	.alloc = builtin_alloc,
	.free = builtin_free,
	.find = builtin_find,
};

const struct bench_target bench_builtin_custom = {
	.name = "builtin-custom",
	.open = builtin_open,
	.close = builtin_close,
	.alloc = builtin_alloc,
	.free = builtin_free,
	.find = builtin_find,
};

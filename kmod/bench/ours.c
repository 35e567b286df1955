// SPDX-License-Identifier: GPL-2.0-only
/* The allocator of this project, its own table and with a custom allocator. */
#include <linux/err.h>
#include <linux/ioasid.h>
#include <linux/module.h>

#include "bench.h"

static DECLARE_IOASID_SET(bench);

static long ours_alloc(u32 max)
{
	ioasid_t id = ioasid_alloc(&bench, 1, max, &bench);

	return pasid_valid(id) ? id : -ENOSPC;
}

static void ours_free(u32 id)
{
	ioasid_free(id);
}

static bool ours_find(u32 id)
{
	return ioasid_find(&bench, id, NULL) == &bench;
}

static ioasid_t ours_backend_alloc(ioasid_t min, ioasid_t max, void *data)
{
	long id = bench_backend_alloc(min, max);

	return id < 0 ? INVALID_IOASID : id;
}

static void ours_backend_free(ioasid_t id, void *data)
{
	bench_backend_free(id);
}

static struct ioasid_allocator_ops ours_ops = {
	.alloc = ours_backend_alloc,
	.free = ours_backend_free,
	.name = "bench",
};

static int ours_open(void)
{
	return ioasid_register_allocator(&ours_ops);
}

static void ours_close(void)
{
	ioasid_unregister_allocator(&ours_ops);
}

const struct bench_target bench_ours = {
	.name = "ours",
	.alloc = ours_alloc,
	.free = ours_free,
	.find = ours_find,
};

const struct bench_target bench_ours_custom = {
	.name = "ours-custom",
	.open = ours_open,
	.close = ours_close,
	.alloc = ours_alloc,
	.free = ours_free,
	.find = ours_find,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What no allocator on top of them can beat: an IDA, which keeps one bit of a number,
 * and an XArray, which keeps a pointer. And the backend of custom allocators, an IDA.
 */
#include <linux/idr.h>
#include <linux/xarray.h>

#include "bench.h"

static DEFINE_IDA(ida);
static DEFINE_IDA(backend);
static DEFINE_XARRAY_ALLOC1(xarray);

static long ida_target_alloc(u32 max)
{
	return ida_alloc_range(&ida, 1, max, GFP_ATOMIC);
}

static void ida_target_free(u32 id)
{
	ida_free(&ida, id);
}

const struct bench_target bench_ida = {
	.name = "ida",
	.alloc = ida_target_alloc,
	.free = ida_target_free,
};

static long xarray_alloc(u32 max)
{
	u32 id;
	int err;

	err = xa_alloc(&xarray, &id, &xarray, XA_LIMIT(1, max), GFP_ATOMIC);
	return err ? err : id;
}

static void xarray_free(u32 id)
{
	xa_erase(&xarray, id);
}

static bool xarray_find(u32 id)
{
	return xa_load(&xarray, id) == &xarray;
}

const struct bench_target bench_xarray = {
	.name = "xarray",
	.alloc = xarray_alloc,
	.free = xarray_free,
	.find = xarray_find,
};

long bench_backend_alloc(u32 min, u32 max)
{
	return ida_alloc_range(&backend, min, max, GFP_ATOMIC);
}

void bench_backend_free(u32 id)
{
	ida_free(&backend, id);
}

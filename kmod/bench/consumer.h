/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Targets made of the interface that Linux had from 5.5 to 6.3: the allocator as it is,
 * and with a custom one. Included by ours.c and by builtin.c, each after the header of
 * its allocator and with names of its own in BENCH_*, so that both measure the same.
 */
static DECLARE_IOASID_SET(bench);

static long bench_alloc(u32 max)
{
	ioasid_t id = ioasid_alloc(&bench, 1, max, &bench);

	return id == INVALID_IOASID ? -ENOSPC : id;
}

static void bench_free(u32 id)
{
	ioasid_free(id);
}

static bool bench_find(u32 id)
{
	return ioasid_find(&bench, id, NULL) == &bench;
}

static ioasid_t bench_custom_alloc(ioasid_t min, ioasid_t max, void *data)
{
	long id = bench_backend_alloc(min, max);

	return id < 0 ? INVALID_IOASID : id;
}

static void bench_custom_free(ioasid_t id, void *data)
{
	bench_backend_free(id);
}

static struct ioasid_allocator_ops bench_ops = {
	.alloc = bench_custom_alloc,
	.free = bench_custom_free,
};

static int bench_open(void)
{
	return ioasid_register_allocator(&bench_ops);
}

static void bench_close(void)
{
	ioasid_unregister_allocator(&bench_ops);
}

const struct bench_target BENCH_TARGET = {
	.name = BENCH_NAME,
	.alloc = bench_alloc,
	.free = bench_free,
	.find = bench_find,
};

const struct bench_target BENCH_CUSTOM = {
	.name = BENCH_NAME "-custom",
	.open = bench_open,
	.close = bench_close,
	.alloc = bench_alloc,
	.free = bench_free,
	.find = bench_find,
};

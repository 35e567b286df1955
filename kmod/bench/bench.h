/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocators of numbers, all behind the same few calls. */
#ifndef _IOASID_BENCH_H
#define _IOASID_BENCH_H

#include <linux/types.h>

/**
 * struct bench_target - an allocator of numbers
 * @name: how user space calls it
 * @open: makes it ready, 0 or -errno; NULL: it is
 * @close: undoes @open; NULL: nothing to undo
 * @alloc: hands out a number from 1 to @max, or -errno
 * @free: takes it back
 * @find: is it in use? NULL: cannot be looked up
 */
struct bench_target {
	const char *name;
	int (*open)(void);
	void (*close)(void);
	long (*alloc)(u32 max);
	void (*free)(u32 id);
	bool (*find)(u32 id);
};

extern const struct bench_target bench_ours;
extern const struct bench_target bench_ours_custom;
extern const struct bench_target bench_builtin;
extern const struct bench_target bench_builtin_custom;
extern const struct bench_target bench_ida;
extern const struct bench_target bench_xarray;

/* The immediate backend of the custom allocators. */
long bench_backend_alloc(u32 min, u32 max);
void bench_backend_free(u32 id);

/**
 * struct bench_late - interrupts that came late
 * @interrupts: how many came
 * @worst: how late the latest was, in ns
 * @core: the same of those that ioasid_core kept away, in ns
 */
struct bench_late {
	u64 interrupts;
	u64 worst;
	u64 core;
};

int bench_late(u64 interrupts, struct bench_late *late);

#endif /* _IOASID_BENCH_H */

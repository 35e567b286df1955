// SPDX-License-Identifier: GPL-2.0-only
/* The allocator of this project. */
#include <linux/err.h>
#include <linux/ioasid.h>
#include <linux/module.h>

#include "bench.h"

#define BENCH_NAME	"ours"
#define BENCH_TARGET	bench_ours
#define BENCH_CUSTOM	bench_ours_custom
#include "consumer.h"

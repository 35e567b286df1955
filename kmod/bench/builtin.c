// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator that Linux 5.5 to 6.3 had built in. Kbuild leaves out the header of
 * this project for this file: <linux/ioasid.h> is the kernel's own.
 */
#include <linux/err.h>
#include <linux/ioasid.h>

#include "bench.h"

#define BENCH_NAME	"builtin"
#define BENCH_TARGET	bench_builtin
#define BENCH_CUSTOM	bench_builtin_custom
#include "consumer.h"

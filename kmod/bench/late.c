// SPDX-License-Identifier: GPL-2.0-only
/*
 * For how long interrupts are off: as long as the latest of many came too late. One at
 * a time; main.c's lock.
 */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/stacktrace.h>

#include <asm/irq_regs.h>

#include "bench.h"

#define BENCH_PERIOD	(20 * NSEC_PER_USEC)

static struct hrtimer timer;
static DECLARE_COMPLETION(finished);
static u64 expected;	/* interrupts */
static struct bench_late result;

/* ioasid_core: the only module that this one uses. */
static const struct module *core;

/*
 * Was it the core that was interrupted, or what it had called, as to give up a lock?
 * Not told of a lock that the XArray gives up, for memory.
 */
static bool in_core(void)
{
	unsigned long ip = instruction_pointer(get_irq_regs());
	unsigned long entries[32];
	unsigned int i = 0, n;

	n = stack_trace_save(entries, ARRAY_SIZE(entries), 0);
	while (i < n && entries[i] != ip)
		i++;
	return (i < n && within_module(ip, core)) ||
	       (i + 1 < n && within_module(entries[i + 1], core));
}

static enum hrtimer_restart tick(struct hrtimer *t)
{
	u64 late = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(t)));

	result.worst = max(result.worst, late);
	if (late > result.core && in_core())
		result.core = late;
	if (++result.interrupts == expected) {
		complete(&finished);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(t, BENCH_PERIOD);
	return HRTIMER_RESTART;
}

int bench_late(u64 interrupts, struct bench_late *late)
{
	int err = -EINVAL;

	core = list_first_entry(&THIS_MODULE->target_list, struct module_use,
				target_list)->target;
	result = (struct bench_late){ 0 };
	if (interrupts) {
		expected = interrupts;
		reinit_completion(&finished);
		hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
		timer.function = tick;
		hrtimer_start(&timer, BENCH_PERIOD, HRTIMER_MODE_REL_PINNED_HARD);
		err = wait_for_completion_killable(&finished);
		hrtimer_cancel(&timer);
	}
	*late = result;
	return err;
}

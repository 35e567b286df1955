// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures allocators of numbers beside each other. In debugfs, in ioasid_bench, the
 * file run takes one step at a time, and when the write returns shows what it took:
 *
 *	open TARGET MAX		an allocator, with numbers from 1 to MAX
 *	fill			hand out all of them
 *	keep N			take back all but N, at random
 *	find COUNT		look up, at random
 *	churn COUNT		take back one at random, hand out one
 *	worst COUNT		the same, each timed by itself, interrupts off
 *	worst-find COUNT	look up, each timed by itself, interrupts off
 *	mixed COUNT THREADS	churn and look up, each thread with its own numbers
 *	readers COUNT THREADS	look up while one more thread churns
 *	empty			take back the rest
 *	late COUNT		so many interrupts: max is how late one came, which is
 *				for how long they were off, and core the same of those
 *				that were off until the core gave up its lock
 *	close
 *
 * The answer is "ops=N ns=T" and what else a step tells. A number that cannot be had,
 * or found, makes the step fail: what is wrong is not fast. Who waits for a step can
 * be killed.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define BENCH_MAX	((1U << 20) - 1)
#define BENCH_THREADS	8
#define BENCH_PAUSE	1024	/* steps between chances for others to run */

static const struct bench_target *const targets[] = {
	&bench_ours, &bench_ours_custom, &bench_ida, &bench_xarray,
#if IS_ENABLED(CONFIG_IOASID)
	&bench_builtin, &bench_builtin_custom,
#endif
};

/* What is open; its numbers are shuffled. */
static const struct bench_target *target;
static u32 *ids;
static u32 count;
static u32 max;

/* What the last step took. */
static struct {
	u64 ops;
	u64 ns;
	u64 worst;
	u64 core;	/* of those in the core */
	u64 writes;
} result;

static DEFINE_MUTEX(lock);
static struct dentry *dir;

/* --- one step after the other ---------------------------------------------- */

static u32 next_random(u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Now and then others may run; true if whoever waits was killed. */
static bool pause_at(u64 i)
{
	if (i % BENCH_PAUSE)
		return false;
	cond_resched();
	return fatal_signal_pending(current);
}

static int open_target(const char *name, u32 wanted)
{
	const struct bench_target *found = NULL;
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(targets); i++) {
		if (!strcmp(targets[i]->name, name))
			found = targets[i];
	}
	if (target)
		return -EBUSY;
	if (!found)
		return -ENOENT;
	if (!wanted || wanted > BENCH_MAX)
		return -ERANGE;
	ids = vmalloc_array(wanted, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	if (found->open)
		err = found->open();
	if (err) {
		vfree(ids);
		return err;
	}
	target = found;
	count = 0;
	max = wanted;
	return 0;
}

static void shuffle(void)
{
	u32 state = 1, i, at;

	for (i = count; i > 1; i--) {
		at = next_random(&state) % i;
		swap(ids[i - 1], ids[at]);
	}
}

static int fill(void)
{
	long id = 0;

	result.ns = ktime_get_ns();
	while (count < max) {
		id = target->alloc(max);
		if (id < 0)
			break;
		ids[count++] = id;
		pause_at(count);
	}
	result.ns = ktime_get_ns() - result.ns;
	result.ops = count;
	shuffle();
	return id < 0 ? id : 0;
}

static void keep(u32 n)
{
	result.ops = count - min(count, n);
	result.ns = ktime_get_ns();
	while (count > n) {
		if (ids[--count])
			target->free(ids[count]);
		pause_at(count);
	}
	result.ns = ktime_get_ns() - result.ns;
}

static int close_target(void)
{
	if (!target)
		return -ENOENT;
	keep(0);
	if (target->close)
		target->close();
	vfree(ids);
	target = NULL;
	return 0;
}

/* --- steps on numbers that are there ----------------------------------------- */

/* A part of the numbers, and who works on it. */
struct bench_part {
	struct task_struct *task;
	int (*step)(struct bench_part *part, u64 i);
	u32 first;
	u32 n;
	u32 random;
	u64 steps;	/* 0: until the others have ended */
	u64 done;
	u64 worst;	/* cycles */
	int err;
};

static int step_find(struct bench_part *part, u64 i)
{
	u32 at = part->first + next_random(&part->random) % part->n;

	return target->find(READ_ONCE(ids[at])) ? 0 : -ENOENT;
}

static int step_churn(struct bench_part *part, u64 i)
{
	u32 at = part->first + i % part->n;
	long id;

	target->free(ids[at]);
	id = target->alloc(max);
	/* 0 is none: without a new one it is not ours to take back any more. */
	WRITE_ONCE(ids[at], id < 0 ? 0 : id);
	return id < 0 ? id : 0;
}

/* In cycles, since the clock of an emulated machine may be a device that is waited for. */
static int timed(struct bench_part *part, u64 i,
		 int (*step)(struct bench_part *part, u64 i))
{
	unsigned long flags;
	u64 cycles;
	int err;

	local_irq_save(flags);
	cycles = get_cycles();
	err = step(part, i);
	cycles = get_cycles() - cycles;
	local_irq_restore(flags);
	part->worst = max(part->worst, cycles);
	return err;
}

static int step_worst(struct bench_part *part, u64 i)
{
	return timed(part, i, step_churn);
}

static int step_worst_find(struct bench_part *part, u64 i)
{
	return timed(part, i, step_find);
}

/* Two lookups for each number that changes. */
static int step_mixed(struct bench_part *part, u64 i)
{
	int err = step_churn(part, i);

	if (!err && target->find)
		err = step_find(part, i) ?: step_find(part, i);
	return err;
}

/* Enough, for all threads. */
static bool stop;

static void work(struct bench_part *part)
{
	u64 i;

	for (i = 0; !READ_ONCE(stop) && (!part->steps || i < part->steps); i++) {
		part->err = part->step(part, i);
		if (!part->err && pause_at(i))
			part->err = -EINTR;
		if (part->err)
			break;
	}
	part->done = i;
}

static int alone(int (*step)(struct bench_part *part, u64 i), u64 steps)
{
	struct bench_part part = { .step = step, .n = count, .random = 1, .steps = steps };
	u64 cycles = get_cycles();

	result.ns = ktime_get_ns();
	work(&part);
	result.ns = ktime_get_ns() - result.ns;
	result.ops = part.done;
	cycles = get_cycles() - cycles;
	if (cycles)
		result.worst = mul_u64_u64_div_u64(part.worst, result.ns, cycles);
	return part.err;
}

/* --- several threads ------------------------------------------------------------ */

static atomic_t running;
static DECLARE_COMPLETION(finished);

static int thread(void *data)
{
	struct bench_part *part = data;

	work(part);
	if (part->steps && atomic_dec_and_test(&running))
		complete(&finished);
	/* kthread_stop() comes. */
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static void part_init(struct bench_part *part, u32 cpu, u32 first, u32 n, u64 steps,
		      int (*step)(struct bench_part *part, u64 i))
{
	*part = (struct bench_part) {
		.step = step, .first = first, .n = n, .random = cpu + 1, .steps = steps,
	};
	part->task = kthread_create(thread, part, "ioasid_bench/%u", cpu);
	if (!IS_ERR(part->task) && cpu < nr_cpu_ids && cpu_online(cpu))
		kthread_bind(part->task, cpu);
}

/* Starts all, waits for those that have an end, stops the others. */
static int together(struct bench_part *parts, unsigned int n)
{
	unsigned int i;
	int err = 0;

	atomic_set(&running, 0);
	reinit_completion(&finished);
	for (i = 0; i < n; i++) {
		if (IS_ERR(parts[i].task))
			err = PTR_ERR(parts[i].task);
		else if (parts[i].steps)
			atomic_inc(&running);
	}
	if (!err) {
		result.ns = ktime_get_ns();
		for (i = 0; i < n; i++)
			wake_up_process(parts[i].task);
		err = wait_for_completion_killable(&finished);
		result.ns = ktime_get_ns() - result.ns;
	}
	WRITE_ONCE(stop, true);
	for (i = 0; i < n; i++) {
		if (!IS_ERR(parts[i].task))
			kthread_stop(parts[i].task);
	}
	for (i = 0; i < n && !err; i++) {
		if (parts[i].steps)
			result.ops += parts[i].done;
		else
			result.writes += parts[i].done;
		err = parts[i].err;
	}
	return err;
}

static int mixed(u64 steps, u32 threads)
{
	struct bench_part parts[BENCH_THREADS];
	u32 i, n = count / threads;

	for (i = 0; i < threads; i++)
		part_init(&parts[i], i, i * n, n, steps, step_mixed);
	return together(parts, threads);
}

/* The writer has the first half of the numbers, the readers have the other. */
static int readers(u64 steps, u32 threads)
{
	struct bench_part parts[BENCH_THREADS + 1];
	u32 i, half = count / 2;

	part_init(&parts[0], 0, 0, half, 0, step_churn);
	for (i = 1; i <= threads; i++)
		part_init(&parts[i], i, half, half, steps, step_find);
	return together(parts, threads + 1);
}

/* --- debugfs ------------------------------------------------------------------------ */

static int with_numbers(const char *op, u64 steps, u32 threads)
{
	if (!target || count < 2 * BENCH_THREADS)
		return -ENODATA;
	if (!steps || threads < 1 || threads > BENCH_THREADS)
		return -EINVAL;
	if (!strcmp(op, "churn"))
		return alone(step_churn, steps);
	if (!strcmp(op, "worst"))
		return alone(step_worst, steps);
	if (!strcmp(op, "mixed"))
		return mixed(steps, threads);
	if (!target->find)
		return -EOPNOTSUPP;
	if (!strcmp(op, "find"))
		return alone(step_find, steps);
	if (!strcmp(op, "worst-find"))
		return alone(step_worst_find, steps);
	if (!strcmp(op, "readers"))
		return readers(steps, threads);
	return -EINVAL;
}

static int late(u64 interrupts)
{
	struct bench_late late;
	int err;

	result.ns = ktime_get_ns();
	err = bench_late(interrupts, &late);
	result.ns = ktime_get_ns() - result.ns;
	result.ops = late.interrupts;
	result.worst = late.worst;
	result.core = late.core;
	return err;
}

static int run(const char *line)
{
	char op[16], name[32] = "";
	u64 number = 0;
	u32 threads = 1;

	memset(&result, 0, sizeof(result));
	stop = false;
	if (sscanf(line, "open %31s %llu", name, &number) == 2)
		return number > U32_MAX ? -ERANGE : open_target(name, number);
	if (sscanf(line, "%15s %llu %u", op, &number, &threads) < 1)
		return -EINVAL;
	if (!strcmp(op, "late"))
		return late(number);
	if (!strcmp(op, "close"))
		return close_target();
	if (!target)
		return -ENODATA;
	if (!strcmp(op, "fill"))
		return fill();
	if (!strcmp(op, "keep")) {
		keep(min_t(u64, number, count));
		return 0;
	}
	if (!strcmp(op, "empty")) {
		keep(0);
		return 0;
	}
	return with_numbers(op, number, threads);
}

static ssize_t run_write(struct file *file, const char __user *text, size_t size, loff_t *pos)
{
	char *line = memdup_user_nul(text, min_t(size_t, size, 80));
	int err;

	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&lock);
	err = run(line);
	mutex_unlock(&lock);
	kfree(line);
	return err ?: size;
}

static ssize_t run_read(struct file *file, char __user *text, size_t size, loff_t *pos)
{
	char line[160];
	int n;

	mutex_lock(&lock);
	n = scnprintf(line, sizeof(line), "ops=%llu ns=%llu max=%llu core=%llu writes=%llu\n",
		      result.ops, result.ns, result.worst, result.core, result.writes);
	mutex_unlock(&lock);
	return simple_read_from_buffer(text, size, pos, line, n);
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.write = run_write,
	.read = run_read,
	.llseek = default_llseek,
};

static int __init bench_init(void)
{
	dir = debugfs_create_dir("ioasid_bench", NULL);
	debugfs_create_file("run", 0600, dir, NULL, &run_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove_recursive(dir);
	if (target)
		close_target();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmark of ioasid_core, beside other allocators of numbers");
MODULE_LICENSE("GPL");

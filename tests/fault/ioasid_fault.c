// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes allocations below functions of ioasid_core fail, in any task and in any
 * context, also on kernels that have no failslab, as Debian's. Probes at the entry
 * of the allocating functions put one that returns NULL in their place.
 *
 * The parameters: "fail" of the next allocations fail, after "skip" that do not.
 * "only" says which count: "all", "events" (of a constant size, and may not wait), or
 * "tries" (an XArray's first attempt to get a node, with its lock held; the next one
 * may wait without the lock, and then does so for some time). "failed" counts, and
 * "site" is who asked for the last.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/random.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#define FAULT_VICTIM	"[ioasid_core]"
#define FAULT_DEPTH	40
#define FAULT_WAIT_US	200

static atomic_t fail = ATOMIC_INIT(0);
static atomic_t skip = ATOMIC_INIT(0);
static atomic_t failed = ATOMIC_INIT(0);
/* Which allocations count. */
enum { FAULT_ALL, FAULT_EVENTS, FAULT_TRIES };
static const char * const kinds[] = { "all", "events", "tries" };
static int only;
/* By name, because code of an init section is gone when it is asked for. */
static char site[KSYM_SYMBOL_LEN];

static int set_count(const char *text, const struct kernel_param *kp)
{
	unsigned int count;
	int err = kstrtouint(text, 0, &count);

	if (!err)
		atomic_set(kp->arg, count);
	return err;
}

static int get_count(char *text, const struct kernel_param *kp)
{
	return sprintf(text, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops count_ops = {
	.set = set_count,
	.get = get_count,
};

static int set_only(const char *text, const struct kernel_param *kp)
{
	int kind = sysfs_match_string(kinds, text);

	if (kind < 0)
		return kind;
	WRITE_ONCE(only, kind);
	return 0;
}

static int get_only(char *text, const struct kernel_param *kp)
{
	return sprintf(text, "%s\n", kinds[only]);
}

static const struct kernel_param_ops only_ops = {
	.set = set_only,
	.get = get_only,
};

static int get_site(char *text, const struct kernel_param *kp)
{
	return sprintf(text, "%s\n", site);
}

static const struct kernel_param_ops site_ops = {
	.get = get_site,
};

module_param_cb(fail, &count_ops, &fail, 0600);
MODULE_PARM_DESC(fail, "how many allocations fail");
module_param_cb(skip, &count_ops, &skip, 0600);
MODULE_PARM_DESC(skip, "how many succeed before");
module_param_cb(failed, &count_ops, &failed, 0600);
MODULE_PARM_DESC(failed, "how many have failed");
module_param_cb(only, &only_ops, NULL, 0600);
MODULE_PARM_DESC(only, "which count: all, events, tries");
module_param_cb(site, &site_ops, NULL, 0400);
MODULE_PARM_DESC(site, "who asked for the last that failed");

/* Is the victim among the callers? The innermost function of it is @symbol. */
static bool find_victim(char *symbol)
{
	unsigned long entries[FAULT_DEPTH];
	unsigned int i, n;

	n = stack_trace_save(entries, ARRAY_SIZE(entries), 0);
	for (i = 0; i < n; i++) {
		if (entries[i] < MODULES_VADDR || entries[i] >= MODULES_END)
			continue;
		sprint_symbol(symbol, entries[i]);
		if (strstr(symbol, FAULT_VICTIM))
			return true;
	}
	return false;
}

/* Runs in the place of the probed function, with the same stack. */
static noinline void *return_null(void)
{
	return NULL;
}

static int inject(struct pt_regs *regs)
{
	char symbol[KSYM_SYMBOL_LEN];

	if (!atomic_read(&fail) || !find_victim(symbol) ||
	    atomic_dec_if_positive(&skip) >= 0 ||
	    atomic_dec_if_positive(&fail) < 0)
		return 0;
	strscpy(site, symbol, sizeof(site));
	atomic_inc(&failed);
	instruction_pointer_set(regs, (unsigned long)return_null);
	return 1;
}

/* Of a constant size: kmalloc(cache, gfp, size). */
static int on_constant(struct kprobe *probe, struct pt_regs *regs)
{
	int kind = READ_ONCE(only);

	if (kind == FAULT_ALL ||
	    (kind == FAULT_EVENTS && !gfpflags_allow_blocking(regs->si)))
		return inject(regs);
	return 0;
}

/* So that others come first; a probe cannot sleep. */
static void wait_as_reclaim(void)
{
	char symbol[KSYM_SYMBOL_LEN];

	if (atomic_read(&fail) && find_victim(symbol))
		udelay(get_random_u32() % FAULT_WAIT_US);
}

/* A node: alloc(cache, lru, gfp); the first attempt is GFP_NOWAIT. */
static int on_node(struct kprobe *probe, struct pt_regs *regs)
{
	int kind = READ_ONCE(only);

	if (kind == FAULT_TRIES && gfpflags_allow_blocking(regs->dx))
		wait_as_reclaim();
	else if (kind == FAULT_ALL || (kind == FAULT_TRIES && !(regs->dx & __GFP_HIGH)))
		return inject(regs);
	return 0;
}

static int on_other(struct kprobe *probe, struct pt_regs *regs)
{
	return READ_ONCE(only) == FAULT_ALL ? inject(regs) : 0;
}

NOKPROBE_SYMBOL(inject);
NOKPROBE_SYMBOL(find_victim);
NOKPROBE_SYMBOL(wait_as_reclaim);
NOKPROBE_SYMBOL(on_constant);
NOKPROBE_SYMBOL(on_node);
NOKPROBE_SYMBOL(on_other);

/* The names of 6.1, and those of 6.12; each kernel has some of them. */
static struct kprobe probes[] = {
	{ .symbol_name = "kmalloc_trace", .pre_handler = on_constant },
	{ .symbol_name = "__kmalloc_cache_noprof", .pre_handler = on_constant },
	{ .symbol_name = "__kmalloc", .pre_handler = on_other },
	{ .symbol_name = "__kmalloc_noprof", .pre_handler = on_other },
	{ .symbol_name = "__kmalloc_node", .pre_handler = on_other },
	{ .symbol_name = "__kmalloc_node_noprof", .pre_handler = on_other },
	{ .symbol_name = "__kmalloc_node_track_caller",
	  .pre_handler = on_other },
	{ .symbol_name = "__kmalloc_node_track_caller_noprof",
	  .pre_handler = on_other },
	{ .symbol_name = "kvmalloc_node", .pre_handler = on_other },
	{ .symbol_name = "__kvmalloc_node_noprof", .pre_handler = on_other },
	{ .symbol_name = "kmem_cache_alloc", .pre_handler = on_other },
	{ .symbol_name = "kmem_cache_alloc_noprof", .pre_handler = on_other },
	{ .symbol_name = "kmem_cache_alloc_lru", .pre_handler = on_node },
	{ .symbol_name = "kmem_cache_alloc_lru_noprof",
	  .pre_handler = on_node },
	{ .symbol_name = "kmem_cache_alloc_node", .pre_handler = on_other },
	{ .symbol_name = "kmem_cache_alloc_node_noprof",
	  .pre_handler = on_other },
};

static void forget_probes(unsigned int n)
{
	while (n--) {
		if (probes[n].addr)
			unregister_kprobe(&probes[n]);
	}
}

static int __init fault_init(void)
{
	unsigned int i, found = 0;
	int err;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = register_kprobe(&probes[i]);
		if (!err) {
			found++;
			continue;
		}
		probes[i].addr = NULL;
		/* This kernel has no function of that name. */
		if (err == -ENOENT)
			continue;
		pr_err("%s: cannot probe it: %d\n", probes[i].symbol_name, err);
		forget_probes(i);
		return err;
	}
	return found ? 0 : -ENOENT;
}

static void __exit fault_exit(void)
{
	forget_probes(ARRAY_SIZE(probes));
}

module_init(fault_init);
module_exit(fault_exit);

MODULE_DESCRIPTION("Failing allocations for tests of ioasid_core");
MODULE_LICENSE("GPL");

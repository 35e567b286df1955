// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes allocations of ioasid_core fail on kernels that have no failslab, as
 * Debian's. A probe at the entry of the allocating function returns NULL in its
 * place: for callers in ioasid_core that cannot wait (GFP_ATOMIC), as many as the
 * parameter "fail" says.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

/* How many of the next allocations fail, and how many have. */
static atomic_t fail = ATOMIC_INIT(0);
static atomic_t failed = ATOMIC_INIT(0);

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

module_param_cb(fail, &count_ops, &fail, 0600);
MODULE_PARM_DESC(fail, "how many of the next allocations fail");
module_param_cb(failed, &count_ops, &failed, 0600);
MODULE_PARM_DESC(failed, "how many have failed");

static bool is_ours(unsigned long caller)
{
	char symbol[KSYM_SYMBOL_LEN];

	sprint_symbol(symbol, caller);
	return strstr(symbol, "[ioasid_core]");
}

/* Runs in the place of the probed function, with the same stack. */
static noinline void *return_null(void)
{
	return NULL;
}

/* kmalloc(size, gfp) of a constant size: the second argument is gfp. */
static int on_alloc(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned long caller = *(unsigned long *)regs->sp;

	if (!atomic_read(&fail) || gfpflags_allow_blocking(regs->si) ||
	    !is_ours(caller) || atomic_dec_if_positive(&fail) < 0)
		return 0;
	atomic_inc(&failed);
	instruction_pointer_set(regs, (unsigned long)return_null);
	return 1;
}

NOKPROBE_SYMBOL(on_alloc);

static struct kprobe probe = {
	.pre_handler = on_alloc,
};

static int __init fault_init(void)
{
	/* what kmalloc() of a constant size calls: 6.12, 6.1 */
	static const char * const names[] = {
		"__kmalloc_cache_noprof", "kmalloc_trace",
	};
	int i, err = -ENOENT;

	for (i = 0; err && i < ARRAY_SIZE(names); i++) {
		probe.symbol_name = names[i];
		probe.addr = NULL;
		probe.flags = 0;
		err = register_kprobe(&probe);
	}
	return err;
}

static void __exit fault_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(fault_init);
module_exit(fault_exit);

MODULE_DESCRIPTION("Failing allocations for tests of ioasid_core");
MODULE_LICENSE("GPL");

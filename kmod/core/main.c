// SPDX-License-Identifier: GPL-2.0-only
/* I/O address space ID allocator: module parameters, start and end. */
#include "core.h"

static unsigned int id_bits = 20;
module_param(id_bits, uint, 0444);
MODULE_PARM_DESC(id_bits, "Width of an ID, 1 to 31 (default 20, as a PCIe PASID)");

static unsigned int user_quota = 65536;
module_param(user_quota, uint, 0444);
MODULE_PARM_DESC(user_quota, "Most IDs that user space may have (default 65536, 0: no limit)");

struct workqueue_struct *ioasid_wq;

struct ioasid_core ioasid_core = {
	.table = XARRAY_INIT(ioasid_core.table,
			     XA_FLAGS_ALLOC | XA_FLAGS_LOCK_IRQ),
	.allocators = LIST_HEAD_INIT(ioasid_core.allocators),
	.groups = LIST_HEAD_INIT(ioasid_core.groups),
	.events = LIST_HEAD_INIT(ioasid_core.events),
	.active = &ioasid_default_space,
	.generation = 1,
	.next_index = 1,
	.next_space = 1,
	.next_set = 1,
};

/*
 * A module that is gone leaves no pointer behind: sets that it declared become
 * names, and an allocator that it forgot to unregister is hot-unplugged.
 */
static int ioasid_module_event(struct notifier_block *nb, unsigned long event,
			       void *module)
{
	if (event == MODULE_STATE_GOING) {
		ioasid_allocators_leave(module);
		ioasid_groups_leave(module);
	}
	return NOTIFY_OK;
}

static struct notifier_block ioasid_module_nb = {
	.notifier_call = ioasid_module_event,
};

static int __init ioasid_init(void)
{
	int err;

	if (id_bits < 1 || id_bits > 31) {
		pr_err("ioasid_core: id_bits=%u is not in 1..31\n", id_bits);
		return -EINVAL;
	}
	ioasid_core.id_max = (1U << id_bits) - 1;
	list_add_tail(&ioasid_default_allocator.node, &ioasid_core.allocators);
	ioasid_groups_init(user_quota);

	err = ioasid_entries_init();
	if (err)
		return err;
	ioasid_wq = alloc_workqueue("ioasid", WQ_UNBOUND, 0);
	if (!ioasid_wq) {
		err = -ENOMEM;
		goto exit_entries;
	}
	err = register_module_notifier(&ioasid_module_nb);
	if (err)
		goto destroy_wq;
	err = ioasid_sockets_init();
	if (err)
		goto unregister_notifier;
	err = ioasid_netlink_init();
	if (err)
		goto exit_sockets;
	ioasid_debugfs_init();
	return 0;

exit_sockets:
	ioasid_sockets_exit();
unregister_notifier:
	unregister_module_notifier(&ioasid_module_nb);
destroy_wq:
	destroy_workqueue(ioasid_wq);
exit_entries:
	ioasid_entries_exit();
	return err;
}

/* What consumers leaked goes with the module: the table and what hangs off it. */
static void ioasid_table_destroy(void)
{
	struct ioasid_entry *e;
	unsigned long id, flags;

	xa_for_each(&ioasid_core.table, id, e) {
		ioasid_lock(flags);
		/* Nobody searches for a free number any more. */
		__xa_erase(&ioasid_core.table, id);
		ioasid_entry_end(e);
		ioasid_forget(e);
		ioasid_unlock(flags);
		cond_resched();
	}
	xa_destroy(&ioasid_core.table);
}

static void __exit ioasid_exit(void)
{
	ioasid_debugfs_exit();
	ioasid_netlink_exit();
	ioasid_sockets_exit();
	unregister_module_notifier(&ioasid_module_nb);
	ioasid_drain_exit();
	destroy_workqueue(ioasid_wq);
	ioasid_table_destroy();
	ioasid_entries_exit();
	ioasid_groups_exit();
}

module_init(ioasid_init);
module_exit(ioasid_exit);

MODULE_DESCRIPTION("I/O address space ID (IOASID, PCIe PASID) allocator");
MODULE_AUTHOR("The ioasid project");
MODULE_VERSION(IOASID_VERSION);
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioasid_sim: simulated IOASID allocators and consumers, driven by directories
 * below /sys/kernel/config/ioasid_sim.
 *
 * A directory pins the module (configfs does that), so by the time of
 * module_exit() all allocators are unregistered and all consumers are gone.
 */
#include <linux/module.h>

#include "sim.h"

static const struct config_item_type sim_root_type = {
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem sim_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "ioasid_sim",
			.ci_type = &sim_root_type,
		},
	},
	.su_mutex = __MUTEX_INITIALIZER(sim_subsys.su_mutex),
};

static struct config_group sim_allocators;
static struct config_group sim_consumers;

static int __init sim_init(void)
{
	config_group_init(&sim_subsys.su_group);
	config_group_init_type_name(&sim_allocators, "allocators",
				    &sim_allocators_type);
	configfs_add_default_group(&sim_allocators, &sim_subsys.su_group);
	config_group_init_type_name(&sim_consumers, "consumers",
				    &sim_consumers_type);
	configfs_add_default_group(&sim_consumers, &sim_subsys.su_group);

	return configfs_register_subsystem(&sim_subsys);
}

static void __exit sim_exit(void)
{
	configfs_unregister_subsystem(&sim_subsys);
	sim_sets_free();
	sim_pools_free();
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_DESCRIPTION("Simulated IOASID allocators and consumers");
MODULE_LICENSE("GPL");

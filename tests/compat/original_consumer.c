// SPDX-License-Identifier: GPL-2.0-only
/* A driver as one was written for Linux 5.5 to 6.3; its load is the verdict. */
#include <linux/err.h>
#include <linux/ioasid.h>
#include <linux/module.h>

static bool leak;
module_param(leak, bool, 0444);
MODULE_PARM_DESC(leak, "Keep the ID when the module is unloaded");

static DECLARE_IOASID_SET(original_set);
static DECLARE_IOASID_SET(other_set);

static int data = 42;
static ioasid_t pasid = INVALID_IOASID;

static bool data_get(void *found)
{
	return found == &data;
}

static int __init original_consumer_init(void)
{
	pasid = ioasid_alloc(&original_set, 1, (1U << 20) - 1, NULL);
	if (pasid == INVALID_IOASID)
		return -ENOSPC;
	if (ioasid_set_data(pasid, &data) ||
	    ioasid_find(&original_set, pasid, data_get) != &data ||
	    ioasid_find(&other_set, pasid, NULL) != ERR_PTR(-EACCES)) {
		ioasid_free(pasid);
		return -EINVAL;
	}
	return 0;
}

static void __exit original_consumer_exit(void)
{
	if (!leak)
		ioasid_free(pasid);
}

module_init(original_consumer_init);
module_exit(original_consumer_exit);
MODULE_DESCRIPTION("Driver written to the API of Linux 5.5 to 6.3");
MODULE_LICENSE("GPL");

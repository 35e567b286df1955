// SPDX-License-Identifier: GPL-2.0-only
/*
 * allocators/NAME: a simulated allocator NAME, registered by writing 1 to its
 * attribute "live" and unregistered, as by a hot-unplug, by writing 0.
 */
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "sim.h"

static struct sim_allocator *to_sim_allocator(struct config_item *item)
{
	return container_of(item, struct sim_allocator, item);
}

static const char *sim_group(struct sim_allocator *a)
{
	return a->group[0] ? a->group : config_item_name(&a->item);
}

/* Registration */

static int sim_register(struct sim_allocator *a)
{
	int err;

	lockdep_assert_held(&a->lock);

	/* Still live for us: -EEXIST, unless an administrator removed it. */
	if (a->live)
		return ioasid_register_allocator(&a->ops);

	if (a->min > a->max)
		return -EINVAL;
	a->pool = sim_pool_get(sim_group(a));
	if (!a->pool)
		return -ENOMEM;

	a->ops = (struct ioasid_allocator_ops) {
		.alloc = sim_alloc,
		.free = sim_free,
		.pdata = a,
		.name = config_item_name(&a->item),
		.flags = (a->sleeps ? IOASID_ALLOCATOR_SLEEPS : 0) |
			 (a->standby ? IOASID_ALLOCATOR_STANDBY : 0),
		.space = a->pool,
	};
	err = ioasid_register_allocator(&a->ops);
	if (err) {
		sim_pool_put(a->pool);
		a->pool = NULL;
		return err;
	}
	WRITE_ONCE(a->live, true);
	return 0;
}

/* Whatever the core answers, it has forgotten @a afterwards. */
static int sim_unregister(struct sim_allocator *a)
{
	int err;

	lockdep_assert_held(&a->lock);

	err = ioasid_unregister_allocator(&a->ops);
	if (a->live) {
		WRITE_ONCE(a->live, false);
		sim_pool_put(a->pool);
		a->pool = NULL;
	}
	return err;
}

/* Attributes */

static int sim_set_config(struct sim_allocator *a, unsigned int *field,
			  unsigned int top, const char *page)
{
	unsigned int value;
	int err;

	err = kstrtouint(page, 0, &value);
	if (err)
		return err;
	if (value > top)
		return -ERANGE;

	mutex_lock(&a->lock);
	if (a->live)
		err = -EBUSY;
	else
		WRITE_ONCE(*field, value);
	mutex_unlock(&a->lock);
	return err;
}

static int sim_set_group(struct sim_allocator *a, const char *page)
{
	size_t len = strcspn(page, "\n");
	int err = 0;

	if (len >= SIM_GROUP_LEN)
		return -ENAMETOOLONG;

	mutex_lock(&a->lock);
	if (a->live) {
		err = -EBUSY;
	} else {
		memcpy(a->group, page, len);
		a->group[len] = '\0';
	}
	mutex_unlock(&a->lock);
	return err;
}

static int sim_set_fault(atomic_t *count, const char *page)
{
	unsigned int value;
	int err;

	err = kstrtouint(page, 0, &value);
	if (err)
		return err;
	if (value > INT_MAX)
		return -ERANGE;
	atomic_set(count, value);
	return 0;
}

static int sim_set_live(struct sim_allocator *a, const char *page)
{
	bool live;
	int err;

	err = kstrtobool(page, &live);
	if (err)
		return err;

	mutex_lock(&a->lock);
	err = live ? sim_register(a) : sim_unregister(a);
	mutex_unlock(&a->lock);
	return err;
}

static long sim_in_use(struct sim_allocator *a)
{
	long n;

	mutex_lock(&a->lock);
	n = sim_pool_in_use(sim_group(a));
	mutex_unlock(&a->lock);
	return n;
}

/* @_value and @_error are expressions with @a, the allocator, and @page. */
#define SIM_SHOW(_name, _value)						\
static ssize_t sim_allocator_##_name##_show(struct config_item *item,	\
					    char *page)			\
{									\
	struct sim_allocator *a = to_sim_allocator(item);		\
									\
	return sprintf(page, "%ld\n", (long)(_value));			\
}

#define SIM_STORE(_name, _error)					\
static ssize_t sim_allocator_##_name##_store(struct config_item *item,	\
					     const char *page,		\
					     size_t count)		\
{									\
	struct sim_allocator *a = to_sim_allocator(item);		\
	int err = (_error);						\
									\
	return err ?: count;						\
}

SIM_SHOW(min, READ_ONCE(a->min))
SIM_STORE(min, sim_set_config(a, &a->min, INVALID_IOASID - 1, page))
CONFIGFS_ATTR(sim_allocator_, min);

SIM_SHOW(max, READ_ONCE(a->max))
SIM_STORE(max, sim_set_config(a, &a->max, INVALID_IOASID - 1, page))
CONFIGFS_ATTR(sim_allocator_, max);

SIM_SHOW(sleeps, READ_ONCE(a->sleeps))
SIM_STORE(sleeps, sim_set_config(a, &a->sleeps, 1, page))
CONFIGFS_ATTR(sim_allocator_, sleeps);

SIM_SHOW(standby, READ_ONCE(a->standby))
SIM_STORE(standby, sim_set_config(a, &a->standby, 1, page))
CONFIGFS_ATTR(sim_allocator_, standby);

SIM_SHOW(delay_ms, READ_ONCE(a->delay_ms))
SIM_STORE(delay_ms, sim_set_config(a, &a->delay_ms, SIM_DELAY_MAX, page))
CONFIGFS_ATTR(sim_allocator_, delay_ms);

SIM_SHOW(fail_count, atomic_read(&a->fail_count))
SIM_STORE(fail_count, sim_set_fault(&a->fail_count, page))
CONFIGFS_ATTR(sim_allocator_, fail_count);

SIM_SHOW(duplicate_count, atomic_read(&a->duplicate_count))
SIM_STORE(duplicate_count, sim_set_fault(&a->duplicate_count, page))
CONFIGFS_ATTR(sim_allocator_, duplicate_count);

SIM_SHOW(out_of_range_count, atomic_read(&a->out_of_range_count))
SIM_STORE(out_of_range_count, sim_set_fault(&a->out_of_range_count, page))
CONFIGFS_ATTR(sim_allocator_, out_of_range_count);

SIM_SHOW(live, READ_ONCE(a->live))
SIM_STORE(live, sim_set_live(a, page))
CONFIGFS_ATTR(sim_allocator_, live);

SIM_SHOW(allocs, atomic_long_read(&a->allocs))
CONFIGFS_ATTR_RO(sim_allocator_, allocs);

SIM_SHOW(frees, atomic_long_read(&a->frees))
CONFIGFS_ATTR_RO(sim_allocator_, frees);

SIM_SHOW(bad_frees, atomic_long_read(&a->bad_frees))
CONFIGFS_ATTR_RO(sim_allocator_, bad_frees);

SIM_SHOW(in_use, sim_in_use(a))
CONFIGFS_ATTR_RO(sim_allocator_, in_use);

static ssize_t sim_allocator_group_show(struct config_item *item, char *page)
{
	struct sim_allocator *a = to_sim_allocator(item);
	int len;

	mutex_lock(&a->lock);
	len = sprintf(page, "%s\n", sim_group(a));
	mutex_unlock(&a->lock);
	return len;
}

SIM_STORE(group, sim_set_group(a, page))
CONFIGFS_ATTR(sim_allocator_, group);

static struct configfs_attribute *sim_allocator_attrs[] = {
	&sim_allocator_attr_group,
	&sim_allocator_attr_min,
	&sim_allocator_attr_max,
	&sim_allocator_attr_sleeps,
	&sim_allocator_attr_standby,
	&sim_allocator_attr_delay_ms,
	&sim_allocator_attr_live,
	&sim_allocator_attr_fail_count,
	&sim_allocator_attr_duplicate_count,
	&sim_allocator_attr_out_of_range_count,
	&sim_allocator_attr_allocs,
	&sim_allocator_attr_frees,
	&sim_allocator_attr_bad_frees,
	&sim_allocator_attr_in_use,
	NULL
};

/* The directories */

static void sim_allocator_release(struct config_item *item)
{
	struct sim_allocator *a = to_sim_allocator(item);

	mutex_destroy(&a->lock);
	kfree(a);
}

static struct configfs_item_operations sim_allocator_item_ops = {
	.release = sim_allocator_release,
};

static const struct config_item_type sim_allocator_type = {
	.ct_item_ops = &sim_allocator_item_ops,
	.ct_attrs = sim_allocator_attrs,
	.ct_owner = THIS_MODULE,
};

static struct config_item *sim_allocator_make(struct config_group *parent,
					      const char *name)
{
	struct sim_allocator *a;

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return ERR_PTR(-ENOMEM);
	mutex_init(&a->lock);
	a->min = SIM_MIN;
	a->max = SIM_MAX;
	config_item_init_type_name(&a->item, name, &sim_allocator_type);
	return &a->item;
}

static void sim_allocator_drop(struct config_group *parent,
			       struct config_item *item)
{
	struct sim_allocator *a = to_sim_allocator(item);

	mutex_lock(&a->lock);
	if (a->live)
		sim_unregister(a);
	mutex_unlock(&a->lock);
	config_item_put(item);
}

static struct configfs_group_operations sim_allocators_ops = {
	.make_item = sim_allocator_make,
	.drop_item = sim_allocator_drop,
};

const struct config_item_type sim_allocators_type = {
	.ct_group_ops = &sim_allocators_ops,
	.ct_owner = THIS_MODULE,
};

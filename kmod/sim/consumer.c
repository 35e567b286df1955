// SPDX-License-Identifier: GPL-2.0-only
/*
 * consumers/NAME: a simulated driver with a set NAME, which allocates, refers
 * to, looks up and frees IDs from the context that it is told to use.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "sim.h"

static const char * const sim_contexts[] = {
	[SIM_PROCESS] = "process",
	[SIM_SOFTIRQ] = "softirq",
	[SIM_HARDIRQ] = "hardirq",
};

static struct sim_consumer *to_sim_consumer(struct config_item *item)
{
	return container_of(item, struct sim_consumer, item);
}

/* Attributes */

/* @page is an ID or, if @op is about references, "all". */
static int sim_do(struct sim_consumer *c, enum sim_op op, const char *page)
{
	bool many = op == SIM_FREE || op == SIM_GET || op == SIM_PUT;
	bool all = many && sysfs_streq(page, "all");
	unsigned int id = INVALID_IOASID;
	int err;

	err = all ? 0 : kstrtouint(page, 0, &id);
	if (err)
		return err;

	mutex_lock(&c->lock);
	if (all) {
		err = sim_run_all(c, op);
	} else {
		c->op = op;
		c->count = 1;
		c->ids[0] = id;
		err = sim_run(c);
	}
	mutex_unlock(&c->lock);
	return err;
}

static int sim_do_alloc(struct sim_consumer *c, const char *page)
{
	unsigned int n;
	int err;

	err = kstrtouint(page, 0, &n);
	if (err)
		return err;
	mutex_lock(&c->lock);
	err = sim_allocate(c, n);
	mutex_unlock(&c->lock);
	return err;
}

static int sim_do_leak(struct sim_consumer *c, const char *page)
{
	if (!sysfs_streq(page, "1"))
		return -EINVAL;
	mutex_lock(&c->lock);
	xa_destroy(&c->held);
	mutex_unlock(&c->lock);
	return 0;
}

static int sim_set_frees_on_drain(struct sim_consumer *c, const char *page)
{
	bool frees;
	int err;

	err = kstrtobool(page, &frees);
	if (err)
		return err;
	mutex_lock(&c->lock);
	WRITE_ONCE(c->frees_on_drain, frees);
	mutex_unlock(&c->lock);
	return 0;
}

static int sim_set_context(struct sim_consumer *c, const char *page)
{
	int context = sysfs_match_string(sim_contexts, page);

	if (context < 0)
		return context;
	mutex_lock(&c->lock);
	WRITE_ONCE(c->context, context);
	mutex_unlock(&c->lock);
	return 0;
}

/* Any number will do: to refuse a bad range is the core's business. */
static int sim_set_number(struct sim_consumer *c, unsigned int *number,
			  const char *page)
{
	unsigned int value;
	int err;

	err = kstrtouint(page, 0, &value);
	if (err)
		return err;
	mutex_lock(&c->lock);
	WRITE_ONCE(*number, value);
	mutex_unlock(&c->lock);
	return 0;
}

/* "1-5,7"; what does not fit in a page is said to be missing: "1-5,+1 more". */
static ssize_t sim_consumer_ids_show(struct config_item *item, char *page)
{
	struct sim_consumer *c = to_sim_consumer(item);
	unsigned long id = 0, last, missing = 0;
	size_t len = 0;

	mutex_lock(&c->lock);
	while (xa_find(&c->held, &id, U32_MAX, XA_PRESENT)) {
		for (last = id; xa_load(&c->held, last + 1); last++)
			cond_resched();
		/* The longest run and the longest remark are 22 each. */
		if (missing || len > PAGE_SIZE - 48)
			missing += last - id + 1;
		else if (last > id)
			len += sprintf(page + len, "%s%lu-%lu", len ? "," : "",
				       id, last);
		else
			len += sprintf(page + len, "%s%lu", len ? "," : "", id);
		id = last + 1;
	}
	mutex_unlock(&c->lock);
	if (missing)
		len += sprintf(page + len, ",+%lu more", missing);
	return len + sprintf(page + len, "\n");
}
CONFIGFS_ATTR_RO(sim_consumer_, ids);

static ssize_t sim_consumer_context_show(struct config_item *item, char *page)
{
	return sprintf(page, "%s\n",
		       sim_contexts[READ_ONCE(to_sim_consumer(item)->context)]);
}

static ssize_t sim_consumer_min_show(struct config_item *item, char *page)
{
	return sprintf(page, "%u\n", READ_ONCE(to_sim_consumer(item)->min));
}

static ssize_t sim_consumer_max_show(struct config_item *item, char *page)
{
	return sprintf(page, "%u\n", READ_ONCE(to_sim_consumer(item)->max));
}

static ssize_t sim_consumer_data_show(struct config_item *item, char *page)
{
	return sprintf(page, "%u\n", READ_ONCE(to_sim_consumer(item)->data));
}

static ssize_t sim_consumer_frees_on_drain_show(struct config_item *item,
						char *page)
{
	struct sim_consumer *c = to_sim_consumer(item);

	return sprintf(page, "%u\n", READ_ONCE(c->frees_on_drain));
}

static ssize_t sim_consumer_drains_show(struct config_item *item, char *page)
{
	return sprintf(page, "%u\n", READ_ONCE(to_sim_consumer(item)->drains));
}

/* @_error is an expression with @c, the consumer, and @page. */
#define SIM_STORE(_name, _error)					\
static ssize_t sim_consumer_##_name##_store(struct config_item *item,	\
					    const char *page,		\
					    size_t count)		\
{									\
	struct sim_consumer *c = to_sim_consumer(item);			\
	int err = (_error);						\
									\
	return err ?: count;						\
}

SIM_STORE(context, sim_set_context(c, page))
CONFIGFS_ATTR(sim_consumer_, context);

SIM_STORE(min, sim_set_number(c, &c->min, page))
CONFIGFS_ATTR(sim_consumer_, min);

SIM_STORE(max, sim_set_number(c, &c->max, page))
CONFIGFS_ATTR(sim_consumer_, max);

SIM_STORE(data, sim_set_number(c, &c->data, page))
CONFIGFS_ATTR(sim_consumer_, data);

SIM_STORE(frees_on_drain, sim_set_frees_on_drain(c, page))
CONFIGFS_ATTR(sim_consumer_, frees_on_drain);

CONFIGFS_ATTR_RO(sim_consumer_, drains);

SIM_STORE(alloc, sim_do_alloc(c, page))
CONFIGFS_ATTR_WO(sim_consumer_, alloc);

/* Any ID, not only one of ours: the core's answer is what we want to see. */
SIM_STORE(free, sim_do(c, SIM_FREE, page))
CONFIGFS_ATTR_WO(sim_consumer_, free);

SIM_STORE(get, sim_do(c, SIM_GET, page))
CONFIGFS_ATTR_WO(sim_consumer_, get);

SIM_STORE(put, sim_do(c, SIM_PUT, page))
CONFIGFS_ATTR_WO(sim_consumer_, put);

/* EBADMSG: what it finds is not "data". */
SIM_STORE(find, sim_do(c, SIM_FIND, page))
CONFIGFS_ATTR_WO(sim_consumer_, find);

SIM_STORE(set_data, sim_do(c, SIM_SET_DATA, page))
CONFIGFS_ATTR_WO(sim_consumer_, set_data);

SIM_STORE(leak, sim_do_leak(c, page))
CONFIGFS_ATTR_WO(sim_consumer_, leak);

static struct configfs_attribute *sim_consumer_attrs[] = {
	&sim_consumer_attr_context,
	&sim_consumer_attr_min,
	&sim_consumer_attr_max,
	&sim_consumer_attr_data,
	&sim_consumer_attr_frees_on_drain,
	&sim_consumer_attr_drains,
	&sim_consumer_attr_alloc,
	&sim_consumer_attr_ids,
	&sim_consumer_attr_get,
	&sim_consumer_attr_put,
	&sim_consumer_attr_free,
	&sim_consumer_attr_find,
	&sim_consumer_attr_set_data,
	&sim_consumer_attr_leak,
	NULL
};

/* The directories */

static void sim_consumer_release(struct config_item *item)
{
	struct sim_consumer *c = to_sim_consumer(item);

	xa_destroy(&c->held);
	mutex_destroy(&c->lock);
	kfree(c);
}

static struct configfs_item_operations sim_consumer_item_ops = {
	.release = sim_consumer_release,
};

static const struct config_item_type sim_consumer_type = {
	.ct_item_ops = &sim_consumer_item_ops,
	.ct_attrs = sim_consumer_attrs,
	.ct_owner = THIS_MODULE,
};

static struct config_item *sim_consumer_make(struct config_group *parent,
					     const char *name)
{
	struct sim_consumer *c;
	int err;

	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->set = sim_set_get(name);
	err = c->set ? sim_consumer_init(c) : -ENOMEM;
	if (err) {
		kfree(c);
		return ERR_PTR(err);
	}
	config_item_init_type_name(&c->item, name, &sim_consumer_type);
	return &c->item;
}

static void sim_consumer_drop(struct config_group *parent,
			      struct config_item *item)
{
	sim_consumer_exit(to_sim_consumer(item));
	config_item_put(item);
}

static struct configfs_group_operations sim_consumers_ops = {
	.make_item = sim_consumer_make,
	.drop_item = sim_consumer_drop,
};

const struct config_item_type sim_consumers_type = {
	.ct_group_ops = &sim_consumers_ops,
	.ct_owner = THIS_MODULE,
};

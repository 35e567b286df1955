// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a simulated driver does: calls of the core from process context, softirq
 * or hardirq, and the book of what it holds.
 */
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "sim.h"

/*
 * What a consumer has of an ID, as the value kept in sim_consumer.held: its
 * allocation, and how many references of ioasid_get().
 */
#define SIM_OWNED	1UL
#define SIM_REF		2UL

/**
 * struct sim_set - a set, kept until the module goes
 * @list: in sim_sets
 * @set: whose address is its identity. A consumer that comes back under the same
 *	name gets the same one, and no other consumer ever gets it: IDs that
 *	were leaked remain those of this name
 * @name: its name
 */
struct sim_set {
	struct list_head list;
	struct ioasid_set set;
	char name[];
};

static LIST_HEAD(sim_sets);
/* Protects sim_sets; taken in process context, a leaf. */
static DEFINE_MUTEX(sim_sets_lock);

/* The set @name, made if need be; NULL: no memory. */
struct ioasid_set *sim_set_get(const char *name)
{
	size_t len = strlen(name);
	struct sim_set *s;

	mutex_lock(&sim_sets_lock);
	list_for_each_entry(s, &sim_sets, list) {
		if (!strcmp(s->name, name))
			goto unlock;
	}
	s = kzalloc(struct_size(s, name, len + 1), GFP_KERNEL);
	if (s) {
		memcpy(s->name, name, len);
		s->set.name = s->name;
		s->set.module = KBUILD_MODNAME;
		list_add(&s->list, &sim_sets);
	}
unlock:
	mutex_unlock(&sim_sets_lock);
	return s ? &s->set : NULL;
}

/* At module exit, when no consumer is left. */
void sim_sets_free(void)
{
	struct sim_set *s, *next;

	list_for_each_entry_safe(s, next, &sim_sets, list)
		kfree(s);
}

/* The calls, in the consumer's context */

/* Nobody follows it, so a number will do; never NULL. */
static void *sim_data(const struct sim_consumer *c)
{
	return xa_mk_value(c->data);
}

static int sim_find(struct sim_consumer *c, ioasid_t id)
{
	void *data = ioasid_find(c->set, id, NULL);

	if (IS_ERR(data))
		return PTR_ERR(data);
	return data == sim_data(c) ? 0 : -EBADMSG;
}

static int sim_call(struct sim_consumer *c, ioasid_t *id)
{
	gfp_t gfp = c->context == SIM_PROCESS ? GFP_KERNEL : GFP_ATOMIC;

	switch (c->op) {
	case SIM_ALLOC:
		return ioasid_alloc_gfp(c->set, c->min, c->max, sim_data(c),
					gfp, id);
	case SIM_FREE:
		return ioasid_free(*id);
	case SIM_GET:
		return ioasid_get(*id);
	case SIM_PUT:
		return ioasid_put(*id);
	case SIM_FIND:
		return sim_find(c, *id);
	case SIM_SET_DATA:
		return ioasid_set_data(*id, sim_data(c));
	}
	return -EINVAL;
}

static void sim_batch(struct sim_consumer *c)
{
	unsigned int i;

	for (i = 0; i < c->count; i++) {
		c->errs[i] = sim_call(c, &c->ids[i]);
		/* The first failure ends an allocation. */
		if (c->op == SIM_ALLOC && c->errs[i])
			c->count = i + 1;
	}
}

static void sim_softirq(struct tasklet_struct *tasklet)
{
	sim_batch(container_of(tasklet, struct sim_consumer, tasklet));
}

static void sim_hardirq(struct irq_work *irq)
{
	sim_batch(container_of(irq, struct sim_consumer, irq));
}

/* Book the result of one call. */
static int sim_account(struct sim_consumer *c, ioasid_t id, int err)
{
	void *entry = xa_load(&c->held, id);
	unsigned long value = entry ? xa_to_value(entry) : 0;
	bool gone = !err || err == -ENOENT;

	if (c->op == SIM_ALLOC && !err)
		value |= SIM_OWNED;
	else if (c->op == SIM_GET && !err)
		value += SIM_REF;
	else if (c->op == SIM_FREE && gone)
		value &= ~SIM_OWNED;
	else if (c->op == SIM_PUT && gone && value >= SIM_REF)
		value -= SIM_REF;
	else
		return err;

	if (!value) {
		xa_erase(&c->held, id);
		return err;
	}
	entry = xa_store(&c->held, id, xa_mk_value(value), GFP_KERNEL);
	if (!xa_is_err(entry))
		return err;

	/* Only a new entry needs memory: undo the call that led to it. */
	if (c->op == SIM_ALLOC)
		ioasid_free(id);
	else
		ioasid_put(id);
	return -ENOMEM;
}

/* Do @c->op with the first @c->count of @c->ids. Return: the first error. */
int sim_run(struct sim_consumer *c)
{
	unsigned int i;
	int err = 0;

	lockdep_assert_held(&c->lock);

	/* Both waits end only when the function has returned. */
	switch (c->context) {
	case SIM_PROCESS:
		sim_batch(c);
		break;
	case SIM_SOFTIRQ:
		tasklet_schedule(&c->tasklet);
		tasklet_kill(&c->tasklet);
		break;
	case SIM_HARDIRQ:
		irq_work_queue(&c->irq);
		irq_work_sync(&c->irq);
		break;
	}

	for (i = 0; i < c->count; i++) {
		int one = sim_account(c, c->ids[i], c->errs[i]);

		err = err ?: one;
	}
	cond_resched();
	return err;
}

/* Allocate @n IDs; those before a failure are kept. */
int sim_allocate(struct sim_consumer *c, unsigned int n)
{
	int err = 0;

	c->op = SIM_ALLOC;
	while (n && !err) {
		c->count = min_t(unsigned int, n, SIM_BATCH);
		n -= c->count;
		err = sim_run(c);
		if (fatal_signal_pending(current))
			err = err ?: -EINTR;
	}
	return err;
}

/* Does "all" mean this ID? */
static bool sim_concerned(enum sim_op op, unsigned long value)
{
	return op == SIM_PUT ? value >= SIM_REF : value & SIM_OWNED;
}

/* Do @op, SIM_FREE, SIM_GET or SIM_PUT, with all IDs. Return: the first error. */
int sim_run_all(struct sim_consumer *c, enum sim_op op)
{
	unsigned long id = 0;
	void *entry;
	int err = 0;

	c->op = op;
	do {
		int one;

		c->count = 0;
		while (c->count < SIM_BATCH) {
			entry = xa_find(&c->held, &id, U32_MAX, XA_PRESENT);
			if (!entry)
				break;
			if (sim_concerned(op, xa_to_value(entry)))
				c->ids[c->count++] = id;
			id++;
		}
		one = sim_run(c);
		err = err ?: one;
	} while (c->count == SIM_BATCH);
	return err;
}

/* Let go of everything, from process context. */
static void sim_release_all(struct sim_consumer *c)
{
	unsigned long id, value;
	void *entry;

	lockdep_assert_held(&c->lock);
	xa_for_each(&c->held, id, entry) {
		value = xa_to_value(entry);
		if (value & SIM_OWNED)
			ioasid_free(id);
		for (; value >= SIM_REF; value -= SIM_REF)
			ioasid_put(id);
		cond_resched();
	}
	xa_destroy(&c->held);
}

/* The core tells of drains; a driver may react, or not. */
static int sim_notified(struct notifier_block *nb, unsigned long event,
			void *name)
{
	struct sim_consumer *c = container_of(nb, struct sim_consumer,
					      notifier);

	if (event != IOASID_NOTIFY_DRAIN)
		return NOTIFY_DONE;
	mutex_lock(&c->lock);
	WRITE_ONCE(c->drains, c->drains + 1);
	if (c->frees_on_drain)
		sim_release_all(c);
	mutex_unlock(&c->lock);
	return NOTIFY_OK;
}

int sim_consumer_init(struct sim_consumer *c)
{
	mutex_init(&c->lock);
	c->min = SIM_MIN;
	c->max = SIM_MAX;
	xa_init(&c->held);
	tasklet_setup(&c->tasklet, sim_softirq);
	c->irq = IRQ_WORK_INIT_HARD(sim_hardirq);
	c->notifier.notifier_call = sim_notified;
	return ioasid_register_notifier(&c->notifier);
}

void sim_consumer_exit(struct sim_consumer *c)
{
	ioasid_unregister_notifier(&c->notifier);
	mutex_lock(&c->lock);
	sim_release_all(c);
	mutex_unlock(&c->lock);
}

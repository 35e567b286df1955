// SPDX-License-Identifier: GPL-2.0-only
/*
 * State in debugfs, to read only. The mode is exactly 0444: a kernel in
 * lockdown refuses to open any other, even to root.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include "core.h"
#include "nl_fill.h"

static struct dentry *ioasid_debugfs_dir;

static int allocators_show(struct seq_file *m, void *v)
{
	struct ioasid_allocator_info d;
	struct ioasid_allocator *a;

	seq_puts(m, "index space name flags module ids allocs frees failures faults\n");
	rcu_read_lock();
	list_for_each_entry_rcu(a, &ioasid_core.allocators, node) {
		ioasid_describe_allocator(&d, a);
		seq_printf(m, "%u %u '%s' %#x %s %u %llu %llu %llu %llu\n",
			   d.index, d.space, d.name, d.flags,
			   d.module[0] ? d.module : "-", d.ids, d.allocs,
			   d.frees, d.failures, d.faults);
	}
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(allocators);

static int sets_show(struct seq_file *m, void *v)
{
	struct ioasid_group *group;
	struct ioasid_set_info d;

	seq_puts(m, "name module ids quota gone\n");
	rcu_read_lock();
	list_for_each_entry_rcu(group, &ioasid_core.groups, node) {
		ioasid_describe_set(&d, group);
		seq_printf(m, "'%s' %s %u %u %d\n", d.name,
			   d.module[0] ? d.module : "-", d.ids, d.quota,
			   d.gone);
	}
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sets);

static int stats_show(struct seq_file *m, void *v)
{
	seq_printf(m, "generation %llu\nid_max %u\nused %u\norphans %u\nhigh_water %u\nrequests %llu\ndraining %d\n",
		   ioasid_generation(), ioasid_core.id_max,
		   READ_ONCE(ioasid_core.used), READ_ONCE(ioasid_core.orphans),
		   READ_ONCE(ioasid_core.high_water),
		   READ_ONCE(ioasid_core.requests),
		   !!READ_ONCE(ioasid_core.drain.owner.sk));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* The position is one more than the ID: 0 is the heading. */
static void *ioasids_start(struct seq_file *m, loff_t *pos)
{
	unsigned long id = *pos - 1;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos > (loff_t)ioasid_core.id_max + 1 ||
	    !xa_find(&ioasid_core.table, &id, ioasid_core.id_max, XA_PRESENT))
		return NULL;
	*pos = id + 1;
	return pos;
}

static void *ioasids_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return ioasids_start(m, pos);
}

static void ioasids_stop(struct seq_file *m, void *v)
{
}

static int ioasids_show(struct seq_file *m, void *v)
{
	static const char *const states[] = {
		[IOASID_STATE_LIVE] = "live",
		[IOASID_STATE_PENDING] = "pending",
		[IOASID_STATE_FREEING] = "freeing",
		[IOASID_STATE_ORPHAN] = "orphan",
	};
	struct ioasid_id_info d;
	struct ioasid_entry e;
	ioasid_t id;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "id state refs set allocator space request data\n");
		return 0;
	}
	id = *(loff_t *)v - 1;
	rcu_read_lock();
	if (!ioasid_entry_look(xa_load(&ioasid_core.table, id), id, &e) ||
	    !ioasid_entry_visible(&e)) {
		rcu_read_unlock();
		return SEQ_SKIP;
	}
	ioasid_describe_id(&d, &e, id, id);
	rcu_read_unlock();
	seq_printf(m, "%u %s %u '%s' '%s' %u %llu %s\n", id, states[d.state],
		   d.refs, d.set, d.allocator, d.space, d.request,
		   rcu_access_pointer(e.private) ? "yes" : "no");
	return 0;
}

static const struct seq_operations ioasids_sops = {
	.start = ioasids_start,
	.next = ioasids_next,
	.stop = ioasids_stop,
	.show = ioasids_show,
};
DEFINE_SEQ_ATTRIBUTE(ioasids);

/* Nothing depends on it, so nothing looks whether it worked. */
void ioasid_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("ioasid", NULL);

	debugfs_create_file("allocators", 0444, dir, NULL, &allocators_fops);
	debugfs_create_file("ioasids", 0444, dir, NULL, &ioasids_fops);
	debugfs_create_file("sets", 0444, dir, NULL, &sets_fops);
	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	ioasid_debugfs_dir = dir;
}

void ioasid_debugfs_exit(void)
{
	debugfs_remove(ioasid_debugfs_dir);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of ioasid_core; see design notes at struct ioasid_core. */
#ifndef _IOASID_CORE_H
#define _IOASID_CORE_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/ioasid.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <linux/ioasid_netlink.h>

/* So many faults in a row mark an allocator faulty. */
#define IOASID_FAULT_LIMIT 16

/* Work on many IDs gives up the lock, or the CPU, after so many. */
#define IOASID_BATCH 64

/**
 * struct ioasid_allocator - a registered allocator
 * @node: in &ioasid_core.allocators
 * @space: the ID space that it serves
 * @ops: identity towards the provider; never followed; NULL if built in
 * @alloc: copy of the callback; NULL: the table itself hands out numbers
 * @free: copy of the callback
 * @pdata: copy of the callbacks' data
 * @owner: module that provides the callbacks
 * @name: unique name
 * @module: name of @owner, or empty
 * @flags: IOASID_ALLOCATOR_*
 * @index: order of registration
 * @faulty: refuses allocations
 * @fault_row: faults since the last good allocation
 * @gone: no longer registered
 * @allocs: IDs handed out
 * @frees: IDs taken back
 * @failures: allocations refused
 * @faults: unusable IDs returned
 * @rcu: for readers of &ioasid_core.allocators
 *
 * What can change does so under the table lock.
 */
struct ioasid_allocator {
	struct list_head node;
	struct ioasid_space *space;
	const struct ioasid_allocator_ops *ops;
	ioasid_alloc_fn_t alloc;
	ioasid_free_fn_t free;
	void *pdata;
	struct module *owner;
	char name[IOASID_NAME_MAX + 1];
	char module[MODULE_NAME_LEN];
	unsigned int flags;
	u32 index;
	bool faulty;
	bool gone;
	u32 fault_row;
	u64 allocs;
	u64 frees;
	u64 failures;
	u64 faults;
	struct rcu_head rcu;
};

/**
 * struct ioasid_queue - entries that ioasid_find() does not find any more, in order
 * @first: by &ioasid_entry.next
 * @last: the last one, if there is a first
 */
struct ioasid_queue {
	struct ioasid_entry *first;
	struct ioasid_entry *last;
};

/**
 * struct ioasid_space - the allocators that share one ID space
 * @op: operating allocator; NULL once the space is dead
 * @key: explicit key of the members, or NULL
 * @id: grows with every new space; 0 is the default one
 * @ids: IDs outstanding, allocations and frees under way among them
 * @refs: @ids, plus one for each member, while @busy, and for each waiter
 * @dead: the last member left; what is in @ids are orphans
 * @busy: @work is queued or runs
 * @pin: module that @ids holds a reference to
 * @deferred: entries on their way to the backend's free()
 * @work: brings them there
 * @last_name: name of the last operating allocator, once dead
 * @rcu: for readers that come from an entry
 *
 * What can change does so under the table lock. An entry keeps its space
 * alive, so the last allocator can leave in constant time: the entries notice
 * by @dead that they are orphans.
 */
struct ioasid_space {
	struct ioasid_allocator __rcu *op;
	const void *key;
	u32 id;
	u32 ids;
	u32 refs;
	bool dead;
	bool busy;
	struct module *pin;
	struct ioasid_queue deferred;
	struct work_struct work;
	char last_name[IOASID_NAME_MAX + 1];
	struct rcu_head rcu;
};

/**
 * struct ioasid_group - what the core knows about a consumer's set
 * @node: in &ioasid_core.groups
 * @key: address of the set; never followed; NULL when its module is gone
 * @name: copy of the set's name
 * @module: name of the module that declared it, or empty
 * @ids: IDs outstanding
 * @quota: most IDs that it may have; 0: no limit
 * @index: order of appearance; 0 is the set of user space
 * @rcu: for readers that come from an entry or from the list
 */
struct ioasid_group {
	struct list_head node;
	const struct ioasid_set *key;
	char name[IOASID_NAME_MAX + 1];
	char module[MODULE_NAME_LEN];
	u32 ids;
	u32 quota;
	u32 index;
	struct rcu_head rcu;
};

/**
 * struct ioasid_socket - a socket that something belongs to
 * @sk: the socket, with a reference; NULL: none
 * @portid: its address
 *
 * An address may be used again at once, so it only says where to look, when
 * netlink tells that a socket was closed: the owner is the one that is dead.
 */
struct ioasid_socket {
	struct sock *sk;
	u32 portid;
};

/**
 * struct ioasid_request - a request from user space and the IDs that it holds
 * @number: names it towards user space
 * @start: when the requester started, ns of CLOCK_BOOTTIME
 * @since: when the request was made, ns of CLOCK_BOOTTIME
 * @space: where its IDs are from
 * @ids: IDs that still belong to it, plus one while it is being served
 * @first: no ID of a hold is smaller
 * @last: no ID of a hold is larger
 * @hold: the IDs go with a socket
 * @owner: that socket, until it is closed
 * @node: of a hold: where a socket that is closed looks for it
 * @committed: its IDs may be seen; all of them appear with this one store
 * @pid: thread group of the requester
 * @uid: its user ID
 * @comm: its name
 * @label: text that it chose, or empty
 * @rcu: for readers that come from an entry
 */
struct ioasid_request {
	u64 number;
	u64 start;
	u64 since;
	struct ioasid_space *space;
	u32 ids;
	ioasid_t first;
	ioasid_t last;
	struct ioasid_socket owner;
	struct hlist_node node;
	bool hold;
	bool committed;
	u32 pid;
	u32 uid;
	char comm[TASK_COMM_LEN];
	char label[IOASID_LABEL_MAX + 1];
	struct rcu_head rcu;
};

/**
 * struct ioasid_entry - an ID in use
 * @mark: which use of this memory it is, and its stage; see below
 * @refs: references; the allocation itself is one until it is freed
 * @since: when a kernel consumer allocated it, seconds of CLOCK_BOOTTIME
 * @id: its number
 * @group: set that it belongs to
 * @space: space that it came from
 * @req: request from user space, or NULL for a kernel consumer
 * @private: the consumer's data
 * @next: instead, once nobody can find it any more: in a &struct ioasid_queue
 *
 * A million of these may exist, so it is as small as it gets: 48 bytes, and 8 that
 * the slab allocator wants beside it. Its memory is used again at once, but for
 * nothing else until a grace period has passed (SLAB_TYPESAFE_BY_RCU). So a reader
 * without the lock may hold an entry that has become another ID's. It reads @mark
 * first and last: if it has not changed, and @id is right, all between belongs to
 * one use, in one stage.
 *
 * @mark has %IOASID_MARK_USED while the entry is in use, the stage (enum
 * ioasid_state, without orphan) in %IOASID_MARK_STAGES, and the number of the use
 * above that, which the end of each use makes one more.
 */
struct ioasid_entry {
	u32 mark;
	u32 refs;
	u32 since;
	ioasid_t id;
	struct ioasid_group *group;
	struct ioasid_space *space;
	struct ioasid_request *req;
	union {
		void __rcu *private;
		struct ioasid_entry *next;
	};
};

#define IOASID_MARK_USED	BIT(0)
#define IOASID_MARK_STAGES	GENMASK(2, 1)
#define IOASID_MARK_USE		BIT(3)

/**
 * struct ioasid_call - a callback that runs
 * @node: in &ioasid_core.calls
 * @allocator: whose callback
 * @context: task or interrupt that runs it
 */
struct ioasid_call {
	struct hlist_node node;
	struct ioasid_allocator *allocator;
	unsigned long context;
};

/**
 * struct ioasid_drain - the gate of the active space
 * @owner: socket whose drain it is; without one the gate is open
 * @number: grows with every drain
 * @since: when the gate closed, ns of CLOCK_BOOTTIME
 * @pid: thread group that closed it
 * @comm: its name
 */
struct ioasid_drain {
	struct ioasid_socket owner;
	u64 number;
	u64 since;
	u32 pid;
	char comm[TASK_COMM_LEN];
};

/**
 * struct ioasid_core - all state of the allocator
 * @table: every ID in use, whoever handed it out
 * @allocators: in order of registration, the built-in one first; RCU readers
 * @groups: sets; RCU readers
 * @calls: callbacks that run
 * @drain: gate of @active
 * @events: changes to be told to listeners
 * @n_events: length of @events
 * @events_lost: a change could not be queued since the last delivery
 * @active: space that serves new allocations
 * @generation: grows with every visible change
 * @requests: number of the last request from user space
 * @used: IDs in @table
 * @high_water: largest @used so far
 * @orphans: IDs of dead spaces
 * @next_index: for the next allocator
 * @next_space: for the next space
 * @next_set: for the next set
 * @id_max: largest ID
 *
 * The lock of @table, the table lock, protects everything in here and in the
 * objects that hang off it. It is taken with interrupts disabled, is the
 * innermost lock of the module (but for those of the memory allocator, of the
 * workqueue and of wake-ups), and no callback ever runs under it. Lookups,
 * dumps and debugfs do without: allocators, spaces, groups and requests are
 * freed after a grace period, and of entries see there.
 */
struct ioasid_core {
	struct xarray table;
	struct list_head allocators;
	struct list_head groups;
	struct hlist_head calls;
	struct ioasid_drain drain;
	struct list_head events;
	u32 n_events;
	bool events_lost;
	struct ioasid_space *active;
	u64 generation;
	u64 requests;
	u32 used;
	u32 high_water;
	u32 orphans;
	u32 next_index;
	u32 next_space;
	u32 next_set;
	ioasid_t id_max;
};

extern struct ioasid_core ioasid_core;
extern struct workqueue_struct *ioasid_wq;

#define ioasid_lock(flags)	xa_lock_irqsave(&ioasid_core.table, flags)
#define ioasid_unlock(flags)	xa_unlock_irqrestore(&ioasid_core.table, flags)
#define ioasid_lock_held()	lockdep_is_held(&ioasid_core.table.xa_lock)
#define ioasid_assert_locked()	lockdep_assert_held(&ioasid_core.table.xa_lock)

/**
 * struct ioasid_change - conditions and outcome of an administrator's change
 * @conditional: refuse unless the generation is @expected
 * @dry_run: check all, change nothing
 * @asker: socket of the request; NULL for a caller in the kernel
 * @expected: generation that the administrator has seen
 * @generation: out: generation after the change, or at the refusal
 * @changed: out: something changed, or would have
 * @reason: out: enum ioasid_reason of a refusal
 * @count: out: IDs in the way, or concerned
 * @id: out: first ID in the way
 * @blocking: out: space whose IDs are in the way; valid under the table lock
 * @name: out: operating allocator of the space that a drain is about
 */
struct ioasid_change {
	bool conditional;
	bool dry_run;
	struct ioasid_socket asker;
	u64 expected;
	u64 generation;
	bool changed;
	u16 reason;
	u32 count;
	ioasid_t id;
	struct ioasid_space *blocking;
	char name[IOASID_NAME_MAX + 1];
};

/**
 * struct ioasid_alloc_args - what a consumer asks for
 * @set: set of the ID, or NULL
 * @min: smallest ID, inclusive
 * @max: largest ID, inclusive
 * @private: data of the consumer
 * @gfp: how to allocate memory, and whether to sleep
 * @req: request from user space, or NULL
 * @space: from this space, whether it is active or not; NULL: the active one
 */
struct ioasid_alloc_args {
	const struct ioasid_set *set;
	ioasid_t min;
	ioasid_t max;
	void *private;
	gfp_t gfp;
	struct ioasid_request *req;
	struct ioasid_space *space;
};

/* space.c */
extern struct ioasid_space ioasid_default_space;
extern struct ioasid_allocator ioasid_default_allocator;
struct ioasid_space *ioasid_space_new(const struct ioasid_allocator_ops *ops);
bool ioasid_called_back(void);
void ioasid_call_begin(struct ioasid_call *call, struct ioasid_allocator *a);
void ioasid_call_end(struct ioasid_call *call);
void ioasid_calls_finish(const struct ioasid_allocator_ops *ops,
			 const struct module *owner);
u32 ioasid_space_rounds(const struct ioasid_space *space);
void ioasid_space_flush(struct ioasid_space *space, unsigned long *flags);
void ioasid_defer_free(struct ioasid_entry *e);

/* table.c */
int ioasid_table_alloc(struct ioasid_alloc_args *args, ioasid_t *id);
int ioasid_quota_check(const struct ioasid_group *group, u64 count);
void ioasid_uncharge(struct ioasid_entry *e);
void ioasid_unpublish(struct xa_state *xas, struct ioasid_entry *e);

/* memory.c */
int ioasid_entries_init(void);
void ioasid_entries_exit(void);
struct ioasid_entry *ioasid_entry_new(const struct ioasid_alloc_args *args);
void ioasid_entry_drop(struct ioasid_entry *e);
void ioasid_entries_drop(struct ioasid_entry *e);
bool ioasid_entry_look(const struct ioasid_entry *e, ioasid_t id,
		       struct ioasid_entry *copy);
void ioasid_queue_add(struct ioasid_queue *queue, struct ioasid_entry *e);
struct ioasid_entry *ioasid_queue_take(struct ioasid_queue *queue);

/* entry.c */
u8 ioasid_release(struct xa_state *xas, struct ioasid_entry *e, bool defer,
		  struct ioasid_call *call);
void ioasid_forget(struct ioasid_entry *e);
void ioasid_backend_free(struct ioasid_entry *e, struct ioasid_call *call);
enum ioasid_state ioasid_entry_state(const struct ioasid_entry *e);

/* Counters change under the table lock; who only looks at them takes none. */
#define ioasid_count(counter, n) ({			\
	typeof(counter) *_counter = &(counter);	\
							\
	WRITE_ONCE(*_counter, *_counter + (n));		\
})

/* Is the module, if there is one, not about to go? Then IDs can pin it. */
static inline bool ioasid_module_stays(struct module *owner)
{
	/* It may begin to leave at this moment, as well as after it. */
	return !owner || data_race(module_is_live(owner));
}

/* The present one; without the lock it may be over at once. */
static inline u64 ioasid_generation(void)
{
	return READ_ONCE(ioasid_core.generation);
}

/* Operating allocator of @space; NULL if dead. Table lock held. */
static inline struct ioasid_allocator *
ioasid_operating(const struct ioasid_space *space)
{
	return rcu_dereference_protected(space->op, ioasid_lock_held());
}

static inline void ioasid_space_put(struct ioasid_space *space)
{
	ioasid_assert_locked();
	if (!--space->refs)
		kfree_rcu(space, rcu);
}

/* Is the gate of @space closed? */
static inline bool ioasid_draining(const struct ioasid_space *space)
{
	ioasid_assert_locked();
	return ioasid_core.drain.owner.sk && space == ioasid_core.active;
}

/**
 * ioasid_admit - does @space hand out IDs now?
 * @space: active, or about to be
 * @gfp: whether the caller may sleep
 *
 * Context: Table lock held.
 * Return: 0; -ENODEV (it is gone), -ESHUTDOWN (draining), -EIO (faulty), -EAGAIN
 * (backend sleeps, caller does not).
 */
static inline int ioasid_admit(const struct ioasid_space *space, gfp_t gfp)
{
	struct ioasid_allocator *a = ioasid_operating(space);

	if (!a)
		return -ENODEV;
	if (ioasid_draining(space))
		return -ESHUTDOWN;
	if (a->faulty)
		return -EIO;
	if (a->flags & IOASID_ALLOCATOR_SLEEPS && !gfpflags_allow_blocking(gfp))
		return -EAGAIN;
	return 0;
}

/* Was the caller called by a callback? Then it may only look up. */
static inline bool ioasid_in_callback(void)
{
	ioasid_assert_locked();
	return unlikely(!hlist_empty(&ioasid_core.calls)) && ioasid_called_back();
}

/* How far it is on its way from allocation to the last reference. */
static inline enum ioasid_state ioasid_entry_stage(const struct ioasid_entry *e)
{
	return FIELD_GET(IOASID_MARK_STAGES, READ_ONCE(e->mark));
}

/* From here on it is the ID @id, live. */
static inline void ioasid_entry_begin(struct ioasid_entry *e, ioasid_t id)
{
	u32 mark = (e->mark & ~IOASID_MARK_STAGES) | IOASID_MARK_USED;

	static_assert(!IOASID_STATE_LIVE && IOASID_STATE_FREEING <= 3);
	ioasid_assert_locked();
	WRITE_ONCE(e->id, id);
	/* Who sees that it is in use sees all of it. */
	smp_store_release(&e->mark, mark);
}

/* Change the mark before anything else of the entry is changed. */
static inline void ioasid_entry_mark(struct ioasid_entry *e, u32 mark)
{
	ioasid_assert_locked();
	WRITE_ONCE(e->mark, mark);
	smp_wmb();	/* pairs with the one in ioasid_entry_same() */
}

static inline void ioasid_entry_set_stage(struct ioasid_entry *e, enum ioasid_state stage)
{
	ioasid_entry_mark(e, (e->mark & ~IOASID_MARK_STAGES) |
			     FIELD_PREP(IOASID_MARK_STAGES, stage));
}

/* It is no ID any more. The stage stays, for those who tell of the end. */
static inline void ioasid_entry_end(struct ioasid_entry *e)
{
	ioasid_entry_mark(e, (e->mark & ~IOASID_MARK_USED) + IOASID_MARK_USE);
}

/* Was all that was read since @mark was, of one use and in one stage? */
static inline bool ioasid_entry_same(const struct ioasid_entry *e, u32 mark)
{
	smp_rmb();	/* pairs with the barrier in ioasid_entry_mark() */
	return READ_ONCE(e->mark) == mark;
}

/* The request that the entry belongs to; a restore may change it. */
static inline struct ioasid_request *
ioasid_entry_request(const struct ioasid_entry *e)
{
	return READ_ONCE(e->req);
}

/* Has the entry been handed out for good? */
static inline bool ioasid_entry_visible(const struct ioasid_entry *e)
{
	struct ioasid_request *req = ioasid_entry_request(e);

	/* Who sees it sees whether it is a hold, and whose. */
	return !req || smp_load_acquire(&req->committed);
}

/* Name of the operating allocator, or of the last one; RCU or table lock. */
static inline const char *ioasid_space_name(const struct ioasid_space *space)
{
	struct ioasid_allocator *op =
		rcu_dereference_check(space->op, ioasid_lock_held());

	if (op)
		return op->name;
	smp_rmb();	/* pairs with the release when the space dies */
	return space->last_name;
}

/* allocator.c */
struct ioasid_allocator *ioasid_allocator_find(const char *name);
struct ioasid_allocator *
ioasid_next_member(const struct ioasid_allocator *leaving);
int ioasid_set_operating(struct ioasid_allocator *a, bool must_pin);
void ioasid_activate(struct ioasid_space *space);
void ioasid_unregister_locked(struct ioasid_allocator *a);
void ioasid_allocator_release(struct ioasid_allocator *a);
void ioasid_allocators_leave(struct module *module);

/* admin.c */
int ioasid_expect(struct ioasid_change *change);
int ioasid_refuse(struct ioasid_change *change, int err, u16 reason);
int ioasid_may_switch(const char *name, struct ioasid_change *change,
		      struct ioasid_allocator **a);
int ioasid_switch_check(const char *name, struct ioasid_change *change,
			struct ioasid_allocator **a, unsigned long *flags);
int ioasid_switch_locked(struct ioasid_allocator *a,
			 struct ioasid_change *change);
int ioasid_allocator_switch(const char *name, struct ioasid_change *change);
int ioasid_allocator_unregister(const char *name, struct ioasid_change *change);
int ioasid_allocator_reset(const char *name, struct ioasid_change *change);

/* drain.c */
int ioasid_drain(struct ioasid_change *change);
int ioasid_resume(struct ioasid_change *change);
void ioasid_drain_end(void);
void ioasid_drain_check(const struct ioasid_space *space);
int ioasid_drain_foreign(struct ioasid_change *change);
void ioasid_drain_exit(void);

/* socket.c */
void ioasid_hold(struct ioasid_request *req, const struct ioasid_socket *owner);
void ioasid_unhold(struct ioasid_request *req);
void ioasid_socket_get(struct ioasid_socket *to,
		       const struct ioasid_socket *from);
void ioasid_socket_put(struct ioasid_socket *socket);
int ioasid_sockets_init(void);
void ioasid_sockets_exit(void);

/* set.c */
extern const struct ioasid_set ioasid_user_set;
extern struct ioasid_group ioasid_user_group;
struct ioasid_group *ioasid_group_find(const struct ioasid_set *set);
int ioasid_group_add(const struct ioasid_set *set, gfp_t gfp);
void ioasid_group_drop(struct ioasid_group *group);
void ioasid_groups_init(u32 user_quota);
void ioasid_groups_leave(struct module *module);
void ioasid_groups_exit(void);
int ioasid_set_quota(const char *name, const char *module, u32 quota,
		     struct ioasid_change *change);

/* A set whose module is gone stays only for what it leaked. */
static inline void ioasid_group_settle(struct ioasid_group *group)
{
	ioasid_assert_locked();
	if (!group->key && !group->ids)
		ioasid_group_drop(group);
}

/* request.c */

/* So many runs are noted for the reply; the rest is told by a dump. */
#define IOASID_RUNS_REPLY 1024

/**
 * struct ioasid_runs - a bounded list of runs of IDs
 * @run: first and last of each, inclusive
 * @n: how many
 * @room: how many fit
 * @truncated: more were added than fit
 * @total: IDs that were added
 */
struct ioasid_runs {
	struct ioasid_run {
		ioasid_t first;
		ioasid_t last;
	} *run;
	u32 n;
	u32 room;
	bool truncated;
	u32 total;
};

/* runs.c */
int ioasid_runs_init(struct ioasid_runs *runs, u32 room);
void ioasid_runs_add(struct ioasid_runs *runs, ioasid_t first, ioasid_t last);
void ioasid_runs_sort(struct ioasid_runs *runs);
u64 ioasid_runs_count(const struct ioasid_runs *runs);
void ioasid_runs_free(struct ioasid_runs *runs);

/**
 * struct ioasid_demand - IDs that user space asks for
 * @exact: these, sorted, or, if empty, @count of [@min, @max]
 * @count: how many
 * @min: smallest ID, inclusive
 * @max: largest ID, inclusive
 * @contiguous: consecutive numbers only
 * @label: text to tell them by, or NULL
 * @hold: they go when the socket of the request is closed
 */
struct ioasid_demand {
	struct ioasid_runs exact;
	u32 count;
	ioasid_t min;
	ioasid_t max;
	bool contiguous;
	const char *label;
	bool hold;
};

/**
 * struct ioasid_haul - what a request has got so far
 * @req: the request
 * @space: where its IDs come from; NULL: the active space
 * @got: its IDs
 * @lowest: the smallest of them
 * @highest: the largest of them
 */
struct ioasid_haul {
	struct ioasid_request *req;
	struct ioasid_space *space;
	struct ioasid_runs *got;
	ioasid_t lowest;
	ioasid_t highest;
};

struct ioasid_request *ioasid_request_new(const char *label);
void ioasid_request_unref(struct ioasid_request *req);
void ioasid_request_put(struct ioasid_request *req);
void ioasid_request_show(struct ioasid_request *req);
int ioasid_haul_one(struct ioasid_haul *haul, ioasid_t min, ioasid_t max,
		    ioasid_t *id);
void ioasid_haul_undo(struct ioasid_haul *haul);
void ioasid_haul_tell(const struct ioasid_haul *haul);
u16 ioasid_alloc_reason(int err);
int ioasid_pinnable(const struct ioasid_space *space);
int ioasid_request_alloc(const struct ioasid_demand *demand,
			 struct ioasid_change *change, struct ioasid_runs *got,
			 u64 *number);

/* sweep.c */

struct ioasid_plan;

/**
 * struct ioasid_match - which IDs of user space a sweep is about
 * @request: of the request with this number only, or 0
 * @label: with this label only, or NULL
 * @asker: of holds those of this socket only
 * @plan: those that are not in this plan only, and no holds, or NULL
 * @relabel: those that are in @plan and have another label, to get that one
 */
struct ioasid_match {
	u64 request;
	const char *label;
	const struct sock *asker;
	const struct ioasid_plan *plan;
	bool relabel;
};

/*
 * Makes looking at the IDs of user space, and changing them, one step towards
 * other requests: their IDs appear under it, too. Outermost; the table lock is
 * taken inside, again and again, so that consumers in the kernel do not wait for
 * a million IDs. No callback runs under it.
 */
extern struct mutex ioasid_request_mutex;

int ioasid_sweep(ioasid_t first, ioasid_t last,
		 const struct ioasid_match *match, struct ioasid_change *change,
		 struct ioasid_runs *gone);
void ioasid_sweep_end(struct ioasid_space *space);
void ioasid_request_undo(u64 number);
int ioasid_request_free(const struct ioasid_runs *which, const char *label,
			bool skip_missing, struct ioasid_change *change,
			struct ioasid_runs *gone);

/* restore.c */

/**
 * struct ioasid_plan - the IDs that user space is to have
 * @run: all of them, sorted, none twice
 * @n_runs: how many
 * @group: those with one label
 * @n_groups: how many
 * @exact: and no others
 * @allocator: name of the allocator that is to operate, or NULL
 * @switches: another one operates now
 * @allocated: out: IDs that were not in use
 * @freed: out: IDs that are not in the plan
 * @relabelled: out: IDs that had another label
 * @kept: out: IDs that were as they are to be
 */
struct ioasid_plan {
	struct ioasid_plan_run {
		ioasid_t first;
		ioasid_t last;
		u32 group;
	} *run;
	u32 n_runs;
	struct ioasid_plan_group {
		const char *label;
		struct ioasid_haul haul;
		struct ioasid_runs got;
	} *group;
	u32 n_groups;
	bool exact;
	const char *allocator;
	bool switches;
	u32 allocated;
	u32 freed;
	u32 relabelled;
	u32 kept;
};

struct ioasid_request *ioasid_plan_request(const struct ioasid_plan *plan,
					   ioasid_t id);
int ioasid_restore(struct ioasid_plan *plan, struct ioasid_change *change);

/* netlink.c */
int ioasid_netlink_init(void);
void ioasid_netlink_exit(void);

/* debugfs.c */
void ioasid_debugfs_init(void);
void ioasid_debugfs_exit(void);

#endif /* _IOASID_CORE_H */

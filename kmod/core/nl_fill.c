// SPDX-License-Identifier: GPL-2.0-only
/* Objects as netlink messages, the same in replies, dumps and events. */
#include <linux/time64.h>
#include <net/netlink.h>
#include "nl_fill.h"

void ioasid_describe_id(struct ioasid_id_info *info,
			const struct ioasid_entry *e, ioasid_t first,
			ioasid_t last)
{
	const struct ioasid_request *req = ioasid_entry_request(e);
	struct ioasid_space *space = e->space;

	info->generation = ioasid_generation();
	info->first = first;
	info->last = last;
	info->state = ioasid_entry_state(e);
	info->refs = READ_ONCE(e->refs);
	info->space = space->id;
	info->since = req ? req->since : e->since * (u64)NSEC_PER_SEC;
	info->request = req ? req->number : 0;
	info->hold = req && READ_ONCE(req->hold);
	strscpy(info->set, e->group->name, sizeof(info->set));
	strscpy(info->module, e->group->module, sizeof(info->module));
	strscpy(info->allocator, ioasid_space_name(space),
		sizeof(info->allocator));
	info->owned = req;
	if (!info->owned)
		return;
	info->start = req->start;
	info->pid = req->pid;
	info->uid = req->uid;
	strscpy(info->comm, req->comm, sizeof(info->comm));
	strscpy(info->label, req->label, sizeof(info->label));
}

int ioasid_fill_id(struct sk_buff *skb, const struct ioasid_id_info *info,
		   bool owner)
{
	if (nla_put_u64_64bit(skb, IOASID_A_ID_GENERATION, info->generation,
			      IOASID_A_ID_PAD) ||
	    nla_put_u32(skb, IOASID_A_ID_ID, info->first) ||
	    (info->last != info->first &&
	     nla_put_u32(skb, IOASID_A_ID_LAST, info->last)) ||
	    nla_put_u32(skb, IOASID_A_ID_STATE, info->state) ||
	    nla_put_u32(skb, IOASID_A_ID_REFS, info->refs) ||
	    nla_put_string(skb, IOASID_A_ID_SET, info->set) ||
	    (info->module[0] &&
	     nla_put_string(skb, IOASID_A_ID_MODULE, info->module)) ||
	    nla_put_string(skb, IOASID_A_ID_ALLOCATOR, info->allocator) ||
	    nla_put_u32(skb, IOASID_A_ID_SPACE, info->space) ||
	    nla_put_u64_64bit(skb, IOASID_A_ID_SINCE, info->since,
			      IOASID_A_ID_PAD) ||
	    (info->request &&
	     nla_put_u64_64bit(skb, IOASID_A_ID_REQUEST, info->request,
			       IOASID_A_ID_PAD)) ||
	    (info->hold && nla_put_flag(skb, IOASID_A_ID_HOLD)))
		return -EMSGSIZE;
	if (!owner || !info->owned)
		return 0;
	if (nla_put_u32(skb, IOASID_A_ID_PID, info->pid) ||
	    nla_put_u64_64bit(skb, IOASID_A_ID_START, info->start,
			      IOASID_A_ID_PAD) ||
	    nla_put_u32(skb, IOASID_A_ID_UID, info->uid) ||
	    nla_put_string(skb, IOASID_A_ID_COMM, info->comm) ||
	    (info->label[0] &&
	     nla_put_string(skb, IOASID_A_ID_LABEL, info->label)))
		return -EMSGSIZE;
	return 0;
}

static u32 ioasid_allocator_flags(struct ioasid_allocator *a)
{
	struct ioasid_space *space = a->space;
	u32 flags = 0;

	if (space == READ_ONCE(ioasid_core.active))
		flags |= IOASID_ALLOCATOR_F_ACTIVE;
	if (rcu_access_pointer(space->op) == a)
		flags |= IOASID_ALLOCATOR_F_OPERATING;
	if (!a->ops)
		flags |= IOASID_ALLOCATOR_F_BUILTIN;
	if (a->flags & IOASID_ALLOCATOR_SLEEPS)
		flags |= IOASID_ALLOCATOR_F_SLEEPS;
	if (a->flags & IOASID_ALLOCATOR_STANDBY)
		flags |= IOASID_ALLOCATOR_F_STANDBY;
	if (READ_ONCE(a->faulty))
		flags |= IOASID_ALLOCATOR_F_FAULTY;
	if (flags & IOASID_ALLOCATOR_F_ACTIVE &&
	    READ_ONCE(ioasid_core.drain.owner.sk))
		flags |= IOASID_ALLOCATOR_F_DRAINING;
	return flags;
}

void ioasid_describe_allocator(struct ioasid_allocator_info *info,
			       struct ioasid_allocator *a)
{
	info->generation = ioasid_generation();
	info->index = a->index;
	info->space = a->space->id;
	info->flags = ioasid_allocator_flags(a);
	info->module_refs = a->owner ? module_refcount(a->owner) : 0;
	info->ids = READ_ONCE(a->space->ids);
	info->allocs = READ_ONCE(a->allocs);
	info->frees = READ_ONCE(a->frees);
	info->failures = READ_ONCE(a->failures);
	info->faults = READ_ONCE(a->faults);
	strscpy(info->name, a->name, sizeof(info->name));
	strscpy(info->module, a->module, sizeof(info->module));
}

int ioasid_fill_allocator(struct sk_buff *skb,
			  const struct ioasid_allocator_info *info)
{
	if (nla_put_u64_64bit(skb, IOASID_A_ALLOCATOR_GENERATION,
			      info->generation, IOASID_A_ALLOCATOR_PAD) ||
	    nla_put_string(skb, IOASID_A_ALLOCATOR_NAME, info->name) ||
	    nla_put_u32(skb, IOASID_A_ALLOCATOR_INDEX, info->index) ||
	    nla_put_u32(skb, IOASID_A_ALLOCATOR_SPACE, info->space) ||
	    nla_put_u32(skb, IOASID_A_ALLOCATOR_FLAGS, info->flags) ||
	    (info->module[0] &&
	     (nla_put_string(skb, IOASID_A_ALLOCATOR_MODULE, info->module) ||
	      nla_put_u32(skb, IOASID_A_ALLOCATOR_MODULE_REFS,
			  info->module_refs))) ||
	    nla_put_u32(skb, IOASID_A_ALLOCATOR_IDS, info->ids) ||
	    nla_put_u64_64bit(skb, IOASID_A_ALLOCATOR_ALLOCS, info->allocs,
			      IOASID_A_ALLOCATOR_PAD) ||
	    nla_put_u64_64bit(skb, IOASID_A_ALLOCATOR_FREES, info->frees,
			      IOASID_A_ALLOCATOR_PAD) ||
	    nla_put_u64_64bit(skb, IOASID_A_ALLOCATOR_FAILURES, info->failures,
			      IOASID_A_ALLOCATOR_PAD) ||
	    nla_put_u64_64bit(skb, IOASID_A_ALLOCATOR_FAULTS, info->faults,
			      IOASID_A_ALLOCATOR_PAD))
		return -EMSGSIZE;
	return 0;
}

void ioasid_describe_set(struct ioasid_set_info *info,
			 const struct ioasid_group *group)
{
	info->generation = ioasid_generation();
	info->ids = READ_ONCE(group->ids);
	info->quota = READ_ONCE(group->quota);
	info->gone = !READ_ONCE(group->key);
	strscpy(info->name, group->name, sizeof(info->name));
	strscpy(info->module, group->module, sizeof(info->module));
}

int ioasid_fill_set(struct sk_buff *skb, const struct ioasid_set_info *info)
{
	if (nla_put_u64_64bit(skb, IOASID_A_SET_GENERATION, info->generation,
			      IOASID_A_SET_PAD) ||
	    nla_put_string(skb, IOASID_A_SET_NAME, info->name) ||
	    (info->module[0] &&
	     nla_put_string(skb, IOASID_A_SET_MODULE, info->module)) ||
	    nla_put_u32(skb, IOASID_A_SET_IDS, info->ids) ||
	    nla_put_u32(skb, IOASID_A_SET_QUOTA, info->quota) ||
	    (info->gone && nla_put_flag(skb, IOASID_A_SET_GONE)))
		return -EMSGSIZE;
	return 0;
}

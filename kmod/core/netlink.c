// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink family "ioasid": the family, refusals, and the op info-get. */
#include "event.h"
#include "netlink.h"

/* Any local user can make the kernel load us: init has no side effects. */
MODULE_ALIAS_GENL_FAMILY(IOASID_FAMILY_NAME);

static const struct genl_multicast_group ioasid_nl_groups[] = {
	[IOASID_NL_EVENTS] = { .name = IOASID_MCGRP_EVENTS },
	[IOASID_NL_EVENTS_OWNER] = {
		.name = IOASID_MCGRP_EVENTS_OWNER,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

struct genl_family ioasid_nl_family __ro_after_init = {
	.name = IOASID_FAMILY_NAME,
	.version = IOASID_FAMILY_VERSION,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ioasid_nl_ops,
	.mcgrps = ioasid_nl_groups,
	.n_mcgrps = ARRAY_SIZE(ioasid_nl_groups),
#if IOASID_GENL_BIND
	.bind = ioasid_events_joined,
#endif
};

/* May the caller change things and see who owns what? */
bool ioasid_nl_privileged(struct sk_buff *skb)
{
	return netlink_capable(skb, CAP_SYS_ADMIN);
}

/**
 * ioasid_nl_object - put the numbers of a refusal beside its text
 * @extack: to be filled, or NULL
 * @err: negative errno
 * @reason: enum ioasid_reason
 * @attr: offending attribute of the request, or NULL
 * @generation: of the moment of the refusal
 * @count: IDs in the way
 * @id: the first of them, or %INVALID_IOASID
 *
 * Return: @err.
 */
int ioasid_nl_object(struct netlink_ext_ack *extack, int err, u16 reason,
		     const struct nlattr *attr, u64 generation, u32 count,
		     ioasid_t id)
{
	const struct ioasid_cookie cookie = {
		.generation = generation,
		.count = count,
		.id = id,
		.reason = reason,
	};

	BUILD_BUG_ON(sizeof(cookie) > NETLINK_MAX_COOKIE_LEN);
	if (extack) {
		if (attr)
			NL_SET_BAD_ATTR(extack, attr);
		memcpy(extack->cookie, &cookie, sizeof(cookie));
		extack->cookie_len = sizeof(cookie);
	}
	return err;
}

int ioasid_nl_demand_privilege(struct sk_buff *skb,
			       struct netlink_ext_ack *extack)
{
	if (ioasid_nl_privileged(skb))
		return 0;
	return ioasid_nl_refuse(extack, -EPERM,
		IOASID_REASON_PERMISSION, NULL,
		INVALID_IOASID, "CAP_SYS_ADMIN in the initial user namespace is needed");
}

/* What all changes have in common: who asks, and under which conditions. */
int ioasid_nl_begin(struct sk_buff *req, struct genl_info *info,
		    const struct nlattr *expected, const struct nlattr *dry_run,
		    struct ioasid_change *change)
{
	*change = (struct ioasid_change){
		.conditional = expected,
		.expected = expected ? nla_get_u64(expected) : 0,
		.dry_run = dry_run,
		.asker = {
			.sk = NETLINK_CB(req).sk,
			.portid = NETLINK_CB(req).portid,
		},
		.id = INVALID_IOASID,
	};
	return ioasid_nl_demand_privilege(req, info->extack);
}

static void ioasid_nl_say(struct netlink_ext_ack *extack, u16 reason)
{
	switch (reason) {
	case IOASID_REASON_STALE:
		NL_SET_ERR_MSG(extack, "generation is not the expected one");
		break;
	case IOASID_REASON_UNKNOWN_ALLOCATOR:
		NL_SET_ERR_MSG(extack, "no allocator of this name");
		break;
	case IOASID_REASON_UNKNOWN_IOASID:
		NL_SET_ERR_MSG(extack, "IOASID not in use");
		break;
	case IOASID_REASON_OUTSTANDING:
		NL_SET_ERR_MSG(extack, "IOASIDs of the space are outstanding");
		break;
	case IOASID_REASON_DEFAULT_ALLOCATOR:
		NL_SET_ERR_MSG(extack, "the default allocator always exists");
		break;
	case IOASID_REASON_HELD:
		NL_SET_ERR_MSG(extack, "a kernel consumer holds the IOASID");
		break;
	case IOASID_REASON_NOT_OWNER:
		NL_SET_ERR_MSG(extack, "another socket holds the IOASID");
		break;
	case IOASID_REASON_UNKNOWN_SET:
		NL_SET_ERR_MSG(extack, "no set of this name");
		break;
	case IOASID_REASON_NOT_DRAINING:
		NL_SET_ERR_MSG(extack, "the gate is open");
		break;
	case IOASID_REASON_EXHAUSTED:
		NL_SET_ERR_MSG(extack, "not enough free IOASIDs in the range");
		break;
	case IOASID_REASON_QUOTA:
		NL_SET_ERR_MSG(extack, "quota of the set 'user' is reached");
		break;
	case IOASID_REASON_EXISTS:
		NL_SET_ERR_MSG(extack, "IOASID is in use");
		break;
	case IOASID_REASON_DRAINING:
		NL_SET_ERR_MSG(extack, "the active space drains");
		break;
	case IOASID_REASON_FAULTY:
		NL_SET_ERR_MSG(extack, "the operating allocator is faulty");
		break;
	case IOASID_REASON_BACKEND:
		NL_SET_ERR_MSG(extack,
			       "the operating allocator returned an unusable IOASID");
		break;
	case IOASID_REASON_UNLOADING:
		NL_SET_ERR_MSG(extack, "the providing module is going away");
		break;
	case IOASID_REASON_MEMORY:
		NL_SET_ERR_MSG(extack, "out of memory");
		break;
	default:
		NL_SET_ERR_MSG(extack, "request cannot be served");
		break;
	}
}

/**
 * ioasid_nl_refused - tell user space why a change was refused
 * @extack: to be filled
 * @change: outcome
 * @err: negative errno
 * @attr: attribute that the change is about, or NULL
 * @expected: attribute with the expected generation, or NULL
 *
 * Return: @err.
 */
int ioasid_nl_refused(struct netlink_ext_ack *extack,
		      const struct ioasid_change *change, int err,
		      const struct nlattr *attr, const struct nlattr *expected)
{
	ioasid_nl_say(extack, change->reason);
	return ioasid_nl_object(extack, err, change->reason,
		change->reason == IOASID_REASON_STALE ? expected : attr,
		change->generation ?: ioasid_generation(),
		change->count, change->id);
}

/* Begin the reply to @info with room for @size bytes of attributes. */
int ioasid_nl_reply_start(struct genl_info *info, u8 cmd, size_t size,
			  struct sk_buff **skb, void **hdr)
{
	*skb = genlmsg_new(size, GFP_KERNEL);
	if (!*skb)
		return -ENOMEM;
	*hdr = genlmsg_put_reply(*skb, info, &ioasid_nl_family, 0, cmd);
	if (*hdr)
		return 0;
	nlmsg_free(*skb);
	return -EMSGSIZE;
}

/*
 * Answer a change that was made. A requester whose buffer is full misses the
 * answer, but must not be told that it failed.
 */
int ioasid_nl_reply_done(struct sk_buff *skb, struct genl_info *info, void *hdr)
{
	genlmsg_end(skb, hdr);
	genlmsg_reply(skb, info);
	return 0;
}

/*
 * Called at the start and at the end of each part of a dump: when the
 * generation moved in between, the next message, at the latest the final one,
 * says NLM_F_DUMP_INTR. 0 would turn the check off.
 */
void ioasid_nl_dump_seq(struct netlink_callback *cb)
{
	unsigned long flags;

	/* What changes the table holds the lock until the generation tells. */
	ioasid_lock(flags);
	cb->seq = (u32)ioasid_core.generation ?: 1;
	ioasid_unlock(flags);
	/* One without a message is of one moment, too. */
	if (!cb->prev_seq)
		cb->prev_seq = cb->seq;
}

void *ioasid_nl_dump_start_one(struct sk_buff *skb, struct netlink_callback *cb,
			       u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &ioasid_nl_family,
				NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/* A dump of all: the name that the do op takes makes no sense here. */
int ioasid_nl_no_filter(struct netlink_callback *cb, int attr)
{
	const struct nlattr *a = ioasid_dump_attrs(cb)[attr];

	if (!a)
		return 0;
	return ioasid_nl_refuse(cb->extack, -EINVAL,
		IOASID_REASON_INVALID, a,
		INVALID_IOASID, "a dump takes no name");
}

static int ioasid_nl_fill_drain(struct sk_buff *skb, bool owner)
{
	struct ioasid_drain drain;
	unsigned long flags;

	ioasid_lock(flags);
	drain = ioasid_core.drain;
	ioasid_unlock(flags);
	if (nla_put_u8(skb, IOASID_A_INFO_DRAINING, !!drain.owner.sk))
		return -EMSGSIZE;
	if (!drain.owner.sk)
		return 0;
	if (nla_put_u64_64bit(skb, IOASID_A_INFO_DRAIN_SINCE, drain.since,
			      IOASID_A_INFO_PAD))
		return -EMSGSIZE;
	if (owner && (nla_put_u32(skb, IOASID_A_INFO_DRAIN_PID, drain.pid) ||
		      nla_put_string(skb, IOASID_A_INFO_DRAIN_COMM, drain.comm)))
		return -EMSGSIZE;
	return 0;
}

static int ioasid_nl_fill_info(struct sk_buff *skb, bool owner)
{
	/* First: what comes in between is not to be taken for seen. */
	const u64 generation = ioasid_generation();
	struct ioasid_allocator *a;
	struct ioasid_group *group;
	u32 allocators = 0, sets = 0;
	int err;

	rcu_read_lock();
	list_for_each_entry_rcu(a, &ioasid_core.allocators, node)
		allocators++;
	list_for_each_entry_rcu(group, &ioasid_core.groups, node)
		sets++;
	a = rcu_dereference(READ_ONCE(ioasid_core.active)->op);
	err = nla_put_u64_64bit(skb, IOASID_A_INFO_GENERATION, generation,
				IOASID_A_INFO_PAD) ||
	      nla_put_string(skb, IOASID_A_INFO_VERSION, IOASID_VERSION) ||
	      nla_put_u32(skb, IOASID_A_INFO_ID_BITS,
			  fls(ioasid_core.id_max)) ||
	      nla_put_u32(skb, IOASID_A_INFO_ID_MAX, ioasid_core.id_max) ||
	      nla_put_u32(skb, IOASID_A_INFO_USED,
			  READ_ONCE(ioasid_core.used)) ||
	      nla_put_u32(skb, IOASID_A_INFO_ORPHANS,
			  READ_ONCE(ioasid_core.orphans)) ||
	      nla_put_u32(skb, IOASID_A_INFO_HIGH_WATER,
			  READ_ONCE(ioasid_core.high_water)) ||
	      nla_put_string(skb, IOASID_A_INFO_ACTIVE, a ? a->name : "") ||
	      ioasid_nl_fill_drain(skb, owner) ||
	      nla_put_u32(skb, IOASID_A_INFO_ALLOCATORS, allocators) ||
	      nla_put_u32(skb, IOASID_A_INFO_SETS, sets);
	rcu_read_unlock();
	return err ? -EMSGSIZE : 0;
}

int ioasid_nl_info_get(struct sk_buff *req, struct genl_info *info)
{
	struct sk_buff *skb;
	void *hdr;
	int err;

	err = ioasid_nl_reply_start(info, IOASID_CMD_INFO_GET,
				    GENLMSG_DEFAULT_SIZE, &skb, &hdr);
	if (err)
		return err;
	err = ioasid_nl_fill_info(skb, ioasid_nl_privileged(req));
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

int __init ioasid_netlink_init(void)
{
	int err;

	ioasid_nl_family.n_ops = ioasid_nl_n_ops;
	err = genl_register_family(&ioasid_nl_family);
	if (!err)
		ioasid_events_init();
	return err;
}

void ioasid_netlink_exit(void)
{
	ioasid_events_exit();
	genl_unregister_family(&ioasid_nl_family);
}

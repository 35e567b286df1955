// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: allocators, shown and changed. */
#include "netlink.h"
#include "nl_fill.h"

static bool ioasid_nl_describe_named(struct ioasid_allocator_info *desc,
				     const char *name)
{
	struct ioasid_allocator *a;
	unsigned long flags;

	ioasid_lock(flags);
	a = ioasid_allocator_find(name);
	if (a)
		ioasid_describe_allocator(desc, a);
	ioasid_unlock(flags);
	return a;
}

int ioasid_nl_allocator_get(struct sk_buff *req, struct genl_info *info)
{
	const struct nlattr *name = info->attrs[IOASID_A_ALLOCATOR_NAME];
	struct ioasid_allocator_info desc;
	struct sk_buff *skb;
	void *hdr;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, IOASID_A_ALLOCATOR_NAME))
		return -EINVAL;
	if (!ioasid_nl_describe_named(&desc, nla_data(name)))
		return ioasid_nl_refuse(info->extack, -ENOENT,
			IOASID_REASON_UNKNOWN_ALLOCATOR, name,
			INVALID_IOASID, "no allocator of this name");
	err = ioasid_nl_reply_start(info, IOASID_CMD_ALLOCATOR_GET,
				    GENLMSG_DEFAULT_SIZE, &skb, &hdr);
	if (err)
		return err;
	err = ioasid_fill_allocator(skb, &desc);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* cb->args[0] is the first index not dumped yet: indices grow and stay. */
int ioasid_nl_allocator_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ioasid_allocator_info desc;
	struct ioasid_allocator *a;
	int err = ioasid_nl_no_filter(cb, IOASID_A_ALLOCATOR_NAME);

	if (err)
		return err;
	ioasid_nl_dump_seq(cb);
	rcu_read_lock();
	list_for_each_entry_rcu(a, &ioasid_core.allocators, node) {
		void *hdr;

		if (a->index < cb->args[0])
			continue;
		ioasid_describe_allocator(&desc, a);
		hdr = ioasid_nl_dump_start_one(skb, cb,
					       IOASID_CMD_ALLOCATOR_GET);
		if (!hdr)
			break;
		if (ioasid_fill_allocator(skb, &desc)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = a->index + 1;
	}
	rcu_read_unlock();
	ioasid_nl_dump_seq(cb);
	return skb->len;
}

typedef int (*ioasid_nl_change_fn)(const char *name,
				   struct ioasid_change *change);

static int ioasid_nl_change(struct sk_buff *req, struct genl_info *info,
			    ioasid_nl_change_fn fn)
{
	const struct nlattr *name = info->attrs[IOASID_A_ALLOCATOR_NAME];
	const struct nlattr *expected =
		info->attrs[IOASID_A_ALLOCATOR_EXPECTED_GENERATION];
	struct ioasid_change change;
	struct sk_buff *skb;
	void *hdr;
	int err;

	err = ioasid_nl_begin(req, info, expected,
			      info->attrs[IOASID_A_ALLOCATOR_DRY_RUN], &change);
	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, IOASID_A_ALLOCATOR_NAME))
		return -EINVAL;
	err = ioasid_nl_reply_start(info, info->genlhdr->cmd,
				    GENLMSG_DEFAULT_SIZE, &skb, &hdr);
	if (err)
		return err;
	err = fn(nla_data(name), &change);
	if (err) {
		nlmsg_free(skb);
		return ioasid_nl_refused(info->extack, &change, err, name,
					 expected);
	}
	if (nla_put_u64_64bit(skb, IOASID_A_ALLOCATOR_GENERATION,
			      change.generation, IOASID_A_ALLOCATOR_PAD) ||
	    nla_put_string(skb, IOASID_A_ALLOCATOR_NAME, nla_data(name)) ||
	    nla_put_u8(skb, IOASID_A_ALLOCATOR_CHANGED, change.changed)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return ioasid_nl_reply_done(skb, info, hdr);
}

int ioasid_nl_switch(struct sk_buff *req, struct genl_info *info)
{
	return ioasid_nl_change(req, info, ioasid_allocator_switch);
}

int ioasid_nl_unregister(struct sk_buff *req, struct genl_info *info)
{
	return ioasid_nl_change(req, info, ioasid_allocator_unregister);
}

int ioasid_nl_reset(struct sk_buff *req, struct genl_info *info)
{
	return ioasid_nl_change(req, info, ioasid_allocator_reset);
}

/* The gate is that of the active space, so there is no name to give. */
static int ioasid_nl_gate(struct sk_buff *req, struct genl_info *info,
			  int (*fn)(struct ioasid_change *change))
{
	const struct nlattr *expected =
		info->attrs[IOASID_A_ALLOCATOR_EXPECTED_GENERATION];
	struct ioasid_change change;
	struct sk_buff *skb;
	void *hdr;
	int err;

	err = ioasid_nl_begin(req, info, expected,
			      info->attrs[IOASID_A_ALLOCATOR_DRY_RUN],
			      &change) ?:
	      ioasid_nl_reply_start(info, info->genlhdr->cmd,
				    GENLMSG_DEFAULT_SIZE, &skb, &hdr);
	if (err)
		return err;
	err = fn(&change);
	if (err) {
		nlmsg_free(skb);
		return ioasid_nl_refused(info->extack, &change, err, NULL,
					 expected);
	}
	if (nla_put_u64_64bit(skb, IOASID_A_ALLOCATOR_GENERATION,
			      change.generation, IOASID_A_ALLOCATOR_PAD) ||
	    nla_put_string(skb, IOASID_A_ALLOCATOR_NAME, change.name) ||
	    nla_put_u32(skb, IOASID_A_ALLOCATOR_IDS, change.count) ||
	    nla_put_u8(skb, IOASID_A_ALLOCATOR_CHANGED, change.changed)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return ioasid_nl_reply_done(skb, info, hdr);
}

int ioasid_nl_drain(struct sk_buff *req, struct genl_info *info)
{
	return ioasid_nl_gate(req, info, ioasid_drain);
}

int ioasid_nl_resume(struct sk_buff *req, struct genl_info *info)
{
	return ioasid_nl_gate(req, info, ioasid_resume);
}

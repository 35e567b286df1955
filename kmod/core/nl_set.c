// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: sets. */
#include "netlink.h"
#include "nl_fill.h"

static bool ioasid_nl_describe_set(struct ioasid_set_info *desc,
				   const char *name)
{
	struct ioasid_group *group;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(group, &ioasid_core.groups, node) {
		found = !strcmp(group->name, name);
		if (!found)
			continue;
		ioasid_describe_set(desc, group);
		break;
	}
	rcu_read_unlock();
	return found;
}

int ioasid_nl_set_get(struct sk_buff *req, struct genl_info *info)
{
	const struct nlattr *name = info->attrs[IOASID_A_SET_NAME];
	struct ioasid_set_info desc;
	struct sk_buff *skb;
	void *hdr;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, IOASID_A_SET_NAME))
		return -EINVAL;
	if (!ioasid_nl_describe_set(&desc, nla_data(name)))
		return ioasid_nl_refuse(info->extack, -ENOENT,
			IOASID_REASON_UNKNOWN_SET, name,
			INVALID_IOASID, "no set of this name");
	err = ioasid_nl_reply_start(info, IOASID_CMD_SET_GET,
				    GENLMSG_DEFAULT_SIZE, &skb, &hdr);
	if (err)
		return err;
	err = ioasid_fill_set(skb, &desc);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* cb->args[0] is the first index not dumped yet: indices grow and stay. */
int ioasid_nl_set_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ioasid_set_info desc;
	struct ioasid_group *group;
	int err = ioasid_nl_no_filter(cb, IOASID_A_SET_NAME);

	if (err)
		return err;
	ioasid_nl_dump_seq(cb);
	rcu_read_lock();
	list_for_each_entry_rcu(group, &ioasid_core.groups, node) {
		void *hdr;

		if (group->index < cb->args[0])
			continue;
		ioasid_describe_set(&desc, group);
		hdr = ioasid_nl_dump_start_one(skb, cb, IOASID_CMD_SET_GET);
		if (!hdr)
			break;
		if (ioasid_fill_set(skb, &desc)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = group->index + 1;
	}
	rcu_read_unlock();
	ioasid_nl_dump_seq(cb);
	return skb->len;
}

static const char *ioasid_nl_text(const struct nlattr *attr)
{
	return attr ? nla_data(attr) : NULL;
}

static int ioasid_nl_put_quota(struct sk_buff *skb,
			       const struct ioasid_change *change,
			       const struct nlattr *name, u32 quota)
{
	if (nla_put_u64_64bit(skb, IOASID_A_SET_GENERATION, change->generation,
			      IOASID_A_SET_PAD) ||
	    nla_put_string(skb, IOASID_A_SET_NAME, nla_data(name)) ||
	    nla_put_u32(skb, IOASID_A_SET_IDS, change->count) ||
	    nla_put_u32(skb, IOASID_A_SET_QUOTA, quota) ||
	    nla_put_u8(skb, IOASID_A_SET_CHANGED, change->changed))
		return -EMSGSIZE;
	return 0;
}

int ioasid_nl_set_quota(struct sk_buff *req, struct genl_info *info)
{
	const struct nlattr *name = info->attrs[IOASID_A_SET_NAME];
	const struct nlattr *expected =
		info->attrs[IOASID_A_SET_EXPECTED_GENERATION];
	struct ioasid_change change;
	struct sk_buff *skb;
	void *hdr;
	u32 quota;
	int err;

	err = ioasid_nl_begin(req, info, expected,
			      info->attrs[IOASID_A_SET_DRY_RUN], &change);
	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, IOASID_A_SET_NAME) ||
	    GENL_REQ_ATTR_CHECK(info, IOASID_A_SET_QUOTA))
		return -EINVAL;
	err = ioasid_nl_reply_start(info, IOASID_CMD_SET_QUOTA,
				    GENLMSG_DEFAULT_SIZE, &skb, &hdr);
	if (err)
		return err;
	quota = nla_get_u32(info->attrs[IOASID_A_SET_QUOTA]);
	err = ioasid_set_quota(nla_data(name),
			       ioasid_nl_text(info->attrs[IOASID_A_SET_MODULE]),
			       quota, &change);
	if (err) {
		nlmsg_free(skb);
		if (err == -ENOTUNIQ)
			return ioasid_nl_refuse(info->extack, err,
				IOASID_REASON_INVALID, name,
				INVALID_IOASID, "several sets have this name: say whose");
		return ioasid_nl_refused(info->extack, &change, err, name,
					 expected);
	}
	err = ioasid_nl_put_quota(skb, &change, name, quota);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return ioasid_nl_reply_done(skb, info, hdr);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the netlink family. */
#ifndef _IOASID_NETLINK_H
#define _IOASID_NETLINK_H

#include <net/genetlink.h>
#include "compat.h"
#include "core.h"

extern struct genl_family ioasid_nl_family;

/* The multicast groups: the same events, without and with the owners of IDs. */
enum ioasid_nl_mcgrp {
	IOASID_NL_EVENTS,
	IOASID_NL_EVENTS_OWNER,
};

int ioasid_nl_object(struct netlink_ext_ack *extack, int err, u16 reason,
		     const struct nlattr *attr, u64 generation, u32 count,
		     ioasid_t id);

/* Refuse with a static text: the only kind that 6.1 knows. */
#define ioasid_nl_refuse(extack, err, reason, attr, id, text) ({	\
	struct netlink_ext_ack *_extack = (extack);			\
									\
	NL_SET_ERR_MSG(_extack, text);					\
	ioasid_nl_object(_extack, err, reason, attr,			\
			 ioasid_generation(), 0, id);			\
})

bool ioasid_nl_privileged(struct sk_buff *skb);
int ioasid_nl_begin(struct sk_buff *req, struct genl_info *info,
		    const struct nlattr *expected, const struct nlattr *dry_run,
		    struct ioasid_change *change);
int ioasid_nl_demand_privilege(struct sk_buff *skb,
			       struct netlink_ext_ack *extack);
int ioasid_nl_reply_done(struct sk_buff *skb, struct genl_info *info,
			 void *hdr);
int ioasid_nl_reply_start(struct genl_info *info, u8 cmd, size_t size,
			  struct sk_buff **skb, void **hdr);

int ioasid_nl_refused(struct netlink_ext_ack *extack,
		      const struct ioasid_change *change, int err,
		      const struct nlattr *attr, const struct nlattr *expected);
void ioasid_nl_dump_seq(struct netlink_callback *cb);
void *ioasid_nl_dump_start_one(struct sk_buff *skb, struct netlink_callback *cb,
			       u8 cmd);
int ioasid_nl_no_filter(struct netlink_callback *cb, int attr);
int ioasid_nl_info_get(struct sk_buff *req, struct genl_info *info);

/* nl_allocator.c */
int ioasid_nl_allocator_get(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_allocator_dump(struct sk_buff *skb, struct netlink_callback *cb);
int ioasid_nl_switch(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_unregister(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_reset(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_drain(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_resume(struct sk_buff *skb, struct genl_info *info);

/* nl_set.c */
int ioasid_nl_set_get(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_set_dump(struct sk_buff *skb, struct netlink_callback *cb);
int ioasid_nl_set_quota(struct sk_buff *skb, struct genl_info *info);

/* nl_ioasid.c */
int ioasid_nl_get(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* nl_request.c */
int ioasid_nl_parse_range(const struct nlattr *attr, struct ioasid_run *run,
			  struct netlink_ext_ack *extack);
int ioasid_nl_alloc(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_free(struct sk_buff *skb, struct genl_info *info);
int ioasid_nl_check_label(const struct nlattr *attr,
			  struct netlink_ext_ack *extack);

/* nl_restore.c */
int ioasid_nl_restore(struct sk_buff *skb, struct genl_info *info);

/* nl_policy.c */
extern const struct genl_ops ioasid_nl_ops[];
extern const unsigned int ioasid_nl_n_ops;
extern const struct nla_policy ioasid_nl_range_policy[IOASID_A_RANGE_MAX + 1];
extern const struct nla_policy
ioasid_nl_restore_group_policy[IOASID_A_RESTORE_GROUP_MAX + 1];

#endif /* _IOASID_NETLINK_H */

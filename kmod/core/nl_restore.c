// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: many IDs with their labels, in one request. */
#include <linux/mm.h>
#include <linux/sort.h>
#include "netlink.h"

/* What a request asks for, and where that stands in the message. */
struct ioasid_nl_wish {
	struct ioasid_plan plan;
	u32 runs;
	u32 groups;
};

static int ioasid_nl_count_groups(struct genl_info *info,
				  struct ioasid_nl_wish *wish)
{
	const struct nlattr *attr, *range;
	int rem, inner;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != IOASID_A_RESTORE_GROUP)
			continue;
		if (wish->groups++ == IOASID_RESTORE_GROUPS)
			return ioasid_nl_refuse(info->extack, -E2BIG,
				IOASID_REASON_INVALID, attr,
				INVALID_IOASID, "too many groups for one restore");
		nla_for_each_nested(range, attr, inner)
			wish->runs += nla_type(range) ==
				      IOASID_A_RESTORE_GROUP_RANGE;
	}
	return 0;
}

static int ioasid_nl_parse_group(const struct nlattr *attr,
				 struct ioasid_plan *plan,
				 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IOASID_A_RESTORE_GROUP_MAX + 1];
	struct ioasid_plan_group *group = &plan->group[plan->n_groups];
	const struct nlattr *range;
	struct ioasid_run run;
	int err, rem;

	err = nla_parse_nested(tb, IOASID_A_RESTORE_GROUP_MAX, attr,
			       ioasid_nl_restore_group_policy, extack) ?:
	      ioasid_nl_check_label(tb[IOASID_A_RESTORE_GROUP_LABEL], extack);
	if (err)
		return err;
	if (NL_REQ_ATTR_CHECK(extack, attr, tb, IOASID_A_RESTORE_GROUP_RANGE))
		return -EINVAL;
	if (tb[IOASID_A_RESTORE_GROUP_LABEL])
		group->label = nla_data(tb[IOASID_A_RESTORE_GROUP_LABEL]);
	nla_for_each_nested(range, attr, rem) {
		if (nla_type(range) != IOASID_A_RESTORE_GROUP_RANGE)
			continue;
		err = ioasid_nl_parse_range(range, &run, extack);
		if (err)
			return err;
		plan->run[plan->n_runs++] = (struct ioasid_plan_run){
			run.first, run.last, plan->n_groups,
		};
	}
	plan->n_groups++;
	return 0;
}

static int ioasid_nl_run_cmp(const void *a, const void *b)
{
	const struct ioasid_plan_run *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* In order, and no ID in two places. */
static int ioasid_nl_sort_runs(struct genl_info *info, struct ioasid_plan *plan)
{
	u64 total = 0;
	u32 i;

	sort(plan->run, plan->n_runs, sizeof(*plan->run), ioasid_nl_run_cmp,
	     NULL);
	for (i = 0; i < plan->n_runs; i++) {
		if (i && plan->run[i].first <= plan->run[i - 1].last)
			return ioasid_nl_refuse(info->extack, -EINVAL,
				IOASID_REASON_INVALID,
				info->attrs[IOASID_A_RESTORE_GROUP],
				plan->run[i].first, "an IOASID stands in two ranges");
		total += plan->run[i].last - plan->run[i].first + 1;
	}
	if (total > IOASID_ALLOC_MAX)
		return ioasid_nl_refuse(info->extack, -E2BIG,
			IOASID_REASON_INVALID,
			info->attrs[IOASID_A_RESTORE_GROUP],
			INVALID_IOASID, "too many IOASIDs for one request");
	return 0;
}

static int ioasid_nl_parse_plan(struct genl_info *info,
				struct ioasid_nl_wish *wish)
{
	const struct nlattr *name = info->attrs[IOASID_A_RESTORE_ALLOCATOR];
	struct ioasid_plan *plan = &wish->plan;
	const struct nlattr *attr;
	int err, rem;

	plan->exact = info->attrs[IOASID_A_RESTORE_EXACT];
	plan->allocator = name ? nla_data(name) : NULL;
	err = ioasid_nl_count_groups(info, wish);
	if (err)
		return err;
	plan->run = kvcalloc(wish->runs, sizeof(*plan->run),
			     GFP_KERNEL_ACCOUNT);
	plan->group = kvcalloc(wish->groups, sizeof(*plan->group),
			       GFP_KERNEL_ACCOUNT);
	if (!plan->run || !plan->group)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != IOASID_A_RESTORE_GROUP)
			continue;
		err = ioasid_nl_parse_group(attr, plan, info->extack);
		if (err)
			return err;
	}
	return ioasid_nl_sort_runs(info, plan);
}

static int ioasid_nl_put_plan(struct sk_buff *skb,
			      const struct ioasid_change *change,
			      const struct ioasid_plan *plan)
{
	if (nla_put_u64_64bit(skb, IOASID_A_RESTORE_GENERATION,
			      change->generation, IOASID_A_RESTORE_PAD) ||
	    nla_put_u8(skb, IOASID_A_RESTORE_CHANGED, change->changed) ||
	    nla_put_u32(skb, IOASID_A_RESTORE_ALLOCATED, plan->allocated) ||
	    nla_put_u32(skb, IOASID_A_RESTORE_FREED, plan->freed) ||
	    nla_put_u32(skb, IOASID_A_RESTORE_RELABELLED, plan->relabelled) ||
	    nla_put_u32(skb, IOASID_A_RESTORE_KEPT, plan->kept))
		return -EMSGSIZE;
	return 0;
}

/* The attribute that a refusal is about. */
static const struct nlattr *
ioasid_nl_restore_culprit(struct genl_info *info,
			  const struct ioasid_change *change)
{
	switch (change->reason) {
	case IOASID_REASON_UNKNOWN_ALLOCATOR:
	case IOASID_REASON_OUTSTANDING:
		return info->attrs[IOASID_A_RESTORE_ALLOCATOR];
	default:
		return info->attrs[IOASID_A_RESTORE_GROUP];
	}
}

static int ioasid_nl_run_plan(struct genl_info *info, struct ioasid_plan *plan,
			      struct ioasid_change *change)
{
	struct sk_buff *skb;
	void *hdr;
	int err;

	err = ioasid_nl_reply_start(info, IOASID_CMD_RESTORE,
				    GENLMSG_DEFAULT_SIZE, &skb, &hdr);
	if (err)
		return err;
	err = ioasid_restore(plan, change);
	if (err) {
		nlmsg_free(skb);
		return ioasid_nl_refused(info->extack, change, err,
			ioasid_nl_restore_culprit(info, change),
			info->attrs[IOASID_A_RESTORE_EXPECTED_GENERATION]);
	}
	err = ioasid_nl_put_plan(skb, change, plan);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return ioasid_nl_reply_done(skb, info, hdr);
}

int ioasid_nl_restore(struct sk_buff *req, struct genl_info *info)
{
	struct ioasid_nl_wish wish = {};
	struct ioasid_change change;
	int err;

	err = ioasid_nl_begin(req, info,
			      info->attrs[IOASID_A_RESTORE_EXPECTED_GENERATION],
			      info->attrs[IOASID_A_RESTORE_DRY_RUN],
			      &change) ?:
	      ioasid_nl_parse_plan(info, &wish) ?:
	      ioasid_nl_run_plan(info, &wish.plan, &change);
	kvfree(wish.plan.group);
	kvfree(wish.plan.run);
	return err;
}

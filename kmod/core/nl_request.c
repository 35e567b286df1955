// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: IDs for user space, allocated and freed. */
#include <linux/ctype.h>
#include "netlink.h"

/* One nested range; both ends within the capacity. */
int ioasid_nl_parse_range(const struct nlattr *attr, struct ioasid_run *run,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IOASID_A_RANGE_MAX + 1];
	int err = nla_parse_nested(tb, IOASID_A_RANGE_MAX, attr,
				   ioasid_nl_range_policy, extack);

	if (err)
		return err;
	if (NL_REQ_ATTR_CHECK(extack, attr, tb, IOASID_A_RANGE_FIRST))
		return -EINVAL;
	run->first = nla_get_u32(tb[IOASID_A_RANGE_FIRST]);
	run->last = run->first;
	if (tb[IOASID_A_RANGE_LAST])
		run->last = nla_get_u32(tb[IOASID_A_RANGE_LAST]);
	if (run->last < run->first)
		return ioasid_nl_refuse(extack, -EINVAL,
			IOASID_REASON_INVALID, tb[IOASID_A_RANGE_LAST],
			INVALID_IOASID, "last is less than first");
	if (run->last > ioasid_core.id_max)
		return ioasid_nl_refuse(extack, -ERANGE,
			IOASID_REASON_INVALID, attr,
			run->last, "beyond the capacity");
	return 0;
}

/* All ranges of a request, sorted. */
static int ioasid_nl_parse_ranges(struct genl_info *info,
				  struct ioasid_runs *runs)
{
	const struct nlattr *attr;
	struct ioasid_run run;
	u32 n = 0;
	int err, rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		n += nla_type(attr) == IOASID_A_ID_RANGE;
	err = ioasid_runs_init(runs, n);
	if (err)
		return err;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != IOASID_A_ID_RANGE)
			continue;
		err = ioasid_nl_parse_range(attr, &run, info->extack);
		if (err)
			return err;
		ioasid_runs_add(runs, run.first, run.last);
	}
	ioasid_runs_sort(runs);
	return 0;
}

/* Text for terminals and JSON: no control characters. */
int ioasid_nl_check_label(const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	const char *c;

	if (!attr)
		return 0;
	for (c = nla_data(attr); *c; c++)
		if (iscntrl(*c))
			break;
	if (!*c && c != nla_data(attr))
		return 0;
	return ioasid_nl_refuse(extack, -EINVAL,
		IOASID_REASON_INVALID, attr,
		INVALID_IOASID, "label is empty or has control characters");
}

static int ioasid_nl_begin_ids(struct sk_buff *req, struct genl_info *info,
			       struct ioasid_change *change)
{
	return ioasid_nl_begin(req, info,
			       info->attrs[IOASID_A_ID_EXPECTED_GENERATION],
			       info->attrs[IOASID_A_ID_DRY_RUN], change) ?:
	       ioasid_nl_check_label(info->attrs[IOASID_A_ID_LABEL],
				     info->extack);
}

/* Which attribute asks for what cannot be had? */
static const struct nlattr *ioasid_nl_culprit(struct genl_info *info)
{
	static const u8 order[] = { IOASID_A_ID_RANGE, IOASID_A_ID_CONTIGUOUS,
				    IOASID_A_ID_COUNT, IOASID_A_ID_MAX,
				    IOASID_A_ID_MIN, IOASID_A_ID_LABEL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (info->attrs[order[i]])
			return info->attrs[order[i]];
	return NULL;
}

static int ioasid_nl_request_refused(struct genl_info *info,
				     struct ioasid_change *change, int err)
{
	return ioasid_nl_refused(info->extack, change, err,
				 ioasid_nl_culprit(info),
				 info->attrs[IOASID_A_ID_EXPECTED_GENERATION]);
}

static u32 ioasid_nl_u32_or(const struct nlattr *attr, u32 other)
{
	return attr ? nla_get_u32(attr) : other;
}

static int ioasid_nl_check_bounds(struct genl_info *info,
				  struct ioasid_demand *d)
{
	const struct nlattr *min = info->attrs[IOASID_A_ID_MIN];
	const struct nlattr *max = info->attrs[IOASID_A_ID_MAX];

	if (d->min > d->max || d->max == INVALID_IOASID)
		return ioasid_nl_refuse(info->extack, -EINVAL,
			IOASID_REASON_INVALID, max ?: min,
			INVALID_IOASID, "min is greater than max, or max is no IOASID");
	if (d->min > ioasid_core.id_max)
		return ioasid_nl_refuse(info->extack, -ERANGE,
			IOASID_REASON_INVALID, min,
			d->min, "beyond the capacity");
	d->max = min(d->max, ioasid_core.id_max);
	return 0;
}

static int ioasid_nl_parse_demand(struct genl_info *info,
				  struct ioasid_demand *d)
{
	struct nlattr **attrs = info->attrs;
	int err = ioasid_nl_parse_ranges(info, &d->exact);

	if (err)
		return err;
	d->label = attrs[IOASID_A_ID_LABEL] ?
		   nla_data(attrs[IOASID_A_ID_LABEL]) : NULL;
	d->count = ioasid_nl_u32_or(attrs[IOASID_A_ID_COUNT], 1);
	d->min = ioasid_nl_u32_or(attrs[IOASID_A_ID_MIN], 1);
	d->max = ioasid_nl_u32_or(attrs[IOASID_A_ID_MAX],
				  max(d->min, ioasid_core.id_max));
	d->contiguous = attrs[IOASID_A_ID_CONTIGUOUS];
	d->hold = attrs[IOASID_A_ID_HOLD];
	if (!d->exact.n)
		return ioasid_nl_check_bounds(info, d);

	if (attrs[IOASID_A_ID_COUNT] || attrs[IOASID_A_ID_MIN] ||
	    attrs[IOASID_A_ID_MAX] || d->contiguous)
		return ioasid_nl_refuse(info->extack, -EINVAL,
			IOASID_REASON_INVALID, attrs[IOASID_A_ID_RANGE],
			INVALID_IOASID, "ranges exclude count, min, max and contiguous");
	if (ioasid_runs_count(&d->exact) > IOASID_ALLOC_MAX)
		return ioasid_nl_refuse(info->extack, -E2BIG,
			IOASID_REASON_INVALID, attrs[IOASID_A_ID_RANGE],
			INVALID_IOASID, "too many IOASIDs for one request");
	d->count = ioasid_runs_count(&d->exact);
	return 0;
}

static int ioasid_nl_put_runs(struct sk_buff *skb,
			      const struct ioasid_runs *runs)
{
	u32 i;

	for (i = 0; i < runs->n; i++) {
		struct nlattr *nest = nla_nest_start(skb, IOASID_A_ID_RANGE);

		if (!nest || nla_put_u32(skb, IOASID_A_RANGE_FIRST,
					 runs->run[i].first) ||
		    nla_put_u32(skb, IOASID_A_RANGE_LAST, runs->run[i].last))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	if (runs->truncated && nla_put_flag(skb, IOASID_A_ID_TRUNCATED))
		return -EMSGSIZE;
	return 0;
}

static int ioasid_nl_put_outcome(struct sk_buff *skb,
				 const struct ioasid_change *change,
				 const struct ioasid_runs *runs, u64 request)
{
	if (nla_put_u64_64bit(skb, IOASID_A_ID_GENERATION, change->generation,
			      IOASID_A_ID_PAD) ||
	    (request && nla_put_u64_64bit(skb, IOASID_A_ID_REQUEST, request,
					  IOASID_A_ID_PAD)) ||
	    nla_put_u32(skb, IOASID_A_ID_COUNT, change->count) ||
	    nla_put_u8(skb, IOASID_A_ID_CHANGED, change->changed))
		return -EMSGSIZE;
	return ioasid_nl_put_runs(skb, runs);
}

/* Room for the outcome, with as many runs as @ids IDs may be, or as it has at most. */
static int ioasid_nl_outcome_start(struct genl_info *info, u64 ids,
				   struct ioasid_runs *runs,
				   struct sk_buff **skb, void **hdr)
{
	u32 room = min_t(u64, ids, IOASID_RUNS_REPLY);
	size_t size = 128 + room * nla_total_size(2 * nla_total_size(4));

	return ioasid_runs_init(runs, room) ?:
	       ioasid_nl_reply_start(info, info->genlhdr->cmd, size, skb, hdr);
}

int ioasid_nl_alloc(struct sk_buff *req, struct genl_info *info)
{
	struct ioasid_demand d = {};
	struct ioasid_runs got = {};
	struct ioasid_change change;
	struct sk_buff *skb = NULL;
	u64 number = 0;
	void *hdr;
	int err;

	err = ioasid_nl_begin_ids(req, info, &change);
	if (err)
		return err;
	err = ioasid_nl_parse_demand(info, &d) ?:
	      ioasid_nl_outcome_start(info, d.count, &got, &skb, &hdr);
	if (err)
		goto free_runs;
	err = ioasid_request_alloc(&d, &change, &got, &number);
	if (err) {
		ioasid_nl_request_refused(info, &change, err);
		goto free_skb;
	}
	err = ioasid_nl_put_outcome(skb, &change, &got, number);
	if (!err) {
		genlmsg_end(skb, hdr);
		err = genlmsg_reply(skb, info);
		skb = NULL;
	}
	if (err && number)
		ioasid_request_undo(number);
free_skb:
	nlmsg_free(skb);
free_runs:
	ioasid_runs_free(&got);
	ioasid_runs_free(&d.exact);
	return err;
}

static int ioasid_nl_parse_which(struct genl_info *info,
				 struct ioasid_runs *which)
{
	const struct nlattr *label = info->attrs[IOASID_A_ID_LABEL];
	const struct nlattr *range = info->attrs[IOASID_A_ID_RANGE];

	if (!label == !range)
		return ioasid_nl_refuse(info->extack, -EINVAL,
			IOASID_REASON_INVALID, label,
			INVALID_IOASID, "either ranges or a label are needed");
	return ioasid_nl_parse_ranges(info, which);
}

int ioasid_nl_free(struct sk_buff *req, struct genl_info *info)
{
	const struct nlattr *label = info->attrs[IOASID_A_ID_LABEL];
	struct ioasid_runs which = {}, gone = {};
	struct ioasid_change change;
	struct sk_buff *skb = NULL;
	void *hdr;
	int err;

	err = ioasid_nl_begin_ids(req, info, &change);
	if (err)
		return err;
	err = ioasid_nl_parse_which(info, &which) ?:
	      ioasid_nl_outcome_start(info, label ? IOASID_RUNS_REPLY :
				      ioasid_runs_count(&which), &gone, &skb,
				      &hdr);
	if (err)
		goto free_runs;
	err = ioasid_request_free(&which, label ? nla_data(label) : NULL,
				  info->attrs[IOASID_A_ID_SKIP_MISSING],
				  &change, &gone);
	if (err) {
		ioasid_nl_request_refused(info, &change, err);
		goto free_skb;
	}
	err = ioasid_nl_put_outcome(skb, &change, &gone, 0);
	if (!err) {
		err = ioasid_nl_reply_done(skb, info, hdr);
		skb = NULL;
	}
free_skb:
	nlmsg_free(skb);
free_runs:
	ioasid_runs_free(&gone);
	ioasid_runs_free(&which);
	return err;
}

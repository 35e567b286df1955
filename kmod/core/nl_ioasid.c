// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: IDs, one by number or all that pass the filters. */
#include "netlink.h"
#include "nl_fill.h"

/* What a dump keeps between its parts, in cb->ctx; filters stay attributes. */
struct ioasid_nl_cursor {
	u32 next;		/* first ID not dumped yet */
	bool checked;		/* the filters were found good */
	bool privileged;
};

/* Attributes that only a dump, or only a lookup, understands. */
static int ioasid_nl_foreign(struct nlattr **attrs, bool dump,
			     struct netlink_ext_ack *extack)
{
	int i;

	for (i = 1; i <= IOASID_A_ID_FOLD; i++) {
		bool lookup = i == IOASID_A_ID_ID;

		if (attrs[i] && lookup == dump)
			return ioasid_nl_refuse(extack, -EINVAL,
				IOASID_REASON_INVALID, attrs[i],
				INVALID_IOASID, "attribute does not go with this kind of get");
	}
	return 0;
}

int ioasid_nl_get(struct sk_buff *req, struct genl_info *info)
{
	const u64 generation = ioasid_generation();
	struct ioasid_id_info desc;
	struct ioasid_entry e;
	struct sk_buff *skb;
	void *hdr;
	u32 id;
	int err;

	err = ioasid_nl_foreign(info->attrs, false, info->extack);
	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, IOASID_A_ID_ID))
		return -EINVAL;
	err = ioasid_nl_reply_start(info, IOASID_CMD_IOASID_GET,
				    GENLMSG_DEFAULT_SIZE, &skb, &hdr);
	if (err)
		return err;

	id = nla_get_u32(info->attrs[IOASID_A_ID_ID]);
	rcu_read_lock();
	if (ioasid_entry_look(xa_load(&ioasid_core.table, id), id, &e) &&
	    ioasid_entry_visible(&e)) {
		ioasid_describe_id(&desc, &e, id, id);
		/* What came in between is not to be taken for seen. */
		desc.generation = generation;
		err = ioasid_fill_id(skb, &desc, ioasid_nl_privileged(req));
	} else {
		err = -ENOENT;
	}
	rcu_read_unlock();
	if (err) {
		nlmsg_free(skb);
		if (err != -ENOENT)
			return err;
		return ioasid_nl_refuse(info->extack, err,
			IOASID_REASON_UNKNOWN_IOASID, info->attrs[IOASID_A_ID_ID],
			id, "IOASID not in use");
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/*
 * Part of the first dump call and not a start callback: 6.1 does not pass on
 * what a start callback says, only its errno.
 */
static int ioasid_nl_check_filters(struct netlink_callback *cb,
				   struct ioasid_nl_cursor *cur)
{
	struct nlattr **attrs = ioasid_dump_attrs(cb);
	const struct nlattr *attr, *secret;
	struct ioasid_run run;
	u32 ranges = 0;
	int err, rem;

	cur->privileged = ioasid_nl_privileged(cb->skb);
	err = ioasid_nl_foreign(attrs, true, cb->extack);
	if (err)
		return err;
	secret = attrs[IOASID_A_ID_PID] ?: attrs[IOASID_A_ID_LABEL];
	if (secret && !cur->privileged)
		return ioasid_nl_refuse(cb->extack, -EPERM,
			IOASID_REASON_PERMISSION, secret,
			INVALID_IOASID, "owners are shown with CAP_SYS_ADMIN only");
	nlmsg_for_each_attr(attr, cb->nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != IOASID_A_ID_RANGE)
			continue;
		if (++ranges > IOASID_FILTER_RANGES)
			return ioasid_nl_refuse(cb->extack, -E2BIG,
				IOASID_REASON_INVALID, attr,
				INVALID_IOASID, "too many ranges for one dump");
		err = ioasid_nl_parse_range(attr, &run, cb->extack);
		if (err)
			return err;
	}
	cur->checked = true;
	return 0;
}

/*
 * The first part of a wanted range at or after @id; false if there is none.
 * Without ranges all is wanted.
 */
static bool ioasid_nl_next_range(const struct netlink_callback *cb, u32 id,
				 struct ioasid_run *part)
{
	const struct nlattr *attr;
	struct ioasid_run run;
	bool any = false;
	int rem;

	*part = (struct ioasid_run){ INVALID_IOASID, 0 };
	nlmsg_for_each_attr(attr, cb->nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != IOASID_A_ID_RANGE)
			continue;
		any = true;
		/* It was parsed before, so it can be now. */
		if (ioasid_nl_parse_range(attr, &run, NULL) || run.last < id)
			continue;
		run.first = max(run.first, id);
		if (run.first < part->first ||
		    (run.first == part->first && run.last > part->last))
			*part = run;
	}
	if (!any)
		*part = (struct ioasid_run){ id, ioasid_core.id_max };
	return part->first <= part->last;
}

static bool ioasid_nl_is(const struct nlattr *attr, const char *text)
{
	return !attr || !strcmp(nla_data(attr), text);
}

static bool ioasid_nl_by_allocator(const struct nlattr *attr,
				   struct ioasid_space *space)
{
	return ioasid_nl_is(attr, ioasid_space_name(space));
}

/* Does @e pass every filter but the ranges? */
static bool ioasid_nl_wanted(const struct ioasid_entry *e,
			     struct nlattr **attrs)
{
	const struct nlattr *state = attrs[IOASID_A_ID_STATE];
	const struct nlattr *pid = attrs[IOASID_A_ID_PID];
	const struct nlattr *request = attrs[IOASID_A_ID_REQUEST];
	const struct nlattr *label = attrs[IOASID_A_ID_LABEL];
	const struct ioasid_request *req = ioasid_entry_request(e);

	if (!ioasid_entry_visible(e))
		return false;
	if ((pid || request || label) && !req)
		return false;
	return (!state || nla_get_u32(state) == ioasid_entry_state(e)) &&
	       (!pid || nla_get_u32(pid) == req->pid) &&
	       (!request || nla_get_u64(request) == req->number) &&
	       (!label || ioasid_nl_is(label, req->label)) &&
	       ioasid_nl_is(attrs[IOASID_A_ID_SET], e->group->name) &&
	       ioasid_nl_by_allocator(attrs[IOASID_A_ID_ALLOCATOR], e->space);
}

/* Would @e be shown as @first, but for the number? */
static bool ioasid_nl_alike(const struct ioasid_entry *e,
			    const struct ioasid_entry *first)
{
	return e->refs == first->refs &&
	       ioasid_entry_stage(e) == ioasid_entry_stage(first) &&
	       e->group == first->group && e->space == first->space &&
	       e->req == first->req && (first->req || e->since == first->since);
}

/*
 * Describe the first wanted ID, or run of wanted IDs, at or after @from; false
 * at the end. Takes no lock: a change under way is told by the generation.
 */
static bool ioasid_nl_next_run(struct netlink_callback *cb, u32 from,
			       struct ioasid_id_info *desc)
{
	struct nlattr **attrs = ioasid_dump_attrs(cb);
	struct ioasid_entry *e, copy, first;
	struct ioasid_run part;
	bool found = false;
	u32 n = 0;
	XA_STATE(xas, &ioasid_core.table, 0);

	if (!ioasid_nl_next_range(cb, from, &part))
		return false;
	xas_set(&xas, part.first);
	rcu_read_lock();
	xas_for_each(&xas, e, ioasid_core.id_max) {
		if (xas_retry(&xas, e))
			continue;
		if (++n % IOASID_BATCH == 0) {
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
			xas_set(&xas, xas.xa_index);
			continue;
		}
		if (xas.xa_index > part.last) {
			if (found ||
			    !ioasid_nl_next_range(cb, xas.xa_index, &part))
				break;
			xas_set(&xas, part.first);
			continue;
		}
		if (!ioasid_entry_look(e, xas.xa_index, &copy))
			continue;
		if (found) {
			if (xas.xa_index != desc->last + 1 ||
			    !ioasid_nl_alike(&copy, &first))
				break;
			desc->last = xas.xa_index;
			continue;
		}
		if (!ioasid_nl_wanted(&copy, attrs))
			continue;
		/* If it changes, the generation does. */
		first = copy;
		ioasid_describe_id(desc, &copy, xas.xa_index, xas.xa_index);
		found = true;
		if (!attrs[IOASID_A_ID_FOLD])
			break;
	}
	rcu_read_unlock();
	return found;
}

int ioasid_nl_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ioasid_nl_cursor *cur = (struct ioasid_nl_cursor *)cb->ctx;
	struct ioasid_id_info desc;
	int err = 0;

	BUILD_BUG_ON(sizeof(*cur) > sizeof(cb->ctx));
	if (!cur->checked)
		err = ioasid_nl_check_filters(cb, cur);
	if (err)
		return err;
	ioasid_nl_dump_seq(cb);
	while (ioasid_nl_next_run(cb, cur->next, &desc)) {
		void *hdr = ioasid_nl_dump_start_one(skb, cb,
						     IOASID_CMD_IOASID_GET);

		if (!hdr)
			break;
		if (ioasid_fill_id(skb, &desc, cur->privileged)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cur->next = desc.last + 1;
	}
	ioasid_nl_dump_seq(cb);
	return skb->len;
}

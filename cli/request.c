// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <netlink/attr.h>

#include "request.h"
#include "text.h"

size_t ranges_room(const struct id_list *ids)
{
	return ids ? ids->count * 3 * (NLA_HDRLEN + sizeof(__u32)) : 0;
}

int put_ranges(struct nl_msg *msg, const struct id_list *ids)
{
	struct nlattr *nest;
	size_t i;

	for (i = 0; i < ids->count; i++) {
		nest = nla_nest_start(msg, NLA_F_NESTED | IOASID_A_ID_RANGE);
		if (!nest ||
		    nla_put_u32(msg, IOASID_A_RANGE_FIRST, ids->run[i].first) ||
		    nla_put_u32(msg, IOASID_A_RANGE_LAST, ids->run[i].last))
			return -1;
		nla_nest_end(msg, nest);
	}
	return 0;
}

int put_conditions(struct nl_msg *msg, const struct ctx *ctx, int expected,
		   int dry_run)
{
	if (ctx->has_expected && nla_put_u64(msg, expected, ctx->expected))
		return -1;
	if (ctx->dry_run && nla_put_flag(msg, dry_run))
		return -1;
	return 0;
}

static int take_info(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[ATTRS_MAX + 1];
	struct info *info = arg;

	if (attrs_parse_msg(&attrs_info, msg, tb))
		return 0;
	info->generation = attr_u64(tb, IOASID_A_INFO_GENERATION, 0);
	info->id_bits = attr_u32(tb, IOASID_A_INFO_ID_BITS, 0);
	info->id_max = attr_u32(tb, IOASID_A_INFO_ID_MAX, 0);
	info->used = attr_u32(tb, IOASID_A_INFO_USED, 0);
	info->orphans = attr_u32(tb, IOASID_A_INFO_ORPHANS, 0);
	info->high_water = attr_u32(tb, IOASID_A_INFO_HIGH_WATER, 0);
	info->allocators = attr_u32(tb, IOASID_A_INFO_ALLOCATORS, 0);
	info->sets = attr_u32(tb, IOASID_A_INFO_SETS, 0);
	info->draining = tb[IOASID_A_INFO_DRAINING] &&
			 nla_get_u8(tb[IOASID_A_INFO_DRAINING]);
	info->drain_since = attr_u64(tb, IOASID_A_INFO_DRAIN_SINCE, 0);
	info->drain_pid = attr_u32(tb, IOASID_A_INFO_DRAIN_PID, 0);
	if (tb[IOASID_A_INFO_DRAIN_COMM])
		text_clean(info->drain_comm, sizeof(info->drain_comm),
			   nla_get_string(tb[IOASID_A_INFO_DRAIN_COMM]), false);
	if (tb[IOASID_A_INFO_ACTIVE])
		text_clean(info->active, sizeof(info->active),
			   nla_get_string(tb[IOASID_A_INFO_ACTIVE]), false);
	if (tb[IOASID_A_INFO_VERSION])
		text_clean(info->version, sizeof(info->version),
			   nla_get_string(tb[IOASID_A_INFO_VERSION]), false);
	return 0;
}

int info_get(struct session *s, struct info *info, struct fail *fail)
{
	struct nl_msg *msg = session_request(s, IOASID_CMD_INFO_GET, 0, fail);

	*info = (struct info){ 0 };
	if (!msg)
		return -1;
	return session_do(s, msg, take_info, info, fail);
}

static int put_filter(struct nl_msg *msg, const struct id_filter *f)
{
	if (f->ids && put_ranges(msg, f->ids))
		return -1;
	if (f->set && nla_put_string(msg, IOASID_A_ID_SET, f->set))
		return -1;
	if (f->allocator &&
	    nla_put_string(msg, IOASID_A_ID_ALLOCATOR, f->allocator))
		return -1;
	if (f->label && nla_put_string(msg, IOASID_A_ID_LABEL, f->label))
		return -1;
	if (f->has_state && nla_put_u32(msg, IOASID_A_ID_STATE, f->state))
		return -1;
	if (f->has_pid && nla_put_u32(msg, IOASID_A_ID_PID, f->pid))
		return -1;
	if (f->has_request &&
	    nla_put_u64(msg, IOASID_A_ID_REQUEST, f->request))
		return -1;
	if (f->fold && nla_put_flag(msg, IOASID_A_ID_FOLD))
		return -1;
	return 0;
}

struct nl_msg *ids_request(struct session *s, const struct id_filter *filter,
			   struct fail *fail)
{
	struct nl_msg *msg = session_request(s, IOASID_CMD_IOASID_GET,
					     ranges_room(filter->ids), fail);

	if (msg && put_filter(msg, filter)) {
		nlmsg_free(msg);
		fail_memory(fail);
		return NULL;
	}
	return msg;
}

struct blocking {
	struct fail *fail;
	bool (*in_the_way)(const struct row *row);
	__u64 ids;
};

bool row_is_any(const struct row *row)
{
	(void)row;
	return true;
}

bool row_is_of_kernel(const struct row *row)
{
	return !row_is_user(row);
}

bool row_is_hold(const struct row *row)
{
	return row->tb[IOASID_A_ID_HOLD];
}

bool row_is_no_orphan(const struct row *row)
{
	return attr_u32(row->tb, IOASID_A_ID_STATE, 0) != IOASID_STATE_ORPHAN;
}

static int take_blocker(struct nl_msg *msg, void *arg)
{
	struct blocking *b = arg;
	struct row row;

	if (row_parse(&row, &object_ioasid, msg) || !b->in_the_way(&row))
		return 0;
	fail_block(b->fail, msg, row_ids(&row));
	b->ids += row_ids(&row);
	return 0;
}

void collect_blockers(struct session *s, const struct id_filter *filter,
		      bool (*in_the_way)(const struct row *row),
		      struct fail *fail)
{
	struct blocking b = { .fail = fail, .in_the_way = in_the_way };
	struct fail ignored = { 0 };
	struct nl_msg *msg = ids_request(s, filter, &ignored);

	if (!msg || session_dump(s, msg, take_blocker, &b, NULL, &ignored))
		return;
	if (!fail->kernel.has_cookie)
		fail->blocking += b.ids;
}

int ids_of_words(char **words, int count, struct id_list *ids,
		 struct fail *fail)
{
	struct why why;
	int i;

	for (i = 0; i < count; i++) {
		if (parse_ids(words[i], ids, &why))
			continue;
		id_list_free(ids);
		return fail_set(fail, CODE_USAGE, "%s", why.text);
	}
	id_list_normalize(ids);
	return 0;
}

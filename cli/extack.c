// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <linux/genetlink.h>

#include "attrs.h"
#include "extack.h"
#include "text.h"

/* linux/netlink.h of 6.1 has them, that of older distributions does not. */
#define ATTR_MISS_TYPE 5
#define ATTR_MISS_NEST 6

static const char *name_of(const struct attr_set *set, int type)
{
	if (!set || type <= 0 || type > set->max)
		return NULL;
	return set->attrs[type].name;
}

/* The attribute among those from @head on, or in them, that is at @target. */
static const char *name_in(struct nlattr *head, int len, const char *target,
			   const struct attr_set *set,
			   const struct attr_set **inside)
{
	struct nlattr *a;
	int rest;

	nla_for_each_attr(a, head, len, rest) {
		const struct attr_set *nest = nla_type(a) <= set->max ?
			set->attrs[nla_type(a)].nest : NULL;

		if ((const char *)a == target) {
			*inside = nest;
			return name_of(set, nla_type(a));
		}
		if (nest && target > (const char *)a &&
		    target < (const char *)a + a->nla_len)
			return name_in(nla_data(a), nla_len(a), target, nest,
				       inside);
	}
	return NULL;
}

/*
 * The attribute of @request that starts at @offset; @inside gets the set of
 * the attributes in it, if it is a nest.
 */
static const char *name_at(const struct nlmsghdr *request, __u32 offset,
			   const struct attr_set *set,
			   const struct attr_set **inside)
{
	const char *base = (const char *)request;

	*inside = NULL;
	return name_in((struct nlattr *)(base + NLMSG_HDRLEN + GENL_HDRLEN),
		       (int)request->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN,
		       base + offset, set, inside);
}

/* Where the TLVs begin, past the copy of the request unless that was capped. */
static size_t tlv_offset(const struct nlmsghdr *answer)
{
	const struct nlmsgerr *e;
	size_t at;

	if (answer->nlmsg_type == NLMSG_DONE)
		return NLMSG_LENGTH(sizeof(int));
	at = NLMSG_LENGTH(sizeof(*e));
	if (answer->nlmsg_len < at)
		return at;
	e = (const struct nlmsgerr *)((const char *)answer + NLMSG_HDRLEN);
	if (!(answer->nlmsg_flags & NLM_F_CAPPED) &&
	    e->msg.nlmsg_len > sizeof(e->msg))
		at += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
	return at;
}

static void take_cookie(struct nlattr *a, struct extack *ack)
{
	if ((size_t)nla_len(a) < sizeof(ack->cookie))
		return;
	memcpy(&ack->cookie, nla_data(a), sizeof(ack->cookie));
	ack->has_cookie = true;
}

void extack_decode(const struct nlmsghdr *answer,
		   const struct nlmsghdr *request, int cmd,
		   struct extack *ack)
{
	const struct attr_set *set = attrs_of(cmd);
	const struct attr_set *inside = NULL;
	struct nlattr *tb[ATTR_MISS_NEST + 1] = { NULL };
	struct nlattr *a;
	char text[sizeof(ack->text)];
	size_t at = tlv_offset(answer);
	int rest;

	memset(ack, 0, sizeof(*ack));
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS) || answer->nlmsg_len <= at)
		return;
	nla_for_each_attr(a, (struct nlattr *)((char *)answer + at),
			  (int)(answer->nlmsg_len - at), rest)
		if (nla_type(a) <= ATTR_MISS_NEST)
			tb[nla_type(a)] = a;

	if (tb[NLMSGERR_ATTR_MSG]) {
		nla_strlcpy(text, tb[NLMSGERR_ATTR_MSG], sizeof(text));
		text_clean(ack->text, sizeof(ack->text), text, false);
	}
	if (tb[NLMSGERR_ATTR_COOKIE])
		take_cookie(tb[NLMSGERR_ATTR_COOKIE], ack);
	if (!set)
		return;
	if (tb[NLMSGERR_ATTR_OFFS] && nla_len(tb[NLMSGERR_ATTR_OFFS]) >= 4)
		ack->attribute = name_at(request,
					 nla_get_u32(tb[NLMSGERR_ATTR_OFFS]),
					 set, &inside);
	if (tb[ATTR_MISS_TYPE] && nla_len(tb[ATTR_MISS_TYPE]) >= 4) {
		if (tb[ATTR_MISS_NEST] && nla_len(tb[ATTR_MISS_NEST]) >= 4) {
			name_at(request, nla_get_u32(tb[ATTR_MISS_NEST]), set,
				&inside);
			set = inside;
		}
		ack->attribute = name_of(set, nla_get_u32(tb[ATTR_MISS_TYPE]));
	}
}

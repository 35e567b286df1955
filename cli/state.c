// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "parse.h"
#include "state.h"

#define STATE_PAGE 4096U

struct record {
	unsigned long refs;
	struct nl_msg *msg;
};

static void free_page(struct record **page)
{
	unsigned int i;

	for (i = 0; i < STATE_PAGE; i++)
		record_put(page[i]);
	free(page);
}

void state_free(struct state *st)
{
	unsigned int i;

	for (i = 0; i < st->pages; i++)
		if (st->page[i])
			free_page(st->page[i]);
	free(st->page);
	st->page = NULL;
	st->pages = 0;
}

static bool is_number(int type)
{
	return type == IOASID_A_ID_GENERATION || type == IOASID_A_ID_PAD ||
	       type == IOASID_A_ID_ID || type == IOASID_A_ID_LAST;
}

static struct nl_msg *message(size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + room);

	if (msg && !genlmsg_put(msg, 0, 0, GENL_ID_CTRL, 0, 0, 0, 1)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static struct record *wrap(struct nl_msg *msg, bool whole)
{
	struct record *r = whole ? malloc(sizeof(*r)) : NULL;

	if (!r) {
		nlmsg_free(msg);
		return NULL;
	}
	r->refs = 1;
	r->msg = msg;
	return r;
}

static bool copy(struct nl_msg *to, struct nlattr *a)
{
	return !nla_put(to, a->nla_type, nla_len(a), nla_data(a));
}

struct record *record_new(struct nl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct nl_msg *own = message(nlmsg_datalen(hdr));
	struct nlattr *a;
	bool whole = true;
	int rest;

	if (!own)
		return NULL;
	nlmsg_for_each_attr(a, hdr, GENL_HDRLEN, rest)
		if (!is_number(nla_type(a)))
			whole = whole && copy(own, a);
	return wrap(own, whole);
}

struct record *record_change(const struct record *r, const char *allocator,
			     int state)
{
	struct nlmsghdr *hdr = nlmsg_hdr(r->msg);
	struct nl_msg *own = message(nlmsg_datalen(hdr) + NLA_HDRLEN +
				     IOASID_NAME_MAX + 1);
	struct nlattr *a;
	bool whole = true;
	int rest;

	if (!own)
		return NULL;
	nlmsg_for_each_attr(a, hdr, GENL_HDRLEN, rest) {
		if (nla_type(a) == IOASID_A_ID_ALLOCATOR)
			whole = whole && !nla_put_string(own, nla_type(a),
							 allocator);
		else if (nla_type(a) == IOASID_A_ID_STATE && state >= 0)
			whole = whole && !nla_put_u32(own, nla_type(a), state);
		else
			whole = whole && copy(own, a);
	}
	return wrap(own, whole);
}

void record_put(struct record *r)
{
	if (!r || --r->refs)
		return;
	nlmsg_free(r->msg);
	free(r);
}

__u32 record_u32(const struct record *r, int attr)
{
	struct nlattr *a = nlmsg_find_attr(nlmsg_hdr(r->msg), GENL_HDRLEN, attr);

	return a && nla_len(a) >= 4 ? nla_get_u32(a) : 0;
}

static struct record **page_of(const struct state *st, __u32 id)
{
	return id / STATE_PAGE < st->pages ? st->page[id / STATE_PAGE] : NULL;
}

struct record *state_get(const struct state *st, __u32 id)
{
	struct record **page = page_of(st, id);

	return page ? page[id % STATE_PAGE] : NULL;
}

/* The list of pages is as long as the largest ID needs. */
static struct record **make_page(struct state *st, __u32 id)
{
	__u32 want = id / STATE_PAGE + 1;
	struct record ***all;

	if (want > st->pages) {
		all = reallocarray(st->page, want, sizeof(*all));
		if (!all)
			return NULL;
		memset(all + st->pages, 0, (want - st->pages) * sizeof(*all));
		st->page = all;
		st->pages = want;
	}
	all = &st->page[id / STATE_PAGE];
	if (!*all)
		*all = calloc(STATE_PAGE, sizeof(**all));
	return *all;
}

bool state_set(struct state *st, __u32 first, __u32 last, struct record *r)
{
	struct record **page, **slot;
	__u64 id;

	for (id = first; id <= last; id++) {
		page = page_of(st, id);
		if (!page && !r) {
			id |= STATE_PAGE - 1;
			continue;
		}
		if (!page)
			page = make_page(st, id);
		if (!page)
			return false;
		slot = &page[id % STATE_PAGE];
		record_put(*slot);
		*slot = r;
		if (r)
			r->refs++;
	}
	return true;
}

bool record_same(const struct record *a, const struct record *b)
{
	const struct nlmsghdr *x, *y;

	if (a == b)
		return true;
	if (!a || !b)
		return false;
	x = nlmsg_hdr(a->msg);
	y = nlmsg_hdr(b->msg);
	return x->nlmsg_len == y->nlmsg_len &&
	       !memcmp(nlmsg_data(x), nlmsg_data(y), nlmsg_datalen(x));
}

struct difference {
	__u32 first;
	__u32 last;
	const struct record *before;
	const struct record *after;
	state_difference fn;
	void *arg;
};

static int flush(struct difference *d)
{
	int ret = 0;

	if (d->before || d->after)
		ret = d->fn(d->first, d->last, d->before, d->after, d->arg);
	d->before = NULL;
	d->after = NULL;
	return ret;
}

static int compare_one(struct difference *d, __u32 id,
		       const struct record *before, const struct record *after)
{
	if (record_same(before, after))
		return flush(d);
	if ((d->before || d->after) && d->last + 1 == id &&
	    record_same(d->before, before) && record_same(d->after, after)) {
		d->last = id;
		return 0;
	}
	if (flush(d))
		return -1;
	d->first = id;
	d->last = id;
	d->before = before;
	d->after = after;
	return 0;
}

int state_differences(const struct state *before, const struct state *after,
		      state_difference fn, void *arg)
{
	__u32 pages = before->pages > after->pages ? before->pages : after->pages;
	struct difference d = { .fn = fn, .arg = arg };
	unsigned int i, j;

	for (i = 0; i < pages; i++) {
		if (!page_of(before, i * STATE_PAGE) &&
		    !page_of(after, i * STATE_PAGE))
			continue;
		for (j = 0; j < STATE_PAGE; j++)
			if (compare_one(&d, i * STATE_PAGE + j,
					state_get(before, i * STATE_PAGE + j),
					state_get(after, i * STATE_PAGE + j)))
				return -1;
	}
	return flush(&d);
}

/* An attribute in @at, which is 16 bytes. */
static struct nlattr *number(__u64 *at, int type, const void *value, int len)
{
	struct nlattr *a = (struct nlattr *)at;

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy(nla_data(a), value, len);
	return a;
}

int record_row(const struct record *r, __u32 first, __u32 last,
	       __u64 generation, struct record_row *out)
{
	if (row_parse(&out->row, &object_ioasid, r->msg))
		return -1;
	out->row.tb[IOASID_A_ID_ID] =
		number(out->buffer, IOASID_A_ID_ID, &first, sizeof(first));
	out->row.tb[IOASID_A_ID_LAST] =
		number(out->buffer + 2, IOASID_A_ID_LAST, &last, sizeof(last));
	out->row.tb[IOASID_A_ID_GENERATION] =
		number(out->buffer + 4, IOASID_A_ID_GENERATION, &generation,
		       sizeof(generation));
	out->row.now = boottime_ns();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <netlink/attr.h>

#include "json.h"
#include "runs.h"
#include "text.h"

static int take_range(struct nlattr *nest, struct id_list *ids)
{
	struct nlattr *tb[ATTRS_MAX + 1];
	__u32 first;

	if (attrs_parse(&attrs_range, nla_data(nest), nla_len(nest), tb) ||
	    !tb[IOASID_A_RANGE_FIRST])
		return 0;
	first = nla_get_u32(tb[IOASID_A_RANGE_FIRST]);
	return id_list_add(ids, first,
			   attr_u32(tb, IOASID_A_RANGE_LAST, first)) ? 0 : -1;
}

static int take_answer(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct nlattr *tb[ATTRS_MAX + 1];
	struct runs *runs = arg;
	struct nlattr *a;
	int rest;

	if (attrs_parse_msg(&attrs_ioasid, msg, tb))
		return 0;
	runs->generation = attr_u64(tb, IOASID_A_ID_GENERATION, 0);
	runs->request = attr_u64(tb, IOASID_A_ID_REQUEST, 0);
	runs->count = attr_u32(tb, IOASID_A_ID_COUNT, 0);
	runs->truncated = tb[IOASID_A_ID_TRUNCATED];
	runs->changed = tb[IOASID_A_ID_CHANGED] &&
			nla_get_u8(tb[IOASID_A_ID_CHANGED]);
	nlmsg_for_each_attr(a, (struct nlmsghdr *)hdr, GENL_HDRLEN, rest)
		if (nla_type(a) == IOASID_A_ID_RANGE && take_range(a, &runs->ids))
			runs->no_memory = true;
	return 0;
}

int runs_call(struct session *s, struct nl_msg *msg, struct runs *runs,
	      struct fail *fail)
{
	if (!msg || session_do(s, msg, take_answer, runs, fail))
		return -1;
	return runs->no_memory ? fail_memory(fail) : 0;
}

struct print {
	bool json;
	struct json_stream stream;
};

static void print_run(struct print *p, __u32 first, __u32 last)
{
	char run[32];

	if (p->json) {
		json_item(&p->stream, json_run(first, last));
		return;
	}
	text_run(run, sizeof(run), first, last);
	puts(run);
}

static int take_run(struct nl_msg *msg, void *arg)
{
	struct row row;

	if (!row_parse(&row, &object_ioasid, msg))
		print_run(arg, row_first(&row), row_last(&row));
	return 0;
}

static int print_all(struct session *s, struct print *p,
		     const struct runs *runs, const struct id_filter *source,
		     struct fail *fail)
{
	struct nl_msg *msg;
	size_t i;

	if (runs->truncated && source) {
		msg = ids_request(s, source, fail);
		if (!msg)
			return -1;
		return session_dump(s, msg, take_run, p, NULL, fail);
	}
	for (i = 0; i < runs->ids.count; i++)
		print_run(p, runs->ids.run[i].first, runs->ids.run[i].last);
	return 0;
}

int runs_print(struct session *s, const char *kind, const struct runs *runs,
	       const struct id_filter *source, bool text, struct fail *fail)
{
	struct print p = { .json = s->ctx->json, .stream.out = stdout };
	struct json_object *head;

	if (p.json) {
		head = json_envelope(kind, &runs->generation);
		if (runs->request)
			json_add_number(head, "request", runs->request);
		json_add_number(head, "count", runs->count);
		json_add_bool(head, "changed", runs->changed);
		json_add_bool(head, "dry_run", s->ctx->dry_run);
		json_add_bool(head, "truncated", runs->truncated && !source);
		json_begin(&p.stream, head);
	}
	if ((p.json || text) && print_all(s, &p, runs, source, fail))
		return -1;
	if (p.json)
		json_end(&p.stream, NULL);
	return 0;
}

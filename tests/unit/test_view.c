// SPDX-License-Identifier: GPL-2.0-only
/* Rows as text and as JSON, from messages as the kernel sends them. */
#include <stdlib.h>
#include <string.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "owners.h"
#include "sorter.h"
#include "unit.h"

static struct nl_msg *message(__u32 first, __u32 last)
{
	struct nl_msg *msg = nlmsg_alloc();

	genlmsg_put(msg, 0, 0, 42, 0, 0, IOASID_CMD_IOASID_GET, 1);
	nla_put_u64(msg, IOASID_A_ID_GENERATION, 7);
	nla_put_u32(msg, IOASID_A_ID_ID, first);
	if (last > first)
		nla_put_u32(msg, IOASID_A_ID_LAST, last);
	nla_put_u32(msg, IOASID_A_ID_STATE, IOASID_STATE_LIVE);
	nla_put_u64(msg, IOASID_A_ID_SINCE, 1000000000);
	return msg;
}

static struct nl_msg *user(__u32 first, __u32 last, __u32 pid, const char *comm)
{
	struct nl_msg *msg = message(first, last);

	nla_put_string(msg, IOASID_A_ID_SET, "user");
	nla_put_u32(msg, IOASID_A_ID_PID, pid);
	nla_put_u32(msg, IOASID_A_ID_UID, 998);
	nla_put_string(msg, IOASID_A_ID_COMM, comm);
	return msg;
}

static bool cell_is(const struct row *row, const char *column, const char *want)
{
	const struct field *f = field_find(&object_ioasid, column,
					   strlen(column));
	char text[CELL_SIZE];

	field_text(f, row, text, sizeof(text));
	if (!strcmp(text, want))
		return true;
	printf("# %s: '%s' instead of '%s'\n", column, text, want);
	return false;
}

static bool of_a_process(void)
{
	struct nl_msg *msg = user(17, 23, 4312, "post\ngres");
	struct row row = { .now = 42000000000 };

	CHECK(!row_parse(&row, &object_ioasid, msg));
	CHECK(row_ids(&row) == 7 && row_is_user(&row));
	CHECK(cell_is(&row, "ioasid", "17-23"));
	CHECK(cell_is(&row, "owner", "post?gres[4312] uid 998"));
	CHECK(cell_is(&row, "age", "41s"));
	CHECK(cell_is(&row, "state", "live"));
	CHECK(cell_is(&row, "label", "-"));
	CHECK(cell_is(&row, "last", "23"));
	nlmsg_free(msg);
	return true;
}

static bool of_a_module(void)
{
	struct nl_msg *msg = message(1, 1);
	struct row row = { .now = 0 };

	nla_put_string(msg, IOASID_A_ID_SET, "user");
	nla_put_string(msg, IOASID_A_ID_MODULE, "idxd");
	CHECK(!row_parse(&row, &object_ioasid, msg));
	CHECK(!row_is_user(&row));
	CHECK(cell_is(&row, "ioasid", "1"));
	CHECK(cell_is(&row, "owner", "idxd (module)"));
	CHECK(cell_is(&row, "age", "0s"));
	nlmsg_free(msg);
	return true;
}

static bool of_a_stranger(void)
{
	struct nl_msg *msg = message(1, 1);
	struct row row = { .now = 0 };

	nla_put_string(msg, IOASID_A_ID_SET, "user");
	CHECK(!row_parse(&row, &object_ioasid, msg));
	CHECK(cell_is(&row, "owner", "-"));
	nlmsg_free(msg);
	return true;
}

static bool as_json(void)
{
	struct nl_msg *msg = user(5, 5, 4312, "a\"b\377");
	struct json_object *into = json_object_new_object();
	struct row row = { .now = 42000000000 };
	const char *text;
	size_t i;

	nla_put_u64(msg, IOASID_A_ID_REQUEST, ~0ULL);
	CHECK(!row_parse(&row, &object_ioasid, msg));
	for (i = 0; i < object_ioasid.count; i++)
		field_json(&object_ioasid.fields[i], &row, into);
	text = json_object_to_json_string_ext(into, JSON_C_TO_STRING_PLAIN);
	CHECK(!strcmp(text, "{\"id\":5,\"last\":5,\"count\":1,\"state\":\"live\","
		      "\"set\":\"user\",\"pid\":4312,\"uid\":998,"
		      "\"comm\":\"a\\\"b?\",\"since\":1000000000,"
		      "\"age_ms\":41000,\"request\":18446744073709551615,\"hold\":false}"));
	json_object_put(into);
	nlmsg_free(msg);
	return true;
}

/* A row says the same whatever row was before it. */
static bool as_json_by_turns(void)
{
	struct row_json last = { 0 };
	struct nl_msg *msg[6];
	struct json_object *one, *next;
	struct row row = { .now = 42000000000 };
	size_t i, n;

	msg[0] = user(1, 1, 5, "few");
	msg[1] = user(4000000000, 4294967294, 4000000, "many\n\"");
	msg[2] = user(3, 3, 6, "");
	nla_put_string(msg[2], IOASID_A_ID_LABEL, "gr\303\274n");
	nla_put_u64(msg[2], IOASID_A_ID_REQUEST, ~0ULL);
	nla_put_flag(msg[2], IOASID_A_ID_HOLD);
	msg[3] = message(4, 4);
	nla_put_string(msg[3], IOASID_A_ID_MODULE, "idxd");
	msg[4] = user(5, 5, 0, "a much longer name of a command");
	msg[5] = user(5, 5, 0, "short");
	for (n = 0; n < 36; n++) {
		i = n % 2 ? n / 6 : n % 6;
		CHECK(!row_parse(&row, &object_ioasid, msg[i]));
		one = row_json(&row, &object_ioasid);
		next = row_json_next(&last, &row, &object_ioasid);
		CHECK(!strcmp(json_object_to_json_string(one),
			      json_object_to_json_string(next)));
		json_object_put(one);
		json_object_put(next);
	}
	json_object_put(last.item);
	for (i = 0; i < 6; i++)
		nlmsg_free(msg[i]);
	return true;
}

static bool cut_attributes(void)
{
	struct nl_msg *msg = message(1, 1);
	struct row row;

	nla_put_u16(msg, IOASID_A_ID_REFS, 1);
	CHECK(row_parse(&row, &object_ioasid, msg));
	nlmsg_free(msg);
	msg = message(1, 1);
	nla_put(msg, IOASID_A_ID_COMM, 3, "abc");
	CHECK(row_parse(&row, &object_ioasid, msg));
	nlmsg_free(msg);
	msg = message(1, 1);
	nla_put_u32(msg, IOASID_A_ID_ATTR_MAX + 5, 1);
	CHECK(!row_parse(&row, &object_ioasid, msg));
	nlmsg_free(msg);
	return true;
}

static bool add(struct sorter *s, struct owners *o, struct nl_msg *msg)
{
	struct fail fail = { 0 };
	struct row row = { .now = 0 };
	bool ok = !row_parse(&row, &object_ioasid, msg) &&
		  (!s || !sorter_add(s, msg, &row, &fail)) &&
		  (!o || !owners_add(o, msg, &row));

	nlmsg_free(msg);
	return ok;
}

static bool order_is(const char *column, const __u32 *want)
{
	struct fail fail = { 0 };
	struct sorter s = { 0 };
	struct row row;
	bool ok = true;
	size_t i;

	CHECK(!sorter_init(&s, &object_ioasid, column, &fail));
	CHECK(add(&s, NULL, user(9, 9, 300, "a")));
	CHECK(add(&s, NULL, user(10, 12, 20, "c")));
	CHECK(add(&s, NULL, user(100, 100, 20, "b")));
	sorter_sort(&s);
	for (i = 0; i < s.count; i++) {
		row_parse(&row, &object_ioasid, sorter_msg(&s, i));
		ok = ok && row_first(&row) == want[i];
	}
	sorter_free(&s);
	return ok;
}

static bool sorted(void)
{
	struct fail fail = { 0 };
	struct sorter s = { 0 };

	CHECK(order_is("pid", (const __u32[]){ 10, 100, 9 }));
	CHECK(order_is("-pid", (const __u32[]){ 9, 10, 100 }));
	CHECK(order_is("comm", (const __u32[]){ 9, 100, 10 }));
	CHECK(order_is("-count", (const __u32[]){ 10, 9, 100 }));
	CHECK(order_is("-ioasid", (const __u32[]){ 100, 10, 9 }));
	CHECK(sorter_init(&s, &object_ioasid, "nope", &fail));
	CHECK(fail.code == CODE_USAGE);
	return true;
}

static bool counted_by_owner(void)
{
	struct owners o = { 0 };

	CHECK(add(NULL, &o, user(1, 1, 5, "few")));
	CHECK(add(NULL, &o, user(2, 11, 6, "many")));
	CHECK(add(NULL, &o, user(20, 20, 5, "few")));
	owners_sort(&o);
	CHECK(o.count == 2);
	CHECK(o.list[0]->ids == 10 && o.list[1]->ids == 2);
	CHECK(!strcmp(o.list[0]->text, "many[6] uid 998"));
	owners_free(&o);
	CHECK(!o.count);
	return true;
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "fields: an ID of a process", of_a_process },
		{ "fields: an ID of a module, whatever its set is called", of_a_module },
		{ "fields: an ID of an owner that is not told", of_a_stranger },
		{ "fields: JSON has numbers as numbers and valid strings", as_json },
		{ "fields: JSON of a row does not depend on the row before", as_json_by_turns },
		{ "fields: malformed attributes are refused, new ones skipped", cut_attributes },
		{ "sorter: numbers as numbers, text as text, stable", sorted },
		{ "owners: IDs are counted by owner, the most first", counted_by_owner },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}

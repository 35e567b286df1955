// SPDX-License-Identifier: GPL-2.0-only
/* What a reader of events knows, and how it differs. */
#include <string.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "parse.h"
#include "state.h"
#include "unit.h"

static struct record *record(const char *label, __u32 generation)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct record *r;

	genlmsg_put(msg, 0, 0, 42, 0, 0, IOASID_CMD_IOASID_GET, 1);
	nla_put_u64(msg, IOASID_A_ID_GENERATION, generation);
	nla_put_u32(msg, IOASID_A_ID_ID, 5);
	nla_put_u32(msg, IOASID_A_ID_LAST, 9);
	nla_put_u32(msg, IOASID_A_ID_STATE, IOASID_STATE_LIVE);
	nla_put_string(msg, IOASID_A_ID_ALLOCATOR, "default");
	nla_put_u32(msg, IOASID_A_ID_SPACE, 3);
	nla_put_string(msg, IOASID_A_ID_LABEL, label);
	r = record_new(msg);
	nlmsg_free(msg);
	return r;
}

static void set(struct state *st, __u32 first, __u32 last, const char *label)
{
	struct record *r = label ? record(label, first) : NULL;

	state_set(st, first, last, r);
	record_put(r);
}

/* What differs, as "+1-3 -5 ~7-8 ". */
static int note(__u32 first, __u32 last, const struct record *before,
		const struct record *after, void *arg)
{
	char sign = !before ? '+' : !after ? '-' : '~';
	char *text = arg;

	text += strlen(text);
	if (first == last)
		sprintf(text, "%c%u ", sign, first);
	else
		sprintf(text, "%c%u-%u ", sign, first, last);
	return 0;
}

static bool differ(const struct state *a, const struct state *b,
		   const char *want)
{
	char have[256] = "";

	if (state_differences(a, b, note, have))
		return false;
	if (!strcmp(have, want))
		return true;
	printf("# '%s' instead of '%s'\n", have, want);
	return false;
}

static bool numbers_are_no_difference(void)
{
	struct record *a = record("x", 1), *b = record("x", 2);
	struct record *c = record("y", 1);

	CHECK(record_same(a, b));
	CHECK(!record_same(a, c));
	CHECK(!record_same(a, NULL) && record_same(NULL, NULL));
	record_put(a);
	record_put(b);
	record_put(c);
	return true;
}

static bool differences(void)
{
	struct state a = { 0 }, b = { 0 };

	CHECK(differ(&a, &b, ""));
	set(&a, 1, 10, "x");
	CHECK(differ(&a, &b, "-1-10 "));
	CHECK(differ(&b, &a, "+1-10 "));
	set(&b, 1, 4, "x");
	set(&b, 6, 8, "y");
	set(&b, 9, 12, "x");
	CHECK(differ(&a, &b, "-5 ~6-8 +11-12 "));
	/* across the pages of the table, and at its end */
	set(&a, 4000, 9000, "x");
	set(&b, 4096, 8191, "x");
	set(&b, PARSE_ID_MAX, PARSE_ID_MAX, "x");
	set(&b, 0, 0, "x");
	CHECK(differ(&a, &b,
		     "+0 -5 ~6-8 +11-12 -4000-4095 -8192-9000 +2147483647 "));
	set(&a, 0, PARSE_ID_MAX, NULL);
	set(&b, 0, PARSE_ID_MAX, NULL);
	CHECK(differ(&a, &b, ""));
	state_free(&a);
	state_free(&b);
	return true;
}

static bool changes_of_a_space(void)
{
	struct record *a = record("x", 1);
	struct record *b = record_change(a, "a-much-longer-name", -1);
	struct record *c = record_change(b, "default", IOASID_STATE_ORPHAN);
	struct record *d = record_change(c, "default", IOASID_STATE_LIVE);
	struct record_row view;

	CHECK(record_u32(a, IOASID_A_ID_SPACE) == 3);
	CHECK(!record_same(a, b) && !record_same(b, c) && record_same(a, d));
	CHECK(record_u32(c, IOASID_A_ID_STATE) == IOASID_STATE_ORPHAN);
	CHECK(!record_row(b, 17, 23, 99, &view));
	CHECK(row_first(&view.row) == 17 && row_last(&view.row) == 23);
	CHECK(attr_u64(view.row.tb, IOASID_A_ID_GENERATION, 0) == 99);
	CHECK(!strcmp(attr_string(view.row.tb, IOASID_A_ID_ALLOCATOR),
		      "a-much-longer-name"));
	record_put(a);
	record_put(b);
	record_put(c);
	record_put(d);
	return true;
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "state: numbers and generation are no difference",
		  numbers_are_no_difference },
		{ "state: differences in as few runs as there are", differences },
		{ "state: another allocator, another state", changes_of_a_space },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}

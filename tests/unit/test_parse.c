// SPDX-License-Identifier: GPL-2.0-only
/* The parsers: what they take, what they refuse, and what they say then. */
#include <string.h>

#include "parse.h"
#include "unit.h"

static const char *const bad_numbers[] = {
	"", " ", "-1", "+1", " 1", "1 ", "1\n", "0x", "0X", "x10", "0xg", "1x",
	"1.0", "1e3", "1,000", "1_000", "12abc", "--1", "0x-1", "٣", "1\t",
	"256", "0x100", "18446744073709551616", "0x10000000000000000",
	"99999999999999999999999999999999", "0b1", "0o7", "nan", "inf",
};

static bool numbers_refused(void)
{
	struct why why;
	__u64 out;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_numbers); i++) {
		out = 42;
		if (parse_number(bad_numbers[i], 0, 255, &out, &why)) {
			printf("# taken: '%s' as %llu\n", bad_numbers[i], out);
			return false;
		}
		CHECK(out == 42);
		CHECK(strstr(why.text, "from 0 to 255"));
	}
	CHECK(!parse_number("4", 5, 9, &out, &why));
	CHECK(strstr(why.text, "from 5 to 9"));
	return true;
}

static bool numbers_taken(void)
{
	static const struct {
		const char *word;
		__u64 value;
	} good[] = {
		{ "0", 0 }, { "7", 7 }, { "0007", 7 }, { "0x0", 0 },
		{ "0x1f", 31 }, { "0X1F", 31 }, { "0xFfFf", 65535 },
		{ "18446744073709551615", ~0ULL },
		{ "0xffffffffffffffff", ~0ULL },
	};
	struct why why;
	__u64 out;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		CHECK(parse_number(good[i].word, 0, ~0ULL, &out, &why));
		CHECK(out == good[i].value);
	}
	return true;
}

static bool durations(void)
{
	static const struct {
		const char *word;
		__u64 ms;
	} good[] = {
		{ "30", 30000 }, { "30s", 30000 }, { "500ms", 500 },
		{ "5m", 300000 }, { "1h", 3600000 }, { "0", 0 }, { "0ms", 0 },
	};
	static const char *const bad[] = {
		"", "s", "ms", "-1", "+1", "1.5", "5 m", "5M", "5min", "1d",
		"1h30m", " 1", "1 ", "0x10", "1e3", "3601", "61m", "2h",
		"3600001ms", "18446744073709551615h", "99999999999999999999",
	};
	struct why why;
	__u64 ms;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		CHECK(parse_duration(good[i].word, 3600000, &ms, &why));
		CHECK(ms == good[i].ms);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (parse_duration(bad[i], 3600000, &ms, &why)) {
			printf("# taken: '%s'\n", bad[i]);
			return false;
		}
		CHECK(strstr(why.text, "at most 3600s"));
	}
	return true;
}

static bool id_lists_refused(void)
{
	static const char *const bad[] = {
		"", ",", "1,", ",1", "1,,2", "-", "1-", "-1", "1--2", "1-2-3",
		"5-2", "1 2", "1, 2", "a", "1-b", "0x", "1-0x", "2147483648",
		"0-4294967295", "0x80000000", "1;2", "1..5", "*", "1-2,x",
	};
	struct id_list ids = { 0 };
	struct why why;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		bool taken = parse_ids(bad[i], &ids, &why);

		id_list_free(&ids);
		if (taken) {
			printf("# taken: '%s'\n", bad[i]);
			return false;
		}
		CHECK(why.text[0]);
	}
	return true;
}

static bool id_lists_taken(void)
{
	struct id_list ids = { 0 };
	struct why why;

	CHECK(parse_ids("5,17-24,0x80", &ids, &why));
	CHECK(ids.count == 3);
	CHECK(ids.run[0].first == 5 && ids.run[0].last == 5);
	CHECK(ids.run[1].first == 17 && ids.run[1].last == 24);
	CHECK(ids.run[2].first == 128 && ids.run[2].last == 128);
	CHECK(parse_ids("0x10-0x1f", &ids, &why));
	CHECK(ids.run[3].first == 16 && ids.run[3].last == 31);
	CHECK(parse_ids("0-2147483647", &ids, &why));
	id_list_free(&ids);
	CHECK(!ids.count && !ids.run);
	return true;
}

static bool id_lists_normalized(void)
{
	struct id_list ids = { 0 };
	struct why why;

	id_list_normalize(&ids);
	CHECK(!ids.count && !id_list_total(&ids));
	CHECK(parse_ids("30,5,1-3,4,30,10-20,12-13,21,2147483647", &ids, &why));
	id_list_normalize(&ids);
	CHECK(ids.count == 4);
	CHECK(ids.run[0].first == 1 && ids.run[0].last == 5);
	CHECK(ids.run[1].first == 10 && ids.run[1].last == 21);
	CHECK(ids.run[2].first == 30 && ids.run[2].last == 30);
	CHECK(ids.run[3].first == 2147483647 && ids.run[3].last == 2147483647);
	CHECK(id_list_total(&ids) == 5 + 12 + 1 + 1);
	id_list_free(&ids);
	return true;
}

static bool many_ids(void)
{
	struct id_list ids = { 0 };
	__u32 i;

	for (i = 100000; i > 0; i--)
		CHECK(id_list_add(&ids, 2 * i, 2 * i));
	id_list_normalize(&ids);
	CHECK(ids.count == 100000);
	CHECK(ids.run[0].first == 2 && ids.run[99999].last == 200000);
	id_list_free(&ids);
	return true;
}

static bool pairs(void)
{
	static const char *const names[] = { "set", "state", NULL };
	const char *value = NULL;
	struct why why;

	CHECK(parse_pair("state=live", names, &value, &why) == 1);
	CHECK(!strcmp(value, "live"));
	CHECK(parse_pair("set=a=b", names, &value, &why) == 0);
	CHECK(!strcmp(value, "a=b"));
	CHECK(parse_pair("set=", names, &value, &why) == 0);
	CHECK(!*value);
	CHECK(parse_pair("stat=live", names, &value, &why) == -1);
	CHECK(strstr(why.text, "set, state"));
	CHECK(parse_pair("states=live", names, &value, &why) == -1);
	CHECK(parse_pair("set", names, &value, &why) == -1);
	CHECK(parse_pair("=x", names, &value, &why) == -1);
	CHECK(parse_pair("", names, &value, &why) == -1);
	CHECK(parse_pair("SET=x", names, &value, &why) == -1);
	return true;
}

static bool choices(void)
{
	static const char *const words[] = { "live", "pending", NULL };
	struct why why;

	CHECK(parse_choice("pending", words, &why) == 1);
	CHECK(parse_choice("pend", words, &why) == -1);
	CHECK(strstr(why.text, "live, pending"));
	CHECK(parse_choice("", words, &why) == -1);
	CHECK(parse_choice("Live", words, &why) == -1);
	CHECK(parse_choice("live ", words, &why) == -1);
	return true;
}

static bool names(void)
{
	struct why why;

	CHECK(parse_name("a", 3, &why));
	CHECK(parse_name("abc", 3, &why));
	CHECK(!parse_name("", 3, &why));
	CHECK(!parse_name("abcd", 3, &why));
	CHECK(strstr(why.text, "1 to 3 bytes"));
	CHECK(!parse_name("a\n", 3, &why));
	CHECK(!parse_name("\033", 3, &why));
	return true;
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "parse: wrong numbers are refused, with the range", numbers_refused },
		{ "parse: decimal and hexadecimal numbers", numbers_taken },
		{ "parse: durations", durations },
		{ "parse: wrong ID lists are refused", id_lists_refused },
		{ "parse: ID lists and ranges", id_lists_taken },
		{ "parse: ID lists are sorted and joined", id_lists_normalized },
		{ "parse: a hundred thousand IDs", many_ids },
		{ "parse: NAME=VALUE by exact name", pairs },
		{ "parse: exact words only", choices },
		{ "parse: names", names },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}

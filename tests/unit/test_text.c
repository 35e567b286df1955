// SPDX-License-Identifier: GPL-2.0-only
/* Text for people and for shells. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "table.h"
#include "text.h"
#include "unit.h"

static bool cleans(const char *in, bool controls, const char *want)
{
	char out[64];

	text_clean(out, sizeof(out), in, controls);
	if (!strcmp(out, want))
		return true;
	printf("# '%s' instead of '%s'\n", out, want);
	return false;
}

static bool hostile_strings(void)
{
	CHECK(cleans("plain", false, "plain"));
	CHECK(cleans("\033[31mred\r\n", false, "?[31mred??"));
	CHECK(cleans("\033[31m", true, "\033[31m"));
	CHECK(cleans("a\177b", false, "a?b"));
	CHECK(cleans("gr\303\274n \342\202\254 \360\237\230\200", false,
		     "gr\303\274n \342\202\254 \360\237\230\200"));
	CHECK(cleans("\302\233m", false, "?m"));		/* C1 CSI */
	CHECK(cleans("\377\376", true, "??"));
	CHECK(cleans("\303", true, "?"));			/* cut short */
	CHECK(cleans("\342\202", true, "??"));
	CHECK(cleans("\300\257", true, "??"));			/* overlong */
	CHECK(cleans("\340\200\257", true, "???"));
	CHECK(cleans("\355\240\200", true, "???"));		/* surrogate */
	CHECK(cleans("\364\220\200\200", true, "????"));	/* > U+10FFFF */
	return true;
}

/* What JSON keeps, and a terminal is not to see. */
static bool json_controls(void)
{
	struct json_object *o = json_object_new_object();
	struct json_stream s = { 0 };
	char *out = NULL;
	bool same;
	size_t size;

	s.out = open_memstream(&out, &size);
	json_add_text(o, "a", "x\033\177\302\233\302\240y\177");
	json_line(s.out, json_object_get(o));
	json_begin(&s, json_object_get(o));
	json_item(&s, json_object_get(o));
	json_end(&s, o);
	fclose(s.out);
#define SAFE	"\"a\":\"x\\u001b\\u007f\\u009b\302\240y\\u007f\""
	same = !strcmp(out, "{" SAFE "}\n{" SAFE ",\"items\":[{" SAFE "}]," SAFE "}\n");
	if (!same)
		printf("# %s", out);
	free(out);
	return same;
}

static bool short_buffers(void)
{
	char out[4];

	text_clean(out, sizeof(out), "abcdef", false);
	CHECK(!strcmp(out, "abc"));
	text_clean(out, sizeof(out), "ab\303\274", false);
	CHECK(!strcmp(out, "ab"));
	CHECK(text_number(out, sizeof(out), 12345) == 3 && !strcmp(out, "123"));
	CHECK(text_number(out, 1, 12345) == 0 && !*out);
	CHECK(text_run(out, sizeof(out), 1, 23) == 3 && !strcmp(out, "1-2"));
	CHECK(text_run(out, sizeof(out), 100, 101) == 3 && !strcmp(out, "100"));
	CHECK(text_duration(out, sizeof(out), 60000000000) == 3 &&
	      !strcmp(out, "1m0"));
	return true;
}

static bool numbers(void)
{
	static const struct {
		__u64 number;
		const char *text;
	} table[] = {
		{ 0, "0" }, { 9, "9" }, { 10, "10" }, { 1048575, "1048575" },
		{ 18446744073709551615ULL, "18446744073709551615" },
	};
	char out[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		CHECK(text_number(out, sizeof(out), table[i].number) ==
		      strlen(table[i].text) && !strcmp(out, table[i].text));
	CHECK(text_run(out, sizeof(out), 17, 17) == 2 && !strcmp(out, "17"));
	CHECK(text_run(out, sizeof(out), 0, 4294967295) == 12 &&
	      !strcmp(out, "0-4294967295"));
	return true;
}

static bool durations(void)
{
	static const struct {
		__u64 s;
		const char *text;
	} table[] = {
		{ 0, "0s" }, { 41, "41s" }, { 59, "59s" }, { 60, "1m00s" },
		{ 192, "3m12s" }, { 3599, "59m59s" }, { 3600, "1h00m" },
		{ 86399, "23h59m" }, { 86400, "1d00h" },
		{ 40 * 86400 + 4 * 3600, "40d04h" },
	};
	char out[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		text_duration(out, sizeof(out), table[i].s * 1000000000);
		CHECK(!strcmp(out, table[i].text));
	}
	text_duration(out, sizeof(out), 1999999999);
	CHECK(!strcmp(out, "1s"));
	return true;
}

static bool times(void)
{
	static const struct {
		__u64 ns;
		const char *text;
	} table[] = {
		{ 0, "0.000000" }, { 999, "0.000000" }, { 1000, "0.000001" },
		{ 10000, "0.000010" }, { 99999999, "0.099999" },
		{ 100000000, "0.100000" }, { 119697365316, "119.697365" },
		{ 18446744073709551615ULL, "18446744073.709551" },
	};
	char out[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		CHECK(text_time(out, sizeof(out), table[i].ns) ==
		      strlen(table[i].text) && !strcmp(out, table[i].text));
	CHECK(text_time(out, 5, 119697365316) == 4 && !strcmp(out, "119."));
	return true;
}

static bool quotes(const char *word, const char *want)
{
	char out[64] = "x ";

	return text_quote(out, sizeof(out), word) && !strcmp(out + 2, want);
}

static bool shell_words(void)
{
	char small[8] = "";

	CHECK(quotes("list", "list"));
	CHECK(quotes("--min=0x10", "--min=0x10"));
	CHECK(quotes("", "''"));
	CHECK(quotes("a b", "'a b'"));
	CHECK(quotes("$(reboot)", "'$(reboot)'"));
	CHECK(quotes("it's", "'it'\\''s'"));
	CHECK(quotes("*", "'*'"));
	CHECK(text_quote(small, sizeof(small), "1234567"));
	small[0] = '\0';
	CHECK(!text_quote(small, sizeof(small), "12345678"));
	CHECK(!small[0]);
	CHECK(text_quote(small, sizeof(small), "a'"));
	small[0] = '\0';
	CHECK(!text_quote(small, sizeof(small), "ab'"));
	return true;
}

static char *table_of(size_t rows)
{
	static const char *const head[] = { "ID", "OWNER" };
	char *text = NULL;
	char cell[24];
	const char *const cells[] = { cell, "x" };
	size_t size, i;
	struct table table = {
		.out = open_memstream(&text, &size), .indent = "  ", .columns = 2,
	};

	table_row(&table, head);
	for (i = 0; i < rows; i++) {
		snprintf(cell, sizeof(cell), "%zu", i);
		table_row(&table, cells);
	}
	table_end(&table);
	fclose(table.out);
	return text;
}

static bool tables(void)
{
	char *text = table_of(2);
	const char *at;
	size_t lines = 0;

	CHECK(!strcmp(text, "  ID  OWNER\n  0   x\n  1   x\n"));
	free(text);
	text = table_of(100000);
	for (at = text; (at = strchr(at, '\n')); at++)
		lines++;
	CHECK(lines == 100001);
	CHECK(strstr(text, "\n  254  x\n"));
	CHECK(strstr(text, "\n  99999  x\n"));
	free(text);
	return true;
}

static bool widths(void)
{
	CHECK(text_width("abc") == 3);
	CHECK(text_width("gr\303\274n") == 4);
	CHECK(text_width("") == 0);
	return true;
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "text: hostile strings are made harmless", hostile_strings },
		{ "json: no control character as it is", json_controls },
		{ "text: a short buffer cuts between characters", short_buffers },
		{ "text: durations", durations },
		{ "text: times", times },
		{ "text: numbers and runs of them", numbers },
		{ "text: words are quoted for a shell", shell_words },
		{ "text: width counts characters", widths },
		{ "table: columns fit, and rows stream", tables },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}

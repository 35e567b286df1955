// SPDX-License-Identifier: GPL-2.0-only
/* Lines of a batch, split into words. */
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "words.h"

/* Do the words of @line, in brackets, make @want? NULL: it must be refused. */
static bool splits(const char *line, const char *want)
{
	char *copy = strdup(line);
	struct words w = { 0 };
	char have[256] = "";
	struct why why;
	bool ok;
	int i;

	ok = words_split(&w, copy, &why);
	for (i = 0; ok && i < w.count; i++) {
		strcat(have, "[");
		strcat(have, w.word[i]);
		strcat(have, "]");
	}
	if (ok && w.count)
		ok = !w.word[w.count];
	words_free(&w);
	free(copy);
	if (!want)
		return !ok;
	if (ok && !strcmp(have, want))
		return true;
	printf("# %s: '%s' instead of '%s'\n", line, have, want);
	return false;
}

static bool blanks(void)
{
	CHECK(splits("", ""));
	CHECK(splits(" \t\r\n", ""));
	CHECK(splits("a", "[a]"));
	CHECK(splits("  alloc   -c 3\t\n", "[alloc][-c][3]"));
	CHECK(splits("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
		     "[1][2][3][4][5][6][7][8][9][10][11][12][13][14][15][16][17]"));
	return true;
}

static bool quotes(void)
{
	CHECK(splits("'a b' \"c d\"", "[a b][c d]"));
	CHECK(splits("a'b'\"c\"d", "[abcd]"));
	CHECK(splits("''", "[]"));
	CHECK(splits("'' \"\"x", "[][x]"));
	CHECK(splits("'\"' \"'\"", "[\"][']"));
	CHECK(splits("'a\\'", "[a\\]"));
	CHECK(splits("\"a\\\"b\"", "[a\"b]"));
	CHECK(splits("a\\ b \\#c \\\\", "[a b][#c][\\]"));
	CHECK(splits("'a\nb'", "[a\nb]"));
	CHECK(splits("$HOME * `x`", "[$HOME][*][`x`]"));
	return true;
}

static bool comments(void)
{
	CHECK(splits("# all", ""));
	CHECK(splits("a # rest 'open", "[a]"));
	CHECK(splits("a#b", "[a#b]"));
	CHECK(splits("'#'", "[#]"));
	return true;
}

static bool refused(void)
{
	CHECK(splits("'", NULL));
	CHECK(splits("a 'b", NULL));
	CHECK(splits("a \"b'", NULL));
	CHECK(splits("a\\", NULL));
	CHECK(splits("\"a\\", NULL));
	return true;
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "words: blanks", blanks },
		{ "words: quotes and backslashes", quotes },
		{ "words: comments", comments },
		{ "words: what has no end is refused", refused },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool add(struct words *w, char *word)
{
	int room = w->room ? w->room * 2 : 8;
	char **all;

	/* one more, for the NULL of an argument vector */
	if (w->count + 1 >= w->room) {
		all = reallocarray(w->word, room, sizeof(*all));
		if (!all)
			return false;
		w->word = all;
		w->room = room;
	}
	w->word[w->count++] = word;
	w->word[w->count] = NULL;
	return true;
}

/*
 * Copy one word from @from to @to, which is not behind it, without its quotes;
 * where it ends, or NULL if a quote has no end.
 */
static char *take_word(char *from, char **to)
{
	char quote = '\0';
	char *out = *to;

	for (; *from && (quote || !is_blank(*from)); from++) {
		if (quote && *from == quote) {
			quote = '\0';
		} else if (!quote && (*from == '\'' || *from == '"')) {
			quote = *from;
		} else if (*from == '\\' && quote != '\'') {
			if (!*++from)
				return NULL;
			*out++ = *from;
		} else {
			*out++ = *from;
		}
	}
	*to = out;
	return quote ? NULL : from;
}

bool words_split(struct words *w, char *line, struct why *why)
{
	char *from = line;
	char *to, *word;
	bool more;

	for (;;) {
		while (is_blank(*from))
			from++;
		if (!*from || *from == '#')
			return true;
		word = from;
		to = from;
		from = take_word(from, &to);
		if (!from) {
			snprintf(why->text, sizeof(why->text),
				 "a quote or a backslash without an end");
			return false;
		}
		more = *from;
		*to = '\0';
		if (!add(w, word)) {
			snprintf(why->text, sizeof(why->text), "out of memory");
			return false;
		}
		from += more;
	}
}

void words_free(struct words *w)
{
	free(w->word);
	memset(w, 0, sizeof(*w));
}

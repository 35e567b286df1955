// SPDX-License-Identifier: GPL-2.0-only
/* What people type: ID lists, numbers, durations, names, words, options, filters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "fuzz.h"
#include "invoke.h"
#include "parse.h"
#include "sorter.h"
#include "text.h"
#include "util.h"
#include "view.h"
#include "words.h"

/* In order, apart, and the same again when they are written down and read. */
static void check_list(const struct id_list *list)
{
	struct id_list again = { 0 };
	char run[32];
	struct why why;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->run[i].first > list->run[i].last ||
		    (i && list->run[i].first <= list->run[i - 1].last + 1ULL))
			broken("a list that is not normal", "");
		text_run(run, sizeof(run), list->run[i].first, list->run[i].last);
		if (!parse_ids(run, &again, &why))
			broken("a run that cannot be read", run);
	}
	id_list_normalize(&again);
	if (again.count != list->count ||
	    id_list_total(&again) != id_list_total(list))
		broken("a list that is not the same again", "");
	id_list_free(&again);
}

static void take_ids(const char *text)
{
	struct id_list list = { 0 };
	struct why why;

	if (parse_ids(text, &list, &why)) {
		id_list_normalize(&list);
		check_list(&list);
	}
	id_list_free(&list);
}

static void take_word(const char *text)
{
	static const char *const names[] = { "state", "set", "range", NULL };
	const char *value;
	struct why why;
	__u64 number;

	if (parse_number(text, 5, 1000, &number, &why) &&
	    (number < 5 || number > 1000))
		broken("a number out of its range", text);
	parse_number(text, 0, ~0ULL, &number, &why);
	if (parse_duration(text, 86400000, &number, &why) && number > 86400000)
		broken("a duration out of its range", text);
	parse_choice(text, names, &why);
	parse_pair(text, names, &value, &why);
	if (parse_name(text, 64, &why) && (!*text || strlen(text) > 64))
		broken("a name out of its range", text);
}

static void take_text(const char *text)
{
	size_t size = strlen(text) % 40 + 1;
	char out[41];
	const char *s;

	memset(out, 'x', sizeof(out));
	text_clean(out, size, text, false);
	if (strlen(out) >= size || !text_is_utf8(out))
		broken("a text that is not clean", text);
	for (s = out; *s; s++)
		if ((unsigned char)*s < 0x20)
			broken("a control character", text);
}

/* What is quoted for a hint is one word again. */
static void quote(const char *text)
{
	char out[600] = "";
	struct words w = { 0 };
	struct why why;

	if (!text_quote(out, sizeof(out), text))
		return;
	if (!words_split(&w, out, &why) || w.count != 1 ||
	    strcmp(w.word[0], text))
		broken("a quoted word is another", text);
	words_free(&w);
}

static void take_list(const struct words *w)
{
	struct ctx ctx = { 0 };
	struct sorter sorter = { 0 };
	struct filter filter = { 0 };
	struct fail fail = { 0 };
	struct view view;

	filter_parse(&filter, w->word, w->count, &fail);
	filter_free(&filter);
	if (!view_init(&view, &ctx, &object_ioasid, "list", w->word[0], &fail) &&
	    view.columns > FIELDS_MAX)
		broken("too many columns", w->word[0]);
	sorter_init(&sorter, &object_ioasid, w->word[0], &fail);
}

static void take_line(char *line)
{
	const struct command *command;
	struct input in = { 0 };
	struct fail fail = { 0 };
	struct words w = { 0 };
	struct why why;

	if (words_split(&w, line, &why) && w.count) {
		in.argv = calloc(w.count + 1, sizeof(*in.argv));
		if (!in.argv)
			abort();
		if (!invoke_parse(w.count, w.word, &in, &command, &fail) &&
		    in.argc >= w.count)
			broken("more words than there were", w.word[0]);
		free(in.argv);
		take_list(&w);
	}
	words_free(&w);
}

int fuzz_input(const __u8 *data, size_t size)
{
	char *text = malloc(size + 1);

	count_input(size);
	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	take_ids(text);
	take_word(text);
	take_text(text);
	quote(text);
	take_line(text);
	free(text);
	return 0;
}

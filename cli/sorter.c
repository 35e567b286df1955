// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "sorter.h"

int sorter_init(struct sorter *s, const struct object *object,
		const char *column, struct fail *fail)
{
	const char *name = column;

	if (*name == '-') {
		s->descending = true;
		name++;
	}
	s->field = column_find(object, name, strlen(name), fail);
	return s->field ? 0 : -1;
}

int sorter_add(struct sorter *s, struct nl_msg *msg, const struct row *row,
	       struct fail *fail)
{
	size_t room = s->room ? s->room * 2 : 256;
	struct sorter_row *rows, *new;
	char text[CELL_SIZE];

	if (s->count == s->room) {
		rows = reallocarray(s->row, room, sizeof(*rows));
		if (!rows)
			return fail_memory(fail);
		s->row = rows;
		s->room = room;
	}
	new = &s->row[s->count];
	*new = (struct sorter_row){ .msg = msg, .order = s->count };
	if (!field_number(s->field, row, &new->number)) {
		field_text(s->field, row, text, sizeof(text));
		new->text = strdup(text);
		if (!new->text)
			return fail_memory(fail);
	}
	nlmsg_get(msg);
	s->count++;
	return 0;
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct sorter_row *x = a;
	const struct sorter_row *y = b;
	const struct sorter *s = arg;
	int order;

	if (x->text)
		order = strcmp(x->text, y->text);
	else
		order = (x->number > y->number) - (x->number < y->number);
	if (order)
		return s->descending ? -order : order;
	return (x->order > y->order) - (x->order < y->order);
}

void sorter_sort(struct sorter *s)
{
	if (s->count)
		qsort_r(s->row, s->count, sizeof(*s->row), compare, s);
}

struct nl_msg *sorter_msg(const struct sorter *s, size_t i)
{
	return s->row[i].msg;
}

void sorter_free(struct sorter *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		nlmsg_free(s->row[i].msg);
		free(s->row[i].text);
	}
	free(s->row);
	s->row = NULL;
	s->count = 0;
}

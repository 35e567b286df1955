// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "parse.h"

bool id_list_add(struct id_list *list, __u32 first, __u32 last)
{
	size_t room = list->room ? list->room * 2 : 8;
	struct id_run *run;

	if (list->count == list->room) {
		run = reallocarray(list->run, room, sizeof(*run));
		if (!run)
			return false;
		list->run = run;
		list->room = room;
	}
	list->run[list->count].first = first;
	list->run[list->count].last = last;
	list->count++;
	return true;
}

static int by_first(const void *a, const void *b)
{
	const struct id_run *x = a;
	const struct id_run *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void id_list_normalize(struct id_list *list)
{
	struct id_run *to = list->run;
	size_t i;

	if (!list->count)
		return;
	qsort(list->run, list->count, sizeof(*list->run), by_first);
	for (i = 1; i < list->count; i++) {
		if (list->run[i].first <= (__u64)to->last + 1) {
			if (list->run[i].last > to->last)
				to->last = list->run[i].last;
			continue;
		}
		*++to = list->run[i];
	}
	list->count = to - list->run + 1;
}

/* Of a normalized list. */
__u64 id_list_total(const struct id_list *list)
{
	__u64 total = 0;
	size_t i;

	for (i = 0; i < list->count; i++)
		total += (__u64)list->run[i].last - list->run[i].first + 1;
	return total;
}

void id_list_free(struct id_list *list)
{
	free(list->run);
	memset(list, 0, sizeof(*list));
}

// SPDX-License-Identifier: GPL-2.0-only
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "owners.h"
#include "util.h"

static int compare(const void *a, const void *b)
{
	const struct owner *x = a;
	const struct owner *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return strcmp(x->text, y->text);
}

static int remember(struct owners *o, struct owner *owner)
{
	size_t room = o->room ? o->room * 2 : 16;
	struct owner **list;

	if (o->count == o->room) {
		list = reallocarray(o->list, room, sizeof(struct owner *));
		if (!list)
			return -1;
		o->list = list;
		o->room = room;
	}
	if (!tsearch(owner, &o->tree, compare))
		return -1;
	o->list[o->count++] = owner;
	return 0;
}

int owners_add(struct owners *o, struct nl_msg *msg, const struct row *row)
{
	const struct field *field = field_find(&object_ioasid, "owner", 5);
	struct owner key = { .start = attr_u64(row->tb, IOASID_A_ID_START, 0) };
	struct owner *new, **old;

	field_text(field, row, key.text, sizeof(key.text));
	old = tfind(&key, &o->tree, compare);
	if (old) {
		(*old)->ids += row_ids(row);
		return 0;
	}
	new = malloc(sizeof(*new));
	if (!new)
		return -1;
	*new = key;
	new->ids = row_ids(row);
	if (remember(o, new)) {
		free(new);
		return -1;
	}
	nlmsg_get(msg);
	new->msg = msg;
	return 0;
}

struct json_object *owner_json(const struct owner *owner)
{
	static const char *const keys[] = {
		"set", "module", "pid", "start", "uid", "comm",
	};
	struct json_object *item = json_object_new_object();
	struct row row = { .now = 0 };
	size_t i;

	if (!row_parse(&row, &object_ioasid, owner->msg))
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			field_json(field_find(&object_ioasid, keys[i],
					      strlen(keys[i])), &row, item);
	json_add_number(item, "ids", owner->ids);
	return item;
}

static int by_ids(const void *a, const void *b)
{
	const struct owner *x = *(struct owner *const *)a;
	const struct owner *y = *(struct owner *const *)b;

	if (x->ids != y->ids)
		return x->ids > y->ids ? -1 : 1;
	return compare(x, y);
}

void owners_sort(struct owners *o)
{
	if (o->count)
		qsort(o->list, o->count, sizeof(*o->list), by_ids);
}

static void leave(void *owner)
{
	(void)owner;
}

void owners_free(struct owners *o)
{
	size_t i;

	tdestroy(o->tree, leave);
	for (i = 0; i < o->count; i++) {
		nlmsg_free(o->list[i]->msg);
		free(o->list[i]);
	}
	free(o->list);
	memset(o, 0, sizeof(*o));
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "monitor.h"
#include "text.h"

static struct json_object *head_of(struct monitor *m, const char *event)
{
	struct json_object *head = json_envelope("monitor", &m->generation);

	json_add_text(head, "event", event);
	if (m->resync)
		json_add_bool(head, "resync", true);
	return head;
}

static void finish(struct json_object *head, struct json_object *item)
{
	struct json_stream json = { .out = stdout };

	json_begin(&json, head);
	if (item)
		json_item(&json, item);
	json_end(&json, NULL);
}

static void begin_text(struct monitor *m, const char *event)
{
	printf("%-6llu  %c %-14s", m->generation, m->resync ? '*' : ' ', event);
}

void say_mark(struct monitor *m, const char *event)
{
	if (m->quiet)
		return;
	if (m->ctx->json) {
		finish(head_of(m, event), NULL);
		return;
	}
	begin_text(m, event);
	putchar('\n');
}

void say_gap(struct monitor *m, __u64 from, const char *why)
{
	struct json_object *head;

	if (m->ctx->json) {
		head = head_of(m, "gap");
		json_add_number(head, "from", from);
		json_add_text(head, "reason", why);
		finish(head, NULL);
		return;
	}
	begin_text(m, "gap");
	printf("  from %llu, %s\n", from, why);
}

/* One of the events that were asked for was said. */
static int count(struct monitor *m)
{
	if (ferror(stdout))
		return fail_set(m->fail, CODE_WRITE, "cannot write to stdout");
	if (!m->left || --m->left)
		return 0;
	m->done = true;
	return -1;
}

static void print_cells(const struct object *object, const struct row *row,
			const char *const *names)
{
	char text[CELL_SIZE];

	for (; *names; names++) {
		const struct field *f = field_find(object, *names,
						   strlen(*names));

		field_text(f, row, text, sizeof(text));
		printf("  %s", text);
	}
	putchar('\n');
}

static const char *const id_cells[] = {
	"ioasid", "state", "set", "refs", "allocator", "owner", NULL
};

static const char *const labelled_cells[] = {
	"ioasid", "state", "set", "refs", "allocator", "owner", "label", NULL
};

static const char *const allocator_cells[] = {
	"name", "space", "role", "state", "ids", NULL
};

static const char *const set_cells[] = { "name", "ids", "quota", "gone", NULL };

static void print_row(struct monitor *m, const char *event,
		      const struct object *object, const char *word,
		      const struct row *row)
{
	struct json_object *head;

	if (m->ctx->json) {
		head = head_of(m, event);
		json_add_text(head, "object", word);
		finish(head, row_json(row, object));
		return;
	}
	begin_text(m, event);
	if (object == &object_allocator)
		print_cells(object, row, allocator_cells);
	else if (object == &object_set)
		print_cells(object, row, set_cells);
	else
		print_cells(object, row, row->tb[IOASID_A_ID_LABEL] ?
			    labelled_cells : id_cells);
}

static bool wanted(struct monitor *m, const struct record *r, __u32 first,
		   __u32 last)
{
	struct record_row view;

	return r && !record_row(r, first, last, m->generation, &view) &&
	       filter_row(&m->filter, &view.row);
}

/* Who looks at some only is told when one comes, changes, and goes. */
int say_ids(struct monitor *m, const char *event, __u32 first, __u32 last,
	    const struct record *before, const struct record *after)
{
	struct record_row view;

	if (m->quiet || (!wanted(m, before, first, last) &&
			 !wanted(m, after, first, last)))
		return 0;
	if (record_row(after ? after : before, first, last, m->generation,
		       &view))
		return 0;
	print_row(m, event, &object_ioasid, "ioasid", &view.row);
	return count(m);
}

int say_object(struct monitor *m, const char *event,
	       const struct snapshot_kind *kind, struct nl_msg *msg)
{
	struct row row = { .now = boottime_ns() };

	if (m->quiet || m->filter.any || row_parse(&row, kind->object, msg))
		return 0;
	print_row(m, event, kind->object, kind->noun, &row);
	return count(m);
}

static int say_known(__u32 first, __u32 last, const struct record *before,
		     const struct record *after, void *arg)
{
	say_ids(arg, "snapshot", first, last, before, after);
	return 0;
}

/* Does not count: events are asked for, and not what there was before. */
void say_snapshot(struct monitor *m)
{
	const struct state nothing = { 0 };
	__u64 left = m->left;
	size_t i;

	m->left = 0;
	say_mark(m, "snapshot-begin");
	for (i = 0; i < m->allocators.count; i++)
		say_object(m, "snapshot", &snapshot_allocators,
			   m->allocators.msg[i]);
	for (i = 0; i < m->sets.count; i++)
		say_object(m, "snapshot", &snapshot_sets, m->sets.msg[i]);
	state_differences(&nothing, &m->ids, say_known, m);
	say_mark(m, "snapshot-end");
	m->left = left;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "saved.h"
#include "text.h"

#define TRIES 5

static bool same(const struct saved_run *a, const struct saved_run *b)
{
	return !strcmp(a->label, b->label) && !strcmp(a->set, b->set) &&
	       !strcmp(a->module, b->module) && a->hold == b->hold;
}

/* Runs come in order; what continues the last one extends it. */
static int add(struct saved_runs *runs, const struct saved_run *run)
{
	struct saved_run *end = runs->count ? &runs->run[runs->count - 1] : NULL;
	size_t room = runs->room ? runs->room * 2 : 16;

	if (end && end->last + 1 == run->first && same(end, run)) {
		end->last = run->last;
		return 0;
	}
	if (runs->count == runs->room) {
		end = reallocarray(runs->run, room, sizeof(*end));
		if (!end)
			return -1;
		runs->run = end;
		runs->room = room;
	}
	runs->run[runs->count++] = *run;
	return 0;
}

static void copy_text(char *to, size_t size, const struct row *row, int attr)
{
	const char *text = attr_string(row->tb, attr);

	snprintf(to, size, "%s", text ? text : "");
}

struct reading {
	struct saved *saved;
	struct fail *fail;
};

static int take_row(struct nl_msg *msg, void *arg)
{
	struct reading *r = arg;
	struct saved_run run = { 0 };
	const char *label;
	struct row row;
	__u32 state;
	bool ours;

	if (row_parse(&row, &object_ioasid, msg))
		return 0;
	state = attr_u32(row.tb, IOASID_A_ID_STATE, 0);
	run.first = row_first(&row);
	run.last = row_last(&row);
	run.hold = row_is_hold(&row);
	ours = row_is_user(&row) && !run.hold &&
	       (state == IOASID_STATE_LIVE || state == IOASID_STATE_ORPHAN);
	label = attr_string(row.tb, IOASID_A_ID_LABEL);
	if (ours && label && !text_is_utf8(label))
		return fail_set(r->fail, CODE_FAILURE,
				"the label of IOASID %u is no UTF-8, so JSON cannot have it",
				run.first);
	if (ours) {
		copy_text(run.label, sizeof(run.label), &row, IOASID_A_ID_LABEL);
	} else {
		copy_text(run.set, sizeof(run.set), &row, IOASID_A_ID_SET);
		copy_text(run.module, sizeof(run.module), &row,
			  IOASID_A_ID_MODULE);
	}
	return add(ours ? &r->saved->ids : &r->saved->others, &run) ?
		fail_memory(r->fail) : 0;
}

static int read_once(struct saved *saved, struct session *s, bool *moved,
		     struct fail *fail)
{
	struct reading r = { .saved = saved, .fail = fail };
	struct id_filter all = { .fold = true };
	struct info before, after;
	bool interrupted;
	struct nl_msg *msg;

	saved_free(saved);
	if (info_get(s, &before, fail))
		return -1;
	msg = ids_request(s, &all, fail);
	if (!msg || session_dump(s, msg, take_row, &r, &interrupted, fail) ||
	    info_get(s, &after, fail))
		return -1;
	*moved = interrupted || before.generation != after.generation;
	saved->generation = after.generation;
	memcpy(saved->allocator, after.active, sizeof(saved->allocator));
	return 0;
}

int saved_read(struct saved *saved, struct session *s, struct fail *fail)
{
	bool moved;
	int try;

	for (try = 0; try < TRIES; try++) {
		if (read_once(saved, s, &moved, fail))
			return -1;
		if (!moved)
			return 0;
	}
	return fail_set(fail, CODE_INCONSISTENT,
			"IOASIDs changed each of the %d times they were read",
			TRIES);
}

static struct json_object *run_json(const struct saved_run *run)
{
	struct json_object *item = json_run(run->first, run->last);

	if (run->label[0])
		json_add_text(item, "label", run->label);
	if (run->set[0])
		json_add_text(item, "set", run->set);
	if (run->module[0])
		json_add_text(item, "module", run->module);
	if (run->set[0])
		json_add_bool(item, "hold", run->hold);
	return item;
}

void saved_write(const struct saved *saved, FILE *out)
{
	struct json_stream json = { .out = out };
	struct json_object *head = json_envelope("save", &saved->generation);
	struct json_object *tail = json_object_new_object();
	struct json_object *others = json_object_new_array();
	size_t i;

	json_add_text(head, "allocator", saved->allocator);
	json_begin(&json, head);
	for (i = 0; i < saved->ids.count; i++)
		json_item(&json, run_json(&saved->ids.run[i]));
	for (i = 0; i < saved->others.count; i++)
		json_object_array_add(others, run_json(&saved->others.run[i]));
	json_add(tail, "others", others);
	json_end(&json, tail);
}

static bool get_id(struct json_object *item, const char *key, __u32 *out)
{
	struct json_object *value;

	if (!json_object_object_get_ex(item, key, &value) ||
	    !json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0 ||
	    json_object_get_int64(value) > PARSE_ID_MAX)
		return false;
	*out = json_object_get_int64(value);
	return true;
}

/* A string without NULs; false if it is none, or cannot be a name of @max. */
static bool get_name(struct json_object *in, const char *key, char *out,
		     size_t max, struct why *why)
{
	struct json_object *value;
	const char *text;

	out[0] = '\0';
	if (!json_object_object_get_ex(in, key, &value))
		return true;
	text = json_object_get_string(value);
	if (!json_object_is_type(value, json_type_string) ||
	    strlen(text) != (size_t)json_object_get_string_len(value)) {
		snprintf(why->text, sizeof(why->text), "is no plain text");
		return false;
	}
	if (!text_is_utf8(text)) {
		snprintf(why->text, sizeof(why->text), "is no UTF-8");
		return false;
	}
	if (!parse_name(text, max, why))
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static int parse_item(struct saved *saved, const char *path, size_t at,
		      struct json_object *item, struct fail *fail)
{
	struct saved_run run = { 0 };
	struct why why;

	if (!json_object_is_type(item, json_type_object) ||
	    !get_id(item, "id", &run.first) || !get_id(item, "last", &run.last))
		return fail_set(fail, CODE_FILE,
				"'%s': item %zu has no id and last from 0 to %u",
				path, at, PARSE_ID_MAX);
	if (run.first > run.last)
		return fail_set(fail, CODE_FILE, "'%s': item %zu: last is less than id",
				path, at);
	if (!get_name(item, "label", run.label, IOASID_LABEL_MAX, &why))
		return fail_set(fail, CODE_FILE, "'%s': item %zu: label %s", path,
				at, why.text);
	return add(&saved->ids, &run) ? fail_memory(fail) : 0;
}

static int by_first(const void *a, const void *b)
{
	const struct saved_run *x = a;
	const struct saved_run *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static int check_order(struct saved *saved, const char *path, struct fail *fail)
{
	struct saved_run *run = saved->ids.run;
	size_t i;

	if (saved->ids.count)
		qsort(run, saved->ids.count, sizeof(*run), by_first);
	for (i = 1; i < saved->ids.count; i++)
		if (run[i].first <= run[i - 1].last)
			return fail_set(fail, CODE_FILE,
					"'%s': IOASID %u stands in two items",
					path, run[i].first);
	return 0;
}

/* NULL: there is none, or it is no text. */
static const char *text_of(struct json_object *doc, const char *key)
{
	struct json_object *value;

	if (!json_object_is_type(doc, json_type_object) ||
	    !json_object_object_get_ex(doc, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static int parse_document(struct saved *saved, const char *path,
			  struct json_object *doc, struct fail *fail)
{
	const char *schema = text_of(doc, "schema");
	const char *kind = text_of(doc, "kind");
	struct json_object *items;
	char clean[64];
	struct why why;
	size_t i;

	if (!schema || !kind || strcmp(kind, "save"))
		return fail_set(fail, CODE_FILE,
				"'%s' was not written by ioasidctl save", path);
	text_clean(clean, sizeof(clean), schema, false);
	if (strcmp(schema, "ioasidctl/1"))
		return fail_set(fail, CODE_INCOMPATIBLE,
				"'%s' has the schema %s, this tool knows ioasidctl/1",
				path, clean);
	if (!get_name(doc, "allocator", saved->allocator, IOASID_NAME_MAX, &why))
		return fail_set(fail, CODE_FILE, "'%s': allocator %s", path,
				why.text);
	if (!json_object_object_get_ex(doc, "items", &items) ||
	    !json_object_is_type(items, json_type_array))
		return fail_set(fail, CODE_FILE, "'%s' has no items", path);
	for (i = 0; i < json_object_array_length(items); i++)
		if (parse_item(saved, path, i, json_object_array_get_idx(items, i),
			       fail))
			return -1;
	return check_order(saved, path, fail);
}

static bool only_blanks(const char *text, size_t len)
{
	while (len && strchr(" \t\r\n", *text) && *text) {
		text++;
		len--;
	}
	return !len;
}

/* One document and nothing behind it: that could be a later one. */
static int read_document(int fd, const char *path, struct json_object **doc,
			 struct fail *fail)
{
	struct json_tokener *tokener = json_tokener_new();
	enum json_tokener_error err = json_tokener_continue;
	char buffer[65536];
	ssize_t len = 0;

	*doc = NULL;
	if (!tokener)
		return fail_memory(fail);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	while (err == json_tokener_continue || err == json_tokener_success) {
		len = read(fd, buffer, sizeof(buffer));
		if (len <= 0)
			break;
		if (*doc) {
			if (!only_blanks(buffer, len))
				err = json_tokener_error_parse_unexpected;
			continue;
		}
		*doc = json_tokener_parse_ex(tokener, buffer, len);
		err = json_tokener_get_error(tokener);
	}
	json_tokener_free(tokener);
	if (len >= 0 && err == json_tokener_success && *doc)
		return 0;
	json_object_put(*doc);
	return fail_set(fail, CODE_FILE, "'%s' is no JSON: %s", path,
			len < 0 ? strerror(errno) :
			err == json_tokener_success ? "null" :
			err == json_tokener_continue ? "it ends too early" :
			json_tokener_error_desc(err));
}

int saved_parse(struct saved *saved, const char *path, struct fail *fail)
{
	bool from_stdin = !strcmp(path, "-");
	int fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct json_object *doc;
	int ret;

	if (fd < 0)
		return fail_set(fail, CODE_FILE, "cannot open '%s': %s", path,
				strerror(errno));
	ret = read_document(fd, path, &doc, fail);
	if (!from_stdin)
		close(fd);
	if (ret)
		return -1;
	ret = parse_document(saved, path, doc, fail);
	json_object_put(doc);
	return ret;
}

void saved_free(struct saved *saved)
{
	free(saved->ids.run);
	free(saved->others.run);
	memset(saved, 0, sizeof(*saved));
}

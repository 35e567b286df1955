// SPDX-License-Identifier: GPL-2.0-only
/* How a field looks, as a cell and as JSON. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <netlink/attr.h>

#include "fields.h"
#include "json.h"
#include "text.h"
#include "util.h"

static const char *const states[] = { "live", "pending", "freeing", "orphan" };

static_assert(ARRAY_SIZE(states) == IOASID_STATE_MAX + 1,
	      "every state has a word");

static const char *state_word(__u32 state)
{
	return state <= IOASID_STATE_MAX ? states[state] : "unknown";
}

static __u64 number(const struct nlattr *a)
{
	return nla_len(a) >= 8 ? nla_get_u64(a) : nla_get_u32(a);
}

static bool truth(const struct nlattr *a)
{
	return a && (!nla_len(a) || nla_get_u8(a));
}

static __u64 age_ns(const struct row *row, const struct nlattr *since)
{
	__u64 then = nla_get_u64(since);

	return row->now > then ? row->now - then : 0;
}

static void owner_text(const struct row *row, char *out, size_t size)
{
	const char *module = attr_string(row->tb, IOASID_A_ID_MODULE);
	const char *comm = attr_string(row->tb, IOASID_A_ID_COMM);
	size_t len;

	if (module) {
		len = text_clean(out, size, module, false);
		text_copy(out + len, size - len, " (module)");
		return;
	}
	if (!row->tb[IOASID_A_ID_PID]) {
		text_copy(out, size, row_is_user(row) ? "-" : "kernel");
		return;
	}
	len = text_clean(out, size, comm ? comm : "?", false);
	len += text_copy(out + len, size - len, "[");
	len += text_number(out + len, size - len,
			   attr_u32(row->tb, IOASID_A_ID_PID, 0));
	len += text_copy(out + len, size - len, "]");
	if (!row->tb[IOASID_A_ID_UID])
		return;
	len += text_copy(out + len, size - len, " uid ");
	text_number(out + len, size - len,
		    attr_u32(row->tb, IOASID_A_ID_UID, 0));
}

static const char *role(const struct nlattr *flags)
{
	if (nla_get_u32(flags) & IOASID_ALLOCATOR_F_OPERATING)
		return "operating";
	return "member";
}

static void serves_text(const struct nlattr *a, char *out, size_t size)
{
	__u32 flags = nla_get_u32(a);

	snprintf(out, size, "%s%s%s",
		 flags & IOASID_ALLOCATOR_F_ACTIVE ? "active" : "inactive",
		 flags & IOASID_ALLOCATOR_F_FAULTY ? ",faulty" : "",
		 flags & IOASID_ALLOCATOR_F_DRAINING ? ",draining" : "");
}

static void present_text(const struct field *f, const struct row *row,
			 const struct nlattr *a, char *out, size_t size)
{
	switch (f->kind) {
	case FIELD_NUMBER:
		text_number(out, size, number(a));
		break;
	case FIELD_TEXT:
		text_clean(out, size, nla_get_string(a), false);
		break;
	case FIELD_BIT:
		text_copy(out, size, nla_get_u32(a) & f->bit ? "yes" : "no");
		break;
	case FIELD_STATE:
		text_copy(out, size, state_word(nla_get_u32(a)));
		break;
	case FIELD_RUN:
		text_run(out, size, row_first(row), row_last(row));
		break;
	case FIELD_COUNT:
		text_number(out, size, row_ids(row));
		break;
	case FIELD_AGE:
		text_duration(out, size, age_ns(row, a));
		break;
	case FIELD_TIME:
		text_time(out, size, number(a));
		break;
	case FIELD_ROLE:
		text_copy(out, size, role(a));
		break;
	case FIELD_SERVES:
		serves_text(a, out, size);
		break;
	case FIELD_QUOTA:
		if (nla_get_u32(a))
			text_number(out, size, nla_get_u32(a));
		else
			text_copy(out, size, "unlimited");
		break;
	default:
		text_copy(out, size, "-");
		break;
	}
}

void field_text(const struct field *f, const struct row *row, char *out,
		size_t size)
{
	const struct nlattr *a = row->tb[f->attr];

	if (f->kind == FIELD_OWNER)
		owner_text(row, out, size);
	else if (f->kind == FIELD_LAST)
		text_number(out, size, row_last(row));
	else if (f->kind == FIELD_BOOL)
		text_copy(out, size, truth(a) ? "yes" : "no");
	else if (f->kind == FIELD_GONE)
		text_copy(out, size, truth(a) ? "gone" : "present");
	else if (a)
		present_text(f, row, a, out, size);
	else
		text_copy(out, size, "-");
}

/* What a field is in JSON. */
struct value {
	enum { VALUE_NONE, VALUE_NUMBER, VALUE_TEXT, VALUE_BOOL } type;
	__u64 number;
	const char *text;
	char clean[CELL_SIZE];
};

static void present_value(const struct field *f, const struct row *row,
			  const struct nlattr *a, struct value *v)
{
	switch (f->kind) {
	case FIELD_NUMBER:
	case FIELD_TIME:
		v->type = VALUE_NUMBER;
		v->number = number(a);
		break;
	case FIELD_QUOTA:
		v->type = VALUE_NUMBER;
		v->number = nla_get_u32(a);
		break;
	case FIELD_COUNT:
		v->type = VALUE_NUMBER;
		v->number = row_ids(row);
		break;
	case FIELD_AGE:
		v->type = VALUE_NUMBER;
		v->number = age_ns(row, a) / 1000000;
		break;
	case FIELD_TEXT:
		v->type = VALUE_TEXT;
		text_clean(v->clean, sizeof(v->clean), nla_get_string(a), true);
		v->text = v->clean;
		break;
	case FIELD_STATE:
		v->type = VALUE_TEXT;
		v->text = state_word(nla_get_u32(a));
		break;
	case FIELD_ROLE:
		v->type = VALUE_TEXT;
		v->text = role(a);
		break;
	case FIELD_BIT:
		v->type = VALUE_BOOL;
		v->number = !!(nla_get_u32(a) & f->bit);
		break;
	default:
		break;
	}
}

static void field_value(const struct field *f, const struct row *row,
			struct value *v)
{
	const struct nlattr *a = row->tb[f->attr];

	v->type = VALUE_NONE;
	if (f->text_only)
		return;
	if (f->kind == FIELD_LAST) {
		v->type = VALUE_NUMBER;
		v->number = row_last(row);
	} else if (f->kind == FIELD_BOOL || f->kind == FIELD_GONE) {
		v->type = VALUE_BOOL;
		v->number = truth(a);
	} else if (a) {
		present_value(f, row, a, v);
	}
}

/* A new object, or NULL if the row does not have it. */
static struct json_object *field_add(const struct field *f,
				     const struct row *row,
				     struct json_object *into)
{
	struct json_object *object = NULL;
	struct value v;

	field_value(f, row, &v);
	if (v.type == VALUE_NUMBER)
		object = json_number(v.number);
	else if (v.type == VALUE_TEXT)
		object = json_object_new_string(v.text);
	else if (v.type == VALUE_BOOL)
		object = json_object_new_boolean(v.number);
	/* No two fields of an object have the same name. */
	if (object)
		json_add(into, f->name, object);
	return object;
}

bool field_json(const struct field *f, const struct row *row,
		struct json_object *into)
{
	return field_add(f, row, into);
}

struct json_object *row_json(const struct row *row, const struct object *object)
{
	struct json_object *item = json_object_new_object();
	size_t i;

	for (i = 0; i < object->count; i++)
		field_add(&object->fields[i], row, item);
	return item;
}

/*
 * Replace the value of the last row by that of this one; false if only one of
 * them has one. Not json_object_set_string(): json-c 0.16 goes wrong there when
 * a string becomes shorter again.
 */
static bool field_replace(const struct field *f, const struct row *row,
			  struct json_object *into, struct json_object **value)
{
	struct value v;

	field_value(f, row, &v);
	if (!*value || v.type == VALUE_NONE)
		return !*value && v.type == VALUE_NONE;
	if (v.type == VALUE_NUMBER)
		return json_object_set_uint64(*value, v.number);
	if (v.type == VALUE_BOOL)
		return json_object_set_boolean(*value, v.number);
	if (strcmp(json_object_get_string(*value), v.text)) {
		*value = json_object_new_string(v.text);
		json_object_object_add(into, f->name, *value);
	}
	return true;
}

struct json_object *row_json_next(struct row_json *last, const struct row *row,
				  const struct object *object)
{
	size_t i = 0;

	while (last->item && i < object->count &&
	       field_replace(&object->fields[i], row, last->item,
			     &last->value[i]))
		i++;
	if (!last->item || i < object->count) {
		json_object_put(last->item);
		last->item = json_object_new_object();
		for (i = 0; i < object->count; i++)
			last->value[i] = field_add(&object->fields[i], row,
						   last->item);
	}
	return json_object_get(last->item);
}

bool field_number(const struct field *f, const struct row *row, __u64 *out)
{
	const struct nlattr *a = row->tb[f->attr];

	*out = 0;
	switch (f->kind) {
	case FIELD_RUN:
		*out = row_first(row);
		return true;
	case FIELD_LAST:
		*out = row_last(row);
		return true;
	case FIELD_COUNT:
		*out = row_ids(row);
		return true;
	case FIELD_AGE:
		*out = a ? age_ns(row, a) : 0;
		return true;
	case FIELD_NUMBER:
	case FIELD_TIME:
		*out = a ? number(a) : 0;
		return true;
	default:
		return false;
	}
}

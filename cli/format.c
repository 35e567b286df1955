// SPDX-License-Identifier: GPL-2.0-only
/* How a field looks, as a cell and as JSON. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <netlink/attr.h>

#include "fields.h"
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
	char clean[64];
	int len;

	if (module) {
		text_clean(clean, sizeof(clean), module, false);
		snprintf(out, size, "%s (module)", clean);
		return;
	}
	if (!row->tb[IOASID_A_ID_PID]) {
		text_copy(out, size, row_is_user(row) ? "-" : "kernel");
		return;
	}
	text_clean(clean, sizeof(clean), comm ? comm : "?", false);
	len = snprintf(out, size, "%s[%u]", clean,
		       attr_u32(row->tb, IOASID_A_ID_PID, 0));
	if (row->tb[IOASID_A_ID_UID])
		snprintf(out + len, size - len, " uid %u",
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
		snprintf(out, size, "%llu", number(a));
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
		snprintf(out, size, "%llu", row_ids(row));
		break;
	case FIELD_AGE:
		text_duration(out, size, age_ns(row, a));
		break;
	case FIELD_ROLE:
		text_copy(out, size, role(a));
		break;
	case FIELD_SERVES:
		serves_text(a, out, size);
		break;
	case FIELD_QUOTA:
		if (nla_get_u32(a))
			snprintf(out, size, "%u", nla_get_u32(a));
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
		snprintf(out, size, "%u", row_last(row));
	else if (f->kind == FIELD_BOOL)
		text_copy(out, size, truth(a) ? "yes" : "no");
	else if (f->kind == FIELD_GONE)
		text_copy(out, size, truth(a) ? "gone" : "present");
	else if (a)
		present_text(f, row, a, out, size);
	else
		text_copy(out, size, "-");
}

static struct json_object *present_json(const struct field *f,
					const struct row *row,
					const struct nlattr *a)
{
	char clean[CELL_SIZE];

	switch (f->kind) {
	case FIELD_NUMBER:
		return json_object_new_uint64(number(a));
	case FIELD_QUOTA:
		return json_object_new_uint64(nla_get_u32(a));
	case FIELD_TEXT:
		text_clean(clean, sizeof(clean), nla_get_string(a), true);
		return json_object_new_string(clean);
	case FIELD_BIT:
		return json_object_new_boolean(!!(nla_get_u32(a) & f->bit));
	case FIELD_STATE:
		return json_object_new_string(state_word(nla_get_u32(a)));
	case FIELD_COUNT:
		return json_object_new_uint64(row_ids(row));
	case FIELD_AGE:
		return json_object_new_uint64(age_ns(row, a) / 1000000);
	case FIELD_ROLE:
		return json_object_new_string(role(a));
	default:
		return NULL;
	}
}

bool field_json(const struct field *f, const struct row *row,
		struct json_object *into)
{
	const struct nlattr *a = row->tb[f->attr];
	struct json_object *value = NULL;

	if (f->text_only)
		return false;
	if (f->kind == FIELD_LAST)
		value = json_object_new_uint64(row_last(row));
	else if (f->kind == FIELD_BOOL || f->kind == FIELD_GONE)
		value = json_object_new_boolean(truth(a));
	else if (a)
		value = present_json(f, row, a);
	if (!value)
		return false;
	/* No two fields of an object have the same name. */
	json_object_object_add_ex(into, f->name, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW |
				  JSON_C_OBJECT_ADD_CONSTANT_KEY);
	return true;
}

struct json_object *row_json(const struct row *row, const struct object *object)
{
	struct json_object *item = json_object_new_object();
	size_t i;

	for (i = 0; i < object->count; i++)
		field_json(&object->fields[i], row, item);
	return item;
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
		*out = a ? number(a) : 0;
		return true;
	default:
		return false;
	}
}

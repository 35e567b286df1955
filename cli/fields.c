// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "util.h"

static const struct field ioasid_fields[] = {
	{ "ioasid", "IOASID", IOASID_A_ID_ID, FIELD_RUN, SHOW_ALWAYS, true, 0 },
	{ "id", "ID", IOASID_A_ID_ID, FIELD_NUMBER, SHOW_ASKED, false, 0 },
	{ "last", "LAST", IOASID_A_ID_LAST, FIELD_LAST, SHOW_ASKED, false, 0 },
	{ "count", "COUNT", IOASID_A_ID_ID, FIELD_COUNT, SHOW_ASKED, false, 0 },
	{ "state", "STATE", IOASID_A_ID_STATE, FIELD_STATE, SHOW_ALWAYS, false, 0 },
	{ "set", "SET", IOASID_A_ID_SET, FIELD_TEXT, SHOW_ALWAYS, false, 0 },
	{ "refs", "REFS", IOASID_A_ID_REFS, FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "allocator", "ALLOCATOR", IOASID_A_ID_ALLOCATOR, FIELD_TEXT, SHOW_ALWAYS, false, 0 },
	{ "space", "SPACE", IOASID_A_ID_SPACE, FIELD_NUMBER, SHOW_ASKED, false, 0 },
	{ "owner", "OWNER", IOASID_A_ID_PID, FIELD_OWNER, SHOW_ALWAYS, true, 0 },
	{ "module", "MODULE", IOASID_A_ID_MODULE, FIELD_TEXT, SHOW_ASKED, false, 0 },
	{ "pid", "PID", IOASID_A_ID_PID, FIELD_NUMBER, SHOW_ASKED, false, 0 },
	{ "start", "START", IOASID_A_ID_START, FIELD_TIME, SHOW_ASKED, false, 0 },
	{ "uid", "UID", IOASID_A_ID_UID, FIELD_NUMBER, SHOW_ASKED, false, 0 },
	{ "comm", "COMM", IOASID_A_ID_COMM, FIELD_TEXT, SHOW_ASKED, false, 0 },
	{ "age", "AGE", IOASID_A_ID_SINCE, FIELD_AGE, SHOW_ALWAYS, true, 0 },
	{ "since", "SINCE", IOASID_A_ID_SINCE, FIELD_TIME, SHOW_ASKED, false, 0 },
	{ "age_ms", "AGE_MS", IOASID_A_ID_SINCE, FIELD_AGE, SHOW_JSON, false, 0 },
	{ "request", "REQUEST", IOASID_A_ID_REQUEST, FIELD_NUMBER, SHOW_VERBOSE, false, 0 },
	{ "label", "LABEL", IOASID_A_ID_LABEL, FIELD_TEXT, SHOW_VERBOSE, false, 0 },
	{ "hold", "HOLD", IOASID_A_ID_HOLD, FIELD_BOOL, SHOW_VERBOSE, false, 0 },
};

static const struct field allocator_fields[] = {
	{ "name", "NAME", IOASID_A_ALLOCATOR_NAME, FIELD_TEXT, SHOW_ALWAYS, false, 0 },
	{ "space", "SPACE", IOASID_A_ALLOCATOR_SPACE, FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "role", "ROLE", IOASID_A_ALLOCATOR_FLAGS, FIELD_ROLE, SHOW_ALWAYS, false, 0 },
	{ "state", "STATE", IOASID_A_ALLOCATOR_FLAGS, FIELD_SERVES, SHOW_ALWAYS, true, 0 },
	{ "active", NULL, IOASID_A_ALLOCATOR_FLAGS, FIELD_BIT, SHOW_JSON, false,
	  IOASID_ALLOCATOR_F_ACTIVE },
	{ "faulty", NULL, IOASID_A_ALLOCATOR_FLAGS, FIELD_BIT, SHOW_JSON, false,
	  IOASID_ALLOCATOR_F_FAULTY },
	{ "draining", NULL, IOASID_A_ALLOCATOR_FLAGS, FIELD_BIT, SHOW_JSON, false,
	  IOASID_ALLOCATOR_F_DRAINING },
	{ "builtin", NULL, IOASID_A_ALLOCATOR_FLAGS, FIELD_BIT, SHOW_JSON, false,
	  IOASID_ALLOCATOR_F_BUILTIN },
	{ "sleeps", NULL, IOASID_A_ALLOCATOR_FLAGS, FIELD_BIT, SHOW_JSON, false,
	  IOASID_ALLOCATOR_F_SLEEPS },
	{ "standby", NULL, IOASID_A_ALLOCATOR_FLAGS, FIELD_BIT, SHOW_JSON, false,
	  IOASID_ALLOCATOR_F_STANDBY },
	{ "module", "MODULE", IOASID_A_ALLOCATOR_MODULE, FIELD_TEXT, SHOW_ALWAYS, false, 0 },
	{ "module_refs", "REFS", IOASID_A_ALLOCATOR_MODULE_REFS,
	  FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "ids", "IDS", IOASID_A_ALLOCATOR_IDS, FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "allocs", "ALLOCS", IOASID_A_ALLOCATOR_ALLOCS, FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "frees", "FREES", IOASID_A_ALLOCATOR_FREES, FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "failures", "FAILURES", IOASID_A_ALLOCATOR_FAILURES,
	  FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "faults", "FAULTS", IOASID_A_ALLOCATOR_FAULTS, FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "index", "ORDER", IOASID_A_ALLOCATOR_INDEX, FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
};

static const struct field set_fields[] = {
	{ "name", "SET", IOASID_A_SET_NAME, FIELD_TEXT, SHOW_ALWAYS, false, 0 },
	{ "module", "MODULE", IOASID_A_SET_MODULE, FIELD_TEXT, SHOW_ALWAYS, false, 0 },
	{ "ids", "IDS", IOASID_A_SET_IDS, FIELD_NUMBER, SHOW_ALWAYS, false, 0 },
	{ "quota", "QUOTA", IOASID_A_SET_QUOTA, FIELD_QUOTA, SHOW_ALWAYS, false, 0 },
	{ "gone", "STATE", IOASID_A_SET_GONE, FIELD_GONE, SHOW_ALWAYS, false, 0 },
};

#define OBJECT(which) { \
	.attrs = &attrs_##which, \
	.fields = which##_fields, \
	.count = ARRAY_SIZE(which##_fields), \
}

static_assert(ARRAY_SIZE(ioasid_fields) <= FIELDS_MAX,
	      "a table has room for every field");

const struct object object_ioasid = OBJECT(ioasid);
const struct object object_allocator = OBJECT(allocator);
const struct object object_set = OBJECT(set);

int row_parse(struct row *row, const struct object *object, struct nl_msg *msg)
{
	return attrs_parse_msg(object->attrs, msg, row->tb);
}

__u64 boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (__u64)now.tv_sec * 1000000000 + now.tv_nsec;
}

__u32 row_first(const struct row *row)
{
	return attr_u32(row->tb, IOASID_A_ID_ID, 0);
}

__u32 row_last(const struct row *row)
{
	return attr_u32(row->tb, IOASID_A_ID_LAST, row_first(row));
}

__u64 row_ids(const struct row *row)
{
	return (__u64)row_last(row) - row_first(row) + 1;
}

/* Only a set of a module has one, and a module may call its own set "user". */
bool row_is_user(const struct row *row)
{
	const char *set = attr_string(row->tb, IOASID_A_ID_SET);

	return set && !strcmp(set, "user") && !row->tb[IOASID_A_ID_MODULE];
}

const struct field *field_find(const struct object *object, const char *name,
			       size_t len)
{
	size_t i;

	for (i = 0; i < object->count; i++)
		if (object->fields[i].show != SHOW_JSON &&
		    strlen(object->fields[i].name) == len &&
		    !memcmp(object->fields[i].name, name, len))
			return &object->fields[i];
	return NULL;
}

const struct field *column_find(const struct object *object, const char *name,
				size_t len, struct fail *fail)
{
	const struct field *found = field_find(object, name, len);
	char all[256] = "";
	size_t used = 0;
	size_t i;

	if (found)
		return found;
	for (i = 0; i < object->count; i++)
		if (object->fields[i].show != SHOW_JSON && used < sizeof(all))
			used += snprintf(all + used, sizeof(all) - used, "%s%s",
					 used ? ", " : "",
					 object->fields[i].name);
	fail_set(fail, CODE_USAGE, "no column '%.*s': must be of %s",
		 (int)(len < 40 ? len : 40), name, all);
	return NULL;
}

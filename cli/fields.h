/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an object shows: attribute -> JSON key -> column -> format. One table
 * an object, for text and JSON.
 */
#ifndef IOASIDCTL_FIELDS_H
#define IOASIDCTL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <json-c/json.h>

#include "attrs.h"
#include "fail.h"

/* No object has more fields, and no cell is longer. */
#define FIELDS_MAX 32
#define CELL_SIZE 400

enum field_kind {
	FIELD_NUMBER,		/* u32 or u64 */
	FIELD_TEXT,
	FIELD_BOOL,		/* u8 or flag */
	FIELD_BIT,		/* of a u32 */
	FIELD_STATE,
	FIELD_RUN,		/* id..last */
	FIELD_LAST,
	FIELD_COUNT,
	FIELD_AGE,		/* since a time */
	FIELD_TIME,		/* in ns since boot */
	FIELD_OWNER,
	FIELD_ROLE,
	FIELD_SERVES,		/* active or inactive, and what is wrong */
	FIELD_QUOTA,
	FIELD_GONE,
};

enum field_show {
	SHOW_ALWAYS,
	SHOW_VERBOSE,		/* a column with -v or --columns only */
	SHOW_ASKED,		/* a column with --columns only */
	SHOW_JSON,		/* never a column */
};

struct field {
	const char *name;	/* of the column as typed, and the JSON key */
	const char *header;
	int attr;
	enum field_kind kind;
	enum field_show show;
	bool text_only;		/* made of other fields, so not in JSON */
	__u32 bit;
};

struct object {
	const struct attr_set *attrs;
	const struct field *fields;
	size_t count;
};

extern const struct object object_ioasid;
extern const struct object object_allocator;
extern const struct object object_set;

/* The attributes of one message and the time that ages refer to. */
struct row {
	struct nlattr *tb[ATTRS_MAX + 1];
	__u64 now;
};

int row_parse(struct row *row, const struct object *object, struct nl_msg *msg);
__u64 boottime_ns(void);

/* Of an ioasid row. */
__u32 row_first(const struct row *row);
__u32 row_last(const struct row *row);
__u64 row_ids(const struct row *row);
bool row_is_user(const struct row *row);

const struct field *field_find(const struct object *object, const char *name,
			       size_t len);

/* As typed by a user; NULL with @fail set. */
const struct field *column_find(const struct object *object, const char *name,
				size_t len, struct fail *fail);

/* The cell of a table: "-" if the row does not have it. */
void field_text(const struct field *field, const struct row *row, char *out,
		size_t size);

/* False if the row does not have it. */
bool field_json(const struct field *field, const struct row *row,
		struct json_object *into);

/* All that the row has. */
struct json_object *row_json(const struct row *row,
			     const struct object *object);

/* What the JSON of a row was made of, for the next row. All zero at first. */
struct row_json {
	struct json_object *item;
	struct json_object *value[FIELDS_MAX];
};

/* The same for one row of many: fast, as only the values are new. */
struct json_object *row_json_next(struct row_json *last, const struct row *row,
				  const struct object *object);

/* A number to sort by; false for a field that sorts as text. */
bool field_number(const struct field *field, const struct row *row,
		  __u64 *out);

#endif

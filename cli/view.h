/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of objects on stdout: a table or the items of a JSON object. */
#ifndef IOASIDCTL_VIEW_H
#define IOASIDCTL_VIEW_H

#include "command.h"
#include "fields.h"
#include "json.h"
#include "table.h"

struct view {
	const struct ctx *ctx;
	const struct object *object;
	const char *kind;
	const struct field *column[FIELDS_MAX];
	size_t columns;
	bool runs_only;			/* of IDs: the runs and nothing else */
	bool blocks;			/* key: value lines instead of a table */
	struct table table;
	struct json_stream json;
	struct row_json last;		/* as JSON */
	__u64 generation;
	__u64 rows;
};

/* @columns: a comma list of names, or NULL for the usual ones. */
int view_init(struct view *view, const struct ctx *ctx,
	      const struct object *object, const char *kind,
	      const char *columns, struct fail *fail);
int view_row(struct view *view, const struct row *row, struct fail *fail);

/* An empty list needs @generation; @tail has more keys for JSON, or is NULL. */
int view_end(struct view *view, __u64 generation, struct json_object *tail,
	     struct fail *fail);

/* For a list that may have broken off before its end. */
void view_drop(struct view *view);

#endif

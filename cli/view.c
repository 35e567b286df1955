// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "text.h"
#include "view.h"

static int named_columns(struct view *v, const char *names, struct fail *fail)
{
	size_t len;

	for (;; names += len + 1) {
		const struct field *f;

		len = strcspn(names, ",");
		f = column_find(v->object, names, len, fail);
		if (!f)
			return -1;
		if (v->columns == FIELDS_MAX)
			return fail_set(fail, CODE_USAGE, "too many columns");
		v->column[v->columns++] = f;
		if (!names[len])
			return 0;
	}
}

static void usual_columns(struct view *v)
{
	enum field_show most = v->ctx->verbose ? SHOW_VERBOSE : SHOW_ALWAYS;
	size_t i;

	for (i = 0; i < v->object->count; i++)
		if (v->object->fields[i].show <= most)
			v->column[v->columns++] = &v->object->fields[i];
}

int view_init(struct view *v, const struct ctx *ctx,
	      const struct object *object, const char *kind,
	      const char *columns, struct fail *fail)
{
	memset(v, 0, sizeof(*v));
	v->ctx = ctx;
	v->object = object;
	v->kind = kind;
	v->json.out = stdout;
	v->table.out = stdout;
	v->table.indent = "";
	v->table.bold = ctx->color_out;
	if (columns && named_columns(v, columns, fail))
		return -1;
	if (!columns)
		usual_columns(v);
	v->table.columns = v->columns;
	return 0;
}

static int headers(struct view *v, struct fail *fail)
{
	const char *cells[FIELDS_MAX];
	size_t i;

	for (i = 0; i < v->columns; i++)
		cells[i] = v->column[i]->header;
	return table_row(&v->table, cells) ? fail_memory(fail) : 0;
}

static int text_row(struct view *v, const struct row *row, struct fail *fail)
{
	char text[FIELDS_MAX][CELL_SIZE];
	const char *cells[FIELDS_MAX];
	size_t i;

	for (i = 0; i < v->columns; i++) {
		field_text(v->column[i], row, text[i], sizeof(text[i]));
		cells[i] = text[i];
	}
	return table_row(&v->table, cells) ? fail_memory(fail) : 0;
}

/* Every field that the row has; a column made of others counts as one. */
static void block(struct view *v, const struct row *row)
{
	char text[CELL_SIZE];
	size_t i;

	if (v->rows)
		fputc('\n', stdout);
	for (i = 0; i < v->object->count; i++) {
		const struct field *f = &v->object->fields[i];

		if (f->show == SHOW_JSON || f->kind == FIELD_LAST ||
		    f->kind == FIELD_COUNT || !strcmp(f->name, "id"))
			continue;
		if (!row->tb[f->attr] && f->kind != FIELD_OWNER)
			continue;
		field_text(f, row, text, sizeof(text));
		printf("%s: %s\n", f->name, text);
	}
}

static void json_row(struct view *v, const struct row *row)
{
	json_item(&v->json, v->runs_only ?
		  json_run(row_first(row), row_last(row)) :
		  row_json_next(&v->last, row, v->object));
}

static int begin(struct view *v, struct fail *fail)
{
	if (v->ctx->json)
		json_begin(&v->json, json_envelope(v->kind, &v->generation));
	else if (!v->runs_only && !v->blocks)
		return headers(v, fail);
	return 0;
}

int view_row(struct view *v, const struct row *row, struct fail *fail)
{
	char run[32];

	if (!v->rows) {
		/* attribute 1 of every object is the generation */
		v->generation = attr_u64(row->tb, 1, 0);
		if (begin(v, fail))
			return -1;
	}
	if (v->ctx->json) {
		json_row(v, row);
	} else if (v->runs_only) {
		text_run(run, sizeof(run), row_first(row), row_last(row));
		puts(run);
	} else if (v->blocks) {
		block(v, row);
	} else if (text_row(v, row, fail)) {
		return -1;
	}
	v->rows++;
	if (ferror(stdout))
		return fail_set(fail, CODE_WRITE, "cannot write to stdout");
	return 0;
}

int view_end(struct view *v, __u64 generation, struct json_object *tail,
	     struct fail *fail)
{
	if (!v->rows) {
		v->generation = generation;
		if (begin(v, fail)) {
			json_object_put(tail);
			return -1;
		}
	}
	if (v->ctx->json) {
		json_end(&v->json, tail);
		return 0;
	}
	json_object_put(tail);
	if (!v->runs_only && !v->blocks)
		table_end(&v->table);
	return 0;
}

void view_drop(struct view *v)
{
	table_drop(&v->table);
	json_object_put(v->last.item);
	v->last.item = NULL;
}

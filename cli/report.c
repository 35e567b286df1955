// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "json.h"
#include "report.h"
#include "table.h"
#include "text.h"

static void hint_of(const struct ctx *ctx, const struct fail *f, char *out,
		    size_t size)
{
	const char *usual = code_hint(f->code);

	out[0] = '\0';
	if (f->hint[0])
		snprintf(out, size, "%s", f->hint);
	else if (f->code == CODE_USAGE && ctx->command)
		snprintf(out, size, "ioasidctl %s --help", ctx->command);
	else if (f->code == CODE_USAGE)
		snprintf(out, size, "ioasidctl --help");
	else if (f->code == CODE_PERMISSION)
		snprintf(out, size, "%s", ctx->sudo);
	else if (usual)
		snprintf(out, size, "%s", usual);
}

static __u64 unlisted(const struct fail *f)
{
	return f->blockers && f->blocking > f->listed ? f->blocking - f->listed : 0;
}

static void text_blockers(const struct fail *f)
{
	static const char *const names[] = { "ioasid", "owner", "age" };
	struct table table = { .out = stderr, .indent = "  ", .columns = 3 };
	const char *cells[3];
	char text[3][CELL_SIZE];
	struct row row = { .now = boottime_ns() };
	unsigned int i, j;

	for (i = 0; i < f->blockers; i++) {
		if (row_parse(&row, &object_ioasid, f->blocker[i]))
			continue;
		for (j = 0; j < 3; j++) {
			const struct field *field =
				field_find(&object_ioasid, names[j],
					   strlen(names[j]));

			field_text(field, &row, text[j], sizeof(text[j]));
			cells[j] = text[j];
		}
		if (table_row(&table, cells))
			return;
	}
	table_end(&table);
	if (unlisted(f))
		fprintf(stderr, "  ... and %llu more\n", unlisted(f));
}

static void text_fail(const struct ctx *ctx, const struct fail *f)
{
	char hint[sizeof(f->hint) + 64];

	fprintf(stderr, "ioasidctl: %s%s%s %s[%s]%s\n",
		ctx->command ? ctx->command : "", ctx->command ? ": " : "",
		f->message, ctx->color_err ? "\033[31m" : "", code_word(f->code),
		ctx->color_err ? "\033[0m" : "");
	if (ctx->quiet)
		return;
	if (f->blockers)
		text_blockers(f);
	if (f->kernel.text[0] || f->kernel.attribute)
		fprintf(stderr, "  kernel: %s%s%s%s\n",
			f->kernel.text[0] ? f->kernel.text : "refused",
			f->kernel.attribute ? " (attribute " : "",
			f->kernel.attribute ? f->kernel.attribute : "",
			f->kernel.attribute ? ")" : "");
	hint_of(ctx, f, hint, sizeof(hint));
	if (hint[0])
		fprintf(stderr, "  hint: %s\n", hint);
}

static void json_kernel(const struct fail *f, struct json_object *into)
{
	struct json_object *kernel;

	if (!f->kernel.text[0] && !f->kernel.attribute)
		return;
	kernel = json_object_new_object();
	if (f->kernel.text[0])
		json_add_text(kernel, "text", f->kernel.text);
	if (f->kernel.attribute)
		json_add_text(kernel, "attribute", f->kernel.attribute);
	json_object_object_add(into, "kernel", kernel);
}

static void json_fail(const struct ctx *ctx, const struct fail *f)
{
	const __u64 generation = f->kernel.cookie.generation;
	struct json_stream stream = { .out = stderr };
	struct row row = { .now = boottime_ns() };
	struct json_object *head, *item;
	char hint[sizeof(f->hint) + 64];
	unsigned int i;
	size_t j;

	head = json_envelope("error",
			     f->kernel.has_cookie ? &generation : NULL);
	if (ctx->command)
		json_add_text(head, "command", ctx->command);
	json_add_text(head, "code", code_word(f->code));
	json_add_number(head, "exit", code_exit(f->code));
	json_add_text(head, "message", f->message);
	json_kernel(f, head);
	hint_of(ctx, f, hint, sizeof(hint));
	if (hint[0])
		json_add_text(head, "hint", hint);
	json_add_number(head, "count", f->blocking);
	json_add_number(head, "unlisted", unlisted(f));
	json_begin(&stream, head);
	for (i = 0; i < f->blockers; i++) {
		if (row_parse(&row, &object_ioasid, f->blocker[i]))
			continue;
		item = json_object_new_object();
		for (j = 0; j < object_ioasid.count; j++)
			field_json(&object_ioasid.fields[j], &row, item);
		json_item(&stream, item);
	}
	json_end(&stream, NULL);
}

int report_fail(const struct ctx *ctx, const struct fail *f)
{
	if (ctx->json)
		json_fail(ctx, f);
	else
		text_fail(ctx, f);
	return code_exit(f->code);
}

void report_warning(const struct ctx *ctx, const char *format, ...)
{
	char text[256];
	struct json_object *line;
	va_list ap;

	if (ctx->quiet)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (!ctx->json) {
		fprintf(stderr, "ioasidctl: %s: warning: %s\n", ctx->command,
			text);
		return;
	}
	line = json_envelope("warning", NULL);
	json_add_text(line, "command", ctx->command);
	json_add_text(line, "message", text);
	fprintf(stderr, "%s\n",
		json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(line);
}

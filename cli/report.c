// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "json.h"
#include "report.h"
#include "table.h"
#include "text.h"

void report_hint(const struct ctx *ctx, const struct fail *f, char *out,
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

__u64 report_unlisted(const struct fail *f)
{
	return f->blockers && f->blocking > f->listed ? f->blocking - f->listed : 0;
}

void report_blockers(FILE *out, const struct fail *f)
{
	static const char *const names[] = { "ioasid", "owner", "age" };
	struct table table = { .out = out, .indent = "  ", .columns = 3 };
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
	if (report_unlisted(f))
		fprintf(out, "  ... and %llu more\n", report_unlisted(f));
}

/* Who is in the way, in whose words, and what to do. */
void report_detail(FILE *out, const struct ctx *ctx, const struct fail *f)
{
	char hint[sizeof(f->hint) + 64];

	if (f->blockers)
		report_blockers(out, f);
	if (f->kernel.text[0] || f->kernel.attribute)
		fprintf(out, "  kernel: %s%s%s%s\n",
			f->kernel.text[0] ? f->kernel.text : "refused",
			f->kernel.attribute ? " (attribute " : "",
			f->kernel.attribute ? f->kernel.attribute : "",
			f->kernel.attribute ? ")" : "");
	report_hint(ctx, f, hint, sizeof(hint));
	if (hint[0])
		fprintf(out, "  hint: %s\n", hint);
}

/* The message may have words of a file in it, and names that the kernel knows. */
static void text_fail(const struct ctx *ctx, const struct fail *f)
{
	char message[sizeof(f->message)];

	text_clean(message, sizeof(message), f->message, false);
	fprintf(stderr, "ioasidctl: %s%s%s %s[%s]%s\n",
		ctx->command ? ctx->command : "", ctx->command ? ": " : "",
		message, ctx->color_err ? "\033[31m" : "", code_word(f->code),
		ctx->color_err ? "\033[0m" : "");
	if (!ctx->quiet)
		report_detail(stderr, ctx, f);
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
	json_add(into, "kernel", kernel);
}

/* What a failure has in JSON, besides the items: those in the way. */
void report_json(const struct ctx *ctx, const struct fail *f,
		 struct json_object *head)
{
	char hint[sizeof(f->hint) + 64];

	json_add_text(head, "code", code_word(f->code));
	json_add_number(head, "exit", code_exit(f->code));
	json_add_text(head, "message", f->message);
	json_kernel(f, head);
	report_hint(ctx, f, hint, sizeof(hint));
	if (hint[0])
		json_add_text(head, "hint", hint);
	json_add_number(head, "count", f->blocking);
	json_add_number(head, "unlisted", report_unlisted(f));
}

void report_json_blockers(struct json_stream *stream, const struct fail *f)
{
	struct row row = { .now = boottime_ns() };
	unsigned int i;

	for (i = 0; i < f->blockers; i++) {
		if (row_parse(&row, &object_ioasid, f->blocker[i]))
			continue;
		json_item(stream, row_json(&row, &object_ioasid));
	}
}

/* The whole failure as one JSON line, which ends up in @out. */
void report_json_fail(FILE *out, const struct ctx *ctx, const struct fail *f)
{
	const __u64 generation = f->kernel.cookie.generation;
	struct json_stream stream = { .out = out };
	struct json_object *head;

	head = json_envelope("error",
			     f->kernel.has_cookie ? &generation : NULL);
	if (ctx->command)
		json_add_text(head, "command", ctx->command);
	report_json(ctx, f, head);
	json_begin(&stream, head);
	report_json_blockers(&stream, f);
	json_end(&stream, NULL);
}

int report_fail(const struct ctx *ctx, const struct fail *f)
{
	if (f->told)
		return code_exit(f->code);
	if (ctx->json || f->json)
		report_json_fail(stderr, ctx, f);
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
	json_line(stderr, line);
}

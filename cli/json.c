// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <time.h>

#include "json.h"
#include "text.h"

#define FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/*
 * Write JSON. json-c escapes the control characters below U+0020 only; those from
 * U+007F on would get at a terminal, too.
 */
static void json_put(FILE *out, const char *text, size_t len)
{
	const char *s;
	size_t bytes;

	while ((s = text_high_control(text, len, &bytes))) {
		fwrite(text, 1, s - text, out);
		fprintf(out, "\\u%04x", (unsigned char)s[bytes - 1]);
		len -= s + bytes - text;
		text = s + bytes;
	}
	fwrite(text, 1, len, out);
}

/* The time, which stays the same for a second. */
static struct json_object *json_now(void)
{
	static struct json_object *text;
	static time_t written = -1;
	time_t now = time(NULL);
	char digits[40];
	struct tm utc;

	if (now != written) {
		strftime(digits, sizeof(digits), "%Y-%m-%dT%H:%M:%SZ",
			 gmtime_r(&now, &utc));
		json_object_put(text);
		text = json_text(digits);
		written = now;
	}
	return text;
}

struct json_object *json_envelope(const char *kind, const __u64 *generation)
{
	struct json_object *head = json_object_new_object();
	static struct json_object *schema;

	if (!schema)
		schema = json_text("ioasidctl/1");
	json_add(head, "schema", json_object_get(schema));
	json_add_text(head, "kind", kind);
	if (generation)
		json_add_number(head, "generation", *generation);
	json_add(head, "time", json_object_get(json_now()));
	return head;
}

void json_add(struct json_object *into, const char *key,
	      struct json_object *value)
{
	json_object_object_add_ex(into, key, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW |
				  JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

struct json_object *json_text(const char *text)
{
	char clean[1024];

	text_clean(clean, sizeof(clean), text, true);
	return json_object_new_string(clean);
}

void json_add_text(struct json_object *into, const char *key, const char *text)
{
	json_add(into, key, json_text(text));
}

static int put_number(struct json_object *number, struct printbuf *out,
		      int level, int flags)
{
	char text[24];

	(void)level;
	(void)flags;
	return printbuf_memappend(out, text,
				  (int)text_number(text, sizeof(text),
						   json_object_get_uint64(number)));
}

/* json-c writes numbers with snprintf(), which a long list is half made of. */
struct json_object *json_number(__u64 number)
{
	struct json_object *object = json_object_new_uint64(number);

	json_object_set_serializer(object, put_number, NULL, NULL);
	return object;
}

void json_add_number(struct json_object *into, const char *key, __u64 number)
{
	json_add(into, key, json_number(number));
}

void json_add_bool(struct json_object *into, const char *key, bool truth)
{
	json_add(into, key, json_object_new_boolean(truth));
}

struct json_object *json_run(__u32 first, __u32 last)
{
	struct json_object *run = json_object_new_object();

	json_add_number(run, "id", first);
	json_add_number(run, "last", last);
	json_add_number(run, "count", (__u64)last - first + 1);
	return run;
}

void json_line(FILE *out, struct json_object *object)
{
	size_t len;
	const char *text = json_object_to_json_string_length(object, FLAGS, &len);

	json_put(out, text, len);
	fputc('\n', out);
	json_object_put(object);
}

void json_begin(struct json_stream *s, struct json_object *head)
{
	size_t len;
	const char *text = json_object_to_json_string_length(head, FLAGS, &len);

	json_put(s->out, text, len - 1);	/* all but the closing brace */
	fputs(",\"items\":[", s->out);
	json_object_put(head);
	s->begun = true;
}

void json_head_set(struct json_head *h, struct json_object *head)
{
	json_object_put(h->object);
	h->object = head;
	h->text = json_object_to_json_string_length(head, FLAGS, &h->len);
}

void json_begin_again(struct json_stream *s, const struct json_head *h,
		      const char *key, __u64 number)
{
	char digits[24];

	text_number(digits, sizeof(digits), number);
	json_put(s->out, h->text, h->len - 1);
	fputs(",\"", s->out);
	fputs(key, s->out);
	fputs("\":", s->out);
	fputs(digits, s->out);
	fputs(",\"items\":[", s->out);
	s->begun = true;
}

void json_raw(struct json_stream *s, const char *text, size_t len)
{
	if (s->comma)
		fputc(',', s->out);
	s->comma = true;
	json_put(s->out, text, len);
}

void json_item(struct json_stream *s, struct json_object *item)
{
	size_t len;
	const char *text = json_object_to_json_string_length(item, FLAGS, &len);

	json_raw(s, text, len);
	json_object_put(item);
}

void json_end(struct json_stream *s, struct json_object *tail)
{
	size_t len;
	const char *text;

	fputc(']', s->out);
	if (tail && json_object_object_length(tail)) {
		text = json_object_to_json_string_length(tail, FLAGS, &len);
		fputc(',', s->out);
		json_put(s->out, text + 1, len - 2);
	}
	json_object_put(tail);
	fputs("}\n", s->out);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The envelope of every JSON object, written item by item. */
#ifndef IOASIDCTL_JSON_H
#define IOASIDCTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <json-c/json.h>
#include <linux/types.h>

struct json_stream {
	FILE *out;
	bool begun;
	bool comma;
};

/* NULL @generation: nothing is known of one. */
struct json_object *json_envelope(const char *kind, const __u64 *generation);

struct json_object *json_text(const char *text);
struct json_object *json_number(__u64 number);

/* A key must be constant, and new in @into: it is neither copied nor looked for. */
void json_add(struct json_object *into, const char *key,
	      struct json_object *value);
void json_add_text(struct json_object *into, const char *key, const char *text);
void json_add_number(struct json_object *into, const char *key, __u64 number);
void json_add_bool(struct json_object *into, const char *key, bool truth);
struct json_object *json_run(__u32 first, __u32 last);

/* An object without items, as one line. */
void json_line(FILE *out, struct json_object *object);

/* @head, then items; json_end() adds what is in @tail. All are consumed. */
void json_begin(struct json_stream *s, struct json_object *head);
void json_item(struct json_stream *s, struct json_object *item);

/* A head that many objects have, but for one number. */
struct json_head {
	struct json_object *object;
	const char *text;		/* of @object */
	size_t len;
};

/* @head is consumed, and @h->object to be put at the end. */
void json_head_set(struct json_head *h, struct json_object *head);
void json_begin_again(struct json_stream *s, const struct json_head *h,
		      const char *key, __u64 number);

/* An item that is JSON already. */
void json_raw(struct json_stream *s, const char *text, size_t len);
void json_end(struct json_stream *s, struct json_object *tail);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* The whole command, as a function, and what must hold of its output. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "parse.h"
#include "text.h"
#include "util.h"
#include "words.h"

int ioasidctl_main(int argc, char **argv);

/* Nobody who names an ID or a process gets at the terminal of an administrator. */
static void check_text(const char *text)
{
	const char *s;

	for (s = text; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\n') || *s == 0x7f ||
		    (!memcmp(s, "\302", 1) && (unsigned char)s[1] < 0xa0))
			broken("a control character", text);
	if (!text_is_utf8(text))
		broken("no UTF-8", text);
}

/* No module hands out such an ID. */
static void check_ids(struct json_object *line, const char *text)
{
	struct json_object *items, *id;
	size_t i;

	if (!json_object_object_get_ex(line, "items", &items))
		return;
	for (i = 0; i < json_object_array_length(items); i++)
		if (json_object_object_get_ex(json_object_array_get_idx(items, i),
					      "last", &id) &&
		    json_object_get_int64(id) > PARSE_ID_MAX)
			broken("an ID that cannot be", text);
}

static void check_json(const char *text, bool ids)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *line;
	const char *end;
	size_t len;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		if (!end)
			broken("a line without an end", text);
		len = end - text;
		json_tokener_reset(tokener);
		line = json_tokener_parse_ex(tokener, text, (int)len + 1);
		if (json_tokener_get_error(tokener) != json_tokener_success)
			broken("no JSON", text);
		if (ids)
			check_ids(line, text);
		json_object_put(line);
	}
	json_tokener_free(tokener);
}

static bool has_word(const struct words *w, const char *word)
{
	int i;

	for (i = 0; i < w->count; i++)
		if (!strcmp(w->word[i], word))
			return true;
	return false;
}

static FILE *collect(char **text, size_t *size)
{
	FILE *stream = open_memstream(text, size);

	if (!stream)
		abort();
	return stream;
}

int command_run(const char *line)
{
	FILE *out = stdout, *err = stderr;
	char *text[2] = { NULL };
	size_t size[2];
	struct words w = { 0 };
	char *copy = strdup(line);
	struct why why;
	bool json, monitor;
	int status;

	if (!copy || !words_split(&w, copy, &why) || !w.count)
		abort();
	/* One without a random seed: what a hash table compares becomes input, too. */
	json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE);
	monitor = has_word(&w, "monitor");
	json = has_word(&w, "-j") || has_word(&w, "batch");
	stdout = collect(&text[0], &size[0]);
	stderr = collect(&text[1], &size[1]);
	status = ioasidctl_main(w.count, w.word);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	/* A list breaks off where the kernel does, and the status says so; lines do not. */
	if (json && (!status || has_word(&w, "batch") || monitor))
		check_json(text[0], monitor);
	if (has_word(&w, "-j") && !has_word(&w, "-d"))
		check_json(text[1], false);
	check_text(text[0]);
	check_text(text[1]);
	if (status && !text[0][0] && !text[1][0])
		broken("a failure that says nothing", line);
	free(text[0]);
	free(text[1]);
	words_free(&w);
	free(copy);
	return status;
}

void command_replay(const char *const *lines, size_t count,
		    const __u8 *data, size_t size)
{
	const __u8 *end = size ? memchr(data, '\n', size) : NULL;
	size_t len = end ? (size_t)(end - data) : 0;
	size_t i;

	if (!end)
		return;
	for (i = 0; i < count; i++)
		if (strlen(lines[i]) == len && !memcmp(lines[i], data, len))
			break;
	/* Any other line stands for one of them, too. */
	if (i == count)
		i = data[0] % count;
	kernel_says(end + 1, size - len - 1);
	command_run(lines[i]);
}

const char *file_of(const __u8 *data, size_t size)
{
	static char name[32];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return name;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kmodule.h"
#include "request.h"
#include "text.h"

#define PARAMS_ROOM 1024

struct module_run {
	const struct ctx *ctx;
	struct fail *fail;
	struct kmodule m;
	const char *module;		/* as typed, or the usual one */
};

static int not_installed(const struct module_run *r)
{
	fail_hint(r->fail, "sudo cmake --install build");
	return fail_set(r->fail, CODE_NO_MODULE,
			"%s is not installed for the running kernel",
			kmodule_name(&r->m));
}

static int done(const struct module_run *r, const char *verb, bool changed)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head;
	char kind[32];

	snprintf(kind, sizeof(kind), "module-%s", verb);
	if (r->ctx->json) {
		head = json_envelope(kind, NULL);
		json_add_text(head, "name", kmodule_name(&r->m));
		json_add_bool(head, "changed", changed);
		json_add_bool(head, "dry_run", r->ctx->dry_run);
		json_begin(&json, head);
		json_end(&json, NULL);
	} else if (r->ctx->verbose) {
		printf("%s%sed %s\n", !changed ? "already " :
		       r->ctx->dry_run ? "would have " : "", verb,
		       kmodule_name(&r->m));
	}
	return 0;
}

/* As the kernel reads numbers, 0x10 is 16. */
static bool same_value(const char *a, const char *b)
{
	char *a_end, *b_end;

	return !strcmp(a, b) ||
	       (strtoull(a, &a_end, 0) == strtoull(b, &b_end, 0) &&
		a_end > a && b_end > b && !*a_end && !*b_end);
}

/* The kernel drops in silence what it does not know, or is too late for. */
static int check_param(struct module_run *r, struct json_object *known,
		       const char *word, size_t len)
{
	char name[64], quoted[256] = "";
	struct json_object *value = NULL;
	bool every;

	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	if (text_quote(quoted, sizeof(quoted), r->module))
		fail_hint(r->fail, "ioasidctl module info %s", quoted);
	/* Every module has these, and nothing tells their values later. */
	every = !strcmp(name, "dyndbg") || !strcmp(name, "async_probe");
	if (!every && (len >= sizeof(name) ||
		       !json_object_object_get_ex(known, name, &value)))
		return fail_set(r->fail, CODE_USAGE, "%s has no parameter '%s'",
				kmodule_name(&r->m), name);
	if (!r->m.loaded)
		return 0;
	if (every)
		return fail_set(r->fail, CODE_EXISTS,
				"%s is loaded already, too late for %s",
				kmodule_name(&r->m), name);
	if (!same_value(json_object_get_string(value), word + len + 1))
		return fail_set(r->fail, CODE_EXISTS,
				"%s is loaded already, with %s=%.60s",
				kmodule_name(&r->m), name,
				json_object_get_string(value));
	return 0;
}

static int check_params(struct module_run *r, char **words, int count)
{
	struct json_object *known = kmodule_parameters(&r->m);
	int i, ret = 0;

	/* What is no module the kernel refuses better. */
	for (i = 0; known && i < count && !ret; i++)
		ret = check_param(r, known, words[i], strcspn(words[i], "="));
	json_object_put(known);
	if (!ret)
		r->fail->hint[0] = '\0';
	return ret;
}

/* NAME=VALUE words, as the kernel takes them. */
static int join_params(struct module_run *r, char **words, int count, char *out)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t len, used = 0;
	int i;

	out[0] = '\0';
	for (i = 0; i < count; i++) {
		const char *word = words[i];

		len = strcspn(word, "=");
		if (!len || !word[len] || strpbrk(word, " \t\n\"") ||
		    strspn(word, letters) != len)
			return fail_set(r->fail, CODE_USAGE,
					"'%.60s': must be PARAM=VALUE without blanks or quotes",
					word);
		used += snprintf(out + used, PARAMS_ROOM - used, "%s%s",
				 i ? " " : "", word);
		if (used >= PARAMS_ROOM)
			return fail_set(r->fail, CODE_USAGE,
					"the parameters are too long");
	}
	return 0;
}

static int load(struct module_run *r, char **words, int count)
{
	char params[PARAMS_ROOM];

	if (join_params(r, words, count, params))
		return -1;
	if (r->m.loaded && r->ctx->strict) {
		fail_hint(r->fail, "ioasidctl module info");
		return fail_set(r->fail, CODE_EXISTS, "%s is loaded already",
				kmodule_name(&r->m));
	}
	if (!r->m.loaded && !r->m.installed)
		return not_installed(r);
	if (check_params(r, words, count))
		return -1;
	if (r->m.loaded)
		return done(r, "load", false);
	if (!r->ctx->dry_run && kmodule_insert(&r->m, params, r->fail))
		return -1;
	return done(r, "load", true);
}

struct allocator_names {
	const char *module;
	char name[32][IOASID_NAME_MAX + 1];
	size_t count;
};

static int take_allocator(struct nl_msg *msg, void *arg)
{
	struct allocator_names *names = arg;
	const char *module, *name;
	struct row row;

	if (row_parse(&row, &object_allocator, msg) || names->count == 32)
		return 0;
	module = attr_string(row.tb, IOASID_A_ALLOCATOR_MODULE);
	name = attr_string(row.tb, IOASID_A_ALLOCATOR_NAME);
	if (module && name && !strcmp(module, names->module))
		snprintf(names->name[names->count++], sizeof(names->name[0]),
			 "%s", name);
	return 0;
}

/* A drain pins the core, too; its words go to @drain. */
static void say_drain(struct session *s, char *drain, size_t size)
{
	struct fail ignored = { 0 };
	struct info info;

	if (!info_get(s, &info, &ignored) && info.draining)
		snprintf(drain, size, ", %s[%u] drains '%s'",
			 info.drain_pid ? info.drain_comm : "somebody",
			 info.drain_pid, info.active);
}

/* IDs from user space pin the core; those of an allocator pin its provider. */
static void collect_holding(struct module_run *r, char *drain, size_t size)
{
	struct allocator_names names = { .module = kmodule_name(&r->m) };
	struct ctx ctx = *r->ctx;
	struct id_filter filter = { .set = "user", .fold = true };
	struct fail ignored = { 0 };
	struct nl_msg *msg;
	struct session s;
	size_t i;

	ctx.autoload = false;
	if (session_open(&s, &ctx, &ignored))
		return;
	if (!strcmp(names.module, "ioasid_core")) {
		collect_blockers(&s, &filter, row_is_any, r->fail);
		say_drain(&s, drain, size);
	} else {
		msg = session_request(&s, IOASID_CMD_ALLOCATOR_GET, 0, &ignored);
		if (msg)
			session_dump(&s, msg, take_allocator, &names, NULL,
				     &ignored);
		for (i = 0; i < names.count; i++) {
			filter = (struct id_filter){
				.allocator = names.name[i], .fold = true,
			};
			collect_blockers(&s, &filter, row_is_no_orphan, r->fail);
		}
	}
	session_close(&s);
}

/* The first of them is to go first; others' modules are others' business. */
static void hint_holder(struct fail *fail, const char *name, size_t len)
{
	size_t i;

	for (i = 0; kmodule_names[i]; i++)
		if (strlen(kmodule_names[i]) == len &&
		    !strncmp(kmodule_names[i], name, len))
			break;
	fail_hint(fail, kmodule_names[i] ? "ioasidctl module unload %.*s" :
					   "sudo rmmod %.*s", (int)len, name);
}

static int held(struct module_run *r, int refs, const char *holders)
{
	char ids[64] = "", drain[128] = "";

	collect_holding(r, drain, sizeof(drain));
	if (r->fail->blocking)
		snprintf(ids, sizeof(ids), ", %llu IOASIDs keep it",
			 r->fail->blocking);
	fail_set(r->fail, CODE_HELD, "%s has %d reference%s%s%s%s%s",
		 kmodule_name(&r->m), refs, refs == 1 ? "" : "s",
		 *holders ? ", modules use it: " : "", holders, ids, drain);
	if (*drain)
		fail_hint(r->fail, "ioasidctl resume");
	if (*holders)
		hint_holder(r->fail, holders, strcspn(holders, ","));
	return -1;
}

static int unload(struct module_run *r)
{
	char holders[256];
	int refs;

	if (!r->m.loaded && r->ctx->strict)
		return fail_set(r->fail, CODE_NO_MODULE, "%s is not loaded",
				kmodule_name(&r->m));
	if (!r->m.loaded)
		return done(r, "unload", false);
	refs = kmodule_refs(&r->m);
	kmodule_holders(&r->m, holders, sizeof(holders));
	if (refs || *holders)
		return held(r, refs, holders);
	if (!r->ctx->dry_run && kmodule_remove(&r->m, r->fail))
		return -1;
	return done(r, "unload", true);
}

static void print_value(const char *key, struct json_object *value)
{
	struct json_object *one;
	size_t i;

	if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, name, of)
			printf("parameter %s: %s\n", name,
			       json_object_get_string(of));
	} else if (json_object_is_type(value, json_type_array)) {
		printf("%s:", key);
		for (i = 0; i < json_object_array_length(value); i++) {
			one = json_object_array_get_idx(value, i);
			printf(" %s", json_object_get_string(one));
		}
		putchar('\n');
	} else if (json_object_is_type(value, json_type_boolean)) {
		printf("%s: %s\n", key,
		       json_object_get_boolean(value) ? "yes" : "no");
	} else {
		printf("%s: %s\n", key, json_object_get_string(value));
	}
}

static int show_info(struct module_run *r)
{
	struct json_stream json = { .out = stdout };
	struct json_object *item;

	if (!r->m.installed && !r->m.loaded)
		return not_installed(r);
	item = kmodule_info(&r->m);
	if (r->ctx->json) {
		json_begin(&json, json_envelope("module-info", NULL));
		json_item(&json, item);
		json_end(&json, NULL);
		return 0;
	}
	json_object_object_foreach(item, key, value)
		print_value(key, value);
	json_object_put(item);
	return 0;
}

static int run_module(const struct ctx *ctx, const struct input *in,
		      struct fail *fail)
{
	static const char *const verbs[] = { "load", "unload", "info", NULL };
	struct module_run r = { .ctx = ctx, .fail = fail };
	const char *name = "ioasid_core";
	char **words = in->argv + 1;
	int count = in->argc - 1;
	struct why why;
	int verb, ret;

	verb = parse_choice(in->argv[0], verbs, &why);
	if (verb < 0)
		return fail_set(fail, CODE_USAGE, "%s", why.text);
	if (count && (strchr(words[0], '/') || !strchr(words[0], '='))) {
		name = words[0];
		words++;
		count--;
	}
	if (count && verb)
		return fail_set(fail, CODE_USAGE, "one word too many: '%.60s'",
				words[0]);
	r.module = name;
	if (kmodule_open(&r.m, name, fail))
		return -1;
	ret = verb == 0 ? load(&r, words, count) :
	      verb == 1 ? unload(&r) : show_info(&r);
	kmodule_close(&r.m);
	return ret;
}

const struct command cmd_module = {
	.name = "module",
	.args = "load [MODULE|FILE] [PARAM=VALUE...]\n"
		"unload [MODULE]\n"
		"info [MODULE]",
	.summary = "load, unload or look at a kernel module of this project",
	.notes =
"MODULE is ioasid_core (the usual one), ioasid_sim or ioasid_selftest. FILE is a\n"
".ko file, with a '/' in its name; it is loaded without what it depends on.\n"
"unload says who holds the module before it refuses (exit 5).\n",
	.examples =
"  ioasidctl module load\n"
"  ioasidctl module load user_quota=0\n"
"  ioasidctl module load ./build/kmod/ioasid_core.ko\n"
"  ioasidctl module unload\n"
"  ioasidctl module info -j\n",
	.min_args = 1,
	.max_args = -1,
	.exits = EXIT(4) | EXIT(5) | EXIT(9) | EXIT(10) | EXIT(13),
	.run = run_module,
};

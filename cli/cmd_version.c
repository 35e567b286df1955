// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "json.h"
#include "request.h"

struct versions {
	bool loaded;
	bool compatible;
	__u32 family;
	__u64 ops;
	struct info info;
};

static void print_text(const struct versions *v)
{
	const char *comma = "";
	int cmd;

	puts("ioasidctl: " IOASIDCTL_VERSION);
	if (!v->loaded) {
		puts("module: not loaded");
		return;
	}
	printf("module: %s\n", v->info.version);
	printf("family: %u%s\n", v->family,
	       v->compatible ? "" : " (this tool speaks another)");
	fputs("features: ", stdout);
	for (cmd = 1; cmd < 64; cmd++) {
		if (!(v->ops & 1ULL << cmd))
			continue;
		printf("%s%s", comma, cmd_name(cmd));
		comma = ", ";
	}
	putchar('\n');
}

static void print_json(const struct versions *v)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head, *item;
	int cmd;

	head = json_envelope("version", v->info.generation ?
			     &v->info.generation : NULL);
	json_add_text(head, "tool", IOASIDCTL_VERSION);
	json_add_bool(head, "loaded", v->loaded);
	if (v->loaded) {
		json_add_text(head, "module", v->info.version);
		json_add_number(head, "family", v->family);
		json_add_bool(head, "compatible", v->compatible);
	}
	json_begin(&json, head);
	for (cmd = 1; cmd < 64; cmd++) {
		if (!(v->ops & 1ULL << cmd))
			continue;
		item = json_object_new_object();
		json_add_text(item, "feature", cmd_name(cmd));
		json_item(&json, item);
	}
	json_end(&json, NULL);
}

static int ask(const struct ctx *ctx, struct versions *v, struct fail *fail)
{
	struct ctx quietly = *ctx;
	struct session s;
	int ret = 0;

	quietly.autoload = false;
	if (session_probe(&s, &quietly, fail)) {
		if (fail->code != CODE_NO_MODULE)
			return -1;
		fail_clear(fail);
		return 0;
	}
	v->loaded = true;
	v->family = s.version;
	v->ops = s.ops;
	v->compatible = s.version == IOASID_FAMILY_VERSION;
	if (v->compatible)
		ret = info_get(&s, &v->info, fail);
	session_close(&s);
	return ret;
}

static int run_version(const struct ctx *ctx, const struct input *in,
		       struct fail *fail)
{
	struct versions v = { 0 };

	(void)in;
	if (ask(ctx, &v, fail))
		return -1;
	if (ctx->json)
		print_json(&v);
	else
		print_text(&v);
	return 0;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "versions of the tool, the loaded module and its netlink family",
	.notes =
"Never loads the module. The features are the requests that it can answer.\n",
	.examples =
"  ioasidctl version\n"
"  ioasidctl version -j\n",
	.exits = EXIT(7),
	.run = run_version,
};

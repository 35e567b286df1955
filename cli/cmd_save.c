// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "saved.h"

static __u64 total(const struct saved_runs *runs)
{
	__u64 ids = 0;
	size_t i;

	for (i = 0; i < runs->count; i++)
		ids += (__u64)runs->run[i].last - runs->run[i].first + 1;
	return ids;
}

static int write_file(const struct ctx *ctx, const struct saved *saved,
		      const char *path, struct fail *fail)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head;
	struct file file;

	if (file_begin(&file, path, fail))
		return -1;
	saved_write(saved, file.out);
	if (file_commit(&file, fail))
		return -1;
	if (ctx->json) {
		head = json_envelope("saved", &saved->generation);
		json_add_text(head, "file", path);
		json_add_number(head, "count", total(&saved->ids));
		json_add_number(head, "others", total(&saved->others));
		json_begin(&json, head);
		json_end(&json, NULL);
	} else if (ctx->verbose) {
		printf("saved %llu IOASIDs, %llu others are only listed\n",
		       total(&saved->ids), total(&saved->others));
	}
	return 0;
}

static int run_save(const struct ctx *ctx, const struct input *in,
		    struct fail *fail)
{
	const char *path = in->opt[OPT_OUTPUT];
	struct saved saved = { 0 };
	struct session s;
	int ret;

	if (path && !*path)
		return fail_set(fail, CODE_USAGE, "--output: the name is empty");
	if (session_open(&s, ctx, fail))
		return -1;
	if (session_privileged(&s))
		ret = saved_read(&saved, &s, fail);
	else
		ret = fail_set(fail, CODE_PERMISSION,
			       "labels are shown with CAP_SYS_ADMIN only");
	if (path && !strcmp(path, "-"))
		path = NULL;
	if (!ret && !path)
		saved_write(&saved, stdout);
	else if (!ret && !ctx->dry_run)
		ret = write_file(ctx, &saved, path, fail);
	saved_free(&saved);
	session_close(&s);
	return ret;
}

static const struct argp_option options[] = {
	{ "output", OPT_OUTPUT, "FILE", 0,
	  "write FILE, as a whole or not at all (default: standard output)", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_save = {
	.name = "save",
	.summary = "write down what user space holds, for restore",
	.notes =
"The IOASIDs that were allocated from user space, with their labels, and the name\n"
"of the operating allocator, as JSON. What the kernel has and what commands hold\n"
"is listed (\"others\"), but restore does not touch it.\n",
	.examples =
"  ioasidctl save -o /var/lib/ioasid.json\n"
"  ioasidctl save | jq '.items | length'\n",
	.options = options,
	.exits = EXITS_READ | EXIT(4) | EXIT(8),
	.run = run_save,
};

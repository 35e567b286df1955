// SPDX-License-Identifier: GPL-2.0-only
/* Would a command work? Its dry run, told as an answer and not as an error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invoke.h"
#include "json.h"
#include "options.h"
#include "report.h"
#include "text.h"

struct question {
	const struct command *command;
	struct ctx ctx;
	struct input in;
	char words[256];		/* as typed */
	struct fail fail;
};

static void quote_words(struct question *q, const struct input *in)
{
	int i;

	for (i = 0; i < in->argc; i++) {
		if (i && strlen(q->words) + 2 < sizeof(q->words))
			strcat(q->words, " ");
		if (!text_quote(q->words, sizeof(q->words), in->argv[i]))
			return;
	}
}

static int parse(struct question *q, const struct input *in, struct fail *fail)
{
	int at;

	q->command = command_find(in->argv[0]);
	if (!q->command)
		return fail_set(fail, CODE_USAGE, "unknown command '%.60s'",
				in->argv[0]);
	if (!q->command->dry)
		return fail_set(fail, CODE_USAGE,
				"'%s' changes nothing that could be explained",
				q->command->name);
	q->in.argv = calloc(in->argc + 1, sizeof(*q->in.argv));
	if (!q->in.argv)
		return fail_memory(fail);
	quote_words(q, in);
	return options_parse(q->command, in->argc, in->argv, &at, &q->in, fail);
}

/* An answer of the kernel, not a failure to ask it? */
static bool is_verdict(const struct fail *f)
{
	if (f->kernel.has_cookie)
		return true;
	switch (code_exit(f->code)) {
	case 1:
	case 2:
	case 7:
	case 9:
	case 10:
		return false;
	default:
		return true;
	}
}

static void print_json(const struct question *q, const char *answer)
{
	struct json_stream json = { .out = stdout };
	const __u64 generation = q->fail.kernel.cookie.generation;
	struct json_object *head;

	head = json_envelope("explain", q->fail.kernel.has_cookie ?
			     &generation : NULL);
	json_add_text(head, "command", q->command->name);
	json_add_text(head, "words", q->words);
	json_add_bool(head, "works", q->fail.code == CODE_OK);
	if (q->fail.code == CODE_OK) {
		json_add_text(head, "code", code_word(CODE_OK));
		json_add_number(head, "exit", 0);
		json_add_text(head, "message", answer);
		json_add_number(head, "count", 0);
		json_add_number(head, "unlisted", 0);
	} else {
		report_json(&q->ctx, &q->fail, head);
	}
	json_begin(&json, head);
	report_json_blockers(&json, &q->fail);
	json_end(&json, NULL);
}

static void print_text(const struct question *q, const char *answer)
{
	char message[sizeof(q->fail.message)];

	if (q->fail.code == CODE_OK) {
		printf("%s: works%s%s\n", q->words, *answer ? ": " : "", answer);
		return;
	}
	text_clean(message, sizeof(message), q->fail.message, false);
	printf("%s: refused, %s [%s]\n", q->words, message,
	       code_word(q->fail.code));
	if (!q->ctx.quiet)
		report_detail(stdout, &q->ctx, &q->fail);
}

static int ask(struct question *q, const struct ctx *ctx, struct fail *fail)
{
	struct capture answer = { 0 };
	int ret;

	q->ctx = *ctx;
	q->ctx.dry_run = true;
	q->ctx.verbose = true;
	q->ctx.json = false;
	/* Dry runs print a line, and are silent but for it. */
	q->in.opt[OPT_JSON] = NULL;
	if (!capture_begin(&answer))
		return fail_memory(fail);
	ret = invoke_run(&q->ctx, q->command, &q->in, &q->fail);
	capture_end(&answer);
	if (ret && !is_verdict(&q->fail)) {
		*fail = q->fail;
		memset(&q->fail, 0, sizeof(q->fail));
		capture_free(&answer);
		return -1;
	}
	answer.text[strcspn(answer.text, "\n")] = '\0';
	if (ctx->json)
		print_json(q, answer.text);
	else
		print_text(q, answer.text);
	capture_free(&answer);
	if (ret) {
		fail->code = q->fail.code;
		fail->told = true;
	}
	return ret;
}

static int run_explain(const struct ctx *ctx, const struct input *in,
		       struct fail *fail)
{
	struct question q = { 0 };
	struct ctx outer = *ctx;
	int ret = parse(&q, in, fail);

	if (!ret) {
		outer.json = outer.json || q.in.opt[OPT_JSON];
		ret = ask(&q, &outer, fail);
		fail->json = outer.json;
	}
	fail_clear(&q.fail);
	free(q.in.argv);
	return ret;
}

const struct command cmd_explain = {
	.name = "explain",
	.args = "COMMAND [ARGS...]",
	.summary = "would it work? who is in the way, and what would help",
	.notes =
"Asks the kernel for a dry run of COMMAND, with the checks and under the lock of\n"
"the real one, and changes nothing. The exit code is the one that COMMAND would\n"
"have, and so is the code word. Only the answer of a custom allocator cannot be\n"
"known beforehand. COMMAND is one that makes changes: alloc, free, hold, switch,\n"
"unregister, drain, resume, reset, quota, restore.\n",
	.examples =
"  ioasidctl explain switch vcmd0\n"
"  ioasidctl explain unregister pool -j\n"
"  ioasidctl explain alloc -c 5000 --contiguous\n",
	.min_args = 1,
	.max_args = -1,
	.in_order = true,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5) | EXIT(6) | EXIT(11) |
		 EXIT(13) | EXIT(14),
	.run = run_explain,
};

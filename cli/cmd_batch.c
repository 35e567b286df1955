// SPDX-License-Identifier: GPL-2.0-only
/* Many commands over one socket, one a line. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>

#include "invoke.h"
#include "json.h"
#include "options.h"
#include "report.h"
#include "session.h"
#include "words.h"

struct batch {
	const struct ctx *ctx;
	struct fail *fail;
	struct session s;
	struct capture answer;		/* of a line */
	struct json_head head;		/* of the answer before, and what is in it */
	const char *command;
	int status;
	time_t time;
	const char *file;		/* for messages */
	bool keep_going;
	bool nul;			/* the line has one, and so it is cut */
	unsigned long long line;
	unsigned long long applied;
	unsigned long long failed;
};

static int parse_line(struct words *w, struct input *in,
		      const struct command **command, struct fail *fail)
{
	int at;

	*command = command_find(w->word[0]);
	if (!*command)
		return fail_set(fail, CODE_USAGE, "unknown command '%.60s'",
				w->word[0]);
	if (!(*command)->batch)
		return fail_set(fail, CODE_USAGE, "'%s' cannot stand in a batch",
				(*command)->name);
	in->argv = calloc(w->count + 1, sizeof(*in->argv));
	if (!in->argv)
		return fail_memory(fail);
	if (options_parse(*command, w->count, w->word, &at, in, fail))
		return -1;
	if (in->opt[OPT_HELP] || in->opt[OPT_USAGE] || in->opt[OPT_VERSION])
		return fail_set(fail, CODE_USAGE, "there is no help in a batch");
	return 0;
}

/* Most answers have the head of the one before. */
static void set_head(struct batch *b, const char *command, int status)
{
	struct json_object *head;
	time_t now = time(NULL);

	if (b->head.object && b->command == command && b->status == status &&
	    b->time == now)
		return;
	head = json_envelope("batch", NULL);
	if (command)
		json_add_text(head, "command", command);
	json_add_number(head, "exit", status);
	json_head_set(&b->head, head);
	b->command = command;
	b->status = status;
	b->time = now;
}

/* What the command, or its failure, wrote is one JSON object without a newline. */
static void print_result(struct batch *b, const char *command, int status)
{
	struct json_stream json = { .out = stdout };
	const struct capture *c = &b->answer;
	size_t len = c->size;

	set_head(b, command, status);
	json_begin_again(&json, &b->head, "line", b->line);
	while (len && c->text[len - 1] == '\n')
		len--;
	if (len)
		json_raw(&json, c->text, len);
	json_end(&json, NULL);
}

/* An empty line, or a comment, is nothing. */
static int split(struct batch *b, char *line, struct words *w,
		 struct fail *fail)
{
	struct why why;

	if (b->nul)
		return fail_set(fail, CODE_USAGE, "a NUL in the line");
	if (!words_split(w, line, &why))
		return fail_set(fail, CODE_USAGE, "%s", why.text);
	return 0;
}

static int run_words(struct batch *b, char *line, struct fail *fail)
{
	const struct command *command = NULL;
	struct ctx ctx = *b->ctx;
	struct input in = { 0 };
	struct words w = { 0 };
	int ret;

	ctx.shared = &b->s;
	ctx.json = true;
	ctx.command = NULL;
	ret = split(b, line, &w, fail);
	if (!ret && !w.count)
		return 0;
	if (!capture_begin(&b->answer)) {
		words_free(&w);
		return fail_memory(fail);
	}
	if (!ret)
		ret = parse_line(&w, &in, &command, fail);
	ctx.command = command ? command->name : NULL;
	if (!ret)
		ret = invoke_run(&ctx, command, &in, fail);
	/* A list that breaks off is no JSON, and its items are not true. */
	if (ret) {
		rewind(stdout);
		report_json_fail(stdout, &ctx, fail);
	}
	capture_end(&b->answer);
	print_result(b, ctx.command, ret ? code_exit(fail->code) : 0);
	free(in.argv);
	words_free(&w);
	b->applied += !ret;
	return ret;
}

static int run_line(struct batch *b, char *line)
{
	struct fail fail = { 0 };
	int ret = run_words(b, line, &fail);

	if (ret)
		b->failed++;
	if (ret && !b->keep_going) {
		*b->fail = fail;
		fail_message(b->fail, "%s:%llu: %.200s; %llu lines before it were applied",
			     b->file, b->line, fail.message, b->applied);
		return -1;
	}
	fail_clear(&fail);
	if (ferror(stdout))
		return fail_set(b->fail, CODE_WRITE, "cannot write to stdout");
	return 0;
}

/* The next line of a pipe or a terminal, after the answers to those before. */
static ssize_t next_line(char **line, size_t *room, FILE *from, bool waits)
{
	struct pollfd fd = { .fd = fileno(from), .events = POLLIN };

	if (waits && !poll(&fd, 1, 0))
		fflush(stdout);
	return getline(line, room, from);
}

static int run_lines(struct batch *b, FILE *from)
{
	char *line = NULL;
	size_t room = 0;
	struct stat is;
	ssize_t len;
	int ret = 0;
	bool waits;

	waits = fstat(fileno(from), &is) || !S_ISREG(is.st_mode);
	while (!ret && (len = next_line(&line, &room, from, waits)) >= 0) {
		b->line++;
		b->nul = strlen(line) != (size_t)len;
		ret = run_line(b, line);
	}
	if (!ret && ferror(from))
		ret = fail_set(b->fail, CODE_FILE, "cannot read %s: %s", b->file,
			       strerror(errno));
	free(line);
	return ret;
}

static void print_end(const struct batch *b)
{
	struct json_stream json = { .out = stdout };
	struct json_object *head = json_envelope("batch-end", NULL);

	json_add_number(head, "lines", b->line);
	json_add_number(head, "applied", b->applied);
	json_add_number(head, "failed", b->failed);
	json_begin(&json, head);
	json_end(&json, NULL);
}

static int run_batch(const struct ctx *ctx, const struct input *in,
		     struct fail *fail)
{
	struct batch b = {
		.ctx = ctx, .fail = fail, .keep_going = in->opt[OPT_KEEP_GOING],
		.file = in->argc ? in->argv[0] : "-",
	};
	FILE *from = stdin;
	int ret;

	if (strcmp(b.file, "-"))
		from = fopen(b.file, "re");
	else
		b.file = "stdin";
	if (!from)
		return fail_set(fail, CODE_FILE, "cannot open '%s': %s", b.file,
				strerror(errno));
	ret = session_open(&b.s, ctx, fail);
	if (!ret) {
		ret = run_lines(&b, from);
		print_end(&b);
		session_close(&b.s);
		capture_free(&b.answer);
		json_object_put(b.head.object);
	}
	if (from != stdin)
		fclose(from);
	if (!ret && b.failed)
		ret = fail_set(fail, CODE_PARTIAL, "%llu line%s failed, %llu applied",
			       b.failed, b.failed == 1 ? "" : "s", b.applied);
	return ret;
}

static const struct argp_option options[] = {
	{ "keep-going", OPT_KEEP_GOING, NULL, 0,
	  "go on behind a line that fails; exit 11 if there was one", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_batch = {
	.name = "batch",
	.args = "[FILE]",
	.summary = "run commands from a file, one a line, over one socket",
	.notes =
"Without FILE, or with -, from standard input. A line is a command as on the\n"
"command line, without 'ioasidctl': words apart by blanks, '...' and \"...\" and \\\n"
"as in a shell, but nothing is expanded; # begins a comment.\n"
"\n"
"Each line answers with one line of JSON: its number, the exit code, and what the\n"
"command says with --json, as the only item. The last line counts. The first line\n"
"that fails ends the batch with its exit code; what was applied before it stays.\n"
"Global options of the batch hold for each line. Not in a batch: batch, drain,\n"
"explain, hold, module, monitor, restore, save, version, wait.\n",
	.examples =
"  ioasidctl batch --keep-going commands.txt\n"
"  printf 'alloc -c 4 --set-label=a\\nlist label=a\\n' | ioasidctl batch\n",
	.options = options,
	.max_args = 1,
	.exits = EXITS_CHANGE | EXIT(3) | EXIT(5) | EXIT(6) | EXIT(11) | EXIT(13),
	.run = run_batch,
};

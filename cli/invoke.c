// SPDX-License-Identifier: GPL-2.0-only
/* From words to a command that runs: those of the shell, or of a batch. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "invoke.h"
#include "options.h"
#include "parse.h"

#define TIMEOUT_MAX_MS (24 * 3600 * 1000ULL)

static bool want_color(const char *when, int fd)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	if (when && strcmp(when, "auto"))
		return !strcmp(when, "always");
	if (no_color && *no_color)
		return false;
	return isatty(fd) && term && strcmp(term, "dumb");
}

static int set_color(const struct input *in, struct ctx *ctx, struct fail *fail)
{
	static const char *const words[] = { "auto", "always", "never", NULL };
	const char *when = in->opt[OPT_COLOR];
	struct why why;

	if (when && parse_choice(when, words, &why) < 0)
		return fail_set(fail, CODE_USAGE, "--color: %s", why.text);
	ctx->color_out = !ctx->json && want_color(when, STDOUT_FILENO);
	ctx->color_err = !ctx->json && want_color(when, STDERR_FILENO);
	return 0;
}

/* What @in says, on top of what holds already in an explanation or a batch. */
static int ctx_init(struct ctx *ctx, const struct input *in, struct fail *fail)
{
	const char *word;
	struct why why;

	ctx->json = ctx->json || in->opt[OPT_JSON];
	ctx->quiet = ctx->quiet || in->opt[OPT_QUIET];
	ctx->verbose = ctx->verbose || in->opt[OPT_VERBOSE];
	ctx->debug = ctx->debug || in->opt[OPT_DEBUG];
	ctx->dry_run = ctx->dry_run || in->opt[OPT_DRY_RUN];
	ctx->strict = ctx->strict || in->opt[OPT_STRICT];
	ctx->autoload = ctx->autoload && !in->opt[OPT_NO_AUTOLOAD];
	word = in->opt[OPT_TIMEOUT];
	if (word)
		ctx->has_timeout = true;
	if (word && !parse_duration(word, TIMEOUT_MAX_MS, &ctx->timeout_ms, &why))
		return fail_set(fail, CODE_USAGE, "--timeout=%s", why.text);
	if (!ctx->timeout_ms)
		return fail_set(fail, CODE_USAGE, "--timeout: must not be 0");
	word = in->opt[OPT_IF_GENERATION];
	if (word)
		ctx->has_expected = true;
	if (word && !parse_number(word, 0, ~0ULL, &ctx->expected, &why))
		return fail_set(fail, CODE_USAGE, "--if-generation=%s", why.text);
	return set_color(in, ctx, fail);
}

/* Global options, the command's name (NULL if there is none), the rest. */
int invoke_parse(int argc, char **argv, struct input *in,
		 const struct command **command, struct fail *fail)
{
	int at;

	*command = NULL;
	if (options_parse(NULL, argc, argv, &at, in, fail))
		return -1;
	if (at >= argc)
		return 0;
	*command = command_find(argv[at]);
	if (!*command)
		return fail_set(fail, CODE_USAGE, "unknown command '%.60s'",
				argv[at]);
	/* argv[at] takes the place of the program's name */
	return options_parse(*command, argc - at, argv + at, &at, in, fail);
}

static int check_count(const struct command *c, const struct input *in,
		       struct fail *fail)
{
	if (in->argc < c->min_args)
		return fail_set(fail, CODE_USAGE, "%s is missing",
				strchr(c->args, '\n') ? "a word" : c->args);
	if (c->max_args >= 0 && in->argc > c->max_args)
		return fail_set(fail, CODE_USAGE, "one word too many: '%.60s'",
				in->argv[c->max_args]);
	return 0;
}

/* To compare the generation is for changes; batch and explain have some in them. */
static int check_expected(const struct command *c, const struct input *in,
			  struct fail *fail)
{
	if (!in->opt[OPT_IF_GENERATION] || c->dry || c == &cmd_batch ||
	    c == &cmd_explain)
		return 0;
	return fail_set(fail, CODE_USAGE,
			"--if-generation: '%s' does not change the generation",
			c->name);
}

int invoke_run(struct ctx *ctx, const struct command *command,
	       const struct input *in, struct fail *fail)
{
	ctx->command = command->name;
	ctx->json = ctx->json || in->opt[OPT_JSON];
	if (ctx_init(ctx, in, fail) || check_expected(command, in, fail) ||
	    check_count(command, in, fail))
		return -1;
	return command->run(ctx, in, fail);
}

bool capture_begin(struct capture *c)
{
	if (!c->stream)
		c->stream = open_memstream(&c->text, &c->size);
	if (!c->stream)
		return false;
	rewind(c->stream);
	c->before = stdout;
	stdout = c->stream;
	return true;
}

void capture_end(struct capture *c)
{
	stdout = c->before;
	fflush(c->stream);
}

void capture_free(struct capture *c)
{
	if (c->stream)
		fclose(c->stream);
	free(c->text);
	*c = (struct capture){ 0 };
}

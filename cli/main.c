// SPDX-License-Identifier: GPL-2.0-only
/* ioasidctl: see and administer IOASIDs. From words to a command to a status. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "parse.h"
#include "report.h"
#include "text.h"

#define TIMEOUT_USUAL_MS 30000
#define TIMEOUT_MAX_MS (24 * 3600 * 1000ULL)

/* No file that is opened later may become stdout or stderr by accident. */
static bool standard_files(void)
{
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			return false;
	return true;
}

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
	ctx->color_out = want_color(when, STDOUT_FILENO);
	ctx->color_err = want_color(when, STDERR_FILENO);
	return 0;
}

static int ctx_init(struct ctx *ctx, const struct input *in, struct fail *fail)
{
	const char *word;
	struct why why;

	ctx->json = in->opt[OPT_JSON];
	ctx->quiet = in->opt[OPT_QUIET];
	ctx->verbose = in->opt[OPT_VERBOSE];
	ctx->debug = in->opt[OPT_DEBUG];
	ctx->dry_run = in->opt[OPT_DRY_RUN];
	ctx->strict = in->opt[OPT_STRICT];
	ctx->autoload = !in->opt[OPT_NO_AUTOLOAD];
	ctx->timeout_ms = TIMEOUT_USUAL_MS;
	word = in->opt[OPT_TIMEOUT];
	if (word && !parse_duration(word, TIMEOUT_MAX_MS, &ctx->timeout_ms, &why))
		return fail_set(fail, CODE_USAGE, "--timeout=%s", why.text);
	if (!ctx->timeout_ms)
		return fail_set(fail, CODE_USAGE, "--timeout: must not be 0");
	word = in->opt[OPT_IF_GENERATION];
	ctx->has_expected = word;
	if (word && !parse_number(word, 0, ~0ULL, &ctx->expected, &why))
		return fail_set(fail, CODE_USAGE, "--if-generation=%s", why.text);
	return set_color(in, ctx, fail);
}

/* The command line for a hint, with sudo before it; "" if it is too long. */
static void sudo_line(int argc, char **argv, char *out, size_t size)
{
	int i;

	snprintf(out, size, "sudo ioasidctl");
	for (i = 1; i < argc; i++) {
		if (strlen(out) + 2 > size) {
			out[0] = '\0';
			return;
		}
		strcat(out, " ");
		if (!text_quote(out, size, argv[i])) {
			out[0] = '\0';
			return;
		}
	}
}

/* Global options, the command's name (NULL if there is none), the rest. */
static int parse_line(int argc, char **argv, struct input *in,
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

static bool told_about(const struct command *command, const struct input *in)
{
	if (in->opt[OPT_HELP])
		options_help(command, stdout);
	else if (in->opt[OPT_USAGE])
		options_usage(command, stdout);
	else if (in->opt[OPT_VERSION])
		puts("ioasidctl " IOASIDCTL_VERSION);
	else
		return false;
	return true;
}

static int run(int argc, char **argv, struct input *in, struct ctx *ctx,
	       struct fail *fail)
{
	const struct command *command;
	int ret;

	ret = parse_line(argc, argv, in, &command, fail);
	ctx->command = command ? command->name : NULL;
	if (ret) {
		ctx->json = options_want_json(argc, argv);
		return -1;
	}
	if (told_about(command, in))
		return 0;
	if (!command)
		command = &cmd_status;
	ctx->command = command->name;
	ctx->json = in->opt[OPT_JSON];
	if (ctx_init(ctx, in, fail) || check_count(command, in, fail))
		return -1;
	return command->run(ctx, in, fail);
}

int main(int argc, char **argv)
{
	char sudo[sizeof(((struct fail *)NULL)->hint)];
	struct ctx ctx = { .sudo = sudo };
	struct fail fail = { 0 };
	struct input in = { 0 };
	int status = 0;

	if (!standard_files())
		return code_exit(CODE_FAILURE);
	signal(SIGPIPE, SIG_DFL);
	/* these would change the output of argp and the grammar of getopt */
	unsetenv("ARGP_HELP_FMT");
	unsetenv("POSIXLY_CORRECT");
	sudo_line(argc, argv, sudo, sizeof(sudo));
	in.argv = calloc(argc + 1, sizeof(*in.argv));
	if (!in.argv)
		return code_exit(CODE_MEMORY);

	if (run(argc, argv, &in, &ctx, &fail))
		status = report_fail(&ctx, &fail);
	if (fflush(stdout) || ferror(stdout)) {
		fail_clear(&fail);
		fail_set(&fail, CODE_WRITE, "cannot write to stdout");
		status = status ? status : report_fail(&ctx, &fail);
	}
	fail_clear(&fail);
	free(in.argv);
	return status;
}

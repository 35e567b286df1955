// SPDX-License-Identifier: GPL-2.0-only
/* ioasidctl: see and administer IOASIDs. From words to a command to a status. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "invoke.h"
#include "options.h"
#include "report.h"
#include "text.h"

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

	ret = invoke_parse(argc, argv, in, &command, fail);
	ctx->command = command ? command->name : NULL;
	if (ret) {
		ctx->json = options_want_json(argc, argv);
		return -1;
	}
	if (told_about(command, in))
		return 0;
	if (!command)
		command = &cmd_status;
	return invoke_run(ctx, command, in, fail);
}

int main(int argc, char **argv)
{
	char sudo[sizeof(((struct fail *)NULL)->hint)];
	struct ctx ctx = {
		.sudo = sudo, .autoload = true, .timeout_ms = TIMEOUT_USUAL_MS,
	};
	struct fail fail = { 0 };
	struct input in = { 0 };
	bool failed, unwritten;
	int status = 0;

	if (!standard_files())
		return code_exit(CODE_FAILURE);
	ctx.ignores_sigpipe = signal(SIGPIPE, SIG_DFL) == SIG_IGN;
	/* these would change the output of argp and the grammar of getopt */
	ctx.argp_help_fmt = getenv("ARGP_HELP_FMT");
	ctx.posixly_correct = getenv("POSIXLY_CORRECT");
	unsetenv("ARGP_HELP_FMT");
	unsetenv("POSIXLY_CORRECT");
	sudo_line(argc, argv, sudo, sizeof(sudo));
	in.argv = calloc(argc + 1, sizeof(*in.argv));
	if (!in.argv)
		return code_exit(CODE_MEMORY);

	failed = run(argc, argv, &in, &ctx, &fail);
	/* First what was done, then what was not, also if both go to one file. */
	unwritten = fflush(stdout) || ferror(stdout);
	if (failed)
		status = report_fail(&ctx, &fail);
	if (unwritten) {
		fail_clear(&fail);
		fail_set(&fail, CODE_WRITE, "cannot write to stdout");
		status = status ? status : report_fail(&ctx, &fail);
	}
	fail_clear(&fail);
	free(in.argv);
	return status;
}

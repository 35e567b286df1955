// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run_command.h"

/* What main() changed is for this tool only. */
static int give_back(const struct ctx *ctx)
{
	if (ctx->ignores_sigpipe)
		signal(SIGPIPE, SIG_IGN);
	if (ctx->argp_help_fmt &&
	    setenv("ARGP_HELP_FMT", ctx->argp_help_fmt, 1))
		return -1;
	if (ctx->posixly_correct &&
	    setenv("POSIXLY_CORRECT", ctx->posixly_correct, 1))
		return -1;
	return 0;
}

int run_command(struct session *s, char **argv, struct fail *fail)
{
	int fd = nl_socket_get_fd(s->sk);
	int flags = fcntl(fd, F_GETFD);
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	if (flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) ||
	    setenv("IOASID_FD", number, 1))
		return fail_errno(fail, errno, "cannot hand on the socket");
	if (give_back(s->ctx))
		return fail_errno(fail, errno, "cannot set the environment");
	fflush(stdout);
	execvp(argv[0], argv);
	return fail_set(fail, errno == ENOENT ? CODE_NO_COMMAND : CODE_CANNOT_RUN,
			"cannot run '%s': %s", argv[0], strerror(errno));
}

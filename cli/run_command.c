// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run_command.h"

int run_command(struct session *s, char **argv, struct fail *fail)
{
	int fd = nl_socket_get_fd(s->sk);
	int flags = fcntl(fd, F_GETFD);
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	if (flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) ||
	    setenv("IOASID_FD", number, 1))
		return fail_errno(fail, errno, "cannot hand on the socket");
	fflush(stdout);
	execvp(argv[0], argv);
	return fail_set(fail, errno == ENOENT ? CODE_NO_COMMAND : CODE_CANNOT_RUN,
			"cannot run '%s': %s", argv[0], strerror(errno));
}

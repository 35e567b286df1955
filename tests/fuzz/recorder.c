// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into ioasidctl by tests/fuzz/record: what it receives goes to the file
 * $RECORD as well, as kernel.c gives it out again.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/netlink.h>

static void keep(const void *data, size_t size)
{
	int fd = open(getenv("RECORD"), O_WRONLY | O_CREAT | O_APPEND, 0644);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	static ssize_t (*real)(int fd, struct msghdr *msg, int flags);
	struct nlmsghdr none = { .nlmsg_len = sizeof(none) };
	ssize_t ret;
	int err;

	if (!real)
		real = dlsym(RTLD_NEXT, "recvmsg");
	ret = real(fd, msg, flags);
	err = errno;
	if (flags & MSG_PEEK)
		return ret;
	if (ret > 0) {
		keep(msg->msg_iov[0].iov_base, ret);
	} else if (ret < 0 && (err == EAGAIN || err == ENOBUFS)) {
		none.nlmsg_type = err == EAGAIN ? NLMSG_NOOP : NLMSG_OVERRUN;
		keep(&none, sizeof(none));
	}
	errno = err;
	return ret;
}

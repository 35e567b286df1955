// SPDX-License-Identifier: GPL-2.0-only
/* A kernel made of bytes, in place of the functions of libnl that talk to one. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/handlers.h>
#include <linux/genetlink.h>
#include <linux/ioasid_netlink.h>

#include "fuzz.h"
#include "util.h"

int fuzz_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_nl_connect(struct nl_sock *sk, int protocol);
int __wrap_nl_send(struct nl_sock *sk, struct nl_msg *msg);
int __real_nl_recvmsgs(struct nl_sock *sk, struct nl_cb *cb);
int __wrap_nl_recvmsgs(struct nl_sock *sk, struct nl_cb *cb);
int __wrap_nl_socket_get_fd(const struct nl_sock *sk);
int __wrap_nl_socket_set_nonblocking(const struct nl_sock *sk);
int __wrap_nl_socket_add_membership(struct nl_sock *sk, int group);
int __wrap_genl_ctrl_resolve_grp(struct nl_sock *sk, const char *family,
				 const char *group);
int __wrap_setsockopt(int fd, int level, int option, const void *value,
		      socklen_t size);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
__u8 __wrap_nla_get_u8(const struct nlattr *a);
__u16 __wrap_nla_get_u16(const struct nlattr *a);
__u32 __wrap_nla_get_u32(const struct nlattr *a);
__u64 __wrap_nla_get_u64(const struct nlattr *a);

static struct {
	const __u8 *data;
	size_t size;
	bool agrees;
	struct nlmsghdr request;	/* the last one */
	int cmd;
	unsigned int step;		/* answers to it so far */
} kernel;

void kernel_says(const __u8 *data, size_t size)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.data = data;
	kernel.size = size;
}

void kernel_agrees(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.agrees = true;
}

static int hand_out(unsigned char **buffer, const void *data, size_t size)
{
	*buffer = malloc(size);
	if (!*buffer)
		return -NLE_NOMEM;
	memcpy(*buffer, data, size);
	return (int)size;
}

/* A message of ours; it is freed. */
static int hand_out_msg(unsigned char **buffer, struct nl_msg *msg)
{
	int ret = hand_out(buffer, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);

	nlmsg_free(msg);
	return ret;
}

static int acknowledge(unsigned char **buffer)
{
	struct nlmsgerr ok = { .msg = kernel.request };
	struct nl_msg *msg = nlmsg_alloc_simple(NLMSG_ERROR, NLM_F_CAPPED);

	nlmsg_hdr(msg)->nlmsg_seq = kernel.request.nlmsg_seq;
	nlmsg_append(msg, &ok, sizeof(ok), NLMSG_ALIGNTO);
	return hand_out_msg(buffer, msg);
}

static int finish(unsigned char **buffer)
{
	struct nl_msg *msg = nlmsg_alloc_simple(NLMSG_DONE, NLM_F_MULTI);
	int ok = 0;

	nlmsg_hdr(msg)->nlmsg_seq = kernel.request.nlmsg_seq;
	nlmsg_append(msg, &ok, sizeof(ok), NLMSG_ALIGNTO);
	return hand_out_msg(buffer, msg);
}

static struct nl_msg *row(int type, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	genlmsg_put(msg, 0, kernel.request.nlmsg_seq, type, 0, flags, cmd, 1);
	return msg;
}

static int family(unsigned char **buffer)
{
	bool dump = kernel.request.nlmsg_flags & NLM_F_DUMP;
	struct nl_msg *msg;

	if (kernel.step++)
		return dump ? finish(buffer) : acknowledge(buffer);
	msg = row(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, dump ? NLM_F_MULTI : 0);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, IOASID_FAMILY_NAME);
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, FUZZ_FAMILY);
	nla_put_u32(msg, CTRL_ATTR_VERSION, IOASID_FAMILY_VERSION);
	return hand_out_msg(buffer, msg);
}

/* Runs that touch each other, overlap what is typed, and are not all ours. */
static int agree(unsigned char **buffer)
{
	static const struct {
		__u32 first;
		__u32 last;
		const char *set;
		const char *label;
	} ids[] = {
		{ 1, 3, "user", "a" }, { 4, 4, "user", "b" }, { 7, 7, "nic", NULL },
		{ 10, 20, "user", NULL }, { 0x7fffffff, 0x7fffffff, "user", "a" },
	};
	unsigned int i = kernel.step++;
	struct nl_msg *msg;

	if (!(kernel.request.nlmsg_flags & NLM_F_DUMP))
		return acknowledge(buffer);
	if (kernel.cmd != IOASID_CMD_IOASID_GET || i >= ARRAY_SIZE(ids))
		return finish(buffer);
	msg = row(FUZZ_FAMILY, kernel.cmd, NLM_F_MULTI);
	nla_put_u32(msg, IOASID_A_ID_ID, ids[i].first);
	nla_put_u32(msg, IOASID_A_ID_LAST, ids[i].last);
	nla_put_u32(msg, IOASID_A_ID_STATE, IOASID_STATE_LIVE);
	nla_put_string(msg, IOASID_A_ID_SET, ids[i].set);
	if (ids[i].label)
		nla_put_string(msg, IOASID_A_ID_LABEL, ids[i].label);
	return hand_out_msg(buffer, msg);
}

/* Who asks for the family gets it, unless the messages go on with an answer to that. */
static bool asks_for_family(const struct nlmsghdr *next)
{
	return kernel.request.nlmsg_type == GENL_ID_CTRL &&
	       (kernel.agrees || kernel.step || kernel.size < sizeof(*next) ||
		next->nlmsg_type != GENL_ID_CTRL);
}

static int receive(struct nl_sock *sk, struct sockaddr_nl *from,
		   unsigned char **buffer, struct ucred **creds)
{
	struct nlmsghdr hdr = { 0 };
	size_t len = kernel.size;
	int ret;

	(void)sk;
	(void)creds;
	memset(from, 0, sizeof(*from));
	if (len)
		memcpy(&hdr, kernel.data, len < sizeof(hdr) ? len : sizeof(hdr));
	if (asks_for_family(&hdr))
		return family(buffer);
	if (kernel.agrees)
		return agree(buffer);
	if (!len) {
		errno = EIO;
		return -NLE_FAILURE;
	}
	if (len >= sizeof(hdr) && hdr.nlmsg_len >= sizeof(hdr) &&
	    hdr.nlmsg_len < len - NLMSG_ALIGNTO)
		len = NLMSG_ALIGN(hdr.nlmsg_len);
	ret = hand_out(buffer, kernel.data, len);
	kernel.data += len;
	kernel.size -= len;
	/* Only an answer to this very request gets past libnl. */
	if (ret >= (int)sizeof(hdr))
		((struct nlmsghdr *)*buffer)->nlmsg_seq = kernel.request.nlmsg_seq;
	if (hdr.nlmsg_type != NLMSG_NOOP && hdr.nlmsg_type != NLMSG_OVERRUN)
		return ret;
	free(*buffer);
	*buffer = NULL;
	errno = hdr.nlmsg_type == NLMSG_NOOP ? EAGAIN : ENOBUFS;
	return hdr.nlmsg_type == NLMSG_NOOP ? -NLE_AGAIN : -NLE_NOMEM;
}

int __wrap_nl_recvmsgs(struct nl_sock *sk, struct nl_cb *cb)
{
	nl_cb_overwrite_recv(cb, receive);
	return __real_nl_recvmsgs(sk, cb);
}

int __wrap_nl_send(struct nl_sock *sk, struct nl_msg *msg)
{
	const struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(msg));

	(void)sk;
	kernel.request = *nlmsg_hdr(msg);
	kernel.cmd = genl->cmd;
	kernel.step = 0;
	return kernel.request.nlmsg_len;
}

int __wrap_nl_connect(struct nl_sock *sk, int protocol)
{
	(void)sk;
	(void)protocol;
	return 0;
}

/* Always the same process and time, for libnl too, so that a run can be done again. */
pid_t getpid(void)
{
	return 1000;
}

time_t time(time_t *now)
{
	if (now)
		*now = 1000000000;
	return 1000000000;
}

int fuzz_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){ .tv_sec = 1000 };
	return 0;
}

/* One that always has something to read, until reading it says otherwise. */
int __wrap_nl_socket_get_fd(const struct nl_sock *sk)
{
	static int fd = -1;

	(void)sk;
	if (fd < 0)
		fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	return fd;
}

int __wrap_nl_socket_set_nonblocking(const struct nl_sock *sk)
{
	(void)sk;
	return 0;
}

int __wrap_nl_socket_add_membership(struct nl_sock *sk, int group)
{
	(void)sk;
	(void)group;
	return 0;
}

int __wrap_genl_ctrl_resolve_grp(struct nl_sock *sk, const char *name,
				 const char *group)
{
	(void)sk;
	(void)name;
	(void)group;
	return 1;
}

int __wrap_setsockopt(int fd, int level, int option, const void *value,
		      socklen_t size)
{
	(void)fd;
	(void)level;
	(void)option;
	(void)value;
	(void)size;
	return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	return 0;
}

/* Those of libnl do the same, but nobody sees when they read too far. */
__u8 __wrap_nla_get_u8(const struct nlattr *a)
{
	return *(__u8 *)nla_data(a);
}

__u16 __wrap_nla_get_u16(const struct nlattr *a)
{
	return *(__u16 *)nla_data(a);
}

__u32 __wrap_nla_get_u32(const struct nlattr *a)
{
	return *(__u32 *)nla_data(a);
}

__u64 __wrap_nla_get_u64(const struct nlattr *a)
{
	__u64 value;

	memcpy(&value, nla_data(a), sizeof(value));
	return value;
}

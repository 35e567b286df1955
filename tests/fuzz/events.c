// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events, and the dumps between them, as monitor reads them. Inputs as for reply,
 * in which the answers on both of its sockets stand in the order of its reads.
 */
#include <string.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <linux/ioasid_netlink.h>

#include "fuzz.h"
#include "parse.h"
#include "util.h"

static const char *const lines[] = {
	"ioasidctl monitor",
	"ioasidctl monitor -j",
	"ioasidctl monitor -j --reconnect --no-snapshot",
	"ioasidctl monitor -n 5 set=user range=3-9",
	"ioasidctl monitor -n 20 --receive-buffer=1",
};

/*
 * A monitor keeps something for each ID, and so does the kernel: what it tells about
 * it has. Nothing is learnt from the time that two thousand million of them take.
 */
static void few_ids(__u8 *data, size_t size)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)data;
	int left = (int)size, rest;
	struct nlattr *a;
	__u32 id;

	for (; nlmsg_ok(hdr, left); hdr = nlmsg_next(hdr, &left)) {
		if (!genlmsg_valid_hdr(hdr, 0))
			continue;
		nlmsg_for_each_attr(a, hdr, GENL_HDRLEN, rest) {
			if ((nla_type(a) != IOASID_A_ID_ID &&
			     nla_type(a) != IOASID_A_ID_LAST) || nla_len(a) < 4)
				continue;
			id = nla_get_u32(a);
			if (id > 0x1fff && id <= PARSE_ID_MAX)
				id &= 0x1fff;
			memcpy(nla_data(a), &id, sizeof(id));
		}
	}
}

int fuzz_input(const __u8 *data, size_t size)
{
	static __u8 copy[65536] __attribute__((aligned(8)));
	const __u8 *body = size ? memchr(data, '\n', size) : NULL;
	size_t at;

	count_input(size);
	if (!body || size > sizeof(copy) - 8)
		return 0;
	/* so that the messages are aligned */
	at = 8 - (body + 1 - data) % 8;
	memcpy(copy + at, data, size);
	few_ids(copy + at + (body + 1 - data), size - (body + 1 - data));
	command_replay(lines, ARRAY_SIZE(lines), copy + at, size);
	return 0;
}

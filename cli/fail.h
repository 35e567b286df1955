/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a command failed: one code word, what the kernel said, who is in the way. */
#ifndef IOASIDCTL_FAIL_H
#define IOASIDCTL_FAIL_H

#include <stdbool.h>
#include <linux/types.h>
#include <linux/ioasid_netlink.h>

#include "util.h"

#define FAIL_BLOCKERS 10

struct nl_msg;

enum code {
	CODE_OK,
	CODE_FAILURE,
	CODE_MEMORY,
	CODE_WRITE,
	CODE_FILE,
	CODE_FAULTY,
	CODE_BACKEND,
	CODE_UNLOADING,
	CODE_USAGE,
	CODE_INVALID,
	CODE_UNKNOWN_ALLOCATOR,
	CODE_UNKNOWN_IOASID,
	CODE_UNKNOWN_SET,
	CODE_PERMISSION,
	CODE_OUTSTANDING,
	CODE_HELD,
	CODE_NOT_OWNER,
	CODE_DRAINING,
	CODE_NOT_DRAINING,
	CODE_DEFAULT_ALLOCATOR,
	CODE_EXHAUSTED,
	CODE_QUOTA,
	CODE_TIMEOUT,
	CODE_STALE,
	CODE_INCONSISTENT,
	CODE_NO_MODULE,
	CODE_INCOMPATIBLE,
	CODE_PARTIAL,
	CODE_EXISTS,
	CODE_DIFFERS,
	CODE_CANNOT_RUN,
	CODE_NO_COMMAND,
	CODE_INTERRUPTED,
	CODE_COUNT
};

/* What an error message of the kernel carried. */
struct extack {
	char text[128];
	const char *attribute;
	bool has_cookie;
	struct ioasid_cookie cookie;
};

struct fail {
	enum code code;
	char message[320];
	char hint[256];
	struct extack kernel;
	bool told;		/* the user knows already */
	bool json;		/* to be told as JSON, whatever else holds */
	struct nl_msg *blocker[FAIL_BLOCKERS];
	unsigned int blockers;
	__u64 blocking;		/* IDs in the way, listed or not */
	__u64 listed;		/* IDs in @blocker */
};

const char *code_word(enum code which);
int code_exit(enum code which);
const char *code_hint(enum code which);
const char *exit_meaning(int status);

/* These return -1, so that a caller can say "return fail_set(...)". */
int fail_set(struct fail *f, enum code which, const char *format, ...)
	__printf(3, 4);
int fail_memory(struct fail *f);
int fail_errno(struct fail *f, int err, const char *what);
int fail_kernel(struct fail *f, int err, const struct extack *ack);

void fail_message(struct fail *f, const char *format, ...)
	__printf(2, 3);
void fail_hint(struct fail *f, const char *format, ...)
	__printf(2, 3);
void fail_block(struct fail *f, struct nl_msg *msg, __u64 ids);
void fail_clear(struct fail *f);

#endif

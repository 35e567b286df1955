// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <netlink/msg.h>

#include "fail.h"
#include "util.h"

static const enum code reason_codes[] = {
	[IOASID_REASON_NONE] = CODE_FAILURE,
	[IOASID_REASON_INVALID] = CODE_INVALID,
	[IOASID_REASON_PERMISSION] = CODE_PERMISSION,
	[IOASID_REASON_UNKNOWN_ALLOCATOR] = CODE_UNKNOWN_ALLOCATOR,
	[IOASID_REASON_UNKNOWN_IOASID] = CODE_UNKNOWN_IOASID,
	[IOASID_REASON_UNKNOWN_SET] = CODE_UNKNOWN_SET,
	[IOASID_REASON_OUTSTANDING] = CODE_OUTSTANDING,
	[IOASID_REASON_HELD] = CODE_HELD,
	[IOASID_REASON_NOT_OWNER] = CODE_NOT_OWNER,
	[IOASID_REASON_DRAINING] = CODE_DRAINING,
	[IOASID_REASON_NOT_DRAINING] = CODE_NOT_DRAINING,
	[IOASID_REASON_DEFAULT_ALLOCATOR] = CODE_DEFAULT_ALLOCATOR,
	[IOASID_REASON_EXHAUSTED] = CODE_EXHAUSTED,
	[IOASID_REASON_QUOTA] = CODE_QUOTA,
	[IOASID_REASON_EXISTS] = CODE_EXISTS,
	[IOASID_REASON_STALE] = CODE_STALE,
	[IOASID_REASON_FAULTY] = CODE_FAULTY,
	[IOASID_REASON_BACKEND] = CODE_BACKEND,
	[IOASID_REASON_UNLOADING] = CODE_UNLOADING,
	[IOASID_REASON_MEMORY] = CODE_MEMORY,
};

static_assert(ARRAY_SIZE(reason_codes) ==
	      IOASID_REASON_MAX + 1, "every reason has a code word");

/* For refusals that carry no cookie: those of the netlink core and policy. */
static enum code errno_code(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return CODE_PERMISSION;
	case EINVAL:
	case ERANGE:
	case EMSGSIZE:
		return CODE_INVALID;
	case EOPNOTSUPP:
		return CODE_INCOMPATIBLE;
	case ENOMEM:
	case ENOBUFS:
		return CODE_MEMORY;
	case EAGAIN:
	case ETIMEDOUT:
		return CODE_TIMEOUT;
	default:
		return CODE_FAILURE;
	}
}

static int fail_vset(struct fail *f, enum code which, const char *format,
		     va_list ap)
{
	f->code = which;
	vsnprintf(f->message, sizeof(f->message), format, ap);
	return -1;
}

int fail_set(struct fail *f, enum code which, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fail_vset(f, which, format, ap);
	va_end(ap);
	return -1;
}

void fail_message(struct fail *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fail_vset(f, f->code, format, ap);
	va_end(ap);
}

void fail_hint(struct fail *f, const char *format, ...)
{
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(f->hint, sizeof(f->hint), format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(f->hint))
		f->hint[0] = '\0';	/* a cut one cannot be run */
}

int fail_memory(struct fail *f)
{
	return fail_set(f, CODE_MEMORY, "out of memory");
}

int fail_errno(struct fail *f, int err, const char *what)
{
	if (errno_code(err) == CODE_TIMEOUT)
		return fail_set(f, CODE_TIMEOUT, "%s: no answer in time", what);
	return fail_set(f, errno_code(err), "%s: %s", what, strerror(err));
}

/* The messages that need no number. */
static const char *const plain_messages[CODE_COUNT] = {
	[CODE_PERMISSION] = "needs CAP_SYS_ADMIN in the initial user namespace",
	[CODE_UNKNOWN_ALLOCATOR] = "no such allocator",
	[CODE_UNKNOWN_SET] = "no such set",
	[CODE_DRAINING] = "the gate is closed: the active space is draining",
	[CODE_NOT_DRAINING] = "the gate is open already",
	[CODE_DEFAULT_ALLOCATOR] = "the default allocator always stays",
	[CODE_EXHAUSTED] = "not enough free IOASIDs in the range",
	[CODE_QUOTA] = "over the quota of the set 'user'",
	[CODE_FAULTY] = "the operating allocator is marked faulty",
	[CODE_BACKEND] = "the operating allocator returned an unusable IOASID",
	[CODE_UNLOADING] = "the module of the operating allocator is going away",
	[CODE_MEMORY] = "the kernel is out of memory",
	[CODE_INVALID] = "the kernel refuses the request as invalid",
	[CODE_INCOMPATIBLE] = "the loaded module does not know this command",
};

/* The message for a refusal, as far as the cookie alone can tell. */
static void describe(struct fail *f, int err)
{
	const struct ioasid_cookie *c = &f->kernel.cookie;
	const char *is_or_are = c->count == 1 ? "is" : "are";

	switch (f->code) {
	case CODE_UNKNOWN_IOASID:
		fail_message(f, "IOASID %u is not in use", c->id);
		break;
	case CODE_OUTSTANDING:
		fail_message(f, "%u IOASIDs outstanding", c->count);
		break;
	case CODE_HELD:
		fail_message(f, "%u of the IOASIDs %s held by the kernel",
			     c->count, is_or_are);
		break;
	case CODE_NOT_OWNER:
		fail_message(f, "%u of the IOASIDs %s held by others",
			     c->count, is_or_are);
		break;
	case CODE_EXISTS:
		fail_message(f, "%u of the IOASIDs %s in use already",
			     c->count, is_or_are);
		break;
	case CODE_STALE:
		fail_message(f, "the generation is %llu", c->generation);
		break;
	default:
		fail_message(f, "%s", plain_messages[f->code] ?
			     plain_messages[f->code] : strerror(err));
		break;
	}
}

int fail_kernel(struct fail *f, int err, const struct extack *ack)
{
	f->kernel = *ack;
	if (ack->has_cookie && ack->cookie.reason <= IOASID_REASON_MAX)
		f->code = reason_codes[ack->cookie.reason];
	else
		f->code = errno_code(err);
	f->blocking = ack->has_cookie ? ack->cookie.count : 0;
	describe(f, err);
	return -1;
}

/* Remember a dumped run as one that is in the way; the first few are shown. */
void fail_block(struct fail *f, struct nl_msg *msg, __u64 ids)
{
	if (f->blockers == FAIL_BLOCKERS)
		return;
	nlmsg_get(msg);
	f->blocker[f->blockers++] = msg;
	f->listed += ids;
}

void fail_clear(struct fail *f)
{
	while (f->blockers > 0)
		nlmsg_free(f->blocker[--f->blockers]);
	memset(f, 0, sizeof(*f));
}

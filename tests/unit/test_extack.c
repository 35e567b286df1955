// SPDX-License-Identifier: GPL-2.0-only
/* Extended acknowledgements, well formed and not. */
#include <errno.h>
#include <string.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "extack.h"
#include "unit.h"

#define MISS_TYPE 5
#define MISS_NEST 6

/* A request with a name, a nest of two and a number, as ioasid-get has. */
struct sample {
	struct nl_msg *msg;
	__u32 set;
	__u32 nest;
	__u32 last;
	__u32 state;
};

static __u32 here(struct nl_msg *msg)
{
	return nlmsg_hdr(msg)->nlmsg_len;
}

static struct sample sample_new(void)
{
	struct sample s = { .msg = nlmsg_alloc() };
	struct nlattr *nest;

	genlmsg_put(s.msg, 0, 0, 42, 0, 0, IOASID_CMD_IOASID_GET, 1);
	s.set = here(s.msg);
	nla_put_string(s.msg, IOASID_A_ID_SET, "user");
	s.nest = here(s.msg);
	nest = nla_nest_start(s.msg, NLA_F_NESTED | IOASID_A_ID_RANGE);
	nla_put_u32(s.msg, IOASID_A_RANGE_FIRST, 5);
	s.last = here(s.msg);
	nla_put_u32(s.msg, IOASID_A_RANGE_LAST, 9);
	nla_nest_end(s.msg, nest);
	s.state = here(s.msg);
	nla_put_u32(s.msg, IOASID_A_ID_STATE, 99);
	return s;
}

/* An error without the copy of the request, as with NETLINK_CAP_ACK. */
static struct nl_msg *error_new(int flags)
{
	struct nlmsgerr err = { .error = -EINVAL };
	struct nl_msg *msg = nlmsg_alloc();

	nlmsg_put(msg, 0, 0, NLMSG_ERROR, 0, flags);
	nlmsg_append(msg, &err, sizeof(err), NLMSG_ALIGNTO);
	return msg;
}

static struct extack decode(struct nl_msg *answer, const struct sample *s)
{
	struct extack ack;

	extack_decode(nlmsg_hdr(answer), nlmsg_hdr(s->msg),
		      IOASID_CMD_IOASID_GET, &ack);
	nlmsg_free(answer);
	return ack;
}

static const char *name_at(const struct sample *s, __u32 offset)
{
	struct nl_msg *answer = error_new(NLM_F_CAPPED | NLM_F_ACK_TLVS);

	nla_put_u32(answer, NLMSGERR_ATTR_OFFS, offset);
	return decode(answer, s).attribute;
}

static bool is(const char *got, const char *want)
{
	return got && !strcmp(got, want);
}

static bool text_and_cookie(void)
{
	struct ioasid_cookie cookie = {
		.generation = 1ULL << 40, .count = 9, .id = 17,
		.reason = IOASID_REASON_OUTSTANDING,
	};
	struct sample s = sample_new();
	struct nl_msg *answer = error_new(NLM_F_CAPPED | NLM_F_ACK_TLVS);
	struct extack ack;

	nla_put_string(answer, NLMSGERR_ATTR_MSG, "no \033way");
	nla_put(answer, NLMSGERR_ATTR_COOKIE, sizeof(cookie), &cookie);
	ack = decode(answer, &s);
	nlmsg_free(s.msg);
	CHECK(!strcmp(ack.text, "no ?way"));
	CHECK(ack.has_cookie && !ack.attribute);
	CHECK(ack.cookie.generation == 1ULL << 40);
	CHECK(ack.cookie.count == 9 && ack.cookie.id == 17);
	CHECK(ack.cookie.reason == IOASID_REASON_OUTSTANDING);
	return true;
}

static bool attribute_names(void)
{
	struct sample s = sample_new();
	bool ok = is(name_at(&s, s.set), "set") &&
		  is(name_at(&s, s.nest), "range") &&
		  is(name_at(&s, s.last), "last") &&
		  is(name_at(&s, s.state), "state") &&
		  !name_at(&s, 0) && !name_at(&s, s.set + 1) &&
		  !name_at(&s, s.state + 8) && !name_at(&s, 0xffffffff);

	nlmsg_free(s.msg);
	CHECK(ok);
	return true;
}

static bool missing_attribute(void)
{
	struct sample s = sample_new();
	struct nl_msg *answer = error_new(NLM_F_CAPPED | NLM_F_ACK_TLVS);
	struct extack plain, nested, odd;

	nla_put_u32(answer, MISS_TYPE, IOASID_A_ID_ID);
	plain = decode(answer, &s);
	answer = error_new(NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nla_put_u32(answer, MISS_TYPE, IOASID_A_RANGE_LAST);
	nla_put_u32(answer, MISS_NEST, s.nest);
	nested = decode(answer, &s);
	answer = error_new(NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nla_put_u32(answer, MISS_TYPE, 12345);
	odd = decode(answer, &s);
	nlmsg_free(s.msg);
	CHECK(is(plain.attribute, "id"));
	CHECK(is(nested.attribute, "last"));
	CHECK(!odd.attribute);
	return true;
}

static bool uncapped(void)
{
	struct sample s = sample_new();
	const struct nlmsghdr *request = nlmsg_hdr(s.msg);
	struct nlmsgerr err = { .error = -EINVAL, .msg = *request };
	struct nl_msg *answer = nlmsg_alloc();
	struct extack ack;

	nlmsg_put(answer, 0, 0, NLMSG_ERROR, 0, NLM_F_ACK_TLVS);
	nlmsg_append(answer, &err, sizeof(err), NLMSG_ALIGNTO);
	nlmsg_append(answer, (void *)(request + 1),
		     request->nlmsg_len - sizeof(*request), NLMSG_ALIGNTO);
	nla_put_string(answer, NLMSGERR_ATTR_MSG, "behind");
	ack = decode(answer, &s);
	nlmsg_free(s.msg);
	CHECK(!strcmp(ack.text, "behind"));
	return true;
}

static bool end_of_dump(void)
{
	struct sample s = sample_new();
	struct nl_msg *answer = nlmsg_alloc();
	struct extack ack;
	int err = -EPERM;

	nlmsg_put(answer, 0, 0, NLMSG_DONE, 0, NLM_F_ACK_TLVS);
	nlmsg_append(answer, &err, sizeof(err), NLMSG_ALIGNTO);
	nla_put_string(answer, NLMSGERR_ATTR_MSG, "privilege");
	ack = decode(answer, &s);
	nlmsg_free(s.msg);
	CHECK(!strcmp(ack.text, "privilege"));
	return true;
}

static bool malformed(void)
{
	struct sample s = sample_new();
	struct nl_msg *answer = error_new(NLM_F_CAPPED);
	struct extack untold, brief, cut;

	nla_put_string(answer, NLMSGERR_ATTR_MSG, "no flag, no TLV");
	untold = decode(answer, &s);
	answer = error_new(NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nla_put_u16(answer, NLMSGERR_ATTR_OFFS, 1);
	nla_put_u32(answer, NLMSGERR_ATTR_COOKIE, 1);
	brief = decode(answer, &s);
	answer = error_new(NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nla_put_string(answer, NLMSGERR_ATTR_MSG, "cut in the middle");
	nlmsg_hdr(answer)->nlmsg_len -= 8;
	cut = decode(answer, &s);
	nlmsg_free(s.msg);
	CHECK(!untold.text[0] && !untold.has_cookie);
	CHECK(!brief.attribute && !brief.has_cookie);
	CHECK(!cut.text[0]);
	return true;
}

static bool codes(void)
{
	struct extack none = { .text = "" };
	struct extack held = { .has_cookie = true };
	struct fail f = { 0 };
	int i;

	held.cookie.reason = IOASID_REASON_HELD;
	CHECK(fail_kernel(&f, EBUSY, &held) == -1 && f.code == CODE_HELD);
	CHECK(code_exit(f.code) == 5);
	fail_kernel(&f, EPERM, &none);
	CHECK(f.code == CODE_PERMISSION && code_exit(f.code) == 4);
	fail_kernel(&f, EOPNOTSUPP, &none);
	CHECK(f.code == CODE_INCOMPATIBLE && code_exit(f.code) == 10);
	held.cookie.reason = IOASID_REASON_MAX + 1;
	fail_kernel(&f, EIO, &held);
	CHECK(f.code == CODE_FAILURE && f.message[0]);
	for (i = 0; i < CODE_COUNT; i++) {
		CHECK(code_word(i));
		CHECK(exit_meaning(code_exit(i)));
	}
	for (i = 1; i <= IOASID_REASON_MAX; i++) {
		held.cookie.reason = i;
		fail_kernel(&f, EIO, &held);
		CHECK(f.code != CODE_OK && f.code != CODE_FAILURE);
	}
	return true;
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "extack: text and cookie", text_and_cookie },
		{ "extack: offsets become names, in nests too", attribute_names },
		{ "extack: a missing attribute is named", missing_attribute },
		{ "extack: behind a copy of the request", uncapped },
		{ "extack: at the end of a failed dump", end_of_dump },
		{ "extack: malformed ones say nothing", malformed },
		{ "codes: reasons, errno values and exit codes", codes },
	};

	return unit_run(tests, ARRAY_SIZE(tests));
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutations that know netlink: an attribute, or a message, changes, comes twice or
 * goes, and the lengths around it stay right. Else hardly one gets past them.
 */
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "fuzz.h"
#include "util.h"

#define SPOTS_MAX 1024

/* An attribute at @at, or a message if @at is @msg; @nest is @msg if in no other. */
struct spot {
	size_t msg;
	size_t nest;
	size_t at;
	size_t len;
};

static struct spot spots[SPOTS_MAX];
static size_t count;

static bool is_msg(const struct spot *s)
{
	return s->at == s->msg;
}

static void note(size_t msg, size_t nest, size_t at, size_t len)
{
	if (count < SPOTS_MAX)
		spots[count++] = (struct spot){ msg, nest, at, len };
}

static void walk_attrs(const __u8 *data, size_t msg, size_t nest, size_t at,
		       size_t end)
{
	struct nlattr a;

	for (; at + sizeof(a) <= end; at += NLA_ALIGN(a.nla_len)) {
		memcpy(&a, data + at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > end - at)
			return;
		note(msg, nest, at, a.nla_len);
		if (a.nla_type & NLA_F_NESTED && nest == msg)
			walk_attrs(data, msg, at, at + sizeof(a), at + a.nla_len);
	}
}

static void walk(const __u8 *data, size_t size, size_t at)
{
	struct nlmsghdr hdr;
	size_t head;

	count = 0;
	for (; at + sizeof(hdr) <= size; at += NLMSG_ALIGN(hdr.nlmsg_len)) {
		memcpy(&hdr, data + at, sizeof(hdr));
		if (hdr.nlmsg_len < sizeof(hdr) || hdr.nlmsg_len > size - at)
			return;
		note(at, at, at, hdr.nlmsg_len);
		head = hdr.nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) :
		       hdr.nlmsg_type == NLMSG_DONE ? sizeof(int) : GENL_HDRLEN;
		walk_attrs(data, at, at, at + sizeof(hdr) + head,
			   at + hdr.nlmsg_len);
	}
}

/* Put @len bytes in the place of @old at @at; what contains them grows with it. */
static size_t splice(__u8 *data, size_t size, size_t max,
		     const struct spot *s, size_t at, size_t old,
		     const __u8 *with, size_t len)
{
	size_t to = NLA_ALIGN(len), from = NLA_ALIGN(old);
	struct nlmsghdr hdr;
	struct nlattr a;

	if (at + from > size)
		from = size - at;
	if (size - from + to > max)
		return size;
	memmove(data + at + to, data + at + from, size - at - from);
	memset(data + at, 0, to);
	memcpy(data + at, with, len);
	if (!is_msg(s)) {
		memcpy(&hdr, data + s->msg, sizeof(hdr));
		hdr.nlmsg_len = NLA_ALIGN(hdr.nlmsg_len) + to - from;
		memcpy(data + s->msg, &hdr, sizeof(hdr));
	}
	if (s->nest != s->msg) {
		memcpy(&a, data + s->nest, sizeof(a));
		a.nla_len = NLA_ALIGN(a.nla_len) + to - from;
		memcpy(data + s->nest, &a, sizeof(a));
	}
	return size - from + to;
}

/* Another payload behind the header of the attribute, or the message, @s. */
static size_t change(__u8 *data, size_t size, size_t max, const struct spot *s)
{
	size_t head = is_msg(s) ? NLMSG_HDRLEN : NLA_HDRLEN;
	__u8 part[2048];
	size_t len = s->len;

	if (len > sizeof(part) / 2)
		return size;
	memcpy(part, data + s->at, len);
	len = head + fuzz_mutate(part + head, len - head,
				 sizeof(part) / 2 - head);
	if (is_msg(s))
		((struct nlmsghdr *)(void *)part)->nlmsg_len = len;
	else
		((struct nlattr *)(void *)part)->nla_len = len;
	return splice(data, size, max, s, s->at, s->len, part, len);
}

/* The attribute @s is a number at which something ends, if it has room for one. */
static void end_number(__u8 *data, const struct spot *s)
{
	static const __u64 ends[] = {
		0, 1, 0xfffff, 0x100000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x7fffffffffffffff, 0xffffffffffffffff,
	};
	__u64 number = ends[rand() % ARRAY_SIZE(ends)];
	size_t len = s->len - NLA_HDRLEN;

	/* It is the same with fewer bytes: they come first. */
	if (len == sizeof(__u8) || len == sizeof(__u16) ||
	    len == sizeof(__u32) || len == sizeof(__u64))
		memcpy(data + s->at + NLA_HDRLEN, &number, len);
}

size_t fuzz_mutator(__u8 *data, size_t size, size_t max, unsigned int seed)
{
	const __u8 *end = size ? memchr(data, '\n', size) : NULL;
	const struct spot *s, *t;
	__u8 part[4096];

	srand(seed);
	if (end)
		walk(data, size, end + 1 - data);
	if (!end || !count || rand() % 4 == 0)
		return fuzz_mutate(data, size, max);
	s = &spots[rand() % count];
	switch (rand() % 8) {
	case 0:		/* goes */
		return splice(data, size, max, s, s->at, s->len, part, 0);
	case 1:		/* comes twice, or somewhere else as well */
		t = &spots[rand() % count];
		if (t->len > sizeof(part) || is_msg(s) != is_msg(t))
			return size;
		memcpy(part, data + t->at, t->len);
		return splice(data, size, max, s, s->at, 0, part, t->len);
	case 2:		/* has another type, or is another event */
		if (is_msg(s) && s->len > NLMSG_HDRLEN)
			data[s->at + NLMSG_HDRLEN] = rand() % 32;
		else if (!is_msg(s))
			data[s->at + offsetof(struct nlattr, nla_type)] = rand() % 32;
		return size;
	case 3:
		if (!is_msg(s))
			end_number(data, s);
		return size;
	default:
		return change(data, size, max, s);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and types of the attributes and commands of kmod/ioasid.yaml. */
#ifndef IOASIDCTL_ATTRS_H
#define IOASIDCTL_ATTRS_H

#include <stdbool.h>
#include <netlink/msg.h>
#include <linux/ioasid_netlink.h>

/* No attribute set has more. */
#define ATTRS_MAX 63

enum attr_type {
	ATTR_NONE,
	ATTR_PAD,
	ATTR_FLAG,
	ATTR_U8,
	ATTR_U32,
	ATTR_U64,
	ATTR_STRING,
	ATTR_NEST,
};

struct attr_set;

struct attr {
	const char *name;
	enum attr_type type;
	const struct attr_set *nest;
};

struct attr_set {
	const struct attr *attrs;
	int max;
};

extern const struct attr_set attrs_info;
extern const struct attr_set attrs_allocator;
extern const struct attr_set attrs_range;
extern const struct attr_set attrs_ioasid;
extern const struct attr_set attrs_set;
extern const struct attr_set attrs_restore_group;
extern const struct attr_set attrs_restore;

/* The set that the messages of @cmd use; NULL if @cmd is unknown. */
const struct attr_set *attrs_of(int cmd);
const char *cmd_name(int cmd);

/*
 * Fill @tb, ATTRS_MAX + 1 entries, with the attributes of @set between @head
 * and @head + @len; an unknown one is skipped, a malformed one is an error (-1).
 */
int attrs_parse(const struct attr_set *set, struct nlattr *head, int len,
		struct nlattr **tb);
int attrs_parse_msg(const struct attr_set *set, struct nl_msg *msg,
		    struct nlattr **tb);

__u32 attr_u32(struct nlattr *const *tb, int attr, __u32 absent);
__u64 attr_u64(struct nlattr *const *tb, int attr, __u64 absent);
const char *attr_string(struct nlattr *const *tb, int attr);

#endif

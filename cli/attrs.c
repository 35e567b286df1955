// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <string.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "attrs.h"
#include "util.h"

static const struct attr info[] = {
	[IOASID_A_INFO_GENERATION] = { "generation", ATTR_U64, NULL },
	[IOASID_A_INFO_PAD] = { "pad", ATTR_PAD, NULL },
	[IOASID_A_INFO_VERSION] = { "version", ATTR_STRING, NULL },
	[IOASID_A_INFO_ID_BITS] = { "id-bits", ATTR_U32, NULL },
	[IOASID_A_INFO_ID_MAX] = { "id-max", ATTR_U32, NULL },
	[IOASID_A_INFO_USED] = { "used", ATTR_U32, NULL },
	[IOASID_A_INFO_ORPHANS] = { "orphans", ATTR_U32, NULL },
	[IOASID_A_INFO_HIGH_WATER] = { "high-water", ATTR_U32, NULL },
	[IOASID_A_INFO_ACTIVE] = { "active", ATTR_STRING, NULL },
	[IOASID_A_INFO_DRAINING] = { "draining", ATTR_U8, NULL },
	[IOASID_A_INFO_ALLOCATORS] = { "allocators", ATTR_U32, NULL },
	[IOASID_A_INFO_SETS] = { "sets", ATTR_U32, NULL },
	[IOASID_A_INFO_DRAIN_SINCE] = { "drain-since", ATTR_U64, NULL },
	[IOASID_A_INFO_DRAIN_PID] = { "drain-pid", ATTR_U32, NULL },
	[IOASID_A_INFO_DRAIN_COMM] = { "drain-comm", ATTR_STRING, NULL },
};

static const struct attr allocator[] = {
	[IOASID_A_ALLOCATOR_GENERATION] = { "generation", ATTR_U64, NULL },
	[IOASID_A_ALLOCATOR_PAD] = { "pad", ATTR_PAD, NULL },
	[IOASID_A_ALLOCATOR_NAME] = { "name", ATTR_STRING, NULL },
	[IOASID_A_ALLOCATOR_INDEX] = { "index", ATTR_U32, NULL },
	[IOASID_A_ALLOCATOR_SPACE] = { "space", ATTR_U32, NULL },
	[IOASID_A_ALLOCATOR_FLAGS] = { "flags", ATTR_U32, NULL },
	[IOASID_A_ALLOCATOR_MODULE] = { "module", ATTR_STRING, NULL },
	[IOASID_A_ALLOCATOR_MODULE_REFS] = { "module-refs", ATTR_U32, NULL },
	[IOASID_A_ALLOCATOR_IDS] = { "ids", ATTR_U32, NULL },
	[IOASID_A_ALLOCATOR_ALLOCS] = { "allocs", ATTR_U64, NULL },
	[IOASID_A_ALLOCATOR_FREES] = { "frees", ATTR_U64, NULL },
	[IOASID_A_ALLOCATOR_FAILURES] = { "failures", ATTR_U64, NULL },
	[IOASID_A_ALLOCATOR_FAULTS] = { "faults", ATTR_U64, NULL },
	[IOASID_A_ALLOCATOR_EXPECTED_GENERATION] = { "expected-generation", ATTR_U64, NULL },
	[IOASID_A_ALLOCATOR_DRY_RUN] = { "dry-run", ATTR_FLAG, NULL },
	[IOASID_A_ALLOCATOR_CHANGED] = { "changed", ATTR_U8, NULL },
};

static const struct attr range[] = {
	[IOASID_A_RANGE_FIRST] = { "first", ATTR_U32, NULL },
	[IOASID_A_RANGE_LAST] = { "last", ATTR_U32, NULL },
};

static const struct attr ioasid[] = {
	[IOASID_A_ID_GENERATION] = { "generation", ATTR_U64, NULL },
	[IOASID_A_ID_PAD] = { "pad", ATTR_PAD, NULL },
	[IOASID_A_ID_ID] = { "id", ATTR_U32, NULL },
	[IOASID_A_ID_LAST] = { "last", ATTR_U32, NULL },
	[IOASID_A_ID_STATE] = { "state", ATTR_U32, NULL },
	[IOASID_A_ID_REFS] = { "refs", ATTR_U32, NULL },
	[IOASID_A_ID_SET] = { "set", ATTR_STRING, NULL },
	[IOASID_A_ID_MODULE] = { "module", ATTR_STRING, NULL },
	[IOASID_A_ID_ALLOCATOR] = { "allocator", ATTR_STRING, NULL },
	[IOASID_A_ID_SPACE] = { "space", ATTR_U32, NULL },
	[IOASID_A_ID_SINCE] = { "since", ATTR_U64, NULL },
	[IOASID_A_ID_REQUEST] = { "request", ATTR_U64, NULL },
	[IOASID_A_ID_PID] = { "pid", ATTR_U32, NULL },
	[IOASID_A_ID_START] = { "start", ATTR_U64, NULL },
	[IOASID_A_ID_UID] = { "uid", ATTR_U32, NULL },
	[IOASID_A_ID_COMM] = { "comm", ATTR_STRING, NULL },
	[IOASID_A_ID_LABEL] = { "label", ATTR_STRING, NULL },
	[IOASID_A_ID_RANGE] = { "range", ATTR_NEST, &attrs_range },
	[IOASID_A_ID_COUNT] = { "count", ATTR_U32, NULL },
	[IOASID_A_ID_MIN] = { "min", ATTR_U32, NULL },
	[IOASID_A_ID_MAX] = { "max", ATTR_U32, NULL },
	[IOASID_A_ID_CONTIGUOUS] = { "contiguous", ATTR_FLAG, NULL },
	[IOASID_A_ID_FOLD] = { "fold", ATTR_FLAG, NULL },
	[IOASID_A_ID_SKIP_MISSING] = { "skip-missing", ATTR_FLAG, NULL },
	[IOASID_A_ID_TRUNCATED] = { "truncated", ATTR_FLAG, NULL },
	[IOASID_A_ID_HOLD] = { "hold", ATTR_FLAG, NULL },
	[IOASID_A_ID_EXPECTED_GENERATION] = { "expected-generation", ATTR_U64, NULL },
	[IOASID_A_ID_DRY_RUN] = { "dry-run", ATTR_FLAG, NULL },
	[IOASID_A_ID_CHANGED] = { "changed", ATTR_U8, NULL },
};

static const struct attr set[] = {
	[IOASID_A_SET_GENERATION] = { "generation", ATTR_U64, NULL },
	[IOASID_A_SET_PAD] = { "pad", ATTR_PAD, NULL },
	[IOASID_A_SET_NAME] = { "name", ATTR_STRING, NULL },
	[IOASID_A_SET_MODULE] = { "module", ATTR_STRING, NULL },
	[IOASID_A_SET_IDS] = { "ids", ATTR_U32, NULL },
	[IOASID_A_SET_QUOTA] = { "quota", ATTR_U32, NULL },
	[IOASID_A_SET_GONE] = { "gone", ATTR_FLAG, NULL },
	[IOASID_A_SET_EXPECTED_GENERATION] = { "expected-generation", ATTR_U64, NULL },
	[IOASID_A_SET_DRY_RUN] = { "dry-run", ATTR_FLAG, NULL },
	[IOASID_A_SET_CHANGED] = { "changed", ATTR_U8, NULL },
};

static const struct attr restore_group[] = {
	[IOASID_A_RESTORE_GROUP_LABEL] = { "label", ATTR_STRING, NULL },
	[IOASID_A_RESTORE_GROUP_RANGE] = { "range", ATTR_NEST, &attrs_range },
};

static const struct attr restore[] = {
	[IOASID_A_RESTORE_GENERATION] = { "generation", ATTR_U64, NULL },
	[IOASID_A_RESTORE_PAD] = { "pad", ATTR_PAD, NULL },
	[IOASID_A_RESTORE_GROUP] = { "group", ATTR_NEST, &attrs_restore_group },
	[IOASID_A_RESTORE_ALLOCATOR] = { "allocator", ATTR_STRING, NULL },
	[IOASID_A_RESTORE_EXACT] = { "exact", ATTR_FLAG, NULL },
	[IOASID_A_RESTORE_EXPECTED_GENERATION] = { "expected-generation", ATTR_U64, NULL },
	[IOASID_A_RESTORE_DRY_RUN] = { "dry-run", ATTR_FLAG, NULL },
	[IOASID_A_RESTORE_CHANGED] = { "changed", ATTR_U8, NULL },
	[IOASID_A_RESTORE_ALLOCATED] = { "allocated", ATTR_U32, NULL },
	[IOASID_A_RESTORE_FREED] = { "freed", ATTR_U32, NULL },
	[IOASID_A_RESTORE_RELABELLED] = { "relabelled", ATTR_U32, NULL },
	[IOASID_A_RESTORE_KEPT] = { "kept", ATTR_U32, NULL },
};

static_assert(IOASID_A_ID_ATTR_MAX <= ATTRS_MAX, "tables of attributes fit");

const struct attr_set attrs_info = { info, IOASID_A_INFO_MAX };
const struct attr_set attrs_allocator = { allocator, IOASID_A_ALLOCATOR_MAX };
const struct attr_set attrs_range = { range, IOASID_A_RANGE_MAX };
const struct attr_set attrs_ioasid = { ioasid, IOASID_A_ID_ATTR_MAX };
const struct attr_set attrs_set = { set, IOASID_A_SET_MAX };
const struct attr_set attrs_restore_group = {
	restore_group, IOASID_A_RESTORE_GROUP_MAX
};

const struct attr_set attrs_restore = { restore, IOASID_A_RESTORE_MAX };

static const struct {
	const char *name;
	const struct attr_set *set;
} cmds[] = {
	[IOASID_CMD_INFO_GET] = { "info-get", &attrs_info },
	[IOASID_CMD_ALLOCATOR_GET] = { "allocator-get", &attrs_allocator },
	[IOASID_CMD_ALLOCATOR_SWITCH] = { "allocator-switch", &attrs_allocator },
	[IOASID_CMD_ALLOCATOR_UNREGISTER] = { "allocator-unregister", &attrs_allocator },
	[IOASID_CMD_ALLOCATOR_RESET] = { "allocator-reset", &attrs_allocator },
	[IOASID_CMD_DRAIN] = { "drain", &attrs_allocator },
	[IOASID_CMD_RESUME] = { "resume", &attrs_allocator },
	[IOASID_CMD_IOASID_GET] = { "ioasid-get", &attrs_ioasid },
	[IOASID_CMD_IOASID_ALLOC] = { "ioasid-alloc", &attrs_ioasid },
	[IOASID_CMD_IOASID_FREE] = { "ioasid-free", &attrs_ioasid },
	[IOASID_CMD_SET_GET] = { "set-get", &attrs_set },
	[IOASID_CMD_SET_QUOTA] = { "set-quota", &attrs_set },
	[IOASID_CMD_REGISTERED_NTF] = { "registered", &attrs_allocator },
	[IOASID_CMD_UNREGISTERED_NTF] = { "unregistered", &attrs_allocator },
	[IOASID_CMD_SWITCHED_NTF] = { "switched", &attrs_allocator },
	[IOASID_CMD_FAULTY_NTF] = { "faulty", &attrs_allocator },
	[IOASID_CMD_RESET_NTF] = { "reset", &attrs_allocator },
	[IOASID_CMD_ORPHANED_NTF] = { "orphaned", &attrs_allocator },
	[IOASID_CMD_DRAIN_BEGIN_NTF] = { "drain-begin", &attrs_allocator },
	[IOASID_CMD_DRAIN_END_NTF] = { "drain-end", &attrs_allocator },
	[IOASID_CMD_DRAINED_NTF] = { "drained", &attrs_allocator },
	[IOASID_CMD_ALLOC_NTF] = { "alloc", &attrs_ioasid },
	[IOASID_CMD_FREE_NTF] = { "free", &attrs_ioasid },
	[IOASID_CMD_CHANGE_NTF] = { "change", &attrs_ioasid },
	[IOASID_CMD_QUOTA_NTF] = { "quota", &attrs_set },
	[IOASID_CMD_SET_NTF] = { "set", &attrs_set },
	[IOASID_CMD_RESTORE] = { "restore", &attrs_restore },
};

static const size_t cmds_known = ARRAY_SIZE(cmds);

const struct attr_set *attrs_of(int cmd)
{
	return cmd > 0 && (size_t)cmd < cmds_known ? cmds[cmd].set : NULL;
}

const char *cmd_name(int cmd)
{
	const char *name = NULL;

	if (cmd > 0 && (size_t)cmd < cmds_known)
		name = cmds[cmd].name;
	return name ? name : "unknown";
}

static bool well_formed(struct nlattr *a, enum attr_type type)
{
	int len = nla_len(a);
	const char *data = nla_data(a);

	switch (type) {
	case ATTR_U8:
		return len >= 1;
	case ATTR_U32:
		return len >= 4;
	case ATTR_U64:
		return len >= 8;
	case ATTR_STRING:
		return len >= 1 && memchr(data, '\0', len);
	default:
		return true;
	}
}

int attrs_parse(const struct attr_set *which, struct nlattr *head, int len,
		struct nlattr **tb)
{
	struct nlattr *a;
	int rest;

	memset(tb, 0, (ATTRS_MAX + 1) * sizeof(*tb));
	nla_for_each_attr(a, head, len, rest) {
		int type = nla_type(a);

		if (type <= 0 || type > which->max)
			continue;
		if (!well_formed(a, which->attrs[type].type))
			return -1;
		tb[type] = a;
	}
	return 0;
}

int attrs_parse_msg(const struct attr_set *which, struct nl_msg *msg,
		    struct nlattr **tb)
{
	struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(msg));

	if (!genlmsg_valid_hdr(nlmsg_hdr(msg), 0))
		return -1;
	return attrs_parse(which, genlmsg_attrdata(genl, 0),
			   genlmsg_attrlen(genl, 0), tb);
}

__u32 attr_u32(struct nlattr *const *tb, int attr, __u32 absent)
{
	return tb[attr] ? nla_get_u32(tb[attr]) : absent;
}

__u64 attr_u64(struct nlattr *const *tb, int attr, __u64 absent)
{
	return tb[attr] ? nla_get_u64(tb[attr]) : absent;
}

const char *attr_string(struct nlattr *const *tb, int attr)
{
	return tb[attr] ? nla_get_string(tb[attr]) : NULL;
}

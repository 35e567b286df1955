// SPDX-License-Identifier: GPL-2.0-only
/* What each operation accepts; the same as kmod/ioasid.yaml says. */
#include "netlink.h"

/* Not const: 6.1's struct nla_policy has a plain pointer. */
static struct netlink_range_validation ioasid_nl_count = {
	.min = 1,
	.max = IOASID_ALLOC_MAX,
};

const struct nla_policy ioasid_nl_range_policy[] = {
	[IOASID_A_RANGE_FIRST] = { .type = NLA_U32 },
	[IOASID_A_RANGE_LAST] = { .type = NLA_U32 },
};

const struct nla_policy ioasid_nl_restore_group_policy[] = {
	[IOASID_A_RESTORE_GROUP_LABEL] = { .type = NLA_NUL_STRING,
					   .len = IOASID_LABEL_MAX },
	[IOASID_A_RESTORE_GROUP_RANGE] =
		NLA_POLICY_NESTED(ioasid_nl_range_policy),
};

static const struct nla_policy ioasid_nl_allocator_get_policy[] = {
	[IOASID_A_ALLOCATOR_NAME] = { .type = NLA_NUL_STRING,
				      .len = IOASID_NAME_MAX },
};

static const struct nla_policy ioasid_nl_allocator_change_policy[] = {
	[IOASID_A_ALLOCATOR_NAME] = { .type = NLA_NUL_STRING,
				      .len = IOASID_NAME_MAX },
	[IOASID_A_ALLOCATOR_EXPECTED_GENERATION] = { .type = NLA_U64 },
	[IOASID_A_ALLOCATOR_DRY_RUN] = { .type = NLA_FLAG },
};

static const struct nla_policy ioasid_nl_gate_policy[] = {
	[IOASID_A_ALLOCATOR_EXPECTED_GENERATION] = { .type = NLA_U64 },
	[IOASID_A_ALLOCATOR_DRY_RUN] = { .type = NLA_FLAG },
};

static const struct nla_policy ioasid_nl_get_policy[] = {
	[IOASID_A_ID_ID] = { .type = NLA_U32 },
	[IOASID_A_ID_RANGE] = NLA_POLICY_NESTED(ioasid_nl_range_policy),
	[IOASID_A_ID_SET] = { .type = NLA_NUL_STRING, .len = IOASID_NAME_MAX },
	[IOASID_A_ID_ALLOCATOR] = { .type = NLA_NUL_STRING,
				    .len = IOASID_NAME_MAX },
	[IOASID_A_ID_STATE] = NLA_POLICY_MAX(NLA_U32, IOASID_STATE_MAX),
	[IOASID_A_ID_PID] = { .type = NLA_U32 },
	[IOASID_A_ID_LABEL] = { .type = NLA_NUL_STRING,
				.len = IOASID_LABEL_MAX },
	[IOASID_A_ID_REQUEST] = { .type = NLA_U64 },
	[IOASID_A_ID_FOLD] = { .type = NLA_FLAG },
};

static const struct nla_policy ioasid_nl_alloc_policy[] = {
	[IOASID_A_ID_RANGE] = NLA_POLICY_NESTED(ioasid_nl_range_policy),
	[IOASID_A_ID_COUNT] = NLA_POLICY_FULL_RANGE(NLA_U32, &ioasid_nl_count),
	[IOASID_A_ID_MIN] = { .type = NLA_U32 },
	[IOASID_A_ID_MAX] = { .type = NLA_U32 },
	[IOASID_A_ID_CONTIGUOUS] = { .type = NLA_FLAG },
	[IOASID_A_ID_LABEL] = { .type = NLA_NUL_STRING,
				.len = IOASID_LABEL_MAX },
	[IOASID_A_ID_HOLD] = { .type = NLA_FLAG },
	[IOASID_A_ID_EXPECTED_GENERATION] = { .type = NLA_U64 },
	[IOASID_A_ID_DRY_RUN] = { .type = NLA_FLAG },
};

static const struct nla_policy ioasid_nl_free_policy[] = {
	[IOASID_A_ID_RANGE] = NLA_POLICY_NESTED(ioasid_nl_range_policy),
	[IOASID_A_ID_LABEL] = { .type = NLA_NUL_STRING,
				.len = IOASID_LABEL_MAX },
	[IOASID_A_ID_SKIP_MISSING] = { .type = NLA_FLAG },
	[IOASID_A_ID_EXPECTED_GENERATION] = { .type = NLA_U64 },
	[IOASID_A_ID_DRY_RUN] = { .type = NLA_FLAG },
};

static const struct nla_policy ioasid_nl_set_get_policy[] = {
	[IOASID_A_SET_NAME] = { .type = NLA_NUL_STRING,
				.len = IOASID_NAME_MAX },
};

static const struct nla_policy ioasid_nl_set_quota_policy[] = {
	[IOASID_A_SET_NAME] = { .type = NLA_NUL_STRING,
				.len = IOASID_NAME_MAX },
	[IOASID_A_SET_MODULE] = { .type = NLA_NUL_STRING,
				  .len = IOASID_MODULE_MAX },
	[IOASID_A_SET_QUOTA] = { .type = NLA_U32 },
	[IOASID_A_SET_EXPECTED_GENERATION] = { .type = NLA_U64 },
	[IOASID_A_SET_DRY_RUN] = { .type = NLA_FLAG },
};

static const struct nla_policy ioasid_nl_restore_policy[] = {
	[IOASID_A_RESTORE_GROUP] =
		NLA_POLICY_NESTED(ioasid_nl_restore_group_policy),
	[IOASID_A_RESTORE_ALLOCATOR] = { .type = NLA_NUL_STRING,
					 .len = IOASID_NAME_MAX },
	[IOASID_A_RESTORE_EXACT] = { .type = NLA_FLAG },
	[IOASID_A_RESTORE_EXPECTED_GENERATION] = { .type = NLA_U64 },
	[IOASID_A_RESTORE_DRY_RUN] = { .type = NLA_FLAG },
};

const struct genl_ops ioasid_nl_ops[] = {
	{
		.cmd = IOASID_CMD_INFO_GET,
		.doit = ioasid_nl_info_get,
	},
	{
		.cmd = IOASID_CMD_ALLOCATOR_GET,
		.doit = ioasid_nl_allocator_get,
		.dumpit = ioasid_nl_allocator_dump,
		.policy = ioasid_nl_allocator_get_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_allocator_get_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_ALLOCATOR_SWITCH,
		.doit = ioasid_nl_switch,
		.policy = ioasid_nl_allocator_change_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_allocator_change_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_ALLOCATOR_UNREGISTER,
		.doit = ioasid_nl_unregister,
		.policy = ioasid_nl_allocator_change_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_allocator_change_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_ALLOCATOR_RESET,
		.doit = ioasid_nl_reset,
		.policy = ioasid_nl_allocator_change_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_allocator_change_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_DRAIN,
		.doit = ioasid_nl_drain,
		.policy = ioasid_nl_gate_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_gate_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_RESUME,
		.doit = ioasid_nl_resume,
		.policy = ioasid_nl_gate_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_gate_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_IOASID_GET,
		.doit = ioasid_nl_get,
		.dumpit = ioasid_nl_dump,
		.policy = ioasid_nl_get_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_get_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_IOASID_ALLOC,
		.doit = ioasid_nl_alloc,
		.policy = ioasid_nl_alloc_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_alloc_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_IOASID_FREE,
		.doit = ioasid_nl_free,
		.policy = ioasid_nl_free_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_free_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_SET_GET,
		.doit = ioasid_nl_set_get,
		.dumpit = ioasid_nl_set_dump,
		.policy = ioasid_nl_set_get_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_set_get_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_SET_QUOTA,
		.doit = ioasid_nl_set_quota,
		.policy = ioasid_nl_set_quota_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_set_quota_policy) - 1,
	},
	{
		.cmd = IOASID_CMD_RESTORE,
		.doit = ioasid_nl_restore,
		.policy = ioasid_nl_restore_policy,
		.maxattr = ARRAY_SIZE(ioasid_nl_restore_policy) - 1,
	},
};

const unsigned int ioasid_nl_n_ops = ARRAY_SIZE(ioasid_nl_ops);

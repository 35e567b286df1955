/* SPDX-License-Identifier: GPL-2.0-only */
/* What user space is told of an object: one description and one fill each. */
#ifndef _IOASID_NL_FILL_H
#define _IOASID_NL_FILL_H

#include "core.h"

struct sk_buff;

/* An ID, or a run of IDs with equal attributes. */
struct ioasid_id_info {
	u64 generation;
	ioasid_t first;
	ioasid_t last;
	u32 state;
	u32 refs;
	u32 space;
	u64 since;
	u64 request;
	char set[IOASID_NAME_MAX + 1];
	char module[MODULE_NAME_LEN];
	char allocator[IOASID_NAME_MAX + 1];
	bool hold;
	bool owned;				/* what follows is known */
	u64 start;
	u32 pid;
	u32 uid;
	char comm[TASK_COMM_LEN];
	char label[IOASID_LABEL_MAX + 1];
};

struct ioasid_allocator_info {
	u64 generation;
	u32 index;
	u32 space;
	u32 flags;
	u32 module_refs;
	u32 ids;
	u64 allocs;
	u64 frees;
	u64 failures;
	u64 faults;
	char name[IOASID_NAME_MAX + 1];
	char module[MODULE_NAME_LEN];
};

struct ioasid_set_info {
	u64 generation;
	u32 ids;
	u32 quota;
	bool gone;
	char name[IOASID_NAME_MAX + 1];
	char module[MODULE_NAME_LEN];
};

/* These describe; RCU read lock or table lock held. */
void ioasid_describe_id(struct ioasid_id_info *info,
			const struct ioasid_entry *e, ioasid_t first,
			ioasid_t last);
void ioasid_describe_allocator(struct ioasid_allocator_info *info,
			       struct ioasid_allocator *a);
void ioasid_describe_set(struct ioasid_set_info *info,
			 const struct ioasid_group *group);

/* These fill a message: 0 or -EMSGSIZE. The owner is for the privileged only. */
int ioasid_fill_id(struct sk_buff *skb, const struct ioasid_id_info *info,
		   bool owner);
int ioasid_fill_allocator(struct sk_buff *skb,
			  const struct ioasid_allocator_info *info);
int ioasid_fill_set(struct sk_buff *skb, const struct ioasid_set_info *info);

#endif /* _IOASID_NL_FILL_H */

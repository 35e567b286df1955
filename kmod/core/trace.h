/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ioasid

#if !defined(_IOASID_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _IOASID_TRACE_H

#include <linux/tracepoint.h>
#include "compat.h"

struct ioasid_entry;

DECLARE_EVENT_CLASS(ioasid_id,
	TP_PROTO(u32 id, const struct ioasid_entry *e),
	TP_ARGS(id, e),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, space)
		__string(set, e->group->name)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->space = e->space->id;
		ioasid_assign_str(set, e->group->name);
	),
	TP_printk("id=%u set=%s space=%u", __entry->id, __get_str(set),
		  __entry->space)
);

DEFINE_EVENT(ioasid_id, ioasid_id_alloc,
	TP_PROTO(u32 id, const struct ioasid_entry *e),
	TP_ARGS(id, e)
);

DEFINE_EVENT(ioasid_id, ioasid_id_free,
	TP_PROTO(u32 id, const struct ioasid_entry *e),
	TP_ARGS(id, e)
);

DEFINE_EVENT(ioasid_id, ioasid_id_change,
	TP_PROTO(u32 id, const struct ioasid_entry *e),
	TP_ARGS(id, e)
);

TRACE_EVENT(ioasid_alloc_failed,
	TP_PROTO(u32 min, u32 max, int error),
	TP_ARGS(min, max, error),
	TP_STRUCT__entry(
		__field(u32, min)
		__field(u32, max)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->min = min;
		__entry->max = max;
		__entry->error = error;
	),
	TP_printk("min=%u max=%u error=%d", __entry->min, __entry->max,
		  __entry->error)
);

DECLARE_EVENT_CLASS(ioasid_allocator,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number),
	TP_STRUCT__entry(
		__string(name, name)
		__field(u32, number)
	),
	TP_fast_assign(
		ioasid_assign_str(name, name);
		__entry->number = number;
	),
	TP_printk("allocator=%s space=%u", __get_str(name), __entry->number)
);

DEFINE_EVENT(ioasid_allocator, ioasid_register,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number)
);

DEFINE_EVENT(ioasid_allocator, ioasid_unregister,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number)
);

DEFINE_EVENT(ioasid_allocator, ioasid_switch,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number)
);

DEFINE_EVENT(ioasid_allocator, ioasid_reset,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number)
);

DEFINE_EVENT(ioasid_allocator, ioasid_drain_begin,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number)
);

DEFINE_EVENT(ioasid_allocator, ioasid_drained,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number)
);

DEFINE_EVENT(ioasid_allocator, ioasid_drain_end,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number)
);

DEFINE_EVENT_PRINT(ioasid_allocator, ioasid_quota,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number),
	TP_printk("set=%s quota=%u", __get_str(name), __entry->number)
);

DEFINE_EVENT_PRINT(ioasid_allocator, ioasid_orphaned,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number),
	TP_printk("allocator=%s ids=%u", __get_str(name), __entry->number)
);

DEFINE_EVENT_PRINT(ioasid_allocator, ioasid_fault,
	TP_PROTO(const char *name, u32 number),
	TP_ARGS(name, number),
	TP_printk("allocator=%s id=%u", __get_str(name), __entry->number)
);

#endif /* _IOASID_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

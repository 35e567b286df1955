/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between kernels, 6.1 to 6.12: the only place that compares. */
#ifndef _IOASID_COMPAT_H
#define _IOASID_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

/* 6.10 (2c92ca849fcc): the source of a string is known from __string(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define ioasid_assign_str(dst, src)	__assign_str(dst)
#else
#define ioasid_assign_str(dst, src)	__assign_str(dst, src)
#endif

/* 6.6 (7288dd2fd488): attributes of a dump are found in a genl_info. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define ioasid_dump_attrs(cb)		(genl_dumpit_info(cb)->info.attrs)
#else
#define ioasid_dump_attrs(cb)		(genl_dumpit_info(cb)->attrs)
#endif

/* 6.9 (3de21a8990d3): a family is told when somebody joins one of its groups. */
#define IOASID_GENL_BIND	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0))

#endif /* _IOASID_COMPAT_H */

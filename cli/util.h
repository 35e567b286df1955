/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOASIDCTL_UTIL_H
#define IOASIDCTL_UTIL_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#ifndef __printf
#define __printf(at, first) __attribute__((format(printf, at, first)))
#endif

#endif

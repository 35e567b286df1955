/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzz targets share. */
#ifndef IOASIDCTL_FUZZ_H
#define IOASIDCTL_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* What libFuzzer calls, and what it has; by its own names, see CMakeLists.txt. */
int fuzz_input(const __u8 *data, size_t size);
size_t fuzz_mutator(__u8 *data, size_t size, size_t max, unsigned int seed);
size_t fuzz_mutate(__u8 *data, size_t size, size_t max);

/* The family's number in recorded messages. */
#define FUZZ_FAMILY 31

/* count.c: every target says at its exit how many inputs it got. */
void count_input(size_t size);

/* A property that does not hold is a crash: say which. */
void broken(const char *what, const char *text);

/*
 * kernel.c: what the kernel says from now on: these messages, one a datagram,
 * and then the socket breaks. Two types stand for answers of the socket:
 * NLMSG_NOOP for EAGAIN, NLMSG_OVERRUN for ENOBUFS.
 */
void kernel_says(const __u8 *data, size_t size);

/* It agrees to everything, and has a few IDs. */
void kernel_agrees(void);

/* command.c: run ioasidctl with the words of @line, and look at its output. */
int command_run(const char *line);

/* Run the line of @lines that @data begins with; the rest is what the kernel says. */
void command_replay(const char *const *lines, size_t count,
		    const __u8 *data, size_t size);

/* The name of a file with this content, good until the next call. */
const char *file_of(const __u8 *data, size_t size);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* Batch files. */
#include <stdio.h>

#include "fuzz.h"

int fuzz_input(const __u8 *data, size_t size)
{
	const char *file = file_of(data, size);
	char line[100];

	count_input(size);
	kernel_agrees();
	snprintf(line, sizeof(line), "ioasidctl batch --keep-going %s", file);
	command_run(line);
	kernel_agrees();
	snprintf(line, sizeof(line), "ioasidctl -v batch %s", file);
	command_run(line);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* State files, as restore reads them. */
#include <stdio.h>

#include "fuzz.h"
#include "util.h"

int fuzz_input(const __u8 *data, size_t size)
{
	static const char *const commands[] = {
		"restore -v --exact", "restore -n -j", "restore --diff",
		"restore --diff -j", "explain restore",
	};
	const char *file = file_of(data, size);
	char line[100];
	size_t i;

	count_input(size);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		kernel_agrees();
		snprintf(line, sizeof(line), "ioasidctl %s %s", commands[i],
			 file);
		command_run(line);
	}
	return 0;
}

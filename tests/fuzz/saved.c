// SPDX-License-Identifier: GPL-2.0-only
/* State files, as restore reads them. */
#include <stdio.h>

#include "fuzz.h"
#include "util.h"

int fuzz_input(const __u8 *data, size_t size)
{
	static const char *const options[] = {
		"-v --exact", "-n -j", "--diff", "--diff -j",
	};
	const char *file = file_of(data, size);
	char line[100];
	size_t i;

	count_input(size);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		kernel_agrees();
		snprintf(line, sizeof(line), "ioasidctl restore %s %s",
			 options[i], file);
		command_run(line);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* A test is a function that returns whether it holds; it may say why not. */
#ifndef IOASIDCTL_UNIT_H
#define IOASIDCTL_UNIT_H

#include <stdbool.h>
#include <stdio.h>

#include "util.h"

struct unit_test {
	const char *name;
	bool (*run)(void);
};

/* In a test: say where and what, and fail. */
#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			return false; \
		} \
	} while (0)

static inline int unit_run(const struct unit_test *tests, size_t count)
{
	int status = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		bool ok = tests[i].run();

		printf("%s %s\n", ok ? "ok" : "not ok", tests[i].name);
		fflush(stdout);
		status |= !ok;
	}
	return status;
}

#endif

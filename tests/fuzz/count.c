// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static unsigned long long inputs, bytes;
static FILE *errors;

static void say(void)
{
	fprintf(errors, "fuzz: %llu inputs, %llu bytes\n", inputs, bytes);
}

void count_input(size_t size)
{
	if (!inputs++) {
		errors = stderr;	/* before a target replaces it */
		atexit(say);
	}
	bytes += size;
}

void broken(const char *what, const char *text)
{
	fprintf(errors, "fuzz: does not hold: %s: %s\n", what, text);
	abort();
}

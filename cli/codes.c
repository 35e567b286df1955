// SPDX-License-Identifier: GPL-2.0-only
/* The code words, their exit codes and what to try next: one table. */
#include <stddef.h>

#include "fail.h"
#include "util.h"

struct code_entry {
	const char *word;
	int exit;
	const char *hint;
};

static const struct code_entry codes[CODE_COUNT] = {
	[CODE_OK] = { "OK", 0, NULL },
	[CODE_FAILURE] = { "FAILURE", 1, NULL },
	[CODE_MEMORY] = { "MEMORY", 1, NULL },
	[CODE_WRITE] = { "WRITE", 1, NULL },
	[CODE_FILE] = { "FILE", 1, NULL },
	[CODE_FAULTY] = { "FAULTY", 1, "ioasidctl allocators" },
	[CODE_BACKEND] = { "BACKEND", 1, "ioasidctl allocators" },
	[CODE_UNLOADING] = { "UNLOADING", 1, "ioasidctl allocators" },
	[CODE_USAGE] = { "USAGE", 2, NULL },
	[CODE_INVALID] = { "INVALID", 2, "ioasidctl status" },
	[CODE_UNKNOWN_ALLOCATOR] = { "UNKNOWN_ALLOCATOR", 3, "ioasidctl allocators" },
	[CODE_UNKNOWN_IOASID] = { "UNKNOWN_IOASID", 3, "ioasidctl list" },
	[CODE_UNKNOWN_SET] = { "UNKNOWN_SET", 3, "ioasidctl sets" },
	[CODE_PERMISSION] = { "PERMISSION", 4, NULL },
	[CODE_OUTSTANDING] = { "OUTSTANDING", 5, "ioasidctl list" },
	[CODE_HELD] = { "HELD", 5, "ioasidctl list" },
	[CODE_NOT_OWNER] = { "NOT_OWNER", 5, "ioasidctl list" },
	[CODE_DRAINING] = { "DRAINING", 5, "ioasidctl status" },
	[CODE_NOT_DRAINING] = { "NOT_DRAINING", 5, "ioasidctl status" },
	[CODE_DEFAULT_ALLOCATOR] = { "DEFAULT_ALLOCATOR", 5, "ioasidctl allocators" },
	[CODE_EXHAUSTED] = { "EXHAUSTED", 6, "ioasidctl status" },
	[CODE_QUOTA] = { "QUOTA", 6, "ioasidctl sets" },
	[CODE_TIMEOUT] = { "TIMEOUT", 7, NULL },
	[CODE_STALE] = { "STALE", 8, "ioasidctl status" },
	[CODE_INCONSISTENT] = { "INCONSISTENT", 8, NULL },
	[CODE_NO_MODULE] = { "NO_MODULE", 9, "ioasidctl module load" },
	[CODE_INCOMPATIBLE] = { "INCOMPATIBLE", 10, "ioasidctl version" },
	[CODE_PARTIAL] = { "PARTIAL", 11, NULL },
	[CODE_EXISTS] = { "EXISTS", 13, "ioasidctl list" },
	[CODE_DIFFERS] = { "DIFFERS", 14, NULL },
	[CODE_CANNOT_RUN] = { "CANNOT_RUN", 126, NULL },
	[CODE_NO_COMMAND] = { "NO_COMMAND", 127, NULL },
	[CODE_INTERRUPTED] = { "INTERRUPTED", 130, NULL },
};

static const char *const exits[] = {
	[0] = "done, or already so",
	[1] = "failure",
	[2] = "usage",
	[3] = "not found",
	[4] = "permission",
	[5] = "refused",
	[6] = "exhausted or over quota",
	[7] = "timeout",
	[8] = "conflict: the generation moved, or a dump was never consistent",
	[9] = "no module",
	[10] = "incompatible",
	[11] = "partial (--keep-going)",
	[13] = "exists",
	[14] = "differs",
	[126] = "the command could not be run",
	[127] = "the command was not found",
	[130] = "interrupted",
};

const char *code_word(enum code which)
{
	return codes[which].word;
}

int code_exit(enum code which)
{
	return codes[which].exit;
}

const char *code_hint(enum code which)
{
	return codes[which].hint;
}

/* NULL for a status that no command has. */
const char *exit_meaning(int status)
{
	if (status < 0 || (size_t)status >= ARRAY_SIZE(exits))
		return NULL;
	return exits[status];
}

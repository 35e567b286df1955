// SPDX-License-Identifier: GPL-2.0-only
/* The table of commands, in the order of the help. */
#include <string.h>

#include "command.h"

const struct command *const commands[] = {
	&cmd_status,
	&cmd_list,
	&cmd_show,
	&cmd_alloc,
	&cmd_free,
	&cmd_hold,
	&cmd_allocators,
	&cmd_switch,
	&cmd_unregister,
	&cmd_drain,
	&cmd_resume,
	&cmd_reset,
	&cmd_explain,
	&cmd_sets,
	&cmd_quota,
	&cmd_wait,
	&cmd_monitor,
	&cmd_batch,
	&cmd_save,
	&cmd_restore,
	&cmd_module,
	&cmd_version,
	NULL
};

const struct command *command_find(const char *name)
{
	const struct command *const *c;

	for (c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

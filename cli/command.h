/* SPDX-License-Identifier: GPL-2.0-only */
/* A command is one const descriptor; help and dispatch are loops over them. */
#ifndef IOASIDCTL_COMMAND_H
#define IOASIDCTL_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <linux/types.h>

#include "fail.h"

/* Every option of every command; those with a short form are its letter. */
enum option_key {
	OPT_COUNT = 'c',
	OPT_DEBUG = 'd',
	OPT_HELP = 'h',
	OPT_JSON = 'j',
	OPT_DRY_RUN = 'n',
	OPT_OUTPUT = 'o',
	OPT_QUIET = 'q',
	OPT_VERBOSE = 'v',
	OPT_VERSION = 'V',
	OPT_LONG_ONLY = 256,
	OPT_COLOR,
	OPT_TIMEOUT,
	OPT_IF_GENERATION,
	OPT_STRICT,
	OPT_NO_AUTOLOAD,
	OPT_USAGE,
	OPT_IDS,
	OPT_COLUMNS,
	OPT_SORT,
	OPT_NO_FOLD,
	OPT_MIN,
	OPT_MAX,
	OPT_ID,
	OPT_CONTIGUOUS,
	OPT_SET_LABEL,
	OPT_LABEL,
	OPT_KEEP_GOING,
	OPT_WAIT,
	OPT_THEN_SWITCH,
	OPT_MODULE,
	OPT_NO_SNAPSHOT,
	OPT_FOR,
	OPT_RECONNECT,
	OPT_RECEIVE_BUFFER,
	OPT_DIFF,
	OPT_EXACT,
	OPT_MERGE,
	OPT_SLOTS
};

/* The words of the command line after its name, and its options. */
struct input {
	int argc;
	char **argv;
	const char *opt[OPT_SLOTS];	/* "" for one without a value */
};

/* What holds for the whole run; nobody changes it once a command runs. */
struct ctx {
	const char *command;
	const char *sudo;		/* the command line again, or "" */
	bool json;
	bool quiet;
	bool verbose;
	bool debug;
	bool dry_run;
	bool strict;
	bool autoload;
	bool color_out;
	bool color_err;
	bool has_expected;
	__u64 expected;			/* generation */
	bool has_timeout;
	__u64 timeout_ms;
	const struct session *shared;	/* use this socket, or NULL */
	bool ignores_sigpipe;		/* whoever started us does; for COMMAND */
	const char *posixly_correct;	/* of the environment; for COMMAND */
	const char *argp_help_fmt;
};

struct session;

struct command {
	const char *name;
	const char *args;		/* for the synopsis, may be NULL */
	const char *summary;		/* one line */
	const char *notes;
	const char *examples;
	const struct argp_option *options;
	int min_args;
	int max_args;			/* -1: any number */
	bool in_order;			/* options end at the first word */
	bool dry;			/* knows --dry-run, so it can be explained */
	bool batch;			/* may stand in a batch */
	unsigned int exits;		/* EXIT() of each, but for 0, 1, 2 */
	/* 0, or -1 with @fail filled */
	int (*run)(const struct ctx *ctx, const struct input *in,
		   struct fail *fail);
};

/* A bit for each exit code: 0 to 15, and from 126 on. */
#define EXIT(status) (1U << (status) % 110)
#define EXITS_READ (EXIT(7) | EXIT(9) | EXIT(10))
#define EXITS_CHANGE (EXITS_READ | EXIT(4) | EXIT(8))

extern const struct command *const commands[];

extern const struct command cmd_batch;
extern const struct command cmd_drain;
extern const struct command cmd_explain;
extern const struct command cmd_hold;
extern const struct command cmd_monitor;
extern const struct command cmd_quota;
extern const struct command cmd_restore;
extern const struct command cmd_resume;
extern const struct command cmd_save;
extern const struct command cmd_wait;
extern const struct command cmd_status;
extern const struct command cmd_list;
extern const struct command cmd_show;
extern const struct command cmd_alloc;
extern const struct command cmd_free;
extern const struct command cmd_allocators;
extern const struct command cmd_switch;
extern const struct command cmd_unregister;
extern const struct command cmd_reset;
extern const struct command cmd_sets;
extern const struct command cmd_module;
extern const struct command cmd_version;

const struct command *command_find(const char *name);

#endif

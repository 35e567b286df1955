// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "options.h"

const struct argp_option global_options[] = {
	{ NULL, 0, NULL, 0, "Global options:", -2 },
	{ "json", OPT_JSON, NULL, 0, "one JSON object, errors too", 0 },
	{ "quiet", OPT_QUIET, NULL, 0,
	  "of an error the first line only, no warnings", 0 },
	{ "verbose", OPT_VERBOSE, NULL, 0, "say more", 0 },
	{ "debug", OPT_DEBUG, NULL, 0, "trace the netlink messages on stderr", 0 },
	{ "dry-run", OPT_DRY_RUN, NULL, 0,
	  "let the kernel check all and change nothing", 0 },
	{ "color", OPT_COLOR, "WHEN", 0, "auto, always or never", 0 },
	{ "timeout", OPT_TIMEOUT, "SEC", 0, "wait at most so long (30, 500ms, 5m)", 0 },
	{ "if-generation", OPT_IF_GENERATION, "G", 0,
	  "change nothing unless the generation is G", 0 },
	{ "strict", OPT_STRICT, NULL, 0, "what is already so is an error", 0 },
	{ "no-autoload", OPT_NO_AUTOLOAD, NULL, 0, "do not make the kernel load the module", 0 },
	{ "help", OPT_HELP, NULL, 0, "print this help", -1 },
	{ "usage", OPT_USAGE, NULL, 0, "print a short synopsis", -1 },
	{ "version", OPT_VERSION, NULL, 0, "print the version of this tool", -1 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

static bool is_end(const struct argp_option *o)
{
	return !o->name && !o->key && !o->doc;
}

static const struct argp_option *find_in(const struct argp_option *o,
					 const char *name, size_t len, int key)
{
	for (; !is_end(o); o++) {
		if (!name && key && o->key == key)
			return o;
		if (name && o->name && strlen(o->name) == len &&
		    !memcmp(o->name, name, len))
			return o;
	}
	return NULL;
}

/* By @name if there is one, else by @key. */
static const struct argp_option *find_option(const struct command *command,
					     const char *name, size_t len,
					     int key)
{
	const struct argp_option *o = NULL;

	if (command && command->options)
		o = find_in(command->options, name, len, key);
	return o ? o : find_in(global_options, name, len, key);
}

/* One long option; sets @skip if its value is the next word. */
static int take_long(const struct command *command, const char *word,
		     const char *next, struct input *in, bool *skip,
		     struct fail *fail)
{
	size_t len = strcspn(word, "=");
	const struct argp_option *o = find_option(command, word + 2, len - 2, 0);

	if (!o)
		return fail_set(fail, CODE_USAGE, "unknown option '%.*s'",
				(int)len, word);
	if (!o->arg && word[len])
		return fail_set(fail, CODE_USAGE, "option '--%s' takes no value",
				o->name);
	*skip = o->arg && !word[len] && !(o->flags & OPTION_ARG_OPTIONAL);
	if (*skip && !next)
		return fail_set(fail, CODE_USAGE, "option '--%s' needs a value",
				o->name);
	in->opt[o->key] = *skip ? next : word[len] ? word + len + 1 : "";
	return 0;
}

/* A word of short options; sets @skip if its value is the next word. */
static int take_short(const struct command *command, const char *word,
		      const char *next, struct input *in, bool *skip,
		      struct fail *fail)
{
	const struct argp_option *o;
	const char *s;

	for (s = word + 1; *s; s++) {
		o = find_option(command, NULL, 0, (unsigned char)*s);
		if (!o)
			return fail_set(fail, CODE_USAGE,
					"unknown option '-%c' in '%s'", *s, word);
		in->opt[o->key] = "";
		if (!o->arg)
			continue;
		*skip = !s[1];
		if (*skip && !next)
			return fail_set(fail, CODE_USAGE,
					"option '-%c' needs a value", *s);
		in->opt[o->key] = *skip ? next : s + 1;
		return 0;
	}
	return 0;
}

/*
 * Not argp_parse(): it takes abbreviations of long options, and does not say
 * which word is wrong. From its tables argp writes the help.
 */
int options_parse(const struct command *command, int argc, char **argv,
		  int *next, struct input *in, struct fail *fail)
{
	bool skip;
	int i;

	for (i = 1; i < argc; i++) {
		char *word = argv[i];

		skip = false;
		if (!strcmp(word, "--")) {
			i++;
			break;
		}
		if (word[0] != '-' || !word[1]) {
			if (!command || command->in_order)
				break;
			in->argv[in->argc++] = word;
			continue;
		}
		if (word[1] == '-' ?
		    take_long(command, word, argv[i + 1], in, &skip, fail) :
		    take_short(command, word, argv[i + 1], in, &skip, fail))
			return -1;
		i += skip;
	}
	while (command && i < argc)
		in->argv[in->argc++] = argv[i++];
	*next = i;
	return 0;
}

static const struct argp global_argp = {
	.options = global_options,
};

static const struct argp_child with_globals[] = {
	{ &global_argp, 0, "", 0 },
	{ NULL, 0, NULL, 0 }
};

static struct argp command_argp(const struct command *command)
{
	return (struct argp){
		.options = command->options,
		.args_doc = command->args,
		.doc = command->summary,
		.children = with_globals,
	};
}

bool options_want_json(int argc, char **argv)
{
	static const char flags[] = "cdhjnqvV";
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--json"))
			return true;
		if (argv[i][0] == '-' && strchr(argv[i], 'j') &&
		    strspn(argv[i] + 1, flags) == strlen(argv[i]) - 1)
			return true;
	}
	return false;
}

void options_usage(const struct command *command, FILE *out)
{
	char name[64] = "ioasidctl";
	struct argp argp = global_argp;

	argp.args_doc = "COMMAND [ARGS]";
	if (command) {
		snprintf(name, sizeof(name), "ioasidctl %s", command->name);
		argp = command_argp(command);
	}
	argp_help(&argp, out, ARGP_HELP_USAGE, name);
}

static void print_exits(unsigned int mask, FILE *out)
{
	int status;

	fputs("\nExit codes:\n", out);
	for (status = 0; status < 140; status++)
		if (exit_meaning(status) && mask & EXIT(status))
			fprintf(out, "  %-3d %s\n", status, exit_meaning(status));
}

void options_help(const struct command *command, FILE *out)
{
	const struct command *const *c;
	char name[64] = "ioasidctl";
	struct argp argp = global_argp;
	unsigned int exits = EXIT(0) | EXIT(1) | EXIT(2);

	if (command) {
		snprintf(name, sizeof(name), "ioasidctl %s", command->name);
		argp = command_argp(command);
	} else {
		argp.args_doc = "COMMAND [ARGS]";
		argp.doc = "See, allocate and free IOASIDs; see and switch their allocators.";
	}
	argp_help(&argp, out, ARGP_HELP_SHORT_USAGE | ARGP_HELP_DOC |
		  ARGP_HELP_LONG, name);
	if (command) {
		if (command->notes)
			fprintf(out, "\n%s", command->notes);
		fprintf(out, "\nExamples:\n%s", command->examples);
		print_exits(exits | command->exits, out);
		return;
	}
	fputs("\nCommands (none means status):\n", out);
	for (c = commands; *c; c++) {
		fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
		exits |= (*c)->exits;
	}
	print_exits(exits, out);
	fputs("\n'ioasidctl COMMAND --help' says more about a command.\n", out);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "monitor.h"
#include "report.h"

#define FOR_MAX_MS (366 * 24 * 3600 * 1000ULL)
#define BUFFER_MAX 0x40000000

static int parse(struct monitor *m, const struct input *in)
{
	const char *count = in->opt[OPT_DRY_RUN];	/* -n is --count here */
	const char *for_ms = in->opt[OPT_FOR];
	const char *buffer = in->opt[OPT_RECEIVE_BUFFER];
	__u64 number;
	struct why why;

	if (filter_parse(&m->filter, in->argv, in->argc, m->fail))
		return -1;
	if (count && *count && !parse_number(count, 1, ~0ULL, &m->left, &why))
		return fail_set(m->fail, CODE_USAGE, "--count: %s", why.text);
	m->deadline = DEADLINE_NONE;
	if (for_ms) {
		if (!parse_duration(for_ms, FOR_MAX_MS, &number, &why))
			return fail_set(m->fail, CODE_USAGE, "--for=%s", why.text);
		m->deadline = deadline_in(number);
	}
	if (buffer) {
		if (!parse_number(buffer, 1, BUFFER_MAX, &number, &why))
			return fail_set(m->fail, CODE_USAGE,
					"--receive-buffer: %s", why.text);
		m->buffer = number;
	}
	return 0;
}

/* Listen first, then read: so nothing is missed in between. */
static int start(struct monitor *m, bool snapshot)
{
	if (events_open(&m->e, m->ctx, &m->s, m->buffer, m->fail))
		return -1;
	if (!m->e.owners && (m->filter.ids.has_pid || m->filter.ids.label))
		return fail_set(m->fail, CODE_PERMISSION,
				"owners are shown with CAP_SYS_ADMIN only");
	if (monitor_read(m))
		return -1;
	if (snapshot)
		say_snapshot(m);
	return m->fail->code ? -1 : 0;
}

/* 0 if it is over as wished, 1 if the module went away, -1 with fail set. */
static int follow(struct monitor *m)
{
	enum heard heard;
	int ret;

	for (;;) {
		if (fflush(stdout))
			return fail_set(m->fail, CODE_WRITE,
					"cannot write to stdout");
		heard = m->heard;
		m->heard = HEARD_EVENTS;
		/* With a gap open there is no waiting, but time and signals count. */
		if (!heard)
			heard = events_wait(&m->e, m->gap ? now_ms() : m->deadline,
					    monitor_take, m, m->fail);
		if (heard == HEARD_TIMEOUT && m->gap && now_ms() < m->deadline)
			heard = HEARD_EVENTS;
		ret = 0;
		if (heard == HEARD_LOST)
			ret = monitor_resync(m, "overrun");
		else if (heard == HEARD_EVENTS && m->gap)
			ret = monitor_resync(m, "generation");
		else if (heard == HEARD_TIMEOUT)
			return 0;
		else if (heard == HEARD_GONE)
			return 1;
		else if (heard == HEARD_INTERRUPT)
			m->fail->told = true;
		if (m->done)
			return 0;
		if (heard != HEARD_EVENTS && heard != HEARD_LOST)
			return events_fail(heard, m->fail);
		if (ret)
			return -1;
	}
}

/* The module is away; wait until it is back, without loading it. */
static int await(struct monitor *m)
{
	struct ctx ctx = *m->ctx;
	enum heard heard;
	int ret;

	ctx.autoload = false;
	say_mark(m, "module-gone");
	if (fflush(stdout))
		return fail_set(m->fail, CODE_WRITE, "cannot write to stdout");
	if (events_open(&m->e, m->ctx, NULL, 0, m->fail))
		return -1;
	for (;;) {
		ret = session_open(&m->s, &ctx, m->fail);
		if (!ret || m->fail->code != CODE_NO_MODULE)
			break;
		fail_clear(m->fail);
		m->e.come = false;
		heard = events_wait(&m->e, m->deadline, NULL, NULL, m->fail);
		if (heard == HEARD_COME || heard == HEARD_LOST)
			continue;
		ret = heard == HEARD_TIMEOUT ? 1 : events_fail(heard, m->fail);
		break;
	}
	m->s.ctx = m->ctx;
	events_close(&m->e);
	return ret;
}

static int watch(struct monitor *m, const struct input *in)
{
	bool again = false;
	int ret;

	for (;;) {
		/* Behind an absence everything may be different. */
		ret = start(m, again || !in->opt[OPT_NO_SNAPSHOT]);
		again = true;
		if (!ret)
			ret = follow(m);
		if (ret < 0 && !m->fail->told && session_is_stale(&m->s))
			ret = 1;
		events_close(&m->e);
		session_close(&m->s);
		if (ret <= 0)
			return ret;
		fail_clear(m->fail);
		if (!in->opt[OPT_RECONNECT])
			return events_fail(HEARD_GONE, m->fail);
		monitor_forget(m);
		m->gap = false;
		ret = await(m);
		if (ret)
			return ret > 0 ? 0 : ret;
	}
}

static int run_monitor(const struct ctx *ctx, const struct input *in,
		       struct fail *fail)
{
	struct monitor m = {
		.ctx = ctx, .fail = fail,
		.allocators = { .kind = &snapshot_allocators, .fail = fail },
		.sets = { .kind = &snapshot_sets, .fail = fail },
	};
	int ret = parse(&m, in);

	if (!ret)
		ret = session_open(&m.s, ctx, fail);
	if (!ret)
		ret = watch(&m, in);
	if (m.filter.owners_hidden)
		report_warning(ctx, "without CAP_SYS_ADMIN only the owners of kernel-held IOASIDs are known");
	monitor_forget(&m);
	filter_free(&m.filter);
	return ret;
}

static const struct argp_option options[] = {
	{ "count", OPT_DRY_RUN, "N", 0, "end after N events", 0 },
	{ "for", OPT_FOR, "SEC", 0, "end after this time (30, 500ms, 5m)", 0 },
	{ "no-snapshot", OPT_NO_SNAPSHOT, NULL, 0,
	  "only what happens from now on", 0 },
	{ "reconnect", OPT_RECONNECT, NULL, 0,
	  "when the module is unloaded wait until it is back", 0 },
	{ "receive-buffer", OPT_RECEIVE_BUFFER, "BYTES", 0,
	  "of the socket; a small one makes gaps likely", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

const struct command cmd_monitor = {
	.name = "monitor",
	.args = "[FILTER=VALUE...]",
	.summary = "show what there is, and then every change",
	.notes =
"First a snapshot, from snapshot-begin to snapshot-end, then a line for each\n"
"event: alloc, free and change of IOASIDs; registered, unregistered, switched,\n"
"faulty, reset, orphaned, drain-begin, drained, drain-end of allocators; set and\n"
"quota of sets. A line tells how the object is now, a free how it was. With -j a\n"
"line is a JSON object: who takes the items of snapshot, alloc and change as they\n"
"are now and drops those of free has at each generation what list -j has then. A\n"
"snapshot-begin means to begin anew.\n"
"\n"
"Every change makes the generation one more, so none is missed in silence: after a\n"
"gap everything is read again, and the differences follow, marked by * (\"resync\"\n"
"in JSON), up to resync-end.\n"
"\n"
"In text a line has the generation, the event, and the object with what list,\n"
"allocators and sets have of it. --for ends it after a time; --timeout is only how\n"
"long the kernel may take to answer.\n"
"\n"
"Filters, which leave out allocators and sets:\n"
FILTER_HELP
"Without CAP_SYS_ADMIN the owners of IOASIDs are left out. Ends with exit 9 when\n"
"the module is unloaded, unless with --reconnect.\n",
	.examples =
"  ioasidctl monitor\n"
"  ioasidctl monitor -j --reconnect >events.jsonl\n"
"  ioasidctl monitor --no-snapshot -n 1 set=user\n",
	.options = options,
	.max_args = -1,
	.exits = EXITS_READ | EXIT(4) | EXIT(8) | EXIT(130),
	.run = run_monitor,
};

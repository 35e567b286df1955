// SPDX-License-Identifier: GPL-2.0-only
/* Everything read anew, so that it is what there was at one generation. */
#include <string.h>
#include <time.h>

#include "monitor.h"

#define TRIES 4
#define CATCH_UP_MS 2000
#define BREATH_MS 100

struct reading {
	struct monitor *m;
	bool no_memory;
};

static int take_row(struct nl_msg *msg, void *arg)
{
	struct reading *r = arg;
	struct record *record;
	struct row row;

	if (row_parse(&row, &object_ioasid, msg) ||
	    row_first(&row) > row_last(&row) || row_last(&row) > PARSE_ID_MAX)
		return 0;
	record = record_new(msg);
	if (!record || !state_set(&r->m->ids, row_first(&row), row_last(&row),
				  record))
		r->no_memory = true;
	record_put(record);
	return r->no_memory ? fail_memory(r->m->fail) : 0;
}

static int dump_all(struct monitor *m)
{
	struct id_filter all = { .fold = true };
	struct reading reading = { .m = m };
	struct nl_msg *msg;
	bool interrupted;

	state_free(&m->ids);
	if (snapshot_read(&m->s, &m->allocators, &interrupted) ||
	    snapshot_read(&m->s, &m->sets, &interrupted))
		return -1;
	msg = ids_request(&m->s, &all, m->fail);
	if (!msg)
		return -1;
	return session_dump(&m->s, msg, take_row, &reading, NULL, m->fail);
}

/*
 * Changes overtook the dump, so it is of no one generation; but with the events
 * since it began, each of which tells how an ID is now, it becomes one.
 */
static int catch_up(struct monitor *m, __u64 until)
{
	__u64 deadline = deadline_in(CATCH_UP_MS);
	enum heard heard;

	while (m->generation < until && !m->gap) {
		heard = events_wait(&m->e, deadline, monitor_take, m, m->fail);
		if (heard == HEARD_FAILURE)
			return -1;
		if (heard == HEARD_INTERRUPT || heard == HEARD_GONE)
			m->heard = heard;
		if (heard != HEARD_EVENTS)
			m->gap = true;
	}
	return 0;
}

static void breathe(void)
{
	const struct timespec breath = { .tv_nsec = BREATH_MS * 1000000L };

	nanosleep(&breath, NULL);
}

/*
 * Changes may come faster than anybody can read them. Then what was read is taken
 * as it is, with the gap still open, and more is said the next time.
 */
int monitor_read(struct monitor *m)
{
	bool quiet = m->quiet;
	struct info info;
	int try, ret = 0;

	m->quiet = true;
	for (try = 0; try < TRIES; try++) {
		m->gap = false;
		ret = info_get(&m->s, &info, m->fail);
		if (ret)
			break;
		m->generation = info.generation;
		ret = dump_all(m);
		if (!ret)
			ret = info_get(&m->s, &info, m->fail);
		if (!ret)
			ret = catch_up(m, info.generation);
		if (ret || !m->gap || m->heard)
			break;
	}
	if (!ret && m->gap && !m->heard)
		breathe();
	m->quiet = quiet;
	return ret;
}

static int say_difference(__u32 first, __u32 last, const struct record *before,
			  const struct record *after, void *arg)
{
	const char *event = !before ? "alloc" : !after ? "free" : "change";

	return say_ids(arg, event, first, last, before, after);
}

static int say_allocator(struct nl_msg *before, struct nl_msg *after, void *arg)
{
	const char *event = !before ? "registered" :
			    !after ? "unregistered" : "allocator";

	return say_object(arg, event, &snapshot_allocators,
			  after ? after : before);
}

static int say_set(struct nl_msg *before, struct nl_msg *after, void *arg)
{
	return say_object(arg, after ? "set" : "set-gone", &snapshot_sets,
			  after ? after : before);
}

int monitor_resync(struct monitor *m, const char *why)
{
	struct monitor before = *m;
	int ret;

	m->heard = HEARD_EVENTS;
	memset(&m->ids, 0, sizeof(m->ids));
	memset(&m->allocators, 0, sizeof(m->allocators));
	memset(&m->sets, 0, sizeof(m->sets));
	m->allocators.kind = &snapshot_allocators;
	m->allocators.fail = m->fail;
	m->sets.kind = &snapshot_sets;
	m->sets.fail = m->fail;
	ret = monitor_read(m);
	if (!ret) {
		say_gap(m, before.generation, why);
		m->resync = true;
		ret = objects_differences(&before.allocators, &m->allocators,
					  say_allocator, m) ||
		      objects_differences(&before.sets, &m->sets, say_set, m) ||
		      state_differences(&before.ids, &m->ids, say_difference,
					m) ? -1 : 0;
		m->resync = false;
	}
	if (!ret)
		say_mark(m, "resync-end");
	monitor_forget(&before);
	return ret;
}

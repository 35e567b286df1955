// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "request.h"
#include "snapshot.h"
#include "view.h"

const struct snapshot_kind snapshot_allocators = {
	.kind = "allocators",
	.object = &object_allocator,
	.cmd = IOASID_CMD_ALLOCATOR_GET,
	.name = IOASID_A_ALLOCATOR_NAME,
	.unknown = CODE_UNKNOWN_ALLOCATOR,
	.noun = "allocator",
};

const struct snapshot_kind snapshot_sets = {
	.kind = "sets",
	.object = &object_set,
	.cmd = IOASID_CMD_SET_GET,
	.name = IOASID_A_SET_NAME,
	.unknown = CODE_UNKNOWN_SET,
	.noun = "set",
};

void snapshot_drop(struct snapshot *s)
{
	while (s->count > 0)
		nlmsg_free(s->msg[--s->count]);
	free(s->msg);
	s->msg = NULL;
	s->room = 0;
}

int snapshot_add(struct snapshot *s, struct nl_msg *msg)
{
	size_t room = s->room ? s->room * 2 : 16;
	struct nl_msg **all;

	if (s->count == s->room) {
		all = reallocarray(s->msg, room, sizeof(struct nl_msg *));
		if (!all)
			return fail_memory(s->fail);
		s->msg = all;
		s->room = room;
	}
	nlmsg_get(msg);
	s->msg[s->count++] = msg;
	return 0;
}

static int take(struct nl_msg *msg, void *arg)
{
	return snapshot_add(arg, msg);
}

int snapshot_read(struct session *session, struct snapshot *s,
		  bool *interrupted)
{
	struct nl_msg *request = session_request(session, s->kind->cmd, 0,
						 s->fail);

	snapshot_drop(s);
	if (!request)
		return -1;
	return session_dump(session, request, take, s, interrupted, s->fail);
}

static int read_all(struct session *session, struct snapshot *s)
{
	bool interrupted;
	int try;

	for (try = 0; try < SNAPSHOT_TRIES; try++) {
		if (snapshot_read(session, s, &interrupted))
			return -1;
		if (!interrupted)
			return 0;
	}
	return fail_set(s->fail, CODE_INCONSISTENT,
			"the %ss changed each of the %d times they were read",
			s->kind->noun, SNAPSHOT_TRIES);
}

static const char *name_of(const struct snapshot *s, const struct row *row)
{
	const char *name = attr_string(row->tb, s->kind->name);

	return name ? name : "";
}

static bool wanted(const char *name, char **names, int count, bool *seen)
{
	bool any = !count;
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(names[i], name))
			continue;
		seen[i] = true;
		any = true;
	}
	return any;
}

static int show_rows(struct view *view, const struct snapshot *s, char **names,
		     int count, bool *seen, __u64 generation)
{
	struct row row = { .now = boottime_ns() };
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (row_parse(&row, s->kind->object, s->msg[i]) ||
		    !wanted(name_of(s, &row), names, count, seen))
			continue;
		if (view_row(view, &row, s->fail))
			return -1;
	}
	if (count && !view->rows)
		return 0;	/* stdout stays empty, the error comes */
	return view_end(view, generation, NULL, s->fail);
}

static int show(const struct ctx *ctx, const struct snapshot *s, char **names,
		int count, bool *seen, __u64 generation)
{
	struct view view;
	int ret;

	ret = view_init(&view, ctx, s->kind->object, s->kind->kind, NULL,
			s->fail);
	if (!ret)
		ret = show_rows(&view, s, names, count, seen, generation);
	view_drop(&view);
	return ret;
}

static int show_names(const struct ctx *ctx, struct snapshot *s, char **names,
		      int count, __u64 generation)
{
	bool *seen = calloc(count + 1, sizeof(*seen));
	int ret, i;

	if (!seen)
		return fail_memory(s->fail);
	ret = show(ctx, s, names, count, seen, generation);
	for (i = 0; i < count && !ret; i++)
		if (!seen[i])
			ret = fail_set(s->fail, s->kind->unknown, "no %s '%s'",
				       s->kind->noun, names[i]);
	free(seen);
	return ret;
}

int snapshot_show(const struct ctx *ctx, const struct snapshot_kind *kind,
		  char **names, int count, struct fail *fail)
{
	struct snapshot s = { .kind = kind, .fail = fail };
	struct session session;
	struct info info;
	int ret = -1;

	if (session_open(&session, ctx, fail))
		return -1;
	if (!info_get(&session, &info, fail) && !read_all(&session, &s))
		ret = show_names(ctx, &s, names, count, info.generation);
	snapshot_drop(&s);
	session_close(&session);
	return ret;
}

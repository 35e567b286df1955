// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "request.h"
#include "text.h"
#include "view.h"

/* Missing runs named in the message; there may be any number. */
#define NAMED 8

struct show {
	struct fail *fail;
	struct view view;
	const struct id_list *ids;
	struct id_list missing;
	size_t at;		/* run of @ids that the dump has come to */
	__u64 next;		/* ID of it that must come next */
	__u64 now;
};

static int miss(struct show *s, __u64 first, __u64 last)
{
	if (!id_list_add(&s->missing, first, last))
		return fail_memory(s->fail);
	return 0;
}

/* What was asked for below @limit and has not come will not come any more. */
static int miss_until(struct show *s, __u64 limit)
{
	for (; s->at < s->ids->count; s->at++) {
		const struct id_run *run = &s->ids->run[s->at];

		if (s->next < run->first)
			s->next = run->first;
		if (run->last >= limit) {
			if (s->next < limit && miss(s, s->next, limit - 1))
				return -1;
			return 0;
		}
		if (s->next <= run->last && miss(s, s->next, run->last))
			return -1;
	}
	return 0;
}

static int take_row(struct nl_msg *msg, void *arg)
{
	struct show *s = arg;
	struct row row = { .now = s->now };

	if (row_parse(&row, &object_ioasid, msg))
		return 0;
	if (miss_until(s, row_first(&row)))
		return -1;
	s->next = (__u64)row_last(&row) + 1;
	return view_row(&s->view, &row, s->fail);
}

static int say_missing(struct show *s)
{
	char names[FAIL_BLOCKERS * 24] = "";
	__u64 total = id_list_total(&s->missing);
	size_t used = 0;
	size_t i;

	for (i = 0; i < s->missing.count && i < NAMED; i++) {
		if (i)
			names[used++] = ',';
		text_run(names + used, sizeof(names) - used,
			 s->missing.run[i].first, s->missing.run[i].last);
		used += strlen(names + used);
	}
	s->fail->blocking = total;
	return fail_set(s->fail, CODE_UNKNOWN_IOASID, "not in use: %s%s", names,
			i < s->missing.count ? ",..." : "");
}

static int show_ids(struct show *s, const struct ctx *ctx)
{
	struct id_filter filter = { .ids = s->ids };
	struct nl_msg *msg;
	struct session session;
	int ret = -1;

	if (session_open(&session, ctx, s->fail))
		return -1;
	s->now = boottime_ns();
	msg = ids_request(&session, &filter, s->fail);
	if (msg)
		ret = session_dump(&session, msg, take_row, s, NULL, s->fail);
	session_close(&session);
	if (ret || miss_until(s, 1ULL << 32))
		return -1;
	if (s->view.rows && view_end(&s->view, 0, NULL, s->fail))
		return -1;
	return s->missing.count ? say_missing(s) : 0;
}

static int run_show(const struct ctx *ctx, const struct input *in,
		    struct fail *fail)
{
	struct id_list ids = { 0 };
	struct show s = { .fail = fail, .ids = &ids };
	int ret;

	if (ids_of_words(in->argv, in->argc, &ids, fail))
		return -1;
	ret = view_init(&s.view, ctx, &object_ioasid, "show", NULL, fail);
	s.view.blocks = true;
	if (!ret)
		ret = show_ids(&s, ctx);
	view_drop(&s.view);
	id_list_free(&s.missing);
	id_list_free(&ids);
	return ret;
}

const struct command cmd_show = {
	.name = "show",
	.args = "ID...",
	.summary = "show everything about an IOASID",
	.notes =
"Those that are in use are shown even if others are missing (exit 3). since and\n"
"start, of the process, are seconds after boot, with those asleep; JSON has ns.\n",
	.examples =
"  ioasidctl show 17\n"
"  ioasidctl show 5,17-24 0x80 -j\n",
	.min_args = 1,
	.max_args = -1,
	.batch = true,
	.exits = EXITS_READ | EXIT(3),
	.run = run_show,
};

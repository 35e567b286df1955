// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <netlink/attr.h>

#include "alloc.h"
#include "change.h"
#include "text.h"

static int option_number(const struct input *in, int key, const char *name,
			 __u64 min, __u64 max, __u64 *out, struct fail *fail)
{
	struct why why;

	if (in->opt[key] && !parse_number(in->opt[key], min, max, out, &why))
		return fail_set(fail, CODE_USAGE, "%s: %s", name, why.text);
	return 0;
}

static int check_exclusive(const struct input *in, struct fail *fail)
{
	if (in->opt[OPT_ID] && (in->opt[OPT_COUNT] || in->opt[OPT_MIN] ||
				in->opt[OPT_MAX] || in->opt[OPT_CONTIGUOUS]))
		return fail_set(fail, CODE_USAGE,
				"--id excludes --count, --min, --max and --contiguous");
	return 0;
}

int alloc_parse(struct alloc *a, const struct input *in)
{
	struct fail *fail = a->fail;
	struct why why;

	a->count = 1;
	a->has_min = in->opt[OPT_MIN];
	a->has_max = in->opt[OPT_MAX];
	a->contiguous = in->opt[OPT_CONTIGUOUS];
	a->label = in->opt[OPT_SET_LABEL];
	if (check_exclusive(in, fail) ||
	    option_number(in, OPT_COUNT, "--count", 1, IOASID_ALLOC_MAX,
			  &a->count, fail) ||
	    option_number(in, OPT_MIN, "--min", 0, PARSE_ID_MAX, &a->min, fail) ||
	    option_number(in, OPT_MAX, "--max", 0, PARSE_ID_MAX, &a->max, fail))
		return -1;
	if (a->has_min && a->has_max && a->min > a->max)
		return fail_set(fail, CODE_USAGE,
				"--min=%llu is more than --max=%llu", a->min,
				a->max);
	if (a->label && !parse_name(a->label, IOASID_LABEL_MAX, &why))
		return fail_set(fail, CODE_USAGE, "--set-label: %s", why.text);
	if (in->opt[OPT_ID] && !parse_ids(in->opt[OPT_ID], &a->ids, &why))
		return fail_set(fail, CODE_USAGE, "--id: %s", why.text);
	id_list_normalize(&a->ids);
	return 0;
}

static int put_wish(struct nl_msg *msg, const struct alloc *a)
{
	if (a->ids.count && put_ranges(msg, &a->ids))
		return -1;
	if (!a->ids.count && nla_put_u32(msg, IOASID_A_ID_COUNT, a->count))
		return -1;
	if (a->has_min && nla_put_u32(msg, IOASID_A_ID_MIN, a->min))
		return -1;
	if (a->has_max && nla_put_u32(msg, IOASID_A_ID_MAX, a->max))
		return -1;
	if (a->contiguous && nla_put_flag(msg, IOASID_A_ID_CONTIGUOUS))
		return -1;
	if (a->label && nla_put_string(msg, IOASID_A_ID_LABEL, a->label))
		return -1;
	if (a->hold && nla_put_flag(msg, IOASID_A_ID_HOLD))
		return -1;
	return put_conditions(msg, a->ctx, IOASID_A_ID_EXPECTED_GENERATION,
			      IOASID_A_ID_DRY_RUN);
}

struct nl_msg *alloc_request(struct alloc *a)
{
	struct nl_msg *msg = session_request(&a->s, IOASID_CMD_IOASID_ALLOC,
					     ranges_room(&a->ids), a->fail);

	if (msg && put_wish(msg, a)) {
		nlmsg_free(msg);
		fail_memory(a->fail);
		return NULL;
	}
	return msg;
}

struct quota {
	__u32 ids;
	__u32 quota;
};

static int take_quota(struct nl_msg *msg, void *arg)
{
	struct quota *q = arg;
	struct row row;

	if (row_parse(&row, &object_set, msg))
		return 0;
	q->ids = attr_u32(row.tb, IOASID_A_SET_IDS, 0);
	q->quota = attr_u32(row.tb, IOASID_A_SET_QUOTA, 0);
	return 0;
}

static void explain_quota(struct alloc *a)
{
	__u64 asked = a->ids.count ? id_list_total(&a->ids) : a->count;
	__u32 used = a->fail->kernel.cookie.count;
	struct fail ignored = { 0 };
	struct quota q = { 0 };
	struct nl_msg *msg = session_request(&a->s, IOASID_CMD_SET_GET, 0,
					     &ignored);

	fail_message(a->fail, "over the quota of the set 'user': %u in use, %llu asked for",
		     used, asked);
	if (!msg || nla_put_string(msg, IOASID_A_SET_NAME, "user")) {
		nlmsg_free(msg);
		return;
	}
	if (session_do(&a->s, msg, take_quota, &q, &ignored) || !q.quota)
		return;
	fail_message(a->fail, "over the quota %u of the set 'user': %u in use, %llu asked for",
		     q.quota, used, asked);
	/* Else others gave some back meanwhile. */
	if (used + asked > q.quota)
		fail_hint(a->fail, "ioasidctl quota user %llu", used + asked);
}

static void explain_faulty(struct alloc *a)
{
	char quoted[4 * IOASID_NAME_MAX] = "";
	struct fail ignored = { 0 };
	struct info info;

	if (info_get(&a->s, &info, &ignored))
		return;
	fail_message(a->fail, "the operating allocator '%s' is marked faulty",
		     info.active);
	if (text_quote(quoted, sizeof(quoted), info.active))
		fail_hint(a->fail, "ioasidctl reset %s", quoted);
}

/* Other allocators than the default one have reasons of their own. */
static void explain_exhausted(struct alloc *a)
{
	struct fail ignored = { 0 };
	char what[48] = "free IOASID";
	struct info info;
	bool custom;

	custom = !info_get(&a->s, &info, &ignored) && strcmp(info.active, "default");
	if (a->count > 1)
		snprintf(what, sizeof(what), "%s%llu free IOASIDs",
			 a->contiguous ? "run of " : "", a->count);
	fail_message(a->fail, "%s%s%sno %s in the range",
		     custom ? "the allocator '" : "", custom ? info.active : "",
		     custom ? "' has " : "", what);
	if (custom)
		fail_hint(a->fail, "ioasidctl allocators");
}

void alloc_explain(struct alloc *a)
{
	struct id_filter filter = { .ids = &a->ids, .fold = true };
	struct fail *fail = a->fail;

	if (fail->code == CODE_EXISTS) {
		collect_blockers(&a->s, &filter, row_is_any, fail);
		fail_hint(fail, "ioasidctl show %u",
			  fail->kernel.cookie.id);
	} else if (fail->code == CODE_QUOTA) {
		explain_quota(a);
	} else if (fail->code == CODE_DRAINING) {
		explain_draining(&a->s, fail);
	} else if (fail->code == CODE_FAULTY) {
		explain_faulty(a);
	} else if (fail->code == CODE_EXHAUSTED) {
		explain_exhausted(a);
	} else {
		explain_stale(a->ctx, fail);
	}
}

const struct argp_option alloc_options[] = {
	{ "count", OPT_COUNT, "N", 0, "how many, all or none (default 1)", 0 },
	{ "min", OPT_MIN, "ID", 0, "the smallest acceptable one (default 1)", 0 },
	{ "max", OPT_MAX, "ID", 0, "the largest acceptable one", 0 },
	{ "id", OPT_ID, "IDS", 0, "exactly these, as 5,17-24,0x80", 0 },
	{ "contiguous", OPT_CONTIGUOUS, NULL, 0, "consecutive numbers only", 0 },
	{ "set-label", OPT_SET_LABEL, "TEXT", 0, "a text to find and to free them by", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

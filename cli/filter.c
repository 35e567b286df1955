// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "filter.h"

enum word {
	FILTER_STATE,
	FILTER_SET,
	FILTER_ALLOCATOR,
	FILTER_OWNER,
	FILTER_PID,
	FILTER_LABEL,
	FILTER_RANGE,
};

static const char *const filter_names[] = {
	"state", "set", "allocator", "owner", "pid", "label", "range", NULL
};

static const char *const state_names[] = {
	"live", "pending", "freeing", "orphan", NULL
};

static bool is_number(const char *word)
{
	return *word && strspn(word, "0123456789") == strlen(word);
}

static bool set_pid(struct id_filter *f, const char *value, struct why *why)
{
	__u64 pid;

	if (!parse_number(value, 1, 0x7fffffff, &pid, why))
		return false;
	f->has_pid = true;
	f->pid = pid;
	return true;
}

static bool set_state(struct id_filter *f, const char *value, struct why *why)
{
	int state = parse_choice(value, state_names, why);

	f->has_state = true;
	f->state = state;
	return state >= 0;
}

static bool set_owner(struct filter *f, const char *value, struct why *why)
{
	if (is_number(value))
		return set_pid(&f->ids, value, why);
	f->owner = value;
	return parse_name(value, IOASID_LABEL_MAX, why);
}

static bool set_filter(struct filter *f, enum word which, const char *value,
		       struct why *why)
{
	switch (which) {
	case FILTER_STATE:
		return set_state(&f->ids, value, why);
	case FILTER_SET:
		f->ids.set = value;
		return parse_name(value, IOASID_NAME_MAX, why);
	case FILTER_ALLOCATOR:
		f->ids.allocator = value;
		return parse_name(value, IOASID_NAME_MAX, why);
	case FILTER_OWNER:
		return set_owner(f, value, why);
	case FILTER_PID:
		return set_pid(&f->ids, value, why);
	case FILTER_LABEL:
		f->ids.label = value;
		return parse_name(value, IOASID_LABEL_MAX, why);
	case FILTER_RANGE:
		return parse_ids(value, &f->ranges, why);
	}
	return false;
}

int filter_parse(struct filter *f, char **words, int count, struct fail *fail)
{
	unsigned int seen = 0;
	const char *value;
	struct why why;
	int i, filter;

	for (i = 0; i < count; i++) {
		filter = parse_pair(words[i], filter_names, &value, &why);
		if (filter < 0)
			return fail_set(fail, CODE_USAGE, "%s", why.text);
		if (seen & 1U << filter && filter != FILTER_RANGE)
			return fail_set(fail, CODE_USAGE,
					"the filter %s= stands twice",
					filter_names[filter]);
		seen |= 1U << filter;
		if (!set_filter(f, filter, value, &why))
			return fail_set(fail, CODE_USAGE, "%s=%s",
					filter_names[filter], why.text);
	}
	if (seen & 1U << FILTER_PID && seen & 1U << FILTER_OWNER)
		return fail_set(fail, CODE_USAGE,
				"the filters pid= and owner= exclude each other");
	id_list_normalize(&f->ranges);
	f->any = count;
	if (f->ranges.count)
		f->ids.ids = &f->ranges;
	return 0;
}

bool filter_owner(struct filter *f, const struct row *row)
{
	const char *module = attr_string(row->tb, IOASID_A_ID_MODULE);
	const char *comm = attr_string(row->tb, IOASID_A_ID_COMM);

	if (!f->owner)
		return true;
	if (row_is_user(row) && !comm)
		f->owners_hidden = true;
	return (module && !strcmp(module, f->owner)) ||
	       (comm && !strcmp(comm, f->owner));
}

static bool text_matches(const char *want, const struct row *row, int attr)
{
	const char *have = attr_string(row->tb, attr);

	return !want || (have && !strcmp(have, want));
}

/* A run that is in the range in part is wanted. */
static bool range_matches(const struct id_list *ranges, const struct row *row)
{
	size_t i;

	for (i = 0; i < ranges->count; i++)
		if (row_first(row) <= ranges->run[i].last &&
		    row_last(row) >= ranges->run[i].first)
			return true;
	return !ranges->count;
}

bool filter_row(struct filter *f, const struct row *row)
{
	const struct id_filter *ids = &f->ids;

	return text_matches(ids->set, row, IOASID_A_ID_SET) &&
	       text_matches(ids->allocator, row, IOASID_A_ID_ALLOCATOR) &&
	       text_matches(ids->label, row, IOASID_A_ID_LABEL) &&
	       (!ids->has_state ||
		attr_u32(row->tb, IOASID_A_ID_STATE, 0) == ids->state) &&
	       (!ids->has_pid ||
		attr_u32(row->tb, IOASID_A_ID_PID, 0) == ids->pid) &&
	       range_matches(&f->ranges, row) && filter_owner(f, row);
}

void filter_free(struct filter *f)
{
	id_list_free(&f->ranges);
}

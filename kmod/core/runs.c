// SPDX-License-Identifier: GPL-2.0-only
/* Runs of IDs, as users write and read them. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "core.h"

int ioasid_runs_init(struct ioasid_runs *runs, u32 room)
{
	*runs = (struct ioasid_runs){ .room = room };
	if (!room)
		return 0;
	runs->run = kvmalloc_array(room, sizeof(*runs->run),
				   GFP_KERNEL_ACCOUNT);
	return runs->run ? 0 : -ENOMEM;
}

void ioasid_runs_free(struct ioasid_runs *runs)
{
	kvfree(runs->run);
}

/* A run that continues the last one extends it; what has no room is counted. */
void ioasid_runs_add(struct ioasid_runs *runs, ioasid_t first, ioasid_t last)
{
	struct ioasid_run *end = runs->n ? &runs->run[runs->n - 1] : NULL;

	runs->total += last - first + 1;
	if (runs->truncated)
		return;
	if (end && end->last + 1 == first)
		end->last = last;
	else if (runs->n < runs->room)
		runs->run[runs->n++] = (struct ioasid_run){ first, last };
	else
		runs->truncated = true;
}

static int ioasid_run_cmp(const void *a, const void *b)
{
	const struct ioasid_run *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* In order, each ID once, as few runs as possible. */
void ioasid_runs_sort(struct ioasid_runs *runs)
{
	u32 i, n = 0;

	sort(runs->run, runs->n, sizeof(*runs->run), ioasid_run_cmp, NULL);
	for (i = 1; i < runs->n; i++) {
		if (runs->run[i].first > runs->run[n].last + 1)
			runs->run[++n] = runs->run[i];
		else
			runs->run[n].last = max(runs->run[n].last,
						runs->run[i].last);
	}
	runs->n = runs->n ? n + 1 : 0;
}

u64 ioasid_runs_count(const struct ioasid_runs *runs)
{
	u64 count = 0;
	u32 i;

	for (i = 0; i < runs->n; i++)
		count += runs->run[i].last - runs->run[i].first + 1;
	return count;
}

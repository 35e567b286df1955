// SPDX-License-Identifier: GPL-2.0-only
/* Freeing many IDs of user space: look first, then take them out in batches. */
#include <linux/mutex.h>
#include "core.h"
#include "event.h"
#include "trace.h"

/* Serialises what changes many IDs of user space; see core.h. */
DEFINE_MUTEX(ioasid_request_mutex);

/* Does a plan change this ID: take it away, or give it another label? */
static bool ioasid_plan_moves(const struct ioasid_match *match,
			      const struct ioasid_request *req, ioasid_t id)
{
	const struct ioasid_request *to = ioasid_plan_request(match->plan, id);

	if (!match->relabel)
		return !to;
	return to && to != req && strcmp(to->label, req->label);
}

static bool ioasid_matches(const struct ioasid_entry *e, ioasid_t id,
			   const struct ioasid_match *match)
{
	const struct ioasid_request *req = ioasid_entry_request(e);

	if (!req || ioasid_entry_stage(e) != IOASID_STATE_LIVE)
		return false;
	if (match->request)
		return req->number == match->request;
	if (!ioasid_entry_visible(e))
		return false;
	if (match->plan)
		return !req->hold && ioasid_plan_moves(match, req, id);
	return !match->label || !strcmp(req->label, match->label);
}

/* Is it a hold of another socket? */
static bool ioasid_foreign(const struct ioasid_entry *e,
			   const struct ioasid_match *match)
{
	const struct ioasid_request *req = ioasid_entry_request(e);

	return !match->request && req && req->hold &&
	       READ_ONCE(req->owner.sk) != match->asker;
}

/* Tells listeners of a run of IDs that went the same way. */
struct ioasid_tell {
	u8 event;
	struct ioasid_entry e;
	ioasid_t first;
	ioasid_t last;
};

static void ioasid_tell_flush(struct ioasid_tell *tell)
{
	if (tell->event && ioasid_entry_visible(&tell->e))
		ioasid_event_id(tell->event, &tell->e, tell->first, tell->last);
	tell->event = 0;
}

static void ioasid_tell_add(struct ioasid_tell *tell, u8 event,
			    const struct ioasid_entry *e, ioasid_t id)
{
	if (tell->event == event && tell->e.req == e->req &&
	    tell->e.space == e->space && tell->e.refs == e->refs &&
	    ioasid_entry_stage(&tell->e) == ioasid_entry_stage(e) &&
	    tell->last + 1 == id) {
		tell->last = id;
		return;
	}
	ioasid_tell_flush(tell);
	tell->event = event;
	tell->e = *e;
	tell->first = id;
	tell->last = id;
}

/* What is out of the table goes to @out: it is forgotten when it was told. */
static void ioasid_sweep_one(struct xa_state *xas, struct ioasid_entry *e,
			     struct ioasid_tell *tell, struct ioasid_queue *out)
{
	struct ioasid_call call;
	u8 event;

	if (e->refs > 1)
		ioasid_entry_set_stage(e, IOASID_STATE_PENDING);
	event = ioasid_release(xas, e, true, &call);
	ioasid_tell_add(tell, event, e, e->id);
	if (event == IOASID_CMD_FREE_NTF)
		ioasid_queue_add(out, e);
}

static void ioasid_relabel_one(struct ioasid_entry *e, ioasid_t id,
			       struct ioasid_request *to,
			       struct ioasid_tell *tell)
{
	struct ioasid_request *from = e->req;

	to->ids++;
	WRITE_ONCE(e->req, to);
	ioasid_request_unref(from);
	trace_ioasid_id_change(id, e);
	ioasid_tell_add(tell, IOASID_CMD_CHANGE_NTF, e, id);
}

/*
 * Free what @match says of [*@id, @last], at most IOASID_BATCH entries: @out is what
 * is left of them. What a backend has to take back goes to the workqueue.
 */
static bool ioasid_sweep_batch(unsigned long *id, unsigned long last,
			       const struct ioasid_match *match,
			       struct ioasid_runs *gone,
			       struct ioasid_queue *out)
{
	struct ioasid_tell tell = {};
	struct ioasid_entry *e;
	u32 n = 0;
	XA_STATE(xas, &ioasid_core.table, *id);

	/* A request that lost its last ID is still looked at. */
	rcu_read_lock();
	xas_for_each(&xas, e, last) {
		*id = xas.xa_index;
		if (n++ == IOASID_BATCH)
			break;
		if (!ioasid_matches(e, *id, match) || ioasid_foreign(e, match))
			continue;
		if (match->relabel)
			ioasid_relabel_one(e, *id,
					   ioasid_plan_request(match->plan, *id),
					   &tell);
		else
			ioasid_sweep_one(&xas, e, &tell, out);
		if (gone)
			ioasid_runs_add(gone, *id, *id);
	}
	ioasid_tell_flush(&tell);
	for (e = out->first; e; e = e->next)
		ioasid_uncharge(e);
	rcu_read_unlock();
	return n > IOASID_BATCH;
}

/*
 * Free what @match says of [@first, @last] in small steps. Callers that set
 * @change are told -ESTALE before the first of them.
 */
int ioasid_sweep(ioasid_t first, ioasid_t last,
		 const struct ioasid_match *match, struct ioasid_change *change,
		 struct ioasid_runs *gone)
{
	unsigned long flags, id = first;
	struct ioasid_queue out;
	bool more = true;
	int err;

	while (more) {
		out.first = NULL;
		ioasid_lock(flags);
		err = change ? ioasid_expect(change) : 0;
		change = NULL;
		if (!err)
			more = ioasid_sweep_batch(&id, last, match, gone, &out);
		ioasid_unlock(flags);
		ioasid_entries_drop(out.first);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/*
 * Wait until the backend of @space, to which the caller has a reference, has what
 * a sweep left to the workqueue. NULL: that of the active space.
 */
void ioasid_sweep_end(struct ioasid_space *space)
{
	unsigned long flags;
	u32 rounds;

	ioasid_lock(flags);
	space = space ?: ioasid_core.active;
	space->refs++;
	for (rounds = ioasid_space_rounds(space); rounds && space->busy;
	     rounds--)
		ioasid_space_flush(space, &flags);
	ioasid_space_put(space);
	ioasid_unlock(flags);
}

/* What a free is about, and what is in its way. */
struct ioasid_survey {
	u32 found;
	u32 missing;
	u32 held;
	u32 foreign;
	ioasid_t first_missing;
	ioasid_t first_held;
	ioasid_t first_foreign;
};

/* Look at [@first, @last]; those that can be freed go to @found, if not NULL. */
static void ioasid_survey(ioasid_t first, ioasid_t last,
			  const struct ioasid_match *match,
			  struct ioasid_survey *s, struct ioasid_runs *found)
{
	unsigned long id = first, next = first;
	struct ioasid_entry *e, copy;
	u32 n = 0, present = 0;
	bool there, matches;

	rcu_read_lock();
	for (; (e = xa_find(&ioasid_core.table, &id, last, XA_PRESENT)); id++) {
		if (++n % IOASID_BATCH == 0) {
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
			e = xa_load(&ioasid_core.table, id);
		}
		there = ioasid_entry_look(e, id, &copy);
		matches = there && ioasid_matches(&copy, id, match);
		if (matches && ioasid_foreign(&copy, match)) {
			if (!s->foreign++)
				s->first_foreign = id;
		} else if (matches) {
			s->found++;
			if (found)
				ioasid_runs_add(found, id, id);
		} else if (there && !copy.req && !match->label &&
			   ioasid_entry_stage(&copy) == IOASID_STATE_LIVE) {
			if (!s->held++)
				s->first_held = id;
		} else {
			continue;
		}
		present++;
		next += id == next;
	}
	rcu_read_unlock();
	if (present == last - first + 1)
		return;
	if (!s->missing)
		s->first_missing = next;
	s->missing += last - first + 1 - present;
}

static int ioasid_free_verdict(const struct ioasid_survey *s, bool skip_missing,
			       struct ioasid_change *change)
{
	if (s->held) {
		change->count = s->held;
		change->id = s->first_held;
		change->reason = IOASID_REASON_HELD;
		return -EBUSY;
	}
	if (s->foreign) {
		change->count = s->foreign;
		change->id = s->first_foreign;
		change->reason = IOASID_REASON_NOT_OWNER;
		return -EACCES;
	}
	if (s->missing && !skip_missing) {
		change->count = s->missing;
		change->id = s->first_missing;
		change->reason = IOASID_REASON_UNKNOWN_IOASID;
		return -ENOENT;
	}
	change->count = s->found;
	change->changed = s->found;
	return 0;
}

/* Free all that a request got: it cannot be told of it. */
void ioasid_request_undo(u64 number)
{
	const struct ioasid_match match = { .request = number };

	mutex_lock(&ioasid_request_mutex);
	ioasid_sweep(0, ioasid_core.id_max, &match, NULL, NULL);
	mutex_unlock(&ioasid_request_mutex);
	ioasid_sweep_end(NULL);
}

/**
 * ioasid_request_free - free IDs of user space
 * @which: these, sorted, or, if empty, all with @label
 * @label: text that they were allocated with, or NULL
 * @skip_missing: leave out IDs that are not in use
 * @change: conditions and outcome; @change->count is the number of IDs
 * @gone: the IDs that were, or would be, freed; some may only be pending
 *
 * What kernel consumers do to these IDs between the look and the free is not
 * refused: an ID that they freed meanwhile is left out.
 *
 * Context: Process context, sleeps until backends have taken the IDs back.
 * Return: 0; -ENOENT (not in use), -EBUSY (a kernel consumer holds one),
 * -EACCES (another socket holds one), -ESTALE.
 */
int ioasid_request_free(const struct ioasid_runs *which, const char *label,
			bool skip_missing, struct ioasid_change *change,
			struct ioasid_runs *gone)
{
	const struct ioasid_run all = { 0, ioasid_core.id_max };
	const struct ioasid_match match = {
		.label = label, .asker = change->asker.sk,
	};
	const struct ioasid_run *run = which->n ? which->run : &all;
	u32 i, n = which->n ?: 1;
	struct ioasid_survey s = {};
	unsigned long flags;
	int err;

	mutex_lock(&ioasid_request_mutex);
	ioasid_lock(flags);
	err = ioasid_expect(change);
	/* Of before the look, so that nothing is unseen that came meanwhile. */
	change->generation = ioasid_core.generation;
	ioasid_unlock(flags);
	if (err)
		goto unlock;
	for (i = 0; i < n; i++)
		ioasid_survey(run[i].first, run[i].last, &match, &s,
			      change->dry_run ? gone : NULL);
	err = ioasid_free_verdict(&s, skip_missing || !which->n, change);
	if (err || !change->changed || change->dry_run)
		goto unlock;
	for (i = 0; !err && i < n; i++)
		err = ioasid_sweep(run[i].first, run[i].last, &match,
				   i ? NULL : change, gone);
	change->count = gone->total;
	change->changed = gone->total;
unlock:
	mutex_unlock(&ioasid_request_mutex);
	ioasid_sweep_end(NULL);
	if (!err && change->changed && !change->dry_run) {
		ioasid_lock(flags);
		change->generation = ioasid_core.generation;
		ioasid_unlock(flags);
	}
	return err;
}

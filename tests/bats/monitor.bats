#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl monitor
# shellcheck disable=SC1010,SC2016,SC2030,SC2031,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load background
load fault

setup_file()
{
	nl_begin
}

teardown_file()
{
	nl_end
	check_json && unload_all
}

setup()
{
	load_sim user_quota=0
}

teardown()
{
	stop_all
	reset_world
}

# watch ARG…: a monitor in the background, with its snapshot behind it; its
# lines are in $watched.
watch()
{
	start ioasidctl -j monitor "$@"
	watched=$out
	if [[ " $* " == *' --no-snapshot '* ]]; then
		started_listening
	else
		wait_for grep -q '"snapshot-end"' "$watched"
	fi
}

# seen: the monitor has come to the generation of now.
seen()
{
	wait_for at_generation "$(generation)"
}

at_generation()
{
	[ "$(tail -qn1 "$watched" | jq .generation)" = "$1" ]
}

# same: what its lines tell is what there is.
same()
{
	seen
	ioasidctl -j list >"$BATS_TEST_TMPDIR/list"
	expect 0 "$tests/bats/replay" "$watched" "$BATS_TEST_TMPDIR/list"
}

# lines_are FILTER: of all lines as one array.
lines_are()
{
	jq -es "$1" "$watched" >/dev/null || fail_with "lines: not true: $1: $(<"$watched")"
}

# A disturbance of everything that an ID shows, and of allocators.
disturb()
{
	ioasidctl alloc -c 5 --set-label=x >/dev/null
	ioasidctl alloc --id=100,200-209 >/dev/null
	sim_set consumers/drv/alloc 3
	sim_set consumers/drv/get all
	ioasidctl free 201-203
	sim_set consumers/drv/free all
	ioasidctl switch b
	ioasidctl free --label=x
	sim_set consumers/drv/put all
}

@test "monitor: snapshot, its end, then events, in order and none twice" {
	sim_allocator a group=g
	ioasidctl alloc -c 3 --set-label=before
	watch
	lines_are '.[0].event == "snapshot-begin" and .[-1].event == "snapshot-end" and
		([.[1:-1][] | .event] | unique) == ["snapshot"] and
		([.[].object // empty] | unique) == ["allocator", "ioasid", "set"] and
		([.[] | select(.object == "ioasid").items[0] | [.id, .last, .label]] == [[1, 3, "before"]])'
	ioasidctl alloc --set-label=after
	ioasidctl free 1
	sim_allocator b group=g
	ioasidctl switch b
	seen
	lines_are '[.[] | select(.event | startswith("snapshot") | not) |
		[.event, (.items[0] | .name // .id)]] ==
		[["alloc", 4], ["change", 1], ["free", 1], ["registered", "b"], ["switched", "b"],
		["change", 2], ["change", 4]]'
	lines_are '[.[-7:][] | .generation] | . as $g | $g == [range($g[0]; $g[0] + 5), $g[0] + 4, $g[0] + 4]'
	lines_are '.[-1].items[0] | .allocator == "b" and .label == "after" and .comm == "ioasidctl"'
	same
}

@test "monitor: what its lines tell is at the end what list -j tells" {
	sim_allocator a group=g
	sim_allocator b group=g
	sim_consumer drv alloc=4
	ioasidctl alloc -c 50
	watch
	disturb
	same
	jq -e '.gaps == 0 and .events > 10' <<<"$output"
	# Hot-unplug: what is left are orphans.
	sim_consumer left alloc=2
	sim_set allocators/a/live 0
	sim_set allocators/b/live 0
	ioasidctl free 60-70
	same
	lines_are 'map(.event) | index("orphaned")'
	lines_are '[.[] | select(.object == "ioasid") | .items[0].state] | index("orphan")'
}

@test "monitor: a run of an exact restore, and of a hold" {
	sim_consumer drv
	ioasidctl alloc -c 20 --set-label=a
	ioasidctl save -o "$BATS_TEST_TMPDIR/saved"
	watch
	ioasidctl free 3-5,11
	ioasidctl alloc --id=30-40 --set-label=b
	ioasidctl free 1-2
	ioasidctl alloc --id=1-2 --set-label=c
	ioasidctl hold -c 3 --min=50 -- true
	ioasidctl restore --exact "$BATS_TEST_TMPDIR/saved"
	same
	jq -e '.gaps == 0' <<<"$output"
}

@test "monitor: text, a line an event" {
	sim_allocator a
	ioasidctl alloc -c 2
	start ioasidctl monitor
	wait_for grep -q snapshot-end "$out"
	ioasidctl free 1
	ioasidctl quota user 5
	wait_for grep -q ' set  ' "$out"
	expect 0 cat "$out"
	grep -qE '^[0-9]+ +snapshot-begin' <<<"$output"
	grep -qE '^[0-9]+ +snapshot +a  [0-9]+  operating  active  2$' <<<"$output"
	grep -qE '^[0-9]+ +snapshot +1-2  live  user  1  a  ioasidctl\[[0-9]+\] uid 0$' <<<"$output"
	grep -qE '^[0-9]+ +free +1  ' <<<"$output"
	grep -qE '^[0-9]+ +set +user  1  5  present$' <<<"$output"
	ioasidctl quota user unlimited
}

@test "monitor: -n N ends after N events, --for after a time, --no-snapshot leaves it out" {
	ioasidctl alloc -c 3
	watch --no-snapshot -n 2
	ioasidctl free 1
	ioasidctl free 2
	ioasidctl free 3
	ended
	lines_are '[.[].event] == ["free", "free"]'
	expect 0 ioasidctl -j monitor --for=200ms
	jq -es '.[0].event == "snapshot-begin" and .[-1].event == "snapshot-end"' <<<"$output"
	expect 0 ioasidctl monitor --no-snapshot --for=200ms
	quiet
}

@test "monitor: filters leave out lines, and are no gaps" {
	sim_consumer drv
	ioasidctl alloc --id=1-5
	watch set=drv
	lines_are '[.[] | .event] == ["snapshot-begin", "snapshot-end"]'
	ioasidctl alloc -c 3
	sim_set consumers/drv/alloc 2
	ioasidctl free 1
	sim_set consumers/drv/free all
	ioasidctl quota user 100
	sim_set consumers/drv/alloc 1
	wait_for says_drv 5
	ioasidctl quota user unlimited
	lines_are '[.[] | select(.event | startswith("snapshot") | not) | [.event, .items[0].set]] ==
		[["alloc", "drv"], ["alloc", "drv"], ["free", "drv"], ["free", "drv"], ["alloc", "drv"]]'
	kill_now
	# One event about IDs that looked different is said to who looks at some of them.
	ioasidctl alloc --id=20 --set-label=x
	ioasidctl alloc --id=21 --set-label=y
	watch label=y
	ioasidctl restore --exact <(ioasidctl save | jq '.items |= map(if .id >= 20 then .label = "z" else . end)')
	wait_for grep -q '"change"' "$watched"
	lines_are '[.[] | select(.event == "change").items[0] | [.id, .last, .label]] == [[21, 21, "z"]]'
	kill_now
	ioasidctl free 20-21
	watch range=3-4 state=live
	lines_are '[.[] | select(.event == "snapshot") | .items[0] | [.id, .last]] == [[2, 5]]'
	ioasidctl free 5
	ioasidctl free 4
	wait_for grep -q '"free"' "$watched"
	lines_are '[.[] | select(.event == "free") | .items[0].id] == [4]'
}

says_drv()
{
	[ "$(grep -c '"set":"drv"' "$watched")" -ge "$1" ]
}

@test "monitor: an interrupt and --for end it, also while changes come faster than it reads" {
	watch --receive-buffer=2048
	start nice -n -10 bash -c 'while :; do ioasidctl alloc --id=7 >/dev/null; ioasidctl free 7; done'
	sleep 1
	kill -INT "${pids[0]}"
	ended 130 "${pids[0]}"
	expect 0 timeout 20 ioasidctl monitor --receive-buffer=2048 --for=1
	kill -9 "${pids[1]}"
	wait "${pids[1]}" || :
	ioasidctl free 7
}

@test "monitor: without privilege no owners, and the filters for them are refused" {
	ioasidctl alloc -c 2 --set-label=secret
	start nobody ioasidctl -j monitor
	watched=$out
	wait_for grep -q '"snapshot-end"' "$watched"
	ioasidctl alloc --set-label=secret
	ioasidctl free 1
	seen
	lines_are '[.[] | select(.object == "ioasid") | .items[0] | has("pid", "uid", "comm", "start", "label")] |
		length > 5 and (any | not)'
	run ! grep -q secret "$watched"
	expect 4 nobody ioasidctl monitor label=secret
	refused PERMISSION
	expect 4 nobody ioasidctl monitor pid=5
	refused PERMISSION
}

@test "monitor: the group with the owners is for CAP_SYS_ADMIN only" {
	expect 0 nl joins
	jq -e '. == {"events": null, "events-owner": null}' <<<"$output"
	expect 0 nl nobody joins
	jq -e '. == {"events": null, "events-owner": "EPERM"}' <<<"$output"
}

@test "monitor: a small buffer and 100000 pairs of alloc and free" {
	local before

	ioasidctl alloc --id=500000-500003 --set-label=stays
	watch --receive-buffer=4096
	before=$(generation)
	expect 0 nl churn 100000
	[ "$(generation)" -eq $((before + 200000)) ]
	ioasidctl alloc --id=600000
	same
	jq -e '.same and .ids == 5' <<<"$output"
	# It lost events, noticed it, and did neither die nor fall silent.
	jq -e '.gaps > 0' <<<"$output"
	lines_are 'map(select(.event == "gap").reason) | unique | inside(["overrun", "generation"])'
	[ -e "/proc/$pid" ]
}

@test "monitor: stopped while IDs come and go, and continued" {
	ioasidctl alloc --id=500000-500003
	watch --receive-buffer=4096
	kill -STOP "$pid"
	expect 0 nl churn 4000
	ioasidctl free 500001
	ioasidctl alloc -c 7 --set-label=new
	kill -CONT "$pid"
	same
	jq -e '.gaps > 0 and .ids == 10' <<<"$output"
	kill_now
	# The usual buffer takes a pause of that kind without a gap.
	watch
	kill -STOP "$pid"
	expect 0 nl churn 500
	kill -CONT "$pid"
	same
	jq -e '.gaps == 0 and .events == 1000' <<<"$output"
}

@test "monitor: events for which the kernel had no memory are a gap, also the last ones" {
	fault_load
	watch
	ioasidctl alloc -c 3
	seen
	# The allocations of the next two events fail.
	fault_next 2
	ioasidctl alloc --id=10
	ioasidctl alloc --id=11
	ioasidctl alloc --id=12
	same
	jq -e '.gaps > 0 and .ids == 6' <<<"$output"
	fault_done 2
	# Nothing comes behind this one.
	fault_next 1
	ioasidctl alloc --id=20 --set-label=last
	same
	fault_done 1
	lines_are '[.[] | select(.event == "alloc" and .resync) | .items[0].id] | index(20)'
}

@test "monitor: a gap tells how allocators and sets differ, too" {
	sim_allocator a group=g
	sim_allocator b group=g
	watch --receive-buffer=4096
	kill -STOP "$pid"
	expect 0 nl churn 2000
	ioasidctl unregister a
	sim_allocator c
	ioasidctl quota user 123
	sim_consumer fresh alloc=1
	kill -CONT "$pid"
	same
	ioasidctl quota user unlimited
	lines_are '[.[] | select(.resync) | [.event, .items[0].name // empty]] as $r |
		[["unregistered", "a"], ["registered", "c"], ["allocator", "b"], ["set", "user"],
		["set", "fresh"]] - $r == []'
}

@test "monitor: unload ends it with exit 9" {
	watch
	unload_all
	ended 9
	jq -es '.[0] | .code == "NO_MODULE" and .exit == 9' "$err"
	load_core
}

@test "monitor: --reconnect waits, and has a fresh snapshot when the module is back" {
	ioasidctl alloc -c 3
	watch --reconnect
	ioasidctl free 1-3
	unload_all
	wait_for grep -q '"module-gone"' "$watched"
	# It does not load the module itself.
	sleep 1
	run ! loaded ioasid_core
	load_sim user_quota=0
	wait_for two_snapshots
	ioasidctl alloc --id=77
	same
	jq -e '.ids == 1' <<<"$output"
	unload_all || { ioasidctl free 77; unload_all; }
	wait_for two_gone
	expect 0 kill -INT "$pid"
	ended 130
	load_core
}

two_snapshots()
{
	[ "$(grep -c '"snapshot-end"' "$watched")" -eq 2 ]
}

two_gone()
{
	[ "$(grep -c '"module-gone"' "$watched")" -eq 2 ]
}

@test "monitor: several at the same time, and one that nobody reads, hold up nobody" {
	local first

	watch
	first=$watched
	watch --receive-buffer=4096
	kill -STOP "$pid"
	expect 0 nl churn 3000
	ioasidctl alloc --id=9
	kill -CONT "$pid"
	same
	watched=$first
	same
}

@test "monitor: a reader that goes ends it quietly" {
	ioasidctl alloc -c 3
	expect 0 bash -c 'ioasidctl -j monitor | head -1 >/dev/null & sleep 0.5; ioasidctl alloc; wait'
	[ -z "$stderr" ]
	expect 1 bash -c 'ioasidctl monitor >/dev/full'
	refused WRITE
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Administrators, programs and drivers at the same time, on two CPUs: what must hold
# at the end, whatever came first.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # variables of jq; of helpers and Bats

load ../bats/helpers
load ../bats/netlink
load ../bats/background

seconds=${STRESS_SECONDS:-40}

setup()
{
	load_sim user_quota=0
	sim_allocator a group=g
	sim_allocator b group=g
	sim_allocator c
}

teardown()
{
	stop_all
	reset_world
}

# for_a_while COMMAND…: again and again, whatever it says, in the background.
for_a_while()
{
	start bash -c 'end=$((SECONDS + $1)); shift
		while [ "$SECONDS" -lt "$end" ]; do "$@" >/dev/null 2>&1; done; :' - "$seconds" "$@"
}

# Waits for all but the monitor, which is the first.
all_ended()
{
	local one

	for one in "${pids[@]:1}"; do
		wait "$one" || fail_with "process $one: status $?"
	done
}

@test "stress: drains that die, holds that die, switches, restores, drivers, and a monitor that keeps up" {
	local saved=$BATS_TEST_TMPDIR/saved watched

	ioasidctl alloc --id=1000-1019 --set-label=kept
	ioasidctl save -o "$saved"
	start ioasidctl -j monitor --receive-buffer=16384
	watched=$out
	wait_for grep -q '"snapshot-end"' "$watched"

	for_a_while timeout -s KILL 0.3 ioasidctl drain
	for_a_while timeout -s KILL 0.2 ioasidctl hold -c 20 -- sleep 10
	for_a_while ioasidctl hold -c 5 --set-label=h -- true
	for_a_while sh -c 'ioasidctl switch b; ioasidctl switch a; ioasidctl switch c'
	for_a_while sh -c 'ioasidctl alloc -c 30 --min=2000 --set-label=churn; ioasidctl free --label=churn'
	for_a_while ioasidctl restore --exact "$saved"
	for_a_while ioasidctl switch c --wait=100ms
	for_a_while sh -c 'd=$0/drv; mkdir $d; echo 1 >$d/frees_on_drain; echo 20 >$d/alloc; echo all >$d/get
		echo all >$d/free; rmdir $d' "$sim/consumers"
	for_a_while sh -c 'ioasidctl resume; ioasidctl quota user 50; ioasidctl quota user unlimited'
	all_ended

	# Nobody is left: no drain, no hold, no reference.
	ioasidctl restore "$saved"
	expect 0 ioasidctl -j status
	json '.draining == false'
	expect 0 ioasidctl -j list
	json '[.items[] | select(.hold or .state != "live" or .set != "user")] == []'
	# The monitor knows what there is.
	wait_for at_generation
	ioasidctl -j list >"$BATS_TEST_TMPDIR/list"
	expect 0 "$tests/bats/replay" "$watched" "$BATS_TEST_TMPDIR/list"
	# Each number that the backends handed out came back, once.
	ioasidctl free 0-1048575
	wait_for returned
	for n in a b c; do
		[ "$(sim_get "allocators/$n/bad_frees")" -eq 0 ]
	done
	expect 0 ioasidctl -j allocators
	json '[.items[] | .ids, .faults] | unique == [0]'
	[ "$(cat /sys/module/ioasid_core/refcnt)" -eq 1 ]
}

at_generation()
{
	[ "$(tail -qn1 "$watched" | jq .generation)" = "$(generation)" ]
}

returned()
{
	[ "$(sim_get allocators/a/in_use)$(sim_get allocators/c/in_use)" = 00 ]
}

@test "stress: providers that are hot-unplugged under drains and holds" {
	local n

	seconds=$((seconds / 2))
	start sleep 1000
	for_a_while timeout -s KILL 0.2 ioasidctl drain
	for_a_while timeout -s KILL 0.2 ioasidctl hold -c 10 -- sleep 10
	for_a_while sh -c 'ioasidctl alloc -c 10 --set-label=o; ioasidctl free --label=o'
	for_a_while sh -c 'for n in a b c; do echo 0 >$0/$n/live; echo 1 >$0/$n/standby; echo 1 >$0/$n/live; done' \
		"$sim/allocators"
	for_a_while sh -c 'ioasidctl switch c; ioasidctl switch a; ioasidctl switch default'
	all_ended
	ioasidctl free 0-1048575
	expect 0 ioasidctl -j list
	json '.items == []'
	expect 0 ioasidctl -j status
	json '.used == 0 and .orphans == 0 and .draining == false'
	expect 0 ioasidctl -j allocators
	json '[.items[].ids] | unique == [0]'
}

@test "stress: what one request allocates, another frees as a whole or not at all" {
	local done=$BATS_TEST_TMPDIR/done empty=$BATS_TEST_TMPDIR/empty frees restores

	ioasidctl save -o "$empty"
	start bash -c 'while ! [ -e "$0" ]; do echo free --label=whole; done | ioasidctl batch -' "$done"
	frees=$out
	start bash -c 'while ! [ -e "$0" ]; do ioasidctl -j restore --exact "$1"; done' "$done" "$empty"
	restores=$out
	expect 0 ioasidctl batch <(yes 'alloc -c 1000 --set-label=whole' | head -n 200)
	touch "$done"
	ended 0 "${pids[0]}"
	ended 0 "${pids[1]}"
	ioasidctl -j free --label=whole >"$BATS_TEST_TMPDIR/rest"
	jq -s '.' "$frees" "$restores" "$BATS_TEST_TMPDIR/rest" >"$BATS_TEST_TMPDIR/all"
	jq -e '[.[] | if .kind == "batch" then .items[0].count elif .kind == "restore" then .freed
		elif .kind == "free" then .count else 0 end] |
		add == 200000 and all(. % 1000 == 0)' "$BATS_TEST_TMPDIR/all" ||
		fail_with "$(jq -c '.items[0].count // .freed // .count // .' "$BATS_TEST_TMPDIR/all" | sort | uniq -c)"
}

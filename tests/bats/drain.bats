#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl drain and resume, and --wait of switch and unregister
# shellcheck disable=SC1010,SC2016,SC2030,SC2031,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load background

setup()
{
	load_sim
	# a and b share a space, c has its own; a operates.
	sim_allocator a group=shared
	sim_allocator b group=shared
	sim_allocator c
}

teardown()
{
	stop_all
	reset_world
}

gate()
{
	ioasidctl -j status | jq -r 'if .draining then "closed" else "open" end'
}

is_gate()
{
	[ "$(gate)" = "$1" ] || fail_with "the gate is not $1"
}

active()
{
	ioasidctl -j status | jq -r .active
}

@test "R-DRN-1: the gate is closed for new allocations only" {
	ioasidctl alloc -c 3
	sim_consumer drv alloc=2
	start ioasidctl drain
	wait_for is_gate closed
	expect 5 ioasidctl alloc
	refused DRAINING
	run sim_set consumers/drv/alloc 1
	[ "$status" -ne 0 ]
	[[ $output == *'shutdown'* ]]
	# Everything else works.
	sim_set consumers/drv/get 4
	sim_set consumers/drv/put 4
	sim_set consumers/drv/find 4
	sim_set consumers/drv/free 4
	expect 0 ioasidctl free 1-2
	expect 0 ioasidctl list
	expect 0 ioasidctl switch b
	expect 0 ioasidctl switch a
	is_gate closed
}

@test "R-DRN-1: kill -9 opens the gate within a second" {
	ioasidctl alloc
	start ioasidctl drain
	wait_for is_gate closed
	kill_now
	# Before the death of the process can be seen, what it owned is settled.
	is_gate open
	expect 0 ioasidctl alloc
}

@test "R-DRN-1: a drain pins the module until it ends" {
	ioasidctl alloc
	start ioasidctl drain
	wait_for is_gate closed
	ioasidctl free 1
	ended
	clean_sim allocators
	rmmod ioasid_sim
	ioasidctl alloc
	start ioasidctl drain
	wait_for is_gate closed
	expect 1 rmmod ioasid_core
	expect 5 ioasidctl module unload
	refused HELD
	stderr_has "ioasidctl[$pid] drains 'default'"
	kill_now
	ioasidctl free 1
	expect 0 rmmod ioasid_core
}

@test "R-DRN-2: an event says when the last ID is gone, and the gate stays closed until the owner goes" {
	ioasidctl alloc -c 2
	start ioasidctl monitor -j --no-snapshot
	started_listening
	local events=$out

	start ioasidctl drain -- sleep 100
	wait_for is_gate closed
	ioasidctl free 1-2
	wait_for grep -q '"drained"' "$events"
	# The owner became a command, which keeps the socket.
	is_gate closed
	expect 5 ioasidctl alloc
	refused DRAINING
	kill_now
	is_gate open
	wait_for grep -q '"drain-end"' "$events"
	jq -es '[.[].event | select(startswith("drain"))] == ["drain-begin", "drained", "drain-end"]' \
		"$events"
}

@test "R-DRN-2: drained comes behind the last free, whoever has the IDs" {
	clean_sim allocators
	ioasidctl alloc -c 3
	start ioasidctl hold -c 2 -- sleep 100
	local holder=$pid
	start ioasidctl monitor -j --no-snapshot
	started_listening
	local events=$out

	start ioasidctl drain
	wait_for is_gate closed
	ioasidctl free 1-3
	kill -9 "$holder"
	ended
	wait_for grep -q '"drain-end"' "$events"
	jq -es '[.[] | [.event, .items[0].hold // false]] == [["drain-begin", false], ["free", false],
		["free", true], ["drained", false], ["drain-end", false]]' "$events"
}

@test "drain: --timeout holds while IDs are referenced again and again" {
	sim_consumer drv alloc=1
	start bash -c 'while :; do echo 1 >$0/get; echo 1 >$0/put; done' "$sim/consumers/drv"
	expect 7 timeout 20 ioasidctl drain --timeout=1
	refused TIMEOUT
}

@test "R-DRN-2: drained at once if there is nothing to wait for" {
	expect 0 ioasidctl -j drain
	jq -es '[.[].event] == ["begin", "drained"] and all(.[]; .remaining == 0 and .allocator == "a")' \
		<<<"$output"
	is_gate open
	expect 0 ioasidctl drain
	quiet
}

@test "R-DRN-3: a second drain is refused and says whose the first is" {
	ioasidctl alloc
	start ioasidctl drain
	wait_for is_gate closed
	expect 5 ioasidctl drain
	refused DRAINING
	stderr_has "ioasidctl[$pid] drains 'a'"
	expect 5 ioasidctl -j drain
	json_error '.code == "DRAINING" and .exit == 5'
	expect 0 ioasidctl -j list
	json '.items[0].state == "live"'
}

@test "drain: a timeout rolls back, and names who is in the way" {
	sim_consumer drv alloc=2
	ioasidctl alloc -c 3
	expect 7 ioasidctl drain --timeout=300ms
	refused TIMEOUT
	stderr_has "5 IOASIDs outstanding in 'a'"
	stderr_has 'the gate is open again'
	grep -qE '^  1-2 +ioasid_sim \(module\)' <<<"$stderr"
	grep -qE '^  3-5 +ioasidctl\[[0-9]+\] uid 0' <<<"$stderr"
	is_gate open
	[ "$(active)" = a ]
	expect 7 ioasidctl -j drain --timeout=300ms
	jq -es '[.[].event] == ["begin", "progress"] and .[1].remaining == 5 and
		([.[1].items[] | .ids] == [3, 2])' <<<"$output"
	jq -es '.[0] | .code == "TIMEOUT" and .exit == 7 and .count == 5' <<<"$stderr"
}

@test "drain: progress says how many are left and who has them" {
	sim_consumer drv alloc=2
	ioasidctl alloc -c 3
	start ioasidctl drain -v
	wait_for grep -q "5 left in 'a'" "$err"
	ioasidctl free 3-5
	wait_for grep -q "2 left in 'a': 2 ioasid_sim (module)" "$err"
	sim_set consumers/drv/free all
	ended
	grep -q "0 left in 'a'" "$err"
	# On no terminal, and without -v, there is nothing.
	ioasidctl alloc
	start ioasidctl drain
	wait_for is_gate closed
	ioasidctl free 1
	ended
	[ ! -s "$err" ]
	[ ! -s "$out" ]
}

@test "drain: progress as JSON lines" {
	ioasidctl alloc -c 3
	start ioasidctl -j drain
	wait_for grep -q '"progress"' "$out"
	ioasidctl free 1-3
	ended
	jq -es '.[0].event == "begin" and .[1].event == "progress" and .[1].remaining == 3 and
		.[1].items[0].comm == "ioasidctl" and .[-1].event == "drained" and .[-1].remaining == 0' \
		"$out"
}

@test "drain: on a terminal progress is one line that changes" {
	ioasidctl alloc -c 2
	start script -qefc 'ioasidctl drain' "$BATS_TEST_TMPDIR/tty"
	wait_for grep -q "2 left in 'a'" "$BATS_TEST_TMPDIR/tty"
	ioasidctl free 1-2
	ended
	grep -q "0 left in 'a'" "$BATS_TEST_TMPDIR/tty"
	grep -q $'\r\033\[K' "$BATS_TEST_TMPDIR/tty"
}

@test "drain: --then-switch switches when all are gone" {
	ioasidctl alloc -c 2
	start ioasidctl drain --then-switch=c
	wait_for is_gate closed
	[ "$(active)" = a ]
	ioasidctl free 1-2
	ended
	[ "$(active)" = c ]
	is_gate open
	[ ! -s "$err" ]
}

@test "drain: --then-switch to what is not there is refused before the gate closes" {
	local before

	ioasidctl alloc
	before=$(generation)
	expect 3 ioasidctl drain --then-switch=nowhere
	refused UNKNOWN_ALLOCATOR
	[ "$(generation)" -eq "$before" ]
}

@test "drain: a command runs behind a closed gate, and its status is the answer" {
	expect 7 ioasidctl drain -- sh -c 'ioasidctl -j status; ioasidctl alloc; echo $?; exit 7'
	stdout_has '"draining":true'
	[ "${output##*$'\n'}" = 5 ]
	is_gate open
	expect 127 ioasidctl drain -- /nowhere/command
	refused NO_COMMAND
	expect 126 ioasidctl drain -- /etc/passwd
	refused CANNOT_RUN
	is_gate open
}

@test "drain: an interrupt rolls back and is status 130" {
	ioasidctl alloc -c 2
	start ioasidctl drain
	wait_for is_gate closed
	kill -INT "$pid"
	ended 130
	grep -q '\[INTERRUPTED\]$' <(head -1 "$err")
	is_gate open
}

@test "drain: resume opens the gate, the drain says so and fails" {
	ioasidctl alloc
	start ioasidctl drain
	wait_for is_gate closed
	expect 0 ioasidctl resume
	quiet
	ended 5
	grep -q '\[NOT_DRAINING\]$' <(head -1 "$err")
	is_gate open
	expect 0 ioasidctl alloc
}

@test "resume: an open gate is fine, unless strictly" {
	local before

	before=$(generation)
	expect 0 ioasidctl resume
	quiet
	expect 0 ioasidctl -j resume
	json '.kind == "resume" and .changed == false'
	expect 5 ioasidctl --strict resume
	stderr_has 'resume: the gate is open already'
	refused NOT_DRAINING
	[ "$(generation)" -eq "$before" ]
}

@test "drain and resume: --dry-run and --if-generation" {
	local before

	ioasidctl alloc
	before=$(generation)
	expect 0 ioasidctl -n drain
	quiet
	expect 0 ioasidctl -n -v drain
	stdout "would drain 'a', 1 IOASIDs are out"
	expect 0 ioasidctl -n -j drain
	json '.event == "would-begin" and .remaining == 1'
	expect 8 ioasidctl drain --if-generation=$((before + 1))
	refused STALE
	expect 8 ioasidctl resume --if-generation=$((before + 1))
	refused STALE
	[ "$(generation)" -eq "$before" ]
	start ioasidctl drain --if-generation="$before"
	wait_for is_gate closed
	expect 0 ioasidctl -n resume
	is_gate closed
	expect 0 ioasidctl resume --if-generation="$(generation)"
	ended 5
}

@test "drain: changes need privilege" {
	expect 4 nobody ioasidctl drain
	refused PERMISSION
	expect 4 nobody ioasidctl resume
	refused PERMISSION
	is_gate open
}

@test "drain: who drains is told to the privileged only, that there is a drain to all" {
	ioasidctl alloc
	start ioasidctl drain
	wait_for is_gate closed
	expect 0 ioasidctl -j status
	json '.draining and .drain_pid == ($p | tonumber) and .drain_comm == "ioasidctl" and .drain_since > 0' \
		--arg p "$pid"
	expect 0 ioasidctl status
	stdout_has "by ioasidctl[$pid]"
	expect 0 nobody ioasidctl -j status
	json '.draining and .drain_since > 0 and (has("drain_pid") or has("drain_comm") | not)'
	expect 0 ioasidctl -j allocators
	json '[.items[] | select(.draining) | .name] == ["a", "b"]'
}

@test "R-DRN-2: nobody but the owner switches away or removes the space that is drained" {
	ioasidctl alloc
	start ioasidctl drain -- sleep 100
	wait_for is_gate closed
	expect 5 ioasidctl switch c
	refused DRAINING
	ioasidctl free 1
	wait_for runs_sleep
	expect 5 ioasidctl switch c
	refused DRAINING
	expect 0 ioasidctl unregister b
	expect 5 ioasidctl unregister a
	refused DRAINING
	is_gate closed
	[ "$(active)" = a ]
}

runs_sleep()
{
	[ "$(<"/proc/$pid/comm")" = sleep ]
}

@test "drain: the end of the space ends the drain" {
	clean_sim allocators
	sim_allocator a group=dies
	sim_allocator c
	ioasidctl alloc
	start ioasidctl drain
	wait_for is_gate closed
	sim_set allocators/a/live 0
	ended 5
	grep -q '\[NOT_DRAINING\]$' <(head -1 "$err")
	is_gate open
	[ "$(active)" = c ]
}

@test "drain: a platform that registers into a drained default takes over" {
	clean_sim allocators
	start ioasidctl drain -- sleep 100
	wait_for is_gate closed
	sim_allocator a
	[ "$(active)" = a ]
	is_gate open
	expect 0 ioasidctl alloc
}

@test "drain: drivers are told; one reacts, one does not" {
	sim_consumer polite frees_on_drain=1 alloc=3
	sim_consumer stubborn alloc=2
	start ioasidctl -v drain
	wait_for grep -q "2 left in 'a': 2 ioasid_sim" "$err"
	[ "$(sim_get consumers/polite/drains)" -eq 1 ]
	[ "$(sim_get consumers/stubborn/drains)" -eq 1 ]
	expect 0 ioasidctl -j list
	json '[.items[].set] == ["stubborn"]'
	sim_set consumers/stubborn/free all
	ended
	# Told once for each drain.
	expect 0 ioasidctl drain
	wait_for told_twice
}

told_twice()
{
	[ "$(sim_get consumers/polite/drains)" -eq 2 ]
}

@test "switch --wait: drains, and switches when all are gone" {
	ioasidctl alloc -c 2
	start ioasidctl switch c --wait
	wait_for is_gate closed
	expect 5 ioasidctl alloc
	ioasidctl free 1-2
	ended
	[ "$(active)" = c ]
	is_gate open
	[ ! -s "$out" ]
	[ ! -s "$err" ]
}

@test "switch --wait: is at once if nothing is in the way" {
	local before

	expect 0 ioasidctl -j switch c --wait=10
	json '.kind == "switch" and .changed == true'
	[ "$(active)" = c ]
	before=$(generation)
	expect 0 ioasidctl switch c --wait=10
	[ "$(generation)" -eq "$before" ]
}

@test "switch --wait=SEC: on timeout nothing has changed" {
	ioasidctl alloc -c 2
	expect 7 ioasidctl switch c --wait=300ms
	refused TIMEOUT
	stderr_has "2 IOASIDs outstanding in 'a'"
	[ "$(active)" = a ]
	is_gate open
	expect 2 ioasidctl switch c --wait=0
	refused USAGE
	expect 2 ioasidctl switch c --wait=never
	refused USAGE
}

@test "switch --wait: --if-generation holds for the beginning" {
	local before

	ioasidctl alloc
	before=$(generation)
	expect 8 ioasidctl switch c --wait --if-generation=$((before - 1))
	refused STALE
	start ioasidctl switch c --wait --if-generation="$before"
	wait_for is_gate closed
	ioasidctl free 1
	ended
	[ "$(active)" = c ]
}

@test "unregister --wait: drains, and removes the last of the active space" {
	ioasidctl unregister b
	ioasidctl alloc -c 2
	start ioasidctl unregister a --wait=60
	wait_for is_gate closed
	ioasidctl free 1-2
	ended
	[ "$(active)" = c ]
	is_gate open
	expect 3 ioasidctl allocators a
	refused UNKNOWN_ALLOCATOR
}

@test "drain: a sleeping backend has all back before the switch" {
	clean_sim allocators
	sim_allocator slow sleeps=1 delay_ms=50
	sim_allocator c
	ioasidctl alloc -c 5
	start ioasidctl switch c --wait=60
	wait_for is_gate closed
	ioasidctl free 1-5
	ended
	[ "$(active)" = c ]
	[ "$(sim_get allocators/slow/in_use)" -eq 0 ]
}

@test "drain: tracepoints and debugfs" {
	echo 1 >/sys/kernel/tracing/events/ioasid/enable
	: >/sys/kernel/tracing/trace
	ioasidctl drain
	echo 0 >/sys/kernel/tracing/events/ioasid/enable
	expect 0 grep -oE 'ioasid_drain[a-z_]*: allocator=[a-z]+' /sys/kernel/tracing/trace
	stdout $'ioasid_drain_begin: allocator=a\nioasid_drained: allocator=a\nioasid_drain_end: allocator=a'
	expect 0 cat /sys/kernel/debug/ioasid/stats
	stdout_has 'draining 0'
}

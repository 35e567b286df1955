#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl wait
# shellcheck disable=SC1010,SC2016,SC2030,SC2031,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load background

setup()
{
	load_sim
}

teardown()
{
	stop_all
	reset_world
}

# waits CONDITION…: a wait in the background that has begun.
waits()
{
	start ioasidctl wait "$@"
	started_listening
}

still()
{
	! gone "$pid" || fail_with 'it does not wait'
}

@test "wait: what is so already is no wait" {
	sim_allocator a
	expect 0 ioasidctl wait empty gone=1-100 'free>=1000' allocator=a active=a 'generation>=1' module
	quiet
	expect 0 ioasidctl -j wait empty module
	json '.kind == "wait" and [.items[].condition] == ["empty", "module"]'
}

@test "wait empty: until the last ID is freed, orphans left aside" {
	sim_allocator a
	sim_consumer drv alloc=1
	sim_set allocators/a/live 0
	ioasidctl alloc -c 2 --min=10
	waits empty
	ioasidctl free 10
	still
	ioasidctl free 11
	ended
	expect 0 ioasidctl -j list
	json '[.items[].state] == ["orphan"]'
}

@test "wait gone=: until none of them is in use" {
	ioasidctl alloc -c 9
	waits gone=3,5-6
	ioasidctl free 1-3
	ioasidctl free 5
	still
	ioasidctl free 6
	ended
}

@test "wait free>=: until so many are free" {
	load_sim id_bits=4
	ioasidctl alloc -c 15
	ioasidctl alloc --id=0
	waits 'free>=3'
	ioasidctl free 0
	ioasidctl free 1-2
	still
	ioasidctl free 3
	ended
}

@test "wait allocator= and active=: until it is registered, and until it serves" {
	waits allocator=b active=b
	sim_allocator a
	still
	sim_allocator b
	still
	ioasidctl switch b
	ended
	waits allocator=c
	sim_allocator c
	ended
}

@test "wait generation>=: until then" {
	local now

	now=$(generation)
	waits "generation>=$((now + 2))"
	ioasidctl alloc
	still
	ioasidctl free 1
	ended
}

@test "wait: --timeout and SIGINT count also while everything changes" {
	sim_consumer drv
	start bash -c 'while :; do echo 1 >"$0/alloc"; echo all >"$0/free"; done' "$sim/consumers/drv"
	expect 0 timeout -s KILL 60 ioasidctl wait active=default
	expect 0 timeout -s KILL 60 ioasidctl wait 'generation>=1'
	# Whether it comes to a moment in which nothing changes is not said.
	status=0
	timeout -s KILL 60 ioasidctl wait 'generation>=1' active=default --timeout=1 || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 7 ]
	expect 7 timeout -s KILL 60 ioasidctl wait 'free>=1' allocator=never --timeout=1
	refused TIMEOUT
	start ioasidctl wait 'free>=1' 'gone=5' allocator=never
	sleep 1
	kill -INT "$pid"
	ended 130
}

@test "wait: all conditions at the same time" {
	ioasidctl alloc
	waits gone=1 'generation>=1' allocator=x
	ioasidctl free 1
	still
	ioasidctl alloc --id=1
	sim_allocator x standby=1
	still
	ioasidctl free 1
	ended
}

@test "wait module: until it is loaded, and does not load it" {
	no_module
	start ioasidctl wait module
	sleep 1
	still
	run ! loaded ioasid_core
	load_core
	ended
	# What else is asked for is waited for then, and over an unload.
	start ioasidctl wait module gone=1 allocator=y
	started_listening
	unload_all
	sleep 0.5
	still
	load_sim
	sim_allocator y
	ended
}

@test "wait: unload ends it with exit 9" {
	waits allocator=never
	unload_all
	ended 9
	grep -q '\[NO_MODULE\]$' <(head -1 "$err")
	load_core
}

@test "wait: --timeout is exit 7 and says what is missing, SIGINT is 130" {
	ioasidctl alloc
	expect 7 ioasidctl wait empty gone=5 'free>=1' --timeout=300ms
	refused TIMEOUT
	[ "${stderr%%$'\n'*}" = 'ioasidctl: wait: not in time: empty [TIMEOUT]' ]
	expect 7 ioasidctl -j wait empty --timeout=300ms
	json_error '.code == "TIMEOUT" and .exit == 7'
	ioasidctl free 1
	no_module
	expect 7 ioasidctl wait module --timeout=300ms
	stderr_has 'hint: ioasidctl module info'
	load_core
	waits allocator=never
	kill -INT "$pid"
	ended 130
}

@test "wait: as nobody" {
	ioasidctl alloc
	start nobody ioasidctl wait empty
	started_listening
	ioasidctl free 1
	ended
}

@test "wait: no polling: while nothing happens it does not wake up" {
	ioasidctl alloc
	start strace -f -o "$BATS_TEST_TMPDIR/strace" ioasidctl wait empty
	wait_for grep -q 'ppoll(' "$BATS_TEST_TMPDIR/strace"
	sleep 0.5
	local before
	before=$(wc -l <"$BATS_TEST_TMPDIR/strace")
	sleep 3
	[ "$(wc -l <"$BATS_TEST_TMPDIR/strace")" -eq "$before" ]
	# It sleeps without a limit in a call that has not returned.
	[[ $(tail -1 "$BATS_TEST_TMPDIR/strace") == *'ppoll('*', NULL, NULL,'* ]]
	ioasidctl free 1
	ended
}

@test "monitor and drain do not poll either" {
	local command file before

	ioasidctl alloc
	for command in monitor drain; do
		file=$BATS_TEST_TMPDIR/strace.$command
		start strace -f -o "$file" ioasidctl "$command"
		wait_for grep -q 'ppoll(' "$file"
		sleep 0.5
		before=$(wc -l <"$file")
		sleep 2
		[ "$(wc -l <"$file")" -eq "$before" ]
		[[ $(tail -1 "$file") == *'ppoll('*', NULL, NULL,'* ]]
	done
	ioasidctl free 1
	ended
}

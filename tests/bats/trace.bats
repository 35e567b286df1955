#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Tracepoints: every change of state, and allocations that fail
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

tracing=/sys/kernel/tracing

setup()
{
	load_sim
	echo 0 >$tracing/events/enable
	echo >$tracing/trace
	echo 1 >$tracing/events/ioasid/enable
	echo 1 >$tracing/tracing_on
}

teardown()
{
	echo 0 >$tracing/events/enable
	reset_world
}

# traced TEXT…: the trace holds exactly these events, in this order.
traced()
{
	output=$(sed -nE '/^#/d; s/^.*: (ioasid_[a-z_]+: .*)$/\1/p' $tracing/trace)
	printf 'trace: %s\n' "$output"
	stdout "$(printf '%s\n' "$@")"
}

@test "trace: IDs" {
	sim_consumer drv alloc=1 get=1 free=1 put=1
	ioasidctl alloc -c 2
	ioasidctl free 1
	traced 'ioasid_id_alloc: id=1 set=drv space=0' \
		'ioasid_id_change: id=1 set=drv space=0' \
		'ioasid_id_change: id=1 set=drv space=0' \
		'ioasid_id_free: id=1 set=drv space=0' \
		'ioasid_id_alloc: id=1 set=user space=0' \
		'ioasid_id_alloc: id=2 set=user space=0' \
		'ioasid_id_free: id=1 set=user space=0'
}

@test "trace: an allocation that fails; the kernel log stays silent" {
	sim_consumer drv min=5 max=5 alloc=1
	echo >$tracing/trace
	dmesg | wc -l >"$BATS_TEST_TMPDIR/lines"
	run sim_set consumers/drv/alloc 1
	[ "$status" -ne 0 ]
	run ioasidctl alloc --id=5
	[ "$status" -eq 13 ]
	traced 'ioasid_alloc_failed: min=5 max=5 error=-28'
	[ "$(dmesg | wc -l)" -eq "$(<"$BATS_TEST_TMPDIR/lines")" ]
}

@test "trace: allocators" {
	local a b

	sim_allocator a
	sim_allocator b
	a=$(ioasidctl -j allocators a | jq .items[0].space)
	b=$(ioasidctl -j allocators b | jq .items[0].space)
	ioasidctl switch b
	ioasidctl unregister a
	sim_set allocators/b/out_of_range_count 1
	run ioasidctl alloc --min=3 --max=9
	[ "$status" -eq 1 ]
	traced "ioasid_register: allocator=a space=$a" "ioasid_switch: allocator=a space=$a" \
		"ioasid_register: allocator=b space=$b" "ioasid_switch: allocator=b space=$b" \
		"ioasid_unregister: allocator=a space=$a" \
		'ioasid_fault: allocator=b id=10' 'ioasid_alloc_failed: min=3 max=9 error=-34'
}

@test "trace: hot-unplug and reset" {
	local a

	sim_allocator a group=gone
	sim_consumer drv alloc=2
	a=$(ioasidctl -j allocators a | jq .items[0].space)
	sim_set allocators/a/duplicate_count 16
	for _ in {1..16}; do
		run sim_set consumers/drv/alloc 1
	done
	echo >$tracing/trace
	ioasidctl reset a
	sim_set allocators/a/live 0
	traced "ioasid_reset: allocator=a space=$a" \
		"ioasid_unregister: allocator=a space=$a" \
		'ioasid_switch: allocator=default space=0' \
		'ioasid_orphaned: allocator=a ids=2'
}

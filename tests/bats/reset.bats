#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl reset
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

setup()
{
	load_sim
	sim_allocator a
	sim_consumer drv alloc=1
}

# break_it KIND: 16 faults in a row.
break_it()
{
	local n

	sim_set "allocators/a/$1_count" 16
	for n in {1..16}; do
		run sim_set consumers/drv/alloc 1
		[ "$status" -ne 0 ] || fail_with "allocation $n did not fail"
	done
	[ "$(sim_get "allocators/a/$1_count")" -eq 0 ]
}

faulty()
{
	ioasidctl -j allocators a | jq .items[0].faulty
}

@test "R-ALL-6: after 16 faults in a row an allocator is refused until it is reset" {
	break_it duplicate
	[ "$(faulty)" = true ]
	expect 0 ioasidctl -j allocators a
	json '.items[0] | .faults == 16 and .failures == 16 and .allocs == 1'
	expect 1 ioasidctl alloc
	refused FAULTY
	expect 1 ioasidctl -j alloc -c 3
	json_error '.code == "FAULTY" and .exit == 1'
	expect 1 ioasidctl alloc -n
	refused FAULTY
	run sim_set consumers/drv/alloc 1
	[[ $output == *'Input/output error'* ]]
	# What is out is served.
	sim_set consumers/drv/find 1

	expect 0 ioasidctl reset a
	quiet
	[ "$(faulty)" = false ]
	expect 0 ioasidctl alloc
	stdout 2
	# R-ALL-4: of the duplicates none was given back.
	[ "$(sim_get allocators/a/frees)" -eq 0 ]
}

@test "R-ALL-6: IDs out of range are faults too, and are given back" {
	sim_set consumers/drv/max 100
	break_it out_of_range
	[ "$(faulty)" = true ]
	[ "$(sim_get allocators/a/frees)" -eq 16 ]
	[ "$(sim_get allocators/a/bad_frees)" -eq 0 ]
	[ "$(sim_get allocators/a/in_use)" -eq 1 ]
	ioasidctl reset a
	expect 0 ioasidctl alloc
}

@test "R-ALL-6: a good allocation in between starts the count again" {
	local n

	for n in {1..4}; do
		sim_set allocators/a/duplicate_count 5
		for _ in {1..5}; do
			run sim_set consumers/drv/alloc 1
			[ "$status" -ne 0 ]
		done
		sim_set consumers/drv/alloc 1
	done
	[ "$(faulty)" = false ]
	# A backend that is full is not faulty.
	sim_set allocators/a/fail_count 20
	for _ in {1..20}; do
		run sim_set consumers/drv/alloc 1
		[ "$status" -ne 0 ]
	done
	[ "$(faulty)" = false ]
}

@test "reset: of one that is not faulty is no change" {
	local before

	before=$(generation)
	expect 0 ioasidctl reset a
	quiet
	expect 0 ioasidctl -j reset a
	json '.kind == "reset" and .name == "a" and .changed == false and .generation == $g' \
		--argjson g "$before"
	expect 0 ioasidctl reset default
	expect 13 ioasidctl --strict reset a
	refused EXISTS
	[ "$(generation)" -eq "$before" ]
}

@test "reset: refusals" {
	expect 3 ioasidctl reset no
	refused UNKNOWN_ALLOCATOR
	expect 2 ioasidctl reset
	refused USAGE
	break_it duplicate
	expect 4 nobody ioasidctl reset a
	refused PERMISSION
	expect 8 ioasidctl reset a --if-generation=1
	refused STALE
	expect 0 ioasidctl -j reset -n a
	json '.changed and .dry_run'
	[ "$(faulty)" = true ]
	expect 0 ioasidctl -j reset a --if-generation="$(generation)"
	json '.changed and (.dry_run | not)'
	[ "$(faulty)" = false ]
}

@test "reset: a switch to another one helps as well" {
	sim_allocator b
	break_it duplicate
	sim_set consumers/drv/free all
	expect 0 ioasidctl switch b
	expect 0 ioasidctl alloc
	[ "$(sim_get allocators/b/in_use)" -eq 1 ]
}

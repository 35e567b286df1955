#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl free
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

setup()
{
	load_sim
}

@test "free: silent; lists and ranges" {
	ioasidctl alloc -c 20
	expect 0 ioasidctl free 1
	quiet
	expect 0 ioasidctl free 2-4,0x10 19-20
	quiet
	expect 0 ioasidctl list --ids
	stdout $'5-15\n17-18'
	[ "$(used)" -eq 13 ]
}

@test "free: an absent ID is success, with --strict it is not" {
	local before

	ioasidctl alloc --id=5
	before=$(generation)
	expect 0 ioasidctl free 7-9
	quiet
	expect 0 ioasidctl -j free 7-9
	json '.kind == "free" and .changed == false and .count == 0 and .items == []'
	expect 3 ioasidctl free --strict 4-6
	refused UNKNOWN_IOASID
	expect 3 ioasidctl -j free --strict 5-6
	json_error '.code == "UNKNOWN_IOASID" and .exit == 3 and .kernel.attribute == "range"'
	[ "$(generation)" -eq "$before" ]
	expect 0 ioasidctl -j free 4-6
	json '.changed and .count == 1 and .items[0].id == 5'
	expect 0 ioasidctl free --strict 4-4 --dry-run || [ "$status" -eq 3 ]
	[ "$(used)" -eq 0 ]
}

@test "free: what a driver holds cannot be freed, and nothing is" {
	local before

	sim_consumer drv alloc=2
	ioasidctl alloc -c 3
	before=$(generation)
	expect 5 ioasidctl free 1-5
	refused HELD
	stderr_has '1-2'
	stderr_has 'ioasid_sim (module)'
	expect 5 ioasidctl -j free 2-4
	json_error '.code == "HELD" and .exit == 5 and .count == 1 and .items[0].id == 2 and
		.items[0].set == "drv"'
	expect 5 ioasidctl free -n 2-4
	refused HELD
	[ "$(used)" -eq 5 ]
	[ "$(generation)" -eq "$before" ]
	[ "$(sim_get consumers/drv/ids)" = 1-2 ]
	sim_set consumers/drv/find 1
}

@test "free: --label frees all with this label and no other" {
	sim_consumer drv alloc=1
	ioasidctl alloc -c 2 --set-label=x
	ioasidctl alloc --set-label=xx
	ioasidctl alloc --id=20-29,40 --set-label=x
	expect 0 ioasidctl -j free --label=x
	json '.changed and .count == 13 and
		[.items[] | [.id, .last]] == [[2, 3], [20, 29], [40, 40]]'
	expect 0 ioasidctl list --ids
	stdout $'1\n4'
	expect 0 ioasidctl free --label=x
	quiet
	expect 3 ioasidctl free --strict --label=x
	refused UNKNOWN_IOASID
	expect 2 ioasidctl free --label=x 4
	refused USAGE
	expect 2 ioasidctl free
	refused USAGE
	[ "$(used)" -eq 2 ]
}

@test "free: --keep-going frees what it can" {
	sim_consumer drv alloc=2
	ioasidctl alloc -c 3
	expect 11 ioasidctl free --keep-going 1-4
	refused PARTIAL
	stderr_has 'freed 2'
	stderr_has '1-2'
	expect 0 ioasidctl list --ids
	stdout $'1-2\n5'
	expect 0 ioasidctl free --keep-going 5-9
	quiet
	expect 0 ioasidctl free --keep-going 5-9
	quiet
	expect 11 ioasidctl -j free --keep-going 2
	json_error '.code == "PARTIAL" and .exit == 11 and .count == 1 and .items[0].id == 2'
	expect 11 ioasidctl free --keep-going --strict 5
	[ "$(used)" -eq 2 ]
}

@test "free: --dry-run" {
	local before

	ioasidctl alloc -c 4 --set-label=x
	before=$(generation)
	expect 0 ioasidctl free -n 1-2
	quiet
	expect 0 ioasidctl free -n -j --label=x
	json '.dry_run and .changed and .count == 4'
	expect 3 ioasidctl free -n --strict 4-5
	refused UNKNOWN_IOASID
	[ "$(generation)" -eq "$before" ]
	[ "$(used)" -eq 4 ]
}

@test "free: --if-generation" {
	local before

	ioasidctl alloc -c 4
	before=$(generation)
	expect 8 ioasidctl free --if-generation=$((before - 1)) 1-4
	refused STALE
	expect 8 ioasidctl free --if-generation=$((before + 1)) --keep-going 1-4
	refused STALE
	[ "$(used)" -eq 4 ]
	expect 0 ioasidctl free --if-generation="$before" 1-4
	[ "$(used)" -eq 0 ]
}

@test "free: the number can be had again" {
	ioasidctl alloc -c 3
	ioasidctl free 2
	expect 0 ioasidctl alloc
	stdout 2
}

@test "R-FRE-3: the backend takes every ID back exactly once" {
	sim_allocator a
	ioasidctl alloc -c 100
	ioasidctl free 1-50
	ioasidctl free 1-60
	ioasidctl free 1-100
	[ "$(sim_get allocators/a/allocs)" -eq 100 ]
	[ "$(sim_get allocators/a/frees)" -eq 100 ]
	[ "$(sim_get allocators/a/bad_frees)" -eq 0 ]
	[ "$(sim_get allocators/a/in_use)" -eq 0 ]
}

@test "R-FRE-1: what is pending counts as freed, and its number stays taken" {
	sim_consumer drv
	ioasidctl alloc -c 2
	sim_set consumers/drv/get 1
	expect 0 ioasidctl free 1
	expect 0 ioasidctl -j show 1
	json '.items[0].state == "pending" and .items[0].refs == 1'
	expect 3 ioasidctl free --strict 1
	refused UNKNOWN_IOASID
	expect 0 ioasidctl free 1
	expect 13 ioasidctl alloc --id=1
	refused EXISTS
	sim_set consumers/drv/put 1
	expect 3 ioasidctl show 1
	expect 0 ioasidctl alloc --id=1
}

@test "free: needs privilege" {
	ioasidctl alloc
	expect 4 nobody ioasidctl free 1
	refused PERMISSION
	[ "$(used)" -eq 1 ]
}

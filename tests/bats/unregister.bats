#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl unregister, and the provider's own way
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

setup()
{
	load_sim
}

# unplug_later NAME: an allocator with a pool of its own, as the numbers that are
# out when it goes stay taken in there.
unplug_later()
{
	sim_allocator "$1" group="gone$BATS_TEST_NUMBER"
}

names()
{
	ioasidctl -j allocators | jq -c '[.items[].name]'
}

operating()
{
	ioasidctl -j status | jq -r .active
}

@test "R-UNR-2: a member leaves, the IDs stay and the next one operates" {
	sim_allocator a group=g
	sim_allocator b group=g
	sim_allocator c group=g
	ioasidctl alloc -c 3
	expect 0 ioasidctl unregister a
	quiet
	[ "$(names)" = '["default","b","c"]' ]
	[ "$(operating)" = b ]
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .allocator, .state]] == [[1, "b", "live"]]'
	# One that does not operate leaves unnoticed.
	expect 0 ioasidctl unregister c
	[ "$(operating)" = b ]
	# b's own data are used.
	ioasidctl alloc
	ioasidctl free 1-4
	[ "$(sim_get allocators/b/allocs)" -eq 1 ]
	[ "$(sim_get allocators/b/frees)" -eq 4 ]
	[ "$(sim_get allocators/a/frees)" -eq 0 ]
	[ "$(sim_get allocators/b/bad_frees)" -eq 0 ]
}

@test "R-UNR-2: after the last in order comes the first" {
	sim_allocator a group=g
	sim_allocator b group=g
	sim_allocator c group=g
	ioasidctl switch c
	expect 0 ioasidctl unregister c
	[ "$(operating)" = a ]
}

@test "R-UNR-3: with the last member the space goes, and the earliest other one serves" {
	sim_allocator a
	sim_allocator b
	sim_allocator c
	ioasidctl switch c
	expect 0 ioasidctl unregister c
	[ "$(operating)" = a ]
	expect 0 ioasidctl unregister a
	[ "$(operating)" = b ]
	expect 0 ioasidctl unregister b
	[ "$(operating)" = default ]
	[ "$(names)" = '["default"]' ]
}

@test "R-UNR-3: an inactive space goes without a switch" {
	sim_allocator a
	sim_allocator b
	ioasidctl alloc
	expect 0 ioasidctl unregister b
	[ "$(operating)" = a ]
	[ "$(used)" -eq 1 ]
}

@test "R-UNR-4: an administrator is refused while IDs are out" {
	local before

	sim_allocator a
	sim_consumer drv alloc=1
	ioasidctl alloc -c 3
	before=$(generation)
	expect 5 ioasidctl unregister a
	refused OUTSTANDING
	[ "${stderr%%$'\n'*}" = "ioasidctl: unregister: 4 IOASIDs outstanding in 'a' [OUTSTANDING]" ]
	stderr_has 'ioasid_sim (module)'
	stderr_has '2-4'
	expect 5 ioasidctl -j unregister a
	json_error '.code == "OUTSTANDING" and .count == 4 and [.items[].id] == [1, 2]'
	[ "$(operating)" = a ]
	[ "$(generation)" -eq "$before" ]
	ioasidctl free 2-4
	sim_set consumers/drv/free all
	expect 0 ioasidctl unregister a
	[ "$(operating)" = default ]
}

@test "R-UNR-4: hot-unplug makes orphans, which are listed and never issued again" {
	unplug_later a
	sim_consumer drv alloc=2
	ioasidctl alloc -c 3
	sim_set allocators/a/live 0
	[ "$(operating)" = default ]
	[ "$(names)" = '["default"]' ]
	expect 0 ioasidctl -j status
	json '.orphans == 5 and .used == 5'
	expect 0 ioasidctl -j list state=orphan
	json '[.items[] | [.id, .set, .allocator]] == [[1, "drv", "a"], [3, "user", "a"]]'
	# They are still found, but nobody else gets their numbers.
	sim_set consumers/drv/find 1
	expect 0 ioasidctl alloc
	stdout 6
	expect 13 ioasidctl alloc --id=4
	refused EXISTS
	ioasidctl free 6
	# Not even from a new backend with the same idea.
	sim_allocator b
	expect 1 ioasidctl alloc
	refused BACKEND
	[ "$(sim_get allocators/b/in_use)" -eq 0 ]
	[ "$(sim_get allocators/b/bad_frees)" -eq 0 ]
}

@test "R-FRE-4: freeing an orphan calls no backend" {
	unplug_later a
	sim_consumer drv alloc=2
	ioasidctl alloc -c 3
	sim_set allocators/a/live 0
	expect 0 ioasidctl free 3-5
	quiet
	expect 5 ioasidctl free 1
	refused HELD
	sim_set consumers/drv/free all
	[ "$(sim_get allocators/a/frees)" -eq 0 ]
	[ "$(sim_get allocators/a/bad_frees)" -eq 0 ]
	expect 0 ioasidctl -j status
	json '.orphans == 0 and .used == 0'
	expect 0 ioasidctl alloc
	stdout 1
}

@test "R-UNR-6: the provider of a removed allocator hears ENOENT, which harms nobody" {
	sim_allocator a
	ioasidctl alloc
	ioasidctl free 1
	ioasidctl unregister a
	run sim_set allocators/a/live 0
	[ "$status" -ne 0 ]
	[[ $output == *'No such file or directory'* ]]
	[ "$(sim_get allocators/a/live)" -eq 0 ]
	sim_set allocators/a/live 1
	[ "$(operating)" = a ]
}

@test "R-UNR-1: what is not registered cannot be removed" {
	sim_allocator a
	expect 3 ioasidctl unregister b
	refused UNKNOWN_ALLOCATOR
	ioasidctl unregister a
	expect 3 ioasidctl unregister a
	refused UNKNOWN_ALLOCATOR
	sim_add allocators c
	run sim_set allocators/c/live 0
	[[ $output == *'No such file or directory'* ]]
}

@test "unregister: the default allocator stays" {
	expect 5 ioasidctl unregister default
	refused DEFAULT_ALLOCATOR
	expect 5 ioasidctl -j unregister default
	json_error '.code == "DEFAULT_ALLOCATOR" and .exit == 5 and .kernel.attribute == "name"'
	[ "$(names)" = '["default"]' ]
}

@test "R-UNR-7: a provider with IDs out cannot be unloaded" {
	sim_allocator a
	ioasidctl alloc
	expect 1 rmmod ioasid_sim
	stderr_has 'in use'
	expect 0 ioasidctl -j allocators a
	json '.items[0].module == "ioasid_sim" and .items[0].module_refs > 0'
	ioasidctl free 1
}

@test "unregister: --dry-run and --if-generation" {
	local before

	sim_allocator a
	before=$(generation)
	expect 0 ioasidctl -j unregister -n a
	json '.kind == "unregister" and .name == "a" and .changed and .dry_run and
		.generation == $g' --argjson g "$before"
	expect 8 ioasidctl unregister a --if-generation=$((before + 1))
	refused STALE
	[ "$(names)" = '["default","a"]' ]
	ioasidctl alloc
	expect 5 ioasidctl unregister -n a
	refused OUTSTANDING
	ioasidctl free 1
	expect 0 ioasidctl unregister a --if-generation="$(generation)"
	[ "$(names)" = '["default"]' ]
}

@test "unregister: needs privilege" {
	sim_allocator a
	expect 4 nobody ioasidctl unregister a
	refused PERMISSION
	[ "$(operating)" = a ]
}

@test "a slow backend delays nobody else" {
	local slow

	# Orphans are what can be out while another space is active.
	unplug_later old
	sim_consumer drv alloc=1
	ioasidctl alloc --id=50
	sim_set allocators/old/live 0
	sim_allocator slow min=100 sleeps=1 delay_ms=15000

	# While this one sleeps in the backend …
	ioasidctl --timeout=60 alloc >"$BATS_TEST_TMPDIR/out" 3>&- &
	slow=$!
	wait_for bash -c "ioasidctl -j allocators slow | jq -e '.items[0].ids == 1'"
	# … all these are through, as it has not come back.
	expect 0 ioasidctl list --ids
	stdout $'1\n50'
	expect 0 ioasidctl free 50
	expect 3 ioasidctl show 50
	sim_set consumers/drv/find 1
	sim_set consumers/drv/free 1
	expect 0 cat /sys/kernel/debug/ioasid/ioasids /sys/kernel/debug/ioasid/allocators
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	wait "$slow"
	[ "$(<"$BATS_TEST_TMPDIR/out")" = 100 ]
}

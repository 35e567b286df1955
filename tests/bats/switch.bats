#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl switch
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

setup()
{
	load_sim
	# a and b share a space, c has its own; a operates.
	sim_allocator a group=shared
	sim_allocator b group=shared
	sim_allocator c
}

# operating: the operating allocator of the active space.
operating()
{
	ioasidctl -j status | jq -r .active
}

@test "R-SWI-1: within a space a switch keeps the IDs" {
	sim_consumer drv alloc=2
	ioasidctl alloc -c 3
	expect 0 ioasidctl switch b
	quiet
	[ "$(operating)" = b ]
	expect 0 ioasidctl -j list
	json '([.items[].allocator] | unique) == ["b"] and ([.items[] | .last // .id] | max) == 5'
	# From here on b serves, and takes back what a handed out.
	ioasidctl alloc
	[ "$(sim_get allocators/b/allocs)" -eq 1 ]
	ioasidctl free 3-6
	sim_set consumers/drv/free all
	[ "$(sim_get allocators/a/frees)" -eq 0 ]
	[ "$(sim_get allocators/b/frees)" -eq 6 ]
	[ "$(sim_get allocators/b/bad_frees)" -eq 0 ]
}

@test "R-SWI-1: to another space it is refused while IDs are out, and says who is in the way" {
	local before

	sim_consumer drv alloc=1
	ioasidctl alloc -c 7
	ioasidctl alloc --set-label=x
	before=$(generation)
	expect 5 ioasidctl switch c
	refused OUTSTANDING
	[ "${stderr%%$'\n'*}" = "ioasidctl: switch: 9 IOASIDs outstanding in 'a' [OUTSTANDING]" ]
	grep -qE '^  1 +ioasid_sim \(module\) +[0-9.]+m?s' <<<"$stderr"
	grep -qE '^  2-8 +ioasidctl\[[0-9]+\] uid 0 +[0-9.]+m?s' <<<"$stderr"
	grep -qE '^  9 +ioasidctl\[[0-9]+\] uid 0 +[0-9.]+m?s' <<<"$stderr"
	stderr_has 'attribute name'
	stderr_has 'hint: ioasidctl '
	[ "$(operating)" = a ]
	[ "$(generation)" -eq "$before" ]

	expect 5 ioasidctl -j switch c
	json_error '.code == "OUTSTANDING" and .exit == 5 and .count == 9 and .unlisted == 0 and
		[.items[].id] == [1, 2, 9] and .items[0].module == "ioasid_sim" and
		.items[1].uid == 0 and .items[1].pid > 0 and .items[2].label == "x" and
		([.items[].age_ms >= 0] | all) and .kernel.attribute == "name"'
}

@test "switch: more blockers than are shown are still counted" {
	ioasidctl alloc --id="$(seq -s, 1 2 99)"
	ioasidctl alloc --id=1000-1999
	expect 5 ioasidctl switch c
	refused OUTSTANDING
	stderr_has '1050 IOASIDs outstanding'
	[[ $stderr =~ and\ ([0-9]+)\ more ]]
	expect 5 ioasidctl -j switch c
	json_error '.count == 1050 and (.items | length) >= 10 and .unlisted > 0 and
		.unlisted == 1050 - ([.items[] | (.last // .id) - .id + 1] | add)'
}

@test "switch: after the free it works" {
	ioasidctl alloc -c 2
	expect 5 ioasidctl switch c
	ioasidctl free 1-2
	expect 0 ioasidctl switch c
	[ "$(operating)" = c ]
	ioasidctl alloc
	[ "$(sim_get allocators/c/in_use)" -eq 1 ]
}

@test "switch: to default and back" {
	expect 0 ioasidctl switch default
	[ "$(operating)" = default ]
	ioasidctl alloc
	[ "$(sim_get allocators/a/in_use)" -eq 0 ]
	expect 5 ioasidctl switch a
	refused OUTSTANDING
	ioasidctl free 1
	expect 0 ioasidctl switch a
	[ "$(operating)" = a ]
}

@test "switch: to the operating one is no change" {
	local before

	ioasidctl alloc
	before=$(generation)
	expect 0 ioasidctl switch a
	quiet
	expect 0 ioasidctl -j switch a
	json '.kind == "switch" and .name == "a" and .changed == false and .generation == $g' \
		--argjson g "$before"
	expect 13 ioasidctl --strict switch a
	refused EXISTS
	[ "$(generation)" -eq "$before" ]
	expect 0 ioasidctl -j switch b
	json '.name == "b" and .changed == true and .dry_run == false and .generation == $g' \
		--argjson g "$(generation)"
}

@test "switch: to one that is not there" {
	expect 3 ioasidctl switch no
	refused UNKNOWN_ALLOCATOR
	stderr_has "'no'"
	expect 3 ioasidctl -j switch no
	json_error '.code == "UNKNOWN_ALLOCATOR" and .exit == 3'
	expect 2 ioasidctl switch
	refused USAGE
	expect 2 ioasidctl switch 12345678901234567890123456789012
	refused USAGE
}

@test "switch: a pending ID blocks" {
	sim_consumer drv alloc=1 get=1 free=1
	expect 5 ioasidctl -j switch c
	json_error '.count == 1 and .items[0].state == "pending"'
	sim_set consumers/drv/put 1
	expect 0 ioasidctl switch c
}

@test "R-SWI-1: orphans do not block" {
	# Its numbers that are out then stay taken in its pool.
	sim_allocator gone
	ioasidctl switch gone
	sim_consumer drv alloc=2
	sim_set allocators/gone/live 0
	expect 0 ioasidctl -j status
	json '.orphans == 2 and .used == 2 and .active == "a"'
	expect 0 ioasidctl switch default
	expect 0 ioasidctl switch b
	# And are not counted among those who do.
	ioasidctl alloc --id=10
	expect 5 ioasidctl -j switch default
	json_error '.count == 1 and [.items[].id] == [10]'
}

@test "switch: --dry-run" {
	local before

	ioasidctl alloc
	before=$(generation)
	expect 0 ioasidctl -j switch -n b
	json '.changed and .dry_run'
	expect 5 ioasidctl switch -n c
	refused OUTSTANDING
	expect 3 ioasidctl switch -n no
	expect 0 ioasidctl -j switch --dry-run a
	json '.changed == false'
	[ "$(operating)" = a ]
	[ "$(generation)" -eq "$before" ]
}

@test "switch: --if-generation" {
	local before

	before=$(generation)
	expect 8 ioasidctl switch b --if-generation=$((before - 1))
	refused STALE
	[ "$(operating)" = a ]
	expect 0 ioasidctl switch b --if-generation="$before"
	[ "$(operating)" = b ]
}

@test "switch: needs privilege" {
	expect 4 nobody ioasidctl switch b
	refused PERMISSION
	[ "$(operating)" = a ]
}

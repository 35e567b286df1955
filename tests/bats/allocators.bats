#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers

setup()
{
	load_sim
}

# must_fail NAME: consumer NAME gets no ID.
must_fail()
{
	if sim_set "consumers/$1/alloc" 1 2>/dev/null; then
		fail_with "consumer $1 got an ID"
	fi
}

@test "allocators: the default one" {
	load_core
	expect 0 ioasidctl alloc -c 5
	expect 0 ioasidctl free 2-3
	expect 0 ioasidctl -j allocators default
	json '.kind == "allocators" and (.items | length) == 1'
	json '.items[0] | .name == "default" and .space == 0 and .role == "operating" and .active
		and .builtin and .ids == 3 and .index == 0 and (.faulty or .draining or .sleeps
		or .standby | not) and (has("module") or has("module_refs") | not)'
}

@test "allocators: the text, line by line" {
	sim_allocator vcmd0 group=host
	sim_allocator vcmd1 group=host
	sim_allocator other standby=1
	sim_consumer drv alloc=3 free=2
	local refs
	refs=$(</sys/module/ioasid_sim/refcnt)

	expect 0 ioasidctl allocators
	[ "$(tr -s ' ' <<<"$output")" = "NAME SPACE ROLE STATE MODULE REFS IDS ALLOCS FREES FAILURES FAULTS ORDER
$(ioasidctl -j allocators | jq -r '.items[] |
	[.name, .space, .role, if .active then "active" else "inactive" end, .module // "-",
	.module_refs // "-", .ids, .allocs, .frees, .failures, .faults, .index] | join(" ")')" ]
	[[ ${output%%$'\n'*} == 'NAME     SPACE  ROLE       STATE     MODULE      REFS  IDS  ALLOCS  '* ]]
	expect 0 ioasidctl -j allocators
	json '[.items[] | [.name, .role, .active, .ids]] == [["default", "operating", false, 0],
		["vcmd0", "operating", true, 2], ["vcmd1", "member", true, 2],
		["other", "operating", false, 0]]'
	json '[.items[] | .index] | . == sort and (unique | length) == 4'
	json '.items | .[1].space == .[2].space and .[3].space != .[1].space and .[0].space == 0'
	json '[.items[] | [.allocs, .frees]][1] == [3, 1]'
	json '[.items[] | .module_refs] == [null, $r, $r, $r]' --argjson r "$refs"
	json '[.items[] | select(.standby) | .name] == ["other"]'
}

@test "allocators: by name, in order of registration; an unknown one: exit 3" {
	sim_allocator a
	sim_allocator b
	expect 0 ioasidctl -j allocators b a
	json '[.items[].name] == ["a", "b"]'
	expect 0 ioasidctl allocators b
	[ "$(awk 'NR > 1 { print $1 }' <<<"$output")" = b ]
	expect 3 ioasidctl allocators none
	refused UNKNOWN_ALLOCATOR
	stderr_has "no allocator 'none'"
	# The others are shown.
	expect 3 ioasidctl -j allocators none b
	json '[.items[].name] == ["b"]'
	json_error '.code == "UNKNOWN_ALLOCATOR" and .exit == 3 and .command == "allocators"'
	expect 3 ioasidctl -j allocators none nil
	stdout ''
}

@test "allocators: a switch within the space moves the role" {
	sim_allocator a group=g
	sim_allocator b group=g
	expect 0 ioasidctl switch b
	expect 0 ioasidctl -j allocators
	json '[.items[1:][] | [.name, .role]] == [["a", "member"], ["b", "operating"]]'
}

@test "allocators: sleeping ones, and where IDs are out the module is pinned" {
	local before

	sim_allocator a sleeps=1
	expect 0 ioasidctl -j allocators a
	json '.items[0].sleeps'
	before=$(value '.items[0].module_refs')
	expect 0 ioasidctl alloc -c 2
	expect 0 ioasidctl -j allocators a
	json '.items[0] | .module_refs == $b + 1 and .ids == 2' --argjson b "$before"
}

@test "allocators: counts failures and faults of each kind" {
	sim_allocator a
	sim_consumer drv alloc=1
	sim_set allocators/a/fail_count 2
	must_fail drv
	must_fail drv
	expect 0 ioasidctl -j allocators a
	json '.items[0] | .allocs == 1 and .failures == 2 and .faults == 0 and .frees == 0'
	sim_set allocators/a/duplicate_count 1
	must_fail drv
	sim_set allocators/a/out_of_range_count 1
	must_fail drv
	expect 0 ioasidctl -j allocators a
	json '.items[0] | .allocs == 1 and .faults == 2 and (.faulty | not) and .ids == 1'
	sim_set consumers/drv/alloc 1
	expect 0 ioasidctl -j allocators a
	json '.items[0] | .allocs == 2 and .ids == 2'
}

@test "R-ALL-6: faulty after 16 faults in a row, until a reset" {
	sim_allocator a
	sim_consumer drv alloc=1
	sim_set allocators/a/duplicate_count 16
	for _ in {1..15}; do
		must_fail drv
	done
	expect 0 ioasidctl -j allocators a
	json '.items[0] | .faults == 15 and (.faulty | not)'
	must_fail drv
	expect 0 ioasidctl -j allocators a
	json '.items[0] | .faults == 16 and .faulty and .active'
	expect 0 ioasidctl allocators a
	[[ $output =~ \ active,faulty\  ]]
	expect 1 ioasidctl alloc
	refused FAULTY
	expect 0 ioasidctl reset a
	expect 0 ioasidctl -j allocators a
	json '.items[0].faulty | not'
	sim_set consumers/drv/alloc 1
}

@test "allocators: a failure leaves stdout empty" {
	no_module
	expect 9 ioasidctl allocators --no-autoload
	refused NO_MODULE
	expect 9 ioasidctl -j allocators a --no-autoload
	stdout ''
	json_error '.code == "NO_MODULE"'
}

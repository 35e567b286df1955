#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl alloc
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

@test "alloc: one ID, and nothing else on stdout" {
	expect 0 ioasidctl alloc
	stdout 1
	[ -z "$stderr" ]
	expect 0 ioasidctl alloc
	stdout 2
	[ "$(used)" -eq 2 ]
}

@test "alloc: -c N prints N IDs, one run a line" {
	ioasidctl alloc --id=3,6-7
	expect 0 ioasidctl alloc -c 6
	stdout $'1-2\n4-5\n8-9'
	expect 0 ioasidctl alloc --count=0x2
	stdout 10-11
}

@test "alloc: --min and --max bound it, and they are inclusive" {
	expect 0 ioasidctl alloc --min=100
	stdout 100
	expect 0 ioasidctl alloc -c 2 --min=0xff --max=0x100
	stdout 255-256
	expect 0 ioasidctl alloc --max=1
	stdout 1
	expect 6 ioasidctl alloc --max=1
	refused EXHAUSTED
	stderr_has 'alloc: no free IOASID in the range'
	expect 0 ioasidctl alloc --min=0 --max=0
	stdout 0
	expect 0 ioasidctl alloc --min=1048575
	stdout 1048575
}

@test "alloc: bounds that make no sense" {
	expect 2 ioasidctl alloc --min=5 --max=4
	refused USAGE
	expect 2 ioasidctl alloc --min=1048576
	refused INVALID
	expect 2 ioasidctl alloc --min=1048576 --max=1048577
	refused INVALID
	expect 2 ioasidctl alloc --id=1048576
	refused INVALID
	expect 2 ioasidctl alloc --id=1 --count=1
	refused USAGE
	expect 2 ioasidctl alloc -c 0
	refused USAGE
	[ "$(used)" -eq 0 ]
}

@test "alloc: --id takes lists and ranges, in any order" {
	expect 0 ioasidctl alloc --id=40,17-24,0x20
	stdout $'17-24\n32\n40'
	expect 0 ioasidctl -j alloc --id=0,1048575
	json '.count == 2 and .changed and [.items[] | [.id, .last]] == [[0, 0], [1048575, 1048575]]'
	[ "$(used)" -eq 12 ]
}

@test "alloc: --id of IDs in use says who has them and takes none" {
	local before

	ioasidctl alloc --id=20-22 --set-label=first
	before=$(generation)
	expect 13 ioasidctl alloc --id=17-24
	refused EXISTS
	stderr_has 20-22
	stderr_has 'range'
	expect 13 ioasidctl -j alloc --id=17-24
	json_error '.code == "EXISTS" and .exit == 13 and .count == 3 and .items[0].id == 20 and
		.kernel.attribute == "range"'
	[ "$(used)" -eq 3 ]
	[ "$(generation)" -eq "$before" ]
}

@test "alloc: --contiguous goes over gaps that are too small" {
	ioasidctl alloc --id=3,6-7,12
	expect 0 ioasidctl alloc -c 4 --contiguous
	stdout 8-11
	expect 0 ioasidctl alloc -c 2 --contiguous
	stdout 1-2
	expect 0 ioasidctl alloc -c 3 --contiguous --min=5
	stdout 13-15
	expect 6 ioasidctl alloc -c 3 --contiguous --max=17
	refused EXHAUSTED
	expect 0 ioasidctl alloc -c 2 --contiguous --max=17
	stdout 4-5
	[ "$(used)" -eq 15 ]
}

@test "alloc: --contiguous over a backend with a range of its own" {
	load_sim
	sim_allocator a min=100 max=110
	sim_consumer drv min=102 max=102 alloc=1
	expect 0 ioasidctl alloc -c 5 --contiguous
	stdout 103-107
	expect 6 ioasidctl alloc -c 4 --contiguous
	refused EXHAUSTED
	[ "$(sim_get allocators/a/in_use)" -eq 6 ]
	[ "$(sim_get allocators/a/bad_frees)" -eq 0 ]
}

@test "alloc: --set-label is shown and filtered by" {
	ioasidctl alloc -c 2 --set-label='vm 7'
	ioasidctl alloc
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .count, .label]] == [[1, 2, "vm 7"], [3, 1, null]]'
	expect 2 ioasidctl alloc --set-label=
	refused USAGE
	expect 2 ioasidctl alloc --set-label="$(printf '%064d' 0)"
	refused USAGE
	expect 0 ioasidctl alloc --set-label="$(printf '%063d' 0)"
}

@test "alloc: over the quota, nothing changes" {
	local before

	load_core user_quota=3
	ioasidctl alloc -c 2
	before=$(generation)
	expect 6 ioasidctl alloc -c 2
	refused QUOTA
	stderr_has '2 in use'
	expect 6 ioasidctl alloc --id=50-51
	refused QUOTA
	expect 6 ioasidctl alloc -n -c 2
	refused QUOTA
	expect 6 ioasidctl -j alloc -c 2
	json_error '.code == "QUOTA" and .exit == 6'
	[ "$(used)" -eq 2 ]
	[ "$(generation)" -eq "$before" ]
	expect 0 ioasidctl alloc
	stdout 3
}

@test "alloc: all or none" {
	local before

	load_core id_bits=8 user_quota=0
	before=$(generation)
	expect 6 ioasidctl alloc -c 256
	refused EXHAUSTED
	expect 6 ioasidctl -j alloc -c 11 --min=10 --max=19
	json_error '.code == "EXHAUSTED" and .exit == 6 and .kernel.attribute == "count"'
	[ "$(used)" -eq 0 ]
	[ "$(generation)" -eq "$before" ]
	expect 0 ioasidctl list --ids
	stdout ''
	expect 0 ioasidctl alloc -c 255
	stdout 1-255
	expect 6 ioasidctl alloc
	refused EXHAUSTED
	expect 0 ioasidctl alloc --id=0
	stdout 0
	expect 2 ioasidctl alloc --id=256
	refused INVALID
}

@test "alloc: all or none, when a backend fails half way" {
	local before

	load_sim id_bits=20 user_quota=0
	sim_allocator a min=1 max=10
	sim_consumer drv alloc=1
	expect 6 ioasidctl alloc -c 10
	refused EXHAUSTED
	stderr_has "the allocator 'a' has no 10 free IOASIDs in the range"
	stderr_has 'hint: ioasidctl allocators'
	[ "$(used)" -eq 1 ]
	[ "$(sim_get allocators/a/in_use)" -eq 1 ]
	[ "$(sim_get allocators/a/frees)" -eq 9 ]
	sim_set allocators/a/duplicate_count 1
	expect 1 ioasidctl alloc -c 5
	refused BACKEND
	sim_set allocators/a/out_of_range_count 1
	expect 1 ioasidctl alloc --min=2 --max=10
	refused BACKEND
	[ "$(used)" -eq 1 ]
	[ "$(sim_get allocators/a/in_use)" -eq 1 ]
	[ "$(sim_get allocators/a/bad_frees)" -eq 0 ]
	[ "$(sim_get consumers/drv/ids)" = 1 ]
	# More than there are numbers: no backend is asked.
	before=$(sim_get allocators/a/allocs)
	expect 6 ioasidctl alloc -c 1048576
	refused EXHAUSTED
	expect 6 ioasidctl explain alloc -c 1048576
	[ "$(sim_get allocators/a/allocs)" -eq "$before" ]
}

@test "alloc: the same IDs with the same label are there already" {
	local before

	ioasidctl alloc --id=17-24 --set-label=vm7
	before=$(generation)
	expect 0 ioasidctl alloc --id=17-24 --set-label=vm7
	stdout 17-24
	expect 0 ioasidctl -j alloc --id=17-24 --set-label=vm7
	json '.changed == false and .count == 8 and .generation == $g' --argjson g "$before"
	# Not so: with another label, in part, with none, with --strict.
	expect 13 ioasidctl alloc --id=17-24 --set-label=vm8
	refused EXISTS
	expect 13 ioasidctl alloc --id=17-25 --set-label=vm7
	refused EXISTS
	expect 13 ioasidctl alloc --id=17-24
	refused EXISTS
	expect 13 ioasidctl --strict alloc --id=17-24 --set-label=vm7
	refused EXISTS
	[ "$(generation)" -eq "$before" ]
	[ "$(used)" -eq 8 ]
}

@test "alloc: --dry-run changes nothing and says what the real one does" {
	local before

	load_core id_bits=8 user_quota=0
	ioasidctl alloc --id=10-20
	before=$(generation)
	expect 0 ioasidctl alloc -n -c 244
	stdout ''
	expect 0 ioasidctl -n -j alloc -c 244
	json '.dry_run and .changed and .count == 244 and .items == []'
	expect 6 ioasidctl alloc -n -c 245
	refused EXHAUSTED
	expect 0 ioasidctl alloc --dry-run --id=5-9
	expect 13 ioasidctl alloc --dry-run --id=5-10
	refused EXISTS
	expect 0 ioasidctl alloc -n -c 235 --contiguous
	expect 6 ioasidctl alloc -n -c 236 --contiguous
	refused EXHAUSTED
	[ "$(generation)" -eq "$before" ]
	[ "$(used)" -eq 11 ]
	# And so it is.
	expect 6 ioasidctl alloc -c 236 --contiguous
	expect 0 ioasidctl alloc -c 235 --contiguous
	stdout 21-255
	expect 0 ioasidctl alloc -c 9
	stdout 1-9
	expect 6 ioasidctl alloc
}

@test "alloc: --if-generation" {
	local before

	before=$(generation)
	expect 8 ioasidctl alloc --if-generation=$((before + 1))
	refused STALE
	expect 8 ioasidctl -j alloc --if-generation=$((before + 1)) -n
	json_error '.code == "STALE" and .exit == 8 and .generation == $g and
		.kernel.attribute == "expected-generation"' --argjson g "$before"
	[ "$(used)" -eq 0 ]
	expect 0 ioasidctl alloc --if-generation="$before"
	expect 8 ioasidctl alloc --if-generation="$before"
	refused STALE
	[ "$(used)" -eq 1 ]
}

@test "alloc: JSON" {
	expect 0 ioasidctl -j alloc -c 3
	json '.schema == "ioasidctl/1" and .kind == "alloc" and .count == 3 and .changed == true and
		.dry_run == false and .request > 0 and (.items | length) == 1 and
		.items[0].id == 1 and .items[0].last == 3 and .generation == $g' \
		--argjson g "$(generation)"
}

@test "alloc: needs privilege" {
	expect 4 nobody ioasidctl alloc
	refused PERMISSION
	expect 4 nobody ioasidctl -j alloc -n
	json_error '.code == "PERMISSION" and .exit == 4'
	[ "$(used)" -eq 0 ]
}

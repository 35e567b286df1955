#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# All IDs of a 20-bit space from the command line
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

all=1048575

setup()
{
	load_core user_quota=0
}

@test "scale: 2^20 - 1 IDs are allocated, listed and freed" {
	expect 0 ioasidctl alloc -c $all
	stdout 1-$all
	expect 0 ioasidctl -j status
	json '.used == $n and .free == 0 and .largest_free == 0' --argjson n $all
	expect 0 ioasidctl -j list
	json '(.items | length) == 1 and .items[0].id == 1 and .items[0].last == $n' --argjson n $all
	ioasidctl list --no-fold --ids | awk '$0 != NR { exit 1 } END { exit NR != '$all' }'
	expect 0 ioasidctl alloc --id=0
	[ "$(used)" -eq $((all + 1)) ]
	expect 6 ioasidctl alloc
	refused EXHAUSTED
	expect 0 ioasidctl -j free 0-$all
	json '.count == $n and .changed' --argjson n $((all + 1))
	[ "$(used)" -eq 0 ]
}

@test "scale: fragmented, more runs than a reply holds are all printed" {
	local n=10000 odd

	# Every second one of the first 10000 is free.
	odd=$(seq -s, 1 2 $n)
	ioasidctl alloc --id="$odd" >/dev/null
	[ "$(used)" -eq $((n / 2)) ]
	expect 0 ioasidctl alloc -c 5000 --set-label=gaps
	seq 2 2 $n >"$BATS_TEST_TMPDIR/even"
	diff "$BATS_TEST_TMPDIR/even" - <<<"$output"
	expect 0 ioasidctl -j list --no-fold
	json '(.items | length) == 10000'
	expect 0 ioasidctl -j free --label=gaps
	json '.count == 5000 and .truncated == true'
	expect 0 ioasidctl -j alloc -c 5000
	json '.count == 5000 and .truncated == false and (.items | length) == 5000 and
		.items[4999].id == 10000'
	expect 0 ioasidctl -j list
	json '[.items[] | (.last // .id) - .id + 1] | add == 10000'
	expect 0 ioasidctl free 1-$n
	[ "$(used)" -eq 0 ]
}

@test "scale: a free of a million is all or none" {
	load_sim user_quota=0
	sim_consumer drv min=1000000 max=1000000 alloc=1
	expect 0 ioasidctl alloc -c $((all - 1))
	expect 5 ioasidctl free 1-$all
	refused HELD
	[ "$(used)" -eq $all ]
	expect 11 ioasidctl free --keep-going 1-$all
	refused PARTIAL
	[ "$(used)" -eq 1 ]
}

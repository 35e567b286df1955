#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers
load netlink
load background

# line NAME VALUE: that is a line of the text.
line()
{
	grep -qxE "$1: +$2" <<<"$output" || fail_with "no line '$1: $2'"
}

@test "status: nothing in use" {
	load_core
	expect 0 ioasidctl status
	line active default
	line gate open
	line used 0
	line free 1048575
	line 'largest free' 1048575
	line capacity '20 bits, 0-1048575'
	line orphans 0
	line allocators 1
	line sets 1
	line generation '[0-9]+'
	[[ $output != *owners* ]]
	expect 0 ioasidctl status -j
	json '.kind == "status" and .active == "default" and (.draining | not) and .used == 0
		and .free == 1048575 and .largest_free == 1048575 and .id_bits == 20
		and .id_max == 1048575 and .orphans == 0 and .allocators == 1 and .sets == 1
		and .owners == 0 and .items == [] and .consistent'
}

@test "status: numbers, the largest free run and the high-water mark" {
	load_core id_bits=8
	expect 0 ioasidctl alloc --id=1-10,100,250-255
	expect 0 ioasidctl -j status
	json '.id_bits == 8 and .id_max == 255 and .used == 17 and .free == 238
		and .largest_free == 149 and .high_water == 17'
	expect 0 ioasidctl free 100,250-255
	expect 0 ioasidctl status
	line used 10
	line free 245
	line 'largest free' 245
	line high-water 17
	# 0 is no number that is given to those who do not insist.
	expect 0 ioasidctl alloc --id=0
	expect 0 ioasidctl -j status
	json '.used == 11 and .free == 245 and .largest_free == 245'
	expect 0 ioasidctl alloc -c 245
	expect 0 ioasidctl -j status
	json '.free == 0 and .largest_free == 0 and .used == 256'
}

@test "status: the generation grows with every change and with nothing else" {
	local before

	load_core
	before=$(ioasidctl -j status | jq .generation)
	expect 0 ioasidctl -j status
	json '.generation == $g' --argjson g "$before"
	expect 0 ioasidctl alloc
	expect 0 ioasidctl -j status
	json '.generation == $g + 1' --argjson g "$before"
	expect 0 ioasidctl free 1
	expect 0 ioasidctl -j status
	json '.generation == $g + 2' --argjson g "$before"
}

@test "status: owners, those with the most IDs first, in text the first five" {
	load_sim
	sim_consumer drv alloc=4
	expect 0 ioasidctl alloc -c 9
	expect 0 ioasidctl alloc -c 2
	expect 0 ioasidctl -j status
	json '.owners == 3 and [.items[] | [.ids, .set, .module, .comm, .uid]] == [
		[9, "user", null, "ioasidctl", 0], [4, "drv", "ioasid_sim", null, null],
		[2, "user", null, "ioasidctl", 0]]'
	json '[.items[] | select(.set == "user") | .pid] | unique | length == 2'
	for _ in 1 2 3 4; do
		expect 0 ioasidctl alloc
	done
	expect 0 ioasidctl status
	[[ $output == *'owners:
  9        ioasidctl['*'] uid 0
  4        ioasid_sim (module)
  2        ioasidctl['*'] uid 0
  1        ioasidctl['*'] uid 0
  1        ioasidctl['*'] uid 0
  ... and 2 more' ]]
	expect 0 ioasidctl -j status
	json '.owners == 7 and (.items | length) == 5'
}

@test "status: another active allocator, then its orphans" {
	load_sim
	sim_allocator vcmd
	sim_consumer drv alloc=3
	expect 0 ioasidctl status
	line active vcmd
	line allocators 2
	line sets 2
	line orphans 0
	sim_set allocators/vcmd/live 0
	expect 0 ioasidctl status
	line active default
	line allocators 1
	line orphans 3
	line used 3
	expect 0 ioasidctl -j status
	json '.orphans == 3 and .used == 3 and .active == "default" and .items[0].ids == 3'
}

@test "status: IDs that are on their way are no change" {
	load_sim
	sim_allocator slow sleeps=1 delay_ms=300
	start ioasidctl alloc -c 5
	sleep 0.5
	expect 0 ioasidctl -j --strict status
	json '.used == 0 and .consistent'
	ended
	ioasidctl free 1-5
	reset_world
}

@test "status: a failure leaves stdout empty" {
	no_module
	expect 9 ioasidctl status --no-autoload
	refused NO_MODULE
	expect 9 ioasidctl status --no-autoload -j
	stdout ''
	json_error '.command == "status" and .code == "NO_MODULE"'
}

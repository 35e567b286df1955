#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC1011,SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers

# keys TEXT: of the first block, in order.
keys()
{
	[ "$(sed '/^$/q; s/:.*//' <<<"$output" | paste -sd' ')" = "$1" ] ||
		fail_with "not these keys: $1"
}

@test "show: everything about an ID of a process" {
	load_core
	expect 0 ioasidctl alloc --id=17-19 --set-label=vm7
	expect 0 ioasidctl -j show 18
	json '.kind == "show" and (.items | length) == 1'
	json '.items[0] | .id == 18 and .last == 18 and .count == 1 and .state == "live"
		and .set == "user" and .refs == 1 and .allocator == "default" and .space == 0
		and .uid == 0 and .comm == "ioasidctl" and .label == "vm7" and .request > 0
		and .age_ms >= 0 and (has("module") | not)'
	# The process was started before it asked.
	json '.items[0] | .start > 0 and .start <= .since'
	local pid since
	pid=$(value '.items[0].pid')
	since=$(value '.items[0].since')

	expect 0 ioasidctl show 18
	keys 'ioasid state set refs allocator space owner pid start uid comm age since request label'
	stdout_has $'\nowner: ioasidctl['"$pid"'] uid 0'
	stdout_has 'label: vm7'
	# In seconds.
	stdout_has "since: $((since / 1000000000)).$(printf %06d $((since / 1000 % 1000000)))"
	[[ $output =~ $'\n'age:\ [0-9]+s$'\n' ]]
}

@test "show: everything about an ID of a driver, with references" {
	load_sim
	sim_consumer drv alloc=1 get=1 get=1
	expect 0 ioasidctl show 1
	keys 'ioasid state set refs allocator space owner module age since'
	stdout_has 'owner: ioasid_sim (module)'
	stdout_has 'refs: 3'
	expect 0 ioasidctl -j show 1
	json '.items[0] | .refs == 3 and .module == "ioasid_sim" and .set == "drv"
		and (has("pid") or has("request") | not)'
	sim_set consumers/drv/free 1
	expect 0 ioasidctl -j show 1
	json '.items[0] | .refs == 2 and .state == "pending"'
}

@test "show: several, as lists, ranges, hex and words; blocks in order, one an ID" {
	load_core
	expect 0 ioasidctl alloc -c 20
	expect 0 ioasidctl show 0x10 5,2-3 5
	[ "$(grep '^ioasid: ' <<<"$output" | paste -sd' ')" = \
		'ioasid: 2 ioasid: 3 ioasid: 5 ioasid: 16' ]
	[ "$(grep -c '^$' <<<"$output")" -eq 3 ]
	expect 0 ioasidctl -j show 0x10 5,2-3 5
	json '[.items[].id] == [2, 3, 5, 16]'
	# Never folded.
	expect 0 ioasidctl -j show 1-20
	json '(.items | length) == 20 and ([.items[].count] | unique) == [1]'
}

@test "show: one that is missing: exit 3, the others are shown" {
	load_core
	expect 0 ioasidctl alloc -c 3
	expect 3 ioasidctl show 2 9
	[[ $output == 'ioasid: 2'* ]]
	[ "$stderr" = 'ioasidctl: show: not in use: 9 [UNKNOWN_IOASID]
  hint: ioasidctl list' ]
	expect 3 ioasidctl -j show 0-5,7
	json '[.items[].id] == [1, 2, 3]'
	json_error '.code == "UNKNOWN_IOASID" and .exit == 3 and .count == 4
		and .message == "not in use: 0,4-5,7"'
	# None at all: nothing on stdout.
	expect 3 ioasidctl show 8 9
	refused UNKNOWN_IOASID
	expect 3 ioasidctl -j show 100-200
	stdout ''
	json_error '.count == 101'
	# More than a line can name.
	expect 3 ioasidctl show 10,12,14,16,18,20,22,24,26,28
	stderr_has 'not in use: 10,12,14,16,18,20,22,24,... [UNKNOWN_IOASID]'
}

@test "show: a number beyond the capacity is refused" {
	load_core id_bits=8
	expect 0 ioasidctl alloc --id=255
	expect 0 ioasidctl show 255
	expect 2 ioasidctl show 256
	refused INVALID
	stderr_has 'kernel: '
	expect 2 ioasidctl -j show 256
	stdout ''
	json_error '.code == "INVALID" and (.kernel.text | length) > 0'
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# /sys/kernel/debug/ioasid, for administrators and bug reports
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

dir=/sys/kernel/debug/ioasid

setup()
{
	load_sim
}

@test "debugfs: four files of mode 0444, which lockdown accepts" {
	local file

	[ "$(ls $dir)" = $'allocators\nioasids\nsets\nstats' ]
	for file in allocators ioasids sets stats; do
		[ "$(stat -c %a $dir/$file)" = 444 ]
		run bash -c "echo 1 >$dir/$file"
		[ "$status" -ne 0 ]
	done
}

@test "debugfs: ioasids agrees with ioasidctl list" {
	sim_allocator a
	sim_consumer drv alloc=2 get=1
	ioasidctl alloc -c 3
	ioasidctl alloc --id=40
	sim_set consumers/drv/free 1
	ioasidctl list --no-fold -j |
		jq -r '.items[] | "\(.id) \(.state) \(.refs) '\''\(.set)'\'' '\''\(.allocator)'\''"' \
		>"$BATS_TEST_TMPDIR/list"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/list")" -eq 6 ]
	expect 0 diff "$BATS_TEST_TMPDIR/list" <(tail -n +2 $dir/ioasids | cut -d' ' -f1-5)
	grep -q "^1 pending 1 'drv' 'a' " $dir/ioasids
	grep -q "^40 live 1 'user' 'a' " $dir/ioasids
}

@test "debugfs: an ID that is being freed has no data any more" {
	sim_allocator quick group=host
	sim_allocator slow group=host sleeps=1 delay_ms=4000
	sim_consumer drv data=1 alloc=4
	[ "$(grep -c ' yes$' $dir/ioasids)" -eq 4 ]
	ioasidctl switch slow
	sim_set consumers/drv/free all
	# The slow one works on the first, the others wait in a queue.
	[ "$(grep -c ' freeing .* no$' $dir/ioasids)" -eq 3 ]
	[ "$(grep -c ' yes$' $dir/ioasids)" -eq 0 ]
}

@test "debugfs: allocators agrees with ioasidctl allocators" {
	sim_allocator a group=g
	sim_allocator b group=g
	ioasidctl alloc -c 3
	ioasidctl free 2
	ioasidctl -j allocators |
		jq -r '.items[] | "\(.index) \(.space) '\''\(.name)'\'' \(.module // "-") \(.ids) \(.allocs) \(.frees) \(.failures) \(.faults)"' \
		>"$BATS_TEST_TMPDIR/list"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/list")" -eq 3 ]
	expect 0 diff "$BATS_TEST_TMPDIR/list" <(tail -n +2 $dir/allocators | cut -d' ' -f1-3,5-)
}

@test "debugfs: sets and stats agree with ioasidctl" {
	sim_consumer drv alloc=2
	ioasidctl alloc -c 3
	grep -qx "'user' - 3 65536 0" $dir/sets
	grep -qx "'drv' ioasid_sim 2 0 0" $dir/sets
	expect 0 ioasidctl -j status
	[ "$(awk '$1 == "generation" { print $2 }' $dir/stats)" = "$(value .generation)" ]
	[ "$(awk '$1 == "used" { print $2 }' $dir/stats)" = "$(value .used)" ]
	[ "$(awk '$1 == "orphans" { print $2 }' $dir/stats)" = "$(value .orphans)" ]
	[ "$(awk '$1 == "high_water" { print $2 }' $dir/stats)" = "$(value .high_water)" ]
	[ "$(awk '$1 == "id_max" { print $2 }' $dir/stats)" = "$(value .id_max)" ]
}

@test "debugfs: nothing of owners, and no pointers" {
	sim_allocator a
	sim_consumer drv alloc=2
	ioasidctl alloc --set-label=secret
	run cat $dir/allocators $dir/ioasids $dir/sets $dir/stats
	[[ $output != *secret* ]]
	[[ $output != *ioasidctl* ]]
	run ! grep -qE '(0x)?[0-9a-f]{12,}' <<<"$output"
}

@test "debugfs: thousands of IDs" {
	ioasidctl alloc -c 5000
	[ "$(tail -n +2 $dir/ioasids | cut -d' ' -f1 | sort -nu | wc -l)" -eq 5000 ]
}

@test "debugfs: the directory goes with the module" {
	unload_all
	[ ! -e $dir ]
	load_sim
	[ -e $dir/stats ]
}

@test "debugfs: the command needs none" {
	umount /sys/kernel/debug
	run ioasidctl alloc
	[ "$status" -eq 0 ]
	run ioasidctl status
	mount -t debugfs debugfs /sys/kernel/debug
	[ "$status" -eq 0 ]
}

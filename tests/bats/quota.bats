#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl quota, and changes that depend on a generation
# shellcheck disable=SC1010,SC2016,SC2030,SC2031,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load background
load compat

setup()
{
	load_sim user_quota=10
}

teardown()
{
	stop_all
	compat_unload
	reset_world
	ioasidctl quota user 10
}

@test "quota: the default of the set user is the module's parameter" {
	expect 0 ioasidctl -j sets
	json '.items[] | select(.name == "user") | .quota == 10'
	expect 0 ioasidctl alloc -c 10
	expect 6 ioasidctl alloc
	refused QUOTA
	unload_all || { ioasidctl free 1-10; unload_all; }
	modprobe ioasid_core
	expect 0 ioasidctl -j sets
	json '.items[] | select(.name == "user") | .quota == 65536'
	unload_all
	load_sim user_quota=10
}

@test "quota: alloc over it is refused with the numbers" {
	ioasidctl alloc -c 7
	expect 6 ioasidctl alloc -c 4
	refused QUOTA
	[ "${stderr%%$'\n'*}" = "ioasidctl: alloc: over the quota 10 of the set 'user': 7 in use, 4 asked for [QUOTA]" ]
	stderr_has 'hint: ioasidctl quota user 11'
	expect 0 ioasidctl -n -v quota user 0
	stdout "quota of 'user': would be unlimited, in use: 7"
	expect 0 ioasidctl quota user 11
	quiet
	expect 0 ioasidctl alloc -c 4
	expect 6 ioasidctl alloc
}

@test "quota: two that together come to it are told what is in use behind them" {
	local one used failed=0

	sim_allocator slow sleeps=1 delay_ms=50
	start ioasidctl -j alloc -c 8
	start ioasidctl -j alloc -c 8
	for one in 0 1; do
		status=0
		wait "${pids[one]}" || status=$?
		[ "$status" -ne 0 ] || continue
		[ "$status" -eq 6 ]
		failed=1
		stderr=$(<"$BATS_TEST_TMPDIR/err.$one")
		json_error '.code == "QUOTA" and .count <= 8'
		used=$(jq .count <<<"$stderr")
		[[ $stderr == *"10 of the set 'user': $used in use, 8 asked for"* ]]
		# With fewer than these it would do now.
		if [ "$used" -le 2 ]; then
			json_error '.hint == "ioasidctl sets"'
		else
			[[ $stderr == *"ioasidctl quota user $((used + 8))"* ]]
		fi
	done
	[ "$failed" -eq 1 ]
}

@test "quota: below what is in use keeps it, and refuses more" {
	ioasidctl alloc -c 7
	expect 0 ioasidctl -j quota user 3
	json '.kind == "quota" and .set == "user" and .quota == 3 and .ids == 7 and .changed'
	[ "$(used)" -eq 7 ]
	expect 6 ioasidctl alloc
	ioasidctl free 1-5
	expect 0 ioasidctl alloc
	expect 6 ioasidctl alloc
}

@test "quota: of a driver's set" {
	sim_consumer drv alloc=2
	expect 0 ioasidctl quota drv 3
	sim_set consumers/drv/alloc 1
	run sim_set consumers/drv/alloc 1
	[ "$status" -ne 0 ]
	[[ $output == *'quota exceeded'* ]]
	expect 0 ioasidctl quota drv unlimited
	sim_set consumers/drv/alloc 1
	expect 0 ioasidctl sets
	grep -qE '^drv +ioasid_sim +4 +unlimited ' <<<"$output"
}

@test "quota: sets of the same name are told apart by the module" {
	sim_consumer original_set alloc=1
	compat_load original_consumer
	expect 2 ioasidctl quota original_set 5
	refused INVALID
	stderr_has 'several sets have this name'
	expect 0 ioasidctl quota original_set 5 --module=ioasid_sim
	expect 0 ioasidctl -j sets
	json '[.items[] | select(.name == "original_set") | [.module, .quota]] | sort ==
		[["ioasid_sim", 5], ["original_consumer", 0]]'
	expect 3 ioasidctl quota original_set 5 --module=nobody
	refused UNKNOWN_SET
	ioasidctl quota original_set 0 --module=ioasid_sim
}

@test "quota: already so, --strict, --dry-run, privilege, and usage" {
	local before

	before=$(generation)
	expect 0 ioasidctl -j quota user 10
	json '.changed == false'
	expect 13 ioasidctl --strict quota user 10
	refused EXISTS
	expect 0 ioasidctl -n quota user 5
	expect 8 ioasidctl quota user 5 --if-generation=$((before + 1))
	refused STALE
	expect 4 nobody ioasidctl quota user 5
	refused PERMISSION
	expect 3 ioasidctl quota nothing 5
	refused UNKNOWN_SET
	expect 2 ioasidctl quota user
	refused USAGE
	expect 2 ioasidctl quota user -1
	refused USAGE
	expect 2 ioasidctl quota user 4294967296
	refused USAGE
	[ "$(generation)" -eq "$before" ]
	expect 0 ioasidctl quota user 5 --if-generation="$before"
	[ "$(generation)" -eq $((before + 1)) ]
}

@test "--if-generation: a look has the generation of what it saw, however long it takes" {
	local before

	sim_allocator slow sleeps=1 delay_ms=300
	ioasidctl alloc -c 2 --set-label=x
	ioasidctl alloc -c 5
	start ioasidctl free 3-7
	wait_for on_their_way
	# Waits until the backend has them back.
	start ioasidctl -j free -n --label=x
	sleep 0.2
	before=$(generation)
	ioasidctl quota user 11
	ended
	jq -e --argjson before "$before" '.dry_run and .count == 2 and .generation <= $before' "$out" ||
		fail_with "generation $before before: $(<"$out")"
	expect 8 ioasidctl free --label=x --if-generation="$(jq .generation "$out")"
	ended 0 "${pids[0]}"
}

on_their_way()
{
	[ "$(ioasidctl list --ids state=freeing)" = 3-7 ] || [ "$(ioasidctl list --ids state=freeing)" = 4-7 ]
}

@test "--if-generation: of racing changes exactly one succeeds, the others exit 8" {
	local round now n won stale

	sim_allocator a group=g
	sim_allocator b group=g
	sim_allocator c group=g
	for round in {1..15}; do
		now=$(generation)
		# Each of them would be a change.
		case $(ioasidctl -j status | jq -r .active) in
		a) set -- b c ;;
		b) set -- c a ;;
		c) set -- a b ;;
		esac
		start ioasidctl switch "$1" --if-generation="$now"
		start ioasidctl switch "$2" --if-generation="$now"
		won=0 stale=0
		for n in "${pids[@]}"; do
			status=0
			wait "$n" || status=$?
			case $status in
			0) won=$((won + 1)) ;;
			8) stale=$((stale + 1)) ;;
			*) fail_with "status $status" ;;
			esac
		done
		pids=()
		[ "$won $stale" = '1 1' ] || fail_with "round $round: $won won, $stale came too late"
		[ "$(generation)" -eq $((now + 1)) ]
	done
}

@test "--if-generation: of eight racing allocations exactly one succeeds" {
	local now n won=0

	now=$(generation)
	for n in {1..8}; do
		start ioasidctl alloc --if-generation="$now"
	done
	for n in "${pids[@]}"; do
		status=0
		wait "$n" || status=$?
		case $status in
		0) won=$((won + 1)) ;;
		8) ;;
		*) fail_with "status $status" ;;
		esac
	done
	pids=()
	[ "$won" -eq 1 ]
	[ "$(used)" -eq 1 ]
}

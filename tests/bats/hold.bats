#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl hold: IDs that belong to a socket
# shellcheck disable=SC1010,SC2016,SC2030,SC2031,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load background

setup_file()
{
	nl_begin
}

teardown_file()
{
	nl_end
	check_json && unload_all
}

setup()
{
	load_sim
}

teardown()
{
	stop_all
	reset_world
}

held()
{
	[ "$(ioasidctl -j list | jq '[.items[] | select(.hold) | .count] | add // 0')" -eq "$1" ] ||
		fail_with "not $1 held"
}

@test "hold: the command has the IDs in its environment, and they go with it" {
	expect 0 ioasidctl hold -c 3 -- sh -c 'echo "$IOASIDS"; ioasidctl -j list'
	[ "${output%%$'\n'*}" = 1-3 ]
	output=${output#*$'\n'}
	json '.items | length == 1 and .[0].hold and .[0].count == 3 and .[0].state == "live" and
		.[0].comm == "sh" and .[0].set == "user"'
	[ "$(used)" -eq 0 ]
}

@test "hold: --id, --min, --contiguous, --set-label, as for alloc" {
	ioasidctl alloc --id=12
	expect 0 ioasidctl hold --id=5,7-8 --set-label=vm -- sh -c 'echo $IOASIDS; ioasidctl list label=vm --ids'
	stdout $'5,7-8\n5\n7-8'
	expect 0 ioasidctl hold -c 4 --min=10 --contiguous -- sh -c 'echo $IOASIDS'
	stdout 13-16
	expect 13 ioasidctl hold --id=11-12 -- echo no
	refused EXISTS
	expect 6 ioasidctl hold -c 2 --min=1 --max=1 -- echo no
	refused EXHAUSTED
	[ "$(used)" -eq 1 ]
}

@test "hold: the status is the command's, 126 and 127 if there is none" {
	expect 0 ioasidctl hold -- true
	expect 42 ioasidctl hold -- sh -c 'exit 42'
	expect 127 ioasidctl hold -- /nowhere/command
	refused NO_COMMAND
	stderr_has "'/nowhere/command'"
	expect 126 ioasidctl hold -- /etc/passwd
	refused CANNOT_RUN
	expect 126 ioasidctl -j hold -- /etc/passwd
	json_error '.code == "CANNOT_RUN" and .exit == 126'
	expect 2 ioasidctl hold
	refused USAGE
	[ "$(used)" -eq 0 ]
}

@test "hold: its IDs are not another's that wants the same" {
	start ioasidctl hold --id=5 --set-label=vm7 -- sleep 100
	wait_for in_use 1
	expect 13 ioasidctl alloc --id=5 --set-label=vm7
	refused EXISTS
}

in_use()
{
	[ "$(used)" -eq "$1" ]
}

@test "hold: options behind the command are the command's" {
	expect 0 ioasidctl hold -c 2 -- sh -c 'echo "$@"' - -c 5 --json
	stdout '-c 5 --json'
	expect 0 ioasidctl hold echo -c 5
	stdout '-c 5'
}

@test "hold: kill -9 frees them" {
	start ioasidctl hold -c 100 -- sleep 100
	wait_for held 100
	kill_now
	# By the time that the death can be seen they are gone.
	[ "$(used)" -eq 0 ]
}

@test "hold: no parent's death frees them, no child's death leaks them" {
	# The shell that began it dies; the command lives on.
	start sh -c 'ioasidctl hold -c 5 -- sleep 100 & echo $! >"$0"; wait' "$BATS_TEST_TMPDIR/child"
	wait_for held 5
	kill_now
	held 5
	local child
	child=$(<"$BATS_TEST_TMPDIR/child")
	[ "$(<"/proc/$child/comm")" = sleep ]
	kill -9 "$child"
	wait_for held 0
}

@test "hold: a fork that keeps the descriptor keeps the IDs" {
	start ioasidctl hold -c 4 -- sh -c 'sleep 100 & echo $! >"$0"' "$BATS_TEST_TMPDIR/child"
	ended
	held 4
	kill -9 "$(<"$BATS_TEST_TMPDIR/child")"
	wait_for held 0
	# One that closes it does not.
	start ioasidctl hold -c 4 -- bash -c 'eval "exec $IOASID_FD>&-"; sleep 100'
	wait_for held 0
	[ "$(<"/proc/$pid/comm")" != ioasidctl ]
}

@test "hold: nobody else can free them; the command can, through its descriptor" {
	local before

	ioasidctl alloc --set-label=x
	start ioasidctl hold -c 3 --set-label=x -- sleep 100
	wait_for held 3
	before=$(generation)
	expect 5 ioasidctl free 2-4
	refused NOT_OWNER
	stderr_has '3 of the IOASIDs are held by others'
	grep -qE "^  2-4 +sleep\[$pid\] uid 0" <<<"$stderr"
	stderr_has 'another socket holds the IOASID (attribute range)'
	# All or nothing: the one that is ours stays, too.
	expect 5 ioasidctl free 1-4
	expect 5 ioasidctl free --label=x
	refused NOT_OWNER
	stderr_has '(attribute label)'
	expect 5 ioasidctl -j free 3
	json_error '.code == "NOT_OWNER" and .exit == 5 and .count == 1'
	[ "$(generation)" -eq "$before" ]
	expect 11 ioasidctl free --keep-going 1-4
	refused PARTIAL
	stderr_has 'freed 1, but 3 could not be freed'
	held 3
}

@test "hold: what belongs to a socket can be freed over it" {
	expect 0 nl holds '{"count": 3}' '{"range": [{"first": 1, "last": 2}]}'
	jq -es '.[0].errno == null and .[1].errno == null and .[1].messages[0].count == 2 and
		.[2] == [[3, 1, true]]' <<<"$output"
	wait_for held 0
}

@test "hold: a reference of the kernel outlives it as pending" {
	sim_consumer drv
	start ioasidctl hold --id=5 -- sleep 100
	wait_for held 1
	sim_set consumers/drv/get 5
	kill_now
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .state, .refs]] == [[5, "pending", 1]]'
	expect 13 ioasidctl alloc --id=5
	refused EXISTS
	sim_set consumers/drv/put 5
	[ "$(used)" -eq 0 ]
}

@test "hold: pins the module, and is freed into a backend that sleeps" {
	sim_allocator slow sleeps=1 delay_ms=20
	start ioasidctl hold -c 5 -- sleep 100
	wait_for held 5
	expect 1 rmmod ioasid_core
	[ "$(sim_get allocators/slow/in_use)" -eq 5 ]
	kill_now
	wait_for pool_is_empty
	[ "$(used)" -eq 0 ]
}

pool_is_empty()
{
	[ "$(sim_get allocators/slow/in_use)" -eq 0 ]
}

@test "hold: counts on the quota" {
	load_sim user_quota=5
	start ioasidctl hold -c 4 -- sleep 100
	wait_for held 4
	expect 6 ioasidctl alloc -c 2
	refused QUOTA
	stderr_has '4 in use, 2 asked for'
	expect 6 ioasidctl hold -c 2 -- true
	refused QUOTA
	expect 0 ioasidctl hold -- true
}

@test "hold: --dry-run runs no command, --if-generation holds" {
	local before

	before=$(generation)
	expect 0 ioasidctl -n hold -c 3 -- touch "$BATS_TEST_TMPDIR/ran"
	quiet
	expect 0 ioasidctl -n -j hold --id=3 -- touch "$BATS_TEST_TMPDIR/ran"
	json '.kind == "hold" and .dry_run and .count == 1'
	expect 8 ioasidctl hold --if-generation=$((before + 1)) -- touch "$BATS_TEST_TMPDIR/ran"
	refused STALE
	[ "$(generation)" -eq "$before" ]
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	expect 0 ioasidctl hold --if-generation="$before" -- true
	expect 4 nobody ioasidctl hold -- true
	refused PERMISSION
}

@test "hold: more runs than a reply holds are all named" {
	ioasidctl alloc --id="$(seq -s, 1 2 4000)"
	expect 0 ioasidctl hold -c 2000 -- sh -c 'echo $IOASIDS'
	stdout "$(seq -s, 2 2 4000)"
	[ "$(used)" -eq 2000 ]
}

@test "hold: ten thousand rounds of sockets that hold leak nothing" {
	# Somebody who leaks would soon be refused.
	load_sim user_quota=100
	ioasidctl alloc
	expect 0 nl rounds 10000
	jq -e '.rounds == 10000 and .refused == 0' <<<"$output"
	[ "$(used)" -eq 1 ]
	held 0
	expect 0 ioasidctl -j status
	json '.high_water < 100'
	ioasidctl free 1
	# With nothing held the modules can go.
	unload_all
}

@test "hold: hundreds of real processes, killed at any moment, leak nothing" {
	local n

	for n in {1..200}; do
		ioasidctl hold -c 5 -- sleep 100 >/dev/null 2>&1 3>&- &
		pids+=("$!")
		# Some die while they ask, some later.
		if [ $((n % 3)) -eq 0 ]; then
			kill -9 "${pids[@]}" 2>/dev/null || :
			wait "${pids[@]}" 2>/dev/null || :
			pids=()
		fi
	done
	stop_all
	wait_for held 0
	[ "$(used)" -eq 0 ]
	expect 0 ioasidctl list
	[ "$(cat /sys/module/ioasid_core/refcnt)" -eq 1 ]
}

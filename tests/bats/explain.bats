#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl explain: the dry run and the real one agree
# shellcheck disable=SC1010,SC2016,SC2030,SC2031,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load background
load compat

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
	compat_unload
	reset_world
}

# agree EXIT CODE COMMAND…: explain, the dry run and the real run say the same,
# explain on stdout, and nothing has changed.
agree()
{
	local exit=$1 code=$2 before

	shift 2
	before=$(generation)
	expect "$exit" ioasidctl explain "$@"
	[[ ${output%%$'\n'*} == *": refused, "*"[$code]" ]] || fail_with 'no such answer'
	[ -z "$stderr" ] || fail_with 'stderr is not empty'
	expect "$exit" ioasidctl -j explain "$@"
	json '.kind == "explain" and .works == false and .code == $code and .exit == $exit and
		.command == $command' --arg code "$code" --argjson exit "$exit" --arg command "$1"
	expect "$exit" ioasidctl --dry-run "$@"
	refused "$code"
	expect "$exit" ioasidctl "$@"
	refused "$code"
	[ "$(generation)" -eq "$before" ] || fail_with 'something has changed'
}

# works COMMAND…: explain says so, and it does.
works()
{
	local before

	before=$(generation)
	expect 0 ioasidctl explain "$@"
	[[ $output == *": works"* ]]
	expect 0 ioasidctl -j explain "$@"
	json '.works and .code == "OK" and .exit == 0 and .items == []'
	[ "$(generation)" -eq "$before" ]
	expect 0 ioasidctl "$@"
}

@test "explain: OUTSTANDING, with who and since when and what to do" {
	sim_allocator a
	sim_allocator b
	sim_consumer drv alloc=1
	ioasidctl alloc -c 3
	agree 5 OUTSTANDING switch b
	agree 5 OUTSTANDING unregister a
	expect 5 ioasidctl explain switch b
	[ "${output%%$'\n'*}" = "switch b: refused, 4 IOASIDs outstanding in 'a' [OUTSTANDING]" ]
	grep -qE '^  1 +ioasid_sim \(module\) +[0-9.]+m?s' <<<"$output"
	grep -qE '^  2-4 +ioasidctl\[[0-9]+\] uid 0 +[0-9.]+m?s' <<<"$output"
	stdout_has 'kernel: IOASIDs of the space are outstanding (attribute name)'
	stdout_has 'hint: ioasidctl switch b --wait=30'
}

@test "explain: HELD, NOT_OWNER, UNKNOWN_IOASID, EXISTS" {
	sim_consumer drv alloc=1
	start ioasidctl hold -c 2 -- sleep 100
	wait_for holds_three
	agree 5 HELD free 1
	agree 5 NOT_OWNER free 2-3
	agree 3 UNKNOWN_IOASID free --strict 9
	agree 13 EXISTS alloc --id=1,2
	agree 13 EXISTS hold --id=2 -- true
}

holds_three()
{
	[ "$(used)" -eq 3 ]
}

@test "explain: EXHAUSTED and QUOTA" {
	load_sim id_bits=4 user_quota=10
	agree 6 EXHAUSTED alloc -c 3 --min=14
	agree 6 QUOTA alloc -c 11
	agree 6 QUOTA hold -c 11 -- true
	ioasidctl alloc --id=5
	agree 6 EXHAUSTED alloc -c 2 --min=4 --max=5
	agree 6 EXHAUSTED alloc -c 2 --contiguous --min=4 --max=6
}

@test "explain: DRAINING and NOT_DRAINING" {
	sim_allocator a
	sim_allocator b
	ioasidctl alloc
	agree 5 NOT_DRAINING resume --strict
	start ioasidctl drain
	wait_for is_closed
	agree 5 DRAINING alloc
	agree 5 DRAINING hold -- true
	agree 5 DRAINING drain
	agree 5 DRAINING switch b
	agree 5 DRAINING unregister a
	expect 5 ioasidctl explain alloc
	stdout_has "ioasidctl[$pid] drains 'a'"
	stdout_has 'hint: ioasidctl resume'
}

is_closed()
{
	ioasidctl -j status | jq -e .draining >/dev/null
}

@test "explain: UNKNOWN_ALLOCATOR, UNKNOWN_SET, DEFAULT_ALLOCATOR, STALE, FAULTY" {
	local now n

	sim_allocator a
	agree 3 UNKNOWN_ALLOCATOR switch nowhere
	agree 3 UNKNOWN_ALLOCATOR unregister nowhere
	agree 3 UNKNOWN_ALLOCATOR reset nowhere
	agree 3 UNKNOWN_SET quota nothing 5
	agree 5 DEFAULT_ALLOCATOR unregister default
	now=$(generation)
	for n in 'switch default' 'unregister a' 'reset a' 'alloc ' 'free 1' 'drain ' 'resume ' \
		'quota user 5' 'hold -- true'; do
		# shellcheck disable=SC2086 # words
		agree 8 STALE ${n%% *} --if-generation=$((now + 1)) ${n#* }
	done
	sim_consumer drv alloc=1
	sim_set allocators/a/duplicate_count 16
	for n in {1..16}; do
		run sim_set consumers/drv/alloc 1
		[ "$status" -ne 0 ]
	done
	agree 1 FAULTY alloc
	agree 1 FAULTY hold -- true
	expect 1 ioasidctl explain alloc
	stdout_has "hint: ioasidctl reset a"
}

@test "explain: PERMISSION" {
	local n

	sim_allocator a
	for n in 'switch default' 'unregister a' 'reset a' alloc 'free 1' drain resume 'quota user 5'; do
		# shellcheck disable=SC2086 # words
		expect 4 nobody ioasidctl explain $n
		[[ ${output%%$'\n'*} == *"[PERMISSION]" ]]
		# shellcheck disable=SC2086 # words
		expect 4 nobody ioasidctl $n
		refused PERMISSION
	done
}

@test "explain: UNLOADING, while the exit of the module runs" {
	compat_load original_allocator exit_delay_ms=15000
	start rmmod original_allocator
	wait_for is_going
	agree 1 UNLOADING alloc
	agree 1 UNLOADING hold -- true
	ended
}

is_going()
{
	[ "$(cat /sys/module/original_allocator/initstate)" = going ]
}

@test "explain: restore, too" {
	sim_consumer drv
	ioasidctl alloc --id=1-5 --set-label=x
	ioasidctl save -o "$BATS_TEST_TMPDIR/s"
	ioasidctl free 1-5
	sim_set consumers/drv/alloc 1
	agree 5 HELD restore "$BATS_TEST_TMPDIR/s"
	sim_set consumers/drv/free all
	start ioasidctl hold --id=2 -- sleep 100
	wait_for holds_one
	agree 5 NOT_OWNER restore "$BATS_TEST_TMPDIR/s"
	kill_now
	ioasidctl alloc --id=2 --set-label=y
	agree 13 EXISTS restore "$BATS_TEST_TMPDIR/s"
	works restore --exact "$BATS_TEST_TMPDIR/s"
}

holds_one()
{
	[ "$(used)" -eq 1 ]
}

@test "explain: what works" {
	sim_allocator a
	sim_allocator b
	works alloc -c 3
	works free 1-2
	expect 0 ioasidctl explain free 3
	stdout 'free 3: works: would free 1'
	works free 3
	works switch b
	works unregister a
	works reset b
	works quota user 100
	works quota user unlimited
	works drain
	works resume
	works hold -- true
}

@test "explain: a thousand dry runs of all kinds leave the generation unchanged" {
	local before n

	sim_allocator a
	sim_allocator b
	sim_consumer drv alloc=2
	ioasidctl alloc -c 5 --set-label=x
	before=$(ioasidctl -j list | jq '[.generation, [.items[] | del(.age_ms)]]')
	for n in {1..112}; do
		printf '%s --dry-run\n' 'alloc -c 3' 'alloc --id=1-3' 'free 3-5' 'free --label=x' 'free 1' \
			'switch b' 'unregister a' 'reset a' 'quota user 5'
	done >"$BATS_TEST_TMPDIR/lines"
	expect 11 ioasidctl batch --keep-going "$BATS_TEST_TMPDIR/lines"
	jq -es '(.[:-1] | length) == 1008 and (.[:-1] | map(.exit) | unique) == [0, 5, 13]' <<<"$output"
	[ "$(ioasidctl -j list | jq '[.generation, [.items[] | del(.age_ms)]]')" = "$before" ]
}

@test "explain: with 500 blockers the text stays short and the total is right" {
	sim_allocator a
	sim_allocator b
	ioasidctl alloc --id="$(seq -s, 1 2 999)"
	expect 5 ioasidctl explain switch b
	[ "$(wc -l <<<"$output")" -lt 30 ]
	stdout_has "500 IOASIDs outstanding in 'a'"
	stdout_has '... and 490 more'
	expect 5 ioasidctl -j explain switch b
	json '.count == 500 and .unlisted == 490 and (.items | length) == 10'
	# The same for a drain that times out.
	expect 7 ioasidctl drain --timeout=200ms
	[ "$(wc -l <<<"$stderr")" -lt 30 ]
	stderr_has '500 IOASIDs outstanding'
	stderr_has '... and 490 more'
}

@test "explain: is no change itself, and usage errors are its own" {
	expect 2 ioasidctl explain
	refused USAGE
	expect 2 ioasidctl explain list
	refused USAGE
	stderr_has "'list' changes nothing"
	expect 2 ioasidctl explain nonsense
	refused USAGE
	expect 2 ioasidctl explain alloc --count=0
	refused USAGE
	no_module
	expect 9 ioasidctl --no-autoload explain alloc
	refused NO_MODULE
	run ! loaded ioasid_core
	load_core
}

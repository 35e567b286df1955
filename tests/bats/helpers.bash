# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # status, output, stderr are Bats's
# For the tests in *.bats, which run as root in the guest:
#
#	load helpers
#	setup() { load_sim; }
#	@test "…" { expect 0 ioasidctl -j list; json '.items == []'; }
#
# Every test leaves the world as it was: teardown() below frees all IDs, removes
# all simulated allocators and consumers, and looks at the kernel log.

bats_require_minimum_version 1.5.0
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../vm/scan.bash
. "$tests/vm/scan.bash"

sim=/sys/kernel/config/ioasid_sim

# jq 1.6 compiles its own library at each start, which takes most of a second in
# an emulated guest; gojq speaks the same language.
jq()
{
	gojq "$@"
}

# --- commands and what they say -------------------------------------------

# go CMD…: runs it; sets status, output (stdout) and stderr. What it did is shown
# if the test fails.
go()
{
	local errors=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/stderr

	# Not Bats's run: that starts three more processes, which is slow here.
	status=0
	output=$("$@" 2>"$errors") || status=$?
	stderr=$(<"$errors")
	printf '$'
	printf ' %q' "$@"
	printf '\nstatus: %s\n' "$status"
	[ -z "$output" ] || echo "stdout: ${output//$'\n'/$'\n'stdout: }"
	[ -z "$stderr" ] || echo "stderr: ${stderr//$'\n'/$'\n'stderr: }"
	! wants_json "$@" || record_json "$@"
}

# Is that ioasidctl itself, not a shell that runs it, and told to write JSON?
wants_json()
{
	local word tool='' wish=''

	for word; do
		case $tool$word in
		ioasidctl|*/ioasidctl) tool='tool ' ;;
		'tool --') break ;;
		'tool --help'|'tool --usage'|'tool --version') return 1 ;;
		'tool --json') wish=1 ;;
		'tool --'*) ;;
		'tool -'*[hV]*) return 1 ;;
		'tool -'*j*) [[ ! $word =~ ^-[djnqv]+$ ]] || wish=1 ;;
		esac
	done
	[ "$wish" ]
}

# For check_json.
record_json()
{
	local command

	printf -v command ' %q' "$@"
	printf '\x1e %s\x1f%s\x1f%s\n%s\n' \
		"$BATS_TEST_DESCRIPTION" "$command" stdout "$output" \
		"$BATS_TEST_DESCRIPTION" "$command" stderr "$stderr" \
		>>"$BATS_FILE_TMPDIR/json"
}

# All JSON of this test file against the schema, at once: Python starts slowly.
check_json()
{
	[ ! -e "$BATS_FILE_TMPDIR/json" ] ||
		"$tests/bats/schema.py" "$tests/../cli/ioasidctl.schema.json" \
			"$BATS_FILE_TMPDIR/json"
}

# expect STATUS CMD…: runs it, and it must end with that status.
expect()
{
	local want=$1

	shift
	go "$@"
	[ "$status" -eq "$want" ] || fail_with "status $status, not $want"
}

# nobody CMD…: for go and expect: `expect 4 nobody ioasidctl …`
as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --)
nobody()
{
	"${as_nobody[@]}" "$@"
}

fail_with()
{
	echo "FAILED: $*"
	return 1
}

# stdout TEXT: that and nothing else was on stdout.
stdout()
{
	[ "$output" = "$1" ] || fail_with "stdout is not: ${1:-(empty)}"
}

# stdout_has WORDS, stderr_has WORDS: a fixed string somewhere in it.
stdout_has()
{
	[[ $output == *"$1"* ]] || fail_with "not in stdout: $1"
}

stderr_has()
{
	[[ $stderr == *"$1"* ]] || fail_with "not in stderr: $1"
}

# quiet: nothing on either.
quiet()
{
	stdout ''
	[ -z "$stderr" ] || fail_with 'stderr is not empty'
}

# refused CODE: nothing on stdout, and the first line on stderr ends with [CODE].
refused()
{
	stdout ''
	[[ ${stderr%%$'\n'*} == *"[$1]" ]] ||
		fail_with "stderr's first line does not end with [$1]"
}

# json FILTER [ARG…]: stdout is one JSON document and the jq filter is true of it.
json()
{
	local filter=$1

	shift
	jq -es "$@" "length == 1 and (.[0] | $filter)" <<<"$output" >/dev/null ||
		fail_with "JSON: not true: $filter"
}

# json_error FILTER [ARG…]: the same for stderr.
json_error()
{
	local output=$stderr

	json "$@"
}

# 6.1 tells the text of why a dump was refused, but not which attribute it means.
names_attributes_of_dumps()
{
	[ "$IOASID_SERIES" != 6.1 ]
}

# value FILTER: prints what the jq filter makes of stdout.
value()
{
	jq -r "$1" <<<"$output"
}

# --- modules ---------------------------------------------------------------

loaded()
{
	[ -d "/sys/module/$1" ]
}

# load_core [PARAMETER=VALUE…]: ioasid_core afresh if there are parameters, or if
# the loaded one was loaded with some.
load_core()
{
	local memo=$BATS_RUN_TMPDIR/core-parameters

	begin
	: >>"$memo"
	if loaded ioasid_core && [ "$*" = "$(<"$memo")" ]; then
		return
	fi
	unload_all
	modprobe ioasid_core "$@"
	echo "$*" >"$memo"
}

# load_sim [PARAMETER=VALUE…]: the same, and ioasid_sim.
load_sim()
{
	load_core "$@"
	loaded ioasid_sim || modprobe ioasid_sim
}

no_module()
{
	begin
	unload_all
}

unload_all()
{
	local module

	for module in ioasid_fault ioasid_selftest ioasid_bench ioasid_sim ioasid_core; do
		if loaded "$module"; then
			rmmod "$module" || fail_with "cannot unload $module"
		fi
	done
}

# --- simulated allocators and consumers --------------------------------------

# sim_add allocators|consumers NAME [ATTRIBUTE=VALUE…]
sim_add()
{
	local dir=$sim/$1/$2 pair

	shift 2
	mkdir "$dir"
	for pair; do
		sim_set "$dir/${pair%%=*}" "${pair#*=}"
	done
}

# sim_allocator NAME [ATTRIBUTE=VALUE…]: makes and registers it.
sim_allocator()
{
	sim_add allocators "$@" live=1
}

# sim_consumer NAME [ATTRIBUTE=VALUE…]: `sim_consumer drv alloc=3`
sim_consumer()
{
	sim_add consumers "$@"
}

# The age of a driver's IDs counts in seconds, and only IDs of equal age fold: so
# those of one write are not to lie on both sides of a tick.
early_in_second()
{
	local up

	read -r up _ </proc/uptime
	[ "$((10#${up#*.}))" -lt 60 ] || sleep 0.42
}

# sim_set FILE VALUE: returns false, and shows why, if the write fails.
sim_set()
{
	case $1 in /*) ;; *) set -- "$sim/$1" "$2" ;; esac
	case $1 in */consumers/*/alloc) early_in_second ;; esac
	# In a subshell, for bash's own words on the error.
	(printf '%s\n' "$2" >"$1") || fail_with "writing $2 to $1"
}

# sim_get FILE: `[ "$(sim_get allocators/a/in_use)" -eq 0 ]`
sim_get()
{
	cat "$sim/$1"
}

# --- the world between tests ---------------------------------------------------

# clean_sim consumers|allocators: consumers give back what they hold.
clean_sim()
{
	local dir

	for dir in "$sim/$1"/*/; do
		if [ -d "$dir" ] && ! rmdir "$dir"; then
			fail_with "cannot remove $dir"
			return
		fi
	done
}

# What the kernel said since the test began.
clean_log()
{
	dmesg >"$BATS_TEST_TMPDIR/dmesg"
	local found rc=0

	found=$(scan_log "$BATS_TEST_TMPDIR/dmesg" "$1") || rc=$?
	case $rc in
	0) ;;
	2) fail_with 'the kernel log overflowed' ;;
	*) fail_with "the kernel complained: $found" ;;
	esac
}

mark()
{
	echo "bats: $BATS_TEST_FILENAME $BATS_TEST_NUMBER"
}

# From here on the kernel log belongs to this test. The load functions do it; a
# setup() that calls none of them has to.
begin()
{
	mark >/dev/kmsg
}

# What user space holds.
free_user_ids()
{
	local bits
	bits=$(</sys/module/ioasid_core/parameters/id_bits)

	ioasidctl free "0-$(((1 << bits) - 1))"
}

ids_in_use()
{
	local answer

	answer=$(ioasidctl -j status) || return 0
	[[ ! $answer =~ \"used\":0[,}] ]]
}

# Leaves nothing. What a test leaked on purpose goes with the modules, so such a
# test ends with unload_all.
reset_world()
{
	local rc=0

	if loaded ioasid_core; then
		clean_sim consumers || rc=1
		! ids_in_use || free_user_ids || rc=1
		clean_sim allocators || rc=1
		if ids_in_use; then
			ioasidctl list
			fail_with 'IDs are left' || rc=1
			unload_all || :
		fi
	fi
	clean_log "$(mark)" || rc=1
	return "$rc"
}

setup()
{
	load_core
}

teardown()
{
	reset_world
}

teardown_file()
{
	local rc=0

	check_json || rc=1
	unload_all || rc=1
	return "$rc"
}

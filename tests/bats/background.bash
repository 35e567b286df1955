# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # of helpers.bash and Bats
# Commands that run while a test goes on; load it behind helpers.

pids=()

# start COMMAND…: in the background; $pid, and its output in the files $out, $err.
start()
{
	local n=${#pids[@]}

	# Itself and not in a shell: $pid is to be the command's.
	[ "$1" != nobody ] || set -- "${as_nobody[@]}" "${@:2}"
	out=$BATS_TEST_TMPDIR/out.$n err=$BATS_TEST_TMPDIR/err.$n
	# Bats waits for who has its descriptors.
	# A shell without job control lets them ignore SIGINT.
	env --default-signal=INT "$@" >"$out" 2>"$err" </dev/null 3>&- &
	pid=$!
	pids+=("$pid")
	printf '$ %s & # %d\n' "$*" "$pid"
}

# ended [STATUS [PID]]: the last one started, or PID, ends with that status.
ended()
{
	local want=${1:-0} which=${2:-$pid} got=0

	wait_for gone "$which" || fail_with "process $which does not end" || return
	wait "$which" || got=$?
	printf 'process %d: status %d\n' "$which" "$got"
	cat "$out" "$err"
	[ "$got" -eq "$want" ] || fail_with "status $got, not $want"
}

gone()
{
	local state

	[ -e "/proc/$1" ] || return 0
	read -r _ _ state _ <"/proc/$1/stat" 2>/dev/null || return 0
	[ "$state" = Z ]
}

# kill_now: -9, and wait until it is dead.
kill_now()
{
	kill -9 "$pid"
	wait "$pid" || :
}

stop_all()
{
	local one

	for one in "${pids[@]}"; do
		kill -9 "$one" 2>/dev/null || :
		wait "$one" 2>/dev/null || :
	done
	pids=()
}

# started_listening: the monitor that was started hears what happens from now on.
started_listening()
{
	wait_for listens
}

listens()
{
	local groups

	# libnl numbers the sockets of a process in the upper bits of their addresses;
	# group 16 is the controller's.
	while read -r groups; do
		[ $((16#$groups & ~0x8000)) -eq 0 ] || return 0
	done < <(awk -v pid="$pid" '$2 == 16 && $3 % 4194304 == pid { print $4 }' \
		/proc/net/netlink)
	return 1
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # tests, output are helpers.bash's and Bats's
# The family itself, past ioasidctl; load it behind helpers.

# For setup_file: starts the server of raw requests.
nl_begin()
{
	YNL=$("$tests/lint/kernel-source")
	NL=$BATS_FILE_TMPDIR/nl
	export YNL NL
	mkdir "$NL"
	/usr/bin/python3 "$tests/bats/nl" serve "$NL" >"$NL/log" 2>&1 3>&- &
	wait_for test -p "$NL/reply"
}

nl_end()
{
	printf 'quit\0' >"$NL/request"
	wait
}

# nl [nobody] do|dump OPERATION [ATTRIBUTES] …: see there.
nl()
{
	rm -f "$NL/status"
	printf '%s\0' "$@" >"$NL/request"
	cat "$NL/reply"
	wait_for test -s "$NL/status"
	return "$(<"$NL/status")"
}

# ask [nobody] do|dump …: runs it; its JSON is $output.
ask()
{
	expect 0 nl "$@"
}

# listen: from here on events are recorded.
listen()
{
	events=$BATS_TEST_TMPDIR/events
	rm -f "$events"*
	printf '%s\0' events "$events" >"$NL/request"
	cat "$NL/reply"
	wait_for test -e "$events.ready"
}

# heard: all events up to now are in $events, and $output.
heard()
{
	local last

	last=$(generation)
	# Something to stop behind; a quota event has no generation of its own.
	ioasidctl free "$(ioasidctl alloc --set-label=last)"
	generation >"$events.new"
	mv "$events.new" "$events.until"
	wait_for test -s "$events.status"
	# Without that something.
	output=$(jq -c "select(.msg.generation <= $last)" "$events")
	printf 'event: %s\n' "$output"
	[ "$(<"$events.status")" -eq 0 ] || fail_with "the listener: $(<"$NL/log")"
}

# events FILTER: of all events as one array, the jq filter is true.
events()
{
	jq -es "$1" <<<"$output" >/dev/null || fail_with "events: not true: $1"
}

# wait_for COMMAND…: until it is true, for 30 s at most.
wait_for()
{
	local end=$((SECONDS + 30))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail_with "in vain: $*" || return
		sleep 0.1
	done
}

generation()
{
	ioasidctl -j status | jq .generation
}

used()
{
	ioasidctl -j status | jq .used
}

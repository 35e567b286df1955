#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasid_bench: it does what it counts, and leaves nothing. How fast is tests/bench's.

load helpers

setup()
{
	modprobe ioasid_bench
	run_file=/sys/kernel/debug/ioasid_bench/run
}

teardown()
{
	rmmod ioasid_bench
	unload_all
}

step()
{
	echo "$*" >"$run_file"
}

# counted N: so many did the last step.
counted()
{
	[[ $(<"$run_file") == "ops=$1 ns="* ]]
}

# did N STEP…: it does, and counts so many.
did()
{
	step "${@:2}"
	counted "$1"
}

refused_step()
{
	! step "$@" 2>/dev/null
}

@test "bench: every target hands out, looks up and takes back" {
	local target targets=(ours ours-custom ida xarray)

	if [ "$IOASID_SERIES" = 6.1 ]; then
		targets+=(builtin builtin-custom)
	fi
	for target in "${targets[@]}"; do
		step open "$target" 256
		did 256 fill
		did 128 keep 128
		did 1000 churn 1000
		did 100 worst 100
		did 1000 mixed 500 2
		if [ "$target" = ida ]; then
			refused_step find 10
		else
			did 1000 find 1000
			did 100 worst-find 100
			did 2000 readers 1000 2
		fi
		did 128 empty
		step close
	done
}

@test "bench: its IDs are those of the table" {
	step open ours 256
	early_in_second
	step fill
	[ "$(ioasidctl list | awk 'NR > 1 { print $1, $3 }')" = '1-256 bench' ]
	step keep 100
	[ "$(ioasidctl status | awk '/^used/ { print $2 }')" = 100 ]
	step churn 500
	[ "$(ioasidctl status | awk '/^used/ { print $2 }')" = 100 ]
	step close
	[ "$(ioasidctl status | awk '/^used/ { print $2 }')" = 0 ]
}

@test "bench: interrupts come, and it says how late the latest was" {
	did 1000 late 1000
	[[ $(<"$run_file") =~ \ max=[1-9] ]]
}

@test "bench: what makes no sense is refused" {
	refused_step fill
	refused_step open nothing 10
	refused_step open ours 0
	refused_step open ours 1048576
	step open ours 100
	refused_step open xarray 100
	refused_step churn 10
	step fill
	refused_step fly 10
	refused_step churn 0
	refused_step late 0
	refused_step mixed 10 9
	counted 0
	step close
	refused_step close
}

@test "bench: a step can be killed, and loses nothing" {
	local kind

	step open ours 200
	step fill
	for kind in churn mixed late; do
		echo "$kind 100000000" >"$run_file" &
		sleep 0.5
		kill -9 $!
		wait $! || true
		[ "$(ioasidctl status | awk '/^used/ { print $2 }')" = 200 ]
	done
	step churn 100
	step close
}

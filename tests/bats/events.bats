#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The multicast group "events"
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink

setup_file()
{
	nl_begin
}

teardown_file()
{
	nl_end
	unload_all
}

setup()
{
	load_sim
}

# in_order FIRST: the generations of the events but quota-ntf are FIRST, FIRST + 1, …
in_order()
{
	events '[.[] | select(.name != "quota-ntf") | .msg.generation] as $g |
		($g | length) > 0 and $g == [range($g[0]; $g[0] + ($g | length))] and
		$g[0] == '"$1"
}

# changes FILTER: the same without what is said of sets.
changes()
{
	events '[.[] | select(.name != "set-ntf")] | '"$1"
}

# [[NAME, OBJECT], …] of the events.
story='[.[] | [(.name | rtrimstr("-ntf")), (.msg | .name // [.id, .last // .id])]]'

@test "events: of allocators, each with a generation of its own" {
	local first

	first=$(($(generation) + 1))
	listen
	sim_allocator a group=g
	sim_allocator b group=g
	sim_allocator c
	ioasidctl switch b
	ioasidctl unregister b
	sim_set allocators/a/live 0
	heard
	in_order "$first"
	changes "$story"' == [["registered", "a"], ["switched", "a"], ["registered", "b"],
		["registered", "c"], ["switched", "b"], ["unregistered", "b"], ["switched", "a"],
		["unregistered", "a"], ["switched", "c"]]'
	changes '.[0].msg | .module == "ioasid_sim" and .space > 0 and .index > 0'
}

@test "events: of IDs from user space, a run at a time" {
	local first

	first=$(($(generation) + 1))
	listen
	ioasidctl alloc -c 5
	ioasidctl alloc --id=10,20-29 --set-label=x
	ioasidctl free 2-3
	ioasidctl free --label=x
	ioasidctl free 1-100
	heard
	in_order "$first"
	changes "$story"' == [["alloc", [1, 5]], ["alloc", [10, 10]], ["alloc", [20, 29]],
		["free", [2, 3]], ["free", [10, 10]], ["free", [20, 29]],
		["free", [1, 1]], ["free", [4, 5]]]'
}

@test "events: of IDs of drivers, and of their references" {
	local first

	first=$(($(generation) + 1))
	listen
	sim_consumer drv alloc=2 get=1 put=1 get=2 free=2 put=2 free=1
	heard
	in_order "$first"
	changes '[.[] | [.name, .msg.id, .msg.refs, .msg.state]] == [
		["alloc-ntf", 1, 1, "live"], ["alloc-ntf", 2, 1, "live"],
		["change-ntf", 1, 2, "live"], ["change-ntf", 1, 1, "live"],
		["change-ntf", 2, 2, "live"], ["change-ntf", 2, 1, "pending"],
		["free-ntf", 2, 0, "pending"], ["free-ntf", 1, 0, "live"]] or
		([.[] | [.name, .msg.id]] == [
		["alloc-ntf", 1], ["alloc-ntf", 2], ["change-ntf", 1], ["change-ntf", 1],
		["change-ntf", 2], ["change-ntf", 2], ["free-ntf", 2], ["free-ntf", 1]] and
		.[5].msg.state == "pending" and .[2].msg.refs == 2 and .[3].msg.refs == 1)'
	changes '[.[].msg | .set == "drv" and .module == "ioasid_sim"] | all'
}

@test "events: faulty and reset" {
	local first

	sim_allocator a
	sim_consumer drv alloc=1
	first=$(($(generation) + 1))
	listen
	sim_set allocators/a/duplicate_count 16
	for _ in {1..16}; do
		run sim_set consumers/drv/alloc 1
		[ "$status" -ne 0 ]
	done
	ioasidctl reset a
	ioasidctl reset a
	heard
	in_order "$first"
	changes "$story"' == [["faulty", "a"], ["reset", "a"]]'
	changes '.[0].msg.faults == 16 and (.[0].msg.flags | index("faulty")) and
		(.[1].msg.flags | index("faulty") | not)'
}

@test "events: orphaned" {
	local first

	sim_allocator a group=gone
	sim_consumer drv alloc=3
	first=$(($(generation) + 1))
	listen
	sim_set allocators/a/live 0
	sim_set consumers/drv/free 2
	heard
	in_order "$first"
	changes "$story"' == [["unregistered", "a"], ["switched", "default"], ["orphaned", "a"],
		["free", [2, 2]]]'
	changes '.[2].msg.ids == 3 and .[3].msg.state == "orphan" and .[3].msg.allocator == "a"'
}

@test "events: quota, which is no change" {
	local first

	load_sim user_quota=2
	ioasidctl alloc
	first=$(($(generation) + 1))
	listen
	run ioasidctl alloc -c 2
	[ "$status" -eq 6 ]
	# A dry run is nobody's business.
	run ioasidctl alloc -n -c 2
	ioasidctl free 1
	heard
	in_order "$first"
	changes '[.[].name] == ["quota-ntf", "free-ntf"]'
	changes '.[0].msg | .name == "user" and .quota == 2 and .ids == 1 and
		.generation == '$((first - 1))
}

@test "events: none without a change" {
	ioasidctl alloc -c 3
	listen
	ioasidctl list
	ioasidctl status
	ioasidctl alloc -n -c 3
	ioasidctl free -n 1-3
	ioasidctl switch default
	ioasidctl free 7
	run ioasidctl alloc --id=1-9
	[ "$status" -eq 13 ]
	run ioasidctl alloc --min=2 --max=3
	[ "$status" -eq 6 ]
	heard
	changes 'length == 0'
}

@test "events: of 1000 allocations none is lost" {
	local first

	first=$(($(generation) + 1))
	listen
	sim_consumer drv alloc=1000
	sim_set consumers/drv/free all
	heard
	in_order "$first"
	changes '[.[:1000][] | .name, .msg.id] == [range(1; 1001) | "alloc-ntf", .]'
	changes '[.[1000:][].msg.id] | sort == [range(1; 1001)]'
	changes '[.[1000:][].name] | unique == ["free-ntf"]'
}

@test "events: say nothing of owners" {
	listen
	ioasidctl alloc --set-label=secret
	ioasidctl free 1
	heard
	changes '[.[].name] == ["alloc-ntf", "free-ntf"]'
	changes '[.[].msg | has("pid", "start", "uid", "comm", "label")] | any | not'
	changes '[.[].msg.request > 0] | all'
}

@test "events: the generation grows with no listener too" {
	local before

	sim_consumer drv alloc=1
	before=$(generation)
	sim_set consumers/drv/alloc 3
	[ "$(generation)" -eq $((before + 3)) ]
	ioasidctl alloc --id=10-19,30
	[ "$(generation)" -eq $((before + 5)) ]
	ioasidctl free 10-30
	[ "$(generation)" -eq $((before + 7)) ]
	sim_allocator a standby=1
	[ "$(generation)" -eq $((before + 8)) ]
}

@test "events: who was in the groups before they were ours hears them" {
	unload_all
	python3 - <<'PY'
import socket
import subprocess

listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
listener.bind((0, 0))
for group in range(1, 65):
    try:
        listener.setsockopt(270, 1, group)
    except OSError:
        pass                    # there are not so many
for command in ('modprobe ioasid_core', 'ioasidctl alloc --set-label=early'):
    subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)
listener.settimeout(20)
while b'early\0' not in listener.recv(65536):
    pass
PY
	ioasidctl free --label=early
	unload_all
}

@test "events: who joins between two changes is told of the second" {
	sim_consumer drv
	expect 0 nl latecomers "$sim/consumers/drv" 200
	jq -e '. == {"event": 200, "gap": 0, "nothing": 0}' <<<"$output"
}

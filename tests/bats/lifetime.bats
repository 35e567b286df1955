#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What lives how long: modules, what they leak, and what pins them
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load compat

refs()
{
	cat "/sys/module/$1/refcnt"
}

teardown()
{
	compat_unload
	reset_world
}

@test "R-UNR-7: an ID that a module leaked stays listed, and goes with the core" {
	compat_load original_consumer leak=1
	rmmod original_consumer
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .set, .module, .state]] ==
		[[1, "original_set", "original_consumer", "live"]]'
	expect 0 ioasidctl -j sets
	json '.items[] | select(.name == "original_set") | .ids == 1 and .gone == true'
	expect 0 cat /sys/kernel/debug/ioasid/sets /sys/kernel/debug/ioasid/ioasids
	stdout_has "'original_set' original_consumer 1 0 1"
	expect 5 ioasidctl free 1
	refused HELD
	expect 0 ioasidctl alloc
	stdout 2
	# The module may come again: that is another set.
	compat_load original_consumer
	expect 0 ioasidctl -j sets
	json '[.items[] | select(.name == "original_set") | .gone] | sort == [false, true]'
	rmmod original_consumer
	ioasidctl free 2
	unload_all
	load_core
	[ "$(used)" -eq 0 ]
}

@test "R-UNR-7: the last leaked ID takes the set of a gone module along" {
	load_sim
	sim_consumer drv
	compat_load original_consumer leak=1
	rmmod original_consumer
	sim_set consumers/drv/free 1
	expect 0 ioasidctl -j sets
	json '[.items[].name] | index("original_set") == null'
	[ "$(used)" -eq 0 ]
}

@test "R-UNR-7: IDs from user space pin ioasid_core" {
	unload_all
	load_core
	[ "$(refs ioasid_core)" -eq 0 ]
	ioasidctl alloc -c 3
	[ "$(refs ioasid_core)" -eq 1 ]
	expect 1 rmmod ioasid_core
	stderr_has 'in use'
	ioasidctl alloc
	ioasidctl free 1-3
	[ "$(refs ioasid_core)" -eq 1 ]
	ioasidctl free 4
	[ "$(refs ioasid_core)" -eq 0 ]
	expect 0 rmmod ioasid_core
}

@test "R-UNR-7: registration alone pins nothing, the first ID does and the last lets go" {
	local idle

	compat_load original_allocator
	idle=$(refs original_allocator)
	[ "$idle" -eq 0 ]
	ioasidctl alloc -c 2
	[ "$(refs original_allocator)" -eq 1 ]
	ioasidctl free 4096
	[ "$(refs original_allocator)" -eq 1 ]
	ioasidctl free 4097
	[ "$(refs original_allocator)" -eq 0 ]
	expect 0 rmmod original_allocator
}

@test "lifetime: rmmod in order only" {
	load_sim
	expect 1 rmmod ioasid_core
	stderr_has 'in use by: ioasid_sim'
	expect 0 rmmod ioasid_sim
	expect 0 rmmod ioasid_core
	run ! loaded ioasid_core
}

@test "lifetime: a provider that is unloaded with idle allocators leaves nothing" {
	load_sim
	sim_allocator a
	sim_allocator b
	clean_sim allocators
	rmmod ioasid_sim
	expect 0 ioasidctl -j status
	json '.allocators == 1 and .active == "default"'
	expect 0 ioasidctl alloc
	stdout 1
}

@test "lifetime: load and unload, 20 times" {
	local n

	unload_all
	for n in {1..20}; do
		modprobe ioasid_core || fail_with "load $n"
		# Every other time something happens in between.
		if [ $((n % 2)) -eq 0 ]; then
			ioasidctl alloc -c 100 >/dev/null
			ioasidctl free 1-100
		fi
		rmmod ioasid_core || fail_with "unload $n"
	done
	[ ! -e /sys/kernel/debug/ioasid ]
}

@test "lifetime: the name of the family loads the module" {
	no_module
	expect 0 genl ctrl get name ioasid
	loaded ioasid_core
	# Without side effects.
	expect 0 ioasidctl -j status
	json '.used == 0 and .generation == 1'
	no_module
	expect 0 nobody ioasidctl -j status
	json '.used == 0'
	loaded ioasid_core
}

@test "lifetime: a bad parameter is refused" {
	no_module
	expect 1 modprobe ioasid_core id_bits=0
	expect 1 modprobe ioasid_core id_bits=32
	run ! loaded ioasid_core
	load_core id_bits=31
	expect 0 ioasidctl -j status
	json '.id_max == 2147483647'
	expect 0 ioasidctl alloc --min=2147483647
	stdout 2147483647
	expect 0 ioasidctl free 0-2147483647
	[ "$(used)" -eq 0 ]
}

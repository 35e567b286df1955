#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Code written to the API of Linux 5.5 to 6.3, built unchanged against ours
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load compat

teardown()
{
	compat_unload
	reset_world
}

@test "compat: a consumer allocates, finds and frees" {
	compat_load original_consumer
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .set, .module, .allocator]] ==
		[[1, "original_set", "original_consumer", "default"]]'
	rmmod original_consumer
	[ "$(used)" -eq 0 ]
}

@test "compat: an allocator without a name gets its module's" {
	compat_load original_allocator
	expect 0 ioasidctl -j allocators
	json '[.items[].name] == ["default", "original_allocator"]'
	json '.items[1] | .module == "original_allocator" and .active and (.sleeps | not)'
	expect 0 ioasidctl alloc -c 3
	stdout 4096-4098
	expect 6 ioasidctl alloc -c 62
	refused EXHAUSTED
	expect 0 ioasidctl free 4096-4098
	rmmod original_allocator
	expect 0 ioasidctl -j status
	json '.active == "default" and .allocators == 1 and .orphans == 0'
}

@test "compat: R-REG-4: an allocator is refused while the default one has IDs out" {
	compat_load original_consumer
	expect 1 compat_load original_allocator
	stderr_has 'Resource temporarily unavailable'
	expect 0 ioasidctl -j allocators
	json '[.items[].name] == ["default"]'
	rmmod original_consumer
	compat_load original_allocator
}

@test "compat: consumer and allocator together; the pin holds the allocator" {
	compat_load original_allocator
	compat_load original_consumer
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .allocator]] == [[4096, "original_allocator"]]'
	expect 1 rmmod original_allocator
	stderr_has 'in use'
	expect 5 ioasidctl -j switch default
	json_error '.count == 1 and .items[0].module == "original_consumer"'
	rmmod original_consumer
	expect 0 ioasidctl switch default
	rmmod original_allocator
}

@test "compat: the kernel's own symbols are not ours" {
	local found

	found=$(grep -cE ' ioasid_alloc$' /proc/kallsyms) || :
	case $IOASID_SERIES in
	6.1) [ "$found" -eq 1 ] ;;
	*) [ "$found" -le 1 ] ;;
	esac
	# The default allocator of ours shows what a consumer does, so it is ours
	# that it was linked to.
	compat_load original_consumer
	[ "$(used)" -eq 1 ]
	expect 0 modinfo -F depends "${IOASID_KO%/*}/compat-$IOASID_SERIES/original_consumer.ko"
	stdout ioasid_core
}

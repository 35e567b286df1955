#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC1011,SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers

@test "sets: the set of user space, with its quota" {
	load_core
	expect 0 ioasidctl sets
	stdout 'SET   MODULE  IDS  QUOTA  STATE
user  -       0    65536  present'
	expect 0 ioasidctl -j sets
	json '.kind == "sets" and .items == [{"name": "user", "ids": 0, "quota": 65536, "gone": false}]'
}

@test "sets: the module parameter is the quota; 0 is unlimited" {
	load_core user_quota=7
	expect 0 ioasidctl alloc -c 7
	expect 0 ioasidctl -j sets
	json '.items[0] | .quota == 7 and .ids == 7'
	expect 0 ioasidctl free 1-7
	load_core user_quota=0
	expect 0 ioasidctl sets
	[[ ${output##*$'\n'} =~ ^user\ +-\ +0\ +unlimited\ +present$ ]]
	expect 0 ioasidctl -j sets
	json '.items[0].quota == 0'
}

@test "sets: those of drivers, with usage" {
	load_sim
	sim_consumer drv alloc=3
	sim_consumer other alloc=1
	expect 0 ioasidctl alloc -c 2
	expect 0 ioasidctl -j sets
	json '[.items[] | [.name, .module, .ids, .gone]] | sort == [
		["drv", "ioasid_sim", 3, false], ["other", "ioasid_sim", 1, false],
		["user", null, 2, false]]'
	expect 0 ioasidctl sets
	[[ $output =~ $'\n'drv\ +ioasid_sim\ +3\ +unlimited\ +present ]]
	sim_set consumers/drv/free all
	expect 0 ioasidctl -j sets
	json '.items[] | select(.name == "drv") | .ids == 0'
}

@test "R-UNR-7: what a module leaked stays listed under its set's name, which is gone" {
	load_sim
	sim_consumer drv alloc=2 leak=1
	sim_consumer tidy alloc=2
	clean_sim consumers
	rmmod ioasid_sim
	expect 0 ioasidctl sets
	[[ $output =~ $'\n'drv\ +ioasid_sim\ +2\ +unlimited\ +gone ]]
	[[ $output != *tidy* ]]
	expect 0 ioasidctl -j sets
	json '[.items[] | select(.gone) | [.name, .ids]] == [["drv", 2]]'
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .last, .set, .module]] == [[1, 2, "drv", "ioasid_sim"]]'
	# A set of the same name that comes later is another one.
	modprobe ioasid_sim
	sim_consumer drv alloc=1
	expect 0 ioasidctl -j sets
	json '[.items[] | select(.name == "drv") | [.ids, .gone]] | sort == [[1, false], [2, true]]'
	# Only one of them can come to a quota.
	expect 0 ioasidctl quota drv 5 --module=ioasid_sim
	expect 0 ioasidctl -j sets
	json '[.items[] | select(.name == "drv") | [.gone, .quota]] | sort == [[false, 5], [true, 0]]'
	clean_sim consumers
	unload_all
	expect 0 ioasidctl -j list
	json '.items == []'
}

@test "sets: a failure leaves stdout empty" {
	no_module
	expect 9 ioasidctl sets --no-autoload
	refused NO_MODULE
}

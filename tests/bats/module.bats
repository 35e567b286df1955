#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers

setup()
{
	no_module
}

teardown()
{
	reset_world
	unload_all	# some of these tests leave it with other parameters
}

gone()
{
	! loaded "${1:-ioasid_core}" || fail_with "${1:-ioasid_core} is loaded"
}

@test "module load: silent; again: done already; with --strict exit 13" {
	expect 0 ioasidctl module load
	quiet
	loaded ioasid_core
	expect 0 ioasidctl module load
	quiet
	expect 0 ioasidctl -j module load ioasid_core
	json '.kind == "module-load" and .name == "ioasid_core" and .changed == false
		and .dry_run == false and .items == []'
	expect 0 ioasidctl module load -v
	stdout 'already loaded ioasid_core'
	expect 13 ioasidctl module load --strict
	refused EXISTS
	expect 13 ioasidctl -j module load --strict
	stdout ''
	json_error '.code == "EXISTS" and .exit == 13 and .command == "module"'
}

@test "module load: parameters" {
	expect 0 ioasidctl module load id_bits=8 user_quota=0x10 -j
	json '.changed'
	[ "$(</sys/module/ioasid_core/parameters/id_bits)" -eq 8 ]
	expect 0 ioasidctl -j module info
	json '.items[0].parameters == {"id_bits": "8", "user_quota": "16"}'
	expect 0 ioasidctl module info
	stdout_has 'parameter id_bits: 8'
	expect 0 ioasidctl -j sets
	json '.items[0].quota == 16'
}

@test "module load: a parameter that the module refuses" {
	expect 1 ioasidctl module load id_bits=99
	refused FAILURE
	stderr_has 'hint: dmesg | tail'
	gone
	expect 1 ioasidctl -j module load user_quota=many
	stdout ''
	json_error '.code == "FAILURE" and .exit == 1'
	gone
}

@test "module load: no parameter is dropped in silence" {
	expect 2 ioasidctl module load bogus=1
	refused USAGE
	stderr_has "ioasid_core has no parameter 'bogus'"
	gone
	expect 0 ioasidctl module load user_quota=16
	expect 0 ioasidctl module load user_quota=0x10
	quiet
	expect 13 ioasidctl module load user_quota=17
	refused EXISTS
	stderr_has 'ioasid_core is loaded already, with user_quota=16'
	expect 2 ioasidctl module load user_quota=16 bogus=1
	refused USAGE
	expect 13 ioasidctl -n module load id_bits=abc
	refused EXISTS
	expect 13 ioasidctl module load dyndbg=+p
	refused EXISTS
	stderr_has 'ioasid_core is loaded already, too late for dyndbg'
	[ "$(</sys/module/ioasid_core/parameters/user_quota)" -eq 16 ]
}

@test "module load: parameters that every module has, and a file" {
	local file=$BATS_TEST_TMPDIR/'a b.ko'

	expect 0 ioasidctl module load dyndbg=+p async_probe=1 user_quota=16
	quiet
	[ "$(</sys/module/ioasid_core/parameters/user_quota)" -eq 16 ]
	ioasidctl module unload
	cp "$IOASID_KO/ioasid_core.ko" "$file"
	expect 2 ioasidctl module load "$file" bogus=1
	stderr_has "hint: ioasidctl module info '$file'"
	expect 0 ioasidctl module info "$file"
	stdout_has 'parameter user_quota: '
	# No module: the kernel says so, and not that it has no parameters.
	echo no module >"$file"
	expect 10 ioasidctl module load "$file" user_quota=16
	refused INCOMPATIBLE
	expect 0 ioasidctl -j module info "$file"
	json '.items[0].parameters == {}'
	gone
}

@test "module load: what another needs comes along" {
	expect 0 ioasidctl module load ioasid_sim
	loaded ioasid_core
	loaded ioasid_sim
	expect 0 ioasidctl -j module info
	json '.items[0] | .loaded and .holders == ["ioasid_sim"] and .refcount == 1'
}

@test "module load: a file" {
	expect 0 ioasidctl module load "$IOASID_KO/ioasid_core.ko" id_bits=9
	quiet
	[ "$(</sys/module/ioasid_core/parameters/id_bits)" -eq 9 ]
	cd "$IOASID_KO"
	expect 0 ioasidctl -j module load ./ioasid_core.ko
	json '.changed == false and .name == "ioasid_core"'
	expect 0 ioasidctl -j module info ./ioasid_core.ko
	json '.items[0] | .loaded and .parameters.id_bits == "9"'
}

@test "module load: files that are none, or of another kernel" {
	expect 9 ioasidctl module load ./none.ko
	refused NO_MODULE
	expect 9 ioasidctl -j module load /nonexistent/ioasid_core.ko
	stdout ''
	json_error '.code == "NO_MODULE" and .exit == 9'
	echo 'no module' >"$BATS_TEST_TMPDIR/text.ko"
	expect 10 ioasidctl module load "$BATS_TEST_TMPDIR/text.ko"
	refused INCOMPATIBLE
	# One that says it is for a kernel of another kind.
	sed 's/ mod_unload /_mod_unload /' "$IOASID_KO/ioasid_core.ko" \
		>"$BATS_TEST_TMPDIR/ioasid_core.ko"
	expect 10 ioasidctl module load "$BATS_TEST_TMPDIR/ioasid_core.ko"
	refused INCOMPATIBLE
	gone
}

@test "module load, unload: a dry run changes nothing" {
	expect 0 ioasidctl -n module load
	quiet
	gone
	expect 0 ioasidctl -n module load -v
	stdout 'would have loaded ioasid_core'
	expect 0 ioasidctl -nj module load
	json '.changed and .dry_run'
	gone
	modprobe ioasid_core
	expect 0 ioasidctl -nj module unload
	json '.kind == "module-unload" and .changed and .dry_run'
	loaded ioasid_core
}

@test "module unload: silent; again: done already; with --strict exit 9" {
	modprobe ioasid_core
	expect 0 ioasidctl module unload
	quiet
	gone
	expect 0 ioasidctl module unload
	quiet
	expect 0 ioasidctl -j module unload
	json '.kind == "module-unload" and .changed == false'
	expect 9 ioasidctl module unload --strict
	refused NO_MODULE
}

@test "module unload: HELD by IDs of user space, which are listed" {
	load_core
	expect 0 ioasidctl alloc -c 3
	expect 0 ioasidctl alloc --id=9
	expect 5 ioasidctl module unload
	refused HELD
	[[ $stderr == *'4 IOASIDs'*'[HELD]
  1-3  ioasidctl['*'] uid 0  '*'
  9    ioasidctl['*'] uid 0  '* ]]
	loaded ioasid_core
	expect 5 ioasidctl -j module unload
	stdout ''
	json_error '.code == "HELD" and .exit == 5 and .count == 4
		and [.items[] | [.id, .last]] == [[1, 3], [9, 9]]'
	expect 0 ioasidctl free 1-9
	expect 0 ioasidctl module unload
	gone
}

@test "module unload: HELD by a module that uses it; the hint names it" {
	load_sim
	expect 5 ioasidctl module unload
	refused HELD
	stderr_has ioasid_sim
	stderr_has 'hint: ioasidctl module unload ioasid_sim'
	expect 0 ioasidctl module unload ioasid_sim
	gone ioasid_sim
	loaded ioasid_core
	expect 0 ioasidctl module unload
	gone
}

@test "R-UNR-7: module unload: a provider is HELD by the IDs of its allocator" {
	load_sim
	sim_allocator vcmd
	sim_allocator idle
	expect 0 ioasidctl alloc -c 2
	expect 5 ioasidctl module unload ioasid_sim
	refused HELD
	stderr_has '2 IOASIDs'
	[[ $stderr == *$'\n  1-2  ioasidctl['* ]]
	loaded ioasid_sim
	expect 5 ioasidctl -j module unload ioasid_sim
	stdout ''
	json_error '.count == 2 and [.items[] | [.allocator, .count]] == [["vcmd", 2]]'
}

@test "module info: of one that is not loaded the meaning of its parameters" {
	expect 0 nobody ioasidctl -j module info
	json '.kind == "module-info" and (.items | length) == 1'
	json '.items[0] | .name == "ioasid_core" and .loaded == false
		and (.path | endswith("/ioasid_core.ko")) and (.version | test("^[0-9.]+$"))
		and (.parameters | keys) == ["id_bits", "user_quota"]
		and (.parameters.id_bits | test("[Ww]idth")) and (has("refcount") | not)'
	expect 0 nobody ioasidctl module info
	[[ $output == 'name: ioasid_core
loaded: no'* ]]
	gone
}

@test "module info: of one that is loaded, also as nobody" {
	load_sim
	expect 0 nobody ioasidctl module info
	stdout_has 'loaded: yes'
	stdout_has 'holders: ioasid_sim'
	stdout_has 'refcount: 1'
	stdout_has 'parameter user_quota: 65536'
	expect 0 ioasidctl -j module info ioasid_sim
	json '.items[0] | .name == "ioasid_sim" and .loaded and .holders == [] and .parameters == {}'
}

@test "module: nobody may neither load nor unload" {
	expect 4 nobody ioasidctl module load
	refused PERMISSION
	stderr_has 'hint: sudo ioasidctl module load'
	gone
	modprobe ioasid_core
	expect 4 nobody ioasidctl module unload
	refused PERMISSION
	expect 4 nobody ioasidctl -j module unload
	stdout ''
	json_error '.code == "PERMISSION" and .exit == 4 and .hint == "sudo ioasidctl -j module unload"'
	loaded ioasid_core
}

@test "module: one that is not installed" {
	# A place where no module is, for libkmod.
	mount --bind "$BATS_TEST_TMPDIR" "/lib/modules/$(uname -r)"
	go ioasidctl module load
	local rc=$status

	ioasidctl -j module info >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || :
	umount "/lib/modules/$(uname -r)"
	[ "$rc" -eq 9 ]
	refused NO_MODULE
	stderr_has 'not installed for the running kernel'
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	jq -e '.code == "NO_MODULE"' "$BATS_TEST_TMPDIR/err"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl save and restore
# shellcheck disable=SC1010,SC2016,SC2030,SC2031,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load background

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
	saved=$BATS_TEST_TMPDIR/saved
}

teardown()
{
	stop_all
	reset_world
}

# Without what may differ.
timeless()
{
	jq 'del(.generation, .time)' "$1"
}

@test "save: what user space has, with labels; the rest is listed" {
	sim_allocator a
	sim_consumer drv alloc=2
	ioasidctl alloc -c 3 --set-label=x
	ioasidctl alloc -c 2 --set-label=x
	ioasidctl alloc
	start ioasidctl hold -c 2 -- sleep 100
	wait_for held_two
	expect 0 ioasidctl save
	json '.kind == "save" and .allocator == "a" and
		[.items[] | [.id, .last, .label]] == [[3, 7, "x"], [8, 8, null]] and
		[.others[] | [.id, .last, .set, .hold]] == [[1, 2, "drv", false], [9, 10, "user", true]]'
	expect 0 ioasidctl save -o "$saved"
	quiet
	diff <(timeless "$saved") <(jq 'del(.generation, .time)' <<<"$(ioasidctl save)")
	expect 0 ioasidctl -j save -o "$saved"
	json '.kind == "saved" and .count == 6 and .others == 4'
	expect 4 nobody ioasidctl save
	refused PERMISSION
}

held_two()
{
	[ "$(ioasidctl -j list | jq '[.items[] | select(.hold) | .count] | add')" = 2 ]
}

@test "save: the file is written as a whole or not at all" {
	local dir=$BATS_TEST_TMPDIR/dir

	mkdir "$dir"
	ioasidctl alloc
	# Labels are for administrators only.
	umask 022
	ioasidctl save -o "$dir/f"
	[ "$(stat -c %a "$dir/f")" = 600 ]
	[ "$(ls "$dir")" = f ]
	# A disk that is full: the old one stays, and nothing else.
	mount -t tmpfs -o size=16k small "$dir"
	ioasidctl save -o "$dir/f"
	cp "$dir/f" "$BATS_TEST_TMPDIR/before"
	ioasidctl alloc --id="$(seq -s, 10 2 900)"
	expect 1 ioasidctl save -o "$dir/f"
	refused FILE
	stderr_has "'$dir/f'"
	cmp "$dir/f" "$BATS_TEST_TMPDIR/before"
	[ "$(ls "$dir")" = f ]
	umount "$dir"
	# The mode of the old one, beside the file that a link leads to, without a slash.
	chmod 640 "$dir/f"
	ln -s f "$dir/link"
	(cd "$dir" && expect 0 ioasidctl save -o link && expect 0 ioasidctl save -o f)
	[ -L "$dir/link" ]
	[ "$(stat -c %a "$dir/f")" = 640 ]
	rm "$dir/link"
	# A device stays one.
	expect 0 ioasidctl save -o /dev/null
	[ -c /dev/null ]
	expect 0 ioasidctl save -o /dev/stdout
	json '.kind == "save"'
	cp "$dir/f" "$BATS_TEST_TMPDIR/before"
	expect 0 ioasidctl --dry-run save -o "$dir/f"
	cmp "$dir/f" "$BATS_TEST_TMPDIR/before"
	expect 1 ioasidctl save -o /nowhere/f
	refused FILE
	expect 1 bash -c 'ioasidctl save >/dev/full'
	refused WRITE
	# It is fsynced before it has its name.
	expect 0 strace -e trace=fsync,rename -o "$BATS_TEST_TMPDIR/strace" ioasidctl save -o "$dir/g"
	[ "$(grep -oE '^(fsync|rename)' "$BATS_TEST_TMPDIR/strace" | tr '\n' ' ')" = 'fsync rename fsync ' ]
}

@test "restore: into an empty module, with labels and allocator" {
	sim_allocator a group=g
	sim_allocator b group=g
	ioasidctl switch b
	ioasidctl alloc --id=1-3,7 --set-label=x
	ioasidctl alloc --id=5
	ioasidctl save -o "$saved"
	ioasidctl free 1-7
	ioasidctl switch a
	expect 0 ioasidctl restore "$saved"
	quiet
	ioasidctl save -o "$saved.2"
	diff <(timeless "$saved") <(timeless "$saved.2")
	# Once more: all is as it is to be.
	expect 0 ioasidctl -j restore "$saved"
	json '.changed == false and .allocated == 0 and .kept == 5 and .freed == 0 and .relabelled == 0'
	expect 13 ioasidctl --strict restore "$saved"
	refused EXISTS
}

@test "restore --exact: save, mutate, restore, save again: identical" {
	sim_allocator a group=g
	sim_allocator b group=g
	sim_consumer drv min=100 alloc=3
	ioasidctl alloc --id=1-20 --set-label=x
	ioasidctl alloc --id=30-35 --set-label=y
	ioasidctl alloc --id=40,42,44
	ioasidctl save -o "$saved"
	# Everything that can be different.
	ioasidctl free 3-5
	ioasidctl free 30-35
	ioasidctl alloc --id=32-37 --set-label=other
	ioasidctl free 40
	ioasidctl alloc --id=40 --set-label=labelled
	ioasidctl free 10
	ioasidctl alloc --id=10
	ioasidctl alloc --id=50-60 --set-label=x
	ioasidctl switch b
	expect 0 ioasidctl -j restore --exact --dry-run "$saved"
	json '.dry_run and .changed and .allocated == 5 and .freed == 13 and .relabelled == 6'
	expect 0 ioasidctl -j restore --exact "$saved"
	json '.changed and .allocated == 5 and .freed == 13 and .relabelled == 6 and .kept == 18'
	ioasidctl save -o "$saved.2"
	diff <(timeless "$saved") <(timeless "$saved.2")
	[ "$(sim_get allocators/a/bad_frees)" -eq 0 ]
	[ "$(sim_get allocators/b/bad_frees)" -eq 0 ]
	ioasidctl free 0-99
	sim_set consumers/drv/free all
	[ "$(sim_get allocators/a/in_use)" -eq 0 ]
	[ "$(used)" -eq 0 ]
}

@test "restore --merge: adds what is missing and touches nothing else" {
	ioasidctl alloc --id=1-5 --set-label=x
	ioasidctl save -o "$saved"
	ioasidctl free 2
	ioasidctl alloc --id=9 --set-label=new
	expect 0 ioasidctl -j restore --merge "$saved"
	json '.exact == false and .allocated == 1 and .kept == 4 and .freed == 0'
	expect 0 ioasidctl list --ids
	stdout $'1\n2\n3-5\n9'
	# The default is the same; a label that differs is in its way.
	ioasidctl free 1
	ioasidctl alloc --id=1 --set-label=y
	ioasidctl free 4
	expect 13 ioasidctl restore "$saved"
	refused EXISTS
	expect 13 ioasidctl -j restore "$saved"
	json_error '.code == "EXISTS" and .exit == 13 and .count == 1'
	expect 2 ioasidctl restore --merge --exact "$saved"
	expect 2 ioasidctl restore --diff --if-generation=1 "$saved"
	stderr_has '--diff excludes --if-generation'
	refused USAGE
}

@test "restore: all or nothing" {
	local before

	sim_consumer drv
	ioasidctl alloc --id=1-5 --set-label=x
	ioasidctl alloc --id=10-12 --set-label=y
	ioasidctl save -o "$saved"
	ioasidctl free 1-12
	sim_set consumers/drv/min 11
	sim_set consumers/drv/alloc 1
	ioasidctl alloc --id=20
	before=$(ioasidctl -j list | jq '[.generation, [.items[] | del(.age_ms)]]')
	for mode in --merge --exact; do
		expect 5 ioasidctl restore "$mode" "$saved"
		refused HELD
		grep -qE '^  11 +ioasid_sim \(module\)' <<<"$stderr"
		[ "$(ioasidctl -j list | jq '[.generation, [.items[] | del(.age_ms)]]')" = "$before" ]
	done
	sim_set consumers/drv/free all
	# A backend that refuses in the middle.
	ioasidctl free 20
	sim_allocator a
	sim_allocator b max=11
	ioasidctl switch b
	jq '.allocator = "b"' "$saved" >"$saved.b"
	before=$(ioasidctl -j list | jq '[.generation, [.items[] | del(.age_ms)]]')
	expect 6 ioasidctl restore "$saved.b"
	refused EXHAUSTED
	[ "$(ioasidctl -j list | jq '[.generation, [.items[] | del(.age_ms)]]')" = "$before" ]
	[ "$(sim_get allocators/b/in_use)" -eq 0 ]
	# Into another space, which takes over with the IDs in it.
	jq '.allocator = "a"' "$saved" >"$saved.a"
	expect 0 ioasidctl restore "$saved.a"
	[ "$(sim_get allocators/a/in_use)" -eq 8 ]
	expect 0 ioasidctl -j status
	json '.active == "a" and .used == 8'
	# Not while IDs are out.
	expect 5 ioasidctl restore "$saved.b"
	refused OUTSTANDING
	expect 3 ioasidctl restore <(jq '.allocator = "nowhere"' "$saved")
	refused UNKNOWN_ALLOCATOR
	expect 0 ioasidctl -j status
	json '.active == "a" and .used == 8'
}

@test "restore: what the kernel and commands have is never touched" {
	local before

	sim_consumer drv alloc=2
	sim_set consumers/drv/get 2
	start ioasidctl hold --id=50-52 --set-label=h -- sleep 100
	wait_for three_more
	ioasidctl save -o "$saved"
	ioasidctl alloc -c 3 --set-label=gone
	before=$(ioasidctl -j list | jq '[.items[] | select(.label != "gone") | del(.age_ms)]')
	expect 0 ioasidctl restore --exact "$saved"
	[ "$(ioasidctl -j list | jq '[.items[] | del(.age_ms)]')" = "$before" ]
	ioasidctl save -o "$saved.2"
	diff <(timeless "$saved") <(timeless "$saved.2")
	# Asked for by a file that is about something else.
	expect 5 ioasidctl restore <(jq '.items = [{"id": 50, "last": 51, "count": 2}]' "$saved")
	refused NOT_OWNER
	grep -qE '^  50-51 +sleep\[' <<<"$stderr"
}

three_more()
{
	[ "$(used)" -eq 5 ]
}

@test "restore --diff: + - =, and exit 0 or 14" {
	local before

	sim_allocator a group=g
	sim_allocator b group=g
	ioasidctl alloc --id=1-5 --set-label=x
	ioasidctl save -o "$saved"
	before=$(generation)
	expect 0 ioasidctl restore --diff "$saved"
	stdout $'= allocator a\n= 1-5  x'
	[ "$(generation)" -eq "$before" ]
	ioasidctl free 2-3
	ioasidctl alloc --id=3 --set-label=z
	ioasidctl alloc --id=8-9
	ioasidctl switch b
	before=$(generation)
	expect 14 ioasidctl restore --diff "$saved"
	stdout $'- allocator b\n+ allocator a\n= 1  x\n+ 2  x\n- 3  z\n+ 3  x\n= 4-5  x\n- 8-9'
	[ -z "$stderr" ]
	expect 14 ioasidctl -j restore --diff "$saved"
	json '.kind == "restore-diff" and .same == false and .allocator == "b" and .allocator_wanted == "a" and
		[.items[] | [.change, .id, .last, .label]] == [["=", 1, 1, "x"], ["+", 2, 2, "x"], ["-", 3, 3, "z"],
		["+", 3, 3, "x"], ["=", 4, 5, "x"], ["-", 8, 9, null]]'
	[ "$(generation)" -eq "$before" ]
	expect 0 ioasidctl restore --exact "$saved"
	expect 0 ioasidctl restore --diff "$saved"
	expect 4 nobody ioasidctl restore --diff - <"$saved"
	refused PERMISSION
}

@test "restore: --if-generation, and quota" {
	load_sim user_quota=10
	ioasidctl alloc -c 8
	ioasidctl save -o "$saved"
	ioasidctl free 1-8
	expect 8 ioasidctl restore --if-generation=$(($(generation) + 1)) "$saved"
	refused STALE
	ioasidctl alloc --id=100-104
	expect 6 ioasidctl restore "$saved"
	refused QUOTA
	[ "$(used)" -eq 5 ]
	# What goes makes room.
	expect 0 ioasidctl restore --exact --if-generation="$(generation)" "$saved"
	expect 0 ioasidctl list --ids
	stdout 1-8
}

@test "restore: a bad file is refused and says which item" {
	local n bad

	ioasidctl alloc --id=1-5 --set-label=x
	ioasidctl save -o "$saved"
	bad=$BATS_TEST_TMPDIR/bad
	# FILTER | WORDS
	while IFS='|' read -r filter words; do
		jq "$filter" "$saved" >"$bad"
		go ioasidctl restore --exact "$bad"
		[ "$status" -eq 1 ] || [ "$status" -eq 10 ] || fail_with "not refused: $filter"
		stdout ''
		stderr_has "$words"
	done <<-'END'
	.kind = "list"|was not written by ioasidctl save
	.schema = "ioasidctl/2"|has the schema ioasidctl/2
	del(.items)|has no items
	.items = {}|has no items
	.items[0].id = -1|item 0 has no id and last
	.items[0].id = "1"|item 0 has no id and last
	.items[0].last = 3000000000|item 0 has no id and last
	.items[0].last = 0|last is less than id
	.items += [5]|item 1 has no id and last
	.items += [{"id": 5, "last": 6}]|IOASID 5 stands in two items
	.items[0].label = ""|item 0: label
	.items[0].label = 5|item 0: label
	.items[0].label = "a\u0000b"|item 0: label
	.items[0].label = "a\nb"|item 0: label
	.items[0].label = ("x" * 64)|item 0: label
	.allocator = ("x" * 32)|allocator
	END
	for n in '' '{' '[]' '5' 'null' '{"schema": 5, "kind": 6}' '{"schema": null, "kind": "save"}' \
		'{"schema": null, "kind": null}' "$(<"$saved") $(<"$saved")" "$(<"$saved") x" '{"schema":"ioasidctl/1","kind":"save"'; do
		printf '%s' "$n" >"$bad"
		go ioasidctl restore "$bad"
		[ "$status" -eq 1 ] || [ "$status" -eq 10 ] || fail_with "not refused: $n"
	done
	expect 1 ioasidctl restore /nowhere/file
	refused FILE
	expect 0 ioasidctl list --ids
	stdout 1-5
	expect 0 bash -c 'ioasidctl restore - <"$0"' "$saved"
}

@test "save: a label that JSON cannot have is refused, not changed" {
	ioasidctl alloc --id=5 --set-label=$'a\xff'
	expect 1 ioasidctl save
	refused FAILURE
	stderr_has 'label of IOASID 5'
}

@test "restore: a label of several bytes, wherever the reader cuts the file" {
	local at

	ioasidctl alloc --set-label=käse
	ioasidctl save >"$saved"
	at=$(LC_ALL=C grep -abo $'\xc3' "$saved" | cut -d: -f1)
	{
		printf '%*s' "$((65535 - at))" ''
		cat "$saved"
	} >"$saved.padded"
	[ "$(LC_ALL=C dd if="$saved.padded" bs=1 skip=65535 count=2 status=none)" = ä ]
	ioasidctl free --label käse
	ioasidctl restore "$saved.padded"
	ioasidctl save >"$saved.again"
	[ "$(timeless "$saved.again")" = "$(timeless "$saved")" ]
}

@test "restore: many labels, many runs, and a full space" {
	local n

	load_sim user_quota=0
	for n in {0..299}; do
		echo "alloc --id=$((n * 20 + 1)),$((n * 20 + 5))-$((n * 20 + 9)) --set-label=vm$n"
	done | ioasidctl batch >/dev/null
	ioasidctl alloc --id="$(seq -s, 10001 2 18999)"
	ioasidctl save -o "$saved"
	ioasidctl free 0-1048575
	expect 0 ioasidctl restore "$saved"
	ioasidctl save -o "$saved.2"
	diff <(timeless "$saved") <(timeless "$saved.2")
	expect 0 ioasidctl -j restore --exact <(jq '.items = []' "$saved")
	json '.freed == 6300'
	[ "$(used)" -eq 0 ]
	ioasidctl alloc -c 1048575
	ioasidctl save -o "$saved"
	ioasidctl free 5-1000000
	expect 0 ioasidctl -j restore "$saved"
	json '.allocated == 999996'
	[ "$(used)" -eq 1048575 ]
}

@test "restore: the request itself: what is malformed is refused, and nothing changes" {
	local before

	ioasidctl alloc --id=5
	before=$(generation)
	ask do restore '{"group": [{"label": "x"}]}'
	json '.errno == "EINVAL"'
	ask do restore '{"group": [{"range": [{"first": 1, "last": 3}]}, {"range": [{"first": 3}]}]}'
	json '.errno == "EINVAL" and .cookie.reason == "invalid" and .cookie.id == 3'
	ask do restore '{"group": [{"range": [{"first": 4, "last": 3}]}]}'
	json '.errno == "EINVAL"'
	ask do restore '{"group": [{"range": [{"first": 1, "last": 1048576}]}]}'
	json '.errno == "ERANGE"'
	ask do restore '{"group": [{"label": "", "range": [{"first": 1}]}]}'
	json '.errno == "EINVAL" and (.attribute | endswith("label"))'
	ask nobody do restore '{}'
	json '.errno == "EPERM"'
	ask do restore '{"group": [{"range": [{"first": 5}]}], "dry-run": true}'
	json '.errno == null and .messages[0].kept == 1 and .messages[0].changed == 0'
	[ "$(generation)" -eq "$before" ]
	ask do restore '{}'
	json '.errno == null and .messages[0].changed == 0'
	ask do restore '{"exact": true}'
	json '.errno == null and .messages[0].freed == 1'
}

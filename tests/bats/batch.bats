#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ioasidctl batch
# shellcheck disable=SC1010,SC2016,SC2154 # nl do; variables of jq; of helpers and Bats

load helpers
load netlink
load background

setup()
{
	load_sim
}

# batch ARG…: of the lines on standard input.
batch()
{
	local want=$1

	shift
	cat >"$BATS_TEST_TMPDIR/lines"
	expect "$want" ioasidctl batch "$@" "$BATS_TEST_TMPDIR/lines"
}

# answers FILTER: all lines of the answer as one array.
answers()
{
	jq -es "$1" <<<"$output" >/dev/null || fail_with "answers: not true: $1"
}

@test "batch: a line of JSON for each line, with its number and exit code" {
	batch 0 <<-'END'
	# some IDs
	alloc -c 3 --set-label=x

	list label=x
	free 1-2   # two of them
	sets
	END
	answers '[.[] | [.kind, .line, .command, .exit]] == [["batch", 2, "alloc", 0],
		["batch", 4, "list", 0], ["batch", 5, "free", 0], ["batch", 6, "sets", 0],
		["batch-end", null, null, null]]'
	answers '.[0].items[0] | .kind == "alloc" and .items[0].last == 3'
	answers '.[1].items[0] | .kind == "list" and .items[0].label == "x"'
	answers '.[2].items[0] | .kind == "free" and .count == 2'
	answers '.[4] | .lines == 6 and .applied == 4 and .failed == 0'
	[ "$(used)" -eq 1 ]
}

@test "batch: the first failure ends it and says what was applied" {
	batch 13 <<-'END'
	alloc --id=1-3
	free 2
	alloc --id=3
	alloc --id=9
	END
	answers '[.[].exit] == [0, 0, 13, null] and .[2].items[0].code == "EXISTS" and
		.[3].applied == 2 and .[3].failed == 1'
	[[ ${stderr%%$'\n'*} == *'/lines:3: 1 of the IOASIDs is in use already; 2 lines before it were applied [EXISTS]' ]]
	expect 0 ioasidctl list --ids
	stdout $'1\n3'
}

@test "batch: --keep-going goes on, and is exit 11" {
	batch 11 --keep-going <<-'END'
	alloc --id=1-3
	nonsense
	alloc --id=2
	free 'unclosed
	free --nothing
	monitor
	free 1
	END
	answers '[.[].exit] == [0, 2, 13, 2, 2, 2, 0, null]'
	answers '.[-1] | .applied == 2 and .failed == 5'
	refused_last PARTIAL
	expect 0 ioasidctl list --ids
	stdout 2-3
	# In one file the verdict stands behind the answers.
	printf 'free 2\nnonsense\n' >"$BATS_TEST_TMPDIR/lines"
	expect 11 bash -c 'ioasidctl batch --keep-going "$1" >"$1.out" 2>&1' - "$BATS_TEST_TMPDIR/lines"
	[[ $(sed '/batch-end/q' "$BATS_TEST_TMPDIR/lines.out") != *ioasidctl:* ]]
	grep -qF 'batch: 1 line failed, 1 applied' "$BATS_TEST_TMPDIR/lines.out"
}

refused_last()
{
	[[ ${stderr%%$'\n'*} == *"[$1]" ]] || fail_with "stderr's first line does not end with [$1]"
}

@test "batch: words as in a shell, and nothing is expanded" {
	batch 0 <<-'END'
	alloc --set-label='a  b'
	alloc --set-label="c 'd'"
	alloc --set-label=e\ \"f
	alloc --set-label='$HOME*'
	alloc --set-label=#no-comment
	END
	expect 0 ioasidctl -j list
	json '[.items[].label] == ["a  b", "c '\''d'\''", "e \"f", "$HOME*", "#no-comment"]'
}

@test "batch: from standard input, and of nothing" {
	expect 0 bash -c 'printf "alloc\nfree 1" | ioasidctl batch'
	answers '[.[].exit] == [0, 0, null]'
	expect 0 bash -c 'printf "alloc\nfree 1\n" | ioasidctl batch -'
	answers 'length == 3'
	expect 0 ioasidctl batch /dev/null
	answers 'length == 1 and .[0].lines == 0'
	expect 1 ioasidctl batch /nowhere
	refused FILE
	expect 11 bash -c 'printf "alloc\0 -c 5\nalloc\nfree 1" | ioasidctl batch --keep-going'
	answers '[.[].exit] == [2, 0, 0, null] and .[0].items[0].message == "a NUL in the line"'
	[ "$(used)" -eq 0 ]
}

@test "batch: global options of the batch hold for each line, and lines have their own" {
	local before

	before=$(generation)
	batch 0 --dry-run <<-'END'
	alloc -c 3
	END
	[ "$(generation)" -eq "$before" ]
	batch 3 --strict <<-'END'
	alloc --id=7
	free 7
	free 7
	END
	answers '[.[].exit] == [0, 0, 3, null]'
	batch 8 <<-END
	alloc --if-generation=$(generation)
	alloc --if-generation=$(generation)
	END
	answers '[.[].exit] == [0, 8, null] and .[1].items[0].code == "STALE"'
}

@test "batch: the module goes away between two lines" {
	mkfifo "$BATS_TEST_TMPDIR/lines"
	start ioasidctl batch --keep-going "$BATS_TEST_TMPDIR/lines"
	exec 4>"$BATS_TEST_TMPDIR/lines"
	echo alloc -n >&4
	wait_for grep -q '"line":1' "$out"
	unload_all
	load_core
	printf 'list\nalloc\n' >&4
	exec 4>&-
	ended 11
	output=$(<"$out")
	answers '[.[].exit] == [0, 9, 9, null] and .[1].items[0].code == "NO_MODULE"'
}

@test "batch: one socket for all, and what may not stand in one" {
	local c

	printf 'alloc\nlist\nfree 1\nsets\nallocators\nstatus\n' >"$BATS_TEST_TMPDIR/lines"
	expect 0 strace -e trace=socket -o "$BATS_TEST_TMPDIR/strace" ioasidctl batch "$BATS_TEST_TMPDIR/lines"
	[ "$(grep -c AF_NETLINK "$BATS_TEST_TMPDIR/strace")" -eq 1 ]
	for c in batch drain explain hold module monitor restore save version wait; do
		echo "$c x"
	done >"$BATS_TEST_TMPDIR/lines"
	expect 11 ioasidctl batch --keep-going "$BATS_TEST_TMPDIR/lines"
	answers '.[-1].failed == 10 and ([.[:-1][] | .exit] | unique) == [2]'
	batch 2 <<<'list --help'
}

@test "batch: a thousand lines" {
	local n

	for n in {1..500}; do
		echo "alloc --id=$n"
		echo "free $n"
	done >"$BATS_TEST_TMPDIR/lines"
	expect 0 ioasidctl batch "$BATS_TEST_TMPDIR/lines"
	answers 'length == 1001 and .[-1].applied == 1000'
	[ "$(used)" -eq 0 ]
}

@test "batch: NO_MODULE and PERMISSION" {
	expect 4 nobody bash -c 'echo alloc | ioasidctl batch'
	answers '.[0].exit == 4'
	no_module
	expect 9 bash -c 'echo alloc | ioasidctl --no-autoload batch'
	refused NO_MODULE
	load_core
}

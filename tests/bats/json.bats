#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What all JSON has in common. That it fits the schema is checked for every run of
# `ioasidctl -j` in every file, see check_json in helpers.bash.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers

schema=$tests/../cli/ioasidctl.schema.json

# one_line TEXT: that is one, ended by no other.
one_line()
{
	if [ -z "$1" ] || [[ $1 == *$'\n'* ]]; then
		fail_with 'not one line'
	fi
}

@test "json: every command writes one line with schema, kind, time and items" {
	local c kind before after
	before=$(date -u +%FT%TZ)

	load_sim
	sim_allocator a
	for c in status list 'alloc -c 2' 'show 1' 'alloc --dry-run' allocators 'switch a' sets version \
		'free 2' 'free 2' 'list --ids' 'module info' 'module load' 'reset a' 'free 1' \
		'unregister a' 'module unload ioasid_selftest'; do
			expect 0 ioasidctl -j $c
		one_line "$output"
		[ -z "$stderr" ]
		case $c in
		module*) kind=module-$(cut -d' ' -f2 <<<"$c") ;;
		*) kind=${c%% *} ;;
		esac
		after=$(date -u +%FT%TZ)
		json '.schema == "ioasidctl/1" and .kind == $k and (.items | type) == "array"
			and .time >= $b and .time <= $a' --arg k "$kind" --arg a "$after" --arg b "$before"
	done
}

@test "json: every kind of failure is one line on stderr, and its exit is the status" {
	local line want code

	load_sim
	sim_allocator a max=8
	sim_consumer drv alloc=1
	for line in '2 USAGE bogus' '2 USAGE list x' '2 INVALID show 1048576' \
		'3 UNKNOWN_IOASID show 9' '3 UNKNOWN_ALLOCATOR switch none' \
		'5 OUTSTANDING switch default' '5 HELD free 1' \
		'5 DEFAULT_ALLOCATOR unregister default' '6 EXHAUSTED alloc -c 9' \
		'8 STALE alloc --if-generation=1' '13 EXISTS module load --strict'; do
		read -r want code line <<<"$line"
			expect "$want" ioasidctl -j $line
		stdout ''
		one_line "$stderr"
		json_error '.kind == "error" and .exit == $e and .code == $c and (.items | type) == "array"
			and (.message | test("^[^\\[\\]]+$"))' --argjson e "$want" --arg c "$code"
		# The word is the same in text.
			expect "$want" ioasidctl $line
		refused "$code"
	done
	expect 5 ioasidctl -j free 1
	json_error '.count == 1 and .items[0].id == 1 and .items[0].module == "ioasid_sim"
		and .generation > 0 and (.kernel.text | length) > 0'
}

@test "json: items is an array with none, one and two" {
	load_core
	expect 0 ioasidctl -j list
	json '.items == []'
	expect 0 ioasidctl alloc
	expect 0 ioasidctl -j list
	json '(.items | length) == 1'
	expect 0 ioasidctl alloc --id=5
	expect 0 ioasidctl -j list
	json '(.items | length) == 2'
	expect 0 ioasidctl -j free 1,5
	json '(.items | length) == 2 and .count == 2'
	expect 0 ioasidctl -j free 1,5
	json '.items == [] and .count == 0 and .changed == false'
}

@test "json: texts survive, whatever is in them" {
	local label

	load_core
	for label in 'with "quotes"' 'back\slash' 'a/b' 'ümläut €' '{"x":[1,2]}' "it's" ' '; do
		expect 0 ioasidctl alloc --set-label="$label"
		expect 0 ioasidctl -j show 1
		json '.items[0].label == $l' --arg l "$label"
		expect 0 ioasidctl free 1
	done
	# No UTF-8: still JSON.
	expect 0 ioasidctl alloc --set-label=$'\xff\xc3'
	expect 0 ioasidctl -j show 1
	json '.items[0].label == "??"'
	expect 2 ioasidctl -j $'un"known\n\xff'
	json_error '.code == "USAGE"'
}

@test "json: numbers are numbers, and exact" {
	load_core user_quota=0
	expect 0 ioasidctl alloc --id=1048575
	expect 0 ioasidctl -j show 1048575
	json '.items[0] | [.id, .last, .count, .refs, .space, .pid, .uid, .start, .since, .age_ms,
		.request] | map(type) | unique == ["number"]'
	json '.items[0].id == 1048575'
	# A double would not tell it from its neighbours; it is over 2^32 after 4 s.
	[[ $output =~ \"since\":[0-9]{10,}[,}] ]]
	expect 0 ioasidctl -j status
	json '[.generation, .used, .free, .id_max] | map(type) | unique == ["number"]'
}

@test "schema: every code word and every command of the tool is in it" {
	local words

	words=$(sed -nE 's/^\t\[CODE_[A-Z_]+\] = \{ "([A-Z_]+)".*/\1/p' "$tests/../cli/codes.c" |
		grep -vx OK | sort)
	[ "$(wc -l <<<"$words")" -gt 20 ]
	[ "$words" = "$(jq -r '."$defs".code.enum[]' "$schema" | sort)" ]
	words=$(ioasidctl --help | sed -nE '/^Commands/,/^$/s/^  ([a-z]+) .*/\1/p' | sort)
	[ "$(wc -l <<<"$words")" -ge 12 ]
	[ "$words" = "$(jq -r '."$defs".command.enum[]' "$schema" | sort)" ]
}

@test "schema: every field of an object is in it" {
	local object keys

	for object in ioasid allocator set; do
		keys=$(sed -nE "/^static const struct field ${object}_fields/,/^};/p" \
			"$tests/../cli/fields.c")
		# What is made of others is for the text only.
		sed -nE '/, true, 0 \},$/d; s/^\t\{ "([a-z_]+)".*/\1/p' <<<"$keys" | sort \
			>"$BATS_TEST_TMPDIR/fields"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/fields")" -ge 5 ]
		jq -r --arg o "$object" '."$defs"[$o].properties | keys[]' "$schema" | sort |
			diff "$BATS_TEST_TMPDIR/fields" - || fail_with "of $object"
	done
}

# verdict FILTER [STREAM]: what schema.py says of a good document made bad.
verdict()
{
	local records=$BATS_TEST_TMPDIR/records

	{
		printf '\x1e test\x1fcommand\x1f%s\n' "${2:-stdout}"
		jq -c "$1" <<<"$good"
	} >"$records"
	go "$tests/bats/schema.py" "$schema" "$records"
}

@test "schema: the check itself notices what is wrong" {
	local good filter

	load_core
	expect 0 ioasidctl alloc -c 2
	good=$(ioasidctl -j list)
	verdict .
	[ "$status" -eq 0 ]
	for filter in 'del(.items)' '.items = {}' 'del(.time)' '.time = 5' '.kind = "lisst"' \
		'.schema = "ioasidctl/2"' '.more = 1' '.items[0].more = 1' 'del(.items[0].id)' \
		'.items[0].id = "1"' '.items[0].state = "dead"' '.items[0].refs = -1' \
		'.items[0].module = "x"' 'del(.items[0].uid)' '.generation = null' '[.]'; do
		verdict "$filter"
		[ "$status" -eq 1 ] || fail_with "not noticed: $filter"
	done
	verdict '., .'
	[ "$status" -eq 1 ]
	verdict . stderr
	[ "$status" -eq 1 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The manners that all commands share.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers

commands=(status list show alloc free hold allocators switch unregister drain
	resume reset explain sets quota wait monitor batch save restore module version)

# What a command needs to be complete.
declare -A words=([show]=1 [free]=1 [switch]=x [unregister]=x [reset]=x
	[module]=info [hold]=true [explain]=alloc [quota]='user 1' [wait]=empty
	[batch]=/dev/null [restore]=/dev/null)

setup()
{
	no_module
}

not_loaded()
{
	! loaded ioasid_core || fail_with 'the module was loaded'
}

# bad_usage TABLE: a line "WORDS | TEXT" is a command line that must be refused
# with status 2, the text in its first line on stderr, and nothing on stdout,
# before anything is asked of the kernel.
bad_usage()
{
	local line failed='' lines

	mapfile -t lines <<<"$1"
	for line in "${lines[@]}"; do
		eval "set -- ${line% | *}"
		go ioasidctl "$@" >"$BATS_TEST_TMPDIR/one"
		if [ "$status" -ne 2 ] || [ -n "$output" ] ||
			[[ ${stderr%%$'\n'*} != "ioasidctl: "*"${line##* | }"*" [USAGE]" ]] ||
			[[ $stderr != *$'\n  hint: ioasidctl '*--help ]]; then
			failed+=$'\n'$line$'\n'$(<"$BATS_TEST_TMPDIR/one")
		fi
	done
	[ -z "$failed" ] || fail_with "not refused as it should be:$failed"
	not_loaded
}

@test "help: of all and of every command, as nobody and with no module" {
	local c failed=''

	expect 0 nobody ioasidctl --help
	for c in "${commands[@]}"; do
		stdout_has "  $c "
	done
	stdout_has 'Exit codes:'
	for c in "${commands[@]}"; do
		go nobody ioasidctl "$c" --help
		if [ "$status" -ne 0 ] || [ -n "$stderr" ] ||
			[[ $output != "Usage: ioasidctl $c "* ]] ||
			[[ $output != *$'\nExamples:\n  ioasidctl'* ]] ||
			[[ $output != *$'\nExit codes:\n  0 '* ]] ||
			[[ $output != *--if-generation=G* ]]; then
			failed+=" $c"
		fi
	done
	[ -z "$failed" ] || fail_with "help of:$failed"
	not_loaded
}

@test "help: -h, before the command and after its words; names the own options" {
	expect 0 ioasidctl list --help
	local want=$output option

	for option in --ids --columns=NAMES --sort=COLUMN --no-fold; do
		stdout_has "$option"
	done
	expect 0 ioasidctl -h list
	stdout "$want"
	expect 0 ioasidctl list state=live -h
	stdout "$want"
	expect 0 ioasidctl -jh list
	stdout "$want"
	expect 0 ioasidctl alloc --help
	for option in --count=N --min=ID --max=ID --id=IDS --contiguous --set-label=TEXT; do
		stdout_has "$option"
	done
	expect 0 ioasidctl free --help
	stdout_has --label=TEXT
	stdout_has --keep-going
}

@test "--usage: of all and of every command, as nobody and with no module" {
	local c failed=''

	expect 0 nobody ioasidctl --usage
	stdout_has 'COMMAND [ARGS]'
	for c in "${commands[@]}"; do
		go nobody ioasidctl "$c" --usage
		[ "$status" -eq 0 ] && [ -z "$stderr" ] &&
			[[ $output == "Usage: ioasidctl $c "* ]] || failed+=" $c"
	done
	[ -z "$failed" ] || fail_with "usage of:$failed"
	not_loaded
}

@test "--version: one line, the same with any command, as nobody and with no module" {
	expect 0 nobody ioasidctl --version
	[[ $output =~ ^ioasidctl\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	local want=$output

	expect 0 ioasidctl -V
	stdout "$want"
	expect 0 ioasidctl list --version
	stdout "$want"
	expect 0 ioasidctl --json --version
	stdout "$want"
	not_loaded
}

@test "help: no variable of the environment changes it or the grammar" {
	expect 0 ioasidctl list --help
	local want=$output

	expect 0 env ARGP_HELP_FMT=short-opt-col=20,long-opt-col=30 COLUMNS=40 \
		ioasidctl list --help
	stdout "$want"
	expect 0 env POSIXLY_CORRECT=1 ioasidctl module info --help
	stdout_has 'Usage: ioasidctl module '
}

@test "usage: unknown commands and prefixes of commands" {
	bad_usage "bogus | unknown command 'bogus'
stat | unknown command 'stat'
lis | unknown command 'lis'
sh 1 | unknown command 'sh'
al | unknown command 'al'
LIST | unknown command 'LIST'
help | unknown command 'help'
'' | unknown command ''
'list ' | unknown command 'list '
-v bogus | unknown command 'bogus'
--timeout 5 bogus | unknown command 'bogus'
module inf | must be one of load, unload, info
module bogus | must be one of load, unload, info
module Load | must be one of load, unload, info"
}

@test "usage: unknown options and prefixes of options" {
	bad_usage "--bogus | unknown option '--bogus'
--js | unknown option '--js'
--dry list | unknown option '--dry'
list --js | unknown option '--js'
list --col=ioasid | unknown option '--col'
list --no-f | unknown option '--no-f'
list --noauto | unknown option '--noauto'
list -x | unknown option '-x' in '-x'
list -jx | unknown option '-x' in '-jx'
list -c 1 | unknown option '-c'
-c 1 alloc | unknown option '-c'
--ids list | unknown option '--ids'
show --ids 1 | unknown option '--ids'
status --keep-going | unknown option '--keep-going'
switch x --min=1 | unknown option '--min'
list --json=1 | option '--json' takes no value
list --ids=yes | option '--ids' takes no value
alloc --contiguous=1 | option '--contiguous' takes no value
list --help=all | option '--help' takes no value"
}

@test "usage: missing values and words, words too many" {
	bad_usage "--timeout | option '--timeout' needs a value
list --if-generation | option '--if-generation' needs a value
list --color | option '--color' needs a value
list --columns | option '--columns' needs a value
list --sort | option '--sort' needs a value
alloc -c | option '-c' needs a value
alloc --min | option '--min' needs a value
alloc --set-label | option '--set-label' needs a value
free --label | option '--label' needs a value
show | is missing
free | is missing
switch | is missing
unregister | is missing
reset | is missing
module | is missing
status x | one word too many: 'x'
sets user | one word too many: 'user'
version 1 | one word too many: '1'
alloc 5 | one word too many: '5'
switch a b | one word too many: 'b'
unregister a b | one word too many: 'b'
reset a b | one word too many: 'b'
module info ioasid_core x | one word too many: 'x'
module unload ioasid_core x | one word too many: 'x'"
}

@test "usage: bad values of the global options" {
	bad_usage "--color= | --color
--color=yes | must be one of auto, always, never
--color=Always | must be one of auto, always, never
--color=alw list | must be one of auto, always, never
--timeout= | must be a duration
--timeout=0 | must not be 0
--timeout=0ms list | must not be 0
--timeout=-1 | must be a duration
--timeout=+1 | must be a duration
--timeout=1.5 | must be a duration
--timeout=1e3 | must be a duration
--timeout=0x10 | must be a duration
--timeout='1 s' | must be a duration
--timeout=5d | must be a duration
--timeout=S | must be a duration
--timeout=25h | must be a duration
--timeout=99999999999999999999 | must be a duration
--if-generation= | must be a number
--if-generation=x | must be a number
--if-generation=-1 | must be a number
--if-generation=1,2 | must be a number
--if-generation=0x | must be a number
--if-generation=1k | must be a number
--if-generation=' 1' | must be a number
--if-generation=18446744073709551616 | must be a number"
}

@test "usage: every command refuses bad values of the global options" {
	local c table=''

	for c in "${commands[@]}"; do
		table+="$c ${words[$c]:-} --timeout=x | $c: --timeout=
$c ${words[$c]:-} --if-generation=x | $c: --if-generation=
$c ${words[$c]:-} --color=x | $c: --color
"
	done
	bad_usage "${table%$'\n'}"
}

@test "usage: --if-generation only where something can change" {
	local c table=''

	for c in allocators list module monitor save sets show status version wait; do
		table+="$c ${words[$c]:-} --if-generation=1 | '$c' does not change the generation
"
	done
	bad_usage "$table--if-generation=1 | 'status' does not change the generation
--if-generation=1 list | 'list' does not change the generation"
}

@test "usage: bad values of the options of alloc and free" {
	bad_usage "alloc -c 0 | --count: '0': must be a number from 1 to 1048576
alloc -c 1048577 | must be a number from 1 to 1048576
alloc -c -1 | must be a number
alloc -c 1x | must be a number
alloc --count= | must be a number
alloc --count=1-2 | must be a number
alloc --min=x | --min:
alloc --min=-1 | --min:
alloc --min= | --min:
alloc --min=4294967296 | --min:
alloc --max=x | --max:
alloc --max=1,2 | --max:
alloc --max=0xg | --max:
alloc --max=4294967296 | --max:
alloc --min=5 --max=4 | --min=5 is more than --max=4
alloc --id= | --id:
alloc --id=x | --id:
alloc --id=5- | --id:
alloc --id=-5 | --id:
alloc --id=7-5 | the range runs backwards
alloc --id=1,,2 | --id:
alloc --id=1, | --id:
alloc --id=1-2-3 | --id:
alloc --id=0x | --id:
alloc --id='1 2' | --id:
alloc --id=4294967296 | --id:
alloc --id=1 -c 2 | --id excludes
alloc --id=1 --min=1 | --id excludes
alloc --id=1 --max=1 | --id excludes
alloc --id=1 --contiguous | --id excludes
alloc --set-label= | --set-label:
alloc --set-label=$'\\n' | --set-label:
alloc --set-label=$(printf 'x%.0s' {1..64}) | must have 1 to 63 bytes
free x | must be a number
free '' | must be a number
free 1 2x | must be a number
free 3-2 | the range runs backwards
free 1-18446744073709551617 | must be a number
free --label= | --label:
free --label=$(printf 'x%.0s' {1..64}) | must have 1 to 63 bytes
free --label=a 1 | --label excludes
free --label=a --keep-going | --label excludes
free --keep-going | is missing"
}

@test "usage: bad words and option values of list and show" {
	local long
	long=$(printf 'x%.0s' {1..32})

	bad_usage "list bogus | must be NAME=VALUE with one of state, set, allocator, owner, pid, label, range
list bogus=1 | must be NAME=VALUE
list stat=live | must be NAME=VALUE
list state | must be NAME=VALUE
list =live | must be NAME=VALUE
list state= | must be one of live, pending, freeing, orphan
list state=dead | must be one of live, pending, freeing, orphan
list state=liv | must be one of live, pending, freeing, orphan
list state=live,orphan | must be one of live, pending, freeing, orphan
list state=LIVE | must be one of live, pending, freeing, orphan
list state=live state=live | the filter state= stands twice
list set= | must have 1 to 31 bytes
list set=$long | must have 1 to 31 bytes
list set=a set=b | the filter set= stands twice
list allocator= | must have 1 to 31 bytes
list allocator=$long | must have 1 to 31 bytes
list allocator=$'\\t' | must not have control characters
list owner= | must have 1 to 63 bytes
list owner=0 | owner='0'
list pid= | pid=''
list pid=0 | must be a number from 1 to
list pid=x | must be a number from 1 to
list pid=2147483648 | must be a number from 1 to
list pid=1,2 | must be a number from 1 to
list pid=1 owner=ioasidctl | exclude each other
list label= | must have 1 to 63 bytes
list range= | must be a number
list range=x | must be a number
list range=5-1 | the range runs backwards
list range=1,x | must be a number
list range=1-0x | must be a number
list --columns= | no column ''
list --columns=bogus | no column 'bogus'
list --columns=ioasid,,set | no column ''
list --columns=IOASID | no column 'IOASID'
list --columns=age_ms | no column 'age_ms'
list --columns=ioa | no column 'ioa'
list --sort= | no column '': must be of ioasid, id,
list --sort=bogus | no column 'bogus'
list --sort=- | no column ''
list --sort=ioasid,set | no column
show x | must be a number
show -- -1 | must be a number
show 1 x | must be a number
show 2-1 | the range runs backwards
show 1, | must be a number
show 99999999999 | must be a number"
}

@test "usage: bad words of allocators, switch, unregister, reset, module" {
	local long c table=''
	long=$(printf 'x%.0s' {1..32})

	for c in allocators switch unregister reset; do
		table+="$c '' | must have 1 to 31 bytes
$c $long | must have 1 to 31 bytes
$c $'a\\nb' | must not have control characters
"
	done
	bad_usage "${table}module load bogus | must be one of ioasid_core, ioasid_sim, ioasid_selftest
module load ext4 | must be one of
module unload ioasid | must be one of
module info ioasid-core.ko | must be one of
module info '' | must be one of
module load =1 | must be PARAM=VALUE
module load ioasid_core id_bits | must be PARAM=VALUE
module load id_bits=20 user-quota=1 | must be PARAM=VALUE
module load 'id_bits=2 x' | must be PARAM=VALUE
module unload id_bits=1 | id_bits=1"
}

@test "usage: an error in JSON is one line on stderr, also if -j itself comes late" {
	expect 2 ioasidctl -j bogus
	stdout ''
	json_error '.kind == "error" and .code == "USAGE" and .exit == 2 and (has("command") | not)
		and .message == "unknown command '"'bogus'"'" and .hint == "ioasidctl --help"'
	expect 2 ioasidctl list state=dead --json
	stdout ''
	json_error '.command == "list" and .code == "USAGE" and .hint == "ioasidctl list --help"'
	expect 2 ioasidctl list --bogus -vj
	stdout ''
	json_error '.code == "USAGE"'
	expect 2 ioasidctl show -- -j
	[[ $stderr == 'ioasidctl: show: '* ]]
}

@test "global options: the same before the command, after it and after its words" {
	local line

	load_core
	expect 0 ioasidctl alloc -c 3
	for line in '-j list set=user' 'list -j set=user' 'list set=user --json' \
		'--timeout 5 -j list set=user' 'list set=user -j --timeout=500ms' \
		'--strict list --no-autoload -vj set=user'; do
			expect 0 ioasidctl $line
		json '.kind == "list" and [.items[].count] == [3]'
	done
	# The last one counts.
	expect 0 ioasidctl --color=always list --color=never
	[[ $output != *$'\e'* ]]
}

@test "no command: status" {
	load_core
	expect 0 ioasidctl
	[[ $output == 'active: '* ]]
	expect 0 ioasidctl -j
	json '.kind == "status"'
}

@test "NO_MODULE: every command that asks the kernel, with --no-autoload" {
	local c failed='' file=$BATS_TEST_TMPDIR/saved

	echo '{"schema": "ioasidctl/1", "kind": "save", "items": []}' >"$file"
	for c in status list 'show 1' alloc 'free 1' 'free --label=a' allocators \
		'allocators x' 'switch x' 'unregister x' 'reset x' sets drain resume \
		'explain alloc' 'quota user 1' 'wait empty' monitor 'batch /dev/null' save \
		"restore $file" "restore --diff $file"; do
			go ioasidctl --no-autoload $c
		[ "$status" -eq 9 ] && [ -z "$output" ] && [ "$stderr" = \
			"ioasidctl: ${c%% *}: the module ioasid_core is not loaded [NO_MODULE]
  hint: ioasidctl module load" ] || failed+=" '$c'"
			go ioasidctl --no-autoload $c -j
		[ "$status" -eq 9 ] && [ -z "$output" ] && jq -e '.kind == "error" and .exit == 9
			and .code == "NO_MODULE"' <<<"$stderr" >/dev/null || failed+=" '$c -j'"
	done
	[ -z "$failed" ] || fail_with "not NO_MODULE:$failed"
	not_loaded
}

@test "autoload: a command makes the kernel load the module, also for nobody" {
	expect 0 ioasidctl status
	loaded ioasid_core
	unload_all
	expect 0 nobody ioasidctl -j list
	json '.items == []'
	loaded ioasid_core
}

@test "unshare: another network namespace sees nothing" {
	local c

	load_core
	expect 0 ioasidctl alloc
	for c in status list 'show 1' allocators sets monitor 'wait empty' save drain \
		'hold true' 'explain alloc' 'quota user 1' 'batch /dev/null'; do
			expect 9 unshare -Urn ioasidctl $c
		refused NO_MODULE
			expect 9 unshare -Urn ioasidctl --no-autoload -j $c
		stdout ''
		json_error '.code == "NO_MODULE"'
	done
}

@test "unprivileged: sees all but pid, start, uid, comm and label, in text and JSON" {
	local reader c secret='has("pid") or has("start") or has("uid") or has("comm") or has("label")'

	load_sim
	sim_consumer drv alloc=2
	expect 0 ioasidctl alloc --id=100-102 --set-label=geheim
	expect 0 ioasidctl -j list
	json '[.items[] | select('"$secret"') | .id] == [100]'
	# Not even root of a user namespace of its own.
	for reader in nobody 'unshare -Ur'; do
		expect 0 $reader ioasidctl -j list
		json '[.items[] | [.id, .last, .set, .module]] ==
			[[1, 2, "drv", "ioasid_sim"], [100, 102, "user", null]]'
		json "[.items[] | $secret] | any | not"
		expect 0 $reader ioasidctl -j show 1 100
		json "(.items | length) == 2 and ([.items[] | $secret] | any | not)"
		expect 0 $reader ioasidctl -j status
		json ".used == 5 and [.items[].ids] == [3, 2] and ([.items[] | $secret] | any | not)"
		expect 0 $reader ioasidctl -j sets
		json '[.items[] | [.name, .ids]] == [["user", 3], ["drv", 2]]'
		expect 0 $reader ioasidctl -j allocators
		json '.items[0].ids == 5'
		for c in 'list -v' 'show 1 100' status allocators sets; do
					expect 0 $reader ioasidctl $c
			[[ $output != *geheim* && $output != *'ioasidctl['* && $output != *'uid '* ]]
		done
	done
	expect 0 nobody ioasidctl list set=user --columns=ioasid,owner,pid,uid,comm,label
	[[ ${output#*$'\n'} =~ ^100-102\ +-\ +-\ +-\ +-\ +-$ ]]
}

@test "unprivileged: the filters pid=, label= and owner=PID are refused" {
	local filter

	load_core
	expect 0 ioasidctl alloc --set-label=a
	for filter in pid=1 label=a owner=1; do
		expect 4 nobody ioasidctl list "$filter"
		refused PERMISSION
		stderr_has "hint: sudo ioasidctl list $filter"
		stderr_has 'kernel: owners are shown with CAP_SYS_ADMIN only'
		expect 4 nobody ioasidctl list "$filter" -j
		stdout ''
		json_error '.code == "PERMISSION" and .exit == 4'
		if names_attributes_of_dumps; then
			json_error '.kernel.attribute | . == "pid" or . == "label"'
		fi
	done
	# By name it works, and says what it cannot know.
	expect 0 nobody ioasidctl list owner=ioasidctl --ids
	stdout ''
	stderr_has 'ioasidctl: list: warning: '
	expect 0 nobody ioasidctl -j list owner=ioasidctl
	json '.items == []'
	json_error '.kind == "warning" and .command == "list"'
	expect 0 nobody ioasidctl -q list owner=ioasidctl --ids
	quiet
}

@test "-n: reads are harmless and the same" {
	local c before

	load_core
	expect 0 ioasidctl alloc -c 2
	before=$(ioasidctl -j status | jq .generation)
	for c in 'list --ids' 'show 1' allocators sets version status; do
			expect 0 ioasidctl -n -j $c
		local dry
		dry=$(jq -c 'del(.time) | del(.items[]?.age_ms)' <<<"$output")
			expect 0 ioasidctl -j $c
		[ "$(jq -c 'del(.time) | del(.items[]?.age_ms)' <<<"$output")" = "$dry" ]
	done
	[ "$(ioasidctl -j status | jq .generation)" = "$before" ]
}

@test "-q: of an error the first line only" {
	load_core
	expect 3 ioasidctl -q show 5
	[ "$stderr" = 'ioasidctl: show: not in use: 5 [UNKNOWN_IOASID]' ]
	expect 2 ioasidctl list state=x --quiet
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	refused USAGE
}

@test "-v: more columns; -d: netlink messages on stderr, the same on stdout" {
	load_core
	expect 0 ioasidctl list -v
	[[ $output == *REQUEST*LABEL*HOLD ]]
	expect 0 ioasidctl list
	[[ $output != *LABEL* ]]
	local plain=$output

	expect 0 ioasidctl -d list
	stdout "$plain"
	stderr_has 'ioasidctl: debug: > ioasid-get '
	! grep -v '^ioasidctl: debug: [<>] ' <<<"$stderr" || fail_with 'more than netlink'
	expect 0 ioasidctl list -dj
	json '.kind == "list"'
}

# coloured yes|no SETTINGS WORDS…: what a terminal gets.
coloured()
{
	local want=$1

	shift
	go script -qec "env $*" /dev/null
	[ "$status" -eq 0 ]
	if [[ $output == *$'\e['* ]]; then
		[ "$want" = yes ] || fail_with "colour with: $*"
	else
		[ "$want" = no ] || fail_with "no colour with: $*"
	fi
}

@test "colour: on a terminal unless NO_COLOR, TERM=dumb or --color=never" {
	load_core
	coloured yes TERM=xterm ioasidctl list
	coloured yes TERM=xterm NO_COLOR= ioasidctl list
	coloured yes TERM=xterm ioasidctl list --color=auto
	coloured no TERM=xterm NO_COLOR=1 ioasidctl list
	coloured no TERM=dumb ioasidctl list
	coloured no -u TERM ioasidctl list
	coloured no TERM=xterm ioasidctl list --color=never
	coloured yes TERM=dumb NO_COLOR=1 ioasidctl list --color=always
	coloured no TERM=xterm ioasidctl -j list
}

@test "colour: in a pipe with --color=always only, and never in JSON" {
	load_core
	expect 0 env TERM=xterm ioasidctl list
	[[ $output != *$'\e'* ]]
	expect 0 env TERM=xterm ioasidctl list --color=auto
	[[ $output != *$'\e'* ]]
	expect 0 ioasidctl list --color=always
	[[ $output == *$'\e['*IOASID*$'\e[0m'* ]]
	expect 0 ioasidctl list --color=always -j
	[[ $output != *$'\e'* ]]
	expect 3 ioasidctl show 1
	[[ $stderr != *$'\e'* ]]
	expect 3 ioasidctl show 1 --color=always
	[[ ${stderr%%$'\n'*} == *$'\e['*'[UNKNOWN_IOASID]'*$'\e[0m' ]]
	expect 3 ioasidctl show 1 --color=always -j
	[[ $stderr != *$'\e'* ]]
}

@test "SIGPIPE: a reader that goes ends it quietly" {
	load_core
	expect 0 ioasidctl alloc -c 4000
	expect 0 bash -c 'ioasidctl list --no-fold | head -n 1; echo "${PIPESTATUS[0]}"'
	[[ ${output##*$'\n'} == 141 ]]
	[ -z "$stderr" ]
	expect 0 bash -c 'ioasidctl list --no-fold -j | head -c 1; echo "${PIPESTATUS[0]}"'
	stdout '{141'
	[ -z "$stderr" ]
	# Even if whoever started it ignores the signal.
	expect 0 bash -c 'trap "" PIPE; ioasidctl list --no-fold | head -n 1; echo "${PIPESTATUS[0]}"'
	[[ ${output##*$'\n'} == 141 ]]
	[ -z "$stderr" ]
}

@test "WRITE: a failed write to stdout is an error" {
	local c failed=''

	load_core
	expect 0 ioasidctl alloc -c 2000
	for c in status list 'list --ids' 'list --no-fold' 'list --sort=id' 'show 1' \
		allocators sets version 'module info' alloc --help --usage --version \
		'list --help'; do
		go bash -c "ioasidctl $c >/dev/full"
		[ "$status" -eq 1 ] && [[ ${stderr%%$'\n'*} == ioasidctl:*'cannot write to stdout [WRITE]' ]] ||
			failed+=" '$c'"
	done
	for c in status list 'list --no-fold' 'show 1' allocators sets version 'module info'; do
		go bash -c "ioasidctl -j $c >/dev/full"
		[ "$status" -eq 1 ] && jq -e '.code == "WRITE" and .exit == 1' <<<"$stderr" >/dev/null ||
			failed+=" '-j $c'"
	done
	[ -z "$failed" ] || fail_with "no error:$failed"
}

@test "closed stdout, stderr and stdin: no other file takes their place" {
	load_core
	expect 0 ioasidctl alloc
	expect 1 bash -c 'ioasidctl list >&-'
	refused WRITE
	expect 0 bash -c 'ioasidctl list --ids <&- 2>&-'
	stdout 1
	expect 3 bash -c 'ioasidctl show 77 2>&-'
	quiet
}

@test "LC_ALL: numbers look the same in every locale" {
	local where=$BATS_TEST_TMPDIR/locale

	[ -e /usr/share/i18n/locales/de_DE ] || skip 'expected: package locales is not installed'
	mkdir "$where"
	localedef -i de_DE -f UTF-8 "$where/de_DE.UTF-8"
	# That it is a locale that does change numbers:
	[ "$(env "LOCPATH=$where" LC_ALL=de_DE.UTF-8 /usr/bin/printf '%.1f' 1,5)" = 1,5 ]
	load_core
	expect 0 ioasidctl alloc -c 1500
	expect 0 ioasidctl status
	local want=$output

	expect 0 env "LOCPATH=$where" LC_ALL=de_DE.UTF-8 ioasidctl status
	stdout "$want"
	expect 0 env "LOCPATH=$where" LC_ALL=de_DE.UTF-8 ioasidctl list --columns=count
	stdout $'COUNT\n1500'
	expect 0 env "LOCPATH=$where" LC_ALL=de_DE.UTF-8 ioasidctl list --timeout=1500ms -j
	json '.items[0].count == 1500'
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers

# 50-51 drv and 52 user (label o): orphans of 'gone'; 1-7 user, label a;
# 8 drv, pending; 9-10 drv, 9 with two references; 100-109 user, label b
world()
{
	load_sim
	# In a group of its own: the numbers of orphans stay taken there.
	sim_allocator gone group="$BATS_TEST_NUMBER" min=50 max=60
	sim_consumer drv alloc=2
	ioasidctl alloc --set-label=o
	sim_set allocators/gone/live 0
	ioasidctl alloc -c 7 --set-label=a
	sim_set consumers/drv/alloc 3
	sim_set consumers/drv/get 8
	sim_set consumers/drv/free 8
	sim_set consumers/drv/get 9
	ioasidctl alloc --id=100-109 --set-label=b
}

# lists RUNS FILTER…: these, and nothing else.
lists()
{
	local want=$1

	shift
	go ioasidctl list --ids "$@"
	[ "$status" -eq 0 ] && [ "${output//$'\n'/ }" = "$want" ] && [ -z "$stderr" ] ||
		wrong+=$'\n'"$* lists ${output//$'\n'/ }, not $want"
}

@test "list: empty" {
	expect 0 ioasidctl list
	stdout 'IOASID  STATE  SET  REFS  ALLOCATOR  OWNER  AGE'
	expect 0 ioasidctl list --ids
	quiet
	expect 0 ioasidctl -j list
	json '.kind == "list" and .items == [] and .consistent and .generation > 0'
}

@test "list: the text, line by line" {
	local pid owner pad

	load_sim
	expect 0 ioasidctl alloc -c 7 --set-label=vm7
	sim_consumer drv alloc=4 get=9
	pid=$(ioasidctl -j show 1 | jq '.items[0].pid')
	owner="ioasidctl[$pid] uid 0"
	printf -v pad '%-*s' "${#owner}" 'ioasid_sim (module)'
	expect 0 ioasidctl list
	[ "$(sed -E '1!s/[0-9]+s$/AGO/' <<<"$output")" = \
		"IOASID  STATE  SET   REFS  ALLOCATOR  $(printf '%-*s' "${#pad}" OWNER)  AGE
1-7     live   user  1     default    $(printf '%-*s' "${#pad}" "$owner")  AGO
8       live   drv   1     default    $pad  AGO
9       live   drv   2     default    $pad  AGO
10-11   live   drv   1     default    $pad  AGO" ]
	expect 0 ioasidctl list -v range=1-8
	[[ $output =~ AGE\ +REQUEST\ +LABEL\ +HOLD$'\n'1-7.*\ [0-9]+\ +vm7\ +no$'\n'8.*\ -\ +-\ +no$ ]]
}

@test "list: runs are folded if they are alike; --no-fold has a line an ID" {
	load_core
	expect 0 ioasidctl alloc -c 3
	expect 0 ioasidctl alloc -c 2
	expect 0 ioasidctl free 2
	expect 0 ioasidctl list --ids
	stdout $'1\n3\n4-5'
	expect 0 ioasidctl list --ids --no-fold
	stdout $'1\n3\n4\n5'
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .last, .count]] == [[1, 1, 1], [3, 3, 1], [4, 5, 2]]'
	expect 0 ioasidctl -j list --no-fold
	json '[.items[] | [.id, .last, .count]] == [[1, 1, 1], [3, 3, 1], [4, 4, 1], [5, 5, 1]]'
	expect 0 ioasidctl -j list --ids
	json '.items == [{"id": 1, "last": 1, "count": 1}, {"id": 3, "last": 3, "count": 1},
		{"id": 4, "last": 5, "count": 2}]'
}

@test "list: every filter, and all of them must hold" {
	local wrong='' pid

	world
	pid=$(ioasidctl -j show 1 | jq '.items[0].pid')
	lists '1-7 8 9 10 50-51 52 100-109'
	lists '1-7 9 10 100-109' state=live
	lists '8' state=pending
	lists '50-51 52' state=orphan
	lists '' state=freeing
	lists '1-7 52 100-109' set=user
	lists '8 9 10 50-51' set=drv
	lists '' set=dr
	lists '50-51 52' allocator=gone
	lists '1-7 8 9 10 100-109' allocator=default
	lists '' allocator=none
	lists '1-7 52 100-109' owner=ioasidctl
	lists '8 9 10 50-51' owner=ioasid_sim
	lists '' owner=ioasid
	lists '1-7' "owner=$pid"
	lists '1-7' "pid=$pid"
	lists '' pid=1
	lists '100-109' label=b
	lists '' label=bb
	lists '3-7 8' range=3-8
	lists '3-4 9 52 105-109' range=105-1000,3-4,9,0x34
	lists '3-4 9' range=9 range=3-4
	lists '1-7' range=0-7,2-3
	lists '' range=11-49
	lists '52' set=user state=orphan
	lists '50-51' set=drv state=orphan allocator=gone owner=ioasid_sim
	lists '2-3 101-102' set=user state=live range=2-3,8-9,52,101-102
	lists '105-109' label=b state=live allocator=default set=user range=105-200
	lists '' label=a range=100-109
	lists '' state=pending set=user
	[ -z "$wrong" ] || fail_with "$wrong"
}

@test "list: states in text and JSON, orphans with the name of their last allocator" {
	world
	expect 0 ioasidctl -j list
	json '[.items[] | [.id, .state, .allocator, .refs]] == [
		[1, "live", "default", 1], [8, "pending", "default", 1], [9, "live", "default", 2],
		[10, "live", "default", 1], [50, "orphan", "gone", 1], [52, "orphan", "gone", 1],
		[100, "live", "default", 1]]'
	json '[.items[] | select(.space != 0) | .id] == [50, 52]'
	expect 0 ioasidctl list range=8,50
	[[ $output =~ $'\n'8\ +pending\ +drv\ +1\ +default\ +ioasid_sim\ \(module\) ]]
	[[ $output =~ $'\n'50\ +orphan\ +drv\ +1\ +gone\ +ioasid_sim\ \(module\) ]]
	# The last reference of what is pending completes the free.
	sim_set consumers/drv/put 8
	expect 0 ioasidctl list --ids state=pending
	quiet
}

@test "list: freeing, while a sleeping allocator takes its time" {
	load_sim
	sim_allocator quick group=host
	sim_allocator slow group=host sleeps=1 delay_ms=4000
	sim_consumer drv alloc=4
	expect 0 ioasidctl switch slow
	sim_set consumers/drv/free all
	# R-FRE-2: the one that it works on is out of the table; the others wait.
	expect 0 ioasidctl -j list
	json '[.items[] | [.state, .allocator, .refs]] | unique == [["freeing", "slow", 0]]'
	json '.items[-1].last == 4'
	expect 0 ioasidctl list --ids --no-fold state=freeing
	[ "${output##*$'\n'}" = 4 ]
	expect 0 ioasidctl list --ids state=live
	quiet
}

@test "list: a range beyond the capacity is refused" {
	load_core
	expect 2 ioasidctl list range=1048576
	refused INVALID
	stderr_has 'kernel: beyond the capacity'
	expect 2 ioasidctl -j list range=1-1048576
	stdout ''
	json_error '.code == "INVALID" and .kernel.text == "beyond the capacity"'
	if names_attributes_of_dumps; then
		json_error '.kernel.attribute == "range"'
	fi
}

@test "list: --columns in that order; JSON has all of them" {
	world
	expect 0 ioasidctl list --columns=owner,ioasid,state range=8-9
	stdout 'OWNER                IOASID  STATE
ioasid_sim (module)  8       pending
ioasid_sim (module)  9       live'
	expect 0 ioasidctl list --columns=id,last,count,space,module,comm,uid,label,refs range=5-8
	stdout 'ID  LAST  COUNT  SPACE  MODULE      COMM       UID  LABEL  REFS
5   7     3      0      -           ioasidctl  0    a      1
8   8     1      0      ioasid_sim  -          -    -      1'
	expect 0 ioasidctl list --columns=pid,start,since,request,age,set,allocator range=1
	[[ ${output#*$'\n'} =~ ^[0-9]+\ +([0-9]+\.[0-9]{6}\ +){2}[0-9]+\ +[0-9]+s\ +user\ +default$ ]]
	expect 0 ioasidctl list --columns=ioasid range=1
	stdout $'IOASID\n1'
	expect 0 ioasidctl -j list --columns=ioasid range=8
	json '.items[0] | .state == "pending" and .module == "ioasid_sim"'
}

@test "list: --sort by numbers and by words, both ways, ties in order" {
	world
	expect 0 ioasidctl list --ids --sort=-ioasid
	stdout $'100-109\n52\n50-51\n10\n9\n8\n1-7'
	expect 0 ioasidctl list --ids --sort=count
	stdout $'8\n9\n10\n52\n50-51\n1-7\n100-109'
	expect 0 ioasidctl list --ids --sort=-refs
	stdout $'9\n1-7\n8\n10\n50-51\n52\n100-109'
	expect 0 ioasidctl list --ids --sort=set
	stdout $'8\n9\n10\n50-51\n1-7\n52\n100-109'
	expect 0 ioasidctl list --ids --sort=-state set=drv
	stdout $'8\n50-51\n9\n10'
	expect 0 ioasidctl list --ids --sort=request set=user
	stdout $'52\n1-7\n100-109'
	expect 0 ioasidctl -j list --sort=-id
	json '[.items[].id] == [100, 52, 50, 10, 9, 8, 1]'
	expect 0 ioasidctl list --sort=label --columns=label set=user
	stdout $'LABEL\na\nb\no'
}

@test "list: 20000 IDs, a line and an item each" {
	local file=$BATS_TEST_TMPDIR/list

	load_core
	expect 0 ioasidctl alloc -c 20000
	stdout 1-20000
	ioasidctl -j list --no-fold >"$file"
	[ "$(jq '[.items[].id] | length == 20000 and . == [range(1; 20001)]' "$file")" = true ]
	ioasidctl list --no-fold --ids >"$file"
	seq 20000 | cmp - "$file"
	ioasidctl list --no-fold >"$file"
	[ "$(wc -l <"$file")" -eq 20001 ]
	[ "$(awk 'NR > 1 && ($1 != NR - 1 || $2 != "live" || NF != 9)' "$file" | wc -l)" -eq 0 ]
}

@test "list: a failure leaves stdout empty" {
	no_module
	expect 9 ioasidctl list --no-autoload
	refused NO_MODULE
	expect 2 ioasidctl list state=x
	refused USAGE
	expect 2 ioasidctl list state=x -j
	stdout ''
	json_error '.code == "USAGE"'
}

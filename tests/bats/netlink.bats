#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The netlink family itself: what the kernel accepts, refuses and replies.
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

# ynl ARG…: the kernel's own tool, with the spec checked against its schema.
ynl()
{
	/usr/bin/python3 "$YNL/tools/net/ynl/cli.py" --spec "$tests/../kmod/ioasid.yaml" \
		--schema "$YNL/Documentation/netlink/genetlink-c.yaml" --output-json "$@"
}

# refusal ERRNO TEXT ATTRIBUTE: of the netlink core, so without a cookie.
refusal()
{
	json '.errno == $e and .text == $t and .attribute == $a and .cookie == null and
		.messages == []' --arg e "$1" --arg t "$2" --arg a "$3"
}

# cookie ERRNO REASON ATTRIBUTE: of the allocator.
cookie()
{
	json '.errno == $e and .cookie.reason == $r and .attribute == $a and
		.cookie.reserved == 0 and .messages == [] and (.text | length > 0)' \
		--arg e "$1" --arg r "$2" --arg a "$3"
	json '.cookie.generation == $g' --argjson g "$(generation)"
}

# dump_refused ERRNO REASON ATTRIBUTE: with the refusal of a dump 6.1 passes on no more
# than errno and text.
dump_refused()
{
	if [ "$IOASID_SERIES" = 6.1 ]; then
		json '.errno == $e and .messages == [] and (.text | length) > 0' --arg e "$1"
	else
		cookie "$@"
	fi
}

@test "netlink: the kernel's YNL takes the spec and speaks with the family" {
	expect 0 ynl --do info-get
	json '.["id-bits"] == 20 and .["id-max"] == 1048575 and .used == 0 and
		.active == "default" and .allocators == 1 and .draining == 0'
	expect 0 ynl --do ioasid-alloc --json '{"count": 3, "label": "ynl"}'
	json '.count == 3 and .range == [{"first": 1, "last": 3}] and .changed == 1'
	expect 0 ynl --dump ioasid-get --json '{"fold": true}'
	json 'length == 1 and .[0].id == 1 and .[0].last == 3 and .[0].label == "ynl" and
		.[0].state == "live" and .[0].set == "user"'
	expect 0 ynl --do ioasid-free --json '{"range": [{"first": 1, "last": 3}]}'
	json '.count == 3 and .changed == 1'
	expect 0 ynl --dump allocator-get
	json 'length == 1 and .[0].name == "default" and .[0].allocs == 3 and
		(.[0].flags | sort) == ["active", "builtin", "operating"]'
}

@test "netlink: every reply carries the generation" {
	ask do ioasid-alloc
	json '.messages[0].generation == $g' --argjson g "$(generation)"
	ask do info-get
	json '.messages[0].generation == $g' --argjson g "$(generation)"
	ask do ioasid-get '{"id": 1}'
	json '.messages[0].generation == $g' --argjson g "$(generation)"
	ask dump ioasid-get
	json '.messages[0].generation == $g' --argjson g "$(generation)"
	ask dump allocator-get
	json '.messages[0].generation == $g' --argjson g "$(generation)"
	ask dump set-get
	json '.messages[0].generation == $g' --argjson g "$(generation)"
	ask do allocator-switch '{"name": "default"}'
	json '.messages[0].generation == $g and .messages[0].name == "default" and
		.messages[0].changed == 0' --argjson g "$(generation)"
	ask do ioasid-free '{"range": [{"first": 1}]}'
	json '.messages[0].generation == $g' --argjson g "$(generation)"
}

@test "netlink: changes need CAP_SYS_ADMIN" {
	local before operation attributes

	before=$(generation)
	while read -r operation attributes; do
		ask nobody do "$operation" "$attributes"
		json '.errno == "EPERM" and .cookie.reason == "permission" and
			(.text | contains("CAP_SYS_ADMIN"))'
	done <<-'END'
		allocator-switch {"name": "default"}
		allocator-unregister {"name": "default"}
		allocator-reset {"name": "default"}
		ioasid-alloc {"count": 1}
		ioasid-alloc {"count": 1, "dry-run": true}
		ioasid-free {"range": [{"first": 1}]}
	END
	[ "$(generation)" -eq "$before" ]
	[ "$(used)" -eq 0 ]
}

@test "netlink: reads are open, without the owner" {
	ioasidctl alloc --set-label=secret
	ask nobody do ioasid-get '{"id": 1}'
	json '.errno == null and (.messages[0] | .id == 1 and .set == "user" and .request > 0 and
		([has("pid", "start", "uid", "comm", "label")] | any | not))'
	ask nobody dump ioasid-get
	json '.messages | length == 1 and
		([.[0] | has("pid", "start", "uid", "comm", "label")] | any | not)'
	ask do ioasid-get '{"id": 1}'
	json '.messages[0] | .label == "secret" and .uid == 0 and .comm == "ioasidctl" and
		.pid > 0 and .start > 0'
	# Nor can it be guessed with a filter.
	ask nobody dump ioasid-get '{"label": "secret"}'
	dump_refused EPERM permission label
	ask nobody dump ioasid-get '{"pid": 1}'
	dump_refused EPERM permission pid
}

@test "netlink: root in a user namespace changes nothing" {
	expect 0 unshare -Ur /usr/bin/python3 "$tests/bats/nl" do ioasid-alloc
	json '.errno == "EPERM" and .cookie.reason == "permission"'
	[ "$(used)" -eq 0 ]
}

@test "netlink: another network namespace has no family" {
	go unshare -n /usr/bin/python3 "$tests/bats/nl" do info-get
	[ "$status" -ne 0 ]
	stderr_has "Family 'ioasid' not supported"
	go unshare -Urn /usr/bin/python3 "$tests/bats/nl" do info-get
	[ "$status" -ne 0 ]
	stderr_has "Family 'ioasid' not supported"
}

@test "netlink: an unknown attribute is refused" {
	ask do ioasid-alloc '{"count": 1}' --raw 0800c80001000000
	refusal EINVAL 'Unknown attribute type' 200
	# One that exists, but not in this request.
	ask do ioasid-alloc '{"skip-missing": true}'
	refusal EINVAL 'Unsupported attribute' skip-missing
	ask do ioasid-free '{"range": [{"first": 1}], "hold": true}'
	json '.errno == "EINVAL" and .attribute == "hold"'
	# In a nest.
	ask do ioasid-alloc '{}' --raw 0c0012800800c80001000000
	json '.errno == "EINVAL" and .attribute == "range.200" and .text == "Unknown attribute type"'
	# A few bytes too many.
	ask do ioasid-alloc '{}' --raw 0102
	json '.errno == "EINVAL"'
	ask do info-get '{"generation": 1}'
	json '.errno == "EINVAL"'
	[ "$(used)" -eq 0 ]
}

@test "netlink: a value out of range is refused" {
	local label

	ask do ioasid-alloc '{"count": 0}'
	refusal ERANGE 'integer out of range' count
	json '.policy["min-value"] == 1 and .policy["max-value"] == 1048576'
	ask do ioasid-alloc '{"count": 1048577}'
	refusal ERANGE 'integer out of range' count
	label=$(printf '%064d' 0)
	ask do ioasid-alloc "{\"label\": \"$label\"}"
	json '.errno == "EINVAL" and .attribute == "label" and .policy["max-length"] == 63'
	ask do ioasid-alloc "{\"label\": \"${label:1}\"}"
	json '.errno == null'
	ask dump ioasid-get '{"state": 4}'
	refusal ERANGE 'integer out of range' state
	ask do allocator-switch '{"name": "12345678901234567890123456789012"}'
	json '.errno == "EINVAL" and .attribute == "name" and .policy["max-length"] == 31'
	# A u32 of two bytes.
	ask do ioasid-alloc '{}' --raw 0600130001000000
	json '.errno == "EINVAL" and .attribute == "count"'
}

@test "netlink: a value that makes no sense is refused with a cookie" {
	ask do ioasid-alloc '{"min": 5, "max": 4}'
	cookie EINVAL invalid max
	ask do ioasid-alloc '{"max": 4294967295}'
	cookie EINVAL invalid max
	ask do ioasid-alloc '{"min": 1048576}'
	cookie ERANGE invalid min
	ask do ioasid-alloc '{"range": [{"first": 1048576}]}'
	cookie ERANGE invalid range
	ask do ioasid-alloc '{"range": [{"first": 5, "last": 4}]}'
	cookie EINVAL invalid range.last
	ask do ioasid-alloc '{"range": [{"first": 5}], "count": 1}'
	cookie EINVAL invalid range
	ask do ioasid-alloc '{"label": ""}'
	cookie EINVAL invalid label
	ask do ioasid-alloc '{"label": "a\tb"}'
	cookie EINVAL invalid label
	ask do ioasid-free '{"range": [{"first": 1}], "label": "x"}'
	cookie EINVAL invalid label
	ask do ioasid-free '{}'
	json '.errno == "EINVAL" and .cookie.reason == "invalid"'
	ask dump ioasid-get '{"range": [{"first": 5, "last": 4}]}'
	dump_refused EINVAL invalid range.last
	[ "$(used)" -eq 0 ]
}

@test "netlink: a missing attribute is named" {
	ask do ioasid-get
	json '.errno == "EINVAL" and .missing == "id"'
	ask do allocator-switch
	json '.errno == "EINVAL" and .missing == "name"'
	ask do set-get
	json '.errno == "EINVAL" and .missing == "name"'
	ask do ioasid-alloc '{"range": [{"last": 4}]}'
	json '.errno == "EINVAL" and .attribute == null and .messages == []'
	[ "$(used)" -eq 0 ]
}

@test "netlink: what is not there is refused with the reason" {
	ask do ioasid-get '{"id": 7}'
	cookie ENOENT unknown-ioasid id
	json '.cookie.id == 7'
	ask do ioasid-free '{"range": [{"first": 7, "last": 9}]}'
	cookie ENOENT unknown-ioasid range
	json '.cookie.id == 7 and .cookie.count == 3'
	ask do ioasid-free '{"range": [{"first": 7, "last": 9}], "skip-missing": true}'
	json '.errno == null and .messages[0].count == 0 and .messages[0].changed == 0'
	ask do allocator-get '{"name": "no"}'
	cookie ENOENT unknown-allocator name
	ask do allocator-reset '{"name": "no"}'
	cookie ENOENT unknown-allocator name
	ask do set-get '{"name": "no"}'
	cookie ENOENT unknown-set name
	ask do allocator-unregister '{"name": "default"}'
	cookie EOPNOTSUPP default-allocator name
}

@test "netlink: who is in the way is counted in the cookie" {
	sim_allocator a
	sim_consumer drv alloc=3
	ioasidctl alloc -c 2
	ask do allocator-switch '{"name": "default"}'
	cookie EBUSY outstanding name
	json '.cookie.count == 5 and .cookie.id == 4294967295'
	ask do allocator-unregister '{"name": "a"}'
	cookie EBUSY outstanding name
	json '.cookie.count == 5'
	ask do ioasid-free '{"range": [{"first": 1, "last": 9}], "skip-missing": true}'
	cookie EBUSY held range
	json '.cookie.count == 3 and .cookie.id == 1'
	ask do ioasid-alloc '{"range": [{"first": 9}, {"first": 2, "last": 4}]}'
	cookie EEXIST exists range
	json '.cookie.count == 3 and .cookie.id == 2'
	[ "$(used)" -eq 5 ]
}

@test "netlink: no free ID and the quota have reasons of their own" {
	load_sim user_quota=3
	ask do ioasid-alloc '{"min": 5, "max": 6, "count": 3}'
	cookie ENOSPC exhausted count
	ask do ioasid-alloc '{"min": 5, "max": 9, "count": 4}'
	cookie EDQUOT quota count
	json '.cookie.count == 0'
	ask do ioasid-alloc '{"min": 5, "max": 9, "count": 3}'
	json '.messages[0].count == 3'
	ask do ioasid-alloc
	json '.errno == "EDQUOT" and .cookie.reason == "quota" and .cookie.count == 3'
}

@test "netlink: dry-run on every change runs the checks and changes nothing" {
	local before

	sim_allocator a
	sim_allocator b
	sim_add allocators c duplicate_count=16 live=1
	ioasidctl switch c
	sim_consumer drv alloc=1
	for _ in {1..16}; do
		! ioasidctl alloc || break
	done
	sim_set consumers/drv/free all
	ioasidctl switch a
	ioasidctl alloc -c 2
	before=$(generation)

	ask do ioasid-alloc '{"count": 4, "dry-run": true}'
	json '.errno == null and (.messages[0] | .changed == 1 and .count == 4 and (has("range") | not))'
	ask do ioasid-alloc '{"range": [{"first": 2, "last": 5}], "dry-run": true}'
	json '.errno == "EEXIST"'
	ask do ioasid-free '{"range": [{"first": 1, "last": 2}], "dry-run": true}'
	json '.messages[0] | .changed == 1 and .count == 2'
	ask do ioasid-free '{"range": [{"first": 1, "last": 3}], "dry-run": true}'
	json '.errno == "ENOENT"'
	ask do allocator-switch '{"name": "b", "dry-run": true}'
	json '.errno == "EBUSY" and .cookie.count == 2'
	ask do allocator-switch '{"name": "no", "dry-run": true}'
	json '.errno == "ENOENT"'
	ask do allocator-unregister '{"name": "b", "dry-run": true}'
	json '.messages[0] | .changed == 1 and .name == "b"'
	ask do allocator-reset '{"name": "c", "dry-run": true}'
	json '.messages[0] | .changed == 1 and .name == "c"'
	ask do allocator-reset '{"name": "b", "dry-run": true}'
	json '.messages[0] | .changed == 0'

	[ "$(generation)" -eq "$before" ]
	[ "$(used)" -eq 2 ]
	[ "$(ioasidctl -j allocators | jq -c '[.items[].name]')" = '["default","a","b","c"]' ]
	[ "$(ioasidctl -j allocators c | jq -c '.items[0].faulty')" = true ]
}

@test "netlink: an expected generation on every change" {
	local g stale

	sim_allocator a
	ioasidctl alloc
	g=$(generation)
	for stale in $((g - 1)) $((g + 1)); do
		ask do ioasid-alloc "{\"expected-generation\": $stale}"
		cookie ESTALE stale expected-generation
		ask do ioasid-free "{\"range\": [{\"first\": 1}], \"expected-generation\": $stale}"
		cookie ESTALE stale expected-generation
		ask do allocator-switch "{\"name\": \"default\", \"expected-generation\": $stale}"
		cookie ESTALE stale expected-generation
		ask do allocator-unregister "{\"name\": \"a\", \"expected-generation\": $stale}"
		cookie ESTALE stale expected-generation
		ask do allocator-reset "{\"name\": \"a\", \"expected-generation\": $stale}"
		cookie ESTALE stale expected-generation
	done
	[ "$(generation)" -eq "$g" ]
	ask do ioasid-free "{\"range\": [{\"first\": 1}], \"expected-generation\": $g}"
	json '.errno == null and .messages[0].generation > $g' --argjson g "$g"
	g=$(generation)
	json '.messages[0].generation == $g' --argjson g "$g"
	ask do allocator-unregister "{\"name\": \"a\", \"expected-generation\": $g}"
	json '.errno == null and .messages[0].changed == 1'
}

@test "netlink: the filters of a dump" {
	sim_allocator a
	sim_consumer drv alloc=2 get=1
	ioasidctl alloc --id=10-12 --set-label=x
	ioasidctl alloc --id=20,30 --set-label=y
	ask dump ioasid-get
	json '[.messages[].id] == [1, 2, 10, 11, 12, 20, 30] and ([.messages[].last] | any | not)'
	ask dump ioasid-get '{"range": [{"first": 20, "last": 99}, {"first": 2, "last": 11}, {"first": 11}]}'
	json '[.messages[].id] == [2, 10, 11, 20, 30]'
	ask dump ioasid-get '{"set": "drv"}'
	json '[.messages[].id] == [1, 2] and .messages[0].module == "ioasid_sim" and
		([.messages[] | has("pid", "request")] | any | not)'
	ask dump ioasid-get '{"set": "user", "range": [{"first": 12, "last": 20}]}'
	json '[.messages[].id] == [12, 20]'
	ask dump ioasid-get '{"allocator": "a", "label": "y"}'
	json '[.messages[].id] == [20, 30]'
	ask dump ioasid-get '{"allocator": "default"}'
	json '.messages == []'
	sim_set consumers/drv/free 1
	ask dump ioasid-get '{"state": "pending"}'
	json '[.messages[].id] == [1] and .messages[0].state == "pending" and .messages[0].refs == 1'
	ask dump ioasid-get '{"state": "orphan"}'
	json '.errno == null and .messages == []'
	sim_set consumers/drv/put 1
	ask do ioasid-get '{"id": 20}'
	ask dump ioasid-get "{\"request\": $(value '.messages[0].request')}"
	json '[.messages[].id] == [20, 30]'
	ask dump ioasid-get "{\"pid\": $(value '.messages[0].pid')}"
	json '[.messages[].id] == [20, 30]'
	ask dump ioasid-get '{"id": 20}'
	dump_refused EINVAL invalid id
	ask do ioasid-get '{"id": 20, "fold": true}'
	json '.errno == "EINVAL" and .attribute == "fold"'
	ask dump allocator-get '{"name": "a"}'
	dump_refused EINVAL invalid name
}

@test "netlink: fold gives one message for a run of IDs with equal attributes" {
	ioasidctl alloc --id=1-5,7 --set-label=x
	ioasidctl alloc --id=6,8-9
	ask dump ioasid-get '{"fold": true}'
	json '[.messages[] | [.id, .last]] == [[1, 5], [6, null], [7, null], [8, 9]]'
	ask dump ioasid-get '{"fold": true, "range": [{"first": 2, "last": 3}, {"first": 5, "last": 6}]}'
	json '[.messages[] | [.id, .last]] == [[2, 3], [5, null], [6, null]]'
}

@test "netlink: NLM_F_DUMP_INTR says that a dump is not of one moment" {
	ioasidctl alloc -c 1000
	ask dump ioasid-get
	json '.interrupted == false and (.messages | length) == 1000 and .parts > 3'
	ask dump ioasid-get '{}' --interrupt
	json '.interrupted == true and .errno == null'
	# A change that comes behind what was there cannot hide the rest.
	json '[.messages[].id] | .[:1000] == [range(1; 1001)]'
	# Nobody interrupts a short one.
	ask dump ioasid-get '{"fold": true}'
	json '.interrupted == false'
}

@test "netlink: a dump of what is no list is not supported" {
	local operation

	for operation in ioasid-alloc drain resume set-quota restore; do
		ask dump "$operation"
		json '.errno == "EOPNOTSUPP"'
	done
}

@test "netlink: a drain ends with the socket that asked for it" {
	ask do drain
	json '.errno == null and .messages[0].changed == 1 and .messages[0].ids == 0 and
		.messages[0].name == "default"'
	# That socket is closed by now.
	expect 0 ioasidctl -j status
	json '.draining == false'
	ask do resume
	json '.errno == "EALREADY" and .cookie.reason == "not-draining"'
	ask nobody do drain
	json '.errno == "EPERM" and .cookie.reason == "permission"'
}

@test "netlink: a listener that cannot keep up is told so" {
	expect 0 nl overrun 500
	json '.errno == "ENOBUFS"'
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC1011,SC2016,SC2030,SC2031,SC2086,SC2154 # jq's variables; Bats; words
load helpers

@test "version: with no module only the tool's, as nobody too, and loads nothing" {
	no_module
	expect 0 nobody ioasidctl version
	[[ $output =~ ^ioasidctl:\ [0-9.]+$'\n'module:\ not\ loaded$ ]]
	expect 0 ioasidctl version -j
	json '.kind == "version" and .loaded == false and .items == []
		and (has("module") or has("family") | not)'
	if loaded ioasid_core; then fail_with 'the module was loaded'; fi
	local tool
	tool=$(value .tool)

	expect 0 ioasidctl --version
	stdout "ioasidctl $tool"
}

@test "version: tool, module, family and features" {
	load_core
	local module
	module=$(</sys/module/ioasid_core/version)

	expect 0 ioasidctl version
	[[ $output == 'ioasidctl: '*"
module: $module
family: 1
features: "*ioasid-get*ioasid-alloc* ]]
	expect 0 nobody ioasidctl -j version
	json '.loaded and .compatible and .family == 1 and .module == $m' --arg m "$module"
	json '[.items[].feature] | contains(["info-get", "allocator-get", "allocator-switch",
		"allocator-unregister", "allocator-reset", "ioasid-get", "ioasid-alloc",
		"ioasid-free", "set-get"])'
}

@test "version: another network namespace sees no module" {
	load_core
	expect 0 unshare -Urn ioasidctl -j version
	json '.loaded == false'
}

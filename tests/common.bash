# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # used by who sources it
# What all test scripts share. Source it: . tests/common.bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${IOASID_BUILD:-$top/build}
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ioasid

# The name of the running script, as a prefix of what it says.
me=${0#"$top"/}

say()
{
	printf '%s: %s\n' "$me" "$*" >&2
}

# bad_usage WORD: what is not understood; usage() says what is.
bad_usage()
{
	say "not understood: '$1'"
	usage >&2
	exit 2
}

die()
{
	say "$*"
	exit 1
}

# kernel_of 6.1: the newest Debian kernel of that series which has an image and
# headers here. Cloud flavours have no 9p, which the guest needs.
kernel_of()
{
	local dir kver newest=

	while read -r dir; do
		kver=$(basename "$dir")
		case $kver in *-cloud-*|*-rt-*) continue ;; esac
		[ -e "$dir/build/Makefile" ] && [ -r "/boot/vmlinuz-$kver" ] &&
			newest=$kver
	done < <(find /lib/modules -maxdepth 1 -name "$1.*" | sort -V)
	[ -n "$newest" ] && echo "$newest"
}

# in_place DIR COMMAND…: make DIR by a command which gets the name of a
# temporary directory as its last argument; never seen half made.
in_place()
{
	local dir=$1 tmp

	shift
	[ -d "$dir" ] && return
	mkdir -p "$(dirname "$dir")"
	tmp=$(mktemp -d "$dir.XXXXXX")
	if "$@" "$tmp" && mv -T "$tmp" "$dir" 2>/dev/null; then
		return
	fi
	rm -rf "$tmp"
	[ -d "$dir" ]	# somebody else was faster
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # top is common.bash's
# Results as lines of TAP, which tests/run counts.

# check NAME COMMAND…: a test; what it says is shown if it fails.
check()
{
	local name=$1 out

	shift
	if out=$("$@" 2>&1 </dev/null); then
		echo "ok $name"
		return
	fi
	echo "not ok $name"
	printf '%s\n' "$out" | head -n 60 | sed 's/^/# /'
	return 0
}

# guest_tap SERIES LIMIT ARG…: tests in a guest that print TAP. A guest that
# failed as such is a failure besides theirs.
guest_tap()
{
	local series=$1 limit=$2 rc=0

	shift 2
	"$top/tests/vm/run" -k "$series" -t "$limit" "$@" || rc=$?
	case $rc in
	124) echo "not ok $series: the guest reached its time limit" ;;
	125) echo "not ok $series: the guest failed" ;;
	esac
	return "$rc"
}

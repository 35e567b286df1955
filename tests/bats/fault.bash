# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # of helpers.bash and Bats
# Allocations of ioasid_core that fail on Debian's kernels, which have no failslab:
# tests/fault is a module that makes them; load it behind helpers.

fault=/sys/module/ioasid_fault/parameters

fault_load()
{
	loaded ioasid_fault || insmod "$(dirname "$IOASID_KO")/fault-$IOASID_SERIES/ioasid_fault.ko"
	echo 0 >$fault/fail
	echo events >$fault/only
}

# fault_next N: the next N allocations that cannot wait fail, which are those of
# events.
fault_next()
{
	echo 0 >$fault/failed
	echo "$1" >$fault/fail
}

# fault_done N: so many have failed since.
fault_done()
{
	[ "$(<$fault/failed)" -eq "$1" ] || fail_with "$(<$fault/failed) allocations failed, not $1"
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The modules of tests/compat, which know only the API of Linux 5.5 to 6.3.

# compat_load NAME [PARAMETER=VALUE…]
compat_load()
{
	local name=$1

	shift
	insmod "${IOASID_KO%/*}/compat-$IOASID_SERIES/$name.ko" "$@"
}

compat_unload()
{
	local name

	for name in original_consumer original_allocator; do
		if loaded "$name"; then
			rmmod "$name"
		fi
	done
}

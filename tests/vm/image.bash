# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # top and cache are common.bash's
# What a guest boots from, made once for each kernel: an uncompressed vmlinux,
# an initramfs, and the index that lets modprobe find our modules.

# Modules that init needs.
boot_modules=(virtio_pci 9pnet_virtio 9p overlay configfs)

# vmlinux_of KVER FILE: unpack the kernel; PVH boots it 2 s faster. The header's
# fields: setup_sects 0x1f1, payload_offset 0x248, payload_length 0x24c.
vmlinux_of()
{
	local image=/boot/vmlinuz-$1 sects offset length magic unpack

	sects=$(od -An -tu1 -j $((0x1f1)) -N1 "$image")
	read -r offset length < <(od -An -tu4 -j $((0x248)) -N8 "$image")
	offset=$(((sects + 1) * 512 + offset))
	magic=$(od -An -tx1 -j "$offset" -N4 "$image" | tr -d ' ')
	case $magic in
	1f8b*) unpack=gzip ;;
	fd377a58) unpack=xz ;;
	28b52ffd) unpack=zstd ;;
	*) return 1 ;;
	esac
	# The last 4 bytes are the unpacked size, not part of the stream.
	tail -c +$((offset + 1)) "$image" | head -c $((length - 4)) |
		"$unpack" -dc >"$2" 2>/dev/null
	[ "$(head -c 4 "$2" | tail -c 3)" = ELF ]
}

# initramfs_of KVER FILE: busybox, the boot modules in the order in which they
# are to be loaded, and init.
initramfs_of()
{
	local kver=$1 tree ko name n=10

	tree=$(mktemp -d)
	mkdir -p "$tree/bin" "$tree/modules"
	cp "$(command -v busybox)" "$tree/bin/busybox"
	ln -s busybox "$tree/bin/sh"
	install -m 755 "$top/tests/vm/init" "$tree/init"
	for name in "${boot_modules[@]}"; do
		modprobe -S "$kver" --show-depends "$name"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$tree/list"
	while read -r ko; do
		name=$tree/modules/$n-$(basename "${ko%.ko*}").ko
		case $ko in
		*.xz) xz -dc "$ko" ;;
		*.zst) zstd -dcq "$ko" ;;
		*) cat "$ko" ;;
		esac >"$name"
		n=$((n + 1))
	done <"$tree/list"
	(cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null) >"$2"
	rm -rf "$tree"
}

# fill_boot KVER KERNEL DIR: a KERNEL of our own, by tests/vm/kernel, has all that
# init needs built in.
fill_boot()
{
	if [ -n "$2" ]; then
		boot_modules=()
		ln -s "$2/vmlinux" "$3/vmlinux"
		initramfs_of "$1" "$3/initramfs"
		return
	fi
	initramfs_of "$1" "$3/initramfs" || return
	vmlinux_of "$1" "$3/vmlinux" || cp "/boot/vmlinuz-$1" "$3/vmlinux"
}

# boot_files KVER [KERNEL]: prints the directory with vmlinux and initramfs. Its
# name tells all that its content depends on.
boot_files()
{
	local key kernel=${2-}

	key=$({
		cat "$top/tests/vm/init" "$top/tests/vm/image.bash"
		if [ -n "$kernel" ]; then echo "$kernel"; else cat "/boot/vmlinuz-$1"; fi
	} | sha256sum | head -c 16)
	in_place "$cache/$1/boot-$key" fill_boot "$1" "$kernel" >&2 &&
		echo "$cache/$1/boot-$key"
}

fill_index()
{
	local kver=$1 ko=$2 kernel=$3 out=$4 tree

	tree=$(mktemp -d)
	mkdir -p "$tree/lib/modules/$kver/updates"
	if [ -n "$kernel" ]; then
		cp "$kernel"/build/modules.{builtin,builtin.modinfo} "$tree/lib/modules/$kver/"
		: >"$tree/lib/modules/$kver/modules.order"
	else
		ln -s "/lib/modules/$kver/kernel" "$tree/lib/modules/$kver/kernel"
		cp "/lib/modules/$kver"/modules.{order,builtin,builtin.modinfo} \
			"$tree/lib/modules/$kver/"
	fi
	cp "$ko"/*.ko "$tree/lib/modules/$kver/updates/"
	depmod -b "$tree" "$kver" &&
		mv "$tree/lib/modules/$kver"/modules.* "$out/"
	set -- $?
	rm -rf "$tree"
	return "$1"
}

# module_index KVER DIR [KERNEL]: prints the directory with the modules.* files that
# depmod makes of the kernel's modules and those in DIR. depmod takes seconds,
# so it runs only when a name, an alias or a dependency changed.
module_index()
{
	local key

	key=$(for ko in "$2"/*.ko; do
		basename "$ko"
		modinfo "$ko" | grep -E '^(alias|depends|softdep):'
	done | sha256sum | head -c 16)
	in_place "$cache/$1/index-$key" fill_index "$1" "$2" "${3-}" >&2 &&
		echo "$cache/$1/index-$key"
}

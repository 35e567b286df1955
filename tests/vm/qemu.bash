# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2054,SC2154 # variables from and for others
# How QEMU is called: by tests/vm/run, and to try out KVM.

# QEMU 7.2's cmpxchg16b leaves wrong flags: cx16=off.
# The caller says how many CPUs: under TCG two are needed for races, and cost
# three times as much and more for whatever starts processes, since each change
# of an address space then waits for the other one.
qemu_base=(qemu-system-x86_64 -M q35 -nodefaults -no-user-config -display none
	-no-reboot -cpu "max,la57=off,cx16=off")
# The same addresses in every process, so that translated code is used again.
# no_timer_check: on a busy machine the check finds the timer dead, and panics.
# An NMI from outside is a panic, and a panic tells what all processes are at.
kernel_args='console=ttyS0 no_timer_check panic=-1 oops=panic mitigations=off'
kernel_args+=' unknown_nmi_panic panic_print=1 log_buf_len=8M norandmaps quiet'
tcg=tcg,thread=multi

# accel BOOT: prints the accelerator to use. KVM is believed only if it has
# booted a kernel since this machine was started: the device node says nothing.
accel()
{
	local memo
	memo=$cache/kvm-$(cat /proc/sys/kernel/random/boot_id)

	if [ ! -w /dev/kvm ]; then
		echo "$tcg"
		return
	fi
	if [ ! -e "$memo" ]; then
		timeout -k 1 10 "${qemu_base[@]}" -accel kvm -m 256 \
			-kernel "$1/vmlinux" -initrd "$1/initramfs" \
			-append "$kernel_args ioasid.probe" -serial stdio \
			</dev/null 2>/dev/null |
			grep -aq 'ioasid-vm: it works' && echo kvm >"$memo.$$"
		[ -e "$memo.$$" ] || echo "$tcg" >"$memo.$$"
		mv "$memo.$$" "$memo"
	fi
	cat "$memo"
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the kernel must not have said, and which taint it may have.

bad_words=(
	'BUG:' 'kernel BUG at' 'WARNING:' 'Oops' 'Kernel panic' 'Call Trace:'
	'general protection fault' 'Unable to handle' 'KASAN' 'KCSAN' 'KFENCE' 'UBSAN'
	'possible circular locking' 'possible recursive locking'
	'inconsistent lock state' 'possible irq lock inversion'
	'possible deadlock' 'Invalid wait context' 'suspicious RCU'
	'DEBUG_LOCKS_WARN' 'bad unlock balance' 'held lock freed'
	'lock held when returning' 'scheduling while atomic'
	'sleeping function called' 'list_add corruption' 'list_del corruption'
	'refcount_t:' 'ODEBUG:' 'blocked for more than' 'soft lockup'
	'hard LOCKUP' 'detected stall' 'self-detected stall'
	'objects remaining' 'Slab cache still has objects' 'kmem_cache_destroy'
	'unreferenced object' 'page allocation failure'
	'Out of memory' 'unable to unload' 'Bad page state' 'trace event string verifier'
	'genetlink: .*: invalid'
)

# scan_log FILE MARKER: prints what is bad in the kernel log from the marker on. Data
# races count if one of the accesses is in our modules; the kernel has some of its own.
# It shows who asks for a slab cache when there is no memory, as in tests of that.
# Returns 0 if nothing is, 1 if something is, 2 if the marker is not there.
scan_log()
{
	local IFS='|'

	# In one process: it runs after every Bats test too, and starting one is
	# slow in an emulated guest.
	awk -v marker="$2" -v bad="${bad_words[*]}" '
		begun && /BUG: KCSAN:/ { race = $0; lines = 0 }
		race && access && /\[ioasid_/ { print race; race = ""; found = 1 }
		{ access = / by (task|interrupt) / }
		race && (/==========/ || ++lines > 200) { race = "" }
		race && (/KCSAN/ || $0 !~ bad) { next }
		/create[a-z_]*\(ioasid_entry-[0-9a-f]+\) failed with error -(12|22)/ { cache = NR }
		cache && NR <= cache + 5 && /Call Trace:/ { cache = 0; next }
		begun && $0 ~ bad { sub(/\r$/, ""); print; found = 1 }
		index($0, marker) { begun = 1 }
		END { exit begun ? found : 2 }
	' "$1"
}

# lost FILE: what kmemleak found; the beginning is enough, for with each read the kernel
# goes through all of it again. Without what the kernel itself loses: 6.12 forgets the
# name of a slab cache that it has no memory to show in sysfs.
lost()
{
	awk '
		function flush() {
			if (object !~ /kstrdup.*kobject_set_name.*sysfs_slab_add/)
				printf "%s", object
			lines += split(object, unused, "\n")
			object = ""
		}
		/^unreferenced object/ { flush() }
		lines > 3000 { exit }
		{ object = object $0 "\n" }
		END { flush() }
	' "$1"
}

# stuck FILE: what a guest that was stopped is at: the processes in our modules, or
# else all that are not the kernel's own; the end of the log if it tells of none.
stuck()
{
	awk '
		function flush() {
			if (ours)
				mine = mine block
			else if (block !~ /ppid:[02] /)
				others = others block
			block = ""
			ours = 0
		}
		/ task:[^ ]+ +state:/ { flush(); begun = 1 }
		/Sched Debug Version/ { exit }
		begun { block = block $0 "\n" }
		/\[ioasid_/ { ours = 1 }
		END { flush(); printf "%s", mine ? mine : others; exit !begun }
	' "$1" | tail -n 200
	[ "${PIPESTATUS[0]}" -eq 0 ] || tail -n 40 "$1"
}

# Modules of this project are out of tree (bit 12) and unsigned (bit 13).
taint_is_fine()
{
	[ $(($1 & ~(1 << 12 | 1 << 13))) -eq 0 ]
}

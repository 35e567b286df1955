// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers of the kernel. An input is a command line of these, a newline, and the
 * messages that the kernel answers its requests with.
 */
#include "fuzz.h"
#include "util.h"

static const char *const lines[] = {
	"ioasidctl status",
	"ioasidctl status -j",
	"ioasidctl list",
	"ioasidctl list -j",
	"ioasidctl list -v --no-fold --sort=-age owner=ioasidctl",
	"ioasidctl list --ids set=user",
	"ioasidctl list --columns=ioasid,count,owner,label,since --sort=label",
	"ioasidctl show 1-30",
	"ioasidctl show 1-8 -j",
	"ioasidctl allocators",
	"ioasidctl allocators -j vcmd0 pool",
	"ioasidctl sets",
	"ioasidctl sets -j",
	"ioasidctl alloc -c 5 --set-label=tour",
	"ioasidctl alloc -j -c 3",
	"ioasidctl alloc --id=4-8 --set-label=tour",
	"ioasidctl alloc -n -v -c 3 --max=100",
	"ioasidctl free 4-8",
	"ioasidctl free -j --keep-going 1-12",
	"ioasidctl free --label=tour --strict",
	"ioasidctl switch pool",
	"ioasidctl switch -j vcmd1",
	"ioasidctl switch -v pool --wait=30",
	"ioasidctl reset vcmd0 -v",
	"ioasidctl drain -v -j",
	"ioasidctl resume -v",
	"ioasidctl quota user 3 -j",
	"ioasidctl explain switch pool",
	"ioasidctl explain -j alloc -c 100 --if-generation=1",
	"ioasidctl save",
	"ioasidctl wait empty gone=1-9 'free>=10' allocator=pool active=pool",
	"ioasidctl version",
	"ioasidctl version -j",
	"ioasidctl -d --no-autoload status",
	"ioasidctl unregister -j pool",
};

int fuzz_input(const __u8 *data, size_t size)
{
	count_input(size);
	command_replay(lines, ARRAY_SIZE(lines), data, size);
	return 0;
}

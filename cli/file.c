// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

static int give_up(struct file *f, struct fail *fail)
{
	int err = errno;

	fail_set(fail, CODE_FILE, "cannot write '%s': %s", f->path,
		 strerror(err));
	file_abort(f);
	return -1;
}

int file_begin(struct file *f, const char *path, struct fail *fail)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	memset(f, 0, sizeof(*f));
	f->path = path;
	f->dir = strdup(path);
	if (!f->dir || asprintf(&f->tmp, "%s.XXXXXX", path) < 0) {
		f->tmp = NULL;
		file_abort(f);
		return fail_memory(fail);
	}
	f->dir = dirname(f->dir);
	fd = mkostemp(f->tmp, O_CLOEXEC);
	if (fd < 0) {
		free(f->tmp);
		f->tmp = NULL;
		return give_up(f, fail);
	}
	f->out = fdopen(fd, "w");
	if (!f->out || fchmod(fd, 0666 & ~mask))
		return give_up(f, fail);
	return 0;
}

/* The name has to survive a crash, too. */
static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -1;
	ret = fsync(fd);
	close(fd);
	/* not all file systems can */
	return ret && errno != EINVAL ? -1 : 0;
}

int file_commit(struct file *f, struct fail *fail)
{
	int ret;

	if (fflush(f->out) || ferror(f->out) || fsync(fileno(f->out)))
		return give_up(f, fail);
	ret = fclose(f->out);
	f->out = NULL;
	if (ret || rename(f->tmp, f->path))
		return give_up(f, fail);
	free(f->tmp);
	f->tmp = NULL;
	if (sync_dir(f->dir))
		return give_up(f, fail);
	file_abort(f);
	return 0;
}

void file_abort(struct file *f)
{
	if (f->out)
		fclose(f->out);
	if (f->tmp)
		unlink(f->tmp);
	free(f->tmp);
	free(f->dir);
	f->out = NULL;
	f->tmp = NULL;
	f->dir = NULL;
}

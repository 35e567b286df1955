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

static char *directory_of(const char *path)
{
	char *copy = strdup(path);
	char *dir = copy ? strdup(dirname(copy)) : NULL;

	free(copy);
	return dir;
}

/* A device, or a pipe, is written to; there is nothing to keep whole. */
static int begin_special(struct file *f, struct fail *fail)
{
	f->out = fopen(f->path, "we");
	return f->out ? 0 : give_up(f, fail);
}

/* Beside the file that a link leads to, and with the mode that it has. */
int file_begin(struct file *f, const char *path, struct fail *fail)
{
	/* Labels are for administrators only, also when they are saved. */
	mode_t mode = 0600;
	struct stat old;
	bool exists;
	int fd;

	memset(f, 0, sizeof(*f));
	f->path = path;
	exists = !stat(path, &old);
	if (exists && !S_ISREG(old.st_mode))
		return begin_special(f, fail);
	if (exists)
		mode = old.st_mode & 07777;
	f->to = exists ? realpath(path, NULL) : strdup(path);
	f->dir = f->to ? directory_of(f->to) : NULL;
	if (!f->dir || asprintf(&f->tmp, "%s.XXXXXX", f->to) < 0) {
		f->tmp = NULL;
		file_abort(f);
		return fail_memory(fail);
	}
	fd = mkostemp(f->tmp, O_CLOEXEC);
	if (fd < 0) {
		free(f->tmp);
		f->tmp = NULL;
		return give_up(f, fail);
	}
	f->out = fdopen(fd, "w");
	if (!f->out || fchmod(fd, mode) ||
	    (exists && (old.st_uid != geteuid() || old.st_gid != getegid()) &&
	     fchown(fd, old.st_uid, old.st_gid)))
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

	if (fflush(f->out) || ferror(f->out) ||
	    (f->tmp && fsync(fileno(f->out))))
		return give_up(f, fail);
	ret = fclose(f->out);
	f->out = NULL;
	if (ret || (f->tmp && rename(f->tmp, f->to)))
		return give_up(f, fail);
	free(f->tmp);
	f->tmp = NULL;
	ret = f->dir ? sync_dir(f->dir) : 0;
	if (ret)
		fail_set(fail, CODE_FILE, "'%s' is written, but may not survive a crash: %s",
			 f->path, strerror(errno));
	file_abort(f);
	return ret;
}

void file_abort(struct file *f)
{
	if (f->out)
		fclose(f->out);
	if (f->tmp)
		unlink(f->tmp);
	free(f->tmp);
	free(f->to);
	free(f->dir);
	f->out = NULL;
	f->tmp = NULL;
	f->to = NULL;
	f->dir = NULL;
}

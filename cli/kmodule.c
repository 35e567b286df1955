// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <libkmod.h>

#include "kmodule.h"
#include "parse.h"
#include "util.h"

const char *const kmodule_names[] = {
	"ioasid_core", "ioasid_sim", "ioasid_selftest", NULL
};

/* libkmod would write to stderr by itself. */
__printf(6, 0)
static void no_log(void *data, int priority, const char *file, int line,
		   const char *fn, const char *format, va_list args)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)format;
	(void)args;
}

static int open_file(struct kmodule *m, const char *path, struct fail *fail)
{
	int err;

	m->by_file = true;
	if (access(path, R_OK)) {
		if (errno != ENOENT)
			return fail_errno(fail, errno, path);
		fail_hint(fail, "ioasidctl module load");
		return fail_set(fail, CODE_NO_MODULE, "no file '%.120s'", path);
	}
	err = kmod_module_new_from_path(m->kmod, path, &m->mod);
	if (err < 0)
		return fail_errno(fail, -err, path);
	m->installed = true;
	return 0;
}

static int open_name(struct kmodule *m, const char *name, struct fail *fail)
{
	struct kmod_list *found = NULL;
	int err;

	err = kmod_module_new_from_lookup(m->kmod, name, &found);
	if (err >= 0 && found) {
		m->mod = kmod_module_get_module(found);
		m->installed = kmod_module_get_path(m->mod);
	}
	kmod_module_unref_list(found);
	if (m->mod)
		return 0;
	err = kmod_module_new_from_name(m->kmod, name, &m->mod);
	return err < 0 ? fail_errno(fail, -err, name) : 0;
}

int kmodule_open(struct kmodule *m, const char *word, struct fail *fail)
{
	struct why why;
	int state, ret;

	memset(m, 0, sizeof(*m));
	if (!strchr(word, '/') && parse_choice(word, kmodule_names, &why) < 0)
		return fail_set(fail, CODE_USAGE, "module %s, or a file with a '/'",
				why.text);
	m->kmod = kmod_new(NULL, NULL);
	if (!m->kmod)
		return fail_memory(fail);
	kmod_set_log_fn(m->kmod, no_log, NULL);
	if (strchr(word, '/'))
		ret = open_file(m, word, fail);
	else
		ret = open_name(m, word, fail);
	if (ret) {
		kmodule_close(m);
		return -1;
	}
	state = kmod_module_get_initstate(m->mod);
	m->loaded = state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN;
	return 0;
}

void kmodule_close(struct kmodule *m)
{
	kmod_module_unref(m->mod);
	kmod_unref(m->kmod);
}

const char *kmodule_name(const struct kmodule *m)
{
	return kmod_module_get_name(m->mod);
}

static int explain_insert(const struct kmodule *m, int err, struct fail *fail)
{
	const char *name = kmodule_name(m);

	fail_hint(fail, "dmesg | tail");
	switch (err) {
	case EPERM:
		if (geteuid()) {
			fail->hint[0] = '\0';	/* sudo */
			return fail_set(fail, CODE_PERMISSION,
					"loading %s needs CAP_SYS_MODULE", name);
		}
		return fail_set(fail, CODE_PERMISSION,
				"the kernel does not let root load %s: locked down?",
				name);
	case ENOEXEC:
		return fail_set(fail, CODE_INCOMPATIBLE,
				"%s is not built for the running kernel", name);
	case ENOKEY:
	case EKEYREJECTED:
	case EKEYEXPIRED:
	case EKEYREVOKED:
		return fail_set(fail, CODE_PERMISSION,
				"the kernel wants a signature on %s that it can check",
				name);
	case ENOENT:
		return fail_set(fail, CODE_FAILURE,
				"%s needs a symbol that the kernel does not have",
				name);
	default:
		return fail_set(fail, CODE_FAILURE, "cannot load %s: %s", name,
				strerror(err));
	}
}

int kmodule_insert(struct kmodule *m, const char *params, struct fail *fail)
{
	int err;

	if (m->by_file)
		err = kmod_module_insert_module(m->mod, 0, params);
	else
		err = kmod_module_probe_insert_module(m->mod, 0, params, NULL,
						      NULL, NULL);
	return err ? explain_insert(m, err < 0 ? -err : EIO, fail) : 0;
}

int kmodule_remove(struct kmodule *m, struct fail *fail)
{
	int err = -kmod_module_remove_module(m->mod, 0);

	if (!err)
		return 0;
	if (err == EPERM)
		return fail_set(fail, CODE_PERMISSION,
				"unloading %s needs CAP_SYS_MODULE",
				kmodule_name(m));
	return fail_set(fail, err == EBUSY || err == EAGAIN ? CODE_HELD :
			CODE_FAILURE, "cannot unload %s: %s", kmodule_name(m),
			strerror(err));
}

int kmodule_refs(const struct kmodule *m)
{
	int refs = kmod_module_get_refcnt(m->mod);

	return refs < 0 ? 0 : refs;
}

void kmodule_holders(const struct kmodule *m, char *out, size_t size)
{
	struct kmod_list *all = kmod_module_get_holders(m->mod);
	struct kmod_list *at;
	struct kmod_module *holder;
	size_t used = 0;

	out[0] = '\0';
	kmod_list_foreach(at, all) {
		holder = kmod_module_get_module(at);
		if (used < size)
			used += snprintf(out + used, size - used, "%s%s",
					 used ? ", " : "",
					 kmod_module_get_name(holder));
		kmod_module_unref(holder);
	}
	kmod_module_unref_list(all);
}

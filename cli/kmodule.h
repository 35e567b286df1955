/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel module of this project, by name or by file, through libkmod. */
#ifndef IOASIDCTL_KMODULE_H
#define IOASIDCTL_KMODULE_H

#include <stdbool.h>

#include "fail.h"

struct kmod_ctx;
struct kmod_module;
struct json_object;

struct kmodule {
	struct kmod_ctx *kmod;
	struct kmod_module *mod;
	bool by_file;
	bool installed;			/* there is a file to load */
	bool loaded;
};

/* The modules of this project, NULL at the end. */
extern const char *const kmodule_names[];

/* @word: one of the names, or a file if it has a '/'. */
int kmodule_open(struct kmodule *m, const char *word, struct fail *fail);
void kmodule_close(struct kmodule *m);

const char *kmodule_name(const struct kmodule *m);
int kmodule_insert(struct kmodule *m, const char *params, struct fail *fail);
int kmodule_remove(struct kmodule *m, struct fail *fail);
int kmodule_refs(const struct kmodule *m);

/* The names of the modules that use it, ", " between; "" for none. */
void kmodule_holders(const struct kmodule *m, char *out, size_t size);

/* Its parameters: the values if it is loaded, else what they mean; NULL: no module. */
struct json_object *kmodule_parameters(const struct kmodule *m);

/* name, loaded, version, path, refcount, holders, parameters */
struct json_object *kmodule_info(const struct kmodule *m);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* What is known of a module, from its file and from sysfs. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <libkmod.h>

#include "json.h"
#include "kmodule.h"

#define NAME_ROOM 64

/* The first line of /sys/module/@name/@file; false if there is none. */
static bool read_sys(const char *name, const char *file, char *out, int size)
{
	char path[3 * NAME_ROOM + 16];
	bool ok;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%.*s/%.100s", NAME_ROOM, name,
		 file);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(out, size, f);
	fclose(f);
	if (ok)
		out[strcspn(out, "\n")] = '\0';
	return ok;
}

static void add_version(const struct kmodule *m, struct json_object *into)
{
	struct kmod_list *all = NULL;
	struct kmod_list *at;
	char text[64];

	if (m->loaded && read_sys(kmodule_name(m), "version", text, sizeof(text))) {
		json_add_text(into, "version", text);
		return;
	}
	if (kmod_module_get_info(m->mod, &all) < 0)
		return;
	kmod_list_foreach(at, all)
		if (!strcmp(kmod_module_info_get_key(at), "version")) {
			json_add_text(into, "version",
				      kmod_module_info_get_value(at));
			break;
		}
	kmod_module_info_free_list(all);
}

static struct json_object *holders(const struct kmodule *m)
{
	struct json_object *list = json_object_new_array();
	char text[256], *name, *save;

	kmodule_holders(m, text, sizeof(text));
	for (name = strtok_r(text, ", ", &save); name;
	     name = strtok_r(NULL, ", ", &save))
		json_object_array_add(list, json_object_new_string(name));
	return list;
}

/* What they mean. */
static struct json_object *known_parameters(const struct kmodule *m)
{
	struct json_object *into;
	struct kmod_list *all = NULL;
	struct kmod_list *at;
	char name[NAME_ROOM];

	if (kmod_module_get_info(m->mod, &all) < 0)
		return NULL;
	into = json_object_new_object();
	kmod_list_foreach(at, all) {
		const char *parm = kmod_module_info_get_value(at);
		size_t len = strcspn(parm, ":");

		if (strcmp(kmod_module_info_get_key(at), "parm") ||
		    len >= sizeof(name) || !parm[len])
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len, parm);
		json_object_object_add(into, name, json_text(parm + len + 1));
	}
	kmod_module_info_free_list(all);
	return into;
}

/* The values of one that is loaded; its file may be another's by now. */
static struct json_object *live_parameters(const struct kmodule *m)
{
	struct json_object *into = json_object_new_object();
	char path[NAME_ROOM + 32], file[NAME_ROOM + 16], text[128];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/module/%.*s/parameters", NAME_ROOM,
		 kmodule_name(m));
	dir = opendir(path);
	if (!dir)
		return into;
	while ((entry = readdir(dir))) {
		snprintf(file, sizeof(file), "parameters/%.*s", NAME_ROOM,
			 entry->d_name);
		if (entry->d_name[0] != '.' &&
		    read_sys(kmodule_name(m), file, text, sizeof(text)))
			json_object_object_add(into, entry->d_name,
					       json_text(text));
	}
	closedir(dir);
	return into;
}

struct json_object *kmodule_parameters(const struct kmodule *m)
{
	return m->loaded ? live_parameters(m) : known_parameters(m);
}

struct json_object *kmodule_info(const struct kmodule *m)
{
	struct json_object *info = json_object_new_object();
	struct json_object *parameters;

	json_add_text(info, "name", kmodule_name(m));
	json_add_bool(info, "loaded", m->loaded);
	add_version(m, info);
	if (m->installed)
		json_add_text(info, "path", kmod_module_get_path(m->mod));
	if (m->loaded) {
		json_add_number(info, "refcount", kmodule_refs(m));
		json_add(info, "holders", holders(m));
	}
	parameters = kmodule_parameters(m);
	json_add(info, "parameters", parameters ? parameters :
		 json_object_new_object());
	return info;
}

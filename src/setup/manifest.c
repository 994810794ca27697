/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/manifest.h"

#include "daemon/atomic_file.h"
#include "daemon/json_text.h"
#include "setup/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *list_of(const struct setup_manifest *manifest, const char *name)
{
	return json_object_get(manifest->json, name);
}

bool setup_manifest_read(struct setup_manifest *manifest, const char *root, struct error *error)
{
	static const char *const lists[] = {"bridges", "files", "commands", "folders"};
	char *text = setup_read_file(root, SETUP_MANIFEST);

	manifest->root = root;
	manifest->json = text ? json_loads(text, 0, NULL) : NULL;
	if (!text && errno == ENOENT)
		manifest->json = json_object();
	free(text);
	if (!json_is_object(manifest->json)) {
		error_set(error, 0, "cannot read %s%s, the list of what earlier runs wrote; mend or remove it", root,
			  SETUP_MANIFEST);
		return false;
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!json_is_array(list_of(manifest, lists[i])))
			json_object_set_new(manifest->json, lists[i], json_array());
	return true;
}

void setup_manifest_free(struct setup_manifest *manifest)
{
	json_decref(manifest->json);
}

bool setup_manifest_is_empty(const struct setup_manifest *manifest)
{
	return !json_array_size(list_of(manifest, "files")) && !json_array_size(list_of(manifest, "commands"));
}

int setup_manifest_write(const struct setup_manifest *manifest)
{
	char path[PATH_MAX], *text;
	int ret;

	if (!setup_path(path, manifest->root, SETUP_MANIFEST))
		return -ENAMETOOLONG;
	if (setup_manifest_is_empty(manifest))
		return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
	text = json_dumps(manifest->json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	if (!text)
		return -ENOMEM;
	ret = atomic_file_write_mode(path, text, strlen(text), 0644); /* a user may ask for the plan */
	free(text);
	return ret;
}

bool setup_manifest_has_bridge(const struct setup_manifest *manifest, const char *bridge)
{
	json_t *item;
	size_t i;

	json_array_foreach(list_of(manifest, "bridges"), i, item)
	{
		if (json_is_string(item) && !strcmp(json_string_value(item), bridge))
			return true;
	}
	return false;
}

/* The entry of a list whose `key` is `value`, borrowed, or NULL. */
static json_t *find_entry(const struct setup_manifest *manifest, const char *list, const char *key, const char *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(list_of(manifest, list), i, item)
	{
		if (!strcmp(json_text(item, key), value))
			return item;
	}
	return NULL;
}

const char *setup_manifest_text(const struct setup_manifest *manifest, const char *path)
{
	return json_string_value(json_object_get(find_entry(manifest, "files", "path", path), "text"));
}

bool setup_manifest_has_command(const struct setup_manifest *manifest, const char *run)
{
	return find_entry(manifest, "commands", "run", run);
}

void setup_manifest_add_bridge(struct setup_manifest *manifest, const char *bridge)
{
	if (!setup_manifest_has_bridge(manifest, bridge))
		json_array_append_new(list_of(manifest, "bridges"), json_string(bridge));
}

void setup_manifest_add_file(struct setup_manifest *manifest, const struct setup_file *file, const char *text,
			     bool created)
{
	json_t *entry = find_entry(manifest, "files", "path", file->path);

	if (entry)
		json_object_set_new(entry, "text", json_string(text));
	else
		json_array_append_new(list_of(manifest, "files"),
				      json_pack("{s:s, s:i, s:b, s:s}", "path", file->path, "place", (int)file->place,
						"created", created, "text", text));
}

void setup_manifest_add_folder(struct setup_manifest *manifest, const char *path)
{
	if (!find_entry(manifest, "folders", "path", path))
		json_array_append_new(list_of(manifest, "folders"), json_pack("{s:s}", "path", path));
}

void setup_manifest_add_command(struct setup_manifest *manifest, const struct setup_command *command)
{
	if (!setup_manifest_has_command(manifest, command->run))
		json_array_append_new(list_of(manifest, "commands"),
				      json_pack("{s:s, s:s, s:b}", "run", command->run, "undo", command->undo, "last",
						command->undo_last));
}

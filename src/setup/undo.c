/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/apply.h"

#include "daemon/json_text.h"
#include "setup/run_program.h"
#include "setup/text_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct undo {
	struct setup_manifest *manifest;
	struct setup_undone *list;
	int count;
};

static void __attribute__((format(printf, 3, 4))) report(struct undo *undo, bool left, const char *format, ...)
{
	struct setup_undone *undone = &undo->list[undo->count];
	va_list list;

	if (undo->count + 1 < SETUP_UNDONE_MAX)
		undo->count++;
	undone->left = left;
	va_start(list, format);
	vsnprintf(undone->text, sizeof(undone->text), format, list);
	va_end(list);
}

static json_t *list_of(const struct undo *undo, const char *name)
{
	return json_object_get(undo->manifest->json, name);
}

/* Runs the undoing commands in reverse order: those before the files go, or those after. */
static void undo_commands(struct undo *undo, bool last)
{
	json_t *list = list_of(undo, "commands");
	char reason[128];

	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *entry = json_array_get(list, i);
		const char *line = json_text(entry, "undo");

		if (json_is_true(json_object_get(entry, "last")) != last)
			continue;
		if (line[0] && setup_run_program(line, reason, sizeof(reason)))
			report(undo, false, "ran `%s`", line);
		else if (line[0])
			report(undo, true, "`%s` failed: %s", line, reason);
		/* Not tried again: what it would undo has probably been undone by other means. */
		json_array_remove(list, i);
	}
}

static bool remove_file(const struct undo *undo, const char *path)
{
	char full[PATH_MAX];

	return setup_path(full, undo->manifest->root, path) && unlink(full) == 0;
}

/* Returns whether the entry is done with. */
static bool undo_file(struct undo *undo, const json_t *entry)
{
	const char *path = json_text(entry, "path");
	char *present = setup_read_file(undo->manifest->root, path), *rest = NULL;
	bool done = true;

	if (!present) {
		report(undo, errno != ENOENT, errno == ENOENT ? "%s is gone already" : "%s cannot be read; it is kept",
		       path);
		return true;
	}
	switch (setup_remove((enum setup_place)json_integer_value(json_object_get(entry, "place")),
			     json_is_true(json_object_get(entry, "created")), present, json_text(entry, "text"),
			     &rest)) {
	case SETUP_REMOVE_FILE:
		done = remove_file(undo, path);
		report(undo, !done, done ? "removed %s" : "cannot remove %s", path);
		break;
	case SETUP_REMOVE_TEXT:
		done = setup_write_file(undo->manifest->root, path, rest, 0644) == 0;
		report(undo, !done, done ? "removed our lines from %s" : "cannot change %s", path);
		break;
	case SETUP_LEAVE:
		report(undo, true, "%s was changed since; it is kept", path);
		break;
	}
	free(present);
	free(rest);
	return done;
}

static void undo_files(struct undo *undo)
{
	json_t *list = list_of(undo, "files");

	for (size_t i = json_array_size(list); i-- > 0;)
		if (undo_file(undo, json_array_get(list, i)))
			json_array_remove(list, i);
}

/* Removes the folders that we made, the deepest first, unless others use them. */
static void undo_folders(const struct undo *undo)
{
	json_t *list = list_of(undo, "folders");
	char full[PATH_MAX];

	for (size_t i = json_array_size(list); i-- > 0;) {
		const char *path = json_text(json_array_get(list, i), "path");

		if (path[0] && setup_path(full, undo->manifest->root, path))
			rmdir(full);
	}
}

int setup_undo(struct setup_manifest *manifest, struct setup_undone undone[SETUP_UNDONE_MAX])
{
	struct undo undo = {.manifest = manifest, .list = undone};
	bool runs = !manifest->root[0];
	int ret;

	if (runs)
		undo_commands(&undo, false);
	undo_files(&undo);
	if (runs)
		undo_commands(&undo, true);
	else
		json_array_clear(list_of(&undo, "commands"));
	ret = setup_manifest_write(manifest);
	if (ret < 0)
		return ret;
	if (setup_manifest_is_empty(manifest))
		undo_folders(&undo);
	return undo.count;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/apply.h"

#include "daemon/json_text.h"
#include "setup/run_program.h"
#include "setup/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- comparison ---- */

static void review_file(struct setup_review *review, size_t number, const struct setup_file *file,
			const struct setup_manifest *manifest)
{
	char *present = setup_read_file(manifest->root, file->path);

	/* A symbolic link, a device or a file that cannot be read is none of ours. */
	if (!present && errno != ENOENT && errno != ENOTDIR)
		review->action[number] = SETUP_FOREIGN;
	else
		review->action[number] =
			setup_compare(file, present, setup_manifest_text(manifest, file->path), &review->text[number]);
	review->n_writes += review->text[number] != NULL;
	review->n_foreign += review->action[number] == SETUP_FOREIGN;
	free(present);
}

void setup_review_make(struct setup_review *review, const struct setup_plan *plan,
		       const struct setup_manifest *manifest)
{
	memset(review, 0, sizeof(*review));
	for (size_t i = 0; i < plan->n_files; i++)
		review_file(review, i, &plan->files[i], manifest);
	for (size_t i = 0; i < plan->n_commands; i++) {
		const struct setup_command *command = &plan->commands[i];
		bool done = setup_manifest_has_command(manifest, command->run) && (command->once || !review->n_writes);

		review->command[i] = done ? SETUP_COMMAND_DONE : SETUP_COMMAND_PENDING;
		review->n_pending += !done;
	}
}

void setup_review_free(struct setup_review *review)
{
	for (size_t i = 0; i < SETUP_FILES_MAX; i++)
		free(review->text[i]);
}

/* ---- writing ---- */

/* Makes the folders above a path below the root, and records those that did not exist. */
static int make_folders(struct setup_manifest *manifest, const char *path)
{
	char full[PATH_MAX];
	size_t root_len = strlen(manifest->root);

	if (!setup_path(full, manifest->root, path))
		return -ENAMETOOLONG;
	for (char *slash = strchr(full + root_len + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(full, 0755) == 0)
			setup_manifest_add_folder(manifest, full + root_len);
		else if (errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* Records a file, then writes it. Returns 0 or a negative errno. */
static int write_file(struct setup_manifest *manifest, const struct setup_file *file, enum setup_action action,
		      const char *text)
{
	bool created = action == SETUP_CREATE;
	int ret = make_folders(manifest, file->path);

	if (ret < 0)
		return ret;
	setup_manifest_add_file(manifest, file, created ? text : file->text, created);
	ret = setup_manifest_write(manifest);
	return ret < 0 ? ret : setup_write_file(manifest->root, file->path, text, file->mode);
}

/* Undoes the files of this run: those that the manifest did not have before. */
static void roll_back(struct setup_manifest *manifest, json_t *before)
{
	const struct setup_manifest earlier = {.root = manifest->root, .json = before};
	struct setup_undone *undone = calloc(SETUP_UNDONE_MAX, sizeof(*undone));
	json_t *files = json_object_get(manifest->json, "files");

	for (size_t i = json_array_size(files); i-- > 0;)
		if (setup_manifest_text(&earlier, json_text(json_array_get(files, i), "path")))
			json_array_remove(files, i);
	json_array_clear(json_object_get(manifest->json, "commands"));
	if (undone)
		setup_undo(manifest, undone);
	free(undone);
	json_decref(manifest->json);
	manifest->json = json_incref(before);
	setup_manifest_write(manifest);
}

static bool write_files(struct setup_review *review, const struct setup_plan *plan, struct setup_manifest *manifest,
			struct error *error)
{
	json_t *before = json_deep_copy(manifest->json);
	int ret = before ? make_folders(manifest, SETUP_MANIFEST) : -ENOMEM;
	const char *path = SETUP_MANIFEST;

	if (plan->makes_bridge)
		setup_manifest_add_bridge(manifest, plan->bridge);
	for (size_t i = 0; ret == 0 && i < plan->n_files; i++) {
		if (!review->text[i])
			continue;
		path = plan->files[i].path;
		ret = write_file(manifest, &plan->files[i], review->action[i], review->text[i]);
	}
	if (ret < 0) {
		error_set(error, ret, "cannot write %s%s: %s; nothing was changed%s", manifest->root, path,
			  strerror(-ret), ret == -EACCES || ret == -EPERM ? "; run it as root" : "");
		if (before)
			roll_back(manifest, before);
	}
	json_decref(before);
	return ret == 0;
}

static void run_commands(struct setup_review *review, const struct setup_plan *plan, struct setup_manifest *manifest)
{
	for (size_t i = 0; i < plan->n_commands; i++) {
		if (review->command[i] != SETUP_COMMAND_PENDING)
			continue;
		if (setup_run_program(plan->commands[i].run, review->failure[i], sizeof(review->failure[i]))) {
			review->command[i] = SETUP_COMMAND_RUN;
			setup_manifest_add_command(manifest, &plan->commands[i]);
		} else {
			review->command[i] = SETUP_COMMAND_FAILED;
			review->n_failed++;
		}
	}
}

bool setup_apply(struct setup_review *review, const struct setup_plan *plan, struct setup_manifest *manifest,
		 struct error *error)
{
	int ret;

	if (!write_files(review, plan, manifest, error))
		return false;
	if (!manifest->root[0])
		run_commands(review, plan, manifest);
	ret = setup_manifest_write(manifest);
	if (ret < 0)
		error_set(error, ret, "cannot write %s%s: %s", manifest->root, SETUP_MANIFEST, strerror(-ret));
	return ret == 0;
}

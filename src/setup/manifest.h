/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `vifi setup` has written, so that a later run recognises it and `vifi setup --undo` removes it:
 * /var/lib/vifi/setup.json. An entry is added before its change is made, and removed after it has been undone.
 */
#ifndef VIFI_SETUP_MANIFEST_H
#define VIFI_SETUP_MANIFEST_H

#include "base/error.h"
#include "setup/plan/plan.h"

#include <jansson.h>

#define SETUP_MANIFEST "/var/lib/vifi/setup.json"

struct setup_manifest {
	const char *root; /* borrowed; "" for / */
	json_t *json;     /* {"bridges", "files", "commands", "folders"} */
};

/* Reads the manifest; a missing one is empty. Returns false with an error. Free it in any case. */
bool setup_manifest_read(struct setup_manifest *manifest, const char *root, struct error *error);
void setup_manifest_free(struct setup_manifest *manifest);

/* Writes it, or deletes an empty one. Returns 0 or a negative errno. */
int setup_manifest_write(const struct setup_manifest *manifest);

bool setup_manifest_is_empty(const struct setup_manifest *manifest);
bool setup_manifest_has_bridge(const struct setup_manifest *manifest, const char *bridge);
/* The text that is recorded for a path, borrowed, or NULL. */
const char *setup_manifest_text(const struct setup_manifest *manifest, const char *path);
bool setup_manifest_has_command(const struct setup_manifest *manifest, const char *run);

void setup_manifest_add_bridge(struct setup_manifest *manifest, const char *bridge);
/* Adds or replaces the entry of a file. `created`: it did not exist; stays true when an entry is replaced. */
void setup_manifest_add_file(struct setup_manifest *manifest, const struct setup_file *file, const char *text,
			     bool created);
void setup_manifest_add_folder(struct setup_manifest *manifest, const char *path);
void setup_manifest_add_command(struct setup_manifest *manifest, const struct setup_command *command);

#endif

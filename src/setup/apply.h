/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares a plan with the files of this machine, carries it out, and undoes it. */
#ifndef VIFI_SETUP_APPLY_H
#define VIFI_SETUP_APPLY_H

#include "setup/manifest.h"
#include "setup/plan/change.h"

enum setup_command_state {
	SETUP_COMMAND_DONE,    /* by an earlier run */
	SETUP_COMMAND_PENDING, /* to be run */
	SETUP_COMMAND_RUN,     /* by this run */
	SETUP_COMMAND_FAILED,
};

struct setup_review {
	enum setup_action action[SETUP_FILES_MAX]; /* one for each file of the plan */
	char *text[SETUP_FILES_MAX];               /* the new contents, or NULL */
	enum setup_command_state command[SETUP_COMMANDS_MAX];
	char failure[SETUP_COMMANDS_MAX][128]; /* why a command failed */
	size_t n_writes, n_foreign, n_pending, n_failed;
};

void setup_review_make(struct setup_review *review, const struct setup_plan *plan,
		       const struct setup_manifest *manifest);
void setup_review_free(struct setup_review *review);

/*
 * Writes the files, and runs the commands unless the manifest has a root other than /. When a file cannot be written,
 * those of this run are undone. Returns false with an error then; a failed command is in the review.
 */
bool setup_apply(struct setup_review *review, const struct setup_plan *plan, struct setup_manifest *manifest,
		 struct error *error);

/* One thing that `--undo` did or left: for the operator, a sentence without its full stop. */
struct setup_undone {
	bool left;
	char text[256];
};

enum { SETUP_UNDONE_MAX = 96 };

/*
 * Undoes everything in the manifest, and writes it back with what could not be undone. Returns the number of things
 * reported, or a negative errno.
 */
int setup_undo(struct setup_manifest *manifest, struct setup_undone undone[SETUP_UNDONE_MAX]);

#endif

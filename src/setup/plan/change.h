/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plan changes in one file, given its present contents, and how that is undone. */
#ifndef VIFI_SETUP_PLAN_CHANGE_H
#define VIFI_SETUP_PLAN_CHANGE_H

#include "setup/plan/plan.h"

enum setup_action {
	SETUP_CREATE,  /* there is no such file */
	SETUP_EXTEND,  /* a file of others gets our text */
	SETUP_UPDATE,  /* our text of an earlier run is replaced */
	SETUP_KEEP,    /* the file has what is needed */
	SETUP_FOREIGN, /* a file that vifi did not write is in the way: it stays, and the operator decides */
};

/* "create", "extend", "update", "keep", "foreign" */
const char *setup_action_name(enum setup_action action);

/*
 * Compares a file of the plan with `present`, its contents (NULL: there is none), and `recorded`, the text that an
 * earlier run wrote there (NULL: none). Sets *result to the new contents, which the caller frees, for SETUP_CREATE,
 * SETUP_EXTEND and SETUP_UPDATE, otherwise to NULL. Without memory the action is SETUP_FOREIGN.
 */
enum setup_action setup_compare(const struct setup_file *file, const char *present, const char *recorded,
				char **result);

enum setup_removal {
	SETUP_REMOVE_FILE, /* nothing but our text is in it */
	SETUP_REMOVE_TEXT, /* *result has the contents without our text */
	SETUP_LEAVE,       /* it was changed since */
};

/*
 * How to undo what was recorded. `created`: the file did not exist before. The caller frees *result.
 */
enum setup_removal setup_remove(enum setup_place place, bool created, const char *present, const char *recorded,
				char **result);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layer of daemon/sandbox.h that restricts paths. */
#ifndef VIFI_DAEMON_SANDBOX_PATHS_H
#define VIFI_DAEMON_SANDBOX_PATHS_H

#include "daemon/sandbox.h"

/*
 * Opens the paths of a sandbox, with the permissions of the caller. Returns the descriptor of a ruleset, or a negative
 * errno: -ENOSYS or -EOPNOTSUPP: the kernel has no Landlock, or it is switched off.
 */
int sandbox_open_paths(const struct sandbox *sandbox);

/* Restricts the calling thread to a ruleset, permanently, and closes it; needs no_new_privs. Returns 0 or a negative errno. */
int sandbox_restrict_paths(int ruleset);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the keys of a process out of core dumps and out of swap. */
#ifndef VIFI_DAEMON_SECRETS_H
#define VIFI_DAEMON_SECRETS_H

#include "base/error.h"

#include <stddef.h>

/*
 * Excludes the memory of the process from core dumps of the kernel and of debuggers, and the process from debuggers of
 * other processes of its user. Call it before a secret is read.
 */
void secrets_hide(void);

/*
 * Locks the memory of the process, when the secrets are there and before privileges are dropped. Where the limit
 * (RLIMIT_MEMLOCK) can be lifted, this includes memory that is allocated later; otherwise it includes a reserve for that.
 * Returns 0, or a negative errno with an error.
 */
int secrets_lock(struct error *error);

/* From now on jansson wipes what it frees: requests bring texts of files with passphrases. Call it before jansson is used. */
void secrets_wipe_json(void);

/* Zeroed memory that is locked as far as the limit permits, and not dumped. NULL: out of memory. */
void *secrets_alloc(size_t size);
/* Wipes and frees it. NULL is allowed. */
void secrets_free(void *memory, size_t size);

#endif

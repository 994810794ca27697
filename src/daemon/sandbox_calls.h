/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layer of daemon/sandbox.h that filters system calls. */
#ifndef VIFI_DAEMON_SANDBOX_CALLS_H
#define VIFI_DAEMON_SANDBOX_CALLS_H

/*
 * Allows the calls of some groups (enum sandbox_calls) to all threads of the process, permanently. Returns 0 or a
 * negative errno.
 */
int sandbox_filter_calls(unsigned groups);

#endif

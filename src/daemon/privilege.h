/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capabilities that a process needs to start. */
#ifndef VIFI_DAEMON_PRIVILEGE_H
#define VIFI_DAEMON_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the names of the missing capabilities ("CAP_NET_ADMIN, CAP_NET_RAW") into `names`. `ebpf`: includes those for
 * loading eBPF programs and finding them later. Returns how many are missing.
 */
int privilege_missing(bool ebpf, char *names, size_t size);

/* Whether a capability is effective (CAP_…). */
bool privilege_has(unsigned capability);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capabilities that a process needs, and dropping all others. */
#ifndef VIFI_DAEMON_PRIVILEGE_H
#define VIFI_DAEMON_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the names of the missing capabilities ("CAP_NET_ADMIN, CAP_NET_RAW") into `names`. `ebpf`: includes those for
 * loading eBPF programs and finding them later. Returns how many are missing.
 */
int privilege_missing(bool ebpf, char *names, size_t size);

/*
 * Keeps what a running bridge needs (CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF) and drops all other capabilities permanently
 * (no_new_privs). Returns 0 or a negative errno.
 */
int privilege_drop(void);

/* Drops all capabilities permanently, in a process whose open descriptors suffice. Returns 0 or a negative errno. */
int privilege_drop_all(void);

#endif

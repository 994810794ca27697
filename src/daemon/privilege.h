/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process must be allowed to do here, and giving the rest away. */
#ifndef VIFI_DAEMON_PRIVILEGE_H
#define VIFI_DAEMON_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the names of the capabilities that are missing ("CAP_NET_ADMIN, CAP_BPF") into `names`. `ebpf`: also those for
 * loading programs and finding them again. Returns how many are missing.
 */
int privilege_missing(bool ebpf, char *names, size_t size);

/*
 * Keeps what a running bridge needs (CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF) and gives all else away, for good
 * (no_new_privs). Returns 0 or a negative errno.
 */
int privilege_drop(void);

/* Gives all away, for good: for who needs no more than the descriptors that it has.  0 or a negative errno. */
int privilege_drop_all(void);

#endif

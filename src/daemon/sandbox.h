/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Confines a daemon once it has opened what it needs. In this order:
 *
 *	user          root becomes the service user (daemon/runtime.h), without supplementary groups
 *	capabilities  the listed ones stay permitted and effective; the others leave the bounding set, too
 *	no_new_privs  no program that the process could start gains privileges
 *	files         Landlock (Linux 5.13): only the listed paths can be opened or changed
 *	system calls  seccomp: an allow-list; another call fails with EPERM and is logged by the kernel
 *
 * Threads inherit all of it and therefore start afterwards. Descriptors that are open already keep working. A layer that
 * the kernel or the container lacks is reported, and the others apply all the same.
 */
#ifndef VIFI_DAEMON_SANDBOX_H
#define VIFI_DAEMON_SANDBOX_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Groups of system calls beyond those of every daemon: memory, time, signals, open descriptors, exit. */
enum sandbox_calls {
	SANDBOX_CORE = 0,
	SANDBOX_FILES = 0x01,   /* open, replace and remove files, as far as the paths permit */
	SANDBOX_REMOVE = 0x02,  /* remove files, as far as the paths permit */
	SANDBOX_UNIX = 0x04,    /* create Unix sockets and connect them */
	SANDBOX_ACCEPT = 0x08,  /* accept connections */
	SANDBOX_NETLINK = 0x10, /* create netlink sockets; ethtool */
	SANDBOX_BPF = 0x20,     /* use maps, attach and detach programs; neither load programs nor create maps */
	SANDBOX_TAP = 0x40,     /* set the carrier of a TAP interface */
	SANDBOX_THREADS = 0x80, /* create threads */
	SANDBOX_MANAGE = 0x100, /* bind Unix sockets, and give files to users; create interfaces and packet sockets */
};

enum sandbox_access { SANDBOX_READ, SANDBOX_WRITE, SANDBOX_UNLINK, SANDBOX_ALL };

/* A file or folder. A missing one is ignored. */
struct sandbox_path {
	const char *path; /* NULL ends the list */
	enum sandbox_access access;
};

enum { SANDBOX_PATHS_MAX = 9 };

struct sandbox {
	uint64_t capabilities; /* 1 << CAP_… */
	unsigned calls;        /* enum sandbox_calls */
	struct sandbox_path paths[SANDBOX_PATHS_MAX];
};

/* Permits to remove files of a folder. Returns false if there is no room in `paths`. */
bool sandbox_permit_removal(struct sandbox *sandbox, const char *folder);

/*
 * Returns 0, or a negative errno with an error that names each layer that does not apply. Without the capability to
 * change the bounding set, as in a unit with User=, that set stays as the service manager has made it.
 */
int sandbox_enter(const struct sandbox *sandbox, struct error *error);

#endif

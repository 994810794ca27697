/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user of the daemons, and their folder in /run.
 *
 * A daemon that root starts continues as the system user `vifi`, or, where that does not exist, as a user without a name that no
 * other program has. Started by another user, as by a unit with User=, it keeps that user.
 */
#ifndef VIFI_DAEMON_RUNTIME_H
#define VIFI_DAEMON_RUNTIME_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RUNTIME_FOLDER      "/run/vifi"
#define RUNTIME_WIFI_FOLDER "/run/vifi/wifi" /* sockets of `vifi ap` and `vifi sta` (wifi/report.h) */

struct service_user {
	char name[32];
	uid_t uid;
	gid_t gid;
};

/* Reads the user database, the first time. Returns the user that this process continues as, which is its own unless root started it. */
struct service_user service_user(void);

/* Whether a user is the one that daemons of root continue as. */
bool service_user_is(uid_t uid);

/* Whether files and processes of a user are trusted: root's, our own, and those of the service users. */
bool service_user_is_trusted(uid_t uid);

/*
 * The number of this network namespace. One folder may serve several, whose interfaces have the same names. The kernel never
 * uses a number again (SO_NETNS_COOKIE, Linux 5.14).
 */
uint64_t runtime_namespace(void);

/*
 * Opens a folder that only a trusted user can write to, and that is no symbolic link. `create`: creates the folder where
 * it is missing, makes it private (mode 0700) and, as root, gives it to the service user, also where it was nobody's. Returns a descriptor, or a
 * negative errno with an error; -ENOENT: the folder is missing.
 */
int runtime_open(const char *path, bool create, struct error *error);

#endif

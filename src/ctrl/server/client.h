/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other end of a control socket: asks one command, and waits for its reply. */
#ifndef VIFI_CTRL_SERVER_CLIENT_H
#define VIFI_CTRL_SERVER_CLIENT_H

#include "base/error.h"

#include <stddef.h>

#define CTRL_FOLDER "/run/hostapd" /* where hostapd_cli looks, too */

/*
 * Opens a connection to FOLDER/INTERFACE; without an interface to the only socket of the folder. Returns a descriptor, or a
 * negative errno with an error. ctrl_client_close() removes its own socket.
 */
int ctrl_client_open(const char *folder, const char *interface, struct error *error);
void ctrl_client_close(int fd);

/* Sends a command and copies its reply. Returns its length, or a negative errno with an error. */
int ctrl_client_ask(int fd, const char *command, char *reply, size_t room, struct error *error);

#endif

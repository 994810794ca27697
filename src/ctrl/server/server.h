/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control socket as hostapd's and wpa_supplicant's clients use it: datagrams of one command each, and of one reply.
 *
 *	client   binds a socket of its own (in /tmp), sends "PING", receives "PONG\n"
 *	         sends "ATTACH", receives "OK\n", and from then on events: "<3>AP-STA-CONNECTED 02:00:00:00:00:01"
 *
 * PING, ATTACH, DETACH, LEVEL and NOTE are answered here; the owner answers the rest. A client that does not read costs
 * a bounded queue and never blocks us: its socket buffer is full, then its queue is, then events for it are lost, and it
 * is detached. A client that has gone is detached.
 *
 * The rights are those of the file: mode 0770 with the group that the configuration names.
 */
#ifndef VIFI_CTRL_SERVER_SERVER_H
#define VIFI_CTRL_SERVER_SERVER_H

#include "base/error.h"
#include "ctrl/reply.h"

#include <sys/types.h>
#include <uv.h>

#define CTRL_PATH_MAX 108 /* sun_path */

struct ctrl_server;

/*
 * Answers a command. `command` is terminated and may be changed; it and the reply are wiped afterwards. The handler may call ctrl_server_close(): the reply is sent before.
 */
typedef void ctrl_handler(void *user, char *command, struct ctrl_reply *reply);

struct ctrl_server_setup {
	const char *folder; /* created where it is missing, with mode 0770; NULL: `name` is a whole path */
	const char *name;   /* the interface */
	bool has_group;
	gid_t group;
	ctrl_handler *handle;
	void *user;
};

/*
 * Reads ctrl_interface: "FOLDER", or "DIR=FOLDER [GROUP=group]", and ctrl_interface_group (`group`; may be empty), a name
 * or a number. Fills folder (of `room` bytes), has_group and group of the setup. Returns false with an error: an unknown
 * group, a path that is too long.
 */
bool ctrl_server_parse(const char *value, const char *group, char *folder, size_t room, struct ctrl_server_setup *setup,
		       struct error *error);

/*
 * Creates the socket. One that a killed process left is replaced; -EADDRINUSE: another process serves it. Returns NULL
 * with an error, and a negative errno in *err.
 */
struct ctrl_server *ctrl_server_open(uv_loop_t *loop, const struct ctrl_server_setup *setup, int *err,
				     struct error *error);

/* Removes the socket, and frees the server in the next turn of the loop. NULL is valid. */
void ctrl_server_close(struct ctrl_server *server);

/* The same for the clients of a global socket: the text has the name of the interface in front, unless that is NULL. */
void ctrl_server_send_from(struct ctrl_server *server, const char *interface, int level, const char *text);

/* Sends an event to each attached client whose level is not above `level` (enum ctrl_level). */
void ctrl_server_send(struct ctrl_server *server, int level, const char *text);

const char *ctrl_server_path(const struct ctrl_server *server);
size_t ctrl_server_clients(const struct ctrl_server *server); /* attached */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attached clients of a control socket, and their queues. */
#ifndef VIFI_CTRL_SERVER_CLIENTS_H
#define VIFI_CTRL_SERVER_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define CTRL_CLIENTS_MAX 16
#define CTRL_WAITING_MAX 256 /* texts for one client */
#define CTRL_LOST_MAX    32  /* texts lost in a row that detach a client */

struct ctrl_address {
	struct sockaddr_un un;
	socklen_t len;
};

struct ctrl_waiting {
	char *text;
	size_t len;
};

struct ctrl_client {
	struct ctrl_address address;
	int level;
	unsigned lost;
	struct ctrl_waiting waiting[CTRL_WAITING_MAX]; /* a ring */
	size_t first, count;
};

struct ctrl_clients {
	struct ctrl_client *list[CTRL_CLIENTS_MAX];
	size_t count;
};

/* Returns NULL if this address is not attached. */
struct ctrl_client *ctrl_clients_find(struct ctrl_clients *clients, const struct ctrl_address *address);

/* Attaches; one that is attached already stays. Returns false without room, memory, or an address to answer. */
bool ctrl_clients_add(struct ctrl_clients *clients, const struct ctrl_address *address, int level);
bool ctrl_clients_remove(struct ctrl_clients *clients, const struct ctrl_address *address);
void ctrl_clients_free(struct ctrl_clients *clients);

/* Sends "SOURCE<LEVEL>TEXT" to each client that wants this level. */
void ctrl_clients_send(struct ctrl_clients *clients, int fd, const char *source, int level, const char *text);

/* Sends a reply. To an attached client it waits behind the events; otherwise it is lost where the buffer is full. */
void ctrl_clients_reply(struct ctrl_clients *clients, int fd, const struct ctrl_address *to, const char *text,
			size_t len);

/* Sends what waits, as far as buffers have room. */
void ctrl_clients_flush(struct ctrl_clients *clients, int fd);
bool ctrl_clients_waiting(const struct ctrl_clients *clients);

#endif

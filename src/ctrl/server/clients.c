/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/server/clients.h"

#include "ctrl/event.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool equals(const struct ctrl_address *a, const struct ctrl_address *b)
{
	return a->len == b->len && !memcmp(&a->un, &b->un, a->len);
}

struct ctrl_client *ctrl_clients_find(struct ctrl_clients *clients, const struct ctrl_address *address)
{
	for (size_t i = 0; i < clients->count; i++)
		if (equals(&clients->list[i]->address, address))
			return clients->list[i];
	return NULL;
}

bool ctrl_clients_add(struct ctrl_clients *clients, const struct ctrl_address *address, int level)
{
	struct ctrl_client *client;

	if (ctrl_clients_find(clients, address))
		return true;
	if (clients->count == CTRL_CLIENTS_MAX || address->len <= offsetof(struct sockaddr_un, sun_path))
		return false;
	client = calloc(1, sizeof(*client));
	if (!client)
		return false;
	client->address = *address;
	client->level = level;
	clients->list[clients->count++] = client;
	return true;
}

static void forget_first(struct ctrl_client *client)
{
	struct ctrl_waiting *waiting = &client->waiting[client->first];

	explicit_bzero(waiting->text, waiting->len); /* a reply may hold a passphrase */
	free(waiting->text);
	client->first = (client->first + 1) % CTRL_WAITING_MAX;
	client->count--;
}

static void detach(struct ctrl_clients *clients, size_t index)
{
	struct ctrl_client *client = clients->list[index];

	while (client->count)
		forget_first(client);
	free(client);
	clients->list[index] = clients->list[--clients->count];
}

bool ctrl_clients_remove(struct ctrl_clients *clients, const struct ctrl_address *address)
{
	for (size_t i = 0; i < clients->count; i++)
		if (equals(&clients->list[i]->address, address)) {
			detach(clients, i);
			return true;
		}
	return false;
}

void ctrl_clients_free(struct ctrl_clients *clients)
{
	while (clients->count)
		detach(clients, 0);
}

/* Returns 0 or a negative errno: -EAGAIN: its buffer is full. */
static int send_to(int fd, const struct ctrl_address *to, const char *text, size_t len)
{
	if (sendto(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to->un, to->len) >= 0)
		return 0;
	return errno == ENOBUFS || errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

static void keep(struct ctrl_client *client, const char *text, size_t len)
{
	struct ctrl_waiting *waiting = &client->waiting[(client->first + client->count) % CTRL_WAITING_MAX];
	char *copy = client->count < CTRL_WAITING_MAX ? malloc(len + 1) : NULL;

	if (!copy) {
		client->lost++;
		return;
	}
	memcpy(copy, text, len);
	*waiting = (struct ctrl_waiting){copy, len};
	client->count++;
}

/* Sends the queue of a client. Returns false if the client has gone. */
static bool flush_client(struct ctrl_client *client, int fd)
{
	while (client->count) {
		const struct ctrl_waiting *waiting = &client->waiting[client->first];
		int ret = send_to(fd, &client->address, waiting->text, waiting->len);

		if (ret == -EAGAIN)
			return client->lost < CTRL_LOST_MAX;
		if (ret < 0 && ret != -EMSGSIZE)
			return false;
		client->lost = 0;
		forget_first(client);
	}
	return true;
}

/* Returns false if the client has gone, or does not read. */
static bool send_in_order(struct ctrl_client *client, int fd, const char *text, size_t len)
{
	int ret;

	if (!flush_client(client, fd))
		return false;
	ret = client->count ? -EAGAIN : send_to(fd, &client->address, text, len);
	if (ret == -EAGAIN)
		keep(client, text, len);
	return ret == 0 || ret == -EMSGSIZE || (ret == -EAGAIN && client->lost < CTRL_LOST_MAX);
}

void ctrl_clients_send(struct ctrl_clients *clients, int fd, const char *source, int level, const char *text)
{
	char line[CTRL_EVENT_MAX + 40];
	int len = snprintf(line, sizeof(line), "%s<%d>%s", source, level, text);

	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	for (size_t i = clients->count; i--;)
		if (level >= clients->list[i]->level && !send_in_order(clients->list[i], fd, line, (size_t)len))
			detach(clients, i);
}

void ctrl_clients_reply(struct ctrl_clients *clients, int fd, const struct ctrl_address *to, const char *text,
			size_t len)
{
	struct ctrl_client *client = ctrl_clients_find(clients, to);

	if (to->len <= offsetof(struct sockaddr_un, sun_path))
		return; /* a sender without a name */
	if (!client)
		send_to(fd, to, text, len);
	else if (!send_in_order(client, fd, text, len))
		ctrl_clients_remove(clients, to);
}

void ctrl_clients_flush(struct ctrl_clients *clients, int fd)
{
	for (size_t i = clients->count; i--;)
		if (!flush_client(clients->list[i], fd))
			detach(clients, i);
}

bool ctrl_clients_waiting(const struct ctrl_clients *clients)
{
	for (size_t i = 0; i < clients->count; i++)
		if (clients->list[i]->count)
			return true;
	return false;
}

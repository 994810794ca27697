/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Admission: no process can lock others out with connections. A connection that has not become a radio ends after
 * HELLO_NS. If the medium is full, a new connection takes the place of
 *
 *	- the oldest connection that is no radio; or else
 *	- the newest one of the user with the most connections, or of the process of the same user with the most, if
 *	  that one has more than the owner of the new connection will have.
 */
#include "air/daemon_state.h"

#include "daemon/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define HELLO_NS UINT64_C(10000000000)

enum { NO_PROCESS = -1 };

static struct air_owner *find_owner(struct air_daemon *air, struct air_owner_key key)
{
	struct air_owner *owner;

	HASH_FIND(hh, air->owners, &key, sizeof(key), owner);
	return owner;
}

static size_t connection_count(struct air_daemon *air, struct air_owner_key key)
{
	const struct air_owner *owner = find_owner(air, key);

	return owner ? owner->count : 0;
}

static struct air_owner *get_owner(struct air_daemon *air, struct air_owner_key key)
{
	struct air_owner *owner = find_owner(air, key);

	if (owner)
		return owner;
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return NULL;
	owner->key = key;
	HASH_ADD(hh, air->owners, key, sizeof(owner->key), owner);
	if (owner->hh.tbl)
		return owner;
	free(owner);
	return NULL;
}

static void release_owner(struct air_daemon *air, struct air_owner *owner)
{
	if (owner->count)
		return;
	HASH_DELETE(hh, air->owners, owner);
	free(owner);
}

/* ---- making room ---- */

/* The user, or the process of one user, with the most connections. */
static struct air_owner *largest_owner(struct air_daemon *air, bool user, int32_t uid)
{
	struct air_owner *largest = NULL;

	for (struct air_owner *owner = air->owners; owner; owner = owner->hh.next) {
		bool is_user = owner->key.pid == NO_PROCESS;

		if (is_user == user && (user || owner->key.uid == uid) && (!largest || owner->count > largest->count))
			largest = owner;
	}
	return largest;
}

static struct air_client *oldest_without_hello(const struct air_daemon *air)
{
	struct air_client *oldest = NULL;

	for (struct air_client *client = air->clients; client; client = client->next) /* the newest first */
		if (!client->id && !client->gone)
			oldest = client;
	return oldest;
}

static struct air_client *newest_of(const struct air_daemon *air, const struct air_owner *process)
{
	struct air_client *client = air->clients;

	while (client && (client->process != process || client->gone))
		client = client->next;
	return client;
}

static struct air_client *choose_victim(struct air_daemon *air, const struct ucred *creds)
{
	struct air_owner_key process = {(int32_t)creds->uid, creds->pid}, user = {(int32_t)creds->uid, NO_PROCESS};
	struct air_client *idle = oldest_without_hello(air);
	struct air_owner *largest = largest_owner(air, true, 0), *victim;

	if (idle || !largest)
		return idle;
	if (largest->key.uid != user.uid && largest->count <= connection_count(air, user) + 1)
		return NULL;
	victim = largest_owner(air, false, largest->key.uid);
	if (!victim || (largest->key.uid == user.uid && victim->count <= connection_count(air, process) + 1))
		return NULL;
	return newest_of(air, victim);
}

static void end(struct air_client *client)
{
	client->gone = true;
	air_client_mark_dirty(client);
}

/* ---- interface ---- */

int air_daemon_admit(struct air_daemon *air, int fd, struct ucred *creds)
{
	socklen_t size = sizeof(*creds);
	struct air_client *victim;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, creds, &size) < 0)
		return -errno;
	if (air->client_count < air->client_limit)
		return 0;
	victim = choose_victim(air, creds);
	if (!victim)
		return -EAGAIN;
	air->evicted++;
	end(victim);
	air_daemon_process(air);
	return air->client_count < air->client_limit ? 0 : -EAGAIN;
}

int air_client_charge(struct air_client *client, const struct ucred *creds)
{
	struct air_daemon *air = client->air;

	client->user = get_owner(air, (struct air_owner_key){(int32_t)creds->uid, NO_PROCESS});
	client->process = get_owner(air, (struct air_owner_key){(int32_t)creds->uid, creds->pid});
	client->active_ns = monotonic_ns();
	if (client->user)
		client->user->count++;
	if (client->process)
		client->process->count++;
	if (client->user && client->process)
		return 0;
	air_client_discharge(client);
	return -ENOMEM;
}

void air_client_discharge(struct air_client *client)
{
	struct air_owner **owners[] = {&client->user, &client->process};

	for (size_t i = 0; i < 2; i++)
		if (*owners[i]) {
			(*owners[i])->count--;
			release_owner(client->air, *owners[i]);
			*owners[i] = NULL;
		}
}

void air_daemon_expire_clients(struct air_daemon *air)
{
	uint64_t now_ns = monotonic_ns();

	for (struct air_client *client = air->clients; client; client = client->next)
		if (!client->id && now_ns >= client->active_ns + HELLO_NS) {
			air->evicted++;
			end(client);
		}
	air_daemon_process(air);
}

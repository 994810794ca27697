/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access to a served uplink from another process: to the maps of its kernel part, or to its process by the control
 * socket.
 */
#ifndef VIFI_BRIDGE_REMOTE_H
#define VIFI_BRIDGE_REMOTE_H

#include "bridge/bridge.h"
#include "bridge/find.h"

#include <jansson.h>
#include <sys/types.h>

struct bridge_remote {
	struct netdev *nd;
	struct kernel_part part;
	struct store *store;       /* NULL: there is no kernel part; requests go to the process */
	char uplink[16];           /* names the control socket: the name at the time of `up` */
	int ifindex, bridge;       /* of the uplink and of its bridge */
	bool served;               /* a process runs; otherwise only the kernel part does */
	bool gone;                 /* the uplink has vanished, and the process waits for it */
	enum bridge_result result; /* of the last request to the process */
	bool silent;               /* the last request got no answer, though the process runs */
	pid_t pid;                 /* of that process; 0: none, or this pid namespace does not show it */
};

/*
 * Opens one uplink. A result other than BRIDGE_OK comes with an error. The caller calls bridge_remote_close() in any
 * case.
 */
enum bridge_result bridge_remote_open(struct bridge_remote *remote, const char *uplink, struct error *error);
/* Opens an uplink that bridge_remote_places() has just found. */
enum bridge_result bridge_remote_open_place(struct bridge_remote *remote, const struct bridge_place *place,
					    struct error *error);
void bridge_remote_close(struct bridge_remote *remote);

/* Lists all served uplinks; the caller frees *places. Returns 0 or a negative errno. */
int bridge_remote_places(struct bridge_place **places, size_t *count);

/*
 * Returns the report of bridge/report.h, with or without `bindings`, which the caller releases, or NULL with an error. Of a process that does not answer it
 * lacks what only that knows, and has `silent`, a sentence with a remedy.
 */
json_t *bridge_remote_show(struct bridge_remote *remote, bool bindings, struct error *error);
/* Pins or forgets bindings. Returns how many, or a negative errno with an error: -EACCES without the right to change a bridge. */
int bridge_remote_pin(struct bridge_remote *remote, const uint8_t mac[6], const struct mn_key *keys, char *const *texts,
		      size_t count, struct error *error);
int bridge_remote_forget(struct bridge_remote *remote, const struct mn_key *key, const char *text, struct error *error);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reaching what serves an uplink, from another process: its maps in the kernel, or the process that translates. */
#ifndef VIFI_BRIDGE_REMOTE_H
#define VIFI_BRIDGE_REMOTE_H

#include "bridge/bridge.h"

#include <jansson.h>
#include <sys/types.h>

struct bridge_remote {
	struct netdev *nd;
	struct kernel_part part;
	struct store *store; /* NULL: there is no kernel part; ask the process */
	char uplink[16];
	int ifindex, bridge; /* of the uplink and of its bridge */
	bool served;         /* a process runs; otherwise only the kernel part does */
	pid_t pid;           /* of that process; 0: none, or this pid namespace does not show it */
};

/* Reaches one uplink. Anything but BRIDGE_OK is told in `why`; bridge_remote_close() in each case. */
enum bridge_result bridge_remote_open(struct bridge_remote *remote, const char *uplink, struct error *error);
void bridge_remote_close(struct bridge_remote *remote);

/* The names of all uplinks that are served here; *names is to be freed. Returns 0 or a negative errno. */
int bridge_remote_list(char (**names)[16], size_t *count);

/* Each returns the answer of request.h, for the caller to release; NULL and `why` when there is none. */
json_t *bridge_remote_show(struct bridge_remote *remote, struct error *error);
/* Returns how many, or a negative errno with `why`. */
int bridge_remote_pin(struct bridge_remote *remote, const uint8_t mac[6], const struct mn_key *keys, char *const *texts,
		      size_t count, struct error *error);
int bridge_remote_forget(struct bridge_remote *remote, const struct mn_key *key, const char *text, struct error *error);

#endif

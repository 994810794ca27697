/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reaching what serves an uplink, from another process: its maps in the kernel, or the process that translates. */
#ifndef VIFI_BRIDGE_REMOTE_H
#define VIFI_BRIDGE_REMOTE_H

#include "bridge/bridge.h"

#include <jansson.h>
#include <sys/types.h>

struct reach {
	struct netdev *nd;
	struct kernel_part part;
	struct store *store; /* NULL: there is no kernel part; ask the process */
	char uplink[16];
	int ifindex, bridge; /* of the uplink and of its bridge */
	pid_t pid;           /* 0: no process runs; the kernel part stands alone */
};

/* Reaches one uplink. Anything but BRIDGE_OK is told in `why`; reach_close() in each case. */
enum bridge_result reach_open(struct reach *r, const char *uplink, struct why *why);
void reach_close(struct reach *r);

/* The names of all uplinks that are served here; *names is to be freed. Returns 0 or a negative errno. */
int reach_all(char (**names)[16], size_t *count);

/* Each returns the answer of request.h, for the caller to release; NULL and `why` when there is none. */
json_t *reach_show(struct reach *r, struct why *why);
/* Returns how many, or a negative errno with `why`. */
int reach_pin(struct reach *r, const uint8_t mac[6], const struct mn_key *keys, char *const *texts, size_t count,
	      struct why *why);
int reach_forget(struct reach *r, const struct mn_key *key, const char *text, struct why *why);

#endif

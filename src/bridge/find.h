/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds a served uplink, also one that was renamed since `up`. */
#ifndef VIFI_BRIDGE_FIND_H
#define VIFI_BRIDGE_FIND_H

#include "bridge/policy/journal.h"
#include "netdev/rtnl.h"

struct bridge_place {
	struct netdev_link veth;   /* vifi0, which holds the journal */
	struct journal journal;    /* journal.uplink names the control socket */
	struct netdev_link uplink; /* its present state; ifindex 0: gone, or hidden from a user without privileges */
};

/*
 * Lists all served uplinks; the caller frees *places. The uplink is the link that has the programs for this veth; without
 * programs, the one that the process names. Returns 0 or a negative errno.
 */
int bridge_places(struct netdev *nd, struct bridge_place **places, size_t *count);

/*
 * Finds a served uplink in the list, like bridge_find(). `exists`: there is an interface of that name. Returns 0 with
 * *place, which the list owns, -ENOENT or -EBUSY.
 */
int bridge_place_in(const struct bridge_place *places, size_t count, const char *name, bool exists,
		    const struct bridge_place **place);

/*
 * Finds a served uplink by its present name, or by the name that it had at `up` if no link has that name now. Returns 0,
 * -ENOENT, -EBUSY if the process of that name serves an interface with another name now, or another negative errno.
 */
int bridge_find(struct netdev *nd, const char *name, struct bridge_place *place);

/*
 * Writes the name that an uplink had at `up`, which the control socket and the saved bindings have; an uplink that is not
 * served keeps `name`. Returns false if `name` was that of a served uplink and is that of another interface now.
 */
bool bridge_served_name(const char *name, char served[IFNAMSIZ]);

/* The present name of the uplink; the one of the journal if it cannot be found. */
const char *bridge_place_name(const struct bridge_place *place);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of guests whose port has left the bridge or was deleted, for `vifi why` and for a port that comes back: their bindings
 * are gone at once. */
#ifndef VIFI_BRIDGE_DEPARTED_H
#define VIFI_BRIDGE_DEPARTED_H

#include "bridge/bridge.h"
#include "bridge/snapshot.h"

#include <jansson.h>

/* Remembers an address and its binding. `name`: of the port; NULL: it was deleted. */
void departed_note(struct bridge *bridge, const struct mn_key *key, const struct mn_binding *binding, const char *name);

/*
 * Asks the guests of ports that are back for the addresses that they had, once: otherwise the first packet for such a guest is
 * lost, because nobody is known to have its address.
 */
void departed_ask_returned(struct bridge *bridge, const struct bridge_snapshot *snapshot);

/* [{"address", "mac", "port": name or null, "seen_s"}, …] of the last ten minutes. */
json_t *departed_json(const struct bridge *bridge);

#endif

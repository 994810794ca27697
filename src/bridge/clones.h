/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MAC addresses in use on two ports: a cloned guest, whose frames are dropped (rule 2). For `vifi bridge show`. */
#ifndef VIFI_BRIDGE_CLONES_H
#define VIFI_BRIDGE_CLONES_H

#include "bridge/bridge.h"

#include <jansson.h>

/* Remembers the refusal of a MAC address that another port has; ignores other events. */
void clones_note(struct bridge *bridge, const struct mn_event *event);

/* [{"mac": text, "ports": [owner, other], "seen_s": number}, …] of the last minute. */
json_t *clones_json(const struct bridge *bridge);

#endif

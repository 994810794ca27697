/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports that exceed the learning rate, in the log: each with the options to change and their present values, once in an hour.
 * The rules count such frames and report no events for them (macnat/claim_rules.h).
 */
#ifndef VIFI_BRIDGE_CAPS_H
#define VIFI_BRIDGE_CAPS_H

#include "bridge/bridge.h"

struct bridge_caps;

/* NULL: out of memory. */
struct bridge_caps *bridge_caps_new(struct bridge *bridge);
void bridge_caps_free(struct bridge_caps *caps); /* NULL is fine */

/* Compares the counters of all ports with those of the last call. */
void bridge_caps_check(struct bridge_caps *caps);

#endif

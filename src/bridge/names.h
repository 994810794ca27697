/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of guests, by MAC address. The rules report what a guest calls itself in its DHCP requests (MN_EV_NAME); the data
 * path keeps no names. They are a guest's own words: for people to read, and for no decision.
 */
#ifndef VIFI_BRIDGE_NAMES_H
#define VIFI_BRIDGE_NAMES_H

#include "macnat/store.h"

#include <jansson.h>

struct bridge_names;

/* NULL: out of memory. The other functions accept NULL, which has no names. */
struct bridge_names *bridge_names_new(void);
void bridge_names_free(struct bridge_names *names);

/*
 * Notes the name in the event. Names of MAC addresses without a binding in the store are forgotten when there are many, so
 * that there are at most about twice as many names as guests.
 */
void bridge_names_note(struct bridge_names *names, struct store *store, const struct mn_event *event);

/* {"52:54:00:12:34:56": "vm1", …}; the caller releases it. Reading skips what is not such an object. */
json_t *bridge_names_json(const struct bridge_names *names);
void bridge_names_read(struct bridge_names *names, const json_t *json);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the uplink has roamed to another access point, or has come into another network. Pure. */
#ifndef VIFI_BRIDGE_POLICY_ROAM_H
#define VIFI_BRIDGE_POLICY_ROAM_H

#include <stdbool.h>
#include <stdint.h>

struct roam_place {
	uint8_t bssid[6]; /* zero: unknown, or no Wi-Fi */
	uint8_t addr[4];  /* the first IPv4 address; with prefix_length 0: none */
	uint8_t prefix_length;
};

enum roam_news {
	ROAM_BSSID = 1,   /* another access point of the same or another network */
	ROAM_NETWORK = 2, /* another IPv4 network */
};

/* Compares where the uplink is with where it was, and remembers it. Returns a set of enum roam_news. */
unsigned roam_step(struct roam_place *place, const struct roam_place *now);

/* Whether both addresses are in the network of the first one. */
bool roam_same_network(const struct roam_place *one, const struct roam_place *other);

#endif

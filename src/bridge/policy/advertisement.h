/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a router advertisement says (RFC 4861, 4.2; RFC 4191). */
#ifndef VIFI_BRIDGE_POLICY_ADVERTISEMENT_H
#define VIFI_BRIDGE_POLICY_ADVERTISEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADVERTISED_PREFIXES = 4 }; /* the first ones are enough */

struct advertised_prefix {
	uint8_t addr[16], length;
};

struct advertisement {
	uint8_t router[16];  /* its link-local address */
	uint8_t mac[6];      /* its link-layer address: of the option, or the Ethernet source */
	uint8_t source[6];   /* the Ethernet source */
	uint16_t lifetime_s; /* as a default router; 0: it is none */
	int8_t preference;   /* -1, 0, 1 */
	struct advertised_prefix prefixes[ADVERTISED_PREFIXES]; /* from which hosts make addresses (RFC 4862) */
	size_t n_prefixes;
};

/* Reads a frame. Returns false if it is no valid router advertisement (RFC 4861, 6.1.2); the checksum is not checked. */
bool advertisement_read(struct advertisement *advertisement, const uint8_t *frame, size_t size);

#endif

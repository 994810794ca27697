/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds a guest in a report by what a person calls it. */
#ifndef VIFI_BRIDGE_GUEST_MATCH_H
#define VIFI_BRIDGE_GUEST_MATCH_H

#include <jansson.h>
#include <stdbool.h>

#define BRIDGE_GUEST_TEXT 128

/* Writes an IP address as the report writes it, so that 2001:DB8:0::1 is found; other text in lower case. */
void bridge_guest_normalize(char out[BRIDGE_GUEST_TEXT], const char *text);

/* Is `wanted`, normalised, the name, the port, the MAC address (also 52-54-00-12-34-56) or an address of a guest's row? */
bool bridge_guest_matches(const json_t *guest, const char *wanted);

#endif

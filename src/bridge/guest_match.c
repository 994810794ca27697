/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/guest_match.h"

#include "daemon/json_text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

void bridge_guest_normalize(char out[BRIDGE_GUEST_TEXT], const char *text)
{
	uint8_t address[16];
	size_t len = 0;

	if (inet_pton(AF_INET6, text, address) == 1) {
		inet_ntop(AF_INET6, address, out, BRIDGE_GUEST_TEXT);
		return;
	}
	for (; text[len] && len + 1 < BRIDGE_GUEST_TEXT; len++)
		out[len] = text[len] >= 'A' && text[len] <= 'Z' ? (char)(text[len] - 'A' + 'a') : text[len];
	out[len] = '\0';
}

/* 52-54-00-12-34-56 is a MAC address, too. */
static bool is_mac(const char *mac, const char *wanted)
{
	size_t i;

	for (i = 0; mac[i] && wanted[i]; i++)
		if (mac[i] != wanted[i] && !(mac[i] == ':' && wanted[i] == '-'))
			return false;
	return !mac[i] && !wanted[i] && *mac;
}

static bool has_address(const json_t *guest, const char *wanted)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(guest, "addresses"), i, address)
	{
		if (!strcmp(json_text(address, "address"), wanted))
			return true;
	}
	return false;
}

bool bridge_guest_matches(const json_t *guest, const char *wanted)
{
	return !strcasecmp(json_text(guest, "name"), wanted) || !strcasecmp(json_text(guest, "hostname"), wanted) ||
	       !strcasecmp(json_text(guest, "machine"), wanted) || !strcasecmp(json_text(guest, "port"), wanted) ||
	       is_mac(json_text(guest, "mac"), wanted) || has_address(guest, wanted);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which guest of a report is meant: by its name, port or address, by a network that is pinned to it, or behind the bridge itself. */
#include "why/find_guest.h"

#include "bridge/guest_match.h"
#include "daemon/json_text.h"
#include "wire/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Was one guest heard after the other? */
static bool is_later(const json_t *one, const json_t *other)
{
	return json_is_integer(json_object_get(one, "seen_s")) &&
	       (!json_is_integer(json_object_get(other, "seen_s")) ||
		json_number(one, "seen_s") < json_number(other, "seen_s"));
}

/* The guest of the report that fits; of several, as at one port, the one that was heard last. */
static json_t *find_row(json_t *report, const char *wanted)
{
	json_t *guest, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(report, "guests"), i, guest)
	{
		if (bridge_guest_matches(guest, wanted) && (!found || is_later(guest, found)))
			found = guest;
	}
	return found;
}

/* ---- pinned networks ---- */

/* The prefix length of a network such as "10.9.0.0/24" that has the address; -1: it has not. */
static int length_of(const json_t *network, int family, const uint8_t *address)
{
	char text[INET6_ADDRSTRLEN + 4];
	const char *expected = family == AF_INET ? "net4" : "net6";
	uint8_t base[16];
	char *slash;
	long length;

	snprintf(text, sizeof(text), "%s", json_text(network, "address"));
	slash = strchr(text, '/');
	if (strcmp(json_text(network, "family"), expected) != 0 || !slash)
		return -1;
	*slash = '\0';
	length = strtol(slash + 1, NULL, 10);
	if (length < 0 || length > (family == AF_INET ? 32 : 128) || inet_pton(family, text, base) != 1)
		return -1;
	return ip_prefix_equal(base, address, (unsigned)length) ? (int)length : -1;
}

/* The guest with the longest pinned network that has the address. */
static json_t *find_router(json_t *report, const char *wanted)
{
	int family = strchr(wanted, ':') ? AF_INET6 : AF_INET, longest = -1;
	json_t *guest, *address, *found = NULL;
	uint8_t value[16];
	size_t i, k;

	if (inet_pton(family, wanted, value) != 1)
		return NULL;
	json_array_foreach(json_object_get(report, "guests"), i, guest)
	{
		json_array_foreach(json_object_get(guest, "addresses"), k, address)
		{
			int length = length_of(address, family, value);

			if (length > longest) {
				longest = length;
				found = guest;
			}
		}
	}
	return found;
}

/* ---- machines behind the bridge itself ---- */

/* A binding of a MAC address that sends by the bridge, not by one of its ports, and is not this host's own. */
static bool is_behind(const json_t *binding, const char *bridge)
{
	return *bridge && !strcmp(json_text(binding, "kind"), "guest") && !strcmp(json_text(binding, "port"), bridge) &&
	       !json_lists(binding, "flags", "conf");
}

/* The MAC address of the machine that is meant; NULL: there is none. */
static const char *find_behind(const json_t *report, const char *wanted)
{
	const char *bridge = json_text(report, "bridge");
	json_t *binding;
	size_t i;

	json_array_foreach(json_object_get(report, "bindings"), i, binding)
	{
		if (is_behind(binding, bridge) && !strcmp(json_text(binding, "address"), wanted))
			return json_text(binding, "mac");
	}
	return NULL;
}

static bool is_address(const json_t *binding)
{
	return !strcmp(json_text(binding, "family"), "ip4") || !strcmp(json_text(binding, "family"), "ip6");
}

/*
 * A row as those of the report, for a macvlan of the bridge or a program that sends frames there: `show` counts them as this host's.
 * NULL: the MAC address has no IP address, as that of the bridge.
 */
static json_t *add_behind(json_t *report, const char *mac)
{
	static const char *const counts[] = {"out_packets", "out_bytes", "in_packets", "in_bytes"};
	const char *bridge = json_text(report, "bridge");
	json_t *addresses = json_array(), *row, *binding;
	long long seen_s = -1, sums[4] = {0};
	size_t i;

	json_array_foreach(json_object_get(report, "bindings"), i, binding)
	{
		if (!is_behind(binding, bridge) || strcmp(json_text(binding, "mac"), mac) != 0 || !is_address(binding))
			continue;
		json_array_append(addresses, binding);
		if (seen_s < 0 || json_number(binding, "seen_s") < seen_s)
			seen_s = json_number(binding, "seen_s");
		for (size_t k = 0; k < 4; k++)
			sums[k] += json_number(binding, counts[k]);
	}
	if (!json_array_size(addresses)) {
		json_decref(addresses);
		return NULL;
	}
	row = json_pack("{s:n, s:s, s:s, s:I, s:o}", "name", "mac", mac, "port", bridge, "seen_s", (json_int_t)seen_s,
			"addresses", addresses);
	for (size_t k = 0; k < 4; k++)
		json_object_set_new(row, counts[k], json_integer((json_int_t)sums[k]));
	json_array_append_new(json_object_get(report, "guests"), row);
	return row;
}

json_t *find_guest(json_t *report, const char *asked)
{
	char wanted[BRIDGE_GUEST_TEXT];
	const char *mac;
	json_t *found;

	bridge_guest_normalize(wanted, asked);
	if (!*wanted)
		return NULL;
	found = find_row(report, wanted);
	if (!found)
		found = find_router(report, wanted);
	if (found)
		return found;
	mac = find_behind(report, wanted);
	return mac ? add_behind(report, mac) : NULL;
}

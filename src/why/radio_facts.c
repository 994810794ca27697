/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/radio.h"

#include "base/mac.h"
#include "base/text.h"
#include "daemon/json_text.h"
#include "daemon/wifi_reports.h"
#include "doctor/doctor.h"
#include "netdev/rtnl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SSID_MAX = 32 };

/* ---- what is meant ---- */

/* The interface of the network or object of a list that has this value; NULL: none has. */
static const char *find_in(const json_t *radio, const char *list, const char *key, const char *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(radio, list), i, item)
	{
		const char *interface = json_text(item, "interface");

		if (!strcasecmp(json_text(item, key), value))
			return *interface ? interface : json_text(radio, "interface");
	}
	return NULL;
}

/* As tools write a name, or its bytes: "ssid" has those beyond ASCII as \xc3. */
static const char *find_ssid(const json_t *radio, const char *asked)
{
	const char *found = find_in(radio, "networks", "ssid", asked);
	char hex[HEX_TEXT(SSID_MAX)];

	if (found || strlen(asked) > SSID_MAX)
		return found;
	return find_in(radio, "networks", "ssid_hex", hex_format(hex, asked, strlen(asked)));
}

/* Returns the interface that is meant if it is one of this radio. *station: a station of it is meant. */
static const char *match_radio(const json_t *radio, enum why_role role, const char *asked, bool *station)
{
	const char *found = NULL;

	*station = false;
	if (!strcmp(json_text(radio, "interface"), asked) || !strcasecmp(json_text(radio, "address"), asked))
		return json_text(radio, "interface");
	found = find_ssid(radio, asked);
	if (!found && role == WHY_ACCESS_POINT)
		found = find_in(radio, "networks", "interface", asked);
	if (!found && role == WHY_ACCESS_POINT)
		found = find_in(radio, "networks", "bssid", asked);
	if (found || role != WHY_ACCESS_POINT)
		return found;
	*station = true;
	found = find_in(radio, "stations", "address", asked);
	return found ? found : find_in(radio, "peers", "address", asked);
}

static enum why_role role_of(const json_t *report)
{
	return !strcmp(json_text(report, "role"), "ap") ? WHY_ACCESS_POINT : WHY_STATION;
}

static void choose(struct why_radio *facts, json_t *radio, enum why_role role, const char *interface, bool station)
{
	uint8_t mac[6];

	facts->radio = radio;
	facts->role = role;
	snprintf(facts->interface, sizeof(facts->interface), "%.15s", interface);
	if (station && mac_parse(mac, facts->asked))
		mac_format(facts->station, mac);
}

/* A radio by name or address comes before a station that an access point knows. */
static bool find_radio(struct why_radio *facts, const char *asked, bool any_station)
{
	for (int pass = 0; pass < (any_station ? 3 : 2); pass++) {
		json_t *report, *radio;
		size_t i, k;

		json_array_foreach(facts->reports, i, report)
		{
			enum why_role role = role_of(report);

			json_array_foreach(json_object_get(report, "radios"), k, radio)
			{
				bool station;
				const char *interface = match_radio(radio, role, asked, &station);

				if (pass == 2 && role == WHY_ACCESS_POINT) {
					station = true;
					interface = json_text(radio, "interface");
				}
				if (interface && station == (pass > 0)) {
					choose(facts, radio, role, interface, station);
					return true;
				}
			}
		}
	}
	return false;
}

/* ---- the interface ---- */

static bool is_global(const struct netdev_addr *addr)
{
	return addr->family == AF_INET || !(addr->addr[0] == 0xfe && (addr->addr[1] & 0xc0) == 0x80);
}

static void read_interface(struct why_radio *facts)
{
	struct netdev_link *links = NULL;
	struct netdev_addr *addrs = NULL;
	const struct netdev_link *link;
	size_t link_count = 0, addr_count = 0;
	const char *bridge;
	struct netdev *nd;

	if (netdev_open(&nd) < 0)
		return;
	netdev_links(nd, &links, &link_count);
	netdev_addrs(nd, &addrs, &addr_count);
	link = netdev_link_named(links, link_count, facts->interface);
	bridge = link ? netdev_link_name_in(links, link_count, link->master) : NULL;
	facts->exists = link;
	facts->up = link && link->flags & IFF_UP;
	snprintf(facts->bridge, sizeof(facts->bridge), "%s", bridge ? bridge : "");
	for (size_t i = 0; link && i < addr_count; i++)
		facts->has_address |= addrs[i].ifindex == link->ifindex && is_global(&addrs[i]);
	free(links);
	free(addrs);
	netdev_close(nd);
}

/* Without nl80211 there is no card. */
static void read_card(struct why_radio *facts)
{
	struct doctor_cards cards;
	struct error ignored;

	doctor_read_cards(&cards, &ignored);
	for (size_t i = 0; i < cards.count && !facts->card; i++) {
		if (strcmp(cards.list[i].interface.name, facts->interface) != 0)
			continue;
		facts->card = malloc(sizeof(*facts->card));
		if (facts->card)
			*facts->card = cards.list[i];
	}
	doctor_free_cards(&cards);
}

/* A process that holds the lock of its socket and does not answer is named by its role and its first interface. */
static void find_mute(struct why_radio *facts)
{
	json_t *report;
	size_t i;

	json_array_foreach(facts->reports, i, report)
	{
		const char *name = json_text(report, "name"), *dash = strchr(name, '-');

		if (!*json_text(report, "error") || !dash || strcmp(dash + 1, facts->interface) != 0)
			continue;
		facts->mute = json_text(report, "error");
		facts->role = !strncmp(name, "ap-", 3) ? WHY_ACCESS_POINT : WHY_STATION;
	}
}

/* Of the interface of a radio of the medium nothing else is left after a kill. */
static void find_killed(struct why_radio *facts)
{
	bool ap = wifi_report_left_behind("ap", facts->interface),
	     sta = !ap && wifi_report_left_behind("sta", facts->interface);

	facts->killed = ap || sta;
	facts->role = ap ? WHY_ACCESS_POINT : sta ? WHY_STATION : WHY_NOBODY;
}

/*
 * A station is asked for, and no access point answers: one that was killed or hangs is the reason. Returns false if there is none.
 */
static bool find_silent_access_point(struct why_radio *facts)
{
	json_t *report;
	size_t i;

	json_array_foreach(facts->reports, i, report)
	{
		const char *name = json_text(report, "name");

		if (strncmp(name, "ap-", 3) != 0 || !*json_text(report, "error"))
			continue;
		facts->mute = json_text(report, "error");
		snprintf(facts->interface, sizeof(facts->interface), "%.15s", name + 3);
	}
	facts->killed = !facts->mute && wifi_report_find_left("ap", facts->interface);
	if (!facts->mute && !facts->killed)
		return false;
	facts->role = WHY_ACCESS_POINT;
	snprintf(facts->station, sizeof(facts->station), "%s", facts->asked);
	return true;
}

bool why_radio_gather(struct why_radio *facts, const json_t *reports, const char *asked, bool any_station)
{
	uint8_t mac[6];

	*facts = (struct why_radio){.asked = asked, .reports = reports};
	if (!find_radio(facts, asked, any_station && mac_parse(mac, asked))) {
		if (strlen(asked) >= sizeof(facts->interface)) {
			if (!any_station || !mac_parse(mac, asked) || !find_silent_access_point(facts))
				return false;
		} else {
			snprintf(facts->interface, sizeof(facts->interface), "%s", asked);
			find_killed(facts);
			find_mute(facts);
		}
	}
	read_interface(facts);
	if (facts->exists)
		read_card(facts);
	return facts->radio || facts->card || facts->killed || facts->mute;
}

void why_radio_free(struct why_radio *facts)
{
	free(facts->card);
	*facts = (struct why_radio){0};
}

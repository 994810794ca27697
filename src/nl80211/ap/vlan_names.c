/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that hostapd gives to the interfaces of stations and VLANs and to their bridges. */
#include "nl80211/ap/state.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 16 };

/* Writes a name of two parts and a number. */
static bool write_name(char name[16], const char *first, const char *second, unsigned number)
{
	return snprintf(name, NAME_SIZE, "%s%s%u", first, second, number) < NAME_SIZE;
}

bool nlap_station_interface(char name[16], const struct nl80211_ap_ports *ports, uint16_t aid)
{
	return write_name(name, ports->interface, ".sta", aid);
}

static const struct nl80211_ap_vlan *find_line(const struct nl80211_ap_ports *ports, uint16_t vlan)
{
	const struct nl80211_ap_vlan *wildcard = NULL;

	for (size_t i = 0; i < ports->vlan_count; i++) {
		if (ports->vlans[i].id == vlan)
			return &ports->vlans[i];
		if (!ports->vlans[i].id)
			wildcard = &ports->vlans[i];
	}
	return wildcard;
}

bool nlap_vlan_interface(char name[16], const struct nl80211_ap_ports *ports, uint16_t vlan)
{
	const struct nl80211_ap_vlan *line = find_line(ports, vlan);
	const char *mark = line ? strchr(line->name, '#') : NULL;

	if (!line)
		return write_name(name, ports->interface, ".", vlan);
	if (!mark)
		return snprintf(name, NAME_SIZE, "%s", line->name) < NAME_SIZE;
	return snprintf(name, NAME_SIZE, "%.*s%u%s", (int)(mark - line->name), line->name, vlan, mark + 1) < NAME_SIZE;
}

static bool name_bridge(char name[16], const struct nl80211_ap_ports *ports, uint16_t vlan)
{
	const struct nl80211_ap_vlan *line = find_line(ports, vlan);

	if (line && line->bridge[0])
		return snprintf(name, NAME_SIZE, "%s", line->bridge) < NAME_SIZE;
	if (ports->vlan_bridge[0])
		return write_name(name, ports->vlan_bridge, "", vlan);
	if (ports->tagged_interface[0])
		return snprintf(name, NAME_SIZE, "br%s.%u", ports->tagged_interface, vlan) < NAME_SIZE;
	return write_name(name, "brvlan", "", vlan);
}

bool nlap_vlan_port(struct nl80211_port *port, const struct nl80211_ap_ports *ports, uint16_t vlan)
{
	bool fits = name_bridge(port->bridge, ports, vlan);

	port->vlan = vlan;
	port->temporary = true;
	if (!ports->tagged_interface[0])
		return fits;
	memcpy(port->tagged, ports->tagged_interface, sizeof(port->tagged));
	return fits && (ports->tagged_by_interface ? write_name(port->tagged_vlan, ports->tagged_interface, ".", vlan)
						   : write_name(port->tagged_vlan, "vlan", "", vlan));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/interface.h"

#include "base/mac.h"

#include <string.h>

static const char *const type_names[] = {
	[NL80211_IFTYPE_UNSPECIFIED] = "unspecified",
	[NL80211_IFTYPE_ADHOC] = "ad hoc station",
	[NL80211_IFTYPE_STATION] = "station",
	[NL80211_IFTYPE_AP] = "access point",
	[NL80211_IFTYPE_AP_VLAN] = "VLAN of an access point",
	[NL80211_IFTYPE_WDS] = "WDS",
	[NL80211_IFTYPE_MONITOR] = "monitor",
	[NL80211_IFTYPE_MESH_POINT] = "mesh point",
	[NL80211_IFTYPE_P2P_CLIENT] = "P2P client",
	[NL80211_IFTYPE_P2P_GO] = "P2P group owner",
	[NL80211_IFTYPE_P2P_DEVICE] = "P2P device",
	[NL80211_IFTYPE_OCB] = "OCB",
	[NL80211_IFTYPE_NAN] = "NAN",
};

const char *nl80211_interface_type_name(uint32_t type)
{
	return type < sizeof(type_names) / sizeof(type_names[0]) ? type_names[type] : "unknown";
}

bool nl80211_interface_read(struct nl80211_interface *interface, const struct nl80211_event *event)
{
	if (event->command != NL80211_CMD_NEW_INTERFACE || !event->mac)
		return false;
	*interface = (struct nl80211_interface){.ifindex = event->ifindex,
						.wdev = event->wdev,
						.wiphy = event->wiphy,
						.type = event->iftype,
						.freq_mhz = event->freq_mhz,
						.four_addr = event->four_addr};
	mac_copy(interface->addr, event->mac);
	if (event->ifname.bytes)
		memcpy(interface->name, event->ifname.bytes,
		       strnlen((const char *)event->ifname.bytes, event->ifname.len < sizeof(interface->name)
									  ? event->ifname.len
									  : sizeof(interface->name) - 1));
	return true;
}

struct nl80211_request *nl80211_interface_query(struct nl80211_requests *requests, int ifindex)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_GET_INTERFACE, ifindex);

	if (request)
		request->dump = !ifindex;
	return request;
}

struct nl80211_request *nl80211_interface_set_type(struct nl80211_requests *requests, int ifindex, uint32_t type)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_SET_INTERFACE, ifindex);

	nl80211_put_u32(request, NL80211_ATTR_IFTYPE, type);
	return request;
}

struct nl80211_request *nl80211_interface_create(struct nl80211_requests *requests, uint32_t wiphy, const char *name,
						 uint32_t type, const uint8_t *addr)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_NEW_INTERFACE, 0);

	nl80211_put_u32(request, NL80211_ATTR_WIPHY, wiphy);
	nl80211_put_bytes(request, NL80211_ATTR_IFNAME, name, strlen(name) + 1);
	nl80211_put_u32(request, NL80211_ATTR_IFTYPE, type);
	if (addr)
		nl80211_put_bytes(request, NL80211_ATTR_MAC, addr, MAC_LEN);
	nl80211_put_flag(request, NL80211_ATTR_SOCKET_OWNER);
	if (request)
		request->owner_socket = true;
	return request;
}

struct nl80211_request *nl80211_interface_delete(struct nl80211_requests *requests, int ifindex)
{
	return nl80211_requests_add(requests, NL80211_CMD_DEL_INTERFACE, ifindex);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces of type AP_VLAN: one for each VLAN, and one for each station with 4-address mode. mac80211 forwards between
 * the stations of one interface only, and sends the group frames of a VLAN under the group key of its interface; those for
 * a 4-address station it sends to the station alone, under its pairwise key.
 *
 *	NEW_INTERFACE ── reply ──▶ port: address, bridge, up ──▶ group key ──▶ SET_STATION (STA_VLAN) of those that wait
 *
 * A station can be moved only once the kernel has associated it, and its port stays closed until then: an interface that is
 * missing leads to no network, not to that of the BSS. The interface ends after its stations: to delete it would
 * remove their entries with their waiting frames. The kernel deletes it when this process dies (SOCKET_OWNER).
 */
#include "nl80211/ap/state.h"

#include "base/array.h"
#include "base/mac.h"
#include "nl80211/interface.h"
#include "nl80211/key.h"

#include <stdlib.h>
#include <string.h>

/* ---- the list ---- */

struct nlap_vlan *nlap_vlan_find(const struct nl80211_ap *plane, unsigned bss, uint16_t id)
{
	for (size_t i = 0; id && i < plane->vlan_count; i++)
		if (plane->vlans[i]->bss == bss && plane->vlans[i]->id == id && !plane->vlans[i]->closing)
			return plane->vlans[i];
	return NULL;
}

struct nlap_vlan *nlap_vlan_by_ifindex(const struct nl80211_ap *plane, int ifindex)
{
	for (size_t i = 0; ifindex && i < plane->vlan_count; i++)
		if (plane->vlans[i]->ifindex == ifindex)
			return plane->vlans[i];
	return NULL;
}

static struct nlap_vlan *find_serial(const struct nl80211_ap *plane, uint64_t serial)
{
	for (size_t i = 0; i < plane->vlan_count; i++)
		if (plane->vlans[i]->serial == serial)
			return plane->vlans[i];
	return NULL;
}

static void free_vlan(struct nl80211_ap *plane, struct nlap_vlan *vlan)
{
	size_t i = 0;

	while (plane->vlans[i] != vlan)
		i++;
	plane->vlans[i] = plane->vlans[--plane->vlan_count];
	explicit_bzero(vlan, sizeof(*vlan));
	free(vlan);
}

void nlap_vlan_free_all(struct nl80211_ap *plane)
{
	while (plane->vlan_count)
		free_vlan(plane, plane->vlans[plane->vlan_count - 1]);
	free(plane->vlans);
}

/* ---- life ---- */

/* Returns false without memory. */
static bool request_interface(struct nl80211_ap *plane, const struct nlap_vlan *vlan, const char *name)
{
	struct nl80211_request *request =
		nl80211_interface_create(plane->out, plane->wiphy, name, NL80211_IFTYPE_AP_VLAN, vlan->port.addr);

	if (!vlan->id)
		nl80211_put_u8(request, NL80211_ATTR_4ADDR, 1);
	if (!request)
		return false;
	request->ifindex = plane->bss[vlan->bss].ifindex;
	request->purpose = PURPOSE_VLAN;
	request->cookie = vlan->serial;
	return true;
}

/* NULL: no memory. */
static struct nlap_vlan *new_vlan(struct nl80211_ap *plane, unsigned bss, uint16_t id)
{
	struct nlap_vlan *vlan = calloc(1, sizeof(*vlan));

	if (!vlan || array_reserve(&plane->vlans, &plane->vlan_room, plane->vlan_count + 1, sizeof(*plane->vlans))) {
		free(vlan);
		return NULL;
	}
	vlan->bss = bss;
	vlan->id = id;
	vlan->serial = ++plane->vlan_serial;
	mac_copy(vlan->port.addr, plane->bss[bss].bssid);
	plane->vlans[plane->vlan_count++] = vlan;
	return vlan;
}

static void request_port(struct nl80211_ap *plane, const struct nlap_vlan *vlan, bool up)
{
	struct nl80211_request *request = nl80211_requests_add_port(plane->out, vlan->ifindex, &vlan->port, up);

	if (request)
		request->purpose = PURPOSE_PORT;
}

/* The last station has left, or none was there. */
static void close_if_unused(struct nl80211_ap *plane, struct nlap_vlan *vlan)
{
	if (!vlan->closing || vlan->users)
		return;
	if (vlan->ifindex) {
		nl80211_interface_delete(plane->out, vlan->ifindex);
		request_port(plane, vlan, false);
	}
	free_vlan(plane, vlan);
}

void nlap_vlan_start(struct nl80211_ap *plane, unsigned bss, uint16_t id)
{
	const struct nl80211_ap_ports *ports = &plane->setup.bss[bss].ports;
	struct nlap_vlan *vlan = nlap_vlan_find(plane, bss, id) ? NULL : new_vlan(plane, bss, id);
	char name[16];

	if (!vlan)
		return;
	vlan->failed = !nlap_vlan_interface(name, ports, id) || !nlap_vlan_port(&vlan->port, ports, id) ||
		       !request_interface(plane, vlan, name);
}

void nlap_vlan_stop(struct nl80211_ap *plane, unsigned bss, uint16_t id)
{
	struct nlap_vlan *vlan = nlap_vlan_find(plane, bss, id);

	if (!vlan)
		return;
	vlan->closing = true;
	close_if_unused(plane, vlan);
}

void nlap_vlan_stop_all(struct nl80211_ap *plane, unsigned bss)
{
	for (size_t i = plane->vlan_count; i--;)
		if (plane->vlans[i]->bss == bss) {
			plane->vlans[i]->closing = true;
			close_if_unused(plane, plane->vlans[i]);
		}
}

/* ---- stations ---- */

/* Without its interface a station must not be among the others. */
static void report_failure(struct nl80211_ap *plane, const struct nlap_station *sta)
{
	struct plane_event event = {.kind = PLANE_EVENT_KEY_FAILED, .bss = sta->bss};

	mac_copy(event.addr, sta->entry.addr);
	nlap_report(plane, &event);
}

static void report_failures(struct nl80211_ap *plane, const struct nlap_vlan *vlan)
{
	for (size_t i = 0; i < plane->station_count; i++)
		if (plane->stations[i]->vlan == vlan)
			report_failure(plane, plane->stations[i]);
}

static void request_authorise(struct nl80211_ap *plane, const struct nlap_station *sta, bool authorised)
{
	struct nl80211_request *request =
		nlap_request_to(plane, sta->bss, sta->entry.addr, NL80211_CMD_SET_STATION, PURPOSE_STATION);
	struct nl80211_sta_flag_update flags = {.mask = 1u << NL80211_STA_FLAG_AUTHORIZED};

	flags.set = authorised ? flags.mask : 0;
	nl80211_put_bytes(request, NL80211_ATTR_STA_FLAGS2, &flags, sizeof(flags));
	if (request)
		request->cookie = sta->generation;
}

/* The interface of a 4-address station leads where the one does in which it is before. */
static bool is_placed(const struct nlap_station *sta)
{
	const struct nlap_vlan *vlan = sta->vlan;

	if (!vlan || (!vlan->id && !vlan->port.vlan))
		return true;
	if (sta->moves)
		return false;
	return vlan->id ? vlan->ifindex && sta->vlan_ifindex == vlan->ifindex : sta->vlan_ifindex;
}

void nlap_vlan_authorise(struct nl80211_ap *plane, struct nlap_station *sta, bool authorised)
{
	sta->authorised = authorised;
	sta->opens_later = authorised && !is_placed(sta);
	if (!sta->opens_later)
		request_authorise(plane, sta, authorised);
}

static void bind(struct nl80211_ap *plane, struct nlap_station *sta)
{
	struct nl80211_request *request;

	if (!sta->settled || !sta->vlan || !sta->vlan->ifindex || sta->vlan_ifindex == sta->vlan->ifindex)
		return;
	request = nlap_request_to(plane, sta->bss, sta->entry.addr, NL80211_CMD_SET_STATION, PURPOSE_BIND);
	nl80211_put_u32(request, NL80211_ATTR_STA_VLAN, (uint32_t)sta->vlan->ifindex);
	if (request)
		request->cookie = sta->generation;
	sta->vlan_ifindex = sta->vlan->ifindex;
	sta->moves = true;
}

void nlap_vlan_bound(struct nl80211_ap *plane, struct nlap_station *sta)
{
	sta->moves = false;
	if (sta->opens_later)
		nlap_vlan_authorise(plane, sta, true);
}

static void leave(struct nl80211_ap *plane, struct nlap_station *sta)
{
	struct nlap_vlan *vlan = sta->vlan;

	sta->vlan = NULL;
	if (!vlan)
		return;
	vlan->users--;
	vlan->closing |= !vlan->id;
	close_if_unused(plane, vlan);
}

void nlap_vlan_leave(struct nl80211_ap *plane, struct nlap_station *sta)
{
	leave(plane, sta);
	sta->settled = sta->opens_later = sta->moves = false;
	sta->vlan_ifindex = 0;
	sta->generation++;
}

/* Its own interface leads where that of its VLAN does. */
static struct nlap_vlan *open_own(struct nl80211_ap *plane, const struct nlap_station *sta, uint16_t id)
{
	const struct nl80211_ap_ports *ports = &plane->setup.bss[sta->bss].ports;
	struct nlap_vlan *own;
	char name[16];

	if (!nlap_station_interface(name, ports, sta->aid))
		return NULL;
	own = new_vlan(plane, sta->bss, 0);
	if (!own)
		return NULL;
	memcpy(own->port.bridge, ports->station_bridge, sizeof(own->port.bridge));
	if (id)
		nlap_vlan_port(&own->port, ports, id);
	own->failed = !request_interface(plane, own, name);
	return own;
}

bool nlap_vlan_place(struct nl80211_ap *plane, struct nlap_station *sta, const struct plane_station *state)
{
	struct nlap_vlan *wanted = nlap_vlan_find(plane, sta->bss, state->vlan);
	bool has_own = sta->vlan && !sta->vlan->id;

	if (state->vlan && (!wanted || wanted->failed)) {
		report_failure(plane, sta);
		return false;
	}
	if (state->four_address)
		wanted = has_own ? sta->vlan : open_own(plane, sta, state->vlan);
	if (wanted && wanted != sta->vlan) {
		wanted->users++; /* before it leaves, which may end the other one */
		leave(plane, sta);
		sta->vlan = wanted;
	}
	bind(plane, sta);
	return true;
}

void nlap_vlan_settle(struct nl80211_ap *plane, struct nlap_station *sta)
{
	sta->settled = true;
	bind(plane, sta);
}

/* ---- the interface ---- */

static void prepare(struct nl80211_ap *plane, const struct nlap_vlan *vlan)
{
	struct nl80211_request *request;

	request_port(plane, vlan, true);
	nlap_key_use_vlan(plane, vlan);
	request = vlan->key.len ? nl80211_key_set_default(plane->out, vlan->ifindex, vlan->key.id, vlan->key.cipher)
				: NULL;
	if (request)
		request->purpose = PURPOSE_GROUP_KEY;
	for (size_t i = 0; i < plane->station_count; i++)
		bind(plane, plane->stations[i]);
}

void nlap_vlan_created(struct nl80211_ap *plane, unsigned bss, const struct nl80211_request *request,
		       const struct nl80211_reply *reply)
{
	struct nlap_vlan *vlan = find_serial(plane, request->cookie);
	bool created = !reply->error;
	struct nl80211_event event = {0};

	(void)bss;
	if (created && (!reply->count || !nl80211_reply_event(reply, 0, &event) || !event.ifindex))
		created = false;
	if (!vlan) { /* it is not needed any more */
		if (created)
			nl80211_interface_delete(plane->out, event.ifindex);
		return;
	}
	if (!created) {
		vlan->failed = true;
		if (vlan->id || vlan->port.vlan) /* a 4-address station without VLAN stays as one without that mode */
			report_failures(plane, vlan);
		return;
	}
	vlan->ifindex = event.ifindex;
	prepare(plane, vlan);
}

void nlap_vlan_removed(struct nl80211_ap *plane, struct nlap_vlan *vlan)
{
	vlan->ifindex = 0;
	vlan->failed = true;
	report_failures(plane, vlan);
}

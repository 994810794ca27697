/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stations in the kernel. The kernel has one state more than control: an authenticated station is an entry without flags,
 * created at once so that the kernel retries frames to it and knows whether it dozes. The kernel accepts the parameters of an
 * association (rates, AID, HT and VHT) only once. So the end of an association removes the entry and creates a new one.
 */
#include "nl80211/ap/state.h"

#include "base/array.h"
#include "base/mac.h"
#include "wire/rates.h"

#include <stdlib.h>
#include <string.h>

#define EID_OPMODE 199 /* operating mode notification */

#define HT_CAPABILITIES_LEN  26
#define VHT_CAPABILITIES_LEN 12
#define RATES_MAX            32

#define FLAG(name) (1u << NL80211_STA_FLAG_##name)

struct nlap_station *nlap_station_find(const struct nl80211_ap *plane, unsigned bss, const uint8_t *addr)
{
	return (struct nlap_station *)mac_table_find(&plane->table, bss, addr);
}

/* ---- the entry in the kernel ---- */

static void put_flags(struct nl80211_request *request, uint32_t mask, uint32_t set)
{
	struct nl80211_sta_flag_update flags = {.mask = mask, .set = set};

	nl80211_put_bytes(request, NL80211_ATTR_STA_FLAGS2, &flags, sizeof(flags));
}

static void request_delete(struct nl80211_ap *plane, struct nlap_station *sta)
{
	struct nl80211_request *request;

	if (sta->in_kernel) {
		request = nlap_request_to(plane, sta->bss, sta->entry.addr, NL80211_CMD_DEL_STATION, PURPOSE_ANY);
		if (sta->farewell_reason) {
			nl80211_put_u8(request, NL80211_ATTR_MGMT_SUBTYPE, MGMT_DEAUTH >> 4);
			nl80211_put_u16(request, NL80211_ATTR_REASON_CODE, sta->farewell_reason);
		}
	}
	sta->farewell_reason = 0;
	sta->in_kernel = false;
	nlap_vlan_leave(plane, sta);
	explicit_bzero(&sta->key, sizeof(sta->key));
}

/* An entry that is only authenticated. The kernel wants an AID that is not zero. */
static void request_new(struct nl80211_ap *plane, struct nlap_station *sta)
{
	static const uint8_t no_rates = 0;
	struct nl80211_request *request;

	if (!plane->features.early_stations)
		return;
	/* The kernel may have an entry that we do not know of. */
	nlap_request_to(plane, sta->bss, sta->entry.addr, NL80211_CMD_DEL_STATION, PURPOSE_ANY);
	request = nlap_request_to(plane, sta->bss, sta->entry.addr, NL80211_CMD_NEW_STATION, PURPOSE_ANY);
	nl80211_put_bytes(request, NL80211_ATTR_STA_SUPPORTED_RATES, &no_rates, 0);
	nl80211_put_u16(request, NL80211_ATTR_STA_AID, 1);
	nl80211_put_u16(request, NL80211_ATTR_STA_LISTEN_INTERVAL, 0);
	put_flags(request, FLAG(ASSOCIATED) | FLAG(AUTHENTICATED), 0);
	sta->in_kernel = true;
}

/* ---- associations ---- */

/* Does a list of rates have this one, basic or not? */
static bool has_rate(struct span rates, uint8_t rate)
{
	for (size_t i = 0; i < rates.len; i++)
		if (!((rates.bytes[i] ^ rate) & ~RATE_BASIC))
			return true;
	return false;
}

/* Rates that both have: the kernel would send at others of the station, too. Membership selectors (9.4.2.3) are no rates. */
static size_t add_rates(struct span rates, const struct mgmt *beacon, uint8_t *list, size_t count)
{
	for (size_t i = 0; i < rates.len && count < RATES_MAX; i++)
		if (rate_number(rates.bytes[i] & ~RATE_BASIC) < 0 || has_rate(beacon->rates, rates.bytes[i]) ||
		    has_rate(beacon->ext_rates, rates.bytes[i]))
			list[count++] = rates.bytes[i];
	return count;
}

static void put_rates(struct nl80211_request *request, const struct mgmt *mgmt, const struct frame *template)
{
	uint8_t rates[RATES_MAX];
	struct mgmt beacon;
	size_t count;

	if (!template || mgmt_parse(&beacon, template->data, template->len))
		return;
	count = add_rates(mgmt->ext_rates, &beacon, rates, add_rates(mgmt->rates, &beacon, rates, 0));
	nl80211_put_bytes(request, NL80211_ATTR_STA_SUPPORTED_RATES, rates, count);
}

static void put_element(struct nl80211_request *request, const struct element *element)
{
	const uint8_t *body = element->body.bytes;
	size_t len = element->body.len;

	if (element->id == EID_HT_CAPABILITIES && len >= HT_CAPABILITIES_LEN)
		nl80211_put_bytes(request, NL80211_ATTR_HT_CAPABILITY, body, HT_CAPABILITIES_LEN);
	else if (element->id == EID_VHT_CAPABILITIES && len >= VHT_CAPABILITIES_LEN)
		nl80211_put_bytes(request, NL80211_ATTR_VHT_CAPABILITY, body, VHT_CAPABILITIES_LEN);
	else if (element->id == EID_EXT_CAPABILITIES && len)
		nl80211_put_bytes(request, NL80211_ATTR_STA_EXT_CAPABILITY, body, len);
	else if (element->id == EID_OPMODE && len >= 1)
		nl80211_put_u8(request, NL80211_ATTR_OPMODE_NOTIF, body[0]);
	else if (element->id == EID_EXTENSION && len > 1 && body[0] == EID_EXT_HE_CAPABILITIES)
		nl80211_put_bytes(request, NL80211_ATTR_HE_CAPABILITY, body + 1, len - 1);
	else if (element->id == EID_EXTENSION && len == 3 && body[0] == EID_EXT_HE_6GHZ_BAND)
		nl80211_put_bytes(request, NL80211_ATTR_HE_6GHZ_CAPABILITY, body + 1, 2);
}

/* TKIP is too slow for 802.11n (12.9.2.1): with it, the kernel shall not know that the station could do it. */
static bool chooses_tkip(const struct mgmt *mgmt)
{
	struct rsn_element rsne;

	return ((mgmt->rsn.bytes && !rsn_element_parse(&rsne, mgmt->rsn)) ||
		(mgmt->wpa.bytes && !rsn_element_parse(&rsne, mgmt->wpa))) &&
	       rsne.pairwise == 1u << CIPHER_TKIP;
}

/* What the station can do, from its association request, which control handles just now. Returns the flags for that. */
static uint32_t put_request(struct nl80211_ap *plane, struct nlap_station *sta, struct nl80211_request *request)
{
	const struct frame *frame = plane->taken.frame;
	struct element element;
	struct span rest;
	struct mgmt mgmt;

	if (!frame || mgmt_parse(&mgmt, frame->data, frame->len) || !mac_equal(mgmt.sa, sta->entry.addr))
		return 0;
	put_rates(request, &mgmt, plane->bss[sta->bss].beacon);
	nl80211_put_u16(request, NL80211_ATTR_STA_CAPABILITY, mgmt.capability);
	rest = mgmt.body;
	while (plane->bss[sta->bss].setup.channel.width_mhz && !chooses_tkip(&mgmt) && element_next(&rest, &element))
		put_element(request, &element);
	return mgmt.capability & CAPABILITY_SHORT_PREAMBLE ? FLAG(SHORT_PREAMBLE) : 0;
}

static void request_associate(struct nl80211_ap *plane, struct nlap_station *sta, const struct plane_station *state)
{
	uint8_t command = sta->in_kernel ? NL80211_CMD_SET_STATION : NL80211_CMD_NEW_STATION;
	struct nl80211_request *request = nlap_request_to(plane, sta->bss, sta->entry.addr, command, PURPOSE_STATION);
	uint32_t always = FLAG(AUTHENTICATED) | FLAG(ASSOCIATED),
		 set = always | (state->qos ? FLAG(WME) : 0) | (state->mfp ? FLAG(MFP) : 0);

	set |= put_request(plane, sta, request);
	nl80211_put_u16(request, NL80211_ATTR_STA_AID, state->aid);
	nl80211_put_u16(request, NL80211_ATTR_STA_LISTEN_INTERVAL, state->listen_interval);
	put_flags(request, always | FLAG(WME) | FLAG(MFP) | FLAG(SHORT_PREAMBLE), set);
	if (request)
		request->cookie = sta->generation;
	sta->in_kernel = true;
	sta->aid = state->aid;
}

/* ---- life ---- */

void nlap_station_free(struct nl80211_ap *plane, struct nlap_station *sta)
{
	struct nlap_station *last = plane->stations[--plane->station_count];

	if (sta->vlan)
		sta->vlan->users--;
	plane->stations[sta->index] = last;
	last->index = sta->index;
	mac_table_remove(&plane->table, &sta->entry);
	explicit_bzero(sta, sizeof(*sta));
	free(sta);
}

static struct nlap_station *new_station(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr)
{
	struct nlap_station *sta = calloc(1, sizeof(*sta));

	if (!sta)
		return NULL;
	sta->bss = bss;
	sta->entry.group = bss;
	sta->farewell_ns = NEVER;
	sta->counters.heard_ns = plane->now_ns;
	mac_copy(sta->entry.addr, addr);
	if (array_reserve(&plane->stations, &plane->station_room, plane->station_count + 1, sizeof(*plane->stations)) ||
	    mac_table_add(&plane->table, &sta->entry)) {
		free(sta);
		return NULL;
	}
	sta->index = plane->station_count;
	plane->stations[plane->station_count++] = sta;
	return sta;
}

void nlap_station_add(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr)
{
	struct nlap_station *sta = nlap_station_find(plane, bss, addr);

	if (!sta)
		sta = new_station(plane, bss, addr);
	if (!sta)
		return;
	/* It comes back before its farewell has ended. */
	sta->farewell_ns = NEVER;
	sta->ending = ENDING_NONE;
	sta->associated = sta->authorised = false;
	request_delete(plane, sta);
	request_new(plane, sta);
}

void nlap_station_associated(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr, struct span elements)
{
	struct nlap_station *sta = nlap_station_find(plane, bss, addr);
	struct plane_event *event;

	if (sta) { /* the driver has replaced its association */
		nlap_vlan_leave(plane, sta);
		nlap_station_free(plane, sta);
	}
	sta = new_station(plane, bss, addr);
	event = sta ? plane_events_add(&plane->events, PLANE_EVENT_ASSOCIATED) : NULL;
	if (!event)
		return;
	sta->in_kernel = sta->associated = sta->settled = true;
	event->bss = bss;
	mac_copy(event->addr, addr);
	plane_events_copy_elements(event, elements); /* without them control refuses it */
}

void nlap_station_gone(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr, uint16_t reason)
{
	struct nlap_station *sta = nlap_station_find(plane, bss, addr);
	struct plane_event event = {.kind = PLANE_EVENT_DISCONNECTED, .bss = bss, .reason = reason};

	if (!sta) /* control wanted that */
		return;
	mac_copy(event.addr, addr);
	nlap_vlan_leave(plane, sta);
	nlap_station_free(plane, sta);
	nlap_report(plane, &event);
}

static void end_association(struct nl80211_ap *plane, struct nlap_station *sta)
{
	if (!sta->associated)
		return;
	sta->associated = sta->authorised = false;
	if (sta->farewell_ns != NEVER) {
		sta->ending = ENDING_RESET;
		return;
	}
	request_delete(plane, sta);
	request_new(plane, sta);
}

void nlap_station_close_port(struct nl80211_ap *plane, struct nlap_station *sta)
{
	nlap_vlan_authorise(plane, sta, false);
}

void nlap_station_set(struct nl80211_ap *plane, struct nlap_station *sta, const struct plane_station *state)
{
	bool placed;

	if (!state->associated) {
		end_association(plane, sta);
		return;
	}
	if (!sta->associated) {
		if (sta->ending != ENDING_NONE) /* a new association before the farewell has ended */
			nlap_station_end_farewell(plane, sta);
		request_associate(plane, sta, state);
		sta->associated = true;
	}
	placed = nlap_vlan_place(plane, sta, state);
	if (state->authorised != sta->authorised && (placed || !state->authorised))
		nlap_vlan_authorise(plane, sta, state->authorised);
}

void nlap_station_remove(struct nl80211_ap *plane, struct nlap_station *sta)
{
	sta->associated = sta->authorised = false;
	sta->ending = ENDING_REMOVE;
	if (sta->farewell_ns != NEVER)
		return;
	request_delete(plane, sta);
	nlap_station_free(plane, sta);
}

void nlap_station_end_farewell(struct nl80211_ap *plane, struct nlap_station *sta)
{
	enum nlap_ending ending = sta->ending;

	sta->farewell_ns = NEVER;
	sta->ending = ENDING_NONE;
	if (ending == ENDING_NONE)
		return;
	request_delete(plane, sta);
	if (ending == ENDING_REMOVE)
		nlap_station_free(plane, sta);
	else
		request_new(plane, sta);
}

void nlap_station_forget_all(struct nl80211_ap *plane, unsigned bss)
{
	for (size_t i = plane->station_count; i--;)
		if (plane->stations[i]->bss == bss)
			nlap_station_free(plane, plane->stations[i]);
}

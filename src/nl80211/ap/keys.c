/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys. The kernel starts each one at packet number 0, and a key that it gets twice would start again: so a key that is
 * installed is not sent again. It has one pairwise key per station, with key id 0.
 */
#include "nl80211/ap/state.h"

#include "base/mac.h"
#include "nl80211/key.h"

#include <errno.h>
#include <string.h>

static bool is_wep(enum cipher cipher)
{
	return cipher == CIPHER_WEP_40 || cipher == CIPHER_WEP_104;
}

static void set_purpose(struct nl80211_request *request, enum nlap_purpose purpose, const uint8_t *addr)
{
	if (!request)
		return;
	request->purpose = (int)purpose;
	if (addr)
		mac_copy(request->addr, addr);
}

static bool same_key(const struct plane_key *first, const struct plane_key *second)
{
	return first->len == second->len && first->cipher == second->cipher && first->id == second->id &&
	       !memcmp(first->bytes, second->bytes, first->len);
}

/* A request that could not be made has failed. */
static void report_failure(struct nl80211_ap *plane, unsigned bss, bool group, const uint8_t *addr)
{
	struct plane_event event = {.kind = PLANE_EVENT_KEY_FAILED, .bss = bss, .group = group};

	mac_copy(event.addr, addr);
	nlap_report(plane, &event);
}

static void install_pairwise(struct nl80211_ap *plane, const struct plane_action *action)
{
	struct nlap_station *sta = nlap_station_find(plane, action->bss, action->addr);
	struct nl80211_request *request;

	if (!sta || !sta->associated || same_key(&sta->key, &action->key))
		return;
	request = nl80211_key_install(plane->out, plane->bss[action->bss].ifindex, action->addr, &action->key,
				      NL80211_AUTHENTICATOR);
	if (!request) {
		report_failure(plane, action->bss, false, action->addr);
		return;
	}
	set_purpose(request, PURPOSE_PAIRWISE_KEY, action->addr);
	sta->key = action->key;
}

void nlap_key_use_vlan(struct nl80211_ap *plane, const struct nlap_vlan *vlan)
{
	if (!vlan->ifindex || !vlan->key.len)
		return;
	set_purpose(nl80211_key_install(plane->out, vlan->ifindex, NULL, &vlan->key, NL80211_AUTHENTICATOR),
		    PURPOSE_GROUP_KEY, NULL);
}

/* Before the kernel has created the interface, the key waits. */
static void install_vlan_key(struct nl80211_ap *plane, struct nlap_vlan *vlan, const struct plane_key *key)
{
	if (!vlan)
		return;
	vlan->key = *key;
	vlan->gtk_pn = 0;
	nlap_key_use_vlan(plane, vlan);
}

void nlap_key_install(struct nl80211_ap *plane, const struct plane_action *action)
{
	struct nlap_bss *bss = &plane->bss[action->bss];
	const struct plane_key *key = &action->key;

	if (!key->group) {
		install_pairwise(plane, action);
		return;
	}
	if (key->vlan) {
		install_vlan_key(plane, nlap_vlan_find(plane, action->bss, key->vlan), key);
		return;
	}
	set_purpose(nl80211_key_install(plane->out, bss->ifindex, NULL, key, NL80211_AUTHENTICATOR), PURPOSE_GROUP_KEY,
		    NULL);
	if (key->id >= 6) {
		; /* the kernel tells no number of beacons: message 3 names 0 */
	} else if (key->id >= 4) {
		bss->igtk_id = key->id;
		bss->igtk_pn = 0;
	} else {
		bss->group_cipher = key->cipher;
		bss->gtk_id = is_wep(key->cipher) ? 0 : key->id;
		bss->gtk_pn = 0;
	}
	if (key->transmit)
		nlap_key_default(plane, action);
}

/* 0: it is not created yet. */
static int interface_of(const struct nl80211_ap *plane, const struct plane_action *action)
{
	const struct nlap_vlan *vlan = nlap_vlan_find(plane, action->bss, action->key.vlan);

	if (!action->key.vlan)
		return plane->bss[action->bss].ifindex;
	return vlan ? vlan->ifindex : 0;
}

void nlap_key_default(struct nl80211_ap *plane, const struct plane_action *action)
{
	const struct nlap_bss *bss = &plane->bss[action->bss];
	int ifindex = interface_of(plane, action);

	if (ifindex)
		set_purpose(nl80211_key_set_default(plane->out, ifindex, action->key.id, bss->group_cipher),
			    PURPOSE_GROUP_KEY, NULL);
}

void nlap_key_remove(struct nl80211_ap *plane, const struct plane_action *action)
{
	int ifindex = interface_of(plane, action);

	if (ifindex)
		nl80211_key_remove(plane->out, ifindex, NULL, action->key.id);
}

void nlap_key_reply(struct nl80211_ap *plane, unsigned bss, const struct nl80211_request *request,
		    const struct nl80211_reply *reply)
{
	struct nlap_station *sta = nlap_station_find(plane, bss, request->addr);

	if (!reply->error)
		return;
	if (sta && request->purpose == PURPOSE_PAIRWISE_KEY)
		explicit_bzero(&sta->key, sizeof(sta->key));
	report_failure(plane, bss, request->purpose == PURPOSE_GROUP_KEY, request->addr);
}

/* ---- packet numbers ---- */

static void query(struct nl80211_ap *plane, const struct nlap_bss *bss, const struct nlap_vlan *vlan, uint8_t id,
		  bool last)
{
	int ifindex = vlan ? vlan->ifindex : bss->ifindex;
	struct nl80211_request *request = nl80211_key_query(plane->out, ifindex, NULL, id);

	set_purpose(request, PURPOSE_GROUP_PN, NULL);
	if (!request)
		return;
	request->ifindex = bss->ifindex; /* that of the VLAN may be gone when the reply comes */
	request->cookie = id | (last ? LAST_PN : 0) | (vlan ? (uint64_t)vlan->id << PN_VLAN_SHIFT : 0);
	plane->pn_queries++;
}

bool nlap_key_query_pn(struct nl80211_ap *plane, unsigned number)
{
	const struct nlap_bss *bss = &plane->bss[number];

	if (!bss->on_air || !bss->gtk_id)
		return false;
	for (size_t i = 0; i < plane->vlan_count; i++)
		if (plane->vlans[i]->bss == number && plane->vlans[i]->ifindex && plane->vlans[i]->key.len)
			query(plane, bss, plane->vlans[i], plane->vlans[i]->key.id, false);
	query(plane, bss, NULL, bss->gtk_id, !bss->igtk_id);
	if (bss->igtk_id)
		query(plane, bss, NULL, bss->igtk_id, true);
	return true;
}

/* EAPOL frames that came before: control may answer them with the keys. */
static void release_held(struct nl80211_ap *plane, struct nlap_bss *bss)
{
	struct plane_event event;

	while (plane_events_take(&bss->held, &event))
		nlap_report(plane, &event);
}

/* Drivers that cannot say it: 0, which makes a station accept what was sent before. */
void nlap_key_pn_reply(struct nl80211_ap *plane, unsigned number, const struct nl80211_request *request,
		       const struct nl80211_reply *reply)
{
	struct nlap_bss *bss = &plane->bss[number];
	uint16_t vlan_id = (uint16_t)(request->cookie >> PN_VLAN_SHIFT);
	struct nlap_vlan *vlan = nlap_vlan_find(plane, number, vlan_id);
	uint8_t id = (uint8_t)request->cookie;
	struct nl80211_event event;

	plane->pn_queries -= plane->pn_queries > 0;
	if (!reply->error && reply->count && nl80211_reply_event(reply, 0, &event)) {
		if (vlan && id == vlan->key.id)
			vlan->gtk_pn = nl80211_key_read_pn(&event);
		else if (!vlan_id && id == bss->gtk_id)
			bss->gtk_pn = nl80211_key_read_pn(&event);
		else if (!vlan_id && id == bss->igtk_id)
			bss->igtk_pn = nl80211_key_read_pn(&event);
	}
	if (vlan)
		nlap_report(plane, &(struct plane_event){.kind = PLANE_EVENT_GROUP_PN,
							 .bss = number,
							 .vlan = vlan->id,
							 .gtk_pn = vlan->gtk_pn});
	if (!(request->cookie & LAST_PN))
		return;
	nlap_report(plane, &(struct plane_event){.kind = PLANE_EVENT_GROUP_PN,
						 .bss = number,
						 .gtk_pn = bss->gtk_pn,
						 .igtk_pn = bss->igtk_pn});
	release_held(plane, bss);
}

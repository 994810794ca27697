/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the station, for the user. */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "mlme/sta_phy.h"

#include <string.h>

static bool requires_mfp(const struct bss *bss)
{
	struct rsn_element element;

	return !rsn_element_parse(&element, (struct span){bss->rsn, bss->rsn_len}) && element.capabilities & RSN_MFPR;
}

/* Until the port is open nobody can use the connection. */
static enum sta_state visible_state(const struct sta *sta)
{
	if (!sta->awaits_port)
		return sta->state;
	return sta->terms.kind == BSS_TERMS_RSN ? STA_HANDSHAKE : STA_ASSOCIATING;
}

void sta_info(const struct sta *sta, struct sta_info *info)
{
	*info = (struct sta_info){.state = visible_state(sta),
				  .resting = sta->resting,
				  .scanning = sta->state == STA_SCANNING || sta->wanted.state == WANTED_SCAN_ACTIVE,
				  .pairwise = CIPHER_NONE,
				  .group = CIPHER_NONE,
				  .group_management = CIPHER_NONE};
	mac_copy(info->addr, sta->setup.addr);
	if (!sta_has_ap(sta))
		return;
	info->network = sta->network;
	info->network_id = sta->setup.networks[sta->network].id;
	info->ssid_len = sta->ap.ssid_len;
	memcpy(info->ssid, sta->ap.ssid, sta->ap.ssid_len);
	info->capability = sta->ap.capability;
	info->protected = sta->terms.kind == BSS_TERMS_RSN;
	info->wpa = sta->terms.suite.wpa;
	info->akm = sta->terms.suite.akm;
	info->group_management = sta->terms.suite.group_management;
	mac_copy(info->bssid, sta->ap.bssid);
	info->freq_mhz = sta->ap.freq_mhz;
	info->signal_dbm = sta->state == STA_CONNECTED ? sta->signal_dbm : sta->ap.signal_dbm;
	info->pairwise = sta->terms.suite.pairwise;
	info->group = sta->terms.suite.group;
	info->sae_group = sta->sae_group;
	info->sae_hash_to_element = sta->sae_hash_to_element;
	info->ssid_verified = (sta->sae_group && sta->sae_hash_to_element) ||
			      (akm_set_ft() & 1u << sta->terms.suite.akm && sta->ft.association.transitioned);
	info->beacon_protection = sta->supplicant.bigtk[0].len || sta->supplicant.bigtk[1].len;
	info->mfp = sta->terms.mfp;
	info->mfp_required = sta->terms.mfp && requires_mfp(&sta->ap);
	if (!sta->associated)
		return;
	info->aid = sta->aid;
	info->qos = sta->qos;
	info->max_idle = sta->max_idle;
	info->generation = sta_phy_generation(sta);
	info->vht = sta->granted_modes & (sta->plane.modes_2ghz | sta->plane.modes_5ghz) & PLANE_VHT;
	info->connected_ns = sta->connected_ns;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the association requests and grants beside its keys: 802.11n, ac and ax, and service as the station of another access point
 * (Wi-Fi EasyMesh, Multi-AP Specification 1.0, 5.2).
 */
#include "mlme/sta_phy.h"

#include "mlme/bss_throughput.h"
#include "mlme/sta_state.h"
#include "wire/multi_ap.h"

#include <string.h>

static bool is_backhaul(const struct sta *sta)
{
	return sta->setup.networks[sta->network].multi_ap_backhaul;
}

void sta_phy_write_request(const struct sta *sta, struct frame_writer *writer)
{
	if (is_backhaul(sta))
		multi_ap_write(MULTI_AP_BACKHAUL_STA, writer);
}

void sta_phy_adopt_request(struct sta *sta, struct span elements)
{
	struct mgmt mgmt;
	struct span own;

	if (mgmt_parse_elements(&mgmt, elements))
		return;
	sta->requested_modes = bss_phy_read(sta->ap.freq_mhz, elements).modes;
	own = sta->terms.suite.wpa ? mgmt.wpa : mgmt.rsn;
	if (sta->terms.kind != BSS_TERMS_RSN || !own.bytes || own.len > sizeof(sta->own_element))
		return;
	memcpy(sta->own_element, own.bytes, own.len);
	sta->own_element_len = own.len;
}

void sta_phy_begin(struct sta *sta, const struct mgmt *response)
{
	sta->granted_modes = bss_phy_read(sta->ap.freq_mhz, response->body).modes;
}

bool sta_phy_refuses(struct sta *sta, const struct mgmt *response)
{
	if (!is_backhaul(sta) || multi_ap_read(response->body) & MULTI_AP_BACKHAUL_BSS)
		return false;
	sta_note(sta, NOTE_NO_BACKHAUL, 0);
	sta_send_deauth(sta, REASON_LEAVING);
	sta_note_disconnected(sta, REASON_LEAVING, true);
	return true;
}

/* The kernel may leave out what it could do, for example with TKIP. There is no 802.11ac at 2.4 GHz. */
unsigned sta_phy_generation(const struct sta *sta)
{
	uint8_t modes = sta->requested_modes & sta->granted_modes;

	if (modes & PLANE_HE)
		return 6;
	if (modes & PLANE_VHT && !freq_is_2ghz(sta->ap.freq_mhz))
		return 5;
	return modes & PLANE_HT ? 4 : 0;
}

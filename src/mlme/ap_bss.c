/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BSS: its set-up, its life, and probe requests to it.
 */
#include "mlme/ap_ft.h"
#include "mlme/ap_measure.h"
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "crypto/icv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t broadcast[MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* ---- setup ---- */

static bool is_group_cipher(enum cipher cipher)
{
	return cipher >= CIPHER_TKIP && cipher <= CIPHER_GCMP_256;
}

/* Does each AKM have its secrets? */
static bool has_secrets(const struct ap_bss_setup *setup)
{
	bool sae = setup->akms & akm_set_sae();

	if ((setup->akms & akm_set_ft()) &&
	    (!setup->rsn || !setup->ft.r0kh_len || setup->ft.r0kh_len > FT_R0KH_MAX || !setup->ft.r0_lifetime_s))
		return false;
	return (!(setup->akms & ~akm_set_without_psk()) || setup->psk_count) &&
	       (!sae || (setup->rsn && setup->sae.pwe <= 2)); /* passwords can come later */
}

bool ap_bss_setup_is_valid(const struct ap_bss_setup *setup)
{
	bool protected = setup->rsn || setup->wpa, wep = setup->wep == CIPHER_WEP_40 || setup->wep == CIPHER_WEP_104;

	if (!setup->ssid_len || setup->ssid_len > SSID_MAX || setup->hidden > 2 || mac_is_group(setup->bssid) ||
	    mac_is_zero(setup->bssid) || (setup->wep != CIPHER_NONE && !wep) || (protected && wep))
		return false;
	if (setup->ocv && !setup->pmf)
		return false;
	if (!protected)
		return !setup->pmf;
	if (!is_group_cipher(setup->group) || !setup->akms || !has_secrets(setup) ||
	    (setup->rsn && !setup->rsn_pairwise) || (setup->wpa && !setup->wpa_pairwise))
		return false;
	return !setup->pmf ||
	       (setup->rsn && setup->group_mgmt >= CIPHER_BIP_CMAC_128 && setup->group_mgmt != CIPHER_NONE);
}

void ap_bss_build_elements(struct ap_bss *bss)
{
	const struct ap_bss_setup *setup = &bss->setup;
	struct rsn_element rsne = {.group = setup->group,
				   .group_management = setup->pmf ? setup->group_mgmt : CIPHER_NONE};

	if (setup->rsn) {
		rsne.pairwise = setup->rsn_pairwise;
		rsne.akms = setup->akms;
		/* With WMM 16 PTKSA replay counters: one for each TID. */
		rsne.capabilities = (setup->wmm ? 0x000c : 0) | (setup->pmf ? RSN_MFPC : 0) |
				    (setup->pmf == 2 ? RSN_MFPR : 0) | (setup->ocv ? RSN_OCVC : 0);
		bss->rsn_len = rsn_element_write(&rsne, bss->rsn);
		if ((setup->akms & akm_set_sae()) && setup->sae.pwe) {
			rsnx_write(RSNX_SAE_HASH_TO_ELEMENT, bss->rsnx);
			bss->rsnx_len = sizeof(bss->rsnx);
		}
	}
	if (setup->wpa) {
		rsne = (struct rsn_element){.wpa = true,
					    .group = setup->group,
					    .pairwise = setup->wpa_pairwise,
					    .akms = 1u << AKM_PSK,
					    .group_management = CIPHER_NONE};
		bss->wpa_len = rsn_element_write(&rsne, bss->wpa);
	}
}

/* Lists the PMKs that every station may use. */
int ap_bss_list_pmks(struct ap_bss *bss)
{
	const struct ap_bss_setup *setup = &bss->setup;

	bss->pmks = calloc(setup->psk_count ? setup->psk_count : 1, sizeof(*bss->pmks));
	bss->psk_index = calloc(setup->psk_count ? setup->psk_count : 1, sizeof(*bss->psk_index));
	if (!bss->pmks || !bss->psk_index)
		return -ENOMEM;
	for (size_t i = 0; i < setup->psk_count; i++)
		if (mac_is_zero(setup->psks[i].addr)) {
			memcpy(bss->pmks[bss->pmk_count], setup->psks[i].pmk, PMK_LEN);
			bss->psk_index[bss->pmk_count++] = i;
		}
	return 0;
}

int ap_bss_init(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup)
{
	int err;

	if (!ap_bss_setup_is_valid(setup))
		return -EINVAL;
	bss->ap = ap;
	bss->setup = *setup;
	bss->off = setup->starts_off;
	bss->protected = setup->rsn || setup->wpa;
	bss->group_rekey_ns = bss->group_switch_ns = NEVER;
	if (!bss->setup.max_stations || bss->setup.max_stations > AID_MAX)
		bss->setup.max_stations = AID_MAX;
	ap_bss_build_elements(bss);
	err = ap_bss_list_pmks(bss);
	if (!err)
		err = ap_vlan_init(bss);
	if (!err)
		err = ap_group_init(ap, bss);
	if (err)
		ap_bss_wipe(bss);
	return err;
}

void ap_bss_wipe(struct ap_bss *bss)
{
	if (bss->pmks)
		crypto_wipe(bss->pmks, bss->pmk_count * sizeof(*bss->pmks));
	free(bss->pmks);
	free(bss->psk_index);
	ap_vlan_wipe(bss);
	ap_neighbours_free(&bss->neighbours);
	crypto_wipe(bss, sizeof(*bss));
}

/* ---- life ---- */

static void act_start(struct ap_bss *bss)
{
	struct ap *ap = bss->ap;
	const struct ap_bss_setup *setup = &bss->setup;
	struct ap_beacon beacon = ap_beacon_new(bss, MGMT_BEACON, broadcast);
	struct plane_action *action = ap_act_frame(ap, PLANE_BSS_START, bss, NULL, beacon.frame);

	if (!action)
		return;
	action->bss_setup = (struct plane_bss_setup){.ssid_len = setup->ssid_len,
						     .hidden = setup->hidden,
						     .channel = ap_bss_channel(bss),
						     .beacon_tu = ap->setup.beacon_tu,
						     .dtim_period = ap->setup.dtim_period,
						     .number = bss->index,
						     .count = ap->setup.bss_count,
						     .tim_offset = beacon.tim_offset,
						     .rsn = bss->protected,
						     .pmf = setup->pmf,
						     .isolate = setup->isolate,
						     .multicast_to_unicast = setup->multicast_to_unicast,
						     .fragment_threshold = ap->setup.fragment_threshold};
	mac_copy(action->bss_setup.bssid, setup->bssid);
	memcpy(action->bss_setup.ssid, setup->ssid, setup->ssid_len);
}

/* Gives the plane a new template. */
void ap_bss_update(struct ap_bss *bss)
{
	struct ap_beacon beacon = ap_beacon_new(bss, MGMT_BEACON, broadcast);
	struct plane_action *action = ap_act_frame(bss->ap, PLANE_BSS_UPDATE, bss, NULL, beacon.frame);

	if (action)
		action->bss_update =
			(struct plane_bss_update){.channel = ap_bss_channel(bss), .tim_offset = beacon.tim_offset};
}

static void deauth_all(struct ap_bss *bss, uint16_t reason)
{
	ap_send_management(bss->ap, bss, ap_new_reason_frame(bss, broadcast, MGMT_DEAUTH, reason),
			   (struct plane_management){0});
}

void ap_bss_start(struct ap_bss *bss)
{
	struct ap *ap = bss->ap;

	act_start(bss);
	ap_ft_join(ap, bss);
	if (bss->setup.group_rekey_s && bss->protected)
		bss->group_rekey_ns = ap->now_ns + bss->setup.group_rekey_s * SECOND;
	/* Stations of a previous instance of this BSS must associate again. There is no group key yet that they know. */
	deauth_all(bss, REASON_CLASS_3);
	if (ap_group_start(ap, bss))
		ap_drop(ap, DROP_CIPHER_FAILED, bss->setup.bssid);
	ap_vlan_start_permanent(ap, bss);
	if (!ap->plane.confirms_start)
		ap_bss_started(bss);
}

void ap_bss_started(struct ap_bss *bss)
{
	bss->on_air = true;
	ap_note(bss->ap, bss, NOTE_ENABLED, bss->setup.bssid, 0);
}

void ap_bss_stopped(struct ap_bss *bss)
{
	if (bss->on_air)
		ap_note(bss->ap, bss, NOTE_DISABLED, bss->setup.bssid, 0);
	bss->on_air = false;
}

/* For stations that missed their own deauthentication. Protected by BIP where PMF is on. */
void ap_bss_deauth_all(struct ap_bss *bss, uint16_t reason)
{
	deauth_all(bss, reason);
}

/* ---- events ---- */

/* Is the BSS in one of the lists of a probe request: of SSIDs (9.4.2.72), or of their CRC-32 (9.4.2.262)? */
static bool is_listed(const struct ap_bss *bss, const struct mgmt *mgmt)
{
	const struct ap_bss_setup *setup = &bss->setup;
	struct span rest = mgmt->body;
	struct element element, listed;
	uint8_t short_ssid[ICV_LEN]; /* the same CRC-32 as of frames */

	icv(bss->ap->crypto, setup->ssid, setup->ssid_len, short_ssid);

	while (element_next(&rest, &element)) {
		struct span body = element.body;

		while (element.id == EID_SSID_LIST && element_next(&body, &listed))
			if (listed.id == EID_SSID && span_equals(listed.body, setup->ssid, setup->ssid_len))
				return true;
		if (element.id != EID_EXTENSION || body.len < 1 || body.bytes[0] != EID_EXT_SHORT_SSID_LIST)
			continue;
		span_take(&body, 1);
		while (body.len >= 4)
			if (!memcmp(span_take(&body, 4), short_ssid, 4))
				return true;
	}
	return false;
}

/* A hidden BSS does not answer the wildcard SSID (11.1.4.3.4). */
static bool is_asked_for(const struct ap_bss *bss, const struct mgmt *mgmt)
{
	const struct ap_bss_setup *setup = &bss->setup;

	if (!mgmt->ssid.bytes)
		return false;
	if (mgmt->ssid.len ? span_equals(mgmt->ssid, setup->ssid, setup->ssid_len) : !setup->hidden)
		return true;
	return is_listed(bss, mgmt);
}

void ap_bss_receive_probe(struct ap_bss *bss, const struct mgmt *mgmt)
{
	struct ap_beacon response;

	if (bss->off || bss->setup.no_probe_response || !is_asked_for(bss, mgmt))
		return;
	if (mac_is_group(mgmt->da) && ap_track_find(bss->ap, bss->setup.no_probe_response_if_seen_on, mgmt->sa))
		return;
	if (mgmt->channel && mgmt->channel != freq_to_channel(bss->ap->setup.freq_mhz))
		return;
	response = ap_beacon_new(bss, MGMT_PROBE_RESPONSE, mgmt->sa);
	ap_answer_probe(bss->ap, bss, &response);
}

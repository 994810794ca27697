/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operating channel validation (IEEE 802.11-2020, 12.2.9; wire/oci.h) of a station. The width of its channel is that of the
 * access point, as beacons describe it: a narrower station cannot send more than that.
 */
#include "mlme/sta_state.h"

#include "mlme/sta_ocv.h"

bool sta_ocv_offers(const struct sta *sta)
{
	/* A driver that runs the handshakes by itself does not know of it. */
	return sta->setup.networks[sta->network].ocv && sta->terms.kind == BSS_TERMS_RSN && sta->terms.mfp &&
	       !sta->plane.handshakes;
}

struct ocv sta_ocv(const struct sta *sta)
{
	struct oci channel = {.freq_mhz = sta->ap.freq_mhz,
			      .width_mhz = sta->ap.width_mhz ? sta->ap.width_mhz : 20,
			      .above = sta->ap.secondary_above};
	struct rsn_element rsne;

	if (!sta_ocv_offers(sta) || rsn_element_parse(&rsne, (struct span){sta->ap.rsn, sta->ap.rsn_len}) ||
	    !(rsne.capabilities & RSN_OCVC))
		return (struct ocv){0};
	return (struct ocv){.used = true, .channel = channel, .tx_width_mhz = channel.width_mhz};
}

void sta_ocv_failed(struct sta *sta, const struct ocv_failure *failure)
{
	struct action *note = sta_note(sta, NOTE_OCV_FAILURE, 0);

	if (note)
		note->ocv = *failure;
}

bool sta_ocv_accepts(struct sta *sta, enum oci_frame frame, struct span elements)
{
	struct ocv ocv = sta_ocv(sta);
	struct ocv_failure failure;

	if (ocv_check(&ocv, frame, oci_find_element(elements), &failure))
		return true;
	sta_drop(sta, DROP_OCI, sta->ap.bssid);
	sta_ocv_failed(sta, &failure);
	return false;
}

void sta_ocv_switched(struct sta *sta)
{
	sta->supplicant.setup.ocv = sta_ocv(sta);
	if (!sta->supplicant.setup.ocv.used)
		return;
	sta->query_next_ns = sta->now_ns;
	sta_sa_query_begin(sta);
}

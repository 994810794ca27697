/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stations that move. A station that roams does not tell its old access point. Three things report the move: it
 * connects to another BSS of this access point with the same SSID; another access point on the wire announces it by a
 * Layer-2 Update frame; or it stays silent (ap_query.c).
 *
 * A Layer-2 Update frame is an LLC XID command to the broadcast address in the station's name, for the bridges on the
 * wire. Anyone on the wire can send one. So it never removes a station, but starts a presence check:
 *
 *	PMF                  SA Query
 *	protected, no PMF    a group key handshake, which only the holder of the keys can answer
 *	open, WEP            polling, which the station's radio answers
 *
 * The same applies to a BSS of this access point with weaker protection than the old one: a station that was authorised
 * there has not proved that it knows the keys here.
 */
#include "mlme/ap_state.h"

#include <string.h>

/* Checks whether the station is still present, and removes it if it does not answer. */
static void check_presence(struct ap *ap, struct ap_sta *sta)
{
	if (sta->mfp && sta->auth.ptk_installed) {
		sta->reported_moved = true;
		ap_act(ap, PLANE_STATION_WATCH, sta->bss, sta->entry.addr);
		ap_sa_query_begin(ap, sta);
	} else if (sta->bss->protected) {
		ap_keys_start_group_handshake(ap, sta);
	} else if (!sta->unacked_polls) {
		ap_poll_begin(ap, sta);
	}
}

static bool same_ssid(const struct ap_bss *bss, const struct ap_bss *other)
{
	return bss->setup.ssid_len == other->setup.ssid_len &&
	       memcmp(bss->setup.ssid, other->setup.ssid, bss->setup.ssid_len) == 0;
}

/* The station has connected to `sta->bss`: ends its association with other BSSs of the same SSID. */
static void leave_other_bss(struct ap *ap, const struct ap_sta *sta)
{
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		struct ap_bss *bss = &ap->bss[i];
		struct ap_sta *old_sta =
			bss != sta->bss && same_ssid(bss, sta->bss) ? ap_sta_find(ap, bss, sta->entry.addr) : NULL;

		if (!old_sta || !old_sta->associated)
			continue;
		/* Under PMF even a holder of the passphrase must not end the association of another station. */
		if (old_sta->auth.ptk_installed && (old_sta->mfp || !sta->bss->protected))
			check_presence(ap, old_sta);
		else
			ap_sta_remove(ap, old_sta, REASON_DISASSOC_LEAVING);
	}
}

void ap_roam_open_port(struct ap *ap, struct ap_sta *sta)
{
	struct action *note;

	leave_other_bss(ap, sta);
	note = ap_note(ap, sta->bss, NOTE_CONNECTED, sta->entry.addr, 0);
	if (note && sta->bss->protected)
		memcpy(note->detail, ap_keys_keyid(sta), AP_KEYID_MAX);
	if (sta->bss->protected && !sta->auth.setup.ft.transitioned)
		ap_note(ap, sta->bss, NOTE_KEYS_NEGOTIATED, sta->entry.addr, 0);
	sta->authorised = true;
	ap_act_station(ap, sta);
}

void ap_roam_elsewhere(struct ap *ap, struct ap_sta *sta)
{
	/* Our own update may come back at once. */
	if (!sta->associated || ap->now_ns <= sta->since_ns + SECOND ||
	    ap->now_ns < sta->checked_ns + AP_CHECK_INTERVAL_NS)
		return;
	sta->checked_ns = ap->now_ns;
	check_presence(ap, sta);
}

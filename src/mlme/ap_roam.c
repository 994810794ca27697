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
 * The same holds for a BSS of this access point that protects less than the old one: whoever opened the port there has not
 * proved to know the keys here.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

#define LLC_XID   0xaf /* exchange identification, with the poll bit clear (IEEE 802.2, 5.4.1.2) */
#define LLC_POLL  0x10
#define LLC_C_R   0x01 /* of the SSAP: command or response */
#define XID_LEN   8    /* length field, LLC header and XID information */
#define FRAME_LEN 60   /* shortest Ethernet frame, without FCS */

/* Checks whether the station is still present, and removes it if it does not answer. */
static void check_presence(struct ap *ap, struct ap_sta *sta)
{
	if (sta->peer.mfp && sta->auth.ptk_installed) {
		sta->reported_moved = true;
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
			bss != sta->bss && same_ssid(bss, sta->bss) ? ap_sta_find(ap, bss, sta->peer.addr) : NULL;

		if (!old_sta || !old_sta->associated)
			continue;
		/* Under PMF even a holder of the passphrase must not end the association of another station. */
		if (old_sta->auth.ptk_installed && (old_sta->peer.mfp || !sta->bss->protected))
			check_presence(ap, old_sta);
		else
			ap_sta_remove(ap, old_sta, REASON_DISASSOC_LEAVING);
	}
}

static void send_update(struct ap *ap, struct ap_sta *sta)
{
	static const uint8_t broadcast[MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t xid[XID_LEN] = {0, 6, 0, LLC_C_R, LLC_XID, 0x81, 1, 0};
	struct frame_writer writer = frame_writer_begin(frame_new(0, 0, FRAME_LEN));
	uint8_t *padding;
	struct frame *frame;

	write_bytes(&writer, broadcast, MAC_LEN);
	write_bytes(&writer, sta->peer.addr, MAC_LEN);
	write_bytes(&writer, xid, sizeof(xid));
	padding = write_room(&writer, FRAME_LEN - 2 * MAC_LEN - sizeof(xid));
	if (padding)
		memset(padding, 0, FRAME_LEN - 2 * MAC_LEN - sizeof(xid));
	frame = frame_writer_end(&writer);
	if (frame)
		ap_deliver(ap, sta->bss, frame);
	else
		ap_drop(ap, DROP_NO_MEMORY, sta->peer.addr);
}

void ap_roam_open_port(struct ap *ap, struct ap_sta *sta)
{
	struct action *note;

	leave_other_bss(ap, sta);
	note = ap_note(ap, sta->bss, NOTE_CONNECTED, sta->peer.addr, 0);
	if (note && sta->bss->protected)
		memcpy(note->detail, ap_keys_keyid(sta), AP_KEYID_MAX);
	sta->peer.authorised = true;
	sta->bss->authorised_count++;
	send_update(ap, sta);
}

static bool is_update(const struct frame *frame)
{
	const uint8_t *llc = frame->data + ETHER_HLEN;

	return frame->len >= ETHER_HLEN + 3 && be16(frame->data + 12) < ETHER_TYPE_MIN && !llc[0] &&
	       !(llc[1] & ~LLC_C_R) && (llc[2] & ~LLC_POLL) == LLC_XID;
}

void ap_roam_receive_update(struct ap *ap, struct ap_bss *bss, const struct frame *frame)
{
	struct ap_sta *sta = is_update(frame) ? ap_sta_find(ap, bss, frame->data + MAC_LEN) : NULL;

	/* Our own update may come back at once. */
	if (!sta || !sta->associated || ap->now_ns <= sta->since_ns + SECOND ||
	    ap->now_ns < sta->checked_ns + AP_CHECK_INTERVAL_NS)
		return;
	sta->checked_ns = ap->now_ns;
	check_presence(ap, sta);
}

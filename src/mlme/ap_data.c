/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where frames go.
 *
 *	from a station   to a group                  to the wire, and to the stations unless they are isolated
 *	                 to a station of the network to it, unless they are isolated
 *	                 to anybody else             to the wire
 *	from the wire    to a group                  to all stations
 *	                 to a station of the network to it
 *	                 to anybody else             dropped
 *
 * EAPOL is between a station and us alone: it is never forwarded, neither from a station (softmac/rx.h) nor to one.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

#define XID 0xaf /* LLC: exchange identification, a command with poll bit clear (IEEE 802.2, 5.4.1.2) */

void ap_data_transmit(struct ap *ap, struct ap_sta *sta, struct frame *frame, const struct tx_options *options)
{
	enum drop drop;

	sta->tx_frames++;
	sta->tx_bytes += frame->len;
	drop = tx_data(&ap->tx, &sta->peer, frame, options);
	if (drop)
		ap_drop(ap, drop, sta->peer.addr);
	/* Time for other keys, while there are numbers left to agree on them. */
	if (sta->peer.authorised && sta->peer.pairwise.set && key_pn_remaining(&sta->peer.pairwise) < AP_PN_RESERVE &&
	    (!sta->rekey_ns || sta->rekey_ns > ap->now_ns + SECOND)) {
		sta->rekey_ns = ap->now_ns;
		ap_sta_schedule(ap, sta);
	}
}

void ap_data_send_to(struct ap *ap, struct ap_sta *sta, struct frame *frame, bool in_clear)
{
	struct tx_options options = {.cookie = ap_sta_cookie(sta, AP_COOKIE_DATA), .cleartext = in_clear};
	bool eapol = frame->len >= ETHER_HLEN && be16(frame->data + 12) == ETHERTYPE_EAPOL;

	if (!sta->peer.authorised && !eapol) {
		ap_drop(ap, DROP_PORT_CLOSED, sta->peer.addr);
		frame_free(frame);
	} else if (sta->dozing) {
		ap_power_buffer(ap, sta, frame);
	} else {
		ap_data_transmit(ap, sta, frame, &options);
	}
}

static void forward(struct ap *ap, struct ap_sta *sta, struct frame *frame)
{
	struct ap_bss *bss = sta->bss;
	struct ap_sta *dest = mac_is_group(frame->data) ? NULL : ap_sta_find(ap, bss, frame->data);

	if (mac_is_group(frame->data) && !bss->setup.isolate) {
		struct frame *copy = frame_clone(frame);

		if (copy)
			ap_power_group(ap, bss, copy);
		else
			ap_drop(ap, DROP_NO_MEMORY, sta->peer.addr);
	}
	if (!dest || !dest->associated) {
		ap_deliver(ap, bss, frame);
	} else if (bss->setup.isolate) {
		ap_drop(ap, DROP_ISOLATED, sta->peer.addr);
		frame_free(frame);
	} else {
		ap_data_send_to(ap, dest, frame, false);
	}
}

static struct ap_sta *sta_of_peer(struct peer *peer)
{
	return (struct ap_sta *)((char *)peer - offsetof(struct ap_sta, peer));
}

static void receive_msdu(struct ap *ap, struct rx_msdu *msdu)
{
	struct ap_sta *sta = sta_of_peer(msdu->peer);
	struct frame *frame = msdu->frame;

	if (!sta->associated) /* one of the frames before ended it */
		return;
	sta->rx_frames++;
	sta->rx_bytes += frame->len;
	if (msdu->protected)
		sta->query_failed = sta->on_other_bss = false; /* somebody with the keys is still there */
	if (!msdu->eapol) {
		msdu->frame = NULL;
		forward(ap, sta, frame);
	} else if (sta->bss->protected) {
		ap_keys_receive(ap, sta, frame);
	} else {
		ap_drop(ap, DROP_EAPOL_UNEXPECTED, sta->peer.addr);
	}
}

void ap_data_receive(struct ap *ap, struct rx_in *in, size_t count)
{
	rx_data(in, count, ap->now_ns, &ap->rx);
	for (size_t i = 0; i < ap->rx.msdu_count; i++)
		receive_msdu(ap, &ap->rx.msdus[i]);
	for (size_t i = 0; i < ap->rx.drop_count; i++) {
		struct ap_sta *sta = sta_of_peer(ap->rx.drops[i].peer);

		ap_drop(ap, ap->rx.drops[i].drop, sta->peer.addr);
		if (ap->rx.drops[i].drop == DROP_MICHAEL && sta->associated)
			ap_keys_michael(ap, sta);
	}
	rx_out_clear(&ap->rx);
}

/* ---- the wire ---- */

/*
 * When a station has associated with another access point of the same wire, that one sends a frame in its name, as we
 * do: then it is no longer ours.  Our own may come back when it has only just been sent.
 */
static void detect_move(struct ap *ap, struct ap_bss *bss, const struct frame *frame)
{
	struct ap_sta *sta;

	if (frame->len < 17 || be16(frame->data + 12) >= ETHER_TYPE_MIN || frame->data[14] ||
	    (frame->data[15] & 0xfe) || (frame->data[16] & 0xef) != XID)
		return;
	sta = ap_sta_find(ap, bss, frame->data + 6);
	if (sta && sta->associated && ap->now_ns > sta->since_ns + SECOND)
		ap_sta_remove(ap, sta, REASON_DISASSOC_LEAVING);
}

static enum drop send_unicast(struct ap *ap, struct ap_bss *bss, struct frame *frame)
{
	struct ap_sta *sta = ap_sta_find(ap, bss, frame->data);

	if (!sta || !sta->associated)
		return DROP_NO_STATION;
	ap_data_send_to(ap, sta, frame, false);
	return NOT_DROPPED;
}

static enum drop route_from_wire(struct ap *ap, struct ap_bss *bss, struct frame *frame)
{
	if (frame->len < ETHER_HLEN)
		return DROP_TRUNCATED;
	if (be16(frame->data + 12) == ETHERTYPE_EAPOL)
		return DROP_EAPOL_FOREIGN;
	if (!mac_is_group(frame->data))
		return send_unicast(ap, bss, frame);
	detect_move(ap, bss, frame);
	if (!bss->authorised_count)
		return DROP_NO_STATION; /* nobody who could read it */
	ap_power_group(ap, bss, frame);
	return NOT_DROPPED;
}

void ap_data_send(struct ap *ap, struct ap_bss *bss, struct frame *frame)
{
	enum drop drop = route_from_wire(ap, bss, frame);

	if (!drop)
		return;
	ap_drop(ap, drop, frame->len < ETHER_HLEN ? NULL : frame->data);
	frame_free(frame);
}

/* An XID frame to all LLC stations in its name, as bridges know it from other access points (layer 2 update). */
void ap_data_announce(struct ap *ap, struct ap_sta *sta)
{
	static const uint8_t llc[] = {0, 6, 0, 1, XID, 0x81, 1, 0};
	struct frame *frame = frame_new(0, 60, 0);
	uint8_t *bytes = frame ? frame_make_writable(frame) : NULL;

	if (!bytes) {
		ap_drop(ap, DROP_NO_MEMORY, sta->peer.addr);
		return;
	}
	memset(bytes, 0xff, 6);
	mac_copy(bytes + 6, sta->peer.addr);
	memcpy(bytes + 12, llc, sizeof llc);
	ap_deliver(ap, sta->bss, frame);
}

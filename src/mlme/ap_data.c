/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forwarding:
 *
 *	from        to                     goes to
 *	a station   a group                the wire, and the stations unless they are isolated
 *	            a station of the BSS   that station, unless they are isolated
 *	            any other address      the wire
 *	the wire    a group                all stations
 *	            a station of the BSS   that station
 *	            any other address      nowhere: it is dropped
 *
 * EAPOL frames are between one station and the access point. They are never forwarded, neither from a station
 * (softmac/rx.h) nor to one.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

/* ---- from stations ---- */

static void forward(struct ap *ap, struct ap_sta *sta, struct frame *frame)
{
	struct ap_bss *bss = sta->bss;
	struct ap_sta *dest = mac_is_group(frame->data) ? NULL : ap_sta_find(ap, bss, frame->data);

	if (mac_is_group(frame->data) && !bss->setup.isolate) {
		struct frame *copy = frame_clone(frame);

		if (copy)
			ap_send_group(ap, bss, copy);
		else
			ap_drop(ap, DROP_NO_MEMORY, sta->peer.addr);
	}
	if (!dest || !dest->associated) {
		ap_deliver(ap, bss, frame);
	} else if (bss->setup.isolate) {
		ap_drop(ap, DROP_ISOLATED, sta->peer.addr);
		frame_free(frame);
	} else {
		ap_send_data(ap, dest, frame, false);
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

	if (!sta->associated) /* an earlier frame of the batch ended the association */
		return;
	sta->rx_frames++;
	sta->rx_bytes += frame->len;
	if (msdu->protected) /* the holder of the keys is present */
		sta->query_failed = sta->reported_moved = false;
	if (!msdu->eapol) {
		msdu->frame = NULL;
		forward(ap, sta, frame);
	} else if (!sta->bss->protected) {
		ap_drop(ap, DROP_EAPOL_UNEXPECTED, sta->peer.addr);
	} else if (ap_keys_receive(ap, sta, frame)) {
		ap_roam_open_port(ap, sta);
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

/* ---- from the wire ---- */

static enum drop send_unicast(struct ap *ap, struct ap_bss *bss, struct frame *frame)
{
	struct ap_sta *sta = ap_sta_find(ap, bss, frame->data);

	if (!sta || !sta->associated)
		return DROP_NO_STATION;
	ap_send_data(ap, sta, frame, false);
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
	ap_roam_receive_update(ap, bss, frame);
	if (!bss->authorised_count)
		return DROP_NO_STATION;
	ap_send_group(ap, bss, frame);
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

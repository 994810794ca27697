/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forwarding:
 *
 *	from        to                     goes to
 *	a station   a group                the wire, and the stations unless they are isolated
 *	            a station of the BSS,  that station, unless they are isolated
 *	            or a host behind it
 *	            any other address      the wire
 *	the wire    a group                all stations
 *	            a station of the BSS,  that station
 *	            or a host behind it
 *	            any other address      the stations in 4-address mode; without one it is dropped
 *
 * A group frame for a station in 4-address mode is sent to it alone: it ignores those for the others.
 *
 * EAPOL frames are between one station and the access point. They are never forwarded, neither from a station
 * (softmac/rx.h) nor to one.
 */
#include "softmac/ap/soft_ap_state.h"

#include "base/mac.h"
#include "softmac/trace.h"
#include "wire/be.h"
#include "wire/ether.h"

/* ---- from stations ---- */

/* The station that has this address, or behind which it is. */
static struct soft_station *find_receiver(const struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *addr)
{
	struct soft_station *sta = soft_find_associated(soft, bss, addr);

	return sta ? sta : soft_guest_find(soft, bss, addr);
}

static void forward(struct soft_ap *soft, struct soft_station *sta, struct frame *frame)
{
	struct soft_bss *bss = sta->bss;
	struct soft_station *dest = mac_is_group(frame->data) ? NULL : find_receiver(soft, bss, frame->data);

	if (!soft_guest_learn(soft, sta, frame->data + ETHER_ALEN)) {
		soft_drop(soft, DROP_FOREIGN_SOURCE, sta->entry.addr);
		frame_free(frame);
		return;
	}
	if (dest == sta) { /* the bridge behind it has delivered it */
		soft_drop(soft, DROP_REFLECTION, sta->entry.addr);
		frame_free(frame);
		return;
	}
	if (mac_is_group(frame->data) && !bss->setup.isolate) {
		struct frame *copy = frame_clone(frame);

		soft_flood_bridges(soft, bss, sta, frame);

		if (copy)
			soft_send_group(soft, bss, copy);
		else
			soft_drop(soft, DROP_NO_MEMORY, sta->entry.addr);
	}
	if (!dest) {
		soft_deliver(soft, bss, frame);
	} else if (bss->setup.isolate) {
		soft_drop(soft, DROP_ISOLATED, sta->entry.addr);
		frame_free(frame);
	} else {
		soft_send_data(soft, dest, frame, false);
	}
}

static struct soft_station *station_of_peer(struct peer *peer)
{
	return (struct soft_station *)((char *)peer - offsetof(struct soft_station, peer));
}

static void report_protected(struct soft_ap *soft, struct soft_station *sta)
{
	sta->watched = false;
	soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_HEARD, .protected = true});
}

static void receive_eapol(struct soft_ap *soft, struct soft_station *sta, const struct rx_msdu *msdu)
{
	struct plane_event event = {.kind = PLANE_EVENT_EAPOL,
				    .frame = msdu->frame,
				    .protected = msdu->protected,
				    .alternate_key = msdu->alternate_key};

	soft_report_group_pn(soft, sta->bss);
	soft_report_station(soft, sta, event);
	soft_drain(soft);
}

static void receive_msdu(struct soft_ap *soft, struct rx_msdu *msdu)
{
	struct soft_station *sta = station_of_peer(msdu->peer);
	struct frame *frame = msdu->frame;

	softmac_trace_opened(soft->output.recorder, frame, sta->entry.addr);
	if (!sta->associated) /* an earlier frame of the batch ended the association */
		return;
	sta->rx_frames++;
	sta->rx_bytes += frame->len;
	if (msdu->protected && sta->watched)
		report_protected(soft, sta);
	if (msdu->eapol) {
		receive_eapol(soft, sta, msdu);
	} else {
		msdu->frame = NULL;
		soft->output.trace_id = frame->meta.trace_id;
		forward(soft, sta, frame);
		soft->output.trace_id = 0;
	}
}

/*
 * A station that has just associated sends nothing under a key before the handshake. If it does, it has a key from before:
 * without PMF anybody can replace its association by a forged request, and a station ignores the handshake that follows.
 */
static bool has_lost_key(const struct soft_station *sta)
{
	return sta->associated && sta->peer.rsn && !sta->peer.pairwise.set;
}

void soft_data_receive(struct soft_ap *soft, struct rx_in *in, size_t count)
{
	rx_data(in, count, soft->now_ns, &soft->rx);
	for (size_t i = 0; i < soft->rx.msdu_count; i++)
		receive_msdu(soft, &soft->rx.msdus[i]);
	for (size_t i = 0; i < soft->rx.drop_count; i++) {
		struct soft_station *sta = station_of_peer(soft->rx.drops[i].peer);
		struct plane_event event = {.kind = PLANE_EVENT_MICHAEL, .group = soft->rx.drops[i].group};

		soft_output_drop_received(&soft->output, &soft->rx.drops[i], sta->entry.addr);
		if (soft->rx.drops[i].drop == DROP_MICHAEL && sta->associated)
			soft_report_station(soft, sta, event);
		if (soft->rx.drops[i].drop == DROP_NO_KEY && has_lost_key(sta))
			soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_UNEXPECTED});
		if (soft->rx.drops[i].authentic && sta->associated && sta->peer.authorised)
			soft_report_station(soft, sta,
					    (struct plane_event){.kind = PLANE_EVENT_FOUR_ADDRESS, .protected = true});
	}
	rx_out_clear(&soft->rx);
	soft_drain(soft);
}

/* ---- from the wire ---- */

static bool has_bridge(const struct soft_ap *soft, const struct soft_bss *bss)
{
	for (size_t i = 0; i < soft->station_count; i++)
		if (soft->stations[i]->bss == bss && soft->stations[i]->peer.four_address)
			return true;
	return false;
}

static enum drop send_unicast(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame)
{
	struct soft_station *sta = find_receiver(soft, bss, frame->data);

	if (sta) {
		soft_send_data(soft, sta, frame, false);
		return NOT_DROPPED;
	}
	if (!has_bridge(soft, bss))
		return DROP_NO_STATION;
	soft_flood_bridges(soft, bss, NULL, frame);
	frame_free(frame);
	return NOT_DROPPED;
}

static enum drop route_from_wire(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame)
{
	if (frame->len < ETHER_HLEN)
		return DROP_TRUNCATED;
	if (be16(frame->data + 12) == ETHERTYPE_EAPOL)
		return DROP_EAPOL_FOREIGN;
	soft_guest_moved_to_wire(soft, bss, frame->data + ETHER_ALEN);
	if (!mac_is_group(frame->data))
		return send_unicast(soft, bss, frame);
	soft_receive_update(soft, bss, frame);
	soft_drain(soft);
	if (!bss->authorised_count)
		return DROP_NO_STATION;
	soft_flood_bridges(soft, bss, NULL, frame);
	soft_send_group(soft, bss, frame);
	return NOT_DROPPED;
}

void soft_data_send(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame)
{
	enum drop drop;

	softmac_trace_interface(soft->output.recorder, frame, bss->index, TRACE_OUT);
	soft->output.trace_id = frame->meta.trace_id;
	drop = route_from_wire(soft, bss, frame);
	if (drop)
		soft_drop(soft, drop, frame->len < ETHER_HLEN ? NULL : frame->data);
	soft->output.trace_id = 0;
	if (!drop)
		return;
	frame_free(frame);
}

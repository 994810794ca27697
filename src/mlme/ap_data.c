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

void ap_data_now(struct ap *a, struct ap_sta *s, struct frame *f, const struct tx_how *how)
{
	enum drop d;

	s->tx_frames++;
	s->tx_bytes += f->len;
	d = tx_data(&a->tx, &s->peer, f, how);
	if (d)
		ap_drop(a, d, s->peer.addr);
	/* Time for other keys, while there are numbers left to agree on them. */
	if (s->peer.authorised && s->peer.pairwise.set && key_left(&s->peer.pairwise) < AP_PN_RESERVE &&
	    (!s->rekey_ns || s->rekey_ns > a->now_ns + AP_SECOND)) {
		s->rekey_ns = a->now_ns;
		ap_sta_schedule(a, s);
	}
}

void ap_data_to(struct ap *a, struct ap_sta *s, struct frame *f, bool in_clear)
{
	struct tx_how how = {.cookie = ap_sta_cookie(s, AP_COOKIE_DATA), .in_clear = in_clear};
	bool eapol = f->len >= ETHER_HLEN && be16(f->data + 12) == ETHERTYPE_EAPOL;

	if (!s->peer.authorised && !eapol) {
		ap_drop(a, DROP_PORT_CLOSED, s->peer.addr);
		frame_free(f);
	} else if (s->dozing) {
		ap_power_keep(a, s, f);
	} else {
		ap_data_now(a, s, f, &how);
	}
}

static void forward(struct ap *a, struct ap_sta *s, struct frame *f)
{
	struct ap_bss *b = s->bss;
	struct ap_sta *to = mac_is_group(f->data) ? NULL : ap_sta_find(a, b, f->data);

	if (mac_is_group(f->data) && !b->setup.isolate) {
		struct frame *copy = frame_clone(f);

		if (copy)
			ap_power_group(a, b, copy);
		else
			ap_drop(a, DROP_NO_MEMORY, s->peer.addr);
	}
	if (!to || !to->associated) {
		ap_deliver(a, b, f);
	} else if (b->setup.isolate) {
		ap_drop(a, DROP_ISOLATED, s->peer.addr);
		frame_free(f);
	} else {
		ap_data_to(a, to, f, false);
	}
}

static struct ap_sta *station_of(struct peer *p)
{
	return (struct ap_sta *)((char *)p - offsetof(struct ap_sta, peer));
}

static void receive(struct ap *a, struct rx_msdu *m)
{
	struct ap_sta *s = station_of(m->peer);
	struct frame *f = m->frame;

	if (!s->associated) /* one of the frames before ended it */
		return;
	s->rx_frames++;
	s->rx_bytes += f->len;
	if (m->sealed)
		s->query_failed = s->elsewhere = false; /* somebody with the keys is still there */
	if (!m->eapol) {
		m->frame = NULL;
		forward(a, s, f);
	} else if (s->bss->protected) {
		ap_keys_receive(a, s, f);
	} else {
		ap_drop(a, DROP_EAPOL_UNEXPECTED, s->peer.addr);
	}
}

void ap_data_receive(struct ap *a, struct rx_in *in, size_t n)
{
	rx_data(in, n, a->now_ns, &a->rx);
	for (size_t i = 0; i < a->rx.msdus; i++)
		receive(a, &a->rx.msdu[i]);
	for (size_t i = 0; i < a->rx.drops; i++) {
		struct ap_sta *s = station_of(a->rx.dropped[i].peer);

		ap_drop(a, a->rx.dropped[i].drop, s->peer.addr);
		if (a->rx.dropped[i].drop == DROP_MICHAEL && s->associated)
			ap_keys_michael(a, s);
	}
	rx_out_clear(&a->rx);
}

/* ---- the wire ---- */

/*
 * When a station has associated with another access point of the same wire, that one sends a frame in its name, as we
 * do: then it is no longer ours.  Our own may come back when it has only just been sent.
 */
static void look_for_moves(struct ap *a, struct ap_bss *b, const struct frame *f)
{
	struct ap_sta *s;

	if (f->len < 17 || be16(f->data + 12) >= ETHER_TYPE_MIN || f->data[14] || (f->data[15] & 0xfe) ||
	    (f->data[16] & 0xef) != XID)
		return;
	s = ap_sta_find(a, b, f->data + 6);
	if (s && s->associated && a->now_ns > s->since_ns + AP_SECOND)
		ap_sta_leave(a, s, REASON_DISASSOC_LEAVING);
}

static enum drop send_unicast(struct ap *a, struct ap_bss *b, struct frame *f)
{
	struct ap_sta *s = ap_sta_find(a, b, f->data);

	if (!s || !s->associated)
		return DROP_NO_STATION;
	ap_data_to(a, s, f, false);
	return NOT_DROPPED;
}

static enum drop send(struct ap *a, struct ap_bss *b, struct frame *f)
{
	if (f->len < ETHER_HLEN)
		return DROP_TRUNCATED;
	if (be16(f->data + 12) == ETHERTYPE_EAPOL)
		return DROP_EAPOL_FOREIGN;
	if (!mac_is_group(f->data))
		return send_unicast(a, b, f);
	look_for_moves(a, b, f);
	if (!b->authorised)
		return DROP_NO_STATION; /* nobody who could read it */
	ap_power_group(a, b, f);
	return NOT_DROPPED;
}

void ap_data_send(struct ap *a, struct ap_bss *b, struct frame *f)
{
	enum drop d = send(a, b, f);

	if (!d)
		return;
	ap_drop(a, d, f->len < ETHER_HLEN ? NULL : f->data);
	frame_free(f);
}

/* An XID frame to all LLC stations in its name, as bridges know it from other access points (layer 2 update). */
void ap_data_announce(struct ap *a, struct ap_sta *s)
{
	static const uint8_t llc[] = {0, 6, 0, 1, XID, 0x81, 1, 0};
	struct frame *f = frame_new(0, 60, 0);
	uint8_t *bytes = f ? frame_own(f) : NULL;

	if (!bytes) {
		ap_drop(a, DROP_NO_MEMORY, s->peer.addr);
		return;
	}
	memset(bytes, 0xff, 6);
	mac_copy(bytes + 6, s->peer.addr);
	memcpy(bytes + 12, llc, sizeof llc);
	ap_deliver(a, s->bss, f);
}

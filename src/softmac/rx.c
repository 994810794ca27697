/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/rx.h"

#include "base/array.h"
#include "base/mac.h"
#include "softmac/amsdu.h"
#include "softmac/llc.h"
#include "softmac/mpdu.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <stdlib.h>

enum { NO_TID = 16, BATCH = 64, CF_BITS = 0x0030, IGTK_COUNT = 2 };

/* One MPDU between the stages. */
struct rx_mpdu {
	struct peer *peer;
	struct frame *frame;
	struct mpdu mpdu;
	struct key *key;           /* NULL: in the clear */
	struct frame *sealed_copy; /* as received, to try the alternate key */
	uint64_t pn;
	uint16_t seq_control;
	enum drop drop;
	uint64_t trace_id;
	bool group, fragment, amsdu, four_address;
	bool reflected;      /* its source is ourselves */
	bool link_protected; /* the peer must protect its frames */
};

/* ---- results ---- */

static void record_drop(struct rx_out *out, const struct rx_mpdu *rx, enum drop drop)
{
	if (array_reserve(&out->drops, &out->drop_room, out->drop_count + 1, sizeof(*out->drops)))
		return; /* the drop is lost, too */
	out->drops[out->drop_count++] =
		(struct rx_dropped){.peer = rx->peer, .drop = drop, .group = rx->group, .trace_id = rx->trace_id};
}

static enum drop add_msdu(struct rx_out *out, const struct rx_mpdu *rx, struct frame *frame, bool eapol)
{
	if (array_reserve(&out->msdus, &out->msdu_room, out->msdu_count + 1, sizeof(*out->msdus))) {
		frame_free(frame);
		return DROP_NO_MEMORY;
	}
	frame->meta.priority = rx->mpdu.tid & 7;
	out->msdus[out->msdu_count++] =
		(struct rx_msdu){frame, rx->peer, eapol, rx->key,
				 rx->key && rx->peer->alternate && rx->key == &rx->peer->alternate->key};
	return NOT_DROPPED;
}

void rx_out_clear(struct rx_out *out)
{
	for (size_t i = 0; i < out->msdu_count; i++)
		frame_free(out->msdus[i].frame);
	out->msdu_count = 0;
	out->drop_count = 0;
}

void rx_out_free(struct rx_out *out)
{
	rx_out_clear(out);
	free(out->msdus);
	free(out->drops);
	*out = (struct rx_out){0};
}

/* ---- header, duplicate, choice of the key ---- */

static enum drop check_addresses(struct rx_mpdu *rx)
{
	const struct peer *peer = rx->peer;
	const uint8_t *hdr = rx->frame->data, *to = hdr + DOT11_OFF_ADDR1;
	uint16_t ds = rx->mpdu.fc & (FC_TO_DS | FC_FROM_DS);

	bool four = ds == (FC_TO_DS | FC_FROM_DS);

	if ((!four && ds != (peer->is_ap ? FC_TO_DS : FC_FROM_DS)) || !mac_equal(hdr + DOT11_OFF_ADDR2, peer->addr))
		return DROP_ADDRESSES;
	/* A station in 4-address mode gets group frames by unicast; those for the other stations would be duplicates. */
	if (!(rx->group && !four && !peer->is_ap && !peer->four_address) && !mac_equal(to, peer->own_addr))
		return DROP_ADDRESSES;
	rx->reflected = mac_equal(dot11_sa(hdr), peer->own_addr);
	return mac_is_group(dot11_sa(hdr)) ? DROP_BAD_SOURCE : NOT_DROPPED;
}

static enum drop check_header(struct rx_mpdu *rx)
{
	const uint8_t *hdr = rx->frame->data;
	enum drop drop = mpdu_parse(&rx->mpdu, rx->frame);

	if (!drop && (!dot11_is_data(rx->mpdu.fc) || (rx->mpdu.fc & CF_BITS)))
		drop = DROP_FRAME_TYPE;
	if (drop)
		return drop;
	rx->seq_control = le16(hdr + DOT11_OFF_SEQ);
	rx->group = mac_is_group(hdr + DOT11_OFF_ADDR1);
	rx->fragment = (rx->mpdu.fc & FC_MORE_FRAGS) || (rx->seq_control & DOT11_FRAG_MASK);
	rx->four_address = dot11_has_addr4(rx->mpdu.fc);
	rx->amsdu = dot11_is_qos(rx->mpdu.fc) && (hdr[DOT11_HDR_MIN + (rx->four_address ? 6 : 0)] & DOT11_QOS_AMSDU);
	drop = check_addresses(rx);
	if (!drop && rx->fragment && (rx->group || rx->amsdu))
		drop = DROP_FRAGMENT_REFUSED;
	if (!drop && rx->amsdu && rx->group)
		drop = DROP_AMSDU;
	return drop;
}

static uint16_t *last_seq_control(const struct rx_mpdu *rx)
{
	return &rx->peer->last_seq_control[dot11_is_qos(rx->mpdu.fc) ? rx->mpdu.tid : NO_TID];
}

static bool is_duplicate(const struct rx_mpdu *rx)
{
	return !rx->group && (rx->mpdu.fc & FC_RETRY) && rx->seq_control == *last_seq_control(rx);
}

/* Does the network use WEP? It has neither RSN nor pairwise keys, but its frames are protected. */
static bool has_wep(const struct peer *peer)
{
	for (int id = 0; !peer->rsn && peer->group && id < 4; id++)
		if (peer->group->gtk[id].set)
			return true;
	return false;
}

static bool is_link_protected(const struct peer *peer)
{
	return peer->rsn || peer->pairwise.set || has_wep(peer);
}

/*
 * On a protected link only EAPOL to ourselves may be in the clear; check_port() checks that for the whole MSDU. Fragments
 * in the clear pass only before a pairwise key is installed: later, forged ones could join the reassembly.
 */
static enum drop check_cleartext(const struct rx_mpdu *rx)
{
	if (!rx->link_protected)
		return NOT_DROPPED;
	if (rx->amsdu)
		return DROP_UNPROTECTED;
	return rx->fragment && rx->peer->pairwise.set ? DROP_UNPROTECTED : NOT_DROPPED;
}

static enum drop choose_key(struct rx_mpdu *rx)
{
	struct peer *peer = rx->peer;
	unsigned id;

	if (!(rx->mpdu.fc & FC_PROTECTED))
		return check_cleartext(rx);
	if (rx->frame->len < rx->mpdu.hdr_len + 4u)
		return DROP_TRUNCATED;
	id = rx->frame->data[rx->mpdu.hdr_len + 3] >> 6;
	if (!rx->group && peer->pairwise.set)
		rx->key = &peer->pairwise;
	else if (peer->group && (rx->group || has_wep(peer)))
		rx->key = &peer->group->gtk[id];
	return rx->key && rx->key->set ? NOT_DROPPED : DROP_NO_KEY;
}

static enum drop prepare_open(struct rx_mpdu *rx)
{
	enum drop drop = check_header(rx);

	/* Null frames have no body, and any sequence number (IEEE 802.11-2016, 10.3.2.11.2). */
	if (drop || (rx->mpdu.fc & FC_NULL))
		return drop;
	rx->link_protected = is_link_protected(rx->peer);
	return is_duplicate(rx) ? DROP_DUPLICATE : choose_key(rx);
}

/* ---- the alternate key ---- */

static void copy_for_alternate(struct rx_mpdu *rx, uint64_t now_ns)
{
	struct peer *peer = rx->peer;

	if (peer->alternate && !peer->alternate->is_next && now_ns >= peer->alternate->until_ns)
		peer_forget_alternate(peer);
	if (peer->alternate && rx->key == &peer->pairwise)
		rx->sealed_copy = frame_clone(rx->frame); /* NULL without memory: the alternate key is not tried */
}

static enum drop open_with_alternate(struct peer *peer, struct frame *frame, enum drop first_drop, uint64_t *pn)
{
	enum drop drop = key_open(&peer->alternate->key, frame, pn);

	/* Report a replay under either key, else the failure of the first key. */
	return !drop || drop == DROP_REPLAY ? drop : first_drop;
}

/*
 * A frame under the new pairwise key proves that the peer has switched to it: retire the previous key. If the pairwise key
 * did not open the frame, try the alternate one.
 */
static void resolve_alternate(struct rx_mpdu *rx)
{
	struct peer *peer = rx->peer;

	if (!rx->drop && rx->key == &peer->pairwise && peer->alternate && !peer->alternate->is_next)
		peer_forget_alternate(peer);
	if (rx->drop && rx->sealed_copy && peer->alternate) {
		rx->drop = open_with_alternate(peer, rx->sealed_copy, rx->drop, &rx->pn);
		if (!rx->drop) {
			struct frame *opened = rx->sealed_copy;

			rx->sealed_copy = rx->frame;
			rx->frame = opened;
			rx->key = &peer->alternate->key;
		}
	}
	frame_free(rx->sealed_copy);
	rx->sealed_copy = NULL;
}

/* ---- after opening: defrag, Michael, A-MSDU, port, Ethernet header ---- */

static enum drop check_port(const struct rx_mpdu *rx, const struct llc_ether *ether, bool *eapol)
{
	const struct peer *peer = rx->peer;

	*eapol = ether->type == ETHERTYPE_EAPOL;
	if (*eapol)
		return mac_equal(ether->dst, peer->own_addr) && mac_equal(ether->src, peer->addr) ? NOT_DROPPED
												  : DROP_EAPOL_FOREIGN;
	if (!rx->key && rx->link_protected)
		return DROP_UNPROTECTED;
	return peer->authorised ? NOT_DROPPED : DROP_PORT_CLOSED;
}

/*
 * Each member of the network has the group key, and could send packets to single stations under it (RFC 1122, 3.3.6).
 * IPv4 addresses that end in two set bits can be broadcast addresses of their subnet.
 */
static bool has_unicast_packet(const struct frame *frame)
{
	const uint8_t *packet = frame->data + ETHER_HLEN;
	uint16_t type = be16(frame->data + 2 * ETHER_ALEN);

	if (type == ETHERTYPE_IP4 && frame->len >= ETHER_HLEN + 20)
		return packet[0] >> 4 == 4 && packet[16] < 224 && (packet[19] & 3) != 3;
	return type == ETHERTYPE_IP6 && frame->len >= ETHER_HLEN + 40 && packet[0] >> 4 == 6 && packet[24] != 0xff;
}

/* Finishes an MSDU; `frame` holds only its body. Takes ownership. */
static enum drop finish_msdu(struct rx_out *out, const struct rx_mpdu *rx, const struct llc_ether *ether,
			     struct frame *frame)
{
	bool eapol;
	enum drop drop = check_port(rx, ether, &eapol);

	if (!drop)
		drop = llc_to_ethernet(ether, frame);
	if (!drop && rx->group && has_unicast_packet(frame))
		drop = DROP_GROUP_UNICAST;
	if (!drop)
		return add_msdu(out, rx, frame, eapol);
	frame_free(frame);
	return drop;
}

static enum drop check_subframe(const struct rx_mpdu *rx, const struct amsdu_subframe *subframe)
{
	const struct peer *peer = rx->peer;
	/*
	 * A station sends only from its own address; an access point sends to the station or to a group. With four addresses
	 * the station is a bridge.
	 */
	bool foreign = peer->is_ap ? !mac_equal(subframe->src, peer->addr)
				   : !mac_equal(subframe->dst, peer->own_addr) && !mac_is_group(subframe->dst);

	if (foreign && !rx->four_address)
		return DROP_AMSDU_ADDRESS;
	if (mac_equal(subframe->src, peer->own_addr))
		return DROP_REFLECTION;
	if (mac_is_group(subframe->src))
		return DROP_BAD_SOURCE;
	return llc_ethertype(subframe->body, subframe->len) == ETHERTYPE_EAPOL ? DROP_EAPOL_FOREIGN : NOT_DROPPED;
}

static void split_amsdu(struct rx_out *out, const struct rx_mpdu *rx, const struct frame *frame)
{
	const uint8_t *bytes = frame->data + rx->mpdu.hdr_len;
	size_t len = frame->len - rx->mpdu.hdr_len, offset = 0;
	struct amsdu_subframe subframe;
	enum drop drop = amsdu_check(bytes, len);

	if (drop)
		record_drop(out, rx, drop);
	while (!drop && amsdu_next(&subframe, bytes, len, &offset)) {
		struct llc_ether ether = {.type = llc_ethertype(subframe.body, subframe.len)};
		struct frame *msdu = NULL;
		enum drop subframe_drop = check_subframe(rx, &subframe);

		if (!subframe_drop) {
			msdu = frame_from(subframe.body, subframe.len, ETHER_HLEN, 0);
			subframe_drop = msdu ? NOT_DROPPED : DROP_NO_MEMORY;
		}
		if (!subframe_drop) {
			mac_copy(ether.dst, subframe.dst);
			mac_copy(ether.src, subframe.src);
			msdu->meta = frame->meta;
			subframe_drop = finish_msdu(out, rx, &ether, msdu);
		}
		if (subframe_drop)
			record_drop(out, rx, subframe_drop);
	}
}

/* Takes ownership of rx->frame. */
static enum drop process_opened(struct rx_out *out, struct rx_mpdu *rx, uint64_t now_ns)
{
	struct defrag_in in = {.now_ns = now_ns, .pn = rx->pn, .key = rx->key};
	struct frame *frame = rx->frame;
	struct llc_ether ether;
	enum drop drop = NOT_DROPPED;

	rx->frame = NULL;
	if (rx->fragment)
		drop = defrag_add(&rx->peer->defrag, frame, &in, &frame);
	if (drop || !frame)
		return drop;
	mpdu_parse(&rx->mpdu, frame);
	if (rx->key)
		drop = key_open_msdu(rx->key, frame, rx->pn);
	if (!drop && rx->key && rx->fragment)
		key_accept_fragments(rx->key, rx->pn, rx->seq_control & DOT11_FRAG_MASK);
	/*
	 * An access point relays the group frames of its stations, so we receive our own. Their packet numbers count: TKIP's
	 * ICV does not protect the addresses, so that a forger could send them again in another's name, for a Michael failure.
	 */
	if (!drop && rx->reflected)
		drop = DROP_REFLECTION;
	if (drop || rx->amsdu) {
		if (!drop)
			split_amsdu(out, rx, frame);
		frame_free(frame);
		return drop;
	}
	mac_copy(ether.dst, dot11_da(frame->data));
	mac_copy(ether.src, dot11_sa(frame->data));
	frame_pull(frame, rx->mpdu.hdr_len);
	ether.type = llc_ethertype(frame->data, frame->len);
	return finish_msdu(out, rx, &ether, frame);
}

/*
 * Records the sequence control of an authentic frame. One in the clear on a protected link does not count: a forged frame
 * would else make the genuine one a duplicate.
 */
static enum drop record_seq_control(struct rx_mpdu *rx)
{
	/* Again: the original of this retry can be in the same batch. */
	if (is_duplicate(rx))
		return DROP_DUPLICATE;
	if (!rx->drop && !rx->group && (rx->key || !rx->link_protected))
		*last_seq_control(rx) = rx->seq_control;
	return rx->drop;
}

static bool is_mode_refused(const struct rx_mpdu *rx)
{
	return rx->four_address && !rx->peer->four_address;
}

/* Only an authentic frame shows that the peer uses 4-address mode. */
static void refuse_mode(struct rx_out *out, struct rx_mpdu *rx)
{
	bool authentic = !rx->drop && (rx->key || !rx->link_protected);

	frame_free(rx->frame);
	record_drop(out, rx, DROP_FOUR_ADDRESSES);
	if (authentic && out->drop_count)
		out->drops[out->drop_count - 1].authentic = true;
}

static void finish_mpdu(struct rx_out *out, struct rx_mpdu *rx, uint64_t now_ns)
{
	enum drop drop = rx->drop;

	if (is_mode_refused(rx)) {
		refuse_mode(out, rx);
		return;
	}
	if ((!drop || drop == DROP_REPLAY) && !(rx->mpdu.fc & FC_NULL)) {
		drop = record_seq_control(rx);
		if (!drop)
			drop = process_opened(out, rx, now_ns);
	}
	frame_free(rx->frame);
	if (drop)
		record_drop(out, rx, drop);
}

static void rx_batch(struct rx_in *in, size_t count, uint64_t now_ns, struct rx_out *out)
{
	struct rx_mpdu mpdus[BATCH];
	struct key *keys[BATCH];
	struct frame *frames[BATCH];
	uint64_t pns[BATCH];
	enum drop drops[BATCH];
	size_t index[BATCH], sealed_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct rx_mpdu *rx = &mpdus[i];

		*rx = (struct rx_mpdu){
			.peer = in[i].peer, .frame = in[i].frame, .trace_id = in[i].frame->meta.trace_id};
		in[i].frame = NULL;
		rx->drop = prepare_open(rx);
		if (!rx->drop && rx->key) {
			copy_for_alternate(rx, now_ns);
			keys[sealed_count] = rx->key;
			frames[sealed_count] = rx->frame;
			index[sealed_count++] = i;
		}
	}
	key_open_batch(keys, frames, pns, drops, sealed_count);
	for (size_t i = 0; i < sealed_count; i++) {
		mpdus[index[i]].drop = drops[i];
		mpdus[index[i]].pn = pns[i];
	}
	for (size_t i = 0; i < count; i++) {
		resolve_alternate(&mpdus[i]);
		finish_mpdu(out, &mpdus[i], now_ns);
	}
}

void rx_data(struct rx_in *in, size_t count, uint64_t now_ns, struct rx_out *out)
{
	for (size_t i = 0; i < count; i += BATCH)
		rx_batch(in + i, count - i < BATCH ? count - i : BATCH, now_ns, out);
}

/* ---- management ---- */

/* Tries both IGTKs: the MME holds the key id. */
static enum drop open_group_mgmt(struct group_keys *group, struct frame *frame)
{
	enum drop drop = DROP_NO_KEY;
	uint64_t ipn;

	for (int i = 0; group && i < IGTK_COUNT && drop == DROP_NO_KEY; i++)
		if (group->igtk[i].set)
			drop = key_open(&group->igtk[i], frame, &ipn);
	return drop;
}

enum drop rx_beacon(struct group_keys *group, struct frame *frame)
{
	enum drop drop = NOT_DROPPED;
	uint64_t ipn;

	for (int i = 0; i < IGTK_COUNT; i++) {
		if (!group->bigtk[i].set)
			continue;
		drop = key_open(&group->bigtk[i], frame, &ipn);
		if (drop != DROP_NO_KEY)
			break;
	}
	return drop;
}

static enum drop open_unicast_mgmt(struct peer *peer, struct frame *frame)
{
	struct frame *copy = peer->alternate ? frame_clone(frame) : NULL;
	struct frame_meta meta = frame->meta;
	uint64_t pn;
	enum drop drop = key_open(&peer->pairwise, frame, &pn);

	if (!drop && peer->alternate && !peer->alternate->is_next)
		peer_forget_alternate(peer);
	if (drop && copy) {
		drop = open_with_alternate(peer, copy, drop, &pn);
		if (!drop && frame_assign(frame, copy->data, copy->len, 0, 0))
			drop = DROP_NO_MEMORY;
		frame->meta = meta;
	}
	frame_free(copy);
	return drop;
}

enum drop rx_management(struct peer *peer, struct frame *frame)
{
	struct mpdu mpdu;
	enum drop drop = mpdu_parse(&mpdu, frame);

	if (!drop && !dot11_is_management(mpdu.fc))
		drop = DROP_FRAME_TYPE;
	if (!drop && ((mpdu.fc & FC_MORE_FRAGS) || (le16(frame->data + DOT11_OFF_SEQ) & DOT11_FRAG_MASK)))
		drop = DROP_FRAGMENT_REFUSED;
	if (drop)
		return drop;
	if (mpdu.fc & FC_PROTECTED) {
		if (!peer->mfp || mac_is_group(frame->data + DOT11_OFF_ADDR1))
			return DROP_NO_KEY;
		return open_unicast_mgmt(peer, frame);
	}
	if (!peer->mfp || !mpdu_is_robust(&mpdu, frame))
		return NOT_DROPPED;
	if (mac_is_group(frame->data + DOT11_OFF_ADDR1))
		return open_group_mgmt(peer->group, frame);
	/* Without a key the peer cannot protect the frame. */
	return peer->pairwise.set ? DROP_UNPROTECTED : NOT_DROPPED;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all rules share: reading the Ethernet and IP headers of a frame within
 * bounds, asking for edits, and finding the way of a unicast frame.
 */
#ifndef VIFI_MACNAT_FRAME_RULES_H
#define VIFI_MACNAT_FRAME_RULES_H

#include "macnat/learn.h"
#include "wire/be.h"

#define MN_NO_END 0xffff /* the packet will be cut into segments: its length field does not bound it */

/*
 * Asks for len (2 or 6) bytes at off to become `to`.  csum: offset of the
 * checksum that covers them, or 0; udp: it is UDP's.  The callers bound the
 * number of their edits; one too many is a defect, and must not become a leak.
 */
MN_FN void mn_edit(struct mn_work *w, uint32_t off, const uint8_t *from, const uint8_t *to, uint8_t len, uint32_t csum,
		   uint8_t udp)
{
	uint32_t n = w->n_edits;
	uint64_t old = 0, new = 0;
	struct mn_edit *e;

	if (n >= MN_EDITS) {
		w->drop = DROP_INTERNAL;
		return;
	}
	e = &w->edit[n];
	e->off = (uint16_t)off;
	e->csum = (uint16_t)csum;
	e->len = len;
	e->udp = udp;
	e->zero[0] = e->zero[1] = 0;
	if (len == MAC_LEN) {
		old = mac_word(from);
		new = mac_word(to);
	} else {
		__builtin_memcpy(&old, from, 2);
		__builtin_memcpy(&new, to, 2);
	}
	__builtin_memcpy(e->old, &old, sizeof(old)); /* as one word: see mn_key_words */
	__builtin_memcpy(e->new, &new, sizeof(new));
	w->n_edits = n + 1;
}

MN_FN void mn_edit_mac(struct mn_work *w, uint32_t off, const uint8_t *from, const uint8_t *to, uint32_t csum)
{
	mn_edit(w, off, from, to, MAC_LEN, csum, 0);
}

MN_FN void mn_set_dst(struct mn_work *w, const uint8_t *mac)
{
	mn_edit_mac(w, 0, w->eth.dst, mac, 0);
}

MN_FN void mn_set_src(struct mn_work *w, const uint8_t *mac)
{
	mn_edit_mac(w, ETHER_ALEN, w->eth.src, mac, 0);
}

MN_FN bool mn_is_vlan_type(uint16_t type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_SVLAN || type == ETHERTYPE_QINQ_OLD;
}

/* Reads len bytes of what follows the Ethernet header and its tag, if it has one: most have none, which is cheaper. */
MN_FN int mn_load_l3(MN_CTX c, const struct mn_work *w, void *to, uint32_t len)
{
	return w->l3 == ETHER_HLEN ? mn_load(c, ETHER_HLEN, to, len) : mn_load(c, w->l3, to, len);
}

/*
 * An 802.3 frame with LLC and SNAP (RFC 1042, or 802.1H's bridge tunnel) is on
 * the air the very same as the Ethernet II frame of the type within: there all
 * frames bear SNAP.  So it is treated as that, lest a guest hide ARP or EAPOL.
 */
MN_FN void mn_parse_snap(MN_CTX c, struct mn_work *w)
{
	const uint8_t *s = w->opt;

	w->type = 0;
	if (mn_load(c, w->l3, w->opt, SNAP_HLEN) || be16(s) != 0xaaaa || be16(s + 2) != 0x0300 || s[4] != 0 ||
	    (s[5] != 0 && s[5] != 0xf8))
		return;
	w->snap = SNAP_HLEN;
	w->l3 = (uint16_t)(w->l3 + SNAP_HLEN);
	w->type = be16(s + 6);
	if (mn_is_vlan_type(w->type))
		w->tagged = w->nested = 1;
	if (w->type < ETHER_TYPE_MIN)
		w->type = 0;
}

/* Reads the Ethernet header and at most one tag; a second one only sets w->nested. */
MN_FN int mn_parse_ether(MN_CTX c, struct mn_work *w)
{
	if (mn_load(c, 0, &w->eth, sizeof(w->eth)))
		return DROP_TRUNCATED;
	w->type = be16(w->eth.type);
	w->l3 = ETHER_HLEN;
	w->end = MN_NO_END;
	if (w->tci) {
		w->tagged = 1;
		w->vlan = w->tci & 0xfff;
	}
	if (mn_is_vlan_type(w->type)) {
		if (mn_load(c, ETHER_HLEN, w->opt, 4))
			return DROP_TRUNCATED;
		if (w->tagged)
			w->nested = 1;
		w->tagged = 1;
		w->vlan = be16(w->opt) & 0xfff;
		w->type = be16(w->opt + 2);
		w->l3 = ETHER_HLEN + ETHER_VLAN_HLEN;
		if (mn_is_vlan_type(w->type))
			w->nested = 1;
	}
	if (w->type < ETHER_TYPE_MIN)
		mn_parse_snap(c, w);
	return NOT_DROPPED;
}

/* Rule 23: what belongs to one link. 01:80:c2:00:00:00 to :0f are never forwarded (IEEE 802.1Q, 8.6.3). */
MN_FN bool mn_link_control(const struct mn_work *w)
{
	const uint8_t *d = w->eth.dst;

	if (w->type == ETHERTYPE_EAPOL || w->type == ETHERTYPE_PREAUTH || w->type == ETHERTYPE_TDLS ||
	    w->type == ETHERTYPE_LLDP)
		return true;
	return d[0] == 0x01 && d[1] == 0x80 && d[2] == 0xc2 && d[3] == 0 && d[4] == 0 && d[5] < 0x10;
}

/* Rule 22: is the tag one that crosses the uplink? */
MN_FN int mn_vlan_check(const struct mn_config *cfg, const struct mn_work *w)
{
	if (!w->tagged)
		return NOT_DROPPED;
	if (w->nested)
		return DROP_VLAN_NESTED;
	return cfg->vlans[(w->vlan >> 6) & 63] >> (w->vlan & 63) & 1 ? NOT_DROPPED : DROP_VLAN;
}

MN_FN uint16_t mn_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

#define MN_SUM_CHUNK  64
#define MN_SUM_CHUNKS 32 /* 2 KiB: more than any neighbour discovery or DHCP message on an Ethernet */

/* Adds w->sum_len bytes at w->sum_off to w->sum, in 64-byte steps. Returns 0, or -1 where the frame ends before. */
MN_STAGE(mn_sum_frame)
{
	uint32_t off = w->sum_off, len = w->sum_len;

	for (int i = 0; i < MN_SUM_CHUNKS && len >= MN_SUM_CHUNK; i++) {
		if (mn_load(c, off, w->chunk, MN_SUM_CHUNK))
			return -1;
		w->sum = mn_sum(w->chunk, MN_SUM_CHUNK, w->sum);
		off += MN_SUM_CHUNK;
		len -= MN_SUM_CHUNK;
	}
	if (len >= MN_SUM_CHUNK)
		return -1;
	if (len) {
		__builtin_memset(w->chunk, 0, sizeof(w->chunk));
		if (mn_load_some(c, off, w->chunk, len))
			return -1;
		w->sum = mn_sum(w->chunk, MN_SUM_CHUNK, w->sum);
	}
	return 0;
}

/*
 * Is the checksum of the transport message at off right?  pseudo is the sum of
 * its pseudo header, field the checksum as it lies in the frame (network
 * order).  A sender with checksum offload leaves the sum of the pseudo header
 * there for the hardware to complete (CHECKSUM_PARTIAL): that is right too.
 */
MN_FN bool mn_checksum_ok(MN_CTX c, struct mn_work *w, uint32_t off, uint32_t len, uint32_t pseudo,
			  const uint8_t *field)
{
	uint16_t partial = mn_fold(pseudo), now;

	__builtin_memcpy(&now, field, 2);
	if (now == partial)
		return true;
	w->sum_off = off;
	w->sum_len = len;
	w->sum = pseudo;
	return mn_sum_frame(c, w) == 0 && mn_fold(w->sum) == 0xffff;
}

/* Finds the binding of an IP address; the key is left in w->key. */
MN_FN struct mn_binding *mn_find_ip4(MN_CTX c, struct mn_work *w, const uint8_t *addr)
{
	mn_key_ip4(&w->key, w->vlan, addr);
	return mn_find(c, &w->key);
}

MN_FN struct mn_binding *mn_find_ip6(MN_CTX c, struct mn_work *w, const uint8_t *addr)
{
	mn_key_ip6(&w->key, w->vlan, addr);
	return mn_find(c, &w->key);
}

/* The binding of a MAC address if it is a guest's. Leaves the key in w->key. */
MN_FN struct mn_binding *mn_find_guest(MN_CTX c, struct mn_work *w, const uint8_t *mac)
{
	struct mn_binding *b;

	mn_key_mac(&w->key, w->vlan, mac);
	b = mn_find(c, &w->key);
	return b && b->kind == MN_GUEST ? b : 0;
}

/* Rule 26: would the frame fit the uplink? Segments are judged by the kernel. */
MN_FN bool mn_fits_uplink(MN_CTX c, const struct mn_config *cfg, const struct mn_work *w)
{
	if (w->gso)
		return mn_fits(c, cfg->uplink);
	return w->len <= (uint32_t)w->l3 - w->snap + cfg->mtu;
}

/* Out of the uplink, with W as source. */
MN_FN int mn_send_air(MN_CTX c, const struct mn_config *cfg, struct mn_work *w)
{
	if (!mn_fits_uplink(c, cfg, w))
		return DROP_MTU;
	mn_set_src(w, cfg->w);
	w->to = MN_TO_AIR;
	mn_tally(c, MN_N_OUT);
	return NOT_DROPPED;
}

/* A guest's group frame: the host hears it as it is, the air with W as source. */
MN_FN int mn_send_group(MN_CTX c, const struct mn_config *cfg, struct mn_work *w)
{
	w->copy = MN_TO_HOST;
	return mn_send_air(c, cfg, w);
}

MN_FN int mn_send_host(MN_CTX c, struct mn_work *w)
{
	w->n_edits = 0;
	w->copy = 0;
	w->to = MN_TO_HOST;
	mn_tally(c, MN_N_TO_HOST);
	return NOT_DROPPED;
}

/* A guest's frame for a guest: the bridge has delivered it. */
MN_FN int mn_keep_local(MN_CTX c, struct mn_work *w)
{
	w->n_edits = 0;
	w->copy = 0;
	w->to = 0;
	mn_tally(c, MN_N_LOCAL);
	return NOT_DROPPED;
}

/*
 * The way of a guest's unicast frame.  owner: the binding of its IP
 * destination, where it has one.  To W it is the host's, unless the IP
 * destination is another guest's: then it is turned around (rule 12).  With W
 * as source, lest the bridge think that the sender lives at the uplink.  own:
 * the sender's binding, where the frame was found to be its owner's; it remembers
 * a far end beyond the air (short_rules.h).
 */
MN_FN int mn_send_unicast(MN_CTX c, const struct mn_config *cfg, struct mn_work *w, struct mn_binding *owner,
			  struct mn_binding *own)
{
	const uint64_t *n;
	int r;

	if (own)
		own->out_peer = 0;
	if (mac_equal(w->eth.dst, cfg->w)) {
		if (!owner || owner->kind != MN_GUEST || mac_equal(owner->mac, w->eth.src))
			return mn_send_host(c, w);
		w->n_edits = 0;
		mn_set_dst(w, owner->mac);
		mn_set_src(w, cfg->w);
		w->to = MN_TO_GUESTS;
		mn_tally(c, MN_N_TURNED);
		return NOT_DROPPED;
	}
	/* Flooded by the bridge, which had forgotten where that guest is. One that fell silent may have moved away. */
	if (mn_live_guest(cfg, mn_find_guest(c, w, w->eth.dst), w->now))
		return mn_keep_local(c, w);
	r = mn_send_air(c, cfg, w);
	n = own && !r ? mn_appearances(c) : 0;
	if (n) {
		own->appearances = (uint32_t)*n;
		own->out_peer = mac_word(w->eth.dst);
	}
	return r;
}

/* Rule 26: would the frame fit the bridge port of the guest that owns b? 1280 bytes fit any. */
MN_FN bool mn_fits_guest(MN_CTX c, const struct mn_work *w, const struct mn_binding *b)
{
	return w->len <= ETHER_HLEN + 1280 || !b->port || b->port == MN_NO_PORT || mn_fits(c, b->port);
}

/* A frame from the wire for the guest that owns b: to its MAC address, if it fits through its port. */
MN_FN int mn_send_guest(MN_CTX c, struct mn_work *w, struct mn_binding *b)
{
	if (!mn_fits_guest(c, w, b))
		return DROP_MTU;
	mn_set_dst(w, b->mac);
	w->to = MN_TO_GUESTS;
	MN_ADD(&b->in_packets, 1);
	MN_ADD(&b->in_bytes, w->len);
	mn_tally(c, MN_N_IN);
	return NOT_DROPPED;
}

/*
 * The same for data, which may do without the bridge where that has seen these two ends lately (short_rules.h), and
 * the guest was heard where its binding says.
 */
MN_FN int mn_send_data(MN_CTX c, struct mn_work *w, struct mn_binding *b)
{
	uint64_t peer = mac_word(w->eth.src);
	int r = mn_send_guest(c, w, b);

	if (r || w->vlan)
		return r;
	if (b->in_peer != peer || w->now - b->in_shown > MN_SEEN_GRAIN) {
		b->in_peer = peer;
		b->in_shown = w->now;
	} else if (b->port != MN_NO_PORT && w->now - b->seen <= MN_NEAR) {
		w->via = b->port;
	}
	return NOT_DROPPED;
}

MN_FN int mn_pass_host(struct mn_work *w)
{
	w->n_edits = 0;
	w->copy = 0;
	w->to = MN_TO_HOST;
	return NOT_DROPPED;
}

/* A group frame from the wire: guests and host hear it as it is. */
MN_FN int mn_flood(MN_CTX c, struct mn_work *w)
{
	w->copy = MN_TO_GUESTS;
	w->to = MN_TO_HOST;
	mn_tally(c, MN_N_FLOOD);
	return NOT_DROPPED;
}

/* Rule 21: the access point made unicast of a group frame. Guests and host get it with its group address. */
MN_FN int mn_restore(MN_CTX c, struct mn_work *w, const uint8_t *group)
{
	mn_set_dst(w, group);
	w->to = MN_TO_GUESTS | MN_TO_HOST;
	mn_tally(c, MN_N_RESTORED);
	return NOT_DROPPED;
}

#endif

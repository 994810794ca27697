/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 and DHCP: rules 12 to 15, 21, 22. */
#ifndef VIFI_MACNAT_IP4_RULES_H
#define VIFI_MACNAT_IP4_RULES_H

#include "macnat/arp_rules.h"

#define MN_DHCP_OPTIONS 64 /* options and pads looked at; what comes later teaches nothing, and passes */

/* The header's own checksum (RFC 791). Options are summed too. */
MN_FN int mn_ip4_sum(MN_CTX c, struct mn_work *w, uint32_t hlen)
{
	w->sum = mn_sum(&w->ip4, sizeof(w->ip4), 0);
	w->sum_off = (uint32_t)w->l3 + sizeof(w->ip4);
	w->sum_len = hlen - sizeof(w->ip4);
	if (w->sum_len && mn_sum_frame(c, w))
		return DROP_TRUNCATED;
	return mn_fold(w->sum) == 0xffff ? NOT_DROPPED : DROP_IP4_CHECKSUM;
}

/* Reads the header into w->ip4 and holds the frame to it: w->l4, w->end, w->proto, w->frag. */
MN_FN int mn_ip4_read(MN_CTX c, struct mn_work *w)
{
	uint32_t hlen, total;

	if (mn_load_l3(c, w, &w->ip4, sizeof(w->ip4)))
		return DROP_TRUNCATED;
	hlen = (w->ip4.ver_ihl & 15u) * 4;
	total = be16(w->ip4.len);
	if (w->ip4.ver_ihl >> 4 != 4 || hlen < sizeof(w->ip4))
		return DROP_IP4_MALFORMED;
	w->l4 = (uint16_t)(w->l3 + hlen);
	w->proto = w->ip4.proto;
	w->frag = (be16(w->ip4.frag) & IP4_FRAG_MASK) != 0;
	if (!w->gso) {
		if (total < hlen)
			return DROP_IP4_MALFORMED;
		if (w->l3 + total > w->len)
			return DROP_TRUNCATED;
		w->end = (uint16_t)(w->l3 + total);
	}
	return w->gso ? NOT_DROPPED : mn_ip4_sum(c, w, hlen); /* each segment gets a length and a sum of its own */
}

/* Does the destination mean many (rule 21)? Gives the group MAC address (RFC 1112, 6.4). */
MN_FN bool mn_ip4_group(const uint8_t *dst, const struct mn_binding *b, uint8_t *mac)
{
	if (be32(dst) == 0xffffffff || (b && b->kind == MN_BROADCAST)) {
		__builtin_memset(mac, 0xff, MAC_LEN);
		return true;
	}
	if ((dst[0] & 0xf0) != 0xe0)
		return false;
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	mac[3] = dst[1] & 0x7f;
	mac[4] = dst[2];
	mac[5] = dst[3];
	return true;
}

/*
 * Reads a whole, unfragmented DHCP message between the given ports into w->udp
 * and w->dhcp (rule 13: at the real length of the IP header).  Returns 1 where
 * it is one, 0 where it is not, or a negative drop reason.
 */
MN_FN int mn_dhcp_read(MN_CTX c, struct mn_work *w, uint16_t sport, uint16_t dport, uint8_t op)
{
	uint32_t off = w->l4, ulen, sum;

	if (w->proto != IPPROTO_N_UDP || w->frag || w->gso || mn_load(c, off, &w->udp, sizeof(w->udp)))
		return 0;
	if (be16(w->udp.sport) != sport || be16(w->udp.dport) != dport)
		return 0;
	ulen = be16(w->udp.len);
	if (ulen < sizeof(w->udp) + DHCP4_OFF_OPTS || off + ulen > w->end)
		return 0;
	if (mn_load(c, off + sizeof(w->udp) + DHCP4_OFF_COOKIE, w->opt, 4) || be32(w->opt) != DHCP4_COOKIE)
		return 0;
	if (mn_load(c, off + sizeof(w->udp), &w->dhcp, sizeof(w->dhcp)) || w->dhcp.op != op)
		return 0;
	if (be16(w->udp.csum) == 0)
		return 1;
	__builtin_memset(w->chunk, 0, sizeof(w->chunk));
	__builtin_memcpy(w->chunk, w->ip4.src, 8);
	w->chunk[9] = IPPROTO_N_UDP;
	__builtin_memcpy(w->chunk + 10, w->udp.len, 2);
	sum = mn_sum(w->chunk, 12, 0);
	return mn_checksum_ok(c, w, off, ulen, sum, w->udp.csum) ? 1 : -DROP_DHCP_CHECKSUM;
}

/* Could the packet be DHCP? The frequent answer, no, comes without the reading of mn_dhcp_read. */
MN_FN bool mn_dhcp_maybe(MN_CTX c, struct mn_work *w)
{
	uint16_t dport;

	if (w->proto != IPPROTO_N_UDP ||
	    (w->l4 == ETHER_HLEN + sizeof(w->ip4) ? mn_load(c, ETHER_HLEN + sizeof(w->ip4), &w->udp, sizeof(w->udp))
						  : mn_load(c, w->l4, &w->udp, sizeof(w->udp))))
		return false;
	dport = be16(w->udp.dport);
	return dport == DHCP4_SERVER_PORT || dport == DHCP4_CLIENT_PORT;
}

/* Walks the options (RFC 2132) into w->says. Stops at the end, at what does not fit, and after MN_DHCP_OPTIONS. */
MN_STAGE(mn_dhcp_options)
{
	uint32_t off = (uint32_t)w->l4 + sizeof(struct udp_hdr);
	uint32_t end = (uint32_t)w->l4 + be16(w->udp.len);

	off += DHCP4_OFF_OPTS;
	__builtin_memset(&w->says, 0, sizeof(w->says));
	for (int i = 0; i < MN_DHCP_OPTIONS && off + 2 <= end; i++) {
		uint8_t *o = w->opt;
		uint32_t len;

		if (mn_load(c, off, o, 2) || o[0] == DHCP4_OPT_END)
			return 0;
		if (o[0] == DHCP4_OPT_PAD) {
			off++;
			continue;
		}
		len = o[1];
		if (off + 2 + len > end)
			return 0;
		if (o[0] == DHCP4_OPT_TYPE && len == 1 && !mn_load(c, off + 2, o + 4, 1))
			w->says.type = o[4];
		else if (o[0] == DHCP4_OPT_LEASE && len == 4 && !mn_load(c, off + 2, o + 4, 4))
			w->says.lease = be32(o + 4);
		else if (o[0] == DHCP4_OPT_REQUESTED && len == 4 && !mn_load(c, off + 2, o + 4, 4))
			__builtin_memcpy(w->says.requested, o + 4, 4);
		off += 2 + len;
	}
	return 0;
}

MN_FN void mn_dhcp_xid_key(struct mn_work *w)
{
	mn_key_clear(&w->key, MN_XID, w->vlan);
	__builtin_memcpy(w->key.addr, w->dhcp.xid, 4);
}

MN_FN uint32_t mn_dhcp_csum(const struct mn_work *w)
{
	return be16(w->udp.csum) ? (uint32_t)w->l4 + 6 : 0;
}

MN_FN void mn_dhcp_flags(struct mn_work *w, uint32_t at, uint16_t flags)
{
	put_be16(w->opt, flags);
	mn_edit(w, at + DHCP4_OFF_FLAGS, w->dhcp.flags, w->opt, 2, mn_dhcp_csum(w), 1);
}

/* RELEASE and DECLINE end a binding (rule 14). */
MN_FN void mn_dhcp_give_up(MN_CTX c, struct mn_work *w)
{
	mn_dhcp_options(c, w);
	if (w->says.type == DHCP4_RELEASE)
		mn_key_ip4(&w->key, w->vlan, w->dhcp.ciaddr);
	else if (w->says.type == DHCP4_DECLINE)
		mn_key_ip4(&w->key, w->vlan, w->says.requested);
	else
		return;
	mn_forget(c, w);
}

/*
 * A guest's request (rule 13): the answer can only come as a broadcast, since a
 * unicast to its own address would not pass the access point.  Renewals
 * (ciaddr), relayed requests (giaddr) and all else stay as they are.
 * w->port's transaction is remembered with the flags that the client sent.
 */
MN_STAGE(mn_dhcp_out)
{
	const struct mn_config *cfg = mn_conf(c);
	uint32_t at = (uint32_t)w->l4 + sizeof(struct udp_hdr);
	uint16_t flags;
	int r = mn_dhcp_read(c, w, DHCP4_CLIENT_PORT, DHCP4_SERVER_PORT, DHCP4_REQUEST_OP);

	if (r <= 0)
		return -r;
	if (!cfg)
		return DROP_INTERNAL;
	mn_dhcp_give_up(c, w);
	if (be32(w->dhcp.giaddr) || be32(w->dhcp.ciaddr))
		return NOT_DROPPED;
	flags = be16(w->dhcp.flags);
	mn_dhcp_xid_key(w);
	r = mn_remember(c, w, flags);
	if (r)
		return r;
	if (!(flags & DHCP4_BROADCAST))
		mn_dhcp_flags(w, at, flags | DHCP4_BROADCAST);
	if ((cfg->flags & MN_C_CHADDR) && mac_equal(w->dhcp.chaddr, w->eth.src))
		mn_edit(w, at + DHCP4_OFF_CHADDR, w->dhcp.chaddr, cfg->w, MAC_LEN, mn_dhcp_csum(w), 1);
	if (w->n_edits)
		mn_tally(c, MN_N_DHCP);
	return NOT_DROPPED;
}

/* An ACK teaches the address and its lease (rule 14). A refusal is counted and told; the answer itself passes. */
MN_FN void mn_dhcp_learn(MN_CTX c, struct mn_work *w, const struct mn_binding *guest)
{
	mn_dhcp_options(c, w);
	if (w->says.type != DHCP4_ACK || mn_ip4_is_bad(w->dhcp.yiaddr))
		return;
	w->port = guest->port;
	mac_copy(w->who, guest->mac);
	mn_key_mac(&w->mac_key, w->vlan, guest->mac);
	mn_key_ip4(&w->key, w->vlan, w->dhcp.yiaddr);
	w->learned_flags = MN_F_DHCP;
	if (w->says.lease && w->says.lease != 0xffffffff)
		w->lease_end = w->now + w->says.lease * MN_NS_PER_SEC;
	mn_claim_slow(c, w);
}

/*
 * A server's answer (rule 14): its guest is found by chaddr, then by the
 * transaction, before any look at IP; the flags that the client sent are put
 * back.  Returns the verdict in w->to, which stays 0 where the answer is for
 * no guest, or a drop reason.
 */
MN_STAGE(mn_dhcp_in)
{
	const struct mn_config *cfg = mn_conf(c);
	uint32_t at = (uint32_t)w->l4 + sizeof(struct udp_hdr);
	struct mn_binding *xid, *guest;
	uint16_t flags;
	bool mine;
	int r = mn_dhcp_read(c, w, DHCP4_SERVER_PORT, DHCP4_CLIENT_PORT, DHCP4_REPLY_OP);

	if (r <= 0)
		return -r;
	if (!cfg)
		return DROP_INTERNAL;
	mine = mac_equal(w->dhcp.chaddr, cfg->w);
	mn_dhcp_xid_key(w);
	xid = mn_find(c, &w->key);
	if (xid && xid->kind != MN_GUEST)
		xid = 0;
	if (mine && !(cfg->flags & MN_C_CHADDR && xid))
		return NOT_DROPPED; /* this host's own lease */
	guest = mn_find_guest(c, w, w->dhcp.chaddr);
	if (!guest)
		guest = xid;
	if (!guest)
		return NOT_DROPPED;
	r = mn_send_guest(c, w, guest);
	if (r)
		return r;
	flags = be16(w->dhcp.flags);
	if (xid && mac_equal(xid->mac, guest->mac) && flags != (uint16_t)xid->aux) {
		mn_dhcp_flags(w, at, (uint16_t)xid->aux);
		mn_tally(c, MN_N_DHCP);
	}
	if (mine)
		mn_edit(w, at + DHCP4_OFF_CHADDR, w->dhcp.chaddr, guest->mac, MAC_LEN, mn_dhcp_csum(w), 1);
	mn_dhcp_learn(c, w, guest);
	return NOT_DROPPED;
}

/* IPv4 from a guest. */
MN_STAGE(mn_ip4_out)
{
	const struct mn_config *cfg = mn_conf(c);
	struct mn_binding *own = 0;
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_ip4_read(c, w);
	if (r)
		return r;
	if (be32(w->ip4.src) == 0) {
		r = mn_claim_mac(c, w);
	} else if (mn_ip4_is_bad(w->ip4.src)) {
		r = DROP_CLAIM_INVALID;
	} else {
		mn_key_ip4(&w->key, w->vlan, w->ip4.src);
		r = mn_claim(c, w, &own);
	}
	if (r)
		return r;
	if (mn_dhcp_maybe(c, w)) {
		own = 0; /* it may be given up with this very message */
		r = mn_dhcp_out(c, w);
		if (r)
			return r;
	}
	if (mac_is_group(w->eth.dst))
		return mn_send_group(c, cfg, w);
	if (!mac_equal(w->eth.dst, cfg->w))
		return mn_send_unicast(c, cfg, w, 0, own);
	return mn_send_unicast(c, cfg, w, mn_find_ip4(c, w, w->ip4.dst), own);
}

/* IPv4 from the wire. */
MN_STAGE(mn_ip4_in)
{
	struct mn_binding *b;
	int r;

	r = mn_ip4_read(c, w);
	if (r)
		return r;
	if (mn_dhcp_maybe(c, w)) {
		r = mn_dhcp_in(c, w);
		if (r || w->to)
			return r;
	}
	if (mac_is_group(w->eth.dst))
		return mn_flood(c, w);
	b = mn_find_ip4(c, w, w->ip4.dst);
	if (b && b->kind == MN_GUEST)
		return mn_send_data(c, w, b);
	if (mn_ip4_group(w->ip4.dst, b, w->opt))
		return mn_restore(c, w, w->opt);
	return mn_pass_host(w);
}

#endif

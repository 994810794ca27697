/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 and neighbour discovery: rules 16 to 21. */
#ifndef VIFI_MACNAT_IP6_RULES_H
#define VIFI_MACNAT_IP6_RULES_H

#include "macnat/frame_rules.h"

#define MN_IP6_HEADERS 8   /* extension headers; RFC 8200 names six, each at most once or twice */
#define MN_ND_OPTIONS  192 /* a full Ethernet frame holds fewer */

MN_FN bool mn_ip6_is_zero(const uint8_t *a)
{
	return (be32(a) | be32(a + 4) | be32(a + 8) | be32(a + 12)) == 0;
}

/* A source address that no machine on a link can have: multicast or loopback. */
MN_FN bool mn_ip6_is_bad(const uint8_t *a)
{
	return a[0] == 0xff || ((be32(a) | be32(a + 4) | be32(a + 8)) == 0 && be32(a + 12) == 1);
}

MN_FN bool mn_ip6_is_extension(uint8_t next)
{
	return next == IPPROTO_N_HOPOPTS || next == IPPROTO_N_ROUTING || next == IPPROTO_N_DSTOPTS ||
	       next == IPPROTO_N_FRAGMENT || next == IPPROTO_N_AH;
}

/*
 * Walks the extension headers (rule 17), bounded.  Leaves the upper protocol in
 * w->proto, its offset in w->l4, and w->frag: 1 for a first or only fragment,
 * 2 for a later one, whose upper header is elsewhere.
 */
MN_STAGE(mn_ip6_walk)
{
	uint32_t off = (uint32_t)w->l3 + sizeof(struct ip6_hdr);
	uint8_t next = w->ip6.next;

	for (int i = 0; i <= MN_IP6_HEADERS; i++) {
		uint32_t len;

		w->proto = next;
		w->l4 = (uint16_t)off;
		if (!mn_ip6_is_extension(next))
			return NOT_DROPPED;
		if (off + 8 > w->end || mn_load(c, off, w->opt, 8))
			return DROP_IP6_MALFORMED;
		if (next == IPPROTO_N_FRAGMENT) {
			len = 8;
			w->frag = be16(w->opt + 2) >> 3 ? 2 : 1;
		} else if (next == IPPROTO_N_AH) {
			len = (w->opt[1] + 2u) * 4;
		} else {
			len = (w->opt[1] + 1u) * 8;
		}
		next = w->opt[0];
		off += len;
		if (w->frag == 2) {
			w->proto = next;
			w->l4 = (uint16_t)off;
			return NOT_DROPPED;
		}
		if (off > w->end)
			return DROP_IP6_MALFORMED;
	}
	return DROP_IP6_HEADERS;
}

/* Reads the header into w->ip6 and holds the frame to it. */
MN_FN int mn_ip6_read(MN_CTX c, struct mn_work *w)
{
	uint32_t plen;

	if (mn_load_l3(c, w, &w->ip6, sizeof(w->ip6)))
		return DROP_TRUNCATED;
	if (w->ip6.ver_tc[0] >> 4 != 6)
		return DROP_IP6_MALFORMED;
	plen = be16(w->ip6.plen);
	if (!w->gso) {
		if (w->l3 + sizeof(w->ip6) + plen > w->len)
			return DROP_TRUNCATED;
		w->end = (uint16_t)(w->l3 + sizeof(w->ip6) + plen);
	}
	if (mn_ip6_is_extension(w->ip6.next))
		return mn_ip6_walk(c, w);
	w->proto = w->ip6.next;
	w->l4 = (uint16_t)(w->l3 + sizeof(w->ip6));
	return NOT_DROPPED;
}

/* The shortest message of each type (RFC 4861, 4); 0 for what is not neighbour discovery. */
MN_FN uint32_t mn_nd_min(uint8_t type)
{
	if (type == ND_RS)
		return 8;
	if (type == ND_RA)
		return 16;
	if (type == ND_NS || type == ND_NA)
		return 24;
	return type == ND_REDIRECT ? 40 : 0;
}

/*
 * Is the packet neighbour discovery, and is it sound (RFC 4861, 6.1 and 7.1;
 * RFC 6980)?  Returns 1 with its first part in w->nd and the length of its
 * fixed part in w->nd_min, 0 where it is something else, or a negative drop
 * reason.
 */
MN_STAGE(mn_nd_read)
{
	uint32_t len, min, sum;

	if (w->proto != IPPROTO_N_ICMP6 || w->frag == 2)
		return 0;
	if (w->l4 + 8 > w->end || mn_load(c, w->l4, &w->nd, 8))
		return w->frag ? -DROP_IP6_MALFORMED : -DROP_TRUNCATED; /* RFC 7112 for the fragment */
	min = mn_nd_min(w->nd.type);
	if (!min)
		return 0;
	if (w->frag)
		return -DROP_ND_FRAGMENT;
	if (w->ip6.hops != 255)
		return -DROP_ND_HOP_LIMIT;
	len = (uint32_t)w->end - w->l4;
	if (w->nd.code || len < min || w->gso)
		return -DROP_ND_MALFORMED;
	if (min >= 24) {
		if (mn_load(c, w->l4, &w->nd, sizeof(w->nd)))
			return -DROP_TRUNCATED;
		if (w->nd.target[0] == 0xff && w->nd.type != ND_REDIRECT)
			return -DROP_ND_MALFORMED;
	}
	__builtin_memset(w->chunk, 0, sizeof(w->chunk));
	__builtin_memcpy(w->chunk, w->ip6.src, 32);
	put_be16(w->chunk + 34, (uint16_t)len);
	w->chunk[39] = IPPROTO_N_ICMP6;
	sum = mn_sum(w->chunk, 40, 0);
	if (!mn_checksum_ok(c, w, w->l4, len, sum, w->nd.csum))
		return -DROP_ND_CHECKSUM;
	w->nd_min = min;
	return 1;
}

/* The same for any packet: most are something else, and need no call to know it. */
MN_FN int mn_nd_check(MN_CTX c, struct mn_work *w)
{
	return w->proto == IPPROTO_N_ICMP6 ? mn_nd_read(c, w) : 0;
}

/* A guest's link-layer address option: W in place of a guest's own (rule 17). */
MN_FN int mn_nd_lladdr_out(MN_CTX c, const struct mn_config *cfg, struct mn_work *w, uint32_t off)
{
	const uint8_t *mac = w->opt + 2;

	if (mac_equal(mac, w->eth.src) || mn_find_guest(c, w, mac)) {
		mn_edit_mac(w, off + 2, mac, cfg->w, (uint32_t)w->l4 + ND_OFF_CSUM);
		return w->drop;
	}
	/* a router may name a third machine, which is on the air itself; whoever speaks of itself may not */
	return w->nd.type == ND_REDIRECT && w->opt[0] == ND_OPT_TLLA ? NOT_DROPPED : DROP_ND_SENDER;
}

/* The wire says where somebody is: at W is nobody but this host, unless a Redirect means a sibling (rules 10, 19). */
MN_FN int mn_nd_lladdr_in(MN_CTX c, const struct mn_config *cfg, struct mn_work *w, uint32_t off)
{
	struct mn_binding *b;

	if (!mac_equal(w->opt + 2, cfg->w))
		return NOT_DROPPED;
	if (w->nd.type != ND_REDIRECT)
		return DROP_PROXY_CLAIM;
	b = mn_find_ip6(c, w, w->nd.target);
	if (b && b->kind == MN_GUEST)
		mn_edit_mac(w, off + 2, w->opt + 2, b->mac, (uint32_t)w->l4 + ND_OFF_CSUM);
	return w->drop;
}

/*
 * Walks all options behind the fixed part (rule 17).  Returns NOT_DROPPED with the edits asked for, or a reason.
 */
MN_STAGE(mn_nd_options)
{
	const struct mn_config *cfg = mn_conf(c);
	uint32_t off = w->l4 + w->nd_min, end = w->end;
	bool is_signed = false, out = w->hook == MN_FROM_GUEST;
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	for (int i = 0; i < MN_ND_OPTIONS && off < end; i++) {
		uint32_t len;

		if (off + 8 > end || mn_load(c, off, w->opt, 8))
			return DROP_ND_OPTION;
		len = w->opt[1] * 8u;
		if (!len || off + len > end)
			return DROP_ND_OPTION;
		if (w->opt[0] == ND_OPT_SLLA || w->opt[0] == ND_OPT_TLLA) {
			if (len != 8 || w->n_edits >= MN_EDITS - 2)
				return DROP_ND_OPTION;
			r = out ? mn_nd_lladdr_out(c, cfg, w, off) : mn_nd_lladdr_in(c, cfg, w, off);
			if (r)
				return r;
		} else if (w->opt[0] == ND_OPT_RSA) {
			is_signed = true;
		}
		off += len;
	}
	if (off < end)
		return DROP_ND_OPTION;
	return is_signed && w->n_edits ? DROP_ND_SIGNED : NOT_DROPPED;
}

/* What the message claims: its source, and for an NA its target (rules 16 and 18). */
MN_FN int mn_nd_claim(MN_CTX c, struct mn_work *w)
{
	int r = mn_claim_mac(c, w);

	if (r)
		return r;
	if (mn_ip6_is_zero(w->ip6.src)) {
		if (w->nd.type == ND_NS) {
			mn_key_clear(&w->key, MN_PROBE6, w->vlan);
			__builtin_memcpy(w->key.addr, w->nd.target, 16);
			return mn_remember(c, w, 0);
		}
	} else if (mn_ip6_is_bad(w->ip6.src)) {
		return DROP_CLAIM_INVALID;
	} else {
		mn_key_ip6(&w->key, w->vlan, w->ip6.src);
		r = mn_claim_slow(c, w);
	}
	if (r || w->nd.type != ND_NA)
		return r;
	if (mn_ip6_is_bad(w->nd.target))
		return DROP_CLAIM_INVALID;
	w->announce = !(w->nd.flags[0] & ND_NA_SOLICITED);
	mn_key_ip6(&w->key, w->vlan, w->nd.target);
	return mn_claim_slow(c, w);
}

/* Neighbour discovery from a guest. */
MN_STAGE(mn_nd_out)
{
	const struct mn_config *cfg = mn_conf(c);
	struct mn_binding *b = 0;
	uint32_t translated;
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_nd_claim(c, w);
	if (r)
		return r;
	r = mn_nd_options(c, w);
	if (r)
		return r;
	translated = w->n_edits;
	if (w->nd.type == ND_NS) {
		bool probe = mn_ip6_is_zero(w->ip6.src);

		b = mn_find_ip6(c, w, w->nd.target);
		if (b && b->kind == MN_HOST)
			return mn_send_host(c, w); /* rule 11 */
		if (mac_is_group(w->eth.dst) && !probe && mn_live_guest(cfg, b, w->now) &&
		    !mac_equal(b->mac, w->eth.src))
			return mn_keep_local(c, w); /* rule 12 */
	}
	if (mac_is_group(w->eth.dst))
		r = mn_send_group(c, cfg, w);
	else
		r = mn_send_unicast(c, cfg, w, mn_find_ip6(c, w, w->ip6.dst), 0);
	if (!r && translated && w->to == MN_TO_AIR)
		mn_tally(c, MN_N_ND);
	return r;
}

/* IPv6 from a guest. */
MN_STAGE(mn_ip6_out)
{
	const struct mn_config *cfg = mn_conf(c);
	struct mn_binding *own = 0;
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_ip6_read(c, w);
	if (r)
		return r;
	r = mn_nd_check(c, w);
	if (r < 0)
		return -r;
	if (r > 0)
		return mn_nd_out(c, w);
	if (mn_ip6_is_zero(w->ip6.src)) {
		r = mn_claim_mac(c, w);
	} else if (mn_ip6_is_bad(w->ip6.src)) {
		r = DROP_CLAIM_INVALID;
	} else {
		mn_key_ip6(&w->key, w->vlan, w->ip6.src);
		r = mn_claim(c, w, &own);
	}
	if (r)
		return r;
	if (mac_is_group(w->eth.dst))
		return mn_send_group(c, cfg, w);
	if (!mac_equal(w->eth.dst, cfg->w))
		return mn_send_unicast(c, cfg, w, 0, own);
	return mn_send_unicast(c, cfg, w, mn_find_ip6(c, w, w->ip6.dst), own);
}

/* Rule 9: the wire claims what a guest holds. Counted and told; the guest defends itself. */
MN_FN void mn_nd_conflict(MN_CTX c, struct mn_work *w)
{
	struct mn_binding *b;

	b = mn_find_ip6(c, w, w->nd.type == ND_NA ? w->nd.target : w->ip6.src);
	if (!b || b->kind != MN_GUEST)
		return;
	mn_tally(c, MN_N_CONFLICT);
	mac_copy(w->who, w->eth.src);
	mn_news(c, w, MN_EV_CONFLICT, 0, &w->key, b->mac);
}

/* Neighbour discovery from the wire: soundness, proxies, redirects. What is left goes the way of all IPv6. */
MN_FN int mn_nd_in(MN_CTX c, struct mn_work *w)
{
	int r = mn_nd_options(c, w);

	if (r)
		return r;
	if (w->n_edits)
		mn_tally(c, MN_N_ND);
	mn_nd_conflict(c, w);
	return NOT_DROPPED;
}

/* The guest that probes the target of an NA or NS (rule 16). */
MN_FN struct mn_binding *mn_nd_prober(MN_CTX c, struct mn_work *w)
{
	mn_key_clear(&w->key, MN_PROBE6, w->vlan);
	__builtin_memcpy(w->key.addr, w->nd.target, 16);
	return mn_find(c, &w->key);
}

/* IPv6 from the wire. */
MN_STAGE(mn_ip6_in)
{
	struct mn_binding *b;
	int nd;

	nd = mn_ip6_read(c, w);
	if (nd)
		return nd;
	nd = mn_nd_check(c, w);
	if (nd < 0)
		return -nd;
	if (nd > 0) {
		int r = mn_nd_in(c, w);

		if (r)
			return r;
	}
	if (mac_is_group(w->eth.dst))
		return mn_flood(c, w);
	if (w->ip6.dst[0] == 0xff) {
		w->opt[0] = w->opt[1] = 0x33;
		__builtin_memcpy(w->opt + 2, w->ip6.dst + 12, 4);
		return mn_restore(c, w, w->opt);
	}
	b = mn_find_ip6(c, w, w->ip6.dst);
	if (b && b->kind == MN_GUEST)
		return nd ? mn_send_guest(c, w, b) : mn_send_data(c, w, b);
	if (!b && nd > 0 && (w->nd.type == ND_NA || w->nd.type == ND_NS)) {
		b = mn_nd_prober(c, w);
		if (b && b->kind == MN_GUEST)
			return mn_send_guest(c, w, b);
	}
	return mn_pass_host(w);
}

/* Rules 11 and 25 for this host's neighbour discovery: see mn_arp_host. */
MN_STAGE(mn_ip6_host)
{
	const struct mn_config *cfg = mn_conf(c);
	struct mn_binding *b;
	int nd;

	w->to = MN_TO_AIR;
	if (!cfg)
		return NOT_DROPPED;
	w->copy = MN_TO_GUESTS;
	if (mn_ip6_read(c, w) || (nd = mn_nd_check(c, w)) <= 0 || (w->nd.type != ND_NS && w->nd.type != ND_NA)) {
		mn_tally(c, MN_N_HOST_GROUP);
		return NOT_DROPPED;
	}
	b = mn_find_ip6(c, w, w->nd.target);
	if (w->nd.type == ND_NA && b && b->kind == MN_GUEST) {
		w->copy = 0;
		return NOT_DROPPED;
	}
	if (w->nd.type == ND_NS && !mn_ip6_is_zero(w->ip6.src) && mn_live_guest(cfg, b, w->now)) {
		w->copy = 0;
		w->to = MN_TO_GUESTS;
		mn_tally(c, MN_N_FROM_HOST);
		return NOT_DROPPED;
	}
	mn_tally(c, MN_N_HOST_GROUP);
	return NOT_DROPPED;
}

#endif

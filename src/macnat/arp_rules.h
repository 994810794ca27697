/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARP: rules 5 to 12. */
#ifndef VIFI_MACNAT_ARP_RULES_H
#define VIFI_MACNAT_ARP_RULES_H

#include "macnat/frame_rules.h"

MN_FN bool mn_ip4_is_zero(const uint8_t *a)
{
	return be32(a) == 0;
}

/* A source address that no machine can have: multicast, limited broadcast, loopback, "this network". */
MN_FN bool mn_ip4_is_bad(const uint8_t *a)
{
	return a[0] >= 0xe0 || a[0] == 127 || a[0] == 0;
}

MN_FN bool mn_ip4_equal(const uint8_t *a, const uint8_t *b)
{
	return be32(a) == be32(b);
}

/* Reads the packet into w->arp. RFC 826: hardware type Ethernet, protocol IPv4, request or reply. */
MN_FN int mn_arp_read(MN_CTX c, struct mn_work *w)
{
	const struct arp_ether_ip4 *a = &w->arp;
	uint16_t op;

	if (mn_load_l3(c, w, &w->arp, sizeof(w->arp)))
		return DROP_TRUNCATED;
	op = be16(a->op);
	if (be16(a->htype) != 1 || be16(a->ptype) != ETHERTYPE_IP4 || a->hlen != 6 || a->plen != 4 ||
	    (op != ARP_REQUEST && op != ARP_REPLY))
		return DROP_ARP_MALFORMED;
	return NOT_DROPPED;
}

/* Rule 5: the hardware addresses in the body become W where they were a guest's. */
MN_FN int mn_arp_translate(MN_CTX c, const struct mn_config *cfg, struct mn_work *w)
{
	const struct arp_ether_ip4 *a = &w->arp;

	if (!mac_equal(a->sha, w->eth.src) && !mn_find_guest(c, w, a->sha))
		return DROP_ARP_SENDER;
	mn_edit_mac(w, (uint32_t)w->l3 + ARP_OFF_SHA, a->sha, cfg->w, 0);
	if (mac_equal(a->tha, w->eth.src) || (!mac_is_zero(a->tha) && mn_find_guest(c, w, a->tha)))
		mn_edit_mac(w, (uint32_t)w->l3 + ARP_OFF_THA, a->tha, cfg->w, 0);
	return NOT_DROPPED;
}

/*
 * What the sender address says: a probe is remembered (rule 6), an address is
 * claimed, aloud or not (rule 7).  Who speaks for a sibling (proxy ARP, a nested
 * bridge) may say only what that sibling has claimed itself.
 */
MN_FN int mn_arp_claim(MN_CTX c, struct mn_work *w)
{
	const struct arp_ether_ip4 *a = &w->arp;

	if (mn_ip4_is_zero(a->spa)) {
		mn_key_clear(&w->key, MN_PROBE4, w->vlan);
		__builtin_memcpy(w->key.addr, a->tpa, 4);
		return mn_remember(c, w, 0);
	}
	if (!mac_equal(a->sha, w->eth.src)) {
		const struct mn_binding *b = mn_find_ip4(c, w, a->spa);

		return b && b->kind == MN_GUEST && mac_equal(b->mac, a->sha) ? NOT_DROPPED : DROP_ARP_SENDER;
	}
	if (mn_ip4_is_bad(a->spa))
		return DROP_CLAIM_INVALID;
	w->announce = mn_ip4_equal(a->spa, a->tpa) || (be16(a->op) == ARP_REPLY && mac_is_group(w->eth.dst));
	mn_key_ip4(&w->key, w->vlan, a->spa);
	return mn_claim_slow(c, w);
}

/* ARP from a guest. */
MN_STAGE(mn_arp_out)
{
	const struct mn_config *cfg = mn_conf(c);
	const struct arp_ether_ip4 *a = &w->arp;
	struct mn_binding *target;
	bool question;
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_arp_read(c, w);
	if (r)
		return r;
	r = mn_claim_mac(c, w);
	if (r)
		return r;
	r = mn_arp_claim(c, w);
	if (r)
		return r;
	r = mn_arp_translate(c, cfg, w);
	if (r)
		return r;
	target = mn_find_ip4(c, w, a->tpa);
	if (!mac_is_group(w->eth.dst)) {
		r = mn_send_unicast(c, cfg, w, target, 0);
	} else {
		question = be16(a->op) == ARP_REQUEST && !mn_ip4_equal(a->spa, a->tpa);
		if (question && target && target->kind == MN_HOST)
			return mn_send_host(c, w); /* rule 11: this host answers for itself, without the air */
		if (question && !mn_ip4_is_zero(a->spa) && mn_live_guest(cfg, target, w->now) &&
		    !mac_equal(target->mac, w->eth.src))
			return mn_keep_local(c, w); /* rule 12: the sibling has heard it */
		r = mn_send_group(c, cfg, w);
	}
	if (!r && w->to == MN_TO_AIR)
		mn_tally(c, MN_N_ARP);
	return r;
}

/*
 * Who is meant by a unicast ARP frame to W: the owner of the target address
 * (rule 8); for the answer to a probe, whose target is 0.0.0.0 or the probed
 * address itself, whoever probes (rule 6).
 */
MN_FN struct mn_binding *mn_arp_meant(MN_CTX c, struct mn_work *w)
{
	const struct arp_ether_ip4 *a = &w->arp;
	struct mn_binding *b;

	if (be16(a->op) == ARP_REPLY && (mn_ip4_is_zero(a->tpa) || mn_ip4_equal(a->tpa, a->spa))) {
		mn_key_clear(&w->key, MN_PROBE4, w->vlan);
		__builtin_memcpy(w->key.addr, a->spa, 4);
		b = mn_find(c, &w->key);
		if (b)
			return b;
	}
	return mn_find_ip4(c, w, a->tpa);
}

/* ARP from the wire. */
MN_STAGE(mn_arp_in)
{
	const struct mn_config *cfg = mn_conf(c);
	const struct arp_ether_ip4 *a = &w->arp;
	struct mn_binding *b;
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_arp_read(c, w);
	if (r)
		return r;
	if (mac_equal(a->sha, cfg->w))
		return DROP_PROXY_CLAIM; /* rule 10: only this host is at W, and it did not say this */
	if (!mn_ip4_is_zero(a->spa)) {
		b = mn_find_ip4(c, w, a->spa);
		if (b && b->kind == MN_GUEST) { /* rule 9: the guest defends itself */
			mn_tally(c, MN_N_CONFLICT);
			mac_copy(w->who, a->sha);
			mn_news(c, w, MN_EV_CONFLICT, 0, &w->key, b->mac);
		}
	}
	if (mac_is_group(w->eth.dst))
		return mn_flood(c, w);
	b = mn_arp_meant(c, w);
	if (!b || b->kind != MN_GUEST)
		return mn_pass_host(w);
	r = mn_send_guest(c, w, b);
	if (mac_equal(a->tha, cfg->w)) {
		mn_edit_mac(w, (uint32_t)w->l3 + ARP_OFF_THA, a->tha, b->mac, 0);
		mn_tally(c, MN_N_ARP);
	}
	return r;
}

/*
 * ARP of this host.  Rule 11: a question for a guest's address needs no air.
 * What it announces on a guest's behalf (rule 25) is for the air alone.
 */
MN_STAGE(mn_arp_host)
{
	const struct mn_config *cfg = mn_conf(c);
	const struct arp_ether_ip4 *a = &w->arp;
	struct mn_binding *b;

	w->to = MN_TO_AIR;
	if (!cfg || mn_arp_read(c, w))
		return NOT_DROPPED;
	if (!mn_ip4_is_zero(a->spa)) {
		b = mn_find_ip4(c, w, a->spa);
		if (b && b->kind == MN_GUEST)
			return NOT_DROPPED;
		b = mn_find_ip4(c, w, a->tpa);
		if (be16(a->op) == ARP_REQUEST && mn_live_guest(cfg, b, w->now)) {
			w->to = MN_TO_GUESTS;
			mn_tally(c, MN_N_FROM_HOST);
			return NOT_DROPPED;
		}
	}
	w->copy = MN_TO_GUESTS;
	mn_tally(c, MN_N_HOST_GROUP);
	return NOT_DROPPED;
}

#endif

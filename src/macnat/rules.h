/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translation rules, written once.
 *
 * Three entrances, one for each place where frames pass (doc/architecture.md):
 *
 *   mn_from_guest   a frame leaves the bridge by the port of the uplink veth
 *   mn_from_wire    a frame arrives by the uplink
 *   mn_from_host    this host's stack sends a frame by the uplink
 *
 * and a fourth one, mn_from_port (short_rules.h), which may take a frame before the bridge sees it.
 *
 * Each reads the frame and the tables through macnat/env.h and leaves its
 * verdict in struct mn_work (macnat/work.h).  The same text is compiled into
 * the eBPF programs and into user space, for --engine=user, tests and fuzzing.
 *
 * The numbers in the comments ("rule 12") are those of doc/rules.md.
 */
#ifndef VIFI_MACNAT_RULES_H
#define VIFI_MACNAT_RULES_H

#include "macnat/ip4_rules.h"
#include "macnat/ip6_rules.h"
#include "macnat/other_rules.h"
#include "macnat/short_rules.h"

/* Clears what the rules expect to be clear. The engine fills now, len, port, tci and gso afterwards. */
MN_FN void mn_begin(struct mn_work *w)
{
	w->vlan = 0;
	w->tagged = w->nested = w->proto = w->frag = w->snap = 0;
	w->announce = w->learned_flags = 0;
	w->aux = 0;
	w->lease_end = 0;
	w->drop = NOT_DROPPED;
	w->copy = w->to = 0;
	w->n_edits = 0;
	w->via = 0;
}

MN_FN int mn_guest_checks(MN_CTX c, const struct mn_config *cfg, struct mn_work *w)
{
	int r = mn_parse_ether(c, w);

	if (r)
		return r;
	if (mn_link_control(w))
		return DROP_LINK_CONTROL;
	if (mac_is_group(w->eth.src) || mac_is_zero(w->eth.src))
		return DROP_BAD_SOURCE;
	if (mac_equal(w->eth.src, cfg->w))
		return DROP_CLAIM_HOST;
	return mn_vlan_check(cfg, w);
}

MN_FN int mn_guest_frame(MN_CTX c, struct mn_work *w)
{
	const struct mn_config *cfg = mn_conf(c);
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_guest_checks(c, cfg, w);
	if (r)
		return r;
	mac_copy(w->who, w->eth.src);
	mn_key_mac(&w->mac_key, w->vlan, w->eth.src);
	switch (w->type) {
	case ETHERTYPE_IP4:
		return mn_ip4_out(c, w);
	case ETHERTYPE_IP6:
		return mn_ip6_out(c, w);
	case ETHERTYPE_ARP:
		return mn_arp_out(c, w);
	case ETHERTYPE_RARP: /* a hypervisor announces a guest that has moved here: for the bridge, and for us */
		r = mn_claim_mac(c, w);
		return r ? r : DROP_RARP;
	}
	return mn_other_out(c, w);
}

/* What of the wire's frames is this host's own business, or nobody's: sets w->to. */
MN_FN int mn_wire_checks(MN_CTX c, const struct mn_config *cfg, struct mn_work *w)
{
	struct mn_binding *b;
	int r = mn_parse_ether(c, w);

	if (r)
		return r;
	if (mac_equal(w->eth.src, cfg->w))
		return DROP_REFLECTION; /* rule 10 */
	if (mn_link_control(w))
		return mn_pass_host(w); /* rule 23: the supplicant's, never a guest's */
	if (mn_vlan_check(cfg, w))
		return mn_pass_host(w); /* this host may have a VLAN interface of its own */
	if (!mac_is_group(w->eth.dst) && !mac_equal(w->eth.dst, cfg->w))
		return mn_pass_host(w); /* seen because somebody listens to everything */
	b = mn_find_guest(c, w, w->eth.src);
	if (!mn_live_guest(cfg, b, w->now))
		return NOT_DROPPED;
	if (!(b->flags & MN_F_CONTEST)) { /* it may have migrated away: user space asks for it here */
		b->flags |= MN_F_CONTEST;
		mac_copy(w->who, w->eth.src);
		mn_news(c, w, MN_EV_CONTEST, DROP_GUEST_ON_WIRE, &w->key, b->mac);
	}
	return DROP_GUEST_ON_WIRE;
}

MN_FN int mn_wire_frame(MN_CTX c, struct mn_work *w)
{
	const struct mn_config *cfg = mn_conf(c);
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_wire_checks(c, cfg, w);
	if (r || w->to)
		return r;
	switch (w->type) {
	case ETHERTYPE_IP4:
		return mn_ip4_in(c, w);
	case ETHERTYPE_IP6:
		return mn_ip6_in(c, w);
	case ETHERTYPE_ARP:
		return mn_arp_in(c, w);
	}
	return mn_other_in(c, w);
}

/* This host's group frame: for the air and for the guests, but for what only one of them needs. */
MN_FN int mn_host_group(MN_CTX c, struct mn_work *w)
{
	if (w->type == ETHERTYPE_ARP)
		return mn_arp_host(c, w);
	if (w->type == ETHERTYPE_IP6)
		return mn_ip6_host(c, w);
	w->to = MN_TO_AIR;
	w->copy = MN_TO_GUESTS;
	mn_tally(c, MN_N_HOST_GROUP);
	return NOT_DROPPED;
}

MN_FN int mn_host_frame(MN_CTX c, struct mn_work *w, bool marked)
{
	const struct mn_config *cfg = mn_conf(c);
	struct mn_binding *b;
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_parse_ether(c, w);
	if (r)
		return r;
	if (!mac_equal(w->eth.src, cfg->w))
		return DROP_FOREIGN_SOURCE; /* rule 27: whoever sent it */
	w->to = MN_TO_AIR;
	if (marked || mn_link_control(w) || mn_vlan_check(cfg, w))
		return NOT_DROPPED;
	if (w->type != ETHERTYPE_IP4 && w->type != ETHERTYPE_IP6 && w->type != ETHERTYPE_ARP)
		mn_other_host(c, w);
	if (mac_is_group(w->eth.dst))
		return mn_host_group(c, w);
	b = mn_find_guest(c, w, w->eth.dst);
	if (b) {
		if (!mn_fits_guest(c, w, b))
			return DROP_MTU;
		w->to = MN_TO_GUESTS;
		mn_tally(c, MN_N_FROM_HOST);
	}
	return NOT_DROPPED;
}

MN_FN void mn_judge(struct mn_work *w, int r)
{
	if (r && !w->drop)
		w->drop = (uint16_t)r;
	if (w->drop) {
		w->copy = w->to = 0;
		w->n_edits = 0;
		w->via = 0;
	}
}

/* A frame that leaves the bridge towards the uplink. w->port: the bridge port it came by. */
MN_FN void mn_from_guest(MN_CTX c, struct mn_work *w)
{
	mn_judge(w, mn_guest_frame(c, w));
}

/* A frame that the uplink received. marked: from_guest has handed it to this host. */
MN_FN void mn_from_wire(MN_CTX c, struct mn_work *w, bool marked)
{
	if (marked) {
		mn_pass_host(w);
		return;
	}
	mn_judge(w, mn_wire_frame(c, w));
}

/* A frame that is about to leave by the uplink. marked: from_guest has sent it. */
MN_FN void mn_from_host(MN_CTX c, struct mn_work *w, bool marked)
{
	mn_judge(w, mn_host_frame(c, w, marked));
}

#endif

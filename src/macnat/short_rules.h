/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short way: data between a guest and a far end beyond the air, without the bridge in between.
 *
 *   out   mn_from_port takes a frame as it enters the bridge by the guest's port
 *   in    mn_send_data (frame_rules.h) names the guest's port in w->via
 *
 * It is a short cut, never another way: it may take what mn_from_guest and mn_from_wire would send to the same end with
 * the same edits, and leaves everything else to them.  What decides was decided before, on the long way, and is kept in
 * the binding of the guest's address: out_peer, the far end that its last frame went to by the air; in_peer, the one
 * that the last frame from the air came from.  When a guest appears, all such notes are void: it might be one of them.
 *
 * The bridge must go on knowing who is where, else it would flood.  So once in MN_SEEN_GRAIN, and whenever the far end is
 * another one, a frame takes the long way in each direction: the bridge learns from it, and the rules decide anew.
 *
 * Whether the way is open, the engine knows: a firewall on the bridge, VLAN filtering, an isolated port must not be
 * passed by (app/shortcut.h).
 */
#ifndef VIFI_MACNAT_SHORT_RULES_H
#define VIFI_MACNAT_SHORT_RULES_H

#include "macnat/ip4_rules.h"
#include "macnat/ip6_rules.h"

/* Reads a plain data packet and puts its source address into w->key. */
MN_FN bool mn_short_read(MN_CTX c, struct mn_work *w)
{
	if (w->type == ETHERTYPE_IP4) {
		if (mn_ip4_read(c, w) || mn_dhcp_maybe(c, w))
			return false;
		mn_key_ip4(&w->key, 0, w->ip4.src);
		return true;
	}
	if (w->type != ETHERTYPE_IP6 || mn_ip6_read(c, w) || w->proto == IPPROTO_N_ICMP6)
		return false;
	mn_key_ip6(&w->key, 0, w->ip6.src);
	return true;
}

/*
 * A frame enters the bridge by w->port.  Returns whether it takes the short way, with the verdict in w; if not, nothing
 * has changed, and the bridge gets it.
 */
MN_STAGE(mn_short_out)
{
	const struct mn_config *cfg = mn_conf(c);
	const uint64_t *n = mn_appearances(c);
	struct mn_binding *b;

	if (!cfg || !n || w->tci || mn_load(c, 0, &w->eth, sizeof(w->eth)))
		return 0;
	w->type = be16(w->eth.type);
	w->l3 = ETHER_HLEN;
	w->end = MN_NO_END;
	if (mac_is_group(w->eth.src) || mac_is_group(w->eth.dst) || !mn_short_read(c, w))
		return 0;
	b = mn_find(c, &w->key);
	if (!b || b->kind != MN_GUEST || b->port != w->port || !mac_equal(b->mac, w->eth.src) ||
	    b->out_peer != mac_word(w->eth.dst) || b->appearances != (uint32_t)*n || w->now - b->seen > MN_SEEN_GRAIN ||
	    mn_send_air(c, cfg, w))
		return 0;
	MN_ADD(&b->out_packets, 1);
	MN_ADD(&b->out_bytes, w->len);
	mn_tally(c, MN_N_SHORT_OUT);
	return 1;
}

MN_FN bool mn_from_port(MN_CTX c, struct mn_work *w)
{
	return mn_short_out(c, w) == 1;
}

#endif

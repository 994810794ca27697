/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is neither ARP nor IP: rule 24. */
#ifndef VIFI_MACNAT_OTHER_RULES_H
#define VIFI_MACNAT_OTHER_RULES_H

#include "macnat/frame_rules.h"
#include "wire/pppoe.h"

#define MN_PPPOE_TAGS 16

/* Key of "who spoke this ethertype, to whom": peer zero means to anybody. */
MN_FN void mn_key_talk(struct mn_work *w, bool any)
{
	mn_key_clear(&w->key, MN_TALK, w->vlan);
	put_be16(w->key.addr, w->type);
	if (!any)
		mac_copy(w->key.addr + 2, w->to_peer);
}

MN_FN void mn_key_pppoe(struct mn_work *w, const uint8_t *session)
{
	mn_key_clear(&w->key, MN_PPPOE, w->vlan);
	__builtin_memcpy(w->key.addr, session, 2);
	mac_copy(w->key.addr + 2, w->to_peer);
}

/*
 * Finds the Host-Uniq tag of a PPPoE discovery packet, by which a concentrator's
 * answer names the asking client (RFC 2516, 5 and appendix A), and makes a key
 * of its first 16 bytes.  Returns 1, or 0 where there is none.
 */
MN_STAGE(mn_pppoe_uniq)
{
	uint32_t off = (uint32_t)w->l3 + sizeof(struct pppoe_hdr), end = off + be16(w->body + 4);

	for (int i = 0; i < MN_PPPOE_TAGS && off + 4 <= end; i++) {
		uint32_t len;

		if (mn_load(c, off, w->opt, 4))
			return 0;
		len = be16(w->opt + 2);
		if (be16(w->opt) == PPPOE_TAG_HOST_UNIQ && len) {
			mn_key_clear(&w->key, MN_UNIQ, w->vlan);
			return !mn_load_some(c, off + 4, w->key.addr, len < 16 ? len : 16);
		}
		off += 4 + len;
	}
	return 0;
}

/* A guest speaks PPPoE: remember by what the answers will name it. */
MN_STAGE(mn_pppoe_out)
{
	const struct pppoe_hdr *h = (const struct pppoe_hdr *)w->body;

	if (mn_load(c, w->l3, w->body, sizeof(*h)))
		return DROP_TRUNCATED;
	if (w->type == ETHERTYPE_PPPOE_S) {
		mn_key_pppoe(w, h->session);
		return mn_remember(c, w, 0);
	}
	if ((h->code == PPPOE_PADI || h->code == PPPOE_PADR) && mn_pppoe_uniq(c, w))
		return mn_remember(c, w, 0);
	return NOT_DROPPED;
}

/* Whose is a PPPoE frame from the wire: by session, else by Host-Uniq; a PADS gives the session to its guest. */
MN_FN struct mn_binding *mn_pppoe_owner(MN_CTX c, struct mn_work *w)
{
	const struct pppoe_hdr *h = (const struct pppoe_hdr *)w->body;
	struct mn_binding *b;

	if (mn_load(c, w->l3, w->body, sizeof(*h)))
		return 0;
	if (w->type == ETHERTYPE_PPPOE_S || h->code == PPPOE_PADT) {
		mn_key_pppoe(w, h->session);
		return mn_find(c, &w->key);
	}
	if (!mn_pppoe_uniq(c, w))
		return 0;
	b = mn_find(c, &w->key);
	if (b && h->code == PPPOE_PADS && be16(h->session)) {
		mac_copy(w->who, b->mac);
		mn_key_mac(&w->mac_key, w->vlan, b->mac);
		w->port = b->port;
		w->want = w->key;
		mn_key_pppoe(w, h->session);
		b = mn_find(c,
			    mn_remember(c, w, 0) ? &w->want : &w->key); /* anew: the port may have given b up for it */
	}
	return b;
}

MN_FN bool mn_is_pppoe(const struct mn_work *w)
{
	return w->type == ETHERTYPE_PPPOE_D || w->type == ETHERTYPE_PPPOE_S;
}

/* Any other ethertype from a guest. */
MN_STAGE(mn_other_out)
{
	const struct mn_config *cfg = mn_conf(c);
	bool group = mac_is_group(w->eth.dst);
	int r;

	if (!cfg)
		return DROP_INTERNAL;
	r = mn_claim_mac(c, w);
	if (r)
		return r;
	if (!group && (mac_equal(w->eth.dst, cfg->w) || mn_live_guest(cfg, mn_find_guest(c, w, w->eth.dst), w->now)))
		return mn_send_unicast(c, cfg, w, 0, 0); /* not for the air */
	mac_copy(w->to_peer, w->eth.dst);
	if (mn_is_pppoe(w)) {
		r = mn_pppoe_out(c, w);
		if (r)
			return r;
	}
	mn_key_talk(w, true);
	r = mn_remember(c, w, 0);
	if (r)
		return r;
	if (group)
		return mn_send_group(c, cfg, w);
	mn_key_talk(w, false);
	r = mn_remember(c, w, 0);
	return r ? r : mn_send_air(c, cfg, w);
}

/* Any other ethertype from the wire: who spoke it to this peer, who spoke it at all, or nobody. */
MN_STAGE(mn_other_in)
{
	struct mn_binding *b = 0;

	if (mac_is_group(w->eth.dst))
		return mn_flood(c, w);
	mac_copy(w->to_peer, w->eth.src);
	if (mn_is_pppoe(w))
		b = mn_pppoe_owner(c, w);
	if (!b) {
		mn_key_talk(w, false);
		b = mn_find(c, &w->key);
	}
	if (!b) {
		mn_key_talk(w, true);
		b = mn_find(c, &w->key);
	}
	if (!b)
		return DROP_NO_OWNER;
	return b->kind == MN_GUEST ? mn_send_guest(c, w, b) : mn_pass_host(w);
}

/* w->key is this host's, unless it is somebody's already. */
MN_FN void mn_host_talks(MN_CTX c, struct mn_work *w)
{
	struct mn_binding *n = &w->fresh;

	if (mn_find(c, &w->key))
		return;
	__builtin_memset(n, 0, sizeof(*n));
	mac_copy(n->mac, w->eth.src);
	n->kind = MN_HOST;
	n->slot = MN_NO_SLOT;
	n->born = n->seen = w->now;
	mn_insert(c, &w->key, n);
}

/* This host speaks another ethertype: the answers are its own, unless a guest speaks the same to the same peer. */
MN_STAGE(mn_other_host)
{
	mn_key_talk(w, true);
	mn_host_talks(c, w);
	if (mac_is_group(w->eth.dst))
		return 0;
	mac_copy(w->to_peer, w->eth.dst);
	mn_key_talk(w, false);
	mn_host_talks(c, w);
	return 0;
}

#endif

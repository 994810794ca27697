/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's engine: four tc programs that carry out what the rules say.
 *
 *   vifi_from_guest  egress of the uplink veth's bridge port.  There, unlike on
 *                    the ingress of its peer, skb->ingress_ifindex still is the
 *                    bridge port that the frame came by: what a guest may learn
 *                    is limited by port, whatever MAC addresses it forges.
 *   vifi_from_wire   ingress of the uplink
 *   vifi_from_host   egress of the uplink; every frame that leaves passes here,
 *                    also those that vifi_from_guest sends
 *   vifi_from_port   ingress of each guest's bridge port: the short way, where it
 *                    is open (macnat/short_rules.h); else it lets all pass
 *
 * vifi_from_guest and vifi_from_port mark what they hand on in skb->tc_index, so that the other
 * two know it again.  The mark lets nothing past the guard.
 *
 * They return TCX_NEXT (TC_ACT_UNSPEC) for what they let pass, so that other
 * programs on the same hooks see it (rule 27).
 */
#include "bpf/env.h"
#include "macnat/rules.h"
#include <linux/pkt_cls.h>

#define PASS TC_ACT_UNSPEC

/* linux/if_packet.h does not compile without a C library. */
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2

/* Set before loading, for tests that drive the clock themselves; 0: the kernel's. */
const volatile uint64_t test_clock = 0;

MN_FN struct mn_work *begin(struct __sk_buff *skb, uint32_t hook)
{
	struct mn_work *w = mn_work_of(hook);

	if (!w)
		return 0;
	mn_begin(w);
	w->hook = hook;
	w->now = test_clock ? test_clock : bpf_ktime_get_coarse_ns();
	w->len = skb->len;
	w->port = skb->ingress_ifindex;
	w->tci = skb->vlan_present ? 0x10000 | skb->vlan_tci : 0;
	w->gso = skb->gso_size;
	return w;
}

MN_FN void count_drop(uint32_t reason)
{
	uint64_t *n = bpf_map_lookup_elem(&drops, &reason);

	if (n)
		*n += 1;
}

/*
 * Carries out one edit.  A checksum is moved by the difference; where the
 * hardware has yet to complete it, the kernel leaves it alone.  Bytes that no
 * checksum covers change the sum that a receiver may have taken of the whole
 * packet (CHECKSUM_COMPLETE); behind a checksum the two changes cancel out.
 */
MN_FN int apply_one(struct __sk_buff *skb, struct mn_edit *e)
{
	uint64_t flags = e->off < ETHER_HLEN || e->csum ? 0 : BPF_F_RECOMPUTE_CSUM;

	if (e->csum) {
		int64_t diff = bpf_csum_diff((void *)e->old, 8, (void *)e->new, 8, 0);

		if (bpf_l4_csum_replace(skb, e->csum, 0, (uint64_t)diff, e->udp ? BPF_F_MARK_MANGLED_0 : 0))
			return -1;
	}
	if (e->len == 2)
		return bpf_skb_store_bytes(skb, e->off, e->new, 2, flags) ? -1 : 0;
	return bpf_skb_store_bytes(skb, e->off, e->new, MAC_LEN, flags) ? -1 : 0;
}

MN_STAGE(apply)
{
	for (uint32_t i = 0; i < MN_EDITS; i++) {
		if (i >= w->n_edits)
			break;
		if (apply_one(c, &w->edit[i]))
			return -1;
	}
	return 0;
}

/* Where each destination lies: the interface, and whether the frame leaves by it or arrives by it. */
MN_FN uint32_t device_of(const struct mn_config *cfg, uint8_t to)
{
	return to == MN_TO_GUESTS ? cfg->port : cfg->uplink;
}

MN_FN uint64_t way_of(uint8_t to)
{
	return to == MN_TO_AIR ? 0 : BPF_F_INGRESS;
}

MN_FN int drop(uint32_t reason)
{
	count_drop(reason);
	return TC_ACT_SHOT;
}

/*
 * Carries out an edit of one of the two Ethernet addresses in place.  Returns
 * false where it is not that.  A frame that shares its bytes with another (a
 * clone) has got its own before the program began: the kernel sees to it for
 * each program that writes in this way, and after each bpf_clone_redirect.
 */
MN_FN bool set_mac(struct __sk_buff *skb, const struct mn_edit *e)
{
	uint8_t *data = (void *)(long)skb->data;

	if (e->csum || data + ETHER_HLEN > (uint8_t *)(long)skb->data_end)
		return false;
	if (e->off == 0)
		mac_copy(data, e->new);
	else if (e->off == ETHER_ALEN)
		mac_copy(data + ETHER_ALEN, e->new);
	else
		return false;
	return true;
}

/*
 * Is the short way open?  User space says so for a few seconds at a time, so that it closes when nobody is there to see
 * what has been put in between (app/shortcut.h).
 */
MN_FN bool short_way(uint64_t now)
{
	uint32_t index = MN_SHORT_UNTIL;
	const uint64_t *until = bpf_map_lookup_elem(&shortcut, &index);

	return until && now < *until;
}

/* Carries out the verdict (macnat/work.h). own: where the frame goes when it is let pass. */
MN_FN int carry_out(struct __sk_buff *skb, struct mn_work *w, uint8_t own)
{
	uint32_t zero = 0;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);
	uint8_t to = w->to;

	if (w->drop || !cfg)
		return drop(cfg ? w->drop : DROP_INTERNAL);
	if (w->copy)
		bpf_clone_redirect(skb, device_of(cfg, w->copy), way_of(w->copy));
	/* the first alternative is what data needs */
	if (w->n_edits && !(w->n_edits == 1 && set_mac(skb, &w->edit[0])) && apply(skb, w))
		return drop(DROP_INTERNAL);
	if (!to)
		return TC_ACT_SHOT; /* it has arrived already */
	if (to == (MN_TO_GUESTS | MN_TO_HOST)) {
		bpf_clone_redirect(skb, device_of(cfg, MN_TO_GUESTS), way_of(MN_TO_GUESTS));
		bpf_skb_change_type(skb, mac_is_broadcast(w->edit[0].new) ? PACKET_BROADCAST : PACKET_MULTICAST);
		return PASS;
	}
	if (to == own)
		return PASS;
	if (to == MN_TO_GUESTS && w->via && short_way(w->now)) {
		mn_tally(skb, MN_N_SHORT_IN);
		return (int)bpf_redirect(w->via, 0);
	}
	return (int)bpf_redirect(device_of(cfg, to), way_of(to));
}

SEC("tc")
int vifi_from_guest(struct __sk_buff *skb)
{
	struct mn_work *w = begin(skb, MN_FROM_GUEST);

	if (!w)
		return drop(DROP_INTERNAL);
	mn_from_guest(skb, w);
	/* Not on what goes back to the guests: another vifi in this kernel may meet the frame one day. */
	skb->tc_index = w->to == MN_TO_GUESTS ? 0 : MN_MARK;
	return carry_out(skb, w, 0);
}

SEC("tc")
int vifi_from_port(struct __sk_buff *skb)
{
	struct mn_work *w;

	if (!short_way(test_clock ? test_clock : bpf_ktime_get_coarse_ns()))
		return PASS;
	w = begin(skb, MN_FROM_PORT);
	if (!w || !mn_from_port(skb, w))
		return PASS;
	skb->tc_index = MN_MARK;
	return carry_out(skb, w, 0);
}

SEC("tc")
int vifi_from_wire(struct __sk_buff *skb)
{
	struct mn_work *w = begin(skb, MN_FROM_WIRE);
	bool marked = skb->tc_index == MN_MARK;

	if (!w)
		return drop(DROP_INTERNAL);
	if (marked)
		skb->tc_index = 0;
	w->port = 0;
	mn_from_wire(skb, w, marked);
	return carry_out(skb, w, MN_TO_HOST);
}

/*
 * Is it a frame that vifi_from_guest has just sent, with W as source?  Most of
 * what leaves is, and needs no more than this look.  What is not, or cannot be
 * seen from here, goes the long way, to the same verdict.
 */
MN_FN bool already_judged(struct __sk_buff *skb)
{
	const uint8_t *data = (void *)(long)skb->data;
	uint32_t zero = 0;
	const struct mn_config *cfg;

	if (data + ETHER_HLEN > (const uint8_t *)(long)skb->data_end)
		return false;
	cfg = bpf_map_lookup_elem(&config, &zero);
	return cfg && mac_equal(data + ETHER_ALEN, cfg->w);
}

SEC("tc")
int vifi_from_host(struct __sk_buff *skb)
{
	struct mn_work *w;
	bool marked = skb->tc_index == MN_MARK;

	if (marked && already_judged(skb)) {
		skb->tc_index = 0;
		return PASS;
	}
	w = begin(skb, MN_FROM_HOST);
	if (!w)
		return drop(DROP_INTERNAL);
	if (marked)
		skb->tc_index = 0;
	w->port = 0;
	mn_from_host(skb, w, marked);
	return carry_out(skb, w, MN_TO_AIR);
}

char licence[] SEC("license") = "GPL";

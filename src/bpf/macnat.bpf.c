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
 *                    is open (macnat/shortcut_rules.h); else it lets all pass
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

MN_FN struct mn_context *context_begin(struct __sk_buff *skb, uint32_t hook)
{
	struct mn_context *ctx = mn_context_of(hook);

	if (!ctx)
		return 0;
	mn_context_reset(ctx);
	ctx->hook = hook;
	ctx->now = test_clock ? test_clock : bpf_ktime_get_coarse_ns();
	ctx->len = skb->len;
	ctx->port = skb->ingress_ifindex;
	ctx->tci = skb->vlan_present ? 0x10000 | skb->vlan_tci : 0;
	ctx->gso = skb->gso_size;
	return ctx;
}

MN_FN void count_drop(uint32_t reason)
{
	uint64_t *count = bpf_map_lookup_elem(&drops, &reason);

	if (count)
		*count += 1;
}

/*
 * Carries out one edit.  A checksum is moved by the difference; where the
 * hardware has yet to complete it, the kernel leaves it alone.  Bytes that no
 * checksum covers change the sum that a receiver may have taken of the whole
 * packet (CHECKSUM_COMPLETE); behind a checksum the two changes cancel out.
 */
MN_FN int apply_edit(struct __sk_buff *skb, struct mn_edit *edit)
{
	uint64_t flags = edit->off < ETHER_HLEN || edit->csum_off ? 0 : BPF_F_RECOMPUTE_CSUM;

	if (edit->csum_off) {
		int64_t diff = bpf_csum_diff((void *)edit->old, 8, (void *)edit->new, 8, 0);

		if (bpf_l4_csum_replace(skb, edit->csum_off, 0, (uint64_t)diff, edit->udp ? BPF_F_MARK_MANGLED_0 : 0))
			return -1;
	}
	if (edit->len == 2)
		return bpf_skb_store_bytes(skb, edit->off, edit->new, 2, flags) ? -1 : 0;
	return bpf_skb_store_bytes(skb, edit->off, edit->new, MAC_LEN, flags) ? -1 : 0;
}

MN_STAGE(apply_edits)
{
	for (uint32_t i = 0; i < MN_EDITS; i++) {
		if (i >= ctx->n_edits)
			break;
		if (apply_edit(env, &ctx->edits[i]))
			return -1;
	}
	return 0;
}

/* Where each destination lies: the interface, and whether the frame leaves by it or arrives by it. */
MN_FN uint32_t dest_ifindex(const struct mn_config *cfg, uint8_t dest)
{
	return dest == MN_TO_GUESTS ? cfg->veth_port : cfg->uplink;
}

MN_FN uint64_t redirect_flags(uint8_t dest)
{
	return dest == MN_TO_UPLINK ? 0 : BPF_F_INGRESS;
}

MN_FN int drop_frame(uint32_t reason)
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
MN_FN bool edit_mac_in_place(struct __sk_buff *skb, const struct mn_edit *edit)
{
	uint8_t *data = (void *)(long)skb->data;

	if (edit->csum_off || data + ETHER_HLEN > (uint8_t *)(long)skb->data_end)
		return false;
	if (edit->off == 0)
		mac_copy(data, edit->new);
	else if (edit->off == ETHER_ALEN)
		mac_copy(data + ETHER_ALEN, edit->new);
	else
		return false;
	return true;
}

/*
 * Is the short way open?  User space says so for a few seconds at a time, so that it closes when nobody is there to see
 * what has been put in between (app/shortcut.h).
 */
MN_FN bool shortcut_is_open(uint64_t now)
{
	uint32_t index = MN_SHORTCUT_UNTIL;
	const uint64_t *until = bpf_map_lookup_elem(&shortcut, &index);

	return until && now < *until;
}

/* Carries out the verdict (macnat/work.h). own: where the frame goes when it is let pass. */
MN_FN int apply_verdict(struct __sk_buff *skb, struct mn_context *ctx, uint8_t pass_dest)
{
	uint32_t zero = 0;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);
	uint8_t dest = ctx->send_to;

	if (ctx->drop || !cfg)
		return drop_frame(cfg ? ctx->drop : DROP_INTERNAL);
	if (ctx->copy_to)
		bpf_clone_redirect(skb, dest_ifindex(cfg, ctx->copy_to), redirect_flags(ctx->copy_to));
	/* the first alternative is what data needs */
	if (ctx->n_edits && !(ctx->n_edits == 1 && edit_mac_in_place(skb, &ctx->edits[0])) && apply_edits(skb, ctx))
		return drop_frame(DROP_INTERNAL);
	if (!dest)
		return TC_ACT_SHOT; /* it has arrived already */
	if (dest == (MN_TO_GUESTS | MN_TO_HOST)) {
		bpf_clone_redirect(skb, dest_ifindex(cfg, MN_TO_GUESTS), redirect_flags(MN_TO_GUESTS));
		bpf_skb_change_type(skb, mac_is_broadcast(ctx->edits[0].new) ? PACKET_BROADCAST : PACKET_MULTICAST);
		return PASS;
	}
	if (dest == pass_dest)
		return PASS;
	if (dest == MN_TO_GUESTS && ctx->via_port && shortcut_is_open(ctx->now)) {
		mn_count_inc(skb, MN_COUNT_SHORTCUT_IN);
		return (int)bpf_redirect(ctx->via_port, 0);
	}
	return (int)bpf_redirect(dest_ifindex(cfg, dest), redirect_flags(dest));
}

SEC("tc")
int vifi_from_guest(struct __sk_buff *skb)
{
	struct mn_context *ctx = context_begin(skb, MN_FROM_GUEST);

	if (!ctx)
		return drop_frame(DROP_INTERNAL);
	mn_from_guest(skb, ctx);
	/* Not on what goes back to the guests: another vifi in this kernel may meet the frame one day. */
	skb->tc_index = ctx->send_to == MN_TO_GUESTS ? 0 : MN_MARK;
	return apply_verdict(skb, ctx, 0);
}

SEC("tc")
int vifi_from_port(struct __sk_buff *skb)
{
	struct mn_context *ctx;

	if (!shortcut_is_open(test_clock ? test_clock : bpf_ktime_get_coarse_ns()))
		return PASS;
	ctx = context_begin(skb, MN_FROM_PORT);
	if (!ctx || !mn_from_port(skb, ctx))
		return PASS;
	skb->tc_index = MN_MARK;
	return apply_verdict(skb, ctx, 0);
}

SEC("tc")
int vifi_from_wire(struct __sk_buff *skb)
{
	struct mn_context *ctx = context_begin(skb, MN_FROM_WIRE);
	bool marked = skb->tc_index == MN_MARK;

	if (!ctx)
		return drop_frame(DROP_INTERNAL);
	if (marked)
		skb->tc_index = 0;
	ctx->port = 0;
	mn_from_wire(skb, ctx, marked);
	return apply_verdict(skb, ctx, MN_TO_HOST);
}

/*
 * Is it a frame that vifi_from_guest has just sent, with W as source?  Most of
 * what leaves is, and needs no more than this look.  What is not, or cannot be
 * seen from here, goes the long way, to the same verdict.
 */
MN_FN bool is_translated(struct __sk_buff *skb)
{
	const uint8_t *data = (void *)(long)skb->data;
	uint32_t zero = 0;
	const struct mn_config *cfg;

	if (data + ETHER_HLEN > (const uint8_t *)(long)skb->data_end)
		return false;
	cfg = bpf_map_lookup_elem(&config, &zero);
	return cfg && mac_equal(data + ETHER_ALEN, cfg->uplink_mac);
}

SEC("tc")
int vifi_from_host(struct __sk_buff *skb)
{
	struct mn_context *ctx;
	bool marked = skb->tc_index == MN_MARK;

	if (marked && is_translated(skb)) {
		skb->tc_index = 0;
		return PASS;
	}
	ctx = context_begin(skb, MN_FROM_HOST);
	if (!ctx)
		return drop_frame(DROP_INTERNAL);
	if (marked)
		skb->tc_index = 0;
	ctx->port = 0;
	mn_from_host(skb, ctx, marked);
	return apply_verdict(skb, ctx, MN_TO_UPLINK);
}

char licence[] SEC("license") = "GPL";

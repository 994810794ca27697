/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine in the kernel: four tc programs that apply the rules, and one for the recorder.
 *
 *   vifi_from_guest  egress of the uplink veth's bridge port. There, unlike on
 *                    the ingress of its peer, skb->ingress_ifindex still is the
 *                    bridge port of arrival: learning is limited by port, whatever
 *                    MAC addresses a guest forges.
 *   vifi_from_wire   ingress of the uplink
 *   vifi_from_host   egress of the uplink; every frame that leaves passes here,
 *                    also those that vifi_from_guest sends
 *   vifi_from_port   ingress of each guest's bridge port: takes frames for the
 *                    shortcut while it is open, and frames to refuse (macnat/port_rules.h)
 *   vifi_to_port     egress of each guest's bridge port while the recorder is on (bpf/trace.h); changes nothing
 *
 * vifi_from_guest and vifi_from_port mark the frames that they send in skb->tc_index, for the other two programs; user
 * space marks its questions to the wire in skb->mark. A mark does not bypass the guard.
 *
 * They return TCX_NEXT (TC_ACT_UNSPEC) for frames that pass, so that other programs on the same hooks see them (rule
 * 27).
 */
#include "bpf/env.h"
#include "bpf/fast_path.h"
#include "bpf/trace.h"
#include "macnat/rules.h"
#include <linux/pkt_cls.h>

#define PASS TC_ACT_UNSPEC

/* linux/if_packet.h does not compile without a C library. */
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2

/* Set before loading by tests: the fast path leaves its verdict in the context, too. */
const volatile uint32_t fast_path_has_context = 0;

MN_FN struct mn_context *context_begin(struct __sk_buff *skb, uint32_t hook, uint64_t now)
{
	struct mn_context *ctx = mn_context_of(hook);

	if (!ctx)
		return 0;
	mn_context_reset(ctx);
	ctx->hook = hook;
	ctx->now = now;
	ctx->len = skb->len;
	ctx->port = skb->ingress_ifindex;
	ctx->tci = skb->vlan_present ? 0x10000 | skb->vlan_tci : 0;
	ctx->gso = skb->gso_size;
	return ctx;
}

/*
 * Applies one edit. A checksum is updated by the difference; the kernel leaves a checksum alone that the hardware
 * completes. Bytes without a checksum change the sum that a receiver may have computed over the whole packet
 * (CHECKSUM_COMPLETE); with a checksum the two changes cancel out.
 */
MN_FN int update_checksum(struct __sk_buff *skb, struct mn_edit *edit)
{
	uint64_t diff = (uint64_t)bpf_csum_diff((void *)edit->old, 8, (void *)edit->new, 8, 0);
	uint64_t flags = (edit->csum_flags & MN_CSUM_UDP ? BPF_F_MARK_MANGLED_0 : 0) |
			 (edit->csum_flags & MN_CSUM_PSEUDO ? BPF_F_PSEUDO_HDR : 0);

	if (edit->csum_flags & MN_CSUM_IP4)
		return bpf_l3_csum_replace(skb, edit->csum_off, 0, diff, 0) ? -1 : 0;
	return bpf_l4_csum_replace(skb, edit->csum_off, 0, diff, flags) ? -1 : 0;
}

MN_FN int apply_edit(struct __sk_buff *skb, struct mn_edit *edit)
{
	uint64_t flags = edit->off < ETHER_HLEN || edit->csum_off ? 0 : BPF_F_RECOMPUTE_CSUM;

	if (edit->csum_off && update_checksum(skb, edit))
		return -1;
	if (edit->len == 2)
		return bpf_skb_store_bytes(skb, edit->off, edit->new, 2, flags) ? -1 : 0;
	if (edit->len == 4)
		return bpf_skb_store_bytes(skb, edit->off, edit->new, 4, flags) ? -1 : 0;
	if (edit->len == 8)
		return bpf_skb_store_bytes(skb, edit->off, edit->new, 8, flags) ? -1 : 0;
	return bpf_skb_store_bytes(skb, edit->off, edit->new, MAC_LEN, flags) ? -1 : 0;
}

/* As a stage (env.h), verified once instead of once per edit. */
__attribute__((noinline)) int apply_edit_stage(struct __sk_buff *skb, uint32_t hook, uint32_t index)
{
	struct mn_context *ctx = mn_context_of(hook);

	return ctx && index < MN_EDITS ? apply_edit(skb, &ctx->edits[index]) : -1;
}

/* Grows the frame with zeros and writes the edits. */
MN_STAGE(apply_edits)
{
	if (ctx->grow_to > env->len && bpf_skb_change_tail(env, ctx->grow_to, 0))
		return -1;
	for (uint32_t i = 0; i < MN_EDITS; i++) {
		if (i >= ctx->n_edits)
			break;
		if (apply_edit_stage(env, ctx->hook, i))
			return -1;
	}
	return 0;
}

/*
 * The interface of each destination; redirect_flags() tells whether the frame leaves or arrives there. from_guest is at the
 * egress of the veth's port.
 */
MN_FN uint32_t dest_ifindex(const struct mn_config *cfg, uint8_t dest)
{
	return dest & (MN_TO_GUESTS | MN_TO_RULES) ? cfg->veth_port : cfg->uplink;
}

MN_FN uint64_t redirect_flags(uint8_t dest)
{
	return dest & (MN_TO_UPLINK | MN_TO_RULES) ? 0 : BPF_F_INGRESS;
}

MN_FN int drop_frame(MN_ENV env, uint32_t reason)
{
	mn_count_drop(env, reason);
	return TC_ACT_SHOT;
}

/*
 * Applies an edit of one of the two Ethernet addresses in place. Returns false for other edits. A frame that shares its
 * bytes with another (a clone) has been unshared before: the kernel does that for each program that writes in this way,
 * and after each bpf_clone_redirect.
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

/* Applies the verdict (macnat/context.h). pass_dest: the destination of a frame that passes. */
MN_FN int apply_verdict(struct __sk_buff *skb, struct mn_context *ctx, uint8_t pass_dest)
{
	uint32_t zero = 0;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);
	uint8_t dest = ctx->send_to;
	uint32_t port;

	if (cfg && is_recording(cfg))
		trace_verdict(skb, ctx);
	if (ctx->drop || !cfg)
		return drop_frame(skb, cfg ? ctx->drop : DROP_INTERNAL);
	if (ctx->copy_to)
		bpf_clone_redirect(skb, dest_ifindex(cfg, ctx->copy_to), redirect_flags(ctx->copy_to));
	/* the in-place edit is the fast path for data */
	if (ctx->n_edits && !(ctx->n_edits == 1 && edit_mac_in_place(skb, &ctx->edits[0])) && apply_edits(skb, ctx))
		return drop_frame(skb, DROP_INTERNAL);
	port = dest == MN_TO_GUESTS && ctx->via_port && fast_is_open(ctx->now) ? ctx->via_port : 0;
	if (is_recording(cfg))
		trace_result(skb, ctx, pass_dest, port);
	if (!dest)
		return TC_ACT_SHOT; /* delivered already */
	if (dest == (MN_TO_GUESTS | MN_TO_HOST)) {
		bpf_clone_redirect(skb, dest_ifindex(cfg, MN_TO_GUESTS), redirect_flags(MN_TO_GUESTS));
		bpf_skb_change_type(skb, mac_is_broadcast(ctx->edits[0].new) ? PACKET_BROADCAST : PACKET_MULTICAST);
		return PASS;
	}
	if (dest == pass_dest)
		return PASS;
	if (port) {
		mn_count_inc(skb, MN_COUNT_SHORTCUT_IN);
		return (int)bpf_redirect(port, 0);
	}
	return (int)bpf_redirect(dest_ifindex(cfg, dest), redirect_flags(dest));
}

/*
 * For tests: before the fast path begins, the context that the rules would begin with, and after its verdict what they
 * would leave. port: the guest's; 0: the frame leaves by the uplink.
 */
MN_FN void note_frame(struct __sk_buff *skb, uint32_t hook, uint64_t now)
{
	struct mn_context *ctx = fast_path_has_context ? context_begin(skb, hook, now) : 0;

	if (ctx)
		mn_load(skb, 0, &ctx->eth, sizeof(ctx->eth));
}

MN_FN void note_verdict(const struct __sk_buff *skb, const struct mn_config *cfg, uint32_t hook, uint32_t port)
{
	struct mn_context *ctx = fast_path_has_context ? mn_context_of(hook) : 0;
	uint8_t *data = (uint8_t *)(long)skb->data;

	if (!ctx || data + ETHER_HLEN > (uint8_t *)(long)skb->data_end)
		return;
	if (port)
		mn_set_dst(ctx, data);
	else
		mn_set_src(ctx, cfg->uplink_mac);
	ctx->send_to = port ? MN_TO_GUESTS : MN_TO_UPLINK;
	ctx->via_port = port;
	ctx->l3_end = 0; /* the rules never set it to 0 */
}

/* Not inlined: all calls together have 512 bytes of stack, of which the rules need most on Linux 6.1. */
static __attribute__((noinline)) int fast_out_behind_bridge(struct __sk_buff *skb, const struct mn_config *cfg,
							    uint64_t now)
{
	uint64_t src;

	return fast_out(skb, cfg, now, true, &src);
}

SEC("tc")
int vifi_from_guest(struct __sk_buff *skb)
{
	uint64_t now = bpf_ktime_get_coarse_ns();
	const struct mn_config *cfg = mn_config_get(skb);
	struct mn_context *ctx;

	if (cfg && !is_recording(cfg)) {
		note_frame(skb, MN_FROM_GUEST, now);
		if (fast_out_behind_bridge(skb, cfg, now) == FAST_REDIRECT) {
			note_verdict(skb, cfg, MN_FROM_GUEST, 0);
			skb->tc_index = MN_MARK;
			return (int)bpf_redirect(cfg->uplink, 0);
		}
	}
	ctx = context_begin(skb, MN_FROM_GUEST, now);
	if (!ctx)
		return drop_frame(skb, DROP_INTERNAL);
	mn_from_guest(skb, ctx);
	/* No mark on frames for the guests: they may reach another vifi in this kernel. */
	skb->tc_index = ctx->send_to == MN_TO_GUESTS ? 0 : MN_MARK;
	return apply_verdict(skb, ctx, 0);
}

SEC("tc")
int vifi_from_port(struct __sk_buff *skb)
{
	uint64_t now = bpf_ktime_get_coarse_ns();
	const struct mn_config *cfg = mn_config_get(skb);
	enum fast_verdict fast = FAST_NO_DATA;
	struct mn_context *ctx;
	uint64_t src = 0;

	if (cfg && fast_is_open(now)) {
		note_frame(skb, MN_FROM_PORT, now);
		fast = fast_out(skb, cfg, now, false, &src);
	}
	if (cfg && fast == FAST_REDIRECT) {
		note_verdict(skb, cfg, MN_FROM_PORT, 0);
		if (is_recording(cfg))
			trace_fast_out(skb, src);
		skb->tc_index = MN_MARK;
		return (int)bpf_redirect(cfg->uplink, 0);
	}
	ctx = context_begin(skb, MN_FROM_PORT, now);
	if (!ctx)
		return PASS;
	if (!mn_from_port(skb, ctx, fast == FAST_UNKNOWN)) {
		trace_passed(skb, MN_FROM_PORT, TRACE_HOP_PORT, TRACE_TO_BRIDGE);
		return PASS;
	}
	if (ctx->send_to == MN_TO_UPLINK)
		skb->tc_index = MN_MARK;
	return apply_verdict(skb, ctx, MN_TO_BRIDGE);
}

SEC("tc")
int vifi_from_wire(struct __sk_buff *skb)
{
	uint64_t now = bpf_ktime_get_coarse_ns();
	const struct mn_config *cfg = mn_config_get(skb);
	struct mn_context *ctx;
	uint32_t port = 0;

	if (skb->tc_index == MN_MARK) { /* vifi_from_guest has sent it to this host */
		skb->tc_index = 0;
		return PASS;
	}
	if (cfg && fast_is_open(now)) {
		note_frame(skb, MN_FROM_WIRE, now);
		port = fast_in(skb, cfg, now);
	}
	if (cfg && port) {
		note_verdict(skb, cfg, MN_FROM_WIRE, port);
		if (is_recording(cfg))
			trace_fast_in(skb, *(const fast_u64 *)cfg->uplink_mac, port);
		return (int)bpf_redirect(port, 0);
	}
	ctx = context_begin(skb, MN_FROM_WIRE, now);
	if (!ctx)
		return drop_frame(skb, DROP_INTERNAL);
	ctx->port = 0;
	mn_from_wire(skb, ctx, false);
	return apply_verdict(skb, ctx, MN_TO_HOST);
}

/*
 * Is the frame one that vifi_from_guest has just sent, or this process itself (bridge/ask.h), with the uplink's MAC
 * address as source? Most frames that leave need only this check. All others take the full path, to the same verdict.
 */
MN_FN bool is_translated(struct __sk_buff *skb)
{
	const uint8_t *data = (void *)(long)skb->data;
	uint32_t zero = 0;
	const struct mn_config *cfg;

	if (data + ETHER_HLEN > (const uint8_t *)(long)skb->data_end)
		return false;
	cfg = bpf_map_lookup_elem(&config, &zero);
	if (!cfg || !mn_is_uplink_mac(skb, cfg, data + ETHER_ALEN))
		return false;
	if (is_recording(cfg))
		trace_translated(skb);
	return true;
}

SEC("tc")
int vifi_from_host(struct __sk_buff *skb)
{
	struct mn_context *ctx;
	bool marked = skb->tc_index == MN_MARK || skb->mark == MN_MARK;

	if (marked && is_translated(skb)) {
		skb->tc_index = 0;
		return PASS;
	}
	ctx = context_begin(skb, MN_FROM_HOST, bpf_ktime_get_coarse_ns());
	if (!ctx)
		return drop_frame(skb, DROP_INTERNAL);
	if (marked)
		skb->tc_index = 0;
	ctx->port = 0;
	mn_from_host(skb, ctx, marked);
	return apply_verdict(skb, ctx, MN_TO_UPLINK);
}

SEC("tc")
int vifi_to_port(struct __sk_buff *skb)
{
	trace_to_port(skb);
	return PASS;
}

char licence[] SEC("license") = "GPL";

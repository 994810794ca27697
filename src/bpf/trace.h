/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's hooks in the eBPF programs. Off, they cost one word of the configuration, which lies beside words that the
 * programs read anyway, and a branch.
 *
 * How a frame keeps its id: from the guest's port to the uplink the kernel calls the programs one after the other, on one CPU,
 * before that CPU handles another frame. So a word of the CPU is enough. vifi_from_guest continues the frame of
 * vifi_from_port if both name the same port; vifi_from_host continues a frame that has the mark of its predecessors.
 */
#ifndef VIFI_BPF_TRACE_H
#define VIFI_BPF_TRACE_H

#include "bpf/env.h"
#include "bpf/trace_cpu.h"
#include "trace/event.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, TRACE_BUFFER);
} trace_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct trace_cpu);
} trace_cpu SEC(".maps");

MN_FN bool is_recording(const struct mn_config *cfg)
{
	return __builtin_expect(cfg->recorder != TRACE_OFF, 0);
}

/* The process is woken by the event with which the buffer becomes full enough, not by each one after it. */
MN_FN uint64_t wake_flag(uint32_t size)
{
	uint64_t used = bpf_ringbuf_query(&trace_ring, BPF_RB_AVAIL_DATA);

	return used >= TRACE_WAKE && used < TRACE_WAKE + 2 * (uint64_t)size ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* `room`: a constant power of two. */
MN_FN void write_event(struct __sk_buff *skb, struct trace_cpu *cpu, uint32_t where, uint32_t verdict, uint32_t room)
{
	struct trace_event *event = bpf_ringbuf_reserve(&trace_ring, sizeof(*event) + room, 0);
	uint32_t len = skb->len - 1;

	if (!event) {
		cpu->lost++;
		return;
	}
	event->time = bpf_ktime_get_ns();
	event->id = cpu->id;
	event->ifindex = cpu->out_port ? cpu->out_port : skb->ifindex;
	event->port = skb->ingress_ifindex;
	event->len = skb->len;
	event->tci = skb->vlan_present ? 0x10000 | skb->vlan_tci : 0;
	event->segment_len = (uint16_t)skb->gso_size;
	event->reason = (uint16_t)(verdict >> 16);
	event->hop = (uint8_t)where;
	event->direction = (uint8_t)(where >> 8);
	event->to = (uint8_t)verdict;
	event->link = TRACE_ETHERNET;
	event->by_tc = 1;
	event->zero = 0;
	__builtin_memset(event->peer, 0, sizeof(event->peer) + sizeof(event->reserved));
	if (len > room - 1)
		len = room - 1;
	asm volatile("" : "+r"(len)); /* the verifier needs the mask, which the compiler would find useless */
	len &= room - 1;
	event->captured = bpf_skb_load_bytes(skb, 0, event + 1, len + 1) ? 0 : len + 1;
	bpf_ringbuf_submit(event, wake_flag(sizeof(*event) + room));
}

/*
 * Writes one event. where: hop, direction << 8, hook << 16. verdict: TRACE_TO_…, reason << 16. Verified once, as the stages
 * of the rules. Returns 0.
 */
__attribute__((noinline)) int trace_write(struct __sk_buff *skb, uint32_t where, uint32_t verdict)
{
	uint32_t zero = 0;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);

	if (!cfg || !cpu || !skb->len)
		return 0;
	if (cfg->recorder != TRACE_WHOLE || skb->len <= TRACE_HEAD)
		write_event(skb, cpu, where, verdict, TRACE_HEAD);
	else if (skb->len <= 2048)
		write_event(skb, cpu, where, verdict, 2048);
	else if (skb->len <= 16384)
		write_event(skb, cpu, where, verdict, 16384);
	else
		write_event(skb, cpu, where, verdict, TRACE_FRAME);
	return 0;
}

/* Gives the frame at the beginning of a program an id, or finds that of its journey. */
__attribute__((noinline)) int trace_begin(struct __sk_buff *skb, uint32_t hook)
{
	uint32_t zero = 0;
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);
	bool goes_on;

	if (!cpu)
		return 0;
	goes_on = (hook == MN_FROM_GUEST && cpu->port && cpu->port == skb->ingress_ifindex) ||
		  (hook == MN_FROM_HOST && skb->tc_index == MN_MARK);
	if (!goes_on)
		cpu->id = (uint64_t)(bpf_get_smp_processor_id() + 1) << TRACE_ID_CPU_SHIFT | ++cpu->count;
	cpu->port = hook == MN_FROM_PORT ? skb->ifindex : 0;
	return 0;
}

/* Where a frame meets each program. */
MN_FN uint32_t hop_of_hook(uint32_t hook)
{
	return hook == MN_FROM_GUEST  ? TRACE_HOP_BRIDGE | TRACE_OUT << 8
	       : hook == MN_FROM_WIRE ? TRACE_HOP_UPLINK_IN | TRACE_IN << 8
	       : hook == MN_FROM_HOST ? TRACE_HOP_HOST | TRACE_OUT << 8
				      : TRACE_HOP_PORT | TRACE_IN << 8;
}

/* The frame as a guest's port sends it, by the shortcut; the bridge forwards others there by itself. */
MN_FN void trace_at_port(struct __sk_buff *skb, uint32_t port)
{
	uint32_t zero = 0;
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);

	if (!cpu)
		return;
	cpu->out_port = port;
	trace_write(skb, TRACE_HOP_PORT | TRACE_OUT << 8, TRACE_ARRIVED);
	cpu->out_port = 0;
}

/* The frame as it leaves the rules. vifi_from_host records what the others send to the uplink. */
MN_FN void trace_destinations(struct __sk_buff *skb, uint8_t dests)
{
	if (dests & MN_TO_GUESTS)
		trace_write(skb, TRACE_HOP_BRIDGE | TRACE_IN << 8, TRACE_ARRIVED);
	if (dests & MN_TO_HOST)
		trace_write(skb, TRACE_HOP_HOST | TRACE_IN << 8, TRACE_ARRIVED);
}

/* The frame as it came, with the verdict of the rules, and the copy of it, which is not changed. */
MN_FN void trace_verdict(struct __sk_buff *skb, const struct mn_context *ctx)
{
	trace_begin(skb, ctx->hook);
	trace_write(skb, hop_of_hook(ctx->hook), (uint32_t)(ctx->copy_to | ctx->send_to) | (uint32_t)ctx->drop << 16);
	trace_destinations(skb, ctx->copy_to);
}

/* The frame after the edits. pass_dest: the destination of a frame that passes. port: of the guest, past the bridge; 0: none. */
MN_FN void trace_result(struct __sk_buff *skb, const struct mn_context *ctx, uint8_t pass_dest, uint32_t port)
{
	if (port)
		trace_at_port(skb, port);
	else
		trace_destinations(skb, ctx->send_to);
	if (ctx->send_to & pass_dest & MN_TO_UPLINK)
		trace_write(skb, TRACE_HOP_UPLINK_OUT | TRACE_OUT << 8, TRACE_ARRIVED);
}

/* A frame that vifi_from_guest or vifi_from_port has sent to the uplink, at the egress there. */
MN_FN void trace_translated(struct __sk_buff *skb)
{
	trace_begin(skb, MN_FROM_HOST);
	trace_write(skb, TRACE_HOP_UPLINK_OUT | TRACE_OUT << 8, TRACE_ARRIVED);
}

/* A frame that enters the bridge by a guest's port. */
MN_FN void trace_passed(struct __sk_buff *skb, uint32_t hook, uint32_t hop, uint32_t to)
{
	uint32_t zero = 0;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);

	if (!cfg || !is_recording(cfg))
		return;
	trace_begin(skb, hook);
	trace_write(skb, hop | TRACE_IN << 8, to);
}

#endif

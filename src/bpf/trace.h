/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's hooks in the eBPF programs. Off, they cost one word of the configuration, which lies beside words that the
 * programs read anyway, and a branch.
 *
 * How a frame keeps its id: from the guest's port to the uplink the kernel calls the programs one after the other, on one CPU,
 * before that CPU handles another frame. So a word of the CPU is enough. vifi_from_guest continues the frame of
 * vifi_from_port if both name the same port; vifi_from_host continues a frame that has the mark of its predecessors. So does
 * vifi_to_port, for frames that the bridge forwards from one guest to another; it is attached only while the recorder is on.
 *
 * The bytes of a frame are copied once: further events of it have its head alone, unless what follows has changed
 * (struct trace_event, `rest`).
 */
#ifndef VIFI_BPF_TRACE_H
#define VIFI_BPF_TRACE_H

#include "bpf/env.h"
#include "bpf/fast_path.h"
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

MN_FN uint32_t recorder_mode(const struct mn_config *cfg)
{
#ifdef MN_NO_RECORDER /* for script/bench: what does the recorder cost while it is off? The verifier removes what never runs. */
	uint32_t mode;

	(void)cfg;
	asm volatile("%0 = 0" : "=r"(mode));
	return mode;
#else
	return cfg->recorder;
#endif
}

MN_FN bool is_recording(const struct mn_config *cfg)
{
	return __builtin_expect(recorder_mode(cfg) != TRACE_OFF, 0);
}

/* The process is woken by the event with which the buffer becomes full enough, not by each one after it. */
MN_FN uint64_t wake_flag(uint32_t size)
{
	uint64_t used = bpf_ringbuf_query(&trace_ring, BPF_RB_AVAIL_DATA);

	return used >= TRACE_WAKE && used < TRACE_WAKE + 2 * (uint64_t)size ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

MN_FN void fill_item(struct trace_item *item, struct __sk_buff *skb, const struct trace_cpu *cpu, uint32_t where,
		     uint32_t verdict)
{
	struct trace_event *event = &item->event;

	event->time = cpu->time;
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
	event->rest = 0;
	__builtin_memset(event->peer, 0, sizeof(event->peer) + sizeof(event->back));
	__builtin_memset(&item->next_ifindex, 0, sizeof(*item) - offsetof(struct trace_item, next_ifindex));
}

/* Copies at most `room` bytes, a constant power of two, of the frame. Returns how many. */
MN_FN uint32_t load_frame(struct __sk_buff *skb, void *bytes, uint32_t room)
{
	uint32_t len = skb->len - 1;

	if (len > room - 1)
		len = room - 1;
	asm volatile("" : "+r"(len)); /* the verifier needs the mask, which the compiler would find useless */
	len &= room - 1;
	return bpf_skb_load_bytes(skb, 0, bytes, len + 1) ? 0 : len + 1;
}

/* The MAC address that the frame had at `offset` before the shortcut has changed it; TRACE_UNCHANGED: none has changed. */
struct trace_former {
	uint32_t offset;
	uint64_t mac;
};

#define TRACE_UNCHANGED UINT32_MAX

MN_FN void restore_mac(uint8_t *bytes, const struct trace_former *former)
{
	if (former->offset == 0)
		fast_write_dst(bytes, former->mac);
	else if (former->offset == ETHER_ALEN)
		fast_write_src(bytes, former->mac);
}

/* Returns an item for the frame with at most `room` bytes of it, which submit_item() takes; NULL: there is no room. */
MN_FN struct trace_item *make_item(struct __sk_buff *skb, struct trace_cpu *cpu, uint32_t where, uint32_t verdict,
				   uint32_t room, const struct trace_former *former)
{
	struct trace_item *item = bpf_ringbuf_reserve(&trace_ring, sizeof(*item) + room, 0);

	if (!item) {
		cpu->lost++;
		return 0;
	}
	fill_item(item, skb, cpu, where, verdict);
	item->event.captured = load_frame(skb, item + 1, room);
	restore_mac((uint8_t *)(item + 1), former);
	return item;
}

MN_FN void submit_item(struct trace_item *item, uint32_t room)
{
	bpf_ringbuf_submit(item, wake_flag(sizeof(*item) + room));
}

/* Writes all bytes of the frame, which later events of it need not have. */
MN_FN void write_whole(struct __sk_buff *skb, struct trace_cpu *cpu, uint32_t where, uint32_t verdict, uint32_t room,
		       const struct trace_former *former)
{
	struct trace_item *item = make_item(skb, cpu, where, verdict, room, former);

	if (!item)
		return;
	cpu->whole = item->event.captured ? skb->len : 0;
	submit_item(item, room);
}

MN_FN void write_by_size(struct __sk_buff *skb, struct trace_cpu *cpu, uint32_t where, uint32_t verdict,
			 const struct trace_former *former)
{
	if (skb->len <= 2048)
		write_whole(skb, cpu, where, verdict, 2048, former);
	else if (skb->len <= 16384)
		write_whole(skb, cpu, where, verdict, 16384, former);
	else
		write_whole(skb, cpu, where, verdict, TRACE_FRAME, former);
}

/*
 * Writes one event. where: hop, direction << 8, hook << 16. verdict: TRACE_TO_…, reason << 16. Verified once, as the stages
 * of the rules. Returns 0.
 */
__attribute__((noinline)) int trace_write(struct __sk_buff *skb, uint32_t where, uint32_t verdict)
{
	const struct trace_former former = {.offset = TRACE_UNCHANGED};
	uint32_t zero = 0;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);
	struct trace_item *item;

	if (!cfg || !cpu || !skb->len)
		return 0;
	if (cfg->recorder == TRACE_WHOLE && skb->len > TRACE_HEAD && skb->len != cpu->whole) {
		write_by_size(skb, cpu, where, verdict, &former);
		return 0;
	}
	item = make_item(skb, cpu, where, verdict, TRACE_HEAD, &former);
	if (!item)
		return 0;
	item->event.rest = cpu->whole && skb->len == cpu->whole;
	submit_item(item, TRACE_HEAD);
	return 0;
}

/* `room`: constant, for the captured bytes. */
MN_FN void copy_held(struct trace_cpu *cpu, uint32_t room)
{
	struct trace_item *item = bpf_ringbuf_reserve(&trace_ring, sizeof(*item) + room, 0);

	if (!item) {
		cpu->lost += cpu->held.next_hop ? 2 : 1;
		return;
	}
	__builtin_memcpy(item, &cpu->held, sizeof(*item));
	__builtin_memcpy(item + 1, cpu->held_bytes, room);
	submit_item(item, room);
}

/* Writes the event that vifi_from_host should have completed: also where the frame did not come there. */
MN_FN void write_held(struct trace_cpu *cpu)
{
	cpu->is_held = 0;
	if (cpu->held.event.captured <= TRACE_SMALL)
		copy_held(cpu, TRACE_SMALL);
	else
		copy_held(cpu, TRACE_HEAD);
}

MN_FN void begin_journey(struct trace_cpu *cpu)
{
	if (cpu->is_held)
		write_held(cpu);
	cpu->id = (uint64_t)(bpf_get_smp_processor_id() + 1) << TRACE_ID_CPU_SHIFT | ++cpu->count;
	cpu->whole = 0;
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
	cpu->time = bpf_ktime_get_ns();
	if (!goes_on)
		begin_journey(cpu);
	if (hook == MN_FROM_PORT)
		cpu->port = skb->ifindex;
	else if (!goes_on) /* copies of a frame that goes on may leave by other ports (trace_to_port) */
		cpu->port = 0;
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

/* If the edits have changed what follows the head of the frame, later events of it have all bytes again. */
MN_STAGE(trace_edits)
{
	uint32_t zero = 0;
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);

	(void)env;
	for (uint32_t i = 0; cpu && i < MN_EDITS; i++) {
		const struct mn_edit *edit = &ctx->edits[i];

		if (i >= ctx->n_edits)
			break;
		if (edit->off + edit->len > TRACE_HEAD || edit->csum_off + 2 > TRACE_HEAD)
			cpu->whole = 0;
	}
	return 0;
}

/* The frame after the edits. pass_dest: the destination of a frame that passes. port: of the guest, past the bridge; 0: none. */
MN_FN void trace_result(struct __sk_buff *skb, struct mn_context *ctx, uint8_t pass_dest, uint32_t port)
{
	trace_edits(skb, ctx);
	if (port)
		trace_at_port(skb, port);
	else
		trace_destinations(skb, ctx->send_to);
	if (ctx->send_to & pass_dest & MN_TO_UPLINK)
		trace_write(skb, TRACE_HOP_UPLINK_OUT | TRACE_OUT << 8, TRACE_ARRIVED);
}

/* Completes the event of trace_fast_out(). */
MN_FN bool complete_held(struct __sk_buff *skb)
{
	uint32_t zero = 0;
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);
	uint8_t *data = (uint8_t *)(long)skb->data;

	if (!cpu || !cpu->is_held || skb->tc_index != MN_MARK || skb->len != cpu->held.event.len ||
	    data + ETHER_HLEN > (uint8_t *)(long)skb->data_end)
		return false;
	cpu->held.next_hop = TRACE_HOP_UPLINK_OUT;
	cpu->held.next_direction = TRACE_OUT;
	cpu->held.next_ifindex = skb->ifindex;
	cpu->held.mac_offset = ETHER_ALEN;
	mac_copy(cpu->held.next_mac, data + ETHER_ALEN);
	write_held(cpu);
	return true;
}

/* A frame that vifi_from_guest or vifi_from_port has sent to the uplink, at the egress there. */
MN_FN void trace_translated(struct __sk_buff *skb)
{
	if (complete_held(skb))
		return;
	trace_begin(skb, MN_FROM_HOST);
	trace_write(skb, TRACE_HOP_UPLINK_OUT | TRACE_OUT << 8, TRACE_ARRIVED);
}

/*
 * A frame that the fast path (bpf/fast_path.h) has sent from a guest's port to the uplink: `src` is the MAC address that it had
 * before. Unless all bytes of it are recorded, vifi_from_host writes both hops at once.
 */
__attribute__((noinline)) int trace_fast_out(struct __sk_buff *skb, uint64_t src)
{
	const struct trace_former former = {.offset = ETHER_ALEN, .mac = src};
	uint32_t zero = 0, where = TRACE_HOP_PORT | TRACE_IN << 8;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);

	if (!cfg || !cpu || !skb->len)
		return 0;
	begin_journey(cpu);
	cpu->time = bpf_ktime_get_ns();
	cpu->port = 0;
	if (cfg->recorder == TRACE_WHOLE && skb->len > TRACE_HEAD) {
		write_by_size(skb, cpu, where, TRACE_TO_UPLINK, &former);
		return 0;
	}
	fill_item(&cpu->held, skb, cpu, where, TRACE_TO_UPLINK);
	cpu->held.event.captured = load_frame(skb, cpu->held_bytes, TRACE_HEAD);
	restore_mac(cpu->held_bytes, &former);
	cpu->is_held = 1;
	return 0;
}

/* Writes both hops of a frame from the uplink to a guest's port, past the bridge. */
MN_FN void write_pair_in(struct __sk_buff *skb, struct trace_cpu *cpu, uint32_t port, uint32_t room,
			 const struct trace_former *former)
{
	uint8_t *data = (uint8_t *)(long)skb->data;
	struct trace_item *item;

	if (data + ETHER_HLEN > (uint8_t *)(long)skb->data_end)
		return;
	item = make_item(skb, cpu, TRACE_HOP_UPLINK_IN | TRACE_IN << 8, TRACE_TO_GUESTS, room, former);
	if (!item) {
		cpu->lost++; /* the other event */
		return;
	}
	item->next_hop = TRACE_HOP_PORT;
	item->next_direction = TRACE_OUT;
	item->next_ifindex = port;
	mac_copy(item->next_mac, data);
	submit_item(item, room);
}

/* The same from the uplink to a guest's port; the frame came to the MAC address `dst`. */
__attribute__((noinline)) int trace_fast_in(struct __sk_buff *skb, uint64_t dst, uint32_t port)
{
	const struct trace_former former = {.offset = 0, .mac = dst};
	uint32_t zero = 0;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);

	if (!cfg || !cpu || !skb->len)
		return 0;
	begin_journey(cpu);
	cpu->time = bpf_ktime_get_ns();
	cpu->port = 0;
	if (cfg->recorder == TRACE_WHOLE && skb->len > TRACE_HEAD) {
		write_by_size(skb, cpu, TRACE_HOP_UPLINK_IN | TRACE_IN << 8, TRACE_TO_GUESTS, &former);
		trace_at_port(skb, port);
		return 0;
	}
	if (skb->len <= TRACE_SMALL)
		write_pair_in(skb, cpu, port, TRACE_SMALL, &former);
	else
		write_pair_in(skb, cpu, port, TRACE_HEAD, &former);
	return 0;
}

/* A frame that the bridge forwards by itself from one guest's port to another, where it leaves. */
MN_FN void trace_to_port(struct __sk_buff *skb)
{
	uint32_t zero = 0;
	const struct mn_config *cfg = bpf_map_lookup_elem(&config, &zero);
	struct trace_cpu *cpu = bpf_map_lookup_elem(&trace_cpu, &zero);

	if (!cfg || !is_recording(cfg) || !cpu || !cpu->port || cpu->port != skb->ingress_ifindex)
		return;
	cpu->time = bpf_ktime_get_ns();
	trace_write(skb, TRACE_HOP_PORT | TRACE_OUT << 8, TRACE_ARRIVED);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world_internal.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/le.h"

#include <stdlib.h>
#include <string.h>

enum { ETHER_TEST = 0x88b5 /* for local experiments */, HEADER = 14 };

/* Bytes that tell of themselves whose they are. */
static uint8_t pattern_byte(unsigned flow, uint32_t number, size_t at)
{
	return (uint8_t)(flow * 31 + number * 7 + at);
}

struct frame *flow_frame(struct wire *wire, unsigned flow, size_t len)
{
	struct flow *entry = &wire->flows[flow];
	struct frame *frame = frame_new(64, len < FLOW_HEAD ? FLOW_HEAD : len, 32);
	uint8_t *bytes = frame ? frame_make_writable(frame) : NULL;

	if (!bytes)
		abort();
	memcpy(bytes, entry->to, 6);
	memcpy(bytes + 6, entry->from, 6);
	bytes[12] = ETHER_TEST >> 8;
	bytes[13] = ETHER_TEST & 0xff;
	put_le32(bytes + HEADER, flow);
	put_le32(bytes + HEADER + 4, ++entry->sent);
	put_le16(bytes + HEADER + 8, (uint16_t)frame->len);
	for (size_t i = FLOW_HEAD; i < frame->len; i++)
		bytes[i] = pattern_byte(flow, entry->sent, i);
	return frame;
}

static bool is_intact(const struct wire *wire, const struct frame *frame, const uint8_t host[6])
{
	const uint8_t *bytes = frame->data;
	uint32_t flow = le32(bytes + HEADER), number = le32(bytes + HEADER + 4);
	const struct flow *one = flow < wire->flow_count ? &wire->flows[flow] : NULL;

	if (!one || !mac_equal(bytes, one->to) || !mac_equal(bytes + 6, one->from) || number > one->sent ||
	    le16(bytes + HEADER + 8) != frame->len || (!mac_is_group(bytes) && !mac_equal(bytes, host)))
		return false;
	for (size_t i = FLOW_HEAD; i < frame->len; i++)
		if (bytes[i] != pattern_byte(flow, number, i))
			return false;
	return true;
}

/* Which host this is for the books: its address, and never 0. */
static uint64_t flow_host_key(struct wire *wire, uint32_t flow, const uint8_t host[6])
{
	(void)wire;
	return mac_to_u64(host) * UINT64_C(0x100000001b3) ^ (flow + 1);
}

void flow_receive(struct wire *wire, struct violations *wrong, const uint8_t host[6], const struct frame *frame)
{
	uint32_t number, flow;
	uintptr_t last;

	if (frame->len < FLOW_HEAD || be16(frame->data + 12) != ETHER_TEST)
		return; /* what the access points tell the bridge */
	if (mac_equal(frame->data + 6, host)) {
		wrong->reflected++;
		return;
	}
	if (!is_intact(wire, frame, host)) {
		wrong->astray++;
		return;
	}
	flow = le32(frame->data + HEADER);
	number = le32(frame->data + HEADER + 4);
	last = (uintptr_t)u64_map_get(&wire->last_numbers, flow_host_key(wire, flow, host));
	/* Late or again: who counts can tell no more, and neither may be. */
	if (number == last)
		wrong->twice++;
	else if (number < last)
		wrong->disorder++;
	else {
		wire->flows[flow].received++;
		if (u64_map_put(&wire->last_numbers, flow_host_key(wire, flow, host), (void *)(uintptr_t)number))
			abort();
	}
}

void wire_enqueue(struct wire *wire, struct frame *frame, unsigned from)
{
	if (wire->at == wire->count)
		wire->at = wire->count = 0;
	if (wire->count == wire->room) {
		wire->room = wire->room ? 2 * wire->room : 64;
		wire->queue = reallocarray(wire->queue, wire->room, sizeof *wire->queue);
		if (!wire->queue)
			abort();
	}
	wire->queue[wire->count++] = (struct wire_entry){frame, from};
}

long wire_port(struct wire *wire, const struct frame *frame, unsigned from)
{
	uintptr_t port;

	if (!mac_is_group(frame->data + 6) &&
	    u64_map_put(&wire->ports, mac_to_u64(frame->data + 6), (void *)((uintptr_t)from + 1)))
		abort();
	if (mac_is_group(frame->data))
		return -1;
	port = (uintptr_t)u64_map_get(&wire->ports, mac_to_u64(frame->data));
	return port ? (long)port - 1 : -1;
}

void wire_free(struct wire *wire)
{
	for (size_t i = wire->at; i < wire->count; i++)
		frame_free(wire->queue[i].frame);
	free(wire->queue);
	free(wire->hosts);
	free(wire->flows);
	u64_map_free(&wire->ports, NULL);
	u64_map_free(&wire->last_numbers, NULL);
}

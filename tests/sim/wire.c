/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inside.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/le.h"

#include <stdlib.h>
#include <string.h>

enum { ETHER_TEST = 0x88b5 /* for local experiments */, HEADER = 14 };

/* Bytes that tell of themselves whose they are. */
static uint8_t filler(unsigned flow, uint32_t number, size_t at)
{
	return (uint8_t)(flow * 31 + number * 7 + at);
}

struct frame *flow_frame(struct wire *x, unsigned flow, size_t len)
{
	struct flow *f = &x->flows[flow];
	struct frame *frame = frame_new(64, len < FLOW_HEAD ? FLOW_HEAD : len, 32);
	uint8_t *p = frame ? frame_own(frame) : NULL;

	if (!p)
		abort();
	memcpy(p, f->to, 6);
	memcpy(p + 6, f->from, 6);
	p[12] = ETHER_TEST >> 8;
	p[13] = ETHER_TEST & 0xff;
	put_le32(p + HEADER, flow);
	put_le32(p + HEADER + 4, ++f->sent);
	put_le16(p + HEADER + 8, (uint16_t)frame->len);
	for (size_t i = FLOW_HEAD; i < frame->len; i++)
		p[i] = filler(flow, f->sent, i);
	return frame;
}

static bool intact(const struct wire *x, const struct frame *f, const uint8_t host[6])
{
	const uint8_t *p = f->data;
	uint32_t flow = le32(p + HEADER), number = le32(p + HEADER + 4);
	const struct flow *one = flow < x->flow_count ? &x->flows[flow] : NULL;

	if (!one || !mac_equal(p, one->to) || !mac_equal(p + 6, one->from) || number > one->sent ||
	    le16(p + HEADER + 8) != f->len || (!mac_is_group(p) && !mac_equal(p, host)))
		return false;
	for (size_t i = FLOW_HEAD; i < f->len; i++)
		if (p[i] != filler(flow, number, i))
			return false;
	return true;
}

/* Which host this is for the books: its address, and never 0. */
static uint64_t book_of(struct wire *x, uint32_t flow, const uint8_t host[6])
{
	(void)x;
	return mac_word(host) * UINT64_C(0x100000001b3) ^ (flow + 1);
}

void flow_receive(struct wire *x, struct wrongs *wrong, const uint8_t host[6], const struct frame *f)
{
	uint32_t number, flow;
	uintptr_t last;

	if (f->len < FLOW_HEAD || be16(f->data + 12) != ETHER_TEST)
		return; /* what the access points tell the bridge */
	if (mac_equal(f->data + 6, host)) {
		wrong->reflected++;
		return;
	}
	if (!intact(x, f, host)) {
		wrong->astray++;
		return;
	}
	flow = le32(f->data + HEADER);
	number = le32(f->data + HEADER + 4);
	last = (uintptr_t)map_get(&x->books, book_of(x, flow, host));
	/* Late or again: who counts can tell no more, and neither may be. */
	if (number == last)
		wrong->twice++;
	else if (number < last)
		wrong->disorder++;
	else {
		x->flows[flow].received++;
		if (map_put(&x->books, book_of(x, flow, host), (void *)(uintptr_t)number))
			abort();
	}
}

void wire_push(struct wire *x, struct frame *f, unsigned from)
{
	if (x->at == x->count)
		x->at = x->count = 0;
	if (x->count == x->room) {
		x->room = x->room ? 2 * x->room : 64;
		x->queue = reallocarray(x->queue, x->room, sizeof *x->queue);
		if (!x->queue)
			abort();
	}
	x->queue[x->count++] = (struct crossing){f, from};
}

long wire_port(struct wire *x, const struct frame *f, unsigned from)
{
	uintptr_t port;

	if (!mac_is_group(f->data + 6) && map_put(&x->ports, mac_word(f->data + 6), (void *)((uintptr_t)from + 1)))
		abort();
	if (mac_is_group(f->data))
		return -1;
	port = (uintptr_t)map_get(&x->ports, mac_word(f->data));
	return port ? (long)port - 1 : -1;
}

void wire_free(struct wire *x)
{
	for (size_t i = x->at; i < x->count; i++)
		frame_free(x->queue[i].frame);
	free(x->queue);
	free(x->hosts);
	free(x->flows);
	map_free(&x->ports);
	map_free(&x->books);
}

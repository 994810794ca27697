/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts the frame back as it was, then runs the program under test.
 *
 * BPF_PROG_TEST_RUN with `repeat` runs a program on one frame again and again.
 * A translator edits its frame: from the second run on it would meet its own
 * output (W as source) and refuse it, and the figure would be that of a refusal.
 * So `restore` writes the headers anew and ends in a tail call.  What that costs
 * is measured with the program `floor` as target, and subtracted.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "restore.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct restore);
} frame SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, uint32_t);
} target SEC(".maps");

#define ETH_SRC_LOW 10
#define IP4_CSUM    (14 + 10)
#define IP4_SRC_LOW (14 + 14)
#define IP4_DST_LOW (14 + 18)
#define IP6_SRC_LOW (14 + 22)
#define IP6_DST_LOW (14 + 38)

static __always_inline void put(struct restore *f, uint32_t off, uint32_t v)
{
	f->head[off] = (uint8_t)(v >> 8);
	f->head[off + 1] = (uint8_t)v;
}

/* The next guest's turn: its number stands in the low half of its addresses. */
static __always_inline void turn(struct restore *f)
{
	uint32_t now = f->now + f->step, sum;

	if (now >= f->guests)
		now -= f->guests;
	f->now = now;
	if (f->rotate == ROTATE_IP4_SRC || f->rotate == ROTATE_IP6_SRC)
		put(f, ETH_SRC_LOW, now);
	if (f->rotate == ROTATE_IP6_SRC) {
		put(f, IP6_SRC_LOW, now);
	} else if (f->rotate == ROTATE_IP6_DST) {
		put(f, IP6_DST_LOW, now);
	} else {
		put(f, f->rotate == ROTATE_IP4_SRC ? IP4_SRC_LOW : IP4_DST_LOW, now);
		sum = (f->csum ^ 0xffffu) + now; /* RFC 1624 with an old value of 0 */
		put(f, IP4_CSUM, ((sum & 0xffff) + (sum >> 16)) ^ 0xffff);
	}
}

SEC("tc")
int restore(struct __sk_buff *skb)
{
	uint32_t zero = 0;
	struct restore *f = bpf_map_lookup_elem(&frame, &zero);
	uint32_t len;

	if (!f)
		return TC_ACT_SHOT;
	if (f->rotate)
		turn(f);
	len = f->len;
	if (len < 1 || len > RESTORE_MAX || bpf_skb_store_bytes(skb, 0, f->head, len, 0))
		return TC_ACT_SHOT;
	skb->tc_index = f->mark;
	bpf_tail_call(skb, &target, 0);
	return TC_ACT_SHOT;
}

/* The least that a tc program can do. */
SEC("tc")
int floor(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_UNSPEC;
}

char licence[] SEC("license") = "GPL";

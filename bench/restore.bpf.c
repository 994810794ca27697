/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restores the frame, then runs the program under test.
 *
 * BPF_PROG_TEST_RUN with `repeat` runs a program on one frame repeatedly. The translation edits its frame, so the second
 * run would see the output of the first one (the uplink MAC as source) and refuse it. Therefore `restore` writes the
 * headers before each run and ends in a tail call. Its cost is measured with the program `floor` as target, and
 * subtracted.
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

static __always_inline void put_half(struct restore *restore, uint32_t off, uint32_t value)
{
	restore->head[off] = (uint8_t)(value >> 8);
	restore->head[off + 1] = (uint8_t)value;
}

/* Writes the addresses of the next guest: its number is in their last two bytes. */
static __always_inline void rotate_guest(struct restore *restore)
{
	uint32_t now = restore->now + restore->step, sum;

	if (now >= restore->guests)
		now -= restore->guests;
	restore->now = now;
	if (restore->rotate == ROTATE_IP4_SRC || restore->rotate == ROTATE_IP6_SRC)
		put_half(restore, ETH_SRC_LOW, now);
	if (restore->rotate == ROTATE_IP6_SRC) {
		put_half(restore, IP6_SRC_LOW, now);
	} else if (restore->rotate == ROTATE_IP6_DST) {
		put_half(restore, IP6_DST_LOW, now);
	} else {
		put_half(restore, restore->rotate == ROTATE_IP4_SRC ? IP4_SRC_LOW : IP4_DST_LOW, now);
		sum = (restore->csum ^ 0xffffu) + now; /* RFC 1624 with an old value of 0 */
		put_half(restore, IP4_CSUM, ((sum & 0xffff) + (sum >> 16)) ^ 0xffff);
	}
}

SEC("tc")
int restore(struct __sk_buff *skb)
{
	uint32_t zero = 0;
	struct restore *restore = bpf_map_lookup_elem(&frame, &zero);
	uint32_t len;

	if (!restore)
		return TC_ACT_SHOT;
	if (restore->rotate)
		rotate_guest(restore);
	len = restore->len;
	if (len < 1 || len > RESTORE_MAX || bpf_skb_store_bytes(skb, 0, restore->head, len, 0))
		return TC_ACT_SHOT;
	skb->tc_index = restore->mark;
	bpf_tail_call(skb, &target, 0);
	return TC_ACT_SHOT;
}

/* An empty program. */
SEC("tc")
int floor(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_UNSPEC;
}

char licence[] SEC("license") = "GPL";

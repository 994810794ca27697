/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The least that a translator can do: rewrites one MAC address of an IPv4 frame and redirects it, for one guest. */
#include <stdint.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "wire/ether.h"

const volatile uint32_t uplink = 0, port = 0;
const volatile uint8_t uplink_mac[8] = {0}, guest_mac[8] = {0};

static inline __attribute__((always_inline)) int rewrite(struct __sk_buff *skb, uint32_t off,
							 const volatile uint8_t *mac, uint32_t to)
{
	uint8_t *data = (void *)(long)skb->data;
	const volatile uint16_t *words = (const volatile uint16_t *)mac;

	if (data + ETHER_HLEN > (uint8_t *)(long)skb->data_end || data[12] != 0x08 || data[13] != 0x00)
		return TC_ACT_UNSPEC;
	for (int i = 0; i < 3; i++)
		((uint16_t *)(data + off))[i] = words[i];
	return (int)bpf_redirect(to, 0);
}

SEC("tc")
int minimal_out(struct __sk_buff *skb)
{
	return rewrite(skb, ETHER_ALEN, uplink_mac, uplink);
}

SEC("tc")
int minimal_in(struct __sk_buff *skb)
{
	return rewrite(skb, 0, guest_mac, port);
}

char licence[] SEC("license") = "GPL";

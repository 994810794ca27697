/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The strict single-MAC port of the lab: it treats the host as an access point treats a station.
 *
 *    router lan0 ═══ wire ─ from_wire ──►┐ ap ┌◄── from_station ── port ═══ wlan0 of the host
 *
 * Each program is attached to the tc ingress of one of the two interfaces of the namespace "ap", and redirects frames to
 * the peer of the other one by bpf_redirect_peer(), which has no queue and so hardly any cost in a benchmark. The
 * namespace has no bridge and no IP traffic.
 *
 * Like an access point, the port accepts from the station only frames with the station's source address. It drops all
 * others, counts them by ethertype and records the last one. A capture on `port` sees the frames before the program
 * does, so it counts them independently.
 *
 * Towards the station the port forwards only frames to its address and to groups. Options: reflection of the station's
 * group frames, which every access point does; conversion of group frames to unicast (DMS); no group frames at all;
 * ARP replies on behalf of the station (proxy ARP).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define F_STRICT    1  /* filter by source and destination */
#define F_REFLECT   2  /* send the station's own group frames back to it */
#define F_DMS       4  /* group frames leave for the station as unicast */
#define F_NO_GROUP  8  /* no group frames to the station at all */
#define F_PROXY_ARP 16 /* answer ARP for addresses that the station has used */

struct config {
	__u8 station[6], router[6], self[6]; /* MAC addresses; station is the uplink MAC, self is the access point */
	__u16 flags;
	__u32 port, wire; /* ifindex in the namespace "ap" */
};

enum stat { FOREIGN, NOT_FOR_STATION, REFLECTED, UNICASTED, GROUP_WITHHELD, PROXIED, STATS };

struct offender {
	__u8 source[6];
	__be16 ethertype;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct config);
} port_config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STATS);
	__type(key, __u32);
	__type(value, __u64);
} port_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __be16);
	__type(value, __u64);
} port_types SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct offender);
} port_last SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, __u8);
} port_proxy SEC(".maps");

struct arp4 {
	__be16 htype, ptype;
	__u8 hlen, plen;
	__be16 op;
	__u8 sha[6], spa[4], tha[6], tpa[4];
} __attribute__((packed));

static __always_inline void count_stat(__u32 which)
{
	__u64 *counter = bpf_map_lookup_elem(&port_stats, &which);
	if (counter)
		__sync_fetch_and_add(counter, 1);
}

static __always_inline int mac_is_equal(const __u8 *left, const __u8 *right)
{
	return !(((left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2])) |
		 ((left[3] ^ right[3]) | (left[4] ^ right[4]) | (left[5] ^ right[5])));
}

static __always_inline int record_foreign(struct ethhdr *eth)
{
	__u32 zero = 0;
	__be16 type = eth->h_proto;
	__u64 one = 1, *counter = bpf_map_lookup_elem(&port_types, &type);
	struct offender *last = bpf_map_lookup_elem(&port_last, &zero);

	count_stat(FOREIGN);
	if (counter)
		__sync_fetch_and_add(counter, 1);
	else
		bpf_map_update_elem(&port_types, &type, &one, BPF_ANY);
	if (last) {
		__builtin_memcpy(last->source, eth->h_source, 6);
		last->ethertype = type;
	}
	return TC_ACT_SHOT;
}

/* Returns the ARP packet of the frame, or NULL if there is no complete one. */
static __always_inline struct arp4 *find_arp(struct __sk_buff *skb)
{
	struct ethhdr *eth = (void *)(long)skb->data;
	struct arp4 *arp = (void *)(eth + 1);

	if ((void *)(arp + 1) > (void *)(long)skb->data_end || eth->h_proto != bpf_htons(ETH_P_ARP))
		return 0;
	if (arp->htype != bpf_htons(1) || arp->ptype != bpf_htons(ETH_P_IP) || arp->hlen != 6 || arp->plen != 4)
		return 0;
	return arp;
}

/*
 * Turns an ARP request for an address of the station into the reply with the uplink MAC. Returns 1 for such a request;
 * the caller sends the frame back.
 */
static __always_inline int proxy_answer(struct __sk_buff *skb, const struct config *config)
{
	struct arp4 *arp = find_arp(skb);
	struct ethhdr *eth = (void *)(long)skb->data;
	__be32 tpa, spa;

	if (!arp || (void *)(eth + 1) > (void *)(long)skb->data_end || arp->op != bpf_htons(1))
		return 0;
	__builtin_memcpy(&tpa, arp->tpa, 4);
	__builtin_memcpy(&spa, arp->spa, 4);
	if (tpa == spa || !bpf_map_lookup_elem(&port_proxy, &tpa))
		return 0;
	arp->op = bpf_htons(2);
	__builtin_memcpy(arp->tha, arp->sha, 6);
	__builtin_memcpy(arp->tpa, &spa, 4);
	__builtin_memcpy(arp->sha, config->station, 6);
	__builtin_memcpy(arp->spa, &tpa, 4);
	__builtin_memcpy(eth->h_dest, eth->h_source, 6);
	__builtin_memcpy(eth->h_source, config->self, 6);
	count_stat(PROXIED);
	return 1;
}

SEC("tc")
int from_station(struct __sk_buff *skb)
{
	struct ethhdr *eth = (void *)(long)skb->data;
	__u32 zero = 0;
	struct config *config = bpf_map_lookup_elem(&port_config, &zero);

	if (!config || (void *)(eth + 1) > (void *)(long)skb->data_end)
		return TC_ACT_SHOT;
	if (config->flags & F_STRICT && !mac_is_equal(eth->h_source, config->station))
		return record_foreign(eth);
	if (config->flags & F_PROXY_ARP) {
		struct arp4 *arp = find_arp(skb);
		__be32 spa = 0;
		__u8 one = 1;

		if (arp)
			__builtin_memcpy(&spa, arp->spa, 4);
		if (proxy_answer(skb, config))
			return bpf_redirect(config->port, 0);
		if (spa)
			bpf_map_update_elem(&port_proxy, &spa, &one, BPF_ANY);
		eth = (void *)(long)skb->data;
		if ((void *)(eth + 1) > (void *)(long)skb->data_end)
			return TC_ACT_SHOT;
	}
	if (eth->h_dest[0] & 1) {
		if (config->flags & F_REFLECT) {
			count_stat(REFLECTED);
			bpf_clone_redirect(skb, config->port, 0);
		}
	} else if (mac_is_equal(eth->h_dest, config->router)) {
		/* The kernel marked the frame as for another host: it compared with the unused address of `port`. */
		bpf_skb_change_type(skb, PACKET_HOST);
	}
	return bpf_redirect_peer(config->wire, 0);
}

SEC("tc")
int from_wire(struct __sk_buff *skb)
{
	struct ethhdr *eth = (void *)(long)skb->data;
	__u32 zero = 0;
	struct config *config = bpf_map_lookup_elem(&port_config, &zero);

	if (!config || (void *)(eth + 1) > (void *)(long)skb->data_end)
		return TC_ACT_SHOT;
	if (eth->h_dest[0] & 1) {
		if (config->flags & F_PROXY_ARP && proxy_answer(skb, config))
			return bpf_redirect(config->wire, 0);
		if (config->flags & F_NO_GROUP) {
			count_stat(GROUP_WITHHELD);
			return TC_ACT_SHOT;
		}
		if (config->flags & F_DMS) {
			count_stat(UNICASTED);
			bpf_skb_store_bytes(skb, 0, config->station, 6, 0);
			bpf_skb_change_type(skb, PACKET_HOST);
		}
	} else if (mac_is_equal(eth->h_dest, config->station)) {
		bpf_skb_change_type(skb, PACKET_HOST);
	} else if (config->flags & F_STRICT) {
		count_stat(NOT_FOR_STATION);
		return TC_ACT_SHOT;
	}
	return bpf_redirect_peer(config->port, 0);
}

char _license[] SEC("license") = "GPL";

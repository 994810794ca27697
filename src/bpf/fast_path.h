/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shortcut of plain data frames (macnat/shortcut_rules.h) without a context.
 *
 * Between two frames the kernel evicts code and data of the programs from the first-level caches, so that most of the cost of
 * a frame is the number of cache lines that it needs. This path needs few: it works in registers, decides what the rules
 * would decide, and leaves all that is not plain to them: VLAN tags, IPv4 options, IPv6 extension headers, ICMPv6, DHCP,
 * pinned networks, and all frames for which the tables do not hold every answer. Most frames find the answer in a place
 * (macnat/place.h), the others in the table of bindings. tests/parity runs it against the rules.
 */
#ifndef VIFI_BPF_FAST_PATH_H
#define VIFI_BPF_FAST_PATH_H

#include "bpf/env.h"
#include "bpf/places.h"
#include "macnat/rules.h"

#define FAST_IS_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
/* A constant as a 16-bit load of its big-endian bytes reads it, and back. */
#define FAST_BE16(x) ((uint16_t)(FAST_IS_LITTLE ? __builtin_bswap16((uint16_t)(x)) : (uint16_t)(x)))
/* A binding's first word without its flags is the word of the MAC address of a guest: MN_GUEST is 0. */
#define FAST_OWNER_MASK (FAST_IS_LITTLE ? 0x00ffffffffffffffull : 0xffffffffffffff00ull)
_Static_assert(MN_GUEST == 0 && __builtin_offsetof(struct mn_binding, kind) == MAC_LEN, "FAST_OWNER_MASK");

typedef uint16_t __attribute__((may_alias)) fast_u16;
typedef uint32_t __attribute__((may_alias)) fast_u32;
typedef uint64_t __attribute__((may_alias)) fast_u64;

enum fast_verdict {
	FAST_UNKNOWN,  /* the rules decide */
	FAST_NO_DATA,  /* the rules would not send it past the bridge */
	FAST_REDIRECT, /* edited and counted: redirect it */
};

/* Members are in registers, except the key. */
struct fast_frame {
	uint64_t src, dst; /* MAC addresses as words (mac_to_u64) */
	uint64_t addr[2];  /* the guest's IP address (mn_place_address) */
	uint32_t family;
	struct mn_key key; /* for a look-up */
};

MN_FN void fast_set_address(struct fast_frame *frame, uint8_t family, uint32_t word0, uint32_t word1, uint32_t word2,
			    uint32_t word3)
{
	frame->family = family;
	frame->addr[0] =
		FAST_IS_LITTLE || family == MN_IP4 ? word0 | (uint64_t)word1 << 32 : (uint64_t)word0 << 32 | word1;
	frame->addr[1] = FAST_IS_LITTLE ? word2 | (uint64_t)word3 << 32 : (uint64_t)word2 << 32 | word3;
}

MN_FN struct mn_binding *fast_find(struct __sk_buff *skb, struct fast_frame *frame)
{
	place_key(frame->addr[0], frame->addr[1], (uint8_t)frame->family, &frame->key);
	return mn_find(skb, &frame->key);
}

/* Addresses of the Ethernet header are read and written in units that suit the alignment of every machine. */
MN_FN uint64_t fast_read_dst(const uint8_t *data)
{
	uint64_t half = *(const fast_u16 *)data, word = *(const fast_u32 *)(data + 2);

	return FAST_IS_LITTLE ? half | word << 16 : half << 48 | word << 16;
}

MN_FN uint64_t fast_read_src(const uint8_t *data)
{
	uint64_t word = *(const fast_u32 *)(data + 6), half = *(const fast_u16 *)(data + 10);

	return FAST_IS_LITTLE ? word | half << 32 : word << 32 | half << 16;
}

MN_FN void fast_write_dst(uint8_t *data, uint64_t mac)
{
	*(fast_u16 *)data = (uint16_t)(FAST_IS_LITTLE ? mac : mac >> 48);
	*(fast_u32 *)(data + 2) = (uint32_t)(mac >> 16);
}

MN_FN void fast_write_src(uint8_t *data, uint64_t mac)
{
	*(fast_u32 *)(data + 6) = (uint32_t)(FAST_IS_LITTLE ? mac : mac >> 32);
	*(fast_u16 *)(data + 10) = (uint16_t)(FAST_IS_LITTLE ? mac >> 32 : mac >> 16);
}

/*
 * Reads a valid IPv4 packet (mn_ip4_read) that is no DHCP message. outbound: the guest is its source; then it is no
 * advertisement of a virtual router either (rule 33).
 */
MN_FN bool fast_read_ip4(struct __sk_buff *skb, const uint8_t *data, bool outbound, struct fast_frame *frame)
{
	const uint8_t *ip = data + ETHER_HLEN;
	const fast_u32 *words = (const fast_u32 *)ip;
	uint16_t dport, length;

	if (ip + sizeof(struct ip4_hdr) + 4 > (const uint8_t *)(long)skb->data_end || ip[0] != 0x45 ||
	    (outbound && ip[9] == IPPROTO_N_VRRP))
		return false;
	if (!skb->gso_size) {
		length = FAST_BE16(*(const fast_u16 *)(ip + 2));
		if (length < sizeof(struct ip4_hdr) || (uint32_t)ETHER_HLEN + length > skb->len ||
		    mn_sum_fold(mn_sum(words, sizeof(struct ip4_hdr), 0)) != 0xffff)
			return false;
	}
	dport = *(const fast_u16 *)(ip + sizeof(struct ip4_hdr) + 2);
	if (ip[9] == IPPROTO_N_UDP && (dport == FAST_BE16(DHCP4_SERVER_PORT) || dport == FAST_BE16(DHCP4_CLIENT_PORT)))
		return false;
	fast_set_address(frame, MN_IP4, outbound ? words[3] : words[4], 0, 0, 0);
	return true;
}

/* The same for IPv6 (mn_ip6_read), without neighbour discovery. */
MN_FN bool fast_read_ip6(struct __sk_buff *skb, const uint8_t *data, bool outbound, struct fast_frame *frame)
{
	const uint8_t *ip = data + ETHER_HLEN;
	const fast_u32 *words = (const fast_u32 *)ip;
	uint32_t at = outbound ? 2 : 6;
	uint16_t dport;

	if (ip + sizeof(struct ip6_hdr) + 4 > (const uint8_t *)(long)skb->data_end || ip[0] >> 4 != 6 ||
	    ip[6] == IPPROTO_N_ICMP6 || mn_ip6_is_extension(ip[6]) || (outbound && ip[6] == IPPROTO_N_VRRP))
		return false;
	if (!skb->gso_size && ETHER_HLEN + sizeof(struct ip6_hdr) + FAST_BE16(*(const fast_u16 *)(ip + 4)) > skb->len)
		return false;
	dport = *(const fast_u16 *)(ip + sizeof(struct ip6_hdr) + 2);
	if (ip[6] == IPPROTO_N_UDP && (dport == FAST_BE16(DHCP6_SERVER_PORT) || dport == FAST_BE16(DHCP6_CLIENT_PORT)))
		return false;
	fast_set_address(frame, MN_IP6, words[at], words[at + 1], words[at + 2], words[at + 3]);
	return true;
}

MN_FN bool fast_read(struct __sk_buff *skb, bool outbound, struct fast_frame *frame)
{
	const uint8_t *data = (const uint8_t *)(long)skb->data;
	uint16_t type;

	if (skb->vlan_present || data + ETHER_HLEN > (const uint8_t *)(long)skb->data_end)
		return false;
	type = *(const fast_u16 *)(data + 12);
	frame->dst = fast_read_dst(data);
	frame->src = fast_read_src(data);
	if (type == FAST_BE16(ETHERTYPE_IP4))
		return fast_read_ip4(skb, data, outbound, frame);
	return type == FAST_BE16(ETHERTYPE_IP6) && fast_read_ip6(skb, data, outbound, frame);
}

MN_FN bool fast_is_open(uint64_t now)
{
	uint32_t index = MN_SHORTCUT_UNTIL;
	const uint64_t *until = bpf_map_lookup_elem(&shortcut, &index);

	return until && now < *until;
}

/* Is the destination a peer beyond the uplink (mn_send_unicast)? Changes frame->key. */
MN_FN bool fast_is_beyond_uplink(struct __sk_buff *skb, struct fast_frame *frame)
{
	uint32_t low = (uint32_t)frame->dst, high = (uint32_t)(frame->dst >> 32);
	const struct mn_binding *binding;

	if (frame->dst >> (FAST_IS_LITTLE ? 0 : 56) & 1) /* a group */
		return false;
	mn_key_set(&frame->key, MN_MAC, 0, FAST_IS_LITTLE ? low : high, FAST_IS_LITTLE ? high : low, 0, 0);
	binding = mn_find(skb, &frame->key);
	return !binding || binding->kind != MN_GUEST;
}

/*
 * The decision of the table for a frame from a guest; see fast_out(). On FAST_REDIRECT the frame is counted, and the next one
 * like it finds a place.
 */
MN_FN enum fast_verdict fast_out_by_table(struct __sk_buff *skb, struct fast_frame *frame, struct mn_place_set *set,
					  struct place_wanted *wanted, uint32_t generation, uint64_t now, bool fits,
					  bool behind_bridge)
{
	struct mn_binding *binding = fast_find(skb, frame);

	if (!binding || (behind_bridge && (binding->flags & MN_F_CONTEST)))
		return FAST_UNKNOWN;
	if ((*(const fast_u64 *)binding->mac & FAST_OWNER_MASK) != frame->src ||
	    binding->port != skb->ingress_ifindex || now - binding->last_seen > MN_SEEN_RESOLUTION || !fits)
		return FAST_NO_DATA;
	if (!mn_is_noted_peer(binding, frame->dst, generation)) {
		if (!behind_bridge || !fast_is_beyond_uplink(skb, frame))
			return FAST_NO_DATA;
		mn_note_peer(binding, frame->dst, generation);
		mn_changed_address(frame->addr[0], frame->addr[1]);
	} else if (frame->dst && !(binding->flags & MN_F_CONTEST)) { /* dst 0: no noted peer */
		place_fill(set, wanted, binding, MN_PLACE_OUT, binding->last_seen + MN_SEEN_RESOLUTION, now,
			   &frame->key);
	}
	MN_ATOMIC_ADD(&binding->out_packets, 1);
	MN_ATOMIC_ADD(&binding->out_bytes, skb->len);
	return FAST_REDIRECT;
}

/*
 * From a guest to the uplink: at its port (mn_shortcut_out), or behind the bridge (mn_from_guest). There the note of the
 * peer, which becomes void when a guest appears (shortcut_rules.h), saves the look-up of the destination; another peer is
 * looked up and noted. The rules get frames that answer a contest, and those of the port that leads to the uplink's network
 * (rule 37). src: set to the MAC address that a redirected frame had.
 */
MN_FN enum fast_verdict fast_out(struct __sk_buff *skb, const struct mn_config *cfg, uint64_t now, bool behind_bridge,
				 uint64_t *src)
{
	const uint64_t *generation_word = mn_peer_generation(skb);
	uint64_t own = *(const fast_u64 *)cfg->uplink_mac, hash;
	struct place_wanted wanted;
	struct mn_place_set *set;
	struct fast_frame frame;
	enum fast_verdict ret;
	uint32_t generation;
	uint8_t *data;
	bool fits;

	if (!generation_word || !fast_read(skb, true, &frame))
		return FAST_UNKNOWN;
	/* Read before the look-ups: a guest that appears meanwhile makes the note void. */
	generation = (uint32_t) * (const volatile uint64_t *)generation_word;
	if (behind_bridge && (frame.src == own || frame.dst == own || skb->ingress_ifindex == cfg->loop_port))
		return FAST_UNKNOWN;
	hash = mn_place_hash(frame.addr[0], frame.addr[1]);
	set = place_set(hash, MN_PLACE_OUT);
	if (!set)
		return FAST_UNKNOWN;
	wanted = (struct place_wanted){.addr = {frame.addr[0], frame.addr[1]},
				       .owner = frame.src,
				       .peer = frame.dst | MN_PLACE_FAMILY(frame.family),
				       .port = skb->ingress_ifindex,
				       .version = place_version(hash) + generation};
	fits = skb->gso_size ? mn_fits(skb, cfg->uplink) : skb->len <= ETHER_HLEN + cfg->mtu;
	if (!fits || !place_out(set, &wanted, now, skb->len)) {
		ret = fast_out_by_table(skb, &frame, set, &wanted, generation, now, fits, behind_bridge);
		if (ret != FAST_REDIRECT)
			return ret;
	}
	data = (uint8_t *)(long)skb->data;
	if (data + ETHER_HLEN > (uint8_t *)(long)skb->data_end) /* for the verifier */
		return FAST_UNKNOWN;
	fast_count_inc(MN_COUNT_OUT);
	if (!behind_bridge)
		fast_count_inc(MN_COUNT_SHORTCUT_OUT);
	fast_write_src(data, own);
	*src = frame.src;
	return FAST_REDIRECT;
}

/* Does the frame fit the guest's port (mn_fits_guest)? A frame that fits every port needs no question to the kernel. */
MN_FN bool fast_fits_port(struct __sk_buff *skb, const struct mn_config *cfg, uint32_t port)
{
	uint32_t fits_all = cfg->port_mtu > 1280 ? cfg->port_mtu : 1280;

	return skb->len <= ETHER_HLEN + fits_all || mn_fits(skb, port);
}

/* Where a frame from the uplink goes. */
struct fast_target {
	uint32_t port; /* of the guest; 0: the rules decide */
	uint64_t mac;  /* the guest's, as a word */
};

/* Does a place take the frame? */
MN_FN bool fast_in_by_place(struct __sk_buff *skb, const struct mn_config *cfg, struct mn_place_set *set,
			    const struct place_wanted *wanted, uint64_t now, struct fast_target *target)
{
#pragma unroll
	for (uint32_t i = 0; i < MN_PLACE_WAYS; i++) {
		volatile struct mn_place *place = &set->way[i];
		uint32_t sequence = place->sequence;

		if (!place_is_valid(place, wanted, sequence, now))
			continue;
		target->port = place->port;
		target->mac = place->owner;
		if (fast_fits_port(skb, cfg, target->port) && place_count(place, sequence, skb->len))
			return true;
	}
	return false;
}

/* The decision of the table; then the next frame like this one finds a place. */
MN_FN bool fast_in_by_table(struct __sk_buff *skb, const struct mn_config *cfg, struct fast_frame *frame,
			    struct mn_place_set *set, struct place_wanted *wanted, uint64_t now,
			    struct fast_target *target)
{
	struct mn_binding *binding = fast_find(skb, frame);
	uint64_t until, located;

	if (!binding || binding->kind != MN_GUEST || binding->in_peer != frame->src ||
	    now - binding->in_peer_seen > MN_SEEN_RESOLUTION || now - binding->last_seen > MN_LOCATION_NS)
		return false;
	target->port = wanted->port = binding->port;
	if (!target->port || target->port == MN_NO_PORT || !fast_fits_port(skb, cfg, target->port))
		return false;
	target->mac = wanted->owner = *(const fast_u64 *)binding->mac & FAST_OWNER_MASK;
	MN_ATOMIC_ADD(&binding->in_packets, 1);
	MN_ATOMIC_ADD(&binding->in_bytes, skb->len);
	until = binding->in_peer_seen + MN_SEEN_RESOLUTION;
	located = binding->last_seen + MN_LOCATION_NS;
	place_fill(set, wanted, binding, MN_PLACE_IN, until < located ? until : located, now, &frame->key);
	return true;
}

/* From the uplink to a guest's port (mn_send_data). Returns the port, or 0: the rules decide. */
MN_FN uint32_t fast_in(struct __sk_buff *skb, const struct mn_config *cfg, uint64_t now)
{
	uint64_t own = *(const fast_u64 *)cfg->uplink_mac, hash;
	struct fast_target target = {0};
	struct place_wanted wanted;
	struct mn_place_set *set;
	struct fast_frame frame;
	uint8_t *data;

	if (!fast_read(skb, false, &frame) || frame.dst != own || frame.src == own)
		return 0;
	hash = mn_place_hash(frame.addr[0], frame.addr[1]);
	set = place_set(hash, MN_PLACE_IN);
	if (!set)
		return 0;
	wanted = (struct place_wanted){.addr = {frame.addr[0], frame.addr[1]},
				       .peer = frame.src | MN_PLACE_FAMILY(frame.family),
				       .version = place_version(hash)};
	if (!fast_in_by_place(skb, cfg, set, &wanted, now, &target) &&
	    !fast_in_by_table(skb, cfg, &frame, set, &wanted, now, &target))
		return 0;
	data = (uint8_t *)(long)skb->data;
	if (data + ETHER_HLEN > (uint8_t *)(long)skb->data_end) /* for the verifier */
		return 0;
	fast_count_inc(MN_COUNT_IN);
	fast_count_inc(MN_COUNT_SHORTCUT_IN);
	fast_write_dst(data, target.mac);
	return target.port;
}

#endif

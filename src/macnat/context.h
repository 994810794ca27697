/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One frame on its way through the rules: what the engine tells them, what they
 * read, and what they want done.
 *
 * A rule never writes the frame.  It yields edits, destinations and a reason;
 * the engine carries them out: with skb helpers in the kernel, with memcpy in
 * user space.  The order is fixed, and the parity test holds both to it:
 *
 *   1. a drop reason: count it, the frame goes nowhere;
 *   2. `copy`: the frame as it came goes to one destination;
 *   3. the edits, in order;
 *   4. `to`: the edited frame goes to each destination in the set.  An empty set
 *      without a reason means that the frame has arrived already (a guest's
 *      frame for a guest, which the bridge has delivered).
 */
#ifndef VIFI_MACNAT_CONTEXT_H
#define VIFI_MACNAT_CONTEXT_H

#include <stdint.h>
#include "macnat/model.h"
#include "wire/arp.h"
#include "wire/dhcp4.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/ndp.h"

enum mn_hook { MN_FROM_GUEST = 0, MN_FROM_WIRE = 1, MN_FROM_HOST = 2, MN_FROM_PORT = 3, MN_HOOKS = 4 };

#define MN_TO_UPLINK 0x01 /* out of the uplink */
#define MN_TO_GUESTS 0x02 /* into the bridge, by the port of the uplink veth */
#define MN_TO_HOST   0x04 /* up this host's stack, as received by the uplink */

#define MN_EDITS 6

/* What is read and compared byte by byte lies where the machine can do it by words. */
#define MN_ALIGNED __attribute__((aligned(8)))

struct mn_edit {
	uint16_t off;      /* from the start of the Ethernet header */
	uint16_t csum_off; /* where the checksum that covers it lies; 0: none does */
	uint8_t len;       /* 6 (an address) or 2 */
	uint8_t udp;       /* the checksum is UDP's: a result of 0 is written 0xffff (RFC 768) */
	uint8_t zero[2];
	uint8_t old[8] MN_ALIGNED,
		new[8] MN_ALIGNED; /* padded with zeros: the checksum is updated by the difference (RFC 1624) */
};

/*
 * What data frames touch comes first, on as few cache lines as it takes: between
 * two frames the kernel sees to it that none of them is near.
 */
struct mn_context {
	/* from the engine */
	uint32_t hook; /* enum mn_hook */
	uint32_t len;  /* of the frame, Ethernet header included */
	uint64_t now;  /* ns, CLOCK_MONOTONIC */
	uint32_t port; /* from_guest, from_port: the bridge port it came by */
	uint32_t tci;  /* the tag that lies beside the frame, 0x10000 | TCI; 0: none does */
	uint32_t gso;  /* not 0: the frame will be cut into segments later (rule 26) */

	/* the verdict */
	uint16_t drop; /* enum drop */
	uint8_t copy_to, send_to;
	uint32_t n_edits;
	uint32_t
		via_port; /* to guests: the one port that it may leave by without the bridge (short_rules.h); 0: none */

	/* for the table */
	uint32_t aux;          /* for what is learned */
	uint64_t lease_end;    /* ns; 0: none */
	uint8_t claimant[6];   /* the guest that claims */
	uint8_t announce;      /* it does so aloud: gratuitous ARP, unsolicited NA (rule 7) */
	uint8_t learned_flags; /* MN_F_… for what is learned */

	/* read by the rules */
	struct ether_hdr eth;
	uint16_t vlan;    /* VLAN id; 0: none */
	uint16_t type;    /* ethertype behind the tag; 0 for an 802.3 length without SNAP */
	uint16_t l3, l4;  /* offsets */
	uint8_t snap_len; /* length of an LLC and SNAP header before l3; 0: none */
	uint32_t l3_end;  /* end of the IP packet, from the start of the frame; MN_NO_END for packets to be segmented */
	uint8_t tagged, nested, proto, fragment;
	union {
		struct arp_ether_ip4 arp;
		struct ip4_hdr ip4;
		struct ip6_hdr ip6;
		uint8_t l3_bytes[40];
	} MN_ALIGNED;
	struct udp_hdr udp MN_ALIGNED;

	struct mn_key key MN_ALIGNED;     /* the address in question */
	struct mn_key mac_key MN_ALIGNED; /* the MAC address in question */
	struct mn_edit edits[MN_EDITS];

	/* what other frames need besides */
	union {
		struct dhcp4_hdr dhcp;
		struct nd_msg nd;
		uint8_t body[64];
	} MN_ALIGNED;
	uint8_t opt[8];                 /* one option or extension header */
	uint8_t chunk[64] MN_ALIGNED;   /* for sums */
	uint32_t sum_off, sum_len, sum; /* what is summed, and what it came to */
	uint32_t nd_fixed_len;          /* length of the fixed part of a neighbour discovery message */
	struct {
		uint32_t lease; /* s; 0: not said */
		uint32_t type;
		uint8_t requested[4];
	} dhcp_opts; /* what a DHCP message's options say */

	struct mn_key wanted_key MN_ALIGNED; /* the address in question, while the guest itself is learned */
	struct mn_key victim MN_ALIGNED;     /* what the port gives up for it */
	uint64_t oldest_seen;                /* of the port's ring, while it is searched, */
	uint32_t oldest_slot;                /* and the slot it is in */
	uint16_t refusal;                    /* enum drop: why a claim is refused */
	struct mn_binding new_binding;       /* what is to be inserted */
	struct mn_event event;
	uint8_t owner[6];    /* who holds the address that is refused; zero: nobody */
	uint8_t peer_mac[6]; /* the far end of other ethertypes */
};

#endif

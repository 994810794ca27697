/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The context of one frame in the rules: input of the engine, parsed headers, and the verdict.
 *
 * A rule never writes the frame. It yields edits, destinations and a drop reason; the engine applies them: with skb
 * helpers in the kernel, with memcpy in user space. The order is fixed, and the parity test checks both engines for it:
 *
 *   1. a drop reason: count it, the frame goes nowhere;
 *   2. `copy_to`: the unmodified frame goes to one destination;
 *   3. the growth to `grow_to`, then the edits, in order;
 *   4. `send_to`: the edited frame goes to each destination in the set. An empty set without a
 *      drop reason means that the bridge has delivered the frame already (guest to guest).
 */
#ifndef VIFI_MACNAT_CONTEXT_H
#define VIFI_MACNAT_CONTEXT_H

#include <stdint.h>
#include "macnat/model.h"
#include "wire/arp.h"
#include "wire/dhcp4.h"
#include "wire/dhcp6.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/ndp.h"

enum mn_hook { MN_FROM_GUEST = 0, MN_FROM_WIRE = 1, MN_FROM_HOST = 2, MN_FROM_PORT = 3, MN_HOOKS = 4 };

#define MN_TO_UPLINK 0x01 /* out of the uplink */
#define MN_TO_GUESTS 0x02 /* into the bridge, through the port of the uplink veth */
#define MN_TO_HOST   0x04 /* up this host's stack, as received by the uplink */
#define MN_TO_RULES  0x08 /* from_port only: to from_guest, past the bridge */
#define MN_TO_BRIDGE 0x10 /* from_port only: edited, into the bridge */

#define MN_EDITS 10

/* Byte arrays that are aligned for access by words. */
#define MN_ALIGNED __attribute__((aligned(8)))

#define MN_CSUM_UDP    0x01 /* UDP's: a result of 0 is written 0xffff (RFC 768) */
#define MN_CSUM_PSEUDO 0x02 /* covers the bytes in its pseudo header, so that a partial checksum changes, too */
#define MN_CSUM_IP4    0x04 /* of the IPv4 header: never partial */

struct mn_edit {
	uint16_t off;       /* from the start of the Ethernet header; even from the start of what the checksum covers */
	uint16_t csum_off;  /* offset of the checksum that covers it; 0: none */
	uint8_t len;        /* 2, 4, 6 or 8 */
	uint8_t csum_flags; /* MN_CSUM_… */
	uint8_t zero[2];
	uint8_t old[8] MN_ALIGNED,
		new[8] MN_ALIGNED; /* padded with zeros: the difference updates the checksum (RFC 1624) */
};

/*
 * Members that data frames use come first, on as few cache lines as possible: between two frames the kernel evicts them
 * all.
 */
struct mn_context {
	/* set by the engine */
	uint32_t hook; /* enum mn_hook */
	uint32_t len;  /* length of the frame, with its Ethernet header */
	uint64_t now;  /* ns, CLOCK_MONOTONIC */
	uint32_t port; /* from_guest, from_port: the bridge port of arrival */
	uint32_t tci;  /* VLAN tag outside the frame, 0x10000 | TCI; 0: none */
	uint32_t gso;  /* not 0: the frame will be segmented later (rule 26) */

	/* the verdict */
	uint16_t drop; /* enum drop */
	uint8_t copy_to, send_to;
	uint32_t n_edits;
	uint32_t grow_to;  /* new length of the frame: zeros are appended before the edits; 0: unchanged */
	uint32_t via_port; /* to guests: the port for sending past the bridge (shortcut_rules.h); 0: none */

	/* for claims */
	uint32_t aux;          /* aux of a learned binding */
	uint64_t lease_end;    /* ns; 0: none */
	uint8_t claimant[6];   /* the guest that claims an address */
	uint8_t announce;      /* the claim is an announcement: gratuitous ARP, unsolicited NA (rule 7) */
	uint8_t learned_flags; /* MN_F_… of a learned binding */
	uint8_t is_data;       /* the claimed address is the source of a data frame: no claim against a live owner */
	uint8_t is_service;    /* a message of a router or DHCP server (rule 31) */
	uint8_t is_borrowed;   /* an ARP request with the address of another port (rule 30) */
	uint8_t is_answer;     /* the claim is an ARP reply or a neighbour advertisement */

	/* parsed by the rules */
	struct ether_hdr eth;
	uint16_t vlan;    /* VLAN id; 0: none */
	uint16_t type;    /* ethertype after the tag; 0 for an 802.3 length without SNAP */
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

	struct mn_key key MN_ALIGNED;     /* the claimed address */
	struct mn_key mac_key MN_ALIGNED; /* the MAC address of the claimant */
	struct mn_edit edits[MN_EDITS];

	/* for frames other than data */
	union {
		struct dhcp4_hdr dhcp;
		struct nd_msg nd;
		uint8_t body[64];
	} MN_ALIGNED;
	uint8_t opt[8];                 /* one option or extension header */
	uint8_t chunk[64] MN_ALIGNED;   /* for checksums */
	uint32_t sum_off, sum_len, sum; /* range and result of mn_sum_frame */
	uint32_t nd_fixed_len;          /* length of the fixed part of an ND message */
	uint32_t option_off;            /* the next option of an ND or DHCP message */
	uint32_t option_end;            /* end of the options of a DHCP message */
	uint8_t is_signed;              /* an ND message has a signature (RFC 3971) */
	struct {
		uint32_t lease; /* seconds; 0: no option */
		uint32_t type;
		uint8_t requested[4];
		uint32_t client_id; /* offset of the client identifier option; 0: none */
		uint32_t name;      /* the same of the host name or FQDN option, */
		uint32_t name_code; /* and its code */
		uint32_t end;       /* offset of the end option, or of the end of the message; 0: malformed */
		uint8_t is_ambiguous, is_complete; /* mn_dhcp_note_ambiguity(), mn_dhcp_options() */
	} dhcp_opts;                               /* options of a DHCP message */

	struct mn_key wanted_key MN_ALIGNED; /* the claimed address, while the MAC address is learned */
	struct mn_key victim MN_ALIGNED;     /* evicted key of the port */
	struct mn_key noted_key MN_ALIGNED;  /* the address whose binding notes another peer */
	struct mn_key network MN_ALIGNED;    /* the pinned network that holds the claimed address */
	struct mn_routed_key network_key;    /* of the claimed address */
	uint64_t oldest_seen;                /* least last_seen found in the port's ring, */
	uint32_t oldest_slot;                /* and its slot */
	uint64_t frame_hash;                 /* of a group frame (loop_rules.h) */
	uint32_t block;                      /* number of the block that mn_ring_scan() reads */
	uint16_t refusal;                    /* enum drop */
	struct mn_binding new_binding;       /* the binding to insert */
	struct mn_event event;
	uint8_t peer_mac[6]; /* the peer of other ethertypes */
};

#endif

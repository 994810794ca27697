/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of the translator: the data model that the eBPF programs, the user-space engine, the loader and the
 * command line share.
 *
 * The structs lie in eBPF maps, so that their layout is an ABI between a running kernel part and the vifi that adopts
 * it. Any change of a struct, or of the order of DROP_LIST, needs a new MN_ABI.
 *
 * Terms (doc/architecture.md): "out" is from guest to uplink, "in" from uplink to guest. A port is the bridge port by
 * which a guest's frames arrive, named by its ifindex; 0 is the bridge device itself, that is, this host sending
 * through the bridge.
 */
#ifndef VIFI_MACNAT_MODEL_H
#define VIFI_MACNAT_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/drop.h"

#define MN_ABI              13
#define MN_PORTS_MAX        1019 /* ports that can own bindings: the uplink, and 1018 of the 1024 that a bridge can have */
#define MN_PORT_CAP_DEFAULT 256    /* bindings of one port, port_cap in the configuration, */
#define MN_PORT_CAP_MAX     4096   /* and its limit */
#define MN_TABLE_STATIC     1280   /* room in the table of bindings for the entries of user space */
#define MN_ROUTED_MAX       4096   /* networks in the table `routed` */
#define MN_PREFIXES_MAX     2048   /* networks in the table `prefixes` */
#define MN_MARK             0x7669 /* skb->tc_index of frames sent by from_guest and from_port: "vi" */
#define MN_NS_PER_SEC       1000000000ull

/* The size of the table of bindings: no port can fill it for the others. With the default cap, 2^18. */
#define MN_TABLE_SIZE(port_cap) (MN_PORTS_MAX * (port_cap) + MN_TABLE_STATIC)
/* The number of blocks of slots. */
#define MN_BLOCKS_SIZE(port_cap) (MN_PORTS_MAX * (((port_cap) + MN_BLOCK_SLOTS - 1) / MN_BLOCK_SLOTS))

/* Kinds of keys. The values 4 and 6 are the IP versions. */
enum mn_family {
	MN_MAC = 1, /* addr[0..5] MAC address of a guest */
	MN_IP4 = 4, /* addr[0..3]; aux = the address that its owner asks for by ARP in vain, or 0 */
	MN_IP6 = 6, /* addr[0..15] */
	/* addr[0..3] DHCP transaction id, addr[4..9] chaddr on the wire; aux = the client's flags, MN_XID_… (rule 14) */
	MN_DHCP_XID = 8,
	MN_PROBE4 = 9,      /* addr as MN_IP4: an address that a guest probes before it uses it (rule 6) */
	MN_PROBE6 = 10,     /* addr as MN_IP6: the same by duplicate address detection (rule 16) */
	MN_ETHERTYPE = 11,  /* addr[0..1] ethertype, addr[2..7] MAC address of the peer, or zero (rule 24) */
	MN_PPPOE = 12,      /* addr[0..1] session, addr[2..7] the concentrator's MAC address (rule 24) */
	MN_PPPOE_UNIQ = 13, /* addr: the first 16 bytes of a PPPoE Host-Uniq (rule 24) */
	MN_NET4 = 14,       /* addr[0..3], length: a network that is pinned to a guest (rule 36) */
	MN_NET6 = 15,       /* addr[0..15], length: the same */
};

struct mn_key {
	uint8_t addr[16];
	uint16_t vlan; /* VLAN id in host order; 0: untagged */
	uint8_t family;
	uint8_t length;        /* of MN_NET4 and MN_NET6: bits; otherwise 0 */
} __attribute__((aligned(4))); /* cleared and compared by words */

/*
 * Kinds of owners (doc/trust.md). The rules learn MN_GUEST and MN_STATION, and MN_HOST for short-lived keys; user space
 * adds the others.
 */
enum mn_kind {
	MN_GUEST = 0,
	MN_HOST = 1,      /* an address of this host, on any interface */
	MN_GATEWAY = 2,   /* the next hop of a route by the uplink */
	MN_BROADCAST = 3, /* the directed broadcast address of the uplink's subnet (rule 21) */
	MN_STATION = 4,   /* a station on the wire: family MN_MAC, or after a conflict MN_IP4, MN_IP6 (rules 28, 29) */
};

#define MN_F_PIN  0x01 /* static: never ages, is never evicted, excludes all other MAC addresses (rule 2) */
#define MN_F_DHCP 0x02 /* learned from a DHCP ACK: lives as long as the lease (rule 14) */
/*
 * Another port or the wire claims the address: user space probes the owner, a station by the uplink (rule 2). A frame of
 * the owner clears the flag. User space ends the contest of a silent owner by a put with last_seen 0: the next claim takes
 * the address.
 */
#define MN_F_CONTEST 0x04
#define MN_F_PROBING \
	0x08 /* user space has asked for the address; an answer of the owner clears it (bridge/witnesses.h) */
#define MN_F_CONFIG    0x10 /* with MN_F_PIN: from the configuration or the host itself, not from `vifi bridge pin` */
#define MN_F_STATION   0x20 /* the guest took this address from a station that had fallen silent (rule 28) */
#define MN_F_TENTATIVE 0x40 /* a claim younger than MN_TENTATIVE_NS, which the wire may contradict (rule 29) */
#define MN_F_WIRE      0x80 /* with MN_F_CONTEST: the wire claims the address; frames for it also go to the uplink */

struct mn_binding {
	uint8_t mac[6]; /* of the guest or station; of the uplink for MN_HOST on the uplink; otherwise unused */
	uint8_t kind;
	uint8_t flags;
	uint32_t port; /* ifindex of the bridge port, 0: the bridge itself; of the uplink for MN_STATION */
	uint32_t slot; /* its slot in the port's ring; MN_NO_SLOT for entries of user space */
	uint32_t aux;  /* see enum mn_family; of a virtual MAC address: vrrp_rules.h */
	/* when out_peer was set: the low half of MN_SHORTCUT_GENERATION; of MN_DHCP_XID: the server that answered last */
	uint32_t peer_generation;
	uint64_t created;   /* ns, CLOCK_MONOTONIC, as all times here */
	uint64_t last_seen; /* ns, last frame of the owner, to within MN_SEEN_RESOLUTION; 0: a probe failed */
	uint64_t expires;   /* ns, end of a lease; 0: ages by the configured age */
	/* MAC words of the last peers that the bridge has seen (shortcut_rules.h), and when; 0: none */
	uint64_t out_peer; /* of MN_DHCP_XID: ciaddr of the request; 0: none (rule 14) */
	/* of MN_DHCP_XID: the acknowledged address, and when the last answer came (rule 14); 0: none did.
	   in_peer_seen is within MN_SEEN_RESOLUTION the time of the last untagged packet from the uplink. */
	uint64_t in_peer, in_peer_seen;
	uint64_t out_packets, out_bytes, in_packets, in_bytes; /* atomic adds */
	uint32_t home;    /* port that the address was taken from; it may return there at once; 0: none */
	uint32_t asked_s; /* of MN_IP4: when its owner asked for the address in aux, the low half of the seconds */
	/* of an IP address: the virtual router that its owner advertises it for, and when, as asked_s (vrrp_rules.h) */
	uint32_t router, router_s;
};
#define MN_NO_SLOT          0xffffffffu
#define MN_XID_ADDED_ID     0x10000 /* vifi has added a client identifier to the request (rule 15) */
#define MN_XID_TYPE_SHIFT   24 /* the type of the last answer (RFC 2132, 9.6) is in the highest byte; 0: none came */
#define MN_VRRP_KNOWN       0x80000000u /* in aux of a virtual MAC address: its owner has advertised */
#define MN_VRRP_OUTRANKED   0x40000000u /* in router: another has advertised it with a higher priority since */
#define MN_VRRP_GIVEN_UP    0x20000000u /* in router: the owner has said that it stops, at router_s */
#define MN_VRRP_GIVEN_UP_S  3           /* how long the next claim takes the address after that */
#define MN_VRRP_RECENT_S    10          /* an older advertisement of the owner does not count */
#define MN_SEEN_RESOLUTION  (1 * MN_NS_PER_SEC)
#define MN_LOCATION_NS      (60 * MN_NS_PER_SEC) /* how long a guest is assumed at the port where it was last heard */
#define MN_STATION_YOUNG_NS (60 * MN_NS_PER_SEC) /* a younger MAC address of a guest yields to a station (rule 28) */
#define MN_TENTATIVE_NS     (3 * MN_NS_PER_SEC)  /* from `created`: how long a claim is tentative (rule 29) */
#define MN_LEASE_MAX_NS     (86400 * MN_NS_PER_SEC) /* from `last_seen`: how long a lease keeps an address (rule 14) */
#define MN_KEY_LIVE_NS      (60 * MN_NS_PER_SEC)    /* how long the last user keeps an ethertype or a PPPoE session */
#define MN_EXCHANGE_NS      (10 * MN_NS_PER_SEC)    /* the same for a DHCP transaction, a Host-Uniq or a probe */
#define MN_GUESS_NS         MN_NS_PER_SEC           /* how long a guest is heard at port 0 before that is no guess */
#define MN_RETURN_NS        (10 * MN_NS_PER_SEC)    /* from `created`: how long an IP address may return to `home` */
#define MN_ASK_NS           (1 * MN_NS_PER_SEC)     /* between two events for one unknown address */
#define MN_ASK_WORDS        256 /* the most unknown addresses that are reported in MN_ASK_NS; a power of two */

struct mn_ring_slot {
	struct mn_key key;
	uint32_t zero;
	uint64_t last_seen; /* ns; 0: free. A compare-and-swap of it takes the slot. */
};

/* The slots of a port come in blocks, so that memory grows with the addresses of the port. */
#define MN_BLOCK_SLOTS 32 /* a power of two */
#define MN_BLOCKS_MAX  (MN_PORT_CAP_MAX / MN_BLOCK_SLOTS)

struct mn_block_key {
	uint32_t port;   /* ifindex */
	uint32_t number; /* of the slots from number × MN_BLOCK_SLOTS on */
};

struct mn_block {
	struct mn_ring_slot slots[MN_BLOCK_SLOTS];
};

#define MN_PORT_DROPS 64 /* a power of two, above DROP_WIFI: rules.h asserts it */

/* One bridge port: its learning rate and counters. */
struct mn_port {
	uint32_t ifindex;
	uint32_t
		host_xid; /* of the uplink: the transaction of the last DHCP answer with its MAC address as client address */
	uint64_t tat;                      /* theoretical arrival time of the rate limit, ns (GCRA) */
	uint64_t n_learned;                /* bindings learned; atomic adds, as the next three */
	uint64_t n_evicted;                /* its oldest bindings, evicted at the cap */
	uint64_t n_refused;                /* frames dropped because of a refused claim */
	uint64_t n_limited;                /* frames dropped because of the learning rate */
	uint64_t n_dropped[MN_PORT_DROPS]; /* frames that arrived there and were dropped, by enum drop; atomic adds */
};

/* When a guest may take over a live binding (rule 2). */
enum mn_takeover {
	MN_TAKEOVER_SILENT = 0,    /* only after its owner has been silent for config.silence_ns */
	MN_TAKEOVER_ANNOUNCED = 1, /* also when the new owner announces the address: gratuitous ARP, unsolicited NA */
};

/* Where router advertisements, Redirects and DHCP server messages of guests go; never to this host (rule 31). */
enum mn_guest_services {
	MN_SERVICES_GUESTS = 0, /* to other guests only; the default */
	MN_SERVICES_DROP = 1,   /* nowhere that vifi carries them */
	MN_SERVICES_ALL = 2,    /* also to the network */
};

#define MN_CONFIG_CHADDR       0x0001 /* rewrite chaddr in DHCP requests (rule 15); off by default */
#define MN_CONFIG_SOURCE_GUARD 0x0002 /* refuse data whose source address is bound to another port (rule 30) */
#define MN_CONFIG_PORT_GUARD   0x0004 /* refuse frames before the bridge learns their source (port_rules.h) */
#define MN_CONFIG_GUESSED_PORT 0x0008 /* port 0 may be a guess (mn_is_guess) */

struct mn_config {
	uint8_t uplink_mac[8]; /* in the first six bytes of one aligned word, so that readers see a change whole */
	uint32_t abi;
	uint32_t uplink;            /* ifindex of the uplink */
	uint32_t veth_port;         /* ifindex of the bridge port of the uplink veth (vifi0p) */
	uint32_t mtu;               /* of the uplink: bytes after the Ethernet header */
	uint64_t silence_ns;        /* ns of silence after which a contested binding may be taken over */
	uint64_t learn_interval_ns; /* ns per new address of a port in the long run; 0: no limit */
	uint64_t learn_credit_ns;   /* ns of credit: interval × burst */
	uint32_t port_cap;          /* bindings per port, 1 .. MN_PORT_CAP_MAX; the table was made for as many */
	uint16_t flags;             /* MN_CONFIG_… */
	uint16_t takeover;          /* enum mn_takeover */
	uint32_t recorder;          /* enum trace_mode; beside what every frame reads, as the next */
	uint32_t port_mtu;          /* lowest of the guests' ports: bytes after the Ethernet header; 0: unknown */
	uint64_t vlans[64];         /* bit v: VLAN v crosses the uplink; bit 0: frames that have a priority alone */
	uint32_t guest_services;    /* enum mn_guest_services */
	uint32_t loop_port;         /* ifindex of the port that leads to the uplink's network (rule 37); 0: none */
};

/*
 * Is the port of a guest a guess? If the forwarding database does not know a guest, the user-space engine assumes that
 * the guest is behind the bridge device, port 0. But the guest may be on a port whose link went down before the engine
 * read its frame: the bridge has then forgotten the port. A guest that is heard at port 0 for MN_GUESS_NS really is
 * there.
 */
static inline bool mn_is_guess(const struct mn_config *cfg, const struct mn_binding *binding)
{
	/* The kernel verifies each branch: this has one less for each term. */
	uint32_t known = binding->port | (binding->flags & MN_F_PIN) | (~cfg->flags & MN_CONFIG_GUESSED_PORT);

	return !known && binding->last_seen - binding->created < MN_GUESS_NS;
}

/*
 * The networks of this host's routing table, for rules 32 and 36: map `routed`, an LPM trie. The value is MN_ROUTED_VALUE.
 * elsewhere: the network is reached neither by the uplink nor by the bridge. length: of the network, if that precedes a
 * shorter pin: it is elsewhere or has no gateway; otherwise 0.
 */
#define MN_ROUTED_VALUE(elsewhere, length) ((uint32_t)(length) << 1 | ((elsewhere) ? 1 : 0))

struct mn_routed_key {
	uint32_t prefix_length; /* of what follows: 32 + the network's */
	uint8_t family;         /* MN_IP4 or MN_IP6 */
	uint8_t zero[3];
	uint8_t addr[16];
};

/*
 * The networks that are pinned to guests: map `prefixes`, an LPM trie with keys as `routed`. The binding of such a network
 * is in the table of bindings, by this key.
 */
struct mn_prefix {
	struct mn_key key;
	uint32_t length; /* of the network, bits */
};

/* A group frame from the uplink (loop_rules.h); map `copies`. Several CPUs may write one at once, which loses a count. */
struct mn_copy {
	uint64_t hash;  /* of the frame */
	uint64_t first; /* ns, when it arrived for the first time in this second */
	uint32_t count;
	uint32_t zero;
};
#define MN_COPIES_SIZE    1024 /* a power of two */
#define MN_COPIES_SUSPECT 5    /* this many equal group frames in MN_COPIES_NS may be a loop: user space looks for it */
#define MN_COPIES_MAX     128 /* equal group frames in MN_COPIES_NS that pass: some senders repeat a frame many times */
#define MN_COPIES_NS      (1 * MN_NS_PER_SEC)

/* State of the shortcut (shortcut_rules.h); words of the map `shortcut`. */
enum mn_shortcut {
	MN_SHORTCUT_UNTIL,      /* the shortcut is open until then; written by user space */
	MN_SHORTCUT_GENERATION, /* incremented when a guest's MAC address appears, moves or returns; atomic adds */
	MN_SHORTCUT_WORDS,
};

/* Events for user space (ring buffer `events`). The tables stay correct when an event is lost. */
enum mn_event_type {
	MN_EV_LEARNED = 1,   /* a new binding; IP addresses may be tentative: ask the wire (rule 29) */
	MN_EV_MOVED = 2,     /* same MAC address, other port */
	MN_EV_TAKEN = 3,     /* the owner was silent, or is on the same port; another MAC address has the address now */
	MN_EV_CONTEST = 4,   /* a guest or the wire claims an address of a live owner: probe the owner */
	MN_EV_REFUSED = 5,   /* a claim was refused for `reason` */
	MN_EV_FORGOTTEN = 6, /* DHCP RELEASE or DECLINE */
	MN_EV_EVICTED = 7,   /* a port over its cap lost its oldest binding */
	MN_EV_CONFLICT =
		8, /* a station claims a guest's IP address, and the guest keeps it: probe the guest (rule 9) */
	MN_EV_STATION =
		9,       /* a station won an address of a guest; for MAC: delete the addresses bound to it (rule 28) */
	MN_EV_NAME = 10, /* `mac` names itself in a DHCP request: option `reason` (12 or 81) holds `name` */
	MN_EV_UNKNOWN = 11, /* a packet from the uplink for an address that nobody has: ask the guests (rule 34) */
	MN_EV_ARRIVED = 12, /* a hypervisor announces a moved guest by RARP: ask it for its addresses (rule 35) */
	MN_EV_LOOP = 13,    /* group frames of the station `mac` return by the uplink (rule 37) */
};

#define MN_NAME_MAX 64 /* longer options are cut */

struct mn_event {
	uint64_t time;
	struct mn_key key;
	uint32_t port;
	uint16_t type;
	uint16_t reason;           /* enum drop */
	uint8_t mac[6];            /* the claiming guest or station */
	uint8_t owner[6];          /* the owner of the address; zero: none */
	uint32_t owner_port;       /* bridge port of the owner, of the uplink for a station; 0: none */
	uint8_t kind, flags;       /* of the binding of `key` when the event was made; 0: none */
	uint8_t name_len;          /* of MN_EV_NAME; otherwise 0 */
	uint8_t is_data;           /* a data frame has claimed the address, no ARP or ND message */
	uint8_t name[MN_NAME_MAX]; /* contents of the option, as the guest sent them; zeros follow */
};

/*
 * Outcomes of frames that were not dropped; map `counts`, per CPU. X(IDENTIFIER, "name", "sentence")
 */
/* clang-format off */
#define MN_COUNT_LIST(X) \
	X(OUT,        "out",        "frames of guests sent out of the uplink") \
	X(IN,         "in",         "frames from the uplink delivered to a guest") \
	X(FLOOD,      "flood",      "group frames from the uplink copied to the guests") \
	X(RESTORED,   "restored",   "unicast frames whose multicast or broadcast address was restored") \
	X(LOCAL,      "local",      "frames between guests, kept off the uplink") \
	X(TURNED,     "turned",     "frames that a guest sent to the uplink's MAC address for another guest, returned to the bridge") \
	X(TO_HOST,    "to_host",    "frames of guests for this host") \
	X(FROM_HOST,  "from_host",  "frames of this host for a guest") \
	X(HOST_GROUP, "host_group", "group frames of this host copied to the guests") \
	X(ARP,        "arp",        "ARP frames whose body was translated") \
	X(ND,         "nd",         "neighbour discovery messages whose options were translated") \
	X(DHCP,       "dhcp",       "DHCP messages whose flags were set or restored") \
	X(LEARNED,    "learned",    "bindings learned") \
	X(CONFLICT,   "conflict",   "claims from the uplink for a guest's address, delivered to the guest") \
	X(SHORTCUT_OUT,  "short_out",  "of the frames sent, those that took the shortcut past the bridge") \
	X(SHORTCUT_IN,   "short_in",   "of the frames delivered, those that took the shortcut past the bridge")
/* clang-format on */

enum mn_count {
#define X(id, name, sentence) MN_COUNT_##id,
	MN_COUNT_LIST(X)
#undef X
		MN_COUNTS
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of the translator: what its tables hold.
 *
 * The eBPF programs, the user-space engine, the loader and the command line all
 * speak in these structs.  They lie in eBPF maps, so their layout is an ABI
 * between a running kernel part and whichever vifi adopts it next: a change of
 * any of them, or of the order of DROP_LIST, asks for a new MN_ABI.
 *
 * Terms (doc/architecture.md): W is the uplink's own MAC address, G a guest's.
 * "Out" is from guest to uplink, "in" from uplink to guest.  A port is the
 * bridge port by which a guest's frames arrive, named by its ifindex; 0 is the
 * bridge device itself, that is, this host speaking through the bridge.
 */
#ifndef VIFI_MACNAT_MODEL_H
#define VIFI_MACNAT_MODEL_H

#include <stdint.h>
#include "base/drop.h"

#define MN_ABI          3
#define MN_BINDINGS_MAX 65536                    /* bindings of guests in all (rule 1) */
#define MN_TABLE_MAX    (MN_BINDINGS_MAX + 1024) /* and what user space puts there: the host's own, pins */
#define MN_PORTS_MAX    256                      /* bridge ports that can own bindings */
#define MN_RING_SIZE    256    /* bindings one port can own; port_cap in the configuration lowers it */
#define MN_MARK         0x7669 /* skb->tc_index of frames that from_guest has handed on: "vi" */
#define MN_NS_PER_SEC   1000000000ull

/* What a key is.  4 and 6 are the IP versions, for the reader's eye. */
enum mn_family {
	MN_MAC = 1,      /* addr[0..5] a MAC address: this guest exists */
	MN_IP4 = 4,      /* addr[0..3] */
	MN_IP6 = 6,      /* addr[0..15] */
	MN_DHCP_XID = 8, /* addr[0..3] DHCP transaction id; aux = the flags that the client sent (rule 14) */
	MN_PROBE4 = 9,   /* addr as IP4: an address that somebody probes before using it (rule 6) */
	MN_PROBE6 = 10,  /* addr as IP6: the same by duplicate address detection (rule 16) */
	MN_ETHERTYPE =
		11, /* addr[0..1] ethertype, addr[2..7] the far end's MAC address, or zero: who spoke last (rule 24) */
	MN_PPPOE = 12,      /* addr[0..1] session, addr[2..7] the concentrator's MAC address (rule 24) */
	MN_PPPOE_UNIQ = 13, /* addr: the first 16 bytes of a PPPoE Host-Uniq (rule 24) */
};

struct mn_key {
	uint8_t addr[16];
	uint16_t vlan; /* VLAN id in host order; 0: untagged */
	uint8_t family;
	uint8_t zero;
} __attribute__((aligned(4))); /* so that it is cleared and compared by words */

/* Who owns an address. Everything but MN_GUEST is put there by user space. */
enum mn_kind {
	MN_GUEST = 0,
	MN_HOST = 1,      /* an address of this host on the uplink */
	MN_GATEWAY = 2,   /* the default gateway's */
	MN_BROADCAST = 3, /* the directed broadcast address of the uplink's subnet (rule 21) */
};

#define MN_F_PIN     0x01 /* static: never ages, is never evicted, excludes every other MAC address (rule 2) */
#define MN_F_DHCP    0x02 /* learned from a DHCP ACK: lives as long as its lease (rule 14) */
#define MN_F_CONTEST 0x04 /* another guest asked for it: user space probes the owner (rule 2) */
#define MN_F_PROBING 0x08 /* user space has sent a probe and waits (rule 3) */
#define MN_F_CONFIG  0x10 /* with MN_F_PIN: by the configuration or the host itself, not by `vifi bridge pin` */

struct mn_binding {
	uint8_t mac[6]; /* G; for MN_HOST W; for the others unused */
	uint8_t kind;
	uint8_t flags;
	uint32_t port;                  /* ifindex of the bridge port, 0 for the bridge itself */
	uint32_t slot;                  /* its place in the port's ring; MN_NO_SLOT for what user space put there */
	uint32_t aux;                   /* see enum mn_family */
	uint32_t peer_generation;       /* as out_peer was noted: the low half of MN_SHORTCUT_GENERATION */
	uint64_t created;               /* ns, CLOCK_MONOTONIC, as all times here */
	uint64_t last_seen;             /* ns, last outbound frame, to within MN_SEEN_RESOLUTION */
	uint64_t expires;               /* ns, end of a lease; 0: ages by config.age */
	uint64_t out_peer;              /* short_rules.h: MAC words of the far ends that the */
	uint64_t in_peer, in_peer_seen; /* bridge has seen last, and when it did; 0: none */
	uint64_t out_packets, out_bytes, in_packets, in_bytes; /* atomic adds */
};
#define MN_NO_SLOT         0xffffffffu
#define MN_SEEN_RESOLUTION (1 * MN_NS_PER_SEC)
#define MN_LOCATION_NS     (60 * MN_NS_PER_SEC) /* so long a guest is believed to be where it was heard */

struct mn_ring_slot {
	struct mn_key key;
	uint32_t zero;
	uint64_t last_seen; /* ns; 0: free */
};

/* The kernel finds the lock by the name of its type; elsewhere it is a word. */
#ifdef __bpf__
#define MN_LOCK struct bpf_spin_lock
#else
#define MN_LOCK uint32_t
#endif

/* One bridge port: its budget of new addresses and the addresses it owns. */
struct mn_port {
	MN_LOCK lock; /* guards ring[] */
	uint32_t ifindex;
	uint64_t tat;       /* theoretical arrival time of the rate limit, ns (GCRA) */
	uint64_t n_learned; /* bindings learned; atomic adds, as the next three */
	uint64_t n_evicted; /* own oldest given up at the cap */
	uint64_t n_refused; /* frames dropped for a claim that was refused */
	uint64_t n_limited; /* frames dropped for learning too fast */
	struct mn_ring_slot ring[MN_RING_SIZE];
};

/* Who may take a live binding over (rule 2). */
enum mn_takeover {
	MN_TAKEOVER_SILENT = 0,    /* only when its owner has been silent for config.silent */
	MN_TAKEOVER_ANNOUNCED = 1, /* also when the new owner announces it: gratuitous ARP, unsolicited NA */
};

#define MN_CONFIG_CHADDR 0x0001 /* rewrite chaddr in DHCP requests (rule 15: off unless asked for) */

struct mn_config {
	uint8_t uplink_mac[8]; /* W in the first six bytes: one aligned word, so that a change is seen whole */
	uint32_t abi;
	uint32_t uplink;            /* ifindex of the uplink */
	uint32_t veth_port;         /* ifindex of the bridge port of the uplink veth (vifi0p) */
	uint32_t mtu;               /* of the uplink: bytes behind the Ethernet header */
	uint64_t silence_ns;        /* ns of silence after which a contested binding may be taken over */
	uint64_t learn_interval_ns; /* ns per new address and port in the long run; 0: no limit */
	uint64_t learn_credit_ns;   /* ns of credit: interval × burst */
	uint32_t port_cap;          /* bindings per port, 1 .. MN_RING_SIZE */
	uint16_t flags;             /* MN_C_… */
	uint16_t takeover;          /* enum mn_takeover */
	uint64_t vlans[64];         /* bit v: VLAN v crosses the uplink; all zero: none does */
};

/* What the short way needs to know (short_rules.h); map `shortcut`. */
enum mn_shortcut {
	MN_SHORTCUT_UNTIL,      /* ns, CLOCK_MONOTONIC: it is open until then; written by user space */
	MN_SHORTCUT_GENERATION, /* how often a MAC address has appeared, moved or come back among the guests; atomic adds */
	MN_SHORTCUT_WORDS,
};

/* What the kernel part tells user space as it happens (ring buffer `events`). Losing one loses nothing but the news. */
enum mn_event_type {
	MN_EV_LEARNED = 1,   /* a new binding */
	MN_EV_MOVED = 2,     /* same MAC address, other port */
	MN_EV_TAKEN = 3,     /* the owner had fallen silent; another guest has it now */
	MN_EV_CONTEST = 4,   /* somebody claims what a live guest holds: probe the owner */
	MN_EV_REFUSED = 5,   /* a claim was refused; reason says why */
	MN_EV_FORGOTTEN = 6, /* DHCP RELEASE or DECLINE */
	MN_EV_EVICTED = 7,   /* a port over its cap lost its own oldest */
	MN_EV_CONFLICT = 8,  /* the wire claims a guest's address (rule 9) */
};

struct mn_event {
	uint64_t time;
	struct mn_key key;
	uint32_t port;
	uint16_t type;
	uint16_t reason;  /* enum drop */
	uint8_t mac[6];   /* the guest that asked */
	uint8_t owner[6]; /* who holds it, where somebody does */
};

/*
 * What happened to the frames that were not dropped; map `counts`, per CPU.
 * X(IDENTIFIER, "name", "sentence")
 */
/* clang-format off */
#define MN_COUNT_LIST(X) \
	X(OUT,        "out",        "guest frames sent by the uplink") \
	X(IN,         "in",         "frames from the uplink handed to a guest") \
	X(FLOOD,      "flood",      "group frames from the uplink copied to the guests") \
	X(RESTORED,   "restored",   "unicast frames that were multicast or broadcast, given their group address back") \
	X(LOCAL,      "local",      "frames between guests that were kept off the air") \
	X(TURNED,     "turned",     "frames that a guest sent to the uplink's address for another guest, turned around") \
	X(TO_HOST,    "to_host",    "guest frames for this host") \
	X(FROM_HOST,  "from_host",  "frames of this host for a guest") \
	X(HOST_GROUP, "host_group", "group frames of this host copied to the guests") \
	X(ARP,        "arp",        "ARP frames whose body was translated") \
	X(ND,         "nd",         "neighbour discovery messages whose options were translated") \
	X(DHCP,       "dhcp",       "DHCP messages whose flags were set or restored") \
	X(LEARNED,    "learned",    "bindings learned") \
	X(CONFLICT,   "conflict",   "claims from the uplink for a guest's address, passed on to the guest") \
	X(SHORTCUT_OUT,  "short_out",  "guest frames among those sent that passed the bridge by") \
	X(SHORTCUT_IN,   "short_in",   "frames among those handed to a guest that passed the bridge by")
/* clang-format on */

enum mn_count {
#define X(id, name, sentence) MN_COUNT_##id,
	MN_COUNT_LIST(X)
#undef X
		MN_COUNTS
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the simulation, for its own files. */
#ifndef VIFI_TESTS_SIM_WORLD_INTERNAL_H
#define VIFI_TESTS_SIM_WORLD_INTERNAL_H

#include "map.h"
#include "world.h"

#include "decrypt/observer/observer.h"

/* The used packet numbers of a key and direction, for as long as frames can be queued. */
struct pn_window {
	bool tkip;
	uint64_t highest;
	uint64_t seen[64]; /* bit n % 64 of word n / 64 % 64 */
};

struct sniffer {
	radio_id radio;
	struct crypto *crypto;
	struct observer_network networks[WORLD_PMKS];
	struct observer *observers[WORLD_PMKS];
	size_t count;
	struct u64_map windows;        /* by observer and key */
	struct u64_map last_frames;    /* by transmitter, receiver, type and channel: the last frames except beacons */
	struct u64_map clocks;         /* by BSSID: the time at which its TSF timer was 0 */
	struct frame *last_group_mgmt; /* the last protected management frame from an access point to its group */
	struct frame *last_reassociation; /* the last reassociation request */
	struct frame *last_downlink;      /* the last protected data frame from an access point to a station */
	uint64_t frame_count;
	bool on;
};

void sniffer_receive(struct sniffer *sniffer, struct violations *violations, struct frame *frame);
void sniffer_free(struct sniffer *sniffer);

/* For the start of an access point, which restarts the TSF timer of each BSS. */
void sniffer_forget_clock(struct sniffer *sniffer, const uint8_t *bssid);

/* A frame on the wire and its ingress port. */
struct wire_entry {
	struct frame *frame;
	unsigned in_port;
};

struct flow {
	uint8_t from[6], to[6];
	uint32_t sent;
	unsigned received;
	uint64_t interval_ns, next_ns;
};

#define PORT_HOST 0x10000 /* first port of the hosts; ports of access points: node × AP_BSS_MAX + bss */

/* The learning bridge and its hosts. */
struct wire {
	struct u64_map ports; /* by address: port + 1 */
	struct wire_entry *queue;
	size_t next, count, room; /* of the queue */
	uint8_t (*hosts)[6];
	size_t host_count;
	struct flow *flows;
	size_t flow_count, flow_room;
	uint64_t flows_ns;           /* a lower bound of the time of the next frame of all flows */
	struct u64_map last_numbers; /* by flow and host: the number of the last received frame */
};

/* Queues a frame on the wire. */
void wire_enqueue(struct wire *wire, struct frame *frame, unsigned in_port);

/* Forwards all queued frames, and those that access points and hosts send in response. */
void wire_forward_all(struct world *world);
void wire_free(struct wire *wire);

/* A host received a frame: checks it and counts violations. */
void flow_receive(struct wire *wire, struct violations *violations, const uint8_t host[6], const struct frame *frame);

enum node_kind { NODE_AP, NODE_STA };

struct node {
	enum node_kind kind;
	unsigned number;
	radio_id radio;
	struct soft_ap *ap;
	struct soft_sta *sta;
	union {
		struct ap_setup ap_setup;
		struct sta_setup sta_setup;
	};
	uint16_t freq;
	bool started;
	unsigned notes[NOTES];
	uint64_t drops[DROP_COUNT];
	uint64_t deadline;
	size_t heap_index;
};

struct world {
	uint64_t now, random;
	struct medium *medium;
	struct crypto *crypto;
	struct node *nodes[WORLD_NODES];
	struct node *heap[WORLD_NODES]; /* by deadline */
	struct node **by_radio;
	struct ap_psk *psks[WORLD_NODES];
	size_t count, radios_room, psk_count;
	struct actions out;
	struct wire wire;
	struct sniffer sniffer;
	struct violations violations;
	bool trace; /* VIFI_TRACE: print notes */
};

void *require_memory(void *memory); /* aborts on NULL */
uint64_t sim_random(struct world *world);

/* Updates the deadline of a node. Call it after each call of an ap_…() or sta_…() function. */
void node_reschedule(struct world *world, struct node *node);

/* Applies the actions of a node and forwards the resulting frames on the wire. */
void node_apply_actions(struct world *world, struct node *node);
void node_free(struct node *node);

/* Returns a lower bound of the time of the next frame of all flows. */
uint64_t flows_next_ns(const struct world *world);
void flows_send_due(struct world *world);

#endif

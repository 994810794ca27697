/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the simulation share. */
#ifndef VIFI_TESTS_SIM_WORLD_INTERNAL_H
#define VIFI_TESTS_SIM_WORLD_INTERNAL_H

#include "map.h"
#include "world.h"

#include "decrypt/observer/observer.h"

/* Of one key and direction: which numbers were used, as far back as frames can wait. */
struct pn_window {
	bool tkip;
	uint64_t highest;
	uint64_t seen[64]; /* bit n % 64 of word n / 64 % 64 */
};

/* Who hears everything. */
struct sniffer {
	radio_id radio;
	struct crypto *crypto;
	struct observer_network networks[WORLD_PMKS];
	struct observer *observers[WORLD_PMKS];
	size_t count;
	struct u64_map windows;        /* by observer and key */
	struct u64_map last_frames;    /* by transmitter and channel: its last frame but beacons */
	struct u64_map clocks;         /* by BSSID: when its clock was 0 */
	struct frame *last_group_mgmt; /* the last protected management frame from an access point to its group */
	struct frame *last_downlink;   /* the last protected data frame from an access point to a station */
	uint64_t frame_count;
	bool on;
};

void sniffer_receive(struct sniffer *sniffer, struct violations *wrong, struct frame *frame);
void sniffer_free(struct sniffer *sniffer);

/* An access point begins: the clocks of its networks begin anew. */
void sniffer_forget_clock(struct sniffer *sniffer, const uint8_t *bssid);

/* A frame on the wire, and the port it came by. */
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

#define PORT_HOST 0x10000 /* ports of hosts; below: node × AP_BSS_MAX + bss */

struct wire {
	struct u64_map ports; /* by address: the port + 1 */
	struct wire_entry *queue;
	size_t at, count, room;
	uint8_t (*hosts)[6];
	size_t host_count;
	struct flow *flows;
	size_t flow_count;
	uint64_t flows_ns;           /* when the next frame of one is due, or sooner */
	struct u64_map last_numbers; /* by flow and host: the last number received */
};

#define FLOW_HEAD 24 /* Ethernet header, flow, number, length */

struct frame *flow_frame(struct wire *wire, unsigned flow, size_t len);

/* A frame has come to the host that has this address. */
void flow_receive(struct wire *wire, struct violations *wrong, const uint8_t host[6], const struct frame *frame);
void wire_enqueue(struct wire *wire, struct frame *frame, unsigned from);
void wire_free(struct wire *wire);

/* Where a frame goes: a port, or -1 for all but the one that it came by. */
long wire_port(struct wire *wire, const struct frame *frame, unsigned from);

enum node_kind { NODE_AP, NODE_STA };

struct node {
	enum node_kind kind;
	unsigned number;
	radio_id radio;
	struct ap *ap;
	struct sta *sta;
	union {
		struct ap_setup ap_setup;
		struct sta_setup sta_setup;
	};
	uint16_t freq;
	bool started;
	unsigned notes[NOTES];
	uint64_t drops[DROP_COUNT];
	uint64_t wake;
	size_t heap_index; /* in the heap */
};

struct world {
	uint64_t now, random;
	struct medium *medium;
	struct crypto *crypto;
	struct node *nodes[WORLD_NODES], *heap[WORLD_NODES], **by_radio;
	struct ap_psk *psks[WORLD_NODES];
	size_t count, radios_room, psk_count;
	struct actions out;
	struct wire wire;
	struct sniffer sniffer;
	struct violations violations;
	bool trace;
};

void *require(void *memory); /* ends the test where there is no memory */
uint64_t sim_random(struct world *world);

/* When a node wants to be woken: to be said again after each call into it. */
void node_reschedule(struct world *world, struct node *node);

/* Carries out what a node wants done, and all that comes of it on the wire. */
void node_apply_actions(struct world *world, struct node *node);
void node_free(struct node *node);

/* Each frame on the wire goes where it belongs, and what that brings about on the wire too. */
void wire_forward_all(struct world *world);

/* When the next frame of a flow is due, or sooner; and those that are due now. */
uint64_t flows_next_ns(const struct world *world);
void flows_send_due(struct world *world);

#endif

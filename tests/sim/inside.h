/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the simulation share. */
#ifndef VIFI_TESTS_SIM_INSIDE_H
#define VIFI_TESTS_SIM_INSIDE_H

#include "world.h"

#include "decrypt/observer/observer.h"
#include "base/map.h"

/* Of one key and direction: which numbers were used, as far back as frames can wait. */
struct pn_window {
	bool tkip;
	uint64_t highest;
	uint64_t seen[64]; /* bit n % 64 of word n / 64 % 64 */
};

/* Who hears everything. */
struct watch {
	radio_id ear;
	struct crypto *crypto;
	struct observer_network networks[WORLD_PMKS];
	struct observer *observers[WORLD_PMKS];
	size_t count;
	struct map windows;  /* by observer and key */
	struct map last;     /* by transmitter and channel: its last frame but beacons */
	struct map clocks;   /* by BSSID: when its clock was 0 */
	struct frame *group; /* the last protected management frame from an access point to its group */
	struct frame *down;  /* the last protected data frame from an access point to a station */
	uint64_t heard;
	bool on;
};

void watch_hear(struct watch *h, struct wrongs *wrong, struct frame *f);
void watch_free(struct watch *h);

/* An access point begins: the clocks of its networks begin anew. */
void watch_forget_clock(struct watch *h, const uint8_t *bssid);

/* A frame on the wire, and the port it came by. */
struct crossing {
	struct frame *frame;
	unsigned from;
};

struct flow {
	uint8_t from[6], to[6];
	uint32_t sent;
	unsigned received;
	uint64_t every_ns, at_ns;
};

#define PORT_HOST 0x10000 /* ports of hosts; below: node × AP_BSS_MAX + bss */

struct wire {
	struct map ports; /* by address: the port + 1 */
	struct crossing *queue;
	size_t at, count, room;
	uint8_t (*hosts)[6];
	size_t host_count;
	struct flow *flows;
	size_t flow_count;
	uint64_t flows_ns; /* when the next frame of one is due, or sooner */
	struct map books;  /* by flow and host: the last number received */
};

#define FLOW_HEAD 24 /* Ethernet header, flow, number, length */

struct frame *flow_frame(struct wire *x, unsigned flow, size_t len);

/* A frame has come to the host that has this address. */
void flow_receive(struct wire *x, struct wrongs *wrong, const uint8_t host[6], const struct frame *f);
void wire_push(struct wire *x, struct frame *f, unsigned from);
void wire_free(struct wire *x);

/* Where a frame goes: a port, or -1 for all but the one that it came by. */
long wire_port(struct wire *x, const struct frame *f, unsigned from);

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
	size_t place; /* in the heap */
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
	struct watch watch;
	struct wrongs wrong;
	bool trace;
};

void *must(void *p); /* ends the test where there is no memory */
uint64_t dice(struct world *w);

/* When a node wants to be woken: to be said again after each call into it. */
void node_settle(struct world *w, struct node *n);

/* Carries out what a node wants done, and all that comes of it on the wire. */
void node_done(struct world *w, struct node *n);
void node_end(struct node *n);

/* Each frame on the wire goes where it belongs, and what that brings about on the wire too. */
void wire_cross(struct world *w);

/* When the next frame of a flow is due, or sooner; and those that are due now. */
uint64_t flows_wake(const struct world *w);
void flows_due(struct world *w);

#endif

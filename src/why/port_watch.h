/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listens at the guest's port while `vifi why` does its other work: to whom beyond its network does the guest send, and who answers?
 * Of what a guest attempts at this moment that is all that this host can know, unless the recorder runs.
 */
#ifndef VIFI_WHY_PORT_WATCH_H
#define VIFI_WHY_PORT_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PORT_WATCH_PEERS = 16, PORT_WATCH_HOPS = 16, PORT_WATCH_WANTED = 8 };

/* What the guest exchanges with another machine; addresses: the first 4 bytes for IPv4. */
struct port_peer {
	bool ip6, answered;
	uint8_t protocol; /* of IP */
	bool dns;         /* UDP port 53 */
	uint8_t own[16], other[16];
};

/* An IPv4 packet of the guest: for whom, and the MAC address to which it went. */
struct port_hop {
	uint8_t target[4], mac[6];
};

struct port_watch {
	int fd; /* -1: closed */
	struct port_peer peers[PORT_WATCH_PEERS];
	size_t count;
	uint8_t mac[6];          /* of the guest; zero: unknown */
	uint8_t gateways[2][16]; /* of IPv4 and IPv6; zero: unknown */
	bool delivered[2];       /* an echo reply of the gateway has been sent to the guest */
	uint8_t wanted[4];       /* the address for which the guest sent its last ARP request; zero: none */
	struct port_hop hops[PORT_WATCH_HOPS];
	size_t hop_count;
	uint8_t wanted6[PORT_WATCH_WANTED][16]; /* and by neighbour discovery, the last ones in a ring; zero: nobody */
	size_t n_wanted6;
};

/* Begins to listen at an interface. Returns 0 or a negative errno; the watch may be read and closed in any case. */
int port_watch_open(struct port_watch *watch, int ifindex);

/* Reads what has come so far. */
void port_watch_read(struct port_watch *watch);

/* Waits for a frame, then reads. Returns false when the time is over. */
bool port_watch_wait(struct port_watch *watch, int wait_ms);

void port_watch_close(struct port_watch *watch);

#endif

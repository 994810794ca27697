/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that `vifi why` asks on an interface: ARP requests (RFC 826) and echo requests (RFC 792), with the address of this
 * host or of a guest as sender, and the MAC address of the uplink. An answer is what the interface receives; the
 * guest may get it, too, and ignores what it has not asked for.
 */
#ifndef VIFI_WHY_WIRE_PROBE_H
#define VIFI_WHY_WIRE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_kind {
	WIRE_ARP,    /* who has `target`? */
	WIRE_ECHO,   /* does `target` answer an echo request to `mac`? */
	WIRE_RETURN, /* does `mac` forward a packet from `source` to `target`, which is this host? */
};

struct wire_question {
	enum wire_kind kind;
	int ifindex;
	bool needed;        /* wait for the answer; others are received as long as needed ones are awaited */
	uint8_t own_mac[6]; /* Ethernet source */
	uint8_t mac[6];     /* Ethernet destination; WIRE_ARP: zero for all */
	uint8_t source[4], target[4];
	uint16_t size; /* of the IP packet; 0: the least. It is not fragmented. */
	/* results */
	bool answered;
	uint8_t by[6],
		also_by[6]; /* the MAC addresses in the first answer and in one that differs from it; zero: none */
};

/* Asks twice, and waits until the needed questions are answered or the time is over. Returns 0 or a negative errno. */
int wire_probe(struct wire_question *questions, size_t count, int wait_ms);

#endif

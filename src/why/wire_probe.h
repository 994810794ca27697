/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that `vifi why` asks on an interface: ARP requests (RFC 826), neighbour solicitations (RFC 4861), and echo requests
 * (RFC 792, RFC 4443) and DNS, with the address of this host or of a guest as sender, and the MAC address of the uplink. An answer is
 * what the interface receives; the guest may get it, too, and ignores what it has not asked for.
 */
#ifndef VIFI_WHY_WIRE_PROBE_H
#define VIFI_WHY_WIRE_PROBE_H

#include "why/wait_budget.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_kind {
	WIRE_ARP,    /* who has `target`? For IPv6 a neighbour solicitation. */
	WIRE_ECHO,   /* does `target` answer an echo request to `mac`? */
	WIRE_RETURN, /* does `mac` forward a packet from `source` to `target`, which is this host? */
	WIRE_DNS,    /* does the DNS server `target` answer a question for the root zone (RFC 1035)? */
};

struct wire_question {
	enum wire_kind kind;
	bool ip6;
	int ifindex;
	bool needed; /* wait for the answer; others are received as long as needed ones are awaited */
	bool late;   /* sent only with the repetition, and only if no question to its target is answered or refused */
	uint8_t own_mac[6]; /* Ethernet source */
	uint8_t mac[6];     /* Ethernet destination; WIRE_ARP: zero for all */
	uint8_t source[16],
		target[16]; /* the first 4 bytes for IPv4; a WIRE_ARP of the unspecified address is a probe */
	uint16_t size;      /* of the IP packet; 0: the least. It is not fragmented. */
	uint8_t ttl;        /* 0: the usual one */
	/* results */
	bool answered;
	uint8_t by[6],
		also_by[6]; /* the MAC addresses in the first answer and in one that differs from it; zero: none */
	uint8_t to[6];      /* the Ethernet destination of the first answer */
	bool heard;         /* the target of a WIRE_ECHO has sent an ARP message: */
	uint8_t heard_mac[6];
	bool refused; /* an ICMP error came instead of an answer: */
	uint8_t error_type, error_code;
	uint8_t error_by[16]; /* the address that sent it */
};

/*
 * Asks three times, as a radio link may lose frames, and waits until the needed questions are answered or refused or the time is
 * over, of which the budget may have less. Returns 0 or a negative errno.
 */
int wire_probe(struct wire_question *questions, size_t count, int wait_ms, struct wait_budget *budget);

#endif

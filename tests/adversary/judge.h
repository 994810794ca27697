/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judge: laws on single frames and on the engine's tables, with a parser of its own. It shares no code with the rules.
 */
#ifndef VIFI_TESTS_ADVERSARY_JUDGE_H
#define VIFI_TESTS_ADVERSARY_JUDGE_H

#include "network.h"

/* What a frame is, as a receiver reads it. On Wi-Fi an LLC and SNAP header is the same as Ethernet II (RFC 1042). */
struct parsed {
	uint16_t type, vlan;
	bool tagged, nested, group;
	const uint8_t *l3;
	uint32_t l3_len;
	uint8_t proto;     /* last header of IPv4 or IPv6; 0: none */
	bool fragment;     /* not the first fragment */
	const uint8_t *l4; /* NULL: none */
	uint32_t l4_len;
};
struct parsed parse_frame(const uint8_t *bytes, uint32_t len);

bool is_nd(const struct parsed *frame);                  /* RS to Redirect */
bool is_router_or_server(const struct parsed *frame);    /* RA, Redirect, DHCP or DHCPv6 server message */
bool is_question_to_routers(const struct parsed *frame); /* RS, DHCP or DHCPv6 client message */

/* Judges a verdict before it is carried out, and a frame at its destination. */
void judge_verdict(struct network *net, enum mn_hook hook, const struct mn_context *verdict,
		   const struct stored_frame *input, bool marked);
void judge_uplink(struct network *net, enum mn_hook hook, const struct stored_frame *frame, uint32_t from_port,
		  bool marked);
void judge_guests(struct network *net, enum mn_hook hook, const struct stored_frame *frame);
void judge_host(struct network *net, enum mn_hook hook, const struct stored_frame *frame);
/* Judges the tables: after each frame, and at intervals the costly part. */
void judge_tables(struct network *net);
void judge_bounds(struct network *net);
/* A frame of an honest station has been through the engine. */
void judge_station(struct network *net, const uint8_t *mac);
/* An exchange has failed. */
void judge_loss(struct network *net, const struct exchange *exchange);

#endif

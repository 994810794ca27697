/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of the verdict about a guest: the rules of judge.c in other files. */
#ifndef VIFI_WHY_JUDGE_STATE_H
#define VIFI_WHY_JUDGE_STATE_H

#include "why/verdict.h"
#include "why/why.h"

#include <arpa/inet.h>

struct judge {
	const struct why_facts *facts;
	const struct why_wire *wire; /* of the family that the rules of judge_wire.c judge */
	struct verdict verdict;
};

/* The row of the guest's port in the report; NULL: none. */
const json_t *judge_port_row(const struct judge *judge);

/* ---- judge_claims.c: addresses that the guest may not have, and limits ---- */

/* Refusals of the last ten minutes, each with its own cause. */
void rule_refused(struct judge *judge);
void rule_taken(struct judge *judge);
void rule_lost(struct judge *judge);
void rule_limits(struct judge *judge);

/* ---- judge_dhcp.c: how a guest gets an address ---- */

/* Has the guest an address of one of the uplink's networks, other than a link-local one? */
bool judge_has_address(const json_t *guest);
void rule_lease(struct judge *judge);
/* A guest that answers DHCP requests or sends router advertisements. */
void rule_rogue(struct judge *judge);
void rule_advertisement(struct judge *judge);
/* A machine that the guest takes for a router of IPv6, and that does not route; judge_router.c. */
void rule_router(struct judge *judge);
void rule_vlan_silent(struct judge *judge);
/* A second server of the network gave the guest a lease of another network. */
bool judge_two_servers(struct judge *judge);

/* ---- judge_host.c: what this host does to the frames ---- */

void rule_programs(struct judge *judge);
void rule_loop(struct judge *judge);
void rule_roamed(struct judge *judge);
void rule_forwarding(struct judge *judge);
void rule_mtu(struct judge *judge);
/* What disturbs this host itself. */
void rule_this_host(struct judge *judge);
/* This host and the guest do not reach each other: by which rule? Of one family. */
void rule_host_firewall(struct judge *judge);
/* Rules of nftables and ebtables on the frames of the guest; evidence for br_netfilter. */
void rule_firewall(struct judge *judge);

/* ---- judge_wire.c: what the network answers ---- */

/* The addresses of a struct why_wire as text, for sentences. */
struct wire_names {
	char address[INET6_ADDRSTRLEN], host[INET6_ADDRSTRLEN], gateway[INET6_ADDRSTRLEN], wanted[INET6_ADDRSTRLEN],
		peer[INET6_ADDRSTRLEN], dns[INET6_ADDRSTRLEN];
};

void judge_name_addresses(struct wire_names *names, const struct why_wire *wire);

bool judge_has_answered(const struct why_wire *wire, enum why_question number);
/* Was the question asked, and not answered? */
bool judge_is_silent(const struct why_wire *wire, enum why_question number);
/* Another machine has the guest's address, or answers for all. */
void rule_wire_claims(struct judge *judge);
void rule_wire(struct judge *judge);
void rule_guest_answers(struct judge *judge);
/* The interface inside the guest. */
void rule_guest_link(struct judge *judge);

/* ---- judge_beyond.c: what the gateway forwards ---- */

/* Does the gateway treat the guest's address like this host's? Of a gateway that answers both by ARP. */
void rule_gateway_firewall(struct judge *judge);
/* Which machines beyond the gateway answer, and does the DNS server? For one address family. */
void rule_beyond(struct judge *judge);

/* ---- judge_path.c: where the bridge and this host send frames for the guest ---- */

void rule_fdb(struct judge *judge);
/* Does a frame get from the uplink's port to the guest, and its answer out of the uplink? Of one family. */
void rule_path(struct judge *judge);
/* Does this host send to the guest by the uplink? Of one family. */
void rule_host_route(struct judge *judge);
/* Is a frame of this direction known to be lost on this host? `from`: of the guest. */
bool judge_path_is_broken(const struct why_facts *facts, bool from);
/* Does the firewall of this host translate addresses of bridged frames? Then the guest seems to use others than its own. */
bool judge_translates(const struct judge *judge);
/* Is the question about one address of the guest, which is of the uplink's network? Then others are none of its concern. */
bool judge_is_address_of_network(const struct why_facts *facts);

/* Where does the guest send what is for other networks? */
void rule_guest_gateway(struct judge *judge);

/* ---- judge_link.c: what stops frames at interfaces ---- */

/* Do the gateways that were asked answer nobody here? */
bool judge_uplink_is_silent(const struct why_facts *facts);
void rule_links(struct judge *judge);
/* Frames of the guest that vifi drops for what they are. */
void rule_dropped(struct judge *judge);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of the verdict about a guest: the rules of judge.c in other files. */
#ifndef VIFI_WHY_JUDGE_STATE_H
#define VIFI_WHY_JUDGE_STATE_H

#include "why/verdict.h"
#include "why/why.h"

struct judge {
	const struct why_facts *facts;
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

/* ---- judge_host.c: what this host does to the frames ---- */

void rule_programs(struct judge *judge);
void rule_loop(struct judge *judge);
void rule_roamed(struct judge *judge);
void rule_forwarding(struct judge *judge);
void rule_mtu(struct judge *judge);
/* Rules of nftables and ebtables on the frames of the guest; evidence for br_netfilter. */
void rule_firewall(struct judge *judge);

/* ---- judge_wire.c: what the network answers ---- */

/* Was the question asked, and not answered? */
bool judge_is_silent(const struct why_wire *wire, enum why_question number);
/* Another machine has the guest's address, or answers for all. */
void rule_wire_claims(struct judge *judge);
void rule_wire(struct judge *judge);
void rule_guest_answers(struct judge *judge);

/* ---- judge_link.c: what stops frames at interfaces ---- */

/* Does the gateway answer nobody here? */
bool judge_uplink_is_silent(const struct why_facts *facts);
void rule_links(struct judge *judge);
/* Frames of the guest that vifi drops for what they are. */
void rule_dropped(struct judge *judge);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internals of the verdict about a ruleset: firewall.c walks the chains, firewall_match.c judges conditions. */
#ifndef VIFI_WHY_FIREWALL_STATE_H
#define VIFI_WHY_FIREWALL_STATE_H

#include "why/firewall.h"

/* Does a condition hold for the frames? FIREWALL_OTHER_END: for frames between the guest and one other end. */
enum firewall_truth { FIREWALL_NEVER, FIREWALL_OTHER_END, FIREWALL_MAYBE, FIREWALL_ALWAYS };

/* One base chain, walked for frames of one direction. */
struct firewall_walk {
	json_t *chains; /* key of a chain -> its rules, in their order: rulesets have thousands of both */
	json_t *sets;   /* key of a set or map -> its elements */
	const struct firewall_guest *guest;
	const json_t *base;
	enum firewall_class class;
	bool from;
	bool translated;            /* the frame has the uplink's MAC address as its source or destination */
	const char *input, *output; /* interfaces that the hook knows; NULL: it does not */
	struct firewall_hit *hit;
	bool found;
	const char *verb;   /* what the rule that is walked does */
	bool assumed;       /* a rule of iptables about the state of connections is assumed not to accept new ones */
	bool some_accepted; /* a rule before accepts frames that may be the guest's */
	unsigned returns; /* rules before, in the chains that are walked now, by which some frames leave their chain */
};

enum { FIREWALL_KEY = 512 };

static inline bool firewall_is_new(enum firewall_class class)
{
	return class == FIREWALL_NEW4 || class == FIREWALL_NEW6;
}

static inline bool firewall_is_ip4(enum firewall_class class)
{
	return class == FIREWALL_IP4 || class == FIREWALL_DHCP || class == FIREWALL_NEW4;
}

static inline bool firewall_is_ip6(enum firewall_class class)
{
	return class == FIREWALL_IP6 || class == FIREWALL_ND || class == FIREWALL_NEW6;
}

/* The key of a chain or set in the family and table of `of`. */
void firewall_write_key(char key[FIREWALL_KEY], const json_t *of, const char *name);

/* Judges a match. Sets *specific if it names the guest; otherwise leaves it. */
enum firewall_truth firewall_match(const struct firewall_walk *walk, const json_t *match, bool *specific);

/* Judges whether `left` has the value `right`, or one of its set. */
enum firewall_truth firewall_equals(const struct firewall_walk *walk, const json_t *left, const json_t *right,
				    bool *specific);

#endif

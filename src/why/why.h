/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi why GUEST`: why frames of a guest do not arrive. facts.c gathers what this machine knows, judge.c makes a verdict of
 * it: causes, the decisive one first, and what was looked at and found in order.
 *
 * Whose word a fact rests on: ports, links and counters are the kernel's; bindings are what vifi has seen on the ports. A guest's
 * own name for itself is used to find it, and for nothing else.
 */
#ifndef VIFI_WHY_WHY_H
#define VIFI_WHY_WHY_H

#include "base/error.h"
#include "base/finding.h"

#include <jansson.h>

struct why_port {
	char name[16]; /* empty: unknown */
	bool exists, up, carrier, in_bridge, forwarding, locked, isolated;
	int mtu;
};

struct why_facts {
	const char *asked;     /* the operand, borrowed */
	char uplink[16];       /* as named or found; empty: no bridge runs */
	char bridge[16];       /* empty: unknown */
	char mac[24];          /* of the guest; empty: unknown */
	json_t *report;        /* with problems and all bindings (bridge/report.h); NULL: there is none */
	json_t *guest;         /* its row, borrowed from the report; NULL: it has no binding */
	struct why_port port;  /* of the guest */
	bool host_address;     /* the operand is an address of this host */
	int uplink_mtu;        /* 0: unknown */
	struct findings check; /* of `vifi bridge check` */
};

/*
 * Gathers the facts about `asked`: an IP or MAC address, a name, or a port. `uplink`: NULL for the only bridge that
 * runs. Returns 0, or a negative errno with a sentence. Free the facts in any case.
 */
int why_gather(struct why_facts *facts, const char *asked, const char *uplink, struct error *error);
void why_free(struct why_facts *facts);

/*
 * Returns {"asked", "guest", "causes": [{"id", "level", "sentence", "remedy", "evidence": [text]}], "excluded": [text]},
 * doc/why.schema.json, which the caller releases.
 */
json_t *why_judge(const struct why_facts *facts);

#endif

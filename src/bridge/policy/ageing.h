/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a binding ends (rule 3), and the questions asked before that.
 *
 * Outbound traffic refreshes `seen` in the kernel; here is only decided what its being old means.  An owner is asked
 * (unicast ARP or NS) for one of two reasons:
 *
 *   age      its address is about to expire: three questions a second apart, 30 seconds before;
 *   contest  another guest wants the address (rule 2): three questions within two seconds.
 *
 * Any frame of the owner is an answer.  No clock, no I/O: times are arguments, in ns of CLOCK_MONOTONIC.
 */
#ifndef VIFI_BRIDGE_POLICY_AGEING_H
#define VIFI_BRIDGE_POLICY_AGEING_H

#include "macnat/model.h"

#include <stdbool.h>

#define AGEING_NEVER       UINT64_MAX
#define AGEING_PROBE_EARLY (30 * MN_NS_PER_SEC)
#define AGEING_TRIES       3

/* When the binding ends if its owner stays silent; AGEING_NEVER for pins and for what is not a guest's. `age` in ns. */
uint64_t ageing_deadline(const struct mn_key *key, const struct mn_binding *binding, uint64_t age);

/* Whether its owner can be asked: it has an IP address, and a MAC address to send to. */
bool ageing_can_probe(const struct mn_key *key, const struct mn_binding *binding);

enum ageing_verdict {
	AGEING_KEEP,   /* nothing to do yet */
	AGEING_PROBE,  /* ask the owner from now on: start a probe */
	AGEING_DELETE, /* it has ended */
};

/* What to do about a binding at a regular look. */
enum ageing_verdict ageing_check(const struct mn_key *key, const struct mn_binding *binding, uint64_t age,
				 uint64_t now);

enum owner_probe_reason { PROBE_AGE, PROBE_CONTEST };

struct owner_probe {
	enum owner_probe_reason reason;
	unsigned sent;    /* questions so far */
	uint64_t started; /* ns */
	uint64_t next;    /* ns: when to call owner_probe_step() again */
};

enum owner_probe_verdict {
	PROBE_WAIT,  /* until `next` */
	PROBE_SEND,  /* send one question now, then call again at `next` */
	PROBE_ALIVE, /* the owner has spoken, or has gone: the probe is over */
	PROBE_DEAD,  /* it has not: delete the binding, the probe is over */
};

void owner_probe_start(struct owner_probe *probe, enum owner_probe_reason reason, uint64_t now);

/* One step of a probe; `binding` is the binding as it is now, or NULL when there is none any more. `age` in ns. */
enum owner_probe_verdict owner_probe_step(struct owner_probe *probe, const struct mn_key *key,
					  const struct mn_binding *binding, uint64_t age, uint64_t now);

#endif

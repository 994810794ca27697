/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a binding expires (rule 3), and the probes of its owner before that.
 *
 * Outbound traffic refreshes `last_seen` in the data path; this file decides what an old value means. An owner is
 * probed by unicast ARP request or neighbour solicitation for one of two reasons:
 *
 *   age      its binding is about to expire: three probes, a second apart, from 30 seconds before the end;
 *   contest  a guest or a station claims the address (rule 2): three probes, for a MAC address within two seconds, for an
 *            IP address within a second if a guest has it, and within 1.5 s if a station has it; sooner if a witness shows
 *            that it has given the address up (policy/witness.h).
 *
 * Any frame of the owner counts as an answer. A station is probed in a contest only; the table keeps it for a day after
 * its last frame, so that a guest that takes its address is known to have it from a station (rule 28). No clock, no I/O: times are arguments, in ns of CLOCK_MONOTONIC.
 */
#ifndef VIFI_BRIDGE_POLICY_AGEING_H
#define VIFI_BRIDGE_POLICY_AGEING_H

#include "macnat/model.h"

#include <stdbool.h>

#define AGEING_NEVER       UINT64_MAX
#define AGEING_PROBE_EARLY (30 * MN_NS_PER_SEC)
#define AGEING_TRIES       3

/*
 * The time at which the binding expires if its owner stays silent; AGEING_NEVER for pins and for the static bindings of
 * this host. `age`: the lifetime without traffic, ns.
 */
uint64_t ageing_deadline(const struct mn_key *key, const struct mn_binding *binding, uint64_t age);

/* Whether the owner is probed before its binding expires: a guest with an IP address. */
bool ageing_can_probe(const struct mn_key *key, const struct mn_binding *binding);

/* Whether a contest of the address is possible: a guest or a station, with a MAC or an IP address, but no pin. */
bool ageing_can_contest(const struct mn_key *key, const struct mn_binding *binding);

/*
 * Whether packets for a guest's IP address arrive and the guest has sent none with it for some seconds: perhaps the address
 * is elsewhere now. The owner is probed as in a contest.
 */
bool ageing_is_mute(const struct mn_key *key, const struct mn_binding *binding, uint64_t now);

enum ageing_verdict {
	AGEING_KEEP,
	AGEING_PROBE,  /* about to expire: start a probe */
	AGEING_DELETE, /* expired */
};

/* The periodic check of a binding. */
enum ageing_verdict ageing_check(const struct mn_key *key, const struct mn_binding *binding, uint64_t age,
				 uint64_t now);

enum owner_probe_reason { PROBE_AGE, PROBE_CONTEST };

struct owner_probe {
	enum owner_probe_reason reason;
	unsigned sent;  /* probes so far */
	uint64_t seen;  /* last_seen when the probe began, ns */
	bool contested; /* MN_F_CONTEST was set then */
	bool is_brief; /* the owner is a virtual router that its backups take for dead; set after owner_probe_start() */
	uint64_t next; /* ns: the time of the next owner_probe_step() */
};

enum owner_probe_verdict {
	PROBE_WAIT,  /* until `next` */
	PROBE_SEND,  /* send one probe now, then call again at `next` */
	PROBE_ALIVE, /* the owner has answered, or the binding is gone or pinned: end the probe */
	PROBE_DEAD,  /* the owner has not answered: end the probe and its claim to the address */
};

/* `binding`: the current one. A frame that its owner sent since it was read counts as an answer, also before a probe. */
void owner_probe_start(struct owner_probe *probe, enum owner_probe_reason reason, const struct mn_binding *binding,
		       uint64_t now);

/* One step of a probe. `binding` is the current binding, or NULL when it no longer exists; `age` as above. */
enum owner_probe_verdict owner_probe_step(struct owner_probe *probe, const struct mn_key *key,
					  const struct mn_binding *binding, uint64_t age, uint64_t now);

#endif

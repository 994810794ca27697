/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One engine on trial: it is given frames, and each verdict is held to the laws
 * that no rule may break (trial_laws), whatever else the test then looks at.
 * For unit tests and for fuzzing alike, hence without a test framework: a broken
 * law prints the frame and ends the program.
 */
#ifndef VIFI_TESTS_TRIAL_H
#define VIFI_TESTS_TRIAL_H

#include "frames.h"
#include "macnat/engine.h"

#define SECOND MN_NS_PER_SEC
enum { UPLINK = 2, UPLINK_PORT = 3 };

struct trial {
	struct mn_engine *e;
	uint64_t now;    /* ns */
	struct frame f;  /* what is given; afterwards with the edits applied */
	struct frame in; /* what was given */
	uint32_t tci;    /* offloads of the next frames, as in struct mn_frame */
	uint32_t segment;
	bool partial;
	const struct mn_work *w; /* the last verdict */
};

/*
 * An engine that knows what user space would have told it: the host's, the
 * gateway's and the broadcast addresses.  No rate limit, 60 s of silence, VLAN 7
 * crosses the uplink.
 */
void trial_init(struct trial *t);
void trial_end(struct trial *t);

/* Gives t->f to a hook; port counts for MN_FROM_GUEST only. Returns the drop reason. */
enum drop trial_give(struct trial *t, enum mn_hook hook, uint32_t port, bool marked);
enum drop from_guest(struct trial *t, uint32_t port);
enum drop from_wire(struct trial *t);
enum drop from_host(struct trial *t);

/* Lets a guest be heard: it announces its MAC address and its IPv4 address. IPv6 by a packet. */
void trial_hear4(struct trial *t, uint32_t port, const uint8_t *mac, const uint8_t *ip);
void trial_hear6(struct trial *t, uint32_t port, const uint8_t *mac, const uint8_t *ip);
void trial_hear_all(struct trial *t); /* a, b and c with both */

const struct mn_binding *trial_find4(struct trial *t, const uint8_t *ip);
const struct mn_binding *trial_find6(struct trial *t, const uint8_t *ip);
const struct mn_binding *trial_find_mac(struct trial *t, const uint8_t *mac);
void trial_pin(struct trial *t, const struct mn_key *key, enum mn_kind kind, const uint8_t *mac);
struct mn_key key_of4(const uint8_t *ip);
struct mn_key key_of6(const uint8_t *ip);
struct mn_key key_of_mac(const uint8_t *mac);

/* Takes events until one of the type; false: none came. */
bool trial_event(struct trial *t, enum mn_event_type type, struct mn_event *event);

/* Which law the verdict on t->in breaks; NULL: none. before: drops and counts when it was given. */
const char *trial_laws(struct trial *t, enum mn_hook hook, bool marked);
void frame_print(const char *what, const struct frame *f);

#endif

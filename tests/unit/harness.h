/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One engine on trial: it is given frames, and each verdict is held to the laws
 * that no rule may break (harness_broken_invariant), whatever else the test then looks at.
 * For unit tests and for fuzzing alike, hence without a test framework: a broken
 * law prints the frame and ends the program.
 */
#ifndef VIFI_TESTS_HARNESS_H
#define VIFI_TESTS_HARNESS_H

#include "frames.h"
#include "macnat/engine.h"

#define SECOND MN_NS_PER_SEC
enum { UPLINK = 2, UPLINK_PORT = 3 };

struct harness {
	struct mn_engine *engine;
	uint64_t now;           /* ns */
	struct raw_frame frame; /* what is given; afterwards with the edits applied */
	struct raw_frame input; /* what was given */
	uint32_t tci;           /* offloads of the next frames, as in struct mn_frame */
	uint32_t segment;
	bool partial;
	const struct mn_context *verdict; /* the last verdict */
};

/*
 * An engine that knows what user space would have told it: the host's, the
 * gateway's and the broadcast addresses.  No rate limit, 60 s of silence, VLAN 7
 * crosses the uplink.
 */
void harness_init(struct harness *harness);
void harness_free(struct harness *harness);

/* Gives t->f to a hook; port counts for MN_FROM_GUEST only. Returns the drop reason. */
enum drop harness_run(struct harness *harness, enum mn_hook hook, uint32_t port, bool marked);
enum drop from_guest(struct harness *harness, uint32_t port);
enum drop from_wire(struct harness *harness);
enum drop from_host(struct harness *harness);

/* Lets a guest be heard: it announces its MAC address and its IPv4 address. IPv6 by a packet. */
void harness_learn4(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip);
void harness_learn6(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip);
void harness_learn_all(struct harness *harness); /* a, b and c with both */

const struct mn_binding *harness_find4(struct harness *harness, const uint8_t *ip);
const struct mn_binding *harness_find6(struct harness *harness, const uint8_t *ip);
const struct mn_binding *harness_find_mac(struct harness *harness, const uint8_t *mac);
void harness_put_binding(struct harness *harness, const struct mn_key *key, enum mn_kind kind, const uint8_t *mac);
struct mn_key key_of4(const uint8_t *ip);
struct mn_key key_of6(const uint8_t *ip);
struct mn_key key_of_mac(const uint8_t *mac);

/* Takes events until one of the type; false: none came. */
bool harness_take_event(struct harness *harness, enum mn_event_type type, struct mn_event *event);

/* Which law the verdict on t->in breaks; NULL: none. before: drops and counts when it was given. */
const char *harness_broken_invariant(struct harness *harness, enum mn_hook hook, bool marked);
void frame_print(const char *what, const struct raw_frame *frame);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One engine under test: it gets frames, and each verdict is checked against the invariants that no rule may break
 * (harness_broken_invariant). For unit tests and fuzzing alike, hence without a test framework: a broken invariant
 * prints the frame and ends the program.
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
	struct raw_frame frame; /* the input; after a run with the edits applied */
	struct raw_frame input; /* the input of the last run */
	uint32_t tci;           /* offloads of the next frames, as in struct mn_frame */
	uint32_t segment;
	bool partial;
	const struct mn_context *verdict; /* the last verdict */
};

/*
 * Creates an engine with the entries of user space: the host's, the gateway's and the broadcast addresses. No rate
 * limit, 60 s of silence, VLAN 7 crosses the uplink.
 */
void harness_init(struct harness *harness);
void harness_free(struct harness *harness);

/* Runs harness->frame on a hook; port matters for MN_FROM_GUEST and MN_FROM_PORT only. Returns the drop reason. */
enum drop harness_run(struct harness *harness, enum mn_hook hook, uint32_t port, bool marked);
enum drop from_guest(struct harness *harness, uint32_t port);
enum drop from_wire(struct harness *harness);
enum drop from_host(struct harness *harness);

/* Learns a guest from a frame: an ARP announcement for IPv4, a packet for IPv6. */
void harness_learn4(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip);
void harness_learn6(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip);
void harness_learn_all(struct harness *harness); /* guests a, b and c with both */

const struct mn_binding *harness_find4(struct harness *harness, const uint8_t *ip);
const struct mn_binding *harness_find6(struct harness *harness, const uint8_t *ip);
const struct mn_binding *harness_find_mac(struct harness *harness, const uint8_t *mac);
void harness_put_binding(struct harness *harness, const struct mn_key *key, enum mn_kind kind, const uint8_t *mac);
struct mn_key key_of4(const uint8_t *ip);
struct mn_key key_of6(const uint8_t *ip);
struct mn_key key_of_mac(const uint8_t *mac);

/* Adds an IPv4 network that the host routes: `elsewhere`, or by the uplink. */
void harness_add_route(struct harness *harness, const uint8_t *addr, uint8_t prefix_length, bool elsewhere);

/* Takes events up to one of the type; false: there is none. */
bool harness_take_event(struct harness *harness, enum mn_event_type type, struct mn_event *event);

/* The invariant that the last verdict breaks; NULL: none. */
const char *harness_broken_invariant(struct harness *harness, enum mn_hook hook, bool marked);
void frame_print(const char *what, const struct raw_frame *frame);

#endif

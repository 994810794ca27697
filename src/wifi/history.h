/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history of a radio with each peer: the last notes of its state machine, and counters of dropped frames.
 * `vifi why` reads it after a fault.
 *
 * Anybody can send frames in any name. A peer that was connected once (the keys or an association proved it) is therefore
 * kept apart from strangers, who only replace one another. The counters of drops rest on the sender's address, which can be
 * forged; notes rest on what the state machine has decided.
 */
#ifndef VIFI_WIFI_HISTORY_H
#define VIFI_WIFI_HISTORY_H

#include "plane/action.h"

#define HISTORY_PEERS  64 /* of each kind: known ones, and strangers */
#define HISTORY_EVENTS 16 /* the last ones of a peer */

/* A note; the same one again only raises `count`. */
struct history_event {
	enum note note;
	uint16_t code;
	bool local, authentication;
	enum awaited awaited;
	char detail[65]; /* terminated */
	uint32_t count;
	uint64_t first_ns, last_ns;
};

struct history_peer {
	uint8_t addr[6];  /* zero: the radio itself, as in notes about scans and channels */
	unsigned network; /* number of the BSS at an access point */
	bool known;       /* was connected */
	uint64_t last_ns;
	size_t count;
	struct history_event events[HISTORY_EVENTS]; /* the oldest one first */
	uint32_t drops[DROP_COUNT];
};

struct history;

/* Returns NULL without memory; the functions below accept that. */
struct history *history_new(void);
void history_free(struct history *history);

/* BSSs that a station hears are left out: its scan results have them. */
void history_note(struct history *history, const struct action *note, uint64_t now_ns);

/* A frame from or to `addr` was dropped; NULL or zero: of nobody that is known. That and frames for groups are not kept. */
void history_drop(struct history *history, unsigned network, const uint8_t *addr, enum drop drop, uint64_t now_ns);

/* Peer number `nth`, from 0, in no particular order; NULL after the last one. */
const struct history_peer *history_peer(const struct history *history, size_t nth);

#endif

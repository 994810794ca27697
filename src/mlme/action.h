/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the state machines of this folder want done.  Events go in with the time, actions come out in a list, and
 * whoever drives the machine carries them out in their order: a program over a radio and a TAP interface, a
 * simulation over a medium on virtual time.
 */
#ifndef VIFI_MLME_ACTION_H
#define VIFI_MLME_ACTION_H

#include "base/drop.h"
#include "base/frame.h"

#include <stdbool.h>

enum action_kind {
	ACTION_TRANSMIT, /* `frame`: an MPDU without FCS, on `freq`; its fate is told under `cookie` unless that is 0 */
	ACTION_DELIVER,  /* `frame`: Ethernet, to the interface of network `bss` */
	ACTION_TUNE,     /* the radio to `freq` */
	ACTION_DOZE,     /* the receiver off until `until_ns` */
	ACTION_NOTE,     /* something that a person or a program wants to know */
	ACTION_DROP,     /* a frame of or for `addr` was dropped */
};

/* X(NAME, "what a log says of it") */
#define NOTE_LIST(X)                                                                        \
	X(ENABLED, "the network is on the air")                                             \
	X(DISABLED, "the network has left the air")                                         \
	X(SCANNING, "looking for networks")                                                 \
	X(NOT_FOUND, "none of the networks is to be heard")                                 \
	X(AUTHENTICATED, "authenticated")                                                   \
	X(ASSOCIATED, "associated")                                                         \
	X(CONNECTED, "connected: keys are installed")                                       \
	X(DISCONNECTED, "disconnected")                                                     \
	X(REJECTED, "refused")                                                              \
	X(REJECTED_FULL, "refused: as many stations as max_num_sta allows are associated")  \
	X(REJECTED_LIST, "refused by the address lists")                                    \
	X(WRONG_PASSPHRASE, "the passphrases differ")                                       \
	X(DOWNGRADE, "the handshake contradicts beacon or association: forged, or changed") \
	X(SILENT, "no answer")                                                              \
	X(REKEYED, "new pairwise keys")                                                     \
	X(GROUP_REKEYED, "new group keys")                                                  \
	X(MICHAEL, "a Michael failure")                                                     \
	X(COUNTERMEASURES, "two Michael failures within a minute: no TKIP for 60 s")        \
	X(SA_QUERY, "asks whether an association still stands")                             \
	X(ROAMING, "moves to another access point")                                         \
	X(CHANNEL, "follows its access point to another channel")

enum note {
#define X(id, text) NOTE_##id,
	NOTE_LIST(X)
#undef X
		NOTES
};

const char *note_name(enum note note); /* "ENABLED" */
const char *note_text(enum note note);

struct action {
	enum action_kind kind;
	struct frame *frame; /* belongs to the list, unless whoever carries it out takes it and writes NULL */
	uint32_t cookie;
	uint16_t freq;
	unsigned bss; /* which network of an access point; 0 at a station */
	uint64_t until_ns;
	enum drop drop;
	enum note note;
	uint8_t addr[6]; /* of the peer */
	uint16_t code;   /* reason or status code */
	char detail[64]; /* keyid, SSID as text … : never a secret */
};

struct actions {
	struct action *list;
	size_t count, room;
};

/* Appends an empty action and returns it; NULL: no memory, the action is lost and counted in nothing but that. */
struct action *actions_add(struct actions *actions, enum action_kind kind);

/* Gives up the frames; keeps the memory. */
void actions_clear(struct actions *actions);
void actions_free(struct actions *actions);

#endif

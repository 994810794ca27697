/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Actions of an access point and of a station over a radio (softmac/ap, softmac/sta). Frames go in with their time; actions
 * come out in a list, and the caller carries them out in order: a program over a radio and a TAP interface, or a simulation
 * over a medium on virtual time.
 */
#ifndef VIFI_PLANE_ACTION_H
#define VIFI_PLANE_ACTION_H

#include "base/drop.h"
#include "base/frame.h"
#include "wire/oci.h"

#include <stdbool.h>

/* A channel: its primary 20 MHz, its width and its centre. Width 0: 20 MHz without 802.11n. */
struct plane_channel {
	uint16_t freq_mhz, width_mhz, center_mhz;
};

enum action_kind {
	ACTION_TRANSMIT, /* `frame`: an MPDU without FCS, on `freq`; its TX status is reported under `cookie` unless that is 0 */
	ACTION_DELIVER, /* `frame`: an Ethernet frame, to the interface of BSS `bss` */
	ACTION_TUNE,    /* tune the radio to `freq` */
	ACTION_DOZE,    /* turn the receiver off until `until_ns` */
	ACTION_NOTE,    /* an event for the log and for programs */
	ACTION_DROP,    /* a frame from or to `addr` was dropped */
};

/* X(NAME, "text for the log") */
#define NOTE_LIST(X)                                                                                                  \
	X(ENABLED, "the network is on the air")                                                                       \
	X(DISABLED, "the network is off the air")                                                                     \
	X(SCANNING, "scanning for networks")                                                                          \
	X(SCHEDULED, "the driver now looks for the networks by itself")                                               \
	X(SCANNED, "the scan has ended")                                                                              \
	X(BSS_ADDED, "discovered")                                                                                    \
	X(BSS_REMOVED, "not heard any more")                                                                          \
	X(JOINING, "trying to join")                                                                                  \
	X(NOT_FOUND, "no configured network found")                                                                   \
	X(AUTHENTICATED, "authenticated")                                                                             \
	X(ASSOCIATED, "associated")                                                                                   \
	X(CONNECTED, "connected: keys are installed")                                                                 \
	X(KEYS_NEGOTIATED, "4-way handshake complete")                                                                \
	X(POLLED, "the station has answered the poll")                                                                \
	X(INTERFACE_DOWN, "the interface was set down; waiting until it is up again")                                 \
	X(INTERFACE_UP, "the interface is up again")                                                                  \
	X(FRAME, "management frame received")                                                                         \
	X(ACTION_STATUS, "the request to the station was sent")                                                       \
	X(MEASUREMENT, "the station reports a measurement")                                                           \
	X(TRANSITION, "the station asks for or answers a BSS transition")                                             \
	X(TKIP, "all frames are protected by TKIP only, which is broken")                                             \
	X(GROUP_TKIP, "group frames are protected by TKIP only, which is broken")                                     \
	X(DISCONNECTED, "disconnected")                                                                               \
	X(REJECTED, "refused")                                                                                        \
	X(REJECTED_FULL, "refused: max_num_sta stations are already associated")                                      \
	X(REJECTED_LIST, "refused by the address lists")                                                              \
	X(WRONG_PASSPHRASE, "the passphrases differ")                                                                 \
	X(DOWNGRADE, "the handshake contradicts the beacon or the association request: one was forged")               \
	X(SILENT, "no response")                                                                                      \
	X(REKEYED, "new pairwise keys")                                                                               \
	X(NO_REKEY, "the driver cannot replace a pairwise key that is in use: reconnecting instead")                  \
	X(TRANSITION_REQUEST, "the access point asks the station to move to another one")                             \
	X(NEIGHBOURS, "the access point has reported its neighbours")                                                 \
	X(NO_NEIGHBOURS, "the access point has reported no neighbours")                                               \
	X(SLEEPING, "WNM sleep mode: the access point sends no group keys until the station leaves it")               \
	X(AWAKE, "the station has left WNM sleep mode")                                                               \
	X(SLEEP_REFUSED, "the access point has refused WNM sleep mode, or its end")                                   \
	X(TRANSITION_DISABLE, "the network announces which of its methods are obsolete")                              \
	X(GROUP_REKEYED, "new group keys")                                                                            \
	X(MICHAEL, "Michael failure")                                                                                 \
	X(COUNTERMEASURES, "two Michael failures within 60 s: TKIP is disabled for 60 s")                             \
	X(SA_QUERY, "SA Query started: is the association still valid?")                                              \
	X(ROAMING, "roaming to another access point")                                                                 \
	X(CHANNEL, "following the access point to another channel")                                                   \
	X(FOUR_ADDRESS, "4-address mode: the station is a bridge and gets its own interface")                         \
	X(FOUR_ADDRESS_REFUSED, "the station sends 4-address frames; set wds_sta=1 to accept them")                   \
	X(FOUR_ADDRESS_LATE, "ignored a 4-address frame that arrived after the handshake, because it may be forged; " \
			     "if the station is a bridge, reconnect it")                                              \
	X(FOUR_ADDRESS_DENIED,                                                                                        \
	  "no answer in 4-address mode: the access point does not accept it (hostapd and vifi ap need wds_sta=1)")    \
	X(NO_BACKHAUL,                                                                                                \
	  "the access point does not serve other access points (hostapd and vifi ap need multi_ap=1 or 3)")           \
	X(SWITCHING, "announcing a move to another channel")                                                          \
	X(SWITCHED, "moved to another channel")                                                                       \
	X(SWITCH_FAILED, "the radio could not move to another channel: the network stays on this one")                \
	X(NARROWED, "using 20 MHz of the channel instead of 40 MHz")                                                  \
	X(WIDENED, "using all 40 MHz of the channel again")                                                           \
	X(ADDRESS, "the station now has this MAC address")                                                            \
	X(PMKSA_ADDED, "the key is cached for the next association")                                                  \
	X(PMKSA_REMOVED, "the cached key was discarded")                                                              \
	X(SIGNAL_CHANGE, "the signal has crossed the threshold")                                                      \
	X(NO_BEACON, "the access point's beacons are missing")                                                        \
	X(OCV_FAILURE, "the peer is not on our channel (ocv): an attacker may relay its frames")                      \
	X(FORGED_BEACON, "ignored beacons in the access point's name that lack a valid MIC")                          \
	X(REGDOM, "the regulatory domain has changed")                                                                \
	X(OVERLAP_SEARCH, "scanning for networks that a 40 MHz channel would disturb")                                \
	X(CHOOSING, "choosing a channel")                                                                             \
	X(CHOSEN, "the channel selection has ended")                                                                  \
	X(LISTENING, "listening for radar before the network starts")                                                 \
	X(LISTENED, "listening for radar has ended")                                                                  \
	X(RADAR, "radar detected")                                                                                    \
	X(RADAR_MOVE, "moving to another channel because of radar")                                                   \
	X(RADAR_OVER, "half an hour has passed since the radar")                                                      \
	X(CHECK_EXPIRED, "the channel needs radar detection again before it is used")                                 \
	X(NO_CHANNEL, "no channel may be used at present")

enum note {
#define X(id, text) NOTE_##id,
	NOTE_LIST(X)
#undef X
		NOTES
};

const char *note_name(enum note note); /* "ENABLED" */
const char *note_text(enum note note);

/* What a peer has not sent in time: X(NAME, "words") */
#define AWAITED_LIST(X)                                  \
	X(UNKNOWN, "an answer")                          \
	X(BEACON, "beacons")                             \
	X(AUTHENTICATION, "an authentication response")  \
	X(ASSOCIATION, "an association response")        \
	X(HANDSHAKE, "messages of the 4-way handshake")  \
	X(MESSAGE_1, "message 1 of the 4-way handshake") \
	X(MESSAGE_2, "message 2 of the 4-way handshake") \
	X(MESSAGE_3, "message 3 of the 4-way handshake") \
	X(MESSAGE_4, "message 4 of the 4-way handshake") \
	X(GROUP_MESSAGE_2, "message 2 of the group key handshake")

enum awaited {
#define X(id, text) AWAITED_##id,
	AWAITED_LIST(X)
#undef X
		AWAITED_COUNT
};

const char *awaited_name(enum awaited awaited); /* "MESSAGE_1" */
const char *awaited_text(enum awaited awaited);

struct action {
	enum action_kind kind;
	struct frame *
		frame; /* belongs to the list; a caller that takes it over writes NULL here. NOTE_FRAME, NOTE_MEASUREMENT, NOTE_TRANSITION, NOTE_TRANSITION_REQUEST and NOTE_NEIGHBOURS have one, too */
	uint32_t cookie;
	uint16_t freq; /* of a frame, of TUNE, and of notes about a channel */
	unsigned bss;  /* index of the BSS of an access point; 0 at a station */
	uint64_t
		until_ns; /* of ACTION_DOZE; of NOTE_WRONG_PASSPHRASE, NOTE_REJECTED: the BSS is paused until then; 0: unknown */
	enum drop drop;
	enum note note;
	uint8_t addr[6]; /* of the peer */
	uint16_t
		code; /* reason or status code; of NOTE_TRANSITION_DISABLE: its bits; of NOTE_SLEEP_REFUSED: its status (9.4.2.81) */
	enum awaited awaited;            /* of NOTE_SILENT */
	struct ocv_failure ocv;          /* of NOTE_OCV_FAILURE */
	int8_t signal_dbm;               /* of NOTE_SIGNAL_CHANGE */
	bool above;                      /* … it is above the threshold */
	bool foreign;                    /* of NOTE_SCANNING, NOTE_SCANNED: of another program */
	bool local;                      /* of NOTE_DISCONNECTED: by our own decision */
	bool authentication;             /* of NOTE_REJECTED: not the association */
	uint16_t algorithm, transaction; /* … its algorithm and sequence number */
	uint8_t initiator,
		domain; /* of NOTE_REGDOM: enum nl80211_reg_initiator, enum nl80211_reg_type; `detail`: the country */
	uint32_t
		id; /* of NOTE_SIGNAL_CHANGE: kbit/s; of NOTE_LISTENING: seconds; of a scan result (mlme/scan_results.h); of the network of a station (mlme/sta_network.h) */
	struct plane_channel
		channel; /* of NOTE_CHOSEN and those about radar; of NOTE_SWITCHING and NOTE_CHANNEL at a station */
	bool success;    /* of NOTE_CHOSEN, NOTE_LISTENED; of NOTE_ACTION_STATUS: acknowledged */
	char detail[64]; /* keyid, SSID as text; never a secret */
};

struct actions {
	struct action *list;
	size_t count, room;
};

/* Appends an empty action and returns it; NULL: no memory, and the action is lost. */
struct action *actions_add(struct actions *actions, enum action_kind kind);

/* Frees the frames; keeps the memory of the list. */
void actions_clear(struct actions *actions);
void actions_free(struct actions *actions);

#endif

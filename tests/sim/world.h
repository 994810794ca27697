/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulation of access points, stations, the medium between them and the wired network, on virtual time. It uses
 * neither a clock nor a socket, and the same seed gives the same run.
 *
 *	host ─┬─ wire, a learning bridge ─┬─ access point 0 )))     ((( station 0 ─ its host
 *	host ─┘                           └─ access point 1 )))     ((( station 1 ─ its host
 *
 * A node is an access point or a station with its radio. Hosts are connected to the wire, or to a station. A flow is a
 * sequence of numbered frames from one host to another; the receiver checks their numbers and contents. A sniffer that
 * has the passphrases receives all transmissions. Both count the violations of VIOLATION_LIST.
 */
#ifndef VIFI_TESTS_SIM_WORLD_H
#define VIFI_TESTS_SIM_WORLD_H

#include "softmac/ap/soft_ap.h"
#include "softmac/sta/soft_sta.h"
#include "air/medium/medium.h"

#define MS UINT64_C(1000000)
#define S  (1000 * MS)
#define H  (3600 * S)

#define WORLD_NODES 512
#define WORLD_PMKS  16

/* X(name, description) */
#define VIOLATION_LIST(X)                                                                                              \
	X(plaintext, "data frames without protection in a protected network, EAPOL excepted")                          \
	X(pn_reuse, "frames with a used packet number of their key, retries excepted")                                 \
	X(altered_retry, "frames with the Retry bit that differ from the previous transmission")                       \
	X(wrong_timestamp, "beacons or probe responses whose timestamp is not the time of their transmission")         \
	X(undecryptable, "protected frames that the passphrases do not decrypt, or group frames with a wrong BIP MIC") \
	X(duplicate, "frames that a host received twice")                                                              \
	X(reordered, "frames that a host received after a later frame of their flow")                                  \
	X(misdelivered, "frames that a host received but that were not sent to it, or not with these contents")        \
	X(reflected, "frames that their sender received")

struct violations {
#define X(name, description) unsigned name;
	VIOLATION_LIST(X)
#undef X
};

struct world;

struct world *world_new(uint64_t seed);
void world_free(struct world *world);
uint64_t world_now(const struct world *world);
struct medium *world_medium(struct world *world);
struct crypto *world_crypto(struct world *world);

/* Derives a PMK and gives it to the sniffer. */
void world_pmk(struct world *world, const char *ssid, const char *passphrase, uint8_t pmk[PMK_LEN]);

/* ---- nodes: numbered from 0 in the order of their creation ---- */

/* Default setups: WPA2 with CCMP and a passphrase; the station scans 2412, 2437, 2462 and 5180 MHz. */
void world_ap_setup(struct world *world, struct ap_setup *setup, unsigned number, const char *ssid,
		    const char *passphrase, uint16_t freq_mhz);
void world_sta_setup(struct world *world, struct sta_setup *setup, struct sta_network *network, unsigned number,
		     const char *ssid, const char *passphrase);

/* Adds a node and starts it. Memory that the setup points to must outlive the world. */
unsigned world_add_ap(struct world *world, const struct ap_setup *setup);
unsigned world_add_sta(struct world *world, const struct sta_setup *setup);

/* Stops or starts a node like an operator: it deauthenticates its peers and keeps its memory. */
void world_stop(struct world *world, unsigned node);
void world_start(struct world *world, unsigned node);

/* A power failure: the node sends nothing and loses its memory. */
void world_power_off(struct world *world, unsigned node);
void world_power_on(struct world *world, unsigned node);

struct soft_ap *world_ap(struct world *world, unsigned node);   /* NULL: powered off */
struct soft_sta *world_sta(struct world *world, unsigned node); /* NULL: powered off */

/* A BSS that the test starts has a TSF of its own. */
void world_forget_clock(struct world *world, const uint8_t bssid[6]);

/* For tests that call ap_…() or sta_…(): pass world_actions() as output, then call world_apply_actions(). */
struct actions *world_actions(struct world *world);
void world_apply_actions(struct world *world, unsigned node);

bool world_is_connected(struct world *world, unsigned node); /* of a station */
unsigned world_connected_count(struct world *world);         /* number of connected stations */
unsigned world_note_count(struct world *world, unsigned node, enum note note);
uint64_t world_drops(struct world *world, unsigned node, enum drop drop);
radio_id world_radio(struct world *world, unsigned node);

/* Sets both directions of a link. */
void world_link(struct world *world, unsigned node_a, unsigned node_b, const struct medium_link *link);

/* ---- time ---- */

void world_run(struct world *world, uint64_t until_ns);

/* Runs until is_done() returns true. Returns false if it did not before `until_ns`. */
bool world_run_until(struct world *world, uint64_t until_ns, bool (*is_done)(struct world *world));
bool world_all_connected(struct world *world);

/* ---- hosts and flows ---- */

/* Adds a host to the wire. Returns its address, which is valid as long as the world. */
const uint8_t *world_host(struct world *world);
const uint8_t *world_sta_addr(struct world *world, unsigned node); /* of a station's host */

/* Adds a flow to a host or to a group. Returns its number. */
unsigned world_flow(struct world *world, const uint8_t from[6], const uint8_t to[6]);

/* Sends `count` frames now. `len` includes the Ethernet header and is at least 24. */
void world_send(struct world *world, unsigned flow, unsigned count, size_t len);

/* Sends frames of 60 to 1514 bytes at this interval from now on; 0 stops. */
void world_send_every(struct world *world, unsigned flow, uint64_t every_ns);
unsigned world_sent(struct world *world, unsigned flow);
unsigned world_received(struct world *world, unsigned flow); /* by all hosts */

/* Sends a frame and an answer, up to ten times at intervals of a second. Returns whether the answer arrived. */
bool world_ping(struct world *world, const uint8_t from[6], const uint8_t to[6]);

/* ---- verification ---- */

struct violations world_violations(const struct world *world);

/* Prints each kind of violation and fails the test if there are any. */
void world_assert_no_violations(const struct world *world);

/* Switches the sniffer off for hours in which only beacons are sent. */
void world_set_sniffing(struct world *world, bool on);

/*
 * Lets a radio that is no node replay the last protected data frame from an access point to a station; or the last
 * protected management frame to a group, with a changed byte at `change_offset` unless that is 0.
 */
void world_replay_data(struct world *world, radio_id forger);

/* The same with the last reassociation request, changed likewise. */
void world_replay_reassociation(struct world *world, radio_id forger, size_t change_offset);
void world_replay_group(struct world *world, radio_id forger, size_t change_offset);
uint64_t world_transmission_count(const struct world *world); /* as received by the sniffer */

#endif

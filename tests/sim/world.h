/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access points, stations, the air between them and the wire behind them, on virtual time: nothing here looks at a clock
 * or a socket, and a seed makes always the same story.
 *
 *	host ─┬─ wire, a learning bridge ─┬─ access point 0 )))     ((( station 0 ─ its host
 *	host ─┘                           └─ access point 1 )))     ((( station 1 ─ its host
 *
 * A node is an access point or a station with its radio.  Hosts are on the wire, or behind a station; a host sends
 * numbered frames to another, a flow, and who receives them keeps the books.  Somebody who has the passphrases hears all
 * that is transmitted.  world_violations() says what must never be:
 *
 *	clear        a data frame in the clear that is no EAPOL, where the network is protected
 *	repeated     a packet number of a key that was used before, but for the very same frame sent again
 *	forged       a frame with the Retry bit that is not what was sent before
 *	mistimed     a beacon or probe response whose timestamp is not the time when its transmission began
 *	unopened     a protected frame that the passphrases do not open; to the group, one whose BIP code is wrong
 *	twice        a frame of a flow that is delivered to a host again
 *	disorder     a frame of a flow that is delivered after a later one
 *	astray       a frame that is delivered to a host whose it is not, or is not as it was sent
 *	reflected    a frame that comes back to the host that sent it
 */
#ifndef VIFI_TESTS_SIM_WORLD_H
#define VIFI_TESTS_SIM_WORLD_H

#include "mlme/ap.h"
#include "mlme/sta.h"
#include "air/medium/medium.h"

#define MS UINT64_C(1000000)
#define S  (1000 * MS)
#define H  (3600 * S)

#define WORLD_NODES 512
#define WORLD_PMKS  16

/* X(name) */
#define WRONGS(X)   \
	X(clear)    \
	X(repeated) \
	X(forged)   \
	X(mistimed) \
	X(unopened) \
	X(twice)    \
	X(disorder) \
	X(astray)   \
	X(reflected)

struct violations {
#define X(name) unsigned name;
	WRONGS(X)
#undef X
};

struct world;

struct world *world_new(uint64_t seed);
void world_free(struct world *world);
uint64_t world_now(const struct world *world);
struct medium *world_medium(struct world *world); /* for links and counts */
struct crypto *world_crypto(struct world *world);

/* The PMK of a passphrase, remembered for the one who hears everything. */
void world_pmk(struct world *world, const char *ssid, const char *passphrase, uint8_t pmk[PMK_LEN]);

/* ---- nodes: numbered from 0 in the order in which they were made ---- */

/* Ready made: `ssid` with WPA2-CCMP and that passphrase, on a channel; a station that scans 2412, 2437, 2462, 5180. */
void world_ap_setup(struct world *world, struct ap_setup *setup, unsigned number, const char *ssid,
		    const char *passphrase, uint16_t freq_mhz);
void world_sta_setup(struct world *world, struct sta_setup *setup, struct sta_network *network, unsigned number,
		     const char *ssid, const char *passphrase);

/* What they borrow must outlive the world.  They begin at once. */
unsigned world_add_ap(struct world *world, const struct ap_setup *setup);
unsigned world_add_sta(struct world *world, const struct sta_setup *setup);

/* As an operator does it, and as a power failure does: then nothing is said, and all memory is lost. */
void world_stop(struct world *world, unsigned node);
void world_start(struct world *world, unsigned node);
void world_power_off(struct world *world, unsigned node);
void world_power_on(struct world *world, unsigned node);

struct ap *world_ap(struct world *world, unsigned node);   /* NULL: killed */
struct sta *world_sta(struct world *world, unsigned node); /* NULL: killed */

/* After calls of ap_…() and sta_…() by the test itself: world_apply_actions() carries out what they put into world_out(). */
struct actions *world_out(struct world *world);
void world_apply_actions(struct world *world, unsigned node);

bool world_is_connected(struct world *world, unsigned node);                   /* a station */
unsigned world_connected_count(struct world *world);                           /* how many stations are */
unsigned world_note_count(struct world *world, unsigned node, enum note note); /* how often */
uint64_t world_drops(struct world *world, unsigned node, enum drop drop);
radio_id world_radio(struct world *world, unsigned node);

/* Both directions of a link at once. */
void world_link(struct world *world, unsigned node_a, unsigned node_b, const struct medium_link *link);

/* ---- time ---- */

void world_run(struct world *world, uint64_t until_ns);

/* Until `done` says so; false: it never did. */
bool world_run_until(struct world *world, uint64_t until_ns, bool (*done)(struct world *world));
bool world_all_connected(struct world *world);

/* ---- hosts and flows ---- */

/* A host on the wire; returns its address, as long as the world stands. */
const uint8_t *world_host(struct world *world);
const uint8_t *world_sta_addr(struct world *world, unsigned node); /* of a station */

/* From one host to another, or to a group; returns its number. */
unsigned world_flow(struct world *world, const uint8_t from[6], const uint8_t to[6]);

/* Sends `count` frames now, of `len` bytes with their Ethernet header, at least 24. */
void world_send(struct world *world, unsigned flow, unsigned count, size_t len);

/* One frame of 60 to 1514 bytes each `every_ns` from now on; 0: no more. */
void world_send_every(struct world *world, unsigned flow, uint64_t every_ns);
unsigned world_sent(struct world *world, unsigned flow);
unsigned world_received(struct world *world, unsigned flow); /* by all hosts together */

/* A frame there and one back, each tried up to ten times, a second apart.  False: no answer. */
bool world_ping(struct world *world, const uint8_t from[6], const uint8_t to[6]);

/* ---- judgement ---- */

struct violations world_violations(const struct world *world);

/* Fails the test, with a sentence for each kind, if anything was wrong. */
void world_assert_no_violations(const struct world *world);

/* Who hears everything may be away: for hours in which only beacons are sent. */
void world_set_sniffing(struct world *world, bool on);
/*
 * A radio that is no node sends the last data frame that an access point protected for a station, bit for bit; and the
 * last management frame that one protected for its group, with that byte of it changed unless it is 0.
 */
void world_replay_data(struct world *world, radio_id forger);
void world_replay_group(struct world *world, radio_id forger, size_t change);
uint64_t world_transmissions(const struct world *world); /* that were heard */

#endif

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
 * that is transmitted.  world_wrong() says what must never be:
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

struct wrongs {
#define X(name) unsigned name;
	WRONGS(X)
#undef X
};

struct world;

struct world *world_new(uint64_t seed);
void world_free(struct world *w);
uint64_t world_now(const struct world *w);
struct medium *world_medium(struct world *w); /* for links and counts */
struct crypto *world_crypto(struct world *w);

/* The PMK of a passphrase, remembered for the one who hears everything. */
void world_pmk(struct world *w, const char *ssid, const char *passphrase, uint8_t pmk[PMK_LEN]);

/* ---- nodes: numbered from 0 in the order in which they were made ---- */

/* Ready made: `ssid` with WPA2-CCMP and that passphrase, on a channel; a station that scans 2412, 2437, 2462, 5180. */
void world_ap_setup(struct world *w, struct ap_setup *s, unsigned number, const char *ssid, const char *passphrase,
		    uint16_t freq_mhz);
void world_sta_setup(struct world *w, struct sta_setup *s, struct sta_network *n, unsigned number, const char *ssid,
		     const char *passphrase);

/* What they borrow must outlive the world.  They begin at once. */
unsigned world_add_ap(struct world *w, const struct ap_setup *setup);
unsigned world_add_sta(struct world *w, const struct sta_setup *setup);

/* As an operator does it, and as a power failure does: then nothing is said, and all memory is lost. */
void world_stop(struct world *w, unsigned node);
void world_start(struct world *w, unsigned node);
void world_kill(struct world *w, unsigned node);
void world_boot(struct world *w, unsigned node);

struct ap *world_ap(struct world *w, unsigned node);   /* NULL: killed */
struct sta *world_sta(struct world *w, unsigned node); /* NULL: killed */

/* After calls of ap_…() and sta_…() by the test itself: world_act() carries out what they put into world_out(). */
struct actions *world_out(struct world *w);
void world_act(struct world *w, unsigned node);

bool world_connected(struct world *w, unsigned node);              /* a station */
unsigned world_connections(struct world *w);                       /* how many stations are */
unsigned world_notes(struct world *w, unsigned node, enum note n); /* how often */
uint64_t world_drops(struct world *w, unsigned node, enum drop d);
radio_id world_radio(struct world *w, unsigned node);

/* Both directions of a link at once. */
void world_link(struct world *w, unsigned a, unsigned b, const struct medium_link *l);

/* ---- time ---- */

void world_run(struct world *w, uint64_t until_ns);

/* Until `done` says so; false: it never did. */
bool world_until(struct world *w, uint64_t until_ns, bool (*done)(struct world *w));
bool world_all_connected(struct world *w);

/* ---- hosts and flows ---- */

/* A host on the wire; returns its address, as long as the world stands. */
const uint8_t *world_host(struct world *w);
const uint8_t *world_addr(struct world *w, unsigned node); /* of a station */

/* From one host to another, or to a group; returns its number. */
unsigned world_flow(struct world *w, const uint8_t from[6], const uint8_t to[6]);

/* Sends `count` frames now, of `len` bytes with their Ethernet header, at least 24. */
void world_send(struct world *w, unsigned flow, unsigned count, size_t len);

/* One frame of 60 to 1514 bytes each `every_ns` from now on; 0: no more. */
void world_every(struct world *w, unsigned flow, uint64_t every_ns);
unsigned world_sent(struct world *w, unsigned flow);
unsigned world_received(struct world *w, unsigned flow); /* by all hosts together */

/* A frame there and one back, each tried up to ten times, a second apart.  False: no answer. */
bool world_ping(struct world *w, const uint8_t from[6], const uint8_t to[6]);

/* ---- judgement ---- */

struct wrongs world_wrong(const struct world *w);

/* Fails the test, with a sentence for each kind, if anything was wrong. */
void world_judge(const struct world *w);

/* Who hears everything may be away: for hours in which only beacons are sent. */
void world_watch(struct world *w, bool on);
/*
 * A radio that is no node sends the last data frame that an access point protected for a station, bit for bit; and the
 * last management frame that one protected for its group, with that byte of it changed unless it is 0.
 */
void world_repeat(struct world *w, radio_id forger);
void world_repeat_group(struct world *w, radio_id forger, size_t change);
uint64_t world_transmissions(const struct world *w); /* that were heard */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point among scripted stations, on virtual time: each station does what a test tells it, with the frames of
 * wire/mgmt.h, the supplicant of rsn/ and the paths of softmac/.  What the access point wants done is done at once, and
 * written down.
 */
#ifndef VIFI_TESTS_AP_WORLD_H
#define VIFI_TESTS_AP_WORLD_H

#include "unit.h"

#include "base/mac.h"
#include "mlme/ap.h"
#include "rsn/supplicant.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/be.h"
#include "wire/mgmt.h"

#define FAKES_MAX  4
#define LOG_MAX    4096
#define MS         UINT64_C(1000000)
#define SECOND     UINT64_C(1000000000)
#define SSID       "test"
#define ETHER_TEST 0x88b5 /* for local experiments */

static const uint8_t bssid_0[6] = {2, 0, 0, 0, 1, 0}, everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t wire_host[6] = {2, 0, 0, 0, 9, 9};

/* A station. */
struct fake {
	struct world *w;
	uint8_t addr[6], bssid[6];
	struct rsn_suite suite;
	bool open, mfp, required, qos, deaf, mute, dozes; /* mute: hears, and answers no EAPOL */
	bool unheard;                                     /* it hears, but its acknowledgements get lost */
	uint8_t pmk[PMK_LEN];
	uint8_t element[ELEMENT_MAX];
	size_t element_len;
	struct peer peer;
	struct group_keys group;
	struct supplicant supplicant;
	uint16_t seq;

	/* what came */
	struct mgmt last[16]; /* by subtype >> 4; the spans are void */
	unsigned count[16], connected, data, nulls, eapols, sealed;
	uint32_t comeback;
	bool more_data;
	uint8_t payload[64], from[6];
	size_t payload_len;
	uint16_t tim_group;
	bool tim;
	enum drop drop;
	uint16_t query_id;
	bool answers_queries;
};

struct seen_note {
	enum note note;
	uint8_t addr[6];
	uint16_t code;
	char about[64];
};

struct world {
	struct crypto *c;
	struct ap *ap;
	struct ap_setup setup;
	struct ap_psk psks[3];
	uint64_t now;
	struct actions out;
	struct fake fake[FAKES_MAX];
	unsigned fakes, eapol_on_wire;
	struct seen_note notes[LOG_MAX];
	unsigned note_count, sent, beacons, announced;
	struct frame *air[LOG_MAX]; /* all that the access point sent */
	struct frame *wire[LOG_MAX];
	unsigned wire_count;
	uint32_t cookie; /* of the last frame that was sent */
	bool quiet;      /* statuses are not reported */
	bool print;      /* all frames, in hexadecimal, one a line */
};

/* ---- the access point and its wire ---- */

/* WPA2-PSK with CCMP on channel 6; a test may change w->setup before world_start(). */
struct world *world_new(void);
void world_start(struct world *w);
void world_end(struct world *w);

/* Carries out what the access point wants done, and what comes of it. */
void world_obey(struct world *w);

/* Lets time pass, with all that is due in it. */
void world_pass(struct world *w, uint64_t ns);

/* The last note of a kind, or NULL; and how many there were. */
const struct seen_note *world_note(const struct world *w, enum note n);
unsigned world_notes(const struct world *w, enum note n);

void world_print(const struct world *w, const struct frame *f);
struct frame *ethernet(const uint8_t *to, const uint8_t *from, uint16_t type, const char *text);
void world_send(struct world *w, const uint8_t *to, const char *text); /* from a host on the wire */
bool world_wired(const struct world *w, const char *text);             /* the last frame on the wire */
uint64_t world_drops(const struct world *w, enum drop d);
bool world_station(const struct world *w, const struct fake *s, struct ap_station *v);
bool world_has(const struct world *w, const struct fake *s);

/* ---- what a station sends ---- */

struct fake *fake_new(struct world *w);

/* Hands a frame to the access point; it comes from the heap in its very size. */
void fake_give(struct fake *s, struct frame *f);

/* Sends what waits in a queue of its transmit path. */
void fake_flush(struct fake *s, struct tx_queue *q);

/* A management frame, protected if `protect` and the agreement says so. */
void fake_management(struct fake *s, struct frame *f, bool protect);
struct frame *fake_frame(struct fake *s, enum mgmt_subtype subtype);
struct frame *fake_assoc_frame(struct fake *s, enum mgmt_subtype subtype, const char *ssid);

/* Ready for an association: as a station is when it sends its request. */
void fake_forget_keys(struct fake *s);
void fake_probe(struct fake *s, const char *ssid);
void fake_auth(struct fake *s);
void fake_assoc_as(struct fake *s, enum mgmt_subtype subtype, const char *ssid);
void fake_assoc(struct fake *s);
uint16_t fake_status(const struct fake *s); /* of the last association response */
uint16_t fake_aid(const struct fake *s);

/* From nothing to an open port. */
void fake_join(struct fake *s);
void fake_send(struct fake *s, const uint8_t *to, const char *text);
void fake_null(struct fake *s, bool dozes);
void fake_ps_poll(struct fake *s, uint16_t aid);

/* Carries out what the supplicant wants done. */
void fake_obey(struct fake *s, struct rsn_out *out);

/* ---- what it hears ---- */

void fake_hear(struct fake *s, const struct frame *f);
bool fake_heard(const struct fake *s, const char *text); /* as the last data */

#endif

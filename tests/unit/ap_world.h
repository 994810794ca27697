/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point among scripted stations, on virtual time. A test drives each station, which uses the frames of
 * wire/mgmt.h, the supplicant of rsn/ and the paths of softmac/. The world carries out the actions of the access point at
 * once, and records them.
 */
#ifndef VIFI_TESTS_AP_WORLD_H
#define VIFI_TESTS_AP_WORLD_H

#include "unit.h"

#include "base/mac.h"
#include "softmac/ap/soft_ap.h"
#include "mlme/time.h"
#include "rsn/supplicant.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/be.h"
#include "wire/mgmt.h"

#define FAKES_MAX  4
#define LOG_MAX    4096
#define SSID       "test"
#define ETHER_TEST 0x88b5 /* for local experiments */

static const uint8_t bssid_0[6] = {2, 0, 0, 0, 1, 0}, broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t wire_host[6] = {2, 0, 0, 0, 9, 9};

/* A station. */
struct fake_sta {
	struct world *world;
	uint8_t addr[6], bssid[6];
	struct rsn_suite suite;
	bool open, mfp, mfp_required, qos, deaf, mute, dozes; /* mute: does not answer EAPOL */
	bool acks_lost; /* it receives frames, but its acknowledgements are lost */
	uint8_t pmk[PMK_LEN];
	uint8_t element[ELEMENT_MAX];
	size_t element_len;
	struct peer peer;
	struct group_keys group;
	struct supplicant supplicant;
	uint16_t seq;

	/* received frames */
	struct mgmt last[16]; /* by subtype >> 4; the spans are invalid */
	unsigned count[16], connected, data, nulls, eapols, sealed;
	uint32_t comeback;
	uint16_t max_idle; /* of the last association response; 0: none */
	bool protected_idle;
	bool more_data;
	uint8_t payload[64], from[6];
	size_t payload_len;
	uint16_t tim_group;
	bool tim;
	enum drop drop;
	uint16_t query_id;
	bool answers_queries;
};

struct recorded_note {
	enum note note;
	uint8_t addr[6];
	uint16_t code;
	enum awaited awaited;
	char about[64];
};

struct world {
	struct crypto *crypto;
	struct soft_ap *ap;
	struct ap_setup setup;
	struct ap_psk psks[3];
	uint64_t now;
	uint16_t freq_mhz; /* to which the radio is tuned */
	struct actions out;
	struct fake_sta stas[FAKES_MAX];
	unsigned sta_count, eapol_on_wire;
	struct recorded_note notes[LOG_MAX];
	unsigned note_count, sent, beacons, announced;
	struct frame *air[LOG_MAX]; /* frames that the access point sent */
	struct frame *wire[LOG_MAX];
	unsigned wire_count;
	uint32_t cookie;   /* of the last transmitted frame */
	bool no_tx_status; /* TX status is not reported */
	bool print;        /* print all frames in hexadecimal, one per line */
};

/* ---- the access point and its wire ---- */

/* WPA2-PSK with CCMP on channel 6; a test may change world->setup before world_start(). */
struct world *world_new(void);
void world_start(struct world *world);
void world_free(struct world *world);

/* Carries out the actions of the access point, and those that follow from them. */
void world_apply_actions(struct world *world);

/* Advances the time and runs the timers that expire. */
void world_advance(struct world *world, uint64_t ns);

/* The last note of a kind, or NULL; their number. */
const struct recorded_note *world_last_note(const struct world *world, enum note note);
unsigned world_note_count(const struct world *world, enum note note);

void world_print(const struct world *world, const struct frame *frame);
struct frame *ethernet_frame(const uint8_t *to, const uint8_t *from, uint16_t type, const char *text);
void world_send(struct world *world, const uint8_t *to, const char *text); /* from a host on the wire */
const struct frame *world_last_beacon(const struct world *world);          /* or NULL */
bool world_wire_got(const struct world *world, const char *text);          /* as the last frame */
uint64_t world_drops(const struct world *world, enum drop drop);
bool world_station_view(const struct world *world, const struct fake_sta *sta, struct ap_station_info *info);
bool world_has_station(const struct world *world, const struct fake_sta *sta);

/* ---- transmission by a station ---- */

struct fake_sta *fake_sta_new(struct world *world);

/* Hands a frame to the access point, in a buffer of exactly its size. */
void fake_sta_transmit(struct fake_sta *sta, struct frame *frame);

/* Sends the frames in a queue of its transmit path. */
void fake_sta_flush(struct fake_sta *sta, struct tx_queue *queue);

/* Sends a management frame; `protect`: under PMF if that was negotiated. */
void fake_sta_send_management(struct fake_sta *sta, struct frame *frame, bool protect);
struct frame *fake_sta_mgmt_frame(struct fake_sta *sta, enum mgmt_subtype subtype);
struct frame *fake_sta_auth_frame(struct fake_sta *sta, uint16_t algorithm, uint16_t sequence);
struct frame *fake_sta_reason_frame(struct fake_sta *sta, enum mgmt_subtype subtype, uint16_t reason);
struct frame *fake_sta_query_frame(struct fake_sta *sta, uint8_t action, uint16_t id); /* SA Query */
struct frame *fake_sta_assoc_frame(struct fake_sta *sta, enum mgmt_subtype subtype, const char *ssid);

/* Resets its keys, as before an association request. */
void fake_sta_reset_keys(struct fake_sta *sta);
void fake_sta_probe(struct fake_sta *sta, const char *ssid);
void fake_sta_auth(struct fake_sta *sta);
void fake_sta_assoc_as(struct fake_sta *sta, enum mgmt_subtype subtype, const char *ssid);
void fake_sta_assoc(struct fake_sta *sta);
uint16_t fake_sta_status(const struct fake_sta *sta); /* of the last association response */
uint16_t fake_sta_aid(const struct fake_sta *sta);

/* Authenticates, associates and opens the port. */
void fake_sta_join(struct fake_sta *sta);
void fake_sta_send(struct fake_sta *sta, const uint8_t *to, const char *text);
void fake_sta_send_null(struct fake_sta *sta, bool dozes);
void fake_sta_send_ps_poll(struct fake_sta *sta, uint16_t aid);

/* Applies the output of the supplicant. */
void fake_sta_apply_output(struct fake_sta *sta, struct rsn_out *out);

/* ---- reception by a station ---- */

void fake_sta_receive(struct fake_sta *sta, const struct frame *frame);
bool fake_sta_received(const struct fake_sta *sta, const char *text); /* as the last data frame */

#endif

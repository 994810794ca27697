/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station on virtual time, and access points that do what a test tells them to: right things, wrong things, nothing.
 * The air between them takes a millisecond and loses nothing.  What the station does is noted.
 */
#ifndef VIFI_TESTS_FAKE_AP_H
#define VIFI_TESTS_FAKE_AP_H

#include "unit.h"

#include "base/mac.h"
#include "mlme/sta.h"
#include "rsn/authenticator.h"
#include "softmac/mpdu.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#define APS    2
#define FLIGHT 4096
#define NOTED  256
#define MS_    UINT64_C(1000000)
#define S_     UINT64_C(1000000000)
#define TU_    UINT64_C(1024000)

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t sta_addr[6] = {2, 0, 0, 0, 1, 1}, host_addr[6] = {2, 0, 0, 0, 9, 9};

struct fake_ap {
	bool on_air; /* on the air at all */
	uint8_t bssid[6];
	char ssid[33];
	bool hidden, open, wmm, power_save_known;
	uint16_t freq, interval;
	uint8_t dtim, dtim_count;
	int8_t signal;
	struct rsn_suite suite;
	bool mfpr;
	bool mixed;       /* it also offers the other protocol: RSN and WPA */
	bool hides_rsn;   /* its beacons lack the RSN element, as a forger would have it */
	bool other_first; /* message 3: the element of the other protocol comes first */
	uint8_t pmk[PMK_LEN];
	uint64_t tsf_epoch_ns; /* TSF is 0 then */
	uint64_t next_beacon_ns;
	int64_t drift_ns; /* of its clock, from beacon to beacon */
	/* orders */
	bool no_beacons, deaf /* acknowledges nothing */, mute /* acknowledges, says nothing */, no_message_1;
	uint16_t auth_status, assoc_status;
	uint32_t comeback_tu;
	bool wrong_rsne; /* in message 3: not what the beacon says */
	bool sa_query_mute, sa_query_wrong;
	bool csa_active;        /* it goes to another channel: */
	uint8_t csa[3];         /* mode, channel, and in so many beacons */
	bool csa_false;         /* … but does not */
	unsigned lose_eapol;    /* so many of the station's: acknowledged, and lost */
	unsigned lose_probes;   /* so many are not heard */
	bool tim_us, tim_group; /* what the TIM says; the former until the station is awake */

	/* of the station */
	bool authenticated, associated, dozes;
	struct peer peer;
	struct group_keys group;
	struct rsn_group group_key_info;
	struct authenticator authenticator;
	uint64_t auth_wake_ns;
	uint8_t sta_rsne[ELEMENT_MAX];
	size_t sta_rsne_len;
	unsigned connects, auths, assocs, reassocs, probes, nulls, queries, deauths, data, answers;
	uint16_t deauth_reason;
	uint8_t current_ap[6];
	enum rsn_event finding;
	enum drop last_drop;
	struct rx_out rx;
	struct tx_queue tx;
	uint8_t last[2048]; /* the last Ethernet frame received */
	size_t last_len;
};

struct scheduled_frame {
	uint64_t at_ns;
	struct frame *frame; /* to the station */
	struct fake_ap *ap;  /* to whom, or from whom */
	uint32_t cookie;     /* a fate */
	enum { TO_STA, TO_AP, TX_STATUS } kind;
	bool acked;
	uint16_t freq;
	int8_t signal;
};

struct recorded_note {
	enum note note;
	uint16_t code;
	uint64_t at;
	char about[64];
};

struct world {
	struct crypto *crypto;
	struct random random;
	struct sta *s;
	struct sta_network nets[4];
	struct sta_setup setup;
	struct fake_ap ap[APS];
	struct scheduled_frame scheduled[FLIGHT];
	size_t scheduled_count;
	uint64_t now, doze_until_ns;
	uint16_t freq_mhz;
	struct actions out;
	struct recorded_note notes[NOTED];
	unsigned note_count, count[NOTES], drops[DROP_COUNT], delivered, dozed;
	uint64_t dozed_ns;  /* in all */
	unsigned retunes;   /* tuned to another channel than before */
	uint8_t last[2048]; /* the last Ethernet frame delivered */
	size_t last_len;
	uint64_t pn;                                /* of the last frame that was sealed with CCMP or GCMP */
	unsigned eapols;                            /* sent by the station */
	void (*observe)(const struct frame *frame); /* NULL; or who wants to see each frame */
	unsigned clear_data; /* data frames with a body that were sent in the clear and are no EAPOL */
};

/* ---- what an access point says; functions of rsn/ and softmac/ that must succeed, do ---- */

void world_schedule(struct world *world, struct scheduled_frame flying_frame);

/* A frame of an access point (or of somebody who says so) to the station. */
void fake_ap_transmit(struct world *world, struct fake_ap *ap, struct frame *frame);

/* A beacon or a probe response, as the access point's settings have it. */
struct frame *fake_ap_beacon(struct world *world, struct fake_ap *ap, enum mgmt_subtype type, const uint8_t *to);

/* Sends what waits in a->tx. */
void fake_ap_flush(struct world *world, struct fake_ap *ap);

/* A management frame of one 16-bit field, protected where that was agreed to, or never. */
void fake_ap_send_reason(struct world *world, struct fake_ap *ap, enum mgmt_subtype type, const uint8_t *to,
			 uint16_t reason, bool forged);

/* An Ethernet frame with `text` from a host behind the access point; fake_ap_send() sends one. */
struct frame *ethernet_frame(const uint8_t *to, const uint8_t *from, const char *text);
void fake_ap_send(struct world *world, struct fake_ap *ap, const uint8_t *to, const uint8_t *from, const char *text);

/* Carries out what the authenticator wants done. */
void fake_ap_apply_output(struct world *world, struct fake_ap *ap, struct rsn_out *out);
void fake_ap_rekey(struct world *world, struct fake_ap *ap);
void fake_ap_group_rekey(struct world *world, struct fake_ap *ap);

/* All that it knows of the station is gone, and it says nothing about it. */
void fake_ap_forget_sta(struct fake_ap *ap);

/* A frame of the station, which is freed. */
void fake_ap_receive(struct world *world, struct fake_ap *ap, struct frame *frame);

/* ---- the station ---- */

/* One access point "home" on channel 6, WPA2-PSK with CCMP; one network block that means it.  Not yet started. */
void world_init(struct world *world);
void world_start(struct world *world);
void world_start_connected(struct world *world); /* connected, with all the usual */
void world_free(struct world *world);

/* Carries out what the station wants done. */
void world_apply_actions(struct world *world);
void world_run(struct world *world, uint64_t ns);

/* Runs until it is connected, or for so long. */
bool world_connect(struct world *world, uint64_t ns);

struct sta_info world_sta_view(const struct world *world);
bool world_is_connected(const struct world *world);
const struct recorded_note *world_last_note(const struct world *world, enum note note);
void world_host_send(struct world *world, const uint8_t *to, const char *text);

/* Text goes there and back, and comes out as it went in. */
bool world_ping(struct world *world, struct fake_ap *ap);

#endif

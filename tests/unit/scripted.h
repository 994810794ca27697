/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station on virtual time, and access points that do what a test tells them to: right things, wrong things, nothing.
 * The air between them takes a millisecond and loses nothing.  What the station does is noted.
 */
#ifndef VIFI_TESTS_SCRIPTED_H
#define VIFI_TESTS_SCRIPTED_H

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

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t sta_addr[6] = {2, 0, 0, 0, 1, 1}, host_addr[6] = {2, 0, 0, 0, 9, 9};

struct scripted {
	bool on; /* on the air at all */
	uint8_t bssid[6];
	char ssid[33];
	bool hidden, open, wmm, power_save_known;
	uint16_t freq, interval;
	uint8_t dtim, dtim_count;
	int8_t signal;
	struct rsn_suite suite;
	bool mfpr;
	uint8_t pmk[PMK_LEN];
	uint64_t clock_from; /* TSF is 0 then */
	uint64_t beacon_at;
	int64_t drift_ns; /* of its clock, from beacon to beacon */
	/* orders */
	bool no_beacons, deaf /* acknowledges nothing */, mute /* acknowledges, says nothing */, no_message_1;
	uint16_t auth_status, assoc_status;
	uint32_t comeback_tu;
	bool other_rsne; /* in message 3: not what the beacon says */
	bool sa_query_mute, sa_query_wrong;
	bool csa_on;            /* it goes to another channel: */
	uint8_t csa[3];         /* mode, channel, and in so many beacons */
	bool csa_false;         /* … but does not */
	unsigned lose_eapol;    /* so many of the station's: acknowledged, and lost */
	unsigned lose_probes;   /* so many are not heard */
	bool tim_us, tim_group; /* what the TIM says; the former until the station is awake */

	/* of the station */
	bool authenticated, associated, dozes;
	struct peer peer;
	struct group_keys group;
	struct rsn_group keys;
	struct authenticator auth;
	uint64_t auth_wake;
	uint8_t theirs[ELEMENT_MAX];
	size_t theirs_len;
	unsigned connects, auths, assocs, reassocs, probes, nulls, queries, deauths, data, answers;
	uint16_t deauth_reason;
	uint8_t current_ap[6];
	enum rsn_finding finding;
	enum drop last_drop;
	struct rx_out rx;
	struct tx_queue tx;
	uint8_t last[2048]; /* the last Ethernet frame received */
	size_t last_len;
};

struct flying_frame {
	uint64_t at;
	struct frame *frame; /* to the station */
	struct scripted *ap; /* to whom, or from whom */
	uint32_t cookie;     /* a fate */
	enum { TO_STA, TO_AP, FATE } kind;
	bool acked;
	uint16_t freq;
	int8_t signal;
};

struct noted {
	enum note note;
	uint16_t code;
	uint64_t at;
	char about[64];
};

struct world {
	struct crypto *c;
	struct random random;
	struct sta *s;
	struct sta_network nets[4];
	struct sta_setup setup;
	struct scripted ap[APS];
	struct flying_frame flight[FLIGHT];
	size_t flying;
	uint64_t now, doze_until;
	uint16_t tuned;
	struct actions out;
	struct noted notes[NOTED];
	unsigned noted, count[NOTES], drops[DROP_COUNT], delivered, dozed;
	uint64_t dozed_ns;  /* in all */
	unsigned away;      /* tuned to another channel than before */
	uint8_t last[2048]; /* the last Ethernet frame delivered */
	size_t last_len;
	uint64_t pn;                         /* of the last frame that was sealed with CCMP or GCMP */
	unsigned eapols;                     /* sent by the station */
	void (*seen)(const struct frame *f); /* NULL; or who wants to see each frame */
	unsigned clear_data;                 /* data frames with a body that were sent in the clear and are no EAPOL */
};

/* ---- what an access point says; functions of rsn/ and softmac/ that must succeed, do ---- */

void fly(struct world *w, struct flying_frame f);

/* A frame of an access point (or of somebody who says so) to the station. */
void air(struct world *w, struct scripted *a, struct frame *f);

/* A beacon or a probe response, as the access point's settings have it. */
struct frame *beacon_of(struct world *w, struct scripted *a, enum mgmt_subtype type, const uint8_t *to);

/* Sends what waits in a->tx. */
void scripted_flush(struct world *w, struct scripted *a);

/* A management frame of one 16-bit field, protected where that was agreed to, or never. */
void scripted_bye(struct world *w, struct scripted *a, enum mgmt_subtype type, const uint8_t *to, uint16_t reason,
		  bool forged);

/* An Ethernet frame with `text` from a host behind the access point; scripted_say() sends one. */
struct frame *ethernet(const uint8_t *to, const uint8_t *from, const char *text);
void scripted_say(struct world *w, struct scripted *a, const uint8_t *to, const uint8_t *from, const char *text);

/* Carries out what the authenticator wants done. */
void scripted_take(struct world *w, struct scripted *a, struct rsn_out *o);
void scripted_rekey(struct world *w, struct scripted *a);
void scripted_group_rekey(struct world *w, struct scripted *a);

/* All that it knows of the station is gone, and it says nothing about it. */
void scripted_forget(struct scripted *a);

/* A frame of the station, which is freed. */
void scripted_receive(struct world *w, struct scripted *a, struct frame *f);

/* ---- the station ---- */

/* One access point "home" on channel 6, WPA2-PSK with CCMP; one network block that means it.  Not yet started. */
void world_make(struct world *w);
void world_start(struct world *w);
void world_up(struct world *w); /* connected, with all the usual */
void world_free(struct world *w);

/* Carries out what the station wants done. */
void world_carry_out(struct world *w);
void world_run(struct world *w, uint64_t ns);

/* Runs until it is connected, or for so long. */
bool world_connect(struct world *w, uint64_t ns);

struct sta_view view_of(const struct world *w);
bool is_connected(const struct world *w);
const struct noted *last_note(const struct world *w, enum note n);
void host_says(struct world *w, const uint8_t *to, const char *text);

/* Text goes there and back, and comes out as it went in. */
bool talks(struct world *w, struct scripted *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station of src/mlme and scripted access points, on virtual time. A test sets the behaviour of the access points,
 * including faults. Each frame arrives after a millisecond; none is lost. The world records the actions of the station.
 */
#ifndef VIFI_TESTS_FAKE_AP_H
#define VIFI_TESTS_FAKE_AP_H

#include "unit.h"

#include "base/mac.h"
#include "softmac/sta/soft_sta.h"
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
	bool on_air; /* sends and receives */
	uint8_t bssid[6];
	char ssid[33];
	bool hidden, open, wmm, power_save_known;
	uint16_t freq, interval;
	uint8_t dtim, dtim_count;
	int8_t signal;
	struct rsn_suite suite;
	bool mfpr;
	bool mixed;       /* offers both RSN and WPA */
	bool hides_rsn;   /* its beacons lack the RSN element, like those of an attacker */
	bool other_first; /* message 3 starts with the element of the other protocol */
	uint8_t pmk[PMK_MAX];
	uint64_t tsf_epoch_ns; /* the time at which the TSF timer was 0 */
	uint64_t next_beacon_ns;
	int64_t drift_ns; /* of the TSF timer, per beacon interval */
	/* set by the test */
	bool no_beacons, deaf /* acknowledges nothing */, mute /* acknowledges, but sends nothing */, no_message_1;
	uint16_t auth_status, assoc_status;
	uint32_t comeback_tu;
	uint8_t max_idle[3]; /* the BSS max idle period of its response; zero: none */
	bool wrong_rsne;     /* message 3 has another RSN element than the beacon */
	bool sa_query_mute, sa_query_wrong;
	bool csa_active;        /* announces a channel switch */
	uint8_t csa[3];         /* mode, channel, count */
	bool csa_false;         /* the access point stays on its channel */
	unsigned lose_eapol;    /* number of EAPOL frames of the station to acknowledge, but ignore */
	unsigned lose_probes;   /* number of probe requests to ignore */
	bool tim_us, tim_group; /* bits of the TIM; tim_us is cleared when the station wakes up */
	uint8_t measures;       /* claims radio measurement: the first byte of its capabilities; 0: it does not */
	uint8_t vendor[600];    /* further elements of its beacons and probe responses */
	size_t vendor_len;

	/* state of the station at this access point */
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
	struct fake_ap *ap;  /* receiver or sender */
	uint32_t cookie;     /* TX_STATUS */
	enum { TO_STA, TO_AP, TX_STATUS } kind;
	bool acked;
	uint16_t freq;
	int8_t signal;
};

struct recorded_note {
	enum note note;
	uint16_t code;
	enum awaited awaited;
	uint64_t at;
	char about[64];
};

struct world {
	struct crypto *crypto;
	struct random random;
	struct soft_sta *s;
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
	uint64_t dozed_ns;  /* total */
	unsigned retunes;   /* number of channel changes */
	uint8_t last[2048]; /* the last Ethernet frame delivered */
	size_t last_len;
	uint64_t pn;                                /* of the last frame that was sealed with CCMP or GCMP */
	unsigned eapols;                            /* sent by the station */
	void (*observe)(const struct frame *frame); /* NULL, or called with each frame */
	unsigned clear_data;                        /* data frames with a body, sent in the clear, except EAPOL */
};

/* ---- transmission by an access point; a failure in rsn/ or softmac/ fails the test ---- */

void world_schedule(struct world *world, struct scheduled_frame flying_frame);

/* Sends a frame to the station, in the name of the access point if a test forges it. */
void fake_ap_transmit(struct world *world, struct fake_ap *ap, struct frame *frame);

/* Returns a beacon or a probe response with the settings of the access point. */
struct frame *fake_ap_beacon(struct world *world, struct fake_ap *ap, enum mgmt_subtype type, const uint8_t *to);

/* Sends the frames in ap->tx. */
void fake_ap_flush(struct world *world, struct fake_ap *ap);

/* Sends a management frame with a reason code, protected if PMF was negotiated and it is not `forged`. */
void fake_ap_send_reason(struct world *world, struct fake_ap *ap, enum mgmt_subtype type, const uint8_t *to,
			 uint16_t reason, bool forged);

/* Returns an Ethernet frame with `text` from a host behind the access point; fake_ap_send() sends one. */
struct frame *ethernet_frame(const uint8_t *to, const uint8_t *from, const char *text);
void fake_ap_send(struct world *world, struct fake_ap *ap, const uint8_t *to, const uint8_t *from, const char *text);

/* Applies the output of the authenticator. */
void fake_ap_apply_output(struct world *world, struct fake_ap *ap, struct rsn_out *out);
void fake_ap_rekey(struct world *world, struct fake_ap *ap);
void fake_ap_group_rekey(struct world *world, struct fake_ap *ap);

/* Removes the state of the station without a deauthentication frame. */
void fake_ap_forget_sta(struct fake_ap *ap);

/* Receives a frame of the station, and frees it. */
void fake_ap_receive(struct world *world, struct fake_ap *ap, struct frame *frame);

/* ---- the station ---- */

/* One access point "home" on channel 6, WPA2-PSK with CCMP, and a network block for it. Starts nothing. */
void world_init(struct world *world);
void world_start(struct world *world);
void world_start_connected(struct world *world); /* asserts that it connects within 10 s */
void world_free(struct world *world);

/* Applies the actions of the station. */
void world_apply_actions(struct world *world);
void world_run(struct world *world, uint64_t ns);

/* Runs until the station is connected, for at most `ns`. Returns whether it is. */
bool world_connect(struct world *world, uint64_t ns);

struct sta_info world_sta_view(const struct world *world);
bool world_is_connected(const struct world *world);
const struct recorded_note *world_last_note(const struct world *world, enum note note);
void world_host_send(struct world *world, const uint8_t *to, const char *text);

/* Sends frames in both directions and to the group. Returns whether they arrive unchanged. */
bool world_ping(struct world *world, struct fake_ap *ap);

#endif

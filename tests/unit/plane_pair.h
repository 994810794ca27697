/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control of an access point and that of a station, each on a plane that only records: no MAC, no cipher, no radio.
 * What one sends reaches the other in the clear. So tests with it hold for every plane (plane/plane.h).
 */
#ifndef VIFI_TESTS_PLANE_PAIR_H
#define VIFI_TESTS_PLANE_PAIR_H

#include "unit.h"

#include "base/mac.h"
#include "mlme/ap.h"
#include "mlme/sta.h"
#include "mlme/time.h"

#define LOG_MAX  512
#define FREQ_MHZ 2412

static const uint8_t pair_bssid[6] = {2, 0, 0, 0, 1, 0}, pair_station[6] = {2, 0, 0, 0, 0, 1};

/* A recorded action, without its frame unless it is a report. */
struct record {
	struct plane_action action;
	enum mgmt_subtype subtype; /* of PLANE_MANAGEMENT */
};

/* A plane that records. */
struct recorder {
	struct plane_actions out;
	struct record log[LOG_MAX];
	size_t count;
};

struct pair {
	struct crypto *crypto;
	struct ap_psk psk;
	struct ap_setup ap_setup;
	struct sta_network network;
	struct sta_setup sta_setup;
	struct plane_capabilities ap_plane, sta_plane;
	struct ap *ap;
	struct sta *sta;
	struct recorder at_ap, at_sta;
	struct frame *beacon;
	uint64_t now_ns;
	uint64_t gtk_pn;        /* reported before each EAPOL frame */
	uint64_t heard_ns;      /* what the plane of the access point answers to a query */
	bool out_of_range;      /* a scan of the station finds nothing */
	bool scans_hang;        /* a scan of the station does not end */
	bool sta_is_mute;       /* nothing of the station arrives */
	uint8_t last_to_ap[64]; /* the beginning of the body of its last management frame */
	bool lose_station_keys; /* the plane of the access point cannot install pairwise keys */
	bool lose_group_keys;
	bool driver_changes_request; /* of a driver that associates: it sets a bit in the RSN element of the request */
	uint8_t request[256];        /* the elements of the last request to such a driver */
	size_t request_len;
};

/* A pair whose setup a test may change before pair_start(): RSN with CCMP, on planes like the software MAC. */
struct pair *pair_new(void);
void pair_start(struct pair *pair);
void pair_free(struct pair *pair);

/* Passes time. */
void pair_run(struct pair *pair, uint64_t duration_ns);

/* Carries out the actions of both, and what follows from them. */
void pair_carry_out(struct pair *pair);
bool pair_is_connected(const struct pair *pair);

/* An event about the other end, unless it has an address. */
void pair_ap_hears(struct pair *pair, struct plane_event event);
void pair_sta_hears(struct pair *pair, struct plane_event event);

/* A management frame, or an authentication request of the station. */
void pair_send_to_ap(struct pair *pair, struct frame *frame);
void pair_authenticate(struct pair *pair);

/* The first action of this kind from `start` on; LOG_MAX: none. */
size_t log_find(const struct recorder *recorder, size_t start, enum plane_action_kind kind);
size_t log_find_management(const struct recorder *recorder, size_t start, enum mgmt_subtype subtype);
size_t log_find_key(const struct recorder *recorder, size_t start, enum plane_action_kind kind, bool group);
size_t log_find_note(const struct recorder *recorder, size_t start, enum note note);
unsigned log_count(const struct recorder *recorder, size_t start, enum plane_action_kind kind);
const struct plane_key *log_key(const struct recorder *recorder, size_t index);

#endif

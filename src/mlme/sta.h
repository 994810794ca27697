/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control of a station: scans, selects a BSS, authenticates, associates, runs the handshakes and roams. After a failure
 * or a lost connection it retries with back-off. What it wants is carried out by a plane (plane/plane.h):
 * softmac/sta/soft_sta.h over a radio.
 */
#ifndef VIFI_MLME_STA_H
#define VIFI_MLME_STA_H

#include "crypto/random.h"
#include "plane/plane.h"
#include "mlme/sta_network.h"
#include "wire/frame_writer.h"

struct sta_setup {
	uint8_t addr[6];
	const struct sta_network *networks; /* borrowed */
	size_t network_count;
	uint16_t freqs[STA_CHANNELS_MAX]; /* channels to scan, in MHz; ends at 0 */
	bool freqs_only;                  /* the station may not use other channels than `freqs` */
	bool passive;                     /* never send probe requests */
	bool wmm;
	bool power_save;
	uint16_t listen_interval; /* in beacon intervals: the longest doze */
	uint16_t fragment_threshold;
};

struct sta;

/* Returns a stopped station, or NULL: no memory. `crypto` and the networks must outlive it. */
struct sta *sta_new(struct crypto *crypto, const struct sta_setup *setup, const struct plane_capabilities *plane,
		    const uint8_t seed[RANDOM_SEED_LEN]);
void sta_free(struct sta *sta);

void sta_start(struct sta *sta, uint64_t now_ns, struct plane_actions *out);

/* Deauthenticates. The station stays silent until sta_start(). */
void sta_stop(struct sta *sta, uint64_t now_ns, struct plane_actions *out);

/* An event of the plane. What it points to is borrowed for the call. */
void sta_event(struct sta *sta, const struct plane_event *event, uint64_t now_ns, struct plane_actions *out);

/* The time for the next sta_tick(). */
uint64_t sta_deadline(const struct sta *sta);
void sta_tick(struct sta *sta, uint64_t now_ns, struct plane_actions *out);

enum sta_state {
	STA_STOPPED,
	STA_SCANNING,
	STA_AUTHENTICATING,
	STA_ASSOCIATING,
	STA_HANDSHAKE,
	STA_CONNECTED,
	STA_BACKOFF, /* pause before the next scan */
};

struct sta_info {
	enum sta_state state;
	size_t network; /* index; valid from STA_AUTHENTICATING to STA_CONNECTED */
	uint8_t bssid[6];
	uint16_t freq_mhz, aid;
	int8_t signal_dbm;
	enum cipher pairwise, group;
	bool mfp, qos;
	uint64_t connected_ns;
	/* the plane knows these */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
};

void sta_info(const struct sta *sta, struct sta_info *info);

/* Writes the elements of our supported rates on this channel. */
void sta_write_rates(struct frame_writer *writer, uint16_t freq);

#endif

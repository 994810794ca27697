/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BSSs that a station has heard: one entry for each pair of BSSID and SSID, from beacons and probe responses. And the
 * match of an entry with a network block of the configuration: whether and on which terms the station may join.
 *
 * A hidden network sends beacons without an SSID, and answers directed probe requests with its SSID. Its entry has no
 * SSID (ssid_len 0) until the first such probe response. After that, beacons without an SSID refresh the named entry.
 */
#ifndef VIFI_MLME_BSS_TABLE_H
#define VIFI_MLME_BSS_TABLE_H

#include "mlme/sta_network.h"
#include "rsn/handshake.h"
#include "wire/mgmt.h"

#define BSS_MAX 128

struct bss {
	uint8_t bssid[6];
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
	uint16_t freq_mhz, interval, capability;
	int8_t signal_dbm;
	bool wmm, unsupported_rates; /* a basic rate that we do not support */
	uint8_t rsn[ELEMENT_MAX], wpa[ELEMENT_MAX];
	size_t rsn_len, wpa_len;
	uint64_t heard_ns;

	/* set by the station */
	unsigned tried_round, failures; /* round of the last attempt; failed attempts since the last success */
	uint64_t avoid_until_ns;        /* other BSSs take precedence until then */
};

struct bss_table {
	struct bss *at; /* bss_update() may move the entries */
	size_t count, room;
};

/*
 * Adds or refreshes the entry of a beacon or probe response. Returns it, or NULL: no memory, or the channel is unknown.
 * In a full table a new entry replaces the one that was not heard for the longest time.
 */
struct bss *bss_update(struct bss_table *table, const struct mgmt *mgmt, const struct frame_meta *meta,
		       uint64_t now_ns);

struct bss *bss_find(struct bss_table *table, const uint8_t *bssid, const uint8_t *ssid, size_t ssid_len);

/* Removes the entries that were not heard since then. */
void bss_expire(struct bss_table *table, uint64_t since_ns);
void bss_remove(struct bss_table *table, const uint8_t *bssid);
void bss_table_free(struct bss_table *table);

/* How closely a BSS matches a network block, in rising order. */
enum bss_match {
	BSS_OTHER_SSID,
	BSS_OTHER_BSSID,
	BSS_OTHER_CHANNEL,
	BSS_RATES,
	BSS_PROTECTION, /* open, WEP, WPA, RSN: none in common */
	BSS_AKM,
	BSS_PAIRWISE,
	BSS_GROUP,
	BSS_PMF,
	BSS_TKIP, /* matches, but countermeasures forbid TKIP for now */
	BSS_FITS,
};

const char *bss_match_text(enum bss_match match);

/* The terms of an association. */
struct bss_terms {
	enum { BSS_TERMS_OPEN, BSS_TERMS_WEP, BSS_TERMS_RSN } kind;
	struct rsn_suite suite; /* of BSS_TERMS_RSN; suite.wpa selects the WPA element of the BSS */
	bool mfp;               /* suite.group_management is set then */
};

/* Matches an entry with a network block. The terms are valid with BSS_FITS and BSS_TKIP. */
enum bss_match bss_match(const struct bss *bss, const struct sta_network *network, bool tkip_allowed,
			 struct bss_terms *terms);

#endif

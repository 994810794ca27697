/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a station has heard of the networks around it: one entry for each address and name (BSSID, SSID), made of
 * beacons and probe responses; and whether such an entry is one that a network block of the configuration means, and
 * on what terms the two would go together.
 *
 * A hidden network has two faces: beacons without a name, and probe responses with it for those who know it.  Its entry
 * has no name (ssid_len 0) until the first of the latter; beacons without a name then keep the named one alive.
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
	bool wmm, unsupported_rates; /* it demands rates that we do not have */
	bool probe_response_seen;    /* what is here comes from a probe response too, not from beacons alone */
	uint8_t rsn[ELEMENT_MAX], wpa[ELEMENT_MAX];
	size_t rsn_len, wpa_len;
	uint64_t heard_ns;

	/* the station's notes */
	unsigned tried_round, failures; /* when it was tried last; how often in vain since it worked */
	uint64_t avoid_until_ns;        /* others are better until then */
};

struct bss_table {
	struct bss *at; /* moves when something is heard: keep copies */
	size_t count, room;
};

/* A beacon or probe response.  Returns its entry, or NULL: no memory, or no channel is known.  A full table loses the
 * entry that was not heard for longest. */
struct bss *bss_update(struct bss_table *table, const struct mgmt *mgmt, const struct frame_meta *meta,
		       uint64_t now_ns);

struct bss *bss_find(struct bss_table *table, const uint8_t *bssid, const uint8_t *ssid, size_t ssid_len);

/* Forgets what was not heard since then. */
void bss_expire(struct bss_table *table, uint64_t since_ns);
void bss_remove(struct bss_table *table, const uint8_t *bssid);
void bss_table_free(struct bss_table *table);

/* In order: the later, the closer it came. */
enum bss_match {
	BSS_OTHER_SSID, /* another name */
	BSS_OTHER_BSSID,
	BSS_OTHER_CHANNEL,
	BSS_RATES,
	BSS_PROTECTION, /* open, WEP, WPA, WPA2: none that both have */
	BSS_AKM,
	BSS_PAIRWISE,
	BSS_GROUP,
	BSS_PMF,
	BSS_TKIP, /* fits, but Michael failures bar TKIP for now */
	BSS_FITS,
};

const char *bss_match_text(enum bss_match match);

/* What the two would agree to. */
struct bss_terms {
	enum { BSS_TERMS_OPEN, BSS_TERMS_WEP, BSS_TERMS_RSN } kind;
	struct rsn_suite suite; /* BSS_TERMS_RSN; suite.wpa picks the entry's WPA element */
	bool mfp;               /* suite.management is set then */
};

/* Does the network block mean this entry?  Writes the terms when it returns BSS_FITS or BSS_TKIP. */
enum bss_match bss_match(const struct bss *bss, const struct sta_network *network, bool tkip_allowed,
			 struct bss_terms *terms);

#endif

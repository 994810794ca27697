/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a station has heard of other BSSs, for the user: one entry for each pair of BSSID and SSID, with all elements of its
 * last beacon and probe response. The station chooses by mlme/bss_table.h, not by this list.
 */
#ifndef VIFI_MLME_SCAN_RESULTS_H
#define VIFI_MLME_SCAN_RESULTS_H

#include "wire/mgmt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCAN_RESULTS_MAX 200

struct scan_result {
	uint32_t id; /* never used again */
	uint8_t bssid[6], ssid[MGMT_SSID_MAX];
	size_t ssid_len; /* 0: hidden */
	uint16_t freq_mhz, interval_tu, capability;
	int8_t signal_dbm;
	uint64_t tsf, heard_ns;
	bool is_announced;     /* its discovery was reported */
	uint32_t updates;      /* beacons and probe responses of all entries, when this one was last heard */
	unsigned missed_scans; /* consecutive scans of its channel that did not find it */
	uint8_t *elements;     /* of the last probe response, or else of the last beacon */
	size_t len;
	bool has_response;
	uint8_t *beacon; /* elements of the last beacon; NULL: none was heard */
	size_t beacon_len;
};

struct scan_results {
	struct scan_result *list; /* in the order of discovery */
	size_t count, room;
	uint32_t next_id, updates;
};

/*
 * Adds or refreshes the entry of a beacon or probe response that was heard at `heard_ns`; one that was heard before that of the
 * entry changes nothing. A beacon without SSID refreshes the named entry of its BSSID.
 * In a full list the entry that was not heard for the longest time makes room. Returns NULL without memory.
 */
struct scan_result *scan_results_update(struct scan_results *results, const struct mgmt *mgmt,
					const struct frame_meta *meta, uint64_t heard_ns);

/* A scan of these channels has ended: counts it for the entries that were not heard since then. */
void scan_results_count_missed(struct scan_results *results, const uint16_t *freqs, size_t count, uint64_t since_ns);

/*
 * Removes one entry that was not heard since then or was missed by `missed_max` scans, except that of the BSSID `in_use`
 * (or NULL) with this name, or none. Returns false if there is none; `removed` gets its id and BSSID.
 */
bool scan_results_remove_stale(struct scan_results *results, uint64_t since_ns, unsigned missed_max,
			       const uint8_t *in_use, struct span name, struct scan_result *removed);

/* The entry that was heard last with this BSSID, or NULL. */
const struct scan_result *scan_results_find(const struct scan_results *results, const uint8_t *bssid);

void scan_results_free(struct scan_results *results);

#endif

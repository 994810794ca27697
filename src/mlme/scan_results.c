/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/scan_results.h"

#include "base/array.h"
#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

/* A hidden network sends an SSID of length 0 (9.4.2.2); some access points send zeroes instead. */
static size_t named_len(struct span ssid)
{
	for (size_t i = 0; i < ssid.len && ssid.len <= MGMT_SSID_MAX; i++)
		if (ssid.bytes[i])
			return ssid.len;
	return 0;
}

static bool has_name(const struct scan_result *result, const struct mgmt *mgmt, size_t ssid_len)
{
	return result->ssid_len == ssid_len && memcmp(result->ssid, mgmt->ssid.bytes, ssid_len) == 0;
}

/* The entry that the frame describes. One of the two may be without a name. */
static struct scan_result *find_described(struct scan_results *results, const struct mgmt *mgmt, size_t ssid_len)
{
	struct scan_result *found = NULL;

	for (size_t i = 0; i < results->count; i++) {
		struct scan_result *result = &results->list[i];

		if (!mac_equal(result->bssid, mgmt->bssid))
			continue;
		if (ssid_len && has_name(result, mgmt, ssid_len))
			return result;
		if ((!ssid_len || !result->ssid_len) && (!found || result->heard_ns > found->heard_ns))
			found = result;
	}
	return found;
}

static void wipe(struct scan_result *result)
{
	free(result->elements);
	free(result->beacon);
	*result = (struct scan_result){0};
}

static void remove_entry(struct scan_results *results, size_t index)
{
	wipe(&results->list[index]);
	memmove(&results->list[index], &results->list[index + 1],
		(results->count - index - 1) * sizeof(*results->list));
	results->count--;
}

static struct scan_result *add_entry(struct scan_results *results, const struct mgmt *mgmt)
{
	struct scan_result *result;
	size_t oldest = 0;

	for (size_t i = 1; i < results->count; i++)
		if (results->list[i].heard_ns < results->list[oldest].heard_ns)
			oldest = i;
	if (results->count == SCAN_RESULTS_MAX)
		remove_entry(results, oldest);
	if (array_reserve(&results->list, &results->room, results->count + 1, sizeof(*results->list)))
		return NULL;
	result = &results->list[results->count++];
	*result = (struct scan_result){.id = results->next_id++};
	mac_copy(result->bssid, mgmt->bssid);
	return result;
}

/* Without memory the old elements stay. */
static void replace(uint8_t **bytes, size_t *len, struct span body)
{
	uint8_t *copy = malloc(body.len + 1);

	if (!copy)
		return;
	if (body.len)
		memcpy(copy, body.bytes, body.len);
	free(*bytes);
	*bytes = copy;
	*len = body.len;
}

struct scan_result *scan_results_update(struct scan_results *results, const struct mgmt *mgmt,
					const struct frame_meta *meta, uint64_t heard_ns)
{
	bool response = mgmt->subtype == MGMT_PROBE_RESPONSE;
	uint16_t freq = mgmt->channel && freq_is_2ghz(meta->freq_mhz) ? channel_to_freq(mgmt->channel) : meta->freq_mhz;
	size_t ssid_len = named_len(mgmt->ssid);
	struct scan_result *result = freq ? find_described(results, mgmt, ssid_len) : NULL;

	if (!result && freq)
		result = add_entry(results, mgmt);
	if (!result || result->heard_ns > heard_ns)
		return result;
	if (ssid_len) {
		memcpy(result->ssid, mgmt->ssid.bytes, ssid_len);
		result->ssid_len = ssid_len;
	}
	result->freq_mhz = freq;
	result->interval_tu = mgmt->interval;
	result->capability = mgmt->capability;
	result->signal_dbm = meta->signal_dbm;
	result->tsf = mgmt->tsf;
	result->heard_ns = heard_ns;
	result->missed_scans = 0;
	result->updates = ++results->updates;
	if (!response)
		replace(&result->beacon, &result->beacon_len, mgmt->body);
	if (response || !result->has_response)
		replace(&result->elements, &result->len, mgmt->body);
	result->has_response |= response;
	return result;
}

static bool is_listed(uint16_t freq, const uint16_t *freqs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (freqs[i] == freq)
			return true;
	return false;
}

void scan_results_count_missed(struct scan_results *results, const uint16_t *freqs, size_t count, uint64_t since_ns)
{
	for (size_t i = 0; i < results->count; i++)
		if (results->list[i].heard_ns < since_ns && is_listed(results->list[i].freq_mhz, freqs, count))
			results->list[i].missed_scans++;
}

bool scan_results_remove_stale(struct scan_results *results, uint64_t since_ns, unsigned missed_max,
			       const uint8_t *in_use, struct span name, struct scan_result *removed)
{
	for (size_t i = 0; i < results->count; i++) {
		const struct scan_result *result = &results->list[i];

		if ((result->heard_ns >= since_ns && result->missed_scans < missed_max) ||
		    (in_use && mac_equal(result->bssid, in_use) &&
		     (!result->ssid_len || span_equals(name, result->ssid, result->ssid_len))))
			continue;
		*removed = (struct scan_result){.id = result->id, .is_announced = result->is_announced};
		mac_copy(removed->bssid, result->bssid);
		remove_entry(results, i);
		return true;
	}
	return false;
}

const struct scan_result *scan_results_find(const struct scan_results *results, const uint8_t *bssid)
{
	const struct scan_result *found = NULL;

	for (size_t i = 0; i < results->count; i++)
		if (mac_equal(results->list[i].bssid, bssid) && (!found || results->list[i].heard_ns > found->heard_ns))
			found = &results->list[i];
	return found;
}

void scan_results_free(struct scan_results *results)
{
	for (size_t i = 0; i < results->count; i++)
		wipe(&results->list[i]);
	free(results->list);
	*results = (struct scan_results){0};
}

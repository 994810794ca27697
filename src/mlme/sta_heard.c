/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a station has heard, and why it may not join: for the user. */
#include "mlme/sta_state.h"

#include <string.h>

/* The network that the BSS matches best. */
static void match_networks(const struct sta *sta, const struct bss *bss, struct sta_heard *heard)
{
	heard->network = SIZE_MAX;
	heard->match = BSS_OTHER_SSID;
	for (size_t i = 0; i < sta->setup.network_count; i++) {
		struct bss_terms terms;
		enum bss_match match;

		if (sta->setup.networks[i].disabled)
			continue;
		match = sta_match(sta, bss, i, &terms);
		if (heard->network != SIZE_MAX && match <= heard->match)
			continue;
		heard->network = i;
		heard->match = match;
	}
}

bool sta_heard(const struct sta *sta, size_t nth, struct sta_heard *heard)
{
	const struct bss *bss;

	if (nth >= sta->table.count)
		return false;
	bss = &sta->table.at[nth];
	*heard = (struct sta_heard){.ssid_len = bss->ssid_len,
				    .freq_mhz = bss->freq_mhz,
				    .signal_dbm = bss->signal_dbm,
				    .heard_ns = bss->heard_ns,
				    .worked = bss->worked,
				    .ignored = sta_is_ignored(sta, bss->bssid),
				    .blocked_until_ns = bss->blocked_until_ns};
	memcpy(heard->bssid, bss->bssid, sizeof(heard->bssid));
	memcpy(heard->ssid, bss->ssid, sizeof(heard->ssid));
	match_networks(sta, bss, heard);
	return true;
}

uint32_t sta_throughput_kbps(const struct sta *sta, const struct scan_result *result)
{
	struct bss bss = {.freq_mhz = result->freq_mhz, .signal_dbm = result->signal_dbm};

	bss.phy = bss_phy_read(result->freq_mhz, (struct span){result->elements, result->len});
	return bss_quality_of(&bss, &sta->plane).throughput_kbps;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access points that the user excludes, whatever the networks say. */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

static bool lists(const uint8_t (*list)[6], size_t count, const uint8_t *bssid)
{
	for (size_t i = 0; i < count; i++)
		if (mac_equal(list[i], bssid))
			return true;
	return false;
}

bool sta_filter_hears(const struct sta *sta, const uint8_t *bssid)
{
	return !sta->filter.only_count || lists(sta->filter.only, sta->filter.only_count, bssid);
}

bool sta_filter_permits(const struct sta *sta, const struct bss *bss)
{
	const struct sta_filter *filter = &sta->filter;

	if (!sta_filter_hears(sta, bss->bssid) || lists(filter->denied, filter->denied_count, bss->bssid))
		return false;
	for (size_t i = 0; i < filter->ssid_count; i++)
		if (filter->ssids[i].len == bss->ssid_len &&
		    memcmp(filter->ssids[i].bytes, bss->ssid, bss->ssid_len) == 0)
			return false;
	return true;
}

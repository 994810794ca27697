/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/overlap.h"

#include "base/mac.h"
#include "wire/mgmt.h"

#include <stdio.h>

#define AFFECTED_MHZ 25                  /* the channels whose distance from the centre is at most this (11.15.3.2) */
#define SCANNED_MHZ  (AFFECTED_MHZ + 20) /* … or the other half of which can be there */

static uint16_t secondary(const struct nl80211_ap_overlap *overlap)
{
	return (uint16_t)(2 * overlap->center_mhz - overlap->freq_mhz);
}

static bool is_near(const struct nl80211_ap_overlap *overlap, uint16_t freq_mhz, int limit_mhz)
{
	int distance_mhz = freq_mhz - overlap->center_mhz;

	return distance_mhz >= -limit_mhz && distance_mhz <= limit_mhz;
}

struct nl80211_request *nl80211_ap_overlap_scan(const struct nl80211_ap_overlap *overlap,
						const struct nl80211_wiphy *wiphy, int ifindex,
						struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_TRIGGER_SCAN, ifindex);
	const struct nl80211_band_info *band = nl80211_wiphy_band(wiphy, overlap->freq_mhz);
	struct nlattr *nest;
	int index = 0;

	nest = nl80211_nest_begin(request, NL80211_ATTR_SCAN_SSIDS);
	nl80211_put_bytes(request, 1, NULL, 0);
	nl80211_nest_end(request, nest);
	nl80211_put_u32(request, NL80211_ATTR_SCAN_FLAGS, NL80211_SCAN_FLAG_FLUSH | NL80211_SCAN_FLAG_AP);
	nest = nl80211_nest_begin(request, NL80211_ATTR_SCAN_FREQUENCIES);
	for (size_t i = 0; band && i < band->channel_count; i++)
		if (!band->channels[i].disabled && is_near(overlap, band->channels[i].freq_mhz, SCANNED_MHZ))
			nl80211_put_u32(request, ++index, band->channels[i].freq_mhz);
	nl80211_nest_end(request, nest);
	return request;
}

/* ---- a network ---- */

struct neighbour {
	uint16_t primary_mhz, secondary_mhz; /* secondary 0: it has 20 MHz */
	bool intolerant;
	bool incomplete; /* HT capabilities without HT operation: nothing says where it is */
};

static struct neighbour read_neighbour(const struct nl80211_bss_entry *bss)
{
	struct neighbour neighbour = {.primary_mhz = bss->freq_mhz};
	bool has_capabilities = false, has_operation = false;
	struct span rest = bss->elements;
	struct element element;

	while (element_next(&rest, &element)) {
		const uint8_t *body = element.body.bytes;
		unsigned offset;

		if (element.id == EID_HT_CAPABILITIES && element.body.len >= 2) {
			has_capabilities = true;
			neighbour.intolerant = le16(body) & HT_CAPAB_INTOLERANT_40;
		}
		if (element.id != EID_HT_OPERATION || element.body.len < 2)
			continue;
		has_operation = true;
		offset = body[1] & HT_SECONDARY_OFFSET;
		if (offset == HT_SECONDARY_ABOVE)
			neighbour.secondary_mhz = (uint16_t)(bss->freq_mhz + 20);
		if (offset == HT_SECONDARY_BELOW)
			neighbour.secondary_mhz = (uint16_t)(bss->freq_mhz - 20);
	}
	neighbour.incomplete = has_capabilities && !has_operation;
	return neighbour;
}

static void forbid(struct nl80211_ap_overlap *overlap, const struct nl80211_bss_entry *bss, const char *what)
{
	char mac[MAC_TEXT_SIZE];

	if (overlap->narrow)
		return;
	overlap->narrow = true;
	snprintf(overlap->reason, sizeof(overlap->reason), "%s (%s, channel %u)", what, mac_format(mac, bss->bssid),
		 freq_to_channel(bss->freq_mhz));
}

/* A network on the same two channels, in the same order, shares them; any other one loses half of them. */
static void consider_2ghz(struct nl80211_ap_overlap *overlap, const struct nl80211_bss_entry *bss)
{
	struct neighbour neighbour = read_neighbour(bss);

	if (!is_near(overlap, neighbour.primary_mhz, AFFECTED_MHZ) &&
	    !(neighbour.secondary_mhz && is_near(overlap, neighbour.secondary_mhz, AFFECTED_MHZ)))
		return;
	if (neighbour.intolerant)
		forbid(overlap, bss, "a network does not tolerate 40 MHz");
	else if (neighbour.incomplete)
		return;
	else if (neighbour.secondary_mhz &&
		 (neighbour.primary_mhz != overlap->freq_mhz || neighbour.secondary_mhz != secondary(overlap)))
		forbid(overlap, bss, "a network of 40 MHz lies across this channel");
	else if (!neighbour.secondary_mhz && neighbour.primary_mhz != overlap->freq_mhz)
		forbid(overlap, bss, "a network of 20 MHz is on a part of this channel");
}

/* Networks on the same 40 MHz decide, if there are any (11.15.3.1); otherwise those of 20 MHz. */
static void consider_5ghz(struct nl80211_ap_overlap *overlap, const struct nl80211_bss_entry *bss)
{
	bool wide = read_neighbour(bss).secondary_mhz;

	overlap->on_primary += bss->freq_mhz == overlap->freq_mhz;
	overlap->on_secondary += bss->freq_mhz == secondary(overlap);
	overlap->wide_on_primary += wide && bss->freq_mhz == overlap->freq_mhz;
	overlap->wide_on_secondary += wide && bss->freq_mhz == secondary(overlap);
}

void nl80211_ap_overlap_add(struct nl80211_ap_overlap *overlap, const struct nl80211_bss_entry *bss)
{
	if (!bss->bssid)
		return;
	if (freq_is_2ghz(overlap->freq_mhz)) {
		consider_2ghz(overlap, bss);
		return;
	}
	consider_5ghz(overlap, bss);
}

bool nl80211_ap_overlap_swaps(struct nl80211_ap_overlap *overlap)
{
	bool wide = overlap->wide_on_primary || overlap->wide_on_secondary;
	unsigned on_primary = wide ? overlap->wide_on_primary : overlap->on_primary,
		 on_secondary = wide ? overlap->wide_on_secondary : overlap->on_secondary;

	if (freq_is_2ghz(overlap->freq_mhz) || !on_secondary || on_primary)
		return false;
	snprintf(overlap->reason, sizeof(overlap->reason),
		 "the primary channel of %u other network%s%s is channel %u, and none has channel %u", on_secondary,
		 on_secondary == 1 ? "" : "s", wide ? " of 40 MHz" : "", freq_to_channel(secondary(overlap)),
		 freq_to_channel(overlap->freq_mhz));
	return true;
}

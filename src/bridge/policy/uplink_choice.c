/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/uplink_choice.h"

uint64_t uplink_route_rank(bool ip6, uint32_t metric)
{
	return ((uint64_t)ip6 << 32) + metric;
}

static bool is_better(const struct uplink_candidate *candidate, const struct uplink_candidate *best, bool prefer_wifi)
{
	if (!best)
		return true;
	if (prefer_wifi && candidate->wifi != best->wifi)
		return candidate->wifi;
	if (candidate->rank != best->rank)
		return candidate->rank < best->rank;
	return candidate->wifi && !best->wifi;
}

const struct uplink_candidate *uplink_choose(const struct uplink_candidate *list, size_t count, bool prefer_wifi)
{
	const struct uplink_candidate *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct uplink_candidate *candidate = &list[i];
		bool counts = candidate->rank != UINT64_MAX || (prefer_wifi && candidate->wifi);

		if (candidate->usable && counts && is_better(candidate, best, prefer_wifi))
			best = candidate;
	}
	return best;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves of a running access point to another channel. */
#include "driver/ap_state.h"

#include "daemon/clock.h"

#include <errno.h>
#include <string.h>

void driver_ap_copy_phy(struct ap_phy *to, const struct nl80211_ap_phy *from)
{
	to->width_mhz = from->width_mhz;
	to->center_mhz = from->center_mhz;
	to->elements_len = from->elements_len;
	memcpy(to->elements, from->elements, from->elements_len);
}

/* A running network cannot stop to listen for a minute. */
static int check_radar(const struct driver_ap *ap, uint16_t freq_mhz, const struct nl80211_ap_phy *phy,
		       struct error *error)
{
	const struct plane_channel channel = {freq_mhz, phy->width_mhz, phy->width_mhz ? phy->center_mhz : freq_mhz};
	int ret = nl80211_ap_channel_check(driver_wiphy(ap->driver), &channel, &ap->plan.domain, error);
	char text[NL80211_AP_CHANNEL_TEXT];

	if (ret || nl80211_dfs_may_use(&ap->dfs, &channel, monotonic_ns()) || ap->dfs.offload)
		return ret;
	return error_set(
		error, -EACCES,
		"%s needs radar detection (DFS), and nobody has listened to it yet, or radar was detected there: "
		"choose another channel, or set it in the file and restart vifi",
		nl80211_ap_channel_text(&channel, text));
}

static int check_move(const struct driver_ap *ap, const struct driver_ap_move *move, struct nl80211_ap_phy *phy,
		      struct error *error)
{
	const struct nl80211_wiphy *wiphy = driver_wiphy(ap->driver);
	const struct nl80211_ap_needs needs = {.freq_mhz = move->freq_mhz,
					       .domain = ap->plan.domain,
					       .bss_count = ap->setup.count,
					       .ciphers = ap->setup.ciphers};
	struct nl80211_ap_phy_setup setup = ap->setup.phy;
	int ret;

	if (!nl80211_wiphy_has_command(wiphy, NL80211_CMD_CHANNEL_SWITCH))
		return error_set(error, -EOPNOTSUPP,
				 "the driver of %s cannot move a running access point to another channel: change "
				 "the channel in the file and restart vifi",
				 wiphy->name);
	setup.n = setup.n && move->width_mhz;
	setup.width_mhz = move->width_mhz;
	setup.secondary = move->secondary;
	setup.center_mhz = move->width_mhz >= 80 ? move->center_mhz : 0;
	ret = nl80211_ap_check(wiphy, &needs, error);
	if (!ret)
		ret = nl80211_ap_phy(wiphy, move->freq_mhz, &setup, phy, error);
	return ret ? ret : check_radar(ap, move->freq_mhz, phy, error);
}

int driver_ap_switch_channel(struct driver_ap *ap, const struct driver_ap_move *move, struct error *error)
{
	struct ap_channel_move target = {.freq_mhz = move->freq_mhz, .count = move->count, .block_tx = move->block_tx};
	struct nl80211_requests *queue = driver_queue(ap->driver);
	uint64_t now_ns = monotonic_ns();
	struct nl80211_ap_phy phy;
	int ret;

	if (!queue)
		return error_set(error, -ENETDOWN, "cannot switch the channel: the interface is down; set it up first");
	ret = check_move(ap, move, &phy, error);
	if (ret)
		return ret;
	driver_ap_copy_phy(&target.phy, &phy);
	ret = ap_switch_channel(ap->control, &target, now_ns, &ap->actions, error);
	if (ret)
		return ret;
	driver_ap_apply(ap, now_ns, queue);
	driver_work(ap->driver);
	return 0;
}

struct plane_channel driver_ap_channel(const struct driver_ap *ap)
{
	return ap_channel(ap->control);
}

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

/* Radar that was detected lately forbids the channel, and so does a regulatory domain. */
static int check_radar(const struct driver_ap *ap, const struct plane_channel *channel, struct error *error)
{
	int ret = nl80211_ap_channel_check(driver_wiphy(ap->driver), channel, &ap->plan.domain, error);
	char text[NL80211_AP_CHANNEL_TEXT];

	if (ret || ap->dfs.offload || nl80211_dfs_may_listen(&ap->dfs, channel, monotonic_ns()))
		return ret;
	return error_set(
		error, -EACCES,
		"%s may not be used for half an hour after radar was detected there: choose another channel, or wait",
		nl80211_ap_channel_text(channel, text));
}

static struct plane_channel channel_of(uint16_t freq_mhz, const struct nl80211_ap_phy *phy)
{
	return (struct plane_channel){freq_mhz, phy->width_mhz, phy->width_mhz ? phy->center_mhz : freq_mhz};
}

static int check_move(const struct driver_ap *ap, const struct driver_ap_move *move, struct nl80211_ap_phy *phy,
		      struct error *error)
{
	const struct nl80211_wiphy *wiphy = driver_wiphy(ap->driver);
	const struct nl80211_ap_needs needs = {.freq_mhz = move->freq_mhz,
					       .domain = ap->plan.domain,
					       .bss_count = driver_ap_network_count(ap),
					       .ciphers = ap->setup.ciphers};
	struct nl80211_ap_phy_setup setup = ap->setup.phy;
	struct plane_channel channel;
	int ret;

	setup.may_narrow = false;
	if (!nl80211_wiphy_has_command(wiphy, NL80211_CMD_CHANNEL_SWITCH))
		return error_set(error, -EOPNOTSUPP,
				 "the driver of %s cannot move a running access point to another channel: change "
				 "the channel in the file and restart vifi",
				 wiphy->name);
	setup.n = setup.n && move->width_mhz;
	if (move->has_modes) {
		setup.n = true;
		setup.ac = move->ac;
		setup.ax = move->ax;
	}
	setup.width_mhz = move->width_mhz;
	setup.secondary = move->secondary;
	setup.center_mhz = move->center_mhz;
	ret = nl80211_ap_check(wiphy, &needs, error);
	if (!ret)
		ret = nl80211_ap_phy(wiphy, move->freq_mhz, &setup, phy, error);
	if (ret)
		return ret;
	channel = channel_of(move->freq_mhz, phy);
	return check_radar(ap, &channel, error);
}

int driver_ap_switch_channel(struct driver_ap *ap, const struct driver_ap_move *move, struct error *error)
{
	struct ap_channel_move target = {.freq_mhz = move->freq_mhz, .count = move->count, .block_tx = move->block_tx};
	struct nl80211_requests *queue = driver_queue(ap->driver);
	uint64_t now_ns = monotonic_ns();
	struct plane_channel channel;
	struct nl80211_ap_phy phy;
	int ret;

	if (!queue)
		return error_set(error, -ENETDOWN, "cannot switch the channel: the interface is down; set it up first");
	ret = check_move(ap, move, &phy, error);
	if (ret)
		return ret;
	channel = channel_of(move->freq_mhz, &phy);
	if (!ap->dfs.offload && !nl80211_dfs_may_use(&ap->dfs, &channel, now_ns)) {
		ret = driver_ap_spectrum_listen(ap, &channel, now_ns, queue, error);
	} else {
		driver_ap_copy_phy(&target.phy, &phy);
		ret = ap_switch_channel(ap->control, &target, now_ns, &ap->actions, error);
		if (!ret)
			driver_ap_apply(ap, now_ns, queue);
	}
	if (ret)
		return ret;
	driver_work(ap->driver);
	return 0;
}

bool driver_ap_simulate_radar(struct driver_ap *ap, uint32_t radar_event, const struct plane_channel *channel)
{
	struct nl80211_requests *queue = driver_queue(ap->driver);

	if (!queue)
		return false;
	driver_ap_spectrum_radar(ap, radar_event, channel, monotonic_ns(), queue);
	driver_work(ap->driver);
	return true;
}

struct ap_protection_info driver_ap_protection(const struct driver_ap *ap)
{
	return ap_protection_info(ap->control);
}

struct plane_channel driver_ap_channel(const struct driver_ap *ap)
{
	return ap_channel(ap->control);
}

const struct ap_phy *driver_ap_present_phy(const struct driver_ap *ap)
{
	return ap_present_phy(ap->control);
}

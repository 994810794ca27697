/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the card of an access point, and takes its interfaces. */
#include "driver/ap_state.h"

#include "base/mac.h"
#include "daemon/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define COUNTRY_WAIT_MS 1000
#define NS_PER_MS       UINT64_C(1000000)

/* ---- the country ---- */

static bool has_country(struct driver *driver, const char *country)
{
	struct nl80211_requests requests = {0};
	struct nl80211_event event = {0};
	struct error ignored;
	bool is_set;

	nl80211_requests_add(&requests, NL80211_CMD_GET_REG, 0);
	is_set = !driver_request(driver, &requests, &event, &ignored) && !memcmp(event.country, country, 2);
	nl80211_requests_free(&requests);
	return is_set;
}

/* The report may be of an earlier change: only that of this country ends the wait. */
static void await_country(struct driver *driver, const char *country)
{
	struct pollfd readable = {.fd = genl_event_fd(driver->genl), .events = POLLIN};
	struct nl80211_event event;
	struct nlmsghdr *message;
	uint64_t now_ms = monotonic_ns() / NS_PER_MS, end_ms = now_ms + COUNTRY_WAIT_MS;
	bool changed = false, lost;

	for (; !changed && now_ms < end_ms && poll(&readable, 1, (int)(end_ms - now_ms)) > 0;
	     now_ms = monotonic_ns() / NS_PER_MS)
		while ((message = genl_next_event(driver->genl, &lost)))
			changed |= nl80211_event_parse(&event, message) && event.command == NL80211_CMD_REG_CHANGE &&
				   !memcmp(event.country, country, 2);
}

/* The kernel asks its database, and reports the new domain. A refusal shows in what the channels permit. */
static void set_country(struct driver *driver, const char *country)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request *request;
	struct error ignored;

	if (!country[0] || has_country(driver, country))
		return;
	request = nl80211_requests_add(&requests, NL80211_CMD_REQ_SET_REG, 0);
	nl80211_put_bytes(request, NL80211_ATTR_REG_ALPHA2, country, strlen(country) + 1);
	if (!driver_request(driver, &requests, NULL, &ignored))
		await_country(driver, country);
	nl80211_requests_free(&requests);
}

/* The domain of the radio, or that of all radios. Returns enum nl80211_dfs_regions. */
static uint8_t read_dfs_region(struct driver *driver)
{
	struct nl80211_requests requests = {0};
	struct nl80211_event event = {0};
	struct error ignored;

	nl80211_put_u32(nl80211_requests_add(&requests, NL80211_CMD_GET_REG, 0), NL80211_ATTR_WIPHY,
			driver->wiphy.index);
	if (driver_request(driver, &requests, &event, &ignored))
		event.dfs_region = NL80211_DFS_UNSET;
	nl80211_requests_free(&requests);
	return event.dfs_region;
}

/* ---- the channel ---- */

int driver_ap_phy(struct driver *driver, const struct driver_ap_setup *setup, struct plane_channel *channel,
		  struct nl80211_ap_phy *phy, struct error *error)
{
	struct nl80211_ap_phy_setup wanted = nl80211_ap_candidate_phy(channel, &setup->phy);
	int ret = nl80211_ap_phy(driver_wiphy(driver), channel->freq_mhz, &wanted, phy, error);

	channel->width_mhz = phy->width_mhz;
	channel->center_mhz = phy->width_mhz ? phy->center_mhz : channel->freq_mhz;
	return ret;
}

static int choose_candidates(struct driver *driver, const struct driver_ap_setup *setup, struct driver_ap_plan *plan,
			     struct error *error)
{
	struct nl80211_ap_candidates *candidates = &plan->candidates;
	size_t kept = 0;

	nl80211_ap_candidates_find(candidates, driver_wiphy(driver), &setup->choice, &setup->phy, &plan->domain, false);
	for (size_t i = 0; i < candidates->count; i++)
		if (!setup->choice.exclude_dfs || !candidates->list[i].radar)
			candidates->list[kept++] = candidates->list[i];
	candidates->count = kept;
	if (!kept)
		return error_set(
			error, -EACCES,
			"no channel is left for automatic selection (channel=0): chanlist, freqlist, hw_mode, "
			"acs_exclude_dfs, the radio and the present regulatory domain have no channel in common: %s",
			setup->country[0] ? "allow more channels" : "set country_code, or allow more channels");
	plan->channel = candidates->list[0].channel;
	return driver_ap_phy(driver, setup, &plan->channel, &plan->phy, error);
}

/* A configured channel is used as it is, or refused: [HT40-] on the wrong channel is an error. */
static int check_fixed_channel(struct driver *driver, const struct driver_ap_setup *setup, struct driver_ap_plan *plan,
			       struct error *error)
{
	int ret = nl80211_ap_phy(driver_wiphy(driver), setup->freq_mhz, &setup->phy, &plan->phy, error);

	if (ret)
		return ret;
	plan->channel = (struct plane_channel){setup->freq_mhz, plan->phy.width_mhz,
					       plan->phy.width_mhz ? plan->phy.center_mhz : setup->freq_mhz};
	nl80211_ap_candidates_find(&plan->candidates, driver_wiphy(driver), &setup->choice, &setup->phy, &plan->domain,
				   true);
	return nl80211_ap_channel_check(driver_wiphy(driver), &plan->channel, &plan->domain, error);
}

/* ---- the card ---- */

/* The channel of the plan; `needs` and the domain are complete. */
static int plan_channel(struct driver *driver, const struct driver_ap_setup *setup, struct driver_ap_plan *plan,
			struct error *error)
{
	return setup->choice.automatic ? choose_candidates(driver, setup, plan, error)
				       : check_fixed_channel(driver, setup, plan, error);
}

int driver_ap_check(struct driver *driver, const struct driver_ap_setup *setup, bool look_only,
		    struct driver_ap_plan *plan, struct error *error)
{
	struct nl80211_ap_needs needs = {.freq_mhz = setup->choice.automatic ? 0 : setup->freq_mhz,
					 .bss_count = setup->count,
					 .ciphers = setup->ciphers,
					 .beacon_rate = setup->beacon_rate};
	int ret = driver_find_radio(driver, setup->networks[0].interface, error);

	if (ret)
		return ret;
	if (!look_only && setup->country[0]) {
		set_country(driver, setup->country);
		ret = driver_find_radio(driver, setup->networks[0].interface, error); /* it allows other channels */
		if (ret)
			return ret;
	}
	*plan = (struct driver_ap_plan){.domain = {.has_country = setup->country[0],
						   .outdoors = setup->outdoors,
						   .dfs = setup->spectrum_management,
						   .dfs_region = read_dfs_region(driver)},
					.other_domain =
						look_only && setup->country[0] && !has_country(driver, setup->country)};
	needs.domain = plan->domain;
	if (plan->other_domain) /* what it says of the channel may not hold at the start */
		needs.freq_mhz = 0;
	ret = nl80211_ap_check(driver_wiphy(driver), &needs, error);
	if (!ret)
		ret = plan_channel(driver, setup, plan, plan->other_domain ? &plan->doubt : error);
	if (plan->other_domain && plan->doubt.text[0])
		ret = 0;
	if (!ret && plan->phy.remark.text[0] && plan->other_domain)
		plan->doubt = plan->phy.remark;
	else if (!ret && plan->phy.remark.text[0])
		driver_log(driver, "using %u MHz, narrower than configured: %s", plan->phy.width_mhz,
			   plan->phy.remark.text);
	if (!ret && plan->phy.unmet.text[0])
		driver_log(driver, "%s", plan->phy.unmet.text);
	plan->facts = nl80211_ap_channel_facts(driver_wiphy(driver), &plan->channel);
	return ret;
}

/* ---- interfaces ---- */

unsigned driver_ap_network_count(const struct driver_ap *ap)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ap->setup.count; i++)
		count += ap->setup.networks[i].interface[0] != '\0';
	return count;
}

/* An address for a further network: another locally administered one for each number. */
static void choose_address(const uint8_t first[6], unsigned number, uint8_t addr[6])
{
	mac_copy(addr, first);
	addr[0] = (uint8_t)((addr[0] | 2) ^ number << 2);
}

int driver_ap_take_interface(struct driver *driver, const struct driver_ap_setup *setup,
			     struct driver_ap_network *network, unsigned number, struct error *error)
{
	bool created = false;
	int ret = 0;

	if (number && mac_is_zero(network->bssid))
		choose_address(setup->networks[0].bssid, number, network->bssid);
	if (number)
		ret = driver_create_interface(driver, network->interface, NL80211_IFTYPE_AP, network->bssid, &created,
					      error);
	if (!ret)
		ret = driver_add_interface_as(driver, number, network->interface, NL80211_IFTYPE_AP,
					      mac_is_zero(network->bssid) ? NULL : network->bssid, error);
	driver->interfaces[number].created = created;
	if (ret)
		return ret;
	mac_copy(network->bssid, driver_interface(driver, number)->info.addr);
	return network->bridge[0] ? driver_join_bridge(driver, number, network->bridge, error) : 0;
}

int driver_ap_take_interfaces(struct driver *driver, struct driver_ap_setup *setup, struct error *error)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < setup->count; i++)
		ret = driver_ap_take_interface(driver, setup, &setup->networks[i], i, error);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/ap_config.h"

#include "base/mac.h"
#include "conf/hostapd_rates.h"
#include "ctrl/server/server.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a card needs to know ---- */

static uint32_t ciphers_of(const struct ap_bss_setup *bss)
{
	uint32_t ciphers = bss->wpa_pairwise | bss->rsn_pairwise;

	if (bss->wpa || bss->rsn)
		ciphers |= 1u << bss->group;
	if (bss->pmf)
		ciphers |= 1u << bss->group_mgmt;
	if (bss->wep != CIPHER_NONE)
		ciphers |= 1u << bss->wep;
	return ciphers;
}

static struct nl80211_ap_ports ports_of(const struct hostapd_bss *bss)
{
	struct nl80211_ap_ports ports = {
		.vlans = bss->vlans.list, .vlan_count = bss->vlans.count, .tagged_by_interface = bss->vlan_naming};

	memcpy(ports.station_bridge, bss->wds_bridge[0] ? bss->wds_bridge : bss->bridge, sizeof(ports.station_bridge));
	memcpy(ports.vlan_bridge, bss->vlan_bridge, sizeof(ports.vlan_bridge));
	memcpy(ports.tagged_interface, bss->vlan_tagged, sizeof(ports.tagged_interface));
	return ports;
}

struct driver_ap_setup wifi_ap_card_setup(const struct hostapd_conf *conf, const struct ap_setup *setup)
{
	const struct hostapd_phy *phy = &conf->radio.phy;
	uint32_t center = hostapd_phy_center(phy), band_mhz = freq_is_6ghz(conf->freq_mhz) ? 5950 : 5000;
	struct driver_ap_setup card = {.count = (unsigned)conf->bss_count,
				       .freq_mhz = conf->freq_mhz,
				       .no_overlap_scan = phy->noscan,
				       .no_swap = phy->noscan || phy->no_swap,
				       .choice = conf->radio.choice,
				       .spectrum_management = conf->radio.ieee80211h,
				       .announces_spectrum =
					       conf->radio.ieee80211h || conf->radio.spectrum_mgmt_required,
				       .power_constraint_db = conf->radio.power_constraint_db,
				       .beacon_rate = conf->radio.beacon_rate,
				       .rts_threshold = (uint16_t)conf->radio.rts,
				       .phy = {.n = phy->n,
					       .ac = phy->ac,
					       .ax = phy->ax,
					       .width_mhz = hostapd_phy_width_mhz(phy),
					       .secondary = phy->ht.secondary,
					       .center_mhz = center ? (uint16_t)(band_mhz + 5 * center) : 0,
					       .may_narrow = true,
					       .has_ht_capab = phy->ht.given,
					       .has_vht_capab = phy->vht.given,
					       .he = phy->he,
					       .ht_capab = phy->ht.capab,
					       .vht_capab = phy->vht.capab}};

	memcpy(card.country, conf->radio.country, sizeof(card.country));
	memcpy(card.queues, conf->radio.queues, sizeof(card.queues));
	card.outdoors = conf->radio.environment == AP_OUTDOORS;
	for (unsigned i = 0; i < card.count; i++) {
		struct driver_ap_network *network = &card.networks[i];

		memcpy(network->interface, conf->bss[i].interface, sizeof(network->interface));
		memcpy(network->bridge, conf->bss[i].bridge, sizeof(network->bridge));
		memcpy(network->bssid, conf->bss[i].bssid, 6);
		network->ports = ports_of(&conf->bss[i]);
		card.ciphers |= ciphers_of(&setup->bss[i]);
	}
	return card;
}

/* ---- the report ---- */

static void print_ciphers(const char *name, uint32_t set)
{
	printf("%s", name);
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (set & 1u << cipher)
			printf(" %s", cipher_name(cipher));
}

/* "WPA2", or with other AKMs than WPA-PSK "WPA3 (SAE)". */
static void print_generation(const struct ap_bss_setup *bss)
{
	uint32_t wpa3 = bss->akms & akm_set_sae(), owe = bss->akms & 1u << AKM_OWE, rest = bss->akms & ~(wpa3 | owe);
	const char *separator = " (";

	printf("%s%s%s%s%s", rest ? "WPA2" : "", rest && wpa3 ? " and " : "", wpa3 ? "WPA3" : "",
	       (rest || wpa3) && owe ? " and " : "", owe ? "Enhanced Open" : "");
	if (bss->akms == 1u << AKM_PSK)
		return;
	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		if (bss->akms >> akm & 1) {
			printf("%s%s", separator, akm_info(akm)->name);
			separator = " ";
		}
	printf(")");
}

static void print_secrets(const struct ap_bss_setup *bss)
{
	if (bss->akms & ~akm_set_without_psk())
		printf(", %zu passphrase%s", bss->psk_count, bss->psk_count == 1 ? "" : "s");
	if (bss->akms & akm_set_sae())
		printf(", %zu password%s of SAE", bss->sae.password_count, bss->sae.password_count == 1 ? "" : "s");
}

static void print_security(const struct ap_bss_setup *bss, bool default_pairwise)
{
	static const char *const pmf[] = {"", ", management frames may be protected",
					  ", management frames must be protected"};

	if (bss->wep != CIPHER_NONE) {
		printf("%s", cipher_name(bss->wep));
		return;
	}
	if (!bss->wpa && !bss->rsn) {
		printf("open");
		return;
	}
	if (bss->rsn)
		print_generation(bss);
	if (bss->rsn)
		print_ciphers(" with", bss->rsn_pairwise);
	if (bss->rsn && default_pairwise)
		printf(" (without rsn_pairwise; hostapd 2.10 has TKIP then)");
	if (bss->wpa)
		print_ciphers(bss->rsn ? ", WPA with" : "WPA with", bss->wpa_pairwise);
	print_secrets(bss);
	printf(", group frames under %s%s", cipher_name(bss->group), pmf[bss->pmf]);
}

/* The name may hold anything. */
static void print_ssid(const struct ap_bss_setup *bss)
{
	putchar('"');
	for (size_t i = 0; i < bss->ssid_len; i++)
		printf(bss->ssid[i] >= ' ' && bss->ssid[i] != 127 ? "%c" : "\\x%02x", bss->ssid[i]);
	putchar('"');
}

static void print_lists(const struct ap_bss_setup *bss)
{
	if (bss->accept_listed_only)
		printf("; only %zu station%s of accept_mac_file may associate", bss->accept.count,
		       bss->accept.count == 1 ? "" : "s");
	else if (bss->deny.count)
		printf("; %zu station%s of deny_mac_file may not associate", bss->deny.count,
		       bss->deny.count == 1 ? "" : "s");
}

static void print_networks(const struct hostapd_conf *conf, const struct ap_setup *setup)
{
	for (size_t i = 0; i < conf->bss_count; i++) {
		const struct ap_bss_setup *bss = &setup->bss[i];

		printf("%s: network ", conf->bss[i].interface);
		print_ssid(bss);
		printf("%s: ", bss->hidden ? ", hidden" : "");
		print_security(bss, conf->bss[i].default_pairwise);
		print_lists(bss);
		printf("%s%s%s\n", bss->isolate ? "; stations are isolated" : "",
		       conf->bss[i].bridge[0] ? "; a port of the bridge " : "", conf->bss[i].bridge);
	}
}

static void print_country(const struct hostapd_conf *conf)
{
	printf("%s%s\n", conf->radio.country[0] ? "; country " : "", conf->radio.country);
}

/* What the file says, without the card. */
static void print_channel(const struct hostapd_conf *conf)
{
	if (conf->radio.choice.automatic)
		printf("channel: automatic choice; %u (%u MHz) on the medium", freq_to_channel(conf->freq_mhz),
		       conf->freq_mhz);
	else
		printf("channel %u (%u MHz)", freq_to_channel(conf->freq_mhz), conf->freq_mhz);
	print_country(conf);
}

/* Candidates have other centres. */
static void print_phy(const struct hostapd_conf *conf, const struct nl80211_ap_phy *phy, bool center)
{
	const struct hostapd_phy *wanted = &conf->radio.phy;

	if (phy->width_mhz)
		printf(", %u MHz wide", phy->width_mhz);
	if (phy->width_mhz && center)
		printf(", its centre at %u MHz", phy->center_mhz);
	if (phy->width_mhz)
		printf(", 802.11%s%s%s", wanted->width_6ghz_mhz ? "ax" : "n", wanted->ac ? ", ac" : "",
		       wanted->ax && !wanted->width_6ghz_mhz ? ", ax" : "");
}

static void print_radar(const struct nl80211_ap_channel_facts *facts, bool offload)
{
	if (facts->radar_was_heard)
		printf("radar was detected on it in the last half hour: the access point chooses another channel\n");
	else if (facts->available)
		printf("the channel needs radar detection (DFS), which is complete: the network starts at once\n");
	else
		printf("the channel needs radar detection (DFS): %s listens for %u s before the network starts\n",
		       offload ? "the driver" : "the access point", facts->cac_ms / 1000);
}

/* What the regulatory domain says about the configured channel. */
static void print_facts(const struct nl80211_ap_channel_facts *facts, bool offload)
{
	if (facts->radar)
		print_radar(facts, offload);
	if (facts->indoor_only)
		printf("the channel may be used indoors only\n");
	if (facts->max_power_mbm)
		printf("at most %u.%u dBm\n", facts->max_power_mbm / 100, facts->max_power_mbm / 10 % 10);
}

static void print_rate(unsigned units_100_kbps)
{
	printf(" %u%s", units_100_kbps / 10, units_100_kbps % 10 ? ".5" : "");
}

/* What of the rates the file chooses. */
static void print_rates(const struct hostapd_conf *conf)
{
	static const char *const kinds[] = {
		[BEACON_RATE_HT] = "HT", [BEACON_RATE_VHT] = "VHT", [BEACON_RATE_HE] = "HE"};
	const struct rate_choice choice = hostapd_rate_choice(&conf->radio);
	const struct nl80211_ap_beacon_rate *beacons = &conf->radio.beacon_rate;
	uint8_t rates[RATES_COUNT];
	size_t count = hostapd_announced_rates(&conf->radio, conf->freq_mhz, rates);

	if (choice.has_supported || choice.has_basic) {
		printf("rates:");
		for (size_t i = 0; i < count; i++) {
			print_rate(5u * (rates[i] & ~RATE_BASIC));
			printf("%s", rates[i] & RATE_BASIC ? "*" : "");
		}
		printf(" Mbit/s; stations must have those with *\n");
	}
	if (beacons->kind == BEACON_RATE_LEGACY) {
		printf("beacons at");
		print_rate(beacons->value);
		printf(" Mbit/s\n");
	} else if (beacons->kind != BEACON_RATE_DEFAULT) {
		printf("beacons at %s-MCS %u\n", kinds[beacons->kind], beacons->value);
	}
}

/* Candidates of one width, in short: their primary channels. */
static void print_choice(const struct hostapd_conf *conf, const struct driver_ap_plan *plan)
{
	const struct nl80211_ap_candidates *candidates = &plan->candidates;
	bool radar = false;

	printf("channel: the one with the least interference among");
	for (size_t i = 0; i < candidates->count; i++) {
		printf(" %u%s", freq_to_channel(candidates->list[i].channel.freq_mhz),
		       candidates->list[i].radar ? "*" : "");
		radar |= candidates->list[i].radar;
	}
	print_phy(conf, &plan->phy, false);
	print_country(conf);
	printf("at the start, %u scan%s and the driver's survey of busy time decide; without a survey, the networks "
	       "that were heard\n",
	       conf->radio.acs_scans, conf->radio.acs_scans == 1 ? "" : "s");
	if (radar)
		printf("* needs radar detection (DFS): the network starts after the listening time\n");
}

static void print_plan(const struct hostapd_conf *conf, const struct driver_ap_plan *plan, bool offload)
{
	if (plan->candidates.count && conf->radio.choice.automatic) {
		print_choice(conf, plan);
		return;
	}
	printf("channel %u (%u MHz)", freq_to_channel(plan->channel.freq_mhz), plan->channel.freq_mhz);
	print_phy(conf, &plan->phy, true);
	print_country(conf);
	print_facts(&plan->facts, offload);
}

static void log_text(void *user, const char *interface, const char *text)
{
	(void)user;
	printf("%s: %s\n", interface ? interface : "vifi ap", text);
}

static void ignore_report(void *user, const char *interface, const struct action *report)
{
	(void)user;
	(void)interface;
	(void)report;
}

/* The file may be meant for another machine, or the card comes later: that says nothing about the file. */
static int skip_card(const struct hostapd_conf *conf, struct error *error)
{
	print_channel(conf);
	printf("%s: the card was not checked: %s\n", conf->bss[0].interface, error->text);
	return error_set(error, 0, "%s", "");
}

static int check_card(const struct hostapd_conf *conf, const struct ap_setup *setup, struct error *error)
{
	const struct driver_owner owner = {.log = log_text, .report = ignore_report};
	struct driver_ap_setup card = wifi_ap_card_setup(conf, setup);
	struct driver_ap_plan plan;
	int err;
	struct driver *driver = driver_open(&owner, &err, error);

	if (!driver)
		return err == -EOPNOTSUPP ? skip_card(conf, error) : err;
	err = driver_ap_check(driver, &card, true, &plan, error);
	if (err == -ENODEV) {
		driver_close(driver);
		return skip_card(conf, error);
	}
	if (!err && plan.other_domain) {
		printf("the rules of the country %.2s were not checked: another regulatory domain is in force, and "
		       "only a start changes it\n",
		       card.country);
		if (plan.doubt.text[0])
			printf("… which says: %s\n", plan.doubt.text);
	}
	if (!err) {
		print_plan(conf, &plan, nl80211_ap_offloads_dfs(driver_wiphy(driver)));
		printf("the radio %s of %s supports this configuration\n", driver_wiphy(driver)->name,
		       card.networks[0].interface);
	}
	driver_close(driver);
	return err;
}

enum wifi_result wifi_ap_check(void *config, struct crypto *crypto, struct error *error)
{
	struct ap_config *own = config;
	struct ap_setup setup;
	int err = 0;

	if (!hostapd_conf_setup(&own->conf, crypto, &setup, error))
		return WIFI_FAILED;
	print_networks(&own->conf, &setup);
	print_rates(&own->conf);
	if (own->use_driver) {
		err = check_card(&own->conf, &setup, error);
	} else {
		print_channel(&own->conf);
		printf("%s is not a card: the radio joins the medium of vifi air\n", own->conf.bss[0].interface);
	}
	crypto_wipe(&setup, sizeof(setup));
	return err ? wifi_exit_code(err) : WIFI_OK;
}

/* A number with any sign, decimal; otherwise the name of a group. */
static bool stock_takes_group(const char *group)
{
	struct ctrl_server_setup setup = {.name = "group"};
	char folder[CTRL_PATH_MAX], *end;
	struct error ignored;

	strtoll(group, &end, 10);
	return !*end || (strncmp(group, "0x", 2) != 0 &&
			 ctrl_server_parse("/", group, folder, sizeof(folder), &setup, &ignored));
}

void wifi_ap_check_groups(struct hostapd_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->bss_count; i++)
		if (conf->bss[i].ctrl_group[0] && !stock_takes_group(conf->bss[i].ctrl_group))
			text_warn_lenient(&conf->warnings, name, conf->bss[i].first_line,
					  "hostapd refuses this value of `ctrl_interface_group`: there is no group "
					  "`%.60s`",
					  conf->bss[i].ctrl_group);
}

bool wifi_ap_check_sockets(const void *config, struct error *error)
{
	const struct hostapd_conf *conf = &((const struct ap_config *)config)->conf;
	char folder[CTRL_PATH_MAX];

	for (size_t i = 0; i < conf->bss_count; i++) {
		struct ctrl_server_setup setup = {.name = conf->bss[i].interface};

		if (conf->bss[i].ctrl_interface[0] &&
		    !ctrl_server_parse(conf->bss[i].ctrl_interface, conf->bss[i].ctrl_group, folder, sizeof(folder),
				       &setup, error))
			return false;
	}
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/policy/card.h"

#include "base/mac.h"
#include "wire/suite.h"

#include <string.h>

const char *doctor_band_name(unsigned band)
{
	static const char *const names[NL80211_WIPHY_BANDS] = {
		[NL80211_BAND_2GHZ] = "2.4 GHz",
		[NL80211_BAND_5GHZ] = "5 GHz",
		[NL80211_BAND_60GHZ] = "60 GHz",
		[NL80211_BAND_6GHZ] = "6 GHz",
	};

	return band < NL80211_WIPHY_BANDS ? names[band] : "unknown";
}

struct doctor_band doctor_card_band(const struct doctor_card *card, unsigned band)
{
	const struct nl80211_band_info *info = &card->wiphy.bands[band];
	struct doctor_band sum = {0};

	for (size_t i = 0; i < info->channel_count; i++) {
		const struct nl80211_channel *channel = &info->channels[i];

		sum.channels += !channel->disabled;
		sum.ap += !channel->disabled && !channel->no_ir && !channel->radar;
		sum.radar += !channel->disabled && channel->radar;
	}
	return sum;
}

static bool has_type(const struct doctor_card *card, uint32_t iftype)
{
	return card->wiphy.iftypes >> iftype & 1;
}

/* Do the limits of a combination leave room for one interface of each type? A limit of one interface serves one of them. */
static bool combines(const struct nl80211_combination *combination)
{
	uint32_t ap = 1u << NL80211_IFTYPE_AP, station = 1u << NL80211_IFTYPE_STATION;

	for (size_t i = 0; i < combination->limit_count; i++)
		for (size_t k = 0; k < combination->limit_count; k++)
			if (combination->limits[i].iftypes & ap && combination->limits[k].iftypes & station &&
			    (i != k || combination->limits[i].max >= 2))
				return combination->interfaces_max >= 2;
	return false;
}

bool doctor_card_shares(const struct doctor_card *card, unsigned *channels)
{
	bool shares = false;

	*channels = 0;
	for (size_t i = 0; i < card->wiphy.combination_count; i++) {
		const struct nl80211_combination *combination = &card->wiphy.combinations[i];

		if (!combines(combination))
			continue;
		shares = true;
		if (combination->channels_max > *channels)
			*channels = combination->channels_max;
	}
	return shares;
}

/* ---- what is wrong ---- */

static void judge_switch(const struct doctor_card *card, struct findings *findings)
{
	if (card->rfkill_hard)
		finding_set_remedy(
			findings_add(findings, "rfkill", FINDING_FAIL,
				     "The radio is off: a hardware switch or key of this machine blocks it."),
			"Turn the switch on, or press the key with the antenna symbol; on some machines it is a "
			"setting of the firmware (BIOS). `rfkill list` shows the state.");
	else if (card->rfkill_soft)
		finding_set_remedy(
			findings_add(findings, "rfkill", FINDING_FAIL, "The radio is off: software has blocked it."),
			"Run `rfkill unblock wifi`, or with NetworkManager `nmcli radio wifi on`.");
	else
		findings_add(findings, "rfkill", FINDING_OK, "The radio is on.");
}

static void judge_modes(const struct doctor_card *card, struct findings *findings)
{
	unsigned channels;

	if (!has_type(card, NL80211_IFTYPE_STATION))
		finding_set_remedy(findings_add(findings, "station", FINDING_WARN,
						"The driver cannot work as a station (client)."),
				   "Use another card for `vifi sta`, and for `vifi bridge` on a Wi-Fi network.");
	else
		findings_add(findings, "station", FINDING_OK, "The card can be a station.");
	if (!has_type(card, NL80211_IFTYPE_AP)) {
		finding_set_remedy(findings_add(findings, "access_point", FINDING_NOTE,
						"The driver cannot work as an access point."),
				   "`vifi ap` needs another card; `iw phy %s info` lists the modes of this one.",
				   card->wiphy.name);
		return;
	}
	findings_add(findings, "access_point", FINDING_OK, "The card can be an access point.");
	if (doctor_card_shares(card, &channels))
		findings_add(findings, "both", FINDING_OK,
			     "The card can be an access point and a station at the same time, on %s.",
			     channels > 1 ? "different channels" : "the same channel");
	else if (has_type(card, NL80211_IFTYPE_STATION))
		findings_add(findings, "both", FINDING_NOTE,
			     "The card cannot be an access point and a station at the same time.");
}

static bool has_cipher(const struct doctor_card *card, enum cipher cipher)
{
	return card->wiphy.ciphers >> cipher & 1;
}

static void judge_ciphers(const struct doctor_card *card, struct findings *findings)
{
	bool pmf = has_cipher(card, CIPHER_BIP_CMAC_128);

	if (!has_cipher(card, CIPHER_CCMP_128))
		finding_set_remedy(
			findings_add(findings, "ciphers", FINDING_FAIL,
				     "The driver does not support CCMP (AES), so WPA2 and WPA3 are impossible."),
			"Load the driver with software encryption, if it has such a parameter (`modinfo %s`), or use "
			"another card.",
			card->driver[0] ? card->driver : "DRIVER");
	else if (!pmf)
		finding_set_remedy(findings_add(findings, "ciphers", FINDING_WARN,
						"The driver does not support BIP (CMAC): protected management frames, "
						"and thus WPA3, are impossible."),
				   "In hostapd.conf and wpa_supplicant.conf leave ieee80211w at 0.");
	else
		findings_add(findings, "ciphers", FINDING_OK,
			     "The driver supports CCMP and protected management frames: WPA2 and WPA3.");
	if (!has_cipher(card, CIPHER_TKIP))
		findings_add(findings, "tkip", FINDING_NOTE,
			     "The driver does not support TKIP, so the original WPA is impossible.");
}

static void judge_regulation(const struct doctor_card *card, struct findings *findings)
{
	struct doctor_band low = doctor_card_band(card, NL80211_BAND_2GHZ),
			   high = doctor_card_band(card, NL80211_BAND_5GHZ);
	bool world = !strcmp(card->country, "00");

	if (!card->country[0])
		findings_add(findings, "regulatory", FINDING_NOTE, "The kernel does not report the regulatory domain.");
	else if (card->wiphy.self_managed_regulatory)
		findings_add(findings, "regulatory", FINDING_NOTE,
			     "The card itself decides which channels are permitted (at present those of %s); "
			     "country_code has no effect.",
			     card->country);
	else if (world)
		finding_set_remedy(findings_add(findings, "regulatory", FINDING_WARN,
						"No country is set, so the world regulatory domain applies: low power, "
						"and %u of %u channels at 5 GHz for an access point.",
						high.ap, high.channels),
				   "Set your country: country_code=DE in hostapd.conf, country=DE in "
				   "wpa_supplicant.conf, or `iw reg set DE` until the next boot.");
	else
		findings_add(findings, "regulatory", FINDING_OK, "The regulatory domain is %s.", card->country);
	if (has_type(card, NL80211_IFTYPE_AP) && low.channels + high.channels && !low.ap && !high.ap && !high.radar)
		finding_set_remedy(findings_add(findings, "channels", FINDING_WARN,
						"No channel is permitted for an access point."),
				   "Set the country; `iw phy %s channels` shows which channels remain forbidden.",
				   card->wiphy.name);
}

static void judge_interface(const struct doctor_card *card, struct findings *findings)
{
	const char *name = card->interface.name;
	char now[MAC_TEXT_SIZE], made[MAC_TEXT_SIZE];

	if (card->power_save == DOCTOR_POWER_SAVE_ON && card->interface.type == NL80211_IFTYPE_STATION)
		finding_set_remedy(findings_add(findings, "power_save", FINDING_NOTE,
						"Power save is on: frames for guests wait at the access point until "
						"the card wakes up, 100 ms or longer."),
				   "Run `iw dev %s set power_save off`; to make it permanent, set wifi.powersave=2 in "
				   "NetworkManager.",
				   name);
	if (card->has_permanent_addr && !mac_equal(card->permanent_addr, card->interface.addr))
		finding_set_remedy(
			findings_add(findings, "address", FINDING_NOTE,
				     "The MAC address of the card, %s, differs from its permanent one, %s: a program "
				     "has set or randomised it.",
				     mac_format(now, card->interface.addr), mac_format(made, card->permanent_addr)),
			"If the address changes with each connection, the guests lose their leases: set "
			"wifi.cloned-mac-address=stable in NetworkManager, or MACAddressPolicy=none in networkd.");
	if (card->interface.four_addr)
		findings_add(
			findings, "four_address", FINDING_NOTE,
			"4-address mode is on: if the access point supports it, too, a plain bridge is sufficient.");
}

static void judge_owner(const struct doctor_card *card, struct findings *findings)
{
	const char *name = card->interface.name;

	for (size_t i = 0; i < card->owner_count; i++) {
		const struct doctor_owner *owner = &card->owners[i];
		bool manager = !strcmp(owner->program, "NetworkManager");
		struct finding *finding = findings_add(findings, "owner", FINDING_NOTE,
						       owner->certain ? "%s uses %s: in the meantime, `vifi ap` and "
									"`vifi sta` cannot use it; `vifi bridge` can."
								      : "%s is running, and may use %s.",
						       owner->program, name);

		if (manager)
			finding_set_remedy(finding,
					   "For `vifi ap` and `vifi sta`, run `nmcli device set %s managed no`.", name);
		else if (strncmp(owner->program, "vifi", 4) != 0)
			finding_set_remedy(
				finding, "For `vifi ap` and `vifi sta`, stop it, for example with `systemctl stop %s`.",
				owner->program);
	}
}

void doctor_card_judge(const struct doctor_card *card, struct findings *findings)
{
	judge_switch(card, findings);
	judge_modes(card, findings);
	judge_ciphers(card, findings);
	judge_regulation(card, findings);
	judge_interface(card, findings);
	judge_owner(card, findings);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/doctor.h"

#include "base/mac.h"
#include "base/printable.h"
#include "cli/findings.h"
#include "cli/machine_names.h"
#include "wire/suite.h"

#include <string.h>

/* What is not UTF-8 must not make the member vanish. */
static json_t *text_json(const char *text)
{
	char clean[256];

	printable_copy(clean, sizeof(clean), text, true);
	return json_string(clean);
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? text_json(text) : json_null();
}

static json_t *mac_json(const uint8_t *addr)
{
	char text[MAC_TEXT_SIZE];

	return json_string(mac_format(text, addr));
}

static json_t *modes_json(const struct nl80211_wiphy *wiphy)
{
	json_t *list = json_array();

	for (uint32_t type = 0; type < 32; type++)
		if (wiphy->iftypes >> type & 1)
			json_array_append_new(list, json_string(nl80211_interface_type_name(type)));
	return list;
}

static json_t *ciphers_json(const struct nl80211_wiphy *wiphy)
{
	json_t *list = json_array();

	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (wiphy->ciphers >> cipher & 1)
			json_array_append_new(list, json_string(cipher_name(cipher)));
	return list;
}

static json_t *bands_json(const struct doctor_card *card)
{
	json_t *list = json_array();

	for (unsigned band = 0; band < NL80211_WIPHY_BANDS; band++) {
		struct doctor_band sum = doctor_card_band(card, band);
		const struct nl80211_band_info *info = &card->wiphy.bands[band];

		if (info->channel_count)
			json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:i, s:b, s:b, s:b}", "band",
							      doctor_band_name(band), "channels", sum.channels,
							      "access_point", sum.ap, "radar", sum.radar, "n", info->ht,
							      "ac", info->vht, "ax", info->he_count > 0));
	}
	return list;
}

static json_t *owners_json(const struct doctor_card *card)
{
	json_t *list = json_array();

	for (size_t i = 0; i < card->owner_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:b}", "program", card->owners[i].program, "certain",
						      card->owners[i].certain));
	return list;
}

static json_t *features_json(const struct doctor_card *card)
{
	const struct nl80211_wiphy *wiphy = &card->wiphy;
	unsigned channels;
	bool shares = doctor_card_shares(card, &channels);

	return json_pack("{s:b, s:b, s:b, s:b, s:b, s:b, s:i}", "sme", nl80211_wiphy_has_sme(wiphy), "ap_sme",
			 wiphy->ap_sme, "handshake_offload",
			 nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_4WAY_HANDSHAKE_STA_PSK), "control_port",
			 nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211),
			 "four_address_station", wiphy->four_addr_station, "access_point_and_station", shares,
			 "channels_at_once", channels);
}

static json_t *card_json(const struct doctor_card *card, const struct findings *findings)
{
	static const char *const power_save[] = {
		[DOCTOR_POWER_SAVE_OFF] = "off", [DOCTOR_POWER_SAVE_ON] = "on", [DOCTOR_POWER_SAVE_UNKNOWN] = NULL};
	json_t *json = json_object();

	json_object_set_new(json, "interface", text_json(card->interface.name));
	json_object_set_new(json, "radio", text_json(card->wiphy.name));
	json_object_set_new(json, "driver", text_or_null(card->driver));
	json_object_set_new(json, "driver_version", text_or_null(card->driver_version));
	json_object_set_new(json, "firmware", text_or_null(card->firmware));
	json_object_set_new(json, "bus", text_or_null(card->bus));
	json_object_set_new(json, "mode", json_string(nl80211_interface_type_name(card->interface.type)));
	json_object_set_new(json, "up", json_boolean(card->up));
	json_object_set_new(json, "carrier", json_boolean(card->carrier));
	json_object_set_new(json, "freq_mhz",
			    card->interface.freq_mhz ? json_integer(card->interface.freq_mhz) : json_null());
	json_object_set_new(json, "address", mac_json(card->interface.addr));
	json_object_set_new(json, "permanent_address",
			    card->has_permanent_addr ? mac_json(card->permanent_addr) : json_null());
	json_object_set_new(json, "four_address", json_boolean(card->interface.four_addr));
	json_object_set_new(json, "power_save",
			    power_save[card->power_save] ? json_string(power_save[card->power_save]) : json_null());
	json_object_set_new(json, "country", text_or_null(card->country));
	json_object_set_new(json, "rfkill",
			    json_pack("{s:b, s:b}", "soft", card->rfkill_soft, "hard", card->rfkill_hard));
	json_object_set_new(json, "modes", modes_json(&card->wiphy));
	json_object_set_new(json, "ciphers", ciphers_json(&card->wiphy));
	json_object_set_new(json, "bands", bands_json(card));
	json_object_set_new(json, "features", features_json(card));
	json_object_set_new(json, "owners", owners_json(card));
	json_object_set_new(json, "findings", findings_json(findings));
	return json;
}

json_t *doctor_json(const struct doctor_report *report)
{
	json_t *json = json_pack("{s:s, s:s}", "kernel", report->kernel.release, "machine", report->kernel.machine);
	json_t *cards = json_array();

	for (size_t i = 0; i < report->cards.count; i++)
		json_array_append_new(cards, card_json(&report->cards.list[i], &report->card_findings[i]));
	json_object_set_new(json, "hypervisors", machine_hypervisors_json(&report->machine.facts));
	json_object_set_new(json, "managers", machine_managers_json(&report->machine.facts));
	json_object_set_new(json, "cards", cards);
	json_object_set_new(json, "radio", findings_json(&report->radio));
	json_object_set_new(json, "uplink", report->target.uplink ? text_json(report->target.uplink) : json_null());
	json_object_set_new(json, "bridge", report->target.bridge ? text_json(report->target.bridge) : json_null());
	json_object_set_new(json, "findings", findings_json(&report->bridge));
	json_object_set_new(json, "obstacles", json_integer((json_int_t)doctor_count(report, FINDING_FAIL)));
	json_object_set_new(json, "warnings", json_integer((json_int_t)doctor_count(report, FINDING_WARN)));
	return json;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's regulatory domain forbids: channels that the country does not allow, and channels on which a radio may
 * transmit only after it has heard another one (no-IR, no initiation of radiation). The flags come from the kernel and hold
 * for this card. The country that an access point announces in its beacons is only evidence.
 */
#include "why/radio_state.h"

#include "daemon/json_text.h"
#include "wire/mgmt.h"

#include <stdio.h>
#include <string.h>

/* The kernel reports which program or device set the domain only when it is set, so this is inferred. */
static const char *origin_of(const struct doctor_card *card)
{
	if (card->wiphy.self_managed_regulatory)
		return "set by the firmware of the card";
	if (!strcmp(card->country, "00"))
		return "the kernel's default, until a program (country=, `iw reg set`) or an access point names a "
		       "country";
	return "set by a program (country=, `iw reg set`), the driver, or an access point that was heard";
}

/* "DE", or "the world (00)" */
static const char *domain_of(const struct doctor_card *card)
{
	return !strcmp(card->country, "00") || !card->country[0] ? "the world (00)" : card->country;
}

static void add_domain(json_t *cause, const struct doctor_card *card)
{
	verdict_evidence(cause, "the regulatory domain is %s, %s: `iw reg get`", domain_of(card), origin_of(card));
}

static void write_remedy(char remedy[VERDICT_TEXT], const struct doctor_card *card)
{
	if (card->wiphy.self_managed_regulatory)
		snprintf(remedy, VERDICT_TEXT,
			 "The firmware of this card enforces its own regulatory domain: move the access point to a "
			 "channel that it allows (`vifi doctor`), such as 1 to 11 or 36 to 48.");
	else
		snprintf(remedy, VERDICT_TEXT,
			 "If this machine is in another country, configure that country at both ends: `country=` with "
			 "its code in the file, or `iw reg set CODE`. Otherwise move the access point to a channel "
			 "that is allowed here, such as 1 to 11 or 36 to 48.");
}

/* ---- an access point ---- */

bool radio_judge_own_channel(struct radio_judge *judge, bool off)
{
	const struct doctor_card *card = judge->facts->card;
	uint16_t freq = (uint16_t)json_number(judge->facts->radio, "freq_mhz");
	const struct nl80211_channel *channel = card ? nl80211_wiphy_channel(&card->wiphy, freq) : NULL;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *cause;

	if (!channel || !(channel->disabled || (off && channel->no_ir)))
		return false;
	snprintf(sentence, sizeof(sentence), "The rules of %s %s channel %u (%u MHz): the kernel %s.", domain_of(card),
		 channel->disabled ? "forbid" : "permit no access point on", freq_to_channel(freq), freq,
		 channel->disabled ? "stops an access point there within a minute" : "does not start it");
	write_remedy(remedy, card);
	cause = radio_judge_fail(judge, "regulatory", sentence, remedy);
	verdict_evidence(cause, "the kernel marks the channel %s for %s: `iw phy %s channels`",
			 channel->disabled ? "\"disabled\"" : "\"No IR\"", judge->facts->interface, card->wiphy.name);
	add_domain(cause, card);
	return true;
}

/* ---- a station ---- */

/* The channels that the card has and the domain forbids, in words; returns how many. */
static unsigned list_forbidden(const struct doctor_card *card, char *text, size_t size)
{
	unsigned count = 0;
	size_t len = 0;

	text[0] = '\0';
	for (unsigned band = 0; band < NL80211_WIPHY_BANDS; band++)
		for (size_t i = 0; i < card->wiphy.bands[band].channel_count; i++) {
			const struct nl80211_channel *channel = &card->wiphy.bands[band].channels[i];

			if (!channel->disabled)
				continue;
			if (count++ < 12)
				len += (size_t)snprintf(text + len, size - len, "%s%u", count > 1 ? ", " : "",
							freq_to_channel(channel->freq_mhz));
		}
	if (count > 12)
		snprintf(text + len, size - len, " and others");
	return count;
}

/* A BSS of the wanted network on a channel that became forbidden. */
static bool judge_forbidden(struct radio_judge *judge, const struct doctor_card *card, const json_t *bss)
{
	uint16_t freq = (uint16_t)json_number(bss, "freq_mhz");
	const struct nl80211_channel *channel = nl80211_wiphy_channel(&card->wiphy, freq);
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *cause;

	if (strcmp(json_text(bss, "match"), "fits") != 0 || !channel || !channel->disabled)
		return false;
	snprintf(sentence, sizeof(sentence),
		 "The access point %s uses channel %u (%u MHz), which the rules of %s forbid for this station.",
		 json_text(bss, "bssid"), freq_to_channel(freq), freq, domain_of(card));
	write_remedy(remedy, card);
	cause = radio_judge_fail(judge, "regulatory", sentence, remedy);
	verdict_evidence(cause, "it was heard %.0f s ago, and the kernel marks the channel \"disabled\" now",
			 json_number_value(json_object_get(bss, "age_s")));
	add_domain(cause, card);
	return true;
}

static bool wants_hidden(const json_t *radio)
{
	json_t *network;
	size_t i;

	json_array_foreach(json_object_get(radio, "networks"), i, network)
	{
		if (json_is_true(json_object_get(network, "scan_ssid")) &&
		    !json_is_true(json_object_get(network, "disabled")))
			return true;
	}
	return false;
}

/* A hidden network answers only probe requests with its name, which a station may not send on a no-IR channel. */
static bool judge_passive(struct radio_judge *judge, const struct doctor_card *card, const json_t *bss)
{
	uint16_t freq = (uint16_t)json_number(bss, "freq_mhz");
	const struct nl80211_channel *channel = nl80211_wiphy_channel(&card->wiphy, freq);
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *cause;

	if (*json_text(bss, "ssid") || !channel || !channel->no_ir)
		return false;
	snprintf(sentence, sizeof(sentence),
		 "A hidden network is on channel %u (%u MHz), where the rules of %s permit no probe requests for its "
		 "name.",
		 freq_to_channel(freq), freq, domain_of(card));
	write_remedy(remedy, card);
	cause = radio_judge_fail(judge, "regulatory", sentence, remedy);
	verdict_evidence(cause,
			 "%s hides its name; the kernel marks the channel \"No IR\", which permits passive scans only",
			 json_text(bss, "bssid"));
	add_domain(cause, card);
	return true;
}

/* The access points around name another country, and the network is not heard on the channels of this one. */
static bool judge_country(struct radio_judge *judge, const struct doctor_card *card, const json_t *bss)
{
	const char *country = json_text(bss, "country");
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], channels[120];
	json_t *cause;

	if (!*country || !card->country[0] || !strcmp(country, card->country) ||
	    !list_forbidden(card, channels, sizeof(channels)))
		return false;
	snprintf(sentence, sizeof(sentence),
		 "The access points here announce %s, but this card follows the rules of %s, which forbid channels %s: "
		 "the network is not heard on the others.",
		 country, domain_of(card), channels);
	write_remedy(remedy, card);
	cause = radio_judge_fail(judge, "regulatory", sentence, remedy);
	verdict_evidence(cause, "the beacons of %s announce the country %s", json_text(bss, "bssid"), country);
	add_domain(cause, card);
	return true;
}

bool radio_judge_heard_channels(struct radio_judge *judge)
{
	const json_t *heard = json_object_get(judge->facts->radio, "heard");
	const struct doctor_card *card = judge->facts->card;
	bool named = false, hidden = wants_hidden(judge->facts->radio);
	json_t *bss;
	size_t i;

	if (!card)
		return false;
	json_array_foreach(heard, i, bss)
	{
		if (judge_forbidden(judge, card, bss))
			return true;
		named |= strcmp(json_text(bss, "match"), "ssid") != 0 && *json_text(bss, "match");
	}
	json_array_foreach(heard, i, bss)
	{
		if (!named && ((hidden && judge_passive(judge, card, bss)) || judge_country(judge, card, bss)))
			return true;
	}
	return false;
}

void radio_note_channels(struct radio_judge *judge)
{
	const struct doctor_card *card = judge->facts->card;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], channels[120];

	if (!card || !list_forbidden(card, channels, sizeof(channels)))
		return;
	snprintf(sentence, sizeof(sentence),
		 "The rules of %s forbid this card to use channels %s, so it hears no network there.", domain_of(card),
		 channels);
	write_remedy(remedy, card);
	add_domain(verdict_cause(&judge->verdict, "regulatory", "note", sentence, remedy), card);
}

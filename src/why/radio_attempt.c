/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of an attempt leaves several events: "the passphrases differ", then "disconnected". Of those within SAME_ATTEMPT_S
 * seconds the most telling one is the cause.
 */
#include "why/radio_state.h"

#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SAME_ATTEMPT_S 5.0 /* a handshake gives up after 3.1 s */

/* The text of an answer of the other end, by its code. */
struct answer {
	long long code;
	const char *id, *remedy;
};

static const struct answer refusals[] = {
	{10, "capabilities",
	 "Compare ieee80211n, ac, ax and wmm_enabled of the access point with what the station can do."},
	{13, "akm_mismatch",
	 "Use a method that the access point offers: key_mgmt=WPA-PSK for WPA2; key_mgmt=SAE with ieee80211w=2 for "
	 "WPA3."},
	{15, "wrong_passphrase", "Give the station the password of this network; for SAE, sae_password or psk."},
	{17, "full", "Raise max_num_sta of the access point, or disconnect another station."},
	{18, "rates", "The station lacks a basic rate of the access point: check basic_rates and supported_rates."},
	{30, "sa_query",
	 "Wait some seconds: the access point first asks the station that is associated with this address (SA Query). "
	 "If the refusals continue, another device uses the address."},
	{31, "pmf_required",
	 "The access point requires protected management frames: set ieee80211w=1 or 2 in the station's network block. "
	 "An old "
	 "station needs ieee80211w=1 at the access point."},
	{40, "rsne", "The access point rejects an element of the request: update the driver of the station."},
	{41, "cipher_mismatch", "Compare group= of the station with the group cipher of the access point."},
	{42, "cipher_mismatch",
	 "Compare pairwise= of the station with rsn_pairwise and wpa_pairwise of the access point."},
	{43, "akm_mismatch", "Compare key_mgmt= of the station with wpa_key_mgmt of the access point."},
	{44, "rsne", "Compare proto= of the station with wpa= of the access point."},
	{45, "pmf_required", "Compare ieee80211w at both ends."},
	{46, "cipher_mismatch", "The policy of the access point refuses this cipher: use CCMP (WPA2) or GCMP-256."},
	{51, "listen_interval", "Lower the listen interval of the station, or raise max_listen_interval."},
	{53, "pmkid", "Reconnect the station: `vifi sta reconnect`."},
	{77, "sae_group", "Compare sae_groups at both ends; every device supports group 19."},
	{104, "capabilities", "The access point requires 802.11ac (require_vht=1), which the station lacks."},
	{123, "sae_identifier", "Compare sae_password_id of the station with |id= of the access point's passwords."},
	{124, "capabilities", "The access point requires 802.11ax, which the station lacks."},
	{126, "sae_pwe", "Set sae_pwe=2 at both ends: one of them allows hash-to-element only."},
};

static const struct answer *find_refusal(long long code)
{
	static const struct answer other = {
		0, "refused", "The log of the access point says more: `journalctl -u hostapd`, or start it with -d."};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].code == code)
			return &refusals[i];
	return &other;
}

/* ---- the event that tells most ---- */

struct event {
	const json_t *peer, *event;
};

/* The higher, the more telling; 0: no failure. */
static int rank(const char *name)
{
	static const char *const names[] = {
		"DISCONNECTED",  "SILENT",        "NO_REKEY",  "REJECTED",         "REJECTED_FULL",
		"REJECTED_LIST", "SWITCH_FAILED", "DOWNGRADE", "WRONG_PASSPHRASE", "COUNTERMEASURES",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return (int)i + 1;
	return 0;
}

static double age(const json_t *event)
{
	return json_number_value(json_object_get(event, "age_s"));
}

static bool belongs(const json_t *peer, const char *address)
{
	return !address || !strcasecmp(json_text(peer, "address"), address);
}

/* The age of the newest failure; negative: there is none. */
static double newest_failure(const json_t *peers, const char *address)
{
	double newest = -1;
	json_t *peer, *event;
	size_t i, k;

	json_array_foreach(peers, i, peer)
	{
		json_array_foreach(json_object_get(peer, "events"), k, event)
		{
			if (belongs(peer, address) && rank(json_text(event, "event")) &&
			    (newest < 0 || age(event) < newest))
				newest = age(event);
		}
	}
	return newest;
}

static struct event telling_event(const json_t *peers, const char *address)
{
	double newest = newest_failure(peers, address);
	struct event best = {NULL, NULL};
	json_t *peer, *event;
	size_t i, k;

	json_array_foreach(peers, i, peer)
	{
		json_array_foreach(json_object_get(peer, "events"), k, event)
		{
			int value = belongs(peer, address) ? rank(json_text(event, "event")) : 0;

			if (value && age(event) <= newest + SAME_ATTEMPT_S &&
			    (!best.event || value > rank(json_text(best.event, "event"))))
				best = (struct event){peer, event};
		}
	}
	return best;
}

/* ---- sentences ---- */

/* "The access point 02:… (home)" for a station, "Station 02:…" for an access point. */
static void name_peer(char text[VERDICT_TEXT], const struct radio_judge *judge, const struct event *found)
{
	const char *detail = json_text(found->event, "detail");

	if (judge->facts->role == WHY_ACCESS_POINT)
		snprintf(text, VERDICT_TEXT, "station %.17s", json_text(found->peer, "address"));
	else
		snprintf(text, VERDICT_TEXT, "the access point %.17s%s%.64s%s", json_text(found->peer, "address"),
			 *detail ? " (" : "", detail, *detail ? ")" : "");
}

static json_t *refused(struct radio_judge *judge, const struct event *found, const char *peer)
{
	const struct answer *answer = find_refusal(json_number(found->event, "code"));
	bool at_ap = judge->facts->role == WHY_ACCESS_POINT;
	const char *words = json_text(found->event, "words"), *step = json_text(found->event, "step");
	char sentence[VERDICT_TEXT];

	/* hostapd's address lists answer so. */
	if (!at_ap && json_number(found->event, "code") == 1 && !strcmp(step, "authentication")) {
		snprintf(sentence, sizeof(sentence),
			 "%.150s refuses this station before any key is used, and gives no reason: it probably admits "
			 "only listed MAC addresses, or has no SAE password for this station.",
			 peer);
		sentence[0] = 'T';
		return radio_judge_fail(
			judge, "mac_filter", sentence,
			"Add the station's MAC address at the access point (accept_mac_file, or its web interface), or "
			"use the listed address: mac_addr=0 keeps the address of the card. Passwords with an "
			"identifier "
			"(id= at the access point) need sae_password_id= here.");
	}
	snprintf(sentence, sizeof(sentence), "The %s %s %.150s was refused: %.200s (status %lld).",
		 *step ? step : "association", at_ap ? "of" : "with", peer, *words ? words : "an unspecified reason",
		 json_number(found->event, "code"));
	return radio_judge_fail(judge, answer->id, sentence, answer->remedy);
}

static json_t *silent(struct radio_judge *judge, const struct event *found, const char *peer)
{
	const char *awaited = json_text(found->event, "awaited");
	char sentence[VERDICT_TEXT];

	if (!strncmp(awaited, "MESSAGE_", 8) || !strcmp(awaited, "HANDSHAKE")) {
		snprintf(sentence, sizeof(sentence), "The 4-way handshake stops: %.150s does not send message %s.",
			 peer, *awaited == 'M' ? awaited + 8 : "1 or 3");
		return radio_judge_fail(
			judge, "handshake_stops", sentence,
			"EAPOL frames get lost, or the passphrases differ. Check the signal, and whether a firewall or "
			"another program at the other end takes EAPOL frames (ethertype 0x888e).");
	}
	if (!strcmp(awaited, "GROUP_MESSAGE_2")) {
		snprintf(sentence, sizeof(sentence), "The group key handshake stops: %.150s does not answer.", peer);
		return radio_judge_fail(
			judge, "handshake_stops", sentence,
			"The station sleeps or has left. It gets the new group key when it reconnects.");
	}
	snprintf(sentence, sizeof(sentence), "%.150s is out of range or switched off: %s did not arrive.", peer,
		 !strcmp(awaited, "BEACON")           ? "its beacons"
		 : !strcmp(awaited, "AUTHENTICATION") ? "an answer to the authentication request"
		 : !strcmp(awaited, "ASSOCIATION")    ? "an answer to the association request"
						      : "an answer");
	sentence[0] = sentence[0] == 't' ? 'T' : sentence[0] == 's' ? 'S' : sentence[0];
	return radio_judge_fail(judge, "out_of_range", sentence,
				"Move the two closer together, or check that the access point is running; `dmesg` has "
				"the messages of the driver.");
}

static json_t *disconnected(struct radio_judge *judge, const struct event *found, const char *peer)
{
	const char *words = json_text(found->event, "words");
	bool local = json_is_true(json_object_get(found->event, "local"));
	long long code = json_number(found->event, "code");
	char sentence[VERDICT_TEXT];

	snprintf(sentence, sizeof(sentence), "The connection with %.150s was ended%s: %.200s (reason %lld).", peer,
		 local                                    ? " by this end"
		 : judge->facts->role == WHY_ACCESS_POINT ? ""
							  : " by the other end",
		 *words ? words : "an unspecified reason", code);
	return radio_judge_fail(judge,
				code == 14  ? "michael"
				: code == 4 ? "inactive"
					    : "disconnected",
				sentence,
				code == 14  ? "TKIP is broken: use CCMP at both ends."
				: code == 4 ? "The station was asleep or out of range for longer than "
					      "ap_max_inactivity of the access point."
					    : "The station retries by itself; `vifi sta reconnect` retries at once.");
}

static json_t *wrong_passphrase(struct radio_judge *judge, const char *peer)
{
	char sentence[VERDICT_TEXT];

	snprintf(sentence, sizeof(sentence), "The passphrase of %s and that of %.150s differ.",
		 judge->facts->role == WHY_ACCESS_POINT ? "this access point" : "this station", peer);
	return radio_judge_fail(
		judge, "wrong_passphrase", sentence,
		"Compare psk= of the station with wpa_passphrase= (or sae_password=) of the access point. Case and "
		"blanks matter; a value in quotes is a passphrase, 64 digits without quotes are a key.");
}

static json_t *name_failure(struct radio_judge *judge, const struct event *found, const char *peer)
{
	const char *name = json_text(found->event, "event");
	char sentence[VERDICT_TEXT];

	if (!strcmp(name, "WRONG_PASSPHRASE"))
		return wrong_passphrase(judge, peer);
	if (!strcmp(name, "REJECTED"))
		return refused(judge, found, peer);
	if (!strcmp(name, "SILENT"))
		return silent(judge, found, peer);
	if (!strcmp(name, "DISCONNECTED"))
		return disconnected(judge, found, peer);
	if (!strcmp(name, "COUNTERMEASURES"))
		return radio_judge_fail(
			judge, "tkip_countermeasures",
			"Two frames with a wrong Michael MIC arrived within a minute: TKIP is disabled for a minute.",
			"An attacker forges frames, or a driver is broken. CCMP has no such weakness: pairwise=CCMP at "
			"both "
			"ends.");
	if (!strcmp(name, "DOWNGRADE"))
		return radio_judge_fail(
			judge, "downgrade",
			"The handshake contradicts the beacon or the association request: one of them was forged.",
			"If it happens again, an attacker forges beacons to weaken the protection. Otherwise the "
			"access point was reconfigured in the meantime: reconnect.");
	if (!strcmp(name, "REJECTED_FULL")) {
		snprintf(sentence, sizeof(sentence),
			 "This access point refused %.150s: it has max_num_sta stations already.", peer);
		return radio_judge_fail(judge, "full", sentence, find_refusal(17)->remedy);
	}
	if (!strcmp(name, "REJECTED_LIST")) {
		snprintf(sentence, sizeof(sentence), "The address lists of this access point refuse %.150s.", peer);
		return radio_judge_fail(
			judge, "mac_filter", sentence,
			"Add its MAC address to accept_mac_file, or remove it from deny_mac_file, and `vifi ap "
			"reload`. A phone with random addresses uses a different one in each network.");
	}
	snprintf(sentence, sizeof(sentence), "%.200s (%.150s).", json_text(found->event, "text"), peer);
	return radio_judge_fail(judge, "failed", sentence, "The log says more if you start vifi with -d.");
}

bool radio_judge_attempt(struct radio_judge *judge, const char *peer)
{
	struct event found = telling_event(json_object_get(judge->facts->radio, "peers"), peer);
	char name[VERDICT_TEXT];
	json_t *cause;

	if (!found.event)
		return false;
	name_peer(name, judge, &found);
	cause = name_failure(judge, &found, name);
	verdict_evidence(cause, "%s: %s%s%s, %lld time%s, last %.0f s ago", json_text(found.peer, "address"),
			 json_text(found.event, "text"), *json_text(found.event, "detail") ? ": " : "",
			 json_text(found.event, "detail"), json_number(found.event, "count"),
			 json_number(found.event, "count") == 1 ? "" : "s", age(found.event));
	return true;
}

/* ---- what a station hears ---- */

struct mismatch {
	const char *match, *id, *sentence, *remedy;
};

static const struct mismatch mismatches[] = {
	{"bssid", "bssid_mismatch", "but bssid=, bssid_accept or bssid_ignore of the block exclude its address",
	 "Remove bssid= from the network block, or give it this address."},
	{"channel", "channel_mismatch", "but on a channel that the block or the station does not allow",
	 "Remove freq_list= from the network block, or add this frequency; country= determines which channels are "
	 "allowed."},
	{"rates", "rates", "but with a basic rate that this station lacks", "Check basic_rates of the access point."},
	{"protection", "akm_mismatch", "but its protection differs from that of the block (open, WPA or WPA2)",
	 "Compare key_mgmt= and proto= of the block with wpa= and wpa_key_mgmt= of the access point."},
	{"akm", "akm_mismatch", "but its authentication method is not among key_mgmt= of the block",
	 "WPA3 needs key_mgmt=SAE with ieee80211w=2, WPA2 key_mgmt=WPA-PSK; `key_mgmt=WPA-PSK SAE` joins both."},
	{"pwe", "sae_pwe",
	 "but one end derives the password element of SAE by hash to element only, and the other cannot",
	 "Remove sae_pwe= at both ends, or set sae_pwe=2, which does both; a password identifier needs hash to "
	 "element."},
	{"pairwise", "cipher_mismatch", "but its pairwise ciphers are not among pairwise= of the block",
	 "Remove pairwise= from the block, or add its cipher."},
	{"group", "cipher_mismatch", "but its group cipher is not among group= of the block",
	 "Remove group= from the block, or add its cipher."},
	{"pmf", "pmf_required", "but one end requires protected management frames, and the other does not support them",
	 "Set ieee80211w=1 in the block and at the access point; WPA3 requires ieee80211w=2."},
	{"tkip", "tkip_countermeasures", "but TKIP is disabled for a minute after two Michael failures",
	 "Use CCMP at both ends."},
};

static const struct mismatch *find_mismatch(const char *match)
{
	for (size_t i = 0; i < sizeof(mismatches) / sizeof(mismatches[0]); i++)
		if (!strcmp(mismatches[i].match, match))
			return &mismatches[i];
	return NULL;
}

/* Those in the order of mismatches match ever more closely. */
static const json_t *closest(const json_t *heard)
{
	const struct mismatch *best = NULL;
	const json_t *found = NULL;
	json_t *item;
	size_t i;

	json_array_foreach(heard, i, item)
	{
		const struct mismatch *mismatch = find_mismatch(json_text(item, "match"));

		if (!strcmp(json_text(item, "match"), "fits"))
			return item;
		if (mismatch && (!best || mismatch > best)) {
			best = mismatch;
			found = item;
		}
	}
	return found;
}

static void name_networks(char text[VERDICT_TEXT], const json_t *networks)
{
	size_t len = 0, i;
	json_t *network;

	text[0] = '\0';
	json_array_foreach(networks, i, network)
	{
		if (!json_is_true(json_object_get(network, "disabled")) && len + 80 < VERDICT_TEXT / 2)
			len += (size_t)snprintf(text + len, VERDICT_TEXT - len, "%s\"%.64s\"", len ? ", " : "",
						json_text(network, "ssid"));
	}
}

static void judge_not_heard(struct radio_judge *judge, const json_t *heard)
{
	char sentence[VERDICT_TEXT], names[VERDICT_TEXT];
	json_t *cause, *item;
	size_t i;

	name_networks(names, json_object_get(judge->facts->radio, "networks"));
	if (json_array_size(heard))
		snprintf(sentence, sizeof(sentence), "The station hears no access point with the name %.300s.", names);
	else
		snprintf(sentence, sizeof(sentence), "No access point at all is heard.");
	cause = radio_judge_fail(
		judge, "not_heard", sentence,
		json_array_size(heard)
			? "Check that it is switched on and in range, and that the name matches exactly. A hidden "
			  "network needs scan_ssid=1; channels 12 and 13 and those at 5 GHz need the right country=."
			: "Check that the antenna is connected and an access point is switched on; `rfkill list` shows "
			  "blocked radios.");
	verdict_evidence(cause, "%zu BSSs were heard recently; the station is %s", json_array_size(heard),
			 json_text(judge->facts->radio, "state"));
	json_array_foreach(heard, i, item)
	{
		const char *ssid = json_text(item, "ssid");

		if (i < 5)
			verdict_evidence(cause, "heard: %s, %s, %lld MHz, %lld dBm", *ssid ? ssid : "a hidden network",
					 json_text(item, "bssid"), json_number(item, "freq_mhz"),
					 json_number(item, "signal_dbm"));
	}
}

void radio_judge_heard(struct radio_judge *judge)
{
	const json_t *heard = json_object_get(judge->facts->radio, "heard"), *found = closest(heard);
	const struct mismatch *mismatch = found ? find_mismatch(json_text(found, "match")) : NULL;
	char sentence[VERDICT_TEXT];

	if (radio_judge_heard_channels(judge))
		return;
	if (!found) {
		judge_not_heard(judge, heard);
		radio_note_channels(judge);
		return;
	}
	if (!mismatch)
		return; /* it fits: the attempt tells more */
	snprintf(sentence, sizeof(sentence), "The network \"%.64s\" is heard (%s), %s.", json_text(found, "ssid"),
		 json_text(found, "bssid"), mismatch->sentence);
	verdict_evidence(radio_judge_fail(judge, mismatch->id, sentence, mismatch->remedy),
			 "%s on %lld MHz, %lld dBm: %s", json_text(found, "bssid"), json_number(found, "freq_mhz"),
			 json_number(found, "signal_dbm"), json_text(found, "match_text"));
}

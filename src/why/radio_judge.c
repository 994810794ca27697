/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules are in the order in which causes hide others: a card that is switched off hears nothing, without a process
 * nobody connects, and only a connected station can lose frames.
 */
#include "why/radio_state.h"

#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WEAK_DBM = -80, LOST_MIN = 20, LOST_PERCENT = 20, DROPS_MIN = 5 };

static const char *program_of(enum why_role role)
{
	return role == WHY_ACCESS_POINT ? "vifi ap" : "vifi sta";
}

/* ---- the card and its process ---- */

static void rule_switch(struct radio_judge *judge)
{
	const struct doctor_card *card = judge->facts->card;

	if (!card)
		return;
	if (card->rfkill_hard)
		verdict_evidence(radio_judge_fail(judge, "rfkill",
						  "A switch or key of this machine has turned the radio off.",
						  "Turn it on: its symbol is an antenna or an aeroplane. On some "
						  "machines it is a setting of the firmware (BIOS)."),
				 "`rfkill list` says \"Hard blocked: yes\" for %s", card->wiphy.name);
	else if (card->rfkill_soft)
		verdict_evidence(radio_judge_fail(judge, "rfkill", "The radio was switched off by software.",
						  "Run `rfkill unblock wlan`."),
				 "`rfkill list` says \"Soft blocked: yes\" for %s", card->wiphy.name);
	else
		verdict_exclude(&judge->verdict, "the radio is switched on");
}

/* The program that certainly uses the card, or else one that runs while the interface is up. */
static const struct doctor_owner *find_owner(const struct doctor_card *card)
{
	for (size_t i = 0; card && i < card->owner_count; i++)
		if (card->owners[i].certain)
			return &card->owners[i];
	return card && card->up && card->owner_count ? &card->owners[0] : NULL;
}

static void rule_process(struct radio_judge *judge)
{
	const struct why_radio *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	const struct doctor_owner *owner = find_owner(facts->card);
	static const char lost[] = ", so the station has no access point here";

	if (facts->radio) {
		snprintf(sentence, sizeof(sentence), "`%s` runs", program_of(facts->role));
		verdict_exclude(&judge->verdict, sentence);
		return;
	}
	if (facts->mute) {
		snprintf(sentence, sizeof(sentence), "The process of `%s` on %s does not answer%s.",
			 program_of(facts->role), facts->interface, facts->station[0] ? lost : "");
		verdict_evidence(radio_judge_fail(judge, "process", sentence,
						  "Continue it if it is suspended (`kill -CONT PID`), or restart it."),
				 "%.300s", facts->mute);
		return;
	}
	if (facts->killed) {
		snprintf(sentence, sizeof(sentence), "The process of `%s` on %s has ended without cleaning up%s.",
			 program_of(facts->role), facts->interface, facts->station[0] ? lost : "");
		verdict_evidence(
			radio_judge_fail(
				judge, "process", sentence,
				"Start it again. `systemctl status`, `journalctl` and `dmesg` say when and why it "
				"ended: "
				"it was killed, the machine was out of memory, or vifi has a defect, which you should "
				"report."),
			"its socket is in /run/vifi/wifi, and no process listens on it");
		return;
	}
	if (owner) {
		snprintf(sentence, sizeof(sentence), "%s %suses %s, and vifi does not.", owner->program,
			 owner->certain ? "" : "probably ", facts->interface);
		snprintf(remedy, sizeof(remedy),
			 "Diagnose the connection with %s, or let that program release %s and start `vifi sta` or "
			 "`vifi ap`.",
			 owner->program, facts->interface);
		verdict_evidence(verdict_cause(&judge->verdict, "owner", facts->card->carrier ? "note" : "fail",
					       sentence, remedy),
				 owner->certain ? "%s has a control socket or a file for this interface"
						: "%s runs, and this interface is up",
				 owner->program);
		return;
	}
	snprintf(sentence, sizeof(sentence), "No `vifi ap` or `vifi sta` runs on %s.", facts->interface);
	verdict_evidence(radio_judge_fail(judge, "process", sentence,
					  "Start it: `vifi sta -i INTERFACE -c FILE`, `vifi ap FILE`; `vifi sta "
					  "--check FILE` checks the file."),
			 "no process answers in /run/vifi/wifi");
}

static void rule_medium(struct radio_judge *judge)
{
	const json_t *radio = judge->facts->radio;
	char sentence[VERDICT_TEXT];

	if (json_is_true(json_object_get(radio, "joined"))) {
		if (!strcmp(json_text(radio, "kind"), "air"))
			verdict_exclude(&judge->verdict, "the medium answers");
		return;
	}
	snprintf(sentence, sizeof(sentence), "The radio has lost its connection to the medium at %.200s.",
		 json_text(radio, "medium"));
	verdict_evidence(
		radio_judge_fail(
			judge, "medium", sentence,
			!strcmp(json_text(radio, "kind"), "air")
				? "Start the medium again: `vifi air up`. The radio rejoins by itself within seconds."
				: "Look at the monitor interface: `ip link show`."),
		"it is trying to rejoin");
}

static void rule_interface(struct radio_judge *judge)
{
	const struct why_radio *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (facts->exists && facts->up) {
		verdict_exclude(&judge->verdict, "the interface is up");
		return;
	}
	snprintf(sentence, sizeof(sentence), "The interface %s %s.", facts->interface,
		 facts->exists ? "is down: no frames pass" : "does not exist");
	snprintf(remedy, sizeof(remedy), "Run `ip link set %s up`.", facts->interface);
	verdict_evidence(
		radio_judge_fail(
			judge, facts->exists ? "interface_down" : "interface_missing", sentence,
			facts->exists
				? remedy
				: "Check with `ip link` whether it was renamed or moved to another network namespace."),
		"`ip link show %s`", facts->interface);
}

/* ---- frames of a connection ---- */

struct drop_rule {
	const char *drop, *id, *sentence, *remedy;
};

static const struct drop_rule drop_rules[] = {
	{"replay", "replay", "Frames were dropped because their packet numbers had been used before",
	 "An attacker replays frames, or a driver repeats them: reconnect the station. No action needed if it stops."},
	{"mpdu_mic", "forged", "Frames with a wrong MIC were dropped",
	 "They are forged, or the two ends have different keys: reconnect the station."},
	{"unprotected", "unprotected", "Unencrypted frames were dropped, because a key is installed",
	 "They are forged, or one end has lost its keys: reconnect the station."},
	{"group_unicast", "forged_group",
	 "Unicast packets in group frames were dropped: a member of the network forged them",
	 "Find the station that sends them; ap_isolate=1 does not prevent this attack."},
	{"isolated", "isolated", "Frames from this station to other stations were dropped: ap_isolate=1 forbids them",
	 "Remove ap_isolate=1 if stations should reach one another."},
	{"doze_full", "dozing", "Frames for the station were dropped while it slept: too many waited",
	 "Disable power save on the station."},
	{"doze_late", "dozing", "Frames for the station were dropped while it slept: it did not fetch them in time",
	 "Disable power save on the station."},
	{"tap_refused", "interface_queue", "Frames were dropped because the interface did not accept them",
	 "Set the interface up (`ip link set NAME up`); `ip -s link show` has its counters."},
};

static const json_t *peer_named(const json_t *radio, const char *address)
{
	json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(radio, "peers"), i, peer)
	{
		if (!strcasecmp(json_text(peer, "address"), address))
			return peer;
	}
	return NULL;
}

static void rule_drops(struct radio_judge *judge, const char *address)
{
	const json_t *drops = json_object_get(peer_named(judge->facts->radio, address), "drops");
	char sentence[VERDICT_TEXT];

	for (size_t i = 0; i < sizeof(drop_rules) / sizeof(drop_rules[0]); i++) {
		const struct drop_rule *rule = &drop_rules[i];
		long long count = json_number(drops, rule->drop);

		if (count < DROPS_MIN || verdict_has(&judge->verdict, rule->id))
			continue;
		snprintf(sentence, sizeof(sentence), "%s: %lld.", rule->sentence, count);
		verdict_evidence(verdict_cause(&judge->verdict, rule->id, "warn", sentence, rule->remedy),
				 "dropped from or to %s: %s %lld", address, rule->drop, count);
	}
}

/* `link`: a station at an access point, or the link of a station; both have the same members. */
static void rule_quality(struct radio_judge *judge, const json_t *link)
{
	long long signal = json_number(link, "signal_dbm"), sent = json_number(link, "tx_frames"),
		  lost = json_number(link, "tx_lost");
	char sentence[VERDICT_TEXT];

	if (signal && signal < WEAK_DBM) {
		snprintf(sentence, sizeof(sentence), "The signal is weak: %lld dBm.", signal);
		verdict_evidence(verdict_cause(&judge->verdict, "weak_signal", "warn", sentence,
					       "Move the two closer together, or use the 2.4 GHz band."),
				 "below %d dBm frames get lost", WEAK_DBM);
	} else if (signal) {
		verdict_exclude(&judge->verdict, "the signal is strong enough");
	}
	if (lost >= LOST_MIN && lost * 100 >= (sent + lost) * LOST_PERCENT) {
		snprintf(sentence, sizeof(sentence), "%lld of %lld frames were not acknowledged.", lost, sent + lost);
		verdict_evidence(verdict_cause(&judge->verdict, "lost_frames", "warn", sentence,
					       "The other end is at the edge of the range, or another network uses the "
					       "channel: check with `vifi sta scan`."),
				 "sent %lld, lost %lld", sent, lost);
	}
}

/* ---- a station ---- */

static void rule_networks(struct radio_judge *judge)
{
	const json_t *networks = json_object_get(judge->facts->radio, "networks");
	json_t *network;
	size_t enabled = 0, i;

	json_array_foreach(networks, i, network) enabled += !json_is_true(json_object_get(network, "disabled"));
	if (!strcmp(json_text(judge->facts->radio, "state"), "resting"))
		verdict_evidence(radio_judge_fail(judge, "resting",
						  "A command has disconnected the station, which stays disconnected "
						  "until it is told to reconnect.",
						  "Run `vifi sta reconnect`."),
				 "the control socket received DISCONNECT");
	else if (!enabled)
		verdict_evidence(
			radio_judge_fail(
				judge, "no_network", "The station has no network to join.",
				"Add a network block, or remove disabled=1, or run `wpa_cli enable_network all`."),
			"%zu networks are configured, all disabled", json_array_size(networks));
}

static void rule_station_address(struct radio_judge *judge)
{
	const struct why_radio *facts = judge->facts;

	if (facts->has_address || facts->bridge[0]) {
		verdict_exclude(&judge->verdict, facts->bridge[0] ? "the interface is a port of a bridge"
								  : "the interface has an address");
		return;
	}
	verdict_evidence(verdict_cause(&judge->verdict, "no_address", "warn",
				       "The station is connected, but its interface has no address.",
				       "Start a DHCP client on it (`networkctl`, `dhclient INTERFACE`), or check "
				       "whether a running one gets an answer."),
			 "`ip address show %s`", facts->interface);
}

static void judge_station(struct radio_judge *judge)
{
	const json_t *link = json_object_get(judge->facts->radio, "link");

	rule_interface(judge);
	rule_networks(judge);
	if (json_is_object(link)) {
		verdict_exclude(&judge->verdict, "the station is connected");
		rule_quality(judge, link);
		rule_drops(judge, json_text(link, "bssid"));
		rule_station_address(judge);
		return;
	}
	if (!verdict_is_empty(&judge->verdict))
		return;
	radio_judge_heard(judge);
	if (!verdict_is_empty(&judge->verdict) || radio_judge_attempt(judge, NULL))
		return;
	verdict_evidence(radio_judge_fail(judge, "connecting",
					  "The station is still searching, and no attempt has failed so far.",
					  "Run `vifi why` again in some seconds."),
			 "its state is \"%s\"", json_text(judge->facts->radio, "state"));
}

/* ---- an access point ---- */

static const json_t *find_station(const struct why_radio *facts)
{
	json_t *station;
	size_t i;

	json_array_foreach(json_object_get(facts->radio, "stations"), i, station)
	{
		if (!strcasecmp(json_text(station, "address"), facts->station))
			return station;
	}
	return NULL;
}

/* A network with bridge= whose interface has left the bridge: its stations reach nobody. */
static void rule_bridge(struct radio_judge *judge)
{
	const struct why_radio *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *network;
	size_t i;

	json_array_foreach(json_object_get(facts->radio, "networks"), i, network)
	{
		const char *bridge = json_text(network, "bridge");

		if (strcmp(json_text(network, "interface"), facts->interface) != 0 || !*bridge ||
		    !strcmp(bridge, facts->bridge))
			continue;
		snprintf(sentence, sizeof(sentence), "%s is not a port of the bridge %.15s, as the file demands.",
			 facts->interface, bridge);
		snprintf(remedy, sizeof(remedy), "Run `ip link set %s master %.15s`.", facts->interface, bridge);
		verdict_evidence(radio_judge_fail(judge, "not_in_bridge", sentence, remedy), "`ip link show %s`",
				 facts->interface);
	}
}

static void judge_unknown_station(struct radio_judge *judge)
{
	char sentence[VERDICT_TEXT];

	snprintf(sentence, sizeof(sentence), "This access point has received no frame from %s.", judge->facts->station);
	verdict_evidence(
		radio_judge_fail(
			judge, "never_heard", sentence,
			"Check that the station is in range and scans this channel for this name. A phone with random "
			"addresses uses a different one in each network: its Wi-Fi settings show it."),
		"it is neither among the stations nor among the last %d other senders", 64);
}

static void judge_ap_station(struct radio_judge *judge)
{
	const json_t *station = find_station(judge->facts);

	if (json_is_true(json_object_get(station, "authorised"))) {
		verdict_exclude(&judge->verdict, "the station is connected");
		rule_quality(judge, station);
		rule_drops(judge, judge->facts->station);
	} else if (!radio_judge_attempt(judge, judge->facts->station)) {
		if (station || peer_named(judge->facts->radio, judge->facts->station))
			verdict_evidence(
				radio_judge_fail(judge, "connecting",
						 "The station has begun to connect, and no step has failed so far.",
						 "Run `vifi why` again in some seconds."),
				"it is %s", station ? "associated" : "not associated");
		else
			judge_unknown_station(judge);
	}
}

/* Those of the last minutes that could not connect. */
static void note_failed_stations(struct radio_judge *judge)
{
	json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(judge->facts->radio, "peers"), i, peer)
	{
		struct radio_judge one = *judge;
		const char *address = json_text(peer, "address");
		struct why_radio facts = *judge->facts;

		snprintf(facts.station, sizeof(facts.station), "%.17s", address);
		if (!json_array_size(json_object_get(peer, "events")) || find_station(&facts) ||
		    !strcmp(address, "00:00:00:00:00:00") || json_array_size(judge->verdict.causes) >= 8)
			continue;
		verdict_init(&one.verdict);
		if (radio_judge_attempt(&one, address)) {
			json_t *cause = json_array_get(one.verdict.causes, 0);

			json_object_set_new(cause, "level", json_string("note"));
			json_array_append(judge->verdict.causes, cause);
		}
		json_decref(one.verdict.causes);
		json_decref(one.verdict.excluded);
	}
}

static void judge_access_point(struct radio_judge *judge)
{
	rule_interface(judge);
	radio_judge_on_air(judge);
	rule_bridge(judge);
	if (judge->facts->station[0])
		judge_ap_station(judge);
	else
		note_failed_stations(judge);
}

json_t *why_radio_judge(const struct why_radio *facts)
{
	struct radio_judge judge = {.facts = facts};
	const json_t *station = facts->role == WHY_ACCESS_POINT && facts->station[0] ? find_station(facts) : NULL;

	verdict_init(&judge.verdict);
	rule_switch(&judge);
	rule_process(&judge);
	if (facts->radio)
		rule_medium(&judge);
	if (facts->radio && facts->role == WHY_STATION)
		judge_station(&judge);
	else if (facts->radio)
		judge_access_point(&judge);
	verdict_sort(&judge.verdict);
	return json_pack("{s:o, s:n, s:s, s:o, s:s, s:O?, s:o, s:o}", "asked", verdict_text(facts->asked), "guest",
			 "uplink", "", "interface", verdict_text(facts->interface), "role",
			 facts->role == WHY_ACCESS_POINT ? "access point"
			 : facts->role == WHY_STATION    ? "station"
							 : "none",
			 "station", station ? station : json_object_get(facts->radio, "link"), "causes",
			 judge.verdict.causes, "excluded", judge.verdict.excluded);
}

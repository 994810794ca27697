/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why an access point is not on the air, by its newest events about the radio itself: radar on a channel of 5 GHz (IEEE
 * 802.11-2020, 11.8), and the countermeasures of TKIP (12.5.2.4).
 */
#include "why/radio_state.h"

#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

#define COUNTERMEASURES_S 60.0
#define RADAR_S           1800.0 /* how long a channel with radar stays unused */

enum air_state { AIR_UNKNOWN, AIR_ON, AIR_OFF, AIR_LISTENING, AIR_NO_CHANNEL };

static double age(const json_t *event)
{
	return json_number_value(json_object_get(event, "age_s"));
}

/* The events of the radio itself, the newest first; NULL: none. */
static const json_t *radio_events(const json_t *radio)
{
	json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(radio, "peers"), i, peer)
	{
		if (!strcmp(json_text(peer, "address"), "00:00:00:00:00:00"))
			return json_object_get(peer, "events");
	}
	return NULL;
}

static const json_t *find_event(const json_t *events, const char *name)
{
	json_t *event;
	size_t i;

	json_array_foreach(events, i, event)
	{
		if (!strcmp(json_text(event, "event"), name))
			return event;
	}
	return NULL;
}

static enum air_state read_state(const json_t *events, const json_t **decisive)
{
	bool disabled = false;
	json_t *event;
	size_t i;

	json_array_foreach(events, i, event)
	{
		const char *name = json_text(event, "event");

		*decisive = event;
		if (!strcmp(name, "LISTENING"))
			return AIR_LISTENING;
		if (!strcmp(name, "NO_CHANNEL"))
			return AIR_NO_CHANNEL;
		if (!strcmp(name, "ENABLED") || !strcmp(name, "SWITCHED"))
			return disabled ? AIR_OFF : AIR_ON;
		disabled |= !strcmp(name, "DISABLED");
	}
	return AIR_UNKNOWN;
}

static void add_radar_evidence(json_t *cause, const json_t *events)
{
	const json_t *radar = find_event(events, "RADAR");

	if (radar)
		verdict_evidence(cause,
				 "radar was detected on %.100s %.0f s ago: the channel may not be used for 30 minutes",
				 json_text(radar, "detail"), age(radar));
}

/* Returns whether it is off the air because of radar. */
static bool judge_radar(struct radio_judge *judge, const json_t *events, enum air_state state, const json_t *decisive)
{
	char sentence[VERDICT_TEXT];
	json_t *cause;

	if (state == AIR_LISTENING) {
		snprintf(sentence, sizeof(sentence),
			 "The access point is not on the air yet: it listens for radar on %.100s first.",
			 json_text(decisive, "detail"));
		cause = radio_judge_fail(judge, "radar", sentence,
					 "Wait one minute, or ten for weather radar channels (5600 to 5650 MHz). "
					 "Channels 36 to 48 need no radar detection (`channel=36`).");
		verdict_evidence(cause, "it has listened for %.0f s", age(decisive));
	} else if (state == AIR_NO_CHANNEL) {
		cause = radio_judge_fail(judge, "radar",
					 "The access point is off the air: because of radar, no channel is available.",
					 "Allow more channels: remove chanlist=, or add channels that need no radar "
					 "detection (`chanlist=36-48`), and run `vifi ap reload`.");
		verdict_evidence(cause, "\"%s\" %.0f s ago", json_text(decisive, "text"), age(decisive));
	} else {
		return false;
	}
	add_radar_evidence(cause, events);
	return true;
}

static void note_move(struct radio_judge *judge, const json_t *events)
{
	const json_t *move = find_event(events, "RADAR_MOVE");
	char sentence[VERDICT_TEXT];
	json_t *cause;

	if (!move || age(move) > RADAR_S)
		return;
	snprintf(sentence, sizeof(sentence), "Because of radar, the access point has moved from its channel to %.100s.",
		 json_text(move, "detail"));
	cause = verdict_cause(
		&judge->verdict, "radar", "note", sentence,
		"Stations that did not follow must find it again: allow the new channel on them (freq_list=, "
		"scan_freq=). Channels 36 to 48 need no radar detection (`channel=36`).");
	add_radar_evidence(cause, events);
	verdict_evidence(cause, "it moved %.0f s ago", age(move));
}

static void judge_countermeasures(struct radio_judge *judge)
{
	json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(judge->facts->radio, "peers"), i, peer)
	{
		const json_t *event = find_event(json_object_get(peer, "events"), "COUNTERMEASURES");
		json_t *cause;

		if (!event || age(event) > COUNTERMEASURES_S)
			continue;
		cause = radio_judge_fail(
			judge, "tkip_countermeasures",
			"Two frames with a wrong Michael MIC arrived within a minute: TKIP is disabled for a minute.",
			"An attacker forges frames, or a driver is broken. CCMP has no such weakness: "
			"wpa_pairwise=CCMP and rsn_pairwise=CCMP.");
		verdict_evidence(cause, "%s: %s, %.0f s ago", json_text(peer, "address"), json_text(event, "text"),
				 age(event));
		return;
	}
}

void radio_judge_on_air(struct radio_judge *judge)
{
	const json_t *radio = judge->facts->radio, *events = radio_events(radio), *decisive = NULL;
	enum air_state state = read_state(events, &decisive);
	bool off;

	judge_countermeasures(judge);
	if (judge_radar(judge, events, state, decisive))
		return;
	off = state == AIR_OFF || !json_array_size(json_object_get(radio, "networks"));
	if (radio_judge_own_channel(judge, off))
		return;
	if (off) {
		if (verdict_has(&judge->verdict, "medium"))
			return; /* off the medium, and therefore off the air */
		verdict_evidence(radio_judge_fail(judge, "off", "The access point is not on the air.",
						  "Run `hostapd_cli enable`; the log says why it is off: because of "
						  "the regulatory domain, the driver, or a command."),
				 "its radio is on %lld MHz", json_number(radio, "freq_mhz"));
		return;
	}
	note_move(judge, events);
	verdict_exclude(&judge->verdict, "the network is on the air");
}

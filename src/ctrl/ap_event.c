/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/event.h"

#include "base/mac.h"
#include "ctrl/measurement.h"
#include "wire/mgmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The word of an event about a station; NULL: another kind, or none. */
static const char *station_event(enum note note)
{
	switch (note) {
	case NOTE_CONNECTED:
		return "AP-STA-CONNECTED";
	case NOTE_DISCONNECTED:
		return "AP-STA-DISCONNECTED";
	case NOTE_WRONG_PASSPHRASE:
		return "AP-STA-POSSIBLE-PSK-MISMATCH";
	case NOTE_KEYS_NEGOTIATED:
	case NOTE_REKEYED:
		return "EAPOL-4WAY-HS-COMPLETED";
	case NOTE_POLLED:
		return "AP-STA-POLL-OK";
	default:
		return NULL;
	}
}

void ctrl_regulatory_event(char *text, size_t room, const struct action *note)
{
	/* In the order of enum nl80211_reg_initiator and enum nl80211_reg_type. */
	static const char *const initiators[] = {"CORE", "USER", "DRIVER", "COUNTRY_IE"}, *const types[] = {
												  "COUNTRY", "WORLD",
												  "CUSTOM_WORLD",
												  "INTERSECTION"};
	bool known = note->initiator < sizeof(initiators) / sizeof(*initiators),
	     typed = note->domain < sizeof(types) / sizeof(*types);

	snprintf(text, room, "CTRL-EVENT-REGDOM-CHANGE init=%s type=%s%s%.2s",
		 known ? initiators[note->initiator] : "UNKNOWN", typed ? types[note->domain] : "UNKNOWN",
		 note->detail[0] ? " alpha2=" : "", note->detail);
}

/* ---- radar ---- */

int ctrl_channel_secondary(const struct plane_channel *channel)
{
	if (channel->width_mhz < 40)
		return 0;
	return (channel->width_mhz == 40 ? channel->center_mhz : channel_center(channel->freq_mhz, 40)) >
			       channel->freq_mhz
		       ? 1
		       : -1;
}

/* hostapd's number of a width, in events about what the driver has reported. */
static int driver_width(uint16_t width_mhz)
{
	switch (width_mhz) {
	case 0:
		return 0;
	case 40:
		return 2;
	case 80:
		return 3;
	case 160:
		return 5;
	}
	return 1;
}

/* What follows the word in these events. The kernel tells no offset of wider channels than 40 MHz. */
static void describe_channel(char *text, size_t room, const struct plane_channel *channel)
{
	snprintf(text, room, "freq=%u ht_enabled=%d chan_offset=%d chan_width=%d cf1=%u cf2=0", channel->freq_mhz,
		 channel->width_mhz != 0, channel->width_mhz == 40 ? ctrl_channel_secondary(channel) : 0,
		 driver_width(channel->width_mhz), channel->width_mhz ? channel->center_mhz : channel->freq_mhz);
}

/* width: vht_oper_chwidth of hostapd.conf, and seg0 its centre, for 80 MHz and more. */
static void describe_listening(char *text, size_t room, const struct action *note)
{
	const struct plane_channel *channel = &note->channel;
	bool wide = channel->width_mhz >= 80;

	snprintf(text, room,
		 "DFS-CAC-START freq=%u chan=%u sec_chan=%d, width=%d, seg0=%u, seg1=0, cac_time=%" PRIu32 "s",
		 channel->freq_mhz, freq_to_channel(channel->freq_mhz), ctrl_channel_secondary(channel),
		 wide ? channel->width_mhz / 80 : 0, wide ? freq_to_center_channel(channel->center_mhz) : 0, note->id);
}

/* Returns false for other notes. */
static bool describe_spectrum(struct ctrl_event *event, const struct action *note)
{
	const struct plane_channel *channel = &note->channel;
	char fields[100];

	describe_channel(fields, sizeof(fields), channel);
	switch (note->note) {
	case NOTE_CHOOSING:
		snprintf(event->text, sizeof(event->text), "ACS-STARTED ");
		return true;
	case NOTE_CHOSEN:
		if (note->success)
			snprintf(event->text, sizeof(event->text), "ACS-COMPLETED freq=%u channel=%u",
				 channel->freq_mhz, freq_to_channel(channel->freq_mhz));
		else
			snprintf(event->text, sizeof(event->text), "ACS-FAILED ");
		return true;
	case NOTE_LISTENING:
		describe_listening(event->text, sizeof(event->text), note);
		return true;
	case NOTE_LISTENED:
		snprintf(event->text, sizeof(event->text), "DFS-CAC-COMPLETED success=%d %s radar_detected=0",
			 note->success, fields);
		return true;
	case NOTE_RADAR:
		snprintf(event->text, sizeof(event->text), "DFS-RADAR-DETECTED %s", fields);
		return true;
	case NOTE_RADAR_MOVE:
		snprintf(event->text, sizeof(event->text), "DFS-NEW-CHANNEL freq=%u chan=%u sec_chan=%d",
			 channel->freq_mhz, freq_to_channel(channel->freq_mhz), ctrl_channel_secondary(channel));
		return true;
	case NOTE_RADAR_OVER:
		snprintf(event->text, sizeof(event->text), "DFS-NOP-FINISHED %s", fields);
		return true;
	case NOTE_CHECK_EXPIRED:
		snprintf(event->text, sizeof(event->text), "DFS-PRE-CAC-EXPIRED %s", fields);
		return true;
	default:
		return false;
	}
}

void ctrl_ocv_event(char *text, size_t room, const struct action *note)
{
	char failure[160], mac[MAC_TEXT_SIZE];

	ocv_failure_format(&note->ocv, failure, sizeof(failure));
	mac_format(mac, note->addr);
	snprintf(text, room, "OCV-FAILURE addr=%s %s", mac, failure);
}

static void describe_frame(struct ctrl_event *event, const struct frame *frame)
{
	size_t len = (size_t)snprintf(event->text, sizeof(event->text), "AP-MGMT-FRAME-RECEIVED buf=");

	for (size_t i = 0; i < frame->len && len + 3 <= sizeof(event->text); i++)
		len += (size_t)snprintf(event->text + len, sizeof(event->text) - len, "%02x", frame->data[i]);
}

bool ctrl_ap_event(struct ctrl_event *event, const struct action *note)
{
	const char *word = station_event(note->note);
	char mac[MAC_TEXT_SIZE];

	event->level = CTRL_INFO;
	if (describe_spectrum(event, note))
		return true;
	mac_format(mac, note->addr);
	switch (note->note) {
	case NOTE_INTERFACE_DOWN:
		word = "INTERFACE-DISABLED ";
		break;
	case NOTE_INTERFACE_UP:
		word = "INTERFACE-ENABLED ";
		break;
	case NOTE_ENABLED:
		word = "AP-ENABLED ";
		break;
	case NOTE_DISABLED:
		word = "AP-DISABLED ";
		break;
	case NOTE_REJECTED_LIST:
		snprintf(event->text, sizeof(event->text), "IEEE802.11: STA %s not allowed to connect", mac);
		event->level = CTRL_DEBUG;
		return true;
	case NOTE_REGDOM:
		ctrl_regulatory_event(event->text, sizeof(event->text), note);
		return true;
	case NOTE_REJECTED_FULL:
		snprintf(event->text, sizeof(event->text), "AP-REJECTED-MAX-STA %s", mac);
		return true;
	case NOTE_SWITCHING:
		snprintf(event->text, sizeof(event->text), "CTRL-EVENT-STARTED-CHANNEL-SWITCH freq=%u", note->freq);
		return true;
	case NOTE_SWITCHED:
		snprintf(event->text, sizeof(event->text), "AP-CSA-FINISHED freq=%u dfs=0", note->freq);
		return true;
	case NOTE_OCV_FAILURE:
		ctrl_ocv_event(event->text, sizeof(event->text), note);
		return true;
	case NOTE_ACTION_STATUS:
	case NOTE_MEASUREMENT:
	case NOTE_TRANSITION:
		return ctrl_measurement_event(event, note);
	case NOTE_FRAME:
		if (note->frame)
			describe_frame(event, note->frame);
		return note->frame;
	default:
		if (!word)
			return false;
		snprintf(event->text, sizeof(event->text), "%s %s%s%.*s", word, mac,
			 note->note == NOTE_CONNECTED && note->detail[0] ? " keyid=" : "",
			 note->note == NOTE_CONNECTED ? (int)sizeof(note->detail) : 0, note->detail);
		return true;
	}
	snprintf(event->text, sizeof(event->text), "%s", word);
	return true;
}

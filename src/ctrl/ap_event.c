/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/event.h"

#include "base/mac.h"

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

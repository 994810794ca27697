/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point moves to another channel: the plane follows its announcement, and tells when it is there. */
#include "mlme/sta_state.h"

#include <stdio.h>

static void note_switching(struct sta *sta, uint16_t freq)
{
	struct action *note = sta_note(sta, NOTE_SWITCHING, 0);

	if (note)
		note->freq = freq;
}

static void handle_channel(struct sta *sta, const struct plane_event *event)
{
	uint16_t freq = event->freq_mhz;
	bool confirmed = event->acked;
	struct bss *entry = sta_bss_entry(sta);
	struct action *note = confirmed ? sta_note(sta, NOTE_CHANNEL, 0) : NULL;

	if (note)
		snprintf(note->detail, sizeof(note->detail), "channel %u", freq_to_channel(freq));
	sta->ap.freq_mhz = freq;
	sta->ap.width_mhz = event->channel.width_mhz;
	sta->ap.secondary_above = event->channel.center_mhz > freq;
	if (entry)
		entry->freq_mhz = freq;
	if (confirmed)
		sta_ocv_switched(sta);
}

void sta_channel_event(struct sta *sta, const struct plane_event *event)
{
	if (event->kind == PLANE_EVENT_SWITCHING)
		note_switching(sta, event->freq_mhz);
	else
		handle_channel(sta, event);
}

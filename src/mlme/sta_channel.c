/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point moves to another channel: the plane follows its announcement, and tells when it is there. */
#include "mlme/sta_state.h"

#include "mlme/sta_ocv.h"

#include <stdio.h>

/* A software MAC uses 20 MHz without HT, and tells no more than the frequency. */
static struct plane_channel channel_of(const struct plane_event *event)
{
	struct plane_channel channel = event->channel;

	channel.freq_mhz = event->freq_mhz;
	return channel;
}

static void note_switching(struct sta *sta, const struct plane_event *event)
{
	struct action *note = sta_note(sta, NOTE_SWITCHING, 0);

	if (!note)
		return;
	note->freq = event->freq_mhz;
	note->channel = channel_of(event);
}

static void handle_channel(struct sta *sta, const struct plane_event *event)
{
	uint16_t freq = event->freq_mhz;
	bool confirmed = event->acked;
	struct bss *entry = sta_bss_entry(sta);
	struct action *note = confirmed ? sta_note(sta, NOTE_CHANNEL, 0) : NULL;

	if (note) {
		snprintf(note->detail, sizeof(note->detail), "channel %u", freq_to_channel(freq));
		note->channel = channel_of(event);
	}
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
		note_switching(sta, event);
	else
		handle_channel(sta, event);
}

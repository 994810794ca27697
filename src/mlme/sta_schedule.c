/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scheduled scans. While no network is found, the driver can repeat the scans without waking this machine, and report when it
 * hears a network that we look for. So the station scans itself only twice, and then rarely.
 *
 *	BACKOFF ── PLANE_SCHEDULE ──▶ scheduled ── FOUND: the best BSS, if one matches ──▶ joining, and the schedule ends
 *	   ▲                             │ ENDED, REFUSED, or the timer of the state
 *	   └──────── our own scans ◀─────┘
 */
#include "mlme/sta_state.h"

#include <stdlib.h>
#include <string.h>

#define OWN_SCANS 2             /* without success, before the first schedule: an active and a passive one */
#define AGAIN_NS  (20 * SECOND) /* at most, until our next scan, when a schedule has ended */

static void add_ssid(struct plane_ssid *list, size_t *count, const struct sta_network *network)
{
	struct plane_ssid *ssid = &list[(*count)++];

	memcpy(ssid->bytes, network->ssid, network->ssid_len);
	ssid->len = network->ssid_len;
}

/* The names to look for. A network without one matches any: then there are none. */
static size_t collect_names(const struct sta *sta, struct plane_ssid *names)
{
	size_t count = 0;

	for (size_t i = 0; i < sta->setup.network_count; i++) {
		const struct sta_network *network = &sta->setup.networks[i];

		if (network->disabled)
			continue;
		if (!network->ssid_len)
			return 0;
		add_ssid(names, &count, network);
	}
	return count;
}

/* Those that only an answer to a probe request reveals. */
static size_t collect_hidden(const struct sta *sta, struct plane_ssid *hidden)
{
	size_t count = 0;

	for (size_t i = 0; i < sta->setup.network_count; i++)
		if (sta->setup.networks[i].scan_ssid && !sta->setup.networks[i].disabled)
			add_ssid(hidden, &count, &sta->setup.networks[i]);
	return count;
}

static bool act(struct sta *sta, const struct plane_schedule *schedule)
{
	struct plane_action *action = plane_actions_add(sta->out, PLANE_SCHEDULE);

	if (action)
		action->schedule = *schedule;
	sta->scan.scheduled = action && schedule->freq_count;
	return sta->scan.scheduled;
}

bool sta_schedule_begin(struct sta *sta)
{
	size_t room = sta->setup.network_count;
	struct plane_schedule schedule = {.freqs = sta->freqs, .freq_count = sta->freq_count, .probes = &sta->probes};

	if (!sta->plane.schedules_scans || sta->scan.schedule_refused || sta->setup.passive ||
	    sta->scan.empty_scans < OWN_SCANS || sta->wanted.state != WANTED_SCAN_NONE)
		return false;
	free(sta->scheduled_ssids);
	sta->scheduled_ssids = calloc(2 * room + 1, sizeof(*sta->scheduled_ssids));
	if (!sta->scheduled_ssids)
		return false;
	schedule.networks = sta->scheduled_ssids;
	schedule.network_count = collect_names(sta, sta->scheduled_ssids);
	schedule.ssids = sta->scheduled_ssids + room;
	schedule.ssid_count = collect_hidden(sta, sta->scheduled_ssids + room);
	if (!act(sta, &schedule))
		return false;
	sta_note_about(sta, NOTE_SCHEDULED, NULL);
	return true;
}

void sta_schedule_ended(struct sta *sta, bool refused)
{
	sta->scan.schedule_refused |= refused;
	sta->scan.scheduled = false;
	if (sta->state == STA_BACKOFF)
		sta->due_ns[STA_TIMER_STATE] =
			earlier(sta->due_ns[STA_TIMER_STATE], sta->now_ns + random_jitter(&sta->random, AGAIN_NS));
}

void sta_schedule_settle(struct sta *sta)
{
	if (sta->scan.scheduled && sta->state != STA_BACKOFF)
		act(sta, &(struct plane_schedule){0});
}

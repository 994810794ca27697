/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/ap_track.h"
#include "mlme/ap_state.h"

#include "base/array.h"
#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

void ap_track_join(struct ap *ap)
{
	struct ap_process *process = ap->setup.process;

	if (process && process->count < AP_TRACK_PROCESS_MAX)
		process->aps[process->count++] = ap;
}

void ap_track_leave(struct ap *ap)
{
	struct ap_process *process = ap->setup.process;

	for (size_t i = 0; process && i < process->count; i++)
		if (process->aps[i] == ap) {
			process->aps[i] = process->aps[--process->count];
			break;
		}
	free(ap->track.list);
	ap->track = (struct ap_track){0};
}

static void forget(struct ap_track *track, size_t nth)
{
	track->count--;
	memmove(&track->list[nth], &track->list[nth + 1], (track->count - nth) * sizeof(*track->list));
}

static void expire(struct ap *ap, uint64_t now_ns)
{
	const uint64_t age_ns = ap->setup.track_age_s * SECOND;

	while (ap->track.count && now_ns - ap->track.list[0].heard_ns > age_ns)
		forget(&ap->track, 0);
}

static size_t find(const struct ap_track *track, const uint8_t *addr)
{
	size_t nth = 0;

	while (nth < track->count && !mac_equal(track->list[nth].addr, addr))
		nth++;
	return nth;
}

void ap_track_hear(struct ap *ap, const uint8_t *addr, int8_t signal_dbm)
{
	struct ap_track *track = &ap->track;
	struct ap_sighting sighting = {.signal_dbm = signal_dbm, .heard_ns = ap->now_ns};
	size_t nth;

	if (!ap->setup.track_max || mac_is_group(addr))
		return;
	mac_copy(sighting.addr, addr);
	expire(ap, ap->now_ns);
	nth = find(track, addr);
	if (nth < track->count)
		forget(track, nth);
	else if (track->count >= ap->setup.track_max)
		forget(track, 0);
	if (!array_reserve(&track->list, &track->room, track->count + 1, sizeof(*track->list)))
		track->list[track->count++] = sighting;
}

static const struct ap_bss *find_bss(const struct ap *ap, const char *interface)
{
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		if (ap->bss[i].ap && !strcmp(ap->bss[i].setup.interface, interface))
			return &ap->bss[i];
	return NULL;
}

const struct ap_bss *ap_track_find(const struct ap *ap, const char *interface, const uint8_t *addr)
{
	const struct ap_process *process = ap->setup.process;

	for (size_t i = 0; process && *interface && i < process->count; i++) {
		struct ap *other = process->aps[i];
		const struct ap_bss *bss = find_bss(other, interface);

		if (!bss)
			continue;
		expire(other, ap->now_ns);
		return find(&other->track, addr) < other->track.count ? bss : NULL;
	}
	return NULL;
}

bool ap_track_get(struct ap *ap, size_t nth, struct ap_sighting *sighting)
{
	expire(ap, ap->now_ns);
	if (nth >= ap->track.count)
		return false;
	*sighting = ap->track.list[ap->track.count - 1 - nth];
	sighting->age_s = (uint32_t)((ap->now_ns - sighting->heard_ns) / SECOND);
	return true;
}

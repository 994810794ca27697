/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hosts behind stations in 4-address mode, as a bridge learns them: the source of a frame is behind the station that has sent
 * it, until GUEST_NS after its last frame, or until it is heard elsewhere: behind another station, or on the wire. Frames from
 * the wire to unknown hosts go to all these stations. The addresses of the access point and of other stations are never behind
 * a station.
 */
#include "softmac/ap/soft_ap_state.h"

#include "base/mac.h"

#include <stdlib.h>

#define GUEST_NS       (300 * SECOND) /* the ageing time of Linux's bridge */
#define GUESTS_MAX     4096           /* of all stations */
#define STATION_GUESTS 512            /* of one station */

static void forget(struct soft_ap *soft, struct soft_guest **place)
{
	struct soft_guest *guest = *place;

	*place = guest->next;
	mac_table_remove(&soft->guests, &guest->entry);
	free(guest);
}

void soft_guests_forget(struct soft_ap *soft, struct soft_station *sta)
{
	while (sta->guests)
		forget(soft, &sta->guests);
}

static bool is_old(const struct soft_ap *soft, const struct soft_guest *guest)
{
	return guest->heard_ns + GUEST_NS <= soft->now_ns;
}

/* Forgets old ones, and returns whether the station may have another one. */
static bool make_room(struct soft_ap *soft, struct soft_station *sta)
{
	struct soft_guest **place = &sta->guests;
	size_t count = 0;

	while (*place)
		if (is_old(soft, *place)) {
			forget(soft, place);
		} else {
			place = &(*place)->next;
			count++;
		}
	return count < STATION_GUESTS && soft->guests.count < GUESTS_MAX;
}

static void add(struct soft_ap *soft, struct soft_station *sta, const uint8_t *addr)
{
	struct soft_guest *guest = make_room(soft, sta) ? calloc(1, sizeof(*guest)) : NULL;

	if (!guest)
		return; /* frames of the wire to it go to all bridges */
	guest->entry.group = sta->bss->index;
	mac_copy(guest->entry.addr, addr);
	if (mac_table_add(&soft->guests, &guest->entry)) {
		free(guest);
		return;
	}
	guest->sta = sta;
	guest->heard_ns = soft->now_ns;
	guest->next = sta->guests;
	sta->guests = guest;
}

/* Where the list of its station refers to it. */
static struct soft_guest **place_of(struct soft_guest *guest)
{
	struct soft_guest **place = &guest->sta->guests;

	while (*place != guest)
		place = &(*place)->next;
	return place;
}

/* It has moved behind another station. */
static void move(struct soft_guest *guest, struct soft_station *sta)
{
	*place_of(guest) = guest->next;
	guest->sta = sta;
	guest->next = sta->guests;
	sta->guests = guest;
}

bool soft_guest_learn(struct soft_ap *soft, struct soft_station *sta, const uint8_t *source)
{
	struct soft_station *owner = soft_find_associated(soft, sta->bss, source);
	struct soft_guest *guest;

	if (owner)
		return owner == sta;
	if (!sta->peer.four_address || mac_equal(source, sta->bss->setup.bssid))
		return false;
	guest = (struct soft_guest *)mac_table_find(&soft->guests, sta->bss->index, source);
	if (!guest) {
		add(soft, sta, source);
		return true;
	}
	if (guest->sta != sta)
		move(guest, sta);
	guest->heard_ns = soft->now_ns;
	return true;
}

struct soft_station *soft_guest_find(const struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *addr)
{
	const struct soft_guest *guest = (const struct soft_guest *)mac_table_find(&soft->guests, bss->index, addr);

	return guest && !is_old(soft, guest) ? guest->sta : NULL;
}

void soft_guest_moved_to_wire(struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *source)
{
	struct soft_guest *guest = (struct soft_guest *)mac_table_find(&soft->guests, bss->index, source);

	if (guest)
		forget(soft, place_of(guest));
}

void soft_flood_bridges(struct soft_ap *soft, struct soft_bss *bss, const struct soft_station *except,
			const struct frame *frame)
{
	for (size_t i = 0; i < soft->station_count; i++) {
		struct soft_station *sta = soft->stations[i];
		struct frame *copy;

		if (sta->bss != bss || sta == except || !sta->associated || !sta->peer.four_address ||
		    !sta->peer.authorised)
			continue;
		copy = frame_from(frame->data, frame->len, 0, 0);
		if (copy)
			soft_send_data(soft, sta, copy, false);
		else
			soft_drop(soft, DROP_NO_MEMORY, sta->entry.addr);
	}
}

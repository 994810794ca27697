/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Life of a station (11.3.2):
 *
 *	             authentication            association
 *	unknown ───────────────────▶ state 2 ──────────────▶ state 3 (handshake) ──▶ state 4, authorised
 *	   ▲                          │   ▲                     │                        │
 *	   └── deauthentication, ─────┘   └── disassociation ───┴────────────────────────┘
 *	       30 s, too many
 *
 * One frame from any address creates a station in state 2, and two frames one in state 3. So the number of the former is
 * limited, and the oldest one gives way; and in a full BSS the oldest one in state 3 gives way. A station in state 4 never
 * does.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void clear_timers(struct ap_sta *sta)
{
	for (int i = 0; i < AP_TIMERS; i++)
		sta->due_ns[i] = NEVER;
}

struct ap_sta *ap_sta_new(struct ap *ap, struct ap_bss *bss, const uint8_t *addr)
{
	struct ap_sta *sta;

	if (ap->unassociated_count >= AP_UNASSOCIATED_MAX)
		ap_sta_remove(ap, ap->oldest, REASON_UNSPECIFIED);
	sta = ap_table_add(ap, bss, addr);
	if (!sta)
		return NULL;
	sta->since_ns = sta->heard_ns = ap->now_ns;
	clear_timers(sta);
	ap_table_queue(ap, sta);
	if (ap->plane.early_stations)
		ap_act(ap, PLANE_STATION_ADD, bss, addr);
	ap_sta_schedule(ap, sta);
	return sta;
}

/* ---- associations ---- */

static unsigned find_free_aid(const struct ap_bss *bss)
{
	unsigned aid = 1;

	while (aid <= AID_MAX && (bss->used_aids[aid / 8] & 1u << aid % 8))
		aid++;
	return aid;
}

int ap_sta_associate(struct ap *ap, struct ap_sta *sta)
{
	struct ap_bss *bss = sta->bss;
	unsigned aid = find_free_aid(bss);

	if (aid > AID_MAX)
		return -ENOSPC;
	sta->aid = (uint16_t)aid;
	bss->used_aids[aid / 8] |= (uint8_t)(1u << aid % 8);
	sta->associated = true;
	sta->since_ns = ap->now_ns;
	sta->assoc_index = ap->associated_count;
	ap->associated[ap->associated_count++] = sta;
	bss->station_count++;
	ap_table_unqueue(ap, sta);
	return 0;
}

struct ap_sta *ap_sta_oldest_unauthorised(const struct ap *ap, const struct ap_bss *bss)
{
	struct ap_sta *oldest = NULL;

	for (size_t i = 0; i < ap->associated_count; i++) {
		struct ap_sta *sta = ap->associated[i];

		if (sta->bss == bss && !sta->authorised && sta->since_ns + AP_HANDSHAKE_MIN_NS <= ap->now_ns &&
		    (!oldest || sta->since_ns < oldest->since_ns))
			oldest = sta;
	}
	return oldest;
}

bool ap_bss_has_room(const struct ap *ap, const struct ap_bss *bss)
{
	if (bss->setup.refuses_stations)
		return false;
	return bss->station_count < bss->setup.max_stations || ap_sta_oldest_unauthorised(ap, bss);
}

static void wipe_keys(struct ap_sta *sta)
{
	if (sta->pmks)
		crypto_wipe(sta->pmks, sta->auth.setup.pmk_count * sizeof(*sta->pmks));
	free(sta->pmks);
	free(sta->psk_index);
	sta->pmks = NULL;
	sta->psk_index = NULL;
	authenticator_wipe(&sta->auth);
}

/* Everything that belongs to the association. */
static void clear_association(struct ap *ap, struct ap_sta *sta)
{
	ap_group_delivered(ap, sta);
	wipe_keys(sta);
	clear_timers(sta);
	sta->unacked_polls = 0;
	ap->protection_stale = true;
	sta->authorised = sta->qos = sta->mfp = sta->dozing = sta->eapol_buffered = false;
	sta->query_active = sta->query_failed = sta->reported_moved = sta->wrong_passphrase = false;
	sta->checked_ns = 0;
}

static void end_association(struct ap *ap, struct ap_sta *sta, uint16_t reason)
{
	struct ap_bss *bss = sta->bss;
	bool was_authorised = sta->authorised, knew_group_key = bss->protected && was_authorised;
	struct ap_sta *last = ap->associated[--ap->associated_count];

	ap->associated[sta->assoc_index] = last;
	last->assoc_index = sta->assoc_index;
	clear_association(ap, sta);
	bss->used_aids[sta->aid / 8] &= (uint8_t) ~(1u << sta->aid % 8);
	sta->aid = 0;
	sta->associated = false;
	sta->four_address = sta->four_address_refused = sta->four_address_late = false;
	if (!sta->left)
		ap_act_station(ap, sta);
	ap_vlan_leave(ap, sta);
	sta->since_ns = ap->now_ns;
	bss->station_count--;
	ap_table_queue(ap, sta);
	ap_note(ap, bss, NOTE_DISCONNECTED, sta->entry.addr, reason);
	if (knew_group_key && bss->setup.group_rekey_strict && bss->station_count)
		bss->group_rekey_ns = earlier(bss->group_rekey_ns, ap->now_ns + AP_STRICT_REKEY_NS);
}

void ap_sta_disassociate(struct ap *ap, struct ap_sta *sta, uint16_t reason)
{
	end_association(ap, sta, reason);
	ap_sta_schedule(ap, sta);
}

void ap_sta_remove(struct ap *ap, struct ap_sta *sta, uint16_t reason)
{
	if (sta->removed)
		return;
	if (sta->associated)
		end_association(ap, sta, reason);
	ap_table_unqueue(ap, sta);
	if (!sta->left)
		ap_act(ap, PLANE_STATION_REMOVE, sta->bss, sta->entry.addr);
	ap_table_remove(ap, sta);
}

/* A removal now could meet the next association of the station. */
void ap_sta_left(struct ap *ap, struct ap_sta *sta, uint16_t reason)
{
	sta->left = true;
	ap_sta_remove(ap, sta, reason);
}

void ap_sta_kick(struct ap *ap, struct ap_sta *sta, enum mgmt_subtype subtype, uint16_t reason)
{
	ap_send_management(ap, sta->bss, ap_new_reason_frame(sta->bss, sta->entry.addr, subtype, reason),
			   (struct plane_management){0});
	if (subtype == MGMT_DISASSOC && sta->associated && !ap->plane.associates)
		ap_sta_disassociate(ap, sta, reason);
	else
		ap_sta_remove(ap, sta, reason);
}

void ap_sta_heard(struct ap *ap, struct ap_sta *sta)
{
	uint32_t silence_s = sta->bss->setup.max_inactivity_s;

	sta->heard_ns = ap->now_ns;
	if (!sta->unacked_polls)
		return;
	sta->unacked_polls = 0;
	ap_note(ap, sta->bss, NOTE_POLLED, sta->entry.addr, 0);
	sta->due_ns[AP_TIMER_POLL] = silence_s ? ap->now_ns + silence_s * SECOND : NEVER;
	ap_sta_schedule(ap, sta);
}

/* ---- memory ---- */

void ap_sta_reap(struct ap *ap)
{
	struct ap_sta *sta;

	while ((sta = ap->removed)) {
		ap->removed = sta->next_removed;
		crypto_wipe(sta, sizeof(*sta));
		free(sta);
	}
}

void ap_sta_free_all(struct ap *ap)
{
	struct plane_actions ignored = {0};

	ap->out = &ignored;
	while (ap->associated_count)
		ap_sta_remove(ap, ap->associated[ap->associated_count - 1], REASON_LEAVING);
	while (ap->oldest)
		ap_sta_remove(ap, ap->oldest, REASON_LEAVING);
	ap_sta_reap(ap);
	plane_actions_free(&ignored);
	ap->out = NULL;
	ap_table_free(ap);
}

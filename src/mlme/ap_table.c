/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stations: a table by BSS and address; and a queue of the unassociated ones, the oldest first. */
#include "mlme/ap_state.h"

#include "base/array.h"
#include "base/mac.h"

#include <stdlib.h>

static struct ap_sta *sta_of(struct mac_entry *entry)
{
	return (struct ap_sta *)entry; /* its first member */
}

struct ap_sta *ap_sta_find(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr)
{
	return sta_of(mac_table_find(&ap->table, bss->index, addr));
}

struct ap_sta *ap_sta_by_cookie(const struct ap *ap, uint32_t cookie, enum ap_cookie *kind)
{
	*kind = cookie >> MAC_TABLE_HANDLE_BITS;
	return sta_of(mac_table_by_handle(&ap->table, cookie));
}

struct ap_sta *ap_table_add(struct ap *ap, struct ap_bss *bss, const uint8_t *addr)
{
	size_t count = ap->table.count + 1;
	struct ap_sta *sta = NULL;

	if (!array_reserve(&ap->associated, &ap->associated_room, count, sizeof(*ap->associated)) &&
	    !timer_heap_reserve(&ap->timers, count))
		sta = calloc(1, sizeof(*sta));
	if (!sta)
		return NULL;
	sta->bss = bss;
	sta->entry.group = bss->index;
	mac_copy(sta->entry.addr, addr);
	if (!mac_table_add(&ap->table, &sta->entry))
		return sta;
	free(sta);
	return NULL;
}

void ap_table_remove(struct ap *ap, struct ap_sta *sta)
{
	timer_heap_stop(&ap->timers, &sta->timer);
	mac_table_remove(&ap->table, &sta->entry);
	sta->removed = true;
	sta->next_removed = ap->removed;
	ap->removed = sta;
}

void ap_table_free(struct ap *ap)
{
	mac_table_free(&ap->table);
	free(ap->associated);
	timer_heap_free(&ap->timers);
}

void ap_table_queue(struct ap *ap, struct ap_sta *sta)
{
	sta->older = ap->newest;
	sta->newer = NULL;
	*(ap->newest ? &ap->newest->newer : &ap->oldest) = sta;
	ap->newest = sta;
	ap->unassociated_count++;
}

void ap_table_unqueue(struct ap *ap, struct ap_sta *sta)
{
	*(sta->older ? &sta->older->newer : &ap->oldest) = sta->newer;
	*(sta->newer ? &sta->newer->older : &ap->newest) = sta->older;
	ap->unassociated_count--;
}

void ap_sta_schedule(struct ap *ap, struct ap_sta *sta)
{
	uint64_t due_ns = NEVER;

	if (sta->removed)
		return;
	if (!sta->associated) {
		timer_heap_set(&ap->timers, &sta->timer, sta->since_ns + AP_UNASSOCIATED_TIMEOUT_NS);
		return;
	}
	for (int i = 0; i < AP_TIMERS; i++)
		due_ns = earlier(due_ns, sta->due_ns[i]);
	if (sta->auth.deadline_ns && !sta->eapol_buffered)
		due_ns = earlier(due_ns, sta->auth.deadline_ns);
	if (due_ns == NEVER)
		timer_heap_stop(&ap->timers, &sta->timer);
	else
		timer_heap_set(&ap->timers, &sta->timer, due_ns);
}

uint16_t ap_vlan_id(const struct ap_sta *sta)
{
	return sta->vlan ? sta->vlan->setup.id : 0;
}

bool ap_bss_protects_beacons(const struct ap_bss *bss)
{
	return bss->setup.beacon_protection && bss->setup.rsn && bss->setup.pmf && bss->ap->plane.protects_beacons;
}

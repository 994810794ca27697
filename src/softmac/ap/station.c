/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stations that control has added to the plane. */
#include "softmac/ap/soft_ap_state.h"

#include "base/array.h"
#include "base/mac.h"

#include <stdlib.h>

struct soft_station *soft_find(const struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *addr)
{
	return (struct soft_station *)mac_table_find(&soft->table, bss->index, addr);
}

struct soft_station *soft_find_associated(const struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *addr)
{
	struct soft_station *sta = soft_find(soft, bss, addr);

	return sta && sta->associated ? sta : NULL;
}

struct soft_station *soft_station_new(struct soft_ap *soft, struct soft_bss *bss, const uint8_t *addr)
{
	size_t count = soft->station_count + 1;
	struct soft_station *sta = NULL;

	if (!array_reserve(&soft->stations, &soft->station_room, count, sizeof(*soft->stations)) &&
	    !timer_heap_reserve(&soft->timers, count))
		sta = calloc(1, sizeof(*sta));
	if (!sta)
		return NULL;
	sta->bss = bss;
	sta->entry.group = bss->index;
	mac_copy(sta->entry.addr, addr);
	sta->last_mgmt_seq = PEER_SEQ_CONTROL_NONE;
	sta->heard_ns = soft->now_ns;
	if (mac_table_add(&soft->table, &sta->entry)) {
		free(sta);
		return NULL;
	}
	sta->index = soft->station_count;
	soft->stations[soft->station_count++] = sta;
	return sta;
}

void soft_station_remove(struct soft_ap *soft, struct soft_station *sta)
{
	struct soft_station *last = soft->stations[--soft->station_count];

	soft->stations[sta->index] = last;
	last->index = sta->index;
	timer_heap_stop(&soft->timers, &sta->timer);
	mac_table_remove(&soft->table, &sta->entry);
	sta->next_removed = soft->removed;
	soft->removed = sta;
}

void soft_stations_reap(struct soft_ap *soft)
{
	struct soft_station *sta;

	while ((sta = soft->removed)) {
		soft->removed = sta->next_removed;
		crypto_wipe(sta, sizeof(*sta));
		free(sta);
	}
}

void soft_station_heard(struct soft_ap *soft, struct soft_station *sta, bool acked)
{
	sta->heard_ns = soft->now_ns;
	sta->consecutive_lost = 0;
	if (sta->probing || (acked && !sta->proven))
		soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_HEARD, .acked = acked});
	sta->proven |= acked;
	if (!sta->probing)
		return;
	sta->probing = sta->poll_pending = false;
	soft_power_update_tim(sta);
}

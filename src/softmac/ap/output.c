/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of the plane: actions for its caller, and events for control. */
#include "softmac/ap/soft_ap_state.h"

#include "base/array.h"
#include "base/mac.h"

void soft_drop(struct soft_ap *soft, enum drop drop, const uint8_t *addr)
{
	struct action *action = actions_add(soft->out, ACTION_DROP);

	soft->drops[drop]++;
	if (!action)
		return;
	action->drop = drop;
	if (addr)
		mac_copy(action->addr, addr);
}

void soft_pass_report(struct soft_ap *soft, const struct action *report)
{
	struct action *action = actions_add(soft->out, report->kind);

	if (report->kind == ACTION_DROP)
		soft->drops[report->drop]++;
	if (action)
		*action = *report;
}

void soft_deliver(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame)
{
	struct action *action = actions_add(soft->out, ACTION_DELIVER);

	if (!action) {
		soft->drops[DROP_NO_MEMORY]++;
		frame_free(frame);
		return;
	}
	action->frame = frame;
	action->bss = bss->index;
}

void soft_flush(struct soft_ap *soft)
{
	tx_queue_seal(&soft->tx);
	for (size_t i = 0; i < soft->tx.count; i++) {
		struct tx_mpdu *mpdu = &soft->tx.mpdus[i];
		struct action *action;

		if (mpdu->drop) {
			soft_drop(soft, mpdu->drop, mpdu->frame->data + DOT11_OFF_ADDR1);
			continue;
		}
		action = actions_add(soft->out, ACTION_TRANSMIT);
		if (!action) {
			soft->drops[DROP_NO_MEMORY]++;
			continue;
		}
		action->frame = mpdu->frame;
		action->cookie = mpdu->cookie;
		action->freq = soft->freq_mhz;
		mac_copy(action->addr, mpdu->frame->data + DOT11_OFF_ADDR1);
		mpdu->frame = NULL;
	}
	tx_queue_clear(&soft->tx);
}

uint32_t soft_cookie(const struct soft_station *sta, enum soft_cookie kind)
{
	return (uint32_t)kind << MAC_TABLE_HANDLE_BITS | sta->entry.handle;
}

void soft_report(struct soft_ap *soft, const struct plane_event *event)
{
	if (array_reserve(&soft->events, &soft->event_room, soft->event_count + 1, sizeof(*soft->events)))
		soft->drops[DROP_NO_MEMORY]++;
	else
		soft->events[soft->event_count++] = *event;
}

struct plane_event soft_station_event(const struct soft_station *sta, enum plane_event_kind kind)
{
	struct plane_event event = {.kind = kind, .bss = sta->bss->index};

	mac_copy(event.addr, sta->entry.addr);
	return event;
}

void soft_report_group_pn(struct soft_ap *soft, const struct soft_bss *bss)
{
	const struct group_keys *keys = &bss->group_keys;
	struct plane_event event = {.kind = PLANE_EVENT_GROUP_PN, .bss = bss->index};

	if (!bss->setup.rsn || !keys->gtk[bss->newest_gtk & 3].set)
		return;
	event.gtk_pn = PN_MAX - key_pn_remaining(&keys->gtk[bss->newest_gtk & 3]);
	if (bss->newest_igtk)
		event.igtk_pn = PN_MAX - key_pn_remaining(&keys->igtk[bss->newest_igtk & 1]);
	soft_report(soft, &event);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of a station's plane: actions for its caller, frames that several files send, and events for control. */
#include "softmac/sta/soft_sta_state.h"

#include "base/array.h"
#include "base/mac.h"

void soft_sta_drop(struct soft_sta *soft, enum drop drop, const uint8_t *addr)
{
	struct action *action = actions_add(soft->out, ACTION_DROP);

	soft->drops[drop]++;
	if (!action)
		return;
	action->drop = drop;
	mac_copy(action->addr, addr);
}

void soft_sta_pass_report(struct soft_sta *soft, const struct action *report)
{
	struct action *action = actions_add(soft->out, report->kind);

	if (report->kind == ACTION_DROP)
		soft->drops[report->drop]++;
	if (action)
		*action = *report;
}

void soft_sta_tune(struct soft_sta *soft, uint16_t freq)
{
	struct action *action = soft->tuned_mhz == freq ? NULL : actions_add(soft->out, ACTION_TUNE);

	if (action)
		action->freq = soft->tuned_mhz = freq;
}

uint32_t soft_sta_cookie(const struct soft_sta *soft, enum soft_sta_cookie kind)
{
	return soft->attempt << 3 | kind | (PLANE_COOKIE_MAX + 1u);
}

uint64_t soft_sta_jitter(struct soft_sta *soft, uint64_t ns)
{
	return ns / 4 * 3 + (ns / 2 / 1024) * random_below(&soft->random, 1024);
}

void soft_sta_deliver(struct soft_sta *soft, struct frame *frame)
{
	struct action *action = actions_add(soft->out, ACTION_DELIVER);

	soft->rx_frames++;
	soft->rx_bytes += frame->len;
	if (!action) {
		soft_sta_drop(soft, DROP_NO_MEMORY, soft->ap.bssid);
		frame_free(frame);
		return;
	}
	action->frame = frame;
}

void soft_sta_flush(struct soft_sta *soft)
{
	tx_queue_seal(&soft->tx);
	for (size_t i = 0; i < soft->tx.count; i++) {
		struct tx_mpdu *mpdu = &soft->tx.mpdus[i];
		struct action *action = mpdu->drop ? NULL : actions_add(soft->out, ACTION_TRANSMIT);

		if (!action) {
			soft_sta_drop(soft, mpdu->drop ? mpdu->drop : DROP_NO_MEMORY, soft->ap.bssid);
			continue;
		}
		action->frame = mpdu->frame;
		action->cookie = mpdu->cookie;
		action->freq = soft->tuned_mhz;
		mpdu->frame = NULL;
	}
	tx_queue_clear(&soft->tx);
}

void soft_sta_send_null(struct soft_sta *soft, enum soft_sta_cookie kind, bool power_management)
{
	struct tx_options options = {.cookie = soft_sta_cookie(soft, kind), .power_save = power_management};
	enum drop drop = tx_null(&soft->tx, &soft->peer, &options);

	if (drop)
		soft_sta_drop(soft, drop, soft->ap.bssid);
	soft_sta_flush(soft);
}

void soft_sta_report(struct soft_sta *soft, const struct plane_event *event)
{
	if (array_reserve(&soft->events, &soft->event_room, soft->event_count + 1, sizeof(*soft->events)))
		soft->drops[DROP_NO_MEMORY]++;
	else
		soft->events[soft->event_count++] = *event;
}

struct plane_event soft_sta_new_event(const struct soft_sta *soft, enum plane_event_kind kind)
{
	struct plane_event event = {.kind = kind};

	mac_copy(event.addr, soft->ap.bssid);
	return event;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of a station's plane: actions for its caller, frames that several files send, and events for control. */
#include "softmac/sta/soft_sta_state.h"

#include "base/mac.h"

void soft_sta_drop(struct soft_sta *soft, enum drop drop, const uint8_t *addr)
{
	soft_output_drop(&soft->output, drop, addr);
}

void soft_sta_tune(struct soft_sta *soft, uint16_t freq)
{
	struct action *action = soft->tuned_mhz == freq ? NULL : actions_add(soft->output.actions, ACTION_TUNE);

	if (action)
		action->freq = soft->tuned_mhz = freq;
}

uint32_t soft_sta_cookie(const struct soft_sta *soft, enum soft_sta_cookie kind)
{
	return soft->attempt << 3 | kind | (PLANE_COOKIE_MAX + 1u);
}

void soft_sta_deliver(struct soft_sta *soft, struct frame *frame)
{
	soft->rx_frames++;
	soft->rx_bytes += frame->len;
	soft_output_deliver(&soft->output, 0, frame);
}

void soft_sta_flush(struct soft_sta *soft)
{
	soft_output_transmit(&soft->output, &soft->tx, soft->tuned_mhz);
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
	soft_output_event(&soft->output, event);
}

void soft_sta_report_link(struct soft_sta *soft, struct plane_event event)
{
	mac_copy(event.addr, soft->ap.bssid);
	soft_sta_report(soft, &event);
}

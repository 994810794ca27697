/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of the plane: actions for its caller, and events for control. */
#include "softmac/ap/soft_ap_state.h"

#include "base/mac.h"

void soft_drop(struct soft_ap *soft, enum drop drop, const uint8_t *addr)
{
	soft_output_drop(&soft->output, drop, addr);
}

void soft_deliver(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame)
{
	soft_output_deliver(&soft->output, bss->index, frame);
}

void soft_tune(struct soft_ap *soft, uint16_t freq_mhz)
{
	struct action *action = actions_add(soft->output.actions, ACTION_TUNE);

	soft->freq_mhz = freq_mhz;
	if (action)
		action->freq = freq_mhz;
}

void soft_flush(struct soft_ap *soft)
{
	soft_output_transmit(&soft->output, &soft->tx, soft->freq_mhz);
}

uint32_t soft_cookie(const struct soft_station *sta, enum soft_cookie kind)
{
	return (uint32_t)kind << MAC_TABLE_HANDLE_BITS | sta->entry.handle;
}

void soft_report(struct soft_ap *soft, const struct plane_event *event)
{
	soft_output_event(&soft->output, event);
}

void soft_report_station(struct soft_ap *soft, const struct soft_station *sta, struct plane_event event)
{
	event.bss = sta->bss->index;
	mac_copy(event.addr, sta->entry.addr);
	soft_report(soft, &event);
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
	if (bss->newest_bigtk)
		event.bigtk_pn = PN_MAX - key_pn_remaining(&keys->bigtk[bss->newest_bigtk & 1]);
	soft_report(soft, &event);
}

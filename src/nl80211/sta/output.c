/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plane reports to control, and the carrier of the interface. */
#include "nl80211/sta/state.h"

#include "base/mac.h"
#include "wire/ieee80211.h"

struct plane_event *nl80211_sta_add_event(struct nl80211_sta *sta, enum plane_event_kind kind)
{
	struct plane_event *event = plane_events_add(&sta->events, kind);

	if (event)
		mac_copy(event->addr, sta->link.bssid);
	return event;
}

void nl80211_sta_drop(struct nl80211_sta *sta, enum drop drop, const uint8_t *addr)
{
	plane_actions_drop(&sta->reports, drop, addr);
}

void nl80211_sta_report(struct nl80211_sta *sta, struct frame *frame)
{
	struct plane_event *event = frame ? nl80211_sta_add_event(sta, PLANE_EVENT_MANAGEMENT) : NULL;

	if (!event) {
		nl80211_sta_drop(sta, DROP_NO_MEMORY, NULL);
		frame_free(frame);
		return;
	}
	if (!frame->meta.freq_mhz)
		frame->meta.freq_mhz = sta->link.freq_mhz;
	if (!frame->meta.signal_dbm)
		frame->meta.signal_dbm = sta->link.signal_dbm;
	event->frame = frame;
}

void nl80211_sta_receive_eapol(struct nl80211_sta *sta, struct frame *frame, bool protected)
{
	struct plane_event *event = NULL;

	if (sta->phase == PHASE_ASSOCIATING) {
		frame_free(sta->early_eapol);
		sta->early_eapol = frame;
		return;
	}
	if (sta->phase == PHASE_ASSOCIATED)
		event = nl80211_sta_add_event(sta, PLANE_EVENT_EAPOL);
	if (!event) {
		nl80211_sta_drop(sta, sta->phase == PHASE_ASSOCIATED ? DROP_NO_MEMORY : DROP_EAPOL_UNEXPECTED,
				 sta->link.bssid);
		frame_free(frame);
		return;
	}
	event->frame = frame;
	event->protected = protected && sta->pairwise.len;
}

void nl80211_sta_carrier(struct nl80211_sta *sta, bool up, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	if (sta->operstate_up == up)
		return;
	sta->operstate_up = up;
	request = nl80211_requests_add_operstate(out, sta->setup.ifindex, up);
	if (request)
		request->purpose = up ? STA_CARRIER : STA_REPORT_ERROR;
}

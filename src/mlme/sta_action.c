/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Action frames from our access point (IEEE 802.11-2020 9.6).  What is asked of us is done or refused; what we do not
 * know is returned, so that whoever asks need not wait for us (10.28.4).
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#define BTM_REQUEST  7 /* of ACTION_CATEGORY_WNM */
#define BTM_RESPONSE 8
#define BTM_REJECT   1 /* "unspecified reject reason" (Table 9-428) */

/*
 * Our association request does not claim that we do BSS transition management: where we are is our own choice
 * (sta_roam.c).  Who asks all the same gets a refusal, rather than to send us away for want of one.
 */
static bool refuse_transition(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	struct frame *frame;
	uint8_t body[5] = {ACTION_CATEGORY_WNM, BTM_RESPONSE, 0, BTM_REJECT, 0};

	if (mgmt->category != ACTION_CATEGORY_WNM || mgmt->action != BTM_REQUEST || mgmt->body.len < 5 ||
	    mac_is_group(mgmt->da))
		return false;
	body[2] = mgmt->body.bytes[0]; /* dialog token */
	frame = mgmt_new(MGMT_ACTION, sta->ap.bssid, sta->setup.addr, sta->ap.bssid);
	if (frame && mgmt_put(frame, body, sizeof body)) {
		frame_free(frame);
		frame = NULL;
	}
	sta_send_management(sta, frame, STA_COOKIE_NONE, out);
	return true;
}

void sta_receive_action(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	bool query = mgmt->category == ACTION_CATEGORY_SA_QUERY && sta->peer.mfp &&
		     (mgmt->action == SA_QUERY_REQUEST || mgmt->action == SA_QUERY_RESPONSE);

	if (query) {
		sta_sa_query_action(sta, mgmt, out);
		return;
	}
	if (sta_switch_action(sta, mgmt) || refuse_transition(sta, mgmt, out))
		return;
	sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa, out);
	if (mgmt_is_returnable(mgmt))
		sta_send_management(sta, mgmt_new_return(mgmt), STA_COOKIE_NONE, out);
}

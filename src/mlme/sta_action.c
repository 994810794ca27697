/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Action frames of our access point (IEEE 802.11-2020 9.6). A request is carried out or refused; an unknown frame is
 * returned, so that its sender need not wait for an answer (10.28.4).
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#define BTM_REQUEST  7 /* of ACTION_CATEGORY_WNM */
#define BTM_RESPONSE 8
#define BTM_REJECT   1 /* "unspecified reject reason" (Table 9-428) */

/*
 * Our association request does not claim BSS transition management: the station decides itself when to roam (sta_roam.c).
 * An access point that requests a transition nevertheless gets a refusal, because without one it may deauthenticate us.
 */
static bool refuse_transition(struct sta *sta, const struct mgmt *mgmt)
{
	uint8_t body[5] = {ACTION_CATEGORY_WNM, BTM_RESPONSE, 0, BTM_REJECT, 0};
	struct frame_writer writer;

	if (mgmt->category != ACTION_CATEGORY_WNM || mgmt->action != BTM_REQUEST || mgmt->body.len < 5 ||
	    mac_is_group(mgmt->da))
		return false;
	body[2] = mgmt->body.bytes[0]; /* dialog token */
	writer = sta_begin_management(sta, MGMT_ACTION);
	write_bytes(&writer, body, sizeof(body));
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){0});
	return true;
}

void sta_receive_action(struct sta *sta, const struct mgmt *mgmt)
{
	bool query = mgmt->category == ACTION_CATEGORY_SA_QUERY && sta->terms.mfp &&
		     (mgmt->action == SA_QUERY_REQUEST || mgmt->action == SA_QUERY_RESPONSE);

	if (query) {
		sta_sa_query_action(sta, mgmt);
		return;
	}
	if (refuse_transition(sta, mgmt))
		return;
	sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
	if (mgmt_is_returnable(mgmt))
		sta_send_management(sta, mgmt_new_return(mgmt), (struct plane_management){0});
}

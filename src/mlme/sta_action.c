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
static bool refuse_transition(struct sta *s, const struct mgmt *m, struct actions *out)
{
	struct frame *f;
	uint8_t body[5] = {ACTION_CATEGORY_WNM, BTM_RESPONSE, 0, BTM_REJECT, 0};

	if (m->category != ACTION_CATEGORY_WNM || m->action != BTM_REQUEST || m->body.len < 5 || mac_is_group(m->da))
		return false;
	body[2] = m->body.bytes[0]; /* dialog token */
	f = mgmt_new(MGMT_ACTION, s->ap.bssid, s->setup.addr, s->ap.bssid);
	if (f && mgmt_put(f, body, sizeof body)) {
		frame_free(f);
		f = NULL;
	}
	sta_send_management(s, f, COOKIE_NONE, out);
	return true;
}

void sta_action(struct sta *s, const struct mgmt *m, struct actions *out)
{
	bool query = m->category == ACTION_CATEGORY_SA_QUERY && s->peer.mfp &&
		     (m->action == SA_QUERY_REQUEST || m->action == SA_QUERY_RESPONSE);

	if (query) {
		sta_sa_query_frame(s, m, out);
		return;
	}
	if (sta_switch_action(s, m) || refuse_transition(s, m, out))
		return;
	sta_drop(s, DROP_MGMT_UNEXPECTED, m->sa, out);
	if (mgmt_is_returned(m))
		sta_send_management(s, mgmt_return(m), COOKIE_NONE, out);
}

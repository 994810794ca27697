/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SA Query (IEEE 802.11-2020 11.14), where management frames are protected: does the access point still hold our
 * association? A frame that it should not send starts one. Only its timeout ends the connection.
 */
#include "mlme/sta_state.h"

#include "mlme/sta_ocv.h"

#define PAUSE_NS (10 * SECOND) /* after the beginning of a query: forged frames must not cause more of them */

static void send_sa_query(struct sta *sta, uint8_t action, const uint8_t id[2])
{
	struct frame_writer writer = sta_begin_management(sta, MGMT_ACTION);
	const struct ocv ocv = sta_ocv(sta);
	uint8_t oci[OCI_ELEMENT_LEN];

	write_u8(&writer, ACTION_CATEGORY_SA_QUERY);
	write_u8(&writer, action);
	write_bytes(&writer, id, 2);
	if (ocv.used)
		write_bytes(&writer, oci, (size_t)(oci_write_element(&ocv.channel, oci) - oci));
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){.bufferable = true});
}

static void send_sa_query_request(struct sta *sta)
{
	uint8_t id[2];

	put_le16(id, sta->query_id);
	sta->due_ns[STA_TIMER_SA_QUERY] = sta->now_ns + SA_QUERY_RETRY_NS;
	send_sa_query(sta, SA_QUERY_REQUEST, id);
}

void sta_sa_query_begin(struct sta *sta)
{
	if (sta->state != STA_CONNECTED || !sta->terms.mfp || sta->query_began_ns || sta->now_ns < sta->query_next_ns)
		return;
	sta->query_next_ns = sta->now_ns + PAUSE_NS;
	sta->query_began_ns = sta->now_ns;
	random_bytes(&sta->random, &sta->query_id, sizeof(sta->query_id));
	sta_note(sta, NOTE_SA_QUERY, 0);
	send_sa_query_request(sta);
}

struct sta_outcome sta_sa_query_timer(struct sta *sta)
{
	if (sta->state != STA_CONNECTED || !sta->query_began_ns)
		return (struct sta_outcome){0};
	if (sta->now_ns - sta->query_began_ns >= SA_QUERY_MAX_NS)
		return (struct sta_outcome){STA_OUTCOME_LEFT, REASON_CLASS_3};
	send_sa_query_request(sta);
	return (struct sta_outcome){0};
}

/* PMF has accepted the frame as our access point's. */
void sta_sa_query_action(struct sta *sta, const struct mgmt *mgmt)
{
	if (mgmt->body.len < 2) {
		sta_drop(sta, DROP_TRUNCATED, mgmt->sa);
		return;
	}
	if (!sta_ocv_accepts(sta, mgmt->action == SA_QUERY_REQUEST ? OCI_SA_QUERY_REQUEST : OCI_SA_QUERY_RESPONSE,
			     (struct span){mgmt->body.bytes + 2, mgmt->body.len - 2}))
		return;
	if (mgmt->action == SA_QUERY_REQUEST) {
		send_sa_query(sta, SA_QUERY_RESPONSE, mgmt->body.bytes);
	} else if (mgmt->action == SA_QUERY_RESPONSE && sta->query_began_ns &&
		   le16(mgmt->body.bytes) == sta->query_id) {
		sta->query_began_ns = 0;
		sta->due_ns[STA_TIMER_SA_QUERY] = NEVER;
	} else {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
	}
}

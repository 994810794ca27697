/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Presence checks of a station.
 *
 * SA Query (IEEE 802.11-2016, 11.14), where management frames are protected: another association claims the address of
 * the station. Every 201 TU the access point sends a request that only the holder of the keys can answer. An answer
 * ends the procedure, and the association remains. After 1000 TU without an answer the next association request
 * replaces the association; or, if the station was reported elsewhere, the association ends.
 *
 * Polling: a station that was silent for max_inactivity_s, or did not acknowledge PLANE_LOST_MAX frames in a row, gets Null
 * frames, which its radio acknowledges. After AP_POLL_TRIES unacknowledged polls it is deauthenticated with reason 4.
 * A dozing station gets no frame: its TIM bit calls it, and it has twice its listen interval more.
 */
#include "mlme/ap_ocv.h"
#include "mlme/ap_state.h"

/* ---- SA Query ---- */

static void send_sa_query(struct ap *ap, struct ap_sta *sta, uint8_t action, uint16_t id)
{
	const struct ocv *ocv = ap_ocv_refresh(ap, sta);
	uint8_t oci[OCI_ELEMENT_LEN];
	const uint8_t *bssid = sta->bss->setup.bssid;
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta->entry.addr, bssid, bssid);

	write_u8(&writer, ACTION_CATEGORY_SA_QUERY);
	write_u8(&writer, action);
	write_le16(&writer, id);
	if (ocv->used)
		write_bytes(&writer, oci, (size_t)(oci_write_element(&ocv->channel, oci) - oci));
	ap_send_management(ap, sta->bss, frame_writer_end(&writer), (struct plane_management){.bufferable = true});
}

/* A dozing station wakes up within this time: twice its listen interval. */
static uint64_t doze_ns(const struct ap *ap, const struct ap_sta *sta)
{
	return 2 * (uint64_t)sta->listen_interval * ap->setup.beacon_tu * TU;
}

static uint64_t query_end_ns(const struct ap *ap, const struct ap_sta *sta)
{
	/* A report of a move must not remove a dozing station before it can fetch the request. */
	uint64_t wait_ns = sta->reported_moved && sta->dozing ? doze_ns(ap, sta) : 0;

	return sta->query_began_ns + SA_QUERY_MAX_NS + wait_ns;
}

uint32_t ap_sa_query_begin(struct ap *ap, struct ap_sta *sta)
{
	uint64_t end_ns;

	if (!sta->query_active) {
		sta->query_active = true;
		sta->query_id = (uint16_t)random_below(&ap->random, 0x10000);
		sta->query_began_ns = ap->now_ns;
		sta->due_ns[AP_TIMER_SA_QUERY] = ap->now_ns + SA_QUERY_RETRY_NS;
		ap_note(ap, sta->bss, NOTE_SA_QUERY, sta->entry.addr, 0);
		send_sa_query(ap, sta, SA_QUERY_REQUEST, sta->query_id);
		ap_sta_schedule(ap, sta);
	}
	end_ns = query_end_ns(ap, sta);
	return end_ns > ap->now_ns ? (uint32_t)((end_ns - ap->now_ns) / TU) + 1 : 1;
}

static void end_query(struct ap_sta *sta)
{
	sta->query_active = false;
	sta->due_ns[AP_TIMER_SA_QUERY] = NEVER;
}

void ap_sa_query_timer(struct ap *ap, struct ap_sta *sta)
{
	uint64_t end_ns = query_end_ns(ap, sta);

	if (ap->now_ns >= end_ns) {
		end_query(sta);
		sta->query_failed = true;
		ap_act(ap, PLANE_STATION_WATCH, sta->bss, sta->entry.addr);
		if (sta->reported_moved)
			ap_sta_remove(ap, sta, REASON_DISASSOC_LEAVING);
		return;
	}
	sta->due_ns[AP_TIMER_SA_QUERY] = earlier(sta->due_ns[AP_TIMER_SA_QUERY] + SA_QUERY_RETRY_NS, end_ns);
	send_sa_query(ap, sta, SA_QUERY_REQUEST, sta->query_id);
}

void ap_sa_query_action(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt)
{
	uint16_t id;

	if (mgmt->body.len < 2) {
		ap_drop(ap, DROP_TRUNCATED, sta->entry.addr);
		return;
	}
	/* Without PMF or before the keys an answer proves nothing. */
	if (!sta->mfp || !sta->auth.ptk_installed)
		return;
	id = le16(mgmt->body.bytes);
	if (!ap_ocv_accepts(ap, sta, mgmt->action == SA_QUERY_REQUEST ? OCI_SA_QUERY_REQUEST : OCI_SA_QUERY_RESPONSE,
			    (struct span){mgmt->body.bytes + 2, mgmt->body.len - 2}))
		return;
	sta->due_ns[AP_TIMER_OCV] = NEVER;
	if (mgmt->action == SA_QUERY_REQUEST)
		send_sa_query(ap, sta, SA_QUERY_RESPONSE, id);
	else if (mgmt->action == SA_QUERY_RESPONSE && sta->query_active && id == sta->query_id)
		end_query(sta);
	/* Any frame under the keys proves that their holder is present. */
	sta->query_failed = sta->reported_moved = false;
	ap_sta_schedule(ap, sta);
}

/* ---- polling ---- */

static void send_poll(struct ap *ap, struct ap_sta *sta)
{
	uint64_t wait_ns = AP_POLL_RETRY_NS + (sta->dozing ? doze_ns(ap, sta) : 0);

	sta->unacked_polls++;
	sta->due_ns[AP_TIMER_POLL] = ap->now_ns + wait_ns;
	ap_act(ap, PLANE_STATION_PROBE, sta->bss, sta->entry.addr);
	ap_sta_schedule(ap, sta);
}

void ap_poll_begin(struct ap *ap, struct ap_sta *sta)
{
	sta->unacked_polls = 0;
	send_poll(ap, sta);
}

/* Received frames do not move the deadline: it is compared with the time of the last one only here. */
void ap_poll_station(struct ap *ap, struct ap_sta *sta, uint64_t heard_ns)
{
	uint64_t silence_ns = sta->bss->setup.max_inactivity_s * SECOND;

	sta->heard_ns = heard_ns > sta->heard_ns ? heard_ns : sta->heard_ns;
	if (!silence_ns || sta->unacked_polls)
		return;
	if (ap->now_ns >= sta->heard_ns + silence_ns) {
		if (sta->bss->setup.no_inactivity_poll)
			ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_INACTIVE);
		else
			send_poll(ap, sta);
		return;
	}
	sta->due_ns[AP_TIMER_POLL] = sta->heard_ns + silence_ns;
	ap_sta_schedule(ap, sta);
}

void ap_poll_timer(struct ap *ap, struct ap_sta *sta)
{
	if (!sta->unacked_polls) {
		sta->due_ns[AP_TIMER_POLL] = ap->now_ns + AP_POLL_RETRY_NS; /* if the plane does not answer */
		ap_act(ap, PLANE_STATION_QUERY, sta->bss, sta->entry.addr);
	} else if (sta->unacked_polls < AP_POLL_TRIES) {
		send_poll(ap, sta);
	} else {
		ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_INACTIVE);
	}
}

void ap_poll_unacked(struct ap *ap, struct ap_sta *sta)
{
	if (!sta->unacked_polls || sta->dozing)
		return;
	/* The TX status is known: wait only for a short fade to pass. */
	sta->due_ns[AP_TIMER_POLL] = ap->now_ns + AP_POLL_RETRY_NS;
	ap_sta_schedule(ap, sta);
}

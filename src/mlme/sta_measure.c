/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Radio measurement (11.10): what the station claims; its location and the link, on request of the access point; the access
 * point's neighbours, on request of the user. mlme/sta_beacon_report.c listens for beacons.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define NEIGHBOURS_NS SECOND /* as long as wpa_supplicant waits for the report */

/* ---- what the station claims ---- */

/* The access point's RM Enabled Capabilities; NULL: it does not measure. */
static const uint8_t *capabilities_of_ap(const struct sta *sta)
{
	const struct scan_result *result = scan_results_find(&sta->results, sta->ap.bssid);
	struct span rest = {result ? result->elements : NULL, result ? result->len : 0};
	struct element element;

	if (!(sta->ap.capability & CAPABILITY_RADIO_MEASUREMENT))
		return NULL;
	while (element_next(&rest, &element))
		if (element.id == EID_RM_CAPABILITIES && element.body.len >= RM_CAPABILITIES_LEN)
			return element.body.bytes;
	return NULL;
}

void sta_measure_begin(struct sta *sta)
{
	sta->measure.used = sta->plane.measures && capabilities_of_ap(sta);
}

/* The user's own element has precedence: he may want to claim less. */
static bool user_claims(const struct sta *sta)
{
	struct span rest = {sta->extra, sta->extra_len};
	struct element element;

	while (element_next(&rest, &element))
		if (element.id == EID_RM_CAPABILITIES)
			return true;
	return false;
}

void sta_write_measurements(const struct sta *sta, struct frame_writer *writer)
{
	uint8_t body[RM_CAPABILITIES_LEN] = {RM_NEIGHBOR_REPORT | RM_BEACON_PASSIVE | RM_BEACON_ACTIVE |
						     RM_BEACON_TABLE,
					     sta->measure.lci_len ? RM_LCI : 0};

	if (!sta->measure.used || user_claims(sta))
		return;
	if (sta->plane.inserts_tx_power)
		body[0] |= RM_LINK;
	write_element(writer, EID_RM_CAPABILITIES, body, sizeof(body));
}

uint16_t sta_measure_capability(const struct sta *sta)
{
	return sta->measure.used ? CAPABILITY_RADIO_MEASUREMENT : 0;
}

/* ---- location ---- */

enum sta_answer sta_measure_set_lci(struct sta *sta, struct span lci)
{
	if (lci.len > sizeof(sta->measure.lci))
		return STA_ANSWER_FULL;
	if (lci.len)
		memcpy(sta->measure.lci, lci.bytes, lci.len);
	sta->measure.lci_len = lci.len;
	sta->measure.lci_ns = sta->now_ns;
	return STA_ANSWER_DONE;
}

size_t sta_measure_locate(const struct sta *sta, const struct measure_request *request, bool group,
			  uint8_t out[ELEMENT_MAX])
{
	const struct sta_measure *measure = &sta->measure;
	struct lci_request lci;
	bool known;

	if (!lci_request_parse(&lci, request->body))
		return 0;
	known = measure->lci_len &&
		(lci.age_max == LOCATION_ANY_AGE || sta->now_ns - measure->lci_ns <= lci.age_max * (100 * MS));
	if (measure->lci_len && lci.subject != LOCATION_SUBJECT_REMOTE)
		return 0;
	measure_report_write_empty(out, request->token, known ? 0 : MEASURE_INCAPABLE, request->type);
	if (!known)
		return group ? 0 : MEASURE_EMPTY_LEN;
	memcpy(out + MEASURE_EMPTY_LEN, measure->lci, measure->lci_len);
	out[1] = (uint8_t)(MEASURE_HEADER_LEN + measure->lci_len);
	return MEASURE_EMPTY_LEN + measure->lci_len;
}

/* ---- the link ---- */

/* The driver writes our transmit power and the link margin into the TPC Report element. */
static void report_link(struct sta *sta, uint8_t token, int8_t signal_dbm)
{
	static const uint8_t tpc[] = {0, 0};
	enum { ANTENNA_UNKNOWN = 0, RSNI_UNKNOWN = 255 };
	struct frame_writer writer = sta_begin_management(sta, MGMT_ACTION);

	write_u8(&writer, ACTION_CATEGORY_MEASUREMENT);
	write_u8(&writer, ACTION_LINK_REPORT);
	write_u8(&writer, token);
	write_element(&writer, EID_TPC_REPORT, tpc, sizeof(tpc));
	write_u8(&writer, ANTENNA_UNKNOWN); /* of the receiver */
	write_u8(&writer, ANTENNA_UNKNOWN); /* of the transmitter */
	write_u8(&writer, rcpi_of_signal(signal_dbm));
	write_u8(&writer, RSNI_UNKNOWN);
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){0});
}

static bool receive_link_request(struct sta *sta, const struct mgmt *mgmt, int8_t signal_dbm)
{
	enum { REQUEST_LEN = 3 }; /* dialog token, transmit power, its maximum */

	if (!sta->plane.inserts_tx_power || mac_is_group(mgmt->da))
		return false;
	if (mgmt->body.len < REQUEST_LEN)
		sta_drop(sta, DROP_TRUNCATED, mgmt->sa);
	else
		report_link(sta, mgmt->body.bytes[0], signal_dbm);
	return true;
}

/* ---- neighbours ---- */

static bool is_pending(const struct sta *sta)
{
	return sta->due_ns[STA_TIMER_NEIGHBOURS] != NEVER;
}

enum sta_answer sta_measure_ask_neighbours(struct sta *sta, const struct neighbour_request *request)
{
	const uint8_t *capabilities = sta->state == STA_CONNECTED && sta->measure.used ? capabilities_of_ap(sta) : NULL;
	struct frame_writer writer;

	if (!capabilities || !(capabilities[0] & RM_NEIGHBOR_REPORT))
		return STA_ANSWER_NOT_CONNECTED;
	if (is_pending(sta))
		return STA_ANSWER_BUSY;
	sta->measure.neighbour_token = sta->measure.neighbour_token == UINT8_MAX ? 1 : sta->measure.neighbour_token + 1;
	writer = sta_begin_management(sta, MGMT_ACTION);
	write_u8(&writer, ACTION_CATEGORY_MEASUREMENT);
	write_u8(&writer, ACTION_NEIGHBOR_REQUEST);
	write_u8(&writer, sta->measure.neighbour_token);
	neighbour_request_write(request, &writer);
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){0});
	sta->due_ns[STA_TIMER_NEIGHBOURS] = sta->now_ns + NEIGHBOURS_NS;
	return STA_ANSWER_DONE;
}

void sta_measure_neighbours_timer(struct sta *sta)
{
	sta->due_ns[STA_TIMER_NEIGHBOURS] = NEVER;
	sta_note(sta, NOTE_NO_NEIGHBOURS, 0);
}

void sta_measure_end(struct sta *sta)
{
	if (is_pending(sta))
		sta_measure_neighbours_timer(sta);
	sta->measure.job.step = BEACON_JOB_NONE;
	sta->due_ns[STA_TIMER_BEACON_REPORT] = NEVER;
}

static bool receive_neighbours(struct sta *sta, const struct mgmt *mgmt)
{
	if (!mgmt->body.len) {
		sta_drop(sta, DROP_TRUNCATED, mgmt->sa);
		return true;
	}
	if (!is_pending(sta) || mgmt->body.bytes[0] != sta->measure.neighbour_token)
		return false;
	sta->due_ns[STA_TIMER_NEIGHBOURS] = NEVER;
	if (mgmt->body.len > 1)
		sta_note_frame(sta, NOTE_NEIGHBOURS, mgmt);
	else
		sta_note(sta, NOTE_NO_NEIGHBOURS, 0);
	return true;
}

bool sta_measure_receive(struct sta *sta, const struct mgmt *mgmt, int8_t signal_dbm)
{
	if (mgmt->category != ACTION_CATEGORY_MEASUREMENT || !sta->measure.used || sta->state != STA_CONNECTED)
		return false;
	if (mgmt->action == ACTION_LINK_REQUEST)
		return receive_link_request(sta, mgmt, signal_dbm);
	return mgmt->action == ACTION_NEIGHBOR_RESPONSE && receive_neighbours(sta, mgmt);
}

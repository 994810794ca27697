/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Radio measurement (11.10) and BSS transition management (11.21.7). Stations ask for the access points around; they
 * measure what the operator asks for; and they can be asked to move to another access point. Reports and answers are
 * unverified: they go to the operator, and nothing here depends on them.
 */
#include "mlme/ap_measure.h"
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "wire/measurement.h"

#include <string.h>

#define MMPDU_MAX             1500 /* of elements: Ethernet's size is enough, and every radio takes it */
#define SUBELEMENT_PREFERENCE 3
#define VALID_BEACONS         255

void ap_write_measurements(const struct ap_bss *bss, struct frame_writer *writer)
{
	uint8_t body[RM_CAPABILITIES_LEN] = {0};

	if (bss->setup.neighbour_report)
		body[0] |= RM_NEIGHBOR_REPORT;
	if (bss->setup.beacon_report)
		body[0] |= RM_BEACON_PASSIVE | RM_BEACON_ACTIVE | RM_BEACON_TABLE;
	if (ap_measures(bss))
		write_element(writer, EID_RM_CAPABILITIES, body, sizeof(body));
}

/* The operator hears of the frame, or of the Measurement Report element `nth` in it. */
static void report(struct ap *ap, const struct ap_sta *sta, enum note note, const struct frame *frame, uint16_t nth)
{
	struct action *action = ap_note(ap, sta->bss, note, sta->entry.addr, nth);

	if (action)
		action->frame = frame_clone(frame);
}

static struct frame_writer begin_action(const struct ap_sta *sta, uint8_t category, uint8_t action, uint8_t token)
{
	const uint8_t *bssid = sta->bss->setup.bssid;
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta->entry.addr, bssid, bssid);

	write_u8(&writer, category);
	write_u8(&writer, action);
	write_u8(&writer, token);
	return writer;
}

/* ---- neighbours ---- */

static bool is_fresh(const struct ap *ap, const struct ap_neighbour *neighbour, uint16_t age)
{
	return age == LOCATION_ANY_AGE || ap->now_ns - neighbour->lci_ns <= age * (100 * MS);
}

static void add_location(struct ap_neighbour *neighbour, const uint8_t *location, size_t len, uint8_t token)
{
	uint8_t *pos = neighbour->report + neighbour->report_len;

	if (!token || !len || neighbour->report_len + 2 + len > sizeof(neighbour->report))
		return;
	pos[0] = EID_MEASUREMENT_REPORT;
	pos[1] = (uint8_t)len;
	memcpy(pos + 2, location, len);
	pos[2] = token;
	neighbour->report_len += 2 + len;
}

static size_t written(const struct frame_writer *writer)
{
	return writer->frame ? writer->frame->len : MMPDU_MAX;
}

static void answer_neighbours(struct ap *ap, const struct ap_sta *sta, uint8_t token,
			      const struct neighbour_request *request)
{
	struct frame_writer writer = begin_action(sta, ACTION_CATEGORY_MEASUREMENT, ACTION_NEIGHBOR_RESPONSE, token);
	struct ap_neighbour neighbour;

	for (size_t i = 0; ap_neighbour_get(sta->bss, i, &neighbour); i++) {
		if (!span_equals(request->ssid, neighbour.ssid, neighbour.ssid_len))
			continue;
		if (is_fresh(ap, &neighbour, request->lci_age))
			add_location(&neighbour, neighbour.lci, neighbour.lci_len, request->lci);
		add_location(&neighbour, neighbour.civic, neighbour.civic_len, request->civic);
		if (written(&writer) + 2 + neighbour.report_len <= MMPDU_MAX)
			write_element(&writer, EID_NEIGHBOR_REPORT, neighbour.report, neighbour.report_len);
	}
	ap_send_management(ap, sta->bss, frame_writer_end(&writer), (struct plane_management){.bufferable = true});
}

static void receive_neighbour_request(struct ap *ap, const struct ap_sta *sta, uint8_t token, struct span elements)
{
	const struct ap_bss_setup *setup = &sta->bss->setup;
	struct neighbour_request request;

	neighbour_request_parse(&request, elements);
	if (!request.ssid.len)
		request.ssid = (struct span){setup->ssid, setup->ssid_len};
	answer_neighbours(ap, sta, token, &request);
}

/* A note for each element. */
static void report_measurements(struct ap *ap, const struct ap_sta *sta, struct span elements,
				const struct frame *frame)
{
	struct element element;
	uint16_t nth = 0;

	while (element_next(&elements, &element))
		if (element.id == EID_MEASUREMENT_REPORT)
			report(ap, sta, NOTE_MEASUREMENT, frame, nth++);
}

bool ap_measure_receive(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt, const struct frame *frame)
{
	struct span body = mgmt->body;
	const uint8_t *token = span_take(&body, 1);

	if (!ap_measures(sta->bss))
		return false;
	if (!token) {
		ap_drop(ap, DROP_TRUNCATED, sta->entry.addr);
		return true;
	}
	if (mgmt->action == ACTION_NEIGHBOR_REQUEST && sta->bss->setup.neighbour_report)
		receive_neighbour_request(ap, sta, *token, body);
	else if (mgmt->action == ACTION_MEASUREMENT_REPORT)
		report_measurements(ap, sta, body, frame);
	else if (mgmt->action == ACTION_LINK_REPORT)
		report(ap, sta, NOTE_MEASUREMENT, frame, 0);
	else
		return false;
	return true;
}

/* ---- BSS transition management ---- */

/* The access points of this network, none of them preferred; and this one. Returns how many are others. */
static unsigned write_candidates(const struct ap_sta *sta, struct frame_writer *writer)
{
	static const uint8_t preference[] = {SUBELEMENT_PREFERENCE, 1, 255};
	struct span ssid = {sta->bss->setup.ssid, sta->bss->setup.ssid_len};
	struct ap_neighbour neighbour;
	unsigned others = 0;

	for (size_t i = 0; ap_neighbour_get(sta->bss, i, &neighbour); i++) {
		if (!span_equals(ssid, neighbour.ssid, neighbour.ssid_len) ||
		    neighbour.report_len + sizeof(preference) > sizeof(neighbour.report) ||
		    written(writer) + 2 + neighbour.report_len + sizeof(preference) > MMPDU_MAX)
			continue;
		memcpy(neighbour.report + neighbour.report_len, preference, sizeof(preference));
		write_element(writer, EID_NEIGHBOR_REPORT, neighbour.report, neighbour.report_len + sizeof(preference));
		others += !mac_equal(neighbour.bssid, sta->bss->setup.bssid);
	}
	return others;
}

static struct frame_writer begin_transition(const struct ap_sta *sta, uint8_t token, uint8_t mode)
{
	struct frame_writer writer = begin_action(sta, ACTION_CATEGORY_WNM, ACTION_TRANSITION_REQUEST, token);

	write_u8(&writer, mode);
	write_le16(&writer, 0);
	write_u8(&writer, VALID_BEACONS);
	return writer;
}

/* A list with nothing but this access point would keep the station from looking for others: then there is none (9.6.13.9). */
static void answer_query(struct ap *ap, const struct ap_sta *sta, uint8_t token)
{
	struct frame_writer writer = begin_transition(sta, token, TRANSITION_CANDIDATES);

	if (!write_candidates(sta, &writer)) {
		frame_free(frame_writer_end(&writer));
		writer = begin_transition(sta, token, 0);
	}
	ap_send_management(ap, sta->bss, frame_writer_end(&writer), (struct plane_management){.bufferable = true});
}

bool ap_transition_receive(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt, const struct frame *frame)
{
	bool query = mgmt->action == ACTION_TRANSITION_QUERY;
	size_t fixed = query ? 2 : 3;

	if (!sta->bss->setup.bss_transition || (!query && mgmt->action != ACTION_TRANSITION_RESPONSE))
		return false;
	if (!query && mgmt->body.len >= fixed && !mgmt->body.bytes[1])
		fixed += MAC_LEN; /* it accepts, and names the target */
	if (mgmt->body.len < fixed) {
		ap_drop(ap, DROP_TRUNCATED, sta->entry.addr);
		return true;
	}
	report(ap, sta, NOTE_TRANSITION, frame, 0);
	if (query)
		answer_query(ap, sta, mgmt->body.bytes[0]);
	return true;
}

void ap_transition_timer(struct ap *ap, struct ap_sta *sta)
{
	sta->due_ns[AP_TIMER_TRANSITION] = NEVER;
	ap_sta_kick(ap, sta, MGMT_DISASSOC, REASON_TRANSITION);
}

/* ---- requests of the operator ---- */

bool ap_measure_send(struct ap *ap, struct ap_sta *sta, const struct ap_command *command)
{
	struct span body = command->body;
	struct plane_management options = {.bufferable = true};
	struct frame_writer writer;

	if (!sta->authorised || body.len < 3)
		return false;
	if (body.bytes[0] == ACTION_CATEGORY_MEASUREMENT) {
		sta->measurement_token = body.bytes[2];
		options.cookie = ap_cookie(sta, AP_COOKIE_MEASUREMENT);
	}
	writer = mgmt_begin(MGMT_ACTION, sta->entry.addr, sta->bss->setup.bssid, sta->bss->setup.bssid);
	write_bytes(&writer, body.bytes, body.len);
	ap_send_management(ap, sta->bss, frame_writer_end(&writer), options);
	if (command->leave_after) {
		sta->due_ns[AP_TIMER_TRANSITION] = ap->now_ns + command->leave_after * ap->setup.beacon_tu * TU;
		ap_sta_schedule(ap, sta);
	}
	return true;
}

void ap_measure_tx_status(struct ap *ap, const struct ap_sta *sta, bool acked)
{
	struct action *note = ap_note(ap, sta->bss, NOTE_ACTION_STATUS, sta->entry.addr, sta->measurement_token);

	if (note)
		note->success = acked;
}

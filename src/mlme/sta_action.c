/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Action frames of our access point (IEEE 802.11-2020 9.6). A request is carried out or refused; an unknown frame is
 * returned, so that its sender need not wait for an answer (10.28.4).
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "wire/le.h"
#include "wire/measurement.h"

#include <string.h>

#define NOTIFICATION_REQUEST 26
#define BEACON_FAILURE       2 /* the type of a notification: beacon protection failure (9.6.13.29) */

#define FORGED_BEACON_NOTE_NS (10 * SECOND)

#define SUBELEMENT_PREFERENCE 3 /* of a Neighbor Report element (Table 9-173) */
#define INFO_REACHABLE        3 /* BSSID Information (Figure 9-336) */

void sta_send_wnm(struct sta *sta, const uint8_t *body, size_t len)
{
	struct frame_writer writer = sta_begin_management(sta, MGMT_ACTION);

	write_bytes(&writer, body, len);
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){0});
}

void sta_note_frame(struct sta *sta, enum note note, const struct mgmt *mgmt)
{
	struct action *action = sta_note(sta, note, 0);
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, mgmt->da, mgmt->sa, mgmt->bssid);

	write_u8(&writer, mgmt->category);
	write_u8(&writer, mgmt->action);
	write_bytes(&writer, mgmt->body.bytes, mgmt->body.len);
	if (action)
		action->frame = frame_writer_end(&writer);
	else
		frame_free(frame_writer_end(&writer));
}

static void set_capability(uint8_t *body, size_t *len, unsigned bit, bool on)
{
	if (on && *len <= bit / 8)
		*len = bit / 8 + 1;
	if (on)
		body[bit / 8] |= (uint8_t)(1 << bit % 8);
	else
		body[bit / 8] &= (uint8_t) ~(1 << bit % 8);
}

void sta_write_ext_capabilities(const struct sta *sta, struct frame_writer *writer)
{
	uint8_t body[sizeof(sta->setup.ext_capab)] = {0};
	size_t len = sta->setup.ext_capab_len;

	memcpy(body, sta->setup.ext_capab, len);
	set_capability(body, &len, EXT_CAPAB_BSS_TRANSITION, !sta->setup.no_steering);
	/* A driver that runs the handshakes does not take keys from us. */
	set_capability(body, &len, EXT_CAPAB_SLEEP, !sta->plane.handshakes);
	if (len)
		write_element(writer, EID_EXT_CAPABILITIES, body, len);
}

static void add_class(uint8_t *body, size_t *len, size_t room, uint8_t class)
{
	for (size_t i = 1; i < *len; i++)
		if (body[i] == class)
			return;
	if (class && *len < room)
		body[(*len)++] = class;
}

/* The present one, then those of 20 MHz: whether the radio uses 40 MHz and more is in its HT and VHT capabilities. */
void sta_write_operating_classes(const struct sta *sta, struct frame_writer *writer)
{
	const struct bss *ap = &sta->ap;
	uint16_t center_mhz = (uint16_t)(ap->freq_mhz + (ap->width_mhz != 40 ? 0 : ap->secondary_above ? 10 : -10));
	uint8_t body[16] = {channel_operating_class(ap->freq_mhz, ap->width_mhz, center_mhz)};
	size_t len = 1;

	for (size_t i = 0; i < STA_CHANNELS_MAX && sta->setup.freqs[i]; i++)
		add_class(body, &len, sizeof(body),
			  channel_operating_class(sta->setup.freqs[i], 20, sta->setup.freqs[i]));
	add_class(body, &len, sizeof(body), body[0]);
	if (body[0])
		write_element(writer, EID_OPERATING_CLASSES, body, len);
}

/* ---- queries of BSS transition management ---- */

bool sta_ap_has_capability(const struct sta *sta, unsigned bit)
{
	const struct scan_result *result = scan_results_find(&sta->results, sta->ap.bssid);
	struct span rest = {result ? result->elements : NULL, result ? result->len : 0};
	struct element element;

	while (element_next(&rest, &element))
		if (element.id == EID_EXT_CAPABILITIES && element.body.len > bit / 8)
			return element.body.bytes[bit / 8] & 1 << bit % 8;
	return false;
}

/* Of equal preference: the access point knows better than we do. */
static void write_neighbour(const struct bss *bss, struct frame_writer *writer)
{
	uint8_t body[NEIGHBOR_REPORT_MIN + 3] = {0}, *pos = body + MAC_LEN;

	mac_copy(body, bss->bssid);
	put_le32(pos, INFO_REACHABLE);
	pos[4] = channel_operating_class(bss->freq_mhz, 20, bss->freq_mhz);
	pos[5] = (uint8_t)freq_to_channel(bss->freq_mhz);
	pos[6] = freq_is_2ghz(bss->freq_mhz) ? PHY_ERP : PHY_OFDM;
	pos[7] = SUBELEMENT_PREFERENCE;
	pos[8] = 1;
	pos[9] = 255;
	write_element(writer, EID_NEIGHBOR_REPORT, body, sizeof(body));
}

bool sta_query_transition(struct sta *sta, uint8_t reason, bool list, struct span candidates)
{
	struct frame_writer writer;

	if (!sta_ap_has_capability(sta, EXT_CAPAB_BSS_TRANSITION))
		return false;
	writer = sta_begin_management(sta, MGMT_ACTION);
	write_u8(&writer, ACTION_CATEGORY_WNM);
	write_u8(&writer, ACTION_TRANSITION_QUERY);
	write_u8(&writer, ++sta->query_token);
	write_u8(&writer, reason);
	for (size_t i = 0; list && i < sta->table.count; i++)
		if (bss_same_ssid(&sta->table.at[i], &sta->ap) && sta->table.at[i].heard_ns &&
		    !mac_equal(sta->table.at[i].bssid, sta->ap.bssid))
			write_neighbour(&sta->table.at[i], &writer);
	write_bytes(&writer, candidates.bytes, candidates.len);
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){0});
	return true;
}

/* ---- frames of the access point ---- */

/* A forger sends many beacons: one note, and one report to the access point, in ten seconds. */
void sta_note_forged_beacon(struct sta *sta)
{
	static const uint8_t report[] = {ACTION_CATEGORY_WNM, NOTIFICATION_REQUEST, 1, BEACON_FAILURE};

	if (sta->state != STA_CONNECTED || sta->now_ns < sta->forged_beacon_ns)
		return;
	sta->forged_beacon_ns = sta->now_ns + FORGED_BEACON_NOTE_NS;
	sta_note(sta, NOTE_FORGED_BEACON, 0);
	sta_send_wnm(sta, report, sizeof(report));
}

void sta_receive_action(struct sta *sta, const struct mgmt *mgmt)
{
	bool query = mgmt->category == ACTION_CATEGORY_SA_QUERY && sta->terms.mfp &&
		     (mgmt->action == SA_QUERY_REQUEST || mgmt->action == SA_QUERY_RESPONSE);

	if (query) {
		sta_sa_query_action(sta, mgmt);
		return;
	}
	sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
	if (mgmt_is_returnable(mgmt))
		sta_send_management(sta, mgmt_new_return(mgmt), (struct plane_management){0});
}

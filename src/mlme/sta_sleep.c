/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WNM sleep mode (IEEE 802.11-2020 9.6.13.18, 9.6.13.19). The station announces that it will not receive group frames, nor take
 * part in handshakes, until it leaves the mode. With PMF the response to its exit brings the group keys of that time; without,
 * a group key handshake follows. How the plane dozes does not depend on it.
 */
#include "mlme/sta_sleep.h"

#include "base/mac.h"
#include "mlme/sta_ocv.h"
#include "mlme/sta_state.h"
#include "wire/le.h"

#define SLEEP_ELEMENT_LEN 4

enum { ACTION_ENTER = 0, ACTION_EXIT = 1 };
enum { SLEEP_ACCEPTED = 0, SLEEP_EXIT_KEYS = 1 /* … with new group keys */ }; /* Table 9-210 */

bool sta_sleep_request(struct sta *sta, bool exit, uint16_t interval, struct span filters)
{
	const struct ocv ocv = sta_ocv(sta);
	uint8_t element[SLEEP_ELEMENT_LEN] = {exit ? ACTION_EXIT : ACTION_ENTER}, oci[OCI_ELEMENT_LEN];
	struct frame_writer writer;

	if (sta->plane.handshakes || !sta_ap_has_capability(sta, EXT_CAPAB_SLEEP))
		return false;
	writer = sta_begin_management(sta, MGMT_ACTION);
	write_u8(&writer, ACTION_CATEGORY_WNM);
	write_u8(&writer, ACTION_SLEEP_REQUEST);
	write_u8(&writer, ++sta->sleep_token);
	put_le16(element + 2, interval);
	write_element(&writer, EID_SLEEP_MODE, element, sizeof(element));
	write_bytes(&writer, filters.bytes, filters.len);
	if (exit && ocv.used)
		write_bytes(&writer, oci, (size_t)(oci_write_element(&ocv.channel, oci) - oci));
	sta_send_management(sta, frame_writer_end(&writer), (struct plane_management){.bufferable = true});
	sta->sleep_requested = true;
	sta->sleep_exit = exit;
	return true;
}

/* Finds the fields of a response that answers our request. Returns false if it does not. */
static bool read_response(const struct sta *sta, struct span rest, struct span *keys, struct span *elements,
			  uint8_t *status)
{
	const uint8_t *fixed = span_take(&rest, 3);
	struct element element;

	if (!sta->sleep_requested || !fixed || fixed[0] != sta->sleep_token)
		return false;
	keys->len = le16(fixed + 1);
	keys->bytes = span_take(&rest, keys->len);
	*elements = rest;
	while (keys->bytes && element_next(&rest, &element))
		if (element.id == EID_SLEEP_MODE && element.body.len >= SLEEP_ELEMENT_LEN &&
		    element.body.bytes[0] == (sta->sleep_exit ? ACTION_EXIT : ACTION_ENTER)) {
			*status = element.body.bytes[1];
			return true;
		}
	return false;
}

bool sta_sleep_receive(struct sta *sta, const struct mgmt *mgmt)
{
	struct span keys, elements;
	uint8_t status;

	if (mgmt->category != ACTION_CATEGORY_WNM || mgmt->action != ACTION_SLEEP_RESPONSE ||
	    sta->state != STA_CONNECTED)
		return false;
	if (mac_is_group(mgmt->da) || !read_response(sta, mgmt->body, &keys, &elements, &status)) {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
		return true;
	}
	if (sta->sleep_exit && !sta_ocv_accepts(sta, OCI_SLEEP_RESPONSE, elements))
		return true;
	sta->sleep_requested = false;
	if (status != SLEEP_ACCEPTED && status != SLEEP_EXIT_KEYS) {
		sta_note(sta, NOTE_SLEEP_REFUSED, status);
		return true;
	}
	/* Without PMF anybody can send keys. */
	if (sta->sleep_exit && keys.len && sta->terms.mfp)
		sta_keys_wake(sta, keys);
	sta_note(sta, sta->sleep_exit ? NOTE_AWAKE : NOTE_SLEEPING, 0);
	return true;
}

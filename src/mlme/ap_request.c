/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/ap_state.h"

#include <string.h>

#define EID_POWER_CAPABILITY 33

/* Copies as much as fits. */
static uint8_t copy(uint8_t *out, size_t room, struct span bytes)
{
	size_t len = bytes.len < room ? bytes.len : room;

	if (len)
		memcpy(out, bytes.bytes, len);
	return (uint8_t)len;
}

void ap_sta_remember_request(struct ap_sta *sta, const struct mgmt *mgmt)
{
	struct ap_station_request *request = &sta->request;
	struct span rest = mgmt->body;
	struct element element;

	*request = (struct ap_station_request){.capability = mgmt->capability};
	request->rates_len = copy(request->rates, sizeof(request->rates), mgmt->rates);
	request->rates_len =
		(uint8_t)(request->rates_len + copy(request->rates + request->rates_len,
						    sizeof(request->rates) - request->rates_len, mgmt->ext_rates));
	request->has_he = element_find_extension(mgmt->body, EID_EXT_HE_CAPABILITIES).bytes;
	while (element_next(&rest, &element)) {
		const struct span body = element.body;

		if (element.id == EID_POWER_CAPABILITY && body.len >= 2) {
			request->has_power = true;
			request->min_power_dbm = (int8_t)body.bytes[0];
			request->max_power_dbm = (int8_t)body.bytes[1];
		} else if (element.id == EID_HT_CAPABILITIES && body.len >= 2) {
			request->has_ht = true;
			request->ht_capabilities = le16(body.bytes);
		} else if (element.id == EID_EXT_CAPABILITIES) {
			request->extended_len = copy(request->extended, sizeof(request->extended), body);
		} else if (element.id == EID_VHT_CAPABILITIES && body.len >= 4) {
			request->has_vht = true;
			request->vht_capabilities = le32(body.bytes);
		} else if (element.id == EID_RM_CAPABILITIES) {
			copy(request->measurements, sizeof(request->measurements), body);
		} else if (element.id == EID_OPERATING_CLASSES) {
			request->classes_len = copy(request->classes, sizeof(request->classes), body);
		}
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/ap_state.h"

#include <string.h>

#define EID_POWER_CAPABILITY      33
#define EID_HT_CAPABILITIES       45
#define EID_EXTENDED_CAPABILITIES 127

void ap_sta_remember_request(struct ap_sta *sta, const struct mgmt *mgmt)
{
	struct ap_station_request *request = &sta->request;
	struct span rest = mgmt->body;
	struct element element;

	*request = (struct ap_station_request){.capability = mgmt->capability};
	while (element_next(&rest, &element)) {
		const struct span body = element.body;

		if (element.id == EID_POWER_CAPABILITY && body.len >= 2) {
			request->has_power = true;
			request->min_power_dbm = (int8_t)body.bytes[0];
			request->max_power_dbm = (int8_t)body.bytes[1];
		} else if (element.id == EID_HT_CAPABILITIES && body.len >= 2) {
			request->has_ht = true;
			request->ht_capabilities = le16(body.bytes);
		} else if (element.id == EID_EXTENDED_CAPABILITIES) {
			request->extended_len =
				(uint8_t)(body.len < sizeof(request->extended) ? body.len : sizeof(request->extended));
			memcpy(request->extended, body.bytes, request->extended_len);
		}
	}
}

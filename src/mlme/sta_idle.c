/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BSS max idle period (IEEE 802.11-2020 9.4.2.78, 11.21.13): an access point may disassociate a station that it has not
 * heard for this time. The plane sends a frame twice in that time, so that one of them may be lost.
 */
#include "mlme/sta_idle.h"

#include "mlme/sta_state.h"

#include "wire/le.h"

#define PERIOD_TU           1000 /* the unit of the period */
#define OPTION_PROTECTED    0x01 /* idle options: only frames under the pairwise key count */
#define FRAMES_PER_PERIOD   2
#define BSS_MAX_IDLE_LENGTH 3

void sta_idle_write_request(const struct sta *sta, struct frame_writer *writer)
{
	uint16_t period = sta->setup.networks[sta->network].max_idle;
	uint8_t body[BSS_MAX_IDLE_LENGTH] = {0};

	put_le16(body, period);
	if (period)
		write_element(writer, EID_MAX_IDLE, body, sizeof(body));
}

void sta_idle_begin(struct sta *sta, const struct mgmt *response)
{
	const uint8_t *body = mgmt_find_element(response, EID_MAX_IDLE, BSS_MAX_IDLE_LENGTH);

	sta->max_idle = 0;
	sta->protected_keep_alive = false;
	if (!body)
		return;
	sta->max_idle = le16(body) ? le16(body) : 1; /* 0 is reserved */
	sta->protected_keep_alive = body[2] & OPTION_PROTECTED;
}

uint64_t sta_idle_keep_alive_ns(const struct sta *sta)
{
	return sta->setup.no_keep_alive ? 0 : sta->max_idle * PERIOD_TU * TU / FRAMES_PER_PERIOD;
}

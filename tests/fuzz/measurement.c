/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about neighbours, radio measurement and BSS transition management; and what stations answer. */
#include "fuzz.h"

#include "ctrl/measurement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t station[RM_CAPABILITIES_LEN] = {RM_BEACON_PASSIVE | RM_BEACON_ACTIVE | RM_BEACON_TABLE};
	static struct ap_neighbour neighbour; /* too large for the stack */
	static struct ctrl_action action;
	static struct ctrl_event event;
	struct action note = {.note = NOTE_MEASUREMENT, .code = size & 1};
	struct error error;
	char *text = text_of(data, size);

	if (ctrl_neighbour_parse(&neighbour, text, &error))
		must(neighbour.report_len >= NEIGHBOR_REPORT_MIN && neighbour.ssid_len <= SSID_MAX);
	free(text);
	text = text_of(data, size);
	if (ctrl_transition_request(&action, text, &error))
		must(action.len >= 7 && action.len <= sizeof(action.bytes));
	free(text);
	text = text_of(data, size);
	if (ctrl_beacon_request(&action, text, station, &error))
		must(action.len <= sizeof(action.bytes) && action.bytes[6] == action.len - 7);
	free(text);
	note.frame = frame_from(data, size, 0, 0);
	if (ctrl_measurement_event(&event, &note))
		must(strlen(event.text) < sizeof(event.text));
	frame_free(note.frame);
	return 0;
}

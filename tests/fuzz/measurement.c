/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests about neighbours, radio measurement and BSS transition management; and what stations answer. A beacon request that is
 * valid gets reports with the whole input as the elements of a beacon: together their fragments have each element once.
 */
#include "fuzz.h"

#include "ctrl/measurement.h"
#include "wire/measurement.h"

static void report_in_fragments(const struct beacon_request *request, struct span elements)
{
	static const struct beacon_report report = {.operating_class = 81, .channel = 1, .number = 1};
	unsigned fragment = 0;

	do {
		uint8_t out[ELEMENT_MAX];
		size_t left = elements.len, len = beacon_report_write(&report, request, 1, fragment++, &elements, out);
		size_t last = beacon_report_last_offset(request, len);

		must(len <= sizeof(out) && out[1] == len - 2 && last < len);
		must(elements.len < left || !left);
	} while (elements.len);
}

static void read_requests(struct span input)
{
	struct span rest = input;
	struct measure_request element;
	struct neighbour_request neighbours;
	struct neighbour_report neighbour;
	struct beacon_request request;
	uint16_t freqs[20];

	while (measure_request_next(&rest, &element))
		must(element.body.len <= MEASURE_BODY_MAX);
	neighbour_request_parse(&neighbours, input);
	must(neighbours.ssid.len <= MGMT_SSID_MAX);
	if (neighbour_report_parse(&neighbour, input))
		must(input.len >= NEIGHBOR_REPORT_MIN);
	if (!beacon_request_parse(&request, input))
		return;
	must(request.ssid_len <= sizeof(request.ssid) && request.detail <= BEACON_DETAIL_ALL);
	must(beacon_request_channels(&request, freqs, 20) <= 20);
	report_in_fragments(&request, input);
}

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
	read_requests((struct span){data, size});
	return 0;
}

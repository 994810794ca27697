/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/measurement.h"

#include "base/mac.h"
#include "wire/ieee80211.h"
#include "wire/le.h"

#include <string.h>

#define MAX_AGE     4 /* subelement of an LCI request (9.4.2.20.10) */
#define CHANNEL_ALL 0

/* Subelements of a beacon request (Table 9-104) … */
enum {
	REQUEST_SSID = 0,
	REQUEST_CONDITION = 1, /* beacon reporting */
	REQUEST_DETAIL = 2,
	REQUEST_ELEMENTS = 10,
	REQUEST_EXTENSIONS = 11,
	REQUEST_CHANNELS = 51, /* AP channel report */
	LAST_INDICATION = 164, /* the same number in both */
};

/* … and of a beacon report (Table 9-131). */
enum { REPORT_BODY = 1, REPORT_FRAGMENT = 2 };

#define MORE_FRAGMENTS 0x80

bool measure_request_next(struct span *rest, struct measure_request *request)
{
	struct span left = *rest;
	struct element element;

	if (!element_next(&left, &element) || element.id != EID_MEASUREMENT_REQUEST ||
	    element.body.len < MEASURE_HEADER_LEN)
		return false;
	*rest = left;
	*request = (struct measure_request){
		.token = element.body.bytes[0], .mode = element.body.bytes[1], .type = element.body.bytes[2]};
	span_take(&element.body, MEASURE_HEADER_LEN);
	request->body = element.body;
	return true;
}

void measure_report_write_empty(uint8_t out[MEASURE_EMPTY_LEN], uint8_t token, uint8_t mode, uint8_t type)
{
	out[0] = EID_MEASUREMENT_REPORT;
	out[1] = MEASURE_HEADER_LEN;
	out[2] = token;
	out[3] = mode;
	out[4] = type;
}

bool lci_request_parse(struct lci_request *request, struct span body)
{
	const uint8_t *subject = span_take(&body, 1);
	struct element subelement;

	if (!subject)
		return false;
	*request = (struct lci_request){.subject = *subject};
	while (element_next(&body, &subelement))
		if (subelement.id == MAX_AGE && subelement.body.len == 2)
			request->age_max = le16(subelement.body.bytes);
	return true;
}

/* ---- the request ---- */

static void set_bits(uint8_t bits[32], const uint8_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bits[numbers[i] / 8] |= (uint8_t)(1 << numbers[i] % 8);
}

static bool has_bit(const uint8_t bits[32], uint8_t number)
{
	return bits[number / 8] >> number % 8 & 1;
}

/* Ids to report; once at most. */
static bool read_elements(struct beacon_request *request, struct span body, bool *has_elements)
{
	if (!body.len || *has_elements)
		return false;
	*has_elements = true;
	set_bits(request->elements, body.bytes, body.len);
	return true;
}

/* Returns false if the subelement is malformed. */
static bool read_subelement(struct beacon_request *request, const struct element *subelement, bool *has_elements)
{
	struct span body = subelement->body;

	switch (subelement->id) {
	case REQUEST_SSID:
		if (body.len > MGMT_SSID_MAX)
			return false;
		request->ssid_len = body.len;
		if (body.len)
			memcpy(request->ssid, body.bytes, body.len);
		return true;
	case REQUEST_CONDITION: /* and a threshold */
		if (body.len != 2)
			return false;
		request->conditional = body.bytes[0];
		return true;
	case REQUEST_DETAIL:
		if (body.len != 1 || body.bytes[0] > BEACON_DETAIL_ALL)
			return false;
		request->detail = body.bytes[0];
		return true;
	case REQUEST_ELEMENTS:
		return read_elements(request, body, has_elements);
	case REQUEST_EXTENSIONS:
		if (body.len > 1 && body.bytes[0] == EID_EXTENSION)
			set_bits(request->extensions, body.bytes + 1, body.len - 1);
		return true;
	case LAST_INDICATION:
		if (body.len != 1)
			return false;
		request->last_indication = body.bytes[0];
		return true;
	default:
		return true;
	}
}

bool beacon_request_parse(struct beacon_request *request, struct span body)
{
	const uint8_t *fixed = span_take(&body, 7 + MAC_LEN);
	bool has_elements = false;
	struct element subelement;

	if (!fixed)
		return false;
	*request = (struct beacon_request){.operating_class = fixed[0],
					   .channel = fixed[1],
					   .random_tu = le16(fixed + 2),
					   .duration_tu = le16(fixed + 4),
					   .mode = fixed[6],
					   .detail = BEACON_DETAIL_ALL,
					   .subelements = body};
	mac_copy(request->bssid, fixed + 7);
	while (element_next(&body, &subelement))
		if (!read_subelement(request, &subelement, &has_elements))
			return false;
	return !body.len && (!has_elements || request->detail == BEACON_DETAIL_REQUESTED);
}

/* ---- its channels ---- */

struct channels {
	uint16_t *freqs;
	size_t count, room;
};

static void add_channel(struct channels *channels, uint8_t class, unsigned channel)
{
	uint16_t freq_mhz, width_mhz;
	bool above;

	if (channel > UINT8_MAX || !channel_of_class(class, (uint8_t)channel, &freq_mhz, &width_mhz, &above))
		return;
	for (size_t i = 0; i < channels->count; i++)
		if (channels->freqs[i] == freq_mhz)
			return;
	if (channels->count < channels->room)
		channels->freqs[channels->count++] = freq_mhz;
}

/*
 * A channel of 80 MHz and more is named by its centre (Table E-4): an access point on it beacons on any of its channels of 20 MHz.
 * Some name it by one of these.
 */
static void add_channels(struct channels *channels, uint8_t class, unsigned channel)
{
	enum { CLASS_80 = 128, CLASS_160 = 129, CLASS_80_80 = 130 };
	unsigned primaries = class == CLASS_160                          ? 8
			     : class == CLASS_80 || class == CLASS_80_80 ? 4
									 : 1,
		 centre_offset = 2 * (primaries - 1);

	add_channel(channels, class, channel);
	for (unsigned i = 0; primaries > 1 && channel > centre_offset && i < primaries; i++)
		add_channel(channels, class, channel - centre_offset + 4 * i);
}

/* An AP channel report: a class, and channels of it. */
static void add_report(struct channels *channels, struct span body)
{
	const uint8_t *class = span_take(&body, 1);

	for (size_t i = 0; class && i < body.len; i++)
		add_channels(channels, *class, body.bytes[i]);
}

size_t beacon_request_channels(const struct beacon_request *request, uint16_t *freqs, size_t room)
{
	struct channels channels = {.freqs = freqs, .room = room};
	struct span rest = request->subelements;
	struct element subelement;

	if (request->channel == CHANNEL_ALL)
		for (unsigned channel = 1; channel <= UINT8_MAX; channel++)
			add_channel(&channels, request->operating_class, channel);
	else
		add_channels(&channels, request->operating_class, request->channel);
	while (element_next(&rest, &subelement))
		if (subelement.id == REQUEST_CHANNELS)
			add_report(&channels, subelement.body);
	return channels.count;
}

/* ---- the report ---- */

uint8_t rcpi_of_signal(int8_t signal_dbm)
{
	enum { UNKNOWN = 255, LOWEST_DBM = -110 };

	if (!signal_dbm)
		return UNKNOWN;
	if (signal_dbm > 0)
		return 220;
	return signal_dbm < LOWEST_DBM ? 0 : (uint8_t)(2 * (signal_dbm - LOWEST_DBM));
}

static bool is_wanted(const struct beacon_request *request, const struct element *element)
{
	if (request->detail == BEACON_DETAIL_ALL || has_bit(request->elements, element->id))
		return request->detail != BEACON_DETAIL_NONE;
	return element->id == EID_EXTENSION && element->body.len &&
	       has_bit(request->extensions, element->body.bytes[0]);
}

/* Copies whole elements, in their order, as many as fit. Returns the place after them. */
static uint8_t *take_elements(const struct beacon_request *request, struct span *elements, size_t room, uint8_t *pos)
{
	const uint8_t *begin = pos;
	struct span left = *elements;
	struct element element;

	while (element_next(&left, &element)) {
		bool wanted = is_wanted(request, &element);

		if (wanted && element.whole.len > room && pos != begin)
			return pos; /* the next fragment has more room for it */
		*elements = left;
		if (!wanted || element.whole.len > room)
			continue;
		memcpy(pos, element.whole.bytes, element.whole.len);
		pos += element.whole.len;
		room -= element.whole.len;
	}
	*elements = (struct span){0}; /* what remains is truncated */
	return pos;
}

static uint8_t *write_fixed(const struct beacon_report *report, uint8_t *pos)
{
	enum { RSNI_UNKNOWN = 255, ANTENNA_UNKNOWN = 0 };

	*pos++ = report->operating_class;
	*pos++ = report->channel;
	put_le64(pos, report->start_us);
	put_le16(pos + 8, report->duration_tu);
	pos += 10;
	*pos++ = report->phy; /* of a beacon or probe response, not of a measurement pilot */
	*pos++ = rcpi_of_signal(report->signal_dbm);
	*pos++ = RSNI_UNKNOWN;
	mac_copy(pos, report->bssid);
	pos += MAC_LEN;
	*pos++ = ANTENNA_UNKNOWN;
	put_le32(pos, report->parent_tsf_us);
	return pos + 4;
}

/* Reported Frame Body, whose first fragment has the fixed fields of the beacon; and Reported Frame Body Fragment ID. */
static uint8_t *write_body(const struct beacon_report *report, const struct beacon_request *request, unsigned fragment,
			   struct span *elements, const uint8_t *end, uint8_t *pos)
{
	enum { FRAGMENT_LEN = 4 };
	uint8_t *body = pos;

	pos += 2;
	if (!fragment) {
		put_le64(pos, report->tsf_us);
		put_le16(pos + 8, report->interval_tu);
		put_le16(pos + 10, report->capability);
		pos += 12;
	}
	pos = take_elements(request, elements, (size_t)(end - pos) - FRAGMENT_LEN, pos);
	body[0] = REPORT_BODY;
	body[1] = (uint8_t)(pos - body - 2);
	*pos++ = REPORT_FRAGMENT;
	*pos++ = 2;
	*pos++ = report->number;
	*pos++ = (uint8_t)(fragment % MORE_FRAGMENTS) | (elements->len ? MORE_FRAGMENTS : 0);
	return pos;
}

#define LAST_LEN 3

size_t beacon_report_last_offset(const struct beacon_request *request, size_t len)
{
	return request->last_indication ? len - 1 : 0;
}

size_t beacon_report_write(const struct beacon_report *report, const struct beacon_request *request, uint8_t token,
			   unsigned fragment, struct span *elements, uint8_t out[ELEMENT_MAX])
{
	const uint8_t *end = out + ELEMENT_MAX - (request->last_indication ? LAST_LEN : 0);
	uint8_t *pos = out + MEASURE_EMPTY_LEN;

	measure_report_write_empty(out, token, 0, MEASURE_BEACON);
	pos = write_fixed(report, pos);
	if (request->detail == BEACON_DETAIL_NONE)
		*elements = (struct span){0};
	else
		pos = write_body(report, request, fragment, elements, end, pos);
	if (request->last_indication) {
		*pos++ = LAST_INDICATION;
		*pos++ = 1;
		*pos++ = 0;
	}
	out[1] = (uint8_t)(pos - out - 2);
	return (size_t)(pos - out);
}

/* ---- neighbours ---- */

static void read_location(struct neighbour_request *request, const struct measure_request *location)
{
	struct lci_request lci;

	if (location->type == MEASURE_CIVIC)
		request->civic = location->token;
	if (location->type != MEASURE_LCI)
		return;
	request->lci = location->token;
	if (lci_request_parse(&lci, location->body))
		request->lci_age = lci.age_max;
}

void neighbour_request_parse(struct neighbour_request *request, struct span elements)
{
	struct measure_request location;
	struct element element;

	*request = (struct neighbour_request){0};
	while (element_next(&elements, &element))
		if (element.id == EID_SSID && element.body.len && element.body.len <= MGMT_SSID_MAX)
			request->ssid = element.body;
		else if (measure_request_next(&element.whole, &location))
			read_location(request, &location);
}

void neighbour_request_write(const struct neighbour_request *request, struct frame_writer *writer)
{
	/* The subject is the access point's neighbour: "remote". One civic location (RFC 4776), without an interval. */
	const uint8_t lci[] = {request->lci,
			       0,
			       MEASURE_LCI,
			       LOCATION_SUBJECT_REMOTE,
			       MAX_AGE,
			       2,
			       (uint8_t)request->lci_age,
			       (uint8_t)(request->lci_age >> 8)},
		      civic[] = {request->civic, 0, MEASURE_CIVIC, LOCATION_SUBJECT_REMOTE, 0, 0, 0, 0};

	if (request->ssid.bytes)
		write_element(writer, EID_SSID, request->ssid.bytes, request->ssid.len);
	if (request->lci)
		write_element(writer, EID_MEASUREMENT_REQUEST, lci, sizeof(lci));
	if (request->civic)
		write_element(writer, EID_MEASUREMENT_REQUEST, civic, sizeof(civic));
}

bool neighbour_report_parse(struct neighbour_report *report, struct span body)
{
	const uint8_t *fixed = span_take(&body, NEIGHBOR_REPORT_MIN);
	struct element subelement;

	if (!fixed)
		return false;
	*report = (struct neighbour_report){.bssid = fixed,
					    .info = le32(fixed + MAC_LEN),
					    .operating_class = fixed[MAC_LEN + 4],
					    .channel = fixed[MAC_LEN + 5],
					    .phy = fixed[MAC_LEN + 6]};
	while (element_next(&body, &subelement)) {
		struct span location = subelement.body;

		if (subelement.id != EID_MEASUREMENT_REPORT || location.len <= MEASURE_HEADER_LEN)
			continue;
		if (location.bytes[2] == MEASURE_LCI && !report->lci.bytes)
			report->lci = location;
		if (location.bytes[2] == MEASURE_CIVIC && !report->civic.bytes)
			report->civic = location;
	}
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beacon reports (11.10.9.1): the access point asks which BSSs the station hears. It reports what it has heard before (beacon
 * table), or listens on channels, with probe requests (active) or without (passive):
 *
 *	NONE ── request ──▶ DELAYED ── random delay ──▶ SCANNING ── the scan has ended ──▶ report, NONE
 *
 * The elements of a request are carried out in their order. One measurement that needs a scan is under way at a time: a later
 * request replaces one that is delayed, and is refused during a scan. Without a result the report is empty.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define MMPDU_MAX   1500       /* of elements: Ethernet's size is enough, and every radio takes it */
#define DWELL_NS    (500 * MS) /* longest absence from the channel of the access point */
#define REPORTS_MAX 255        /* numbers of reports */

/* ---- the answer: as many frames as needed ---- */

struct answer {
	struct sta *sta;
	uint8_t dialog;
	struct frame_writer writer;
	size_t last_offset; /* in the frame: where its last element says that it is the last report; 0: nowhere */
	bool begun;
};

static void begin_frame(struct answer *answer)
{
	answer->writer = sta_begin_management(answer->sta, MGMT_ACTION);
	write_u8(&answer->writer, ACTION_CATEGORY_MEASUREMENT);
	write_u8(&answer->writer, ACTION_MEASUREMENT_REPORT);
	write_u8(&answer->writer, answer->dialog);
	answer->begun = true;
	answer->last_offset = 0;
}

static void send_frame(struct answer *answer)
{
	if (answer->begun)
		sta_send_management(answer->sta, frame_writer_end(&answer->writer), (struct plane_management){0});
	answer->begun = false;
}

static void add_element(struct answer *answer, const uint8_t *element, size_t len, size_t last_offset)
{
	const struct frame *frame = answer->writer.frame;

	if (answer->begun && frame && frame->len + len > MMPDU_MAX)
		send_frame(answer);
	if (!answer->begun)
		begin_frame(answer);
	frame = answer->writer.frame;
	answer->last_offset = frame && last_offset ? frame->len + last_offset : 0;
	write_bytes(&answer->writer, element, len);
}

static void add_empty(struct answer *answer, uint8_t token, uint8_t mode, uint8_t type)
{
	uint8_t element[MEASURE_EMPTY_LEN];

	measure_report_write_empty(element, token, mode, type);
	add_element(answer, element, sizeof(element), 0);
}

static void mark_last(struct answer *answer)
{
	struct frame *frame = answer->last_offset ? answer->writer.frame : NULL;
	uint8_t *bytes = frame ? frame_make_writable(frame) : NULL;

	if (bytes)
		bytes[answer->last_offset] = 1;
}

/* ---- what was heard ---- */

/* The TSF timer of our access point at that time, by the last beacon that we know of; 0: unknown. */
static uint64_t parent_tsf_us(const struct sta *sta, uint64_t at_ns)
{
	const struct scan_result *own = scan_results_find(&sta->results, sta->ap.bssid);

	if (!own)
		return 0;
	return at_ns >= own->heard_ns ? own->tsf + (at_ns - own->heard_ns) / 1000
				      : own->tsf - (own->heard_ns - at_ns) / 1000;
}

static uint8_t phy_of(const struct scan_result *result)
{
	struct span elements = {result->elements, result->len}, rest = elements;
	uint8_t phy = freq_is_2ghz(result->freq_mhz) ? PHY_ERP : PHY_OFDM;
	struct element element;

	if (element_find_extension(elements, EID_EXT_HE_CAPABILITIES).bytes)
		return PHY_HE;
	while (element_next(&rest, &element))
		if (element.id == EID_VHT_OPERATION || (element.id == EID_HT_OPERATION && phy != PHY_VHT))
			phy = element.id == EID_VHT_OPERATION ? PHY_VHT : PHY_HT;
	return phy;
}

static bool is_wanted(const struct beacon_request *request, const struct scan_result *result)
{
	return (mac_is_group(request->bssid) || mac_equal(request->bssid, result->bssid)) &&
	       (!request->ssid_len ||
		(request->ssid_len == result->ssid_len && !memcmp(request->ssid, result->ssid, result->ssid_len)));
}

/* Returns false if its channel has no operating class. */
static bool describe(const struct sta *sta, const struct sta_beacon_job *job, const struct scan_result *result,
		     struct beacon_report *report)
{
	struct span elements = {result->elements, result->len};
	struct oci channel = oci_of_operation(result->freq_mhz, elements);
	uint8_t bytes[OCI_LEN];

	if (!oci_write(&channel, bytes))
		return false;
	*report = (struct beacon_report){
		.operating_class = bytes[0],
		.channel = bytes[1],
		.phy = phy_of(result),
		.start_us = job->request.mode == MEASURE_TABLE ? 0 : parent_tsf_us(sta, job->began_ns),
		.duration_tu = job->request.duration_tu,
		.signal_dbm = result->signal_dbm,
		.parent_tsf_us = (uint32_t)parent_tsf_us(sta, result->heard_ns),
		.tsf_us = result->tsf,
		.interval_tu = result->interval_tu,
		.capability = result->capability};
	mac_copy(report->bssid, result->bssid);
	return true;
}

static bool was_measured(const struct sta_beacon_job *job, const struct scan_result *result)
{
	if (job->request.mode == MEASURE_TABLE)
		return true;
	for (size_t i = 0; i < STA_CHANNELS_MAX && job->freqs[i]; i++)
		if (job->freqs[i] == result->freq_mhz)
			return result->heard_ns >= job->began_ns;
	return false;
}

static void add_result(struct answer *answer, const struct sta_beacon_job *job, const struct scan_result *result,
		       uint8_t number)
{
	struct span elements = {result->elements, result->len};
	struct beacon_report report;
	uint8_t element[ELEMENT_MAX];
	unsigned fragment = 0;

	if (!describe(answer->sta, job, result, &report))
		return;
	report.number = number;
	do {
		size_t len = beacon_report_write(&report, &job->request, job->token, fragment++, &elements, element);

		add_element(answer, element, len, beacon_report_last_offset(&job->request, len));
	} while (elements.len);
}

static void add_results(struct answer *answer, const struct sta_beacon_job *job)
{
	const struct scan_results *results = &answer->sta->results;
	unsigned count = 0;

	for (size_t i = 0; i < results->count && count < REPORTS_MAX; i++)
		if (is_wanted(&job->request, &results->list[i]) && was_measured(job, &results->list[i]))
			add_result(answer, job, &results->list[i], (uint8_t)++count);
	if (!count)
		add_empty(answer, job->token, 0, MEASURE_BEACON);
	mark_last(answer);
}

/* ---- a measurement ---- */

static void refuse_job(struct sta *sta)
{
	struct sta_beacon_job *job = &sta->measure.job;
	struct answer answer = {.sta = sta, .dialog = job->dialog};

	job->step = BEACON_JOB_NONE;
	if (job->group)
		return;
	add_empty(&answer, job->token, MEASURE_REFUSED, MEASURE_BEACON);
	send_frame(&answer);
}

/* Those of the request that we may use. */
static void choose_channels(const struct sta *sta, struct sta_beacon_job *job)
{
	uint16_t wanted[UINT8_MAX];
	size_t wanted_count = beacon_request_channels(&job->request, wanted, UINT8_MAX), count = 0;
	const uint16_t *usable = sta->setup.freqs[0] ? sta->setup.freqs : sta->freqs;

	for (size_t k = 0; k < STA_CHANNELS_MAX && usable[k]; k++)
		for (size_t i = 0; i < wanted_count; i++)
			if (wanted[i] == usable[k] && count + 1 < STA_CHANNELS_MAX)
				job->freqs[count++] = usable[k];
	job->freqs[count] = 0;
}

void sta_beacon_report_timer(struct sta *sta)
{
	struct sta_beacon_job *job = &sta->measure.job;
	struct sta_request request = {.kind = STA_REQUEST_SCAN,
				      .scan = {.only = true, .passive = job->request.mode == MEASURE_PASSIVE}};
	uint64_t dwell_ns = job->request.duration_tu * TU;

	if (job->step != BEACON_JOB_DELAYED)
		return;
	memcpy(request.scan.freqs, job->freqs, sizeof(job->freqs));
	if (job->request.ssid_len && job->request.mode == MEASURE_ACTIVE) {
		request.scan.ssid_count = 1;
		request.scan.ssids[0].len = job->request.ssid_len;
		memcpy(request.scan.ssids[0].bytes, job->request.ssid, job->request.ssid_len);
	}
	if (sta->plane.dwells)
		request.scan.dwell_ns = dwell_ns < DWELL_NS ? dwell_ns : DWELL_NS;
	job->began_ns = sta->now_ns;
	if (sta->state != STA_CONNECTED || sta_request_scan(sta, &request) != STA_ANSWER_DONE) {
		refuse_job(sta);
		return;
	}
	job->step = BEACON_JOB_SCANNING;
	sta_wanted_scan_settle(sta);
}

void sta_beacon_report_settle(struct sta *sta)
{
	struct sta_beacon_job *job = &sta->measure.job;
	struct answer answer = {.sta = sta, .dialog = job->dialog};

	if (job->step != BEACON_JOB_SCANNING || sta->wanted.state != WANTED_SCAN_NONE)
		return;
	if (sta->wanted.incomplete) { /* what it has heard is not all that there is */
		refuse_job(sta);
		return;
	}
	job->step = BEACON_JOB_NONE;
	add_results(&answer, job);
	send_frame(&answer);
}

/* ---- the request ---- */

/* Can it not be as long as it must? */
static bool is_too_long(const struct sta *sta, const struct measure_request *element,
			const struct beacon_request *request)
{
	return (element->mode & MEASURE_MODE_DURATION) && request->mode != MEASURE_TABLE &&
	       (!sta->plane.dwells || request->duration_tu * TU > DWELL_NS);
}

/* Returns false if the request is malformed. */
static bool begin_job(struct sta *sta, struct answer *answer, const struct measure_request *element, bool group)
{
	struct sta_beacon_job *job = &sta->measure.job,
			      next = {.dialog = answer->dialog, .token = element->token, .group = group};
	struct beacon_request *request = &next.request;
	uint8_t refusal = 0;

	if (!beacon_request_parse(request, element->body))
		return false;
	if (request->mode > MEASURE_TABLE)
		return true;
	choose_channels(sta, &next);
	if (request->conditional || is_too_long(sta, element, request))
		refusal = MEASURE_INCAPABLE;
	else if (request->mode != MEASURE_TABLE && (!next.freqs[0] || job->step == BEACON_JOB_SCANNING))
		refusal = MEASURE_REFUSED;
	else if (request->mode != MEASURE_TABLE && !request->duration_tu)
		return false;
	request->subelements = (struct span){0}; /* of the frame */
	if (refusal && !group)
		add_empty(answer, element->token, refusal, MEASURE_BEACON);
	if (refusal)
		return true;
	if (request->mode == MEASURE_TABLE) {
		add_results(answer, &next);
		return true;
	}
	next.step = BEACON_JOB_DELAYED;
	*job = next;
	sta->due_ns[STA_TIMER_BEACON_REPORT] = sta->now_ns + random_below(&sta->random, request->random_tu + 1u) * TU;
	return true;
}

/* Returns false if the request is malformed. */
static bool carry_out(struct sta *sta, struct answer *answer, const struct measure_request *request, bool group)
{
	uint8_t element[ELEMENT_MAX];
	size_t len;

	if (request->mode & MEASURE_MODE_ENABLE) /* autonomous reports, which we do not send */
		return true;
	if (!(request->mode & MEASURE_MODE_PARALLEL) || request->type <= MEASURE_RPI_HISTOGRAM) {
		if (request->type == MEASURE_BEACON)
			return begin_job(sta, answer, request, group);
		if (request->type == MEASURE_LCI) {
			len = sta_measure_locate(sta, request, group, element);
			if (len)
				add_element(answer, element, len, 0);
			return request->body.len;
		}
	}
	if (!group)
		add_empty(answer, request->token, MEASURE_INCAPABLE, request->type);
	return true;
}

static void receive_request(struct sta *sta, const struct mgmt *mgmt)
{
	struct span rest = mgmt->body;
	const uint8_t *fixed = span_take(&rest, 3); /* dialog token, number of repetitions */
	struct answer answer = {.sta = sta, .dialog = fixed ? fixed[0] : 0};
	struct measure_request request;
	bool valid = fixed;

	while (valid && measure_request_next(&rest, &request))
		valid = carry_out(sta, &answer, &request, mac_is_group(mgmt->da));
	if (valid && !rest.len) {
		send_frame(&answer);
		return;
	}
	if (answer.begun)
		frame_free(frame_writer_end(&answer.writer));
	sta_drop(sta, DROP_TRUNCATED, mgmt->sa);
}

bool sta_beacon_report_receive(struct sta *sta, const struct mgmt *mgmt)
{
	if (mgmt->category != ACTION_CATEGORY_MEASUREMENT || mgmt->action != ACTION_MEASUREMENT_REQUEST ||
	    !sta->measure.used || sta->state != STA_CONNECTED)
		return false;
	receive_request(sta, mgmt);
	return true;
}

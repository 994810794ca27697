/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/acs_job.h"

#include <errno.h>

#define NEVER       UINT64_MAX
#define SECOND      UINT64_C(1000000000)
#define SCAN_NS     (60 * SECOND) /* after this the driver has lost the scan */
#define BUSY_NS     SECOND
#define BUSY_MAX    10
#define BANDS_FREQS 64

static struct nl80211_request *add_request(struct nl80211_acs_job *job, uint8_t command,
					   enum nl80211_acs_purpose purpose, struct nl80211_requests *out)
{
	struct nl80211_request *added = nl80211_requests_add(out, command, job->ifindex);

	if (added)
		added->purpose = (int)purpose;
	return added;
}

/* ---- scans ---- */

static size_t add_freq(uint16_t freqs[BANDS_FREQS], size_t count, uint16_t freq_mhz)
{
	for (size_t i = 0; i < count; i++)
		if (freqs[i] == freq_mhz)
			return count;
	if (count < BANDS_FREQS)
		freqs[count++] = freq_mhz;
	return count;
}

/* All parts of all candidates, once. */
static size_t list_freqs(const struct nl80211_acs_job *job, uint16_t freqs[BANDS_FREQS])
{
	size_t count = 0;

	for (size_t i = 0; i < job->candidates->count; i++) {
		uint16_t parts[NL80211_AP_PARTS_MAX];
		size_t part_count = nl80211_ap_channel_parts(&job->candidates->list[i].channel, parts);

		for (size_t k = 0; k < part_count; k++)
			count = add_freq(freqs, count, parts[k]);
	}
	return count;
}

/* Without SSIDs the scan is passive: on most candidates nothing may be sent yet. */
static void scan(struct nl80211_acs_job *job, uint64_t now_ns, struct nl80211_requests *out)
{
	struct nl80211_request *added = add_request(job, NL80211_CMD_TRIGGER_SCAN, NL80211_ACS_SCAN, out);
	struct nlattr *nest = nl80211_nest_begin(added, NL80211_ATTR_SCAN_FREQUENCIES);
	uint16_t freqs[BANDS_FREQS];
	size_t count = list_freqs(job, freqs);

	for (size_t i = 0; i < count; i++)
		nl80211_put_u32(added, (int)i + 1, freqs[i]);
	nl80211_nest_end(added, nest);
	if (!job->scans_done)
		nl80211_put_u32(added, NL80211_ATTR_SCAN_FLAGS, NL80211_SCAN_FLAG_FLUSH);
	job->state = NL80211_ACS_SCANNING;
	job->due_ns = now_ns + SCAN_NS;
}

static void survey(struct nl80211_acs_job *job, struct nl80211_requests *out)
{
	struct nl80211_request *added = nl80211_survey_query(out, job->ifindex);

	if (added)
		added->purpose = NL80211_ACS_SURVEY;
	job->state = NL80211_ACS_SURVEYING;
}

static void read_networks(struct nl80211_acs_job *job, struct nl80211_requests *out)
{
	struct nl80211_request *added = add_request(job, NL80211_CMD_GET_SCAN, NL80211_ACS_RESULTS, out);

	if (added)
		added->dump = true;
	job->state = NL80211_ACS_READING;
}

/* The first survey, before any scan, is that from which the counters are counted. */
void nl80211_acs_begin(struct nl80211_acs_job *job, int ifindex, const struct nl80211_ap_choice *choice,
		       const struct nl80211_ap_candidates *candidates, uint64_t now_ns, struct nl80211_requests *out)
{
	*job = (struct nl80211_acs_job){
		.ifindex = ifindex, .choice = choice, .candidates = candidates, .due_ns = now_ns + SCAN_NS};
	survey(job, out);
}

/* ---- answers ---- */

static size_t read_surveys(const struct nl80211_reply *reply, struct nl80211_survey list[NL80211_ACS_SURVEYS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < reply->count && count < NL80211_ACS_SURVEYS_MAX; i++)
		count += nl80211_survey_read(&list[count], reply->messages[i]);
	return count;
}

static void handle_survey(struct nl80211_acs_job *job, const struct nl80211_reply *reply, uint64_t now_ns,
			  struct nl80211_requests *out)
{
	if (!job->has_before) {
		job->has_before = true;
		job->before_count = read_surveys(reply, job->before);
		scan(job, now_ns, out);
		return;
	}
	job->after_count = read_surveys(reply, job->after);
	if (job->scans_done < job->choice->scans)
		scan(job, now_ns, out);
	else
		read_networks(job, out);
}

/* EBUSY: another program scans. Its results would serve, but its channels may be others. */
static void handle_scan_refusal(struct nl80211_acs_job *job, int error, uint64_t now_ns, struct nl80211_requests *out)
{
	job->scan_error = error;
	if (error == -EBUSY && job->busy_count++ < BUSY_MAX) {
		job->state = NL80211_ACS_BUSY;
		job->due_ns = now_ns + BUSY_NS;
		return;
	}
	read_networks(job, out);
}

static void add_networks(struct nl80211_acs_job *job, const struct nl80211_reply *reply)
{
	struct nl80211_event event;

	for (size_t i = 0; i < reply->count && job->network_count < NL80211_ACS_NETWORKS_MAX; i++)
		if (nl80211_reply_event(reply, i, &event) && event.bss.bssid)
			job->networks[job->network_count++] = (struct nl80211_acs_network){
				.freq_mhz = event.bss.freq_mhz, .signal_dbm = event.bss.signal_dbm};
}

void nl80211_acs_reply(struct nl80211_acs_job *job, const struct nl80211_request *request,
		       const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out)
{
	switch ((enum nl80211_acs_purpose)request->purpose) {
	case NL80211_ACS_SCAN:
		if (job->state == NL80211_ACS_SCANNING && reply->error)
			handle_scan_refusal(job, reply->error, now_ns, out);
		break;
	case NL80211_ACS_SURVEY:
		if (job->state == NL80211_ACS_SURVEYING)
			handle_survey(job, reply, now_ns, out);
		break;
	case NL80211_ACS_RESULTS:
		if (job->state != NL80211_ACS_READING)
			break;
		add_networks(job, reply);
		job->state = NL80211_ACS_DONE;
		break;
	}
}

static void finish_scan(struct nl80211_acs_job *job, struct nl80211_requests *out)
{
	job->scans_done++;
	survey(job, out);
}

void nl80211_acs_event(struct nl80211_acs_job *job, const struct nl80211_event *event, uint64_t now_ns,
		       struct nl80211_requests *out)
{
	(void)now_ns;
	if (job->state == NL80211_ACS_SCANNING && event->ifindex == job->ifindex &&
	    (event->command == NL80211_CMD_NEW_SCAN_RESULTS || event->command == NL80211_CMD_SCAN_ABORTED))
		finish_scan(job, out);
}

/* ---- time ---- */

uint64_t nl80211_acs_deadline(const struct nl80211_acs_job *job)
{
	return job->state == NL80211_ACS_IDLE || job->state == NL80211_ACS_DONE ? NEVER : job->due_ns;
}

void nl80211_acs_tick(struct nl80211_acs_job *job, uint64_t now_ns, struct nl80211_requests *out)
{
	if (now_ns < nl80211_acs_deadline(job))
		return;
	switch (job->state) {
	case NL80211_ACS_BUSY:
		scan(job, now_ns, out);
		break;
	case NL80211_ACS_SCANNING:
		job->scan_error = -ETIMEDOUT;
		finish_scan(job, out);
		job->due_ns = now_ns + SCAN_NS;
		break;
	case NL80211_ACS_SURVEYING: /* the request was lost for lack of memory */
	case NL80211_ACS_READING:
		job->state = NL80211_ACS_DONE;
		break;
	case NL80211_ACS_IDLE:
	case NL80211_ACS_DONE:
		break;
	}
}

/* ---- the result ---- */

static const struct nl80211_survey *find_before(const struct nl80211_acs_job *job, uint16_t freq_mhz)
{
	for (size_t i = 0; i < job->before_count; i++)
		if (job->before[i].freq_mhz == freq_mhz)
			return &job->before[i];
	return NULL;
}

/* A driver that begins anew with each scan reports a smaller time than before. */
bool nl80211_acs_result(const struct nl80211_acs_job *job, struct nl80211_acs_result *result)
{
	struct nl80211_acs_measurement measurements[NL80211_ACS_SURVEYS_MAX];
	struct nl80211_acs_input input = {.candidates = job->candidates,
					  .measurements = measurements,
					  .measurement_count = job->after_count,
					  .networks = job->networks,
					  .network_count = job->network_count,
					  .choice = job->choice};

	for (size_t i = 0; i < job->after_count; i++) {
		const struct nl80211_survey *after = &job->after[i], *before = find_before(job, after->freq_mhz);

		if (before && before->active_ms >= after->active_ms)
			before = NULL;
		measurements[i] = (struct nl80211_acs_measurement){.freq_mhz = after->freq_mhz,
								   .load = nl80211_survey_load(after, before),
								   .has_noise = after->has_noise,
								   .noise_dbm = after->noise_dbm};
	}
	return nl80211_acs_choose(&input, result);
}

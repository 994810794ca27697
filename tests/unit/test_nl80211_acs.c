/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Automatic channel selection: surveys as the kernel reports them, the choice, and the scans before it. */
#include "nl80211_messages.h"

#include "nl80211/ap/acs_job.h"

#include <errno.h>
#include <string.h>

#define SECOND  UINT64_C(1000000000)
#define IFINDEX 7

/* ---- the survey ---- */

static struct nl_msg *survey_message(uint32_t freq_mhz, int noise_dbm, uint64_t active_ms, uint64_t busy_ms)
{
	struct nl_msg *message = message_new(NL80211_CMD_NEW_SURVEY_RESULTS);
	struct nlattr *nest = nla_nest_start(message, NL80211_ATTR_SURVEY_INFO);

	nla_put_u32(message, NL80211_SURVEY_INFO_FREQUENCY, freq_mhz);
	nla_put_u8(message, NL80211_SURVEY_INFO_NOISE, (uint8_t)noise_dbm);
	nla_put_u64(message, NL80211_SURVEY_INFO_TIME, active_ms);
	nla_put_u64(message, NL80211_SURVEY_INFO_TIME_BUSY, busy_ms);
	nla_nest_end(message, nest);
	return message;
}

static void a_survey_is_read(void **state)
{
	struct nl_msg *message = survey_message(5180, -92, 120, 15);
	struct nl80211_survey survey;

	(void)state;
	assert_true(nl80211_survey_read(&survey, nlmsg_hdr(message)));
	assert_int_equal(survey.freq_mhz, 5180);
	assert_true(survey.has_noise && survey.has_busy && !survey.has_tx && !survey.in_use);
	assert_int_equal(survey.noise_dbm, -92);
	assert_int_equal(nl80211_survey_load(&survey, NULL), 125);
	nlmsg_free(message);
	message = message_new(NL80211_CMD_NEW_SURVEY_RESULTS);
	assert_false(nl80211_survey_read(&survey, nlmsg_hdr(message)));
	nlmsg_free(message);
}

/* Own transmissions are no interference, and the time of them cannot be listened to. */
static void the_load_is_that_of_others(void **state)
{
	struct nl80211_survey survey = {.has_busy = true,
					.has_tx = true,
					.active_ms = 1000,
					.busy_ms = 600,
					.tx_ms = 200},
			      earlier = {.has_busy = true, .active_ms = 900, .busy_ms = 590, .tx_ms = 200};

	(void)state;
	assert_int_equal(nl80211_survey_load(&survey, NULL), 500);
	assert_int_equal(nl80211_survey_load(&survey, &earlier), 100);
	survey.tx_ms = survey.busy_ms = survey.active_ms;
	assert_int_equal(nl80211_survey_load(&survey, NULL), 0);
	survey.has_busy = false;
	assert_int_equal(nl80211_survey_load(&survey, NULL), -1);
	survey = (struct nl80211_survey){.has_busy = true, .busy_ms = 5};
	assert_int_equal(nl80211_survey_load(&survey, NULL), -1);
	survey = (struct nl80211_survey){.has_busy = true, .busy_ms = 50, .active_ms = 10};
	assert_int_equal(nl80211_survey_load(&survey, NULL), 1000);
}

/* ---- the choice ---- */

static struct nl80211_ap_candidates candidates;
static struct nl80211_ap_choice choice;
static struct nl80211_acs_result result;

static int setup(void **state)
{
	(void)state;
	candidates.count = 0;
	choice = (struct nl80211_ap_choice){.automatic = true, .scans = 2};
	return 0;
}

static void add_candidate(uint16_t freq_mhz, uint16_t width_mhz, uint16_t center_mhz, bool radar)
{
	candidates.list[candidates.count++] =
		(struct nl80211_ap_candidate){.channel = {freq_mhz, width_mhz, center_mhz}, .radar = radar};
}

static void add_2ghz(void)
{
	for (uint16_t freq = 2412; freq <= 2472; freq = (uint16_t)(freq + 5))
		add_candidate(freq, 20, freq, false);
}

static uint16_t choose(const struct nl80211_acs_measurement *measurements, size_t measurement_count,
		       const struct nl80211_acs_network *networks, size_t network_count)
{
	const struct nl80211_acs_input input = {&candidates, measurements,  measurement_count,
						networks,    network_count, &choice};

	assert_true(nl80211_acs_choose(&input, &result));
	return result.channel.freq_mhz;
}

static void without_candidates_there_is_no_choice(void **state)
{
	const struct nl80211_acs_input input = {.candidates = &candidates, .choice = &choice};

	(void)state;
	assert_false(nl80211_acs_choose(&input, &result));
}

static void networks_decide_without_a_survey(void **state)
{
	static const struct nl80211_acs_network networks[] = {{2412, -40}, {2437, -60}, {2437, -80}};

	(void)state;
	add_2ghz();
	assert_int_equal(choose(NULL, 0, NULL, 0), 2412);
	assert_int_equal(choose(NULL, 0, networks, 1), 2437);
	assert_int_equal(choose(NULL, 0, networks, 3), 2462);
	assert_false(result.surveyed);
	assert_non_null(strstr(result.reason, "channel 11 (2462 MHz): 0 other networks (interference 16)"));
	assert_non_null(strstr(result.reason, "; next is channel 12"));
}

/* All channels have a network: the weakest one is the least interference. */
static void the_signal_counts(void **state)
{
	static const struct nl80211_acs_network networks[] = {{5180, -45}, {5200, -82}, {5200, -85}, {5220, -60}};

	(void)state;
	add_candidate(5180, 20, 5180, false);
	add_candidate(5200, 20, 5200, false);
	add_candidate(5220, 20, 5220, false);
	assert_int_equal(choose(NULL, 0, networks, 4), 5200);
	assert_non_null(strstr(result.reason, "2 other networks at up to -82 dBm"));
}

static void the_load_and_the_noise_decide(void **state)
{
	static const struct nl80211_acs_measurement loads[] = {
		{2412, 300, true, -92}, {2437, 125, true, -92}, {2462, 130, true, -92}, {2467, 0, true, -60}};

	(void)state;
	add_2ghz();
	candidates.list[1] = candidates.list[11]; /* 1, 12, …: leave those that were measured */
	candidates.list[2] = candidates.list[5];
	candidates.list[3] = candidates.list[10];
	candidates.count = 4;
	assert_int_equal(choose(loads, 4, NULL, 0), 2437);
	assert_true(result.surveyed);
	assert_non_null(strstr(result.reason, "channel 6 (2437 MHz): busy for 12.5 % of the time, noise -92 dBm"));
	assert_non_null(strstr(result.reason, "next is channel 11"));
}

static void a_bias_multiplies_the_interference(void **state)
{
	static const struct nl80211_acs_network networks[] = {{5180, -70}};

	(void)state;
	add_candidate(5180, 20, 5180, false);
	add_candidate(5200, 20, 5200, false);
	assert_int_equal(choose(NULL, 0, networks, 1), 5200);
	choice.biases[choice.bias_count++] = (struct nl80211_ap_bias){36, 50};
	assert_int_equal(choose(NULL, 0, networks, 1), 5180);
}

/* A network on one part of 80 MHz costs less than one on the primary channel. */
static void a_wide_channel_counts_all_its_parts(void **state)
{
	static const struct nl80211_acs_network networks[] = {{5180, -45}, {5260, -45}, {5280, -45}};

	(void)state;
	add_candidate(5180, 80, 5210, false);
	add_candidate(5200, 80, 5210, false);
	add_candidate(5260, 80, 5290, true);
	add_candidate(5300, 80, 5290, true);
	assert_int_equal(choose(NULL, 0, networks, 3), 5200);
	assert_int_equal(result.channel.center_mhz, 5210);
}

static void radar_detection_is_avoided_among_equals(void **state)
{
	static const struct nl80211_acs_network networks[] = {{5180, -45}};

	(void)state;
	add_candidate(5260, 20, 5260, true);
	add_candidate(5180, 20, 5180, false);
	assert_int_equal(choose(NULL, 0, NULL, 0), 5180);
	assert_int_equal(choose(NULL, 0, networks, 1), 5260);
}

/* ---- the job ---- */

static struct nl80211_acs_job job;
static struct nl80211_requests out;

static int setup_job(void **state)
{
	setup(state);
	add_candidate(2412, 20, 2412, false);
	add_candidate(2437, 20, 2437, false);
	nl80211_acs_begin(&job, IFINDEX, &choice, &candidates, 0, &out);
	return 0;
}

static int teardown_job(void **state)
{
	(void)state;
	nl80211_requests_free(&out);
	return 0;
}

/* Takes the next request, which must be this command, and answers it. */
static void answer(uint8_t command, int error, struct nl_msg **messages, size_t count, uint64_t now_ns)
{
	struct nlmsghdr *headers[4];
	struct nl80211_reply reply = {.error = error, .messages = headers, .count = count};
	struct nl80211_request request;

	assert_true(nl80211_requests_take(&out, &request));
	assert_int_equal(request.command, command);
	assert_int_equal(request.ifindex, IFINDEX);
	for (size_t i = 0; i < count; i++)
		headers[i] = nlmsg_hdr(messages[i]);
	nl80211_acs_reply(&job, &request, &reply, now_ns, &out);
	nl80211_request_free(&request);
	for (size_t i = 0; i < count; i++)
		nlmsg_free(messages[i]);
}

static void report(uint8_t command)
{
	nl80211_acs_event(&job, &(struct nl80211_event){.command = command, .ifindex = IFINDEX}, SECOND, &out);
}

static void answer_survey(uint64_t active_ms, uint64_t busy_ms_1, uint64_t busy_ms_6)
{
	struct nl_msg *messages[] = {survey_message(2412, -90, active_ms, busy_ms_1),
				     survey_message(2437, -90, active_ms, busy_ms_6)};

	answer(NL80211_CMD_GET_SURVEY, 0, messages, 2, SECOND);
}

static void scans_and_surveys_alternate(void **state)
{
	const struct nl80211_request *scan;

	(void)state;
	answer_survey(1000, 900, 0); /* of the time before: it does not count */
	scan = &out.list[0];
	assert_u32(nested_attribute(request_attribute(scan, NL80211_ATTR_SCAN_FREQUENCIES), 1), 2412);
	assert_u32(nested_attribute(request_attribute(scan, NL80211_ATTR_SCAN_FREQUENCIES), 2), 2437);
	assert_null(request_attribute(scan, NL80211_ATTR_SCAN_SSIDS)); /* passive */
	for (int i = 0; i < 2; i++) {
		answer(NL80211_CMD_TRIGGER_SCAN, 0, NULL, 0, SECOND);
		assert_int_equal(job.state, NL80211_ACS_SCANNING);
		report(NL80211_CMD_TRIGGER_SCAN);
		assert_int_equal(out.count, 0);
		report(i ? NL80211_CMD_SCAN_ABORTED : NL80211_CMD_NEW_SCAN_RESULTS);
		answer_survey(1100 + 100 * (uint64_t)i, 900, 50 + 50 * (uint64_t)i);
	}
	answer(NL80211_CMD_GET_SCAN, 0, NULL, 0, SECOND);
	assert_int_equal(job.state, NL80211_ACS_DONE);
	assert_int_equal(nl80211_acs_deadline(&job), UINT64_MAX);
	assert_true(nl80211_acs_result(&job, &result));
	assert_int_equal(result.channel.freq_mhz, 2412);
	assert_non_null(strstr(result.reason, "channel 6 (2437 MHz): busy for 50.0 %"));
}

static void a_busy_radio_is_asked_again(void **state)
{
	(void)state;
	answer(NL80211_CMD_GET_SURVEY, -EOPNOTSUPP, NULL, 0, 0);
	answer(NL80211_CMD_TRIGGER_SCAN, -EBUSY, NULL, 0, 0);
	assert_int_equal(job.state, NL80211_ACS_BUSY);
	nl80211_acs_tick(&job, SECOND / 2, &out);
	assert_int_equal(out.count, 0);
	nl80211_acs_tick(&job, nl80211_acs_deadline(&job), &out);
	answer(NL80211_CMD_TRIGGER_SCAN, -EOPNOTSUPP, NULL, 0, SECOND);
	answer(NL80211_CMD_GET_SCAN, 0, NULL, 0, SECOND);
	assert_int_equal(job.scan_error, -EOPNOTSUPP);
	assert_true(nl80211_acs_result(&job, &result));
	assert_int_equal(result.channel.freq_mhz, 2412);
	assert_false(result.surveyed);
}

static void a_lost_scan_ends(void **state)
{
	(void)state;
	answer_survey(10, 0, 0);
	answer(NL80211_CMD_TRIGGER_SCAN, 0, NULL, 0, 0);
	nl80211_acs_tick(&job, nl80211_acs_deadline(&job), &out);
	assert_int_equal(job.scan_error, -ETIMEDOUT);
	answer_survey(10, 0, 0);
	assert_int_equal(job.state, NL80211_ACS_SCANNING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_survey_is_read),
		cmocka_unit_test(the_load_is_that_of_others),
		cmocka_unit_test_setup(without_candidates_there_is_no_choice, setup),
		cmocka_unit_test_setup(networks_decide_without_a_survey, setup),
		cmocka_unit_test_setup(the_signal_counts, setup),
		cmocka_unit_test_setup(the_load_and_the_noise_decide, setup),
		cmocka_unit_test_setup(a_bias_multiplies_the_interference, setup),
		cmocka_unit_test_setup(a_wide_channel_counts_all_its_parts, setup),
		cmocka_unit_test_setup(radar_detection_is_avoided_among_equals, setup),
		cmocka_unit_test_setup_teardown(scans_and_surveys_alternate, setup_job, teardown_job),
		cmocka_unit_test_setup_teardown(a_busy_radio_is_asked_again, setup_job, teardown_job),
		cmocka_unit_test_setup_teardown(a_lost_scan_ends, setup_job, teardown_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of nl80211: those recorded in tests/vectors/nl80211.txt and nl80211-ap.txt are read, and requests are written. */
#include "nl80211_messages.h"

#include "nl80211/error.h"
#include "nl80211/frame.h"
#include "nl80211/interface.h"
#include "nl80211/journal.h"
#include "nl80211/key.h"
#include "nl80211/driver_flags.h"
#include "nl80211/survey.h"
#include "nl80211/wiphy.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <libgen.h>
#include <unistd.h>

#define MESSAGES_MAX 256

struct recording {
	struct nlmsghdr *messages[MESSAGES_MAX];
	size_t count;
};

static void add_line(struct recording *recording, char *line)
{
	char *hex = strchr(line, ' ');
	uint8_t *bytes;
	size_t len;

	assert_non_null(hex);
	len = strspn(++hex, "0123456789abcdef") / 2;
	bytes = malloc(len);
	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &bytes[i]), 1);
	assert_true(recording->count < MESSAGES_MAX);
	recording->messages[recording->count++] = (void *)bytes;
}

static int load_file(void **state, const char *name)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	char exe[512] = "", path[600], *line = NULL;
	size_t room = 0;
	FILE *file;

	assert_non_null(recording);
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	snprintf(path, sizeof(path), "%s/../tests/vectors/%s", dirname(exe), name);
	file = fopen(path, "r");
	assert_non_null(file);
	while (getline(&line, &room, file) > 0)
		if (line[0] != '#')
			add_line(recording, line);
	free(line);
	fclose(file);
	*state = recording;
	return 0;
}

static int load(void **state)
{
	return load_file(state, "nl80211.txt");
}

static int load_access_point(void **state)
{
	return load_file(state, "nl80211-ap.txt");
}

static int unload(void **state)
{
	struct recording *recording = *state;

	for (size_t i = 0; i < recording->count; i++)
		free(recording->messages[i]);
	free(recording);
	return 0;
}

/* The recorded message of this command; the first one, or the next ones. */
static struct nl80211_event recorded(const struct recording *recording, uint8_t command, unsigned skip)
{
	struct nl80211_event event;

	for (size_t i = 0; i < recording->count; i++) {
		assert_true(nl80211_event_parse(&event, recording->messages[i]));
		if (event.command == command && !skip--)
			return event;
	}
	fail_msg("command %u was not recorded", command);
	return event;
}

/* ---- the radio ---- */

static void wiphy_is_merged_from_its_parts(void **state)
{
	const struct recording *recording = *state;
	struct nl80211_wiphy wiphy = {0};
	const struct nl80211_band_info *band;
	size_t parts = 0;

	for (size_t i = 0; i < recording->count; i++)
		parts += nl80211_wiphy_merge(&wiphy, recording->messages[i]);
	assert_true(parts > 100);
	assert_string_equal(wiphy.name, "phy3");
	assert_int_equal(wiphy.index, 3);
	assert_int_equal(wiphy.bands[NL80211_BAND_2GHZ].channel_count, 14);
	assert_int_equal(wiphy.bands[NL80211_BAND_2GHZ].rate_count, 12);
	assert_int_equal(wiphy.bands[NL80211_BAND_5GHZ].rate_count, 8);
	assert_true(nl80211_wiphy_channel(&wiphy, 2484)->no_ir);
	assert_true(nl80211_wiphy_channel(&wiphy, 5180)->no_ir);
	assert_false(nl80211_wiphy_channel(&wiphy, 2412)->no_ir);
	assert_null(nl80211_wiphy_channel(&wiphy, 2413));
	band = nl80211_wiphy_band(&wiphy, 5180);
	assert_true(band->ht && band->vht && band->he_count >= 2);
	assert_true(band->he[0].iftypes & 1u << NL80211_IFTYPE_STATION);
	assert_true(nl80211_wiphy_has_sme(&wiphy));
	assert_true(nl80211_wiphy_has_command(&wiphy, NL80211_CMD_START_AP));
	assert_true(nl80211_wiphy_has_feature(&wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211));
	assert_true(nl80211_wiphy_has_feature(&wiphy, NL80211_EXT_FEATURE_CAN_REPLACE_PTK0));
	assert_int_equal(wiphy.ciphers, (1u << CIPHER_COUNT) - 1);
	assert_true(wiphy.iftypes & 1u << NL80211_IFTYPE_AP);
	assert_int_equal(nl80211_driver_flags(&wiphy) & 0xffffffff, 0xfb5bfbe0);
	assert_string_equal(nl80211_driver_flag_name(31), "AP_CSA");
	assert_null(nl80211_driver_flag_name(0));
	assert_int_equal(wiphy.scan_ssids_max, 4);
	assert_false(nl80211_wiphy_has_command(&wiphy, NL80211_CMD_START_SCHED_SCAN)); /* mac80211_hwsim */
	assert_true(wiphy.combination_count >= 1 && wiphy.combinations[0].limit_count >= 1);
	assert_true(wiphy.off_channel_tx);
	assert_false(wiphy.ap_sme);
}

/* An interface has one radio: parts of another one are not mixed in. */
static void other_radios_are_left_out(void **state)
{
	const struct recording *recording = *state;
	struct nl80211_wiphy wiphy = {.present = true, .index = 9};

	for (size_t i = 0; i < recording->count; i++)
		nl80211_wiphy_merge(&wiphy, recording->messages[i]);
	assert_int_equal(wiphy.commands[0], 0);
	assert_int_equal(wiphy.bands[0].channel_count, 0);
}

static void interface_is_read(void **state)
{
	static const uint8_t addr[6] = {2, 0, 0, 0, 1, 0};
	struct nl80211_event event = recorded(*state, NL80211_CMD_NEW_INTERFACE, 0);
	struct nl80211_interface interface;

	assert_true(nl80211_interface_read(&interface, &event));
	assert_string_equal(interface.name, "wlan1");
	assert_int_equal(interface.ifindex, 6);
	assert_int_equal(interface.type, NL80211_IFTYPE_STATION);
	assert_memory_equal(interface.addr, addr, 6);
	event = recorded(*state, NL80211_CMD_NEW_WIPHY, 0);
	assert_false(nl80211_interface_read(&interface, &event));
}

/* ---- events ---- */

static void scan_result_is_read(void **state)
{
	struct nl80211_event event = recorded(*state, NL80211_CMD_NEW_SCAN_RESULTS, 1);
	struct span rest;
	struct element element;

	assert_non_null(event.bss.bssid);
	assert_int_equal(event.bss.freq_mhz, 2412);
	assert_int_equal(event.bss.interval_tu, 100);
	assert_int_equal(event.bss.signal_dbm, -30);
	assert_true(event.bss.probe_response);
	rest = event.bss.elements;
	assert_true(element_next(&rest, &element));
	assert_true(span_equals(element.body, (const uint8_t *)"rec", 3));
}

static void frames_of_the_access_point_are_read(void **state)
{
	struct nl80211_event event = recorded(*state, NL80211_CMD_AUTHENTICATE, 0);
	struct frame *frame;
	struct mgmt mgmt;

	assert_int_equal(mgmt_parse(&mgmt, event.frame.bytes, event.frame.len), NOT_DROPPED);
	assert_int_equal(mgmt.subtype, MGMT_AUTH);
	event = recorded(*state, NL80211_CMD_ASSOCIATE, 0);
	assert_int_equal(mgmt_parse(&mgmt, event.frame.bytes, event.frame.len), NOT_DROPPED);
	assert_int_equal(mgmt.aid, 1);
	/* The deauthentication came under PMF: the kernel leaves the Protected bit set. */
	event = recorded(*state, NL80211_CMD_DEAUTHENTICATE, 0);
	assert_int_equal(mgmt_parse(&mgmt, event.frame.bytes, event.frame.len), DROP_FRAME_TYPE);
	frame = nl80211_frame_read(&event);
	assert_non_null(frame);
	assert_int_equal(mgmt_parse(&mgmt, frame->data, frame->len), NOT_DROPPED);
	assert_int_equal(mgmt.reason, 2);
	frame_free(frame);
}

static void eapol_is_read(void **state)
{
	static const uint8_t own[6] = {2, 0, 0, 0, 1, 0};
	struct nl80211_event event = recorded(*state, NL80211_CMD_CONTROL_PORT_FRAME, 0);
	struct frame *frame = nl80211_frame_read_eapol(&event, own);

	assert_true(event.unencrypted);
	assert_non_null(frame);
	assert_memory_equal(frame->data, own, 6);
	assert_memory_equal(frame->data + 12, "\x88\x8e\2\3", 4);
	frame_free(frame);
	event = recorded(*state, NL80211_CMD_CONTROL_PORT_FRAME_TX_STATUS, 1);
	assert_true(event.has_cookie && event.acked);
	assert_int_equal(event.cookie, 2);
}

static void other_events_are_read(void **state)
{
	struct nl80211_event event = recorded(*state, NL80211_CMD_CH_SWITCH_STARTED_NOTIFY, 0);

	assert_int_equal(event.freq_mhz, 2437);
	assert_int_equal(event.switch_count, 4);
	event = recorded(*state, NL80211_CMD_CH_SWITCH_NOTIFY, 0);
	assert_int_equal(event.center1_mhz, 2437);
	event = recorded(*state, NL80211_CMD_DISCONNECT, 0);
	assert_true(event.by_ap);
	assert_int_equal(event.reason, 2);
	event = recorded(*state, NL80211_CMD_NEW_STATION, 1);
	assert_true(event.station.present && event.station.has_signal);
	assert_int_equal(event.station.signal_dbm, -30);
}

/* ---- requests ---- */

static void urgent_requests_come_first(void **state)
{
	struct nl80211_requests queue = {0}, urgent = {0};
	struct nl80211_request request;
	static const uint8_t order[] = {NL80211_CMD_NEW_KEY, NL80211_CMD_SET_KEY, NL80211_CMD_GET_SCAN,
					NL80211_CMD_FRAME};

	(void)state;
	nl80211_requests_add(&queue, order[2], 1);
	nl80211_requests_add(&queue, order[3], 1);
	nl80211_requests_add(&urgent, order[0], 1);
	nl80211_requests_add(&urgent, order[1], 1);
	nl80211_requests_put_first(&queue, &urgent);
	assert_int_equal(urgent.count, 0);
	for (size_t i = 0; i < COUNT(order); i++) {
		assert_true(nl80211_requests_take(&queue, &request));
		assert_int_equal(request.command, order[i]);
		nl80211_request_free(&request);
	}
	assert_false(nl80211_requests_take(&queue, &request));
	nl80211_requests_free(&queue);
	nl80211_requests_free(&urgent);
}

static void too_long_request_is_marked(void **state)
{
	static const uint8_t bytes[10000];
	struct nl80211_requests requests = {0};
	struct nl80211_request *request = nl80211_requests_add(&requests, NL80211_CMD_FRAME, 1);

	(void)state;
	nl80211_put_bytes(request, NL80211_ATTR_FRAME, bytes, sizeof(bytes));
	assert_false(request->too_long);
	nl80211_put_bytes(request, NL80211_ATTR_IE, bytes, sizeof(bytes));
	assert_true(request->too_long);
	nl80211_put_u32(NULL, NL80211_ATTR_IFINDEX, 1); /* without memory there is no request */
	nl80211_requests_free(&requests);
}

static void answer_to_a_key_query_has_its_packet_number(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_NEW_KEY);
	struct nlattr *nest = nla_nest_start(message, NL80211_ATTR_KEY);
	struct nl80211_event event;

	(void)state;
	nla_put(message, NL80211_KEY_SEQ, 6, "\5\1\0\0\0\0");
	nla_nest_end(message, nest);
	assert_true(nl80211_event_parse(&event, nlmsg_hdr(message)));
	assert_int_equal(nl80211_key_read_pn(&event), 0x105);
	nlmsg_free(message);
}

/* ---- sentences ---- */

static void refusal_says_what_why_and_what_to_do(void **state)
{
	static const struct {
		uint8_t command;
		struct nl80211_reply reply;
		const char *text;
	} cases[] = {
		{NL80211_CMD_REGISTER_FRAME,
		 {.error = -EALREADY, .explanation = "Match already configured"},
		 "wlan0: cannot receive management frames: Match already configured; another program manages the "
		 "interface: stop hostapd, wpa_supplicant or iwd, or let NetworkManager release it (`nmcli device set "
		 "wlan0 managed no`)"},
		{NL80211_CMD_TRIGGER_SCAN,
		 {.error = -ENETDOWN, .explanation = "Network is down"},
		 "wlan0: cannot scan: Network is down; the interface is down: run `ip link set wlan0 up`"},
		{NL80211_CMD_START_AP,
		 {.error = -EINVAL, .explanation = "Invalid argument"},
		 "wlan0: cannot start the access point: Invalid argument; the regulatory domain may forbid the "
		 "channel: set country_code, and check `iw phy`"},
		{NL80211_CMD_NEW_KEY,
		 {.error = -EINVAL, .explanation = "key length"},
		 "wlan0: cannot install a key: key length"},
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(nl80211_error_set(&error, "wlan0", cases[i].command, &cases[i].reply),
				 cases[i].reply.error);
		assert_string_equal(error.text, cases[i].text);
	}
}

/* Not every request is a command of nl80211. */
static void refusal_of_rtnetlink_says_what_was_asked(void **state)
{
	struct nl80211_request request = {.kind = NL80211_REQUEST_OPERSTATE, .up = true};
	struct nl80211_reply reply = {.error = -EPERM, .explanation = "Operation not permitted"};
	struct error error;

	(void)state;
	assert_int_equal(nl80211_request_error_set(&error, "wlan0", &request, &reply), -EPERM);
	assert_string_equal(error.text, "wlan0: cannot permit data (operational state): Operation not permitted; run "
					"vifi as root, or with CAP_NET_ADMIN");
	request = (struct nl80211_request){.kind = NL80211_REQUEST_PACKET};
	reply = (struct nl80211_reply){.error = -ENETDOWN, .explanation = "Network is down"};
	nl80211_request_error_set(&error, "wlan0", &request, &reply);
	assert_string_equal(error.text, "wlan0: cannot send an EAPOL frame through the packet socket: Network is down; "
					"the interface is down: run `ip link set wlan0 up`");
}

static void journal_is_read_as_it_was_written(void **state)
{
	static const char *const refused[] = {
		"",
		"uplink",
		"vifi: before, ",
		"vifi: before, type 2, down, 3 addresses, 02:00:00:00:00:01, now 02:00:00:00:00:02 ",
		"vifi: before, type 2, gone, 3 addresses, 02:00:00:00:00:01, now 02:00:00:00:00:02",
		"vifi: before, type 99, down, 3 addresses, 02:00:00:00:00:01, now 02:00:00:00:00:02",
		"vifi: before, type 2, down, 5 addresses, 02:00:00:00:00:01, now 02:00:00:00:00:02",
		"vifi: before, type 2, down, 3 addresses, 01:00:00:00:00:01, now 02:00:00:00:00:02",
		"vifi: before, type 2, down, 3 addresses, 00:00:00:00:00:00, now 02:00:00:00:00:02",
	};
	const struct nl80211_journal journal = {.type = NL80211_IFTYPE_AP,
						.up = true,
						.four_addr = true,
						.addr = {2, 0, 0, 0, 0, 1},
						.now = {2, 9, 0xab}};
	struct nl80211_journal copy = {0};
	char text[NL80211_JOURNAL_MAX];

	(void)state;
	nl80211_journal_write(text, &journal);
	assert_true(nl80211_journal_is_ours(text));
	assert_true(nl80211_journal_read(&copy, text));
	assert_int_equal(copy.type, journal.type);
	assert_true(copy.up && copy.four_addr);
	assert_memory_equal(copy.addr, journal.addr, 6);
	assert_memory_equal(copy.now, journal.now, 6);
	for (size_t i = 0; i < COUNT(refused); i++)
		assert_false(nl80211_journal_read(&copy, refused[i]));
	assert_false(nl80211_journal_is_ours("uplink"));
}

/* ---- the access point, on Linux 6.12 ---- */

static void events_of_radar_detection_are_read(void **state)
{
	struct nl80211_event event = recorded(*state, NL80211_CMD_RADAR_DETECT, 0);

	assert_int_equal(event.radar_event, NL80211_RADAR_CAC_FINISHED);
	assert_int_equal(event.freq_mhz, 5260);
	assert_int_equal(event.channel_width, NL80211_CHAN_WIDTH_20);
	assert_int_equal(event.center1_mhz, 5260);
	assert_int_equal(event.ifindex, 2);
	event = recorded(*state, NL80211_CMD_RADAR_DETECT, 1);
	assert_int_equal(event.radar_event, NL80211_RADAR_DETECTED);
	assert_int_equal(event.freq_mhz, 5260);
	assert_false(event.has_ifindex); /* it concerns the radio */
	assert_int_equal(event.wiphy, 2);
	event = recorded(*state, NL80211_CMD_CH_SWITCH_STARTED_NOTIFY, 0);
	assert_int_equal(event.freq_mhz, 5180);
	assert_int_equal(event.switch_count, 5);
	event = recorded(*state, NL80211_CMD_CH_SWITCH_NOTIFY, 0);
	assert_int_equal(event.freq_mhz, 5180);
	assert_int_equal(event.center1_mhz, 5180);
	assert_int_equal(event.ifindex, 2);
}

static void events_about_a_station_are_read(void **state)
{
	static const uint8_t station[] = {2, 0, 0, 0, 2, 0};
	struct nl80211_event event = recorded(*state, NL80211_CMD_NEW_STATION, 0);
	struct mgmt mgmt;

	assert_memory_equal(event.mac, station, 6);
	event = recorded(*state, NL80211_CMD_DEL_STATION, 0);
	assert_memory_equal(event.mac, station, 6);
	assert_true(event.station.present && event.station.has_inactive);
	event = recorded(*state, NL80211_CMD_FRAME, 1);
	assert_int_equal(mgmt_parse(&mgmt, event.frame.bytes, event.frame.len), NOT_DROPPED);
	assert_int_equal(mgmt.subtype, MGMT_AUTH);
	assert_memory_equal(mgmt.sa, station, 6);
	assert_int_equal(event.freq_mhz, 5260);
	assert_int_equal(event.signal_dbm, -30);
	event = recorded(*state, NL80211_CMD_FRAME_TX_STATUS, 1);
	assert_true(event.has_cookie && event.acked);
	assert_int_equal(event.cookie, 2);
	event = recorded(*state, NL80211_CMD_CONTROL_PORT_FRAME, 0);
	assert_true(event.unencrypted);
	assert_int_equal(event.ethertype, 0x888e);
	assert_memory_equal(event.mac, station, 6);
	event = recorded(*state, NL80211_CMD_CONTROL_PORT_FRAME_TX_STATUS, 0);
	assert_true(event.has_cookie && event.acked);
	assert_int_equal(event.cookie, 5);
}

static void survey_of_two_channels_is_read(void **state)
{
	static const struct nl80211_survey expected[] = {
		{.freq_mhz = 2412,
		 .has_noise = true,
		 .has_busy = true,
		 .noise_dbm = -92,
		 .active_ms = 112,
		 .busy_ms = 14},
		{.freq_mhz = 2437,
		 .has_noise = true,
		 .has_busy = true,
		 .noise_dbm = -92,
		 .active_ms = 124,
		 .busy_ms = 15},
	};
	const struct recording *recording = *state;
	struct nl80211_survey survey;
	size_t found = 0;

	for (size_t i = 0; i < recording->count; i++) {
		if (!nl80211_survey_read(&survey, recording->messages[i]))
			continue;
		assert_true(found < COUNT(expected));
		assert_int_equal(survey.freq_mhz, expected[found].freq_mhz);
		assert_true(survey.has_noise && survey.has_busy && !survey.has_tx && !survey.in_use);
		assert_int_equal(survey.noise_dbm, expected[found].noise_dbm);
		assert_int_equal(survey.active_ms, expected[found].active_ms);
		assert_int_equal(survey.busy_ms, expected[found].busy_ms);
		found++;
	}
	assert_int_equal(found, COUNT(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wiphy_is_merged_from_its_parts),
		cmocka_unit_test(other_radios_are_left_out),
		cmocka_unit_test(interface_is_read),
		cmocka_unit_test(scan_result_is_read),
		cmocka_unit_test(frames_of_the_access_point_are_read),
		cmocka_unit_test(eapol_is_read),
		cmocka_unit_test(other_events_are_read),
		cmocka_unit_test(urgent_requests_come_first),
		cmocka_unit_test(too_long_request_is_marked),
		cmocka_unit_test(answer_to_a_key_query_has_its_packet_number),
		cmocka_unit_test(refusal_says_what_why_and_what_to_do),
		cmocka_unit_test(refusal_of_rtnetlink_says_what_was_asked),
		cmocka_unit_test(journal_is_read_as_it_was_written),
	};

	const struct CMUnitTest access_point[] = {
		cmocka_unit_test(events_of_radar_detection_are_read),
		cmocka_unit_test(events_about_a_station_are_read),
		cmocka_unit_test(survey_of_two_channels_is_read),
	};
	int failed = cmocka_run_group_tests(tests, load, unload);

	return failed + cmocka_run_group_tests(access_point, load_access_point, unload);
}

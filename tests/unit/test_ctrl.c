/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands, replies and events of control sockets. */
#include "unit.h"

#include "ctrl/command.h"
#include "ctrl/event.h"
#include "ctrl/reply.h"

static void line_splits_into_verb_and_rest(void **state)
{
	char line[] = "SET wpa_passphrase a  b", bare[] = "PING", *rest = ctrl_split(line);

	(void)state;
	assert_string_equal(line, "SET");
	assert_string_equal(rest, "wpa_passphrase a  b");
	assert_string_equal(ctrl_next_word(&rest), "wpa_passphrase");
	assert_string_equal(rest, "a  b");
	assert_string_equal(ctrl_split(bare), "");
	rest = bare;
	assert_string_equal(ctrl_next_word(&rest), "PING");
	assert_null(ctrl_next_word(&rest));
}

static void option_is_found_as_whole_word(void **state)
{
	static const char text[] = "02:00:00:00:00:01 xreason=1 reason=7 tx=0 freq=0x10";
	char value[8], small[1];
	uint32_t number = 99;

	(void)state;
	assert_true(ctrl_option(text, "reason", value, sizeof(value)));
	assert_string_equal(value, "7");
	assert_true(ctrl_option_number(text, "tx", 1, &number));
	assert_int_equal(number, 0);
	assert_true(ctrl_option_number(text, "freq", 16, &number));
	assert_int_equal(number, 16);
	assert_false(ctrl_option_number(text, "freq", 15, &number));
	assert_false(ctrl_option(text, "reas", value, sizeof(value)));
	assert_false(ctrl_option(text, "reason", small, sizeof(small)));
}

static void malformed_number_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "-1", "1x", "0x", "4294967296", " 1", "1 ", "0xg", "99999999999999999999"};
	uint32_t number;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(ctrl_number(wrong[i], UINT32_MAX, &number));
	assert_true(ctrl_number("4294967295", UINT32_MAX, &number));
	assert_int_equal(number, UINT32_MAX);
}

static void full_reply_ends_at_a_line(void **state)
{
	char text[16];
	struct ctrl_reply reply = ctrl_reply_begin(text, sizeof(text));

	(void)state;
	ctrl_put(&reply, "a=%d\n", 1);
	ctrl_put(&reply, "b=");
	ctrl_put(&reply, "a value without room\n");
	ctrl_put(&reply, "c=3\n");
	assert_string_equal(text, "a=1\n");
	assert_true(reply.full);
	reply = ctrl_reply_begin(text, sizeof(text));
	ctrl_put_hex(&reply, "\x01\xff", 2);
	ctrl_put(&reply, "\n");
	ctrl_put_hex(&reply, "0123456789", 10);
	assert_string_equal(text, "01ff\n");
	assert_int_equal(reply.len, 5);
	ctrl_answer(&reply, "FAIL\n");
	assert_string_equal(text, "FAIL\n");
}

static void escapes_round_trip(void **state)
{
	uint8_t all[256], back[300];
	char text[CTRL_ESCAPED(256)], small[6];

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	assert_string_equal(ctrl_escape(text, sizeof(text), "a\"\\\033\n\r\t\0\x7f\xc3", 10),
			    "a\\\"\\\\\\e\\n\\r\\t\\x00\\x7f\\xc3");
	ctrl_escape(text, sizeof(text), all, sizeof(all));
	assert_int_equal(ctrl_unescape(back, sizeof(back), text), sizeof(all));
	assert_memory_equal(back, all, sizeof(all));
	assert_string_equal(ctrl_escape(small, sizeof(small), "ab\001\001", 4), "ab");
	assert_int_equal(ctrl_unescape(back, 2, "\\101\\x4\\q"), 2);
	assert_memory_equal(back, "A\004", 2);
	assert_int_equal(ctrl_unescape(back, sizeof(back), "\\q"), 1);
	assert_int_equal(ctrl_unescape(back, sizeof(back), "\\"), 0);
}

static void notes_become_events_of_hostapd(void **state)
{
	struct action note = {
		.kind = ACTION_NOTE, .note = NOTE_CONNECTED, .addr = {2, 0, 0, 0, 0, 1}, .detail = "laptop"};
	struct ctrl_event event;

	(void)state;
	assert_true(ctrl_ap_event(&event, &note));
	assert_string_equal(event.text, "AP-STA-CONNECTED 02:00:00:00:00:01 keyid=laptop");
	assert_int_equal(event.level, CTRL_INFO);
	note.detail[0] = '\0';
	assert_true(ctrl_ap_event(&event, &note));
	assert_string_equal(event.text, "AP-STA-CONNECTED 02:00:00:00:00:01");
	note.note = NOTE_DISCONNECTED;
	assert_true(ctrl_ap_event(&event, &note));
	assert_string_equal(event.text, "AP-STA-DISCONNECTED 02:00:00:00:00:01");
	note.note = NOTE_ENABLED;
	assert_true(ctrl_ap_event(&event, &note));
	assert_string_equal(event.text, "AP-ENABLED ");
	note.note = NOTE_INTERFACE_DOWN;
	assert_true(ctrl_ap_event(&event, &note));
	assert_string_equal(event.text, "INTERFACE-DISABLED ");
	note.note = NOTE_INTERFACE_UP;
	assert_true(ctrl_ap_event(&event, &note));
	assert_string_equal(event.text, "INTERFACE-ENABLED ");
	note.note = NOTE_FRAME;
	assert_false(ctrl_ap_event(&event, &note));
	note.frame = frame_new(0, 0, 2);
	assert_non_null(note.frame);
	memcpy(frame_put(note.frame, 2), "\xb0\x0f", 2);
	assert_true(ctrl_ap_event(&event, &note));
	assert_string_equal(event.text, "AP-MGMT-FRAME-RECEIVED buf=b00f");
	frame_free(note.frame);
	note.note = NOTE_SA_QUERY;
	assert_false(ctrl_ap_event(&event, &note));
}

/* The words and fields as in hostapd (hostap.git, src/ap/dfs.c and acs.c). */
static void notes_about_radar_become_events_of_hostapd(void **state)
{
	static const struct {
		struct action note;
		const char *text;
	} cases[] = {
		{{.note = NOTE_CHOOSING}, "ACS-STARTED "},
		{{.note = NOTE_CHOSEN, .success = true, .channel = {2412, 20, 2412}},
		 "ACS-COMPLETED freq=2412 channel=1"},
		{{.note = NOTE_CHOSEN}, "ACS-FAILED "},
		{{.note = NOTE_LISTENING, .channel = {5260, 20, 5260}, .id = 60},
		 "DFS-CAC-START freq=5260 chan=52 sec_chan=0, width=0, seg0=0, seg1=0, cac_time=60s"},
		{{.note = NOTE_LISTENING, .channel = {5500, 80, 5530}, .id = 600},
		 "DFS-CAC-START freq=5500 chan=100 sec_chan=1, width=1, seg0=106, seg1=0, cac_time=600s"},
		{{.note = NOTE_LISTENED, .success = true, .channel = {5260, 160, 5250}},
		 "DFS-CAC-COMPLETED success=1 freq=5260 ht_enabled=1 chan_offset=0 chan_width=5 cf1=5250 cf2=0 "
		 "radar_detected=0"},
		{{.note = NOTE_LISTENED, .channel = {5280, 40, 5270}},
		 "DFS-CAC-COMPLETED success=0 freq=5280 ht_enabled=1 chan_offset=-1 chan_width=2 cf1=5270 cf2=0 "
		 "radar_detected=0"},
		{{.note = NOTE_RADAR, .channel = {5260, 0, 0}},
		 "DFS-RADAR-DETECTED freq=5260 ht_enabled=0 chan_offset=0 chan_width=0 cf1=5260 cf2=0"},
		{{.note = NOTE_RADAR, .channel = {5260, 40, 5270}},
		 "DFS-RADAR-DETECTED freq=5260 ht_enabled=1 chan_offset=1 chan_width=2 cf1=5270 cf2=0"},
		{{.note = NOTE_RADAR_MOVE, .channel = {5180, 80, 5210}},
		 "DFS-NEW-CHANNEL freq=5180 chan=36 sec_chan=1"},
		{{.note = NOTE_RADAR_MOVE, .channel = {5240, 40, 5230}},
		 "DFS-NEW-CHANNEL freq=5240 chan=48 sec_chan=-1"},
		{{.note = NOTE_RADAR_OVER, .channel = {5260, 20, 5260}},
		 "DFS-NOP-FINISHED freq=5260 ht_enabled=1 chan_offset=0 chan_width=1 cf1=5260 cf2=0"},
		{{.note = NOTE_CHECK_EXPIRED, .channel = {5500, 0, 0}},
		 "DFS-PRE-CAC-EXPIRED freq=5500 ht_enabled=0 chan_offset=0 chan_width=0 cf1=5500 cf2=0"},
	};
	struct ctrl_event event;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(ctrl_ap_event(&event, &cases[i].note));
		assert_string_equal(event.text, cases[i].text);
	}
	assert_false(ctrl_ap_event(&event, &(struct action){.note = NOTE_NO_CHANNEL}));
}

static void secrets_are_not_for_logs(void **state)
{
	(void)state;
	assert_true(ctrl_is_secret("SET wpa_passphrase 12345678"));
	assert_true(ctrl_is_secret("SET_NETWORK 0 psk 00"));
	assert_true(ctrl_is_secret("auth_server_shared_secret"));
	assert_true(ctrl_is_secret("r0kh")); /* with the key that two access points share */
	assert_true(ctrl_is_secret("SET r1kh 00:00:00:00:00:00 00:00:00:00:00:00 000102030405060708090a0b0c0d0e0f"));
	assert_false(ctrl_is_secret("STATUS"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_splits_into_verb_and_rest),
		cmocka_unit_test(option_is_found_as_whole_word),
		cmocka_unit_test(malformed_number_is_refused),
		cmocka_unit_test(full_reply_ends_at_a_line),
		cmocka_unit_test(escapes_round_trip),
		cmocka_unit_test(notes_become_events_of_hostapd),
		cmocka_unit_test(notes_about_radar_become_events_of_hostapd),
		cmocka_unit_test(secrets_are_not_for_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

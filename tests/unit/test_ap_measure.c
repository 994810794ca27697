/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radio measurement, neighbours and BSS transition management of the access point, and what its clients say of them. */
#include "ap_world.h"

#include "ctrl/measurement.h"

#include <stdio.h>

#define NR "001122334455000000007301" /* without its last byte, the PHY type */

static struct world *measuring_world(struct fake_sta **sta)
{
	struct world *world = world_new();

	world->setup.bss[0].bss_transition = true;
	world->setup.bss[0].neighbour_report = true;
	world->setup.bss[0].beacon_report = true;
	*sta = fake_sta_new(world);
	world_start(world);
	fake_sta_join(*sta);
	return world;
}

static bool run(struct world *world, struct ap_command command)
{
	bool done = soft_ap_command(world->ap, &command, world->now, &world->out);

	world_apply_actions(world);
	return done;
}

static bool set_neighbour(struct world *world, const char *text)
{
	struct ap_neighbour neighbour;
	struct error error;
	char line[600];

	assert_true(strlen(text) < sizeof(line));
	memcpy(line, text, strlen(text) + 1);
	return ctrl_neighbour_parse(&neighbour, line, &error) &&
	       run(world, (struct ap_command){.kind = AP_COMMAND_SET_NEIGHBOUR, .neighbour = &neighbour});
}

/* What SHOW_NEIGHBOR prints. */
static void show(struct world *world, char *text, size_t room)
{
	struct ctrl_reply reply = ctrl_reply_begin(text, room);
	struct ap_neighbour neighbour;

	for (size_t i = 0;
	     run(world, (struct ap_command){.kind = AP_COMMAND_GET_NEIGHBOUR, .nth = i, .neighbour = &neighbour}); i++)
		ctrl_neighbour_put(&reply, &neighbour);
}

static void neighbours_are_kept_by_bssid_and_name(void **state)
{
	static const char *const wrong[] = {"00:11:22:33:44:gg ssid=\"a\" nr=" NR "07",
					    "00:11:22:33:44:55 ssid=a nr=" NR "07",
					    "00:11:22:33:44:55 ssid=\"a nr=" NR "07",
					    "00:11:22:33:44:55 nr=" NR "07",
					    "00:11:22:33:44:55 ssid=\"a\"",
					    "00:11:22:33:44:55 ssid=\"a\" nr=" NR,
					    "00:11:22:33:44:55 ssid=\"a\" nr=" NR "07 lci=1"};
	struct fake_sta *sta;
	struct world *world = measuring_world(&sta);
	struct ap_neighbour neighbour = {.bssid = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55}};
	char text[1024], *own_end;

	(void)state;
	show(world, text, sizeof(text));
	assert_ptr_equal(strstr(text, "02:00:00:00:01:00 ssid=74657374 nr=020000000100"), text);
	own_end = strchr(text, '\n') + 1;
	assert_int_equal(*own_end, '\0');
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(set_neighbour(world, wrong[i]));
	assert_true(set_neighbour(world, "00:11:22:33:44:55 ssid=\"a b\" nr=" NR "07 lci=0100 stat"));
	assert_true(set_neighbour(world, "00:11:22:33:44:55 ssid=612062 nr=" NR "09"));
	assert_true(set_neighbour(world, "00:11:22:33:44:55 ssid=\"c\" nr=" NR "07 stat"));
	show(world, text, sizeof(text));
	assert_string_equal(strchr(text, '\n') + 1, "00:11:22:33:44:55 ssid=612062 nr=" NR "09\n"
						    "00:11:22:33:44:55 ssid=63 nr=" NR "07 stat\n");
	assert_true(run(world, (struct ap_command){.kind = AP_COMMAND_REMOVE_NEIGHBOUR, .neighbour = &neighbour}));
	assert_false(run(world, (struct ap_command){.kind = AP_COMMAND_REMOVE_NEIGHBOUR, .neighbour = &neighbour}));
	world_free(world);
}

/* ---- frames ---- */

static void send_action(struct fake_sta *sta, const char *body, size_t len)
{
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta->bssid, sta->addr, sta->bssid);

	write_bytes(&writer, body, len);
	fake_sta_send_management(sta, frame_writer_end(&writer), false);
}

#define SEND(sta, body) send_action(sta, body, sizeof(body) - 1)

/* The body of the last frame, from its category on. */
static struct span last_body(const struct world *world)
{
	const struct frame *frame = world->air[(world->sent - 1) % LOG_MAX];

	assert_int_equal(le16(frame->data) & (FC_TYPE | FC_SUBTYPE), MGMT_ACTION);
	return (struct span){frame->data + DOT11_HDR_MIN, frame->len - DOT11_HDR_MIN};
}

static unsigned count_reports(struct span body, size_t offset)
{
	struct span rest = {body.bytes + offset, body.len - offset};
	struct element element;
	unsigned count = 0;

	while (element_next(&rest, &element))
		count += element.id == EID_NEIGHBOR_REPORT && element.body.len >= NEIGHBOR_REPORT_MIN;
	return count;
}

static void station_gets_the_neighbours_of_the_network_it_names(void **state)
{
	struct fake_sta *sta;
	struct world *world = measuring_world(&sta);

	(void)state;
	assert_true(set_neighbour(world, "00:11:22:33:44:55 ssid=\"test\" nr=" NR "07"));
	assert_true(set_neighbour(world, "00:11:22:33:44:56 ssid=\"else\" nr=" NR "07"));
	SEND(sta, "\x05\x04\x2a");
	assert_memory_equal(last_body(world).bytes, "\x05\x05\x2a", 3);
	assert_int_equal(count_reports(last_body(world), 3), 2); /* the access point itself is one */
	SEND(sta, "\x05\x04\x2b\x00\x04"
		  "else");
	assert_int_equal(count_reports(last_body(world), 3), 1);
	SEND(sta, "\x05\x04\x2c\x00\x04"
		  "none");
	assert_int_equal(last_body(world).len, 3);
	/* Before it has its keys a station gets nothing. */
	assert_int_equal(world_drops(world, DROP_TRUNCATED), 0);
	SEND(sta, "\x05\x04");
	assert_int_equal(world_drops(world, DROP_TRUNCATED), 1);
	world_free(world);
}

static bool event_of(const struct world *world, struct fake_sta *sta, enum note note, uint16_t code, const char *body,
		     size_t len, char *text, size_t room)
{
	static struct ctrl_event event; /* too large for the stack */
	struct action action = {.note = note, .code = code};
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta->bssid, sta->addr, sta->bssid);
	bool done;

	(void)world;
	write_bytes(&writer, body, len);
	action.frame = frame_writer_end(&writer);
	mac_copy(action.addr, sta->addr);
	done = ctrl_measurement_event(&event, &action);
	assert_true(strlen(event.text) < room);
	memcpy(text, event.text, strlen(event.text) + 1);
	frame_free(action.frame);
	return done;
}

static void each_report_of_a_measurement_is_an_event(void **state)
{
	static const char body[] = "\x05\x01\x07\x27\x03\x01\x02\x05\x27\x05\x01\x00\x05\xab\xcd";
	char text[200];
	struct fake_sta *sta;
	struct world *world = measuring_world(&sta);

	(void)state;
	SEND(sta, "\x05\x01\x07\x27\x03\x01\x02\x05\x27\x05\x01\x00\x05\xab\xcd");
	assert_int_equal(world_note_count(world, NOTE_MEASUREMENT), 2);
	assert_int_equal(world_last_note(world, NOTE_MEASUREMENT)->code, 1);
	assert_true(event_of(world, sta, NOTE_MEASUREMENT, 0, body, sizeof(body) - 1, text, sizeof(text)));
	assert_string_equal(text, "BEACON-RESP-RX 02:00:00:00:00:01 7 02 ");
	assert_true(event_of(world, sta, NOTE_MEASUREMENT, 1, body, sizeof(body) - 1, text, sizeof(text)));
	assert_string_equal(text, "BEACON-RESP-RX 02:00:00:00:00:01 7 00 abcd");
	assert_false(event_of(world, sta, NOTE_MEASUREMENT, 2, body, sizeof(body) - 1, text, sizeof(text)));
	world_free(world);
}

static void query_is_answered_with_candidates(void **state)
{
	char text[200];
	struct fake_sta *sta;
	struct world *world = measuring_world(&sta);
	unsigned sent;

	(void)state;
	assert_true(set_neighbour(world, "00:11:22:33:44:55 ssid=\"test\" nr=" NR "07"));
	SEND(sta, "\x0a\x06\x09\x10");
	assert_memory_equal(last_body(world).bytes, "\x0a\x07\x09\x01\x00\x00\xff", 7);
	assert_int_equal(count_reports(last_body(world), 7), 2);
	assert_true(event_of(world, sta, NOTE_TRANSITION, 0, "\x0a\x06\x09\x10", 4, text, sizeof(text)));
	assert_string_equal(text, "BSS-TM-QUERY 02:00:00:00:00:01 reason=16");
	sent = world->sent;
	SEND(sta, "\x0a\x08\x09\x00\x00\x00\x11\x22\x33\x44\x55");
	SEND(sta, "\x0a\x08\x09\x07\x00");
	assert_int_equal(world_note_count(world, NOTE_TRANSITION), 3);
	assert_true(event_of(world, sta, NOTE_TRANSITION, 0, "\x0a\x08\x09\x00\x00\x00\x11\x22\x33\x44\x55", 11, text,
			     sizeof(text)));
	assert_string_equal(text, "BSS-TM-RESP 02:00:00:00:00:01 status_code=0 bss_termination_delay=0 "
				  "target_bssid=00:11:22:33:44:55");
	SEND(sta, "\x0a\x08\x09\x00\x00\x00\x11\x22\x33\x44"); /* the target is cut */
	SEND(sta, "\x0a\x06\x09");
	assert_int_equal(world_note_count(world, NOTE_TRANSITION), 3);
	assert_int_equal(world->sent, sent);
	world_free(world);
}

/* A list of this access point alone would keep the station from looking for others. */
static void query_is_answered_without_a_list_where_no_other_is_known(void **state)
{
	struct fake_sta *sta;
	struct world *world = measuring_world(&sta);

	(void)state;
	assert_true(set_neighbour(world, "00:11:22:33:44:55 ssid=\"other\" nr=" NR "07"));
	SEND(sta, "\x0a\x06\x09\x10");
	assert_int_equal(last_body(world).len, 7);
	assert_memory_equal(last_body(world).bytes, "\x0a\x07\x09\x00\x00\x00\xff", 7);
	world_free(world);
}

static bool request(struct ctrl_action *action, const char *text)
{
	struct error error;
	char line[600];

	assert_true(strlen(text) < sizeof(line));
	memcpy(line, text, strlen(text) + 1);
	return ctrl_transition_request(action, line, &error);
}

static void station_that_stays_is_disassociated(void **state)
{
	struct ctrl_action action;
	struct fake_sta *sta;
	struct world *world = measuring_world(&sta);
	struct ap_command command = {.kind = AP_COMMAND_SEND_ACTION};

	(void)state;
	assert_true(request(&action,
			    "disassoc_timer=3 abridged=1 pref=1 dialog_token=5 neighbor=00:11:22:33:44:55,0x0f,"
			    "115,36,7,0301ff"));
	assert_int_equal(action.leave_after, 3);
	mac_copy(command.addr, sta->addr);
	command.body = (struct span){action.bytes, action.len};
	command.leave_after = action.leave_after;
	assert_true(run(world, command));
	assert_int_equal(last_body(world).len, 7 + 2 + 16);
	assert_memory_equal(last_body(world).bytes,
			    "\x0a\x07\x05\x07\x03\x00\xff"
			    "\x34\x10\x00\x11\x22\x33\x44\x55\x0f\x00\x00\x00\x73\x24\x07\x03\x01\xff",
			    7 + 2 + 16);
	world_advance(world, 290 * 1024000ull);
	assert_true(world_has_station(world, sta));
	world_advance(world, 20 * 1024000ull);
	assert_false(world_has_station(world, sta));
	assert_int_equal(sta->last[MGMT_DISASSOC >> 4].reason, REASON_TRANSITION);
	assert_false(run(world, command)); /* it has gone */
	world_free(world);
}

static void malformed_requests_are_refused(void **state)
{
	static const char *const wrong[] = {"disassoc_timer=-1",
					    "disassoc_timer=65536",
					    "bss_term=foo",
					    "bss_term=1",
					    "neighbor=q",
					    "neighbor=02:11:22:33:44:55",
					    "neighbor=02:11:22:33:44:55,0,0,0",
					    "neighbor=02:11:22:33:44:55,0,0,0,0,q",
					    "neighbor=02:11:22:33:44:55,0,0,256,0",
					    "valid_int=256",
					    "word",
					    "mbo=1:2:3"};
	static const uint8_t all[RM_CAPABILITIES_LEN] = {RM_BEACON_PASSIVE | RM_BEACON_ACTIVE},
			     none[RM_CAPABILITIES_LEN];
	struct ctrl_action action;
	struct error error;
	char line[600], long_url[300];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(request(&action, wrong[i]));
	memset(long_url, 'a', sizeof(long_url) - 1);
	long_url[sizeof(long_url) - 1] = '\0';
	snprintf(line, sizeof(line), "url=%s", long_url);
	assert_false(request(&action, line));
	assert_true(request(&action, "bss_term=258,10 url=http://a"));
	assert_int_equal(action.len, 7 + 12 + 1 + 8);
	assert_memory_equal(action.bytes + 3,
			    "\x18\x00\x00\xff\x04\x0a\x02\x01\x00\x00\x00\x00\x00\x00\x0a\x00\x08http", 21);

	snprintf(line, sizeof(line), "req_mode=02 51000000640001ffffffffffff");
	assert_true(ctrl_beacon_request(&action, line, all, &error));
	assert_int_equal(action.len, 10 + 13);
	assert_memory_equal(action.bytes, "\x05\x00\x00\x00\x00\x26\x10\x01\x02\x05\x51", 11);
	snprintf(line, sizeof(line), "51000000640001ffffffffffff");
	assert_false(ctrl_beacon_request(&action, line, none, &error));
	snprintf(line, sizeof(line), "51000000640002ffffffffffff"); /* of its table */
	assert_false(ctrl_beacon_request(&action, line, all, &error));
	snprintf(line, sizeof(line), "11");
	assert_false(ctrl_beacon_request(&action, line, all, &error));
}

static void beacons_say_what_is_configured(void **state)
{
	struct fake_sta *sta;
	struct world *world = measuring_world(&sta);
	struct mgmt beacon;

	(void)state;
	world_advance(world, SECOND);
	assert_int_equal(mgmt_parse(&beacon, world_last_beacon(world)->data, world_last_beacon(world)->len), 0);
	assert_true(beacon.capability & CAPABILITY_RADIO_MEASUREMENT);
	assert_memory_equal(mgmt_find_element(&beacon, EID_RM_CAPABILITIES, 5), "\x72\0\0\0", 5);
	assert_memory_equal(mgmt_find_element(&beacon, EID_EXT_CAPABILITIES, 3), "\0\0\x08", 3);
	world_free(world);
	world = world_new();
	world_start(world);
	world_advance(world, SECOND);
	assert_int_equal(mgmt_parse(&beacon, world_last_beacon(world)->data, world_last_beacon(world)->len), 0);
	assert_false(beacon.capability & CAPABILITY_RADIO_MEASUREMENT);
	assert_null(mgmt_find_element(&beacon, EID_RM_CAPABILITIES, 5));
	assert_null(mgmt_find_element(&beacon, EID_EXT_CAPABILITIES, 0));
	world_free(world);
}

static void beacons_prohibit_direct_links(void **state)
{
	struct mgmt beacon;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct world *world = world_new();
		const uint8_t *bits;

		world->setup.bss[0].no_tdls = i & 1;
		world->setup.bss[0].no_tdls_switch = i & 2;
		world_start(world);
		world_advance(world, SECOND);
		assert_int_equal(mgmt_parse(&beacon, world_last_beacon(world)->data, world_last_beacon(world)->len), 0);
		bits = mgmt_find_element(&beacon, EID_EXT_CAPABILITIES, 5);
		assert_int_equal(bits ? bits[4] : 0, i << 6);
		world_free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_are_kept_by_bssid_and_name),
		cmocka_unit_test(station_gets_the_neighbours_of_the_network_it_names),
		cmocka_unit_test(each_report_of_a_measurement_is_an_event),
		cmocka_unit_test(query_is_answered_with_candidates),
		cmocka_unit_test(query_is_answered_without_a_list_where_no_other_is_known),
		cmocka_unit_test(station_that_stays_is_disassociated),
		cmocka_unit_test(malformed_requests_are_refused),
		cmocka_unit_test(beacons_say_what_is_configured),
		cmocka_unit_test(beacons_prohibit_direct_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

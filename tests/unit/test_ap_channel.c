/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves of a running access point to another channel (IEEE 802.11-2020, 11.8.8, 11.9), over the software MAC. */
#include "ap_world.h"

#include <errno.h>

#define BEACON (100 * TU)

static const uint8_t bssid_1[6] = {2, 0, 0, 0, 1, 1};

static int begin(struct world *world, struct ap_channel_move move)
{
	struct error error;
	int ret = soft_ap_switch_channel(world->ap, &move, world->now, &world->out, &error);

	world_apply_actions(world);
	return ret;
}

static struct ap_channel_move to_channel_11(uint8_t count)
{
	return (struct ap_channel_move){.freq_mhz = 2462, .count = count};
}

static struct mgmt parse(const struct frame *frame)
{
	struct mgmt mgmt;

	assert_non_null(frame);
	assert_int_equal(mgmt_parse(&mgmt, frame->data, frame->len), NOT_DROPPED);
	return mgmt;
}

static struct world *start(void)
{
	struct world *world = world_new();

	world_start(world);
	return world;
}

static void beacons_count_down_and_the_radio_moves(void **state)
{
	struct world *world = start();
	struct mgmt mgmt;

	(void)state;
	world_advance(world, BEACON);
	assert_int_equal(begin(world, to_channel_11(3)), 0);
	for (unsigned left = 3; left; left--) {
		world_advance(world, BEACON);
		mgmt = parse(world_last_beacon(world));
		assert_int_equal(mgmt.channel, 6);
		assert_true(span_equals(mgmt.csa, (uint8_t[]){0, 11, (uint8_t)left}, 3));
		assert_true(span_equals(mgmt.ecsa, (uint8_t[]){0, 81, 11, (uint8_t)left}, 4));
		assert_int_equal(world->freq_mhz, 2437);
		assert_int_equal(soft_ap_channel(world->ap).freq_mhz, 2437);
	}
	world_advance(world, BEACON);
	mgmt = parse(world_last_beacon(world));
	assert_int_equal(world->freq_mhz, 2462);
	assert_int_equal(mgmt.channel, 11);
	assert_null(mgmt.csa.bytes);
	assert_null(mgmt.ecsa.bytes);
	assert_int_equal(soft_ap_channel(world->ap).freq_mhz, 2462);
	assert_int_equal(world_note_count(world, NOTE_SWITCHING), 1);
	assert_int_equal(world_note_count(world, NOTE_SWITCHED), 1);
	world_free(world);
}

static void the_tim_does_not_shift_the_count(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct mgmt mgmt;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "one");
	world_advance(world, BEACON);
	begin(world, to_channel_11(2));
	world_advance(world, BEACON);
	mgmt = parse(world_last_beacon(world));
	assert_true(tim_has_aid(mgmt.tim, fake_sta_aid(sta)));
	assert_true(span_equals(mgmt.csa, (uint8_t[]){0, 11, 2}, 3));
	assert_true(span_equals(mgmt.ecsa, (uint8_t[]){0, 81, 11, 2}, 4));
	world_free(world);
}

static void stations_stay_and_no_frame_is_lost(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_station_info info;
	unsigned sent = 0;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	begin(world, to_channel_11(2));
	while (world->freq_mhz == 2437) {
		world_send(world, sta->addr, "data");
		sent++;
		/* A station leaves the channel up to two milliseconds early. */
		world_advance(world, MS);
		assert_true(sent < 400);
		if (world->freq_mhz == 2437)
			continue;
		assert_int_equal(sta->data, sent);
	}
	assert_true(world_station_view(world, sta, &info) && info.authorised);
	assert_int_equal(world_drops(world, DROP_DOZE_FULL), 0);
	world_send(world, sta->addr, "after");
	assert_true(fake_sta_received(sta, "after"));
	world_free(world);
}

static void frames_are_held_before_the_move(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	world_advance(world, BEACON);
	begin(world, to_channel_11(1));
	world_advance(world, BEACON - 5 * MS + BEACON);
	if (world->freq_mhz != 2437)
		fail_msg("the radio has moved early");
	world_send(world, sta->addr, "held");
	world_send(world, broadcast, "held, too");
	assert_int_equal(sta->data, 0);
	world_advance(world, 5 * MS);
	assert_int_equal(world->freq_mhz, 2462);
	assert_int_equal(sta->data, 2);
	world_free(world);
}

static void blocked_transmission_holds_data_from_the_start(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_channel_move move = to_channel_11(3);

	(void)state;
	move.block_tx = true;
	world_start(world);
	fake_sta_join(sta);
	begin(world, move);
	world_send(world, sta->addr, "one");
	world_send(world, broadcast, "two");
	world_advance(world, 2 * BEACON);
	assert_int_equal(parse(world_last_beacon(world)).csa.bytes[0], 1);
	assert_false(tim_has_group(parse(world_last_beacon(world)).tim));
	assert_int_equal(sta->data, 0);
	world_advance(world, 2 * BEACON);
	assert_int_equal(sta->data, 2);
	world_free(world);
}

static void probe_responses_announce_the_move(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct mgmt mgmt;

	(void)state;
	world_start(world);
	world_advance(world, BEACON);
	begin(world, to_channel_11(4));
	world_advance(world, BEACON);
	assert_int_equal(parse(world_last_beacon(world)).csa.bytes[2], 4);
	fake_sta_probe(sta, SSID);
	mgmt = parse(world->air[(world->sent - 1) % LOG_MAX]);
	assert_int_equal(mgmt.subtype, MGMT_PROBE_RESPONSE);
	/* As many TBTTs are left as when the beacon was sent. */
	assert_true(span_equals(mgmt.csa, (uint8_t[]){0, 11, 4}, 3));
	assert_true(span_equals(mgmt.ecsa, (uint8_t[]){0, 81, 11, 4}, 4));
	world_advance(world, 4 * BEACON);
	fake_sta_probe(sta, SSID);
	mgmt = parse(world->air[(world->sent - 1) % LOG_MAX]);
	assert_int_equal(mgmt.subtype, MGMT_PROBE_RESPONSE);
	assert_null(mgmt.csa.bytes);
	assert_int_equal(mgmt.channel, 11);
	world_free(world);
}

/* The second BSS has TBTTs of its own: its stations hear when they must leave. */
static void all_bsss_move_together(void **state)
{
	struct world *world = world_new();
	unsigned leave = 0;

	(void)state;
	world->setup.bss_count = 2;
	world->setup.bss[1] = world->setup.bss[0];
	memcpy(world->setup.bss[1].bssid, bssid_1, 6);
	world_start(world);
	world_advance(world, BEACON);
	begin(world, to_channel_11(2));
	world_advance(world, 3 * BEACON);
	assert_int_equal(world->freq_mhz, 2462);
	assert_int_equal(world_note_count(world, NOTE_SWITCHED), 2);
	for (unsigned i = 0; i < world->sent; i++) {
		struct mgmt mgmt;

		if (mgmt_parse(&mgmt, world->air[i]->data, world->air[i]->len) || mgmt.subtype != MGMT_ACTION)
			continue;
		leave++;
		assert_memory_equal(mgmt.sa, bssid_1, 6);
		assert_int_equal(mgmt.category, ACTION_CATEGORY_SPECTRUM);
		assert_int_equal(mgmt.action, ACTION_CHANNEL_SWITCH);
		assert_true(span_equals(mgmt.body, (uint8_t[]){EID_CSA, 3, 0, 11, 0}, 5));
	}
	assert_int_equal(leave, 1);
	world_free(world);
}

/* As hostapd does it: with an announcement, and the report of the end. */
static void a_move_to_the_same_channel_changes_nothing(void **state)
{
	struct world *world = start();

	(void)state;
	assert_int_equal(begin(world, (struct ap_channel_move){.freq_mhz = 2437, .count = 2}), 0);
	world_advance(world, 4 * BEACON);
	assert_int_equal(world->freq_mhz, 2437);
	assert_int_equal(world_note_count(world, NOTE_SWITCHED), 1);
	assert_int_equal(begin(world, to_channel_11(2)), 0);
	world_free(world);
}

static void what_cannot_be_is_refused(void **state)
{
	struct world *world = start();

	(void)state;
	assert_int_equal(begin(world, (struct ap_channel_move){.freq_mhz = 5180, .count = 2}), -EINVAL);
	assert_int_equal(begin(world, (struct ap_channel_move){.freq_mhz = 2413, .count = 2}), -EINVAL);
	assert_int_equal(begin(world, to_channel_11(0)), -EINVAL);
	assert_int_equal(begin(world, to_channel_11(2)), 0);
	assert_int_equal(begin(world, to_channel_11(2)), -EBUSY);
	world_advance(world, 4 * BEACON);
	assert_int_equal(begin(world, (struct ap_channel_move){.freq_mhz = 2412, .count = 2}), 0);
	soft_ap_stop(world->ap, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(begin(world, to_channel_11(2)), -ENETDOWN);
	soft_ap_start(world->ap, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(world->freq_mhz, 2462);
	world_advance(world, 4 * BEACON);
	assert_int_equal(world->freq_mhz, 2462);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beacons_count_down_and_the_radio_moves),
		cmocka_unit_test(the_tim_does_not_shift_the_count),
		cmocka_unit_test(stations_stay_and_no_frame_is_lost),
		cmocka_unit_test(frames_are_held_before_the_move),
		cmocka_unit_test(blocked_transmission_holds_data_from_the_start),
		cmocka_unit_test(probe_responses_announce_the_move),
		cmocka_unit_test(all_bsss_move_together),
		cmocka_unit_test(a_move_to_the_same_channel_changes_nothing),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

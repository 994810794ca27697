/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point: beacons and probes, authentication and association, lists, SA Query, silent stations. */
#include "ap_world.h"

static void a_station_joins_and_frames_flow(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct ap_station v;

	(void)state;
	world_start(w);
	fake_join(s);
	assert_true(world_station(w, s, &v));
	assert_true(v.authorised && v.qos && !v.mfp && v.aid == 1 && v.pairwise == CIPHER_CCMP_128);
	assert_int_equal(world_notes(w, NOTE_CONNECTED), 1);
	assert_int_equal(w->announced, 1); /* so that bridges know where it is */
	fake_send(s, wire_host, "up");
	assert_true(world_wired(w, "up"));
	world_send(w, s->addr, "down");
	assert_true(fake_heard(s, "down"));
	world_send(w, everybody, "to all");
	assert_true(fake_heard(s, "to all"));
	assert_true(world_station(w, s, &v));
	assert_int_equal(v.rx_frames, 3); /* messages 2 and 4 too */
	assert_int_equal(v.tx_lost, 0);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_station_joins_and_frames_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must work before anything else does: a network of one or two access points and a few stations. */
#include "../unit/unit.h"

#include "world.h"

#define SSID "sim"
#define PASS "correct horse battery"

/* Two access points of one network and some stations, on one channel each. */
struct scene {
	struct world *w;
	struct ap_setup aps[2];
	struct sta_setup stas[8];
	struct sta_network networks[8];
	unsigned ap[2], sta[8];
	const uint8_t *host;
};

static struct scene *scene(uint64_t seed, unsigned aps, unsigned stas)
{
	struct scene *s = calloc(1, sizeof *s);

	s->w = world_new(seed);
	s->host = world_host(s->w);
	for (unsigned i = 0; i < aps; i++) {
		world_ap_setup(s->w, &s->aps[i], i, SSID, PASS, i ? 5180 : 2412);
		s->ap[i] = world_add_ap(s->w, &s->aps[i]);
	}
	for (unsigned i = 0; i < stas; i++) {
		world_sta_setup(s->w, &s->stas[i], &s->networks[i], i, SSID, PASS);
		s->sta[i] = world_add_sta(s->w, &s->stas[i]);
	}
	return s;
}

static void end(struct scene *s)
{
	world_judge(s->w);
	world_free(s->w);
	free(s);
}

static void connect_all(struct scene *s, uint64_t within_ns)
{
	assert_true(world_until(s->w, world_now(s->w) + within_ns, world_all_connected));
	world_run(s->w, world_now(s->w) + 100 * MS); /* the access point hears of it, too */
}

static void a_station_associates_and_pings(void **state)
{
	struct scene *s = scene(1, 1, 1);

	(void)state;
	connect_all(s, 10 * S);
	assert_true(world_ping(s->w, world_addr(s->w, s->sta[0]), s->host));
	assert_true(world_ping(s->w, s->host, world_addr(s->w, s->sta[0])));
	assert_int_equal(world_notes(s->w, s->sta[0], NOTE_CONNECTED), 1);
	end(s);
}

static void a_wrong_passphrase_lets_nobody_in(void **state)
{
	struct scene *s = scene(1, 1, 0);

	(void)state;
	world_sta_setup(s->w, &s->stas[0], &s->networks[0], 0, SSID, "another passphrase");
	s->sta[0] = world_add_sta(s->w, &s->stas[0]);
	world_run(s->w, 60 * S);
	assert_int_equal(world_notes(s->w, s->sta[0], NOTE_CONNECTED), 0);
	assert_true(world_notes(s->w, s->sta[0], NOTE_WRONG_PASSPHRASE) > 0);
	assert_true(world_notes(s->w, s->ap[0], NOTE_WRONG_PASSPHRASE) > 0);
	end(s);
}

static void every_frame_arrives_once_and_in_order(void **state)
{
	struct scene *s = scene(2, 2, 6);
	unsigned flows[16], count = 0;

	(void)state;
	connect_all(s, 20 * S);
	for (unsigned i = 0; i < 6; i++) {
		const uint8_t *addr = world_addr(s->w, s->sta[i]);

		flows[count++] = world_flow(s->w, addr, s->host);
		flows[count++] = world_flow(s->w, s->host, addr);
	}
	flows[count++] = world_flow(s->w, world_addr(s->w, s->sta[0]), world_addr(s->w, s->sta[1]));
	for (unsigned i = 0; i < count; i++)
		world_every(s->w, flows[i], 20 * MS);
	world_run(s->w, world_now(s->w) + 20 * S);
	for (unsigned i = 0; i < count; i++)
		world_every(s->w, flows[i], 0);
	world_run(s->w, world_now(s->w) + S);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(world_sent(s->w, flows[i]), 1000);
		assert_int_equal(world_received(s->w, flows[i]), 1000);
	}
	end(s);
}

static void a_broadcast_reaches_everybody_once(void **state)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct scene *s = scene(3, 2, 6);
	unsigned from_wire, from_air;

	(void)state;
	connect_all(s, 20 * S);
	from_wire = world_flow(s->w, s->host, everybody);
	from_air = world_flow(s->w, world_addr(s->w, s->sta[0]), everybody);
	for (int i = 0; i < 20; i++) {
		world_send(s->w, from_wire, 1, 100);
		world_send(s->w, from_air, 1, 100);
		world_run(s->w, world_now(s->w) + 300 * MS);
	}
	assert_int_equal(world_received(s->w, from_wire), 20 * 6);
	assert_int_equal(world_received(s->w, from_air), 20 * (5 + 1)); /* the others, and the host */
	end(s);
}

static void loss_of_40_percent(void **state)
{
	struct scene *s = scene(4, 1, 4);
	unsigned up, down;

	(void)state;
	medium_link_all(world_medium(s->w), &(struct medium_link){.loss = 400000, .jitter_ns = MS});
	connect_all(s, 120 * S);
	up = world_flow(s->w, world_addr(s->w, s->sta[0]), s->host);
	down = world_flow(s->w, s->host, world_addr(s->w, s->sta[0]));
	world_every(s->w, up, 50 * MS);
	world_every(s->w, down, 50 * MS);
	world_run(s->w, world_now(s->w) + 60 * S);
	/* 0.4^7 of the frames are lost for good, and what a reconnection costs. */
	assert_true(world_received(s->w, up) > world_sent(s->w, up) * 9 / 10);
	assert_true(world_received(s->w, down) > world_sent(s->w, down) * 9 / 10);
	for (unsigned i = 0; i < 4; i++)
		assert_true(world_ping(s->w, world_addr(s->w, s->sta[i]), s->host));
	end(s);
}

static void duplicates_are_not_delivered(void **state)
{
	struct scene *s = scene(5, 1, 2);
	unsigned up, down;

	(void)state;
	medium_link_all(world_medium(s->w), &(struct medium_link){.duplicate = 300000});
	connect_all(s, 30 * S);
	up = world_flow(s->w, world_addr(s->w, s->sta[0]), s->host);
	down = world_flow(s->w, s->host, world_addr(s->w, s->sta[1]));
	world_every(s->w, up, 10 * MS);
	world_every(s->w, down, 10 * MS);
	world_run(s->w, world_now(s->w) + 10 * S);
	world_every(s->w, up, 0);
	world_every(s->w, down, 0);
	world_run(s->w, world_now(s->w) + S);
	assert_int_equal(world_received(s->w, up), world_sent(s->w, up));
	assert_int_equal(world_received(s->w, down), world_sent(s->w, down));
	end(s);
}

static bool at(struct scene *s, unsigned sta, unsigned ap)
{
	struct sta_view v;

	sta_view(world_sta(s->w, s->sta[sta]), &v);
	return v.state == STA_CONNECTED && !memcmp(v.bssid, s->aps[ap].bss[0].bssid, 6);
}

static void a_station_roams(void **state)
{
	struct scene *s = scene(6, 2, 0);
	static const struct medium_link near = {.signal_dbm = -45}, far = {.signal_dbm = -82}, gone = {.deaf = true};
	unsigned up;

	(void)state;
	world_sta_setup(s->w, &s->stas[0], &s->networks[0], 0, SSID, PASS);
	s->sta[0] = world_add_sta(s->w, &s->stas[0]);
	world_link(s->w, s->sta[0], s->ap[0], &near);
	world_link(s->w, s->sta[0], s->ap[1], &far);
	connect_all(s, 20 * S);
	assert_true(at(s, 0, 0));
	up = world_flow(s->w, world_addr(s->w, s->sta[0]), s->host);
	world_every(s->w, up, 20 * MS);
	for (unsigned i = 1; i <= 4; i++) {
		world_link(s->w, s->sta[0], s->ap[i % 2], &near);
		world_link(s->w, s->sta[0], s->ap[1 - i % 2], i < 3 ? &far : &gone);
		world_run(s->w, world_now(s->w) + 60 * S);
		assert_true(at(s, 0, i % 2));
		assert_true(world_ping(s->w, s->host, world_addr(s->w, s->sta[0])));
	}
	end(s);
}

static void the_access_point_restarts(void **state)
{
	struct scene *s = scene(7, 1, 5);

	(void)state;
	connect_all(s, 20 * S);
	world_stop(s->w, s->ap[0]);
	world_run(s->w, world_now(s->w) + 5 * S);
	assert_int_equal(world_connections(s->w), 0);
	world_start(s->w, s->ap[0]);
	connect_all(s, 120 * S);
	/* Without a word. */
	world_kill(s->w, s->ap[0]);
	world_run(s->w, world_now(s->w) + 5 * S);
	world_boot(s->w, s->ap[0]);
	world_run(s->w, world_now(s->w) + 120 * S);
	for (unsigned i = 0; i < 5; i++)
		assert_true(world_ping(s->w, s->host, world_addr(s->w, s->sta[i])));
	end(s);
}

static void a_station_restarts(void **state)
{
	struct scene *s = scene(8, 1, 2);

	(void)state;
	connect_all(s, 20 * S);
	world_kill(s->w, s->sta[0]);
	world_run(s->w, world_now(s->w) + S);
	world_boot(s->w, s->sta[0]);
	connect_all(s, 60 * S);
	assert_true(world_ping(s->w, s->host, world_addr(s->w, s->sta[0])));
	world_stop(s->w, s->sta[1]);
	world_run(s->w, world_now(s->w) + S);
	world_start(s->w, s->sta[1]);
	connect_all(s, 60 * S);
	assert_true(world_ping(s->w, s->host, world_addr(s->w, s->sta[1])));
	end(s);
}

static void keys_are_renewed_under_traffic(void **state)
{
	struct scene *s = scene(9, 0, 0);
	unsigned up[3], down[3], all;
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	(void)state;
	world_ap_setup(s->w, &s->aps[0], 0, SSID, PASS, 5180);
	s->aps[0].bss[0].group_rekey_s = 7;
	s->aps[0].bss[0].ptk_rekey_s = 11;
	s->ap[0] = world_add_ap(s->w, &s->aps[0]);
	for (unsigned i = 0; i < 3; i++) {
		world_sta_setup(s->w, &s->stas[i], &s->networks[i], i, SSID, PASS);
		s->sta[i] = world_add_sta(s->w, &s->stas[i]);
	}
	connect_all(s, 20 * S);
	for (unsigned i = 0; i < 3; i++) {
		up[i] = world_flow(s->w, world_addr(s->w, s->sta[i]), s->host);
		down[i] = world_flow(s->w, s->host, world_addr(s->w, s->sta[i]));
		world_every(s->w, up[i], 10 * MS);
		world_every(s->w, down[i], 10 * MS);
	}
	all = world_flow(s->w, s->host, everybody);
	world_every(s->w, all, 100 * MS);
	world_run(s->w, world_now(s->w) + 60 * S);
	assert_true(world_notes(s->w, s->ap[0], NOTE_REKEYED) >= 3 * 4);
	assert_true(world_notes(s->w, s->ap[0], NOTE_GROUP_REKEYED) >= 7);
	assert_int_equal(world_connections(s->w), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(world_received(s->w, up[i]) >= world_sent(s->w, up[i]) * 99 / 100);
		assert_true(world_received(s->w, down[i]) >= world_sent(s->w, down[i]) * 99 / 100);
		assert_int_equal(world_notes(s->w, s->sta[i], NOTE_DISCONNECTED), 0);
	}
	end(s);
}

/* Somebody repeats what was sent, and sends in the clear: who hears everything says so, and nobody is taken in. */
static void what_is_wrong_is_seen(void **state)
{
	struct scene *s = scene(10, 1, 1);
	struct medium *m = world_medium(s->w);
	radio_id forger = medium_join(m);
	uint8_t frame[64] = {0x08, 0x41}, clear[64] = {0x08, 0x01};
	struct wrongs wrong;

	(void)state;
	connect_all(s, 10 * S);
	medium_tune(m, forger, 2412);
	world_send(s->w, world_flow(s->w, s->host, world_addr(s->w, s->sta[0])), 3, 100);
	world_run(s->w, world_now(s->w) + S);
	world_judge(s->w); /* so far nothing was */
	for (int kind = 0; kind < 2; kind++) {
		uint8_t *p = kind ? clear : frame;

		memcpy(p + 4, s->aps[0].bss[0].bssid, 6);
		memcpy(p + 10, world_addr(s->w, s->sta[0]), 6);
		memcpy(p + 16, s->host, 6);
		medium_send(m, forger, frame_from(p, 64, 0, 0), 0, 0, world_now(s->w));
		world_run(s->w, world_now(s->w) + S);
	}
	world_repeat(s->w, forger);
	world_run(s->w, world_now(s->w) + S);
	wrong = world_wrong(s->w);
	assert_int_equal(wrong.unopened, 1);
	assert_int_equal(wrong.clear, 1);
	assert_int_equal(wrong.repeated, 1);
	assert_int_equal(wrong.twice + wrong.disorder + wrong.astray, 0);
	assert_int_equal(world_received(s->w, 0), 3);
	world_free(s->w);
	free(s);
}

static uint64_t told(uint64_t seed)
{
	struct scene *s = scene(seed, 2, 4);
	uint64_t n;

	medium_link_all(world_medium(s->w), &(struct medium_link){.loss = 100000});
	world_run(s->w, 20 * S);
	n = world_transmissions(s->w);
	end(s);
	return n;
}

static void a_seed_tells_always_the_same_story(void **state)
{
	(void)state;
	assert_true(told(1) == told(1));
	assert_true(told(1) != told(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_station_associates_and_pings),
		cmocka_unit_test(a_wrong_passphrase_lets_nobody_in),
		cmocka_unit_test(every_frame_arrives_once_and_in_order),
		cmocka_unit_test(a_broadcast_reaches_everybody_once),
		cmocka_unit_test(loss_of_40_percent),
		cmocka_unit_test(duplicates_are_not_delivered),
		cmocka_unit_test(a_station_roams),
		cmocka_unit_test(the_access_point_restarts),
		cmocka_unit_test(a_station_restarts),
		cmocka_unit_test(keys_are_renewed_under_traffic),
		cmocka_unit_test(what_is_wrong_is_seen),
		cmocka_unit_test(a_seed_tells_always_the_same_story),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

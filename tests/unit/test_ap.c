/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point: beacons and probes, authentication and its refusals, lists, setups. */
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

static void open_and_wep_networks(void **state)
{
	(void)state;
	for (int wep = 0; wep < 2; wep++) {
		struct world *w = world_new();
		struct ap_bss_setup *b = &w->setup.bss[0];
		struct fake *s;
		struct ap_station v;

		if (wep && !crypto_has_rc4(w->c))
			fail_msg("libcrypto lacks its legacy provider");
		b->rsn = false;
		b->wep = wep ? CIPHER_WEP_104 : CIPHERS;
		memset(b->wep_key, 0x5a, 13);
		s = fake_new(w);
		world_start(w);
		fake_auth(s);
		fake_assoc(s);
		if (wep)
			assert_int_equal(group_keys_set(&s->group, w->c, CIPHER_WEP_104, b->wep_key, 13,
							(struct key_use){0}, true),
					 0);
		assert_true(world_station(w, s, &v) && v.authorised);
		fake_send(s, wire_host, "up");
		assert_true(world_wired(w, "up"));
		world_send(w, s->addr, "down");
		assert_true(fake_heard(s, "down"));
		assert_int_equal(!!(le16(w->air[w->sent - 1]->data) & FC_PROTECTED), wep);
		world_end(w);
	}
}

/* ---- beacons and probes ---- */

static void beacons_keep_their_times(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	const struct mgmt *m = &s->last[MGMT_BEACON >> 4];
	uint64_t tu = 1024000;

	(void)state;
	world_start(w);
	assert_int_equal(ap_wake(w->ap), w->now);
	world_pass(w, 0);
	assert_int_equal(w->beacons, 1);
	for (unsigned i = 1; i < 7; i++) {
		world_pass(w, 100 * tu);
		assert_int_equal(w->beacons, 1 + i);
		assert_true(m->tsf == (i + 1) * 102400);
		assert_int_equal(m->interval, 100);
		assert_int_equal(m->channel, 6);
	}
	/* Somebody slept: the beacons of that time are lost, the times stay. */
	w->now += 250 * tu;
	ap_tick(w->ap, w->now, &w->out);
	world_obey(w);
	assert_int_equal(w->beacons, 8);
	assert_int_equal(ap_wake(w->ap), 5 * SECOND + 900 * tu);
	world_end(w);
}

static void networks_beacon_one_after_the_other(void **state)
{
	struct world *w = world_new();
	uint64_t interval = 100 * UINT64_C(1024000);

	(void)state;
	w->setup.bss_count = 4;
	for (unsigned i = 1; i < 4; i++) {
		w->setup.bss[i] = w->setup.bss[0];
		w->setup.bss[i].bssid[5] = (uint8_t)i;
	}
	world_start(w);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(ap_wake(w->ap), 5 * SECOND + i * interval / 4);
		w->now = ap_wake(w->ap);
		ap_tick(w->ap, w->now, &w->out);
		world_obey(w);
		assert_int_equal(w->beacons, i + 1);
		assert_int_equal(w->air[w->sent - 1]->data[DOT11_ADDR2 + 5], i % 4);
	}
	world_end(w);
}

/* ignore_broadcast_ssid */
static void hidden_networks_answer_only_by_name(void **state)
{
	(void)state;
	for (unsigned hidden = 0; hidden < 3; hidden++) {
		struct world *w = world_new();
		struct fake *s;
		const struct frame *f;

		w->setup.bss[0].hidden = hidden;
		s = fake_new(w);
		world_start(w);
		world_pass(w, 0);
		f = w->air[w->sent - 1];
		assert_int_equal(f->data[36], EID_SSID);
		assert_int_equal(f->data[37], hidden == 1 ? 0 : 4);
		assert_true(hidden == 1 || (memcmp(f->data + 38, "\0\0\0\0", 4) == 0) == (hidden == 2));
		fake_probe(s, "");
		assert_int_equal(s->count[MGMT_PROBE_RESPONSE >> 4], !hidden);
		fake_probe(s, "tesT");
		fake_probe(s, "test1");
		assert_int_equal(s->count[MGMT_PROBE_RESPONSE >> 4], !hidden);
		fake_probe(s, SSID);
		assert_int_equal(s->count[MGMT_PROBE_RESPONSE >> 4], !hidden + 1);
		f = w->air[w->sent - 1];
		assert_true(f->data[37] == 4 && memcmp(f->data + 38, SSID, 4) == 0);
		world_end(w);
	}
}

static void probes_for_another_channel_are_not_answered(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	struct frame *f = mgmt_new(MGMT_PROBE_REQUEST, everybody, s->addr, everybody);

	(void)state;
	world_start(w);
	mgmt_put_element(f, EID_SSID, NULL, 0);
	mgmt_put_element(f, EID_DS, "\x01", 1);
	fake_management(s, f, false);
	assert_int_equal(s->count[MGMT_PROBE_RESPONSE >> 4], 0);
	world_end(w);
}

/* ---- authentication and lists ---- */

static uint16_t auth_status(struct fake *s, uint16_t algorithm, uint16_t sequence)
{
	struct frame *f = fake_frame(s, MGMT_AUTH);

	mgmt_put16(f, algorithm);
	mgmt_put16(f, sequence);
	mgmt_put16(f, 0);
	fake_management(s, f, false);
	return s->last[MGMT_AUTH >> 4].status;
}

static void what_is_no_open_authentication_is_refused(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	assert_int_equal(auth_status(s, AUTH_SHARED_KEY, 1), STATUS_AUTH_ALGORITHM);
	assert_int_equal(auth_status(s, AUTH_SAE, 1), STATUS_AUTH_ALGORITHM);
	assert_int_equal(auth_status(s, AUTH_OPEN, 2), STATUS_AUTH_SEQUENCE);
	fake_assoc(s);
	assert_int_equal(s->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_2);
	assert_int_equal(auth_status(s, AUTH_OPEN, 1), STATUS_SUCCESS);
	assert_int_equal(s->last[MGMT_AUTH >> 4].sequence, 2);
	world_end(w);
}

static void deny_comes_before_accept(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w), *c = fake_new(w);
	uint8_t accept[2][6], deny[1][6];
	struct ap_list accepted = {(const uint8_t(*)[6])accept, 2}, denied = {(const uint8_t(*)[6])deny, 1};

	(void)state;
	memcpy(accept[0], a->addr, 6);
	memcpy(accept[1], b->addr, 6);
	memcpy(deny[0], b->addr, 6);
	w->setup.bss[0].accept_listed_only = true;
	w->setup.bss[0].accept = accepted;
	w->setup.bss[0].deny = denied;
	world_start(w);
	assert_int_equal(auth_status(a, AUTH_OPEN, 1), STATUS_SUCCESS);
	assert_int_equal(auth_status(b, AUTH_OPEN, 1), STATUS_UNSPECIFIED);
	assert_int_equal(auth_status(c, AUTH_OPEN, 1), STATUS_UNSPECIFIED);
	assert_int_equal(world_notes(w, NOTE_REJECTED_LIST), 2);
	/* At run time: who may no longer be there is sent away. */
	fake_join(a);
	ap_set_lists(w->ap, 0, false, (struct ap_list){0}, (struct ap_list){0}, w->now, &w->out);
	world_obey(w);
	fake_join(b);
	ap_set_lists(w->ap, 0, false, (struct ap_list){0}, denied, w->now, &w->out);
	world_obey(w);
	assert_true(world_has(w, a));
	assert_false(world_has(w, b));
	assert_int_equal(b->count[MGMT_DEAUTH >> 4], 2); /* one was said to all when the access point began */
	world_end(w);
}

static void a_full_network_refuses(void **state)
{
	struct world *w = world_new();
	struct fake *a = fake_new(w), *b = fake_new(w), *c = fake_new(w);

	(void)state;
	w->setup.bss[0].max_stations = 2;
	world_start(w);
	fake_auth(a);
	fake_auth(b);
	fake_auth(c);
	fake_join(a);
	fake_join(b);
	fake_assoc(c);
	assert_int_equal(fake_status(c), STATUS_AP_FULL);
	assert_int_equal(auth_status(c, AUTH_OPEN, 1), STATUS_AP_FULL);
	assert_int_equal(world_notes(w, NOTE_REJECTED_FULL), 2);
	fake_join(a); /* who is in may come again */
	assert_true(ap_deauthenticate(w->ap, 0, b->addr, REASON_UNSPECIFIED, w->now, &w->out));
	world_obey(w);
	fake_join(c);
	assert_int_equal(fake_aid(c), 2);
	world_end(w);
}

/* Anybody can authenticate, from as many addresses as he likes. */
static void a_flood_of_authentications_costs_little(void **state)
{
	struct world *w = world_new();
	struct fake *real = fake_new(w), *s = fake_new(w);
	unsigned before;

	(void)state;
	world_start(w);
	fake_join(real);
	for (unsigned i = 0; i < 5000; i++) {
		put_be16(s->addr + 2, (uint16_t)i);
		auth_status(s, AUTH_OPEN, 1);
	}
	fake_send(real, wire_host, "still here");
	assert_true(world_wired(w, "still here"));
	/* The newest ones are known, the oldest are not. */
	fake_assoc(s);
	assert_int_equal(fake_status(s), STATUS_SUCCESS);
	before = s->count[MGMT_DEAUTH >> 4];
	put_be16(s->addr + 2, 1);
	fake_assoc(s);
	assert_int_equal(s->count[MGMT_DEAUTH >> 4], before + 1);
	world_end(w);
}

/* As many as there are association ids (9.4.1.8): each is found, and told of what waits for it; then it is full. */
static void two_thousand_stations(void **state)
{
	struct world *w = world_new();
	struct fake *s;
	struct ap_station v;

	(void)state;
	w->setup.bss[0].rsn = false;
	s = fake_new(w);
	world_start(w);
	for (unsigned i = 0; i < 2007; i++) {
		put_be16(s->addr + 3, (uint16_t)i);
		fake_auth(s);
		fake_assoc(s);
		assert_int_equal(fake_aid(s), i + 1);
	}
	fake_null(s, true);
	world_send(w, s->addr, "to the last one");
	world_pass(w, 102400000);
	assert_true(s->tim);
	fake_ps_poll(s, 2007);
	assert_true(fake_heard(s, "to the last one"));
	for (unsigned i = 0; i < 2007; i++) {
		put_be16(s->addr + 3, (uint16_t)i);
		assert_true(world_station(w, s, &v) && v.aid == i + 1);
	}
	assert_true(ap_station(w->ap, 2006, &v));
	assert_false(ap_station(w->ap, 2007, &v));
	put_be16(s->addr + 3, 2007);
	assert_int_equal(auth_status(s, AUTH_OPEN, 1), STATUS_AP_FULL);
	/* One goes: its place, and its id, are free. */
	put_be16(s->addr + 3, 999);
	ap_deauthenticate(w->ap, 0, s->addr, 1, w->now, &w->out);
	world_obey(w);
	put_be16(s->addr + 3, 2007);
	fake_auth(s);
	fake_assoc(s);
	assert_int_equal(fake_aid(s), 1000);
	world_end(w);
}

static void setups_that_cannot_be(void **state)
{
	static const uint8_t seed[RANDOM_SEED] = {1};

	(void)state;
	for (int i = 0; i < 14; i++) {
		struct world *w = world_new();
		struct ap_bss_setup *b = &w->setup.bss[0];

		switch (i) {
		case 0:
			w->setup.bss_count = 0;
			break;
		case 1:
			w->setup.freq_mhz = 2413;
			break;
		case 2:
			w->setup.dtim_period = 0;
			break;
		case 3:
			w->setup.beacon_tu = 0;
			break;
		case 4:
			w->setup.bss[1] = *b;
			w->setup.bss_count = 2;
			break; /* the same BSSID */
		case 5:
			b->ssid_len = 0;
			break;
		case 6:
			b->ssid_len = 33;
			break;
		case 7:
			b->bssid[0] |= 1;
			break;
		case 8:
			b->psk_count = 0;
			break;
		case 9:
			b->akms = 0;
			break;
		case 10:
			b->group = CIPHER_BIP_CMAC_128;
			break;
		case 11:
			b->pmf = 1;
			b->group_mgmt = CIPHERS;
			break;
		case 12:
			b->wep = CIPHER_WEP_40;
			break;
		case 13:
			b->rsn_pairwise = 0;
			break;
		}
		assert_null(ap_new(w->c, &w->setup, seed));
		world_end(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_station_joins_and_frames_flow),
		cmocka_unit_test(open_and_wep_networks),
		cmocka_unit_test(beacons_keep_their_times),
		cmocka_unit_test(networks_beacon_one_after_the_other),
		cmocka_unit_test(hidden_networks_answer_only_by_name),
		cmocka_unit_test(probes_for_another_channel_are_not_answered),
		cmocka_unit_test(what_is_no_open_authentication_is_refused),
		cmocka_unit_test(deny_comes_before_accept),
		cmocka_unit_test(a_full_network_refuses),
		cmocka_unit_test(a_flood_of_authentications_costs_little),
		cmocka_unit_test(two_thousand_stations),
		cmocka_unit_test(setups_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

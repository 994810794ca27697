/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point: beacons, probe responses, authentication, address lists, setup. */
#include "ap_world.h"

static void station_joins_and_exchanges_frames(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_station_info info;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	assert_true(world_station_view(world, sta, &info));
	assert_true(info.authorised && info.qos && !info.mfp && info.aid == 1 && info.pairwise == CIPHER_CCMP_128);
	assert_int_equal(world_note_count(world, NOTE_CONNECTED), 1);
	assert_int_equal(world->announced, 1); /* to the bridges on the wire */
	fake_sta_send(sta, wire_host, "up");
	assert_true(world_wire_got(world, "up"));
	world_send(world, sta->addr, "down");
	assert_true(fake_sta_received(sta, "down"));
	world_send(world, broadcast, "to all");
	assert_true(fake_sta_received(sta, "to all"));
	assert_true(world_station_view(world, sta, &info));
	assert_int_equal(info.rx_frames, 3); /* messages 2 and 4 too */
	assert_int_equal(info.tx_lost, 0);
	world_free(world);
}

static void open_and_wep_bss_accept_stations(void **state)
{
	(void)state;
	for (int wep = 0; wep < 2; wep++) {
		struct world *world = world_new();
		struct ap_bss_setup *bss_setup = &world->setup.bss[0];
		struct fake_sta *sta;
		struct ap_station_info info;

		if (wep && !crypto_has_rc4(world->crypto))
			fail_msg("libcrypto lacks its legacy provider");
		bss_setup->rsn = false;
		bss_setup->wep = wep ? CIPHER_WEP_104 : CIPHER_NONE;
		memset(bss_setup->wep_key, 0x5a, 13);
		sta = fake_sta_new(world);
		world_start(world);
		fake_sta_auth(sta);
		fake_sta_assoc(sta);
		if (wep)
			assert_int_equal(group_keys_set(&sta->group, world->crypto, CIPHER_WEP_104, bss_setup->wep_key,
							13, (struct key_params){0}, true),
					 0);
		assert_true(world_station_view(world, sta, &info) && info.authorised);
		fake_sta_send(sta, wire_host, "up");
		assert_true(world_wire_got(world, "up"));
		world_send(world, sta->addr, "down");
		assert_true(fake_sta_received(sta, "down"));
		assert_int_equal(!!(le16(world->air[world->sent - 1]->data) & FC_PROTECTED), wep);
		world_free(world);
	}
}

/* ---- beacons and probes ---- */

static void beacons_are_sent_at_tbtt(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	const struct mgmt *mgmt = &sta->last[MGMT_BEACON >> 4];

	(void)state;
	world_start(world);
	assert_int_equal(soft_ap_deadline(world->ap), world->now);
	world_advance(world, 0);
	assert_int_equal(world->beacons, 1);
	for (unsigned i = 1; i < 7; i++) {
		world_advance(world, 100 * TU);
		assert_int_equal(world->beacons, 1 + i);
		assert_true(mgmt->tsf == (i + 1) * 102400);
		assert_int_equal(mgmt->interval, 100);
		assert_int_equal(mgmt->channel, 6);
	}
	/* After a late call the missed beacons are skipped, but the TBTTs stay. */
	world->now += 250 * TU;
	soft_ap_tick(world->ap, world->now, &world->out);
	world_apply_actions(world);
	assert_int_equal(world->beacons, 8);
	assert_int_equal(soft_ap_deadline(world->ap), 5 * SECOND + 900 * TU);
	world_free(world);
}

/* Elements of a beacon or probe response with this id. */
static unsigned count_elements(const struct frame *frame, uint8_t id)
{
	struct span rest = {frame->data + DOT11_HDR_MIN + 12, frame->len - DOT11_HDR_MIN - 12};
	struct element element;
	unsigned count = 0;

	while (element_next(&rest, &element))
		count += element.id == id;
	return count;
}

/* 9.4.2.4: DSSS parameters belong to the 2.4 GHz band. */
static void dsss_element_is_sent_in_2ghz_band_only(void **state)
{
	static const uint16_t freqs[] = {2412, 2437, 2484, 5180, 5825};

	(void)state;
	for (size_t i = 0; i < COUNT(freqs); i++) {
		struct world *world = world_new();
		struct fake_sta *sta;

		world->setup.freq_mhz = freqs[i];
		sta = fake_sta_new(world);
		world_start(world);
		world_advance(world, 0);
		assert_int_equal(world->beacons, 1);
		assert_int_equal(count_elements(world->air[world->sent - 1], EID_DS), freqs[i] < 2500);
		fake_sta_probe(sta, SSID);
		assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], 1);
		assert_int_equal(count_elements(world->air[world->sent - 1], EID_DS), freqs[i] < 2500);
		fake_sta_join(sta);
		assert_true(world_has_station(world, sta));
		world_free(world);
	}
}

static void beacons_of_several_bss_are_staggered(void **state)
{
	struct world *world = world_new();
	uint64_t interval = 100 * TU;

	(void)state;
	world->setup.bss_count = 4;
	for (unsigned i = 1; i < 4; i++) {
		world->setup.bss[i] = world->setup.bss[0];
		world->setup.bss[i].bssid[5] = (uint8_t)i;
	}
	world_start(world);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(soft_ap_deadline(world->ap), 5 * SECOND + i * interval / 4);
		world->now = soft_ap_deadline(world->ap);
		soft_ap_tick(world->ap, world->now, &world->out);
		world_apply_actions(world);
		assert_int_equal(world->beacons, i + 1);
		assert_int_equal(world->air[world->sent - 1]->data[DOT11_OFF_ADDR2 + 5], i % 4);
	}
	world_free(world);
}

/* ignore_broadcast_ssid */
static void hidden_bss_answers_only_directed_probes(void **state)
{
	(void)state;
	for (unsigned hidden = 0; hidden < 3; hidden++) {
		struct world *world = world_new();
		struct fake_sta *sta;
		const struct frame *frame;

		world->setup.bss[0].hidden = hidden;
		sta = fake_sta_new(world);
		world_start(world);
		world_advance(world, 0);
		frame = world->air[world->sent - 1];
		assert_int_equal(frame->data[36], EID_SSID);
		assert_int_equal(frame->data[37], hidden == 1 ? 0 : 4);
		assert_true(hidden == 1 || (memcmp(frame->data + 38, "\0\0\0\0", 4) == 0) == (hidden == 2));
		fake_sta_probe(sta, "");
		assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], !hidden);
		fake_sta_probe(sta, "tesT");
		fake_sta_probe(sta, "test1");
		assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], !hidden);
		fake_sta_probe(sta, SSID);
		assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], !hidden + 1);
		frame = world->air[world->sent - 1];
		assert_true(frame->data[37] == 4 && memcmp(frame->data + 38, SSID, 4) == 0);
		world_free(world);
	}
}

/* A probe request may name further networks, by their names or by the CRC-32 of these. */
static void listed_bss_answers(void **state)
{
	static const struct {
		const char *elements;
		size_t len;
		bool answered;
	} rows[] = {
		{"\x54\x09\x00\x01x\x00\x04test", 11, true},
		{"\x54\x03\x00\x01x", 5, false},
		{"\x54\x05\x00\x04tes", 7, false},
		{"\xff\x05\x3a\x0c\x7e\x7f\xd8", 7, true},
		{"\xff\x09\x3a\x01\x02\x03\x04\x0c\x7e\x7f\xd8", 11, true},
		{"\xff\x04\x3a\x0c\x7e\x7f", 6, false},
		{"\xff\x00", 2, false},
	};
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].hidden = 1;
	world_start(world);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct frame_writer writer = mgmt_begin(MGMT_PROBE_REQUEST, broadcast, sta->addr, broadcast);

		write_element(&writer, EID_SSID, "", 0);
		write_element(&writer, EID_RATES, "\x82\x84\x8b\x96", 4);
		write_bytes(&writer, rows[i].elements, rows[i].len);
		sta->count[MGMT_PROBE_RESPONSE >> 4] = 0;
		fake_sta_send_management(sta, frame_writer_end(&writer), false);
		assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], rows[i].answered);
	}
	world_free(world);
}

static void probe_for_another_channel_is_ignored(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame_writer writer = mgmt_begin(MGMT_PROBE_REQUEST, broadcast, sta->addr, broadcast);

	(void)state;
	world_start(world);
	write_element(&writer, EID_SSID, NULL, 0);
	write_element(&writer, EID_DS, "\x01", 1);
	fake_sta_send_management(sta, frame_writer_end(&writer), false);
	assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], 0);
	world_free(world);
}

/* One frame is one drop, however many BSSs it is for. */
static void malformed_wildcard_probe_is_one_drop(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame_writer writer = mgmt_begin(MGMT_PROBE_REQUEST, broadcast, sta->addr, broadcast);

	(void)state;
	world->setup.bss_count = 2;
	world->setup.bss[1] = world->setup.bss[0];
	world->setup.bss[1].bssid[5] = 1;
	world_start(world);
	write_bytes(&writer, "\0\4te", 4); /* the SSID ends early */
	fake_sta_send_management(sta, frame_writer_end(&writer), false);
	assert_int_equal(soft_ap_drops(world->ap)[DROP_TRUNCATED], 1);
	world_free(world);
}

/* ---- authentication and lists ---- */

static uint16_t auth_status(struct fake_sta *sta, uint16_t algorithm, uint16_t sequence)
{
	fake_sta_send_management(sta, fake_sta_auth_frame(sta, algorithm, sequence), false);
	return sta->last[MGMT_AUTH >> 4].status;
}

static void non_open_authentication_is_refused(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	assert_int_equal(auth_status(sta, AUTH_SHARED_KEY, 1), STATUS_AUTH_ALGORITHM);
	assert_int_equal(auth_status(sta, AUTH_SAE, 1), STATUS_AUTH_ALGORITHM);
	assert_int_equal(auth_status(sta, AUTH_OPEN, 2), STATUS_AUTH_SEQUENCE);
	fake_sta_assoc(sta);
	assert_int_equal(sta->last[MGMT_DEAUTH >> 4].reason, REASON_CLASS_2);
	assert_int_equal(auth_status(sta, AUTH_OPEN, 1), STATUS_SUCCESS);
	assert_int_equal(sta->last[MGMT_AUTH >> 4].sequence, 2);
	world_free(world);
}

static void deny_list_overrides_accept_list(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world), *sta_c = fake_sta_new(world);
	uint8_t accept[2][6], deny[1][6];
	struct ap_mac_list accepted = {(const uint8_t(*)[6])accept, NULL, 2},
			   denied = {(const uint8_t(*)[6])deny, NULL, 1};

	(void)state;
	memcpy(accept[0], sta_a->addr, 6);
	memcpy(accept[1], sta_b->addr, 6);
	memcpy(deny[0], sta_b->addr, 6);
	world->setup.bss[0].accept_listed_only = true;
	world->setup.bss[0].accept = accepted;
	world->setup.bss[0].deny = denied;
	world_start(world);
	assert_int_equal(auth_status(sta_a, AUTH_OPEN, 1), STATUS_SUCCESS);
	assert_int_equal(auth_status(sta_b, AUTH_OPEN, 1), STATUS_UNSPECIFIED);
	assert_int_equal(auth_status(sta_c, AUTH_OPEN, 1), STATUS_UNSPECIFIED);
	assert_int_equal(world_note_count(world, NOTE_REJECTED_LIST), 2);
	/* New lists deauthenticate stations that they deny. */
	fake_sta_join(sta_a);
	soft_ap_set_acl(world->ap, 0, false, (struct ap_mac_list){0}, (struct ap_mac_list){0}, world->now, &world->out);
	world_apply_actions(world);
	fake_sta_join(sta_b);
	soft_ap_set_acl(world->ap, 0, false, (struct ap_mac_list){0}, denied, world->now, &world->out);
	world_apply_actions(world);
	assert_true(world_has_station(world, sta_a));
	assert_false(world_has_station(world, sta_b));
	assert_int_equal(sta_b->count[MGMT_DEAUTH >> 4],
			 2); /* the first one was the broadcast at the start of the BSS */
	world_free(world);
}

static void full_bss_refuses_association(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world), *sta_c = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].max_stations = 2;
	world_start(world);
	fake_sta_auth(sta_a);
	fake_sta_auth(sta_b);
	fake_sta_auth(sta_c);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	fake_sta_assoc(sta_c);
	assert_int_equal(fake_sta_status(sta_c), STATUS_AP_FULL);
	assert_int_equal(auth_status(sta_c, AUTH_OPEN, 1), STATUS_AP_FULL);
	assert_int_equal(world_note_count(world, NOTE_REJECTED_FULL), 2);
	fake_sta_join(sta_a); /* an associated station may associate again */
	assert_true(soft_ap_deauthenticate(world->ap, 0, sta_b->addr, REASON_UNSPECIFIED, world->now, &world->out));
	world_apply_actions(world);
	fake_sta_join(sta_c);
	assert_int_equal(fake_sta_aid(sta_c), 2);
	world_free(world);
}

/* One attacker can authenticate from any number of addresses. */
static void authentication_flood_uses_bounded_memory(void **state)
{
	struct world *world = world_new();
	struct fake_sta *real = fake_sta_new(world), *sta = fake_sta_new(world);
	unsigned before;

	(void)state;
	world_start(world);
	fake_sta_join(real);
	for (unsigned i = 0; i < 5000; i++) {
		put_be16(sta->addr + 2, (uint16_t)i);
		world->now += 2 * MS;
		auth_status(sta, AUTH_OPEN, 1);
	}
	fake_sta_send(real, wire_host, "still here");
	assert_true(world_wire_got(world, "still here"));
	/* The newest stations are kept, the oldest are not. */
	fake_sta_assoc(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_SUCCESS);
	before = sta->count[MGMT_DEAUTH >> 4];
	put_be16(sta->addr + 2, 1);
	fake_sta_assoc(sta);
	assert_int_equal(sta->count[MGMT_DEAUTH >> 4], before + 1);
	world_free(world);
}

/* An attacker that acknowledges, but has no passphrase, fills the BSS with associations that never finish. */
static void unfinished_associations_do_not_fill_bss(void **state)
{
	struct world *world = world_new();
	struct fake_sta *real = fake_sta_new(world), *late = fake_sta_new(world), *sta = fake_sta_new(world);

	(void)state;
	world->setup.bss[0].max_stations = 8;
	world_start(world);
	fake_sta_join(real);
	sta->mute = true;
	for (unsigned i = 0; i < 40; i++) {
		put_be16(sta->addr + 2, (uint16_t)(i + 1));
		fake_sta_auth(sta);
		fake_sta_assoc(sta);
		world_advance(world, 200 * MS);
	}
	/* The handshake of the oldest one has taken too long: it gives way. */
	fake_sta_join(late);
	assert_true(world_has_station(world, real));
	assert_int_equal(real->count[MGMT_DEAUTH >> 4], 1); /* the broadcast at the start of the BSS */
	world_free(world);
}

/* Answers that nobody acknowledges are bounded in number per time, and no kind of request starves another. */
static void answers_to_strangers_are_bounded(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world), *newcomer = fake_sta_new(world);
	unsigned sent, beacons;

	(void)state;
	world_start(world);
	sta->deaf = true;
	sent = world->sent;
	for (unsigned i = 0; i < 1000; i++) {
		put_be16(sta->addr + 2, (uint16_t)(i + 1));
		fake_sta_probe(sta, "");
	}
	assert_uint_in_range(world->sent - sent, 32, 64);
	assert_true(world_drops(world, DROP_ANSWER_LIMIT) > 700);
	fake_sta_auth(newcomer);
	world_advance(world, 70 * MS);
	assert_int_equal(newcomer->count[MGMT_AUTH >> 4], 1);
	sent = world->sent;
	beacons = world->beacons;
	for (unsigned i = 0; i < 2000; i++) {
		put_be16(sta->addr + 2, (uint16_t)(i + 2000));
		fake_sta_probe(sta, "");
		world_advance(world, MS);
	}
	assert_uint_in_range(world->sent - sent - (world->beacons - beacons), 32, 70);
	world_free(world);
}

/* A response that nobody acknowledges is for nobody: no entry of the table and no AID remains. */
static void stations_that_do_not_exist_are_forgotten(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_station_info info;
	unsigned sent;

	(void)state;
	world_start(world);
	sta->acks_lost = true;
	fake_sta_auth(sta);
	assert_int_equal(sta->count[MGMT_AUTH >> 4], 1);
	sent = sta->count[MGMT_DEAUTH >> 4];
	fake_sta_assoc(sta);
	assert_int_equal(sta->count[MGMT_DEAUTH >> 4], sent + 1);
	assert_int_equal(world_drops(world, DROP_NOT_AUTHENTICATED), 1);
	/* Without a TX status of the first response the second one decides. */
	world->no_tx_status = true;
	fake_sta_auth(sta);
	world->no_tx_status = false;
	fake_sta_assoc(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_SUCCESS);
	assert_false(soft_ap_station_info(world->ap, 0, &info));
	world_free(world);
}

/* There are 2007 AIDs (9.4.1.8): each station is found and announced in the TIM; then the BSS is full. */
static void two_thousand_stations_associate(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta;
	struct ap_station_info info;

	(void)state;
	world->setup.bss[0].rsn = false;
	sta = fake_sta_new(world);
	world_start(world);
	for (unsigned i = 0; i < 2007; i++) {
		put_be16(sta->addr + 3, (uint16_t)i);
		world->now += 2 * MS;
		fake_sta_auth(sta);
		fake_sta_assoc(sta);
		assert_int_equal(fake_sta_aid(sta), i + 1);
	}
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "to the last one");
	world_advance(world, 100 * TU);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, 2007);
	assert_true(fake_sta_received(sta, "to the last one"));
	for (unsigned i = 0; i < 2007; i++) {
		put_be16(sta->addr + 3, (uint16_t)i);
		assert_true(world_station_view(world, sta, &info) && info.aid == i + 1);
	}
	assert_true(soft_ap_station_info(world->ap, 2006, &info));
	assert_false(soft_ap_station_info(world->ap, 2007, &info));
	put_be16(sta->addr + 3, 2007);
	assert_int_equal(auth_status(sta, AUTH_OPEN, 1), STATUS_AP_FULL);
	/* A station that leaves frees its place and its AID. */
	put_be16(sta->addr + 3, 999);
	soft_ap_deauthenticate(world->ap, 0, sta->addr, 1, world->now, &world->out);
	world_apply_actions(world);
	put_be16(sta->addr + 3, 2007);
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	assert_int_equal(fake_sta_aid(sta), 1000);
	world_free(world);
}

static void invalid_setup_is_refused(void **state)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {1};

	(void)state;
	for (int i = 0; i < 14; i++) {
		struct world *world = world_new();
		struct ap_bss_setup *bss_setup = &world->setup.bss[0];

		switch (i) {
		case 0:
			world->setup.bss_count = 0;
			break;
		case 1:
			world->setup.freq_mhz = 2413;
			break;
		case 2:
			world->setup.dtim_period = 0;
			break;
		case 3:
			world->setup.beacon_tu = 0;
			break;
		case 4:
			world->setup.bss[1] = *bss_setup;
			world->setup.bss_count = 2;
			break; /* the same BSSID */
		case 5:
			bss_setup->ssid_len = 0;
			break;
		case 6:
			bss_setup->ssid_len = 33;
			break;
		case 7:
			bss_setup->bssid[0] |= 1;
			break;
		case 8:
			bss_setup->psk_count = 0;
			break;
		case 9:
			bss_setup->akms = 0;
			break;
		case 10:
			bss_setup->group = CIPHER_BIP_CMAC_128;
			break;
		case 11:
			bss_setup->pmf = 1;
			bss_setup->group_mgmt = CIPHER_NONE;
			break;
		case 12:
			bss_setup->wep = CIPHER_WEP_40;
			break;
		case 13:
			bss_setup->rsn_pairwise = 0;
			break;
		}
		assert_null(soft_ap_new(world->crypto, &world->setup, seed));
		world_free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(station_joins_and_exchanges_frames),
		cmocka_unit_test(open_and_wep_bss_accept_stations),
		cmocka_unit_test(beacons_are_sent_at_tbtt),
		cmocka_unit_test(dsss_element_is_sent_in_2ghz_band_only),
		cmocka_unit_test(beacons_of_several_bss_are_staggered),
		cmocka_unit_test(hidden_bss_answers_only_directed_probes),
		cmocka_unit_test(probe_for_another_channel_is_ignored),
		cmocka_unit_test(listed_bss_answers),
		cmocka_unit_test(malformed_wildcard_probe_is_one_drop),
		cmocka_unit_test(non_open_authentication_is_refused),
		cmocka_unit_test(deny_list_overrides_accept_list),
		cmocka_unit_test(full_bss_refuses_association),
		cmocka_unit_test(authentication_flood_uses_bounded_memory),
		cmocka_unit_test(unfinished_associations_do_not_fill_bss),
		cmocka_unit_test(answers_to_strangers_are_bounded),
		cmocka_unit_test(stations_that_do_not_exist_are_forgotten),
		cmocka_unit_test(two_thousand_stations_associate),
		cmocka_unit_test(invalid_setup_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attacks on the stations of an access point: by forgers without keys, and by a station that has them. */
#include "ap_world.h"

#define BEACON (100 * TU)

/* A frame of another radio in the name of the station, which itself dozes and hears nothing. */
static void forge_ps_poll(struct fake_sta *sta)
{
	sta->deaf = true;
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	sta->deaf = false;
}

static void forge_null(struct fake_sta *sta, bool dozes)
{
	bool dozed = sta->dozes;

	sta->deaf = true;
	fake_sta_send_null(sta, dozes);
	sta->dozes = dozed;
	sta->deaf = false;
}

/* Schepers, Ranganathan and Vanhoef 2023 (Framing Frames): the buffer of a dozing station must not leak or be lost. */
static void forged_ps_polls_lose_no_frame(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned sent;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	world_send(world, sta->addr, "one");
	world_send(world, sta->addr, "two");
	sent = world->sent;
	for (int i = 0; i < 1000; i++)
		forge_ps_poll(sta);
	assert_true(world->sent - sent <= 4); /* they cost little airtime */
	for (int i = 0; i < 30; i++) {
		world_advance(world, BEACON);
		forge_ps_poll(sta);
	}
	world_advance(world, 2 * BEACON);
	assert_true(sta->tim);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "one") && sta->more_data);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_true(fake_sta_received(sta, "two") && !sta->more_data);
	world_free(world);
}

/* Nothing is buffered: a Null frame answers a PS-Poll, but not a flood of them. */
static void forged_ps_polls_cause_few_null_frames(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned sent;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	sent = world->sent;
	for (int i = 0; i < 10000; i++)
		forge_ps_poll(sta);
	assert_true(world->sent - sent <= 2);
	world_advance(world, BEACON);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_int_equal(sta->nulls, 1);
	world_free(world);
}

/* A forged frame says that the station is awake: it is not, and loses nothing that is or will be buffered. */
static void forged_wakeup_loses_no_frame(void **state)
{
	(void)state;
	for (int buffered = 0; buffered < 2; buffered++) {
		struct world *world = world_new();
		struct fake_sta *sta = fake_sta_new(world);

		world_start(world);
		fake_sta_join(sta);
		fake_sta_send_null(sta, true);
		if (buffered)
			world_send(world, sta->addr, "one");
		forge_null(sta, false);
		sta->deaf = true;
		if (!buffered)
			world_send(world, sta->addr, "one");
		world_send(world, sta->addr, "two");
		sta->deaf = false;
		assert_int_equal(sta->data, 0);
		world_advance(world, 2 * BEACON);
		assert_true(sta->tim);
		fake_sta_send_null(sta, false);
		assert_int_equal(sta->data, 2);
		assert_true(fake_sta_received(sta, "two"));
		world_send(world, sta->addr, "three");
		assert_true(fake_sta_received(sta, "three"));
		world_free(world);
	}
}

/* Dozing stations of one attacker fill the memory for buffered frames: the station with few frames loses none. */
static void full_buffers_cost_the_station_with_most_frames(void **state)
{
	struct world *world = world_new();
	struct fake_sta *real, *sta;
	unsigned count = 16384 / 64;

	(void)state;
	world->setup.bss[0].rsn = false;
	real = fake_sta_new(world);
	sta = fake_sta_new(world);
	world_start(world);
	fake_sta_join(real);
	for (unsigned i = 0; i <= count; i++) {
		put_be16(sta->addr + 2, (uint16_t)(i + 1));
		world->now += 2 * MS;
		fake_sta_join(sta);
		fake_sta_send_null(sta, true);
		for (int k = 0; k < 64; k++)
			world_send(world, sta->addr, "hoard");
	}
	fake_sta_send_null(real, true);
	for (int k = 0; k < 8; k++)
		world_send(world, real->addr, k ? "later" : "first");
	world_send(world, broadcast, "to all");
	fake_sta_send_ps_poll(real, fake_sta_aid(real));
	assert_true(fake_sta_received(real, "first"));
	for (int k = 1; k < 8; k++)
		fake_sta_send_ps_poll(real, fake_sta_aid(real));
	assert_int_equal(real->data, 8);
	world_advance(world, 3 * BEACON);
	assert_true(fake_sta_received(real, "to all"));
	world_free(world);
}

/* A frame with the group key to one station, or from one in the name of the access point (hole 196). */
static void group_key_of_a_station_opens_nothing_at_ap(void **state)
{
	static const uint8_t body[] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0xb5, 'f', 'o', 'r', 'g', 'e', 'd'};
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world), *victim = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(victim);
	fake_sta_join(sta);
	for (int kind = 0; kind < 4; kind++) {
		struct frame *frame = frame_new(64, DOT11_HDR_MIN + sizeof(body), 64);
		uint8_t *hdr = frame_make_writable(frame);
		struct key key = {0};
		const struct key *gtk = &sta->group.gtk[1];

		memset(hdr, 0, DOT11_HDR_MIN);
		put_le16(hdr, FC_DATA | (kind < 2 ? FC_TO_DS : FC_FROM_DS));
		mac_copy(hdr + DOT11_OFF_ADDR1, kind == 3 ? broadcast : bssid_0);
		mac_copy(hdr + DOT11_OFF_ADDR2, kind == 0 ? sta->addr : kind == 1 ? victim->addr : bssid_0);
		mac_copy(hdr + DOT11_OFF_ADDR3, kind < 2 ? wire_host : victim->addr);
		memcpy(hdr + DOT11_HDR_MIN, body, sizeof(body));
		assert_int_equal(key_set(&key, world->crypto, gtk->cipher, gtk->material, 16,
					 (struct key_params){.id = 1, .rsc = 1000}),
				 0);
		assert_int_equal(key_seal(&key, frame), NOT_DROPPED);
		fake_sta_transmit(sta, frame);
		key_wipe(&key);
	}
	assert_int_equal(world->wire_count, 0);
	assert_int_equal(victim->data, 0);
	assert_int_equal(world_drops(world, DROP_FOREIGN_TRANSMITTER), 2);
	/* The key id is wrong: there is no other unicast key. */
	assert_int_equal(world_drops(world, DROP_NO_KEY), 2);
	world_free(world);
}

/* A frame with four addresses carries a source of its own: an access point without WDS drops it (CVE-2020-26139 and others). */
static void spoofed_four_address_frame_is_dropped(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world), *victim = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(victim);
	fake_sta_join(sta);
	for (int protected = 0; protected < 2; protected ++) {
		uint8_t bytes[64] = {0};

		put_le16(bytes, FC_DATA | FC_TO_DS | FC_FROM_DS | (protected ? FC_PROTECTED : 0));
		mac_copy(bytes + DOT11_OFF_ADDR1, bssid_0);
		mac_copy(bytes + DOT11_OFF_ADDR2, sta->addr);
		mac_copy(bytes + DOT11_OFF_ADDR3, wire_host);
		mac_copy(bytes + 24, victim->addr);
		fake_sta_transmit(sta, frame_from(bytes, sizeof(bytes), 0, 0));
	}
	assert_int_equal(world_drops(world, DROP_FOUR_ADDRESSES), 2);
	assert_int_equal(world->wire_count, 0);
	world_free(world);
}

/* Without PMF a forged disassociation ends the association; the next frame of the station says so, and it returns. */
static void forged_disassociation_is_healed_by_next_frame(void **state)
{
	(void)state;
	for (int pmf = 0; pmf < 2; pmf++) {
		struct world *world = world_new();
		struct fake_sta *sta, *forger;
		unsigned disassocs;

		world->setup.bss[0].pmf = pmf ? 1 : 0;
		world->setup.bss[0].group_mgmt = pmf ? CIPHER_BIP_CMAC_128 : CIPHER_NONE;
		sta = fake_sta_new(world);
		sta->mfp = pmf;
		sta->suite.group_management = world->setup.bss[0].group_mgmt;
		forger = fake_sta_new(world);
		world_start(world);
		fake_sta_join(sta);
		memcpy(forger->addr, sta->addr, 6);
		disassocs = sta->count[MGMT_DISASSOC >> 4];
		forger->deaf = true;
		fake_sta_send_management(forger, fake_sta_reason_frame(forger, MGMT_DISASSOC, REASON_LEAVING), false);
		assert_int_equal(world_has_station(world, sta), pmf);
		fake_sta_send(sta, wire_host, "still here");
		assert_int_equal(world_wire_got(world, "still here"), pmf);
		assert_int_equal(sta->count[MGMT_DISASSOC >> 4], disassocs + !pmf);
		if (!pmf)
			fake_sta_join(sta);
		fake_sta_send(sta, wire_host, "again");
		assert_true(world_wire_got(world, "again"));
		world_free(world);
	}
}

/*
 * Without PMF a forged association request replaces the association, and its handshake means nothing to the station, which has
 * keys. The next frame under them tells the access point, whatever the request has claimed.
 */
static void forged_association_is_healed_by_next_frame(void **state)
{
	(void)state;
	for (int claims_pmf = 0; claims_pmf < 2; claims_pmf++) {
		struct world *world = world_new();
		struct fake_sta *sta, *forger;
		unsigned disassocs;

		world->setup.bss[0].pmf = 1;
		world->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
		sta = fake_sta_new(world);
		forger = fake_sta_new(world);
		world_start(world);
		fake_sta_join(sta);
		memcpy(forger->addr, sta->addr, 6);
		forger->mfp = claims_pmf;
		forger->deaf = true;
		if (claims_pmf)
			forger->suite.group_management = CIPHER_BIP_CMAC_128;
		fake_sta_transmit(forger, fake_sta_assoc_frame(forger, MGMT_ASSOC_REQUEST, SSID));
		disassocs = sta->count[MGMT_DISASSOC >> 4];
		fake_sta_send(sta, wire_host, "still here");
		assert_false(world_wire_got(world, "still here"));
		assert_int_equal(sta->count[MGMT_DISASSOC >> 4], disassocs + 1);
		fake_sta_join(sta);
		fake_sta_send(sta, wire_host, "again");
		assert_true(world_wire_got(world, "again"));
		assert_int_equal(sta->count[MGMT_DISASSOC >> 4], disassocs + 1);
		world_free(world);
	}
}

/* The replay counter of the last EAPOL-Key frame in the clear; 0: none. */
static uint64_t last_replay_counter(const struct world *world)
{
	static const uint8_t llc[] = {0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e};

	for (unsigned i = world->sent; i && i + LOG_MAX > world->sent; i--) {
		const struct frame *frame = world->air[(i - 1) % LOG_MAX];
		size_t body = frame->len && dot11_is_qos(le16(frame->data)) ? DOT11_HDR_MIN + 2 : DOT11_HDR_MIN;

		if (frame->len >= body + 8 + 17 && dot11_is_data(le16(frame->data)) &&
		    !memcmp(frame->data + body, llc, sizeof(llc)))
			return be32(frame->data + body + 8 + 13);
	}
	return 0;
}

/* A station that answers a message 1 in the clear, as many do, heals a forged association by itself: the counter must go on. */
static void replay_counter_goes_on_in_a_new_association(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta, *forger;
	uint64_t before;

	(void)state;
	sta = fake_sta_new(world);
	forger = fake_sta_new(world);
	world_start(world);
	fake_sta_join(sta);
	before = last_replay_counter(world);
	assert_true(before > 0);
	memcpy(forger->addr, sta->addr, 6);
	forger->deaf = true;
	fake_sta_transmit(forger, fake_sta_assoc_frame(forger, MGMT_ASSOC_REQUEST, SSID));
	world_advance(world, SECOND);
	assert_true(last_replay_counter(world) > before);
	world_free(world);
}

/* WNM-Sleep mode is not supported: a request is returned, and no key is sent. */
static void wnm_sleep_request_is_refused(void **state)
{
	static const uint8_t request[] = {10, 16, 1, 93, 4, 0, 0, 0, 0};
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct frame_writer writer;
	const struct frame *answer;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	writer = frame_writer_begin(fake_sta_mgmt_frame(sta, MGMT_ACTION));
	write_bytes(&writer, request, sizeof(request));
	fake_sta_send_management(sta, frame_writer_end(&writer), false);
	answer = world->air[(world->sent - 1) % LOG_MAX];
	assert_int_equal(answer->len, DOT11_HDR_MIN + sizeof(request));
	assert_int_equal(answer->data[DOT11_HDR_MIN], 10 | ACTION_ERROR);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_ps_polls_lose_no_frame),
		cmocka_unit_test(forged_ps_polls_cause_few_null_frames),
		cmocka_unit_test(forged_wakeup_loses_no_frame),
		cmocka_unit_test(full_buffers_cost_the_station_with_most_frames),
		cmocka_unit_test(group_key_of_a_station_opens_nothing_at_ap),
		cmocka_unit_test(spoofed_four_address_frame_is_dropped),
		cmocka_unit_test(forged_disassociation_is_healed_by_next_frame),
		cmocka_unit_test(forged_association_is_healed_by_next_frame),
		cmocka_unit_test(replay_counter_goes_on_in_a_new_association),
		cmocka_unit_test(wnm_sleep_request_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attacks on a station: by a forger without keys, and by an access point or a member of the network that has them. */
#include "fake_ap.h"

#include "crypto/kdf.h"

#define BEACON (100 * TU_)

enum { WNM = 10, WNM_SLEEP_RESPONSE = 17, HERE = 2437 };

static struct world world;

static struct frame *begin_beacon(struct fake_ap *ap)
{
	struct frame *frame = fake_ap_beacon(&world, ap, MGMT_BEACON, broadcast);

	assert_non_null(frame);
	return frame;
}

static uint8_t *element_of(struct frame *frame, uint8_t id)
{
	uint8_t *bytes = frame_make_writable(frame);
	size_t at = DOT11_HDR_MIN + 12;

	while (at + 2 <= frame->len && bytes[at] != id)
		at += 2u + bytes[at + 1];
	assert_true(at + 2 <= frame->len);
	return bytes + at;
}

static void derive_pmk(uint8_t pmk[PMK_LEN], const char *ssid)
{
	assert_int_equal(kdf_pmk(world.crypto, "the same passphrase", 19, (const uint8_t *)ssid, strlen(ssid), pmk), 0);
}

/* ---- SSID confusion (CVE-2023-52424) ---- */

/*
 * A relay rewrites the SSID of "other" to "home" in all frames; both networks have the same passphrase. The PMK of each
 * depends on its SSID, so the handshake fails.
 */
static void renamed_network_with_same_passphrase_is_refused(void **state)
{
	(void)state;
	world_init(&world);
	derive_pmk(world.nets[0].pmk, "home");
	derive_pmk(world.ap[0].pmk, "other");
	world_start(&world);
	assert_false(world_connect(&world, 60 * S_));
	assert_true(world.count[NOTE_WRONG_PASSPHRASE] >= 1);
	assert_int_equal(world.count[NOTE_CONNECTED], 0);
	derive_pmk(world.ap[0].pmk, "home");
	assert_true(world_connect(&world, 800 * S_));
	world_free(&world);
}

/* The same while roaming: the other access point is stronger, and the station returns to its own. */
static void station_does_not_roam_to_renamed_network(void **state)
{
	(void)state;
	world_init(&world);
	derive_pmk(world.nets[0].pmk, "home");
	derive_pmk(world.ap[0].pmk, "home");
	world.ap[0].signal = -80;
	world_start_connected(&world);
	world.ap[1].on_air = true;
	strcpy(world.ap[1].ssid, "home");
	derive_pmk(world.ap[1].pmk, "other");
	world.ap[1].signal = -40;
	world_run(&world, 60 * S_);
	assert_int_equal(world.ap[1].connects, 0);
	assert_true(world_is_connected(&world));
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[0].bssid, 6);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* Two configured networks with the same passphrase: each is joined with its own SSID and key only. */
static void two_networks_with_same_passphrase_are_kept_apart(void **state)
{
	(void)state;
	world_init(&world);
	world.nets[1] = world.nets[0];
	world.setup.network_count = 2;
	strcpy((char *)world.nets[1].ssid, "work");
	derive_pmk(world.nets[0].pmk, "home");
	derive_pmk(world.nets[1].pmk, "work");
	world.nets[0].priority = 1;
	derive_pmk(world.ap[0].pmk, "work"); /* it says "home" */
	world_start(&world);
	assert_false(world_connect(&world, 60 * S_));
	strcpy(world.ap[0].ssid, "work");
	assert_true(world_connect(&world, 60 * S_));
	assert_int_equal(world_sta_view(&world).network, 1);
	world_free(&world);
}

/* The SSID changes between scan and association: the station asks for the SSID that it wanted, and keeps its link. */
static void changed_ssid_does_not_reach_association_or_link(void **state)
{
	struct frame *frame;

	(void)state;
	world_init(&world);
	world_start(&world);
	while (!world.ap[0].auths)
		world_run(&world, MS_ / 4);
	strcpy(world.ap[0].ssid, "away"); /* the fake access point asserts nothing: its request is looked at below */
	frame = begin_beacon(&world.ap[0]);
	strcpy(world.ap[0].ssid, "home");
	fake_ap_transmit(&world, &world.ap[0], frame);
	assert_true(world_connect(&world, S_));
	assert_string_equal(world_last_note(&world, NOTE_ASSOCIATED)->about, "home");
	/* A beacon of our BSSID with another SSID is forged, or the access point was reconfigured: it is asked. */
	world_run(&world, S_);
	world.ap[0].nulls = 0;
	strcpy(world.ap[0].ssid, "away");
	fake_ap_transmit(&world, &world.ap[0], begin_beacon(&world.ap[0]));
	strcpy(world.ap[0].ssid, "home");
	world_run(&world, 50 * MS_);
	assert_int_equal(world.ap[0].nulls, 1);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* ---- forged beacons and channel switches ---- */

/* Channel Switch Mode 1 with a count of 255 in a forged action frame: the station must not be silent for 26 s. */
static void forged_csa_does_not_silence_station(void **state)
{
	static const uint8_t spectrum[] = {0, 4, EID_CSA, 3, 1, 1, 255};
	struct frame_writer writer;
	unsigned data, retunes;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world_run(&world, S_);
	writer = mgmt_begin(MGMT_ACTION, broadcast, world.ap[0].bssid, world.ap[0].bssid);
	write_bytes(&writer, spectrum, sizeof(spectrum));
	fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
	world_run(&world, 5 * MS_);
	data = world.ap[0].data;
	retunes = world.retunes;
	world_host_send(&world, host_addr, "patience");
	world_run(&world, 2 * BEACON);
	assert_int_equal(world.ap[0].data, data + 1);
	world_run(&world, 60 * S_);
	assert_int_equal(world.retunes, retunes);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	world_free(&world);
}

/* A channel switch in a beacon with the right clock, or in an action frame. */
static struct frame *forged_switch(bool in_beacon, uint8_t mode, uint8_t count)
{
	const uint8_t csa[] = {mode, 1, count}, head[] = {0, 4, EID_CSA, sizeof(csa)};
	struct fake_ap *ap = &world.ap[0];
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, broadcast, ap->bssid, ap->bssid);
	struct frame *frame;

	if (!in_beacon) {
		write_bytes(&writer, head, sizeof(head));
		write_bytes(&writer, csa, sizeof(csa));
		return frame_writer_end(&writer);
	}
	frame_free(frame_writer_end(&writer));
	memcpy(ap->csa, csa, sizeof(csa));
	ap->csa_active = true;
	frame = fake_ap_beacon(&world, ap, MGMT_BEACON, broadcast);
	ap->csa_active = false;
	return frame;
}

/* The beacons of the access point, which has not moved, contradict the forger: the station loses and delays no frame. */
static void forged_csa_is_contradicted_by_beacons(void **state)
{
	static const uint8_t counts[] = {0, 1, 2, 5, 255};

	(void)state;
	for (unsigned kind = 0; kind < 4 * sizeof(counts); kind++) {
		bool in_beacon = kind & 1;
		unsigned data, retunes, late = 0;

		world_init(&world);
		world_start_connected(&world);
		world_run(&world, S_);
		retunes = world.retunes;
		for (unsigned i = 0; i < 200; i++) {
			fake_ap_transmit(&world, &world.ap[0],
					 forged_switch(in_beacon, kind >> 1 & 1, counts[kind / 4]));
			world_run(&world, 17 * MS_);
			data = world.ap[0].data;
			world_host_send(&world, host_addr, "patience");
			world_run(&world, 5 * MS_);
			late += world.ap[0].data != data + 1;
		}
		assert_true(late <= 5); /* until the first beacon of the access point */
		assert_int_equal(world.retunes, retunes);
		assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
		assert_true(world_ping(&world, &world.ap[0]));
		world_free(&world);
	}
}

/* A forged beacon with the longest interval, another time, and an empty TIM: the station does not sleep for minutes. */
static void forged_beacon_does_not_starve_dozing_station(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		uint64_t worst = 0;

		world_init(&world);
		world.setup.power_save = true;
		world.setup.listen_interval = 3;
		world.ap[0].dtim = 1;
		world_start_connected(&world);
		world_run(&world, S_);
		for (int i = 0; i < 50; i++) {
			struct frame *frame;
			uint64_t began = world.now;

			while (world.doze_until_ns > world.now) /* the forger knows when it listens */
				world_run(&world, MS_ / 2);
			frame = begin_beacon(&world.ap[0]);
			if (kind == 0)
				put_le16(frame_make_writable(frame) + DOT11_HDR_MIN + 8, 65535);
			else if (kind == 1)
				frame_make_writable(frame)[DOT11_HDR_MIN + 1] ^= 0xaa; /* some milliseconds */
			else
				memcpy(element_of(frame, EID_TIM) + 2, (uint8_t[]){200, 255}, 2);
			fake_ap_transmit(&world, &world.ap[0], frame);
			world_run(&world, 2 * MS_);
			if (!world.ap[0].dozes)
				continue;
			began = world.now;
			for (world.ap[0].tim_us = true; world.ap[0].dozes && world.now < began + 100 * S_;)
				world_run(&world, MS_);
			worst = world.now - began > worst ? world.now - began : worst;
			world_run(&world, 300 * MS_);
		}
		assert_true(worst < 1500 * MS_);
		assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
		world_free(&world);
	}
}

/* A forger said in our name that we doze. The TIM shows it, and the station says that it is awake. */
static void station_that_is_awake_answers_its_tim_bit(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world_run(&world, S_);
	world.ap[0].dozes = true;
	world.ap[0].tim_us = true;
	world_run(&world, 2 * BEACON);
	assert_false(world.ap[0].dozes);
	assert_false(world.ap[0].tim_us);
	world_free(&world);
}

/* ---- keys ---- */

/* A WNM-Sleep Mode Response can carry group keys. The station never asks for it, and installs none of them. */
static void wnm_sleep_response_installs_no_key(void **state)
{
	static const struct tx_options options = {0};
	const struct rsn_key *gtk = &world.ap[0].group_key_info.gtk;
	struct frame *old;
	unsigned delivered;

	(void)state;
	for (int fresh = 0; fresh < 2; fresh++) {
		struct frame_writer writer;
		uint8_t subelement[13 + 16] = {0, 11 + 16, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0};
		struct key_params use = {.id = 2, .authenticator = true};

		world_init(&world);
		world.ap[0].suite.group_management = CIPHER_BIP_CMAC_128;
		world.nets[0].pmf = 2;
		world.ap[0].mfpr = true;
		world_start_connected(&world);
		fake_ap_send(&world, &world.ap[0], broadcast, host_addr, "once");
		old = frame_clone(world.scheduled[world.scheduled_count - 1].frame);
		world_run(&world, 10 * MS_);
		delivered = world.delivered;
		subelement[2] = fresh ? 2 : gtk->id;
		memcpy(subelement + 13, gtk->bytes, 16);
		subelement[13] ^= fresh;
		writer = mgmt_begin(MGMT_ACTION, sta_addr, world.ap[0].bssid, world.ap[0].bssid);
		write_u8(&writer, WNM);
		write_u8(&writer, WNM_SLEEP_RESPONSE);
		write_u8(&writer, 1);
		write_le16(&writer, sizeof(subelement));
		write_bytes(&writer, subelement, sizeof(subelement));
		assert_int_equal(
			tx_management(&world.ap[0].tx, &world.ap[0].peer, frame_writer_end(&writer), NULL, &options),
			NOT_DROPPED);
		fake_ap_flush(&world, &world.ap[0]);
		world_run(&world, 10 * MS_);
		assert_int_equal(world.drops[DROP_MGMT_UNEXPECTED], 1);
		/* The replay counter of the installed key is what it was, and the key in the frame opens nothing. */
		fake_ap_transmit(&world, &world.ap[0], old);
		world_run(&world, 10 * MS_);
		assert_int_equal(world.drops[DROP_REPLAY], 1);
		if (fresh) {
			assert_int_equal(group_keys_set(&world.ap[0].group, world.crypto, gtk->cipher, subelement + 13,
							16, use, true),
					 0);
			fake_ap_send(&world, &world.ap[0], broadcast, host_addr, "new");
			world_run(&world, 10 * MS_);
			assert_int_equal(world.drops[DROP_NO_KEY], 1);
		}
		assert_int_equal(world.delivered, delivered);
		world_free(&world);
	}
}

/* An access point that renews its keys all the time costs frames, but neither memory nor the link. */
static void excessive_rekeys_do_not_harm_link(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	for (int i = 0; i < 300; i++) {
		fake_ap_rekey(&world, &world.ap[0]);
		world_run(&world, 10 * MS_);
		fake_ap_group_rekey(&world, &world.ap[0]);
		world_run(&world, 10 * MS_);
	}
	assert_int_equal(world.count[NOTE_REKEYED], 300);
	assert_int_equal(world.count[NOTE_GROUP_REKEYED], 300);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* ---- data ---- */

/* An Ethernet frame with an IPv4 or IPv6 header. */
static struct frame *ip_frame(const uint8_t *to, bool ip6, const uint8_t *ip_to)
{
	struct frame *frame = frame_new(64, ETHER_HLEN + (ip6 ? 40 : 20), 64);
	uint8_t *bytes = frame_make_writable(frame);

	memset(bytes, 0, frame->len);
	mac_copy(bytes, to);
	mac_copy(bytes + 6, host_addr);
	put_be16(bytes + 12, ip6 ? ETHERTYPE_IP6 : ETHERTYPE_IP4);
	bytes[ETHER_HLEN] = ip6 ? 0x60 : 0x45;
	memcpy(bytes + ETHER_HLEN + (ip6 ? 24 : 16), ip_to, ip6 ? 16 : 4);
	return frame;
}

/* Hole 196: a member of the network sends a unicast packet in a group frame, which the group key protects (RFC 1122, 3.3.6). */
static void unicast_packet_in_group_frame_is_dropped(void **state)
{
	static const struct {
		bool ip6, accepted;
		uint8_t to[16];
	} rows[] = {
		{false, false, {192, 168, 1, 23}},  {false, false, {10, 0, 0, 4}},
		{false, true, {192, 168, 1, 255}},  {false, true, {255, 255, 255, 255}},
		{false, true, {224, 0, 0, 251}},    {true, false, {0xfe, 0x80, [15] = 1}},
		{true, false, {0x20, 1, [15] = 3}}, {true, true, {0xff, 2, [15] = 1}},
	};
	static const struct tx_options options = {0};
	struct frame *own;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	/* An own address that could be the broadcast address of a small subnet: a packet of the host has shown it. */
	own = ip_frame(host_addr, false, (uint8_t[]){192, 168, 1, 1});
	mac_copy(frame_make_writable(own) + 6, sta_addr);
	memcpy(frame_make_writable(own) + ETHER_HLEN + 12, rows[0].to, 4);
	soft_sta_send(world.s, &own, 1, world.now, &world.out);
	world_apply_actions(&world);
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int group = 0; group < 2; group++) {
			unsigned delivered = world.delivered, drops = world.drops[DROP_GROUP_UNICAST];
			struct frame *frame = ip_frame(group ? broadcast : sta_addr, rows[i].ip6, rows[i].to);
			enum drop drop = group ? tx_group_data(&world.ap[0].tx, &world.ap[0].group, world.ap[0].bssid,
							       true, frame, &options)
					       : tx_data(&world.ap[0].tx, &world.ap[0].peer, frame, &options);

			assert_int_equal(drop, NOT_DROPPED);
			fake_ap_flush(&world, &world.ap[0]);
			world_run(&world, 10 * MS_);
			assert_int_equal(world.delivered - delivered, !group || rows[i].accepted);
			assert_int_equal(world.drops[DROP_GROUP_UNICAST] - drops, group && !rows[i].accepted);
		}
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renamed_network_with_same_passphrase_is_refused),
		cmocka_unit_test(station_does_not_roam_to_renamed_network),
		cmocka_unit_test(two_networks_with_same_passphrase_are_kept_apart),
		cmocka_unit_test(changed_ssid_does_not_reach_association_or_link),
		cmocka_unit_test(forged_csa_does_not_silence_station),
		cmocka_unit_test(forged_csa_is_contradicted_by_beacons),
		cmocka_unit_test(forged_beacon_does_not_starve_dozing_station),
		cmocka_unit_test(station_that_is_awake_answers_its_tim_bit),
		cmocka_unit_test(wnm_sleep_response_installs_no_key),
		cmocka_unit_test(excessive_rekeys_do_not_harm_link),
		cmocka_unit_test(unicast_packet_in_group_frame_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attacks on a station: forged and replayed frames, and forged access points. */

#include "sta_attack.h"

static struct frame *copy_frame(const struct frame *frame)
{
	struct frame *copied = frame_from(frame->data, frame->len, 0, 0);

	assert_non_null(copied);
	return copied;
}

/* Returns the frame to the station that was sent last and has not arrived yet. */
static struct frame *last_frame_in_flight(void)
{
	assert_true(world.scheduled_count && world.scheduled[world.scheduled_count - 1].kind == TO_STA);
	return world.scheduled[world.scheduled_count - 1].frame;
}

/* KRACK, CVE-2017-13077: message 4 is lost. The station answers the repeated message 3, but its PN is not reset. */
static void pairwise_key_is_not_reinstalled(void **state)
{
	struct frame *old;
	unsigned eapols;
	uint64_t pn;

	(void)state;
	world_init(&world);
	world_start(&world);
	while (!world.eapols)
		world_run(&world, MS_);
	world_run(&world, 2 * MS_);
	world.ap[0].lose_eapol = 1;
	assert_true(world_connect(&world, 300 * MS_));
	eapols = world.eapols;
	assert_int_equal(eapols, 2);
	/* Data under the new key, before message 3 is repeated. */
	world_host_send(&world, host_addr, "one");
	world_host_send(&world, host_addr, "two");
	pn = world.pn;
	assert_true(pn >= 2);
	world_run(&world, 1200 * MS_);
	assert_int_equal(world.eapols, eapols + 1);
	assert_int_equal(world.ap[0].connects, 1);
	assert_int_equal(world.count[NOTE_REKEYED], 0);
	world_host_send(&world, host_addr, "three");
	assert_true(world.pn > pn);
	fake_ap_send(&world, &world.ap[0], sta_addr, host_addr, "once");
	old = copy_frame(last_frame_in_flight());
	world_run(&world, 10 * MS_);
	assert_int_equal(world.delivered, 1);
	put_le16(frame_make_writable(old) + DOT11_OFF_SEQ, 0x7770); /* so that it is not dropped as a duplicate */
	fake_ap_transmit(&world, &world.ap[0], old);
	world_run(&world, 10 * MS_);
	assert_int_equal(world.delivered, 1);
	assert_int_equal(world.drops[DROP_REPLAY], 1);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/*
 * The same during a rekey. An access point that holds one key at a time repeats message 3 under the old key, and the
 * answer must be under the old key, too (12.7.6.5). The packet numbers of the new key continue.
 */
static void repeated_message_3_is_answered_under_its_key(void **state)
{
	uint64_t before, pn;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	for (int i = 0; i < 5; i++)
		world_host_send(&world, host_addr, "old");
	before = world.pn;
	fake_ap_rekey(&world, &world.ap[0]);
	while (!world.count[NOTE_REKEYED])
		world_run(&world, MS_ / 2);
	world.ap[0].lose_eapol = 1; /* message 4 has been sent, but has not arrived */
	world_host_send(&world, host_addr, "new");
	pn = world.pn;
	assert_true(pn < before);
	world_run(&world, 90 * MS_);
	assert_int_equal(world.ap[0].authenticator.state, AUTHENTICATOR_MSG3_SENT);
	world.pn = 0;
	world_run(&world, 20 * MS_);
	assert_int_equal(world.ap[0].authenticator.state, AUTHENTICATOR_DONE);
	assert_true(world.pn > before + 2); /* messages 2 and 4, and message 4 again */
	assert_int_equal(world.count[NOTE_REKEYED], 1);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	world_host_send(&world, host_addr, "new");
	assert_int_equal(world.pn, pn + 1);
	world_run(&world, 10 * MS_);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* CVE-2017-13080: group message 2 is lost, so group message 1 is repeated. Replayed group frames are dropped. */
static void group_key_is_not_reinstalled(void **state)
{
	struct frame *old;
	unsigned delivered;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	world.ap[0].lose_eapol = 1;
	fake_ap_group_rekey(&world, &world.ap[0]);
	world_run(&world, 10 * MS_);
	assert_int_equal(world.count[NOTE_GROUP_REKEYED], 1);
	fake_ap_send(&world, &world.ap[0], broadcast, host_addr, "once");
	old = copy_frame(last_frame_in_flight());
	world_run(&world, 10 * MS_);
	delivered = world.delivered;
	assert_int_equal(delivered, 1);
	world_run(&world, 1500 * MS_); /* group message 1 is repeated */
	assert_int_equal(world.count[NOTE_GROUP_REKEYED], 1);
	fake_ap_transmit(&world, &world.ap[0], old);
	world_run(&world, 10 * MS_);
	assert_int_equal(world.delivered, delivered);
	assert_int_equal(world.drops[DROP_REPLAY], 1);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void downgraded_rsne_is_detected(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].wrong_rsne = true;
	world_start(&world);
	assert_false(world_connect(&world, 5 * S_));
	assert_true(world.count[NOTE_DOWNGRADE] >= 1);
	assert_int_equal(world.ap[0].deauth_reason, REASON_ELEMENT_MISMATCH);
	assert_int_equal(world.count[NOTE_CONNECTED], 0);
	world_free(&world);
}

/* Forged beacons hide the RSN element of a network with RSN and WPA; message 3 reveals the downgrade. */
static void suppressed_rsn_element_is_detected(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].suite.wpa = true;
	world.ap[0].suite.pairwise = world.ap[0].suite.group = CIPHER_TKIP;
	world.ap[0].mixed = true;
	world.ap[0].hides_rsn = true;
	world_start(&world);
	assert_false(world_connect(&world, 5 * S_));
	assert_true(world.count[NOTE_DOWNGRADE] >= 1);
	assert_int_equal(world.ap[0].deauth_reason, REASON_ELEMENT_MISMATCH);
	assert_int_equal(world.count[NOTE_CONNECTED], 0);
	world_free(&world);
}

static struct frame *clear_frame(const uint8_t *bssid, const uint8_t *to, uint16_t type)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 3};
	struct frame *frame = frame_new(0, DOT11_HDR_MIN + 8 + EAPOL_KEY_MIN_LEN, 0);
	uint8_t *bytes = frame_make_writable(frame);

	put_le16(bytes, FC_DATA | FC_FROM_DS);
	mac_copy(bytes + DOT11_OFF_ADDR1, to);
	mac_copy(bytes + DOT11_OFF_ADDR2, bssid);
	mac_copy(bytes + DOT11_OFF_ADDR3, type == ETHERTYPE_EAPOL ? bssid : host_addr);
	memcpy(bytes + DOT11_HDR_MIN, snap, 6);
	put_be16(bytes + DOT11_HDR_MIN + 6, type);
	return frame;
}

static struct frame *message_1(const uint8_t *bssid)
{
	struct frame *frame = clear_frame(bssid, sta_addr, ETHERTYPE_EAPOL);
	uint8_t nonce[32] = {1};
	struct eapol_key eapol = {.version = 2,
				  .mic_len = EAPOL_MIC_LEN,
				  .descriptor = EAPOL_DESCRIPTOR_RSN,
				  .info = 2 | KEY_INFO_PAIRWISE | KEY_INFO_ACK,
				  .key_len = 16,
				  .replay_counter = UINT64_MAX,
				  .nonce = nonce};

	eapol_key_write(&eapol, frame_make_writable(frame) + DOT11_HDR_MIN + 8);
	return frame;
}

static void eapol_of_other_bss_is_ignored(void **state)
{
	unsigned eapols;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	eapols = world.eapols;
	fake_ap_transmit(&world, &world.ap[0], message_1(world.ap[1].bssid));
	world_run(&world, 10 * MS_);
	assert_int_equal(world.drops[DROP_ADDRESSES], 1);
	assert_int_equal(world.eapols, eapols);
	world_free(&world);
}

/* Group frames of neighbouring BSSs are normal traffic, and not counted like forged frames. */
static void neighbour_group_frames_count_as_other_bss(void **state)
{
	static const uint8_t neighbour[6] = {2, 0, 0, 0, 9, 9};

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	for (int connected = 1; connected >= 0; connected--) {
		struct frame_writer probe = mgmt_begin(MGMT_PROBE_REQUEST, broadcast, neighbour, broadcast);
		struct frame_writer deauth = mgmt_begin(MGMT_DEAUTH, broadcast, world.ap[1].bssid, world.ap[1].bssid);

		if (!connected) {
			fake_ap_send_reason(&world, &world.ap[0], MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
			world.ap[0].on_air = false;
			world_run(&world, 10 * MS_);
		}
		memset(world.drops, 0, sizeof(world.drops));
		write_element(&probe, EID_SSID, NULL, 0);
		write_le16(&deauth, REASON_LEAVING);
		fake_ap_transmit(&world, &world.ap[0], clear_frame(world.ap[1].bssid, broadcast, 0x0806));
		fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&probe));
		fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&deauth));
		world_run(&world, 2 * MS_);
		assert_int_equal(world.drops[DROP_OTHER_BSS], 3);
		assert_int_equal(world.drops[DROP_ADDRESSES] + world.drops[DROP_MGMT_UNEXPECTED] +
					 world.drops[DROP_NOT_CONNECTED],
				 0);
	}
	world_free(&world);
}

/* Message 1 has no MIC, so anyone can forge it: on an established link it is not answered. */
static void forged_message_1_does_not_disturb_link(void **state)
{
	unsigned eapols;

	(void)state;
	world_init(&world);
	world_start_connected(&world);
	eapols = world.eapols;
	fake_ap_transmit(&world, &world.ap[0], message_1(world.ap[0].bssid));
	world_run(&world, 30 * S_);
	assert_int_equal(world.drops[DROP_EAPOL_UNEXPECTED], 1);
	assert_int_equal(world.eapols, eapols);
	assert_int_equal(world.count[NOTE_DISCONNECTED], 0);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

static void plaintext_is_dropped_with_keys_installed(void **state)
{
	(void)state;
	world_init(&world);
	world_start_connected(&world);
	fake_ap_transmit(&world, &world.ap[0], clear_frame(world.ap[0].bssid, sta_addr, ETHERTYPE_IP4));
	fake_ap_transmit(&world, &world.ap[0], clear_frame(world.ap[0].bssid, broadcast, ETHERTYPE_IP4));
	world_run(&world, 10 * MS_);
	assert_int_equal(world.drops[DROP_UNPROTECTED], 2);
	assert_int_equal(world.delivered, 0);
	world_free(&world);
}

/* Before the keys are installed, the controlled port is closed. */
static void no_data_passes_before_keys(void **state)
{
	(void)state;
	world_init(&world);
	world.ap[0].no_message_1 = true;
	world_start(&world);
	while (!world.count[NOTE_ASSOCIATED])
		world_run(&world, MS_);
	fake_ap_transmit(&world, &world.ap[0], clear_frame(world.ap[0].bssid, sta_addr, ETHERTYPE_IP4));
	world_host_send(&world, host_addr, "not yet");
	world_run(&world, 10 * MS_);
	assert_int_equal(world.drops[DROP_UNPROTECTED], 1);
	assert_int_equal(world.delivered, 0);
	assert_int_equal(world.ap[0].data, 0);
	world_free(&world);
}

static void start_tkip_link(void)
{
	world_init(&world);
	world.ap[0].suite.pairwise = world.ap[0].suite.group = CIPHER_TKIP;
}

static void send_michael_failure(bool group)
{
	struct key *key = group ? &world.ap[0].group.gtk[world.ap[0].group.gtk_id] : &world.ap[0].peer.pairwise;

	key->tkip.michael_tx[0] ^= 1;
	fake_ap_send(&world, &world.ap[0], group ? broadcast : sta_addr, host_addr, "forged");
	key->tkip.michael_tx[0] ^= 1;
	world_run(&world, 10 * MS_);
}

/* IEEE 802.11-2016 12.5.2.4 */
static void two_michael_failures_within_60_s_disable_tkip_at_station(void **state)
{
	(void)state;
	start_tkip_link();
	world_start_connected(&world);
	send_michael_failure(false);
	assert_int_equal(world.count[NOTE_MICHAEL], 1);
	assert_int_equal(world.ap[0].finding, RSN_MICHAEL_FAILURE); /* the station has reported the failure */
	world_run(&world, 61 * S_);
	send_michael_failure(true);
	world_run(&world, 10 * MS_);
	assert_int_equal(world.count[NOTE_COUNTERMEASURES], 0);
	assert_true(world_ping(&world, &world.ap[0]));
	send_michael_failure(false);
	world_run(&world, 10 * MS_);
	assert_int_equal(world.count[NOTE_COUNTERMEASURES], 1);
	assert_int_equal(world.ap[0].deauth_reason, REASON_MIC_FAILURE);
	assert_int_equal(world.delivered, 2);
	assert_false(world_connect(&world, 59 * S_));
	assert_true(world_connect(&world, 5 * S_));
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* A wrong ICV is a transmission error, so it is not counted as a Michael failure. */
static void wrong_icv_is_not_counted_as_michael_failure(void **state)
{
	(void)state;
	start_tkip_link();
	world_start_connected(&world);
	for (int i = 0; i < 3; i++) {
		struct frame *frame;

		fake_ap_send(&world, &world.ap[0], sta_addr, host_addr, "damaged");
		frame = last_frame_in_flight();
		frame_make_writable(frame)[frame->len - 1] ^= 1;
		world_run(&world, 10 * MS_);
	}
	assert_int_equal(world.drops[DROP_MPDU_ICV], 3);
	assert_int_equal(world.count[NOTE_MICHAEL], 0);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* Random frames in any state neither crash the station nor keep it from connecting afterwards. */
static void random_frames_are_survived(void **state)
{
	struct random rng;
	uint8_t seed[RANDOM_SEED_LEN] = {9};

	(void)state;
	start_pmf_link();
	world_start(&world);
	random_init(&rng, world.crypto, seed);
	for (int i = 0; i < 20000; i++) {
		uint8_t bytes[200];
		size_t len = random_below(&rng, sizeof(bytes));
		struct frame *frame;

		random_bytes(&rng, bytes, sizeof(bytes));
		if (i % 4) {
			bytes[0] &= 0xfc;
			mac_copy(bytes + DOT11_OFF_ADDR1, i % 8 == 1 ? broadcast : sta_addr);
			mac_copy(bytes + DOT11_OFF_ADDR2, world.ap[0].bssid);
			mac_copy(bytes + DOT11_OFF_ADDR3, world.ap[0].bssid);
		}
		frame = frame_from(bytes, len, 0, 0);
		fake_ap_transmit(&world, &world.ap[0], frame);
		world_run(&world, i % 50 ? MS_ / 2 : 20 * MS_);
	}
	assert_int_equal(world.delivered, 0);
	world_run(&world, 120 * S_);
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairwise_key_is_not_reinstalled),
		cmocka_unit_test(repeated_message_3_is_answered_under_its_key),
		cmocka_unit_test(group_key_is_not_reinstalled),
		cmocka_unit_test(downgraded_rsne_is_detected),
		cmocka_unit_test(suppressed_rsn_element_is_detected),
		cmocka_unit_test(eapol_of_other_bss_is_ignored),
		cmocka_unit_test(neighbour_group_frames_count_as_other_bss),
		cmocka_unit_test(forged_message_1_does_not_disturb_link),
		cmocka_unit_test(plaintext_is_dropped_with_keys_installed),
		cmocka_unit_test(no_data_passes_before_keys),
		cmocka_unit_test(two_michael_failures_within_60_s_disable_tkip_at_station),
		cmocka_unit_test(wrong_icv_is_not_counted_as_michael_failure),
		cmocka_unit_test(random_frames_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

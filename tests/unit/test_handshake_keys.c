/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attacks on the messages of the handshakes: early and forged ones, downgrades, and others. */

#include "handshake_wpa2.h"

/* Message 4 proves nothing before an authentic message 2: there is no nonce to derive the PTK from. */
static void message_4_before_message_2_is_refused(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		uint8_t zero[RSN_KCK_MAX] = {0};
		struct handshake_frame forged = {0};
		struct eapol_key eapol = {.version = 2,
					  .mic_len = rsn_profile(&suites[i]).mic_len,
					  .descriptor = suites[i].wpa ? EAPOL_DESCRIPTOR_WPA : EAPOL_DESCRIPTOR_RSN,
					  .info = KEY_INFO_PAIRWISE | KEY_INFO_MIC | KEY_INFO_SECURE |
						  rsn_descriptor_version(&suites[i]),
					  .replay_counter = 1};

		pair_setup_and_start(&pair, *state, &suites[i]);
		/* With a MIC of an all-zero PTK, too. */
		forged.len = eapol_key_write(&eapol, forged.bytes);
		assert_int_equal(rsn_mic_write(*state, &suites[i], zero, forged.bytes, forged.len), 0);
		pair_deliver(&pair, &forged);
		assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_UNEXPECTED);
		assert_int_equal(pair.authenticator.state, AUTHENTICATOR_MSG1_SENT);
		assert_int_equal(pair.at_authenticator.ptks, 0);
		/* With key data it is a message 2 with a wrong MIC. */
		eapol.data =
			(struct span){pair.authenticator.setup.peer_element, pair.authenticator.setup.peer_element_len};
		forged.len = eapol_key_write(&eapol, forged.bytes);
		assert_int_equal(rsn_mic_write(*state, &suites[i], zero, forged.bytes, forged.len), 0);
		pair_deliver(&pair, &forged);
		assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_MIC);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		pair_free(&pair);
	}
}

/* Message 1 has no MIC: forged ones, with any nonce and counter, before and between, change nothing. */
static void forged_message_1_does_not_disturb_handshake(void **state)
{
	struct handshake_pair pair;

	for (unsigned when = 0; when < 5; when++) {
		unsigned count = 0;

		pair_setup_and_start(&pair, *state, wpa2);
		for (; pair.count || count <= when; count++) {
			struct handshake_frame forged = pair.log[0];

			if (count == when) {
				pair_fill(&pair, forged.bytes + 17, RSN_NONCE_LEN);
				put_be32(forged.bytes + 9, 0x7fffffff);
				pair_deliver(&pair, &forged);
				/* Its answer goes to the attacker. */
				if (pair.at_supplicant.drop == NOT_DROPPED)
					pair_take_frame(&pair, pair.count - 1);
			}
			if (pair.count)
				pair_deliver_next(&pair, 1);
		}
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.at_supplicant.ptks, 1);
		pair_free(&pair);
	}
}

static void all_zero_group_key_is_refused(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&pair, *state, &suites[i]);
		memset(pair.group.gtk.bytes, 0, KEY_MAX);
		pair_start(&pair);
		pair_settle(&pair);
		assert_int_equal(pair.at_supplicant.gtks, 0);
		assert_false(pair.supplicant.authorised);
		assert_int_not_equal(pair.at_authenticator.disconnect, 0);
		pair_free(&pair);
	}
}

/* The elements of beacon and association request must equal those of the handshake: no downgrade. */
static void downgraded_element_ends_handshake(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&pair, *state, &suites[i]);
		pair.supplicant.setup.peer_element[pair.supplicant.setup.peer_element_len - 1] ^= 1;
		pair_start(&pair);
		pair_run(&pair);
		assert_int_equal(pair.at_supplicant.drop, DROP_EAPOL_RSNE);
		assert_int_equal(pair.at_supplicant.finding, RSN_ELEMENT_MISMATCH);
		assert_int_equal(pair.at_supplicant.disconnect, REASON_ELEMENT_MISMATCH);
		assert_int_equal(pair.at_supplicant.ptks + pair.at_supplicant.gtks, 0);
		pair_free(&pair);

		pair_setup(&pair, *state, &suites[i]);
		pair.authenticator.setup.peer_element[pair.authenticator.setup.peer_element_len - 1] ^= 1;
		pair_start(&pair);
		pair_run(&pair);
		assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_RSNE);
		assert_int_equal(pair.at_authenticator.finding, RSN_ELEMENT_MISMATCH);
		assert_int_equal(pair.at_authenticator.disconnect, REASON_ELEMENT_MISMATCH);
		assert_int_equal(pair.at_authenticator.ptks, 0);
		pair_free(&pair);
	}
}

/*
 * Key data may carry an RSN and a WPA element: the one of the other protocol does not count, wherever it stands. (An RSN
 * element that the beacon lacks shows a downgrade to WPA: suppressed_rsn_element_is_detected in test_sta_attack.c.)
 */
static void element_of_other_protocol_is_ignored(void **state)
{
	static const uint8_t rsn[] = {EID_RSN, 2, 1, 0}, wpa[] = {EID_VENDOR, 6, 0x00, 0x50, 0xf2, 1, 1, 0};
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (int place = 0; place < 4; place++) {
			uint8_t *element;
			size_t *len, other_len = suites[i].wpa ? sizeof(rsn) : sizeof(wpa);
			bool first = place & 1;

			pair_setup(&pair, *state, &suites[i]);
			element = place & 2 ? pair.authenticator.setup.own_element : pair.supplicant.setup.own_element;
			len = place & 2 ? &pair.authenticator.setup.own_element_len
					: &pair.supplicant.setup.own_element_len;
			if (first)
				memmove(element + other_len, element, *len);
			memcpy(first ? element : element + *len, suites[i].wpa ? rsn : wpa, other_len);
			*len += other_len;
			/* The beacon has both elements, too; an RSN element that it lacks would be a downgrade. */
			memcpy(pair.supplicant.setup.peer_rsn_element, rsn, sizeof(rsn));
			pair.supplicant.setup.peer_rsn_element_len = sizeof(rsn);
			pair_start(&pair);
			pair_run(&pair);
			assert_true(pair_agrees(&pair));
			pair_free(&pair);
		}
}

/* Unencrypted group keys are refused, although the MIC is correct. */
static void unencrypted_group_key_is_refused(void **state)
{
	struct handshake_pair pair;
	uint8_t data[128];
	struct eapol_key eapol;
	struct handshake_frame message;

	pair_setup_and_start(&pair, *state, wpa2);
	pair_deliver_next(&pair, 2);
	message = pair_take_frame(&pair, 0);
	assert_int_equal(eapol_key_parse(&eapol, message.bytes, message.len, EAPOL_MIC_LEN), NOT_DROPPED);
	memcpy(data, pair.authenticator.setup.own_element, pair.authenticator.setup.own_element_len);
	kde_write_header(data + pair.authenticator.setup.own_element_len, KDE_GTK, 18)[0] = 1;
	memset(data + pair.authenticator.setup.own_element_len + KDE_HEADER_LEN + 1, 0x42, 17);
	eapol.info &= ~KEY_INFO_ENCRYPTED;
	eapol.data = (struct span){data, pair.authenticator.setup.own_element_len + KDE_HEADER_LEN + 18};
	struct handshake_frame clear = {.to_supplicant = true};

	clear.len = eapol_key_write(&eapol, clear.bytes);
	assert_int_equal(rsn_mic_write(*state, wpa2, pair.authenticator.new_ptk.kck, clear.bytes, clear.len), 0);
	pair_deliver(&pair, &clear);
	assert_int_equal(pair.at_supplicant.drop, DROP_EAPOL_KEY_DATA);
	assert_int_equal(pair.at_supplicant.ptks + pair.at_supplicant.gtks, 0);
	pair_free(&pair);
}

/* Overlong key data with a correct MIC is refused, and no buffer overflows. */
static void unterminated_key_data_is_refused(void **state)
{
	static uint8_t frame[EAPOL_KEY_MIN_LEN + 16 + 4000], data[4000];
	size_t frame_len;
	uint8_t mic_len;
	uint8_t random[RSN_NONCE_LEN] = {1};
	struct rsn_out out;
	struct eapol_key eapol;
	struct handshake_frame message;
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (size_t len = 560; len <= sizeof(data); len += 40) {
			pair_setup_and_start(&pair, *state, &suites[i]);
			pair_deliver_next(&pair, 2);
			message = pair_take_frame(&pair, 0);
			mic_len = rsn_profile(&suites[i]).mic_len;
			assert_int_equal(eapol_key_parse(&eapol, message.bytes, message.len, mic_len), NOT_DROPPED);
			eapol.data = (struct span){data, len};
			frame_len = eapol_key_write(&eapol, frame);
			assert_int_equal(
				rsn_mic_write(*state, &suites[i], pair.authenticator.new_ptk.kck, frame, frame_len), 0);
			supplicant_receive(&pair.supplicant, frame, frame_len, false, random, pair.now, &out);
			assert_int_equal(out.drop, suites[i].wpa ? DROP_EAPOL_RSNE : DROP_EAPOL_KEY_DATA);
			assert_int_equal(out.ptk.len + out.gtk.len, 0);
			pair_free(&pair);
		}
}

/* The answer to the previous group key does not confirm the new one. */
static void stale_group_message_2_is_refused(void **state)
{
	struct handshake_frame old;
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup_and_start(&pair, *state, &suites[i]);
		pair_run(&pair);
		pair_new_group_keys(&pair);
		pair_send_group_keys(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		old = pair.log[pair.log_count - 1];
		assert_false(old.to_supplicant);
		pair_new_group_keys(&pair);
		pair_send_group_keys(&pair);
		pair_deliver(&pair, &old);
		assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_REPLAY);
		assert_int_equal(pair.authenticator.state, AUTHENTICATOR_GROUP_MSG1_SENT);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		pair_free(&pair);
	}
}

/* The same message with another counter and a correct MIC, as if its sender counted differently. */
static struct handshake_frame with_replay_counter(struct handshake_pair *pair, const struct handshake_frame *message,
						  uint64_t counter, const uint8_t *kck)
{
	struct handshake_frame flying = *message;

	put_be32(flying.bytes + 9, (uint32_t)(counter >> 32));
	put_be32(flying.bytes + 13, (uint32_t)counter);
	assert_int_equal(rsn_mic_write(pair->crypto, &pair->authenticator.setup.suite, kck, flying.bytes, flying.len),
			 0);
	return flying;
}

/* An answer carries a counter of its message: none of an earlier one, and none of a future one. */
static void answer_carries_request_replay_counter(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct handshake_frame message, flying;
		uint8_t kck[RSN_KCK_MAX];

		pair_setup_and_start(&pair, *state, &suites[i]);
		pair.count = 0;
		assert_true(pair_advance(&pair)); /* message 1 again: counters 1 and 2 */
		message = pair_take_frame(&pair, 0);
		pair_deliver(&pair, &message);
		assert_int_equal(rsn_derive_kck(*state, &suites[i], pair.pmks[1], &pair.authenticator.setup.addresses,
						pair.authenticator.anonce, pair.supplicant.snonce, kck),
				 0);
		message = pair_take_frame(&pair, 0);
		for (uint64_t counter = 0; counter < 5; counter++) {
			flying = with_replay_counter(&pair, &message, counter == 4 ? UINT64_MAX : counter, kck);
			if (counter == 1 || counter == 2)
				continue;
			pair_deliver(&pair, &flying);
			assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_REPLAY);
			assert_int_equal(pair.authenticator.state, AUTHENTICATOR_MSG1_SENT);
		}
		/* The answer to the first message 1, late, is valid. */
		flying = with_replay_counter(&pair, &message, 1, kck);
		pair_deliver(&pair, &flying);
		assert_int_equal(pair.at_authenticator.drop, NOT_DROPPED);
		/* After message 3 an answer to message 1 is invalid. */
		pair_deliver(&pair, &message);
		assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_UNEXPECTED);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		pair_free(&pair);
	}
}

/* The counter may jump and start anywhere; it does not wrap. */
static void replay_counter_limits(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&pair, *state, &suites[i]);
		pair.authenticator.replay_counter = UINT64_MAX - 8;
		pair_start(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		pair_free(&pair);

		pair_setup(&pair, *state, &suites[i]);
		pair.authenticator.replay_counter = UINT64_MAX; /* the next one is 0 */
		pair_start(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		pair.authenticator.replay_counter = UINT64_MAX - (suites[i].wpa ? 3 : 2);
		pair_start(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		pair_start(&pair);
		pair_run(&pair);
		assert_int_equal(pair.at_supplicant.drop, DROP_EAPOL_REPLAY);
		assert_int_equal(pair.at_supplicant.ptks, 2);
		pair_free(&pair);
	}
}

/* Frames with another descriptor version announce weaker protection than negotiated. */
static void other_suite_is_refused(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned version = 0; version < 8; version++) {
			struct handshake_frame message;

			pair_setup_and_start(&pair, *state, &suites[i]);
			message = pair_take_frame(&pair, 0);
			if (version == rsn_descriptor_version(&suites[i])) {
				message.bytes[4] ^= EAPOL_DESCRIPTOR_RSN ^ EAPOL_DESCRIPTOR_WPA;
			} else {
				put_be16(message.bytes + 5, (be16(message.bytes + 5) & ~KEY_INFO_VERSION) | version);
			}
			pair_deliver(&pair, &message);
			assert_int_equal(pair.at_supplicant.drop, DROP_EAPOL_SUITE);
			pair_free(&pair);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_4_before_message_2_is_refused),
		cmocka_unit_test(forged_message_1_does_not_disturb_handshake),
		cmocka_unit_test(all_zero_group_key_is_refused),
		cmocka_unit_test(downgraded_element_ends_handshake),
		cmocka_unit_test(element_of_other_protocol_is_ignored),
		cmocka_unit_test(unencrypted_group_key_is_refused),
		cmocka_unit_test(unterminated_key_data_is_refused),
		cmocka_unit_test(stale_group_message_2_is_refused),
		cmocka_unit_test(answer_carries_request_replay_counter),
		cmocka_unit_test(replay_counter_limits),
		cmocka_unit_test(other_suite_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

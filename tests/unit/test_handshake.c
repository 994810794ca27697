/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 4-way and the group key handshake, with both ends in memory, over a lossy link with attackers. */
#include "handshake_wpa2.h"

#include "softmac/key.h"

/* Asserts that a frame passes under the keys that both ends installed, in both directions and to the group. */
static void assert_data_passes(struct handshake_pair *pair, const struct rsn_key *out, const struct rsn_key *in,
			       bool from_ap)
{
	uint8_t bytes[60] = {0x08, from_ap ? 0x02 : 0x01, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3};
	struct frame *frame = frame_from(bytes, sizeof(bytes), 0, 0);
	struct key seal = {0}, open = {0};
	uint64_t pn;

	assert_int_equal(key_set(&seal, pair->crypto, out->cipher, out->bytes, out->len,
				 (struct key_params){.id = out->id, .authenticator = from_ap}),
			 0);
	assert_int_equal(key_set(&open, pair->crypto, in->cipher, in->bytes, in->len,
				 (struct key_params){.id = in->id, .authenticator = !from_ap, .rsc = in->rsc}),
			 0);
	assert_int_equal(key_seal_msdu(&seal, frame), NOT_DROPPED);
	assert_int_equal(key_seal(&seal, frame), NOT_DROPPED);
	assert_int_equal(key_open(&open, frame, &pn), NOT_DROPPED);
	assert_int_equal(key_open_msdu(&open, frame, pn), NOT_DROPPED);
	assert_memory_equal(frame->data, bytes, sizeof(bytes));
	frame_free(frame);
	key_wipe(&seal);
	key_wipe(&open);
}

static void handshake_completes_with_every_suite(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup_and_start(&pair, *state, &suites[i]);
		assert_int_equal(pair_run(&pair), suites[i].wpa ? 6 : 4);
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.authenticator.pmk_index, 1); /* the second of three passphrases */
		assert_int_equal(pair.at_authenticator.ptks + pair.at_supplicant.ptks + pair.at_supplicant.gtks, 3);
		assert_int_equal(pair.at_supplicant.igtks, suites[i].group_management != CIPHER_NONE);
		assert_int_equal(pair.at_authenticator.authorised + pair.at_supplicant.authorised, 2);
		assert_int_equal(pair.at_authenticator.wake_ns + pair.at_supplicant.wake_ns, 0);
		assert_data_passes(&pair, &pair.at_authenticator.ptk, &pair.at_supplicant.ptk, true);
		assert_data_passes(&pair, &pair.at_supplicant.ptk, &pair.at_authenticator.ptk, false);
		assert_data_passes(&pair, &pair.group.gtk, &pair.at_supplicant.gtk, true);
		pair_free(&pair);
	}
}

/* Loses the n-th frame on the link and its next `more` successors. */
static void each_lost_message_is_recovered(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned lost = 0; lost < (suites[i].wpa ? 6 : 4); lost++)
			for (unsigned more = 0; more < 3; more++) {
				unsigned count = 0;

				pair_setup_and_start(&pair, *state, &suites[i]);
				do
					for (; pair.count; count++) {
						struct handshake_frame message = pair_take_frame(&pair, 0);

						if (count < lost || count > lost + more)
							pair_deliver(&pair, &message);
					}
				while (!pair_agrees(&pair) && pair_advance(&pair));
				assert_true(pair_agrees(&pair));
				assert_int_equal(pair.at_supplicant.ptks, 1);
				assert_int_equal(pair.at_authenticator.ptks, 1);
				assert_int_equal(pair.at_supplicant.gtks, 1);
				pair_free(&pair);
			}
}

static void each_duplicated_message_is_harmless(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned twice = 0; twice < 6; twice++) {
			unsigned count = 0;

			pair_setup_and_start(&pair, *state, &suites[i]);
			for (; pair.count; count++) {
				struct handshake_frame message = pair_take_frame(&pair, 0);

				pair_deliver(&pair, &message);
				if (count == twice)
					pair_deliver(&pair, &message);
			}
			assert_true(pair_agrees(&pair));
			assert_int_equal(pair.at_supplicant.ptks + pair.at_authenticator.ptks + pair.at_supplicant.gtks,
					 3);
			pair_free(&pair);
		}
}

/* Replays all frames to both ends in each state: no key is installed, and the link still works. */
static void replayed_eapol_messages_are_discarded(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup_and_start(&pair, *state, &suites[i]);
		while (pair.count) {
			struct handshake_frame message = pair_take_frame(&pair, 0);

			pair_deliver(&pair, &message);
			for (unsigned count = 0; pair.supplicant.replay_counter_valid && count < pair.log_count;
			     count++) {
				struct handshake_frame old = pair.log[count];

				if (pair.count && pair_same_frame(&old, &pair.in_flight[pair.count - 1]))
					continue; /* this one is new */
				unsigned before = pair.count;

				/* As if the attacker had the key. */
				old.protected = pair.supplicant.ptk_installed;
				old.key = old.to_supplicant ? pair.at_supplicant.ptk : pair.at_authenticator.ptk;
				pair_deliver(&pair, &old);
				assert_int_not_equal(old.to_supplicant ? pair.at_supplicant.drop
								       : pair.at_authenticator.drop,
						     NOT_DROPPED);
				assert_int_equal(pair.count, before); /* without an answer */
			}
		}
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.at_supplicant.ptks + pair.at_authenticator.ptks + pair.at_supplicant.gtks, 3);
		pair_free(&pair);
	}
}

/* A frame truncated anywhere is dropped with a reason and without an answer; the whole frame is accepted later. */
static void truncated_eapol_frames_are_refused(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup_and_start(&pair, *state, &suites[i]);
		while (pair.count) {
			struct handshake_frame message = pair_take_frame(&pair, 0), cut = message;

			for (cut.len = 0; cut.len < message.len; cut.len++) {
				uint8_t *exact = malloc(cut.len + 1);
				struct rsn_out out;

				/* In a buffer of the exact size, so that sanitizers detect reads beyond it. */
				memcpy(exact, message.bytes, cut.len);
				if (message.to_supplicant)
					supplicant_receive(&pair.supplicant, exact, cut.len, message.protected,
							   pair.pmks[0], pair.now, &out);
				else
					authenticator_receive(&pair.authenticator, exact, cut.len, pair.now, &out);
				assert_int_equal(out.drop, DROP_EAPOL_MALFORMED);
				assert_int_equal(out.frame_len, 0);
				free(exact);
			}
			pair_deliver(&pair, &message);
		}
		assert_true(pair_agrees(&pair));
		pair_free(&pair);
	}
}

/* Each flipped bit of each message: it is dropped, or, in message 1, which has no MIC, harmless. */
static void eapol_frame_with_any_changed_bit_is_refused(void **state)
{
	struct handshake_pair pair, before;

	for (size_t i = 0; i < COUNT(suites); i += 3) {
		unsigned number = 0;

		pair_setup_and_start(&pair, *state, &suites[i]);
		for (; pair.count; number++) {
			struct handshake_frame message = pair_take_frame(&pair, 0);

			before = pair;
			for (size_t bit = 0; bit < 8 * message.len; bit++) {
				struct handshake_frame bad = message;

				bad.bytes[bit / 8] ^= 1 << bit % 8;
				pair_deliver(&pair, &bad);
				if (number)
					assert_int_not_equal(bad.to_supplicant ? pair.at_supplicant.drop
									       : pair.at_authenticator.drop,
							     NOT_DROPPED);
				assert_int_equal(pair.at_supplicant.ptks, before.at_supplicant.ptks);
				assert_int_equal(pair.at_authenticator.ptks, before.at_authenticator.ptks);
				if (!number)
					pair = before;
			}
			pair_deliver(&pair, &message);
		}
		assert_true(pair_agrees(&pair));
		pair_free(&pair);
	}
}

/* The declared length counts: bytes after it are not read. */
static void eapol_read_is_bounded_by_declared_length(void **state)
{
	struct handshake_pair pair;

	pair_setup_and_start(&pair, *state, wpa2);
	while (pair.count) {
		struct handshake_frame message = pair_take_frame(&pair, 0), longer = message;
		uint16_t declared = be16(message.bytes + 2);

		put_be16(longer.bytes + 2, declared + 1);
		pair_deliver(&pair, &longer);
		assert_int_equal(message.to_supplicant ? pair.at_supplicant.drop : pair.at_authenticator.drop,
				 DROP_EAPOL_MALFORMED);
		memset(message.bytes + message.len, 0xee, 40);
		message.len += 40;
		pair_deliver(&pair, &message);
	}
	assert_true(pair_agrees(&pair));
	pair_free(&pair);
}

static void wrong_passphrase_is_reported_by_both_ends(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&pair, *state, &suites[i]);
		pair.supplicant.setup.pmk[0] ^= 1;
		pair_start(&pair);
		pair_run(&pair);
		assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_MIC);
		pair_settle(&pair);
		assert_int_equal(pair.at_authenticator.finding, RSN_WRONG_PASSPHRASE);
		assert_int_equal(pair.at_authenticator.disconnect, REASON_4WAY_TIMEOUT);
		/* The station detects it by the disconnection, or by the timeout. */
		assert_int_equal(supplicant_disconnected(&pair.supplicant), RSN_WRONG_PASSPHRASE);
		assert_int_equal(pair.at_supplicant.finding, RSN_WRONG_PASSPHRASE);
		assert_int_equal(pair.at_supplicant.ptks + pair.at_authenticator.ptks + pair.at_supplicant.gtks, 0);
		pair_free(&pair);
	}
}

/* A station out of range does not have a wrong passphrase. */
static void silent_peer_is_not_reported_as_wrong_passphrase(void **state)
{
	struct handshake_pair pair;

	pair_setup_and_start(&pair, *state, wpa2);
	do
		pair.count = 0;
	while (pair_advance(&pair));
	assert_int_equal(pair.at_authenticator.finding, RSN_TIMEOUT);
	assert_int_equal(pair.at_authenticator.disconnect, REASON_4WAY_TIMEOUT);
	assert_int_equal(pair.log_count, RSN_TRIES);
	assert_int_equal(supplicant_disconnected(&pair.supplicant), RSN_NO_EVENT);
	pair_free(&pair);
}

/* Rewrites a message of the supplicant with these elements behind its key data, encrypted or in the clear. */
static void extend_key_data(struct handshake_pair *pair, const struct ptk *ptk, bool encrypted)
{
	static const uint8_t more[] = {0x02, 0x05, 0x11, 0x22, 0x33, 0x44, 0x55,
				       0xdd, 0x05, 0x00, 0x0f, 0xac, 0xff, 0x11};
	const struct rsn_suite *suite = &pair->authenticator.setup.suite;
	struct handshake_frame *message = &pair->in_flight[0];
	uint8_t data[RSN_FRAME_MAX], iv[16] = {1};
	struct eapol_key eapol;
	struct rsn_out out = {0};
	int len;

	assert_int_equal(eapol_key_parse(&eapol, message->bytes, message->len, rsn_profile(suite).mic_len),
			 NOT_DROPPED);
	memcpy(data, eapol.data.bytes, eapol.data.len);
	memcpy(data + eapol.data.len, more, sizeof(more));
	len = (int)(eapol.data.len + sizeof(more));
	if (encrypted) {
		eapol.info |= KEY_INFO_ENCRYPTED;
		eapol.iv = iv;
		len = rsn_encrypt_key_data(pair->crypto, suite, ptk->kek, iv, data, (size_t)len);
		assert_true(len > 0);
	}
	eapol.data = (struct span){data, (size_t)len};
	assert_int_equal(rsn_message_write(pair->crypto, suite, ptk->kck, &eapol, &out), 0);
	memcpy(message->bytes, out.frame, out.frame_len);
	message->len = out.frame_len;
}

/* Has the supplicant send message 2 or 4, and returns the PTK that it protects it with. */
static struct ptk await_message(struct handshake_pair *pair, struct crypto *crypto, const struct rsn_suite *suite,
				bool second)
{
	struct ptk ptk;

	pair_setup_and_start(pair, crypto, suite);
	pair_deliver_next(pair, second ? 1 : 3);
	assert_int_equal(rsn_derive_ptk(crypto, suite, pair->supplicant.setup.pmk, &pair->authenticator.setup.addresses,
					pair->authenticator.anonce, pair->supplicant.snonce, &ptk),
			 0);
	return ptk;
}

/* Stations may add elements to messages 2 and 4, and encrypt them. What does not decrypt has no effect. */
static void messages_2_and_4_may_have_more_key_data(void **state)
{
	struct handshake_pair pair;
	struct ptk ptk;

	for (unsigned way = 0; way < 4; way++)
		for (size_t i = 2; i < COUNT(suites); i++) { /* of RSN */
			bool second = way & 1, encrypted = way & 2;

			ptk = await_message(&pair, *state, &suites[i], second);
			extend_key_data(&pair, &ptk, encrypted);
			pair_deliver_next(&pair, 1);
			assert_int_equal(pair.at_authenticator.drop, NOT_DROPPED);
			pair_run(&pair);
			assert_int_equal(pair.at_authenticator.authorised, 1);
			assert_true(pair_agrees(&pair));
			pair_free(&pair);
			if (!encrypted || rsn_descriptor_version(&suites[i]) == EAPOL_VERSION_RC4)
				continue;
			ptk = await_message(&pair, *state, &suites[i], second);
			ptk.kek[0] ^= 1;
			extend_key_data(&pair, &ptk, true);
			pair_deliver_next(&pair, 1);
			assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_KEY_DATA);
			assert_int_equal(pair.at_authenticator.authorised, 0);
			pair_free(&pair);
		}
}

static void tries_of_messages_are_limited(void **state)
{
	static const struct {
		unsigned pairwise, delivered, sent;
		bool no_retries;
	} rows[] = {
		{0, 0, RSN_TRIES, false}, {2, 0, 2, false},        {1, 0, 1, false},
		{7, 2, 7, false},         {0, 0, RSN_TRIES, true}, {0, 2, 1, true},
	};
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned before;

		pair_setup(&pair, *state, wpa2);
		pair.authenticator.setup.pairwise_tries = rows[i].pairwise;
		pair.authenticator.setup.no_retries = rows[i].no_retries;
		pair_start(&pair);
		pair_deliver_next(&pair, rows[i].delivered);
		before = pair.log_count - 1; /* all but the first transmission of the message */
		pair.count = 0;
		do
			pair.count = 0;
		while (pair_advance(&pair));
		assert_int_equal(pair.log_count - before, rows[i].sent);
		assert_int_equal(pair.at_authenticator.disconnect, REASON_4WAY_TIMEOUT);
		pair_free(&pair);
	}
}

/* The link loses, duplicates and reorders frames during rekeys. In the end both ends agree or one has disconnected. */
static void handshake_survives_random_faults(void **state)
{
	unsigned agreed = 0;
	struct handshake_pair pair;

	for (unsigned seed = 1; seed <= 600; seed++) {
		pair_setup(&pair, *state, &suites[seed % COUNT(suites)]);
		pair.seed = seed;
		pair_start(&pair);
		for (int step = 0; step < 200 && !pair.at_authenticator.disconnect && !pair.at_supplicant.disconnect;
		     step++) {
			if (!pair.count && !pair_advance(&pair)) {
				assert_true(pair_agrees(&pair));
				agreed++;
				pair_new_group_keys(&pair);
				pair_send_group_keys(&pair);
				if (pair_random(&pair) % 3 == 0)
					break;
				continue;
			}
			if (pair.count) {
				struct handshake_frame message = pair.in_flight[pair_random(&pair) % pair.count];
				unsigned dice = pair_random(&pair) % 10;

				if (dice < 6) { /* the frame arrives, or its copy */
					if (dice)
						for (unsigned count = 0; count < pair.count; count++)
							if (pair_same_frame(&pair.in_flight[count], &message)) {
								pair_take_frame(&pair, count);
								break;
							}
					pair_deliver(&pair, &message);
				} else if (dice < 8) {
					pair_take_frame(&pair, pair_random(&pair) % pair.count);
				} else {
					pair_advance(&pair);
				}
			}
			if (pair.count > FLYING_MAX - 4)
				pair.count = 0;
			pair.log_count = 0;
		}
		pair_free(&pair);
	}
	/* Most handshakes succeed, although four of ten frames are lost. */
	assert_true(agreed > 600);
}

static void finished_handshake_wipes_secrets(void **state)
{
	static const struct authenticator no_a;
	static const struct supplicant no_s;
	struct handshake_pair pair;

	pair_setup_and_start(&pair, *state, wpa2);
	pair_run(&pair);
	pair_free(&pair);
	assert_memory_equal(&pair.authenticator, &no_a, sizeof(no_a));
	assert_memory_equal(&pair.supplicant, &no_s, sizeof(no_s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake_completes_with_every_suite),
		cmocka_unit_test(each_lost_message_is_recovered),
		cmocka_unit_test(each_duplicated_message_is_harmless),
		cmocka_unit_test(replayed_eapol_messages_are_discarded),
		cmocka_unit_test(truncated_eapol_frames_are_refused),
		cmocka_unit_test(eapol_frame_with_any_changed_bit_is_refused),
		cmocka_unit_test(eapol_read_is_bounded_by_declared_length),
		cmocka_unit_test(wrong_passphrase_is_reported_by_both_ends),
		cmocka_unit_test(silent_peer_is_not_reported_as_wrong_passphrase),
		cmocka_unit_test(messages_2_and_4_may_have_more_key_data),
		cmocka_unit_test(tries_of_messages_are_limited),
		cmocka_unit_test(handshake_survives_random_faults),
		cmocka_unit_test(finished_handshake_wipes_secrets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of a station, rekeys over a lossy link, and the choice among many passphrases. */
#include "handshake_pair.h"

#include "wire/be.h"

#include <errno.h>

static int set_up(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	crypto_free(*state);
	return 0;
}

static void connect_pair(struct handshake_pair *pair, struct crypto *crypto, const struct rsn_suite *suite)
{
	pair_setup_and_start(pair, crypto, suite);
	pair_run(pair);
	assert_true(pair_agrees(pair));
	pair->at_authenticator.finding = pair->at_supplicant.finding = RSN_NO_EVENT;
}

static struct handshake_frame make_request(struct handshake_pair *pair, enum supplicant_request_type supplicant_wish)
{
	struct rsn_out out;

	assert_int_equal(supplicant_request(&pair->supplicant, supplicant_wish, &out), 0);
	pair_apply_output(pair, true, &out);
	assert_int_equal(pair->count, 1);
	assert_true(pair->in_flight[0].protected);
	return pair_take_frame(pair, 0);
}

/* Returns the reaction of the authenticator to this frame alone. */
static void assert_verdict(struct handshake_pair *pair, const struct handshake_frame *message, enum drop drop,
			   enum rsn_event finding)
{
	pair->at_authenticator.finding = RSN_NO_EVENT;
	pair_deliver(pair, message);
	assert_int_equal(pair->at_authenticator.drop, drop);
	assert_int_equal(pair->at_authenticator.finding, finding);
	assert_int_equal(pair->count, 0); /* the authenticator does not answer by itself */
}

static void key_requests_are_reported(void **state)
{
	static const struct {
		enum supplicant_request_type wish;
		uint16_t info;
		enum rsn_event finding;
	} rows[] = {
		{SUPPLICANT_REQUEST_PTK, 0x0b08, RSN_PTK_REQUESTED},
		{SUPPLICANT_REQUEST_GTK, 0x0b00, RSN_GTK_REQUESTED},
		{SUPPLICANT_REPORT_MICHAEL, 0x0f08, RSN_MICHAEL_FAILURE},
		{SUPPLICANT_REPORT_MICHAEL_GROUP, 0x0f00, RSN_MICHAEL_FAILURE},
	};
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		connect_pair(&pair, *state, &suites[i]);
		for (size_t count = 0; count < COUNT(rows); count++) {
			struct handshake_frame message = make_request(&pair, rows[count].wish);

			assert_int_equal(be16(message.bytes + 5),
					 rows[count].info | rsn_descriptor_version(&suites[i]));
			assert_verdict(&pair, &message, NOT_DROPPED, rows[count].finding);
		}
		assert_true(pair_agrees(&pair));
		/* And the owner can grant the request. */
		pair_start(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.at_supplicant.ptks, 2);
		pair_free(&pair);
	}
}

/* 12.7.2: Request frames have their own counter; a repeated or late one is a replay. */
static void replayed_key_request_is_refused(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct handshake_frame first, second;

		connect_pair(&pair, *state, &suites[i]);
		first = make_request(&pair, SUPPLICANT_REQUEST_PTK);
		second = make_request(&pair, SUPPLICANT_REPORT_MICHAEL);
		assert_verdict(&pair, &second, NOT_DROPPED, RSN_MICHAEL_FAILURE);
		assert_verdict(&pair, &second, DROP_EAPOL_REPLAY, RSN_NO_EVENT);
		assert_verdict(&pair, &first, DROP_EAPOL_REPLAY, RSN_NO_EVENT);
		/* Also with new keys, where the link carries it in the clear. */
		pair_start(&pair);
		pair_run(&pair);
		second.protected = first.protected = false;
		assert_verdict(&pair, &first, DROP_EAPOL_REPLAY, RSN_NO_EVENT);
		put_be32(second.bytes + 13, 77);
		assert_verdict(&pair, &second, DROP_EAPOL_MIC, RSN_NO_EVENT);
		pair_free(&pair);
	}
}

/* Returns a Request frame with this key and counter, from a station with its own numbering. */
static struct handshake_frame request_with(struct handshake_pair *pair, uint64_t counter, const uint8_t *kck,
					   uint16_t info)
{
	const struct rsn_suite *suite = &pair->supplicant.setup.suite;
	struct eapol_key eapol = {.version = 2,
				  .descriptor = suite->wpa ? EAPOL_DESCRIPTOR_WPA : EAPOL_DESCRIPTOR_RSN,
				  .info = info | rsn_descriptor_version(suite),
				  .mic_len = rsn_profile(suite).mic_len,
				  .replay_counter = counter};
	struct handshake_frame message = {0};

	message.len = eapol_key_write(&eapol, message.bytes);
	assert_int_equal(rsn_mic_write(pair->crypto, suite, kck, message.bytes, message.len), 0);
	return message;
}

static void key_request_counter_limits(void **state)
{
	const uint16_t info = KEY_INFO_REQUEST | KEY_INFO_PAIRWISE | KEY_INFO_MIC | KEY_INFO_SECURE;
	struct handshake_frame message;
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		connect_pair(&pair, *state, &suites[i]);
		/* Some stations start with counter 0. */
		message = request_with(&pair, 0, pair.supplicant.ptk.kck, info);
		assert_verdict(&pair, &message, NOT_DROPPED, RSN_PTK_REQUESTED);
		assert_verdict(&pair, &message, DROP_EAPOL_REPLAY, RSN_NO_EVENT);
		message = request_with(&pair, UINT64_MAX - 1, pair.supplicant.ptk.kck, info);
		assert_verdict(&pair, &message, NOT_DROPPED, RSN_PTK_REQUESTED);
		/* The counter does not wrap. */
		for (uint64_t counter = 0; counter < 3; counter++) {
			message = request_with(&pair, UINT64_MAX - 1 + counter, pair.supplicant.ptk.kck, info);
			assert_verdict(&pair, &message, DROP_EAPOL_REPLAY, RSN_NO_EVENT);
		}
		/* The handshake has its own counter, which is undisturbed. */
		pair_start(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		pair_free(&pair);
	}
}

static void forged_key_requests_are_refused(void **state)
{
	static const uint8_t zero[RSN_KCK_MAX];
	static const uint16_t bits[] = {KEY_INFO_REQUEST | KEY_INFO_PAIRWISE, KEY_INFO_REQUEST,
					KEY_INFO_REQUEST | KEY_INFO_ERROR | KEY_INFO_PAIRWISE};
	struct handshake_frame message;
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (size_t count = 0; count < COUNT(bits); count++) {
			pair_setup(&pair, *state, &suites[i]);
			/* Before a key is installed: with an all-zero key, too. */
			pair_start(&pair);
			pair.count = 0;
			message = request_with(&pair, 1, zero, bits[count] | KEY_INFO_MIC | KEY_INFO_SECURE);
			assert_verdict(&pair, &message, DROP_EAPOL_UNEXPECTED, RSN_NO_EVENT);
			pair_free(&pair);

			connect_pair(&pair, *state, &suites[i]);
			assert_verdict(&pair, &message, DROP_EAPOL_MIC, RSN_NO_EVENT);
			/* Without a MIC. */
			message = request_with(&pair, 1, pair.supplicant.ptk.kck, bits[count] | KEY_INFO_SECURE);
			assert_verdict(&pair, &message, DROP_EAPOL_UNEXPECTED, RSN_NO_EVENT);
			/* The Error bit without Request, and a frame of an authenticator. */
			message = request_with(&pair, 1, pair.supplicant.ptk.kck,
					       KEY_INFO_ERROR | KEY_INFO_MIC | KEY_INFO_SECURE);
			assert_verdict(&pair, &message, DROP_EAPOL_UNEXPECTED, RSN_NO_EVENT);
			message = request_with(&pair, 1, pair.supplicant.ptk.kck,
					       bits[count] | KEY_INFO_ACK | KEY_INFO_MIC | KEY_INFO_SECURE);
			assert_verdict(&pair, &message, DROP_EAPOL_UNEXPECTED, RSN_NO_EVENT);
			/* Each flipped bit of a valid one. */
			message = make_request(&pair, SUPPLICANT_REPORT_MICHAEL);
			for (size_t bit = 0; bit < 8 * message.len; bit++) {
				struct handshake_frame bad = message;

				bad.bytes[bit / 8] ^= 1 << bit % 8;
				pair_deliver(&pair, &bad);
				assert_int_not_equal(pair.at_authenticator.drop, NOT_DROPPED);
				assert_int_equal(pair.at_authenticator.finding, RSN_NO_EVENT);
			}
			assert_verdict(&pair, &message, NOT_DROPPED, RSN_MICHAEL_FAILURE);
			pair_free(&pair);
		}
}

/* A supplicant is not an authenticator: a reflected Request frame has no effect. */
static void reflected_key_request_is_refused(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct handshake_frame message;

		connect_pair(&pair, *state, &suites[i]);
		message = make_request(&pair, SUPPLICANT_REQUEST_PTK);
		message.to_supplicant = true;
		pair_deliver(&pair, &message);
		assert_int_equal(pair.at_supplicant.drop, DROP_EAPOL_UNEXPECTED);
		assert_int_equal(pair.count, 0);
		pair_free(&pair);
	}
}

static void key_request_requires_installed_keys(void **state)
{
	struct rsn_out out;
	struct handshake_pair pair;

	pair_setup(&pair, *state, &suites[4]);
	for (enum supplicant_request_type supplicant_wish = SUPPLICANT_REQUEST_PTK;
	     supplicant_wish <= SUPPLICANT_REPORT_MICHAEL_GROUP; supplicant_wish++) {
		assert_int_equal(supplicant_request(&pair.supplicant, supplicant_wish, &out), -ENOTCONN);
		assert_int_equal(out.frame_len, 0);
	}
	pair_free(&pair);
}

/* During a handshake a Request frame is authentic, too: a Michael failure counts, and the handshake continues. */
static void key_request_does_not_disturb_handshake(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned when = 0; when < 3; when++) {
			struct rsn_out out;
			struct handshake_frame message;

			connect_pair(&pair, *state, &suites[i]);
			pair_start(&pair);
			pair_deliver_next(&pair, when);
			assert_int_equal(supplicant_request(&pair.supplicant, SUPPLICANT_REPORT_MICHAEL, &out), 0);
			pair_apply_output(&pair, true, &out);
			message = pair_take_frame(&pair, pair.count - 1);
			pair_deliver(&pair, &message);
			assert_int_equal(pair.at_authenticator.drop, NOT_DROPPED);
			assert_int_equal(pair.at_authenticator.finding, RSN_MICHAEL_FAILURE);
			pair_run(&pair);
			assert_true(pair_agrees(&pair));
			assert_int_equal(pair.at_supplicant.ptks, 2);
			pair_free(&pair);
		}
}

/* The station requests new keys at their age, repeatedly without an answer, and stops once it has them. */
static void pairwise_rekey_on_request(void **state)
{
	const uint64_t age = 3600 * UINT64_C(1000000000);
	uint64_t start;
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup(&pair, *state, &suites[i]);
		pair.supplicant.setup.ptk_rekey_ns = age;
		pair_start(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.at_supplicant.wake_ns, pair.now + age);
		for (unsigned count = 2; count < 4; count++) {
			assert_true(pair_advance(&pair));
			pair_run(&pair);
			assert_int_equal(pair.at_authenticator.finding, RSN_PTK_REQUESTED);
			pair_start(&pair);
			pair_run(&pair);
			assert_true(pair_agrees(&pair));
			assert_int_equal(pair.at_supplicant.ptks, count);
			assert_int_equal(pair.at_supplicant.wake_ns, pair.now + age);
		}
		/* No answer: the link stays. */
		start = pair.now;
		for (unsigned count = 0; count < RSN_TRIES; count++) {
			assert_true(pair_advance(&pair));
			assert_int_equal(pair.now, start + age + count * RSN_RETRY_NS);
			assert_int_equal(pair.count, 1);
			pair.count = 0;
		}
		assert_int_equal(pair.at_supplicant.wake_ns, pair.now + age);
		assert_int_equal(pair.at_supplicant.disconnect, 0);
		assert_true(pair_agrees(&pair));
		pair_free(&pair);
	}
}

/*
 * Pairwise rekey over a link that loses one message and its retransmissions: in the end both ends have the new key, or
 * both know that they do not. A station with the new key cannot read frames under the old one, so a lost message 4
 * ends that way.
 */
static void lost_messages_during_pairwise_rekey(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned lost = 0; lost < 4; lost++)
			for (unsigned more = 0; more < RSN_TRIES; more++) {
				unsigned count = 0;

				connect_pair(&pair, *state, &suites[i]);
				pair_start(&pair);
				do
					for (; pair.count; count++) {
						struct handshake_frame message = pair_take_frame(&pair, 0);

						if (count < lost || count > lost + more)
							pair_deliver(&pair, &message);
					}
				while (!pair.at_authenticator.disconnect && pair_advance(&pair));
				if (pair.at_authenticator.disconnect)
					assert_int_equal(pair.at_authenticator.disconnect, REASON_4WAY_TIMEOUT);
				else
					assert_true(pair_agrees(&pair));
				if (lost < 3 && !more)
					assert_int_equal(pair.at_authenticator.disconnect, 0);
				assert_int_equal(pair.at_authenticator.ptks, pair.at_authenticator.disconnect ? 1 : 2);
				pair_free(&pair);
			}
}

/*
 * A group message or its answer is lost up to the last retransmission but one: the station gets the key or is
 * disconnected.
 */
static void lost_messages_during_group_rekey(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned answers = 0; answers < 2; answers++)
			for (unsigned lost = 0; lost <= RSN_TRIES; lost++) {
				unsigned count = 0;

				connect_pair(&pair, *state, &suites[i]);
				pair_new_group_keys(&pair);
				pair_send_group_keys(&pair);
				do
					while (pair.count) {
						struct handshake_frame message = pair_take_frame(&pair, 0);

						if (message.to_supplicant == answers || count++ >= lost)
							pair_deliver(&pair, &message);
					}
				while (!pair.at_authenticator.disconnect && pair_advance(&pair));
				if (lost < RSN_TRIES) {
					assert_true(pair_agrees(&pair));
					assert_int_equal(pair.at_supplicant.gtks, 2);
				} else {
					assert_int_equal(pair.at_authenticator.disconnect, REASON_GROUP_TIMEOUT);
					assert_int_equal(pair.at_authenticator.finding, RSN_TIMEOUT);
				}
				pair_free(&pair);
			}
}

#define MANY 500

/* Any of hundreds of passphrases; the likely one is tried first, so of two matching ones it wins. */
static void authenticator_finds_matching_passphrase(void **state)
{
	static uint8_t pmks[MANY][PMK_MAX];
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i += 4)
		for (unsigned which = 0; which < MANY; which += MANY - 1) {
			pair_setup(&pair, *state, &suites[i]);
			for (unsigned count = 0; count < MANY; count++)
				pair_fill(&pair, pmks[count], PMK_MAX);
			memcpy(pair.supplicant.setup.pmk, pmks[which], PMK_MAX);
			pair.authenticator.setup.pmks = (const uint8_t(*)[PMK_MAX])pmks;
			pair.authenticator.setup.pmk_count = MANY;
			pair.authenticator.setup.likely_pmk = MANY; /* none: beyond the list */
			pair_start(&pair);
			pair_run(&pair);
			assert_true(pair_agrees(&pair));
			assert_int_equal(pair.authenticator.pmk_index, which);
			pair_free(&pair);
		}
	pair_setup(&pair, *state, &suites[4]);
	memcpy(pmks[MANY - 1], pair.supplicant.setup.pmk, PMK_MAX);
	memcpy(pmks[3], pair.supplicant.setup.pmk, PMK_MAX);
	pair.authenticator.setup.pmks = (const uint8_t(*)[PMK_MAX])pmks;
	pair.authenticator.setup.pmk_count = MANY;
	pair.authenticator.setup.likely_pmk = MANY - 1;
	pair_start(&pair);
	pair_run(&pair);
	assert_true(pair_agrees(&pair));
	assert_int_equal(pair.authenticator.pmk_index, MANY - 1);
	pair_free(&pair);
}

/* A link has one passphrase: a rekey with another one is forged. */
static void rekey_with_other_passphrase_is_refused(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		connect_pair(&pair, *state, &suites[i]);
		assert_int_equal(pair.authenticator.pmk_index, 1);
		memcpy(pair.supplicant.setup.pmk, pair.pmks[2], PMK_MAX);
		pair_start(&pair);
		pair_run(&pair);
		assert_int_equal(pair.at_authenticator.drop, DROP_EAPOL_MIC);
		assert_int_equal(pair.at_authenticator.ptks, 1);
		pair_free(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_requests_are_reported),
		cmocka_unit_test(replayed_key_request_is_refused),
		cmocka_unit_test(key_request_counter_limits),
		cmocka_unit_test(forged_key_requests_are_refused),
		cmocka_unit_test(reflected_key_request_is_refused),
		cmocka_unit_test(key_request_requires_installed_keys),
		cmocka_unit_test(key_request_does_not_disturb_handshake),
		cmocka_unit_test(pairwise_rekey_on_request),
		cmocka_unit_test(lost_messages_during_pairwise_rekey),
		cmocka_unit_test(lost_messages_during_group_rekey),
		cmocka_unit_test(authenticator_finds_matching_passphrase),
		cmocka_unit_test(rekey_with_other_passphrase_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys are not installed twice (KRACK), and each rekey and each handshake uses new ones. */

#include "handshake_wpa2.h"

/*
 * KRACK, CVE-2017-13077 (PTK), -13078 (GTK), -13079 (IGTK): message 4 is withheld, so message 3 repeats with the same
 * nonce. It is answered and changes nothing. (-13082 concerns fast BSS transition, which vifi does not have.)
 */
static void krack_repeated_message_3_is_answered_without_reinstall(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup_and_start(&pair, *state, &suites[i]);
		pair_deliver_next(&pair, 3);
		for (int again = 0; again < 3; again++) {
			struct handshake_frame kept = pair_take_frame(&pair, 0);

			assert_false(kept.to_supplicant);
			assert_true(pair_advance(&pair)); /* message 3 again */
			pair_deliver_next(&pair, 1);
			assert_int_equal(pair.at_supplicant.drop, NOT_DROPPED);
			assert_int_equal(pair.count, 1); /* the answer */
			assert_int_equal(pair.at_supplicant.ptks, 1);
			assert_int_equal(pair.at_supplicant.gtks, !suites[i].wpa);
			assert_int_equal(pair.at_supplicant.igtks, suites[i].group_management != CIPHER_NONE);
		}
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.at_supplicant.ptks, 1);
		pair_free(&pair);
	}
}

/* KRACK against clients that wipe the key once it is installed: a repeated message 3 must not install zeroes. */
static void krack_repeated_message_3_after_forged_message_1(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rsn_key installed;
		struct handshake_frame forged;

		pair_setup_and_start(&pair, *state, &suites[i]);
		forged = pair.log[0];
		pair_deliver_next(&pair, 3);
		installed = pair.at_supplicant.ptk;
		for (int again = 0; again < 3; again++) {
			pair.count = 0; /* message 4 is withheld */
			/* One unchanged, one with another nonce: neither makes a new SNonce or PTK. */
			put_be32(forged.bytes + 13, 0x1000);
			pair_deliver(&pair, &forged);
			assert_int_equal(pair.at_supplicant.drop, DROP_EAPOL_UNEXPECTED);
			pair_fill(&pair, forged.bytes + 17, RSN_NONCE_LEN);
			pair_deliver(&pair, &forged);
			assert_int_equal(pair.at_supplicant.drop, DROP_EAPOL_UNEXPECTED);
			assert_int_equal(pair.count, 0);
			assert_true(pair_advance(&pair)); /* message 3 again */
			pair_deliver_next(&pair, 1);
			assert_int_equal(pair.at_supplicant.drop, NOT_DROPPED);
			assert_int_equal(pair.at_supplicant.ptks, 1);
		}
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		assert_true(pair_same_key(&pair.at_supplicant.ptk, &installed));
		pair_free(&pair);
	}
}

/*
 * "Release the KRACKen" (2018): a repeated message 3 with the old group key is withheld until the new one is installed, to
 * reinstall the old one.
 */
static void krack_old_group_key_is_not_reinstalled(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rsn_key current;
		struct handshake_frame kept, message;

		pair_setup_and_start(&pair, *state, &suites[i]);
		pair_deliver_next(&pair, 3);
		message = pair_take_frame(&pair, 0);
		assert_true(pair_advance(&pair));
		kept = pair_take_frame(&pair, 0); /* message 3, with a counter that the station has not seen */
		pair_deliver(&pair, &message);
		pair_run(&pair);
		pair_new_group_keys(&pair);
		pair_send_group_keys(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		current = pair.at_supplicant.gtk;
		pair_deliver(&pair, &kept);
		assert_int_equal(pair.at_supplicant.drop, DROP_EAPOL_REPLAY);
		assert_int_equal(pair.count, 0);
		assert_true(pair_same_key(&pair.at_supplicant.gtk, &current));
		pair_free(&pair);
	}
}

/* KRACK, CVE-2017-13080 (GTK), -13081 (IGTK). */
static void krack_repeated_group_message_1_is_answered_without_reinstall(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup_and_start(&pair, *state, &suites[i]);
		pair_run(&pair);
		pair_new_group_keys(&pair);
		pair_send_group_keys(&pair);
		for (int again = 0; again < 3; again++) {
			struct handshake_frame message = pair_take_frame(&pair, 0);

			assert_true(message.protected);
			pair_deliver(&pair, &message);
			assert_int_equal(pair.at_supplicant.drop, NOT_DROPPED);
			assert_int_equal(pair.count, 1);
			pair.count = 0; /* the answer is lost */
			assert_int_equal(pair.at_supplicant.gtks, 2);
			assert_true(pair_advance(&pair));
		}
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.at_supplicant.gtks, 2);
		assert_int_equal(pair.at_supplicant.igtks, suites[i].group_management != CIPHER_NONE ? 2 : 0);
		pair_free(&pair);
	}
}

/* A former group key is not installed again with the other id. */
static void group_rekey_changes_key_id_and_rsc(void **state)
{
	struct handshake_pair pair;

	pair_setup(&pair, *state, &suites[6]);
	pair.group.gtk.rsc = 0x123456789abc;
	pair.group.igtk.rsc = 0xfedcba987654;
	pair_start(&pair);
	pair_run(&pair);
	assert_int_equal(pair.at_supplicant.gtk.id, 1);
	assert_int_equal(pair.at_supplicant.igtk.id, 4);
	assert_int_equal(pair.at_supplicant.gtk.rsc, 0x123456789abc);
	assert_int_equal(pair.at_supplicant.igtk.rsc, 0xfedcba987654);
	for (unsigned count = 1; count < 6; count++) {
		pair_new_group_keys(&pair);
		pair_send_group_keys(&pair);
		pair_run(&pair);
		assert_true(pair_agrees(&pair));
		assert_int_equal(pair.at_supplicant.gtk.id, 1 + count % 2);
		assert_int_equal(pair.at_supplicant.igtk.id, 4 + count % 2);
		assert_int_equal(pair.at_supplicant.gtks, 1 + count);
	}
	pair.group.gtk.id ^= 3;
	pair_send_group_keys(&pair);
	pair_run(&pair);
	assert_int_equal(pair.at_supplicant.gtks, 6);
	pair_free(&pair);
}

/* New group keys during a handshake: the station has them at the end. */
static void group_key_changes_during_handshake(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++)
		for (unsigned when = 0; when < 6; when++) {
			unsigned count = 0;

			pair_setup_and_start(&pair, *state, &suites[i]);
			for (; pair.count; count++) {
				struct handshake_frame message = pair_take_frame(&pair, 0);

				if (count == when) {
					pair_new_group_keys(&pair);
					pair_send_group_keys(&pair);
				}
				pair_deliver(&pair, &message);
			}
			assert_true(pair_agrees(&pair));
			pair_free(&pair);
		}
}

static void pairwise_rekey_is_protected_by_old_key(void **state)
{
	struct handshake_pair pair;

	for (size_t i = 0; i < COUNT(suites); i++) {
		pair_setup_and_start(&pair, *state, &suites[i]);
		pair_run(&pair);
		for (unsigned count = 2; count < 5; count++) {
			unsigned from = pair.log_count;

			pair_start(&pair);
			pair_run(&pair);
			assert_true(pair_agrees(&pair));
			assert_int_equal(pair.at_supplicant.ptks, count);
			assert_int_equal(pair.at_authenticator.ptks, count);
			assert_int_equal(pair.at_supplicant.gtks, 1); /* that key is in use */
			assert_int_equal(pair.at_supplicant.authorised, 1);
			for (; from < pair.log_count; from++)
				assert_true(pair.log[from].protected);
		}
		pair_free(&pair);
	}
}

static void each_handshake_has_fresh_anonce(void **state)
{
	uint8_t nonce[RSN_NONCE_LEN] = {0};
	struct rsn_out out;
	struct handshake_pair pair;

	pair_setup(&pair, *state, wpa2);
	assert_int_equal(authenticator_start(&pair.authenticator, nonce, 0, &out), -EINVAL);
	nonce[5] = 1;
	assert_int_equal(authenticator_start(&pair.authenticator, nonce, 0, &out), 0);
	assert_int_equal(authenticator_start(&pair.authenticator, nonce, 0, &out), -EINVAL);
	pair_free(&pair);
}

/* And a fresh SNonce: two handshakes with the same ANonce, from a faulty access point, differ. */
static void each_handshake_has_fresh_snonce(void **state)
{
	struct handshake_pair pair;
	uint8_t first[RSN_NONCE_LEN];

	pair_setup_and_start(&pair, *state, wpa2);
	pair_run(&pair);
	memcpy(first, pair.supplicant.snonce, sizeof(first));
	pair_start(&pair);
	pair_run(&pair);
	assert_memory_not_equal(pair.supplicant.snonce, first, sizeof(first));
	pair_free(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(krack_repeated_message_3_is_answered_without_reinstall),
		cmocka_unit_test(krack_repeated_message_3_after_forged_message_1),
		cmocka_unit_test(krack_old_group_key_is_not_reinstalled),
		cmocka_unit_test(krack_repeated_group_message_1_is_answered_without_reinstall),
		cmocka_unit_test(group_rekey_changes_key_id_and_rsc),
		cmocka_unit_test(group_key_changes_during_handshake),
		cmocka_unit_test(pairwise_rekey_is_protected_by_old_key),
		cmocka_unit_test(each_handshake_has_fresh_anonce),
		cmocka_unit_test(each_handshake_has_fresh_snonce),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

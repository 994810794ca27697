/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operating channel validation in the handshakes (IEEE 802.11-2020, 12.7.6 and 12.7.7). */
#include "handshake_pair.h"

static const struct rsn_suite suite = {false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0};

static const struct ocv on_channel_1 = {.used = true, .channel = {2412, 20, false, 0}, .tx_width_mhz = 20},
			on_channel_11 = {.used = true, .channel = {2462, 20, false, 0}, .tx_width_mhz = 20};

static void begin(struct handshake_pair *pair, struct crypto *crypto, struct ocv authenticator, struct ocv supplicant)
{
	pair_setup(pair, crypto, &suite);
	pair->authenticator.setup.ocv = authenticator;
	pair->supplicant.setup.ocv = supplicant;
	pair_start(pair);
}

static void same_channel_passes(void **state)
{
	struct handshake_pair pair;

	begin(&pair, *state, on_channel_1, on_channel_1);
	pair_run(&pair);
	assert_true(pair_agrees(&pair));
	pair_new_group_keys(&pair);
	pair_send_group_keys(&pair);
	pair_run(&pair);
	assert_true(pair_agrees(&pair));
	assert_int_equal(pair.at_supplicant.gtks, 2);
	assert_int_equal(pair.authenticator.state, AUTHENTICATOR_DONE);
	pair_free(&pair);
}

static void message_2_from_another_channel_is_refused(void **state)
{
	struct handshake_pair pair;

	begin(&pair, *state, on_channel_1, on_channel_11);
	pair_run(&pair);
	assert_int_equal(pair.at_authenticator.drop, DROP_OCI);
	assert_int_equal(pair.at_authenticator.finding, RSN_OCV_FAILURE);
	assert_int_equal(pair.authenticator.state, AUTHENTICATOR_MSG1_SENT);
	assert_int_equal(pair.at_supplicant.ptks, 0);
	pair_settle(&pair);
	assert_int_equal(pair.at_authenticator.disconnect, REASON_4WAY_TIMEOUT);
	pair_free(&pair);
}

static void message_2_without_information(void **state)
{
	struct ocv lenient = on_channel_1;
	struct handshake_pair pair;

	begin(&pair, *state, on_channel_1, (struct ocv){0});
	pair_run(&pair);
	assert_int_equal(pair.at_authenticator.drop, DROP_OCI);
	pair_free(&pair);

	lenient.lenient = true;
	begin(&pair, *state, lenient, (struct ocv){0});
	pair_run(&pair);
	assert_true(pair_agrees(&pair));
	assert_false(pair.authenticator.setup.ocv.used);
	pair_free(&pair);
}

/* The access point is on another channel than it was in message 2, as after a forged switch: no key is installed. */
static void message_3_from_another_channel_is_refused(void **state)
{
	struct handshake_pair pair;

	begin(&pair, *state, on_channel_1, on_channel_1);
	pair_deliver_next(&pair, 1);
	pair.supplicant.setup.ocv = on_channel_11;
	pair_deliver_next(&pair, 1);
	pair_deliver_next(&pair, 1);
	assert_int_equal(pair.at_supplicant.drop, DROP_OCI);
	assert_int_equal(pair.at_supplicant.finding, RSN_OCV_FAILURE);
	assert_int_equal(pair.at_supplicant.ptks + pair.at_supplicant.gtks, 0);
	pair_free(&pair);
}

static void group_messages_are_validated(void **state)
{
	struct handshake_pair pair;

	begin(&pair, *state, on_channel_1, on_channel_1);
	pair_run(&pair);
	pair_new_group_keys(&pair);
	pair_send_group_keys(&pair);
	pair.supplicant.setup.ocv = on_channel_11;
	pair_deliver_next(&pair, 1);
	assert_int_equal(pair.at_supplicant.drop, DROP_OCI);
	assert_int_equal(pair.at_supplicant.gtks, 1);
	/* Message 2 of a station elsewhere does not end the handshake; the repetition of message 1 does. */
	pair.supplicant.setup.ocv = on_channel_1;
	assert_true(pair_advance(&pair));
	pair_deliver_next(&pair, 1);
	pair.authenticator.setup.ocv = on_channel_11;
	pair_run(&pair);
	assert_int_equal(pair.at_authenticator.drop, DROP_OCI);
	assert_int_equal(pair.authenticator.state, AUTHENTICATOR_GROUP_MSG1_SENT);
	pair_free(&pair);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_channel_passes),
		cmocka_unit_test(message_2_from_another_channel_is_refused),
		cmocka_unit_test(message_2_without_information),
		cmocka_unit_test(message_3_from_another_channel_is_refused),
		cmocka_unit_test(group_messages_are_validated),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

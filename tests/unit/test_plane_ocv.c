/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operating channel validation after a move (IEEE 802.11-2020, 12.2.9), on planes that only record. */
#include "plane_pair.h"

#define AFTER_MOVE_NS (20 * SECOND)

static struct pair *connect_pair(struct pair *pair)
{
	pair->ap_setup.bss[0].pmf = pair->network.pmf = 1;
	pair->ap_setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	pair->ap_setup.bss[0].ocv = 1;
	pair->network.group_mgmt = 1u << CIPHER_BIP_CMAC_128;
	pair->network.ocv = true;
	pair_start(pair);
	pair_run(pair, 5 * SECOND);
	assert_true(pair_is_connected(pair));
	return pair;
}

static struct pair *connected_pair(void)
{
	return connect_pair(pair_new());
}

static const struct plane_channel channel_6 = {.freq_mhz = 2437};

static void report_move(struct pair *pair, enum plane_switch_status status)
{
	pair_ap_hears(pair, (struct plane_event){
				    .kind = PLANE_EVENT_BSS_SWITCH, .switch_status = status, .channel = channel_6});
}

static bool was_noted(const struct recorder *recorder, enum note note)
{
	return log_find_note(recorder, 0, note) != LOG_MAX;
}

static void station_proves_its_channel(void **state)
{
	struct pair *pair = connected_pair();

	(void)state;
	report_move(pair, PLANE_SWITCH_DONE);
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_CHANNEL, .freq_mhz = 2437, .acked = true});
	pair_run(pair, AFTER_MOVE_NS);
	assert_true(was_noted(&pair->at_sta, NOTE_SA_QUERY));
	assert_false(was_noted(&pair->at_ap, NOTE_OCV_FAILURE));
	assert_false(was_noted(&pair->at_sta, NOTE_OCV_FAILURE));
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

/* It has not followed, or a forged announcement has led it elsewhere. */
static void station_without_a_proof_is_deauthenticated(void **state)
{
	struct pair *pair = connected_pair();

	(void)state;
	report_move(pair, PLANE_SWITCH_DONE);
	pair_run(pair, AFTER_MOVE_NS);
	assert_true(was_noted(&pair->at_ap, NOTE_OCV_FAILURE));
	pair_free(pair);
}

static void failed_move_asks_nothing(void **state)
{
	struct pair *pair = connected_pair();
	struct ap_channel_move move = {.freq_mhz = 2437, .count = 4};
	struct error error;

	(void)state;
	assert_int_equal(ap_switch_channel(pair->ap, &move, pair->now_ns, &pair->at_ap.out, &error), 0);
	pair_carry_out(pair);
	report_move(pair, PLANE_SWITCH_FAILED);
	pair_run(pair, AFTER_MOVE_NS);
	assert_false(was_noted(&pair->at_ap, NOTE_OCV_FAILURE));
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

/* It would answer group key handshakes without our channel, and the access point would end the association. */
static void driver_gets_no_keys_to_renew_group_keys(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->sta_plane.rekeys_groups = true;
	connect_pair(pair);
	assert_int_equal(log_find(&pair->at_sta, 0, PLANE_REKEY_DATA), LOG_MAX);
	pair_free(pair);
}

/* Leaves bytes on the stack where the next calls have their variables. */
__attribute__((noinline)) static void fill_stack(void)
{
	volatile uint8_t bytes[16384];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0x5a;
}

/* A request for another network is refused before its elements are looked at. */
static void early_refusal_is_no_failed_validation(void **state)
{
	struct pair *pair = pair_new();
	struct frame_writer writer = mgmt_begin(MGMT_ASSOC_REQUEST, pair_bssid, pair_station, pair_bssid);
	struct frame *request;

	(void)state;
	pair->sta_is_mute = true;
	pair_start(pair);
	pair_authenticate(pair);
	write_le16(&writer, CAPABILITY_ESS);
	write_le16(&writer, 1);
	write_element(&writer, EID_SSID, "another", 7);
	request = frame_writer_end(&writer);
	assert_non_null(request);
	fill_stack();
	pair_send_to_ap(pair, request);
	frame_free(request);
	pair_carry_out(pair);
	assert_true(log_find_management(&pair->at_ap, 0, MGMT_ASSOC_RESPONSE) != LOG_MAX);
	assert_false(was_noted(&pair->at_ap, NOTE_OCV_FAILURE));
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_refusal_is_no_failed_validation),
		cmocka_unit_test(driver_gets_no_keys_to_renew_group_keys),
		cmocka_unit_test(station_proves_its_channel),
		cmocka_unit_test(station_without_a_proof_is_deauthenticated),
		cmocka_unit_test(failed_move_asks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

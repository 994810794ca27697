/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station over nl80211 joins: authentication, association, handshake, port. */
#include "nl80211_sta_world.h"

#include "nl80211/key.h"

#include <errno.h>

/* ---- joining ---- */

static void happen_timeout(struct world *world, uint8_t command)
{
	struct nl_msg *message = message_new(command);

	nla_put(message, NL80211_ATTR_MAC, 6, bssid);
	nla_put_flag(message, NL80211_ATTR_TIMED_OUT);
	happen(world, message);
}

static void requests_to_join_have_the_terms(void **state)
{
	struct world *world = *state;
	const struct nl80211_request *request;

	link_to(world);
	ask_to_authenticate(world);
	request = expect(world, NL80211_CMD_AUTHENTICATE);
	assert_bytes(request_attribute(request, NL80211_ATTR_MAC), bssid, 6);
	assert_bytes(request_attribute(request, NL80211_ATTR_SSID), "home", 4);
	assert_u32(request_attribute(request, NL80211_ATTR_WIPHY_FREQ), 2437);
	assert_u32(request_attribute(request, NL80211_ATTR_AUTH_TYPE), NL80211_AUTHTYPE_OPEN_SYSTEM);
	assert_true(answer(world, 0));
	authenticated(world);
	expect_event(world, PLANE_EVENT_MANAGEMENT);

	ask_to_associate(world, true);
	request = expect(world, NL80211_CMD_ASSOCIATE);
	assert_true(request->owner_socket);
	assert_bytes(request_attribute(request, NL80211_ATTR_IE), rsne, sizeof(rsne));
	assert_u32(request_attribute(request, NL80211_ATTR_WPA_VERSIONS), NL80211_WPA_VERSION_2);
	assert_u32(request_attribute(request, NL80211_ATTR_CIPHER_SUITES_PAIRWISE), 0x000fac04);
	assert_u32(request_attribute(request, NL80211_ATTR_CIPHER_SUITE_GROUP), 0x000fac02);
	assert_u32(request_attribute(request, NL80211_ATTR_AKM_SUITES), 0x000fac02);
	assert_u32(request_attribute(request, NL80211_ATTR_USE_MFP), NL80211_MFP_NO);
	assert_bytes(request_attribute(request, NL80211_ATTR_PREV_BSSID), "\2\0\0\0\1\1", 6);
	assert_non_null(request_attribute(request, NL80211_ATTR_SOCKET_OWNER));
	assert_non_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT));
	assert_non_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT_OVER_NL80211));
}

/* disable_vht=1 and the like; the kernel then associates without them. */
static void disabled_modes_are_passed_on(void **state)
{
	const struct nl80211_request *request;
	struct world *world = *state;

	link_to(world);
	ask_to_authenticate(world);
	expect(world, NL80211_CMD_AUTHENTICATE);
	assert_true(answer(world, 0));
	authenticated(world);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	world->disabled_modes = PLANE_VHT | PLANE_HE;
	ask_to_associate(world, true);
	request = expect(world, NL80211_CMD_ASSOCIATE);
	assert_null(request_attribute(request, NL80211_ATTR_DISABLE_HT));
	assert_non_null(request_attribute(request, NL80211_ATTR_DISABLE_VHT));
	assert_non_null(request_attribute(request, NL80211_ATTR_DISABLE_HE));
}

static void unanswered_request_is_reported(void **state)
{
	struct world *world = *state;
	const struct plane_event *event;

	link_to(world);
	ask_to_authenticate(world);
	expect(world, NL80211_CMD_AUTHENTICATE);
	answer(world, 0);
	happen_timeout(world, NL80211_CMD_AUTHENTICATE);
	event = expect_event(world, PLANE_EVENT_TX_STATUS);
	assert_int_equal(event->cookie, 17);
	assert_false(event->acked);
	expect_no_event(world);
}

/* The kernel has forgotten the BSS: its channel is scanned, once, and the request repeated. */
static void forgotten_bss_is_scanned_again(void **state)
{
	struct world *world = *state;
	struct nlattr *freqs;

	link_to(world);
	ask_to_authenticate(world);
	expect(world, NL80211_CMD_AUTHENTICATE);
	assert_true(answer(world, -ENOENT));
	freqs = request_attribute(expect(world, NL80211_CMD_TRIGGER_SCAN), NL80211_ATTR_SCAN_FREQUENCIES);
	assert_u32(nested_attribute(freqs, 1), 2437);
	answer(world, 0);
	happen(world, message_new(NL80211_CMD_NEW_SCAN_RESULTS));
	expect(world, NL80211_CMD_AUTHENTICATE);
	assert_true(answer(world, -ENOENT));
	expect_event(world, PLANE_EVENT_TX_STATUS);
	expect_no_request(world);
}

static void association_of_before_is_ended_first(void **state)
{
	struct world *world = *state;

	link_to(world);
	ask_to_authenticate(world);
	expect(world, NL80211_CMD_AUTHENTICATE);
	assert_true(answer(world, -EALREADY));
	expect(world, NL80211_CMD_DEAUTHENTICATE);
	answer(world, 0);
	expect(world, NL80211_CMD_AUTHENTICATE);
	happen_deauth(world, own); /* the event of our own request */
	answer(world, 0);
	expect_no_event(world);
	authenticated(world);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
}

static void refused_association_is_passed_on(void **state)
{
	struct world *world = *state;

	link_to(world);
	request_association(world);
	associated(world, STATUS_AP_FULL);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	happen(world, eapol_message());
	expect_no_event(world);
}

/* ---- the handshake ---- */

static void early_eapol_waits_for_the_association(void **state)
{
	struct world *world = *state;

	link_to(world);
	request_association(world);
	happen(world, eapol_message());
	expect_no_event(world);
	associated(world, STATUS_SUCCESS);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	expect_event(world, PLANE_EVENT_EAPOL);
	assert_int_equal(world->event.frame->len, 18);
	assert_memory_equal(world->event.frame->data + 6, bssid, 6);
}

/* It belongs to the attempt before. */
static void eapol_of_a_refused_association_is_forgotten(void **state)
{
	struct world *world = *state;

	link_to(world);
	request_association(world);
	happen(world, eapol_message());
	associated(world, STATUS_REFUSED_TEMPORARILY);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	ask_to_associate(world, false);
	expect(world, NL80211_CMD_ASSOCIATE);
	associated(world, STATUS_SUCCESS);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	expect_no_event(world);
}

static void message_4_precedes_the_keys(void **state)
{
	static const uint8_t eapol[] = {2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0x88, 0x8e, 2, 3, 0, 0};
	struct world *world = *state;
	const struct nl80211_request *request;
	struct plane_action *action;
	struct nlattr *key;

	associate(world);
	action = plane_actions_add(&world->actions, PLANE_EAPOL);
	action->frame = frame_from(eapol, sizeof(eapol), 0, 0);
	add_key(world, false, 0, CIPHER_CCMP_128, 0);
	add_key(world, true, 2, CIPHER_CCMP_128, 0x010203);
	apply(world);
	authorise(world);

	request = expect(world, NL80211_CMD_CONTROL_PORT_FRAME);
	assert_bytes(request_attribute(request, NL80211_ATTR_FRAME), eapol + 14, 4);
	assert_non_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT));
	request = expect(world, NL80211_CMD_NEW_KEY);
	assert_bytes(request_attribute(request, NL80211_ATTR_MAC), bssid, 6);
	key = request_attribute(request, NL80211_ATTR_KEY);
	assert_u32(nested_attribute(key, NL80211_KEY_CIPHER), 0x000fac04);
	assert_null(nested_attribute(key, NL80211_KEY_SEQ));
	request = expect(world, NL80211_CMD_NEW_KEY);
	assert_null(request_attribute(request, NL80211_ATTR_MAC));
	key = request_attribute(request, NL80211_ATTR_KEY);
	assert_bytes(nested_attribute(key, NL80211_KEY_SEQ), "\3\2\1\0\0\0", 6);
	assert_int_equal(nla_get_u8(nested_attribute(key, NL80211_KEY_IDX)), 2);
	request = expect(world, NL80211_CMD_SET_STATION);
	assert_non_null(request_attribute(request, NL80211_ATTR_STA_FLAGS2));
	expect_no_request(world);
	assert_true(answer(world, 0));
	expect_operstate(world, true);
	request = expect(world, NL80211_CMD_SET_CQM);
	assert_u32(nested_attribute(request_attribute(request, NL80211_ATTR_CQM), NL80211_ATTR_CQM_RSSI_THOLD),
		   (uint32_t)-65);
	expect_no_request(world);
}

static void installed_key_is_not_installed_again(void **state)
{
	struct world *world = *state;

	associate(world);
	add_key(world, false, 0, CIPHER_CCMP_128, 0);
	apply(world);
	expect(world, NL80211_CMD_NEW_KEY);
	add_key(world, false, 0, CIPHER_CCMP_128, 0);
	apply(world);
	expect_no_request(world);
}

static void failed_key_is_reported(void **state)
{
	struct world *world = *state;

	associate(world);
	add_key(world, true, 1, CIPHER_GCMP_256, 0);
	apply(world);
	expect(world, NL80211_CMD_NEW_KEY);
	assert_false(answer(world, -EINVAL));
	assert_true(expect_event(world, PLANE_EVENT_KEY_FAILED)->group);
}

/* Its request was lost for lack of memory. The kernel would send data in the clear. */
static void port_stays_closed_without_a_pairwise_key(void **state)
{
	struct world *world = *state;

	associate(world);
	authorise(world);
	expect_no_request(world);
}

/* The requests that follow the failed one are still carried out. */
static void port_stays_closed_after_a_failed_key(void **state)
{
	struct world *world = *state;

	associate(world);
	add_key(world, false, 0, CIPHER_CCMP_128, 0);
	authorise(world);
	expect(world, NL80211_CMD_NEW_KEY);
	answer(world, -EINVAL);
	expect_event(world, PLANE_EVENT_KEY_FAILED);
	expect(world, NL80211_CMD_SET_STATION);
	act(world, PLANE_STATION_REMOVE);
	expect(world, NL80211_CMD_DEAUTHENTICATE);
	expect_no_request(world);
}

static void port_that_does_not_open_is_a_failure(void **state)
{
	struct world *world = *state;

	associate(world);
	add_key(world, false, 0, CIPHER_CCMP_128, 0);
	authorise(world);
	expect(world, NL80211_CMD_NEW_KEY);
	expect(world, NL80211_CMD_SET_STATION);
	assert_false(answer(world, -EIO));
	expect_event(world, PLANE_EVENT_KEY_FAILED);
	expect_no_request(world);
}

/* The kernel wants the Michael key for sending first: at a station, the second one of the handshake. */
static void michael_keys_change_places(void **state)
{
	struct nl80211_requests requests = {0};
	struct plane_key key = {.cipher = CIPHER_TKIP, .len = 32};
	const uint8_t *bytes;

	(void)state;
	for (uint8_t i = 0; i < key.len; i++)
		key.bytes[i] = i;
	nl80211_key_install(&requests, IFINDEX, bssid, &key, NL80211_SUPPLICANT);
	nl80211_key_install(&requests, IFINDEX, bssid, &key, NL80211_AUTHENTICATOR);
	bytes = nla_data(nested_attribute(request_attribute(&requests.list[0], NL80211_ATTR_KEY), NL80211_KEY_DATA));
	assert_memory_equal(bytes, key.bytes, 16);
	assert_memory_equal(bytes + 16, key.bytes + 24, 8);
	assert_memory_equal(bytes + 24, key.bytes + 16, 8);
	assert_bytes(nested_attribute(request_attribute(&requests.list[1], NL80211_ATTR_KEY), NL80211_KEY_DATA),
		     key.bytes, 32);
	nl80211_requests_free(&requests);
}

/* As `vifi sta --power-save` says: -1 leaves the card as it is. */
static void power_save_is_set_at_the_beginning(void **state)
{
	(void)state;
	for (int power_save = -1; power_save <= 1; power_save++) {
		struct nl80211_wiphy wiphy = {0};
		struct nl80211_sta_setup setup = {.ifindex = IFINDEX, .wiphy = &wiphy, .power_save = power_save};
		struct nl80211_sta *sta = nl80211_sta_new(&setup);
		struct nl80211_requests requests = {0};
		int asked = -1;

		assert_non_null(sta);
		nl80211_sta_begin(sta, &requests);
		for (size_t i = 0; i < requests.count; i++)
			if (requests.list[i].command == NL80211_CMD_SET_POWER_SAVE)
				asked = nla_get_u32(request_attribute(&requests.list[i], NL80211_ATTR_PS_STATE)) ==
					NL80211_PS_ENABLED;
		assert_int_equal(asked, power_save);
		nl80211_requests_free(&requests);
		nl80211_sta_free(sta);
	}
}

static void link_with(struct world *world, bool four_address)
{
	struct plane_action *action = plane_actions_add(&world->actions, PLANE_LINK);

	action->link = (struct plane_link){.ssid_len = 4, .freq_mhz = 2437, .four_address = four_address};
	mac_copy(action->link.bssid, bssid);
	memcpy(action->link.ssid, "home", 4);
	apply(world);
}

/* enable_4addr_mode=1 of a network. A port of a bridge cannot leave the mode: that is no error. */
static void mode_with_four_addresses_follows_the_network(void **state)
{
	struct world *world = *state;
	const struct nl80211_request *request;

	link_with(world, true);
	request = expect(world, NL80211_CMD_SET_INTERFACE);
	assert_int_equal(nla_get_u8(request_attribute(request, NL80211_ATTR_4ADDR)), 1);
	assert_false(answer(world, -EOPNOTSUPP)); /* for the log */
	assert_false(nl80211_sta_has_four_address(world->sta));
	link_with(world, true);
	expect(world, NL80211_CMD_SET_INTERFACE);
	assert_true(answer(world, 0));
	assert_true(nl80211_sta_has_four_address(world->sta));
	link_with(world, true);
	expect_no_request(world);
	link_with(world, false);
	request = expect(world, NL80211_CMD_SET_INTERFACE);
	assert_int_equal(nla_get_u8(request_attribute(request, NL80211_ATTR_4ADDR)), 0);
	assert_true(answer(world, -EBUSY));
	assert_true(nl80211_sta_has_four_address(world->sta));
	link_with(world, false);
	expect(world, NL80211_CMD_SET_INTERFACE);
	assert_true(answer(world, 0));
	assert_false(nl80211_sta_has_four_address(world->sta));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(requests_to_join_have_the_terms),
		CASE(disabled_modes_are_passed_on),
		CASE(unanswered_request_is_reported),
		CASE(forgotten_bss_is_scanned_again),
		CASE(association_of_before_is_ended_first),
		CASE(refused_association_is_passed_on),
		CASE(early_eapol_waits_for_the_association),
		CASE(eapol_of_a_refused_association_is_forgotten),
		CASE(message_4_precedes_the_keys),
		CASE(installed_key_is_not_installed_again),
		CASE(failed_key_is_reported),
		CASE(port_stays_closed_without_a_pairwise_key),
		CASE(port_stays_closed_after_a_failed_key),
		CASE(port_that_does_not_open_is_a_failure),
		CASE(mode_with_four_addresses_follows_the_network),
		cmocka_unit_test(michael_keys_change_places),
		cmocka_unit_test(power_save_is_set_at_the_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station on a driver with an SME of its own, which may run the handshake and roam. */
#include "nl80211_sta_world.h"

#include <errno.h>

static void driver_with_an_sme_connects(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_CONNECT);
	struct world *world = *state;
	const struct nl80211_request *request;

	assert_true(nl80211_sta_capabilities(&world->wiphy).connects);
	assert_false(nl80211_sta_has_control_port(world->sta));
	link_to(world);
	ask_to_associate(world, false);
	request = expect(world, NL80211_CMD_CONNECT);
	assert_non_null(request_attribute(request, NL80211_ATTR_PRIVACY));
	assert_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT_OVER_NL80211));
	answer(world, 0);
	nla_put(message, NL80211_ATTR_MAC, 6, bssid);
	nla_put_u16(message, NL80211_ATTR_STATUS_CODE, 0);
	happen(world, message);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	assert_int_equal(le16(world->event.frame->data) & FC_SUBTYPE, MGMT_ASSOC_RESPONSE);
}

/* Its elements and keys would be those of another access point than control believes. */
static void connection_to_another_bss_is_ended(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 1, 9};
	struct nl_msg *message = message_new(NL80211_CMD_CONNECT);
	struct world *world = *state;

	link_to(world);
	ask_to_associate(world, false);
	expect(world, NL80211_CMD_CONNECT);
	answer(world, 0);
	nla_put(message, NL80211_ATTR_MAC, 6, other);
	nla_put_u16(message, NL80211_ATTR_STATUS_CODE, 0);
	happen(world, message);
	assert_int_equal(expect_event(world, PLANE_EVENT_TX_STATUS)->cookie, 18);
	expect_no_event(world);
	expect(world, NL80211_CMD_DISCONNECT);
	expect_no_request(world);
}

static void connect_with_offload(struct world *world)
{
	struct nl_msg *message = message_new(NL80211_CMD_CONNECT);

	have_feature(&world->wiphy, NL80211_EXT_FEATURE_4WAY_HANDSHAKE_STA_PSK);
	nl80211_sta_free(world->sta);
	world->sta = nl80211_sta_new(&(struct nl80211_sta_setup){
		.ifindex = IFINDEX, .wiphy = &world->wiphy, .power_save = -1, .addr = {2, 0, 0, 0, 0, 1}});
	assert_true(nl80211_sta_capabilities(&world->wiphy).handshakes);
	link_to(world);
	ask_to_associate(world, false);
	assert_int_equal(nla_len(request_attribute(expect(world, NL80211_CMD_CONNECT), NL80211_ATTR_PMK)), 32);
	nla_put(message, NL80211_ATTR_REQ_IE, sizeof(rsne), rsne);
	happen(world, message);
	assert_true(span_equals(expect_event(world, PLANE_EVENT_MANAGEMENT)->elements, rsne, sizeof(rsne)));
}

static void driver_runs_the_handshake(void **state)
{
	struct world *world = *state;

	connect_with_offload(world);
	happen(world, message_new(NL80211_CMD_PORT_AUTHORIZED));
	expect_event(world, PLANE_EVENT_AUTHORISED);
	authorise(world);
	expect_operstate(world, true);
	expect(world, NL80211_CMD_SET_CQM);
	expect_no_request(world);
}

static void failed_handshake_of_the_driver_has_its_reason(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_DISCONNECT);
	struct world *world = *state;

	connect_with_offload(world);
	nla_put_u16(message, NL80211_ATTR_REASON_CODE, REASON_4WAY_TIMEOUT);
	happen(world, message);
	assert_int_equal(expect_event(world, PLANE_EVENT_DISCONNECTED)->reason, REASON_4WAY_TIMEOUT);
}

/* Control learns of the BSS before it learns that the driver has moved there. */
static void driver_that_roams_is_followed(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 1, 9};
	struct nl_msg *message = message_new(NL80211_CMD_ROAM);
	struct world *world = *state;

	connect_with_offload(world);
	nla_put(message, NL80211_ATTR_MAC, 6, other);
	happen(world, message);
	expect(world, NL80211_CMD_GET_SCAN);
	happen(world, message_new(NL80211_CMD_PORT_AUTHORIZED));
	expect_no_event(world);
	answer_results(world, 10);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	assert_memory_equal(expect_event(world, PLANE_EVENT_ROAMED)->addr, other, 6);
	expect_event(world, PLANE_EVENT_AUTHORISED);
}

static void associated_by_connect(struct world *world)
{
	struct nl_msg *message = message_new(NL80211_CMD_CONNECT);

	link_to(world);
	ask_to_associate(world, false);
	expect(world, NL80211_CMD_CONNECT);
	answer(world, 0);
	nla_put(message, NL80211_ATTR_MAC, 6, bssid);
	nla_put_u16(message, NL80211_ATTR_STATUS_CODE, 0);
	happen(world, message);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
}

/* The driver itself leaves the old access point: a disconnection before would lose frames and time. */
static void roaming_is_one_connect(void **state)
{
	struct world *world = *state;
	const struct nl80211_request *request;

	associated_by_connect(world);
	link_to(world);
	expect_no_request(world);
	ask_to_associate(world, true);
	request = expect(world, NL80211_CMD_CONNECT);
	assert_non_null(request_attribute(request, NL80211_ATTR_PREV_BSSID));
	expect_no_request(world);
	/* The association has ended by itself: a new one, then. */
	answer(world, -ENOTCONN);
	expect(world, NL80211_CMD_DISCONNECT);
	answer(world, -ENOTCONN);
	request = expect(world, NL80211_CMD_CONNECT);
	assert_null(request_attribute(request, NL80211_ATTR_PREV_BSSID));
}

/* What was to be replaced does not remain. */
static void association_that_is_not_replaced_ends(void **state)
{
	struct world *world = *state;

	associated_by_connect(world);
	link_to(world);
	ask_to_associate(world, false);
	expect(world, NL80211_CMD_DISCONNECT);
	answer(world, 0);
	assert_null(request_attribute(expect(world, NL80211_CMD_CONNECT), NL80211_ATTR_PREV_BSSID));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_SME(driver_with_an_sme_connects),
		CASE_SME(connection_to_another_bss_is_ended),
		CASE_SME(driver_runs_the_handshake),
		CASE_SME(failed_handshake_of_the_driver_has_its_reason),
		CASE_SME(driver_that_roams_is_followed),
		CASE_SME(roaming_is_one_connect),
		CASE_SME(association_that_is_not_replaced_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

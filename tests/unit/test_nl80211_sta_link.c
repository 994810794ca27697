/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station over nl80211 that is associated: how the association ends, and what the driver reports of it. */
#include "nl80211_sta_world.h"

#include "wire/ether.h"

#include <errno.h>

/* ---- the end ---- */

static void deauthentication_of_the_access_point_closes_the_port(void **state)
{
	struct world *world = *state;

	associate(world);
	open_port(world);
	happen_deauth(world, bssid);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	expect_operstate(world, false);
	act(world, PLANE_STATION_REMOVE);
	expect_no_request(world);
}

/* The driver decrypts it under PMF, and leaves the Protected bit set, as mac80211 does. */
static void protected_goodbye_is_in_the_clear(void **state)
{
	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, own, bssid, bssid);
	struct world *world = *state;

	associate(world);
	write_le16(&writer, REASON_INACTIVE);
	put_le16(frame_make_writable(writer.frame), MGMT_DEAUTH | FC_PROTECTED);
	happen_frame(world, NL80211_CMD_DEAUTHENTICATE, &writer);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	assert_int_equal(le16(world->event.frame->data), MGMT_DEAUTH);
}

/* The driver hears no beacons any more. */
static void deauthentication_of_the_driver_is_a_loss(void **state)
{
	struct world *world = *state;

	associate(world);
	happen_deauth(world, own);
	expect_event(world, PLANE_EVENT_LOST);
}

static void roaming_station_leaves_without_a_frame(void **state)
{
	struct world *world = *state;
	const struct nl80211_request *request;

	associate(world);
	act(world, PLANE_STATION_REMOVE);
	request = expect(world, NL80211_CMD_DEAUTHENTICATE);
	assert_non_null(request_attribute(request, NL80211_ATTR_LOCAL_STATE_CHANGE));
	answer(world, 0);
	happen_deauth(world, own);
	expect_no_event(world);
}

/* The action that removes the station was lost for lack of memory. */
static void association_unknown_to_control_is_ended(void **state)
{
	struct world *world = *state;

	link_to(world);
	nl80211_sta_end_association(world->sta, &world->out);
	expect_no_request(world);
	join(world);
	open_port(world);
	nl80211_sta_end_association(world->sta, &world->out);
	expect(world, NL80211_CMD_DEAUTHENTICATE);
	answer(world, 0);
	expect_operstate(world, false);
	happen_deauth(world, own);
	expect_no_event(world);
	expect_no_request(world);
}

static void leave_and_come_back(struct world *world, bool reported)
{
	act(world, PLANE_STATION_REMOVE);
	expect(world, NL80211_CMD_DEAUTHENTICATE);
	answer(world, 0);
	if (reported)
		happen_deauth(world, own);
	expect_no_event(world);
	associate(world);
}

/* The access point was faster, so the kernel had nothing left to report. */
static void unreported_deauthentication_hides_no_loss(void **state)
{
	struct world *world = *state;

	associate(world);
	leave_and_come_back(world, false);
	world->now_ns += 60 * SECOND;
	leave_and_come_back(world, true);
	happen_deauth(world, own);
	expect_event(world, PLANE_EVENT_LOST);
}

static void goodbye_has_its_reason(void **state)
{
	struct frame_writer writer = mgmt_begin(MGMT_DEAUTH, bssid, own, bssid);
	struct world *world = *state;
	const struct nl80211_request *request;

	associate(world);
	write_le16(&writer, REASON_LEAVING);
	plane_actions_add(&world->actions, PLANE_MANAGEMENT)->frame = frame_writer_end(&writer);
	plane_actions_add(&world->actions, PLANE_STATION_REMOVE);
	apply(world);
	request = expect(world, NL80211_CMD_DEAUTHENTICATE);
	assert_null(request_attribute(request, NL80211_ATTR_LOCAL_STATE_CHANGE));
	assert_int_equal(nla_get_u16(request_attribute(request, NL80211_ATTR_REASON_CODE)), REASON_LEAVING);
	expect_no_request(world);
}

/* ---- the port ---- */

/* The carrier of the association may follow our request: the kernel tells when data passes. */
static void port_is_open_when_the_kernel_passes_data(void **state)
{
	struct world *world = *state;

	associate(world);
	nl80211_sta_port_opened(world->sta);
	expect_no_event(world);
	open_port(world);
	expect_no_event(world);
	nl80211_sta_port_opened(world->sta);
	expect_event(world, PLANE_EVENT_PORT_OPEN);
	nl80211_sta_port_opened(world->sta);
	expect_no_event(world);
}

/* It says nothing, or refuses to say it: data may pass all the same. */
static void port_counts_as_open_without_a_word_of_the_kernel(void **state)
{
	struct world *world = *state;

	associate(world);
	open_port(world);
	world->now_ns += SECOND;
	assert_true(nl80211_sta_deadline(world->sta) <= world->now_ns);
	nl80211_sta_tick(world->sta, world->now_ns, &world->out);
	expect(world, NL80211_CMD_GET_STATION);
	expect_event(world, PLANE_EVENT_PORT_OPEN);
	happen_deauth(world, bssid);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	expect_operstate(world, false);
	join(world);
	add_key(world, false, 0, CIPHER_CCMP_128, 0);
	authorise(world);
	expect(world, NL80211_CMD_NEW_KEY);
	expect(world, NL80211_CMD_SET_STATION);
	answer(world, 0);
	expect_operstate(world, true);
	assert_false(answer(world, -EPERM)); /* it is logged */
	expect_event(world, PLANE_EVENT_PORT_OPEN);
}

/* The next attempt needs an answer of its own. */
static void port_that_was_closed_meanwhile_is_not_reported(void **state)
{
	struct world *world = *state;

	associate(world);
	open_port(world);
	happen_deauth(world, bssid);
	expect_event(world, PLANE_EVENT_MANAGEMENT);
	nl80211_sta_port_opened(world->sta);
	expect_no_event(world);
}

/* ---- sign of life ---- */

static void keep_alive(struct world *world, uint64_t interval_ns)
{
	plane_actions_add(&world->actions, PLANE_STATION_SET)->station = (struct plane_station){
		.associated = true, .authorised = true, .rsn = true, .keep_alive_ns = interval_ns};
	apply(world);
}

/* A data frame that the kernel encrypts (11.21.13). */
static void station_keeps_the_period_of_the_access_point(void **state)
{
	struct world *world = *state;
	const struct nl80211_request *request;

	associate(world);
	open_port(world);
	keep_alive(world, 60 * SECOND);
	world->now_ns += SECOND;
	nl80211_sta_tick(world->sta, world->now_ns, &world->out);
	expect(world, NL80211_CMD_GET_STATION);
	for (int i = 0; i < 2; i++) {
		world->now_ns += 59 * SECOND + i * SECOND;
		assert_true(nl80211_sta_deadline(world->sta) <= world->now_ns);
		nl80211_sta_tick(world->sta, world->now_ns, &world->out);
		expect(world, NL80211_CMD_GET_STATION);
		request = expect(world, NL80211_CMD_CONTROL_PORT_FRAME);
		assert_int_equal(nla_get_u16(request_attribute(request, NL80211_ATTR_CONTROL_PORT_ETHERTYPE)),
				 ETHERTYPE_PREAUTH);
		assert_memory_equal(nla_data(request_attribute(request, NL80211_ATTR_MAC)), bssid, MAC_LEN);
		assert_int_equal(nla_len(request_attribute(request, NL80211_ATTR_FRAME)), 0);
		assert_null(request_attribute(request, NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT));
		expect_no_request(world);
	}
	keep_alive(world, 0);
	world->now_ns += 60 * SECOND;
	nl80211_sta_tick(world->sta, world->now_ns, &world->out);
	expect(world, NL80211_CMD_GET_STATION);
	expect_no_request(world);
}

/* ---- what the driver reports ---- */

static void unprotected_goodbye_is_suspect(void **state)
{
	struct world *world = *state;

	associate(world);
	happen(world, message_new(NL80211_CMD_UNPROT_DEAUTHENTICATE));
	expect_event(world, PLANE_EVENT_SUSPECT);
}

/* The driver reports a weak signal: how weak, it says when asked. */
static void weak_signal_is_measured(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_NOTIFY_CQM), *answer_message;
	struct nlmsghdr *header;
	struct nlattr *nest = nla_nest_start(message, NL80211_ATTR_CQM);
	struct nl80211_reply reply = {.messages = &header, .count = 1};
	struct world *world = *state;

	associate(world);
	nla_put_u32(message, NL80211_ATTR_CQM_RSSI_THRESHOLD_EVENT, NL80211_CQM_RSSI_THRESHOLD_EVENT_LOW);
	nla_nest_end(message, nest);
	happen(world, message);
	expect(world, NL80211_CMD_GET_STATION);
	answer_message = message_new(NL80211_CMD_NEW_STATION);
	nest = nla_nest_start(answer_message, NL80211_ATTR_STA_INFO);
	nla_put_u8(answer_message, NL80211_STA_INFO_SIGNAL_AVG, (uint8_t)-71);
	nla_nest_end(answer_message, nest);
	header = nlmsg_hdr(answer_message);
	assert_true(nl80211_sta_reply(world->sta, &world->request, &reply, world->now_ns, &world->out));
	assert_int_equal(expect_event(world, PLANE_EVENT_SIGNAL)->signal_dbm, -71);
	nlmsg_free(answer_message);
}

static void michael_failure_says_which_key(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_MICHAEL_MIC_FAILURE);
	struct world *world = *state;

	associate(world);
	nla_put_u32(message, NL80211_ATTR_KEY_TYPE, NL80211_KEYTYPE_GROUP);
	happen(world, message);
	assert_true(expect_event(world, PLANE_EVENT_MICHAEL)->group);
}

static void channel_switch_is_followed(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_CH_SWITCH_NOTIFY);
	struct world *world = *state;

	associate(world);
	nla_put_u32(message, NL80211_ATTR_WIPHY_FREQ, 2462);
	happen(world, message);
	assert_int_equal(expect_event(world, PLANE_EVENT_CHANNEL)->freq_mhz, 2462);
}

static void channel_switch_is_announced(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_CH_SWITCH_STARTED_NOTIFY);
	struct world *world = *state;

	associate(world);
	nla_put_u32(message, NL80211_ATTR_WIPHY_FREQ, 2462);
	happen(world, message);
	assert_int_equal(expect_event(world, PLANE_EVENT_SWITCHING)->freq_mhz, 2462);
	expect_no_event(world);
}

static void forbidden_channel_is_left(void **state)
{
	static const uint16_t freqs[] = {2437, 2412};
	struct nl_msg *message = message_new(NL80211_CMD_CH_SWITCH_NOTIFY);
	struct plane_action *action;
	struct world *world = *state;

	action = plane_actions_add(&world->actions, PLANE_LINK);
	action->link = (struct plane_link){.freq_mhz = 2437, .freqs = freqs, .freq_count = COUNT(freqs)};
	mac_copy(action->link.bssid, bssid);
	apply(world);
	join(world);
	nla_put_u32(message, NL80211_ATTR_WIPHY_FREQ, 2412);
	happen(world, message);
	expect_event(world, PLANE_EVENT_CHANNEL);
	message = message_new(NL80211_CMD_CH_SWITCH_NOTIFY);
	nla_put_u32(message, NL80211_ATTR_WIPHY_FREQ, 2462);
	happen(world, message);
	expect_event(world, PLANE_EVENT_LOST);
	expect_no_event(world);
	act(world, PLANE_STATION_REMOVE);
	expect(world, NL80211_CMD_DEAUTHENTICATE);
}

static void expect_drop(struct world *world, enum drop drop)
{
	struct plane_actions *reports = nl80211_sta_reports(world->sta);

	assert_int_equal(reports->count, 1);
	assert_int_equal(reports->list[0].kind, PLANE_REPORT);
	assert_int_equal(reports->list[0].report.kind, ACTION_DROP);
	assert_int_equal(reports->list[0].report.drop, drop);
	plane_actions_clear(reports);
	expect_no_event(world);
}

static void dropped_frames_have_a_reason(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 1, 9},
			     packet[18] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 9, 0x88, 0x8e};
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, own, bssid, bssid);
	struct frame *frame = frame_from(packet, sizeof(packet), 0, 0);
	struct world *world = *state;

	write_le32(&writer, 0);
	happen_frame(world, NL80211_CMD_FRAME, &writer);
	expect_drop(world, DROP_MGMT_UNEXPECTED);
	link_to(world);
	happen(world, eapol_message());
	expect_drop(world, DROP_EAPOL_UNEXPECTED);
	happen(world, eapol_from(other, 0x888e));
	expect_drop(world, DROP_OTHER_BSS);
	happen(world, eapol_from(bssid, 0x88c7));
	expect_drop(world, DROP_EAPOL_UNEXPECTED);
	nl80211_sta_packet(world->sta, frame);
	expect_drop(world, DROP_OTHER_BSS);
	frame_free(frame);
}

static void events_of_other_interfaces_are_ignored(void **state)
{
	struct nl_msg *message = message_new(NL80211_CMD_UNPROT_DEAUTHENTICATE);
	struct nl80211_event event;
	struct world *world = *state;

	associate(world);
	nla_put_u32(message, NL80211_ATTR_IFINDEX, IFINDEX + 1);
	assert_true(nl80211_event_parse(&event, nlmsg_hdr(message)));
	nl80211_sta_event(world->sta, &event, world->now_ns, &world->out);
	nlmsg_free(message);
	expect_no_event(world);
}

/* ---- lost events ---- */

static void lost_events_make_it_ask_for_the_association(void **state)
{
	struct world *world = *state;

	associate(world);
	nl80211_sta_resync(world->sta, &world->out);
	expect(world, NL80211_CMD_GET_STATION);
	assert_true(answer(world, -ENOENT));
	expect_event(world, PLANE_EVENT_LOST);
}

static void change_address(struct world *world)
{
	mac_copy(plane_actions_add(&world->actions, PLANE_ADDRESS)->addr, (const uint8_t[]){2, 9, 9, 9, 9, 9});
	apply(world);
}

/* An association ends first. The next frames have the new address. */
static void address_changes_without_an_association(void **state)
{
	struct world *world = *state;

	associate(world);
	change_address(world);
	expect(world, NL80211_CMD_DEAUTHENTICATE);
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_int_equal(world->request.kind, NL80211_REQUEST_ADDRESS);
	assert_memory_equal(world->request.addr, "\2\11\11\11\11\11", 6);
	assert_true(answer(world, 0));
	expect_no_event(world);
	expect_no_request(world);
}

/* The kernel reports the end of the old association with the old address, and the loss of the next one is no echo of it. */
static void loss_after_a_change_of_address_is_reported(void **state)
{
	struct world *world = *state;

	associate(world);
	change_address(world);
	expect(world, NL80211_CMD_DEAUTHENTICATE);
	answer(world, 0);
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_true(answer(world, 0));
	happen_deauth(world, own);
	expect_no_event(world);
	mac_copy(plane_actions_add(&world->actions, PLANE_ADDRESS)->addr, own);
	apply(world);
	nl80211_request_free(&world->request);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_true(answer(world, 0));
	associate(world);
	happen_deauth(world, own);
	expect_event(world, PLANE_EVENT_LOST);
}

static void address_that_stays_is_reported(void **state)
{
	struct world *world = *state;
	const struct plane_event *event;

	change_address(world);
	assert_true(nl80211_requests_take(&world->out, &world->request));
	assert_false(answer(world, -EBUSY));
	event = expect_event(world, PLANE_EVENT_ADDRESS);
	assert_memory_equal(event->addr, own, 6);
}

/* ---- group keys while the machine sleeps ---- */

static void put_rekey_data(struct world *world)
{
	struct plane_rekey *rekey = &plane_actions_add(&world->actions, PLANE_REKEY_DATA)->rekey;

	*rekey = (struct plane_rekey){
		.akm = AKM_PSK, .kek_len = 16, .kck_len = 16, .replay_counter = UINT64_C(0x0102030405060708)};
	memset(rekey->kek, 0xee, 16);
	memset(rekey->kck, 0xcc, 16);
	apply(world);
}

static void driver_gets_the_keys_of_group_handshakes(void **state)
{
	static const uint8_t counter[] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t kek[16], kck[16];
	struct world *world = *state;
	struct nlattr *nest;

	memset(kek, 0xee, sizeof(kek));
	memset(kck, 0xcc, sizeof(kck));
	associate(world);
	put_rekey_data(world);
	nest = request_attribute(expect(world, NL80211_CMD_SET_REKEY_OFFLOAD), NL80211_ATTR_REKEY_DATA);
	assert_bytes(nested_attribute(nest, NL80211_REKEY_DATA_KEK), kek, sizeof(kek));
	assert_bytes(nested_attribute(nest, NL80211_REKEY_DATA_KCK), kck, sizeof(kck));
	assert_bytes(nested_attribute(nest, NL80211_REKEY_DATA_REPLAY_CTR), counter, sizeof(counter));
	assert_u32(nested_attribute(nest, NL80211_REKEY_DATA_AKM), 0x000fac02);
	assert_true(answer(world, -EOPNOTSUPP)); /* no harm */
	expect_no_event(world);
}

static void report_rekeyed(struct world *world, const uint8_t *addr, int len)
{
	static const uint8_t counter[] = {0, 0, 0, 0, 0, 0, 1, 9};
	struct nl_msg *message = message_new(NL80211_CMD_SET_REKEY_OFFLOAD);
	struct nlattr *nest = nla_nest_start(message, NL80211_ATTR_REKEY_DATA);

	nla_put(message, NL80211_REKEY_DATA_REPLAY_CTR, len, counter);
	nla_nest_end(message, nest);
	nla_put(message, NL80211_ATTR_MAC, 6, addr);
	happen(world, message);
}

static void handshake_of_the_driver_is_reported(void **state)
{
	struct world *world = *state;

	associate(world);
	report_rekeyed(world, bssid, 8);
	assert_int_equal(expect_event(world, PLANE_EVENT_REKEYED)->replay_counter, 0x109);
	report_rekeyed(world, own, 8);
	report_rekeyed(world, bssid, 7);
	expect_no_event(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(port_is_open_when_the_kernel_passes_data),
		CASE(port_counts_as_open_without_a_word_of_the_kernel),
		CASE(port_that_was_closed_meanwhile_is_not_reported),
		CASE(station_keeps_the_period_of_the_access_point),
		CASE(deauthentication_of_the_access_point_closes_the_port),
		CASE(protected_goodbye_is_in_the_clear),
		CASE(deauthentication_of_the_driver_is_a_loss),
		CASE(roaming_station_leaves_without_a_frame),
		CASE(association_unknown_to_control_is_ended),
		CASE(unreported_deauthentication_hides_no_loss),
		CASE(goodbye_has_its_reason),
		CASE(unprotected_goodbye_is_suspect),
		CASE(weak_signal_is_measured),
		CASE(michael_failure_says_which_key),
		CASE(channel_switch_is_followed),
		CASE(channel_switch_is_announced),
		CASE(forbidden_channel_is_left),
		CASE(dropped_frames_have_a_reason),
		CASE(events_of_other_interfaces_are_ignored),
		CASE(lost_events_make_it_ask_for_the_association),
		CASE(address_changes_without_an_association),
		CASE(loss_after_a_change_of_address_is_reported),
		CASE(address_that_stays_is_reported),
		CASE(driver_gets_the_keys_of_group_handshakes),
		CASE(handshake_of_the_driver_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

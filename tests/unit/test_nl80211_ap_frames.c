/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access point over nl80211: keys, frames, and what else the kernel reports. */
#include "nl80211_ap_world.h"

#include <errno.h>

/* ---- keys ---- */

static void assert_key(struct world *world, uint8_t id, uint32_t cipher, uint8_t fill, size_t len)
{
	struct nlattr *key[NL80211_KEY_MAX + 1];
	uint8_t bytes[KEY_MAX];

	memset(bytes, fill, len);
	assert_int_equal(nla_parse_nested(key, NL80211_KEY_MAX, world->attrs[NL80211_ATTR_KEY], NULL), 0);
	assert_bytes(key[NL80211_KEY_DATA], bytes, len);
	assert_int_equal(attribute_u8(key[NL80211_KEY_IDX]), id);
	assert_int_equal(attribute_u32(key[NL80211_KEY_CIPHER]), cipher);
	assert_null(key[NL80211_KEY_SEQ]);
}

static void group_keys_are_installed_and_used(void **state)
{
	struct nlattr *key[NL80211_KEY_MAX + 1];
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	install(world, NULL, 1, CIPHER_CCMP_128, 0xaa);
	act(world, PLANE_KEY_DEFAULT, NULL)->key = (struct plane_key){.group = true, .id = 1};
	apply(world);
	take(world, NL80211_CMD_NEW_KEY);
	assert_null(world->attrs[NL80211_ATTR_MAC]);
	assert_key(world, 1, 0x000fac04, 0xaa, 16);
	answer(world, (struct nl80211_reply){.error = -ENOENT});
	next_event(world, PLANE_EVENT_KEY_FAILED, &event);
	assert_true(event.group);
	take(world, NL80211_CMD_SET_KEY);
	assert_int_equal(nla_parse_nested(key, NL80211_KEY_MAX, world->attrs[NL80211_ATTR_KEY], NULL), 0);
	assert_non_null(key[NL80211_KEY_DEFAULT]);
	assert_int_equal(attribute_u8(key[NL80211_KEY_IDX]), 1);
	install(world, NULL, 4, CIPHER_BIP_CMAC_128, 0xbb);
	act(world, PLANE_KEY_DEFAULT, NULL)->key = (struct plane_key){.group = true, .id = 4};
	act(world, PLANE_KEY_REMOVE, NULL)->key = (struct plane_key){.group = true, .id = 5};
	apply(world);
	take(world, NL80211_CMD_NEW_KEY);
	assert_key(world, 4, 0x000fac06, 0xbb, 16);
	take(world, NL80211_CMD_SET_KEY);
	assert_int_equal(nla_parse_nested(key, NL80211_KEY_MAX, world->attrs[NL80211_ATTR_KEY], NULL), 0);
	assert_non_null(key[NL80211_KEY_DEFAULT_MGMT]);
	take(world, NL80211_CMD_DEL_KEY);
	no_more(world);
}

static void a_pairwise_key_is_installed_once(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x11);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
	assert_key(world, 0, 0x000fac04, 0x11, 16);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x11);
	no_more(world);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x12);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
	/* The kernel has no key of the next association. */
	action_set(world, false, false);
	apply(world);
	nl80211_requests_clear(&world->out);
	action_set(world, true, false);
	apply(world);
	nl80211_requests_clear(&world->out);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x12);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
}

/* ---- frames ---- */

static void frames_go_out_with_their_cookies(void **state)
{
	struct world *world = *state;
	struct plane_action *action;
	struct plane_event event;
	struct frame *copy;

	start_quietly(world);
	action = act(world, PLANE_MANAGEMENT, sta_addr);
	action->frame = new_reason_frame(MGMT_AUTH, sta_addr);
	action->management.cookie = 1234;
	copy = frame_from(action->frame->data, action->frame->len, 0, 0);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	assert_bytes(world->attrs[NL80211_ATTR_FRAME], copy->data, copy->len);
	frame_free(copy);
	assert_int_equal(attribute_u32(world->attrs[NL80211_ATTR_WIPHY_FREQ]), FREQ_MHZ);
	assert_null(world->attrs[NL80211_ATTR_DONT_WAIT_FOR_ACK]);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = UINT64_C(1) << 40});
	no_event(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_FRAME_TX_STATUS,
						  .has_cookie = true,
						  .cookie = UINT64_C(1) << 40,
						  .acked = true});
	next_event(world, PLANE_EVENT_TX_STATUS, &event);
	assert_int_equal(event.cookie, 1234);
	assert_true(event.acked);
}

static void a_refused_frame_was_not_acknowledged(void **state)
{
	struct world *world = *state;
	struct plane_action *action;
	struct plane_event event;

	start_quietly(world);
	action = act(world, PLANE_MANAGEMENT, sta_addr);
	action->frame = new_reason_frame(MGMT_AUTH, sta_addr);
	action->management.cookie = 1234;
	apply(world);
	take(world, NL80211_CMD_FRAME);
	answer(world, (struct nl80211_reply){.error = -EBUSY});
	next_event(world, PLANE_EVENT_TX_STATUS, &event);
	assert_int_equal(event.cookie, 1234);
	assert_false(event.acked);
}

static void nobody_acknowledges_a_group_frame(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	act(world, PLANE_MANAGEMENT, broadcast)->frame = new_reason_frame(MGMT_DEAUTH, broadcast);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	assert_non_null(world->attrs[NL80211_ATTR_DONT_WAIT_FOR_ACK]);
}

static void send_eapol(struct world *world, enum plane_eapol_key key)
{
	static const uint8_t frame[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0x88, 0x8e, 2, 3, 0, 0};
	struct plane_action *action = act(world, PLANE_EAPOL, sta_addr);

	action->frame = frame_from(frame, sizeof(frame), 0, 0);
	action->eapol_key = key;
	apply(world);
	take_to(world, NL80211_CMD_CONTROL_PORT_FRAME, sta_addr);
	assert_bytes(world->attrs[NL80211_ATTR_FRAME], frame + 14, 4);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_CONTROL_PORT_ETHERTYPE]), 0x888e);
	assert_true((world->attrs[NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT] != NULL) == (key == PLANE_EAPOL_CLEAR));
}

static void eapol_goes_through_the_control_port(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	associate_quietly(world);
	send_eapol(world, PLANE_EAPOL_CLEAR);
	answer(world, (struct nl80211_reply){.has_cookie = true, .cookie = 9});
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_CONTROL_PORT_FRAME_TX_STATUS,
						  .has_cookie = true,
						  .cookie = 9,
						  .acked = true});
	next_event(world, PLANE_EVENT_EAPOL_STATUS, &event);
	assert_int_equal(event.eapol_status, PLANE_EAPOL_ACKED);
	send_eapol(world, PLANE_EAPOL_PAIRWISE);
	answer(world, (struct nl80211_reply){.error = -ENOTCONN});
	next_event(world, PLANE_EVENT_EAPOL_STATUS, &event);
	assert_int_equal(event.eapol_status, PLANE_EAPOL_UNACKED);
}

/* Message 3 names the packet numbers of the group keys, which only the kernel knows. */
static void a_received_eapol_frame_waits_for_the_packet_numbers(void **state)
{
	static const uint8_t payload[] = {2, 3, 0, 0};
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	associate_quietly(world);
	install(world, NULL, 1, CIPHER_CCMP_128, 0xaa);
	install(world, NULL, 4, CIPHER_BIP_CMAC_128, 0xbb);
	nl80211_requests_clear(&world->out);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_CONTROL_PORT_FRAME,
						  .mac = sta_addr,
						  .ethertype = 0x888e,
						  .unencrypted = true,
						  .frame = {payload, sizeof(payload)}});
	no_event(world);
	take(world, NL80211_CMD_GET_KEY);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_KEY_IDX]), 1);
	answer(world, (struct nl80211_reply){.error = -EOPNOTSUPP});
	no_event(world);
	take(world, NL80211_CMD_GET_KEY);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_KEY_IDX]), 4);
	answer(world, (struct nl80211_reply){0});
	next_event(world, PLANE_EVENT_GROUP_PN, &event);
	next_event(world, PLANE_EVENT_EAPOL, &event);
	assert_false(event.protected);
	assert_memory_equal(event.addr, sta_addr, 6);
	assert_int_equal(event.frame->len, 14 + sizeof(payload));
	assert_memory_equal(event.frame->data, bssid, 6);
	assert_memory_equal(event.frame->data + 6, sta_addr, 6);
	assert_memory_equal(event.frame->data + 14, payload, sizeof(payload));
	no_event(world);
}

/* The kernel has decrypted it, but leaves the bit that says that it was encrypted. */
static void a_protected_management_frame_is_reported_in_the_clear(void **state)
{
	struct frame *frame = new_reason_frame(MGMT_DEAUTH, bssid);
	uint8_t *bytes = frame_make_writable(frame);
	struct world *world = *state;
	struct plane_event event;
	struct mgmt mgmt;

	put_le16(bytes, le16(bytes) | FC_PROTECTED);
	memcpy(bytes + DOT11_OFF_ADDR2, sta_addr, 6);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_FRAME, .frame = {frame->data, frame->len}});
	next_event(world, PLANE_EVENT_MANAGEMENT, &event);
	assert_true(event.protected);
	assert_int_equal(mgmt_parse(&mgmt, event.frame->data, event.frame->len), 0);
	assert_int_equal(mgmt.reason, REASON_LEAVING);
	frame_free(frame);
}

static void expect_drop(struct world *world, enum drop drop, const uint8_t *addr)
{
	struct plane_actions *reports = nl80211_ap_reports(world->plane);

	assert_int_equal(reports->count, 1);
	assert_int_equal(reports->list[0].kind, PLANE_REPORT);
	assert_int_equal(reports->list[0].report.kind, ACTION_DROP);
	assert_int_equal(reports->list[0].report.drop, drop);
	assert_memory_equal(reports->list[0].report.addr, addr, 6);
	plane_actions_clear(reports);
	no_event(world);
}

static void dropped_frames_have_a_reason(void **state)
{
	static const uint8_t payload[] = {2, 3, 0, 0}, nobody[6] = {0};
	struct frame *frame = frame_from(payload, sizeof(payload), 0, 0);
	struct world *world = *state;
	struct nl80211_event event = {.command = NL80211_CMD_CONTROL_PORT_FRAME,
				      .mac = sta_addr,
				      .ethertype = 0x88c7, /* pre-authentication */
				      .frame = {payload, sizeof(payload)}};

	start_quietly(world);
	associate_quietly(world);
	kernel_says(world, event);
	expect_drop(world, DROP_EAPOL_UNEXPECTED, sta_addr);
	event.ethertype = 0x888e;
	event.mac = NULL;
	kernel_says(world, event);
	expect_drop(world, DROP_EAPOL_UNEXPECTED, nobody);
	event.command = NL80211_CMD_FRAME;
	kernel_says(world, event);
	expect_drop(world, DROP_TRUNCATED, nobody);
	nl80211_ap_packet(world->plane, IFINDEX, frame, world->now_ns, &world->out);
	expect_drop(world, DROP_TRUNCATED, nobody);
	frame_free(frame);
}

static void what_strangers_and_forgers_do_is_reported(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_UNEXPECTED_FRAME, .mac = sta_addr});
	next_event(world, PLANE_EVENT_UNEXPECTED, &event);
	assert_memory_equal(event.addr, sta_addr, 6);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_MICHAEL_MIC_FAILURE, .mac = sta_addr});
	next_event(world, PLANE_EVENT_MICHAEL, &event);
	kernel_says(world, (struct nl80211_event){
				   .command = NL80211_CMD_NOTIFY_CQM, .mac = sta_addr, .cqm = {.packets_lost = 50}});
	next_event(world, PLANE_EVENT_LOSS, &event);
	assert_int_equal(event.lost, 50);
}

/* An answer to a group would be for all its stations. */
static void transmitters_that_are_no_station_are_dropped(void **state)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, group[6] = {1, 1, 1, 1, 1, 1}, zero[6];
	const uint8_t *senders[] = {all, group, zero, bssid};
	struct world *world = *state;

	start_quietly(world);
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		struct frame_writer writer = mgmt_begin(MGMT_AUTH, bssid, senders[i], bssid);
		struct frame *frame;

		write_bytes(&writer, "\0\0\1\0\0", 6);
		frame = frame_writer_end(&writer);
		kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_UNEXPECTED_FRAME, .mac = senders[i]});
		expect_drop(world, DROP_FOREIGN_TRANSMITTER, senders[i]);
		kernel_says(world,
			    (struct nl80211_event){.command = NL80211_CMD_FRAME, .frame = {frame->data, frame->len}});
		expect_drop(world, DROP_FOREIGN_TRANSMITTER, senders[i]);
		frame_free(frame);
	}
}

static void events_of_other_interfaces_are_ignored(void **state)
{
	struct world *world = *state;
	struct nl80211_event event = {
		.command = NL80211_CMD_UNEXPECTED_FRAME, .has_ifindex = true, .ifindex = IFINDEX + 1, .mac = sta_addr};

	start_quietly(world);
	nl80211_ap_event(world->plane, &event, world->now_ns, &world->out);
	no_event(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(group_keys_are_installed_and_used),
		CASE(a_pairwise_key_is_installed_once),
		CASE(frames_go_out_with_their_cookies),
		CASE(a_refused_frame_was_not_acknowledged),
		CASE(nobody_acknowledges_a_group_frame),
		CASE(eapol_goes_through_the_control_port),
		CASE(a_received_eapol_frame_waits_for_the_packet_numbers),
		CASE(a_protected_management_frame_is_reported_in_the_clear),
		CASE(dropped_frames_have_a_reason),
		CASE(what_strangers_and_forgers_do_is_reported),
		CASE(transmitters_that_are_no_station_are_dropped),
		CASE(events_of_other_interfaces_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

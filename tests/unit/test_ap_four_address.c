/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 4-address mode over the software MAC: the formats, and what an access point learns of the hosts behind a station. */
#include "ap_world.h"

#include <string.h>

static const uint8_t guest[6] = {2, 0x99, 0, 0, 0, 1}, other_guest[6] = {2, 0x99, 0, 0, 0, 2},
		     everyone[6] = {255, 255, 255, 255, 255, 255};

/* The frames that a station sends and gets have four addresses. */
static void use_mode(struct fake_sta *sta)
{
	sta->peer.four_address = true;
}

/* A frame from a host behind the station. */
static void send_from(struct fake_sta *sta, const uint8_t *from, const uint8_t *to, const char *text)
{
	const struct tx_options options = {0};
	struct tx_queue queue = {0};

	assert_int_equal(tx_data(&queue, &sta->peer, ethernet_frame(to, from, 0x88b5, text), &options), NOT_DROPPED);
	fake_sta_flush(sta, &queue);
}

static struct world *world_with(bool accepts, struct fake_sta **bridge, struct fake_sta **plain)
{
	struct world *world = world_new();

	*bridge = fake_sta_new(world);
	*plain = fake_sta_new(world);
	world->setup.bss[0].four_address = accepts;
	world_start(world);
	fake_sta_join(*bridge);
	fake_sta_join(*plain);
	use_mode(*bridge);
	return world;
}

static void first_authentic_frame_begins_the_mode(void **state)
{
	struct fake_sta *bridge, *plain;
	struct world *world = world_with(true, &bridge, &plain);

	(void)state;
	send_from(bridge, guest, wire_host, "first");
	assert_int_equal(world_drops(world, DROP_FOUR_ADDRESSES), 1);
	assert_int_equal(world_note_count(world, NOTE_FOUR_ADDRESS), 1);
	send_from(bridge, guest, wire_host, "second");
	assert_true(world_wire_got(world, "second"));
	/* The answer of the wire reaches the guest by its station, whose address is not in the Ethernet frame. */
	world_send(world, guest, "answer");
	assert_true(fake_sta_received(bridge, "answer"));
	assert_false(fake_sta_received(plain, "answer"));
	world_free(world);
}

static void mode_is_refused_where_it_is_not_configured(void **state)
{
	struct fake_sta *bridge, *plain;
	struct world *world = world_with(false, &bridge, &plain);

	(void)state;
	send_from(bridge, guest, wire_host, "first");
	send_from(bridge, guest, wire_host, "second");
	assert_int_equal(world_drops(world, DROP_FOUR_ADDRESSES), 2);
	assert_int_equal(world_note_count(world, NOTE_FOUR_ADDRESS_REFUSED), 1);
	assert_int_equal(world->wire_count, 0);
	world_send(world, guest, "answer");
	assert_int_equal(world_drops(world, DROP_NO_STATION), 1);
	world_free(world);
}

/* A Null frame has no protection: after the handshake it could be anybody's. */
static void forged_null_frame_does_not_begin_the_mode(void **state)
{
	struct fake_sta *bridge, *plain;
	struct world *world = world_with(true, &bridge, &plain);
	uint8_t bytes[30] = {0};

	(void)state;
	put_le16(bytes, FC_DATA | FC_NULL | FC_TO_DS | FC_FROM_DS);
	mac_copy(bytes + DOT11_OFF_ADDR1, bssid_0);
	mac_copy(bytes + DOT11_OFF_ADDR2, plain->addr);
	fake_sta_transmit(plain, frame_from(bytes, sizeof(bytes), 0, 0));
	assert_int_equal(world_note_count(world, NOTE_FOUR_ADDRESS), 0);
	world_free(world);
}

static void group_frames_reach_bridges_alone_and_once(void **state)
{
	struct fake_sta *bridge, *plain;
	struct world *world = world_with(true, &bridge, &plain);

	(void)state;
	send_from(bridge, guest, wire_host, "first");
	world_send(world, everyone, "to all");
	assert_true(fake_sta_received(bridge, "to all"));
	assert_true(fake_sta_received(plain, "to all"));
	/* From a guest: the others get it, and the wire, but not its own station. */
	send_from(bridge, guest, everyone, "from a guest");
	assert_true(world_wire_got(world, "from a guest"));
	assert_true(fake_sta_received(plain, "from a guest"));
	assert_false(fake_sta_received(bridge, "from a guest"));
	world_free(world);
}

static void addresses_of_others_are_not_behind_a_station(void **state)
{
	struct fake_sta *bridge, *plain;
	struct world *world = world_with(true, &bridge, &plain);

	(void)state;
	send_from(bridge, guest, wire_host, "first");
	send_from(bridge, plain->addr, wire_host, "as the other station");
	send_from(bridge, bssid_0, wire_host, "as the access point");
	assert_int_equal(world->wire_count, 0);
	world_send(world, plain->addr, "for the other station");
	assert_true(fake_sta_received(plain, "for the other station"));
	assert_false(fake_sta_received(bridge, "for the other station"));
	world_free(world);
}

/* It has moved there, or the station has lied: for five minutes nobody would reach it. */
static void host_that_is_heard_on_the_wire_is_there(void **state)
{
	struct fake_sta *bridge, *plain;
	struct world *world = world_with(true, &bridge, &plain);

	(void)state;
	send_from(bridge, guest, everyone, "first");
	send_from(bridge, wire_host, everyone, "second");
	send_from(plain, plain->addr, wire_host, "to the bridge");
	assert_true(fake_sta_received(bridge, "to the bridge"));
	assert_false(world_wire_got(world, "to the bridge"));
	world_send(world, everyone, "from the wire");
	send_from(plain, plain->addr, wire_host, "to the wire");
	assert_true(world_wire_got(world, "to the wire"));
	assert_false(fake_sta_received(bridge, "to the wire"));
	world_free(world);
}

static void unknown_hosts_are_sought_behind_all_bridges(void **state)
{
	struct fake_sta *bridge, *plain;
	struct world *world = world_with(true, &bridge, &plain);

	(void)state;
	send_from(bridge, guest, wire_host, "first");
	world_send(world, other_guest, "where are you?");
	assert_true(fake_sta_received(bridge, "where are you?"));
	assert_false(fake_sta_received(plain, "where are you?"));
	assert_int_equal(world_drops(world, DROP_NO_STATION), 0);
	world_free(world);
}

#define RSNE     "\x30\x14\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x02\x00\x00"
#define BACKHAUL "\xdd\x07\x50\x6f\x9a\x1b\x06\x01\x80" /* Multi-AP element: the station is that of an access point */
#define NO_ROLE  "\xdd\x07\x50\x6f\x9a\x1b\x06\x01\x00"

/* Associates a new station with these elements; returns the status of the response. */
static uint16_t associate_with(struct world *world, const char *elements, size_t len)
{
	struct fake_sta *sta = fake_sta_new(world);

	memcpy(sta->element, elements, len);
	sta->element_len = len;
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	return fake_sta_status(sta);
}

/* The role of the BSS that the last association response announces in a Multi-AP element; -1: it has none. */
static int announced_role(const struct world *world)
{
	static const uint8_t head[] = {EID_VENDOR, 7, 0x50, 0x6f, 0x9a, 0x1b, 6, 1};

	for (unsigned i = world->sent; i-- > 0;) {
		const struct frame *frame = world->air[i];
		const uint8_t *found;

		if ((le16(frame->data) & (FC_TYPE | FC_SUBTYPE)) != MGMT_ASSOC_RESPONSE)
			continue;
		found = memmem(frame->data, frame->len - 1, head, sizeof(head));
		return found ? found[sizeof(head)] : -1;
	}
	return -1;
}

static void backhaul_stations_are_told_whether_they_are_served(void **state)
{
	static const struct {
		unsigned multi_ap;
		uint16_t plain, no_role; /* status for other stations */
		int role;
	} cases[] = {
		{0, STATUS_SUCCESS, STATUS_SUCCESS, -1},
		{AP_BACKHAUL, STATUS_DENIED, STATUS_DENIED, 0x40},
		{AP_FRONTHAUL, STATUS_SUCCESS, STATUS_SUCCESS, 0x20},
		{AP_BACKHAUL | AP_FRONTHAUL, STATUS_SUCCESS, STATUS_SUCCESS, 0x60},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world *world = world_new();

		world->setup.bss[0].multi_ap = cases[i].multi_ap;
		world_start(world);
		assert_int_equal(associate_with(world, RSNE, sizeof(RSNE) - 1), cases[i].plain);
		assert_int_equal(announced_role(world), -1);
		assert_int_equal(associate_with(world, RSNE NO_ROLE, sizeof(RSNE NO_ROLE) - 1), cases[i].no_role);
		assert_int_equal(announced_role(world), -1);
		assert_int_equal(associate_with(world, RSNE BACKHAUL, sizeof(RSNE BACKHAUL) - 1), STATUS_SUCCESS);
		assert_int_equal(announced_role(world), cases[i].role);
		world_free(world);
	}
}

/* Without wds_sta it sends frames with three addresses, and other stations begin with their first frame. */
static void backhaul_station_begins_the_mode_by_its_association(void **state)
{
	(void)state;
	for (unsigned multi_ap = 0; multi_ap < 4; multi_ap++)
		for (unsigned accepts = 0; accepts < 2; accepts++) {
			struct world *world = world_new();

			world->setup.bss[0].multi_ap = multi_ap;
			world->setup.bss[0].four_address = accepts;
			world_start(world);
			associate_with(world, RSNE BACKHAUL, sizeof(RSNE BACKHAUL) - 1);
			assert_int_equal(world_note_count(world, NOTE_FOUR_ADDRESS),
					 accepts && (multi_ap & AP_BACKHAUL));
			assert_int_equal(world_note_count(world, NOTE_FOUR_ADDRESS_REFUSED), 0);
			world_free(world);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_authentic_frame_begins_the_mode),
		cmocka_unit_test(mode_is_refused_where_it_is_not_configured),
		cmocka_unit_test(forged_null_frame_does_not_begin_the_mode),
		cmocka_unit_test(group_frames_reach_bridges_alone_and_once),
		cmocka_unit_test(addresses_of_others_are_not_behind_a_station),
		cmocka_unit_test(host_that_is_heard_on_the_wire_is_there),
		cmocka_unit_test(unknown_hosts_are_sought_behind_all_bridges),
		cmocka_unit_test(backhaul_stations_are_told_whether_they_are_served),
		cmocka_unit_test(backhaul_station_begins_the_mode_by_its_association),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

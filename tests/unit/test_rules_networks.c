/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 36 and 37: networks that are pinned to guests, and loops, in the user-space engine. */
#include "fixture.h"

static const uint8_t ip_inner[4] = {10, 9, 0, 5}, ip_far[4] = {203, 0, 113, 9};

static void pin_network(struct harness *harness, const uint8_t *mac, const uint8_t *addr, uint8_t length)
{
	struct mn_key key = {.family = MN_NET4, .length = length};

	memcpy(key.addr, addr, 4);
	harness_put_binding(harness, &key, MN_GUEST, mac);
}

/* Sends a packet from the network. Returns the guest's MAC address that it goes to, or NULL: to the host. */
static const uint8_t *receiver(struct harness *harness, const uint8_t *dst)
{
	struct ip4_spec ip4 = {.src = ip_neighbour, .dst = dst, .proto = 17};

	put_ip4(&harness->frame, mac_uplink, mac_router, &ip4, "\1\2\1\2\0\10\0\0", 8);
	assert_drop(from_wire(harness), "none");
	return harness->verdict->send_to == MN_TO_GUESTS ? harness->frame.bytes : NULL;
}

static void assert_received(struct harness *harness, const uint8_t *dst, const uint8_t *mac)
{
	const uint8_t *got = receiver(harness, dst);

	if (!mac)
		assert_null(got);
	else
		assert_memory_equal(got, mac, 6);
}

static enum drop data(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *src)
{
	struct ip4_spec ip4 = {.src = src, .dst = ip_neighbour, .proto = 17};

	put_ip4(&harness->frame, mac_router, mac, &ip4, "\1\2\1\2\0\10\0\0", 8);
	return from_guest(harness, port);
}

static void test_rule_36_longest_match_decides(void **state)
{
	struct harness *harness = *state;

	pin_network(harness, mac_a, (const uint8_t[]){10, 0, 0, 0}, 8);
	pin_network(harness, mac_b, (const uint8_t[]){10, 9, 0, 0}, 24);
	assert_received(harness, ip_inner, mac_b);
	assert_received(harness, (const uint8_t[]){10, 9, 1, 5}, mac_a);
	assert_received(harness, ip_far, NULL);
	harness_add_route(harness, (const uint8_t[]){10, 9, 0, 0}, 25, true);
	assert_received(harness, ip_inner, NULL);
	assert_received(harness, (const uint8_t[]){10, 9, 0, 200}, mac_b);
	mn_engine_routed_clear(harness->engine);
	harness_add_route(harness, (const uint8_t[]){10, 9, 0, 0}, 24, true);
	assert_received(harness, ip_inner, mac_b); /* as long as the pin, which precedes */
}

static void test_rule_36_network_excludes_other_guests_and_takes_no_slots(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = {.family = MN_NET4, .length = 24, .addr = {10, 9, 0, 0}};

	pin_network(harness, mac_b, key.addr, 24);
	assert_drop(data(harness, PORT_A, mac_a, ip_inner), "claim_pinned");
	for (uint8_t i = 1; i < 100; i++)
		assert_drop(data(harness, PORT_B, mac_b, (const uint8_t[]){10, 9, 0, i}), "none");
	assert_null(harness_find4(harness, ip_inner));
	assert_int_equal(mn_engine_get(harness->engine, &key)->port, PORT_B);
	assert_true(mn_engine_delete(harness->engine, &key));
	assert_received(harness, ip_inner, NULL);
	assert_drop(data(harness, PORT_A, mac_a, ip_inner), "none");
}

static void test_rule_36_default_network_excludes_nobody(void **state)
{
	struct harness *harness = *state;

	pin_network(harness, mac_b, (const uint8_t[]){0, 0, 0, 0}, 0);
	harness_add_route(harness, (const uint8_t[]){192, 168, 157, 0}, 24, false);
	assert_received(harness, ip_far, mac_b);
	assert_received(harness, ip_host, NULL);
	assert_received(harness, (const uint8_t[]){192, 168, 157, 200}, NULL); /* on the link */
	assert_drop(data(harness, PORT_B, mac_b, ip_far), "none");
	assert_null(harness_find4(harness, ip_far));
	assert_drop(data(harness, PORT_A, mac_a, (const uint8_t[]){203, 0, 113, 10}), "none");
	assert_received(harness, (const uint8_t[]){203, 0, 113, 10}, mac_a);
}

static void group_frame(struct harness *harness, uint8_t number)
{
	put_arp(&harness->frame, mac_broadcast, mac_neighbour, 1, mac_neighbour, ip_neighbour, mac_zero,
		(const uint8_t[]){192, 168, 157, number});
}

static void test_rule_37_equal_group_frames_are_limited(void **state)
{
	struct harness *harness = *state;
	struct mn_event event;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MN_COPIES_MAX + 4; i++) {
			group_frame(harness, 1);
			assert_drop(from_wire(harness), i < MN_COPIES_MAX ? "none" : "loop");
		}
		assert_true(harness_take_event(harness, MN_EV_LOOP, &event));
		assert_memory_equal(event.mac, mac_neighbour, 6);
		assert_false(harness_take_event(harness, MN_EV_LOOP, &event));
		group_frame(harness, 2);
		assert_drop(from_wire(harness), "none");
		harness->now += 2 * SECOND;
	}
}

/*
 * A neighbour sends frames that would have the hash of the router's question, if that were h = mix((h ^ word) * K) over the words:
 * one with a last word computed for it, and one with two differences that cancel whatever h is.
 */
static void test_rule_37_forged_group_frames_stop_no_other(void **state)
{
	const uint64_t factor = 0x9e3779b97f4a7c15ull;
	struct harness *harness = *state;
	struct raw_frame question, forged;
	uint64_t words[2][8] = {{0}}, hash[2], difference = 1ull << 63;

	put_arp(&harness->frame, mac_broadcast, mac_router, 1, mac_router, ip_router, mac_zero, ip_a);
	harness->frame.len = 64;
	forged = question = harness->frame;
	memcpy(forged.bytes + 6, mac_neighbour, 6);
	forged.bytes[13] = 0xb5;
	memcpy(words[0], question.bytes, 64);
	memcpy(words[1], forged.bytes, 64);
	for (int k = 0; k < 2; k++) {
		hash[k] = question.len;
		for (int i = 0; i < 7; i++) {
			hash[k] = (hash[k] ^ words[k][i]) * factor;
			hash[k] ^= hash[k] >> 32;
		}
	}
	words[1][7] = words[0][7] ^ hash[0] ^ hash[1];
	memcpy(forged.bytes + 56, &words[1][7], 8);
	for (int i = 0; i < 2 * MN_COPIES_MAX; i++) {
		harness->frame = forged;
		from_wire(harness);
		words[1][6] = words[0][6] ^ difference;
		words[1][7] = words[0][7] ^ difference ^ difference >> 32;
		harness->frame = question;
		memcpy(harness->frame.bytes + 48, &words[1][6], 16);
		from_wire(harness);
	}
	harness->frame = question;
	assert_drop(from_wire(harness), "none");
}

static void test_rule_37_port_in_the_network_of_the_uplink_delivers_its_frames(void **state)
{
	struct harness *harness = *state;

	mn_engine_config(harness->engine)->loop_port = PORT_C;
	group_frame(harness, 1);
	assert_drop(from_wire(harness), "none");
	assert_goes(harness, MN_TO_HOST, 0);
	group_frame(harness, 2);
	assert_drop(from_guest(harness, PORT_C), "loop");
	assert_drop(data(harness, PORT_A, mac_a, ip_a), "none");
	group_frame(harness, 3); /* a guest's frame, which has left by the port */
	memcpy(harness->frame.bytes + 6, mac_a, 6);
	assert_drop(from_wire(harness), "loop");
	assert_int_equal(harness_find_mac(harness, mac_a)->kind, MN_GUEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_36_longest_match_decides),
		TEST(test_rule_36_network_excludes_other_guests_and_takes_no_slots),
		TEST(test_rule_36_default_network_excludes_nobody),
		TEST(test_rule_37_equal_group_frames_are_limited),
		TEST(test_rule_37_forged_group_frames_stop_no_other),
		TEST(test_rule_37_port_in_the_network_of_the_uplink_delivers_its_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP packets of 65535 bytes, which an interface with that MTU carries: their ends do not fit 16 bits. */
#include "fixture.h"

#include "macnat/engine.h"

#include <stdlib.h>

enum { IP = 14, PACKET_MAX = 65535, FLAGS = 52 };

/* Runs the rules over the harness's frame, made a packet of 65535 bytes by zeroes at its end. */
static const struct mn_context *run_longest(struct harness *harness, enum mn_hook hook, uint32_t port)
{
	struct mn_frame frame = {.data = calloc(1, IP + PACKET_MAX), .len = IP + PACKET_MAX, .port = port};
	const struct mn_context *verdict;

	assert_non_null(frame.data);
	memcpy(frame.data, harness->frame.bytes, harness->frame.len);
	mn_engine_config(harness->engine)->mtu = PACKET_MAX;
	verdict = mn_engine_run(harness->engine, hook, &frame, harness->now, false);
	assert_int_equal(mn_engine_apply(verdict, &frame), frame.len);
	memcpy(harness->frame.bytes, frame.data, harness->frame.len);
	free(frame.data);
	return verdict;
}

static void longest_ip6_packet_passes(void **state)
{
	static const uint8_t hop_by_hop[8 + 8] = {17, 0, 1, 4};
	struct harness *harness = *state;
	const struct mn_context *verdict;

	put_ip6(&harness->frame, mac_a, mac_router, ip6_router, ip6_a, 0, 64, hop_by_hop, sizeof(hop_by_hop));
	harness->frame.bytes[IP + 4] = (PACKET_MAX - 40) >> 8;
	harness->frame.bytes[IP + 5] = (PACKET_MAX - 40) & 0xff;
	memcpy(harness->frame.bytes, mac_uplink, 6);
	verdict = run_longest(harness, MN_FROM_WIRE, 0);
	assert_string_equal(drop_name((enum drop)verdict->drop), "none");
	assert_int_equal(verdict->send_to, MN_TO_GUESTS);
}

static void dhcp_in_the_longest_ip4_packet_is_translated(void **state)
{
	struct dhcp_spec discover = {.op = 1, .type = 1, .xid = 1, .chaddr = mac_c};
	struct harness *harness = *state;
	const struct mn_context *verdict;
	uint8_t *ip = harness->frame.bytes + IP;
	uint16_t sum;

	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &discover);
	memset(ip + 2, 0xff, 2);
	memset(ip + 10, 0, 2);
	sum = (uint16_t)~fold_sum(sum_bytes(ip, 20, 0));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	verdict = run_longest(harness, MN_FROM_GUEST, PORT_C);
	assert_string_equal(drop_name((enum drop)verdict->drop), "none");
	assert_int_equal(harness->frame.bytes[FLAGS], 0x80); /* rule 13: the broadcast flag */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(longest_ip6_packet_passes),
		TEST(dhcp_in_the_longest_ip4_packet_is_translated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claims of IPv4 addresses by guests. */
#ifndef TESTS_UNIT_RULES_CLAIMS_H
#define TESTS_UNIT_RULES_CLAIMS_H

#include "unit.h"

#include "harness.h"

static int set_up(void **state)
{
	static struct harness harness;

	harness_init(&harness);
	*state = &harness;
	return 0;
}

static int tear_down(void **state)
{
	harness_free(*state);
	return 0;
}

/* The nth address of a network that no other test uses. */
static const uint8_t *unused_ip4(unsigned number)
{
	static uint8_t ip[4];

	ip[0] = 10;
	ip[1] = 1;
	ip[2] = (uint8_t)(number >> 8);
	ip[3] = (uint8_t)number;
	return ip;
}

static enum drop send_ip4(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	struct ip4_spec ip4 = {.src = ip, .dst = ip_neighbour, .proto = 1};

	put_ip4(&harness->frame, mac_neighbour, mac, &ip4, "\10\0\0\0", 4);
	return from_guest(harness, port);
}

static enum drop announce_ip4(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_arp(&harness->frame, mac_broadcast, mac, 1, mac, ip, mac_zero, ip);
	return from_guest(harness, port);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif

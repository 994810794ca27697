/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The expected bytes come from scapy. */
#include "hex.h"
#include "unit.h"

#include "wire/neigh.h"

static const uint8_t uplink_mac[6] = {0x00, 0x60, 0xaa, 0xbb, 0xcc, 0xdd}, guest_mac[6] = {0x00, 0x60, 0, 0, 0, 0x01};
static const uint8_t host[4] = {192, 168, 157, 21}, guest[4] = {192, 168, 157, 41};
static const uint8_t guest6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x41};

static struct neigh_ether uplink_ether(const uint8_t *dst, uint16_t vlan)
{
	struct neigh_ether neigh_ether = {.vlan = vlan};

	memcpy(neigh_ether.dst, dst, 6);
	memcpy(neigh_ether.src, uplink_mac, 6);
	return neigh_ether;
}

static void arp_messages_are_built(void **state)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct neigh_ether to_guest = uplink_ether(guest_mac, 0), to_all = uplink_ether(everybody, 10);
	uint8_t frame[NEIGH_FRAME_MAX];

	(void)state;
	assert_hex(frame, neigh_arp_request(frame, &to_guest, host, guest),
		   "006000000001 0060aabbccdd 0806 0001080006040001 0060aabbccddc0a89d15 000000000000c0a89d29");
	assert_hex(
		frame, neigh_arp_request(frame, &to_all, guest, guest),
		"ffffffffffff 0060aabbccdd 8100000a 0806 0001080006040001 0060aabbccddc0a89d29 000000000000c0a89d29");
}

static void neighbour_solicitations_are_built(void **state)
{
	static const uint8_t all_nodes[6] = {0x33, 0x33, 0, 0, 0, 1};
	struct neigh_ether to_guest = uplink_ether(guest_mac, 0), to_all = uplink_ether(all_nodes, 0);
	uint8_t frame[NEIGH_FRAME_MAX], source[16];

	(void)state;
	neigh_link_local(source, uplink_mac);
	assert_hex(
		frame, neigh_ns_multicast(frame, &to_guest, source, guest6),
		"3333ff000041 0060aabbccdd 86dd 6000000000203aff fe800000000000000260aafffebbccdd "
		"ff0200000000000000000001ff000041 87005bf000000000 20010db8000000000000000000000041 01010060aabbccdd");
	assert_hex(
		frame, neigh_ns_unicast(frame, &to_guest, source, guest6),
		"006000000001 0060aabbccdd 86dd 6000000000203aff fe800000000000000260aafffebbccdd "
		"20010db8000000000000000000000041 87002c3c00000000 20010db8000000000000000000000041 01010060aabbccdd");
	assert_hex(
		frame, neigh_na_announce(frame, &to_all, guest6),
		"333300000001 0060aabbccdd 86dd 6000000000203aff 20010db8000000000000000000000041 "
		"ff020000000000000000000000000001 880082b220000000 20010db8000000000000000000000041 02010060aabbccdd");
	assert_hex(frame, neigh_echo_all_nodes(frame, &to_guest, guest6),
		   "333300000001 0060aabbccdd 86dd 6000000000083aff 20010db8000000000000000000000041 "
		   "ff020000000000000000000000000001 800052bf00000000");
}

/* Duplicate address detection: from :: to the solicited-node group, without an option. */
static void address_probes_are_built(void **state)
{
	static const uint8_t none[6];
	struct neigh_ether ether = uplink_ether(none, 0);
	uint8_t frame[NEIGH_FRAME_MAX];

	(void)state;
	assert_hex(frame, neigh_ns_probe(frame, &ether, guest6),
		   "3333ff000041 0060aabbccdd 86dd 6000000000183aff 00000000000000000000000000000000 "
		   "ff0200000000000000000001ff000041 87004c6d00000000 20010db8000000000000000000000041");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(arp_messages_are_built),
					   cmocka_unit_test(neighbour_solicitations_are_built),
					   cmocka_unit_test(address_probes_are_built)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

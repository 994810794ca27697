/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the port guard of the user-space engine keeps out, by the bindings: the same as macnat/port_rules.h. */
#include "unit.h"

#include "base/mac.h"
#include "bridge/policy/port_facts.h"

#include <string.h>

#define S MN_NS_PER_SEC

static const uint8_t guest_mac[6] = {0x52, 0x54, 0, 0, 0, 1}, uplink_mac[6] = {2, 0, 0, 0, 0, 9};
static const struct mn_config config = {.uplink_mac = {2, 0, 0, 0, 0, 9}, .silence_ns = 20 * S};
static struct nft_port_fact facts[PORT_FACTS_MAX];

static struct mn_key ip4_key(void)
{
	return (struct mn_key){.family = MN_IP4, .addr = {10, 0, 0, 7}};
}

static struct mn_key mac_key(void)
{
	struct mn_key key = {.family = MN_MAC};

	mac_copy(key.addr, guest_mac);
	return key;
}

static struct mn_binding binding_of(enum mn_kind kind)
{
	struct mn_binding binding = {.kind = (uint8_t)kind, .port = 5, .created = 90 * S, .last_seen = 100 * S};

	mac_copy(binding.mac, kind == MN_HOST ? uplink_mac : guest_mac);
	return binding;
}

static bool has(size_t count, enum nft_port_set set, uint32_t port)
{
	for (size_t i = 0; i < count; i++)
		if (facts[i].set == set && facts[i].port == port)
			return true;
	return false;
}

static void live_guest_keeps_others_out(void **state)
{
	struct mn_config guarded = config;
	struct mn_key key = ip4_key(), mac = mac_key();
	struct mn_binding binding = binding_of(MN_GUEST);
	size_t count = port_facts_of(&config, &key, &binding, 101 * S, facts);

	(void)state;
	assert_int_equal(count, 5);
	assert_true(has(count, NFT_PORT_IP4_OWNED, 0) && has(count, NFT_PORT_IP4_HOME, 5));
	assert_true(has(count, NFT_PORT_IP4_LENT, 0) && has(count, NFT_PORT_IP4_TWICE, 0));
	assert_true(has(count, NFT_PORT_IP4_BOUND, 0) && mac_equal(facts[4].mac, guest_mac));
	guarded.flags = MN_CONFIG_SOURCE_GUARD;
	assert_int_equal(port_facts_of(&guarded, &key, &binding, 101 * S, facts), 3);
	count = port_facts_of(&config, &mac, &binding, 101 * S, facts);
	assert_int_equal(count, 2);
	assert_true(has(count, NFT_PORT_MAC_OWNED, 0) && has(count, NFT_PORT_MAC_HOME, 5));
}

/* Its next owner must pass: it has fallen silent, has lost a contest, or the operator permits announcements. */
static void silent_guest_keeps_nobody_out(void **state)
{
	struct mn_config announced = config;
	struct mn_key key = ip4_key();
	struct mn_binding binding = binding_of(MN_GUEST);

	(void)state;
	announced.takeover = MN_TAKEOVER_ANNOUNCED;
	assert_int_equal(port_facts_of(&config, &key, &binding, 121 * S, facts), 0);
	assert_int_equal(port_facts_of(&announced, &key, &binding, 101 * S, facts), 0);
	binding.expires = 200 * S;
	assert_int_equal(port_facts_of(&config, &key, &binding, 121 * S, facts), 5);
	binding.last_seen = 0;
	assert_int_equal(port_facts_of(&config, &key, &binding, 101 * S, facts), 0);
	binding = binding_of(MN_GUEST);
	binding.port = UINT32_MAX;
	assert_int_equal(port_facts_of(&config, &key, &binding, 101 * S, facts), 0);
}

static void guest_may_return_to_the_port_it_was_taken_from(void **state)
{
	struct mn_key key = ip4_key(), mac = mac_key();
	struct mn_binding binding = binding_of(MN_GUEST);

	(void)state;
	binding.home = 8;
	assert_true(has(port_facts_of(&config, &mac, &binding, 101 * S, facts), NFT_PORT_MAC_HOME, 8));
	assert_false(has(port_facts_of(&config, &key, &binding, 101 * S, facts), NFT_PORT_IP4_HOME, 8));
	binding.created = 95 * S;
	assert_true(has(port_facts_of(&config, &key, &binding, 101 * S, facts), NFT_PORT_IP4_HOME, 8));
}

static void host_gateway_and_station_are_at_no_port(void **state)
{
	struct mn_key key = ip4_key(), mac = mac_key();
	struct mn_binding host = binding_of(MN_HOST), gateway = binding_of(MN_GATEWAY),
			  station = binding_of(MN_STATION);

	(void)state;
	assert_int_equal(port_facts_of(&config, &key, &host, 101 * S, facts), 1);
	assert_int_equal(port_facts_of(&config, &key, &gateway, 101 * S, facts), 1);
	assert_int_equal(port_facts_of(&config, &mac, &station, 101 * S, facts), 1);
	assert_int_equal(facts[0].set, NFT_PORT_MAC_OWNED);
	assert_int_equal(port_facts_of(&config, &mac, &station, 121 * S, facts), 0);
	mac_copy(host.mac, guest_mac); /* an address of another interface may be a guest's in a network of its own */
	assert_int_equal(port_facts_of(&config, &key, &host, 101 * S, facts), 0);
	assert_true(mac_equal(port_facts_of_uplink(&config).address, uplink_mac));
}

static void pin_is_for_its_mac_address_at_any_port(void **state)
{
	struct mn_key key = ip4_key();
	struct mn_binding binding = binding_of(MN_GUEST);
	size_t count;

	(void)state;
	binding.flags = MN_F_PIN;
	binding.port = UINT32_MAX;
	count = port_facts_of(&config, &key, &binding, 900 * S, facts);
	assert_int_equal(count, 2);
	assert_true(has(count, NFT_PORT_IP4_OWNED, 0) && has(count, NFT_PORT_IP4_BOUND, 0));
}

static void tagged_and_short_lived_keys_are_left_out(void **state)
{
	struct mn_key key = ip4_key();
	struct mn_binding binding = binding_of(MN_GUEST);

	(void)state;
	key.vlan = 5;
	assert_int_equal(port_facts_of(&config, &key, &binding, 101 * S, facts), 0);
	key.vlan = 0;
	key.family = MN_PROBE4;
	assert_int_equal(port_facts_of(&config, &key, &binding, 101 * S, facts), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_guest_keeps_others_out),
		cmocka_unit_test(silent_guest_keeps_nobody_out),
		cmocka_unit_test(guest_may_return_to_the_port_it_was_taken_from),
		cmocka_unit_test(host_gateway_and_station_are_at_no_port),
		cmocka_unit_test(pin_is_for_its_mac_address_at_any_port),
		cmocka_unit_test(tagged_and_short_lived_keys_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

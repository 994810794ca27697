/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/static_bindings.h"

static const uint8_t uplink_mac[6] = {2, 0, 0, 0, 0, 0x77}, guest_mac[6] = {2, 0, 0, 0, 0, 1};

static struct mn_key ip4_key(uint8_t byte_1, uint8_t byte_2, uint8_t byte_3, uint8_t byte_4)
{
	return (struct mn_key){.addr = {byte_1, byte_2, byte_3, byte_4}, .family = MN_IP4};
}

static struct static_address host_address(uint8_t last_byte, uint8_t bits)
{
	return (struct static_address){.addr = {192, 0, 2, last_byte}, .family = MN_IP4, .prefix_length = bits};
}

/* Rule 2: addresses of the host precede pins, pins precede the gateway. */
static void first_static_binding_owns_key(void **state)
{
	struct static_binding_list list = {0};
	struct static_address own_address = host_address(21, 24);
	struct mn_key host = ip4_key(192, 0, 2, 21), gateway = ip4_key(192, 0, 2, 1);

	(void)state;
	assert_true(static_binding_add_host(&list, &own_address, uplink_mac));
	assert_true(static_binding_add(&list, &host, guest_mac, MN_GUEST, MN_F_PIN));
	assert_true(static_binding_add(&list, &gateway, guest_mac, MN_GUEST, MN_F_PIN));
	assert_true(static_binding_add(&list, &gateway, NULL, MN_GATEWAY, 0));
	assert_int_equal(list.count, 2);
	assert_int_equal(static_binding_find(&list, &host)->kind, MN_HOST);
	assert_memory_equal(static_binding_find(&list, &host)->mac, uplink_mac, 6);
	assert_int_equal(static_binding_find(&list, &gateway)->kind, MN_GUEST);
	static_binding_list_free(&list);
}

/* An address is the host's only after duplicate address detection (RFC 4862, 5.4): until then a guest may defend it. */
static void tentative_address_is_not_bound(void **state)
{
	struct static_binding_list list = {0};
	struct static_address address = {
		.addr = {0x20, 1, 0x0d, 0xb8, [15] = 1}, .family = MN_IP6, .prefix_length = 64};

	(void)state;
	address.tentative = true;
	assert_true(static_binding_add_host(&list, &address, uplink_mac));
	assert_true(static_binding_add_bridge(&list, &address, guest_mac));
	assert_int_equal(list.count, 0);
	address.tentative = false;
	assert_true(static_binding_add_bridge(&list, &address, guest_mac));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].kind, MN_GUEST);
	assert_int_equal(list.items[0].flags, MN_F_PIN | MN_F_CONFIG);
	static_binding_list_free(&list);
}

/* Rule 21. */
static void directed_broadcasts_are_bound(void **state)
{
	static const struct {
		uint8_t bits, last; /* of 192.0.2.21 */
		bool some;
	} rows[] = {{24, 255, true}, {28, 31, true}, {30, 23, true}, {31, 0, false}, {32, 0, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct static_binding_list list = {0};
		struct static_address own_address = host_address(21, rows[i].bits);
		struct mn_key key = ip4_key(192, 0, 2, rows[i].last);

		assert_true(static_binding_add_broadcast(&list, &own_address));
		assert_int_equal(list.count, rows[i].some);
		if (rows[i].some)
			assert_int_equal(static_binding_find(&list, &key)->kind, MN_BROADCAST);
		static_binding_list_free(&list);
	}
}

static void broadcast_of_interface_is_bound(void **state)
{
	struct static_binding_list list = {0};
	struct static_address odd = host_address(21, 24);
	struct mn_key other = ip4_key(192, 0, 2, 127);

	(void)state;
	odd.has_broadcast = true;
	memcpy(odd.broadcast, other.addr, 4);
	assert_true(static_binding_add_broadcast(&list, &odd));
	assert_int_equal(list.count, 2);
	assert_non_null(static_binding_find(&list, &other));
	static_binding_list_free(&list);
}

static void existing_bindings_are_compared(void **state)
{
	struct static_binding entry = {.key = ip4_key(192, 0, 2, 5), .kind = MN_GUEST, .flags = MN_F_PIN | MN_F_CONFIG};
	struct mn_binding old = {.in_packets = 7, .last_seen = 5}, binding;

	(void)state;
	memcpy(entry.mac, guest_mac, 6);
	memcpy(old.mac, guest_mac, 6);
	assert_false(static_binding_matches(&entry, &old)); /* `old` is learned, not pinned */
	binding = static_binding_make(&entry, &old, 9, 100);
	assert_true(static_binding_matches(&entry, &binding));
	assert_int_equal(binding.in_packets, 7);
	assert_int_equal(binding.port, 9);
	assert_int_equal(binding.slot, MN_NO_SLOT);
	assert_int_equal(binding.last_seen, 100);
	binding.flags |= MN_F_CONTEST; /* the data path sets this flag; it makes no difference */
	assert_true(static_binding_matches(&entry, &binding));
	memcpy(binding.mac, uplink_mac, 6);
	assert_false(static_binding_matches(&entry, &binding));
	assert_int_equal(static_binding_make(&entry, &binding, 9, 100).in_packets, 0);
}

static void only_own_static_bindings_are_removed(void **state)
{
	struct mn_binding binding = {.kind = MN_GUEST};
	struct mn_key key = ip4_key(192, 0, 2, 9), ethertype = {.addr = {0x88, 0xb5}, .family = MN_ETHERTYPE};

	(void)state;
	assert_false(static_binding_is_own(&key, &binding));
	binding.flags = MN_F_PIN; /* by `vifi bridge pin` */
	assert_false(static_binding_is_own(&key, &binding));
	binding.flags = MN_F_PIN | MN_F_CONFIG;
	assert_true(static_binding_is_own(&key, &binding));
	for (uint8_t kind = MN_HOST; kind <= MN_BROADCAST; kind++) {
		binding = (struct mn_binding){.kind = kind};
		assert_true(static_binding_is_own(&key, &binding));
	}
	binding.kind = MN_STATION; /* the rules have learned it */
	assert_false(static_binding_is_own(&key, &binding));
	binding.kind = MN_HOST; /* a conversation of this host */
	assert_false(static_binding_is_own(&ethertype, &binding));
}

/* Addresses of other interfaces are the host's, but for those that each link has. */
static void addresses_of_other_interfaces_are_the_hosts(void **state)
{
	static const struct {
		uint8_t family, addr[16];
		bool bound;
	} rows[] = {
		{MN_IP4, {10, 77, 0, 1}, true},    {MN_IP4, {127, 0, 0, 1}, false},
		{MN_IP4, {169, 254, 3, 4}, false}, {MN_IP6, {0xfd, 7, [15] = 1}, true},
		{MN_IP6, {[15] = 1}, false},       {MN_IP6, {0xfe, 0x80, [15] = 1}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct static_binding_list list = {0};
		struct static_address address = {.family = rows[i].family, .prefix_length = 24};

		memcpy(address.addr, rows[i].addr, sizeof(address.addr));
		assert_true(static_binding_add_host(&list, &address, NULL));
		assert_int_equal(list.count, rows[i].bound);
		static_binding_list_free(&list);
	}
}

/* The uplink's own link-local address is its own, and a VLAN interface's address belongs to the VLAN. */
static void address_has_the_vlan_of_its_interface(void **state)
{
	struct static_binding_list list = {0};
	struct static_address address = {.addr = {0xfe, 0x80, [15] = 1}, .family = MN_IP6, .vlan = 20};

	(void)state;
	assert_true(static_binding_add_host(&list, &address, uplink_mac));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].key.vlan, 20);
	static_binding_list_free(&list);
}

static void next_hop_yields_to_a_pin(void **state)
{
	const struct static_binding gateway = {.kind = MN_GATEWAY}, host = {.kind = MN_HOST};
	const struct mn_binding pin = {.kind = MN_GUEST, .flags = MN_F_PIN}, learned = {.kind = MN_GUEST};

	(void)state;
	assert_true(static_binding_yields(&gateway, &pin));
	assert_false(static_binding_yields(&gateway, &learned));
	assert_false(static_binding_yields(&host, &pin));
}

/* A bridge takes the MAC address of a port of its own accord; a guest has had it for longer (rule 2). */
static void bridge_yields_to_a_guest_seen_at_a_port(void **state)
{
	const struct static_binding own = {.key = {.family = MN_MAC}, .kind = MN_GUEST};
	const struct mn_binding guest = {.kind = MN_GUEST, .port = 7},
				restored = {.kind = MN_GUEST, .port = UINT32_MAX}, bridge = {.kind = MN_GUEST},
				station = {.kind = MN_STATION, .port = 7};

	(void)state;
	assert_true(static_binding_yields(&own, &guest));
	assert_false(static_binding_yields(&own, &restored));
	assert_false(static_binding_yields(&own, &bridge));
	assert_false(static_binding_yields(&own, &station));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_static_binding_owns_key),
		cmocka_unit_test(tentative_address_is_not_bound),
		cmocka_unit_test(directed_broadcasts_are_bound),
		cmocka_unit_test(broadcast_of_interface_is_bound),
		cmocka_unit_test(existing_bindings_are_compared),
		cmocka_unit_test(only_own_static_bindings_are_removed),
		cmocka_unit_test(addresses_of_other_interfaces_are_the_hosts),
		cmocka_unit_test(address_has_the_vlan_of_its_interface),
		cmocka_unit_test(next_hop_yields_to_a_pin),
		cmocka_unit_test(bridge_yields_to_a_guest_seen_at_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

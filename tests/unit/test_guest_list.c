/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bindings grouped by guest. */
#include "unit.h"

#include "bridge/policy/guest_list.h"

#include <arpa/inet.h>

static struct store_item items[32];
static size_t n_items;

static struct mn_binding *add(const char *address, uint8_t mac, uint32_t port)
{
	struct store_item *item = &items[n_items++];

	*item = (struct store_item){
		.binding = {.kind = MN_GUEST, .port = port, .created = n_items, .last_seen = 100 + n_items}};
	item->binding.mac[0] = 2;
	item->binding.mac[5] = mac;
	if (!*address) {
		item->key.family = MN_MAC;
		memcpy(item->key.addr, item->binding.mac, 6);
	} else {
		item->key.family = strchr(address, ':') ? MN_IP6 : MN_IP4;
		assert_int_equal(inet_pton(strchr(address, ':') ? AF_INET6 : AF_INET, address, item->key.addr), 1);
	}
	return &item->binding;
}

/* The addresses of a guest, in order, with blanks between. */
static void assert_addresses(const struct guest_list *list, size_t guest, const char *expected)
{
	char text[512] = "", address[INET6_ADDRSTRLEN];

	assert_true(guest < list->count);
	for (size_t i = 0; i < list->guests[guest].count; i++) {
		const struct mn_key *key = &list->addresses[list->guests[guest].first + i]->key;

		inet_ntop(key->family == MN_IP4 || key->family == MN_NET4 ? AF_INET : AF_INET6, key->addr, address,
			  sizeof(address));
		strcat(text, i ? " " : "");
		strcat(text, address);
	}
	assert_string_equal(text, expected);
}

static int reset(void **state)
{
	(void)state;
	n_items = 0;
	return 0;
}

static void addresses_are_in_the_order_of_their_use(void **state)
{
	struct on_link networks = {0};
	struct guest_list list;
	uint8_t net4[16] = {192, 0, 2}, net6[16] = {0x20, 1, 0xd, 0xb8};

	(void)state;
	assert_true(on_link_add(&networks, MN_IP4, net4, 24) && on_link_add(&networks, MN_IP6, net6, 64));
	add("fe80::1", 1, 7);
	add("2001:db8:0:9::1", 1, 7); /* of another network */
	add("198.51.100.1", 1, 7);
	add("2001:db8::2", 1, 7);
	add("", 1, 7);
	add("2001:db8::3", 1, 7)->created = 1; /* older than ::2 */
	add("192.0.2.9", 1, 7);
	add("192.0.2.10", 1, 7)->flags = MN_F_DHCP;
	add("10.9.0.0", 1, 7)->flags = MN_F_PIN;
	items[n_items - 1].key.family = MN_NET4;
	assert_int_equal(guest_list_make(&list, items, n_items, &networks), 0);
	assert_int_equal(list.count, 1);
	assert_addresses(&list, 0,
			 "192.0.2.10 192.0.2.9 2001:db8::3 2001:db8::2 198.51.100.1 2001:db8:0:9::1 10.9.0.0 fe80::1");
	assert_int_equal(list.guests[0].created, 1);
	assert_int_equal(list.guests[0].last_seen, 109);
	guest_list_free(&list);
	on_link_free(&networks);
}

static void guest_is_a_mac_address_at_a_port(void **state)
{
	static const struct on_link none;
	struct guest_list list;

	(void)state;
	add("192.0.2.3", 3, 9);
	add("192.0.2.1", 1, 8)->out_bytes = 5;
	add("192.0.2.2", 2, 9);
	add("192.0.2.4", 1, 8)->out_bytes = 7;
	add("192.0.2.5", 1, 9);                    /* a clone */
	add("192.0.2.6", 6, 0);                    /* this host */
	add("192.0.2.7", 7, 9)->kind = MN_STATION; /* no guest */
	add("", 4, 10);
	assert_int_equal(guest_list_make(&list, items, n_items, &none), 0);
	assert_int_equal(list.count, 5);
	assert_addresses(&list, 0, "192.0.2.1 192.0.2.4");
	assert_int_equal(list.guests[0].out_bytes, 12);
	assert_addresses(&list, 1, "192.0.2.5");
	assert_addresses(&list, 2, "192.0.2.2");
	assert_addresses(&list, 3, "192.0.2.3");
	assert_addresses(&list, 4, "");
	assert_int_equal(list.guests[4].port, 10);
	guest_list_free(&list);
}

/* After a restart a port is unknown until the address is heard. */
static void unknown_port_joins_the_guest(void **state)
{
	static const struct on_link none;
	struct guest_list list;

	(void)state;
	add("192.0.2.1", 1, UINT32_MAX);
	add("2001:db8::1", 1, 8);
	add("192.0.2.2", 2, UINT32_MAX);
	assert_int_equal(guest_list_make(&list, items, n_items, &none), 0);
	assert_int_equal(list.count, 2);
	assert_addresses(&list, 0, "192.0.2.1 2001:db8::1");
	assert_int_equal(list.guests[0].port, 8);
	assert_addresses(&list, 1, "192.0.2.2");
	guest_list_free(&list);
}

static void empty_table_has_no_guests(void **state)
{
	static const struct on_link none;
	struct guest_list list;

	(void)state;
	assert_int_equal(guest_list_make(&list, NULL, 0, &none), 0);
	assert_int_equal(list.count, 0);
	guest_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(addresses_are_in_the_order_of_their_use, reset),
		cmocka_unit_test_setup(guest_is_a_mac_address_at_a_port, reset),
		cmocka_unit_test_setup(unknown_port_joins_the_guest, reset),
		cmocka_unit_test_setup(empty_table_has_no_guests, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

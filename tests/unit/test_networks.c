/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/networks.h"

static struct store_network network4(uint8_t a, uint8_t b, uint8_t c, uint8_t bits, bool elsewhere)
{
	return (struct store_network){
		.family = MN_IP4, .prefix_length = bits, .elsewhere = elsewhere, .addr = {a, b, c}};
}

static void add(struct network_list *list, struct store_network network)
{
	assert_true(network_list_add(list, &network));
}

/* Whatever stands for a default route, and what each link has, must not take the guests' addresses. */
static void default_and_link_local_routes_are_left_out(void **state)
{
	static const struct store_network rows[] = {
		{.family = MN_IP4},
		{.family = MN_IP6},
		{.family = MN_IP4, .prefix_length = 1, .elsewhere = true, .addr = {128}},
		{.family = MN_IP6, .prefix_length = 3, .elsewhere = true, .addr = {0x20}},
		{.family = MN_IP4, .prefix_length = 16, .elsewhere = true, .addr = {169, 254}},
		{.family = MN_IP6, .prefix_length = 64, .elsewhere = true, .addr = {0xfe, 0x80}},
		{.family = MN_IP6, .prefix_length = 16, .elsewhere = true, .addr = {0xff, 2}},
		{.family = MN_IP4, .prefix_length = 24, .elsewhere = true, .addr = {239, 1, 2}},
	};
	struct network_list list = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		add(&list, rows[i]);
	assert_int_equal(list.count, 0);
	add(&list, network4(10, 0, 0, 8, true));
	assert_int_equal(list.count, 1);
	network_list_free(&list);
}

/* A network that is reached here by one of its routes is not taken from the guests because of another. */
static void network_of_the_uplink_stays(void **state)
{
	struct network_list list = {0};

	(void)state;
	add(&list, network4(10, 0, 0, 8, true));
	add(&list, network4(192, 0, 2, 24, true));
	add(&list, network4(10, 0, 1, 24, false));
	add(&list, network4(192, 0, 2, 24, false));
	add(&list, network4(192, 0, 2, 24, false));
	assert_int_equal(network_list_finish(&list), 0);
	assert_int_equal(list.count, 3);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.items[i].elsewhere, list.items[i].prefix_length == 8);
	network_list_free(&list);
}

/* A host with a full routing table: the networks of the uplink are kept, the others as far as there is room. */
static void networks_of_the_uplink_come_first(void **state)
{
	struct network_list list = {0};
	size_t here = 0;

	(void)state;
	for (int i = 0; i < MN_ROUTED_MAX + 10; i++)
		add(&list, network4(20, (uint8_t)(i >> 8), (uint8_t)i, 24, true));
	add(&list, network4(192, 0, 2, 24, false));
	assert_int_equal(network_list_finish(&list), 11);
	assert_int_equal(list.count, MN_ROUTED_MAX);
	for (size_t i = 0; i < list.count; i++)
		here += !list.items[i].elsewhere;
	assert_int_equal(here, 1);
	network_list_free(&list);
}

static void lists_are_compared(void **state)
{
	struct network_list left = {0}, right = {0};

	(void)state;
	add(&left, network4(10, 0, 0, 8, true));
	add(&left, network4(10, 1, 0, 16, false));
	add(&right, network4(10, 1, 0, 16, false));
	add(&right, network4(10, 0, 0, 8, true));
	network_list_finish(&left);
	network_list_finish(&right);
	assert_true(network_list_equal(&left, &right));
	right.items[0].elsewhere ^= true;
	assert_false(network_list_equal(&left, &right));
	right.count--;
	assert_false(network_list_equal(&left, &right));
	network_list_free(&left);
	network_list_free(&right);
}

static struct mn_key key4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct mn_key){.family = MN_IP4, .addr = {a, b, c, d}};
}

/* The longest match decides, as for a claim (rule 32). */
static void guest_gives_up_address_of_a_network_elsewhere(void **state)
{
	const struct mn_key inside = key4(10, 9, 0, 5), outside = key4(11, 1, 96, 5);
	struct network_list list = {0};

	(void)state;
	add(&list, network4(10, 0, 0, 8, true));
	network_list_finish(&list);
	assert_false(network_list_displaces(&list, &inside));
	add(&list, network4(10, 1, 0, 16, false)); /* the uplink has an address now */
	add(&list, network4(10, 1, 96, 19, true));
	network_list_finish(&list);
	assert_true(network_list_displaces(&list, &inside));
	for (unsigned third = 0; third < 256; third++) {
		struct mn_key key = key4(10, 1, (uint8_t)third, 5);

		assert_int_equal(network_list_displaces(&list, &key), third >= 96 && third < 128);
	}
	assert_false(network_list_displaces(&list, &outside));
	network_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_and_link_local_routes_are_left_out),
		cmocka_unit_test(network_of_the_uplink_stays),
		cmocka_unit_test(networks_of_the_uplink_come_first),
		cmocka_unit_test(lists_are_compared),
		cmocka_unit_test(guest_gives_up_address_of_a_network_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

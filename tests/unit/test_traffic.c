/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic between two looks at the table. */
#include "unit.h"

#include "bridge/policy/traffic.h"

#define SECONDS(n) ((uint64_t)(n)*MN_NS_PER_SEC)

static struct store_item items[4];

static void set(size_t i, uint8_t mac, uint32_t port, uint64_t out, uint64_t in)
{
	items[i] = (struct store_item){
		.key = {.family = MN_IP4, .addr = {192, 0, 2, (uint8_t)i}},
		.binding = {.port = port,
			    .out_packets = out / 100,
			    .out_bytes = out,
			    .in_packets = in / 100,
			    .in_bytes = in},
	};
	items[i].binding.mac[5] = mac;
}

static void assert_guest(const struct traffic *traffic, size_t i, uint32_t port, uint64_t lately_out,
			 uint64_t lately_in, uint64_t ended_out)
{
	size_t count;
	const struct traffic_guest *guests = traffic_guests(traffic, &count);

	assert_true(i < count);
	assert_int_equal(guests[i].port, port);
	assert_int_equal(guests[i].lately.out_bytes, lately_out);
	assert_int_equal(guests[i].lately.out_packets, lately_out / 100);
	assert_int_equal(guests[i].lately.in_bytes, lately_in);
	assert_int_equal(guests[i].ended.out_bytes, ended_out);
}

static void first_look_has_no_rates(void **state)
{
	struct traffic *traffic = traffic_new();

	(void)state;
	set(0, 1, 7, 1000, 500);
	traffic_look(traffic, items, 1, SECONDS(10));
	assert_int_equal(traffic_interval(traffic, SECONDS(10)), 0);
	assert_guest(traffic, 0, 7, 0, 0, 0);
	set(0, 1, 7, 1600, 700);
	traffic_look(traffic, items, 1, SECONDS(12)); /* too early */
	assert_int_equal(traffic_interval(traffic, SECONDS(12)), 0);
	traffic_look(traffic, items, 1, SECONDS(15));
	assert_int_equal(traffic_interval(traffic, SECONDS(15)), SECONDS(5));
	assert_int_equal(traffic_interval(traffic, SECONDS(30)), SECONDS(5));
	assert_int_equal(traffic_interval(traffic, SECONDS(31)), 0); /* nobody looks any more */
	assert_guest(traffic, 0, 7, 600, 200, 0);
	traffic_free(traffic);
}

static void addresses_of_a_guest_are_added_up(void **state)
{
	struct traffic *traffic = traffic_new();

	(void)state;
	set(0, 1, 7, 1000, 0);
	set(1, 2, 7, 1000, 0);
	set(2, 1, 7, 0, 0);
	traffic_look(traffic, items, 3, SECONDS(10));
	set(0, 1, 7, 1100, 0);
	set(1, 2, 7, 1300, 0);
	set(2, 1, 7, 200, 300); /* had no counters at the first look */
	traffic_look(traffic, items, 3, SECONDS(15));
	assert_guest(traffic, 0, 7, 300, 300, 0);
	assert_guest(traffic, 1, 7, 300, 0, 0);
	traffic_free(traffic);
}

static void counters_of_ended_bindings_are_kept(void **state)
{
	struct traffic *traffic = traffic_new();
	size_t count;

	(void)state;
	set(0, 1, 7, 1000, 0);
	set(1, 1, 7, 500, 0);
	traffic_look(traffic, items, 2, SECONDS(10));
	set(0, 1, 7, 1200, 0);
	traffic_look(traffic, items, 1, SECONDS(15)); /* the second one has expired */
	assert_guest(traffic, 0, 7, 200, 0, 500);
	set(0, 1, 7, 100, 0); /* forgotten, and learned again */
	traffic_look(traffic, items, 1, SECONDS(20));
	assert_guest(traffic, 0, 7, 100, 0, 1700);
	traffic_look(traffic, items, 0, SECONDS(25)); /* the guest has gone */
	traffic_guests(traffic, &count);
	assert_int_equal(count, 0);
	traffic_free(traffic);
}

static void guest_that_moves_takes_its_counters_along(void **state)
{
	struct traffic *traffic = traffic_new();

	(void)state;
	set(0, 1, 7, 1000, 0);
	traffic_look(traffic, items, 1, SECONDS(10));
	set(0, 1, 8, 1500, 0);
	traffic_look(traffic, items, 1, SECONDS(15));
	assert_guest(traffic, 0, 8, 500, 0, 0);
	set(0, 2, 9, 300, 0); /* another guest has taken the address over */
	set(1, 1, 8, 100, 0);
	traffic_look(traffic, items, 2, SECONDS(20));
	assert_guest(traffic, 0, 8, 100, 0, 1500);
	assert_guest(traffic, 1, 9, 300, 0, 0);
	traffic_free(traffic);
}

static void too_many_bindings_have_no_rates(void **state)
{
	struct store_item *many = calloc(TRAFFIC_BINDINGS_MAX + 1, sizeof(*many));
	struct traffic *traffic = traffic_new();
	size_t count;

	(void)state;
	assert_non_null(many);
	set(0, 1, 7, 1000, 0);
	traffic_look(traffic, items, 1, SECONDS(10));
	traffic_look(traffic, items, 1, SECONDS(15));
	traffic_look(traffic, many, TRAFFIC_BINDINGS_MAX + 1, SECONDS(20));
	assert_int_equal(traffic_interval(traffic, SECONDS(20)), 0);
	traffic_guests(traffic, &count);
	assert_int_equal(count, 0);
	traffic_look(traffic, items, 1, SECONDS(25));
	assert_guest(traffic, 0, 7, 0, 0, 0);
	traffic_free(traffic);
	free(many);
}

static void nothing_is_known_without_memory(void **state)
{
	size_t count = 1;

	(void)state;
	traffic_look(NULL, items, 1, SECONDS(10));
	assert_null(traffic_guests(NULL, &count));
	assert_int_equal(count, 0);
	assert_int_equal(traffic_interval(NULL, SECONDS(1)), 0);
	traffic_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_look_has_no_rates),
		cmocka_unit_test(addresses_of_a_guest_are_added_up),
		cmocka_unit_test(counters_of_ended_bindings_are_kept),
		cmocka_unit_test(guest_that_moves_takes_its_counters_along),
		cmocka_unit_test(too_many_bindings_have_no_rates),
		cmocka_unit_test(nothing_is_known_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who pays: a guest with forged addresses neither fills the list of lost addresses nor takes the turns of its siblings. */
#include "unit.h"

#include "bridge/policy/lost_addresses.h"

#define S MN_NS_PER_SEC

enum { FORGER = 3, FORGED = 250 };

static struct mn_key ip4(uint8_t port, uint8_t host)
{
	return (struct mn_key){.family = MN_IP4, .addr = {10, 77, port, host}};
}

static struct lost_address take(struct lost_addresses *lost)
{
	struct lost_address address;

	assert_true(lost_addresses_take(lost, &address));
	return address;
}

static void forger_does_not_fill_the_list(void **state)
{
	static struct lost_addresses lost;
	struct lost_address address;

	(void)state;
	for (uint8_t i = 0; i < FORGED; i++)
		lost_addresses_add(&lost, &(struct mn_key){.family = MN_IP4, .addr = {10, 78, 0, i}}, FORGER);
	assert_int_equal(lost.count, LOST_ADDRESSES_PORT_MAX);
	lost_addresses_add(&lost, &(struct mn_key){.family = MN_IP4, .addr = {10, 77, 1, 1}}, 1);
	lost_addresses_add(&lost, &(struct mn_key){.family = MN_IP6, .addr = {0xfe, 0x80}}, 1);
	lost_addresses_add(&lost, &(struct mn_key){.family = MN_IP4, .addr = {10, 77, 4, 1}}, 4);
	assert_int_equal(take(&lost).port, 1);
	assert_int_equal(take(&lost).port, FORGER);
	assert_int_equal(take(&lost).port, 4);
	assert_int_equal(take(&lost).key.family, MN_IP6);
	for (size_t i = 1; i < LOST_ADDRESSES_PORT_MAX; i++) {
		address = take(&lost);
		assert_int_equal(address.port, FORGER);
		assert_int_equal(address.key.addr[3], i);
	}
	assert_false(lost_addresses_take(&lost, &address));
}

static void address_is_noted_once(void **state)
{
	static struct lost_addresses lost;
	struct mn_key key = ip4(1, 1), mac = {.family = MN_MAC, .addr = {2}};

	(void)state;
	lost_addresses_add(&lost, &key, 1);
	lost_addresses_add(&lost, &key, 1);
	lost_addresses_add(&lost, &key, 2);
	lost_addresses_add(&lost, &mac, 1);
	assert_int_equal(lost.count, 1);
}

/* The forger's 250 addresses come first in the table; each of the others has its question within the first round. */
static void siblings_take_turns(void **state)
{
	static struct store_item items[FORGED + 4];
	struct mn_key lost = ip4(9, 1);
	struct sibling_turn turn = {0};
	const struct store_item *sibling;
	unsigned asked[5] = {0};
	size_t count = 0, total = 0;

	(void)state;
	for (uint8_t i = 0; i < FORGED; i++)
		items[count++] = (struct store_item){ip4(FORGER, i),
						     {.kind = MN_GUEST, .port = FORGER, .last_seen = 90 * S + i}};
	items[count++] = (struct store_item){ip4(1, 1), {.kind = MN_GUEST, .port = 1, .last_seen = 90 * S}};
	items[count++] = (struct store_item){ip4(1, 2), {.kind = MN_GUEST, .port = 1, .last_seen = 91 * S}};
	items[count++] = (struct store_item){ip4(2, 1), {.kind = MN_GUEST, .port = 2, .last_seen = 101 * S}};
	items[count++] = (struct store_item){ip4(4, 1), {.kind = MN_GUEST, .port = 4, .last_seen = 90 * S}};
	assert_int_equal(lost_addresses_siblings(&lost, items, count, 30 * S, 100 * S), count);
	while ((sibling = lost_addresses_next(items, count, &turn))) {
		asked[sibling->binding.port]++;
		total++;
		if (total == 1)
			assert_int_equal(sibling->key.addr[3], 2); /* seen last */
		if (total == 4)
			for (size_t port = 1; port < COUNT(asked); port++)
				assert_int_equal(asked[port], 1);
		if (total == 6)
			assert_int_equal(asked[1], 2);
	}
	assert_int_equal(total, count);
	assert_int_equal(asked[FORGER], FORGED);
}

static void only_live_guests_that_can_know_the_address_ask(void **state)
{
	static const struct store_item all[] = {
		{{.family = MN_IP4, .addr = {10, 77, 1, 1}}, {.kind = MN_GUEST, .port = 1, .last_seen = 90 * S}},
		{{.family = MN_IP4, .addr = {10, 77, 1, 2}},
		 {.kind = MN_GUEST, .port = 1, .last_seen = 60 * S}}, /* silent */
		{{.family = MN_IP4, .addr = {10, 77, 1, 3}}, {.kind = MN_STATION, .port = 1, .last_seen = 90 * S}},
		{{.family = MN_IP4, .addr = {10, 77, 1, 4}}, {.kind = MN_GUEST, .last_seen = 90 * S}}, /* this host */
		{{.family = MN_IP4, .vlan = 5, .addr = {10, 77, 1, 5}},
		 {.kind = MN_GUEST, .port = 1, .last_seen = 90 * S}},
		{{.family = MN_IP6, .addr = {0xfe, 0x80, [15] = 6}},
		 {.kind = MN_GUEST, .port = 1, .last_seen = 90 * S}},
		{{.family = MN_IP6, .addr = {0x20, 0x01, [15] = 7}},
		 {.kind = MN_GUEST, .port = 1, .last_seen = 90 * S}},
	};
	static const struct {
		struct mn_key lost;
		size_t asker;
	} cases[] = {
		{{.family = MN_IP4, .addr = {10, 77, 9, 9}}, 0},
		{{.family = MN_IP6, .addr = {0xfe, 0x80, [15] = 9}}, 5},
		{{.family = MN_IP6, .addr = {0x20, 0x01, [15] = 9}}, 6},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store_item items[COUNT(all)];

		memcpy(items, all, sizeof(all));
		assert_int_equal(lost_addresses_siblings(&cases[i].lost, items, COUNT(items), 30 * S, 100 * S), 1);
		assert_memory_equal(&items[0], &all[cases[i].asker], sizeof(items[0]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forger_does_not_fill_the_list),
		cmocka_unit_test(address_is_noted_once),
		cmocka_unit_test(siblings_take_turns),
		cmocka_unit_test(only_live_guests_that_can_know_the_address_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

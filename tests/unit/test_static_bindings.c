/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/static_bindings.h"

static const uint8_t w[6] = {2, 0, 0, 0, 0, 0x77}, guest[6] = {2, 0, 0, 0, 0, 1};

static struct mn_key ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct mn_key){.addr = {a, b, c, d}, .family = MN_IP4};
}

static struct standing_address address(uint8_t d, uint8_t bits)
{
	return (struct standing_address){.addr = {192, 0, 2, d}, .family = MN_IP4, .prefix_length = bits};
}

/* Rule 2: the host's addresses before pins, pins before the gateway. */
static void the_first_has_the_key(void **state)
{
	struct standing_list l = {0};
	struct standing_address a = address(21, 24);
	struct mn_key host = ip4(192, 0, 2, 21), gateway = ip4(192, 0, 2, 1);

	(void)state;
	assert_true(standing_host(&l, &a, w));
	assert_true(standing_add(&l, &host, guest, MN_GUEST, MN_F_PIN));
	assert_true(standing_add(&l, &gateway, guest, MN_GUEST, MN_F_PIN));
	assert_true(standing_add(&l, &gateway, NULL, MN_GATEWAY, 0));
	assert_int_equal(l.count, 2);
	assert_int_equal(standing_find(&l, &host)->kind, MN_HOST);
	assert_memory_equal(standing_find(&l, &host)->mac, w, 6);
	assert_int_equal(standing_find(&l, &gateway)->kind, MN_GUEST);
	standing_free(&l);
}

/* Rule 21. */
static void directed_broadcasts(void **state)
{
	static const struct {
		uint8_t bits, last; /* of 192.0.2.21 */
		bool some;
	} rows[] = {{24, 255, true}, {28, 31, true}, {30, 23, true}, {31, 0, false}, {32, 0, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct standing_list l = {0};
		struct standing_address a = address(21, rows[i].bits);
		struct mn_key key = ip4(192, 0, 2, rows[i].last);
		assert_true(standing_broadcast(&l, &a));
		assert_int_equal(l.count, rows[i].some);
		if (rows[i].some)
			assert_int_equal(standing_find(&l, &key)->kind, MN_BROADCAST);
		standing_free(&l);
	}
	struct standing_list l = {0};
	struct standing_address odd = address(21, 24);
	struct mn_key other = ip4(192, 0, 2, 127);
	odd.has_broadcast = true;
	memcpy(odd.broadcast, other.addr, 4);
	assert_true(standing_broadcast(&l, &odd));
	assert_int_equal(l.count, 2);
	assert_non_null(standing_find(&l, &other));
	standing_free(&l);
}

static void what_the_table_holds_is_judged(void **state)
{
	struct standing s = {.key = ip4(192, 0, 2, 5), .kind = MN_GUEST, .flags = MN_F_PIN | MN_F_CONF};
	struct mn_binding old = {.in_packets = 7, .seen = 5};

	(void)state;
	memcpy(s.mac, guest, 6);
	memcpy(old.mac, guest, 6);
	assert_false(standing_satisfied(&s, &old)); /* learned, not pinned */
	struct mn_binding b = standing_binding(&s, &old, 9, 100);
	assert_true(standing_satisfied(&s, &b));
	assert_int_equal(b.in_packets, 7);
	assert_int_equal(b.port, 9);
	assert_int_equal(b.slot, MN_NO_SLOT);
	assert_int_equal(b.seen, 100);
	b.flags |= MN_F_CONTEST; /* what the kernel notes there is no difference */
	assert_true(standing_satisfied(&s, &b));
	memcpy(b.mac, w, 6);
	assert_false(standing_satisfied(&s, &b));
	assert_int_equal(standing_binding(&s, &b, 9, 100).in_packets, 0);
}

static void only_its_own_are_taken_away(void **state)
{
	struct mn_binding b = {.kind = MN_GUEST};

	(void)state;
	assert_false(standing_is(&b));
	b.flags = MN_F_PIN; /* by `vifi bridge pin` */
	assert_false(standing_is(&b));
	b.flags = MN_F_PIN | MN_F_CONF;
	assert_true(standing_is(&b));
	for (uint8_t kind = MN_HOST; kind <= MN_BROADCAST; kind++) {
		b = (struct mn_binding){.kind = kind};
		assert_true(standing_is(&b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_has_the_key),
		cmocka_unit_test(directed_broadcasts),
		cmocka_unit_test(what_the_table_holds_is_judged),
		cmocka_unit_test(only_its_own_are_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

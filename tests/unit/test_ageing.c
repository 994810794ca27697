/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/ageing.h"

#define S MN_NS_PER_SEC

static const uint64_t age = 600 * S;

static struct mn_key key(enum mn_family family)
{
	return (struct mn_key){.family = (uint8_t)family};
}

static struct mn_binding seen_at(uint64_t seconds)
{
	return (struct mn_binding){.seen = seconds * S};
}

/* Rule 3: minutes for what guests own; transactions and probes are over sooner. */
static void each_family_has_its_time(void **state)
{
	static const struct {
		enum mn_family family;
		uint64_t seconds;
	} rows[] = {
		{MN_IP4, 600}, {MN_IP6, 600},  {MN_MAC, 600},   {MN_TALK, 600},  {MN_PPPOE, 600},
		{MN_XID, 300}, {MN_UNIQ, 300}, {MN_PROBE4, 30}, {MN_PROBE6, 30},
	};
	struct mn_binding b = seen_at(1000);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mn_key k = key(rows[i].family);
		uint64_t end = (1000 + rows[i].seconds) * S;
		assert_int_equal(ageing_deadline(&k, &b, age), end);
		assert_int_equal(ageing_look(&k, &b, age, end), AGEING_DELETE);
		assert_int_not_equal(ageing_look(&k, &b, age, end - 1), AGEING_DELETE);
	}
}

static void pins_and_the_hosts_own_stay(void **state)
{
	struct mn_key k = key(MN_IP4);
	struct mn_binding pin = seen_at(1), host = seen_at(1);

	(void)state;
	pin.flags = MN_F_PIN;
	host.kind = MN_HOST;
	assert_int_equal(ageing_deadline(&k, &pin, age), AGEING_NEVER);
	assert_int_equal(ageing_deadline(&k, &host, age), AGEING_NEVER);
	assert_int_equal(ageing_look(&k, &pin, age, UINT64_MAX - 1), AGEING_KEEP);
}

static void a_lease_lasts_to_its_end_and_talking_beyond(void **state)
{
	struct mn_key k = key(MN_IP4);
	struct mn_binding b = seen_at(1000);

	(void)state;
	b.flags = MN_F_DHCP;
	b.expires = 5000 * S;
	assert_int_equal(ageing_look(&k, &b, age, 4900 * S), AGEING_KEEP);
	assert_int_equal(ageing_look(&k, &b, age, 4970 * S), AGEING_PROBE);
	assert_int_equal(ageing_look(&k, &b, age, 5000 * S), AGEING_DELETE);
	b.seen = 4990 * S;
	assert_int_equal(ageing_look(&k, &b, age, 5000 * S), AGEING_KEEP);
	b.expires = UINT64_MAX; /* a lease without end */
	assert_int_equal(ageing_look(&k, &b, age, UINT64_MAX - 1), AGEING_KEEP);
}

static void only_addresses_are_asked_for(void **state)
{
	struct mn_key ip = key(MN_IP6), mac = key(MN_MAC);
	struct mn_binding b = seen_at(1000);

	(void)state;
	assert_int_equal(ageing_look(&ip, &b, age, 1570 * S), AGEING_PROBE);
	assert_int_equal(ageing_look(&ip, &b, age, 1570 * S - 1), AGEING_KEEP);
	assert_int_equal(ageing_look(&mac, &b, age, 1599 * S), AGEING_KEEP);
}

/* Three questions a second apart, then silence to the end. */
static void a_silent_owner_is_asked_three_times(void **state)
{
	struct mn_key k = key(MN_IP4);
	struct mn_binding b = seen_at(1000);
	struct probe p;
	uint64_t now = 1570 * S;
	int sent = 0;

	(void)state;
	probe_start(&p, PROBE_AGE, now);
	for (; now < 1600 * S; now += S / 2) {
		enum probe_verdict v = probe_step(&p, &k, &b, age, now);
		assert_true(v == PROBE_SEND || v == PROBE_WAIT);
		if (v == PROBE_SEND)
			assert_int_equal(now, 1570 * S + (uint64_t)sent++ * S);
	}
	assert_int_equal(sent, AGEING_TRIES);
	assert_int_equal(p.next, 1600 * S);
	assert_int_equal(probe_step(&p, &k, &b, age, 1600 * S), PROBE_DEAD);
}

static void an_answer_ends_it(void **state)
{
	struct mn_key k = key(MN_IP4);
	struct mn_binding b = seen_at(1000);
	struct probe p;

	(void)state;
	probe_start(&p, PROBE_AGE, 1570 * S);
	assert_int_equal(probe_step(&p, &k, &b, age, 1570 * S), PROBE_SEND);
	b.seen = 1570 * S + 1000;
	assert_int_equal(probe_step(&p, &k, &b, age, 1570 * S + 2000), PROBE_ALIVE);
	/* It went by itself, or was pinned meanwhile. */
	probe_start(&p, PROBE_AGE, 1570 * S);
	assert_int_equal(probe_step(&p, &k, NULL, age, 1570 * S), PROBE_ALIVE);
	b.flags = MN_F_PIN;
	assert_int_equal(probe_step(&p, &k, &b, age, 1570 * S), PROBE_ALIVE);
}

/* Rule 2: a contest is decided within two seconds, and a frame just before it counts, within the grain of `seen`. */
static void a_contest_is_decided_in_two_seconds(void **state)
{
	struct mn_key k = key(MN_IP4);
	struct mn_binding b = seen_at(1000);
	struct probe p;
	uint64_t start = 1010 * S, now = start;
	int sent = 0;

	(void)state;
	probe_start(&p, PROBE_CONTEST, now);
	for (enum probe_verdict v; (v = probe_step(&p, &k, &b, age, now)) != PROBE_DEAD; now = p.next) {
		assert_true(now - start <= 2 * S);
		sent += v == PROBE_SEND;
	}
	assert_int_equal(sent, AGEING_TRIES);
	assert_in_range(now - start, 2 * S - AGEING_TRIES, 2 * S);
	/* The last question comes later than a grain after the start: an owner that spoke just before still shows. */
	probe_start(&p, PROBE_CONTEST, start);
	probe_step(&p, &k, &b, age, start);
	probe_step(&p, &k, &b, age, p.next);
	assert_true(p.next - start > MN_SEEN_GRAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_family_has_its_time),
		cmocka_unit_test(pins_and_the_hosts_own_stay),
		cmocka_unit_test(a_lease_lasts_to_its_end_and_talking_beyond),
		cmocka_unit_test(only_addresses_are_asked_for),
		cmocka_unit_test(a_silent_owner_is_asked_three_times),
		cmocka_unit_test(an_answer_ends_it),
		cmocka_unit_test(a_contest_is_decided_in_two_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

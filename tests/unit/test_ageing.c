/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/ageing.h"

#define S MN_NS_PER_SEC

static const uint64_t age = 600 * S;

static struct mn_key key_of(enum mn_family family)
{
	return (struct mn_key){.family = (uint8_t)family};
}

static struct mn_binding binding_seen_at(uint64_t seconds)
{
	return (struct mn_binding){.last_seen = seconds * S};
}

/* Rule 3: bindings last for minutes; transactions and probes expire sooner. */
static void ageing_time_depends_on_family(void **state)
{
	static const struct {
		enum mn_family family;
		uint64_t seconds;
	} rows[] = {
		{MN_IP4, 600},      {MN_IP6, 600},        {MN_MAC, 600},   {MN_ETHERTYPE, 600}, {MN_PPPOE, 600},
		{MN_DHCP_XID, 300}, {MN_PPPOE_UNIQ, 300}, {MN_PROBE4, 30}, {MN_PROBE6, 30},
	};
	struct mn_binding binding = binding_seen_at(1000);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mn_key key = key_of(rows[i].family);
		uint64_t end = (1000 + rows[i].seconds) * S;
		assert_int_equal(ageing_deadline(&key, &binding, age), end);
		assert_int_equal(ageing_check(&key, &binding, age, end), AGEING_DELETE);
		assert_int_not_equal(ageing_check(&key, &binding, age, end - 1), AGEING_DELETE);
	}
}

static void pinned_and_host_bindings_do_not_age(void **state)
{
	struct mn_key key = key_of(MN_IP4);
	struct mn_binding pin = binding_seen_at(1), host = binding_seen_at(1);

	(void)state;
	pin.flags = MN_F_PIN;
	host.kind = MN_HOST;
	assert_int_equal(ageing_deadline(&key, &pin, age), AGEING_NEVER);
	assert_int_equal(ageing_deadline(&key, &host, age), AGEING_NEVER);
	assert_int_equal(ageing_check(&key, &pin, age, UINT64_MAX - 1), AGEING_KEEP);
}

static void lease_keeps_binding_and_traffic_extends_it(void **state)
{
	struct mn_key key = key_of(MN_IP4);
	struct mn_binding binding = binding_seen_at(1000);

	(void)state;
	binding.flags = MN_F_DHCP;
	binding.expires = 5000 * S;
	assert_int_equal(ageing_check(&key, &binding, age, 4900 * S), AGEING_KEEP);
	assert_int_equal(ageing_check(&key, &binding, age, 4970 * S), AGEING_PROBE);
	assert_int_equal(ageing_check(&key, &binding, age, 5000 * S), AGEING_DELETE);
	binding.last_seen = 4990 * S;
	assert_int_equal(ageing_check(&key, &binding, age, 5000 * S), AGEING_KEEP);
}

/* A lease from a forged ACK must not outlive its guest for years. */
static void lease_keeps_silent_guest_for_a_day(void **state)
{
	struct mn_key key = key_of(MN_IP4);
	struct mn_binding binding = binding_seen_at(1000);

	(void)state;
	binding.flags = MN_F_DHCP;
	binding.expires = UINT64_MAX;
	assert_int_equal(ageing_deadline(&key, &binding, age), (1000 + 86400) * S);
}

/* Rule 28: a station is remembered after it has fallen silent. */
static void station_is_kept_for_a_day(void **state)
{
	struct mn_key mac = key_of(MN_MAC), ip = key_of(MN_IP4);
	struct mn_binding station = binding_seen_at(1000);

	(void)state;
	station.kind = MN_STATION;
	assert_int_equal(ageing_deadline(&mac, &station, age), (1000 + 86400) * S);
	assert_int_equal(ageing_check(&ip, &station, age, (1000 + 86399) * S), AGEING_KEEP);
	assert_false(ageing_can_probe(&ip, &station));
	assert_true(ageing_can_contest(&mac, &station));
}

/* The rules add the host's conversations in other ethertypes; they end as a guest's do. */
static void short_lived_key_of_host_ages(void **state)
{
	struct mn_key key = key_of(MN_ETHERTYPE);
	struct mn_binding host = binding_seen_at(1000);

	(void)state;
	host.kind = MN_HOST;
	assert_int_equal(ageing_deadline(&key, &host, age), 1600 * S);
}

static void only_ip_bindings_are_probed(void **state)
{
	struct mn_key ip = key_of(MN_IP6), mac = key_of(MN_MAC);
	struct mn_binding binding = binding_seen_at(1000);

	(void)state;
	assert_int_equal(ageing_check(&ip, &binding, age, 1570 * S), AGEING_PROBE);
	assert_int_equal(ageing_check(&ip, &binding, age, 1570 * S - 1), AGEING_KEEP);
	assert_int_equal(ageing_check(&mac, &binding, age, 1599 * S), AGEING_KEEP);
}

/* Three probes, a second apart, then none until the binding expires. */
static void silent_owner_is_probed_three_times(void **state)
{
	struct mn_key key = key_of(MN_IP4);
	struct mn_binding binding = binding_seen_at(1000);
	struct owner_probe probe;
	uint64_t now = 1570 * S;
	int sent = 0;

	(void)state;
	owner_probe_start(&probe, PROBE_AGE, &binding, now);
	for (; now < 1600 * S; now += S / 2) {
		enum owner_probe_verdict probe_verdict = owner_probe_step(&probe, &key, &binding, age, now);
		assert_true(probe_verdict == PROBE_SEND || probe_verdict == PROBE_WAIT);
		if (probe_verdict == PROBE_SEND)
			assert_int_equal(now, 1570 * S + (uint64_t)sent++ * S);
	}
	assert_int_equal(sent, AGEING_TRIES);
	assert_int_equal(probe.next, 1600 * S);
	assert_int_equal(owner_probe_step(&probe, &key, &binding, age, 1600 * S), PROBE_DEAD);
}

static void answer_stops_probing(void **state)
{
	struct mn_key key = key_of(MN_IP4);
	struct mn_binding binding = binding_seen_at(1000);
	struct owner_probe probe;

	(void)state;
	owner_probe_start(&probe, PROBE_AGE, &binding, 1570 * S);
	assert_int_equal(owner_probe_step(&probe, &key, &binding, age, 1570 * S), PROBE_SEND);
	binding.last_seen = 1570 * S + 1000;
	assert_int_equal(owner_probe_step(&probe, &key, &binding, age, 1570 * S + 2000), PROBE_ALIVE);
	/* The binding was deleted or pinned meanwhile. */
	owner_probe_start(&probe, PROBE_AGE, &binding, 1570 * S);
	assert_int_equal(owner_probe_step(&probe, &key, NULL, age, 1570 * S), PROBE_ALIVE);
	binding.flags = MN_F_PIN;
	assert_int_equal(owner_probe_step(&probe, &key, &binding, age, 1570 * S), PROBE_ALIVE);
}

/* Rule 2: three probes decide a contest; an owner answers for an IP address faster than for a MAC address. */
static void contest_is_decided_by_three_probes(void **state)
{
	static const struct {
		enum mn_family family;
		enum mn_kind kind;
		unsigned ms;
		uint32_t router;
	} rows[] = {
		{MN_IP4, MN_GUEST, 1000, 0},
		{MN_IP6, MN_GUEST, 1000, 0},
		{MN_IP4, MN_STATION, 1500, 0},
		{MN_MAC, MN_GUEST, 2000, 0},
		{MN_MAC, MN_STATION, 2000, 0},
		{MN_IP4, MN_GUEST, 1000, MN_VRRP_KNOWN},
		{MN_IP4, MN_GUEST, 120, MN_VRRP_KNOWN | MN_VRRP_OUTRANKED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mn_key key = key_of(rows[i].family);
		struct mn_binding binding = binding_seen_at(1000);
		struct owner_probe probe;
		uint64_t start = 1010 * S, now = start;
		int sent = 0;

		binding.kind = (uint8_t)rows[i].kind;
		binding.router = rows[i].router;
		owner_probe_start(&probe, PROBE_CONTEST, &binding, now);
		for (enum owner_probe_verdict probe_verdict;
		     (probe_verdict = owner_probe_step(&probe, &key, &binding, age, now)) != PROBE_DEAD;
		     now = probe.next) {
			assert_true(now - start <= 2 * S);
			sent += probe_verdict == PROBE_SEND;
		}
		assert_int_equal(sent, AGEING_TRIES);
		assert_int_equal((now - start + AGEING_TRIES) / 1000000, rows[i].ms);
	}
}

/*
 * Rule 2: a frame of the owner between the claim and the first probe is an answer. The data path then leaves last_seen alone
 * for MN_SEEN_RESOLUTION, longer than the contest, and its clock may be a tick behind that of the probe.
 */
static void frame_before_the_first_probe_is_an_answer(void **state)
{
	struct mn_key key = key_of(MN_IP4);
	struct mn_binding binding = binding_seen_at(1000);
	struct owner_probe probe;
	uint64_t start = 1001 * S;

	(void)state;
	binding.flags = MN_F_CONTEST;
	owner_probe_start(&probe, PROBE_CONTEST, &binding, start);
	binding.flags = 0; /* in the same tick as the frame before */
	assert_int_equal(owner_probe_step(&probe, &key, &binding, age, start), PROBE_ALIVE);
	binding.flags = MN_F_CONTEST;
	owner_probe_start(&probe, PROBE_CONTEST, &binding, start);
	binding.last_seen = start - 1000; /* and claimed again */
	assert_int_equal(owner_probe_step(&probe, &key, &binding, age, start), PROBE_ALIVE);
}

/* Rule 2: however often the claim is repeated, an owner that answers within a second keeps its address. */
static void slow_owner_keeps_a_contested_address(void **state)
{
	struct mn_key key = key_of(MN_IP4);
	struct mn_binding binding = binding_seen_at(1000);
	struct owner_probe probe;
	uint64_t now = 1001 * S, answer = UINT64_MAX;
	unsigned rounds = 0;

	(void)state;
	binding.flags = MN_F_CONTEST;
	owner_probe_start(&probe, PROBE_CONTEST, &binding, now);
	while (rounds < 20) {
		enum owner_probe_verdict probe_verdict = owner_probe_step(&probe, &key, &binding, age, now);

		assert_int_not_equal(probe_verdict, PROBE_DEAD);
		if (probe_verdict == PROBE_SEND && answer == UINT64_MAX)
			answer = now + S * 95 / 100;
		if (probe_verdict == PROBE_ALIVE) { /* bridge/probe.c: the claim has been repeated meanwhile */
			owner_probe_start(&probe, PROBE_CONTEST, &binding, now);
			rounds++;
		}
		now += S / 100;
		if (now >= answer) {
			binding.last_seen = answer;
			answer = UINT64_MAX;
		}
	}
}

/* Packets for the guest arrive, and it sends none. */
static void silent_receiver_is_mute(void **state)
{
	static const struct {
		unsigned in, out, now;
		bool mute;
	} rows[] = {
		{1010, 1006, 1011, true},
		{1010, 1007, 1011, false}, /* not silent for long enough */
		{1010, 1011, 1012, false},
		{1010, 1000, 1016, false}, /* nothing arrives any more */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mn_key key = key_of(MN_IP4), mac = key_of(MN_MAC);
		struct mn_binding binding = binding_seen_at(rows[i].out);

		binding.in_peer_seen = rows[i].in * S;
		assert_int_equal(ageing_is_mute(&key, &binding, rows[i].now * S), rows[i].mute);
		assert_false(ageing_is_mute(&mac, &binding, rows[i].now * S));
		binding.flags = MN_F_PIN;
		assert_false(ageing_is_mute(&key, &binding, rows[i].now * S));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ageing_time_depends_on_family),
		cmocka_unit_test(pinned_and_host_bindings_do_not_age),
		cmocka_unit_test(lease_keeps_binding_and_traffic_extends_it),
		cmocka_unit_test(lease_keeps_silent_guest_for_a_day),
		cmocka_unit_test(station_is_kept_for_a_day),
		cmocka_unit_test(short_lived_key_of_host_ages),
		cmocka_unit_test(only_ip_bindings_are_probed),
		cmocka_unit_test(silent_owner_is_probed_three_times),
		cmocka_unit_test(answer_stops_probing),
		cmocka_unit_test(contest_is_decided_by_three_probes),
		cmocka_unit_test(frame_before_the_first_probe_is_an_answer),
		cmocka_unit_test(slow_owner_keeps_a_contested_address),
		cmocka_unit_test(silent_receiver_is_mute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties: whatever frame comes, in whatever order, the laws of trial.c hold.
 * 200,000 frames a hook from a fixed seed, with state kept between them; another
 * seed by VIFI_SEED, another number by VIFI_FRAMES.
 */
#include "unit.h"

#include "generate.h"
#include "trial.h"

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* What must hold of the tables at any time. */
static void check_tables(struct trial *t)
{
	const struct mn_config *c = mn_engine_config(t->e);
	struct mn_binding b;
	struct mn_key k;
	void *cursor = NULL;

	while (mn_engine_next(t->e, &cursor, &k, &b)) {
		if (b.kind != MN_GUEST)
			continue;
		assert_memory_not_equal(b.mac, c->w, 6);
		assert_int_equal(b.mac[0] & 1, 0);
		assert_true(k.family != MN_IP4 || (memcmp(k.addr, ip_host, 4) && memcmp(k.addr, ip_router, 4)) ||
			    k.vlan);
		assert_true(k.family != MN_IP4 || (k.addr[0] != 0 && k.addr[0] != 127 && k.addr[0] < 224));
		assert_true(k.family != MN_IP6 || k.addr[0] != 0xff);
		assert_true(b.slot < c->port_cap || b.slot == MN_NO_SLOT);
	}
	assert_int_equal(trial_find4(t, ip_host)->kind, MN_HOST);
	assert_int_equal(trial_find4(t, ip_router)->kind, MN_GATEWAY);
}

static void run(enum mn_hook only, uint64_t seed)
{
	uint64_t frames = number("VIFI_FRAMES", 200000), air = 0, guests = 0, host = 0, dropped = 0;
	struct dice d = {number("VIFI_SEED", seed)};
	struct trial t;

	trial_init(&t);
	mn_engine_config(t.e)->port_cap = 32;
	trial_hear_all(&t);
	for (uint64_t i = 0; i < frames; i++) {
		/* three of four frames by the hook in question; the others keep the tables alive */
		enum mn_hook hook = roll(&d, 4) ? only : (enum mn_hook)roll(&d, 3);
		uint32_t port;

		generate(&d, hook, &t.f, &port, FRAME_MAX);
		t.now += roll(&d, 3) ? roll(&d, 1000000) : (uint64_t)roll(&d, 2000) * (SECOND / 1000);
		t.partial = chance(&d, 5);
		t.tci = chance(&d, 3) ? 0x10007 : 0;
		t.segment = chance(&d, 3) ? 1514 : 0;
		if (i % 1024 == 0)
			mn_engine_config(t.e)->takeover = roll(&d, 2) ? MN_TAKEOVER_ANNOUNCED : MN_TAKEOVER_SILENT;
		trial_give(&t, hook, port, hook != MN_FROM_GUEST && chance(&d, 10));
		air += (t.w->to & MN_TO_AIR) != 0;
		guests += ((t.w->to | t.w->copy) & MN_TO_GUESTS) != 0;
		host += ((t.w->to | t.w->copy) & MN_TO_HOST) != 0;
		dropped += t.w->drop != 0;
		if (i % 4096 == 0)
			check_tables(&t);
	}
	check_tables(&t);
	printf("  %llu frames: %llu to the air, %llu to guests, %llu to the host, %llu dropped\n",
	       (unsigned long long)frames, (unsigned long long)air, (unsigned long long)guests,
	       (unsigned long long)host, (unsigned long long)dropped);
	for (int i = 1; i < DROP_COUNT; i++)
		if (only == MN_FROM_GUEST && frames >= 100000 && i != DROP_INTERNAL && i != DROP_LEARN_RATE &&
		    i != DROP_LEARN_FULL && i != DROP_CLAIM_PINNED && !mn_engine_drops(t.e, (enum drop)i))
			printf("  never: %s\n", drop_name((enum drop)i));
	if (frames >= 100000) { /* a generator that reaches nothing proves nothing */
		assert_true(air > frames / 50 && guests > frames / 50 && host > frames / 50);
		assert_true(dropped > frames / 50 && dropped < frames * 9 / 10);
	}
	trial_end(&t);
}

static void any_frame_from_a_guest(void **state)
{
	(void)state;
	run(MN_FROM_GUEST, 1);
}

static void any_frame_from_the_wire(void **state)
{
	(void)state;
	run(MN_FROM_WIRE, 2);
}

static void any_frame_from_the_host(void **state)
{
	(void)state;
	run(MN_FROM_HOST, 3);
}

/* What takes the short way would have got the same verdict on the long one: so it is judged there, too. */
static void the_short_way_leads_to_the_same_place(void **state)
{
	uint64_t frames = number("VIFI_FRAMES", 200000), taken = 0;
	struct dice d = {number("VIFI_SEED", 5)};
	struct frame last = {0}, given, made;
	uint32_t port, last_port = 0;
	struct mn_work shortly;
	struct trial t;

	(void)state;
	trial_init(&t);
	trial_hear_all(&t);
	for (uint64_t i = 0; i < frames; i++) {
		generate(&d, MN_FROM_GUEST, &t.f, &port, FRAME_MAX);
		t.now += roll(&d, 3) ? roll(&d, 1000000) : (uint64_t)roll(&d, 2000) * (SECOND / 1000);
		t.tci = chance(&d, 3) ? 0x10007 : 0;
		t.segment = chance(&d, 3) ? 1514 : 0;
		if (last.len && chance(&d, 60)) { /* the same once more, or nearly */
			t.f = last;
			port = chance(&d, 95) ? last_port : port;
			if (chance(&d, 20))
				t.f.b[roll(&d, t.f.len)] ^= (uint8_t)(1 + roll(&d, 255));
		}
		given = t.f;
		trial_give(&t, MN_FROM_PORT, port, false);
		shortly = *t.w;
		made = t.f;
		t.f = given;
		trial_give(&t, MN_FROM_GUEST, port, false);
		if (t.w->to == MN_TO_AIR && !t.w->copy) {
			last = given;
			last_port = port;
		}
		assert_int_equal(shortly.drop, 0);
		if (!shortly.to)
			continue;
		taken++;
		assert_int_equal(t.w->drop, 0);
		assert_int_equal(t.w->to, MN_TO_AIR);
		assert_int_equal(shortly.to, MN_TO_AIR);
		assert_int_equal(t.w->copy | shortly.copy, 0);
		assert_int_equal(made.len, t.f.len);
		assert_memory_equal(made.b, t.f.b, made.len);
	}
	printf("  %llu of %llu frames took the short way\n", (unsigned long long)taken, (unsigned long long)frames);
	assert_true(taken > frames / 50);
	trial_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_frame_from_a_guest),
		cmocka_unit_test(any_frame_from_the_wire),
		cmocka_unit_test(any_frame_from_the_host),
		cmocka_unit_test(the_short_way_leads_to_the_same_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

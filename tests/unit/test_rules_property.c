/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties: the invariants of harness.c hold for random frames in random order. 200,000 frames per hook from a fixed
 * seed, with state kept between them; VIFI_SEED sets another seed, VIFI_FRAMES another number.
 */
#include "unit.h"

#include "generate.h"
#include "harness.h"

static uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* Invariants of the tables. */
static void check_tables(struct harness *harness)
{
	const struct mn_config *config = mn_engine_config(harness->engine);
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(harness->engine, &cursor, &key, &binding)) {
		if (binding.kind == MN_STATION) {
			assert_int_equal(binding.port, config->uplink);
			assert_true(key.family == MN_MAC || key.family == MN_IP4 || key.family == MN_IP6);
			assert_true(binding.slot < config->port_cap);
		}
		if (binding.kind != MN_GUEST)
			continue;
		assert_memory_not_equal(binding.mac, config->uplink_mac, 6);
		assert_int_equal(binding.mac[0] & 1, 0);
		assert_true(key.family != MN_IP4 || (memcmp(key.addr, ip_host, 4) && memcmp(key.addr, ip_router, 4)) ||
			    key.vlan);
		assert_true(key.family != MN_IP4 || (key.addr[0] != 0 && key.addr[0] != 127 && key.addr[0] < 224));
		assert_true(key.family != MN_IP6 || key.addr[0] != 0xff);
		assert_true(binding.slot < config->port_cap || binding.slot == MN_NO_SLOT);
	}
	assert_int_equal(harness_find4(harness, ip_host)->kind, MN_HOST);
	assert_int_equal(harness_find4(harness, ip_router)->kind, MN_GATEWAY);
}

static void set_policies(struct harness *harness, struct rng *rng)
{
	struct mn_config *config = mn_engine_config(harness->engine);

	config->takeover = rng_below(rng, 2) ? MN_TAKEOVER_ANNOUNCED : MN_TAKEOVER_SILENT;
	config->guest_services = rng_below(rng, 3);
	config->flags = (uint16_t)((rng_below(rng, 2) ? MN_CONFIG_SOURCE_GUARD : 0) |
				   (rng_below(rng, 2) ? MN_CONFIG_PORT_GUARD : 0));
}

static void run_random_frames(enum mn_hook only, uint64_t seed)
{
	uint64_t frames = env_number("VIFI_FRAMES", 200000), air = 0, guests = 0, host = 0, dropped = 0;
	struct rng rng = {env_number("VIFI_SEED", seed)};
	struct harness harness;

	harness_init(&harness);
	mn_engine_config(harness.engine)->port_cap = 32;
	harness_learn_all(&harness);
	for (uint64_t i = 0; i < frames; i++) {
		/* three of four frames on the tested hook; the others keep the tables in use */
		enum mn_hook hook = rng_below(&rng, 4) ? only : (enum mn_hook)rng_below(&rng, 3);
		uint32_t port;

		generate_frame(&rng, hook, &harness.frame, &port, FRAME_MAX);
		harness.now += rng_below(&rng, 3) ? rng_below(&rng, 1000000)
						  : (uint64_t)rng_below(&rng, 2000) * (SECOND / 1000);
		harness.partial = rng_chance(&rng, 5);
		harness.tci = rng_chance(&rng, 3) ? 0x10007 : 0;
		harness.segment = rng_chance(&rng, 3) ? 1514 : 0;
		if (i % 1024 == 0)
			set_policies(&harness, &rng);
		harness_run(&harness, hook, port, hook != MN_FROM_GUEST && rng_chance(&rng, 10));
		air += (harness.verdict->send_to & MN_TO_UPLINK) != 0;
		guests += ((harness.verdict->send_to | harness.verdict->copy_to) & MN_TO_GUESTS) != 0;
		host += ((harness.verdict->send_to | harness.verdict->copy_to) & MN_TO_HOST) != 0;
		dropped += harness.verdict->drop != 0;
		if (i % 4096 == 0)
			check_tables(&harness);
	}
	check_tables(&harness);
	printf("  %llu frames: %llu to the air, %llu to guests, %llu to the host, %llu dropped\n",
	       (unsigned long long)frames, (unsigned long long)air, (unsigned long long)guests,
	       (unsigned long long)host, (unsigned long long)dropped);
	for (int i = 1; i < DROP_COUNT; i++)
		if (only == MN_FROM_GUEST && frames >= 100000 && i != DROP_INTERNAL && i != DROP_LEARN_RATE &&
		    i != DROP_LEARN_FULL && i != DROP_CLAIM_PINNED && !mn_engine_drops(harness.engine, (enum drop)i))
			printf("  never: %s\n", drop_name((enum drop)i));
	if (frames >= 100000) { /* a generator that reaches no rule proves nothing */
		assert_true(air > frames / 50 && guests > frames / 50 && host > frames / 50);
		assert_true(dropped > frames / 50 && dropped < frames * 9 / 10);
	}
	harness_free(&harness);
}

static void random_frames_from_guest_keep_invariants(void **state)
{
	(void)state;
	run_random_frames(MN_FROM_GUEST, 1);
}

static void random_frames_from_wire_keep_invariants(void **state)
{
	(void)state;
	run_random_frames(MN_FROM_WIRE, 2);
}

static void random_frames_from_host_keep_invariants(void **state)
{
	(void)state;
	run_random_frames(MN_FROM_HOST, 3);
}

/*
 * A frame that takes the shortcut is also judged on the regular path, with the same verdict; a frame that the port guard
 * takes from the bridge is dropped there.
 */
static void shortcut_gives_same_verdict(void **state)
{
	uint64_t frames = env_number("VIFI_FRAMES", 200000), taken = 0, guarded = 0, lent = 0, moved = 0;
	struct rng rng = {env_number("VIFI_SEED", 5)};
	struct raw_frame last = {0}, given, made;
	const struct mn_binding *binding;
	uint32_t port, last_port = 0;
	struct mn_context shortly;
	struct harness harness;

	(void)state;
	harness_init(&harness);
	harness_learn_all(&harness);
	mn_engine_config(harness.engine)->flags = MN_CONFIG_PORT_GUARD;
	for (uint64_t i = 0; i < frames; i++) {
		mn_engine_config(harness.engine)->guest_services = rng_below(&rng, 3);
		generate_frame(&rng, MN_FROM_GUEST, &harness.frame, &port, FRAME_MAX);
		harness.now += rng_below(&rng, 3) ? rng_below(&rng, 1000000)
						  : (uint64_t)rng_below(&rng, 2000) * (SECOND / 1000);
		harness.tci = rng_chance(&rng, 3) ? 0x10007 : 0;
		harness.segment = rng_chance(&rng, 3) ? 1514 : 0;
		if (last.len && rng_chance(&rng, 60)) { /* the same frame again, or a similar one */
			harness.frame = last;
			port = rng_chance(&rng, 95) ? last_port : port;
			if (rng_chance(&rng, 20))
				harness.frame.bytes[rng_below(&rng, harness.frame.len)] ^=
					(uint8_t)(1 + rng_below(&rng, 255));
		}
		given = harness.frame;
		harness_run(&harness, MN_FROM_PORT, port, false);
		shortly = *harness.verdict;
		made = harness.frame;
		harness.frame = given;
		harness_run(&harness, MN_FROM_GUEST, port, false);
		if (harness.verdict->send_to == MN_TO_UPLINK && !harness.verdict->copy_to) {
			last = given;
			last_port = port;
		}
		assert_int_equal(shortly.drop, 0);
		if (!shortly.send_to)
			continue;
		if (shortly.send_to == MN_TO_BRIDGE) { /* a borrowed address (rule 30) */
			lent++;
			assert_true(harness.verdict->is_borrowed || harness.verdict->drop);
			continue;
		}
		if (shortly.send_to == MN_TO_RULES) {
			/*
			 * Data from an IP address of the port may pass: its MAC address has moved to another port, and
			 * the rules look for it once a second. The bridge must not learn it from such a frame.
			 */
			binding = mn_engine_get(harness.engine, &shortly.mac_key);
			moved += !harness.verdict->drop;
			assert_true(harness.verdict->drop || (binding && binding->port != port));
			guarded++;
			continue;
		}
		taken++;
		assert_int_equal(harness.verdict->drop, 0);
		assert_int_equal(harness.verdict->send_to, MN_TO_UPLINK);
		assert_int_equal(shortly.send_to, MN_TO_UPLINK);
		assert_int_equal(harness.verdict->copy_to | shortly.copy_to, 0);
		assert_int_equal(made.len, harness.frame.len);
		assert_memory_equal(made.bytes, harness.frame.bytes, made.len);
	}
	printf("  %llu of %llu frames took the shortcut\n", (unsigned long long)taken, (unsigned long long)frames);
	printf("  the port guard took %llu, made probes of %llu\n", (unsigned long long)guarded,
	       (unsigned long long)lent);
	assert_true(taken > frames / 50 && guarded > frames / 100 && lent && moved < 1 + guarded / 100);
	harness_free(&harness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_frames_from_guest_keep_invariants),
		cmocka_unit_test(random_frames_from_wire_keep_invariants),
		cmocka_unit_test(random_frames_from_host_keep_invariants),
		cmocka_unit_test(shortcut_gives_same_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

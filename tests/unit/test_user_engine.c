/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of the user-space engine, on their way to the event loop and to the nft guard. */
#include "fixture.h"

#include "base/mac.h"
#include "bridge/user/engine_state.h"

static char any_guard; /* is only compared with NULL: no thread runs */

static void start_engine(struct user_engine *engine, struct harness *harness)
{
	memset(engine, 0, sizeof(*engine));
	pthread_mutex_init(&engine->lock, NULL);
	pthread_cond_init(&engine->changed, NULL);
	engine->rules = harness->engine;
	engine->guard = (struct nft_guard *)&any_guard;
	user_engine_dispatch_events(engine);
	engine->n_events = engine->n_changes = 0;
}

static void stop_engine(struct user_engine *engine)
{
	pthread_cond_destroy(&engine->changed);
	pthread_mutex_destroy(&engine->lock);
}

static void learn(struct harness *harness, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		harness_learn4(harness, PORT_A, mac_a, (const uint8_t[]){10, 77, (uint8_t)(i >> 8), (uint8_t)i});
}

static unsigned pop_all(struct user_engine *engine)
{
	struct mn_event event;
	unsigned count = 0;

	while (user_engine_event_pop(engine, &event))
		count++;
	return count;
}

static void event_reaches_loop_and_guard(void **state)
{
	static struct user_engine engine;

	start_engine(&engine, *state);
	learn(*state, 1);
	user_engine_dispatch_events(&engine);
	assert_int_equal(engine.n_changes, 1);
	assert_false(engine.guard_rebuild);
	assert_int_equal(pop_all(&engine), 1);
	assert_false(user_engine_take_overflow(&engine));
	stop_engine(&engine);
}

/* The guard would let the frames of a guest pass whose event was lost. */
static void overflow_of_rules_rebuilds_guard(void **state)
{
	static struct user_engine engine;

	start_engine(&engine, *state);
	learn(*state, MN_ENGINE_EVENTS + 10);
	user_engine_dispatch_events(&engine);
	assert_true(engine.guard_rebuild);
	assert_int_equal(pop_all(&engine), MN_ENGINE_EVENTS);
	assert_true(user_engine_take_overflow(&engine));
	assert_false(user_engine_take_overflow(&engine));
	stop_engine(&engine);
}

/* The loop is slower than the rules: the guard has all events, the loop has not. */
static void overflow_of_queue_is_reported_to_loop(void **state)
{
	static struct user_engine engine;

	start_engine(&engine, *state);
	for (unsigned i = 0; i < 3; i++) {
		learn(*state, (i + 1) * 100);
		user_engine_dispatch_events(&engine);
	}
	assert_false(engine.guard_rebuild);
	assert_true(engine.n_changes >= 300);
	assert_int_equal(pop_all(&engine), MN_ENGINE_EVENTS);
	assert_true(user_engine_take_overflow(&engine));
	stop_engine(&engine);
}

/* Each change is a transaction of nftables; a guest that is seen again is none. */
static void renewed_binding_does_not_change_the_guard(void **state)
{
	static struct user_engine engine;
	const struct mn_key key = {.family = MN_IP4, .addr = {10, 77, 0, 1}};
	struct mn_binding binding = {.kind = MN_GUEST};
	struct store *store = &engine.store;

	start_engine(&engine, *state);
	mac_copy(binding.mac, mac_a);
	assert_int_equal(user_engine_store_ops.put(store, &key, &binding), 0);
	assert_int_equal(engine.n_changes, 1);
	binding.last_seen = 5;
	assert_int_equal(user_engine_store_ops.put(store, &key, &binding), 0);
	assert_int_equal(engine.n_changes, 1);
	binding.kind = MN_HOST;
	assert_int_equal(user_engine_store_ops.put(store, &key, &binding), 0);
	assert_int_equal(engine.n_changes, 2);
	assert_false(engine.changes[1].guest);
	stop_engine(&engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(event_reaches_loop_and_guard),
		TEST(overflow_of_rules_rebuilds_guard),
		TEST(overflow_of_queue_is_reported_to_loop),
		TEST(renewed_binding_does_not_change_the_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

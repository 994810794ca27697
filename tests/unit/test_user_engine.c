/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of the user-space engine, on their way to the event loop and to the nft guard. */
#include "fixture.h"

#include "base/mac.h"
#include "bridge/user/engine_state.h"

#include <sys/socket.h>
#include <unistd.h>

static char any_guard; /* is only compared with NULL: no thread runs */

static void start_engine(struct user_engine *engine, struct harness *harness)
{
	memset(engine, 0, sizeof(*engine));
	pthread_mutex_init(&engine->lock, NULL);
	pthread_cond_init(&engine->changed, NULL);
	engine->rules = harness->engine;
	engine->guard = (struct nft_guard *)&any_guard;
	user_engine_dispatch_events(engine);
	engine->n_events = engine->changes.count = 0;
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
	assert_int_equal(engine.changes.count, 1);
	assert_false(engine.changes.rebuild);
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
	assert_true(engine.changes.rebuild);
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
	assert_false(engine.changes.rebuild);
	assert_true(engine.changes.count >= 300);
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
	assert_int_equal(engine.changes.count, 1);
	binding.last_seen = 5;
	assert_int_equal(user_engine_store_ops.put(store, &key, &binding), 0);
	assert_int_equal(engine.changes.count, 1);
	binding.kind = MN_HOST;
	assert_int_equal(user_engine_store_ops.put(store, &key, &binding), 0);
	assert_int_equal(engine.changes.count, 2);
	assert_false(engine.changes.list[1].guest);
	stop_engine(&engine);
}

/* ---- frames for this host, of guests that the nft guard does not know yet ---- */

struct host_frame {
	uint8_t tag_room[4];
	struct vnet_hdr vnet;
	uint8_t data[64];
} __attribute__((packed));

/* An IPv4 packet of PORT_A, or of a MAC address, whose last byte is `number`. */
static struct ring_frame host_frame(struct host_frame *memory, const uint8_t mac[6], uint8_t host, uint8_t number)
{
	*memory = (struct host_frame){0};
	mac_copy(memory->data + 6, mac);
	memcpy(memory->data + 12, (const uint8_t[]){0x08, 0x00, 0x45}, 3);
	memcpy(memory->data + 26, (const uint8_t[]){10, 77, 0, host}, 4);
	memory->data[63] = number;
	return (struct ring_frame){.vnet = &memory->vnet, .data = memory->data, .len = sizeof(memory->data)};
}

static enum user_hold_verdict hold(struct user_engine *engine, const uint8_t mac[6], uint8_t host, uint8_t number)
{
	struct host_frame memory;
	struct ring_frame frame = host_frame(&memory, mac, host, number);

	return user_engine_hold(engine, &frame, PORT_A);
}

/* The numbers of the frames that were sent, in order. */
static size_t read_sent(int fd, uint8_t numbers[256])
{
	uint8_t frame[sizeof(struct host_frame)];
	size_t count = 0;

	while (recv(fd, frame, sizeof(frame), MSG_DONTWAIT) > 0)
		numbers[count++] = frame[sizeof(struct vnet_hdr) + 63];
	return count;
}

/* The thread of the guard would do this. */
static void start_transaction(struct user_engine *engine)
{
	engine->in_flight = engine->changes;
	memset(&engine->changes, 0, sizeof(engine->changes));
}

static void end_transaction(struct user_engine *engine)
{
	memset(&engine->in_flight, 0, sizeof(engine->in_flight));
	user_engine_release(engine);
}

static void frame_of_new_guest_waits_for_the_guard(void **state)
{
	static struct user_engine engine;
	static const uint8_t known[6] = {2, 0, 0, 0, 0, 9};
	uint8_t numbers[256];
	int pair[2];

	start_engine(&engine, *state);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	engine.host_tx.fd = pair[0];
	engine.guard_running = true;
	learn(*state, 1);
	/* A transaction is pending, then under way: the new address waits, others of other guests do not. */
	assert_int_equal(hold(&engine, mac_a, 0, 1), USER_HOLD_KEPT);
	assert_int_equal(hold(&engine, known, 9, 2), USER_HOLD_PASS);
	start_transaction(&engine);
	assert_int_equal(hold(&engine, mac_a, 0, 3), USER_HOLD_KEPT);
	assert_int_equal(hold(&engine, known, 9, 4), USER_HOLD_PASS);
	user_engine_release(&engine);
	assert_int_equal(read_sent(pair[1], numbers), 0);
	end_transaction(&engine);
	assert_int_equal(read_sent(pair[1], numbers), 2);
	assert_int_equal(numbers[0], 1);
	assert_int_equal(numbers[1], 3);
	assert_int_equal(hold(&engine, mac_a, 0, 5), USER_HOLD_PASS);
	close(pair[0]);
	close(pair[1]);
	stop_engine(&engine);
}

/* A guest that sends on and on takes no place from another new one, and what does not fit must be dropped. */
static void port_has_a_share_of_the_held_frames(void **state)
{
	static struct user_engine engine;
	struct host_frame memory;
	struct ring_frame frame;

	start_engine(&engine, *state);
	engine.guard_running = true;
	engine.host_tx.fd = -1;
	learn(*state, 2);
	for (unsigned i = 0; i < USER_HOLD_PORT_MAX; i++)
		assert_int_equal(hold(&engine, mac_a, 0, (uint8_t)i), USER_HOLD_KEPT);
	assert_int_equal(hold(&engine, mac_a, 0, 1), USER_HOLD_FULL);
	frame = host_frame(&memory, mac_a, 1, 1);
	assert_int_equal(user_engine_hold(&engine, &frame, PORT_B), USER_HOLD_KEPT);
	engine.guard_running = false; /* it has stopped: nothing waits for it */
	assert_int_equal(hold(&engine, mac_a, 0, 1), USER_HOLD_PASS);
	user_engine_hold_clear(&engine);
	stop_engine(&engine);
}

/* This host must not hear the loser of a contest after it has learned the winner. */
static void frame_of_a_loser_is_not_sent(void **state)
{
	static struct user_engine engine;
	static const uint8_t mac_s[6] = {2, 0, 0, 0, 0, 0x55};
	struct mn_key key = {.family = MN_IP4, .addr = {10, 77, 0, 1}};
	struct mn_binding binding = {.kind = MN_GUEST, .port = PORT_A};
	uint8_t numbers[256];
	int pair[2];

	start_engine(&engine, *state);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	engine.host_tx.fd = pair[0];
	engine.guard_running = true;
	for (uint8_t host = 1; host <= 3; host++) {
		key.addr[3] = host;
		mac_copy(binding.mac, mac_a);
		assert_int_equal(user_engine_store_ops.put(&engine.store, &key, &binding), 0);
		assert_int_equal(hold(&engine, mac_a, host, host), USER_HOLD_KEPT);
	}
	start_transaction(&engine);
	mac_copy(binding.mac, mac_s);
	assert_int_equal(user_engine_store_ops.put(&engine.store, &key, &binding), 0); /* .3: another guest */
	key.addr[3] = 2;
	binding.kind = MN_STATION;
	assert_int_equal(user_engine_store_ops.put(&engine.store, &key, &binding), 0);
	end_transaction(&engine);
	assert_int_equal(read_sent(pair[1], numbers), 1);
	assert_int_equal(numbers[0], 1);
	assert_int_equal(mn_engine_drops(engine.rules, DROP_CLAIM_STATION), 1);
	assert_int_equal(mn_engine_drops(engine.rules, DROP_CLAIM_TAKEN), 1);
	assert_int_equal(engine.hold.count, 0);
	close(pair[0]);
	close(pair[1]);
	stop_engine(&engine);
}

/* A lost change may be of any guest. */
static void rebuild_holds_all(void **state)
{
	static struct user_engine engine;
	static const uint8_t known[6] = {2, 0, 0, 0, 0, 9};

	start_engine(&engine, *state);
	engine.guard_running = true;
	user_engine_guard_rebuild(&engine);
	assert_int_equal(hold(&engine, known, 9, 1), USER_HOLD_KEPT);
	engine.host_tx.fd = -1;
	start_transaction(&engine);
	end_transaction(&engine);
	assert_int_equal(engine.hold.count, 0);
	stop_engine(&engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(event_reaches_loop_and_guard),           TEST(overflow_of_rules_rebuilds_guard),
		TEST(overflow_of_queue_is_reported_to_loop),  TEST(renewed_binding_does_not_change_the_guard),
		TEST(frame_of_new_guest_waits_for_the_guard), TEST(port_has_a_share_of_the_held_frames),
		TEST(frame_of_a_loser_is_not_sent),           TEST(rebuild_holds_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

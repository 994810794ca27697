/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key holders on two hosts: `home`, where stations associate first, and `away`. The wire between them is a loop that delivers
 * frames, and records the last ones.
 */
#include "hex.h"
#include "unit.h"

#include "base/mac.h"
#include "rsn/ft_remote.h"
#include "wire/le.h"

#include <string.h>

#define SECOND UINT64_C(1000000000)

static const uint8_t spa[6] = {2, 0, 0, 0, 1, 0}, home_bssid[6] = {2, 0, 0, 0, 0, 1},
		     away_bssid[6] = {2, 0, 0, 0, 0, 2};
static const char home_id[] = "home.example", away_id[] = "away.example";

struct host {
	struct ft_store store;
	struct ft_remote *remote;
	struct ft_member member;
	struct ft_peer r0kh, r1kh;
};

#define RECORD_MAX 32

struct world {
	struct crypto *crypto;
	struct host home, away;
	uint64_t now_ns;
	struct frame *record[RECORD_MAX];
	size_t count;
	bool deaf; /* home receives nothing */
};

static void start_host(struct world *world, struct host *host, const uint8_t *bssid, const char *id, uint8_t seed)
{
	uint8_t secret[32];

	memset(secret, seed, sizeof(secret));
	ft_store_init(&host->store, secret, 16);
	host->remote = ft_remote_new(&host->store, world->crypto, secret);
	assert_non_null(host->remote);
	host->member = (struct ft_member){.ssid = "home",
					  .ssid_len = 4,
					  .own = {.mdid = {0xa1, 0xb2}, .r0kh_len = (uint8_t)strlen(id)},
					  .r0khs = {&host->r0kh, 1},
					  .r1khs = {&host->r1kh, 1}};
	mac_copy(host->member.bssid, bssid);
	mac_copy(host->member.own.r1kh, bssid);
	memcpy(host->member.own.r0kh, id, strlen(id));
	assert_int_equal(ft_store_join(&host->store, &host->member), 0);
}

/* The line of a host for another one; without `id`: for all. */
static void set_lines(struct host *host, const uint8_t *addr, const char *id, uint8_t key, uint8_t key_len)
{
	host->r0kh = host->r1kh = (struct ft_peer){.key_len = key_len};
	memset(host->r0kh.key, key, key_len);
	memset(host->r1kh.key, key, key_len);
	if (!id) {
		memset(host->r0kh.addr, 0xff, 6);
		return;
	}
	mac_copy(host->r0kh.addr, addr);
	mac_copy(host->r1kh.addr, addr);
	host->r0kh.id_len = (uint8_t)strlen(id);
	memcpy(host->r0kh.id, id, strlen(id));
	host->r1kh.id_len = 6;
	mac_copy(host->r1kh.id, addr);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->crypto = crypto_new();
	world->now_ns = 1000 * SECOND;
	start_host(world, &world->home, home_bssid, home_id, 1);
	start_host(world, &world->away, away_bssid, away_id, 2);
	set_lines(&world->home, away_bssid, away_id, 7, 32);
	set_lines(&world->away, home_bssid, home_id, 7, 32);
	*state = world;
	return 0;
}

static void forget(struct world *world)
{
	while (world->count)
		frame_free(world->record[--world->count]);
}

static int tear_down(void **state)
{
	struct world *world = *state;

	forget(world);
	ft_remote_free(world->home.remote);
	ft_remote_free(world->away.remote);
	ft_store_free(&world->home.store);
	ft_store_free(&world->away.store);
	crypto_free(world->crypto);
	free(world);
	return 0;
}

static void deliver(struct world *world)
{
	struct frame *frame;
	bool from_home;

	while ((frame = ft_remote_next_frame(world->home.remote)) ||
	       (frame = ft_remote_next_frame(world->away.remote))) {
		from_home = mac_equal(frame->data + 6, home_bssid);
		assert_true(world->count < RECORD_MAX);
		assert_true(frame->len >= 60); /* Ethernet adds no padding, which the receiver could not tell apart */
		world->record[world->count++] = frame;
		if (from_home || !world->deaf)
			ft_remote_receive(from_home ? world->away.remote : world->home.remote,
					  (struct span){frame->data, frame->len}, world->now_ns);
	}
}

static unsigned count_kind(const struct world *world, enum rrb_kind kind)
{
	struct rrb_message message;
	unsigned count = 0;

	for (size_t i = 0; i < world->count; i++)
		count += rrb_parse(&message, (struct span){world->record[i]->data, world->record[i]->len}) &&
			 message.kind == kind;
	return count;
}

static const struct frame *last_of(const struct world *world, enum rrb_kind kind)
{
	struct rrb_message message;

	for (size_t i = world->count; i--;)
		if (rrb_parse(&message, (struct span){world->record[i]->data, world->record[i]->len}) &&
		    message.kind == kind)
			return world->record[i];
	fail();
	return NULL;
}

static struct ft_entry *associate(struct world *world)
{
	struct ft_entry entry = {.akm = AKM_FT_PSK,
				 .pairwise = CIPHER_CCMP_128,
				 .vlan = 7,
				 .r0 = {.pmk_len = 32},
				 .until_ns = world->now_ns + 1000 * SECOND};

	mac_copy(entry.spa, spa);
	mac_copy(entry.owner, home_bssid);
	memset(entry.r0.pmk, 0x55, 32);
	memset(entry.r0.name, 0x66, PMKID_LEN);
	return ft_store_add(&world->home.store, &entry);
}

static struct ft_pull request(void)
{
	struct ft_pull pull = {
		.r0kh_len = sizeof(home_id) - 1, .akm = AKM_FT_PSK, .elements = {48, 0}, .elements_len = 2};

	mac_copy(pull.bssid, away_bssid);
	mac_copy(pull.spa, spa);
	memcpy(pull.r0kh, home_id, pull.r0kh_len);
	memset(pull.r0_name, 0x66, PMKID_LEN);
	return pull;
}

static const struct ft_entry *key_at_away(struct world *world)
{
	uint8_t name[PMKID_LEN];

	memset(name, 0x66, PMKID_LEN);
	return ft_store_find(&world->away.store, &world->away.member, spa, name, world->now_ns);
}

/* Both ends have the same PMK-R1, and `away` nothing else. */
static void assert_key_arrived(struct world *world, const struct ft_entry *entry)
{
	const struct ft_member *member = ft_store_member(&world->away.store, away_bssid);
	const struct ft_entry *remote;
	struct ft_key expected, found;

	assert_int_equal(ft_derive_r1(world->crypto, &entry->r0, away_bssid, spa, &expected), 0);
	remote = ft_store_find_r1(&world->away.store, world->crypto, member, spa, expected.name, world->now_ns, &found);
	assert_non_null(remote);
	assert_memory_equal(found.pmk, expected.pmk, 32);
	assert_true(remote->remote);
	assert_int_equal(remote->pairwise, CIPHER_CCMP_128);
	assert_int_equal(remote->vlan, 7);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(remote->r0.pmk[i], 0);
}

static void pull(struct world *world, bool expected)
{
	const struct ft_pull asked = request();
	struct ft_pull answered;

	assert_int_equal(ft_remote_pull(world->away.remote, &asked, world->now_ns), expected);
	deliver(world);
	if (!expected)
		return;
	assert_true(ft_remote_next_answer(world->away.remote, &answered));
	assert_memory_equal(answered.spa, spa, 6);
	assert_int_equal(answered.elements_len, 2);
	assert_false(ft_remote_next_answer(world->away.remote, &answered));
}

static void key_comes_from_its_holder(void **state)
{
	struct world *world = *state;
	struct ft_entry *entry = associate(world);

	pull(world, true);
	assert_key_arrived(world, entry);
	assert_int_equal(count_kind(world, RRB_PULL), 1);
	assert_int_equal(count_kind(world, RRB_SEQ_REQUEST), 2); /* each end asks the other one once */
	forget(world);
	ft_store_forget(&world->away.store, away_bssid);
	world->now_ns += 100 * SECOND;
	pull(world, true);
	assert_int_equal(world->count, 2); /* they know each other */
	assert_key_arrived(world, entry);
}

static void short_key_stands_for_a_long_one(void **state)
{
	struct world *world = *state;
	struct ft_entry *entry;

	set_lines(&world->home, away_bssid, away_id, 9, 16);
	set_lines(&world->away, home_bssid, home_id, 9, 16);
	pull(world, true);
	assert_null(key_at_away(world)); /* the holder has answered that it has none */
	entry = associate(world);
	pull(world, true);
	assert_key_arrived(world, entry);
}

static void holder_is_found_by_a_broadcast(void **state)
{
	struct world *world = *state;
	struct ft_entry *entry = associate(world);
	const struct frame *first;

	set_lines(&world->home, NULL, NULL, 7, 32);
	set_lines(&world->away, NULL, NULL, 7, 32);
	pull(world, true);
	assert_key_arrived(world, entry);
	first = world->record[0];
	assert_int_equal(first->data[0], 0xff);
	assert_memory_equal(last_of(world, RRB_PULL)->data, home_bssid, 6);
}

static void key_is_pushed(void **state)
{
	struct world *world = *state;
	struct ft_entry *entry = associate(world);

	ft_remote_push(world->home.remote, entry, world->now_ns);
	deliver(world);
	assert_int_equal(count_kind(world, RRB_PUSH), 1);
	assert_key_arrived(world, entry);
	assert_true(ft_entry_permits(key_at_away(world), AKM_FT_SAE)); /* a push does not say which AKM */
	assert_false(ft_entry_permits(key_at_away(world), AKM_PSK));
}

static void replayed_message_is_refused(void **state)
{
	struct world *world = *state;
	struct ft_entry *entry = associate(world);
	struct frame *push, *old;

	pull(world, true);
	ft_remote_push(world->home.remote, entry, world->now_ns);
	deliver(world);
	push = frame_clone(last_of(world, RRB_PUSH));
	forget(world);
	ft_store_forget(&world->away.store, away_bssid);
	assert_int_equal(ft_remote_receive(world->away.remote, (struct span){push->data, push->len}, world->now_ns),
			 DROP_FT_MIC);
	/* A number that was skipped is valid once. */
	ft_remote_push(world->home.remote, entry, world->now_ns);
	old = ft_remote_next_frame(world->home.remote);
	ft_remote_push(world->home.remote, entry, world->now_ns);
	deliver(world);
	ft_store_forget(&world->away.store, away_bssid);
	assert_int_equal(ft_remote_receive(world->away.remote, (struct span){old->data, old->len}, world->now_ns),
			 NOT_DROPPED);
	assert_key_arrived(world, entry);
	assert_int_equal(ft_remote_receive(world->away.remote, (struct span){old->data, old->len}, world->now_ns),
			 DROP_FT_MIC);
	/* Late ones need the peer's word, and its number is beyond them. */
	ft_store_forget(&world->away.store, away_bssid);
	world->now_ns += 60 * SECOND;
	for (int i = 0; i < 70; i++) {
		ft_remote_push(world->home.remote, entry, world->now_ns);
		frame_free(ft_remote_next_frame(world->home.remote));
	}
	assert_int_equal(ft_remote_receive(world->away.remote, (struct span){push->data, push->len}, world->now_ns),
			 NOT_DROPPED);
	deliver(world);
	assert_int_equal(count_kind(world, RRB_SEQ_REQUEST), 1);
	assert_null(key_at_away(world));
	frame_free(push);
	frame_free(old);
}

static void holder_that_starts_again_is_asked_for_its_number(void **state)
{
	struct world *world = *state;
	struct ft_entry *entry = associate(world);
	uint8_t seed[32] = {99};

	pull(world, true);
	ft_remote_free(world->home.remote);
	world->home.remote = ft_remote_new(&world->home.store, world->crypto, seed);
	forget(world);
	ft_store_forget(&world->away.store, away_bssid);
	ft_remote_push(world->home.remote, entry, world->now_ns);
	deliver(world);
	assert_int_equal(count_kind(world, RRB_SEQ_REQUEST), 1);
	assert_key_arrived(world, entry);
}

static void another_key_opens_nothing(void **state)
{
	struct world *world = *state;
	struct ft_pull asked = request(), answered;

	associate(world);
	set_lines(&world->away, home_bssid, home_id, 8, 32);
	assert_true(ft_remote_pull(world->away.remote, &asked, world->now_ns));
	deliver(world);
	assert_int_equal(count_kind(world, RRB_SEQ_RESPONSE) + count_kind(world, RRB_RESPONSE), 0);
	assert_false(ft_remote_next_answer(world->away.remote, &answered));
	assert_null(key_at_away(world));
}

static void silent_holder_is_asked_four_times(void **state)
{
	struct world *world = *state;
	struct ft_pull asked = request(), answered;

	world->deaf = true;
	assert_true(ft_remote_pull(world->away.remote, &asked, world->now_ns));
	assert_true(ft_remote_pull(world->away.remote, &asked, world->now_ns)); /* the station repeats itself */
	deliver(world);
	for (int i = 0; i < 4; i++) {
		assert_false(ft_remote_next_answer(world->away.remote, &answered));
		assert_int_equal(ft_remote_deadline(world->away.remote), world->now_ns + SECOND);
		world->now_ns += SECOND;
		ft_remote_tick(world->away.remote, world->now_ns);
		deliver(world);
	}
	assert_int_equal(count_kind(world, RRB_PULL), 4);
	assert_true(ft_remote_next_answer(world->away.remote, &answered));
	assert_null(key_at_away(world));
}

static void who_is_not_listed_is_not_asked(void **state)
{
	struct world *world = *state;
	struct ft_pull asked = request();

	memcpy(asked.r0kh, "else.example", 12);
	assert_false(ft_remote_pull(world->away.remote, &asked, world->now_ns));
	/* Our own id: the key would be in the store. */
	memcpy(asked.r0kh, away_id, 12);
	assert_false(ft_remote_pull(world->away.remote, &asked, world->now_ns));
}

static void open_requests_are_limited(void **state)
{
	struct world *world = *state;
	struct ft_pull asked = request();

	world->deaf = true;
	for (unsigned i = 0; i < FT_REMOTE_PULLS_MAX; i++) {
		asked.spa[5] = (uint8_t)i;
		assert_true(ft_remote_pull(world->away.remote, &asked, world->now_ns));
		deliver(world);
		forget(world);
	}
	asked.spa[5] = FT_REMOTE_PULLS_MAX;
	assert_false(ft_remote_pull(world->away.remote, &asked, world->now_ns));
}

static void action_is_read_as_it_was_written(void **state)
{
	const uint8_t body[] = {6, 1, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 2, 48, 0};
	const struct rrb_action action = {.src = home_bssid, .dst = away_bssid, .action = {body, sizeof(body)}};
	struct frame *frame = rrb_make_action(&action);
	struct rrb_action read;

	(void)state;
	assert_hex(frame->data, frame->len,
		   "020000000002 020000000001 890d 01 00 1000 020000000001 0601020000000100 020000000002 3000");
	assert_true(rrb_parse_action(&read, (struct span){frame->data, frame->len}));
	assert_false(read.response);
	assert_true(span_equals(read.action, body, sizeof(body)));
	for (size_t len = 0; len < frame->len; len++)
		assert_false(rrb_parse_action(&read, (struct span){frame->data, len}));
	frame_free(frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(key_comes_from_its_holder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(short_key_stands_for_a_long_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(holder_is_found_by_a_broadcast, set_up, tear_down),
		cmocka_unit_test_setup_teardown(key_is_pushed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(replayed_message_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(holder_that_starts_again_is_asked_for_its_number, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_key_opens_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(silent_holder_is_asked_four_times, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_not_listed_is_not_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(open_requests_are_limited, set_up, tear_down),
		cmocka_unit_test(action_is_read_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New pairwise keys on an air that loses what it can: a message of the handshake with all its retries, or half of all
 * there is.  The link goes on under the old keys until both ends have the new ones, and nothing else is lost on them.
 */
#include "../unit/unit.h"

#include "world.h"

#define SSID "sim"
#define PASS "correct horse battery"
#define STEP (10000) /* ns: less than any frame takes to be sent */

struct scene {
	struct world *w;
	struct ap_setup ap_setup;
	struct sta_setup sta_setup;
	struct sta_network network;
	unsigned ap, sta, up, down;
	const uint8_t *host;
};

static struct scene *scene(uint64_t seed, uint32_t rekey_s, enum cipher pairwise, bool pmf)
{
	struct scene *s = calloc(1, sizeof *s);
	struct ap_bss_setup *b = &s->ap_setup.bss[0];

	s->w = world_new(seed);
	s->host = world_host(s->w);
	world_ap_setup(s->w, &s->ap_setup, 0, SSID, PASS, 5180);
	b->ptk_rekey_s = rekey_s;
	b->rsn_pairwise = 1u << pairwise;
	b->group = pairwise == CIPHER_TKIP ? pairwise : CIPHER_CCMP_128;
	b->pmf = pmf;
	b->group_mgmt = pmf ? CIPHER_BIP_CMAC_128 : CIPHERS;
	s->ap = world_add_ap(s->w, &s->ap_setup);
	world_sta_setup(s->w, &s->sta_setup, &s->network, 0, SSID, PASS);
	s->network.pairwise = 1u << pairwise;
	s->network.group = 1u << b->group;
	s->network.pmf = pmf;
	s->sta = world_add_sta(s->w, &s->sta_setup);
	assert_true(world_until(s->w, world_now(s->w) + 20 * S, world_all_connected));
	s->up = world_flow(s->w, world_addr(s->w, s->sta), s->host);
	s->down = world_flow(s->w, s->host, world_addr(s->w, s->sta));
	return s;
}

static void end(struct scene *s)
{
	world_judge(s->w);
	world_free(s->w);
	free(s);
}

/* The air from one node to the other carries nothing for a while: longer than all retries of a frame take. */
static void lose(struct scene *s, unsigned from, unsigned to, bool on)
{
	struct medium_link l = {.deaf = on};

	assert_int_equal(medium_link(world_medium(s->w), world_radio(s->w, from), world_radio(s->w, to), &l), 0);
}

/* Until the station has installed new keys: then message 4 has just been put in line. */
static void run_to_message_4(struct scene *s)
{
	unsigned had = world_notes(s->w, s->sta, NOTE_REKEYED);

	for (uint64_t end = world_now(s->w) + 20 * S; world_notes(s->w, s->sta, NOTE_REKEYED) == had;) {
		assert_true(world_now(s->w) < end);
		world_run(s->w, world_now(s->w) + STEP);
	}
}

static void survives_without_message_4(enum cipher pairwise, bool pmf)
{
	struct scene *s = scene(40, 5, pairwise, pmf);
	unsigned before, sent;

	for (int round = 0; round < 3; round++) {
		run_to_message_4(s);
		assert_int_equal(world_notes(s->w, s->ap, NOTE_REKEYED), round);
		lose(s, s->sta, s->ap, true);
		world_run(s->w, world_now(s->w) + 30 * MS);
		lose(s, s->sta, s->ap, false);
		assert_int_equal(world_notes(s->w, s->ap, NOTE_REKEYED), round);
		/* The access point has the old key, the station the new one: each opens what the other sends. */
		before = world_received(s->w, s->up) + world_received(s->w, s->down);
		world_send(s->w, s->up, 3, 200);
		world_send(s->w, s->down, 3, 200);
		world_run(s->w, world_now(s->w) + 20 * MS);
		assert_int_equal(world_notes(s->w, s->ap, NOTE_REKEYED), round);
		assert_int_equal(world_received(s->w, s->up) + world_received(s->w, s->down), before + 6);
		/* Message 3 comes again, and its answer. */
		world_run(s->w, world_now(s->w) + 2 * S);
		assert_int_equal(world_notes(s->w, s->ap, NOTE_REKEYED), round + 1);
		sent = world_sent(s->w, s->up) + world_sent(s->w, s->down);
		world_send(s->w, s->up, 3, 200);
		world_send(s->w, s->down, 3, 200);
		world_run(s->w, world_now(s->w) + 20 * MS);
		assert_int_equal(world_received(s->w, s->up) + world_received(s->w, s->down), sent + 6);
	}
	assert_int_equal(world_notes(s->w, s->sta, NOTE_REKEYED), 3);
	assert_int_equal(world_notes(s->w, s->sta, NOTE_DISCONNECTED), 0);
	assert_int_equal(world_notes(s->w, s->ap, NOTE_DISCONNECTED), 0);
	end(s);
}

static void a_lost_message_4_costs_nothing(void **state)
{
	(void)state;
	survives_without_message_4(CIPHER_CCMP_128, false);
	survives_without_message_4(CIPHER_GCMP_128, true);
	survives_without_message_4(CIPHER_TKIP, false);
}

/* Message 4 is never heard: the access point gives up, and says so under the only key that it has. */
static void who_is_never_answered_is_heard_when_he_gives_up(void **state)
{
	struct scene *s = scene(41, 5, CIPHER_CCMP_128, true);

	(void)state;
	run_to_message_4(s);
	lose(s, s->sta, s->ap, true);
	while (!world_notes(s->w, s->ap, NOTE_DISCONNECTED)) {
		assert_int_equal(world_notes(s->w, s->sta, NOTE_DISCONNECTED), 0);
		world_run(s->w, world_now(s->w) + MS);
	}
	world_run(s->w, world_now(s->w) + 10 * MS);
	assert_int_equal(world_notes(s->w, s->sta, NOTE_DISCONNECTED), 1);
	lose(s, s->sta, s->ap, false);
	assert_true(world_until(s->w, world_now(s->w) + 20 * S, world_all_connected));
	assert_true(world_ping(s->w, world_addr(s->w, s->sta), s->host));
	end(s);
}

/* Of each hundred transmissions 55 are lost, acknowledgements too, so one frame in 66 with all its retries. */
static void keys_are_renewed_on_a_lossy_air(void **state)
{
	struct scene *s = scene(42, 1, CIPHER_CCMP_128, false);
	struct medium_link bad = {.loss = 550000};

	(void)state;
	world_link(s->w, s->ap, s->sta, &bad);
	world_every(s->w, s->up, 50 * MS);
	world_every(s->w, s->down, 50 * MS);
	world_run(s->w, world_now(s->w) + 600 * S);
	world_every(s->w, s->up, 0);
	world_every(s->w, s->down, 0);
	world_run(s->w, world_now(s->w) + S);
	print_message("%u new keys, %u times disconnected; up %u of %u, down %u of %u\n",
		      world_notes(s->w, s->ap, NOTE_REKEYED), world_notes(s->w, s->sta, NOTE_DISCONNECTED),
		      world_received(s->w, s->up), world_sent(s->w, s->up), world_received(s->w, s->down),
		      world_sent(s->w, s->down));
	assert_true(world_notes(s->w, s->ap, NOTE_REKEYED) > 500);
	assert_int_equal(world_notes(s->w, s->ap, NOTE_DISCONNECTED), 0);
	/* What is lost is lost by the air: 1.5 of a hundred. */
	assert_true(world_received(s->w, s->up) > world_sent(s->w, s->up) * 98 / 100);
	assert_true(world_received(s->w, s->down) > world_sent(s->w, s->down) * 98 / 100);
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_message_4_costs_nothing),
		cmocka_unit_test(who_is_never_answered_is_heard_when_he_gives_up),
		cmocka_unit_test(keys_are_renewed_on_a_lossy_air),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parity: the rules in user space and in the kernel give the same results.
 *
 * The same source of the rules is compiled twice. All else differs: the helpers that read and write, the tables, the
 * compilers. So this test passes the same frames, one by one and with persistent state, through mn_engine and through the
 * loaded programs (BPF_PROG_TEST_RUN). After each frame it compares the output frame, the verdict with each edit, the
 * return value of the program and the events; after every few frames and at the end all bindings and ports with all
 * members, and all counters.
 *
 * The clock is the kernel's: the engine gets the time that the kernel's run recorded. To simulate elapsed time, the test
 * ages both tables.
 *
 * BPF_PROG_TEST_RUN supports neither the mark in skb->tc_index, a VLAN tag outside the frame, GSO segments, frames of
 * less than 15 bytes nor IP packets with an incomplete header. The unit tests and tests/net cover those.
 *
 *   VIFI_SEED=7 VIFI_FRAMES=100000 build/test_parity
 */
#include <stdio.h>
#include <string.h>

#include "../adversary/network.h"
#include "engine_pair.h"

enum { LONGEST = 1800 };

/* A frame again, which takes the fast path, and then changed. */
static void run_again(struct engine_pair *pair, enum mn_hook hook, uint32_t port, const struct raw_frame *sample,
		      struct rng *rng)
{
	pair->harness.frame = *sample;
	run_both(pair, hook, hook == MN_FROM_WIRE || rng_chance(rng, 90) ? port : port + 1);
	pair->shortcut_out += hook == MN_FROM_PORT && pair->harness.verdict->send_to == MN_TO_UPLINK;
	for (int i = 0; i < 12 && sample->len >= 62; i++) {
		pair->harness.frame = *sample;
		generate_variant(rng, &pair->harness.frame);
		run_both(pair, hook, port);
	}
}

/* Random frames, with occasional changes of the policies. */
static void random_frames(struct engine_pair *pair, uint64_t frames)
{
	static struct raw_frame again;
	struct rng rng = {env_number("VIFI_SEED", 4)};
	struct mn_config *config = mn_engine_config(pair->harness.engine);

	for (uint64_t i = 0; i < frames; i++) {
		enum mn_hook hook = (enum mn_hook)rng_below(&rng, 3);
		uint32_t port;

		if (i % 500 == 0) {
			config->takeover = (uint16_t)rng_below(&rng, 2);
			config->flags = (uint16_t)rng_below(&rng, 8); /* MN_CONFIG_CHADDR, _SOURCE_GUARD, _PORT_GUARD */
			config->guest_services = rng_below(&rng, 3);
			config->port_cap = 8 + rng_below(&rng, 24);
			config->learn_interval_ns = rng_chance(&rng, 50) ? 0 : SECOND / 1000;
			config->learn_credit_ns = config->learn_interval_ns * 50;
			configure(pair);
		}
		if (i % 50 == 0)
			age_tables(pair, (uint64_t)rng_below(&rng, 40) * SECOND);
		generate_frame(&rng, hook, &pair->harness.frame, &port, LONGEST);
		if (pair->harness.frame.len < 15)
			pair->harness.frame.len = 15;
		if (hook == MN_FROM_GUEST && rng_chance(&rng, 30)) {
			run_both(pair, MN_FROM_PORT, port);
			pair->guarded += pair->harness.verdict->send_to == MN_TO_RULES;
			pair->harness.frame = pair->harness.input;
		}
		run_both(pair, hook, port);
		again = pair->harness.input;
		if (hook == MN_FROM_WIRE && pair->harness.verdict->send_to == MN_TO_GUESTS)
			run_again(pair, hook, port, &again, &rng);
		if (hook == MN_FROM_GUEST && pair->harness.verdict->send_to == MN_TO_UPLINK) {
			run_again(pair, MN_FROM_PORT, port, &again, &rng);
			run_again(pair, hook, port, &again, &rng);
		}
	}
}

/* A few frames of each kind, truncated to each length. */
static void truncated_frames(struct engine_pair *pair, unsigned samples)
{
	static struct raw_frame sample;
	struct rng rng = {env_number("VIFI_SEED", 4) + 1};

	for (unsigned i = 0; i < samples; i++) {
		enum mn_hook hook = (enum mn_hook)(i % 3);
		uint32_t port;

		do
			generate_frame(&rng, hook, &sample, &port, 400);
		while (sample.len < 60 || sample.len > 200);
		for (uint32_t len = 15; len <= sample.len; len++) {
			memcpy(pair->harness.frame.bytes, sample.bytes, len);
			pair->harness.frame.len = len;
			run_both(pair, hook, port);
		}
	}
}

/* ---- the adversary ---- */

struct adversary_feed {
	struct engine_pair *pair;
	uint64_t aged_until; /* virtual time up to which the tables have been aged */
};

/* Gives both engines what the engine of the adversary's network is about to get. */
static void feed_both(void *user, enum mn_hook hook, uint32_t port, const struct stored_frame *frame, bool marked,
		      uint64_t now)
{
	struct adversary_feed *feed = user;
	struct rng rng = {now};

	if (marked)
		return; /* BPF_PROG_TEST_RUN cannot set the mark */
	if (now - feed->aged_until > 2 * SECOND) {
		age_tables(feed->pair, now - feed->aged_until);
		end_contests(feed->pair, &rng);
		feed->aged_until = now;
	}
	memset(feed->pair->harness.frame.bytes, 0, 15);
	memcpy(feed->pair->harness.frame.bytes, frame->bytes, frame->len);
	feed->pair->harness.frame.len = frame->len < 15 ? 15 : frame->len;
	run_both(feed->pair, hook, port);
}

/* What guests, stations and forgers send on the adversary's network; its laws are the business of tests/unit. */
static void adversary_frames(struct engine_pair *pair, uint64_t frames)
{
	struct mn_config *config = mn_engine_config(pair->harness.engine);
	struct adversary_feed feed = {.pair = pair};
	uint64_t seed = env_number("VIFI_SEED", 4);

	for (uint64_t epoch = 0, done = 0; done < frames; epoch++) {
		struct network *net = network_new(seed * 1000003 + epoch);

		*config = *mn_engine_config(net->engine);
		configure(pair);
		feed.aged_until = net->now;
		net->lawless = true;
		net->tap = feed_both;
		net->tap_user = &feed;
		network_run(net, frames - done < 30000 ? frames - done : 30000);
		done += net->tally.frames;
		network_free(net);
	}
}

int main(void)
{
	static struct engine_pair pair;

	engine_pair_init(&pair);
	add_networks(&pair);
	random_frames(&pair, env_number("VIFI_FRAMES", 20000));
	truncated_frames(&pair, 60);
	adversary_frames(&pair, env_number("VIFI_FRAMES", 20000));
	engine_pair_compare(&pair);
	printf("parity: %llu frames through both engines, %llu of them on the shortcut, %llu on the fast path behind "
	       "the bridge, %llu differences; %zu bindings at the end; %llu frames that BPF_PROG_TEST_RUN rejects\n",
	       (unsigned long long)pair.frames, (unsigned long long)pair.shortcut_out,
	       (unsigned long long)pair.fast_out, (unsigned long long)pair.differences,
	       mn_engine_count(pair.harness.engine), (unsigned long long)pair.refused);
	engine_pair_free(&pair);
	return pair.differences || !pair.shortcut_out || !pair.shortcut_in || !pair.fast_out || !pair.guarded ? 1 : 0;
}

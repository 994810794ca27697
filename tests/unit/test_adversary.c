/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The adversary: honest guests, stations, the gateway and the host keep talking while guests and a neighbour forge frames
 * (tests/adversary/network.h). Laws, of tests/adversary/judge.c:
 *
 *   - no foreign source and no foreign address in a body on the uplink; no router, server or link-local message and no
 *     release of a lease that its sender may not send;
 *   - no honest binding is lost, and no honest port is charged;
 *   - without forgery no exchange is lost; three seconds (three probes, doc/trust.md) after an attack began none is lost
 *     while it goes on, provided that the bridge itself keeps the honest addresses at their ports; three seconds after it
 *     ended none is lost at all;
 *   - a newcomer, guest or station, whose addresses were forged before it came, has them seven seconds (two contests) after
 *     it comes;
 *   - the tables stay within their bounds, and memory is released.
 *
 *   VIFI_SEED=7 VIFI_FRAMES=10000000 build/test_adversary
 *
 * Each epoch is a new network with a seed of its own. A broken law is reproduced with fewer forged frames, and those that
 * it needs are printed.
 */
#include "unit.h"

#include <malloc.h>

#include "../adversary/network.h"

#define EPOCH_FRAMES 50000

static uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static uint64_t epoch_seed(uint64_t seed, uint64_t epoch)
{
	return seed * 1000003 + epoch;
}

/* Which forged frames are sent. */
struct selection {
	uint8_t bits[EPOCH_FRAMES / 8 + 1];
	uint64_t count;
};

static bool is_selected(const struct selection *selection, uint64_t number)
{
	return selection->bits[number / 8] >> number % 8 & 1;
}

/* Runs an epoch with the selected forged frames only. Returns whether it breaks the law; *net_out: the network. */
static bool replay(uint64_t seed, const char *law, const struct selection *selection, struct network **net_out)
{
	struct network *net = network_new(seed);
	bool broken;

	net->forger.allowed = selection->bits;
	network_run(net, EPOCH_FRAMES);
	broken = net->law && !strcmp(net->law, law);
	if (net_out)
		*net_out = net;
	else
		network_free(net);
	return broken;
}

static void print_frame(const char *what, const struct stored_frame *frame)
{
	printf("  %s (%u bytes): ", what, frame->len);
	for (uint32_t i = 0; i < frame->len; i++)
		printf("%02x", frame->bytes[i]);
	printf("\n");
}

static void print_forged(const struct network *net)
{
	const struct forger *forger = &net->forger;
	uint64_t first = forger->n_sent < FORGED_KEPT ? 0 : forger->n_sent - FORGED_KEPT;

	if (first)
		printf("  (%llu earlier forged frames)\n", (unsigned long long)first);
	for (uint64_t i = first; i < forger->n_sent; i++) {
		const struct forged_frame *sent = &forger->sent[i % FORGED_KEPT];
		char what[96];

		snprintf(what, sizeof(what), "forged frame %llu at %.3f s, from %s", (unsigned long long)sent->number,
			 (double)(sent->time - net->start) / 1e9, forgers[sent->place].name);
		print_frame(what, &sent->frame);
	}
}

static void select_prefix(struct selection *selection, uint64_t count)
{
	memset(selection, 0, sizeof(*selection));
	selection->count = count;
	for (uint64_t i = 0; i < count; i++)
		selection->bits[i / 8] |= (uint8_t)(1u << i % 8);
}

static void select_without(struct selection *selection, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		selection->bits[i / 8] &= (uint8_t) ~(1u << i % 8);
}

/* The shortest prefix of the forged frames that breaks the law: one of n frames is one of n + 1 frames, too. */
static void shorten(uint64_t seed, const struct network *failed, struct selection *selection)
{
	uint64_t low = 0, high = failed->forger.count;

	while (low < high) {
		uint64_t middle = (low + high) / 2;

		select_prefix(selection, middle);
		if (replay(seed, failed->law, selection, NULL))
			high = middle;
		else
			low = middle + 1;
	}
	select_prefix(selection, high);
}

/* Leaves out what the law is broken without: halves, quarters and so on down to single frames. */
static void thin_out(uint64_t seed, const struct network *failed, struct selection *selection)
{
	enum { REPLAYS_MAX = 300 };
	unsigned replays = 0;

	for (uint64_t step = selection->count / 2; step && replays < REPLAYS_MAX; step /= 2)
		for (uint64_t from = 0; from < selection->count && replays < REPLAYS_MAX; from += step) {
			struct selection fewer = *selection;
			uint64_t to = from + step < selection->count ? from + step : selection->count;
			bool any = false;

			for (uint64_t i = from; i < to; i++)
				any |= is_selected(selection, i);
			if (!any)
				continue;
			select_without(&fewer, from, to);
			replays++;
			if (replay(seed, failed->law, &fewer, NULL))
				*selection = fewer;
		}
}

/* Reproduces a broken law with few forged frames, and prints them. */
static void explain(uint64_t seed, const struct network *failed)
{
	static struct selection selection;
	struct network *net;

	if (failed->forger.count > EPOCH_FRAMES)
		return;
	shorten(seed, failed, &selection);
	thin_out(seed, failed, &selection);
	if (replay(seed, failed->law, &selection, &net)) {
		printf("  with the shortest prefix, %llu forged frames, thinned out to these: at %.3f s: %s\n",
		       (unsigned long long)selection.count, (double)(net->now - net->start) / 1e9, net->failure);
		if (net->failure_frame.len)
			print_frame("judged frame", &net->failure_frame);
		print_forged(net);
	}
	network_free(net);
}

static void add_tally(struct tally *sum, const struct tally *tally)
{
	sum->frames += tally->frames;
	sum->forged += tally->forged;
	sum->exchanges += tally->exchanges;
	sum->lost_in_contest += tally->lost_in_contest;
	sum->lost_by_bridge += tally->lost_by_bridge;
	sum->campaigns += tally->campaigns;
	for (int i = 0; i < MN_HOOKS; i++)
		sum->by_hook[i] += tally->by_hook[i];
}

/* Returns whether all laws held. */
static bool run_epoch(uint64_t seed, struct tally *sum)
{
	struct network *net = network_new(seed);
	bool held = network_run(net, EPOCH_FRAMES);

	add_tally(sum, &net->tally);
	if (!held) {
		printf("broken law %s: %s\n  epoch seed %llu, frame %llu, forged frame %llu; %s bridge, %s shortcut\n",
		       net->law, net->failure, (unsigned long long)seed, (unsigned long long)net->tally.frames,
		       (unsigned long long)net->forger.count, net->sticky ? "port security on the" : "learning",
		       net->shortcut ? "with" : "no");
		if (net->failure_frame.len)
			print_frame("judged frame", &net->failure_frame);
		if (!getenv("VIFI_NO_BISECT"))
			explain(seed, net);
		fflush(stdout);
	}
	network_free(net);
	return held;
}

static void forged_frames_break_no_law(void **state)
{
	uint64_t seed = env_number("VIFI_SEED", 1), frames = env_number("VIFI_FRAMES", 200000), broken = 0, epoch = 0;
	uint64_t most_broken = env_number("VIFI_BROKEN", 1);
	size_t memory = mallinfo2().uordblks;
	struct tally sum = {0};

	(void)state;
	printf("adversary: seed %llu\n", (unsigned long long)seed);
	if (getenv("VIFI_EPOCH_SEED"))
		broken += !run_epoch(env_number("VIFI_EPOCH_SEED", 0), &sum);
	else
		for (; sum.frames < frames && broken < most_broken; epoch++)
			broken += !run_epoch(epoch_seed(seed, epoch), &sum);
	printf("adversary: %llu epochs, %llu frames (guests %llu, uplink %llu, host %llu, shortcut %llu), %llu forged "
	       "in "
	       "%llu attacks; %llu exchanges, lost %llu in the first seconds of attacks, %llu where the bridge learns "
	       "forged sources\n",
	       (unsigned long long)epoch, (unsigned long long)sum.frames,
	       (unsigned long long)sum.by_hook[MN_FROM_GUEST], (unsigned long long)sum.by_hook[MN_FROM_WIRE],
	       (unsigned long long)sum.by_hook[MN_FROM_HOST], (unsigned long long)sum.by_hook[MN_FROM_PORT],
	       (unsigned long long)sum.forged, (unsigned long long)sum.campaigns, (unsigned long long)sum.exchanges,
	       (unsigned long long)sum.lost_in_contest, (unsigned long long)sum.lost_by_bridge);
	assert_int_equal(broken, 0);
	assert_true(sum.forged > sum.frames / 20 && sum.exchanges > sum.frames / 40);
	assert_true(mallinfo2().uordblks < memory + 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_frames_break_no_law),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

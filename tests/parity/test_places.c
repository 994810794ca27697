/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The places of the fast path (src/macnat/place.h) against the engine without any: each change of a binding makes its places
 * void at once.
 *
 * First each kind of change by itself: frames of guest a fill its places in both directions; then comes the change; then
 * the same frames again must be judged as the engine judges them. Then random frames between the frames of a few flows.
 *
 *   VIFI_SEED=7 VIFI_FRAMES=100000 build/test_places
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>

#include "engine_pair.h"

/* ---- one change ---- */

static const uint8_t ip_far[4] = {198, 51, 100, 7}, ip6_far[16] = {0x20, 1, 0xd, 0xb8, 0xff, [15] = 7};

/* Data between guest a and a machine beyond the router, in both directions and both families. */
static void data_out(struct engine_pair *pair, uint32_t port, const uint8_t *dst, bool ip6)
{
	const struct ip4_spec ip = {.src = ip_a, .dst = ip_far};
	static const uint8_t udp[16] = {0x0f, 0xa0, 0x13, 0x88, 0, 16, 0, 1};

	for (enum mn_hook hook = MN_FROM_PORT;; hook = MN_FROM_GUEST) {
		if (ip6)
			put_ip6(&pair->harness.frame, dst, mac_a, ip6_a, ip6_far, 17, 64, udp, sizeof(udp));
		else
			put_udp4(&pair->harness.frame, dst, mac_a, &ip, 4000, 5000, "data", 4, false);
		run_both(pair, hook, port);
		if (hook == MN_FROM_GUEST || pair->harness.verdict->send_to == MN_TO_UPLINK)
			return;
	}
}

/* The same behind the bridge alone: the shortcut of this guest is closed. */
static void data_behind_bridge(struct engine_pair *pair, uint32_t port)
{
	const struct ip4_spec ip = {.src = ip_a, .dst = ip_far};

	put_udp4(&pair->harness.frame, mac_router, mac_a, &ip, 4000, 5000, "data", 4, false);
	run_both(pair, MN_FROM_GUEST, port);
}

static void data_in(struct engine_pair *pair, const uint8_t *src, bool ip6)
{
	const struct ip4_spec ip = {.src = ip_far, .dst = ip_a};
	static const uint8_t udp[16] = {0x13, 0x88, 0x0f, 0xa0, 0, 16, 0, 1};

	if (ip6)
		put_ip6(&pair->harness.frame, mac_uplink, src, ip6_far, ip6_a, 17, 64, udp, sizeof(udp));
	else
		put_udp4(&pair->harness.frame, mac_uplink, src, &ip, 5000, 4000, "data", 4, false);
	run_both(pair, MN_FROM_WIRE, 0);
}

static void all_data(struct engine_pair *pair)
{
	for (int ip6 = 0; ip6 < 2; ip6++) {
		data_in(pair, mac_router, ip6); /* first: a frame of the guest may bring its address back */
		data_out(pair, PORT_A, mac_router, ip6);
	}
	data_behind_bridge(pair, PORT_A);
}

static void announce(struct engine_pair *pair, enum mn_hook hook, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_arp(&pair->harness.frame, mac_broadcast, mac, 1, mac, ip, mac_zero, ip);
	run_both(pair, hook, port);
}

/* Reads a binding of the engine, changes it, and writes it to both tables, as user space does. */
static struct mn_binding *edit(struct engine_pair *pair, const struct mn_key *key)
{
	static struct mn_binding copy;
	const struct mn_binding *binding = mn_engine_get(pair->harness.engine, key);

	if (!binding)
		exit(1);
	copy = *binding;
	return &copy;
}

static void put(struct engine_pair *pair, const struct mn_key *key, const struct mn_binding *binding)
{
	mn_engine_put(pair->harness.engine, key, binding);
	put_binding(pair, key, binding, BPF_EXIST);
}

static void contest(struct engine_pair *pair)
{
	announce(pair, MN_FROM_GUEST, PORT_B, mac_b, ip_a);
}

static void move(struct engine_pair *pair)
{
	announce(pair, MN_FROM_GUEST, PORT_C, mac_a, ip_a);
}

static void take(struct engine_pair *pair)
{
	mn_engine_config(pair->harness.engine)->takeover = MN_TAKEOVER_ANNOUNCED;
	configure(pair);
	announce(pair, MN_FROM_GUEST, PORT_B, mac_b, ip_a);
}

/* A pinned address whose guest appears at another port. */
static void move_pinned(struct engine_pair *pair)
{
	const struct mn_key key = key_of4(ip_a);
	struct mn_binding *binding = edit(pair, &key);

	binding->flags |= MN_F_PIN;
	put(pair, &key, binding);
	all_data(pair);
	all_data(pair);
	announce(pair, MN_FROM_GUEST, PORT_C, mac_a, ip_a);
}

/* The address is tentative still, and a station claims it. */
static void station_wins(struct engine_pair *pair)
{
	announce(pair, MN_FROM_WIRE, 0, mac_neighbour, ip_a);
}

static void wire_contests(struct engine_pair *pair)
{
	age_tables(pair, 4 * SECOND);
	all_data(pair);
	all_data(pair);
	all_data(pair);
	announce(pair, MN_FROM_WIRE, 0, mac_neighbour, ip_a);
}

static void release(struct engine_pair *pair)
{
	const struct dhcp_spec dhcp = {.op = 1, .type = 7, .xid = 1, .chaddr = mac_a, .ciaddr = ip_a};

	put_dhcp(&pair->harness.frame, mac_router, mac_a, ip_a, ip_router, &dhcp);
	run_both(pair, MN_FROM_GUEST, PORT_A);
}

static void other_peer_in(struct engine_pair *pair)
{
	data_in(pair, mac_neighbour, false);
	data_in(pair, mac_neighbour, true);
}

static void other_peer_out(struct engine_pair *pair)
{
	data_out(pair, PORT_A, mac_neighbour, false);
	data_out(pair, PORT_A, mac_neighbour, true);
}

/* Guest a speaks to guest b: the note of the peer beyond the uplink is gone. */
static void speaks_to_sibling(struct engine_pair *pair)
{
	data_out(pair, PORT_A, mac_b, false);
	data_out(pair, PORT_A, mac_b, true);
}

/* The peer appears among the guests. */
static void peer_is_guest(struct engine_pair *pair)
{
	announce(pair, MN_FROM_GUEST, PORT_C, mac_router, ip_c);
}

static void put_silent(struct engine_pair *pair)
{
	const struct mn_key key = key_of4(ip_a);
	struct mn_binding *binding = edit(pair, &key);

	binding->last_seen = 0;
	put(pair, &key, binding);
}

static void other_uplink_mac(struct engine_pair *pair)
{
	mn_engine_config(pair->harness.engine)->uplink_mac[5] ^= 1;
	configure(pair);
}

static void smaller_mtu(struct engine_pair *pair)
{
	mn_engine_config(pair->harness.engine)->mtu = 20;
	configure(pair);
}

static const struct change {
	const char *name;
	void (*make)(struct engine_pair *pair);
} changes[] = {
	{"another guest claims the address", contest},
	{"the guest moves to another port", move},
	{"another guest takes the address", take},
	{"a pinned guest moves", move_pinned},
	{"a station wins the address", station_wins},
	{"the wire contests the address", wire_contests},
	{"the guest releases the address", release},
	{"another machine sends to the guest", other_peer_in},
	{"the guest sends to another machine", other_peer_out},
	{"the guest sends to a sibling", speaks_to_sibling},
	{"the peer appears among the guests", peer_is_guest},
	{"user space declares the guest silent", put_silent},
	{"the uplink has another MAC address", other_uplink_mac},
	{"the uplink has a smaller MTU", smaller_mtu},
};

/* Do places of the address hold frames of both directions? */
static bool has_places(const struct engine_pair *pair, const struct mn_key *key)
{
	struct mn_binding counts = {0};

	place_maps_count(&pair->places, key, &counts);
	return counts.out_packets && counts.in_packets;
}

/* Returns whether the engines agree. */
static bool run_change(const struct change *change)
{
	static struct engine_pair pair;
	const struct mn_key key4 = key_of4(ip_a), key6 = key_of6(ip6_a);
	bool ok;

	memset(&pair, 0, sizeof(pair));
	engine_pair_init(&pair);
	announce(&pair, MN_FROM_GUEST, PORT_A, mac_a, ip_a);
	announce(&pair, MN_FROM_GUEST, PORT_B, mac_b, ip_b);
	for (int i = 0; i < 4; i++)
		all_data(&pair);
	ok = has_places(&pair, &key4) && has_places(&pair, &key6);
	if (!ok)
		fprintf(stderr, "places: %s: the frames before it have filled no places\n", change->name);
	change->make(&pair);
	for (int i = 0; i < 3; i++) {
		all_data(&pair);
		compare_bindings(&pair);
	}
	engine_pair_compare(&pair);
	if (pair.differences)
		fprintf(stderr, "places: %s: the engines differ\n", change->name);
	ok = ok && !pair.differences;
	engine_pair_free(&pair);
	return ok;
}

/* ---- flows ---- */

/* A frame that has crossed the uplink, in one direction. */
struct flow {
	struct raw_frame frame;
	enum mn_hook hook;
	uint32_t port;
};

/* The frame of a flow again: at its port, and behind the bridge unless the shortcut has taken it. */
static void run_flow(struct engine_pair *pair, const struct flow *flow, uint32_t port)
{
	pair->harness.frame = flow->frame;
	if (flow->hook == MN_FROM_GUEST) {
		run_both(pair, MN_FROM_PORT, port);
		if (pair->harness.verdict->send_to == MN_TO_UPLINK) {
			pair->shortcut_out++;
			return;
		}
		pair->harness.frame = flow->frame;
	}
	run_both(pair, flow->hook, port);
}

/* Frames of a few flows again and again, with random frames between them: claims, contests, moves, releases, other peers. */
static void flows(struct engine_pair *pair, uint64_t frames)
{
	enum { FLOWS = 24 };
	static struct flow pool[FLOWS], next;
	struct rng rng = {env_number("VIFI_SEED", 4) + 2};
	uint32_t count = 0;

	for (uint64_t i = 0; i < frames; i++) {
		if (i % 1000 == 0) {
			age_tables(pair, (uint64_t)rng_below(&rng, 4) * SECOND / 2);
			end_contests(pair, &rng);
		}
		if (count && rng_chance(&rng, 92)) {
			const struct flow *flow = &pool[rng_below(&rng, count)];

			run_flow(pair, flow, rng_chance(&rng, 98) ? flow->port : flow->port + 1);
			continue;
		}
		next.hook = (enum mn_hook)rng_below(&rng, 2);
		generate_frame(&rng, next.hook, &pair->harness.frame, &next.port, 200);
		if (pair->harness.frame.len < 34)
			continue;
		next.frame = pair->harness.frame;
		run_both(pair, next.hook, next.port);
		if (pair->harness.verdict->send_to != (next.hook == MN_FROM_GUEST ? MN_TO_UPLINK : MN_TO_GUESTS) ||
		    (next.frame.bytes[12] == 0x08 && next.frame.bytes[13] == 0x06)) /* ARP is no flow */
			continue;
		if (count < FLOWS)
			pool[count++] = next;
		else
			pool[rng_below(&rng, FLOWS)] = next;
	}
}

int main(void)
{
	static struct engine_pair pair;
	int failed = 0;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		failed += !run_change(&changes[i]);
	engine_pair_init(&pair);
	add_networks(&pair);
	flows(&pair, 5 * env_number("VIFI_FRAMES", 20000));
	engine_pair_compare(&pair);
	printf("places: %d of %zu changes failed; %llu frames of flows, at least %llu by a place, %llu on the "
	       "shortcut, %llu "
	       "differences\n",
	       failed, sizeof(changes) / sizeof(changes[0]), (unsigned long long)pair.frames,
	       (unsigned long long)pair.by_place, (unsigned long long)pair.shortcut_out,
	       (unsigned long long)pair.differences);
	failed += pair.differences || !pair.by_place || !pair.shortcut_out;
	engine_pair_free(&pair);
	return failed ? 1 : 0;
}

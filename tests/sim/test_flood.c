/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A forger without keys floods an access point with requests in the names of stations that do not exist. Each answer to
 * one of them is transmitted seven times, because nobody acknowledges it. The traffic of the connected station must not
 * wait for these answers, a newcomer must still get in, and one kind of request must not starve another.
 *
 *	station )))   access point   ((( newcomer
 *	                  )))
 *	                 forger
 */
#include "../unit/unit.h"

#include "world.h"

#include "wire/mgmt.h"

#include <stdio.h>

#define PASS "correct horse battery"
#define FREQ 2437

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct flood {
	struct world *world;
	struct ap_setup ap_setup;
	struct sta_setup sta_setups[2];
	struct sta_network networks[2];
	unsigned ap, station, newcomer, up, down, number;
	bool pairs; /* two requests come from each address */
	radio_id forger;
	const uint8_t *host;
	/* of the flows up and down */
	unsigned received[2];
	uint64_t last_ns[2];
	uint64_t longest_gap_ns; /* in which the station or the host received nothing */
	unsigned most_missing;   /* frames of one direction that were sent and not received at one time */
};

enum request { REQUEST_AUTH, REQUEST_PROBE, REQUEST_ASSOC, REQUEST_DATA, REQUEST_ACTION, REQUEST_KINDS };

static void flood_init(struct flood *flood)
{
	*flood = (struct flood){.world = world_new(81)};
	flood->host = world_host(flood->world);
	world_ap_setup(flood->world, &flood->ap_setup, 0, "first", PASS, FREQ);
	flood->ap = world_add_ap(flood->world, &flood->ap_setup);
	for (unsigned i = 0; i < 2; i++)
		world_sta_setup(flood->world, &flood->sta_setups[i], &flood->networks[i], i, "first", PASS);
	flood->station = world_add_sta(flood->world, &flood->sta_setups[0]);
	assert_true(world_run_until(flood->world, 60 * S, world_all_connected));
	flood->forger = medium_join(world_medium(flood->world));
	medium_tune(world_medium(flood->world), flood->forger, FREQ);
	flood->up = world_flow(flood->world, world_sta_addr(flood->world, flood->station), flood->host);
	flood->down = world_flow(flood->world, flood->host, world_sta_addr(flood->world, flood->station));
}

static void flood_free(struct flood *flood)
{
	world_assert_no_violations(flood->world);
	world_free(flood->world);
}

/* A request in the name of a station that does not exist: the `number`-th one. */
static struct frame *forged_request(const struct flood *flood, enum request kind, unsigned number)
{
	static const uint8_t rates[] = {0x82, 0x84, 0x8b, 0x96, 12, 24, 48, 108};
	static const enum mgmt_subtype subtypes[] = {MGMT_AUTH, MGMT_PROBE_REQUEST, MGMT_ASSOC_REQUEST, MGMT_DISASSOC,
						     MGMT_ACTION};
	const uint8_t *bssid = flood->ap_setup.bss[0].bssid;
	uint8_t addr[6] = {2, 0x66, 0, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	struct frame_writer writer = mgmt_begin(subtypes[kind], kind == REQUEST_PROBE ? broadcast : bssid, addr,
						kind == REQUEST_PROBE ? broadcast : bssid);
	struct frame *frame;

	switch (kind) {
	case REQUEST_AUTH:
		write_le16(&writer, AUTH_OPEN);
		write_le16(&writer, 1);
		write_le16(&writer, STATUS_SUCCESS);
		break;
	case REQUEST_ASSOC:
		write_le16(&writer, CAPABILITY_ESS | CAPABILITY_PRIVACY);
		write_le16(&writer, 1);
		/* fall through */
	case REQUEST_PROBE:
		write_element(&writer, EID_SSID, (const uint8_t *)"first", 5);
		write_element(&writer, EID_RATES, rates, sizeof(rates));
		break;
	case REQUEST_ACTION:
		write_u8(&writer, ACTION_CATEGORY_PUBLIC);
		write_u8(&writer, 0x77);
		break;
	case REQUEST_DATA:
	case REQUEST_KINDS:
		write_le16(&writer, 0);
		break;
	}
	frame = frame_writer_end(&writer);
	assert_non_null(frame);
	if (kind == REQUEST_DATA) /* a data frame to the distribution system */
		put_le16(frame_make_writable(frame), FC_DATA | FC_TO_DS);
	return frame;
}

/* Looks whether the flows go on. */
static void observe_flows(struct flood *flood)
{
	unsigned flows[2] = {flood->up, flood->down};

	for (unsigned i = 0; i < 2; i++) {
		unsigned received = world_received(flood->world, flows[i]);
		unsigned missing = world_sent(flood->world, flows[i]) - received;
		uint64_t gap_ns = world_now(flood->world) - flood->last_ns[i];

		flood->longest_gap_ns = gap_ns > flood->longest_gap_ns ? gap_ns : flood->longest_gap_ns;
		flood->most_missing = missing > flood->most_missing ? missing : flood->most_missing;
		if (received == flood->received[i])
			continue;
		flood->received[i] = received;
		flood->last_ns[i] = world_now(flood->world);
	}
}

/* Sends `count` requests of the kinds from `first` to `last` in turn, `per_ms` in each millisecond. */
static void send_requests(struct flood *flood, enum request first, enum request last, unsigned count, unsigned per_ms)
{
	for (unsigned i = 0; i < count; i++) {
		enum request kind = flood->pairs ? (i % 2 ? last : first) : first + i % (last - first + 1);

		medium_send(world_medium(flood->world), flood->forger,
			    forged_request(flood, kind, flood->pairs ? flood->number++ / 2 : flood->number++), 54000, 0,
			    world_now(flood->world));
		if (i % per_ms)
			continue;
		world_run(flood->world, world_now(flood->world) + MS);
		observe_flows(flood);
	}
}

/* The same, and two more seconds, while a frame is sent to the station and to the host every 10 ms. */
static void run_flood(struct flood *flood, enum request first, enum request last, unsigned count, unsigned per_ms)
{
	struct world *world = flood->world;

	world_send_every(world, flood->up, 10 * MS);
	world_send_every(world, flood->down, 10 * MS);
	flood->last_ns[0] = flood->last_ns[1] = world_now(world);
	send_requests(flood, first, last, count, per_ms);
	for (unsigned i = 0; i < 2000; i++) {
		world_run(world, world_now(world) + MS);
		observe_flows(flood);
	}
	world_send_every(world, flood->up, 0);
	world_send_every(world, flood->down, 0);
	world_run(world, world_now(world) + S);
	if (getenv("VIFI_FLOOD"))
		printf("kinds %d to %d: %u requests, longest gap %.1f ms, at most %u frames missing, %u of %u up, "
		       "%u of %u down\n",
		       first, last, count, (double)flood->longest_gap_ns / 1e6, flood->most_missing,
		       world_received(world, flood->up), world_sent(world, flood->up),
		       world_received(world, flood->down), world_sent(world, flood->down));
}

static unsigned associated_count(const struct flood *flood)
{
	struct ap_station_info info;
	unsigned count = 0;

	while (soft_ap_station_info(world_ap(flood->world, flood->ap), count, &info))
		count++;
	return count;
}

static void assert_traffic_undisturbed(struct flood *flood)
{
	assert_true(flood->longest_gap_ns < 60 * MS);
	assert_true(flood->most_missing <= 6);
	assert_int_equal(world_received(flood->world, flood->up), world_sent(flood->world, flood->up));
	assert_int_equal(world_received(flood->world, flood->down), world_sent(flood->world, flood->down));
	assert_int_equal(world_note_count(flood->world, flood->station, NOTE_DISCONNECTED), 0);
}

/* Before answers had a queue of their own, 10000 authentications cost 369 of 450 frames, and the others 3.9 s each. */
static void flood_does_not_delay_connected_station(void **state)
{
	struct flood flood;

	(void)state;
	for (enum request kind = 0; kind < REQUEST_KINDS; kind++) {
		flood_init(&flood);
		run_flood(&flood, kind, kind, 10000, 4);
		assert_traffic_undisturbed(&flood);
		assert_true(world_drops(flood.world, flood.ap, DROP_ANSWER_LIMIT) > 1000);
		flood_free(&flood);
	}
	flood_init(&flood);
	run_flood(&flood, 0, REQUEST_KINDS - 1, 10000, 4);
	assert_traffic_undisturbed(&flood);
	flood_free(&flood);
}

/* An authentication and an association request of the same station, which does not exist. */
static void forged_associations_do_not_delay_connected_station(void **state)
{
	struct flood flood;

	(void)state;
	flood_init(&flood);
	flood.pairs = true;
	run_flood(&flood, REQUEST_AUTH, REQUEST_ASSOC, 10000, 4);
	assert_traffic_undisturbed(&flood);
	assert_int_equal(associated_count(&flood), 1);
	flood_free(&flood);
}

/* One newcomer during a flood of each kind, and during one of all kinds. */
static void newcomer_connects_during_flood(void **state)
{
	(void)state;
	for (unsigned kinds = 0; kinds <= REQUEST_KINDS; kinds++) {
		enum request first = kinds < REQUEST_KINDS ? kinds : 0,
			     last = kinds < REQUEST_KINDS ? kinds : REQUEST_KINDS - 1;
		struct flood flood;
		uint64_t began_ns, seconds = 0;

		flood_init(&flood);
		run_flood(&flood, first, last, 2000, 4); /* the budget is used up */
		flood.newcomer = world_add_sta(flood.world, &flood.sta_setups[1]);
		began_ns = world_now(flood.world);
		while (!world_is_connected(flood.world, flood.newcomer) && seconds++ < 60)
			send_requests(&flood, first, last, 4000, 4);
		if (getenv("VIFI_FLOOD"))
			printf("kinds %u to %u: connected within %.0f s\n", first, last,
			       (double)(world_now(flood.world) - began_ns) / 1e9);
		assert_true(world_now(flood.world) - began_ns <= 6 * S);
		flood_free(&flood);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flood_does_not_delay_connected_station),
		cmocka_unit_test(forged_associations_do_not_delay_connected_station),
		cmocka_unit_test(newcomer_connects_during_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

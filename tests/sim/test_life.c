/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a network: 200 stations, two access points of one name, and all that happens to them in two days.
 *
 *	               host ─── wire ─┬─ access point 0, channel 36  )))   (((  stations, the even ones near 0,
 *	                              └─ access point 1, channel 1   )))   (((  the odd ones near 1; three of four doze
 *
 * One story, chapter by chapter, from one seed: VIFI_SEED, which a failure prints.  All the time somebody hears every
 * transmission and has the passphrase (world.h): nothing is in the clear, no packet number is used twice with a key,
 * nothing is delivered twice.  Nobody helps a station: it comes back by itself.  VIFI_LIFE=1 tells the story as it goes.
 */
#include "../unit/unit.h"

#include "world.h"

#include <inttypes.h>

#define STATIONS 200
#define SSID     "life"
#define PASS     "correct horse battery"
#define MINUTE   (60 * S)

static const struct medium_link near = {.signal_dbm = -45}, far = {.signal_dbm = -80};

static struct {
	struct world *w;
	uint64_t seed;
	struct ap_setup aps[2];
	struct sta_setup stas[STATIONS];
	struct sta_network networks[STATIONS];
	unsigned ap[2], sta[STATIONS], up[STATIONS], down[STATIONS];
	const uint8_t *host;
} life;

static uint64_t now(void)
{
	return world_now(life.w);
}

static void run(uint64_t ns)
{
	world_run(life.w, now() + ns);
}

/* Who is near which access point, and how much they lose of each other. */
static void place(unsigned i, unsigned swapped, uint32_t loss)
{
	for (unsigned a = 0; a < 2; a++) {
		struct medium_link l = (i + a + swapped) % 2 ? far : near;

		l.loss = loss;
		world_link(life.w, life.sta[i], life.ap[a], &l);
	}
}

static void place_all(unsigned swapped, uint32_t loss)
{
	for (unsigned i = 0; i < STATIONS; i++)
		place(i, swapped, loss);
}

static unsigned at(unsigned a)
{
	unsigned count = 0;

	for (unsigned i = 0; i < STATIONS; i++) {
		struct sta_view v;

		sta_view(world_sta(life.w, life.sta[i]), &v);
		count += v.state == STA_CONNECTED && !memcmp(v.bssid, life.aps[a].bss[0].bssid, 6);
	}
	return count;
}

static unsigned notes(enum note n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < STATIONS; i++)
		count += world_notes(life.w, life.sta[i], n);
	return count;
}

/* A chapter is over: nothing was wrong in it. */
static void judged(const char *chapter)
{
	struct wrongs none = {0}, wrong = world_wrong(life.w);

	if (getenv("VIFI_LIFE"))
		printf("%9.0f s  %-21s at %u and %u; %u connections, %u roams, %u new keys, %u silent, %u hung up; "
		       "%" PRIu64 " transmissions\n",
		       (double)now() / 1e9, chapter, at(0), at(1), notes(NOTE_CONNECTED), notes(NOTE_ROAMING),
		       notes(NOTE_REKEYED), notes(NOTE_SILENT), notes(NOTE_DISCONNECTED), world_transmissions(life.w));
#define X(name)         \
	if (wrong.name) \
		fprintf(stderr, "%u × %s in \"%s\"\n", wrong.name, #name, chapter);
	WRONGS(X)
#undef X
	assert_memory_equal(&wrong, &none, sizeof wrong);
}

/* Everybody gets something from the host, and the host from everybody. */
static void all_speak(unsigned tries)
{
	unsigned heard[STATIONS], said[STATIONS], missing = STATIONS;

	for (unsigned i = 0; i < STATIONS; i++) {
		heard[i] = world_received(life.w, life.down[i]);
		said[i] = world_received(life.w, life.up[i]);
	}
	for (tries++; tries-- && missing;) {
		missing = 0;
		for (unsigned i = 0; i < STATIONS; i++) {
			bool deaf = world_received(life.w, life.down[i]) == heard[i];
			bool mute = world_received(life.w, life.up[i]) == said[i];

			world_send(life.w, life.down[i], tries && deaf, 100);
			world_send(life.w, life.up[i], tries && mute, 100);
			missing += deaf || mute;
		}
		run(missing ? 15 * S : 0);
	}
	assert_int_equal(missing, 0);
}

static void traffic(uint64_t every_ns)
{
	for (unsigned i = 0; i < STATIONS; i++) {
		world_every(life.w, life.up[i], every_ns);
		world_every(life.w, life.down[i], every_ns);
	}
}

struct sums {
	uint64_t sent, received;
};

static struct sums sums(void)
{
	struct sums t = {0, 0};

	for (unsigned i = 0; i < STATIONS; i++) {
		t.sent += world_sent(life.w, life.up[i]) + world_sent(life.w, life.down[i]);
		t.received += world_received(life.w, life.up[i]) + world_received(life.w, life.down[i]);
	}
	return t;
}

/* So many of a thousand frames that were sent since then have arrived. */
static void at_least(struct sums from, unsigned permille)
{
	struct sums to = sums();

	if (getenv("VIFI_LIFE"))
		printf("             %" PRIu64 " of %" PRIu64 " frames arrived\n", to.received - from.received,
		       to.sent - from.sent);
	assert_true((to.received - from.received) * 1000 >= (to.sent - from.sent) * permille);
}

static void begin(void)
{
	static const uint16_t freqs[2] = {5180, 2412};

	life.w = world_new(life.seed);
	life.host = world_host(life.w);
	for (unsigned a = 0; a < 2; a++) {
		struct ap_setup *s = &life.aps[a];

		world_ap_setup(life.w, s, a, SSID, PASS, freqs[a]);
		s->beacon_tu = 1000;
		s->dtim_period = 10;
		s->bss[0].akms |= 1 << AKM_PSK_SHA256;
		s->bss[0].pmf = 1;
		s->bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
		s->bss[0].group_rekey_s = 7200;
		s->bss[0].ptk_rekey_s = 14400;
		s->bss[0].max_stations = 2007;
		life.ap[a] = world_add_ap(life.w, s);
	}
	for (unsigned i = 0; i < STATIONS; i++) {
		struct sta_setup *s = &life.stas[i];

		world_sta_setup(life.w, s, &life.networks[i], i, SSID, PASS);
		life.networks[i].pmf = i % 3;
		life.networks[i].akms |= 1 << AKM_PSK_SHA256;
		s->power_save = i % 4;
		life.sta[i] = world_add_sta(life.w, s);
		place(i, 0, 0);
		life.up[i] = world_flow(life.w, s->addr, life.host);
		life.down[i] = world_flow(life.w, life.host, s->addr);
		run(20 * MS);
	}
}

static void they_associate(void)
{
	assert_true(world_until(life.w, now() + MINUTE, world_all_connected));
	run(MINUTE); /* who was heard by the wrong one first moves */
	assert_int_equal(at(0), STATIONS / 2);
	assert_int_equal(at(1), STATIONS / 2);
	all_speak(2);
	judged("associate");
}

static void they_get_group_keys(void)
{
	unsigned group = notes(NOTE_GROUP_REKEYED);
	struct sums from = sums();

	traffic(2 * S);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned a = 0; a < 2; a++) {
			ap_rekey_group(world_ap(life.w, life.ap[a]), 0, now(), world_out(life.w));
			world_act(life.w, life.ap[a]);
		}
		run(MINUTE);
	}
	traffic(0);
	run(30 * S);
	assert_int_equal(notes(NOTE_GROUP_REKEYED) - group, 3 * STATIONS);
	at_least(from, 1000);
	judged("group keys");
}

static void they_roam(void)
{
	struct sums from = sums();

	traffic(2 * S);
	for (unsigned i = 1; i <= 2; i++) {
		unsigned roams = notes(NOTE_ROAMING);

		place_all(i % 2, 0);
		run(3 * MINUTE);
		assert_int_equal(at(0), STATIONS / 2);
		assert_int_equal(at(1), STATIONS / 2);
		assert_int_equal(notes(NOTE_ROAMING) - roams, STATIONS);
	}
	traffic(0);
	run(30 * S);
	assert_int_equal(notes(NOTE_DISCONNECTED), 0);
	at_least(from, 980);
	judged("roam");
}

static void boot(unsigned first, unsigned last, uint32_t loss)
{
	for (unsigned a = first; a <= last; a++)
		world_boot(life.w, life.ap[a]);
	place_all(0, loss);
}

/* They talk, they move, and each access point loses its memory. */
static void they_lose_40_percent(void)
{
	const uint32_t loss = 400000;
	struct sums from = sums();

	place_all(0, loss);
	traffic(2 * S);
	run(10 * MINUTE);
	traffic(0);
	run(30 * S);
	at_least(from, 950);
	judged("lose 40 %");
	place_all(1, loss);
	run(10 * MINUTE);
	assert_true(at(0) + at(1) == STATIONS);
	place_all(0, loss);
	run(10 * MINUTE);
	assert_int_equal(at(0), STATIONS / 2);
	judged("… and move");
	for (unsigned a = 0; a < 2; a++) {
		world_kill(life.w, life.ap[a]);
		boot(a, a, loss);
		run(10 * MINUTE);
		assert_int_equal(world_connections(life.w), STATIONS);
	}
	all_speak(4);
	judged("… and start anew");
	place_all(0, 0);
	run(6 * MINUTE);
	assert_int_equal(at(0), STATIONS / 2);
	all_speak(2);
}

/* Without a word: one of the two, then both. */
static void the_access_points_restart(void)
{
	world_kill(life.w, life.ap[0]);
	run(2 * MINUTE);
	assert_int_equal(at(1), STATIONS);
	all_speak(2);
	boot(0, 0, 0);
	run(6 * MINUTE);
	assert_int_equal(at(0), STATIONS / 2);
	judged("one restarts");
	world_kill(life.w, life.ap[0]);
	world_kill(life.w, life.ap[1]);
	run(3 * MINUTE);
	assert_int_equal(world_connections(life.w), 0);
	boot(0, 1, 0);
	run(3 * MINUTE);
	assert_int_equal(world_connections(life.w), STATIONS);
	all_speak(2);
	judged("both restart");
	/* So fast that only the clock in the beacons tells, and that they know nobody any more. */
	world_kill(life.w, life.ap[0]);
	world_kill(life.w, life.ap[1]);
	boot(0, 1, 0);
	run(3 * MINUTE);
	assert_int_equal(world_connections(life.w), STATIONS);
	all_speak(2);
	judged("both restart at once");
}

static void they_idle_for_two_days(void)
{
	unsigned gone = notes(NOTE_DISCONNECTED), rekeyed = notes(NOTE_REKEYED);

	run(48 * H);
	assert_int_equal(world_connections(life.w), STATIONS);
	assert_int_equal(notes(NOTE_DISCONNECTED), gone);
	assert_true(notes(NOTE_REKEYED) - rekeyed >= STATIONS * 11);
	all_speak(1);
	judged("idle for 48 hours");
}

static void two_hundred_stations_for_two_days(void **state)
{
	(void)state;
	begin();
	they_associate();
	they_get_group_keys();
	they_roam();
	they_lose_40_percent();
	the_access_points_restart();
	they_idle_for_two_days();
	world_free(life.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_stations_for_two_days),
	};
	int failed;

	life.seed = getenv("VIFI_SEED") ? strtoull(getenv("VIFI_SEED"), NULL, 0) : 20071;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (failed)
		fprintf(stderr, "again: VIFI_SEED=%" PRIu64 " build/sim_life\n", life.seed);
	return failed;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access point and station, with every protection that they can agree to: they talk, get new keys of both kinds under
 * traffic, doze, lose frames, and come back.  Also networks of several kinds at once.
 */
#include "../unit/unit.h"

#include "world.h"

#define SSID     "suites"
#define PASS     "correct horse battery"
#define STATIONS 3

static const struct {
	bool wpa;
	enum akm akm;
	enum cipher pairwise, group, management;
} suites[] = {
	{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS},
	{true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS},
	{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS},
	{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128},
	{false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHERS},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128},
	{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256},
	{false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256},
};

struct scene {
	struct world *w;
	struct ap_setup aps;
	struct sta_setup stas[STATIONS];
	struct sta_network networks[STATIONS];
	unsigned ap, sta[STATIONS];
	const uint8_t *host;
};

static void run(struct scene *s, uint64_t ns)
{
	world_run(s->w, world_now(s->w) + ns);
}

static struct scene *scene(size_t suite)
{
	struct scene *s = calloc(1, sizeof *s);
	struct ap_bss_setup *b = &s->aps.bss[0];

	s->w = world_new(suite + 1);
	s->host = world_host(s->w);
	world_ap_setup(s->w, &s->aps, 0, SSID, PASS, suite % 2 ? 2437 : 5180);
	b->wpa = suites[suite].wpa;
	b->rsn = !b->wpa;
	b->akms = 1u << suites[suite].akm;
	b->wpa_pairwise = b->rsn_pairwise = 1u << suites[suite].pairwise;
	b->group = suites[suite].group;
	b->group_mgmt = suites[suite].management;
	b->pmf = suites[suite].management < CIPHERS ? 2 : 0;
	b->group_rekey_s = 9;
	b->ptk_rekey_s = 13;
	b->wmm = suite % 3;
	s->aps.fragment = suite % 2 ? 500 : 0;
	s->ap = world_add_ap(s->w, &s->aps);
	for (unsigned i = 0; i < STATIONS; i++) {
		struct sta_network *n = &s->networks[i];

		world_sta_setup(s->w, &s->stas[i], n, i, SSID, PASS);
		n->wpa = true;
		n->akms = 1u << AKM_PSK | 1u << AKM_PSK_SHA256;
		n->pairwise = n->group = n->group_mgmt = UINT32_MAX;
		n->pmf = 1;
		s->stas[i].power_save = i == 1;
		s->stas[i].fragment = i == 2 ? 300 : 0;
		s->sta[i] = world_add_sta(s->w, &s->stas[i]);
	}
	return s;
}

static void every_protection(void **state)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	(void)state;
	for (size_t suite = 0; suite < COUNT(suites); suite++) {
		struct scene *s = scene(suite);
		unsigned flows[2 * STATIONS + 1], count = 0;
		struct sta_view v;

		assert_true(world_until(s->w, 20 * S, world_all_connected));
		run(s, 200 * MS);
		for (unsigned i = 0; i < STATIONS; i++) {
			flows[count++] = world_flow(s->w, s->stas[i].addr, s->host);
			flows[count++] = world_flow(s->w, s->host, s->stas[i].addr);
			sta_view(world_sta(s->w, s->sta[i]), &v);
			assert_int_equal(v.pairwise, suites[suite].pairwise);
			assert_int_equal(v.group, suites[suite].group);
			assert_int_equal(v.mfp, suites[suite].management < CIPHERS);
		}
		flows[count++] = world_flow(s->w, s->host, everybody);
		for (unsigned i = 0; i < count; i++)
			world_every(s->w, flows[i], 50 * MS);
		run(s, 40 * S);
		for (unsigned i = 0; i < count; i++)
			world_every(s->w, flows[i], 0);
		run(s, 2 * S);
		assert_int_equal(world_connections(s->w), STATIONS);
		for (unsigned i = 0; i < STATIONS; i++) {
			assert_int_equal(world_notes(s->w, s->sta[i], NOTE_CONNECTED), 1);
			assert_in_range(world_notes(s->w, s->sta[i], NOTE_REKEYED), 2, 4);
			assert_in_range(world_notes(s->w, s->sta[i], NOTE_GROUP_REKEYED), 3, 5);
			assert_int_equal(world_drops(s->w, s->sta[i], DROP_MICHAEL), 0);
		}
		for (unsigned i = 0; i < count; i++) {
			unsigned sent = world_sent(s->w, flows[i]) * (i + 1 == count ? STATIONS : 1);

			/* What is under way when a key changes is lost. */
			assert_true(world_received(s->w, flows[i]) * 100 >= sent * 98);
			assert_true(world_received(s->w, flows[i]) <= sent);
		}
		medium_link_all(world_medium(s->w), &(struct medium_link){.loss = 300000});
		run(s, 30 * S);
		medium_link_all(world_medium(s->w), &(struct medium_link){0});
		world_kill(s->w, s->ap);
		world_boot(s->w, s->ap);
		run(s, 30 * S);
		assert_int_equal(world_connections(s->w), STATIONS);
		for (unsigned i = 0; i < STATIONS; i++)
			assert_true(world_ping(s->w, s->host, s->stas[i].addr));
		world_judge(s->w);
		world_free(s->w);
		free(s);
	}
}

/* A network of 2008: WPA and WPA2, TKIP and CCMP, stations of all ages. */
static void stations_of_all_ages_in_one_network(void **state)
{
	struct scene *s = calloc(1, sizeof *s);
	struct ap_bss_setup *b = &s->aps.bss[0];
	struct sta_view v;

	(void)state;
	s->w = world_new(7);
	s->host = world_host(s->w);
	world_ap_setup(s->w, &s->aps, 0, SSID, PASS, 2412);
	b->wpa = b->rsn = true;
	b->akms = 1u << AKM_PSK | 1u << AKM_PSK_SHA256;
	b->wpa_pairwise = 1u << CIPHER_TKIP;
	b->rsn_pairwise = 1u << CIPHER_TKIP | 1u << CIPHER_CCMP_128;
	b->group = CIPHER_TKIP;
	b->group_mgmt = CIPHER_BIP_CMAC_128;
	b->pmf = 1;
	b->group_rekey_s = 5;
	s->ap = world_add_ap(s->w, &s->aps);
	for (unsigned i = 0; i < STATIONS; i++) {
		struct sta_network *n = &s->networks[i];

		world_sta_setup(s->w, &s->stas[i], n, i, SSID, PASS);
		n->wpa = i == 0;
		n->rsn = i > 0;
		n->akms = i == 2 ? 1u << AKM_PSK_SHA256 : 1u << AKM_PSK;
		n->pairwise = 1u << (i == 2 ? CIPHER_CCMP_128 : CIPHER_TKIP);
		n->group = 1u << CIPHER_TKIP;
		n->pmf = i;
		s->sta[i] = world_add_sta(s->w, &s->stas[i]);
	}
	assert_true(world_until(s->w, 20 * S, world_all_connected));
	for (unsigned round = 0; round < 3; round++) {
		run(s, 8 * S);
		for (unsigned i = 0; i < STATIONS; i++) {
			assert_true(world_ping(s->w, s->host, s->stas[i].addr));
			assert_true(world_ping(s->w, s->stas[i].addr, s->stas[(i + 1) % STATIONS].addr));
			sta_view(world_sta(s->w, s->sta[i]), &v);
			assert_int_equal(v.pairwise, i == 2 ? CIPHER_CCMP_128 : CIPHER_TKIP);
			assert_int_equal(v.mfp, i == 2); /* TKIP cannot */
			assert_true(world_notes(s->w, s->sta[i], NOTE_GROUP_REKEYED) > round);
		}
	}
	world_judge(s->w);
	world_free(s->w);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_protection),
		cmocka_unit_test(stations_of_all_ages_in_one_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

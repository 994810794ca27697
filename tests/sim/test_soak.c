/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything at once, five minutes long: two access points, two dozen stations of all suites, half of them dozing, some
 * with fragments, traffic both ways, keys renewed every few seconds, loss, duplicates and frames out of order; stations
 * that restart and move, an access point that dies and one that is restarted.  In the end everybody is back, and nothing
 * was ever wrong.
 */
#include "../unit/unit.h"

#include "world.h"

#define SSID "soak"
#define PASS "correct horse battery"

enum { APS = 2, STAS = 24 };

struct scene {
	struct world *w;
	uint64_t random;
	struct ap_setup aps[APS];
	struct sta_setup stas[STAS];
	struct sta_network networks[STAS];
	unsigned ap[APS], sta[STAS], up[STAS], down[STAS];
	bool mixed; /* WPA with TKIP beside WPA2 with CCMP */
};

static void add_ap(struct scene *s, unsigned i, unsigned kind)
{
	struct ap_bss_setup *b = &s->aps[i].bss[0];

	world_ap_setup(s->w, &s->aps[i], i, SSID, PASS, i ? 5180 : 2412);
	s->aps[i].dtim_period = 3;
	s->aps[i].fragment = kind == 2 ? 400 : 0;
	b->group_rekey_s = 11;
	b->ptk_rekey_s = 17;
	b->max_inactivity_s = 20;
	b->group_rekey_strict = kind == 1;
	b->pmf = 1;
	b->group_mgmt = CIPHER_BIP_CMAC_128;
	b->akms |= 1u << AKM_PSK_SHA256;
	if (s->mixed) {
		b->wpa = true;
		b->wpa_pairwise = 1u << CIPHER_TKIP;
		b->group = CIPHER_TKIP;
	}
	s->ap[i] = world_add_ap(s->w, &s->aps[i]);
}

static void add_sta(struct scene *s, unsigned i, const uint8_t *host)
{
	struct sta_network *n = &s->networks[i];
	struct sta_setup *u = &s->stas[i];

	world_sta_setup(s->w, u, n, i, SSID, PASS);
	n->group |= 1u << CIPHER_TKIP;
	if (i % 3 == 0) {
		n->pmf = 1;
		n->akms |= 1u << AKM_PSK_SHA256;
	} else if (i % 3 == 1 && s->mixed) {
		n->wpa = true;
		n->rsn = false;
		n->pairwise = 1u << CIPHER_TKIP;
	}
	u->power_save = i % 2;
	u->listen_interval = (uint16_t)(1 + i % 7);
	u->fragment = i % 5 ? 0 : 500;
	s->sta[i] = world_add_sta(s->w, u);
	s->up[i] = world_flow(s->w, world_addr(s->w, s->sta[i]), host);
	s->down[i] = world_flow(s->w, host, world_addr(s->w, s->sta[i]));
	world_every(s->w, s->up[i], 300 * MS);
	world_every(s->w, s->down[i], 400 * MS);
}

static uint64_t dice(struct scene *s)
{
	s->random = s->random * 6364136223846793005u + 1442695040888963407u;
	return s->random >> 33;
}

/* Something happens to a station. */
static void fate(struct scene *s)
{
	static const struct medium_link gone = {.deaf = true}, near = {.signal_dbm = -50};
	unsigned who = dice(s) % STAS, what = dice(s) % 4, away = dice(s) % APS;

	if (what == 0) {
		world_kill(s->w, s->sta[who]);
		world_boot(s->w, s->sta[who]);
	} else if (what == 1) {
		world_link(s->w, s->sta[who], s->ap[away], &gone);
		world_link(s->w, s->sta[who], s->ap[1 - away], &near);
	}
}

static void live(struct scene *s)
{
	for (unsigned k = 0; k < 60; k++) {
		world_run(s->w, world_now(s->w) + 5 * S);
		fate(s);
		if (k == 30) {
			world_kill(s->w, s->ap[0]);
			world_boot(s->w, s->ap[0]);
		} else if (k == 40) {
			world_stop(s->w, s->ap[1]);
			world_run(s->w, world_now(s->w) + 3 * S);
			world_start(s->w, s->ap[1]);
		}
	}
}

static void soak(unsigned kind, uint32_t loss)
{
	struct scene *s = calloc(1, sizeof *s);
	struct medium_link l = {
		.loss = loss, .duplicate = 20000, .reorder = 10000, .reorder_ns = 2 * MS, .jitter_ns = MS / 2};
	unsigned sent = 0, received = 0;
	const uint8_t *host;

	s->w = world_new(kind);
	s->random = kind;
	s->mixed = kind >= 2;
	host = world_host(s->w);
	medium_link_all(world_medium(s->w), &l);
	for (unsigned i = 0; i < APS; i++)
		add_ap(s, i, kind);
	for (unsigned i = 0; i < STAS; i++)
		add_sta(s, i, host);
	live(s);
	for (unsigned i = 0; i < STAS; i++) {
		world_every(s->w, s->up[i], 0);
		world_every(s->w, s->down[i], 0);
	}
	world_run(s->w, world_now(s->w) + 30 * S);
	world_judge(s->w);
	assert_int_equal(world_connections(s->w), STAS);
	for (unsigned i = 0; i < STAS; i++) {
		sent += world_sent(s->w, s->up[i]) + world_sent(s->w, s->down[i]);
		received += world_received(s->w, s->up[i]) + world_received(s->w, s->down[i]);
	}
	assert_true(received >= sent * UINT64_C(97) / 100);
	assert_true(world_notes(s->w, s->ap[0], NOTE_REKEYED) + world_notes(s->w, s->ap[1], NOTE_REKEYED) > 300);
	assert_true(world_notes(s->w, s->ap[0], NOTE_GROUP_REKEYED) > 20);
	world_free(s->w);
	free(s);
}

static void a_good_air(void **state)
{
	(void)state;
	soak(1, 0);
}

static void mixed_mode_and_fragments(void **state)
{
	(void)state;
	soak(2, 100000);
}

static void a_bad_air(void **state)
{
	(void)state;
	soak(3, 400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_air),
		cmocka_unit_test(mixed_mode_and_fragments),
		cmocka_unit_test(a_bad_air),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

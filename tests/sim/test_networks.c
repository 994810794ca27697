/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All kinds of networks, side by side and attacked: what an access point offers is what stations can live with. */
#include "../unit/unit.h"

#include "world.h"

#include "wire/mgmt.h"

#define PASS "correct horse battery"

enum { STAS = 24 };

struct scene {
	struct world *w;
	struct ap_setup ap_setup;
	struct sta_setup stas[STAS];
	struct sta_network networks[STAS];
	unsigned ap, sta[STAS], count;
	const uint8_t *host;
};

/* An access point that is not yet on the air: its setup may be changed until begin(). */
static struct scene *scene(uint64_t seed)
{
	struct scene *s = calloc(1, sizeof *s);

	s->w = world_new(seed);
	s->host = world_host(s->w);
	world_ap_setup(s->w, &s->ap_setup, 0, "first", PASS, 2437);
	return s;
}

static void begin(struct scene *s)
{
	s->ap = world_add_ap(s->w, &s->ap_setup);
}

/* A station whose setup may be changed until add(). */
static struct sta_network *prepare(struct scene *s, const char *ssid, const char *passphrase)
{
	assert_true(s->count < STAS);
	world_sta_setup(s->w, &s->stas[s->count], &s->networks[s->count], s->count, ssid, passphrase);
	return &s->networks[s->count];
}

static unsigned add(struct scene *s)
{
	s->sta[s->count] = world_add_sta(s->w, &s->stas[s->count]);
	return s->sta[s->count++];
}

static void connect_all(struct scene *s)
{
	assert_true(world_until(s->w, world_now(s->w) + 60 * S, world_all_connected));
	world_run(s->w, world_now(s->w) + 200 * MS);
}

static void all_ping(struct scene *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		assert_true(world_ping(s->w, world_addr(s->w, s->sta[i]), s->host));
		assert_true(world_ping(s->w, s->host, world_addr(s->w, s->sta[i])));
	}
}

static void end(struct scene *s)
{
	world_judge(s->w);
	world_free(s->w);
	free(s);
}

/* One more network on the same radio, protected by the same passphrase. */
static struct ap_bss_setup *another(struct scene *s, const char *ssid)
{
	struct ap_setup more;
	struct ap_bss_setup *b = &s->ap_setup.bss[s->ap_setup.bss_count];

	world_ap_setup(s->w, &more, s->ap_setup.bss_count, ssid, PASS, 2437);
	*b = more.bss[0];
	b->bssid[4] = 1;
	s->ap_setup.bss_count++;
	return b;
}

static void several_networks_on_one_radio(void **state)
{
	static const char *const ssids[] = {"first", "second", "third", "hidden"};
	struct scene *s = scene(1);
	struct ap_bss_setup *b = another(s, ssids[1]);
	unsigned flow;

	(void)state;
	b->pmf = 2;
	b->akms = 1u << AKM_PSK_SHA256;
	b->group_mgmt = CIPHER_BIP_CMAC_128;
	b = another(s, ssids[2]);
	b->rsn = false;
	b->wpa = true;
	b->wpa_pairwise = 1u << CIPHER_TKIP;
	b->group = CIPHER_TKIP;
	b = another(s, ssids[3]);
	b->hidden = 1;
	begin(s);
	for (unsigned i = 0; i < 12; i++) {
		struct sta_network *n = prepare(s, ssids[i % 4], PASS);

		if (i % 4 == 1) {
			n->pmf = 2;
			n->akms = 1u << AKM_PSK_SHA256;
		} else if (i % 4 == 2) {
			n->wpa = true;
			n->rsn = false;
			n->pairwise = n->group = 1u << CIPHER_TKIP;
		} else if (i % 4 == 3) {
			n->scan_ssid = true;
		}
		add(s);
	}
	connect_all(s);
	all_ping(s);
	/* From one network to the other it goes by the wire. */
	flow = world_flow(s->w, world_addr(s->w, s->sta[0]), world_addr(s->w, s->sta[5]));
	world_send(s->w, flow, 10, 400);
	world_run(s->w, world_now(s->w) + S);
	assert_int_equal(world_received(s->w, flow), 10);
	end(s);
}

static void the_last_ones_find_a_full_house(void **state)
{
	struct scene *s = scene(2);

	(void)state;
	s->ap_setup.bss[0].max_stations = 8;
	begin(s);
	for (unsigned i = 0; i < 12; i++) {
		prepare(s, "first", PASS);
		add(s);
	}
	world_run(s->w, 30 * S);
	assert_int_equal(world_connections(s->w), 8);
	assert_true(world_notes(s->w, s->ap, NOTE_REJECTED_FULL) >= 4);
	/* Others go: there is room. */
	for (unsigned i = 0, gone = 0; i < 12 && gone < 4; i++)
		if (world_connected(s->w, s->sta[i])) {
			world_stop(s->w, s->sta[i]);
			gone++;
		}
	world_run(s->w, world_now(s->w) + 400 * S);
	assert_int_equal(world_connections(s->w), 8);
	end(s);
}

/* A notebook is closed, a telephone carried away: they say nothing. */
static void who_vanishes_is_forgotten(void **state)
{
	struct scene *s = scene(3);
	struct ap_station v;

	(void)state;
	s->ap_setup.bss[0].max_inactivity_s = 60;
	s->ap_setup.bss[0].group_rekey_strict = true;
	begin(s);
	for (unsigned i = 0; i < 4; i++) {
		prepare(s, "first", PASS);
		add(s);
	}
	connect_all(s);
	world_kill(s->w, s->sta[0]);
	world_kill(s->w, s->sta[1]);
	world_run(s->w, world_now(s->w) + 100 * S);
	assert_false(ap_station(world_ap(s->w, s->ap), 2, &v));
	assert_true(ap_station(world_ap(s->w, s->ap), 1, &v));
	assert_true(world_notes(s->w, s->ap, NOTE_GROUP_REKEYED) >= 1);
	assert_int_equal(world_notes(s->w, s->sta[2], NOTE_DISCONNECTED), 0);
	assert_true(world_ping(s->w, s->host, world_addr(s->w, s->sta[2])));
	end(s);
}

/* Frames that somebody without keys makes, in the access point's name and in a station's. */
static void forge(struct scene *s, radio_id forger, enum mgmt_subtype subtype, const uint8_t *to, const uint8_t *from)
{
	const uint8_t *bssid = s->ap_setup.bss[0].bssid;
	struct frame *f = mgmt_new(subtype, to, from, bssid);

	if (subtype == MGMT_AUTH) {
		mgmt_put(f, "\0\0\1\0\0\0", 6);
	} else if (subtype == MGMT_ASSOC_REQUEST) {
		mgmt_put(f, "\x31\x04\x0a\0", 4);
		mgmt_put_element(f, EID_SSID, "first", 5);
		mgmt_put_element(f, EID_RATES, "\x82\x84\x8b\x96\x0c\x12\x18\x24", 8);
		mgmt_put(f, "\x30\x1a\1\0\0\x0f\xac\4\1\0\0\x0f\xac\4\1\0\0\x0f\xac\6\x80\0\0\0\0\x0f\xac\6", 28);
	} else {
		mgmt_put16(f, REASON_LEAVING);
	}
	medium_send(world_medium(s->w), forger, f, 0, 0, world_now(s->w));
}

/* Protected management frames: whatever a forger says, nobody loses his connection. */
static void forged_goodbyes_do_nothing_under_pmf(void **state)
{
	struct scene *s = scene(4);
	const uint8_t *bssid = s->ap_setup.bss[0].bssid;
	unsigned up[4];
	radio_id forger;

	(void)state;
	s->ap_setup.bss[0].pmf = 2;
	s->ap_setup.bss[0].akms = 1u << AKM_PSK_SHA256;
	s->ap_setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	begin(s);
	for (unsigned i = 0; i < 4; i++) {
		struct sta_network *n = prepare(s, "first", PASS);

		n->pmf = 2;
		n->akms = 1u << AKM_PSK_SHA256;
		add(s);
	}
	connect_all(s);
	forger = medium_join(world_medium(s->w));
	medium_tune(world_medium(s->w), forger, 2437);
	for (unsigned i = 0; i < 4; i++) {
		up[i] = world_flow(s->w, world_addr(s->w, s->sta[i]), s->host);
		world_every(s->w, up[i], 20 * MS);
	}
	for (unsigned i = 0; i < 40; i++) {
		const uint8_t *addr = world_addr(s->w, s->sta[i % 4]);
		static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

		forge(s, forger, i % 8 < 4 ? MGMT_DEAUTH : MGMT_DISASSOC, bssid, addr);
		forge(s, forger, i % 8 < 4 ? MGMT_DEAUTH : MGMT_DISASSOC, addr, bssid);
		forge(s, forger, MGMT_DEAUTH, everybody, bssid);
		forge(s, forger, MGMT_AUTH, bssid, addr);
		forge(s, forger, MGMT_ASSOC_REQUEST, bssid, addr);
		world_run(s->w, world_now(s->w) + 300 * MS);
	}
	assert_true(world_notes(s->w, s->ap, NOTE_SA_QUERY) >= 4);
	assert_true(world_drops(s->w, s->ap, DROP_UNPROTECTED) >= 40);
	for (unsigned i = 0; i < 4; i++) {
		world_every(s->w, up[i], 0);
		assert_int_equal(world_notes(s->w, s->sta[i], NOTE_DISCONNECTED), 0);
		assert_int_equal(world_notes(s->w, s->sta[i], NOTE_CONNECTED), 1);
	}
	world_run(s->w, world_now(s->w) + S);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(world_received(s->w, up[i]), world_sent(s->w, up[i]));
	assert_int_equal(world_notes(s->w, s->ap, NOTE_DISCONNECTED), 0);
	end(s);
}

/*
 * An access point that stops says so to all at once, too, for those whom its other goodbye did not reach.  Under PMF that
 * is proved by BIP: the judge verifies it, and sees who repeats or changes it.
 */
static void goodbyes_to_the_group_are_proved(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_BIP_CMAC_128, CIPHER_BIP_CMAC_256, CIPHER_BIP_GMAC_128,
					      CIPHER_BIP_GMAC_256};

	(void)state;
	for (size_t k = 0; k < COUNT(ciphers); k++) {
		struct scene *s = scene(14);
		radio_id forger = medium_join(world_medium(s->w));
		struct wrongs wrong;

		s->ap_setup.bss[0].pmf = 1;
		s->ap_setup.bss[0].group_mgmt = ciphers[k];
		begin(s);
		for (unsigned i = 0; i < 3; i++) {
			struct sta_network *n = prepare(s, "first", PASS);

			n->pmf = i < 2;
			n->group_mgmt = 1u << ciphers[k];
			add(s);
		}
		medium_tune(world_medium(s->w), forger, 2437);
		for (unsigned round = 0; round < 2; round++) {
			connect_all(s);
			world_stop(s->w, s->ap);
			world_run(s->w, world_now(s->w) + S);
			for (unsigned i = 0; i < 3; i++)
				assert_int_equal(world_notes(s->w, s->sta[i], NOTE_DISCONNECTED), round + 1);
			world_start(s->w, s->ap);
		}
		connect_all(s);
		world_judge(s->w);
		world_repeat_group(s->w, forger, 0);
		world_repeat_group(s->w, forger, DOT11_HDR_MIN);
		world_run(s->w, world_now(s->w) + S);
		wrong = world_wrong(s->w);
		assert_int_equal(wrong.repeated, 1);
		assert_int_equal(wrong.unopened, 1);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(world_notes(s->w, s->sta[i], NOTE_DISCONNECTED), 2);
			assert_int_equal(world_drops(s->w, s->sta[i], DROP_REPLAY), 2); /* by its number, either */
		}
		assert_true(world_notes(s->w, s->sta[2], NOTE_DISCONNECTED) > 2); /* it has nothing to tell by */
		world_free(s->w);
		free(s);
	}
}

/* Without them a forger can end associations; then they begin anew, by themselves. */
static void without_pmf_everybody_comes_back(void **state)
{
	struct scene *s = scene(5);
	const uint8_t *bssid = s->ap_setup.bss[0].bssid;
	radio_id forger;

	(void)state;
	begin(s);
	for (unsigned i = 0; i < 6; i++) {
		prepare(s, "first", PASS);
		add(s);
	}
	connect_all(s);
	forger = medium_join(world_medium(s->w));
	medium_tune(world_medium(s->w), forger, 2437);
	for (unsigned i = 0; i < 6; i++) {
		const uint8_t *addr = world_addr(s->w, s->sta[i]);

		if (i % 2)
			forge(s, forger, MGMT_DEAUTH, addr, bssid);
		else
			forge(s, forger, MGMT_DEAUTH, bssid, addr);
	}
	/* Those whom only the access point forgot hear of it with their first frame. */
	for (unsigned i = 0; i < 6; i++)
		world_every(s->w, world_flow(s->w, world_addr(s->w, s->sta[i]), s->host), 500 * MS);
	world_run(s->w, world_now(s->w) + 2 * S);
	assert_true(world_notes(s->w, s->ap, NOTE_DISCONNECTED) >= 3);
	connect_all(s);
	all_ping(s);
	end(s);
}

/* Power save: the queue of the access point, TIM, PS-Poll or waking up, whatever the station does. */
static void dozing_stations_miss_nothing(void **state)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct scene *s = scene(6);
	unsigned down[5], all;

	(void)state;
	s->ap_setup.dtim_period = 3;
	s->ap_setup.bss[0].group_rekey_s = 9;
	s->ap_setup.bss[0].ptk_rekey_s = 13;
	begin(s);
	for (unsigned i = 0; i < 5; i++) {
		prepare(s, "first", PASS);
		s->stas[s->count].power_save = i < 4;
		s->stas[s->count].listen_interval = (uint16_t)(1 + 2 * i);
		add(s);
	}
	connect_all(s);
	for (unsigned i = 0; i < 5; i++) {
		down[i] = world_flow(s->w, s->host, world_addr(s->w, s->sta[i]));
		world_every(s->w, down[i], 230 * MS);
	}
	all = world_flow(s->w, s->host, everybody);
	world_every(s->w, all, 700 * MS);
	world_run(s->w, world_now(s->w) + 60 * S);
	for (unsigned i = 0; i < 5; i++)
		world_every(s->w, down[i], 0);
	world_every(s->w, all, 0);
	world_run(s->w, world_now(s->w) + 5 * S);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(world_notes(s->w, s->sta[i], NOTE_DISCONNECTED), 0);
		assert_int_equal(world_received(s->w, down[i]), world_sent(s->w, down[i]));
	}
	assert_int_equal(world_received(s->w, all), 5 * world_sent(s->w, all));
	assert_true(world_notes(s->w, s->ap, NOTE_REKEYED) >= 5 * 4);
	assert_true(world_notes(s->w, s->ap, NOTE_GROUP_REKEYED) >= 6);
	end(s);
}

/* wpa_psk_file: one passphrase for all, one for each of some. */
static void everybody_has_a_passphrase_of_his_own(void **state)
{
	struct scene *s = scene(7);
	struct ap_psk psks[STAS];
	struct ap_station v;

	(void)state;
	memset(psks, 0, sizeof psks);
	for (unsigned i = 0; i < 6; i++) {
		char passphrase[32];

		snprintf(passphrase, sizeof passphrase, "passphrase %u", i);
		snprintf(psks[i].keyid, sizeof psks[i].keyid, "key %u", i);
		world_pmk(s->w, "first", passphrase, psks[i].pmk);
		prepare(s, "first", passphrase);
		if (i % 2)
			memcpy(psks[i].addr, s->stas[s->count].addr, 6);
		s->count++;
	}
	s->ap_setup.bss[0].psks = psks;
	s->ap_setup.bss[0].psk_count = 6;
	begin(s);
	for (unsigned i = 0; i < 6; i++)
		s->sta[i] = world_add_sta(s->w, &s->stas[i]);
	connect_all(s);
	all_ping(s);
	for (size_t i = 0; ap_station(world_ap(s->w, s->ap), i, &v); i++) {
		assert_int_equal(v.keyid[4], '0' + v.addr[5]);
		assert_true(v.authorised);
	}
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_networks_on_one_radio),
		cmocka_unit_test(the_last_ones_find_a_full_house),
		cmocka_unit_test(who_vanishes_is_forgotten),
		cmocka_unit_test(forged_goodbyes_do_nothing_under_pmf),
		cmocka_unit_test(goodbyes_to_the_group_are_proved),
		cmocka_unit_test(without_pmf_everybody_comes_back),
		cmocka_unit_test(dozing_stations_miss_nothing),
		cmocka_unit_test(everybody_has_a_passphrase_of_his_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

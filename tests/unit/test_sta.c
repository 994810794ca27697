/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station finds and joins its network. Then: test_sta_link.c; what attackers do to it: test_sta_attack.c. */
#include "scripted.h"

static struct world w;

static void connects_and_talks(void **state)
{
	(void)state;
	world_make(&w);
	world_up(&w);
	assert_true(talks(&w, &w.ap[0]));
	assert_int_equal(w.count[NOTE_SCANNING], 1);
	assert_int_equal(w.count[NOTE_AUTHENTICATED], 1);
	assert_int_equal(w.count[NOTE_ASSOCIATED], 1);
	assert_int_equal(w.count[NOTE_CONNECTED], 1);
	assert_string_equal(last_note(&w, NOTE_CONNECTED)->about, "home");
	assert_int_equal(view_of(&w).aid, 1);
	assert_true(view_of(&w).qos);
	assert_int_equal(view_of(&w).freq_mhz, 2437);
	world_free(&w);
}

static const struct {
	struct rsn_suite suite;
	unsigned pmf;
	bool mfpr, wmm;
} links[] = {
	{{true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS}, 0, false, false},
	{{true, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS}, 0, false, true},
	{{false, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS}, 0, false, false},
	{{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_TKIP, CIPHERS}, 1, false, true},
	{{false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128}, 1, false, true},
	{{false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128}, 2, true, true},
	{{false, AKM_PSK_SHA256, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHER_BIP_CMAC_128}, 2, true, true},
	{{false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256}, 2, true, true},
	{{false, AKM_PSK_SHA256, CIPHER_CCMP_256, CIPHER_CCMP_256, CIPHER_BIP_CMAC_256}, 1, true, false},
};

static void connects_with_every_cipher(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		world_make(&w);
		w.ap[0].suite = links[i].suite;
		w.ap[0].mfpr = links[i].mfpr;
		w.ap[0].wmm = links[i].wmm;
		w.nets[0].pmf = links[i].pmf;
		w.nets[0].pairwise = w.nets[0].group = UINT32_MAX;
		world_up(&w);
		assert_true(talks(&w, &w.ap[0]));
		assert_int_equal(view_of(&w).mfp, links[i].pmf && links[i].suite.management < CIPHERS);
		assert_int_equal(view_of(&w).qos, links[i].wmm);
		scripted_rekey(&w, &w.ap[0]);
		world_run(&w, 50 * MS_);
		assert_int_equal(w.count[NOTE_REKEYED], 1);
		assert_true(talks(&w, &w.ap[0]));
		scripted_group_rekey(&w, &w.ap[0]);
		world_run(&w, 50 * MS_);
		assert_int_equal(w.count[NOTE_GROUP_REKEYED], 1);
		assert_true(talks(&w, &w.ap[0]));
		world_free(&w);
	}
}

static void open_network(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].open = true;
	w.nets[0].open = true;
	world_up(&w);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

static void an_open_network_of_that_name_is_not_a_protected_one(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].open = true;
	world_start(&w);
	assert_false(world_connect(&w, 5 * S_));
	assert_string_equal(last_note(&w, NOTE_NOT_FOUND)->about, "home: proto or key_mgmt differ");
	w.nets[0].open = true;
	w.ap[0].open = false;
	assert_false(world_connect(&w, 30 * S_));
	w.ap[0].open = true;
	world_free(&w);
}

static void passive_scan_sends_no_probe(void **state)
{
	(void)state;
	world_make(&w);
	w.setup.passive = true;
	world_up(&w);
	assert_int_equal(w.ap[0].probes, 0);
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* Twelve times 100 TU between two beacons: longer than the first look lasts. */
static void passive_scan_finds_rare_beacons(void **state)
{
	(void)state;
	world_make(&w);
	w.setup.passive = true;
	w.ap[0].interval = 1200;
	world_start(&w);
	assert_true(world_connect(&w, 60 * S_));
	world_free(&w);
}

static void a_hidden_network_is_asked_by_name(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].hidden = true;
	world_start(&w);
	assert_false(world_connect(&w, 10 * S_));
	assert_string_equal(last_note(&w, NOTE_NOT_FOUND)->about, "1 heard, as a hidden one");
	w.nets[0].scan_ssid = true;
	assert_true(world_connect(&w, 60 * S_));
	world_run(&w, 60 * S_);
	assert_int_equal(w.count[NOTE_CONNECTED], 1);
	assert_int_equal(w.count[NOTE_DISCONNECTED], 0);
	world_free(&w);
}

static void an_absent_network_is_looked_for_until_it_comes(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].on = false;
	world_start(&w);
	assert_false(world_connect(&w, 3600 * S_));
	assert_string_equal(last_note(&w, NOTE_NOT_FOUND)->about, "nothing was heard");
	assert_in_range(w.count[NOTE_NOT_FOUND], 120, 300);
	w.ap[0].on = true;
	w.ap[0].beacon_at = w.now;
	assert_true(world_connect(&w, 40 * S_));
	world_free(&w);
}

static void priority_then_signal(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[1].on = true;
	strcpy(w.ap[1].ssid, "work");
	w.ap[1].signal = -80;
	w.nets[1] = w.nets[0];
	memcpy(w.nets[1].ssid, "work", 4);
	w.nets[1].priority = 1;
	w.setup.network_count = 2;
	world_up(&w);
	assert_int_equal(view_of(&w).network, 1);
	world_free(&w);

	world_make(&w);
	w.ap[1].on = true;
	w.ap[1].signal = -30;
	w.ap[1].freq = 2412;
	world_up(&w);
	assert_memory_equal(view_of(&w).bssid, w.ap[1].bssid, 6);
	world_free(&w);
}

/* Who is very near is joined without a look at the other 37 channels; not so where another network comes first. */
static void one_that_is_near_ends_the_scan(void **state)
{
	uint64_t began;

	(void)state;
	for (int i = 0; i < 3; i++) {
		world_make(&w);
		for (unsigned channel = 3; channel < 40; channel++)
			w.setup.freqs[channel] = (uint16_t)(5000 + 5 * channel);
		w.setup.freqs[2] = 2462;
		w.ap[0].signal = i == 1 ? -70 : -40;
		w.nets[1] = w.nets[0];
		memcpy(w.nets[1].ssid, "best", 4);
		w.nets[1].priority = i == 2;
		w.setup.network_count = 2;
		began = w.now;
		world_up(&w);
		if (i)
			assert_true(w.now - began > 1500 * MS_);
		else
			assert_true(w.now - began < 200 * MS_);
		world_free(&w);
	}
}

static void pinned_disabled_and_channels_are_heeded(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[1].on = true;
	w.ap[1].signal = -30;
	w.ap[1].freq = 2412;
	w.nets[0].any_bssid = false;
	mac_copy(w.nets[0].bssid, w.ap[0].bssid);
	world_up(&w);
	assert_memory_equal(view_of(&w).bssid, w.ap[0].bssid, 6);
	world_free(&w);

	world_make(&w);
	w.nets[0].freqs[0] = 2412;
	world_start(&w);
	assert_false(world_connect(&w, 10 * S_));
	assert_string_equal(last_note(&w, NOTE_NOT_FOUND)->about, "home: on a channel not listed");
	world_free(&w);

	world_make(&w);
	w.nets[0].disabled = true;
	world_start(&w);
	assert_false(world_connect(&w, 10 * S_));
	world_free(&w);
}

static void refusals_name_their_status(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].assoc_status = STATUS_AP_FULL;
	world_start(&w);
	assert_false(world_connect(&w, 20 * S_));
	assert_int_equal(last_note(&w, NOTE_REJECTED)->code, STATUS_AP_FULL);
	assert_in_range(w.ap[0].assocs, 3, 10);
	w.ap[0].assoc_status = 0;
	w.ap[0].auth_status = STATUS_AUTH_ALGORITHM;
	assert_false(world_connect(&w, 80 * S_));
	assert_int_equal(last_note(&w, NOTE_REJECTED)->code, STATUS_AUTH_ALGORITHM);
	w.ap[0].auth_status = 0;
	assert_true(world_connect(&w, 80 * S_));
	world_free(&w);
}

static void one_that_is_full_gives_way_to_another(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].assoc_status = STATUS_AP_FULL;
	w.ap[1].on = true;
	w.ap[1].signal = -70;
	world_start(&w);
	assert_true(world_connect(&w, 2 * S_));
	assert_memory_equal(view_of(&w).bssid, w.ap[1].bssid, 6);
	world_free(&w);
}

static void comes_back_when_told_to(void **state)
{
	uint64_t asked;

	(void)state;
	world_make(&w);
	w.ap[0].assoc_status = STATUS_REFUSED_TEMPORARILY;
	w.ap[0].comeback_tu = 1000;
	world_start(&w);
	while (!w.ap[0].assocs)
		world_run(&w, 5 * MS_);
	asked = w.now;
	w.ap[0].assoc_status = 0;
	assert_true(world_connect(&w, 2 * S_));
	assert_true(w.now - asked > 1000 * TU_ && w.now - asked < 1100 * TU_);
	assert_int_equal(w.ap[0].auths, 1);
	assert_int_equal(last_note(&w, NOTE_REJECTED)->code, STATUS_REFUSED_TEMPORARILY);
	world_free(&w);
}

static void silence_is_said_and_tried_again(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].no_message_1 = true;
	world_start(&w);
	assert_false(world_connect(&w, 15 * S_));
	assert_int_equal(w.count[NOTE_SILENT], 1);
	w.ap[0].no_message_1 = false;
	assert_true(world_connect(&w, 15 * S_));
	world_free(&w);

	world_make(&w);
	world_start(&w);
	world_run(&w, 30 * MS_);
	w.ap[0].deaf = true; /* beacons only */
	assert_false(world_connect(&w, 5 * S_));
	w.ap[0].deaf = false;
	assert_true(world_connect(&w, 15 * S_));
	world_free(&w);
}

static void a_wrong_passphrase_is_said_and_tried_more_and_more_rarely(void **state)
{
	unsigned first, later;

	(void)state;
	world_make(&w);
	w.ap[0].pmk[0] ^= 1;
	world_start(&w);
	assert_false(world_connect(&w, 200 * S_));
	assert_string_equal(last_note(&w, NOTE_WRONG_PASSPHRASE)->about, "home");
	first = w.count[NOTE_WRONG_PASSPHRASE];
	assert_in_range(first, 3, 6);
	assert_int_equal(w.ap[0].finding, RSN_WRONG_PASSPHRASE);
	assert_false(world_connect(&w, 3600 * S_));
	later = w.count[NOTE_WRONG_PASSPHRASE] - first;
	assert_in_range(later, 5, 12);
	/* For ever: the other end may be mended. */
	w.ap[0].pmk[0] ^= 1;
	assert_true(world_connect(&w, 800 * S_));
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* A wrong passphrase rests; the other network does not wait for it. */
static void the_next_network_is_taken_meanwhile(void **state)
{
	(void)state;
	world_make(&w);
	w.ap[0].pmk[0] ^= 1;
	w.ap[1].on = true;
	strcpy(w.ap[1].ssid, "work");
	w.nets[1] = w.nets[0];
	memcpy(w.nets[1].ssid, "work", 4);
	w.nets[0].priority = 5;
	w.setup.network_count = 2;
	world_start(&w);
	assert_true(world_connect(&w, 20 * S_));
	assert_int_equal(view_of(&w).network, 1);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connects_and_talks),
		cmocka_unit_test(connects_with_every_cipher),
		cmocka_unit_test(open_network),
		cmocka_unit_test(an_open_network_of_that_name_is_not_a_protected_one),
		cmocka_unit_test(passive_scan_sends_no_probe),
		cmocka_unit_test(passive_scan_finds_rare_beacons),
		cmocka_unit_test(a_hidden_network_is_asked_by_name),
		cmocka_unit_test(an_absent_network_is_looked_for_until_it_comes),
		cmocka_unit_test(priority_then_signal),
		cmocka_unit_test(one_that_is_near_ends_the_scan),
		cmocka_unit_test(pinned_disabled_and_channels_are_heeded),
		cmocka_unit_test(refusals_name_their_status),
		cmocka_unit_test(one_that_is_full_gives_way_to_another),
		cmocka_unit_test(comes_back_when_told_to),
		cmocka_unit_test(silence_is_said_and_tried_again),
		cmocka_unit_test(a_wrong_passphrase_is_said_and_tried_more_and_more_rarely),
		cmocka_unit_test(the_next_network_is_taken_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

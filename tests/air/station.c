/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station (src/mlme) in all that it does, for programs that judge it: 802.11 frames, one a line, in hexadecimal.
 *
 *	station SUITE SSID PASSPHRASE
 *
 * It looks for a hidden network too, connects, talks, gets new keys, moves to another access point, answers an SA Query,
 * dozes, is sent away, comes back, leaves.
 */
#include "../unit/scripted.h"
#include "hex.h"

static const struct {
	const char *name;
	struct rsn_suite suite;
} rows[] = {
	{"wpa-tkip", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS}},
	{"wpa2-ccmp", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHERS}},
	{"wpa2-gcmp", {false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHERS}},
	{"sha256-ccmp", {false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128}},
	{"sha256-gcmp-256", {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256}},
};

static struct world w;

static void make(const struct rsn_suite *suite, const char *ssid, const char *passphrase)
{
	world_make(&w);
	w.seen = print_frame;
	w.setup.power_save = true;
	w.setup.listen_interval = 3;
	w.setup.network_count = 2;
	for (int i = 0; i < APS; i++) {
		w.ap[i].suite = *suite;
		snprintf(w.ap[i].ssid, sizeof w.ap[i].ssid, "%s", ssid);
		kdf_pmk(w.c, passphrase, strlen(passphrase), (const uint8_t *)ssid, strlen(ssid), w.ap[i].pmk);
	}
	w.ap[1].freq = 2412;
	w.nets[0].ssid_len = strlen(ssid);
	memcpy(w.nets[0].ssid, ssid, strlen(ssid));
	memcpy(w.nets[0].pmk, w.ap[0].pmk, PMK_LEN);
	w.nets[0].pairwise = w.nets[0].group = UINT32_MAX;
	w.nets[0].pmf = suite->management < CIPHERS ? 2 : 0;
	w.nets[1] = w.nets[0];
	w.nets[1].scan_ssid = true;
	memcpy(w.nets[1].ssid, "hidden", w.nets[1].ssid_len = 6);
}

static void ask(void)
{
	static const struct tx_how how = {0};
	static const uint8_t body[4] = {8, SA_QUERY_REQUEST, 1, 2};
	struct frame *f = mgmt_new(MGMT_ACTION, sta_addr, w.ap[1].bssid, w.ap[1].bssid);

	mgmt_put(f, body, 4);
	tx_management(&w.ap[1].tx, &w.ap[1].peer, f, NULL, &how);
	scripted_flush(&w, &w.ap[1]);
	world_run(&w, 50 * MS_);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 4 && i < COUNT(rows); i++)
		if (!strcmp(rows[i].name, argv[1]))
			make(&rows[i].suite, argv[2], argv[3]);
	if (!w.c)
		return 2;
	world_up(&w);
	assert_true(talks(&w, &w.ap[0]));
	scripted_rekey(&w, &w.ap[0]);
	world_run(&w, 50 * MS_);
	scripted_group_rekey(&w, &w.ap[0]);
	world_run(&w, 50 * MS_);
	assert_true(talks(&w, &w.ap[0]));
	world_run(&w, 10 * S_);
	w.ap[1].on = true;
	w.ap[1].beacon_at = w.now;
	w.ap[0].signal = -80;
	world_run(&w, 15 * S_);
	assert_true(talks(&w, &w.ap[1]));
	if (w.ap[1].peer.mfp)
		ask();
	world_run(&w, 10 * S_);
	assert_true(talks(&w, &w.ap[1]));
	scripted_bye(&w, &w.ap[1], MGMT_DEAUTH, sta_addr, REASON_INACTIVE, false);
	world_run(&w, 50 * MS_);
	world_connect(&w, S_);
	assert_true(talks(&w, &w.ap[1]));
	sta_stop(w.s, w.now, &w.out);
	world_carry_out(&w);
	world_free(&w);
	return 0;
}

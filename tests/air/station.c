/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station of src/mlme, for verification by other programs. Prints the 802.11 frames as lines of hexadecimal digits.
 *
 *	station SUITE SSID PASSPHRASE
 *
 * The station probes for a hidden network too, connects, exchanges data, rekeys, roams to another access point, answers
 * an SA Query, dozes, is deauthenticated, reconnects and leaves.
 */
#include "../unit/fake_ap.h"
#include "hex.h"

static const struct {
	const char *name;
	struct rsn_suite suite;
} suite_rows[] = {
	{"wpa-tkip", {true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0}},
	{"wpa2-ccmp", {false, AKM_PSK, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_NONE, 0}},
	{"wpa2-gcmp", {false, AKM_PSK, CIPHER_GCMP_128, CIPHER_GCMP_128, CIPHER_NONE, 0}},
	{"sha256-ccmp", {false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0}},
	{"sha256-gcmp-256", {false, AKM_PSK_SHA256, CIPHER_GCMP_256, CIPHER_GCMP_256, CIPHER_BIP_GMAC_256, 0}},
};

static struct world world;

static void start_station(const struct rsn_suite *suite, const char *ssid, const char *passphrase)
{
	world_init(&world);
	world.observe = print_frame;
	world.setup.power_save = true;
	world.setup.listen_interval = 3;
	world.setup.network_count = 2;
	for (int i = 0; i < APS; i++) {
		world.ap[i].suite = *suite;
		snprintf(world.ap[i].ssid, sizeof(world.ap[i].ssid), "%s", ssid);
		kdf_pmk(world.crypto, passphrase, strlen(passphrase), (const uint8_t *)ssid, strlen(ssid),
			world.ap[i].pmk);
	}
	world.ap[1].freq = 2412;
	world.nets[0].ssid_len = strlen(ssid);
	memcpy(world.nets[0].ssid, ssid, strlen(ssid));
	memcpy(world.nets[0].pmk, world.ap[0].pmk, PMK_LEN);
	world.nets[0].pairwise = world.nets[0].group = UINT32_MAX;
	world.nets[0].pmf = suite->group_management != CIPHER_NONE ? 2 : 0;
	world.nets[1] = world.nets[0];
	world.nets[1].scan_ssid = true;
	memcpy(world.nets[1].ssid, "hidden", world.nets[1].ssid_len = 6);
}

static void run_sa_query(void)
{
	static const struct tx_options options = {0};
	static const uint8_t body[4] = {8, SA_QUERY_REQUEST, 1, 2};
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta_addr, world.ap[1].bssid, world.ap[1].bssid);

	write_bytes(&writer, body, sizeof(body));
	tx_management(&world.ap[1].tx, &world.ap[1].peer, frame_writer_end(&writer), NULL, &options);
	fake_ap_flush(&world, &world.ap[1]);
	world_run(&world, 50 * MS_);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 4 && i < COUNT(suite_rows); i++)
		if (!strcmp(suite_rows[i].name, argv[1]))
			start_station(&suite_rows[i].suite, argv[2], argv[3]);
	if (!world.crypto)
		return 2;
	world_start_connected(&world);
	assert_true(world_ping(&world, &world.ap[0]));
	fake_ap_rekey(&world, &world.ap[0]);
	world_run(&world, 50 * MS_);
	fake_ap_group_rekey(&world, &world.ap[0]);
	world_run(&world, 50 * MS_);
	assert_true(world_ping(&world, &world.ap[0]));
	world_run(&world, 10 * S_);
	world.ap[1].on_air = true;
	world.ap[1].next_beacon_ns = world.now;
	world.ap[0].signal = -80;
	world_run(&world, 15 * S_);
	assert_true(world_ping(&world, &world.ap[1]));
	if (world.ap[1].peer.mfp)
		run_sa_query();
	world_run(&world, 10 * S_);
	assert_true(world_ping(&world, &world.ap[1]));
	fake_ap_send_reason(&world, &world.ap[1], MGMT_DEAUTH, sta_addr, REASON_INACTIVE, false);
	world_run(&world, 50 * MS_);
	world_connect(&world, S_);
	assert_true(world_ping(&world, &world.ap[1]));
	soft_sta_stop(world.s, world.now, &world.out);
	world_apply_actions(&world);
	world_free(&world);
	return 0;
}

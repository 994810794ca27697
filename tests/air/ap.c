/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point and its scripted stations (tests/unit/ap_world.h), for verification by other programs. Prints the
 * 802.11 frames as lines of hexadecimal digits.
 *
 *	ap KIND SSID PASSPHRASE      KIND: open, wpa, wpa2, mixed, pmf, 5ghz, or rates (WPA2, with OFDM alone on 2.4 GHz); the SSID has four bytes
 *
 * The session has beacons, probes, association, 4-way handshake, data in both directions and to the group, buffered
 * frames of a dozing station, a rekey of the PTK and of the GTK, a refused association, an SA Query under PMF, presence
 * checks, and the deauthentication at the end.
 */
#include "../unit/ap_world.h"

#include <string.h>

static const char test_data[] = "from the host of the wire, a test frame";

static bool configure(struct world *world, struct fake_sta *sta, const char *kind)
{
	struct ap_bss_setup *bss_setup = &world->setup.bss[0];
	struct rsn_suite *suite = &sta->suite;

	if (strcmp(kind, "open") == 0) {
		bss_setup->rsn = false;
		sta->open = true;
	} else if (strcmp(kind, "wpa") == 0) {
		bss_setup->rsn = false;
		bss_setup->wpa = true;
		bss_setup->wpa_pairwise = 1u << CIPHER_TKIP;
		bss_setup->group = CIPHER_TKIP;
		*suite = (struct rsn_suite){true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHER_NONE, 0};
	} else if (strcmp(kind, "mixed") == 0) {
		bss_setup->wpa = true;
		bss_setup->wpa_pairwise = 1u << CIPHER_TKIP;
		bss_setup->group = CIPHER_TKIP;
		suite->group = CIPHER_TKIP;
	} else if (strcmp(kind, "pmf") == 0) {
		bss_setup->pmf = 2;
		bss_setup->akms = 1u << AKM_PSK_SHA256;
		bss_setup->group_mgmt = CIPHER_BIP_CMAC_128;
		*suite = (struct rsn_suite){false,           AKM_PSK_SHA256,      CIPHER_CCMP_128,
					    CIPHER_CCMP_128, CIPHER_BIP_CMAC_128, 0};
		sta->mfp = sta->answers_queries = true;
	} else if (strcmp(kind, "rates") == 0) { /* 6, 12, 24 and 54 Mbit/s; 6 and 12 are basic */
		world->setup.rates = (struct rate_choice){true, true, 0x0950, 0x0050};
	} else if (strcmp(kind, "5ghz") == 0) {
		world->setup.freq_mhz = 5180;
		world->setup.dsss_rates = false;
	} else {
		return strcmp(kind, "wpa2") == 0;
	}
	return true;
}

static void run_session(struct world *world, struct fake_sta *sta)
{
	struct fake_sta *other = fake_sta_new(world);
	struct frame *frame;

	*other = (struct fake_sta){.world = world,
				   .suite = sta->suite,
				   .open = sta->open,
				   .mfp = sta->mfp,
				   .qos = true,
				   .addr = {2, 0, 0, 0, 0, 2}};
	memcpy(other->bssid, sta->bssid, 6);
	memcpy(other->pmk, sta->pmk, PMK_LEN);
	world_advance(world, 4 * 102400000);
	fake_sta_join(sta);
	fake_sta_join(other);
	fake_sta_send(sta, wire_host, "up");
	world_send(world, sta->addr, test_data);
	world_send(world, broadcast, test_data);
	fake_sta_send_null(other, true);
	world_send(world, other->addr, "buffered frame");
	world_send(world, broadcast, "buffered group frame");
	world_advance(world, 3 * 102400000);
	fake_sta_send_ps_poll(other, fake_sta_aid(other));
	fake_sta_send_null(other, false);
	soft_ap_poll(world->ap, 0, sta->addr, world->now, &world->out);
	world_apply_actions(world);
	if (!sta->open)
		soft_ap_rekey_group(world->ap, 0, world->now, &world->out);
	world_apply_actions(world);
	world_advance(world, 61 * SECOND);
	world_send(world, sta->addr, test_data);
	world_send(world, broadcast, test_data);
	fake_sta_auth(sta);
	if (sta->mfp) {
		frame = fake_sta_assoc_frame(sta, MGMT_ASSOC_REQUEST, SSID);
		fake_sta_send_management(sta, frame, false);
	}
	fake_sta_assoc_as(other, MGMT_REASSOC_REQUEST, "nope");
	soft_ap_stop(world->ap, world->now, &world->out);
	world_apply_actions(world);
}

int main(int argc, char **argv)
{
	struct world *world = world_new();
	struct fake_sta *sta;

	if (argc != 4 || strlen(argv[2]) != 4)
		return 2;
	memcpy(world->setup.bss[0].ssid, argv[2], 4);
	if (kdf_pmk(world->crypto, argv[3], strlen(argv[3]), (const uint8_t *)argv[2], 4, world->psks[0].pmk))
		return 2;
	world->setup.country[0] = 'D';
	world->setup.country[1] = 'E';
	world->setup.environment = AP_OUTDOORS;
	world->setup.bss[0].ptk_rekey_s = 60;
	world->print = true;
	sta = fake_sta_new(world);
	if (!configure(world, sta, argv[1]))
		return 2;
	world_start(world);
	run_session(world, sta);
	world_free(world);
	return 0;
}

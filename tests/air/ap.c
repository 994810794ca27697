/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point and its scripted stations (tests/unit/ap_world.h), for programs that judge what goes over the air:
 * 802.11 frames, one a line, in hexadecimal.
 *
 *	ap KIND SSID PASSPHRASE      KIND: open, wpa, wpa2, mixed, pmf, or 5ghz; the SSID has four bytes
 *
 * Beacons, probes, an association, a handshake, data both ways and to all, a dozing station with what waits for it, new
 * keys of both kinds, a refusal, SA Query where there is PMF, polls, and the end.
 */
#include "../unit/ap_world.h"

#include <string.h>

static const uint8_t snap_test[] = "from the host of the wire, a test frame";

static bool configure(struct world *w, struct fake *s, const char *kind)
{
	struct ap_bss_setup *b = &w->setup.bss[0];
	struct rsn_suite *suite = &s->suite;

	if (strcmp(kind, "open") == 0) {
		b->rsn = false;
		s->open = true;
	} else if (strcmp(kind, "wpa") == 0) {
		b->rsn = false;
		b->wpa = true;
		b->wpa_pairwise = 1u << CIPHER_TKIP;
		b->group = CIPHER_TKIP;
		*suite = (struct rsn_suite){true, AKM_PSK, CIPHER_TKIP, CIPHER_TKIP, CIPHERS};
	} else if (strcmp(kind, "mixed") == 0) {
		b->wpa = true;
		b->wpa_pairwise = 1u << CIPHER_TKIP;
		b->group = CIPHER_TKIP;
		suite->group = CIPHER_TKIP;
	} else if (strcmp(kind, "pmf") == 0) {
		b->pmf = 2;
		b->akms = 1u << AKM_PSK_SHA256;
		b->group_mgmt = CIPHER_BIP_CMAC_128;
		*suite = (struct rsn_suite){false, AKM_PSK_SHA256, CIPHER_CCMP_128, CIPHER_CCMP_128,
					    CIPHER_BIP_CMAC_128};
		s->mfp = s->answers_queries = true;
	} else if (strcmp(kind, "5ghz") == 0) {
		w->setup.freq_mhz = 5180;
		w->setup.b_rates = false;
	} else {
		return strcmp(kind, "wpa2") == 0;
	}
	return true;
}

static void play(struct world *w, struct fake *s)
{
	struct fake *other = fake_new(w);
	struct frame *f;

	*other = (struct fake){
		.w = w, .suite = s->suite, .open = s->open, .mfp = s->mfp, .qos = true, .addr = {2, 0, 0, 0, 0, 2}};
	memcpy(other->bssid, s->bssid, 6);
	memcpy(other->pmk, s->pmk, PMK_LEN);
	world_pass(w, 4 * 102400000);
	fake_join(s);
	fake_join(other);
	fake_send(s, wire_host, "up");
	world_send(w, s->addr, (const char *)snap_test);
	world_send(w, everybody, (const char *)snap_test);
	fake_null(other, true);
	world_send(w, other->addr, "for who dozes");
	world_send(w, everybody, "to all of them");
	world_pass(w, 3 * 102400000);
	fake_ps_poll(other, fake_aid(other));
	fake_null(other, false);
	ap_poll(w->ap, 0, s->addr, w->now, &w->out);
	world_obey(w);
	if (!s->open)
		ap_rekey_group(w->ap, 0, w->now, &w->out);
	world_obey(w);
	world_pass(w, 61 * SECOND);
	world_send(w, s->addr, (const char *)snap_test);
	world_send(w, everybody, (const char *)snap_test);
	fake_auth(s);
	if (s->mfp) {
		f = fake_assoc_frame(s, MGMT_ASSOC_REQUEST, SSID);
		fake_management(s, f, false);
	}
	fake_assoc_as(other, MGMT_REASSOC_REQUEST, "nope");
	ap_stop(w->ap, w->now, &w->out);
	world_obey(w);
}

int main(int argc, char **argv)
{
	struct world *w = world_new();
	struct fake *s;

	if (argc != 4 || strlen(argv[2]) != 4)
		return 2;
	memcpy(w->setup.bss[0].ssid, argv[2], 4);
	if (kdf_pmk(w->c, argv[3], strlen(argv[3]), (const uint8_t *)argv[2], 4, w->psks[0].pmk))
		return 2;
	w->setup.country[0] = 'D';
	w->setup.country[1] = 'E';
	w->setup.bss[0].ptk_rekey_s = 60;
	w->print = true;
	s = fake_new(w);
	if (!configure(w, s, argv[1]))
		return 2;
	world_start(w);
	play(w, s);
	world_end(w);
	return 0;
}

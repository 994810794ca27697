/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point, time, and the wire. */
#include "ap_world.h"

void world_print(const struct world *w, const struct frame *f)
{
	for (size_t i = 0; w->print && i < f->len; i++)
		printf("%02x%s", f->data[i], i + 1 == f->len ? "\n" : "");
}

void world_obey(struct world *w)
{
	struct actions now = w->out;

	w->out = (struct actions){0};
	for (size_t i = 0; i < now.count; i++) {
		struct action *x = &now.list[i];

		if (x->kind == ACTION_NOTE) {
			struct seen_note *n = &w->notes[w->note_count++ % LOG_MAX];

			*n = (struct seen_note){.note = x->note, .code = x->code};
			memcpy(n->addr, x->addr, 6);
			memcpy(n->about, x->about, sizeof n->about);
		} else if (x->kind == ACTION_DELIVER) {
			w->announced += be16(x->frame->data + 12) < 0x600;
			w->eapol_on_wire += be16(x->frame->data + 12) == 0x888e;
			if (be16(x->frame->data + 12) >= 0x600) {
				frame_free(w->wire[w->wire_count % LOG_MAX]);
				w->wire[w->wire_count++ % LOG_MAX] = x->frame;
				x->frame = NULL;
			}
		} else if (x->kind == ACTION_TRANSMIT) {
			const uint8_t *to = x->frame->data + DOT11_ADDR1;
			bool acked = false;
			struct frame *f = x->frame;

			assert_int_equal(x->freq, w->setup.freq_mhz);
			world_print(w, f);
			x->frame = NULL;
			frame_free(w->air[w->sent % LOG_MAX]);
			w->air[w->sent++ % LOG_MAX] = f;
			f = frame_from(f->data, f->len, 0, 0);
			w->beacons += (le16(f->data) & 0xfc) == MGMT_BEACON;
			for (unsigned k = 0; k < w->fakes; k++) {
				bool mine = mac_equal(to, w->fake[k].addr);

				acked |= mine && !w->fake[k].deaf && !w->fake[k].unheard;
				if ((mine || mac_is_group(to)) && !w->fake[k].deaf)
					fake_hear(&w->fake[k], f);
			}
			frame_free(f);
			w->cookie = x->cookie;
			if (x->cookie && !w->quiet) {
				ap_status(w->ap, x->cookie, acked, w->now, &w->out);
				world_obey(w);
			}
		}
	}
	actions_free(&now);
	if (w->out.count)
		world_obey(w);
}

void world_pass(struct world *w, uint64_t ns)
{
	uint64_t until = w->now + ns;

	for (uint64_t wake; (wake = ap_wake(w->ap)) <= until;) {
		w->now = wake > w->now ? wake : w->now;
		ap_tick(w->ap, w->now, &w->out);
		world_obey(w);
	}
	w->now = until;
}

const struct seen_note *world_note(const struct world *w, enum note n)
{
	for (unsigned i = w->note_count; i--;)
		if (w->notes[i].note == n)
			return &w->notes[i];
	return NULL;
}

unsigned world_notes(const struct world *w, enum note n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < w->note_count; i++)
		count += w->notes[i].note == n;
	return count;
}

struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof *w);
	struct ap_bss_setup *b = &w->setup.bss[0];

	w->c = crypto_new();
	assert_non_null(w->c);
	w->now = 5 * SECOND;
	w->setup.freq_mhz = 2437;
	w->setup.b_rates = true;
	w->setup.beacon_tu = 100;
	w->setup.dtim_period = 3;
	w->setup.bss_count = 1;
	memcpy(b->bssid, bssid_0, 6);
	memcpy(b->ssid, SSID, 4);
	b->ssid_len = 4;
	b->rsn = true;
	b->akms = 1u << AKM_PSK;
	b->rsn_pairwise = 1u << CIPHER_CCMP_128;
	b->group = CIPHER_CCMP_128;
	b->wep = CIPHERS;
	b->psks = w->psks;
	b->psk_count = 1;
	b->wmm = true;
	b->max_inactivity_s = 300;
	for (int i = 0; i < 3; i++)
		memset(w->psks[i].pmk, 0x11 * (i + 1), PMK_LEN);
	return w;
}

void world_start(struct world *w)
{
	static const uint8_t seed[RANDOM_SEED] = {7};

	w->ap = ap_new(w->c, &w->setup, seed);
	assert_non_null(w->ap);
	ap_start(w->ap, w->now, &w->out);
	world_obey(w);
}

void world_end(struct world *w)
{
	ap_free(w->ap);
	for (unsigned i = 0; i < w->fakes; i++) {
		peer_wipe(&w->fake[i].peer);
		group_keys_wipe(&w->fake[i].group);
	}
	for (unsigned i = 0; i < LOG_MAX; i++) {
		frame_free(w->air[i]);
		frame_free(w->wire[i]);
	}
	actions_free(&w->out);
	crypto_free(w->c);
	free(w);
}

struct frame *ethernet(const uint8_t *to, const uint8_t *from, uint16_t type, const char *text)
{
	struct frame *f = frame_new(0, 14 + strlen(text), 0);
	uint8_t *p = frame_own(f);

	memcpy(p, to, 6);
	memcpy(p + 6, from, 6);
	put_be16(p + 12, type);
	memcpy(p + 14, text, strlen(text));
	return f;
}

void world_send(struct world *w, const uint8_t *to, const char *text)
{
	struct frame *f = ethernet(to, wire_host, ETHER_TEST, text);

	ap_send(w->ap, 0, &f, 1, w->now, &w->out);
	world_obey(w);
}

bool world_wired(const struct world *w, const char *text)
{
	const struct frame *f = w->wire_count ? w->wire[w->wire_count - 1] : NULL;

	return f && f->len == 14 + strlen(text) && memcmp(f->data + 14, text, strlen(text)) == 0;
}

uint64_t world_drops(const struct world *w, enum drop d)
{
	return ap_drops(w->ap)[d];
}

bool world_station(const struct world *w, const struct fake *s, struct ap_station *v)
{
	return ap_station_of(w->ap, 0, s->addr, v);
}

bool world_has(const struct world *w, const struct fake *s)
{
	struct ap_station v;

	return world_station(w, s, &v);
}

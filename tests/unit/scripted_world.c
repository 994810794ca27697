/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The station, time, and the air between them. */
#include "scripted.h"

/* What the station sends. */
static void world_look(struct world *w, const struct frame *f)
{
	uint16_t fc = le16(f->data);
	size_t hdr = dot11_hdr_len(fc);

	if (!dot11_is_data(fc) || (fc & FC_NULL))
		return;
	if (fc & FC_PROTECTED)
		w->pn = mpdu_pn(f->data + hdr);
	else if (f->len >= hdr + 8 && be16(f->data + hdr + 6) == ETHERTYPE_EAPOL)
		w->eapols++;
	else
		w->clear_data++;
}

static void world_transmit(struct world *w, struct action *a)
{
	const uint8_t *to = a->frame->data + DOT11_ADDR1;
	bool acked = false;

	world_look(w, a->frame);
	if (w->seen)
		w->seen(a->frame);
	w->doze_until = 0;
	assert_int_equal(a->freq, w->tuned);
	for (int i = 0; i < APS; i++) {
		struct scripted *ap = &w->ap[i];
		bool mine = mac_equal(to, ap->bssid);

		if (!ap->on || ap->freq != w->tuned || !(mine || mac_is_group(to)) || ap->deaf)
			continue;
		acked |= mine;
		if (!ap->mute)
			fly(w, (struct flying_frame){
				       .at = w->now + MS_, .kind = TO_AP, .ap = ap, .frame = frame_clone(a->frame)});
	}
	if (a->cookie)
		fly(w,
		    (struct flying_frame){
			    .at = w->now + MS_, .kind = FATE, .cookie = a->cookie, .acked = acked || mac_is_group(to)});
}

void world_carry_out(struct world *w)
{
	struct actions list = w->out;

	w->out = (struct actions){0};
	for (size_t i = 0; i < list.count; i++) {
		struct action *a = &list.list[i];
		struct noted *n = &w->notes[w->noted % NOTED];

		switch (a->kind) {
		case ACTION_TRANSMIT:
			world_transmit(w, a);
			break;
		case ACTION_DELIVER:
			w->delivered++;
			w->last_len = a->frame->len;
			memcpy(w->last, a->frame->data, a->frame->len);
			break;
		case ACTION_TUNE:
			w->away += a->freq != w->tuned;
			w->tuned = a->freq;
			break;
		case ACTION_DOZE:
			assert_true(a->until_ns > w->now);
			w->doze_until = a->until_ns;
			w->dozed_ns += a->until_ns - w->now;
			w->dozed++;
			break;
		case ACTION_NOTE:
			*n = (struct noted){a->note, a->code, w->now, ""};
			memcpy(n->about, a->about, sizeof n->about);
			w->noted++;
			w->count[a->note]++;
			break;
		case ACTION_DROP:
			w->drops[a->drop]++;
			break;
		}
	}
	actions_free(&list);
}

static void world_arrive(struct world *w, struct flying_frame *f)
{
	if (f->kind == TO_AP) {
		if (f->ap->on)
			scripted_receive(w, f->ap, f->frame);
		else
			frame_free(f->frame);
	} else if (f->kind == FATE) {
		sta_status(w->s, f->cookie, f->acked, w->now, &w->out);
	} else if (f->freq == w->tuned && w->doze_until <= w->now) {
		f->frame->meta.freq_mhz = f->freq;
		f->frame->meta.signal_dbm = f->signal;
		sta_receive(w->s, &f->frame, 1, w->now, &w->out);
	} else {
		frame_free(f->frame);
	}
	world_carry_out(w);
}

static uint64_t world_next(const struct world *w, int *what)
{
	uint64_t next = sta_wake(w->s);

	*what = -1;
	for (int i = 0; i < APS; i++) {
		const struct scripted *a = &w->ap[i];

		if (a->on && a->beacon_at < next)
			next = a->beacon_at, *what = i;
		if (a->on && a->associated && a->auth_wake < next)
			next = a->auth_wake, *what = APS + i;
	}
	for (size_t i = 0; i < w->flying; i++)
		if (w->flight[i].at < next)
			next = w->flight[i].at, *what = 2 * APS + (int)i;
	return next;
}

static void world_step(struct world *w, int what)
{
	struct rsn_out o;

	if (what < 0) {
		sta_tick(w->s, w->now, &w->out);
		world_carry_out(w);
	} else if (what < APS) {
		struct scripted *a = &w->ap[what];

		a->beacon_at += a->interval * TU_ + (uint64_t)a->drift_ns;
		a->clock_from += (uint64_t)a->drift_ns;
		a->dtim_count = a->dtim_count ? a->dtim_count - 1 : a->dtim - 1;
		if (a->csa_on && !a->csa[2]) {
			a->csa_on = false;
			a->freq = a->csa_false ? a->freq : channel_freq(a->csa[1]);
		}
		if (!a->no_beacons)
			air(w, a, beacon_of(w, a, MGMT_BEACON, everybody));
		a->csa[2] -= a->csa_on;
	} else if (what < 2 * APS) {
		struct scripted *a = &w->ap[what - APS];

		authenticator_timeout(&a->auth, w->now, &o);
		scripted_take(w, a, &o);
	} else {
		struct flying_frame f = w->flight[what - 2 * APS];

		memmove(w->flight + what - 2 * APS, w->flight + what - 2 * APS + 1,
			(--w->flying - (size_t)(what - 2 * APS)) * sizeof f);
		world_arrive(w, &f);
	}
}

void world_run(struct world *w, uint64_t ns)
{
	uint64_t end = w->now + ns, next;
	unsigned steps = 0;
	int what;

	while ((next = world_next(w, &what)) <= end) {
		assert_true(++steps < 10000000);
		w->now = next > w->now ? next : w->now;
		world_step(w, what);
	}
	w->now = end;
}

struct sta_view view_of(const struct world *w)
{
	struct sta_view v;

	sta_view(w->s, &v);
	return v;
}

bool is_connected(const struct world *w)
{
	return view_of(w).state == STA_CONNECTED;
}

bool world_connect(struct world *w, uint64_t ns)
{
	for (uint64_t end = w->now + ns; w->now < end && !is_connected(w);)
		world_run(w, 5 * MS_);
	world_run(w, 20 * MS_);
	return is_connected(w);
}

const struct noted *last_note(const struct world *w, enum note n)
{
	for (unsigned i = w->noted; i-- && w->noted - i <= NOTED;)
		if (w->notes[i % NOTED].note == n)
			return &w->notes[i % NOTED];
	return NULL;
}

void host_says(struct world *w, const uint8_t *to, const char *text)
{
	struct frame *f = ethernet(to, sta_addr, text);

	sta_send(w->s, &f, 1, w->now, &w->out);
	world_carry_out(w);
}

bool talks(struct world *w, struct scripted *a)
{
	unsigned data = a->data, delivered = w->delivered;

	host_says(w, host_addr, "there");
	world_run(w, 50 * MS_);
	if (a->data != data + 1 || memcmp(a->last + ETHER_HLEN, "there", 5) != 0)
		return false;
	scripted_say(w, a, sta_addr, host_addr, "back");
	world_run(w, 50 * MS_);
	if (w->delivered != delivered + 1 || memcmp(w->last + ETHER_HLEN, "back", 4) != 0)
		return false;
	scripted_say(w, a, everybody, host_addr, "all");
	world_run(w, 50 * MS_);
	return w->delivered == delivered + 2 && memcmp(w->last + ETHER_HLEN, "all", 3) == 0;
}

void world_make(struct world *w)
{
	uint8_t seed[RANDOM_SEED] = {1};

	memset(w, 0, sizeof *w);
	w->c = crypto_new();
	random_init(&w->random, w->c, seed);
	w->now = 10 * S_;
	for (int i = 0; i < APS; i++) {
		struct scripted *a = &w->ap[i];

		*a = (struct scripted){.on = i == 0,
				       .bssid = {2, 0, 0, 0, 0, (uint8_t)(0x10 + i)},
				       .ssid = "home",
				       .wmm = true,
				       .freq = 2437,
				       .interval = 100,
				       .dtim = 1,
				       .signal = -50,
				       .suite = {.akm = AKM_PSK,
						 .pairwise = CIPHER_CCMP_128,
						 .group = CIPHER_CCMP_128,
						 .management = CIPHERS},
				       .beacon_at = w->now + (uint64_t)(1 + i) * 7 * MS_,
				       .auth_wake = UINT64_MAX};
		a->clock_from = a->beacon_at;
		memset(a->pmk, 0x42, PMK_LEN);
	}
	w->nets[0] = (struct sta_network){.ssid = "home",
					  .ssid_len = 4,
					  .any_bssid = true,
					  .wpa = true,
					  .rsn = true,
					  .akms = 1u << AKM_PSK | 1u << AKM_PSK_SHA256,
					  .pairwise = 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP,
					  .group = 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP,
					  .wep = CIPHERS};
	memset(w->nets[0].pmk, 0x42, PMK_LEN);
	w->setup = (struct sta_setup){.networks = w->nets, .network_count = 1, .freqs = {2412, 2437}, .wmm = true};
	mac_copy(w->setup.addr, sta_addr);
}

void world_start(struct world *w)
{
	uint8_t seed[RANDOM_SEED] = {7};

	w->s = sta_new(w->c, &w->setup, seed);
	assert_non_null(w->s);
	sta_start(w->s, w->now, &w->out);
	world_carry_out(w);
}

void world_up(struct world *w)
{
	world_start(w);
	assert_true(world_connect(w, 10 * S_));
}

void world_free(struct world *w)
{
	sta_free(w->s);
	for (size_t i = 0; i < w->flying; i++)
		frame_free(w->flight[i].frame);
	for (int i = 0; i < APS; i++) {
		scripted_forget(&w->ap[i]);
		tx_queue_free(&w->ap[i].tx);
		rx_out_free(&w->ap[i].rx);
	}
	actions_free(&w->out);
	assert_int_equal(w->clear_data * !w->ap[0].open, 0);
	crypto_free(w->c);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station on virtual time, and access points that do what a test tells them to: right things, wrong things, nothing.
 * The air between them takes a millisecond and loses nothing.  What the station does is noted.
 */
#ifndef VIFI_TESTS_SCRIPTED_H
#define VIFI_TESTS_SCRIPTED_H

#include "unit.h"

#include "base/mac.h"
#include "mlme/sta.h"
#include "rsn/authenticator.h"
#include "softmac/mpdu.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#define APS    2
#define FLIGHT 4096
#define NOTED  256
#define MS_    UINT64_C(1000000)
#define S_     UINT64_C(1000000000)
#define TU_    UINT64_C(1024000)

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t sta_addr[6] = {2, 0, 0, 0, 1, 1}, host_addr[6] = {2, 0, 0, 0, 9, 9};

struct scripted {
	bool on; /* on the air at all */
	uint8_t bssid[6];
	char ssid[33];
	bool hidden, open, wmm, power_save_known;
	uint16_t freq, interval;
	uint8_t dtim, dtim_count;
	int8_t signal;
	struct rsn_suite suite;
	bool mfpr;
	uint8_t pmk[PMK_LEN];
	uint64_t clock_from; /* TSF is 0 then */
	uint64_t beacon_at;
	int64_t drift_ns; /* of its clock, from beacon to beacon */
	/* orders */
	bool no_beacons, deaf /* acknowledges nothing */, mute /* acknowledges, says nothing */, no_message_1;
	uint16_t auth_status, assoc_status;
	uint32_t comeback_tu;
	bool other_rsne; /* in message 3: not what the beacon says */
	bool sa_query_mute, sa_query_wrong;
	unsigned lose_eapol;    /* so many of the station's: acknowledged, and lost */
	bool tim_us, tim_group; /* what the TIM says; the former until the station is awake */

	/* of the station */
	bool authenticated, associated, dozes;
	struct peer peer;
	struct group_keys group;
	struct rsn_group keys;
	struct authenticator auth;
	uint64_t auth_wake;
	uint8_t theirs[ELEMENT_MAX];
	size_t theirs_len;
	unsigned connects, auths, assocs, reassocs, probes, nulls, queries, deauths, data, answers;
	uint16_t deauth_reason;
	uint8_t current_ap[6];
	enum rsn_finding finding;
	enum drop last_drop;
	struct rx_out rx;
	struct tx_queue tx;
	uint8_t last[2048]; /* the last Ethernet frame received */
	size_t last_len;
};

struct flying_frame {
	uint64_t at;
	struct frame *frame; /* to the station */
	struct scripted *ap; /* to whom, or from whom */
	uint32_t cookie;     /* a fate */
	enum { TO_STA, TO_AP, FATE } kind;
	bool acked;
	uint16_t freq;
	int8_t signal;
};

struct noted {
	enum note note;
	uint16_t code;
	uint64_t at;
	char about[64];
};

struct world {
	struct crypto *c;
	struct random random;
	struct sta *s;
	struct sta_network nets[4];
	struct sta_setup setup;
	struct scripted ap[APS];
	struct flying_frame flight[FLIGHT];
	size_t flying;
	uint64_t now, doze_until;
	uint16_t tuned;
	struct actions out;
	struct noted notes[NOTED];
	unsigned noted, count[NOTES], drops[DROP_COUNT], delivered, dozed;
	uint64_t dozed_ns;  /* in all */
	unsigned away;      /* tuned to another channel than before */
	uint8_t last[2048]; /* the last Ethernet frame delivered */
	size_t last_len;
	uint64_t pn;                         /* of the last frame that was sealed with CCMP or GCMP */
	unsigned eapols;                     /* sent by the station */
	void (*seen)(const struct frame *f); /* NULL; or who wants to see each frame */
	unsigned clear_data;                 /* data frames with a body that were sent in the clear and are no EAPOL */
};

static inline void fly(struct world *w, struct flying_frame f)
{
	assert_true(w->flying < FLIGHT);
	w->flight[w->flying++] = f;
}

/* A frame of an access point (or of somebody who says so) to the station. */
static inline void air(struct world *w, struct scripted *a, struct frame *f)
{
	assert_non_null(f);
	if (w->seen)
		w->seen(f);
	fly(w, (struct flying_frame){
		       .at = w->now + MS_, .frame = f, .ap = a, .kind = TO_STA, .freq = a->freq, .signal = a->signal});
}

static inline size_t scripted_element(const struct scripted *a, uint8_t out[ELEMENT_MAX])
{
	const struct rsn_suite *s = &a->suite;
	struct rsn_element e = {.wpa = s->wpa,
				.group = s->group,
				.pairwise = 1u << s->pairwise,
				.akms = 1u << s->akm,
				.management = s->management,
				.capabilities = s->management < CIPHERS ? RSN_MFPC | (a->mfpr ? RSN_MFPR : 0) : 0};

	return a->open ? 0 : rsn_write(&e, out);
}

static inline struct frame *beacon_of(struct world *w, struct scripted *a, enum mgmt_subtype type, const uint8_t *to)
{
	static const uint8_t rates[] = {0x82, 0x84, 0x8b, 0x96, 12, 24, 48, 72}, wmm[] = {0x00, 0x50, 0xf2, 2, 0, 1, 0};
	struct frame *f = mgmt_new(type, to, a->bssid, a->bssid);
	uint8_t element[ELEMENT_MAX], tsf[8], channel = (uint8_t)freq_channel(a->freq);
	uint8_t tim[4] = {a->dtim_count, a->dtim, a->tim_group && !a->dtim_count, a->tim_us ? 2 : 0};
	size_t len = scripted_element(a, element);
	bool nameless = a->hidden && type == MGMT_BEACON;

	uint64_t us = (w->now - a->clock_from) / 1000;

	put_le32(tsf, (uint32_t)us);
	put_le32(tsf + 4, (uint32_t)(us >> 32));
	mgmt_put(f, tsf, 8);
	mgmt_put16(f, a->interval);
	mgmt_put16(f, CAPABILITY_ESS | (a->open ? 0 : CAPABILITY_PRIVACY));
	mgmt_put_element(f, EID_SSID, a->ssid, nameless ? 0 : strlen(a->ssid));
	mgmt_put_element(f, EID_RATES, rates, sizeof rates);
	mgmt_put_element(f, EID_DS, &channel, 1);
	if (type == MGMT_BEACON)
		mgmt_put_element(f, EID_TIM, tim, sizeof tim);
	mgmt_put(f, element, len);
	if (a->wmm)
		mgmt_put_element(f, EID_VENDOR, wmm, sizeof wmm);
	return f;
}

/* Sends what waits in a->tx. */
static inline void scripted_flush(struct world *w, struct scripted *a)
{
	tx_finish(&a->tx);
	for (size_t i = 0; i < a->tx.count; i++) {
		struct tx_mpdu *m = &a->tx.mpdu[i];

		assert_int_equal(m->drop, NOT_DROPPED);
		air(w, a, m->frame);
		m->frame = NULL;
	}
	tx_queue_clear(&a->tx);
}

/* A management frame of one 16-bit field, protected where that was agreed to, or never. */
static inline void scripted_bye(struct world *w, struct scripted *a, enum mgmt_subtype type, const uint8_t *to,
				uint16_t reason, bool forged)
{
	static const struct tx_how how = {0};
	struct frame *f = mgmt_new(type, to, a->bssid, a->bssid);

	mgmt_put16(f, reason);
	if (forged || !a->associated) {
		air(w, a, f);
		return;
	}
	if (mac_is_group(to))
		assert_int_equal(tx_management_group(&a->tx, &a->group, a->peer.mfp, f), NOT_DROPPED);
	else
		assert_int_equal(tx_management(&a->tx, &a->peer, f, NULL, &how), NOT_DROPPED);
	scripted_flush(w, a);
}

/* An Ethernet frame with `text` from a host behind the access point. */
static inline struct frame *ethernet(const uint8_t *to, const uint8_t *from, const char *text)
{
	struct frame *f = frame_new(64, ETHER_HLEN + strlen(text), 64);
	uint8_t *p = frame_own(f);

	mac_copy(p, to);
	mac_copy(p + 6, from);
	put_be16(p + 12, 0x88b5);
	memcpy(p + ETHER_HLEN, text, strlen(text));
	return f;
}

static inline void scripted_say(struct world *w, struct scripted *a, const uint8_t *to, const uint8_t *from,
				const char *text)
{
	static const struct tx_how how = {0};
	enum drop d = mac_is_group(to) ? tx_group(&a->tx, &a->group, a->bssid, !a->open, ethernet(to, from, text), &how)
				       : tx_data(&a->tx, &a->peer, ethernet(to, from, text), &how);

	assert_int_equal(d, NOT_DROPPED);
	scripted_flush(w, a);
}

static inline void scripted_install(struct world *w, struct scripted *a, const struct rsn_key *k)
{
	struct key_use use = {.id = k->id, .authenticator = true, .rsc = k->rsc};

	if (k->len)
		assert_int_equal(peer_set_key(&a->peer, w->c, k->cipher, k->bytes, k->len, use), 0);
}

static inline void scripted_take(struct world *w, struct scripted *a, struct rsn_out *o)
{
	a->auth_wake = o->wake_ns ? o->wake_ns : UINT64_MAX;
	a->last_drop = o->drop;
	if (o->finding)
		a->finding = o->finding;
	if (o->install_first)
		scripted_install(w, a, &o->ptk);
	if (o->frame_len) {
		struct tx_how how = {.in_clear = !o->frame_protected};
		struct frame *f = frame_new(64, ETHER_HLEN + o->frame_len, 64);
		uint8_t *p = frame_own(f);

		mac_copy(p, sta_addr);
		mac_copy(p + 6, a->bssid);
		put_be16(p + 12, ETHERTYPE_EAPOL);
		memcpy(p + ETHER_HLEN, o->frame, o->frame_len);
		assert_int_equal(tx_data(&a->tx, &a->peer, f, &how), NOT_DROPPED);
		scripted_flush(w, a);
	}
	if (!o->install_first)
		scripted_install(w, a, &o->ptk);
	if (o->authorised) {
		a->peer.authorised = true;
		a->connects++;
	}
	if (o->disconnect) {
		scripted_bye(w, a, MGMT_DEAUTH, sta_addr, o->disconnect, false);
		a->associated = a->authenticated = false;
		a->auth_wake = UINT64_MAX;
	}
	rsn_out_wipe(o);
}

static inline void scripted_rekey(struct world *w, struct scripted *a)
{
	uint8_t nonce[RSN_NONCE];
	struct rsn_out o;

	random_bytes(&w->random, nonce, sizeof nonce);
	assert_int_equal(authenticator_start(&a->auth, nonce, w->now, &o), 0);
	scripted_take(w, a, &o);
}

static inline void scripted_group_keys(struct world *w, struct scripted *a)
{
	uint8_t random[RSN_GROUP_RANDOM];
	struct key_use use = {.authenticator = true};
	struct rsn_key *k = &a->keys.gtk;

	random_bytes(&w->random, random, sizeof random);
	rsn_group_renew(&a->keys, &a->suite, random);
	use.id = k->id;
	assert_int_equal(group_keys_set(&a->group, w->c, k->cipher, k->bytes, k->len, use, true), 0);
	k = &a->keys.igtk;
	use.id = k->id;
	if (k->len)
		assert_int_equal(group_keys_set(&a->group, w->c, k->cipher, k->bytes, k->len, use, true), 0);
}

static inline void scripted_group_rekey(struct world *w, struct scripted *a)
{
	struct rsn_out o;

	scripted_group_keys(w, a);
	authenticator_group(&a->auth, w->now, &o);
	scripted_take(w, a, &o);
}

/* All that it knows of the station is gone, and it says nothing about it. */
static inline void scripted_forget(struct scripted *a)
{
	a->authenticated = a->associated = a->dozes = false;
	peer_wipe(&a->peer);
	group_keys_wipe(&a->group);
	authenticator_wipe(&a->auth);
	a->auth_wake = UINT64_MAX;
}

static inline void scripted_associate(struct world *w, struct scripted *a, const struct mgmt *m)
{
	struct authenticator_setup u = {.suite = a->suite, .pmk_count = 1};
	bool again = m->subtype == MGMT_REASSOC_REQUEST;
	struct frame *f = mgmt_new(again ? MGMT_REASSOC_RESPONSE : MGMT_ASSOC_RESPONSE, sta_addr, a->bssid, a->bssid);
	static const uint8_t wmm[] = {0x00, 0x50, 0xf2, 2, 0, 1, 0};
	uint16_t status = a->authenticated ? a->assoc_status : STATUS_UNSPECIFIED;
	struct span e = a->suite.wpa ? m->wpa : m->rsn;
	struct rsn_element r = {0};

	again ? a->reassocs++ : a->assocs++;
	if (again)
		mac_copy(a->current_ap, m->current_ap);
	mgmt_put16(f, CAPABILITY_ESS);
	mgmt_put16(f, status);
	mgmt_put16(f, 0xc001);
	if (status == STATUS_REFUSED_TEMPORARILY) {
		uint8_t timeout[5] = {3};

		put_le32(timeout + 1, a->comeback_tu);
		mgmt_put_element(f, EID_TIMEOUT_INTERVAL, timeout, 5);
	}
	if (a->wmm && m->wmm)
		mgmt_put_element(f, EID_VENDOR, wmm, sizeof wmm);
	air(w, a, f);
	if (status)
		return;
	if (!a->open)
		assert_int_equal(rsn_parse(&r, e), NOT_DROPPED);
	peer_init(&a->peer, true, a->bssid, sta_addr, a->bssid, &a->group);
	a->associated = true;
	a->peer.qos = a->wmm && m->wmm;
	a->peer.rsn = !a->open;
	a->peer.mfp = !a->open && (r.capabilities & RSN_MFPC) && a->suite.management < CIPHERS;
	a->peer.authorised = a->open;
	a->connects += a->open;
	if (a->open)
		return;
	group_keys_wipe(&a->group);
	if (!a->peer.mfp)
		u.suite.management = CIPHERS;
	scripted_group_keys(w, a);
	mac_copy(u.ends.aa, a->bssid);
	mac_copy(u.ends.spa, sta_addr);
	u.pmks = (const uint8_t(*)[PMK_LEN])a->pmk;
	u.own_len = scripted_element(a, u.own);
	if (a->other_rsne)
		u.own[u.own_len - 1] ^= 0x40;
	memcpy(u.theirs, e.bytes, e.len);
	u.theirs_len = a->theirs_len = e.len;
	memcpy(a->theirs, e.bytes, e.len);
	authenticator_init(&a->auth, w->c, &a->keys, &u);
	a->finding = RSN_NOTHING;
	if (!a->no_message_1)
		scripted_rekey(w, a);
}

static inline void scripted_management(struct world *w, struct scripted *a, struct frame *frame)
{
	struct mgmt m;
	struct frame *f;

	if (a->associated && rx_management(&a->peer, frame))
		return;
	if (mgmt_parse(&m, frame->data, frame->len))
		return;
	if (m.subtype == MGMT_PROBE_REQUEST) {
		bool wild = !m.ssid.len,
		     named = m.ssid.len == strlen(a->ssid) && memcmp(m.ssid.bytes, a->ssid, m.ssid.len) == 0;

		a->probes++;
		if ((wild && !a->hidden) || named)
			air(w, a, beacon_of(w, a, MGMT_PROBE_RESPONSE, sta_addr));
	} else if (!mac_equal(m.da, a->bssid)) {
		return;
	} else if (m.subtype == MGMT_AUTH) {
		a->auths++;
		scripted_forget(a);
		a->authenticated = !a->auth_status;
		f = mgmt_new(MGMT_AUTH, sta_addr, a->bssid, a->bssid);
		mgmt_put16(f, AUTH_OPEN);
		mgmt_put16(f, 2);
		mgmt_put16(f, a->auth_status);
		air(w, a, f);
	} else if (m.subtype == MGMT_ASSOC_REQUEST || m.subtype == MGMT_REASSOC_REQUEST) {
		scripted_associate(w, a, &m);
	} else if (m.subtype == MGMT_DEAUTH) {
		a->deauths++;
		a->deauth_reason = m.reason;
		scripted_forget(a);
	} else if (m.subtype == MGMT_ACTION && m.action == SA_QUERY_RESPONSE) {
		a->answers++;
	} else if (m.subtype == MGMT_ACTION && m.action == SA_QUERY_REQUEST) {
		static const struct tx_how how = {0};
		uint8_t body[4] = {8, SA_QUERY_RESPONSE, m.body.bytes[0], m.body.bytes[1]};

		a->queries++;
		if (a->sa_query_mute)
			return;
		body[3] ^= a->sa_query_wrong;
		f = mgmt_new(MGMT_ACTION, sta_addr, a->bssid, a->bssid);
		mgmt_put(f, body, 4);
		assert_int_equal(tx_management(&a->tx, &a->peer, f, NULL, &how), NOT_DROPPED);
		scripted_flush(w, a);
	}
}

static inline void scripted_data(struct world *w, struct scripted *a, struct frame *f)
{
	struct rx_in in = {.peer = &a->peer, .frame = f};
	uint16_t fc = le16(f->data);

	if (!a->associated) {
		frame_free(f);
		scripted_bye(w, a, MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
		return;
	}
	a->dozes = fc & FC_PM;
	a->tim_us &= a->dozes;
	a->nulls += (fc & FC_NULL) != 0;
	rx_data(&in, 1, w->now, &a->rx);
	for (size_t i = 0; i < a->rx.msdus; i++) {
		struct rx_msdu *m = &a->rx.msdu[i];
		struct rsn_out o;

		if (m->eapol && a->lose_eapol) {
			a->lose_eapol--;
		} else if (m->eapol) {
			authenticator_receive(&a->auth, m->frame->data + ETHER_HLEN, m->frame->len - ETHER_HLEN, w->now,
					      &o);
			scripted_take(w, a, &o);
		} else {
			a->data++;
			a->last_len = m->frame->len;
			memcpy(a->last, m->frame->data, m->frame->len);
		}
	}
	for (size_t i = 0; i < a->rx.drops; i++)
		a->last_drop = a->rx.dropped[i].drop;
	rx_out_clear(&a->rx);
}

static inline void scripted_receive(struct world *w, struct scripted *a, struct frame *f)
{
	if (dot11_is_data(le16(f->data))) {
		scripted_data(w, a, f);
		return;
	}
	scripted_management(w, a, f);
	frame_free(f);
}

/* What the station sends. */
static inline void world_look(struct world *w, const struct frame *f)
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

static inline void world_transmit(struct world *w, struct action *a)
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

static inline void world_carry_out(struct world *w)
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

static inline void world_arrive(struct world *w, struct flying_frame *f)
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

static inline uint64_t world_next(const struct world *w, int *what)
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

static inline void world_step(struct world *w, int what)
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
		if (!a->no_beacons)
			air(w, a, beacon_of(w, a, MGMT_BEACON, everybody));
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

static inline void world_run(struct world *w, uint64_t ns)
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

static inline struct sta_view view_of(const struct world *w)
{
	struct sta_view v;

	sta_view(w->s, &v);
	return v;
}

static inline bool is_connected(const struct world *w)
{
	return view_of(w).state == STA_CONNECTED;
}

/* Runs until it is connected, or for so long. */
static inline bool world_connect(struct world *w, uint64_t ns)
{
	for (uint64_t end = w->now + ns; w->now < end && !is_connected(w);)
		world_run(w, 5 * MS_);
	world_run(w, 20 * MS_);
	return is_connected(w);
}

static inline const struct noted *last_note(const struct world *w, enum note n)
{
	for (unsigned i = w->noted; i-- && w->noted - i <= NOTED;)
		if (w->notes[i % NOTED].note == n)
			return &w->notes[i % NOTED];
	return NULL;
}

static inline void host_says(struct world *w, const uint8_t *to, const char *text)
{
	struct frame *f = ethernet(to, sta_addr, text);

	sta_send(w->s, &f, 1, w->now, &w->out);
	world_carry_out(w);
}

/* Text goes there and back, and comes out as it went in. */
static inline bool talks(struct world *w, struct scripted *a)
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

/* One access point "home" on channel 6, WPA2-PSK with CCMP; one network block that means it.  Not yet started. */
static inline void world_make(struct world *w)
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

static inline void world_start(struct world *w)
{
	uint8_t seed[RANDOM_SEED] = {7};

	w->s = sta_new(w->c, &w->setup, seed);
	assert_non_null(w->s);
	sta_start(w->s, w->now, &w->out);
	world_carry_out(w);
}

/* Connected, with all the usual. */
static inline void world_up(struct world *w)
{
	world_start(w);
	assert_true(world_connect(w, 10 * S_));
}

static inline void world_free(struct world *w)
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

#endif

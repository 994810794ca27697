/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point among scripted stations, on virtual time: each station does what a test tells it, with the frames of
 * wire/mgmt.h, the supplicant of rsn/ and the paths of softmac/.  What the access point wants done is done at once, and
 * written down.
 */
#ifndef VIFI_TESTS_AP_WORLD_H
#define VIFI_TESTS_AP_WORLD_H

#include "unit.h"

#include "base/mac.h"
#include "mlme/ap.h"
#include "rsn/supplicant.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/be.h"
#include "wire/mgmt.h"

#define FAKES_MAX  4
#define LOG_MAX    4096
#define MS         UINT64_C(1000000)
#define SECOND     UINT64_C(1000000000)
#define SSID       "test"
#define ETHER_TEST 0x88b5 /* for local experiments */

static const uint8_t bssid_0[6] = {2, 0, 0, 0, 1, 0}, everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t wire_host[6] = {2, 0, 0, 0, 9, 9};

/* A station. */
struct fake {
	struct world *w;
	uint8_t addr[6], bssid[6];
	struct rsn_suite suite;
	bool open, mfp, required, qos, deaf, mute, dozes; /* mute: hears, and answers no EAPOL */
	uint8_t pmk[PMK_LEN];
	uint8_t element[ELEMENT_MAX];
	size_t element_len;
	struct peer peer;
	struct group_keys group;
	struct supplicant supplicant;
	uint16_t seq;

	/* what came */
	struct mgmt last[16]; /* by subtype >> 4; the spans are void */
	unsigned count[16], connected, data, nulls, eapols, sealed;
	uint32_t comeback;
	bool more_data;
	uint8_t payload[64], from[6];
	size_t payload_len;
	uint16_t tim_group;
	bool tim;
	enum drop drop;
	uint16_t query_id;
	bool answers_queries;
};

struct seen_note {
	enum note note;
	uint8_t addr[6];
	uint16_t code;
	char about[64];
};

struct world {
	struct crypto *c;
	struct ap *ap;
	struct ap_setup setup;
	struct ap_psk psks[3];
	uint64_t now;
	struct actions out;
	struct fake fake[FAKES_MAX];
	unsigned fakes, eapol_on_wire;
	struct seen_note notes[LOG_MAX];
	unsigned note_count, sent, beacons, announced;
	struct frame *air[LOG_MAX]; /* all that the access point sent */
	struct frame *wire[LOG_MAX];
	unsigned wire_count;
	bool quiet; /* statuses are not reported */
	bool print; /* all frames, in hexadecimal, one a line */
};

static inline void fake_hear(struct fake *s, const struct frame *f);

static inline void world_print(const struct world *w, const struct frame *f)
{
	for (size_t i = 0; w->print && i < f->len; i++)
		printf("%02x%s", f->data[i], i + 1 == f->len ? "\n" : "");
}

/* ---- the access point's wishes ---- */

static inline void world_obey(struct world *w)
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

				acked |= mine && !w->fake[k].deaf;
				if ((mine || mac_is_group(to)) && !w->fake[k].deaf)
					fake_hear(&w->fake[k], f);
			}
			frame_free(f);
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

/* Lets time pass, with all that is due in it. */
static inline void world_pass(struct world *w, uint64_t ns)
{
	uint64_t until = w->now + ns;

	for (uint64_t wake; (wake = ap_wake(w->ap)) <= until;) {
		w->now = wake > w->now ? wake : w->now;
		ap_tick(w->ap, w->now, &w->out);
		world_obey(w);
	}
	w->now = until;
}

static inline const struct seen_note *world_note(const struct world *w, enum note n)
{
	for (unsigned i = w->note_count; i--;)
		if (w->notes[i].note == n)
			return &w->notes[i];
	return NULL;
}

static inline unsigned world_notes(const struct world *w, enum note n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < w->note_count; i++)
		count += w->notes[i].note == n;
	return count;
}

static inline struct world *world_new(void)
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

static inline void world_start(struct world *w)
{
	static const uint8_t seed[RANDOM_SEED] = {7};

	w->ap = ap_new(w->c, &w->setup, seed);
	assert_non_null(w->ap);
	ap_start(w->ap, w->now, &w->out);
	world_obey(w);
}

static inline void world_end(struct world *w)
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

/* ---- a station ---- */

static inline struct fake *fake_new(struct world *w)
{
	struct fake *s = &w->fake[w->fakes++];
	const struct ap_bss_setup *b = &w->setup.bss[0];

	assert_true(w->fakes <= FAKES_MAX);
	s->w = w;
	s->addr[0] = 2;
	s->addr[5] = (uint8_t)w->fakes;
	memcpy(s->bssid, b->bssid, 6);
	memcpy(s->pmk, w->psks[0].pmk, PMK_LEN);
	s->open = !b->rsn && !b->wpa;
	s->qos = true;
	s->suite = (struct rsn_suite){
		.wpa = !b->rsn, .akm = AKM_PSK, .pairwise = CIPHER_CCMP_128, .group = b->group, .management = CIPHERS};
	return s;
}

/* Hands frames to the access point; they come from the heap in their very size. */
static inline void fake_give(struct fake *s, struct frame *f)
{
	struct frame *exact = frame_from(f->data, f->len, 0, 0);

	frame_free(f);
	world_print(s->w, exact);
	ap_receive(s->w->ap, &exact, 1, s->w->now, &s->w->out);
	assert_null(exact);
	world_obey(s->w);
}

/* Sends what waits in a queue of its transmit path. */
static inline void fake_flush(struct fake *s, struct tx_queue *q)
{
	struct frame *f[64];
	size_t n = 0;

	tx_finish(q);
	for (size_t i = 0; i < q->count; i++) {
		assert_int_equal(q->mpdu[i].drop, NOT_DROPPED);
		world_print(s->w, q->mpdu[i].frame);
		f[n++] = frame_from(q->mpdu[i].frame->data, q->mpdu[i].frame->len, 0, 0);
	}
	tx_queue_free(q);
	ap_receive(s->w->ap, f, n, s->w->now, &s->w->out);
	world_obey(s->w);
}

/* A management frame, protected if `p` and the agreement says so. */
static inline void fake_management(struct fake *s, struct frame *f, bool protect)
{
	struct tx_queue q = {0};
	struct tx_how how = {0};

	assert_int_equal(tx_management(&q, protect ? &s->peer : NULL, f, &s->seq, &how), NOT_DROPPED);
	fake_flush(s, &q);
}

static inline struct frame *fake_frame(struct fake *s, enum mgmt_subtype subtype)
{
	return mgmt_new(subtype, s->bssid, s->addr, s->bssid);
}

static inline void fake_auth(struct fake *s)
{
	struct frame *f = fake_frame(s, MGMT_AUTH);

	mgmt_put16(f, AUTH_OPEN);
	mgmt_put16(f, 1);
	mgmt_put16(f, 0);
	fake_management(s, f, false);
}

static inline void fake_make_element(struct fake *s)
{
	struct rsn_element e = {.wpa = s->suite.wpa,
				.group = s->suite.group,
				.pairwise = 1u << s->suite.pairwise,
				.akms = 1u << s->suite.akm,
				.management = s->suite.management};

	e.capabilities = (s->mfp ? RSN_MFPC : 0) | (s->required ? RSN_MFPR : 0);
	s->element_len = s->open ? 0 : rsn_write(&e, s->element);
}

static inline struct frame *fake_assoc_frame(struct fake *s, enum mgmt_subtype subtype, const char *ssid)
{
	struct frame *f = fake_frame(s, subtype);

	if (!s->element_len)
		fake_make_element(s);
	mgmt_put16(f, CAPABILITY_ESS | CAPABILITY_SHORT_SLOT);
	mgmt_put16(f, 10);
	if (subtype == MGMT_REASSOC_REQUEST)
		mgmt_put(f, s->bssid, 6);
	mgmt_put_element(f, EID_SSID, ssid, strlen(ssid));
	mgmt_put_element(f, EID_RATES, "\x82\x84\x8b\x96\x0c\x12\x18\x24", 8);
	mgmt_put_element(f, EID_EXT_RATES, "\x30\x48\x60\x6c", 4);
	mgmt_put(f, s->element, s->element_len);
	if (s->qos)
		mgmt_put_element(f, EID_VENDOR, "\x00\x50\xf2\x02\x00\x01\x00", 7);
	return f;
}

/* Ready for an association: as a station is when it sends its request. */
static inline void fake_forget_keys(struct fake *s)
{
	struct supplicant_setup u = {.suite = s->suite};

	peer_init(&s->peer, false, s->addr, s->bssid, s->bssid, &s->group);
	group_keys_wipe(&s->group);
	s->peer.qos = s->qos && s->w->setup.bss[0].wmm;
	s->peer.rsn = !s->open;
	s->peer.mfp = s->mfp && s->suite.management < CIPHERS;
	if (s->open)
		return;
	memcpy(u.ends.aa, s->bssid, 6);
	memcpy(u.ends.spa, s->addr, 6);
	memcpy(u.pmk, s->pmk, PMK_LEN);
	memcpy(u.own, s->element, s->element_len);
	u.own_len = s->element_len;
	u.theirs_len = 0;
	supplicant_init(&s->supplicant, s->w->c, &u);
}

/* The access point's element, as its beacons have it. */
static inline void fake_learn(struct fake *s, const struct mgmt *m)
{
	struct supplicant_setup *u = &s->supplicant.setup;
	struct span e = s->suite.wpa ? m->wpa : m->rsn;

	if (e.bytes) {
		memcpy(u->theirs, e.bytes, e.len);
		u->theirs_len = e.len;
	}
}

static inline void fake_probe(struct fake *s, const char *ssid)
{
	struct frame *f = mgmt_new(MGMT_PROBE_REQUEST, everybody, s->addr, everybody);

	mgmt_put_element(f, EID_SSID, ssid, strlen(ssid));
	mgmt_put_element(f, EID_RATES, "\x82\x84\x8b\x96", 4);
	fake_management(s, f, false);
}

static inline void fake_assoc_as(struct fake *s, enum mgmt_subtype subtype, const char *ssid)
{
	struct frame *f = fake_assoc_frame(s, subtype, ssid);

	fake_forget_keys(s);
	if (!s->open)
		fake_probe(s, SSID);
	fake_management(s, f, false);
}

static inline void fake_assoc(struct fake *s)
{
	fake_assoc_as(s, MGMT_ASSOC_REQUEST, SSID);
}

static inline uint16_t fake_status(const struct fake *s)
{
	return s->last[MGMT_ASSOC_RESPONSE >> 4].status;
}

/* From nothing to an open port. */
static inline void fake_join(struct fake *s)
{
	fake_auth(s);
	fake_assoc(s);
	assert_int_equal(fake_status(s), STATUS_SUCCESS);
	assert_true(s->peer.authorised);
}

static inline struct frame *ethernet(const uint8_t *to, const uint8_t *from, uint16_t type, const char *text)
{
	struct frame *f = frame_new(0, 14 + strlen(text), 0);
	uint8_t *p = frame_own(f);

	memcpy(p, to, 6);
	memcpy(p + 6, from, 6);
	put_be16(p + 12, type);
	memcpy(p + 14, text, strlen(text));
	return f;
}

/* Sends Ethernet by its transmit path. */
static inline void fake_send_type(struct fake *s, const uint8_t *to, uint16_t type, const char *text)
{
	struct tx_queue q = {0};
	struct tx_how how = {.power_save = s->dozes};

	assert_int_equal(tx_data(&q, &s->peer, ethernet(to, s->addr, type, text), &how), NOT_DROPPED);
	fake_flush(s, &q);
}

static inline void fake_send(struct fake *s, const uint8_t *to, const char *text)
{
	fake_send_type(s, to, ETHER_TEST, text);
}

static inline void fake_null(struct fake *s, bool dozes)
{
	struct tx_queue q = {0};
	struct tx_how how = {.power_save = dozes};

	s->dozes = dozes;
	assert_int_equal(tx_null(&q, &s->peer, &how), NOT_DROPPED);
	fake_flush(s, &q);
}

static inline void fake_ps_poll(struct fake *s, uint16_t aid)
{
	uint8_t bytes[16] = {0xa4, 0x10};

	put_le16(bytes + 2, 0xc000 | aid);
	memcpy(bytes + 4, s->bssid, 6);
	memcpy(bytes + 10, s->addr, 6);
	fake_give(s, frame_from(bytes, sizeof bytes, 0, 0));
}

static inline uint16_t fake_aid(const struct fake *s)
{
	return s->last[MGMT_ASSOC_RESPONSE >> 4].aid;
}

/* ---- what it hears ---- */

static inline void fake_obey(struct fake *s, struct rsn_out *out)
{
	struct key_use use = {0};
	struct frame *f = NULL;

	if (out->frame_len) {
		struct tx_queue q = {0};
		struct tx_how how = {.in_clear = !out->frame_protected, .power_save = s->dozes};
		uint8_t bytes[14 + RSN_FRAME_MAX];

		memcpy(bytes, s->bssid, 6);
		memcpy(bytes + 6, s->addr, 6);
		put_be16(bytes + 12, 0x888e);
		memcpy(bytes + 14, out->frame, out->frame_len);
		assert_int_equal(tx_data(&q, &s->peer, frame_from(bytes, 14 + out->frame_len, 0, 0), &how),
				 NOT_DROPPED);
		tx_finish(&q);
		assert_int_equal(q.count, 1);
		assert_int_equal(q.mpdu[0].drop, NOT_DROPPED);
		f = frame_from(q.mpdu[0].frame->data, q.mpdu[0].frame->len, 0, 0);
		tx_queue_free(&q);
	}
	if (out->ptk.len)
		assert_int_equal(peer_set_key(&s->peer, s->w->c, out->ptk.cipher, out->ptk.bytes, out->ptk.len, use),
				 0);
	if (out->gtk.len) {
		use = (struct key_use){.id = out->gtk.id, .rsc = out->gtk.rsc};
		assert_int_equal(
			group_keys_set(&s->group, s->w->c, out->gtk.cipher, out->gtk.bytes, out->gtk.len, use, false),
			0);
	}
	if (out->igtk.len) {
		use = (struct key_use){.id = out->igtk.id, .rsc = out->igtk.rsc};
		assert_int_equal(group_keys_set(&s->group, s->w->c, out->igtk.cipher, out->igtk.bytes, out->igtk.len,
						use, false),
				 0);
	}
	s->peer.authorised |= out->authorised;
	s->connected += out->authorised;
	rsn_out_wipe(out);
	if (!f)
		return;
	world_print(s->w, f);
	ap_receive(s->w->ap, &f, 1, s->w->now, &s->w->out);
}

static inline void fake_hear_management(struct fake *s, const struct frame *f)
{
	struct frame *copy = frame_from(f->data, f->len, 0, 0);
	enum drop d = rx_management(&s->peer, copy);
	unsigned kind = (le16(f->data) & FC_SUBTYPE) >> 4;
	struct mgmt m;

	if (!s->peer.bssid[0] && !s->peer.bssid[5]) /* not yet set up */
		d = NOT_DROPPED;
	if (d) {
		s->drop = d;
		frame_free(copy);
		return;
	}
	assert_int_equal(mgmt_parse(&m, copy->data, copy->len), NOT_DROPPED);
	s->count[kind]++;
	s->last[kind] = m;
	s->sealed += (le16(f->data) & FC_PROTECTED) != 0;
	s->more_data = le16(f->data) & FC_MORE_DATA;
	if (m.subtype == MGMT_BEACON || m.subtype == MGMT_PROBE_RESPONSE)
		fake_learn(s, &m);
	if (m.subtype == MGMT_BEACON && fake_aid(s)) {
		s->tim = tim_has(m.tim, fake_aid(s));
		s->tim_group = tim_group(m.tim);
	}
	if (m.timeout.bytes && m.timeout.len == 5)
		s->comeback = le32(m.timeout.bytes + 1);
	if ((m.subtype == MGMT_ASSOC_RESPONSE || m.subtype == MGMT_REASSOC_RESPONSE) && !m.status && s->open)
		s->peer.authorised = true;
	if (m.subtype == MGMT_ACTION && m.category == ACTION_CATEGORY_SA_QUERY && m.action == SA_QUERY_REQUEST) {
		s->query_id = le16(m.body.bytes);
		if (s->answers_queries) {
			struct frame *r = fake_frame(s, MGMT_ACTION);

			mgmt_put(r, "\x08\x01", 2);
			mgmt_put16(r, s->query_id);
			fake_management(s, r, true);
		}
	}
	frame_free(copy);
}

static inline void fake_hear_data(struct fake *s, const struct frame *f)
{
	struct rx_in in = {&s->peer, frame_from(f->data, f->len, 0, 0)};
	struct rx_out out = {0};
	uint8_t random[RSN_NONCE];
	struct rsn_out answer;

	s->more_data = le16(f->data) & FC_MORE_DATA;
	if (le16(f->data) & FC_NULL)
		s->nulls++;
	rx_data(&in, 1, s->w->now, &out);
	for (size_t i = 0; i < out.drops; i++)
		s->drop = out.dropped[i].drop;
	for (size_t i = 0; i < out.msdus; i++) {
		const struct frame *m = out.msdu[i].frame;

		if (!out.msdu[i].eapol) {
			s->data++;
			s->payload_len = m->len - 14 < sizeof s->payload ? m->len - 14 : sizeof s->payload;
			memcpy(s->payload, m->data + 14, s->payload_len);
			memcpy(s->from, m->data + 6, 6);
			continue;
		}
		s->eapols++;
		if (s->mute)
			continue;
		memset(random, (int)(s->w->sent & 0xff) | 1, sizeof random);
		supplicant_receive(&s->supplicant, m->data + 14, m->len - 14, out.msdu[i].sealed, random, s->w->now,
				   &answer);
		fake_obey(s, &answer);
	}
	rx_out_free(&out);
}

static inline void fake_hear(struct fake *s, const struct frame *f)
{
	uint16_t fc = le16(f->data);

	if (dot11_is_data(fc))
		fake_hear_data(s, f);
	else
		fake_hear_management(s, f);
}

static inline bool fake_heard(const struct fake *s, const char *text)
{
	return s->payload_len == strlen(text) && memcmp(s->payload, text, s->payload_len) == 0;
}

static inline void world_send(struct world *w, const uint8_t *to, const char *text)
{
	struct frame *f = ethernet(to, wire_host, ETHER_TEST, text);

	ap_send(w->ap, 0, &f, 1, w->now, &w->out);
	world_obey(w);
}

/* The last frame on the wire. */
static inline bool world_wired(const struct world *w, const char *text)
{
	const struct frame *f = w->wire_count ? w->wire[w->wire_count - 1] : NULL;

	return f && f->len == 14 + strlen(text) && memcmp(f->data + 14, text, strlen(text)) == 0;
}

static inline uint64_t world_drops(const struct world *w, enum drop d)
{
	return ap_drops(w->ap)[d];
}

static inline bool world_station(const struct world *w, const struct fake *s, struct ap_station *v)
{
	return ap_station_of(w->ap, 0, s->addr, v);
}

static inline bool world_has(const struct world *w, const struct fake *s)
{
	struct ap_station v;

	return world_station(w, s, &v);
}

#endif

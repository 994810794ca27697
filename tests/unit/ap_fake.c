/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripted stations. */
#include "ap_world.h"

struct fake *fake_new(struct world *w)
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

void fake_give(struct fake *s, struct frame *f)
{
	struct frame *exact = frame_from(f->data, f->len, 0, 0);

	frame_free(f);
	world_print(s->w, exact);
	ap_receive(s->w->ap, &exact, 1, s->w->now, &s->w->out);
	assert_null(exact);
	world_obey(s->w);
}

void fake_flush(struct fake *s, struct tx_queue *q)
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

void fake_management(struct fake *s, struct frame *f, bool protect)
{
	struct tx_queue q = {0};
	struct tx_how how = {0};

	assert_int_equal(tx_management(&q, protect ? &s->peer : NULL, f, &s->seq, &how), NOT_DROPPED);
	fake_flush(s, &q);
}

struct frame *fake_frame(struct fake *s, enum mgmt_subtype subtype)
{
	return mgmt_new(subtype, s->bssid, s->addr, s->bssid);
}

void fake_auth(struct fake *s)
{
	struct frame *f = fake_frame(s, MGMT_AUTH);

	mgmt_put16(f, AUTH_OPEN);
	mgmt_put16(f, 1);
	mgmt_put16(f, 0);
	fake_management(s, f, false);
}

static void fake_make_element(struct fake *s)
{
	struct rsn_element e = {.wpa = s->suite.wpa,
				.group = s->suite.group,
				.pairwise = 1u << s->suite.pairwise,
				.akms = 1u << s->suite.akm,
				.management = s->suite.management};

	e.capabilities = (s->mfp ? RSN_MFPC : 0) | (s->required ? RSN_MFPR : 0);
	s->element_len = s->open ? 0 : rsn_write(&e, s->element);
}

struct frame *fake_assoc_frame(struct fake *s, enum mgmt_subtype subtype, const char *ssid)
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

void fake_forget_keys(struct fake *s)
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
static void fake_learn(struct fake *s, const struct mgmt *m)
{
	struct supplicant_setup *u = &s->supplicant.setup;
	struct span e = s->suite.wpa ? m->wpa : m->rsn;

	if (e.bytes) {
		memcpy(u->theirs, e.bytes, e.len);
		u->theirs_len = e.len;
	}
}

void fake_probe(struct fake *s, const char *ssid)
{
	struct frame *f = mgmt_new(MGMT_PROBE_REQUEST, everybody, s->addr, everybody);

	mgmt_put_element(f, EID_SSID, ssid, strlen(ssid));
	mgmt_put_element(f, EID_RATES, "\x82\x84\x8b\x96", 4);
	fake_management(s, f, false);
}

void fake_assoc_as(struct fake *s, enum mgmt_subtype subtype, const char *ssid)
{
	struct frame *f = fake_assoc_frame(s, subtype, ssid);

	fake_forget_keys(s);
	if (!s->open)
		fake_probe(s, SSID);
	fake_management(s, f, false);
}

void fake_assoc(struct fake *s)
{
	fake_assoc_as(s, MGMT_ASSOC_REQUEST, SSID);
}

uint16_t fake_status(const struct fake *s)
{
	return s->last[MGMT_ASSOC_RESPONSE >> 4].status;
}

void fake_join(struct fake *s)
{
	fake_auth(s);
	fake_assoc(s);
	assert_int_equal(fake_status(s), STATUS_SUCCESS);
	assert_true(s->peer.authorised);
}

/* Sends Ethernet by its transmit path. */
static void fake_send_type(struct fake *s, const uint8_t *to, uint16_t type, const char *text)
{
	struct tx_queue q = {0};
	struct tx_how how = {.power_save = s->dozes};

	assert_int_equal(tx_data(&q, &s->peer, ethernet(to, s->addr, type, text), &how), NOT_DROPPED);
	fake_flush(s, &q);
}

void fake_send(struct fake *s, const uint8_t *to, const char *text)
{
	fake_send_type(s, to, ETHER_TEST, text);
}

void fake_null(struct fake *s, bool dozes)
{
	struct tx_queue q = {0};
	struct tx_how how = {.power_save = dozes};

	s->dozes = dozes;
	assert_int_equal(tx_null(&q, &s->peer, &how), NOT_DROPPED);
	fake_flush(s, &q);
}

void fake_ps_poll(struct fake *s, uint16_t aid)
{
	uint8_t bytes[16] = {0xa4, 0x10};

	put_le16(bytes + 2, 0xc000 | aid);
	memcpy(bytes + 4, s->bssid, 6);
	memcpy(bytes + 10, s->addr, 6);
	fake_give(s, frame_from(bytes, sizeof bytes, 0, 0));
}

uint16_t fake_aid(const struct fake *s)
{
	return s->last[MGMT_ASSOC_RESPONSE >> 4].aid;
}

void fake_obey(struct fake *s, struct rsn_out *out)
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

static void fake_hear_management(struct fake *s, const struct frame *f)
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

static void fake_hear_data(struct fake *s, const struct frame *f)
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

void fake_hear(struct fake *s, const struct frame *f)
{
	uint16_t fc = le16(f->data);

	if (dot11_is_data(fc))
		fake_hear_data(s, f);
	else
		fake_hear_management(s, f);
}

bool fake_heard(const struct fake *s, const char *text)
{
	return s->payload_len == strlen(text) && memcmp(s->payload, text, s->payload_len) == 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access points: what they send, and what a frame of the station brings about. */
#include "scripted.h"

void fly(struct world *w, struct flying_frame f)
{
	assert_true(w->flying < FLIGHT);
	w->flight[w->flying++] = f;
}

void air(struct world *w, struct scripted *a, struct frame *f)
{
	assert_non_null(f);
	if (w->seen)
		w->seen(f);
	fly(w, (struct flying_frame){
		       .at = w->now + MS_, .frame = f, .ap = a, .kind = TO_STA, .freq = a->freq, .signal = a->signal});
}

static size_t scripted_element(const struct scripted *a, uint8_t out[ELEMENT_MAX])
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

struct frame *beacon_of(struct world *w, struct scripted *a, enum mgmt_subtype type, const uint8_t *to)
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
	if (a->csa_on)
		mgmt_put_element(f, EID_CSA, a->csa, sizeof a->csa);
	return f;
}

void scripted_flush(struct world *w, struct scripted *a)
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

void scripted_bye(struct world *w, struct scripted *a, enum mgmt_subtype type, const uint8_t *to, uint16_t reason,
		  bool forged)
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

struct frame *ethernet(const uint8_t *to, const uint8_t *from, const char *text)
{
	struct frame *f = frame_new(64, ETHER_HLEN + strlen(text), 64);
	uint8_t *p = frame_own(f);

	mac_copy(p, to);
	mac_copy(p + 6, from);
	put_be16(p + 12, 0x88b5);
	memcpy(p + ETHER_HLEN, text, strlen(text));
	return f;
}

void scripted_say(struct world *w, struct scripted *a, const uint8_t *to, const uint8_t *from, const char *text)
{
	static const struct tx_how how = {0};
	enum drop d = mac_is_group(to) ? tx_group(&a->tx, &a->group, a->bssid, !a->open, ethernet(to, from, text), &how)
				       : tx_data(&a->tx, &a->peer, ethernet(to, from, text), &how);

	assert_int_equal(d, NOT_DROPPED);
	scripted_flush(w, a);
}

static void scripted_install(struct world *w, struct scripted *a, const struct rsn_key *k)
{
	struct key_use use = {.id = k->id, .authenticator = true, .rsc = k->rsc};

	if (k->len)
		assert_int_equal(peer_set_key(&a->peer, w->c, k->cipher, k->bytes, k->len, use), 0);
}

void scripted_take(struct world *w, struct scripted *a, struct rsn_out *o)
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

void scripted_rekey(struct world *w, struct scripted *a)
{
	uint8_t nonce[RSN_NONCE];
	struct rsn_out o;

	random_bytes(&w->random, nonce, sizeof nonce);
	assert_int_equal(authenticator_start(&a->auth, nonce, w->now, &o), 0);
	scripted_take(w, a, &o);
}

static void scripted_group_keys(struct world *w, struct scripted *a)
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

void scripted_group_rekey(struct world *w, struct scripted *a)
{
	struct rsn_out o;

	scripted_group_keys(w, a);
	authenticator_group(&a->auth, w->now, &o);
	scripted_take(w, a, &o);
}

void scripted_forget(struct scripted *a)
{
	a->authenticated = a->associated = a->dozes = false;
	peer_wipe(&a->peer);
	group_keys_wipe(&a->group);
	authenticator_wipe(&a->auth);
	a->auth_wake = UINT64_MAX;
}

static void scripted_associate(struct world *w, struct scripted *a, const struct mgmt *m)
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

static void scripted_management(struct world *w, struct scripted *a, struct frame *frame)
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

		if (a->lose_probes) {
			a->lose_probes--;
			return;
		}
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
	} else if (m.subtype == MGMT_ACTION && m.category != ACTION_CATEGORY_SA_QUERY) {
		return;
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

static void scripted_data(struct world *w, struct scripted *a, struct frame *f)
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

void scripted_receive(struct world *w, struct scripted *a, struct frame *f)
{
	if (dot11_is_data(le16(f->data))) {
		scripted_data(w, a, f);
		return;
	}
	scripted_management(w, a, f);
	frame_free(f);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys at the access point: it drives an authenticator (rsn/authenticator.h) for each station of a protected network,
 * and carries out what that says.
 *
 * New group keys are told to all stations first, and sent with when the last one has them, or has gone (12.7.7): so no
 * group frame is lost on those who have waited.  Receivers know both meanwhile, as they have different ids.  But those
 * who join meanwhile know the new ones only, so that this has an end even if somebody sleeps.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct rsn_suite group_suite(const struct ap_bss *b)
{
	return (struct rsn_suite){.group = b->setup.group, .management = b->setup.pmf ? b->setup.group_mgmt : CIPHERS};
}

/* ---- group keys ---- */

static int set_group_key(struct ap *a, struct ap_bss *b, const struct rsn_key *k)
{
	struct key_use use = {.id = k->id, .authenticator = true};

	return k->len ? group_keys_set(&b->keys, a->crypto, k->cipher, k->bytes, k->len, use, false) : 0;
}

/* Makes new ones, and gives them to the data path, which does not send with them yet. */
static int renew_group(struct ap *a, struct ap_bss *b)
{
	struct rsn_suite suite = group_suite(b);
	struct rsn_group next = b->group;
	uint8_t random[RSN_GROUP_RANDOM];
	int e = random_bytes(&a->random, random, sizeof random);

	if (!e) {
		rsn_group_renew(&next, &suite, random);
		e = set_group_key(a, b, &next.gtk);
	}
	if (!e)
		e = set_group_key(a, b, &next.igtk);
	if (!e)
		b->group = next;
	crypto_wipe(random, sizeof random);
	crypto_wipe(&next, sizeof next);
	return e;
}

/* From now on we send with the newest, and those before are gone. */
static void switch_group(struct ap_bss *b)
{
	b->group_switching = false;
	b->keys.gtk_id = b->group.gtk.id;
	b->keys.igtk_id = b->group.igtk.id;
	for (uint8_t id = 0; id < 4; id++)
		if (id != b->keys.gtk_id)
			key_wipe(&b->keys.gtk[id]);
	for (uint8_t id = 4; id < 6; id++)
		if (id != b->keys.igtk_id)
			key_wipe(&b->keys.igtk[id - 4]);
}

int ap_keys_bss(struct ap *a, struct ap_bss *b)
{
	struct key_use first = {0};
	int e;

	if (b->setup.wep != CIPHERS)
		return group_keys_set(&b->keys, a->crypto, b->setup.wep, b->setup.wep_key, cipher_key_len(b->setup.wep),
				      first, true);
	if (!b->protected)
		return 0;
	e = renew_group(a, b);
	if (!e)
		switch_group(b);
	return e;
}

/* A station that gets keys is told where their packet numbers are: below that it must take nothing. */
static void tell_numbers(struct ap_bss *b)
{
	b->group.gtk.rsc = PN_MAX - key_left(&b->keys.gtk[b->group.gtk.id]);
	if (b->group.igtk.len)
		b->group.igtk.rsc = PN_MAX - key_left(&b->keys.igtk[b->group.igtk.id - 4]);
}

void ap_keys_group_switch(struct ap *a, struct ap_bss *b)
{
	ap_flush(a);
	switch_group(b);
	ap_note(a, b, NOTE_GROUP_REKEYED, b->setup.bssid, 0);
}

void ap_keys_group_got(struct ap *a, struct ap_sta *s)
{
	struct ap_bss *b = s->bss;

	if (!s->group_pending)
		return;
	s->group_pending = false;
	if (!--b->group_pending && b->group_switching)
		ap_keys_group_switch(a, b);
}

/* ---- what the authenticator says ---- */

/* Returns false when there is no key now: the link cannot go on. */
static bool install(struct ap *a, struct ap_sta *s, const struct rsn_key *k)
{
	uint32_t rekey_s = s->bss->setup.ptk_rekey_s;

	if (!k->len)
		return true;
	ap_flush(a);
	ap_power_rekeyed(a, s);
	if (peer_set_key(&s->peer, a->crypto, k->cipher, k->bytes, k->len, (struct key_use){.authenticator = true})) {
		ap_drop(a, DROP_CIPHER_FAILED, s->peer.addr);
		return false;
	}
	if (s->peer.authorised)
		ap_note(a, s->bss, NOTE_REKEYED, s->peer.addr, 0);
	s->rekey_ns = rekey_s ? a->now_ns + rekey_s * AP_SECOND : 0;
	return true;
}

/* Without it only frames are lost, and only where message 4 is. */
static void expect(struct ap *a, struct ap_sta *s, const struct rsn_key *k)
{
	struct key_use use = {.authenticator = true};

	if (k->len && peer_expect_key(&s->peer, a->crypto, k->cipher, k->bytes, k->len, use))
		ap_drop(a, DROP_CIPHER_FAILED, s->peer.addr);
}

static void send(struct ap *a, struct ap_sta *s, const struct rsn_out *out)
{
	struct frame *f;
	uint8_t *bytes;

	if (!out->frame_len)
		return;
	f = frame_new(64, ETHER_HLEN + out->frame_len, 64);
	bytes = f ? frame_own(f) : NULL;
	if (!bytes) {
		ap_drop(a, DROP_NO_MEMORY, s->peer.addr);
		return;
	}
	mac_copy(bytes, s->peer.addr);
	mac_copy(bytes + 6, s->bss->setup.bssid);
	bytes[12] = ETHERTYPE_EAPOL >> 8;
	bytes[13] = ETHERTYPE_EAPOL & 0xff;
	memcpy(bytes + ETHER_HLEN, out->frame, out->frame_len);
	f->meta.queue = 7; /* before all other traffic */
	ap_data_to(a, s, f, !out->frame_protected);
}

static size_t psk_of(const struct ap_sta *s)
{
	return (s->pmks ? s->psk_of : s->bss->psk_of)[s->auth.pmk];
}

const char *ap_keys_id(const struct ap_sta *s)
{
	return s->bss->setup.psks[psk_of(s)].keyid;
}

void ap_keys_open_port(struct ap *a, struct ap_sta *s)
{
	const struct authenticator_setup *u = &s->auth.setup;
	struct action *x;

	ap_query_elsewhere(a, s);
	x = ap_note(a, s->bss, NOTE_CONNECTED, s->peer.addr, 0);
	s->peer.authorised = true;
	s->bss->authorised++;
	ap_data_announce(a, s);
	if (!s->bss->protected)
		return;
	if (x)
		memcpy(x->about, ap_keys_id(s), AP_KEYID_MAX);
	/* Only a hint for the next time: it may fail. */
	(void)pmksa_add(&a->pmksa, a->crypto, u->suite.akm, u->pmks[s->auth.pmk], &u->ends, (unsigned)psk_of(s),
			a->now_ns);
}

static void tell_group(struct ap *a, struct ap_sta *s);

static void obey_finding(struct ap *a, struct ap_sta *s, enum rsn_finding finding)
{
	switch (finding) {
	case RSN_NOTHING:
		break;
	case RSN_WRONG_PASSPHRASE:
		/* It goes on trying with the same one: that is said once. */
		if (!s->wrong_passphrase)
			ap_note(a, s->bss, NOTE_WRONG_PASSPHRASE, s->peer.addr, 0);
		s->wrong_passphrase = true;
		break;
	case RSN_DOWNGRADE:
		ap_note(a, s->bss, NOTE_DOWNGRADE, s->peer.addr, 0);
		break;
	case RSN_SILENCE:
		ap_note(a, s->bss, NOTE_SILENT, s->peer.addr, 0);
		break;
	case RSN_WANTS_PTK:
		if (s->auth.state == AUTHENTICATOR_DONE)
			ap_keys_begin(a, s);
		break;
	case RSN_WANTS_GTK:
		tell_group(a, s);
		break;
	case RSN_MICHAEL:
		ap_keys_michael(a, s);
		break;
	}
}

/* Wipes `out`.  The station may be gone afterwards. */
static void obey(struct ap *a, struct ap_sta *s, struct rsn_out *out)
{
	bool keyed = true;

	if (out->drop)
		ap_drop(a, out->drop, s->peer.addr);
	expect(a, s, &out->next);
	if (out->install_first)
		keyed = install(a, s, &out->ptk);
	send(a, s, out);
	if (!out->install_first)
		keyed = install(a, s, &out->ptk);
	if (out->authorised && keyed)
		ap_keys_open_port(a, s);
	if (s->auth.state == AUTHENTICATOR_DONE && s->auth.generation == s->bss->group.generation)
		ap_keys_group_got(a, s);
	obey_finding(a, s, out->finding);
	if (!s->gone && (!keyed || out->disconnect))
		ap_sta_expel(a, s, MGMT_DEAUTH, keyed ? out->disconnect : REASON_UNSPECIFIED);
	if (!s->gone)
		ap_sta_schedule(a, s);
	rsn_out_wipe(out);
}

/* ---- events ---- */

/*
 * Those that are this station's alone come first: they say most about who it is.  Writes how many there are with the
 * others; where there is none, the network's own list will do.
 */
static int list_own(struct ap_sta *s, size_t *count)
{
	const struct ap_bss *b = s->bss;
	size_t own = 0, n = 0;

	for (size_t i = 0; i < b->setup.psk_count; i++)
		own += mac_equal(b->setup.psks[i].addr, s->peer.addr);
	*count = own + b->pmk_count;
	if (!own)
		return 0;
	s->pmks = calloc(own + b->pmk_count, sizeof *s->pmks);
	s->psk_of = calloc(own + b->pmk_count, sizeof *s->psk_of);
	if (!s->pmks || !s->psk_of)
		return -ENOMEM;
	for (size_t i = 0; i < b->setup.psk_count; i++)
		if (mac_equal(b->setup.psks[i].addr, s->peer.addr)) {
			memcpy(s->pmks[n], b->setup.psks[i].pmk, PMK_LEN);
			s->psk_of[n++] = i;
		}
	memcpy(s->pmks + n, b->pmks, b->pmk_count * sizeof *b->pmks);
	memcpy(s->psk_of + n, b->psk_of, b->pmk_count * sizeof *b->psk_of);
	return 0;
}

int ap_keys_setup(struct ap *a, struct ap_sta *s, const struct rsn_suite *suite, struct span element,
		  struct span pmkids)
{
	const struct ap_bss *b = s->bss;
	struct authenticator_setup u = {.suite = *suite};
	const struct pmksa *known;
	const size_t *of;

	if (list_own(s, &u.pmk_count))
		return -ENOMEM;
	u.pmks = (const uint8_t(*)[PMK_LEN])(s->pmks ? s->pmks : b->pmks);
	of = s->pmks ? s->psk_of : b->psk_of;
	mac_copy(u.ends.aa, b->setup.bssid);
	mac_copy(u.ends.spa, s->peer.addr);
	u.own_len = suite->wpa ? b->wpa_len : b->rsn_len;
	memcpy(u.own, suite->wpa ? b->wpa : b->rsn, u.own_len);
	u.theirs_len = element.len;
	memcpy(u.theirs, element.bytes, element.len);
	known = pmksa_find(&a->pmksa, suite->akm, &u.ends, pmkids, a->now_ns);
	for (size_t i = 0; known && i < u.pmk_count; i++)
		if (of[i] == known->tag)
			u.likely = i;
	authenticator_init(&s->auth, a->crypto, &b->group, &u);
	return 0;
}

void ap_keys_forget(struct ap_sta *s)
{
	if (s->pmks)
		crypto_wipe(s->pmks, s->auth.setup.pmk_count * sizeof *s->pmks);
	free(s->pmks);
	free(s->psk_of);
	s->pmks = NULL;
	s->psk_of = NULL;
	authenticator_wipe(&s->auth);
}

void ap_keys_begin(struct ap *a, struct ap_sta *s)
{
	uint8_t anonce[RSN_NONCE];
	struct rsn_out out;

	s->handshake_ns = 0;
	s->wrong_passphrase = false;
	if (random_bytes(&a->random, anonce, sizeof anonce) || authenticator_start(&s->auth, anonce, a->now_ns, &out)) {
		ap_drop(a, DROP_CIPHER_FAILED, s->peer.addr);
		ap_sta_expel(a, s, MGMT_DEAUTH, REASON_UNSPECIFIED);
		return;
	}
	obey(a, s, &out);
}

void ap_keys_receive(struct ap *a, struct ap_sta *s, const struct frame *f)
{
	struct rsn_out out;

	tell_numbers(s->bss);
	authenticator_receive(&s->auth, f->data + ETHER_HLEN, f->len - ETHER_HLEN, a->now_ns, &out);
	obey(a, s, &out);
}

static void tell_group(struct ap *a, struct ap_sta *s)
{
	struct rsn_out out;

	tell_numbers(s->bss);
	authenticator_group(&s->auth, a->now_ns, &out);
	obey(a, s, &out);
}

void ap_keys_due(struct ap *a, struct ap_sta *s)
{
	struct rsn_out out;

	if (s->handshake_ns && a->now_ns >= s->handshake_ns)
		ap_keys_begin(a, s);
	if (!s->gone && s->auth.wake_ns && a->now_ns >= s->auth.wake_ns && !s->eapol_waits) {
		tell_numbers(s->bss);
		authenticator_timeout(&s->auth, a->now_ns, &out);
		obey(a, s, &out);
	}
	if (s->gone || !s->rekey_ns || a->now_ns < s->rekey_ns)
		return;
	s->rekey_ns = a->now_ns + AP_SECOND; /* unless keys come before that */
	if (s->auth.state == AUTHENTICATOR_DONE)
		ap_keys_begin(a, s);
}

void ap_keys_group(struct ap *a, struct ap_bss *b)
{
	uint32_t every_s = b->setup.group_rekey_s;

	if (b->group_switching || renew_group(a, b)) {
		b->group_rekey_ns = a->now_ns + AP_SECOND;
		return;
	}
	b->group_rekey_ns = every_s ? a->now_ns + every_s * AP_SECOND : 0;
	b->group_switching = true;
	b->switch_ns = a->now_ns + AP_SWITCH_NS;
	for (size_t i = 0; i < a->associated_count; i++) {
		struct ap_sta *s = a->associated[i];

		if (s->bss == b && s->peer.authorised && !s->group_pending) {
			s->group_pending = true;
			b->group_pending++;
		}
	}
	if (!b->group_pending) {
		ap_keys_group_switch(a, b);
		return;
	}
	/* From the end, as one may be expelled, and gives its place to the last. */
	for (size_t i = a->associated_count; i--;)
		if (a->associated[i]->group_pending && a->associated[i]->bss == b)
			tell_group(a, a->associated[i]);
}

void ap_keys_michael(struct ap *a, struct ap_sta *s)
{
	struct ap_bss *b = s->bss;

	ap_note(a, b, NOTE_MICHAEL, s->peer.addr, 0);
	if (!countermeasures_failure(&b->countermeasures, a->now_ns))
		return;
	ap_note(a, b, NOTE_COUNTERMEASURES, s->peer.addr, REASON_MIC_FAILURE);
	for (size_t i = a->associated_count; i--;)
		if (a->associated[i]->bss == b && countermeasures_concern(&a->associated[i]->auth.setup.suite))
			ap_sta_expel(a, a->associated[i], MGMT_DEAUTH, REASON_MIC_FAILURE);
	ap_keys_group(a, b);
}

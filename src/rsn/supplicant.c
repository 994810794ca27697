/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/supplicant.h"

#include "wire/le.h"

#include <errno.h>
#include <string.h>

void supplicant_init(struct supplicant *s, struct crypto *c, const struct supplicant_setup *setup)
{
	*s = (struct supplicant){.crypto = c, .setup = *setup, .renew = true, .requests = 1};
}

/* The earlier of the two, 0 if there is none. */
static uint64_t wake(const struct supplicant *s)
{
	return s->rekey_ns && (!s->wake_ns || s->rekey_ns < s->wake_ns) ? s->rekey_ns : s->wake_ns;
}

void supplicant_wipe(struct supplicant *s)
{
	crypto_wipe(s, sizeof *s);
}

/* Fills out->frame; `data` may be empty. */
static enum drop answer(struct supplicant *s, const struct eapol_key *to, const uint8_t *kck, uint16_t info,
			const uint8_t *nonce, struct span data, bool protected, struct rsn_out *out)
{
	const struct rsn_suite *suite = &s->setup.suite;
	struct eapol_key k = {.version = to->version,
			      .descriptor = to->descriptor,
			      .info = info | KEY_MIC | rsn_version(suite),
			      .key_len = suite->wpa ? to->key_len : 0,
			      .replay = to->replay,
			      .nonce = nonce,
			      .data = data};

	out->frame_len = eapol_key_write(&k, out->frame);
	out->frame_protected = protected;
	if (!rsn_mic_put(s->crypto, suite, kck, out->frame, out->frame_len))
		return NOT_DROPPED;
	out->frame_len = 0;
	return DROP_CIPHER_FAILED;
}

static enum drop message_1(struct supplicant *s, const struct eapol_key *k, bool protected, const uint8_t *random,
			   uint64_t now_ns, struct rsn_out *out)
{
	struct supplicant_setup *u = &s->setup;
	struct ptk ptk;
	enum drop d;

	if (rsn_all_zero(k->nonce, RSN_NONCE) || (k->info & (KEY_INSTALL | KEY_ENCRYPTED)))
		return DROP_EAPOL_UNEXPECTED;
	/* On a protected link a new handshake starts under the old key: whoever starts one in the clear is a forger. */
	if (s->keyed && !protected)
		return DROP_EAPOL_UNEXPECTED;
	if (s->renew) {
		memcpy(s->snonce, random, RSN_NONCE);
		s->renew = false;
	}
	if (rsn_ptk(s->crypto, &u->suite, u->pmk, &u->ends, k->nonce, s->snonce, &ptk))
		return DROP_CIPHER_FAILED;
	d = answer(s, k, ptk.kck, KEY_PAIRWISE, s->snonce, (struct span){u->own, u->own_len}, protected, out);
	crypto_wipe(&ptk, sizeof ptk);
	if (d)
		return d;
	s->answers++;
	s->rekey_ns = 0;
	s->state = SUPPLICANT_ANSWERED;
	s->wake_ns = now_ns + RSN_PATIENT_NS;
	return NOT_DROPPED;
}

/* A group key is installed unless it is one that is, under whichever id: its counters would start anew. */
static void install_group(struct rsn_key *held, size_t count, size_t place, const struct rsn_key *fresh,
			  struct rsn_key *out)
{
	for (size_t i = 0; i < count; i++)
		if (held[i].len == fresh->len && crypto_equal(held[i].bytes, fresh->bytes, fresh->len))
			return;
	held[place] = *out = *fresh;
}

/* Reads a group key; its place in the frame has been checked to hold `len` bytes. */
static bool group_key(struct rsn_key *key, enum cipher cipher, unsigned id, const uint8_t *bytes, size_t len,
		      const uint8_t *number)
{
	if (!len || len != cipher_key_len(cipher) || rsn_all_zero(bytes, len))
		return false;
	*key = (struct rsn_key){.cipher = cipher, .id = (uint8_t)id, .len = (uint8_t)len};
	memcpy(key->bytes, bytes, len);
	key->rsc = (uint64_t)le16(number + 4) << 32 | le32(number);
	return true;
}

struct group_keys {
	struct rsn_key gtk, igtk;
};

/* The GTK and IGTK of key data that was encrypted (12.7.2, Figures 12-35 and 12-40). */
static enum drop group_keys_of(const struct rsn_suite *s, const struct eapol_key *k, const struct key_data *d,
			       struct group_keys *g)
{
	unsigned id;

	if (d->gtk.len < 2 ||
	    !group_key(&g->gtk, s->group, d->gtk.bytes[0] & 3, d->gtk.bytes + 2, d->gtk.len - 2, k->rsc) || !g->gtk.id)
		return DROP_EAPOL_KEY_DATA;
	if (s->management >= CIPHERS)
		return NOT_DROPPED;
	if (d->igtk.len < 8)
		return DROP_EAPOL_KEY_DATA;
	id = le16(d->igtk.bytes);
	if ((id != 4 && id != 5) ||
	    !group_key(&g->igtk, s->management, id, d->igtk.bytes + 8, d->igtk.len - 8, d->igtk.bytes + 2))
		return DROP_EAPOL_KEY_DATA;
	return NOT_DROPPED;
}

static void install_groups(struct supplicant *s, const struct group_keys *g, struct rsn_out *out)
{
	install_group(s->gtk, 4, g->gtk.id, &g->gtk, &out->gtk);
	if (g->igtk.len)
		install_group(s->igtk, 2, g->igtk.id - 4u, &g->igtk, &out->igtk);
	out->authorised = !s->authorised;
	s->authorised = true;
}

/* The element in message 3 must be, to the byte, that of beacon and probe response: else they were forged (12.7.6.4). */
static enum drop check_theirs(const struct supplicant_setup *u, struct span rsne, struct rsn_out *out)
{
	if (rsne.bytes && rsne.len == u->theirs_len && memcmp(rsne.bytes, u->theirs, rsne.len) == 0)
		return NOT_DROPPED;
	out->finding = RSN_DOWNGRADE;
	out->disconnect = REASON_IE_DIFFERENT;
	return DROP_EAPOL_RSNE;
}

/* What message 3 carries: for WPA the element in the clear, else all of it, encrypted. */
static enum drop read_message_3(struct supplicant *s, const struct eapol_key *k, const struct ptk *ptk,
				struct group_keys *g, struct rsn_out *out)
{
	uint8_t plain[RSN_FRAME_MAX];
	struct key_data data;
	enum drop d;
	int n;

	if (s->setup.suite.wpa) {
		d = key_data_parse(&data, k->data);
		return d ? d : check_theirs(&s->setup, data.rsne, out);
	}
	if (!(k->info & KEY_ENCRYPTED) || k->data.len > sizeof plain)
		return DROP_EAPOL_KEY_DATA;
	n = rsn_decrypt(s->crypto, &s->setup.suite, ptk->kek, k, plain);
	d = n < 0 ? DROP_EAPOL_KEY_DATA : key_data_parse(&data, (struct span){plain, (size_t)n});
	if (!d)
		d = check_theirs(&s->setup, data.rsne, out);
	if (!d)
		d = group_keys_of(&s->setup.suite, k, &data, g);
	crypto_wipe(plain, sizeof plain);
	return d;
}

static enum drop message_3(struct supplicant *s, const struct eapol_key *k, const uint8_t *frame, bool protected,
			   uint64_t now_ns, struct rsn_out *out)
{
	struct supplicant_setup *u = &s->setup;
	struct group_keys g = {0};
	struct ptk ptk;
	bool again, right;
	enum drop d;

	if (s->state == SUPPLICANT_WAITS)
		return DROP_EAPOL_UNEXPECTED;
	/* Is it the one that we have answered already, sent again because the answer was lost? */
	again = s->keyed && crypto_equal(k->nonce, s->anonce, RSN_NONCE);
	if (again)
		ptk = s->ptk;
	else if (s->renew || rsn_ptk(s->crypto, &u->suite, u->pmk, &u->ends, k->nonce, s->snonce, &ptk))
		return DROP_EAPOL_UNEXPECTED;
	right = rsn_mic_right(s->crypto, &u->suite, ptk.kck, k, frame);
	if (!right) {
		out->finding = s->keyed ? RSN_NOTHING : RSN_WRONG_PASSPHRASE;
		d = DROP_EAPOL_MIC;
	} else {
		s->replay = k->replay;
		s->replay_known = true;
		d = read_message_3(s, k, &ptk, &g, out);
	}
	if (!d)
		d = answer(s, k, ptk.kck, KEY_PAIRWISE | (u->suite.wpa ? 0 : KEY_SECURE), NULL, (struct span){0},
			   protected, out);
	if (!d && !again) {
		s->ptk = ptk;
		memcpy(s->anonce, k->nonce, RSN_NONCE);
		s->keyed = s->renew = true;
		out->ptk = rsn_pairwise(&u->suite, &ptk);
		s->asked = 0;
		s->rekey_ns = u->ptk_rekey_ns ? now_ns + u->ptk_rekey_ns : 0;
	}
	if (!d) {
		s->answers = 0;
		s->state = SUPPLICANT_DONE;
		if (g.gtk.len)
			install_groups(s, &g, out);
		/* With WPA the group key comes in a message of its own. */
		s->wake_ns = s->authorised ? 0 : now_ns + RSN_PATIENT_NS;
	}
	crypto_wipe(&g, sizeof g);
	crypto_wipe(&ptk, sizeof ptk);
	return d;
}

static enum drop group_message(struct supplicant *s, const struct eapol_key *k, const uint8_t *frame, bool protected,
			       struct rsn_out *out)
{
	const struct rsn_suite *suite = &s->setup.suite;
	unsigned id = (k->info & KEY_INDEX) >> 4;
	struct group_keys g = {0};
	uint8_t plain[RSN_FRAME_MAX];
	struct key_data data;
	enum drop d;
	int n;

	if (!s->keyed || !protected || k->data.len > sizeof plain)
		return DROP_EAPOL_UNEXPECTED;
	if (!rsn_mic_right(s->crypto, suite, s->ptk.kck, k, frame))
		return DROP_EAPOL_MIC;
	s->replay = k->replay;
	if (!suite->wpa && !(k->info & KEY_ENCRYPTED))
		return DROP_EAPOL_KEY_DATA;
	n = rsn_decrypt(s->crypto, suite, s->ptk.kek, k, plain);
	if (n < 0)
		return DROP_EAPOL_KEY_DATA;
	if (suite->wpa) {
		/* The bare key; AES key wrap may have padded a shorter one. */
		size_t len = cipher_key_len(suite->group);

		d = id && (size_t)n >= len && group_key(&g.gtk, suite->group, id, plain, len, k->rsc)
			    ? NOT_DROPPED
			    : DROP_EAPOL_KEY_DATA;
	} else {
		d = key_data_parse(&data, (struct span){plain, (size_t)n});
		if (!d)
			d = group_keys_of(suite, k, &data, &g);
	}
	if (!d)
		d = answer(s, k, s->ptk.kck, KEY_SECURE | (suite->wpa ? k->info & KEY_INDEX : 0), NULL,
			   (struct span){0}, protected, out);
	if (!d) {
		install_groups(s, &g, out);
		s->wake_ns = s->state == SUPPLICANT_DONE ? 0 : s->wake_ns;
	}
	crypto_wipe(plain, sizeof plain);
	crypto_wipe(&g, sizeof g);
	return d;
}

static enum drop receive(struct supplicant *s, const uint8_t *frame, size_t len, bool protected, const uint8_t *random,
			 uint64_t now_ns, struct rsn_out *out)
{
	struct eapol_key k;
	enum drop d = eapol_key_parse(&k, frame, len);

	if (!d)
		d = rsn_check_suite(&s->setup.suite, &k);
	if (d)
		return d;
	if (!(k.info & KEY_ACK) || (k.info & (KEY_REQUEST | KEY_ERROR)))
		return DROP_EAPOL_UNEXPECTED;
	if (s->replay_known && k.replay <= s->replay)
		return DROP_EAPOL_REPLAY;
	if (!(k.info & KEY_PAIRWISE))
		return k.info & KEY_MIC ? group_message(s, &k, frame, protected, out) : DROP_EAPOL_UNEXPECTED;
	return k.info & KEY_MIC ? message_3(s, &k, frame, protected, now_ns, out)
				: message_1(s, &k, protected, random, now_ns, out);
}

void supplicant_receive(struct supplicant *s, const uint8_t *frame, size_t len, bool protected,
			const uint8_t random[RSN_NONCE], uint64_t now_ns, struct rsn_out *out)
{
	memset(out, 0, sizeof *out);
	out->drop = receive(s, frame, len, protected, random, now_ns, out);
	out->wake_ns = wake(s);
}

static int request(struct supplicant *s, enum supplicant_wish wish, struct rsn_out *out)
{
	static const uint16_t info[] = {
		[SUPPLICANT_PTK] = KEY_PAIRWISE,
		[SUPPLICANT_GTK] = 0,
		[SUPPLICANT_MICHAEL] = KEY_PAIRWISE | KEY_ERROR,
		[SUPPLICANT_MICHAEL_GROUP] = KEY_ERROR,
	};
	bool wpa = s->setup.suite.wpa;
	struct eapol_key k = {.version = wpa ? 1 : 2, .descriptor = wpa ? EAPOL_WPA : EAPOL_RSN, .replay = s->requests};

	if (!s->keyed)
		return -ENOTCONN;
	s->requests++;
	out->drop = answer(s, &k, s->ptk.kck, info[wish] | KEY_REQUEST | KEY_SECURE, NULL, (struct span){0}, true, out);
	return 0;
}

int supplicant_request(struct supplicant *s, enum supplicant_wish wish, struct rsn_out *out)
{
	memset(out, 0, sizeof *out);
	out->wake_ns = wake(s);
	return request(s, wish, out);
}

enum rsn_finding supplicant_lost(const struct supplicant *s)
{
	return s->answers && !s->keyed ? RSN_WRONG_PASSPHRASE : RSN_NOTHING;
}

void supplicant_timeout(struct supplicant *s, uint64_t now_ns, struct rsn_out *out)
{
	memset(out, 0, sizeof *out);
	if (s->wake_ns && now_ns >= s->wake_ns) {
		/* One message 1 and then nothing is a lost link; again and again it is one who does not believe us. */
		out->finding = s->answers > 1 && !s->keyed ? RSN_WRONG_PASSPHRASE : RSN_SILENCE;
		out->disconnect = REASON_4WAY_TIMEOUT;
		s->wake_ns = s->rekey_ns = 0;
	} else if (s->rekey_ns && now_ns >= s->rekey_ns) {
		request(s, SUPPLICANT_PTK, out);
		s->rekey_ns = now_ns + RSN_PATIENT_NS;
		if (++s->asked == RSN_TRIES) {
			s->asked = 0;
			s->rekey_ns = now_ns + s->setup.ptk_rekey_ns;
		}
	}
	out->wake_ns = wake(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/authenticator.h"

#include "wire/be.h"
#include "wire/le.h"

#include <errno.h>
#include <string.h>

static void renew(struct rsn_key *k, enum cipher cipher, unsigned first_id, const uint8_t *random)
{
	uint8_t id = (uint8_t)(k->len && k->id == first_id ? first_id + 1 : first_id);

	crypto_wipe(k, sizeof *k);
	*k = (struct rsn_key){.cipher = cipher, .id = id, .len = (uint8_t)cipher_key_len(cipher)};
	memcpy(k->bytes, random, k->len);
}

void rsn_group_renew(struct rsn_group *g, const struct rsn_suite *s, const uint8_t random[RSN_GROUP_RANDOM])
{
	renew(&g->gtk, s->group, 1, random);
	renew(&g->igtk, s->management, 4, random + KEY_MAX);
	g->generation++;
}

void authenticator_init(struct authenticator *a, struct crypto *c, const struct rsn_group *g,
			const struct authenticator_setup *setup)
{
	*a = (struct authenticator){.crypto = c, .group = g, .setup = *setup};
}

void authenticator_wipe(struct authenticator *a)
{
	crypto_wipe(a, sizeof *a);
}

/* Key data of message 3: our element, and for WPA2 the group keys. Returns its length. */
static size_t key_data_3(const struct authenticator *a, uint8_t *out)
{
	const struct rsn_key *gtk = &a->group->gtk, *igtk = &a->group->igtk;
	uint8_t *p = out;

	if (a->state == AUTHENTICATOR_PROVED) {
		memcpy(p, a->setup.own, a->setup.own_len);
		p += a->setup.own_len;
	}
	if (a->setup.suite.wpa)
		return (size_t)(p - out);
	p = kde_write(p, KDE_GTK, 2u + gtk->len);
	p[0] = gtk->id;
	p[1] = 0;
	memcpy(p + 2, gtk->bytes, gtk->len);
	p += 2 + gtk->len;
	if (a->setup.suite.management < CIPHERS) {
		p = kde_write(p, KDE_IGTK, 8u + igtk->len);
		put_le16(p, igtk->id);
		put_le32(p + 2, (uint32_t)igtk->rsc);
		put_le16(p + 6, (uint16_t)(igtk->rsc >> 32));
		memcpy(p + 8, igtk->bytes, igtk->len);
		p += 8 + igtk->len;
	}
	return (size_t)(p - out);
}

/* What the message of this state has: information, key length, nonce. */
static struct eapol_key message_of(const struct authenticator *a)
{
	const struct rsn_suite *s = &a->setup.suite;
	struct eapol_key k = {.version = s->wpa ? 1 : 2,
			      .descriptor = s->wpa ? EAPOL_WPA : EAPOL_RSN,
			      .info = rsn_version(s) | KEY_ACK,
			      .replay = a->replay};

	if (a->state == AUTHENTICATOR_GROUP) {
		k.info |= KEY_MIC | KEY_SECURE | (s->wpa ? a->group->gtk.id << 4 : KEY_ENCRYPTED);
		k.key_len = s->wpa ? a->group->gtk.len : 0;
		return k;
	}
	k.info |= KEY_PAIRWISE;
	k.key_len = (uint16_t)cipher_key_len(s->pairwise);
	k.nonce = a->anonce;
	if (a->state == AUTHENTICATOR_PROVED)
		k.info |= KEY_INSTALL | KEY_MIC | (s->wpa ? 0 : KEY_SECURE | KEY_ENCRYPTED);
	return k;
}

/* Builds the message of this state into `out`. Returns 0 or a negative error. */
static int build(struct authenticator *a, struct rsn_out *out)
{
	const struct rsn_suite *s = &a->setup.suite;
	const struct ptk *ptk = a->state == AUTHENTICATOR_GROUP ? &a->ptk : &a->fresh;
	uint8_t data[RSN_FRAME_MAX - EAPOL_KEY_LEN], iv[16], rsc[8] = {0};
	struct eapol_key k = message_of(a);
	bool encrypted = a->state == AUTHENTICATOR_GROUP || (k.info & KEY_ENCRYPTED);
	int n = 0;

	if (a->state == AUTHENTICATOR_GROUP && s->wpa) {
		n = a->group->gtk.len;
		memcpy(data, a->group->gtk.bytes, (size_t)n);
	} else if (a->state != AUTHENTICATOR_ASKED) {
		n = (int)key_data_3(a, data);
	}
	if (encrypted) {
		put_le32(rsc, (uint32_t)a->group->gtk.rsc);
		put_le16(rsc + 4, (uint16_t)(a->group->gtk.rsc >> 32));
		k.rsc = rsc;
		/* RC4's key is IV and KEK: another one for each message. */
		memcpy(iv, a->anonce, 8);
		put_be32(iv + 8, (uint32_t)(a->replay >> 32));
		put_be32(iv + 12, (uint32_t)a->replay);
		k.iv = rsn_version(s) == 1 ? iv : NULL;
		n = rsn_encrypt(a->crypto, s, ptk->kek, iv, data, (size_t)n);
		a->generation = a->group->generation;
	}
	if (n < 0)
		return n;
	k.data = (struct span){data, (size_t)n};
	out->frame_len = eapol_key_write(&k, out->frame);
	out->frame_protected = a->keyed;
	crypto_wipe(data, sizeof data);
	return k.info & KEY_MIC ? rsn_mic_put(a->crypto, s, ptk->kck, out->frame, out->frame_len) : 0;
}

static void fail(struct authenticator *a, uint16_t reason, enum rsn_finding finding, struct rsn_out *out)
{
	a->state = AUTHENTICATOR_FAILED;
	a->wake_ns = 0;
	out->disconnect = reason;
	out->finding = finding;
	out->frame_len = 0;
}

static void send(struct authenticator *a, uint64_t now_ns, struct rsn_out *out)
{
	a->replay++;
	a->wake_ns = now_ns + (a->tries++ ? RSN_AGAIN_NS : RSN_FIRST_NS);
	if (build(a, out)) {
		out->drop = DROP_CIPHER_FAILED;
		fail(a, REASON_4WAY_TIMEOUT, RSN_NOTHING, out);
	}
}

static void enter(struct authenticator *a, enum authenticator_state state, uint64_t now_ns, struct rsn_out *out)
{
	a->state = state;
	a->tries = 0;
	a->first = a->replay + 1;
	send(a, now_ns, out);
}

int authenticator_start(struct authenticator *a, const uint8_t anonce[RSN_NONCE], uint64_t now_ns, struct rsn_out *out)
{
	memset(out, 0, sizeof *out);
	if (rsn_all_zero(anonce, RSN_NONCE) || memcmp(anonce, a->anonce, RSN_NONCE) == 0)
		return -EINVAL;
	memcpy(a->anonce, anonce, RSN_NONCE);
	crypto_wipe(&a->fresh, sizeof a->fresh);
	a->mic_failed = false;
	enter(a, AUTHENTICATOR_ASKED, now_ns, out);
	out->wake_ns = a->wake_ns;
	return 0;
}

void authenticator_group(struct authenticator *a, uint64_t now_ns, struct rsn_out *out)
{
	memset(out, 0, sizeof *out);
	if (a->state == AUTHENTICATOR_DONE)
		enter(a, AUTHENTICATOR_GROUP, now_ns, out);
	out->wake_ns = a->wake_ns;
}

/* Did this passphrase make the MIC?  Then its PTK stays in a->fresh. */
static bool fits(struct authenticator *a, size_t pmk, const struct eapol_key *k, const uint8_t *frame)
{
	const struct authenticator_setup *u = &a->setup;
	uint8_t kck[RSN_KCK];
	bool right = !rsn_kck(a->crypto, &u->suite, u->pmks[pmk], &u->ends, a->anonce, k->nonce, kck) &&
		     rsn_mic_right(a->crypto, &u->suite, kck, k, frame) &&
		     !rsn_ptk(a->crypto, &u->suite, u->pmks[pmk], &u->ends, a->anonce, k->nonce, &a->fresh);

	crypto_wipe(kck, sizeof kck);
	if (right)
		a->pmk = pmk;
	return right;
}

/* Which passphrase made this MIC? */
static bool find_pmk(struct authenticator *a, const struct eapol_key *k, const uint8_t *frame)
{
	const struct authenticator_setup *u = &a->setup;
	size_t likely = a->keyed ? a->pmk : u->likely;

	if (likely < u->pmk_count && fits(a, likely, k, frame))
		return true;
	for (size_t i = 0; !a->keyed && i < u->pmk_count; i++)
		if (i != likely && fits(a, i, k, frame))
			return true;
	return false;
}

static enum drop message_2(struct authenticator *a, const struct eapol_key *k, const uint8_t *frame, uint64_t now_ns,
			   struct rsn_out *out)
{
	struct authenticator_setup *u = &a->setup;
	struct key_data data;

	if (!find_pmk(a, k, frame)) {
		a->mic_failed = true;
		out->finding = RSN_WRONG_PASSPHRASE;
		return DROP_EAPOL_MIC;
	}
	if (key_data_parse(&data, k->data) || !data.rsne.bytes || data.rsne.len != u->theirs_len ||
	    memcmp(data.rsne.bytes, u->theirs, u->theirs_len) != 0) {
		fail(a, REASON_IE_DIFFERENT, RSN_DOWNGRADE, out);
		return DROP_EAPOL_RSNE;
	}
	/* Message 4 may be lost: what the station sends behind it must be opened all the same. */
	if (a->keyed)
		out->next = rsn_pairwise(&u->suite, &a->fresh);
	enter(a, AUTHENTICATOR_PROVED, now_ns, out);
	return NOT_DROPPED;
}

static void finish(struct authenticator *a, uint64_t now_ns, struct rsn_out *out)
{
	/* Did the group get new keys while this handshake went on? */
	if (a->generation != a->group->generation) {
		enter(a, AUTHENTICATOR_GROUP, now_ns, out);
		return;
	}
	a->state = AUTHENTICATOR_DONE;
	a->wake_ns = 0;
}

static enum drop message_4(struct authenticator *a, const struct eapol_key *k, const uint8_t *frame, uint64_t now_ns,
			   struct rsn_out *out)
{
	if (!rsn_mic_right(a->crypto, &a->setup.suite, a->fresh.kck, k, frame))
		return DROP_EAPOL_MIC;
	a->ptk = a->fresh;
	a->keyed = true;
	crypto_wipe(&a->fresh, sizeof a->fresh);
	out->ptk = rsn_pairwise(&a->setup.suite, &a->ptk);
	out->install_first = true; /* a group message may follow at once */
	if (a->setup.suite.wpa) {
		enter(a, AUTHENTICATOR_GROUP, now_ns, out);
		return NOT_DROPPED;
	}
	out->authorised = !a->authorised;
	a->authorised = true;
	finish(a, now_ns, out);
	return NOT_DROPPED;
}

static enum drop group_answer(struct authenticator *a, const struct eapol_key *k, const uint8_t *frame, uint64_t now_ns,
			      struct rsn_out *out)
{
	if (!rsn_mic_right(a->crypto, &a->setup.suite, a->ptk.kck, k, frame))
		return DROP_EAPOL_MIC;
	out->authorised = !a->authorised;
	a->authorised = true;
	finish(a, now_ns, out);
	return NOT_DROPPED;
}

/* Under the installed key, whatever handshake may go on meanwhile; that one goes on (12.7.2, b9 to b11). */
static enum drop request(struct authenticator *a, const struct eapol_key *k, const uint8_t *frame, struct rsn_out *out)
{
	if (!a->keyed || a->state == AUTHENTICATOR_FAILED)
		return DROP_EAPOL_UNEXPECTED;
	if (k->replay < a->requests || k->replay == UINT64_MAX)
		return DROP_EAPOL_REPLAY;
	if (!rsn_mic_right(a->crypto, &a->setup.suite, a->ptk.kck, k, frame))
		return DROP_EAPOL_MIC;
	a->requests = k->replay + 1;
	if (k->info & KEY_ERROR)
		out->finding = RSN_MICHAEL;
	else if (a->state == AUTHENTICATOR_DONE) /* else it gets new keys already */
		out->finding = k->info & KEY_PAIRWISE ? RSN_WANTS_PTK : RSN_WANTS_GTK;
	return NOT_DROPPED;
}

static enum drop receive(struct authenticator *a, const uint8_t *frame, size_t len, uint64_t now_ns,
			 struct rsn_out *out)
{
	struct eapol_key k;
	enum drop d = eapol_key_parse(&k, frame, len);
	bool pairwise;

	if (!d)
		d = rsn_check_suite(&a->setup.suite, &k);
	if (d)
		return d;
	pairwise = k.info & KEY_PAIRWISE;
	if (!(k.info & KEY_MIC) || (k.info & KEY_ACK))
		return DROP_EAPOL_UNEXPECTED;
	if (k.info & KEY_REQUEST)
		return request(a, &k, frame, out);
	if (k.info & KEY_ERROR)
		return DROP_EAPOL_UNEXPECTED;
	switch (a->state) {
	case AUTHENTICATOR_ASKED:
	case AUTHENTICATOR_PROVED:
		/* Message 2 carries an element; message 4 nothing. */
		if (!pairwise || !k.data.len != (a->state == AUTHENTICATOR_PROVED))
			return DROP_EAPOL_UNEXPECTED;
		break;
	case AUTHENTICATOR_GROUP:
		if (pairwise)
			return DROP_EAPOL_UNEXPECTED;
		break;
	case AUTHENTICATOR_IDLE:
	case AUTHENTICATOR_DONE:
	case AUTHENTICATOR_FAILED:
		return DROP_EAPOL_UNEXPECTED;
	}
	if (k.replay < a->first || k.replay > a->replay)
		return DROP_EAPOL_REPLAY;
	if (a->state == AUTHENTICATOR_ASKED)
		return message_2(a, &k, frame, now_ns, out);
	return a->state == AUTHENTICATOR_PROVED ? message_4(a, &k, frame, now_ns, out)
						: group_answer(a, &k, frame, now_ns, out);
}

void authenticator_receive(struct authenticator *a, const uint8_t *frame, size_t len, uint64_t now_ns,
			   struct rsn_out *out)
{
	memset(out, 0, sizeof *out);
	out->drop = receive(a, frame, len, now_ns, out);
	out->wake_ns = a->wake_ns;
}

void authenticator_timeout(struct authenticator *a, uint64_t now_ns, struct rsn_out *out)
{
	bool group = a->state == AUTHENTICATOR_GROUP;

	memset(out, 0, sizeof *out);
	if (!a->wake_ns || now_ns < a->wake_ns) {
		out->wake_ns = a->wake_ns;
		return;
	}
	if (a->tries < RSN_TRIES)
		send(a, now_ns, out);
	else
		fail(a, group ? REASON_GROUP_TIMEOUT : REASON_4WAY_TIMEOUT,
		     a->mic_failed && a->state == AUTHENTICATOR_ASKED ? RSN_WRONG_PASSPHRASE : RSN_SILENCE, out);
	out->wake_ns = a->wake_ns;
}

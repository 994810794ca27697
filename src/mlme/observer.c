/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/observer.h"

#include "base/mac.h"
#include "rsn/handshake.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What one pair of stations sends with: from the access point, and to it.  TKIP tells the two apart. */
struct pair_keys {
	struct key down, up;
};

struct link {
	struct rsn_pair ends;
	struct rsn_suite suite;
	uint8_t anonce[RSN_NONCE], snonce[RSN_NONCE];
	bool asked, answered, keyed; /* message 1 and 2 were seen; a handshake fitted */
	struct ptk ptk;
	struct pair_keys now, before;
};

/* The group keys of an access point by their id; each may have one that was there before. */
struct cell {
	uint8_t bssid[MAC_LEN];
	struct key now[4], before[4];
};

struct observer {
	struct crypto *crypto;
	uint8_t pmk[PMK_LEN];
	struct link **links;
	struct cell **cells;
	size_t link_count, cell_count;
	unsigned fitted, unfitted;
};

struct observer *observer_new(struct crypto *c, const uint8_t pmk[PMK_LEN])
{
	struct observer *o = calloc(1, sizeof *o);

	if (o) {
		o->crypto = c;
		memcpy(o->pmk, pmk, PMK_LEN);
	}
	return o;
}

static void wipe_pair(struct pair_keys *k)
{
	key_wipe(&k->down);
	key_wipe(&k->up);
}

void observer_free(struct observer *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->link_count; i++) {
		wipe_pair(&o->links[i]->now);
		wipe_pair(&o->links[i]->before);
		crypto_wipe(o->links[i], sizeof *o->links[i]);
		free(o->links[i]);
	}
	for (size_t i = 0; i < o->cell_count; i++) {
		for (int id = 0; id < 4; id++) {
			key_wipe(&o->cells[i]->now[id]);
			key_wipe(&o->cells[i]->before[id]);
		}
		free(o->cells[i]);
	}
	free(o->links);
	free(o->cells);
	crypto_wipe(o, sizeof *o);
	free(o);
}

unsigned observer_fitted(const struct observer *o)
{
	return o->fitted;
}

unsigned observer_unfitted(const struct observer *o)
{
	return o->unfitted;
}

static struct link *find_link(const struct observer *o, const uint8_t *aa, const uint8_t *spa)
{
	for (size_t i = 0; i < o->link_count; i++)
		if (mac_equal(o->links[i]->ends.aa, aa) && mac_equal(o->links[i]->ends.spa, spa))
			return o->links[i];
	return NULL;
}

static struct link *make_link(struct observer *o, const uint8_t *aa, const uint8_t *spa)
{
	struct link *l = find_link(o, aa, spa), **more;

	if (l)
		return l;
	more = reallocarray(o->links, o->link_count + 1, sizeof *more);
	l = calloc(1, sizeof *l);
	if (more)
		o->links = more;
	if (!more || !l) {
		free(l);
		return NULL;
	}
	memcpy(l->ends.aa, aa, MAC_LEN);
	memcpy(l->ends.spa, spa, MAC_LEN);
	return o->links[o->link_count++] = l;
}

static struct cell *find_cell(const struct observer *o, const uint8_t *bssid)
{
	for (size_t i = 0; i < o->cell_count; i++)
		if (mac_equal(o->cells[i]->bssid, bssid))
			return o->cells[i];
	return NULL;
}

static struct cell *make_cell(struct observer *o, const uint8_t *bssid)
{
	struct cell *c = find_cell(o, bssid), **more;

	if (c)
		return c;
	more = reallocarray(o->cells, o->cell_count + 1, sizeof *more);
	c = calloc(1, sizeof *c);
	if (more)
		o->cells = more;
	if (!more || !c) {
		free(c);
		return NULL;
	}
	memcpy(c->bssid, bssid, MAC_LEN);
	return o->cells[o->cell_count++] = c;
}

/* ---- learning from handshakes ---- */

/* Sets a key and keeps the one that it takes the place of. */
static void renew(struct observer *o, struct key *now, struct key *before, enum cipher cipher, const uint8_t *bytes,
		  struct key_use use)
{
	struct key fresh = {0};

	if (now->set && now->cipher == cipher && crypto_equal(now->material, bytes, cipher_key_len(cipher)))
		return;
	if (key_set(&fresh, o->crypto, cipher, bytes, cipher_key_len(cipher), use))
		return;
	key_wipe(before);
	*before = *now;
	*now = fresh;
}

static void keep_ptk(struct observer *o, struct link *l, const struct ptk *ptk)
{
	if (l->keyed && crypto_equal(&l->ptk, ptk, sizeof *ptk))
		return;
	l->ptk = *ptk;
	l->keyed = true;
	o->fitted++;
	renew(o, &l->now.down, &l->before.down, l->suite.pairwise, ptk->tk, (struct key_use){.authenticator = false});
	renew(o, &l->now.up, &l->before.up, l->suite.pairwise, ptk->tk, (struct key_use){.authenticator = true});
}

/* Does the passphrase make this message's MIC, with these nonces?  Then the pair has its keys. */
static bool fits(struct observer *o, struct link *l, const struct eapol_key *k, const uint8_t *frame)
{
	struct ptk ptk;
	bool right = !rsn_check_suite(&l->suite, k) &&
		     !rsn_ptk(o->crypto, &l->suite, o->pmk, &l->ends, l->anonce, l->snonce, &ptk) &&
		     rsn_mic_right(o->crypto, &l->suite, ptk.kck, k, frame);

	if (right)
		keep_ptk(o, l, &ptk);
	crypto_wipe(&ptk, sizeof ptk);
	return right;
}

/* The suite is what the station asked for: one cipher, one AKM. */
static bool suite_of(struct rsn_suite *s, const struct eapol_key *k)
{
	struct key_data data;
	struct rsn_element e;

	if (key_data_parse(&data, k->data) || !data.rsne.bytes || rsn_parse(&e, data.rsne) || !e.pairwise)
		return false;
	*s = (struct rsn_suite){.wpa = e.wpa,
				.akm = (k->info & KEY_VERSION) == 3 ? AKM_PSK_SHA256 : AKM_PSK,
				.pairwise = (enum cipher)__builtin_ctz(e.pairwise),
				.group = e.group,
				.management = CIPHERS};
	return s->pairwise >= CIPHER_TKIP && s->pairwise < CIPHER_BIP_CMAC_128;
}

static void keep_group(struct observer *o, const struct link *l, const struct eapol_key *k)
{
	uint8_t plain[2048];
	const uint8_t *gtk = plain;
	struct key_data data = {0};
	unsigned id = (k->info & KEY_INDEX) >> 4;
	struct cell *c;
	int n = -1;

	if (k->data.len <= sizeof plain)
		n = rsn_decrypt(o->crypto, &l->suite, l->ptk.kek, k, plain);
	if (n >= 0 && !l->suite.wpa) {
		if (key_data_parse(&data, (struct span){plain, (size_t)n}) || data.gtk.len < 2)
			n = -1;
		else {
			id = data.gtk.bytes[0] & 3;
			gtk = data.gtk.bytes + 2;
			n = (int)data.gtk.len - 2;
		}
	}
	c = n > 0 && (size_t)n >= cipher_key_len(l->suite.group) && l->suite.group < CIPHERS ? make_cell(o, l->ends.aa)
											     : NULL;
	if (c)
		renew(o, &c->now[id], &c->before[id], l->suite.group, gtk, (struct key_use){.id = (uint8_t)id});
	crypto_wipe(plain, sizeof plain);
}

static void from_authenticator(struct observer *o, struct link *l, const struct eapol_key *k, const uint8_t *frame)
{
	bool right;

	if ((k->info & KEY_PAIRWISE) && !rsn_all_zero(k->nonce, RSN_NONCE)) {
		memcpy(l->anonce, k->nonce, RSN_NONCE);
		l->asked = true;
	}
	if (!(k->info & KEY_MIC) || !l->answered)
		return;
	right = k->info & KEY_PAIRWISE ? fits(o, l, k, frame)
				       : l->keyed && rsn_mic_right(o->crypto, &l->suite, l->ptk.kck, k, frame);
	if (right && (!l->suite.wpa || !(k->info & KEY_PAIRWISE)))
		keep_group(o, l, k);
}

static void from_supplicant(struct observer *o, struct link *l, const struct eapol_key *k, const uint8_t *frame)
{
	struct rsn_suite suite;

	/* Message 2 is the one with an element. */
	if (!(k->info & KEY_PAIRWISE) || !(k->info & KEY_MIC) || !suite_of(&suite, k))
		return;
	l->suite = suite;
	memcpy(l->snonce, k->nonce, RSN_NONCE);
	l->answered = true;
	if (l->asked && !fits(o, l, k, frame))
		o->unfitted++;
}

static void learn(struct observer *o, const struct mpdu *m, const struct frame *f)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 3, 0, 0, 0};
	const uint8_t *body = f->data + m->hdr, *to = f->data + DOT11_ADDR1, *from = f->data + DOT11_ADDR2;
	struct eapol_key k;
	struct link *l;
	bool ack;

	if (!dot11_is_data(m->fc) || f->len < m->hdr + 8u || memcmp(body, snap, 6) != 0 ||
	    be16(body + 6) != ETHERTYPE_EAPOL || eapol_key_parse(&k, body + 8, f->len - m->hdr - 8))
		return;
	ack = k.info & KEY_ACK;
	l = ack ? make_link(o, from, to) : make_link(o, to, from);
	if (l && ack)
		from_authenticator(o, l, &k, body + 8);
	else if (l)
		from_supplicant(o, l, &k, body + 8);
}

/* ---- opening ---- */

static enum drop try(struct key *k, const struct mpdu *m, struct frame **f)
{
	bool part = (m->fc & FC_MORE_FRAGS) || (le16((*f)->data + DOT11_SEQ) & DOT11_FRAG);
	struct frame *copy;
	uint64_t pn;
	enum drop d;

	if (!k || !k->set)
		return DROP_NO_KEY;
	copy = frame_clone(*f);
	if (!copy)
		return DROP_NO_MEMORY;
	key_forget(k);
	d = key_open(k, copy, &pn);
	if (!d && !part)
		d = key_open_msdu(k, copy, pn);
	if (d) {
		frame_free(copy);
		return d;
	}
	frame_free(*f);
	*f = copy;
	return NOT_DROPPED;
}

static enum drop try_both(struct key *now, struct key *before, const struct mpdu *m, struct frame **f)
{
	enum drop d = try(now, m, f);

	return d && before && before->set && !try(before, m, f) ? NOT_DROPPED : d;
}

static enum drop open_group(struct observer *o, const struct mpdu *m, struct frame **f)
{
	struct cell *c = find_cell(o, (*f)->data + DOT11_ADDR2);
	unsigned id = (*f)->len >= m->hdr + 4u ? (*f)->data[m->hdr + 3] >> 6 : 0;

	return c ? try_both(&c->now[id], &c->before[id], m, f) : DROP_NO_KEY;
}

static enum drop open_one(struct observer *o, const struct mpdu *m, struct frame **f)
{
	const uint8_t *to = (*f)->data + DOT11_ADDR1, *from = (*f)->data + DOT11_ADDR2;
	struct link *up, *down;

	if (mac_is_group(to))
		return open_group(o, m, f);
	/* Who is whose access point the bits say, except between access points and in management frames. */
	up = dot11_is_data(m->fc) && !(m->fc & FC_TO_DS) ? NULL : find_link(o, to, from);
	if (up || (dot11_is_management(m->fc) && (up = find_link(o, to, from))))
		return try_both(&up->now.up, &up->before.up, m, f);
	down = find_link(o, from, to);
	return down ? try_both(&down->now.down, &down->before.down, m, f) : DROP_NO_KEY;
}

enum drop observer_see(struct observer *o, struct frame **f, bool *opened)
{
	struct mpdu m;
	enum drop d = mpdu_parse(&m, *f);

	*opened = false;
	if (d)
		return d;
	if (m.fc & FC_PROTECTED) {
		d = open_one(o, &m, f);
		if (d)
			return d;
		*opened = true;
	}
	learn(o, &m, *f);
	return NOT_DROPPED;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an observer finds keys: in EAPOL-Key frames; in the reassociation of a station that goes over to another access
 * point of its mobility domain (IEEE 802.11-2016 13.8), which does without; and, between two stations with a direct
 * link, in the set-up that they send through their access point (12.7.9).
 */
#include "decrypt/observer/observer_state.h"

#include "wire/be.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <stdlib.h>

struct link *observer_link(const struct observer *o, const uint8_t *aa, const uint8_t *spa)
{
	struct rsn_pair ends;
	struct link *l;

	memcpy(ends.aa, aa, MAC_LEN);
	memcpy(ends.spa, spa, MAC_LEN);
	HASH_FIND(hh, o->links, &ends, sizeof ends, l);
	return l;
}

static struct link *make_link(struct observer *o, const uint8_t *aa, const uint8_t *spa)
{
	struct link *l = observer_link(o, aa, spa);

	if (l)
		return l;
	l = calloc(1, sizeof *l);
	if (!l)
		return NULL;
	memcpy(l->ends.aa, aa, MAC_LEN);
	memcpy(l->ends.spa, spa, MAC_LEN);
	HASH_ADD(hh, o->links, ends, sizeof l->ends, l);
	if (!l->hh.tbl) { /* uthash had no memory */
		free(l);
		return NULL;
	}
	return l;
}

struct cell *observer_cell(const struct observer *o, const uint8_t *bssid)
{
	struct cell *c;

	HASH_FIND(hh, o->cells, bssid, MAC_LEN, c);
	return c;
}

static struct cell *make_cell(struct observer *o, const uint8_t *bssid)
{
	struct cell *c = observer_cell(o, bssid);

	if (c)
		return c;
	c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	memcpy(c->bssid, bssid, MAC_LEN);
	HASH_ADD(hh, o->cells, bssid, MAC_LEN, c);
	if (!c->hh.tbl) {
		free(c);
		return NULL;
	}
	return c;
}

/* ---- learning from handshakes ---- */

/* Sets a key and keeps the one that it takes the place of. */
static void renew(struct observer *o, struct learned *now, struct learned *before, enum cipher cipher,
		  const uint8_t *bytes, struct key_use use)
{
	struct key fresh = {0};

	if (now->key.set && now->key.cipher == cipher && crypto_equal(now->key.material, bytes, cipher_key_len(cipher)))
		return;
	if (key_set(&fresh, o->crypto, cipher, bytes, cipher_key_len(cipher), use))
		return;
	key_wipe(&before->key);
	*before = *now;
	*now = (struct learned){fresh, ++o->learned};
}

static void keep_ptk(struct observer *o, struct link *l, const struct ptk *ptk)
{
	if (l->keyed && crypto_equal(&l->ptk, ptk, sizeof *ptk))
		return;
	l->ptk = *ptk;
	l->keyed = true;
	o->fitted++;
	renew(o, &l->now.down, &l->before.down, l->said.suite.pairwise, ptk->tk,
	      (struct key_use){.authenticator = false});
	renew(o, &l->now.up, &l->before.up, l->said.suite.pairwise, ptk->tk, (struct key_use){.authenticator = true});
}

/* The PTK that this network would have made with these nonces. */
static bool make_ptk(struct observer *o, const struct link *l, const struct observer_network *n, struct ptk *ptk)
{
	struct span ssid = {n->ssid, n->ssid_len};
	uint8_t pmk[PMK_LEN];
	bool ok = true;

	if (l->said.suite.akm == AKM_FT_PSK)
		ok = !ft_pmk_r1(o->crypto, n->pmk, ssid, &l->said.holders, l->ends.spa, pmk);
	else
		memcpy(pmk, n->pmk, PMK_LEN);
	ok = ok && !rsn_ptk(o->crypto, &l->said.suite, pmk, &l->ends, l->said.anonce, l->said.snonce, ptk);
	crypto_wipe(pmk, sizeof pmk);
	return ok;
}

/* What a PTK has to be right for: an EAPOL-Key frame, or a reassociation. */
struct proof {
	const struct eapol_key *k;
	const uint8_t *frame;
	const struct ft_covered *covered; /* NULL: it is the EAPOL-Key frame */
};

static bool proves(struct observer *o, const struct link *l, const struct ptk *ptk, const struct proof *p)
{
	if (p->covered)
		return ft_mic_right(o->crypto, ptk->kck, &l->ends, p->covered);
	return rsn_mic_right(o->crypto, &l->said.suite, ptk->kck, p->k, p->frame);
}

/* Does one of the networks make this message's MIC, with these nonces?  Then the pair has its keys. */
static bool fits(struct observer *o, struct link *l, const struct proof *p)
{
	struct ptk ptk;
	bool right = false;

	if (p->k && rsn_check_suite(&l->said.suite, p->k))
		return false;
	for (size_t i = 0; i < o->count && !right; i++)
		right = !o->networks[i].is_wep && make_ptk(o, l, &o->networks[i], &ptk) && proves(o, l, &ptk, p);
	if (right)
		keep_ptk(o, l, &ptk);
	crypto_wipe(&ptk, sizeof ptk);
	return right;
}

/* What the station asked for: one cipher, one AKM. */
static bool suite_from(struct rsn_suite *s, const struct rsn_element *e)
{
	if (!e->pairwise)
		return false;
	*s = (struct rsn_suite){.wpa = e->wpa,
				.akm = e->akms ? (enum akm)__builtin_ctz(e->akms) : AKM_PSK,
				.pairwise = (enum cipher)__builtin_ctz(e->pairwise),
				.group = e->group,
				.management = e->management};
	return s->pairwise >= CIPHER_TKIP && s->pairwise < CIPHER_BIP_CMAC_128;
}

static bool holders_from(struct ft_holders *h, struct span mobility, struct span ft)
{
	struct ft_element e;

	return ft_parse(&e, ft) && ft_holders_of(h, mobility, &e);
}

static bool suite_of(struct rsn_suite *s, struct ft_holders *h, const struct eapol_key *k)
{
	struct key_data data;
	struct rsn_element e;

	if (key_data_parse(&data, k->data) || !data.rsne.bytes || rsn_parse(&e, data.rsne))
		return false;
	return suite_from(s, &e) && (s->akm != AKM_FT_PSK || holders_from(h, data.mobility, data.ft));
}

static void keep_igtk(const struct rsn_suite *s, struct cell *c, struct span kde)
{
	size_t len = s->management < CIPHERS ? cipher_key_len(s->management) : 0;
	unsigned id = kde.len >= 2 ? le16(kde.bytes) : 0;

	if (!len || len + 8 != kde.len || (id != 4 && id != 5))
		return;
	c->igtk[id - 4] = (struct observed_igtk){.cipher = s->management, .len = len};
	memcpy(c->igtk[id - 4].bytes, kde.bytes + 8, len);
}

const struct observed_igtk *observer_igtk(const struct observer *o, const uint8_t bssid[6], unsigned id)
{
	const struct cell *c = id == 4 || id == 5 ? observer_cell(o, bssid) : NULL;

	return c && c->igtk[id - 4].len ? &c->igtk[id - 4] : NULL;
}

static void keep_gtk(struct observer *o, const struct link *l, unsigned id, const uint8_t *gtk, size_t len,
		     struct span igtk)
{
	uint64_t number;
	struct cell *c = l->said.suite.group < CIPHERS && len >= cipher_key_len(l->said.suite.group)
				 ? make_cell(o, l->ends.aa)
				 : NULL;

	if (!c)
		return;
	number = c->now[id].number;
	renew(o, &c->now[id], &c->before[id], l->said.suite.group, gtk, (struct key_use){.id = (uint8_t)id});
	/* Both are renewed together, but not everybody is told the IGTK: then the one before is void. */
	if (c->now[id].number != number)
		crypto_wipe(c->igtk, sizeof c->igtk);
	keep_igtk(&l->said.suite, c, igtk);
}

static void keep_group(struct observer *o, const struct link *l, const struct eapol_key *k)
{
	uint8_t plain[2048];
	const uint8_t *gtk = plain;
	struct key_data data = {0};
	unsigned id = (k->info & KEY_INDEX) >> 4;
	int n = -1;

	if (k->data.len <= sizeof plain)
		n = rsn_decrypt(o->crypto, &l->said.suite, l->ptk.kek, k, plain);
	if (n >= 0 && !l->said.suite.wpa) {
		if (key_data_parse(&data, (struct span){plain, (size_t)n}) || data.gtk.len < 2)
			n = -1;
		else {
			id = data.gtk.bytes[0] & 3;
			gtk = data.gtk.bytes + 2;
			n = (int)data.gtk.len - 2;
		}
	}
	if (n > 0)
		keep_gtk(o, l, id, gtk, (size_t)n, data.igtk);
	crypto_wipe(plain, sizeof plain);
}

static void from_authenticator(struct observer *o, struct link *l, const struct eapol_key *k, const uint8_t *frame)
{
	bool right;

	if ((k->info & KEY_PAIRWISE) && !rsn_all_zero(k->nonce, RSN_NONCE)) {
		memcpy(l->said.anonce, k->nonce, RSN_NONCE);
		l->said.asked = true;
	}
	if (!(k->info & KEY_MIC) || !l->said.answered)
		return;
	right = k->info & KEY_PAIRWISE ? fits(o, l, &(struct proof){.k = k, .frame = frame})
				       : l->keyed && rsn_mic_right(o->crypto, &l->said.suite, l->ptk.kck, k, frame);
	if (right && (!l->said.suite.wpa || !(k->info & KEY_PAIRWISE)))
		keep_group(o, l, k);
}

static void from_supplicant(struct observer *o, struct link *l, const struct eapol_key *k, const uint8_t *frame)
{
	struct rsn_suite suite;
	struct ft_holders holders = {0};

	/* Message 2 is the one with an element. */
	if (!(k->info & KEY_PAIRWISE) || !(k->info & KEY_MIC) || !suite_of(&suite, &holders, k))
		return;
	l->said.suite = suite;
	l->said.holders = holders;
	memcpy(l->said.snonce, k->nonce, RSN_NONCE);
	l->said.answered = true;
	if (l->said.asked && !fits(o, l, &(struct proof){.k = k, .frame = frame}))
		o->unfitted++;
}

/* ---- a station that goes over to another access point ---- */

struct reassociation {
	struct mgmt m;
	struct ft_covered covered;
	struct ft_element ft;
	struct rsn_element rsn;
};

static bool reassociation_parse(struct reassociation *r, const uint8_t *bytes, size_t len)
{
	struct element e;
	struct span rest;

	*r = (struct reassociation){0};
	if (mgmt_parse(&r->m, bytes, len) ||
	    (r->m.subtype != MGMT_REASSOC_REQUEST && r->m.subtype != MGMT_REASSOC_RESPONSE))
		return false;
	r->covered = (struct ft_covered){.response = r->m.subtype == MGMT_REASSOC_RESPONSE, .rsn = r->m.rsn};
	rest = r->m.body;
	while (element_next(&rest, &e)) {
		struct span *s = e.id == EID_MOBILITY_DOMAIN ? &r->covered.mobility
				 : e.id == EID_FT            ? &r->covered.ft
				 : e.id == EID_RSNX          ? &r->covered.rsnx
							     : NULL;

		if (s && !s->bytes)
			*s = e.whole;
	}
	return r->covered.rsn.bytes && r->covered.mobility.bytes && ft_parse(&r->ft, r->covered.ft) &&
	       !rsn_parse(&r->rsn, r->covered.rsn);
}

/*
 * It has all that the PTK is made of: no frame of the authentication before it is needed.  The request says what was
 * agreed to; the response alone does when it names one cipher.
 */
static void learn_transition(struct observer *o, const uint8_t *bytes, size_t len)
{
	struct ft_holders holders;
	struct reassociation r;
	struct rsn_suite suite;
	uint8_t gtk[KEY_MAX];
	struct said before;
	struct link *l;
	unsigned id;
	int n;

	if (!reassociation_parse(&r, bytes, len) || !suite_from(&suite, &r.rsn) || !(r.rsn.akms & 1u << AKM_FT_PSK) ||
	    !ft_holders_of(&holders, r.covered.mobility, &r.ft))
		return;
	l = make_link(o, r.m.bssid, r.covered.response ? r.m.da : r.m.sa);
	if (!l)
		return;
	suite.akm = AKM_FT_PSK;
	before = l->said;
	if (!r.covered.response || !l->said.answered || memcmp(l->said.snonce, r.ft.snonce, RSN_NONCE) != 0) {
		if (r.rsn.pairwise & (r.rsn.pairwise - 1))
			return;
		l->said.suite = suite;
	}
	l->said.holders = holders;
	memcpy(l->said.anonce, r.ft.anonce, RSN_NONCE);
	memcpy(l->said.snonce, r.ft.snonce, RSN_NONCE);
	l->said.asked = l->said.answered = true;
	if (!fits(o, l, &(struct proof){.covered = &r.covered})) {
		l->said = before; /* nothing else will prove it */
		o->unfitted += !r.covered.response;
		return;
	}
	n = r.ft.gtk.bytes ? ft_gtk(o->crypto, l->ptk.kek, r.ft.gtk, &id, gtk) : -1;
	if (n > 0)
		keep_gtk(o, l, id, gtk, (size_t)n, (struct span){0});
	crypto_wipe(gtk, sizeof gtk);
}

/* ---- direct links ---- */

enum { TDLS_PAYLOAD = 2, TDLS_CATEGORY = 12, TDLS_RESPONSE = 1, TDLS_CONFIRM = 2, EID_LINK_IDENTIFIER = 101 };

/* What the response and the confirm of a set-up bring, and their MIC covers: whole elements. */
struct tdls_setup {
	uint8_t sequence;
	struct span link, rsn, timeout, ft;
	struct ft_element nonces;
	struct rsn_suite suite;
};

/* From the category on (9.6.13.3, 9.6.13.4). */
static bool tdls_parse(struct tdls_setup *t, struct span body)
{
	struct rsn_element rsn;
	struct element e;
	const uint8_t *head = span_take(&body, 5); /* category, action, status, token */

	*t = (struct tdls_setup){0};
	if (!head || head[0] != TDLS_CATEGORY || (head[1] != TDLS_RESPONSE && head[1] != TDLS_CONFIRM) ||
	    le16(head + 2))
		return false;
	t->sequence = head[1] + 1;
	/* Only the response tells its capabilities. */
	if (head[1] == TDLS_RESPONSE && !span_take(&body, 2))
		return false;
	while (element_next(&body, &e)) {
		struct span *s = e.id == EID_LINK_IDENTIFIER    ? &t->link
				 : e.id == EID_RSN              ? &t->rsn
				 : e.id == EID_TIMEOUT_INTERVAL ? &t->timeout
				 : e.id == EID_FT               ? &t->ft
								: NULL;

		if (s && !s->bytes)
			*s = e.whole;
	}
	return t->link.len == 2 + 3 * MAC_LEN && t->rsn.bytes && t->timeout.bytes && ft_parse(&t->nonces, t->ft) &&
	       !rsn_parse(&rsn, t->rsn) && suite_from(&t->suite, &rsn);
}

static bool tdls_mic_right(struct observer *o, const struct tdls_setup *t, const uint8_t *kck)
{
	const uint8_t *ends = t->link.bytes + 2 + MAC_LEN; /* initiator, responder */
	const struct piece before[FT_BEFORE] = {{ends, 2 * MAC_LEN},
						{&t->sequence, 1},
						{t->link.bytes, t->link.len},
						{t->rsn.bytes, t->rsn.len},
						{t->timeout.bytes, t->timeout.len}};

	return ft_mic_over(o->crypto, kck, before, FT_BEFORE, t->ft, (struct span){0});
}

static void learn_tdls(struct observer *o, struct span body)
{
	struct tdls_setup t;
	const uint8_t *link;
	struct ptk tpk;
	struct link *l;

	if (!tdls_parse(&t, body))
		return;
	link = t.link.bytes + 2;
	l = make_link(o, link + MAC_LEN, link + 2 * MAC_LEN);
	if (!l)
		return;
	l->said.suite = t.suite;
	if (!rsn_tpk(o->crypto, &t.suite, link, &l->ends, t.nonces.anonce, t.nonces.snonce, &tpk) &&
	    tdls_mic_right(o, &t, tpk.kck))
		keep_ptk(o, l, &tpk);
	crypto_wipe(&tpk, sizeof tpk);
}

/* ---- which frames ---- */

static bool is_snap(const uint8_t *body, uint16_t ethertype)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 3, 0, 0, 0};

	return memcmp(body, snap, sizeof snap) == 0 && be16(body + sizeof snap) == ethertype;
}

bool observer_may_learn(const uint8_t *bytes, size_t len)
{
	uint16_t fc = len >= DOT11_HDR_MIN ? le16(bytes) : 0, subtype = fc & (FC_TYPE | FC_SUBTYPE);
	size_t hdr = dot11_hdr_len(fc);

	if (len < DOT11_HDR_MIN)
		return false;
	if (subtype == MGMT_REASSOC_REQUEST || subtype == MGMT_REASSOC_RESPONSE)
		return true;
	if (!dot11_is_data(fc) || len < hdr + SNAP_HLEN + EAPOL_KEY_LEN)
		return false;
	if (fc & FC_PROTECTED)
		return len <= OBSERVER_KEY_FRAME_MAX;
	return is_snap(bytes + hdr, ETHERTYPE_EAPOL) || is_snap(bytes + hdr, ETHERTYPE_TDLS);
}

static void learn_handshake(struct observer *o, const struct mpdu *m, const struct frame *f)
{
	const uint8_t *body = f->data + m->hdr + SNAP_HLEN, *to = f->data + DOT11_ADDR1, *from = f->data + DOT11_ADDR2;
	struct eapol_key k;
	struct link *l;
	bool ack;

	if (eapol_key_parse(&k, body, f->len - m->hdr - SNAP_HLEN))
		return;
	ack = k.info & KEY_ACK;
	l = ack ? make_link(o, from, to) : make_link(o, to, from);
	if (l && ack)
		from_authenticator(o, l, &k, body);
	else if (l)
		from_supplicant(o, l, &k, body);
}

void observer_learn(struct observer *o, const struct mpdu *m, const struct frame *f)
{
	const uint8_t *body = f->data + m->hdr;
	size_t len = f->len - m->hdr;

	if (dot11_is_management(m->fc)) {
		learn_transition(o, f->data, f->len);
		return;
	}
	if (!dot11_is_data(m->fc) || len <= SNAP_HLEN)
		return;
	if (is_snap(body, ETHERTYPE_EAPOL))
		learn_handshake(o, m, f);
	else if (is_snap(body, ETHERTYPE_TDLS) && body[SNAP_HLEN] == TDLS_PAYLOAD)
		learn_tdls(o, (struct span){body + SNAP_HLEN + 1, len - SNAP_HLEN - 1});
}

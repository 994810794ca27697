/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/peer.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { GTKS = 4, IGTKS = 2, IGTK_FIRST = 4 };

/*
 * Is it one of these keys already, under whatever id?  A group key that is installed again, even at another place,
 * would take frames a second time that were replayed.
 */
static bool installed(const struct key *keys, int count, enum cipher cipher, const uint8_t *material, size_t len)
{
	for (int i = 0; i < count; i++)
		if (keys[i].set && keys[i].cipher == cipher && len == cipher_key_len(cipher) &&
		    crypto_equal(keys[i].material, material, len))
			return true;
	return false;
}

int group_keys_set(struct group_keys *g, struct crypto *c, enum cipher cipher, const uint8_t *material, size_t len,
		   struct key_use use, bool send)
{
	bool management = cipher >= CIPHER_BIP_CMAC_128;
	struct key *keys = management ? g->igtk : g->gtk;
	int first = management ? IGTK_FIRST : 0, count = management ? IGTKS : GTKS, e;

	if (cipher >= CIPHERS || use.id < first || use.id >= first + count)
		return -EINVAL;
	if (installed(keys, count, cipher, material, len))
		return -EALREADY;
	e = key_set(&keys[use.id - first], c, cipher, material, len, use);
	if (!e && send && management)
		g->igtk_id = use.id;
	else if (!e && send)
		g->gtk_id = use.id;
	return e;
}

void group_keys_wipe(struct group_keys *g)
{
	for (int i = 0; i < GTKS; i++)
		key_wipe(&g->gtk[i]);
	for (int i = 0; i < IGTKS; i++)
		key_wipe(&g->igtk[i]);
	*g = (struct group_keys){0};
}

void peer_init(struct peer *p, bool ap, const uint8_t own[6], const uint8_t addr[6], const uint8_t bssid[6],
	       struct group_keys *g)
{
	struct peer fresh = {.ap = ap, .group = g};

	mac_copy(fresh.own, own);
	mac_copy(fresh.addr, addr);
	mac_copy(fresh.bssid, bssid);
	memset(fresh.seen, 0xff, sizeof fresh.seen); /* PEER_SEEN_NONE */
	peer_wipe(p);
	*p = fresh;
}

void peer_wipe(struct peer *p)
{
	peer_forget_other(p);
	key_wipe(&p->pairwise);
	defrag_purge(&p->defrag);
}

void peer_forget_other(struct peer *p)
{
	if (!p->other)
		return;
	defrag_purge_key(&p->defrag, &p->other->key);
	key_wipe(&p->other->key);
	free(p->other);
	p->other = NULL;
}

int peer_set_key(struct peer *p, struct crypto *c, enum cipher cipher, const uint8_t *material, size_t len,
		 struct key_use use)
{
	bool expected = p->other && installed(&p->other->key, 1, cipher, material, len);
	int e = 0;

	/* Without what was installed before: a key that has gone does not come back, with its numbers at zero. */
	if (expected && !p->other->next)
		return -EALREADY;
	if (expected) {
		key_wipe(&p->pairwise);
		p->pairwise = p->other->key;
		crypto_wipe(&p->other->key, sizeof p->other->key);
	} else {
		e = key_set(&p->pairwise, c, cipher, material, len, use);
	}
	if (e == -EALREADY)
		return e;
	defrag_purge(&p->defrag);
	peer_forget_other(p);
	return e;
}

int peer_renew_key(struct peer *p, struct crypto *c, enum cipher cipher, const uint8_t *material, size_t len,
		   struct key_use use, uint64_t until_ns)
{
	struct other_key *before = p->pairwise.set ? calloc(1, sizeof *before) : NULL;
	bool known = installed(&p->pairwise, 1, cipher, material, len) ||
		     (p->other && installed(&p->other->key, 1, cipher, material, len));
	int e;

	if (!before || known) { /* without memory for it the old one is lost, no more */
		free(before);
		return peer_set_key(p, c, cipher, material, len, use);
	}
	*before = (struct other_key){.key = p->pairwise, .until_ns = until_ns};
	crypto_wipe(&p->pairwise, sizeof p->pairwise);
	e = peer_set_key(p, c, cipher, material, len, use);
	p->other = before;
	if (e)
		peer_forget_other(p);
	return e;
}

int peer_expect_key(struct peer *p, struct crypto *c, enum cipher cipher, const uint8_t *material, size_t len,
		    struct key_use use)
{
	struct other_key *next;
	int e;

	if (installed(&p->pairwise, 1, cipher, material, len) ||
	    (p->other && installed(&p->other->key, 1, cipher, material, len)))
		return -EALREADY;
	next = calloc(1, sizeof *next);
	if (!next)
		return -ENOMEM;
	next->next = true;
	e = key_set(&next->key, c, cipher, material, len, use);
	peer_forget_other(p);
	p->other = next;
	if (e)
		peer_forget_other(p);
	return e;
}

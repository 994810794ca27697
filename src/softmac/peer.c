/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/peer.h"

#include "base/mac.h"

#include <errno.h>
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
	key_wipe(&p->pairwise);
	defrag_purge(&p->defrag);
}

int peer_set_key(struct peer *p, struct crypto *c, enum cipher cipher, const uint8_t *material, size_t len,
		 struct key_use use)
{
	int e = key_set(&p->pairwise, c, cipher, material, len, use);

	if (e != -EALREADY)
		defrag_purge(&p->defrag);
	return e;
}

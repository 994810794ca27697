/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/peer.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { GTK_COUNT = 4, IGTK_COUNT = 2, IGTK_FIRST = 4, BIGTK_FIRST = 6 };

/*
 * Is it one of these keys, with any id? A second installation of a group key, even with another id, would accept replayed
 * frames.
 */
static bool contains_key(const struct key *keys, int count, enum cipher cipher, const uint8_t *material, size_t len)
{
	for (int i = 0; i < count; i++)
		if (keys[i].set && keys[i].cipher == cipher && len == cipher_key_len(cipher) &&
		    crypto_equal(keys[i].material, material, len))
			return true;
	return false;
}

int group_keys_set(struct group_keys *group, struct crypto *crypto, enum cipher cipher, const uint8_t *material,
		   size_t len, struct key_params params, bool transmit)
{
	bool management = cipher >= CIPHER_BIP_CMAC_128, beacon = management && params.id >= BIGTK_FIRST;
	struct key *keys = beacon ? group->bigtk : management ? group->igtk : group->gtk;
	int first = beacon       ? BIGTK_FIRST
		    : management ? IGTK_FIRST
				 : 0,
	    count = management ? IGTK_COUNT : GTK_COUNT, err;

	if (cipher >= CIPHER_COUNT || params.id < first || params.id >= first + count)
		return -EINVAL;
	if (contains_key(keys, count, cipher, material, len))
		return -EALREADY;
	err = key_set(&keys[params.id - first], crypto, cipher, material, len, params);
	if (!err && transmit && beacon)
		group->bigtk_id = params.id;
	else if (!err && transmit && management)
		group->igtk_id = params.id;
	else if (!err && transmit)
		group->gtk_id = params.id;
	return err;
}

void group_keys_wipe(struct group_keys *group)
{
	for (int i = 0; i < GTK_COUNT; i++)
		key_wipe(&group->gtk[i]);
	for (int i = 0; i < IGTK_COUNT; i++) {
		key_wipe(&group->igtk[i]);
		key_wipe(&group->bigtk[i]);
	}
	*group = (struct group_keys){0};
}

void peer_init(struct peer *peer, bool is_ap, const uint8_t own_addr[6], const uint8_t addr[6], const uint8_t bssid[6],
	       struct group_keys *group)
{
	struct peer fresh = {.is_ap = is_ap, .group = group};

	mac_copy(fresh.own_addr, own_addr);
	mac_copy(fresh.addr, addr);
	mac_copy(fresh.bssid, bssid);
	memset(fresh.last_seq_control, 0xff, sizeof(fresh.last_seq_control)); /* PEER_SEQ_CONTROL_NONE */
	peer_wipe(peer);
	*peer = fresh;
}

void peer_wipe(struct peer *peer)
{
	peer_forget_alternate(peer);
	key_wipe(&peer->pairwise);
	defrag_purge(&peer->defrag);
}

void peer_forget_alternate(struct peer *peer)
{
	if (!peer->alternate)
		return;
	defrag_purge_key(&peer->defrag, &peer->alternate->key);
	key_wipe(&peer->alternate->key);
	free(peer->alternate);
	peer->alternate = NULL;
}

int peer_set_key(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
		 struct key_params params)
{
	bool expected = peer->alternate && contains_key(&peer->alternate->key, 1, cipher, material, len);
	int err = 0;

	/* The previous key must not come back with its packet numbers reset. */
	if (expected && !peer->alternate->is_next)
		return -EALREADY;
	if (expected) {
		key_wipe(&peer->pairwise);
		peer->pairwise = peer->alternate->key;
		crypto_wipe(&peer->alternate->key, sizeof(peer->alternate->key));
	} else {
		err = key_set(&peer->pairwise, crypto, cipher, material, len, params);
	}
	if (err == -EALREADY)
		return err;
	defrag_purge(&peer->defrag);
	peer_forget_alternate(peer);
	return err;
}

int peer_rekey(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
	       struct key_params params, uint64_t until_ns)
{
	struct alternate_key *old = peer->pairwise.set ? calloc(1, sizeof(*old)) : NULL;
	bool known = contains_key(&peer->pairwise, 1, cipher, material, len) ||
		     (peer->alternate && contains_key(&peer->alternate->key, 1, cipher, material, len));
	int err;

	if (!old || known) { /* without memory only the old key is lost */
		free(old);
		return peer_set_key(peer, crypto, cipher, material, len, params);
	}
	*old = (struct alternate_key){.key = peer->pairwise, .until_ns = until_ns};
	crypto_wipe(&peer->pairwise, sizeof(peer->pairwise));
	err = peer_set_key(peer, crypto, cipher, material, len, params);
	peer->alternate = old;
	if (err)
		peer_forget_alternate(peer);
	return err;
}

int peer_set_next_key(struct peer *peer, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
		      struct key_params params)
{
	struct alternate_key *next;
	int err;

	if (contains_key(&peer->pairwise, 1, cipher, material, len) ||
	    (peer->alternate && contains_key(&peer->alternate->key, 1, cipher, material, len)))
		return -EALREADY;
	next = calloc(1, sizeof(*next));
	if (!next)
		return -ENOMEM;
	next->is_next = true;
	err = key_set(&next->key, crypto, cipher, material, len, params);
	peer_forget_alternate(peer);
	peer->alternate = next;
	if (err)
		peer_forget_alternate(peer);
	return err;
}

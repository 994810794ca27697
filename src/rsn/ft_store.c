/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/ft_store.h"

#include "base/array.h"
#include "base/mac.h"
#include "wire/le.h"

#include <stdlib.h>
#include <string.h>

void ft_store_init(struct ft_store *store, const uint8_t secret[FT_SECRET_LEN], size_t entry_max)
{
	*store = (struct ft_store){.entry_max = entry_max};
	memcpy(store->secret, secret, FT_SECRET_LEN);
}

void ft_store_free(struct ft_store *store)
{
	if (store->entries)
		crypto_wipe(store->entries, store->entry_room * sizeof(*store->entries));
	free(store->entries);
	free(store->members);
	crypto_wipe(store, sizeof(*store));
}

/* ---- access points ---- */

static struct ft_member *find_member(const struct ft_store *store, const uint8_t bssid[6])
{
	for (size_t i = 0; i < store->member_count; i++)
		if (mac_equal(store->members[i].bssid, bssid))
			return &store->members[i];
	return NULL;
}

const struct ft_member *ft_store_member(const struct ft_store *store, const uint8_t bssid[6])
{
	return find_member(store, bssid);
}

int ft_store_join(struct ft_store *store, const struct ft_member *member)
{
	struct ft_member *known = find_member(store, member->bssid);
	int err;

	if (known) {
		*known = *member;
		return 0;
	}
	err = array_reserve(&store->members, &store->member_room, store->member_count + 1, sizeof(*store->members));
	if (!err)
		store->members[store->member_count++] = *member;
	return err;
}

static void remove_entry(struct ft_store *store, struct ft_entry *entry)
{
	struct ft_entry *last = &store->entries[--store->entry_count];

	*entry = *last;
	crypto_wipe(last, sizeof(*last));
}

void ft_store_forget(struct ft_store *store, const uint8_t bssid[6])
{
	for (size_t i = store->entry_count; i--;)
		if (mac_equal(store->entries[i].owner, bssid))
			remove_entry(store, &store->entries[i]);
}

void ft_store_leave(struct ft_store *store, const uint8_t bssid[6])
{
	struct ft_member *member = find_member(store, bssid);

	ft_store_forget(store, bssid);
	if (member)
		*member = store->members[--store->member_count];
}

/* ---- keys ---- */

/* Of a PMK-R1 that another host has sent without being asked, the length of the PMK says as much as needed. */
bool ft_entry_permits(const struct ft_entry *entry, enum akm akm)
{
	if (entry->akm != AKM_NONE)
		return entry->akm == akm;
	return akm_info(akm)->ft && (akm == AKM_FT_SAE_EXT_KEY || entry->r0.pmk_len == PMK_LEN);
}

static struct ft_entry *find_same(struct ft_store *store, const struct ft_entry *new)
{
	for (size_t i = 0; i < store->entry_count; i++)
		if (mac_equal(store->entries[i].spa, new->spa) && mac_equal(store->entries[i].owner, new->owner) &&
		    store->entries[i].remote == new->remote)
			return &store->entries[i];
	return NULL;
}

static struct ft_entry *find_oldest(struct ft_store *store)
{
	struct ft_entry *oldest = store->entries;

	for (size_t i = 1; i < store->entry_count; i++)
		if (store->entries[i].until_ns < oldest->until_ns)
			oldest = &store->entries[i];
	return oldest;
}

struct ft_entry *ft_store_add(struct ft_store *store, const struct ft_entry *entry)
{
	struct ft_entry *place = find_same(store, entry);
	uint64_t used_ns = place && place->used_ns > entry->used_ns ? place->used_ns : entry->used_ns;

	if (!place && store->entry_count == store->entry_max)
		place = find_oldest(store);
	if (!place) {
		/* All of them at once: growing would leave the keys behind in freed memory. */
		if (!store->entry_max ||
		    array_reserve(&store->entries, &store->entry_room, store->entry_max, sizeof(*store->entries)))
			return NULL;
		place = &store->entries[store->entry_count++];
	}
	*place = *entry;
	/* With a passphrase it may be the same key again: what it has protected stays used. */
	place->used_ns = used_ns;
	return place;
}

const struct ft_peer *ft_peers_find(const struct ft_peers *peers, const uint8_t *id, size_t len)
{
	const struct ft_peer *any = NULL;

	for (size_t i = 0; i < peers->count; i++) {
		if (!peers->list[i].id_len)
			any = &peers->list[i];
		else if (peers->list[i].id_len == len && !memcmp(peers->list[i].id, id, len))
			return &peers->list[i];
	}
	return any;
}

/* Do the lists of both permit it? */
static bool may_use(const struct ft_member *r1, const struct ft_member *r0)
{
	const struct ft_peer *holder, *user;

	if (memcmp(r1->own.mdid, r0->own.mdid, FT_MDID_LEN) != 0 || r1->ssid_len != r0->ssid_len ||
	    memcmp(r1->ssid, r0->ssid, r0->ssid_len) != 0)
		return false;
	if (r1 == r0 || (!r1->r0khs.count && !r1->r1khs.count && !r0->r0khs.count && !r0->r1khs.count))
		return true;
	holder = ft_peers_find(&r1->r0khs, r0->own.r0kh, r0->own.r0kh_len);
	user = ft_peers_find(&r0->r1khs, r1->own.r1kh, FT_R1KH_LEN);
	return holder && user && holder->key_len == user->key_len &&
	       crypto_equal(holder->key, user->key, user->key_len);
}

/* The next entry of this station that the member may use, from `after` on. */
static struct ft_entry *next_entry(struct ft_store *store, const struct ft_member *member, const uint8_t spa[6],
				   uint64_t now_ns, const struct ft_entry *after)
{
	for (size_t i = after ? (size_t)(after - store->entries) + 1 : 0; i < store->entry_count; i++) {
		struct ft_entry *entry = &store->entries[i];
		const struct ft_member *owner;

		if (!mac_equal(entry->spa, spa) || now_ns >= entry->until_ns)
			continue;
		owner = find_member(store, entry->owner);
		if (owner && (entry->remote ? mac_equal(owner->bssid, member->bssid) : may_use(member, owner)))
			return entry;
	}
	return NULL;
}

struct ft_entry *ft_store_find(struct ft_store *store, const struct ft_member *member, const uint8_t spa[6],
			       const uint8_t name[PMKID_LEN], uint64_t now_ns)
{
	struct ft_entry *entry = NULL;

	while ((entry = next_entry(store, member, spa, now_ns, entry)) && memcmp(entry->r0.name, name, PMKID_LEN) != 0)
		;
	return entry;
}

struct ft_entry *ft_store_find_r1(struct ft_store *store, struct crypto *crypto, const struct ft_member *member,
				  const uint8_t spa[6], const uint8_t name[PMKID_LEN], uint64_t now_ns,
				  struct ft_key *r1)
{
	struct ft_entry *entry = NULL;

	while ((entry = next_entry(store, member, spa, now_ns, entry))) {
		if (entry->remote)
			*r1 = entry->r1;
		else if (ft_derive_r1(crypto, &entry->r0, member->own.r1kh, spa, r1))
			continue;
		if (!memcmp(r1->name, name, PMKID_LEN))
			return entry;
	}
	crypto_wipe(r1, sizeof(*r1));
	return NULL;
}

/* ---- nonces: the time (8), the beginning of the digest (24) ---- */

#define TIME_LEN 8

static int make_nonce(const struct ft_store *store, struct crypto *crypto, const struct rsn_addresses *addresses,
		      const uint8_t *snonce, uint64_t time_ns, uint8_t anonce[FT_NONCE_LEN])
{
	struct piece pieces[] = {
		{addresses->aa, MAC_LEN}, {addresses->spa, MAC_LEN}, {snonce, FT_NONCE_LEN}, {anonce, TIME_LEN}};

	put_le32(anonce, (uint32_t)time_ns);
	put_le32(anonce + 4, (uint32_t)(time_ns >> 32));
	return digest(crypto, DIGEST_HMAC_SHA256, store->secret, FT_SECRET_LEN, pieces, 4, anonce + TIME_LEN,
		      FT_NONCE_LEN - TIME_LEN);
}

int ft_nonce_make(const struct ft_store *store, struct crypto *crypto, const struct rsn_addresses *addresses,
		  const uint8_t *snonce, uint64_t now_ns, uint8_t anonce[FT_NONCE_LEN])
{
	return make_nonce(store, crypto, addresses, snonce, now_ns ? now_ns : 1, anonce);
}

uint64_t ft_nonce_time(const struct ft_store *store, struct crypto *crypto, const struct rsn_addresses *addresses,
		       const uint8_t *snonce, const uint8_t *anonce)
{
	uint64_t time_ns = le32(anonce) | (uint64_t)le32(anonce + 4) << 32;
	uint8_t expected[FT_NONCE_LEN];

	return !make_nonce(store, crypto, addresses, snonce, time_ns, expected) &&
			       crypto_equal(anonce, expected, FT_NONCE_LEN)
		       ? time_ns
		       : 0;
}

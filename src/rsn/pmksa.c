/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/pmksa.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pmksa_derive_pmkid(struct crypto *crypto, enum akm akm, const uint8_t pmk[PMK_LEN],
		       const struct rsn_addresses *addresses, uint8_t out[PMKID_LEN])
{
	static const char name[] = "PMK Name";
	struct piece pieces[] = {{name, sizeof(name) - 1}, {addresses->aa, MAC_LEN}, {addresses->spa, MAC_LEN}};

	return digest(crypto, rsn_akm_digest(akm), pmk, PMK_LEN, pieces, 3, out, PMKID_LEN);
}

int pmksa_init(struct pmksa_cache *cache, size_t room, uint64_t lifetime_ns)
{
	*cache = (struct pmksa_cache){.entries = calloc(room, sizeof(*cache->entries)),
				      .room = room,
				      .lifetime_ns = lifetime_ns,
				      .renewal_percent = 100};
	return cache->entries ? 0 : -ENOMEM;
}

void pmksa_free(struct pmksa_cache *cache)
{
	pmksa_flush(cache, NULL);
	free(cache->entries);
	*cache = (struct pmksa_cache){0};
}

static bool same_addresses(const struct rsn_addresses *first, const struct rsn_addresses *second)
{
	return mac_equal(first->aa, second->aa) && mac_equal(first->spa, second->spa);
}

/* Returns the entry to overwrite: that of the same PMK, a free one, or the one that ends first. */
static struct pmksa *choose_entry(struct pmksa_cache *cache, const struct pmksa *new)
{
	struct pmksa *first = cache->entries;

	for (struct pmksa *entry = cache->entries; entry < cache->entries + cache->count; entry++) {
		if (entry->akm == new->akm && same_addresses(&entry->addresses, &new->addresses) &&
		    crypto_equal(entry->pmkid, new->pmkid, PMKID_LEN))
			return entry;
		if (entry->until_ns < first->until_ns)
			first = entry;
	}
	return cache->count < cache->room ? cache->entries + cache->count++ : first;
}

struct pmksa *pmksa_add_until(struct pmksa_cache *cache, enum akm akm, struct span pmk, const uint8_t pmkid[PMKID_LEN],
			      const struct rsn_addresses *addresses, unsigned tag, uint64_t now_ns, uint64_t until_ns)
{
	struct pmksa new = {.addresses = *addresses, .akm = akm, .tag = tag, .added_ns = now_ns, .until_ns = until_ns},
		     *entry;

	new.renew_ns = now_ns + (until_ns - now_ns) / 100 * cache->renewal_percent;
	if (cache->renewal_percent == 100)
		new.renew_ns = until_ns;
	new.pmk_len = (uint8_t)pmk.len;
	memcpy(new.pmk, pmk.bytes, pmk.len);
	memcpy(new.pmkid, pmkid, PMKID_LEN);
	entry = choose_entry(cache, &new);
	*entry = new;
	crypto_wipe(&new, sizeof(new));
	return entry;
}

void pmksa_add_named(struct pmksa_cache *cache, enum akm akm, struct span pmk, const uint8_t pmkid[PMKID_LEN],
		     const struct rsn_addresses *addresses, unsigned tag, uint64_t now_ns)
{
	pmksa_add_until(cache, akm, pmk, pmkid, addresses, tag, now_ns, now_ns + cache->lifetime_ns);
}

int pmksa_add(struct pmksa_cache *cache, struct crypto *crypto, enum akm akm, const uint8_t pmk[PMK_LEN],
	      const struct rsn_addresses *addresses, unsigned tag, uint64_t now_ns)
{
	uint8_t pmkid[PMKID_LEN];
	int err = pmksa_derive_pmkid(crypto, akm, pmk, addresses, pmkid);

	if (!err)
		pmksa_add_named(cache, akm, (struct span){pmk, PMK_LEN}, pmkid, addresses, tag, now_ns);
	return err;
}

static bool lists_pmkid(struct span pmkids, const struct pmksa *entry)
{
	for (size_t at = 0; at + PMKID_LEN <= pmkids.len; at += PMKID_LEN)
		if (crypto_equal(pmkids.bytes + at, entry->pmkid, PMKID_LEN))
			return true;
	return !pmkids.len;
}

const struct pmksa *pmksa_find(const struct pmksa_cache *cache, enum akm akm, const struct rsn_addresses *addresses,
			       struct span pmkids, uint64_t now_ns)
{
	const struct pmksa *found = NULL;

	for (const struct pmksa *entry = cache->entries; entry < cache->entries + cache->count; entry++)
		if (entry->akm == akm && now_ns < entry->renew_ns && same_addresses(&entry->addresses, addresses) &&
		    lists_pmkid(pmkids, entry) && (!found || entry->added_ns > found->added_ns))
			found = entry;
	return found;
}

const struct pmksa *pmksa_copy_for(struct pmksa_cache *cache, enum akm akm, const struct rsn_addresses *addresses,
				   unsigned tag, uint64_t now_ns)
{
	const struct pmksa *found = NULL;
	struct pmksa copy, *entry;

	for (entry = cache->entries; entry < cache->entries + cache->count; entry++)
		if (entry->akm == akm && entry->tag == tag && now_ns < entry->renew_ns &&
		    mac_equal(entry->addresses.spa, addresses->spa) && (!found || entry->added_ns > found->added_ns))
			found = entry;
	if (!found)
		return NULL;
	copy = *found;
	copy.addresses = *addresses;
	copy.opportunistic = true;
	entry = choose_entry(cache, &copy);
	*entry = copy;
	crypto_wipe(&copy, sizeof(copy));
	return entry;
}

void pmksa_remove(struct pmksa_cache *cache, size_t index)
{
	struct pmksa *last = &cache->entries[--cache->count];

	cache->entries[index] = *last;
	crypto_wipe(last, sizeof(*last));
}

size_t pmksa_flush(struct pmksa_cache *cache, const uint8_t addr[6])
{
	size_t kept = 0, before = cache->count;

	for (size_t i = 0; i < before; i++) {
		const struct pmksa *entry = &cache->entries[i];

		if (addr && !mac_equal(entry->addresses.aa, addr) && !mac_equal(entry->addresses.spa, addr))
			cache->entries[kept++] = *entry;
	}
	if (before > kept)
		crypto_wipe(cache->entries + kept, (before - kept) * sizeof(*cache->entries));
	cache->count = kept;
	return before - kept;
}

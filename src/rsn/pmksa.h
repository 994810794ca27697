/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PMKSA cache (IEEE 802.11-2016 12.6.1.1.2, 12.6.10.3): which PMK two stations had together last time, and the
 * PMKID by which the one may name it to the other in an association request. One for an access point with all of its
 * networks, one for a station.
 *
 * With a passphrase nothing is skipped by it: the PMK is known before the association, and the 4-way handshake proves
 * it each time anew. What the cache tells an access point that has many passphrases is which one to try first; and
 * so these rules hold, which a key exchange that makes a PMK of its own (SAE) would not all share:
 *
 *   - The station puts its PMKID into a (re)association request to an access point that it was connected to. Who hears
 *     it can try passphrases on it, as on message 2, which it sends anyway; so it is for no other access point.
 *   - An access point that does not know the PMKID goes on as if none had been there: status 0, the same handshake.
 *     Status 53 (invalid PMKID) would keep a station out that only remembers more than we do.
 *   - Message 1 names no PMKID. Anybody may ask for a message 1, and would have something to try passphrases on
 *     without a station that knows one. A station does without it too (12.7.6.2 leaves it to the AKM).
 *   - The cache lets nobody in: what is tried is what the configuration lists now. A passphrase that was taken out is
 *     refused, cached or not.
 */
#ifndef VIFI_RSN_PMKSA_H
#define VIFI_RSN_PMKSA_H

#include "rsn/handshake.h"

#define PMKSA_LIFETIME_NS UINT64_C(43200000000000) /* dot11RSNAConfigPMKLifetime, as it is unless set: 12 hours */

struct pmksa {
	struct rsn_addresses addresses;
	enum akm akm;
	uint8_t pmk[PMK_LEN], pmkid[PMKID_LEN];
	unsigned tag; /* the owner's: which passphrase it was */
	uint64_t added_ns, until_ns;
};

struct pmksa_cache {
	struct pmksa *entries; /* `count` of them, in no order: for who lists them */
	size_t count, room;
	uint64_t lifetime_ns;
};

/* PMKID of 12.7.1.3. Returns 0 or -ENOMEM. */
int pmksa_derive_pmkid(struct crypto *crypto, enum akm akm, const uint8_t pmk[PMK_LEN],
		       const struct rsn_addresses *addresses, uint8_t out[PMKID_LEN]);

/* A cache of at most `room` entries, which is not 0. Returns 0 or -ENOMEM. */
int pmksa_init(struct pmksa_cache *cache, size_t room, uint64_t lifetime_ns);

/* Wipes it and gives up its memory. One of all zero bytes is taken. */
void pmksa_free(struct pmksa_cache *cache);

/*
 * After a handshake that both ends agreed in: keeps the PMK, or begins its lifetime anew. In a full cache what has
 * expired gives way, else the oldest. Returns 0 or -ENOMEM, and then the cache is as it was.
 */
int pmksa_add(struct pmksa_cache *cache, struct crypto *crypto, enum akm akm, const uint8_t pmk[PMK_LEN],
	      const struct rsn_addresses *addresses, unsigned tag, uint64_t now_ns);

/*
 * The newest entry of the two ends and the AKM, not yet expired, that `pmkids` names; of all of them where pmkids.len
 * is 0. NULL: there is none. Valid until the cache changes.
 */
const struct pmksa *pmksa_find(const struct pmksa_cache *cache, enum akm akm, const struct rsn_addresses *addresses,
			       struct span pmkids, uint64_t now_ns);

/* Forgets what a station or access point `addr` had; NULL: everything. Returns how many. */
size_t pmksa_flush(struct pmksa_cache *cache, const uint8_t addr[6]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PMKSA cache (IEEE 802.11-2020, 12.6.1.1.2 and 12.6.10.3): the PMKs of earlier associations, and the PMKIDs that
 * name them in association requests. An access point has one for all its networks, a station has one.
 *
 * With a passphrase the cache skips no exchange: the PMK is known before the association, and the 4-way handshake
 * proves it each time. It tells an access point with many passphrases which one to try first. Hence these rules, not
 * all of which suit an AKM that negotiates the PMK (SAE):
 *
 *   - The station puts its PMKID only into a (re)association request to the access point that shares it, because a
 *     listener can test passphrases against a PMKID, as against message 2.
 *   - An access point that does not know the PMKID continues as if there were none: status 0 and the same handshake.
 *     Status 53 (invalid PMKID) would lock out a station that merely remembers longer.
 *   - Message 1 names no PMKID. Otherwise anybody could request a message 1 and test passphrases against it without a
 *     station that knows one. The station accepts a message 1 without PMKID (12.7.6.2 leaves it to the AKM).
 *   - The cache authorises nobody: the access point tries only the configured passphrases, so a removed passphrase is
 *     refused, cached or not.
 *
 * With SAE the cache does skip the exchange: a PMKSA is as good as the password. So the access point forgets those of a
 * network whose passwords change, and refuses a PMKID that it does not know by status 53.
 */
#ifndef VIFI_RSN_PMKSA_H
#define VIFI_RSN_PMKSA_H

#include "rsn/handshake.h"

#define PMKSA_RENEWAL_PERCENT 70 /* of a station: the default of dot11RSNAConfigPMKReauthThreshold */
#define PMKSA_LIFETIME_NS     UINT64_C(43200000000000) /* 12 hours, the default of dot11RSNAConfigPMKLifetime */

struct pmksa {
	struct rsn_addresses addresses;
	enum akm akm;
	uint8_t pmk[PMK_MAX], pmkid[PMKID_LEN];
	uint8_t pmk_len;
	unsigned tag;       /* of the owner: the index of the passphrase */
	bool opportunistic; /* made for another access point of the network */
	uint64_t added_ns, until_ns;
	uint64_t renew_ns; /* from then on it is not found: the ends negotiate a new PMK */
};

struct pmksa_cache {
	struct pmksa *entries; /* unordered */
	size_t count, room;
	uint64_t lifetime_ns;
	unsigned renewal_percent; /* of the lifetime */
};

/* Derives a PMKID (12.7.1.3). Returns 0 or -ENOMEM. */
int pmksa_derive_pmkid(struct crypto *crypto, enum akm akm, const uint8_t pmk[PMK_LEN],
		       const struct rsn_addresses *addresses, uint8_t out[PMKID_LEN]);

/* Makes a cache of at most `room` entries, at least one. They are found until they end. Returns 0 or -ENOMEM. */
int pmksa_init(struct pmksa_cache *cache, size_t room, uint64_t lifetime_ns);

/* Wipes and frees the cache. A zero struct is valid. */
void pmksa_free(struct pmksa_cache *cache);

/*
 * Adds the PMK of a completed handshake, or restarts its lifetime. A full cache replaces the entry that ends first.
 * Returns 0, or -ENOMEM and leaves the cache unchanged.
 */
int pmksa_add(struct pmksa_cache *cache, struct crypto *crypto, enum akm akm, const uint8_t pmk[PMK_LEN],
	      const struct rsn_addresses *addresses, unsigned tag, uint64_t now_ns);

/* The same for a PMK of at most PMK_MAX bytes that has a PMKID of its own (SAE, OWE). */
void pmksa_add_named(struct pmksa_cache *cache, enum akm akm, struct span pmk, const uint8_t pmkid[PMKID_LEN],
		     const struct rsn_addresses *addresses, unsigned tag, uint64_t now_ns);

/* The same with an end of its own instead of the lifetime of the cache. Returns the entry until the cache changes. */
struct pmksa *pmksa_add_until(struct pmksa_cache *cache, enum akm akm, struct span pmk, const uint8_t pmkid[PMKID_LEN],
			      const struct rsn_addresses *addresses, unsigned tag, uint64_t now_ns, uint64_t until_ns);

/*
 * Returns the newest entry of these addresses and this AKM that has not expired and that `pmkids` names (any if
 * pmkids.len is 0), or NULL. It is valid until the cache changes.
 */
const struct pmksa *pmksa_find(const struct pmksa_cache *cache, enum akm akm, const struct rsn_addresses *addresses,
			       struct span pmkids, uint64_t now_ns);

/*
 * Opportunistic key caching: access points of one network may share their PMKSAs. Copies the newest entry of this AKM, station
 * and tag, with its PMKID, for the access point of `addresses`. Returns the copy, or NULL. For AKMs whose PMKID does not
 * depend on the addresses (SAE).
 */
const struct pmksa *pmksa_copy_for(struct pmksa_cache *cache, enum akm akm, const struct rsn_addresses *addresses,
				   unsigned tag, uint64_t now_ns);

void pmksa_remove(struct pmksa_cache *cache, size_t index);

/* Removes the entries of the station or access point `addr`, or all for NULL. Returns their number. */
size_t pmksa_flush(struct pmksa_cache *cache, const uint8_t addr[6]);

#endif

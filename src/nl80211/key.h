/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of the kernel's data path. Each function adds one request and returns it, or NULL: no memory.
 *
 * Pairwise keys have the address of the peer, group keys none (`addr` NULL). Ids are those of the standard: 0 to 3; IGTK
 * 4 and 5; BIGTK 6 and 7.
 */
#ifndef VIFI_NL80211_KEY_H
#define VIFI_NL80211_KEY_H

#include "nl80211/request.h"
#include "plane/plane.h"

/* Cipher and AKM suites are numbers here: 00-0F-AC:4 is 0x000fac04. `wpa`: as in the WPA element, 00-50-F2. */
uint32_t nl80211_cipher(enum cipher cipher);
uint32_t nl80211_akm(enum akm akm, bool wpa);

/* The set of vifi's ciphers (1 << enum cipher) in an array of such numbers, as a wiphy has it; others are skipped. */
uint32_t nl80211_cipher_set(struct span ciphers);

/* Our end of the link: TKIP's two Michael keys change places between the ends. */
enum nl80211_role { NL80211_AUTHENTICATOR, NL80211_SUPPLICANT };

/*
 * Installs a key: NEW_KEY. A received group key starts at its RSC; a pairwise key and a group key of an access point start
 * at 0. Never install a key that is installed already: old kernels reset its packet numbers.
 */
struct nl80211_request *nl80211_key_install(struct nl80211_requests *requests, int ifindex, const uint8_t *addr,
					    const struct plane_key *key, enum nl80211_role role);

/*
 * Sends under this key: SET_KEY. Group frames under a group key, group management frames under an IGTK, beacons under a
 * BIGTK. A WEP key protects unicast frames, too.
 */
struct nl80211_request *nl80211_key_set_default(struct nl80211_requests *requests, int ifindex, uint8_t id,
						enum cipher cipher);

/* DEL_KEY. ENOENT and ENOLINK: there is none. */
struct nl80211_request *nl80211_key_remove(struct nl80211_requests *requests, int ifindex, const uint8_t *addr,
					   uint8_t id);

/* GET_KEY, for the last packet number sent under a key: nl80211_key_read_pn() of the answer. */
struct nl80211_request *nl80211_key_query(struct nl80211_requests *requests, int ifindex, const uint8_t *addr,
					  uint8_t id);

/* Returns the packet number in the answer to nl80211_key_query(); 0: it has none. */
uint64_t nl80211_key_read_pn(const struct nl80211_event *event);

#endif

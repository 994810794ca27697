/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the access points of one host share for fast BSS transition (IEEE 802.11-2020, 12.7.1.6 and 13): the PMK-R0s of stations, and
 * the access points of each mobility domain. So a station moves from one to another without a protocol between them.
 *
 * A PMK-R0 belongs to the access point where the station has made its first association, the R0KH. Another one, as R1KH, may
 * derive its PMK-R1 from it if both are in the same domain and network and their lists of key holders (r0kh and r1kh of hostapd.conf)
 * permit it: the R1KH lists the R0KH, and the R0KH the R1KH, with the same key. Two access points without any list permit it.
 * From an R0KH on another host an R1KH gets the PMK-R1 alone (rsn/ft_remote.h).
 *
 * An authentication request of fast BSS transition proves nothing, and may be forged. So it leaves no state: the ANonce of the
 * answer is the time, and a keyed digest of it, the addresses and the SNonce. A reassociation request that brings it back within the
 * reassociation deadline, with a MIC, is valid once: for each PMK-R0 the time of the last one is remembered.
 */
#ifndef VIFI_RSN_FT_STORE_H
#define VIFI_RSN_FT_STORE_H

#include "rsn/ft.h"

#define FT_SECRET_LEN 32

/* A line r0kh or r1kh: a key holder, and the key that it shares. */
struct ft_peer {
	uint8_t addr[6];                 /* of its host; a group address: of all; zero: it is not asked */
	uint8_t id[FT_R0KH_MAX], id_len; /* R0KH-ID or R1KH-ID; id_len 0: any */
	uint8_t key[32], key_len;
};

struct ft_peers {
	const struct ft_peer *list; /* borrowed */
	size_t count;
};

/* An access point of a mobility domain. */
struct ft_member {
	uint8_t bssid[6];
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
	struct ft_key_holders own; /* its ids as R0KH and as R1KH */
	bool over_ds;
	uint8_t rsn[ELEMENT_MAX]; /* the RSN element of its beacons */
	size_t rsn_len;
	struct ft_peers r0khs, r1khs;
};

/* The PMK-R0 of a station; or, if it stays with an R0KH on another host, the PMK-R1 of one of ours. */
struct ft_entry {
	uint8_t spa[6];
	uint8_t owner[6]; /* BSSID of its R0KH; with `remote`, of the R1KH */
	bool remote;
	enum akm akm; /* AKM_NONE: the R0KH has not said which */
	enum cipher pairwise;
	uint16_t vlan;    /* of the station; 0: none */
	struct ft_key r0; /* with `remote`: only its name */
	struct ft_key r1; /* with `remote` */
	uint64_t until_ns;
	/*
	 * The time of the last ANonce that a valid reassociation has brought back, or just before the entry was made:
	 * older ones are not valid. The store may have lost the same key with what it has protected, and
	 * ft_psk_generate_local has derived it again.
	 */
	uint64_t used_ns;
};

struct ft_remote;

struct ft_store {
	uint8_t secret[FT_SECRET_LEN]; /* of the nonces */
	struct ft_remote *remote;      /* key holders on other hosts, borrowed; NULL: there are none */
	struct ft_member *members;
	size_t member_count, member_room;
	struct ft_entry *entries; /* unordered */
	size_t entry_count, entry_room, entry_max;
};

/* `secret` is random. ft_store_free() wipes and frees; a zero struct is valid. */
void ft_store_init(struct ft_store *store, const uint8_t secret[FT_SECRET_LEN], size_t entry_max);
void ft_store_free(struct ft_store *store);

/* Adds an access point, or replaces it. Returns 0 or -ENOMEM. */
int ft_store_join(struct ft_store *store, const struct ft_member *member);

/* Removes an access point, and the PMK-R0s whose R0KH it is; or only those. */
void ft_store_leave(struct ft_store *store, const uint8_t bssid[6]);
void ft_store_forget(struct ft_store *store, const uint8_t bssid[6]);
const struct ft_member *ft_store_member(const struct ft_store *store, const uint8_t bssid[6]); /* NULL: none */

/* The line for this id; NULL: none. */
const struct ft_peer *ft_peers_find(const struct ft_peers *peers, const uint8_t *id, size_t len);

/* May a station use the key with this AKM? */
bool ft_entry_permits(const struct ft_entry *entry, enum akm akm);

/*
 * Adds a PMK-R0, in the place of an earlier one of the station with the same R0KH. A full store replaces the entry that expires first. Returns
 * the entry, which is valid until the store changes; NULL: no memory.
 */
struct ft_entry *ft_store_add(struct ft_store *store, const struct ft_entry *entry);

/* The PMK-R0 of this name that the member may use; NULL: none. */
struct ft_entry *ft_store_find(struct ft_store *store, const struct ft_member *member, const uint8_t spa[6],
			       const uint8_t name[PMKID_LEN], uint64_t now_ns);

/* The PMK-R0 from which the member derives the PMK-R1 of this name, which is stored; NULL: none. */
struct ft_entry *ft_store_find_r1(struct ft_store *store, struct crypto *crypto, const struct ft_member *member,
				  const uint8_t spa[6], const uint8_t name[PMKID_LEN], uint64_t now_ns,
				  struct ft_key *r1);

/* Makes the ANonce for an SNonce at this time. Returns 0 or -ENOMEM. */
int ft_nonce_make(const struct ft_store *store, struct crypto *crypto, const struct rsn_addresses *addresses,
		  const uint8_t *snonce, uint64_t now_ns, uint8_t anonce[FT_NONCE_LEN]);

/* Returns the time at which we have made this ANonce for these addresses and this SNonce; 0: never. */
uint64_t ft_nonce_time(const struct ft_store *store, struct crypto *crypto, const struct rsn_addresses *addresses,
		       const uint8_t *snonce, const uint8_t *anonce);

#endif

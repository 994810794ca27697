/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The internals of an observer: observer.c decrypts frames, learn.c finds their keys. */
#ifndef VIFI_DECRYPT_OBSERVER_OBSERVER_STATE_H
#define VIFI_DECRYPT_OBSERVER_OBSERVER_STATE_H

#include "decrypt/observer/observer.h"

#include "base/mac.h"
#include "rsn/ft.h"
#include "rsn/handshake.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"

#define HASH_NONFATAL_OOM 1 /* without memory HASH_ADD() leaves hh.tbl NULL, instead of ending the process */
#include <uthash.h>

/* A key and its unique number. */
struct observer_key {
	struct key key;
	uint64_t id;
};

/*
 * The pairwise keys of both directions: from the access point, and to it. Only TKIP distinguishes them. The initiator of
 * a direct link (TDLS) takes the role of the access point.
 */
struct pair_keys {
	struct observer_key down, up;
};

/* The state of a handshake. */
struct observer_handshake {
	struct rsn_suite suite;
	struct ft_key_holders holders; /* of a fast BSS transition */
	uint8_t anonce[RSN_NONCE_LEN], snonce[RSN_NONCE_LEN];
	bool msg1_seen, msg2_seen;
};

struct observer_link {
	struct rsn_addresses ends;
	struct observer_handshake handshake;
	bool keyed; /* `ptk` is proven by a MIC, and `now` holds its keys */
	struct ptk ptk;
	struct pair_keys now, before;
	UT_hash_handle hh; /* by `ends` */
};

/* The group keys of an access point by their id, and the previous ones. */
struct observer_bss {
	uint8_t bssid[MAC_LEN];
	struct observer_key now[4], before[4];
	struct observed_igtk igtk[2]; /* by id - 4; len 0: none */
	UT_hash_handle hh;            /* by `bssid` */
};

struct observer {
	struct crypto *crypto;
	const struct observer_network *networks;
	size_t network_count;
	struct observer_key *wep; /* one for each network; set for WEP networks only */
	struct observer_link *links;
	struct observer_bss *bsses;
	unsigned matched, unmatched;
	uint64_t key_count;
};

/* They return NULL if there is none. */
struct observer_link *observer_find_link(const struct observer *observer, const uint8_t *aa, const uint8_t *spa);
struct observer_bss *observer_find_bss(const struct observer *observer, const uint8_t *bssid);

/* Learns keys from a frame in the clear, or a decrypted one. */
void observer_learn(struct observer *observer, const struct mpdu *mpdu, const struct frame *frame);

#endif

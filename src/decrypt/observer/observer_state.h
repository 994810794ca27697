/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What struct observer holds: for the observer's own files.  observer.c opens frames, observer_learn.c finds the keys. */
#ifndef VIFI_DECRYPT_OBSERVER_OBSERVER_STATE_H
#define VIFI_DECRYPT_OBSERVER_OBSERVER_STATE_H

#include "decrypt/observer/observer.h"

#include "base/mac.h"
#include "rsn/ft.h"
#include "rsn/handshake.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* A key that was learned, and as which. */
struct observer_key {
	struct key key;
	uint64_t id;
};

/*
 * What one pair of stations sends with: from the access point, and to it.  TKIP tells the two apart.  Of two stations
 * with a direct link (TDLS) the initiator has the access point's place.
 */
struct pair_keys {
	struct observer_key down, up;
};

/* What two stations said to each other on their way to a key. */
struct observer_handshake {
	struct rsn_suite suite;
	struct ft_key_holders holders; /* meaningful with AKM_FT_PSK */
	uint8_t anonce[RSN_NONCE_LEN], snonce[RSN_NONCE_LEN];
	bool msg1_seen, msg2_seen; /* message 1 and 2 were seen */
};

struct observer_link {
	struct rsn_addresses ends;
	struct observer_handshake handshake;
	bool keyed; /* a handshake fitted */
	struct ptk ptk;
	struct pair_keys now, before;
	UT_hash_handle hh; /* by `ends` */
};

/* The group keys of an access point by their id; each may have one that was there before. */
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
	struct observer_key *wep; /* one for each network, of which those of WEP networks are set */
	struct observer_link *links;
	struct observer_bss *bsses;
	unsigned matched, unmatched;
	uint64_t key_count;
};

/* NULL: there is none. */
struct observer_link *observer_find_link(const struct observer *observer, const uint8_t *aa, const uint8_t *spa);
struct observer_bss *observer_find_bss(const struct observer *observer, const uint8_t *bssid);

/* Looks for keys in a frame that is in the clear, or opened. */
void observer_learn(struct observer *observer, const struct mpdu *mpdu, const struct frame *frame);

#endif

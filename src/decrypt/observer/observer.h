/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody who hears the air and has the passphrase: follows the handshakes of networks and opens their frames.
 *
 * A pair of stations gets its keys from message 1 and 2, or 2 and 3, of a handshake whose MIC the passphrase makes, or
 * from a fast BSS transition; the group gets its own from message 3, a group message or that transition; and two
 * stations with a direct link from its set-up.  After a renewal the keys before are tried too.  Frames may come
 * twice or late, as captures have them: nothing is a replay here.
 *
 * Many frames are opened side by side (softmac/key.h), with the keys that are known before the first of them.  Then they
 * are looked at in their order; where that did not open a frame, be it that a frame between brought its key, the keys
 * that are known by then are tried on it alone.  What becomes of a frame depends on nothing but its bytes, the keys at
 * the begin of its batch and the keys when it is looked at; so several observers open a frame alike, if of what was
 * before it they were shown at least what observer_may_learn() says, in the same batches.
 */
#ifndef VIFI_DECRYPT_OBSERVER_OBSERVER_H
#define VIFI_DECRYPT_OBSERVER_OBSERVER_H

#include "base/drop.h"
#include "base/frame.h"
#include "crypto/kdf.h"
#include "wire/suite.h"

struct observer;

/*
 * Bytes of a protected MPDU that may hold an EAPOL-Key frame; no longer one is looked into for keys.  Message 3 with the
 * RSNE, RSNXE, OCI and all three group keys makes some 400; in the clear any length is taken.
 */
#define OBSERVER_KEY_FRAME_MAX 512

#define OBSERVER_BATCH 128 /* frames; the first batch begins with the first frame that observer_process() is given */

/* A network whose key is known. */
struct observer_network {
	bool is_wep;
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;      /* 0: not known.  Only fast BSS transition cannot do without */
	uint8_t pmk[PMK_LEN]; /* the PSK, or the PMK that came of SAE, OWE or 802.1X */
	enum cipher wep;
	uint8_t wep_key[KEY_MAX];
};

/* `c` and `networks` must outlive it. Returns NULL: no memory. */
struct observer *observer_new(struct crypto *crypto, const struct observer_network *networks, size_t count);

/* NULL is taken. */
void observer_free(struct observer *observer);

/* A frame without radio header and FCS, as it was heard. */
struct observed_frame {
	const uint8_t *bytes; /* as they were on the air, borrowed */
	size_t len;
	struct frame
		*frame; /* the caller's, with the same bytes; opened: without Protected bit, cipher header and MIC */
	bool opened;
	uint64_t key_id; /* opened: a number for the key and its direction, of which no other has the same */
	enum drop drop; /* why a protected frame stays closed, or why this is no frame: `frame` is then worth nothing */
};

/*
 * Frames in the order in which they were heard: opens what is protected and learns from what is inside.  Of fragments
 * TKIP's Michael code is not checked and stays behind the last one.
 */
void observer_process(struct observer *observer, struct observed_frame *observed, size_t count);

/* Could an observer learn a key from these bytes?  Where not, it makes no difference to others whether it sees them. */
bool observer_may_learn(const uint8_t *bytes, size_t len);

/*
 * One frame.  If it is protected and can be opened, puts the opened one in its place (the old one is freed) and says so
 * in `opened`.  Returns as struct observed_frame says; *f stays as it is then.
 */
enum drop observer_process_frame(struct observer *observer, struct frame **frame, bool *opened);

/* A key that protects management frames to the group. */
struct observed_igtk {
	enum cipher cipher;
	size_t len;
	uint8_t bytes[KEY_MAX];
};

/* The last one of this access point with this id (4, 5) that a handshake brought; NULL: none did. */
const struct observed_igtk *observer_igtk(const struct observer *observer, const uint8_t bssid[6], unsigned id);

/* How many handshakes a network's key fitted, and how many none fitted. */
unsigned observer_matched(const struct observer *observer);
unsigned observer_unmatched(const struct observer *observer);

#endif

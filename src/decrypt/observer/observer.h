/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An observer of other networks' traffic that has their passphrases: follows handshakes and decrypts frames.
 *
 * The pairwise keys come from messages 1 and 2, or 2 and 3, of a handshake whose MIC matches a passphrase, from a fast
 * BSS transition, or from the set-up of a direct link. The group keys come from message 3, a group message or a fast BSS
 * transition. After a rekey the observer also tries the previous keys. It has no replay check, because captures may
 * contain frames twice or late.
 *
 * A batch is decrypted at once (softmac/key.h) with the keys that are known at its begin. Then the observer takes the
 * frames one by one; a frame that was not decrypted is tried again, because an earlier frame of the batch may have brought
 * its key. So the result of a frame depends only on its bytes, the keys at the begin of its batch, and the keys when its
 * turn comes. Several observers get the same results if each sees, in the same batches, at least the earlier frames for
 * which observer_may_learn() is true.
 */
#ifndef VIFI_DECRYPT_OBSERVER_OBSERVER_H
#define VIFI_DECRYPT_OBSERVER_OBSERVER_H

#include "base/drop.h"
#include "base/frame.h"
#include "crypto/kdf.h"
#include "wire/suite.h"

struct observer;

/*
 * The longest protected MPDU that the observer searches for an EAPOL-Key frame. Message 3 with RSNE, RSNXE, OCI and all
 * three group keys has about 400 bytes. In the clear any length is searched.
 */
#define OBSERVER_KEY_FRAME_MAX 512

#define OBSERVER_BATCH 128 /* frames; each call of observer_process() begins a batch */

/* A network with its key. */
struct observer_network {
	bool is_wep;
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;      /* 0: unknown; only a fast BSS transition needs it */
	uint8_t pmk[PMK_MAX]; /* the PSK, or the PMK of SAE, OWE or 802.1X */
	uint8_t pmk_len;      /* 0: PMK_LEN */
	enum cipher wep;
	uint8_t wep_key[KEY_MAX];
};

/* Returns NULL: no memory. `crypto` and `networks` must outlive it. */
struct observer *observer_new(struct crypto *crypto, const struct observer_network *networks, size_t count);

/* NULL is allowed. */
void observer_free(struct observer *observer);

/* An MPDU of the capture. */
struct observed_frame {
	const uint8_t *bytes; /* without radio header and FCS; borrowed */
	size_t len;
	struct frame *frame; /* borrowed, with the same bytes; opened: without Protected bit, cipher header and MIC */
	bool opened;
	uint64_t key_id; /* opened: a unique number of the key and its direction */
	enum drop
		drop; /* why the frame was not decrypted, or is malformed; then the contents of `frame` are undefined */
};

/*
 * Decrypts frames in the order of the capture and learns keys from them. The Michael MIC of fragments is not checked and
 * stays at the end of the last one.
 */
void observer_process(struct observer *observer, struct observed_frame *observed, size_t count);

/* May this frame carry a key? A frame for which it is false changes nothing for later frames. */
bool observer_may_learn(const uint8_t *bytes, size_t len);

/*
 * Processes one frame. If it can be decrypted, sets `opened` and replaces *frame, which it frees. Returns the drop of
 * struct observed_frame; *frame is then unchanged.
 */
enum drop observer_process_frame(struct observer *observer, struct frame **frame, bool *opened);

/* An integrity group key (IGTK). */
struct observed_igtk {
	enum cipher cipher;
	size_t len;
	uint8_t bytes[KEY_MAX];
};

/* The latest IGTK of this access point with this id (4, 5); NULL: none is known. */
const struct observed_igtk *observer_igtk(const struct observer *observer, const uint8_t bssid[6], unsigned id);

/* The number of handshakes whose MIC matched the key of a network, and of those that matched none. */
unsigned observer_matched(const struct observer *observer);
unsigned observer_unmatched(const struct observer *observer);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both ends of the 4-way and the group handshake share (IEEE 802.11-2016 12.7.6, 12.7.7; WPA version 1 too).
 *
 *	authenticator                            supplicant
 *	     ── 1: ANonce ──────────────────────▶   picks SNonce, derives the PTK
 *	     ◀── 2: SNonce, RSN element, MIC ────
 *	     ── 3: RSN element, {GTK}, MIC ─────▶   verifies, answers, then installs
 *	     ◀── 4: MIC ─────────────────────────
 *	installs
 *
 * A supplicant that wants new keys, or has seen a Michael code that was wrong, asks by a Request frame of its own
 * (12.7.2); the authenticator then begins one of the two handshakes, or counts the failure (rsn/countermeasures.h).
 *
 * The machines do no I/O: a frame, a timeout or a wish goes in with the time, and a `struct rsn_out` comes out that
 * says what to do. Random numbers are arguments. Both ends run in one test, in microseconds.
 *
 * What they never do: install a key that is in use, or an all-zero one; take a message whose replay counter is not
 * above the last authentic one; decrypt key data before the MIC is verified; answer what fails; let a message without
 * a MIC disturb a link that works.
 *
 * New keys on a link that works: all four messages go under the old one. Message 4 may be lost with all its retries.
 * Then the station has the new key, and the access point, which says message 3 again, has the old one. So each end
 * opens what comes under either (softmac/peer.h), and an answer goes under the key of its question (12.7.6.5).
 */
#ifndef VIFI_RSN_HANDSHAKE_H
#define VIFI_RSN_HANDSHAKE_H

#include "crypto/kdf.h"
#include "wire/eapol.h"

#define RSN_KCK_LEN         16
#define RSN_KEK_LEN         16
#define RSN_NONCE_LEN       EAPOL_NONCE_LEN
#define RSN_FRAME_MAX       768
#define RSN_TRIES           4                     /* each message of the authenticator is sent so often */
#define RSN_FIRST_RESEND_NS UINT64_C(100000000)   /* then it waits, the first time … */
#define RSN_RESEND_NS       UINT64_C(1000000000)  /* … and each further time */
#define RSN_RETRY_NS        UINT64_C(10000000000) /* the supplicant: for the next message, or for what it asked for */

/* Reason codes (Table 9-45). */
#define REASON_4WAY_TIMEOUT     15
#define REASON_GROUP_TIMEOUT    16
#define REASON_ELEMENT_MISMATCH 17

/* What was agreed to at association. */
struct rsn_suite {
	bool wpa; /* WPA version 1 */
	enum akm akm;
	enum cipher pairwise, group;
	enum cipher group_management; /* CIPHER_NONE: frames of management are not protected */
};

struct ptk {
	uint8_t kck[RSN_KCK_LEN], kek[RSN_KEK_LEN], tk[KEY_MAX];
};

/* A key for the data path; softmac/key.h takes it as it is. */
struct rsn_key {
	enum cipher cipher; /* meaningful when len is not 0 */
	uint8_t len, id;
	uint8_t bytes[KEY_MAX];
	uint64_t rsc;
};

/* What an operator should hear about. */
enum rsn_event {
	RSN_NO_EVENT,
	RSN_WRONG_PASSPHRASE, /* the peer's MIC fits none of our passphrases, or ours not the peer's */
	RSN_ELEMENT_MISMATCH, /* the element in the handshake is not the one of beacon or association */
	RSN_TIMEOUT,          /* the peer stopped answering */
	/* Requests of the station, authentic: */
	RSN_PTK_REQUESTED,   /* authenticator_start() with a fresh nonce is what it wants */
	RSN_GTK_REQUESTED,   /* new group keys */
	RSN_MICHAEL_FAILURE, /* it saw a Michael failure: countermeasures_failure() */
};

/*
 * What to do, in this order: expect `next`, send, install (but see install_first), open the port, hang up. `wake_ns` is when the machine wants its
 * timeout function to be called, whatever it said before; 0: never. Holds keys: rsn_out_wipe().
 */
struct rsn_out {
	enum drop drop; /* why the frame that came in was discarded */
	enum rsn_event event;
	uint8_t frame[RSN_FRAME_MAX];  /* EAPOL, to the peer */
	size_t frame_len;              /* 0: nothing to send */
	bool frame_protected;          /* under the pairwise key that is installed then, else in the clear */
	bool install_first;            /* … and that is the one that comes with this: install, then send */
	struct rsn_key next_ptk;       /* where len is not 0: what comes under it is opened, too, from before we send */
	struct rsn_key ptk, gtk, igtk; /* to install where len is not 0 */
	bool authorise;                /* the port may open now */
	uint16_t disconnect_reason;    /* reason code; 0: stay */
	uint64_t deadline_ns;
};

void rsn_out_wipe(struct rsn_out *out);

/* The two ends, and what keys are made from. `pmk` is PMK_LEN bytes. */
struct rsn_addresses {
	uint8_t aa[6], spa[6];
};

/* The hash that an AKM makes its keys and PMKIDs with (Table 9-133). */
enum digest rsn_akm_digest(enum akm akm);

/* PTK of 12.7.1.3. Returns 0 or -ENOMEM. */
int rsn_derive_ptk(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *pmk,
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce,
		   struct ptk *ptk);

/* Only the KCK of it, which is enough to look at a MIC: where many PMKs are tried, half of the work. Returns 0 or -ENOMEM. */
int rsn_derive_kck(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *pmk,
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce,
		   uint8_t kck[RSN_KCK_LEN]);

/*
 * The TPK of a direct link (12.7.9.2), as a PTK without KEK; `ends` are initiator and responder, in any order. Returns
 * 0 or -ENOMEM.
 */
int rsn_derive_tpk(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t bssid[6],
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce,
		   struct ptk *tpk);

/* Key descriptor version of the suite (12.7.2, b1): 1, 2 or 3; 0: as the AKM says. */
uint16_t rsn_descriptor_version(const struct rsn_suite *suite);

/* Whether frames must be of this descriptor type and version: returns DROP_EAPOL_SUITE if `eapol` is not. */
enum drop rsn_check_descriptor(const struct rsn_suite *suite, const struct eapol_key *eapol);

/* Is the MIC of the frame, whose bytes lie at `frame`, right? Constant time. */
bool rsn_mic_verify(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		    const struct eapol_key *eapol, const uint8_t *frame);

/* Writes the MIC into a frame of `len` bytes. Returns 0 or -ENOMEM. */
int rsn_mic_write(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck, uint8_t *frame, size_t len);

/*
 * The builder of EAPOL-Key frames. rsn_message_begin() returns the fields that the suite determines, for the caller to
 * complete; rsn_message_write() writes the frame to out->frame, with a MIC if KEY_INFO_MIC is set. Returns 0 or -ENOMEM.
 */
struct eapol_key rsn_message_begin(const struct rsn_suite *suite, uint16_t info, uint64_t replay_counter);
int rsn_message_write(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		      const struct eapol_key *eapol, struct rsn_out *out);

/*
 * Encrypts key data of `len` bytes in place, padding it; there are KEY_DATA_OVERHEAD more bytes of room. `iv` is what the
 * frame's IV field must hold (RC4 only). Returns the new length, or a negative error.
 */
#define KEY_DATA_OVERHEAD 16
int rsn_encrypt_key_data(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kek, const uint8_t iv[16],
			 uint8_t *data, size_t len);

/* Decrypts the key data of a frame whose MIC was right into `out`, which has room for k->data.len. Returns the length
 * or -EBADMSG. */
int rsn_decrypt_key_data(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kek,
			 const struct eapol_key *eapol, uint8_t *out);

/* The pairwise key of a PTK, for the data path. */
struct rsn_key rsn_pairwise_key(const struct rsn_suite *suite, const struct ptk *ptk);

bool rsn_is_zero(const uint8_t *bytes, size_t len);

#endif

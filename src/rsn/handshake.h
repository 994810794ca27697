/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The common part of both ends of the 4-way and the group key handshake (IEEE 802.11-2020, 12.7.6 and 12.7.7; also WPA
 * version 1).
 *
 *	authenticator                            supplicant
 *	     ── 1: ANonce ──────────────────────▶   picks SNonce, derives the PTK
 *	     ◀── 2: SNonce, RSN element, MIC ────
 *	     ── 3: RSN element, {GTK}, MIC ─────▶   verifies, answers, then installs
 *	     ◀── 4: MIC ─────────────────────────
 *	installs
 *
 * A supplicant that needs new keys or has detected a Michael failure sends a Request frame (12.7.2). The authenticator
 * then starts one of the handshakes or counts the failure (rsn/countermeasures.h).
 *
 * The state machines do no I/O. A frame, a timeout or a request goes in with the time, and a `struct rsn_out` describes
 * the actions. Random numbers are arguments. So both ends run in one test, in microseconds.
 *
 * The machines never install an installed or an all-zero key; never accept a message whose replay counter is not above
 * that of the last authentic one; never decrypt key data before they have verified the MIC; never answer an invalid
 * message; and never let a message without MIC disturb a working link.
 *
 * A new PTK on a working link: all four messages use the old key. Message 4 can be lost with all its retries; the
 * station then has the new key, and the access point, which retransmits message 3, the old one. So each end accepts
 * frames under either key (softmac/peer.h), and an answer uses the key of its message (12.7.6.5).
 */
#ifndef VIFI_RSN_HANDSHAKE_H
#define VIFI_RSN_HANDSHAKE_H

#include "rsn/keys.h"
#include "wire/mgmt.h"
#include "wire/oci.h"

#define RSN_FRAME_MAX       768
#define RSN_TRIES           4                     /* transmissions of each message of the authenticator */
#define RSN_FIRST_RESEND_NS UINT64_C(100000000)   /* time until the first retransmission */
#define RSN_RESEND_NS       UINT64_C(1000000000)  /* time until each further one */
#define RSN_SINGLE_NS       UINT64_C(4000000000)  /* … for the answer to a message that is never repeated */
#define RSN_RETRY_NS        UINT64_C(10000000000) /* time that the supplicant waits for a message or for an answer */

/* Events for the operator. */
enum rsn_event {
	RSN_NO_EVENT,
	RSN_WRONG_PASSPHRASE, /* the passphrases of the two ends differ */
	RSN_ELEMENT_MISMATCH, /* the element in the handshake differs from that of the beacon or association request */
	RSN_TIMEOUT,          /* the peer stopped answering */
	RSN_OCV_FAILURE,      /* operating channel validation has refused the frame: `ocv` */
	/* Authentic Request frames of the station: */
	RSN_PTK_REQUESTED,   /* a new PTK: authenticator_start() with a fresh nonce */
	RSN_GTK_REQUESTED,   /* new group keys */
	RSN_MICHAEL_FAILURE, /* report of a Michael failure: countermeasures_failure() */
};

/*
 * Actions, in this order: accept frames under next_ptk, send the frame, install the keys (but see install_first), open
 * the port, disconnect. deadline_ns is the time at which the machine needs its timeout function, in place of any
 * earlier deadline; 0: none. Holds keys: rsn_out_wipe().
 */
struct rsn_out {
	enum drop drop; /* why the received frame was discarded */
	enum rsn_event event;
	struct ocv_failure ocv; /* of RSN_OCV_FAILURE */
	unsigned
		awaited; /* of RSN_TIMEOUT: the message that did not arrive, 1 to 4; 0: that of a group key handshake */
	uint8_t frame[RSN_FRAME_MAX];         /* EAPOL, to the peer */
	size_t frame_len;                     /* 0: no frame to send */
	bool frame_protected;                 /* send under the installed pairwise key, else in the clear */
	bool install_first;                   /* install the keys before sending */
	struct rsn_key next_ptk;              /* if len is not 0: accept frames under it from now on, before sending */
	struct rsn_key ptk, gtk, igtk, bigtk; /* to install if len is not 0 */
	bool authorise;                       /* open the port */
	uint8_t transition_disable;           /* bits of wire/ie.h, which an authentic message 3 has brought */
	uint16_t disconnect_reason;           /* reason code; 0: stay connected */
	uint64_t deadline_ns;
};

void rsn_out_wipe(struct rsn_out *out);

/* An Ethernet frame with out->frame, with room for encryption; NULL: no memory. */
struct frame *rsn_new_eapol(const uint8_t *to, const uint8_t *from, const struct rsn_out *out);

/* Returns the hash with which an AKM derives keys and PMKIDs. */
enum digest rsn_akm_digest(enum akm akm);

/* Derives the PTK (12.7.1.3). `pmk` has the length of the suite; with FT it is the PMK-R1. Returns 0 or -ENOMEM. */
int rsn_derive_ptk(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *pmk,
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce,
		   struct ptk *ptk);

/* Derives only the KCK, which verifies a MIC; that is half of the work for AKMs with the PRF. Returns 0 or -ENOMEM. */
int rsn_derive_kck(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *pmk,
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce,
		   uint8_t kck[RSN_KCK_MAX]);

/*
 * Derives the TPK of a direct link (12.7.8.2) as a PTK without KEK; `addresses` are those of initiator and responder,
 * in any order. Returns 0 or -ENOMEM.
 */
int rsn_derive_tpk(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t bssid[6],
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce,
		   struct ptk *tpk);

/* Returns the key descriptor version of the suite (12.7.2): 1, 2 or 3; 0: as the AKM defines. */
uint16_t rsn_descriptor_version(const struct rsn_suite *suite);

/* Returns DROP_EAPOL_SUITE if the descriptor type or version of the frame is not that of the suite. */
enum drop rsn_check_descriptor(const struct rsn_suite *suite, const struct eapol_key *eapol);

/* Is the MIC of the frame correct? `eapol` was read from the bytes at `frame`. Runs in constant time. */
bool rsn_mic_verify(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		    const struct eapol_key *eapol, const uint8_t *frame);

/* Writes the MIC of a frame of `len` bytes into the frame. Returns 0 or -ENOMEM. */
int rsn_mic_write(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck, uint8_t *frame, size_t len);

/*
 * The builder of EAPOL-Key frames. rsn_message_begin() returns the fields that the suite determines, for the caller to
 * complete; rsn_message_write() writes the frame to out->frame, with a MIC if KEY_INFO_MIC is set. Returns 0 or
 * -ENOMEM.
 */
struct eapol_key rsn_message_begin(const struct rsn_suite *suite, uint16_t info, uint64_t replay_counter);
int rsn_message_write(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		      const struct eapol_key *eapol, struct rsn_out *out);

/*
 * Pads and encrypts key data of `len` bytes in place; the buffer has KEY_DATA_OVERHEAD more bytes. `iv` is the IV field
 * of the frame, which only RC4 uses. Returns the new length or a negative error.
 */
#define KEY_DATA_OVERHEAD 16
int rsn_encrypt_key_data(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kek, const uint8_t iv[16],
			 uint8_t *data, size_t len);

/*
 * Decrypts the key data of a frame with a verified MIC into `out`, which has room for eapol->data.len bytes. Returns
 * the length or -EBADMSG.
 */
int rsn_decrypt_key_data(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kek,
			 const struct eapol_key *eapol, uint8_t *out);

/* Validates the operating channel of a frame. Returns false, with the event for the owner, if it is not ours. */
bool rsn_check_channel(const struct ocv *ocv, enum oci_frame frame, struct span oci, struct rsn_out *out);

/* Returns the pairwise key of a PTK for the data path. */
struct rsn_key rsn_pairwise_key(const struct rsn_suite *suite, const struct ptk *ptk);

bool rsn_is_zero(const uint8_t *bytes, size_t len);

#endif

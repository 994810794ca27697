/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's end of the handshakes (rsn/handshake.h).
 *
 * One SNonce serves a whole handshake, however many messages 1 come: they have no MIC, so anybody may send them. The
 * PTK is derived from the ANonce of message 3, whose MIC proves that it is the access point's; a forged message 1 can
 * cost an answer, nothing else.
 */
#ifndef VIFI_RSN_SUPPLICANT_H
#define VIFI_RSN_SUPPLICANT_H

#include "rsn/handshake.h"

enum supplicant_state {
	SUPPLICANT_IDLE,      /* for message 1; after an association nothing is installed */
	SUPPLICANT_MSG2_SENT, /* message 2 was sent: message 3 may come */
	SUPPLICANT_DONE,      /* the pairwise key is installed; a new handshake, or a group key, may come */
};

struct supplicant_setup {
	struct rsn_suite suite;
	struct rsn_addresses addresses;
	uint8_t pmk[PMK_LEN]; /* of the passphrase; SAE will give the one of its exchange */
	uint8_t own_element[ELEMENT_MAX],
		peer_element[ELEMENT_MAX]; /* our element, of the association request; theirs, of the beacon */
	size_t own_element_len, peer_element_len;
	uint8_t peer_rsn_element[ELEMENT_MAX]; /* with WPA: the RSN element of the beacon, if it has one, too */
	size_t peer_rsn_element_len;
	uint64_t ptk_rekey_ns; /* ask for new pairwise keys when they are so old; 0: never */
};

struct supplicant {
	struct crypto *crypto;
	struct supplicant_setup setup;
	enum supplicant_state state;
	bool replay_counter_valid, snonce_used; /* a message was authentic; the SNonce has been used up */
	uint64_t replay_counter;                /* of the last authentic message */
	uint8_t snonce[RSN_NONCE_LEN], anonce[RSN_NONCE_LEN];
	struct ptk ptk; /* the installed one, made with that ANonce, when state is SUPPLICANT_DONE or `keyed` */
	bool ptk_installed, authorised;
	struct rsn_key gtk[4], igtk[2]; /* installed, by id (IGTK: id - 4); their len is 0 where there is none */
	unsigned msg2_count;            /* messages 2 since the last success */
	unsigned rekey_requests;        /* requests for new pairwise keys that were not heard */
	uint64_t request_counter;       /* the replay counter of the next Request frame */
	uint64_t deadline_ns, rekey_deadline_ns; /* for a message that should come; for new pairwise keys. 0: not */
};

/* After each association. `setup` is copied; `crypto` must outlive it. */
void supplicant_init(struct supplicant *supp, struct crypto *crypto, const struct supplicant_setup *setup);
void supplicant_wipe(struct supplicant *supp);

/*
 * An EAPOL frame from the access point; `protected`: it came encrypted and authentic under the installed pairwise key.
 * `random` is for the SNonce: fresh for each call. Fills `out`, whatever was in it.
 */
void supplicant_receive(struct supplicant *supp, const uint8_t *frame, size_t len, bool protected,
			const uint8_t random[RSN_NONCE_LEN], uint64_t now_ns, struct rsn_out *out);

enum supplicant_request_type {
	SUPPLICANT_REQUEST_PTK,          /* new pairwise keys */
	SUPPLICANT_REQUEST_GTK,          /* new group keys */
	SUPPLICANT_REPORT_MICHAEL,       /* report: the Michael code of a unicast frame was wrong */
	SUPPLICANT_REPORT_MICHAEL_GROUP, /* … of a group frame */
};

/*
 * Tells the access point a wish, in a Request frame with the MIC of the installed key (12.7.2) and a replay counter of
 * its own. It may or may not answer with a handshake. Returns 0; or -ENOTCONN: there is no key yet.
 */
int supplicant_request(struct supplicant *supp, enum supplicant_request_type type, struct rsn_out *out);

/*
 * At out->wake_ns: the access point has fallen silent in the middle of a handshake; or the pairwise keys are as old as
 * they should get, and it is asked for new ones: a few times, RSN_RETRY_NS apart, and then again when they would be due.
 */
void supplicant_timeout(struct supplicant *supp, uint64_t now_ns, struct rsn_out *out);

/* The access point hung up. Returns what that says: having answered and never been believed is a wrong passphrase. */
enum rsn_event supplicant_disconnected(const struct supplicant *supp);

#endif

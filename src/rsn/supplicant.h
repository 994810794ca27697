/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's end of the handshakes (rsn/handshake.h).
 *
 * A handshake uses one SNonce, whatever number of messages 1 arrives: they have no MIC, so anybody can send them. The
 * PTK comes from the ANonce of message 3, whose MIC authenticates it. So a forged message 1 costs one answer.
 */
#ifndef VIFI_RSN_SUPPLICANT_H
#define VIFI_RSN_SUPPLICANT_H

#include "rsn/ft_handshake.h"
#include "rsn/handshake.h"

enum supplicant_state {
	SUPPLICANT_IDLE,      /* waits for message 1; no key is installed */
	SUPPLICANT_MSG2_SENT, /* waits for message 3 */
	SUPPLICANT_DONE,      /* the pairwise key is installed; a new handshake or a group key handshake can begin */
};

struct supplicant_setup {
	struct rsn_suite suite;
	struct rsn_addresses addresses;
	uint8_t pmk[PMK_MAX];              /* suite.pmk_len bytes */
	uint8_t own_element[ELEMENT_MAX];  /* of the association request */
	uint8_t peer_element[ELEMENT_MAX]; /* of the beacon */
	size_t own_element_len, peer_element_len;
	uint8_t own_rsnx[RSNX_MAX], peer_rsnx[RSNX_MAX]; /* RSN extension elements of the same frames */
	size_t own_rsnx_len, peer_rsnx_len;
	uint8_t peer_rsn_element[ELEMENT_MAX]; /* with WPA: the RSN element of the beacon, if it has one, too */
	size_t peer_rsn_element_len;
	struct ocv ocv;           /* the owner keeps its channel up to date */
	struct ft_association ft; /* with an AKM of fast BSS transition */
	bool beacon_protection;   /* install the BIGTK, if there is one */
	uint64_t ptk_rekey_ns;    /* age at which to request a new pairwise key; 0: never */
};

struct supplicant {
	struct crypto *crypto;
	struct supplicant_setup setup;
	enum supplicant_state state;
	bool replay_counter_valid; /* a message was authentic */
	bool snonce_used;          /* the next handshake needs a new SNonce */
	uint64_t replay_counter;   /* of the last authentic message */
	uint8_t snonce[RSN_NONCE_LEN], anonce[RSN_NONCE_LEN];
	struct ptk ptk; /* with ptk_installed: the installed PTK, derived from `anonce` */
	bool ptk_installed, authorised;
	struct rsn_key gtk[4], igtk[2], bigtk[2]; /* installed keys by id (IGTK: id - 4, BIGTK: id - 6); len 0: none */
	unsigned msg2_count;                      /* messages 2 since the last completed handshake */
	unsigned rekey_requests;                  /* unanswered requests for a new pairwise key */
	uint64_t request_counter;                 /* replay counter of the next Request frame */
	uint64_t deadline_ns;                     /* for the next message; 0: none */
	uint64_t rekey_deadline_ns;               /* for the next request of a pairwise key; 0: none */
};

/* Starts a new association. `setup` is copied; `crypto` must outlive the supplicant. */
void supplicant_init(struct supplicant *supp, struct crypto *crypto, const struct supplicant_setup *setup);
/* The group keys of a message. */
struct rsn_group_keys {
	struct rsn_key gtk, igtk, bigtk;
};

/*
 * Instead of a first handshake: a fast BSS transition has brought the keys, which `out` then has, with `authorise`.
 */
void supplicant_adopt(struct supplicant *supp, const struct ptk *ptk, const struct rsn_group_keys *keys,
		      uint64_t now_ns, struct rsn_out *out);
void supplicant_wipe(struct supplicant *supp);

/*
 * Processes an EAPOL frame from the access point and fills `out`. `protected`: the frame was encrypted under the installed
 * pairwise key. `random` is for the SNonce and must be fresh for each call.
 */
void supplicant_receive(struct supplicant *supp, const uint8_t *frame, size_t len, bool protected,
			const uint8_t random[RSN_NONCE_LEN], uint64_t now_ns, struct rsn_out *out);

/*
 * The group keys of a WNM Sleep Mode Response (9.6.13.19), which PMF has protected: `data` is its key data. One that is installed
 * stays as it is.
 */
void supplicant_wake(struct supplicant *supp, struct span data, struct rsn_out *out);

/* The driver has completed a group key handshake while this machine slept: earlier messages are replays from now on. */
void supplicant_rekeyed(struct supplicant *supp, uint64_t replay_counter);

enum supplicant_request_type {
	SUPPLICANT_REQUEST_PTK,          /* a new pairwise key */
	SUPPLICANT_REQUEST_GTK,          /* new group keys */
	SUPPLICANT_REPORT_MICHAEL,       /* report of a Michael failure in a unicast frame */
	SUPPLICANT_REPORT_MICHAEL_GROUP, /* report of a Michael failure in a group frame */
};

/*
 * Builds a Request frame with the MIC of the installed key (12.7.2) and its own replay counter. The access point can
 * ignore it. Returns 0, or -ENOTCONN without an installed key.
 */
int supplicant_request(struct supplicant *supp, enum supplicant_request_type type, struct rsn_out *out);

/*
 * Call it at deadline_ns: either the access point has stopped answering, or the pairwise key has reached its age. Then it
 * requests a new key: up to RSN_TRIES times at intervals of RSN_RETRY_NS, and again after another ptk_rekey_ns.
 */
void supplicant_timeout(struct supplicant *supp, uint64_t now_ns, struct rsn_out *out);

/*
 * Call it when the access point disconnects. Returns the diagnosis: RSN_WRONG_PASSPHRASE if it never accepted a
 * message 2, else RSN_NO_EVENT.
 */
enum rsn_event supplicant_disconnected(const struct supplicant *supp);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access point's end of the handshakes (rsn/handshake.h), one for each station.
 *
 * Each transmission of a message has its own replay counter; an answer may carry any counter of its message. Message 4
 * is valid only after an authentic message 2. An invalid message 2 has no effect: the handshake waits for a valid one.
 */
#ifndef VIFI_RSN_AUTHENTICATOR_H
#define VIFI_RSN_AUTHENTICATOR_H

#include "rsn/ft_handshake.h"
#include "rsn/handshake.h"

/* The keys of a network, shared by its stations. */
struct rsn_group {
	struct rsn_key gtk, igtk, bigtk; /* rsc: the owner sets it to the last packet number that was sent */
	bool protects_beacons;           /* there is a BIGTK, of the cipher of the IGTK */
	unsigned generation;
};

#define RSN_GROUP_RANDOM_LEN (3 * KEY_MAX)

/*
 * Makes new group keys from fresh random bytes, with alternating key ids (1 and 2; 4 and 5; 6 and 7). Install them in the data
 * path, then call authenticator_rekey_group() for each station.
 */
void rsn_group_rekey(struct rsn_group *group, const struct rsn_suite *suite,
		     const uint8_t random[RSN_GROUP_RANDOM_LEN]);

enum authenticator_state {
	AUTHENTICATOR_IDLE,
	AUTHENTICATOR_MSG1_SENT,       /* waits for message 2 */
	AUTHENTICATOR_MSG3_SENT,       /* message 2 was authentic: waits for message 4 */
	AUTHENTICATOR_GROUP_MSG1_SENT, /* the pairwise key is installed: waits for group message 2 */
	AUTHENTICATOR_DONE,
	AUTHENTICATOR_FAILED, /* the output held a disconnect_reason */
};

struct authenticator_setup {
	struct rsn_suite suite;
	struct rsn_addresses addresses;
	/*
	 * The PMKs that the station may use, borrowed. The first handshake tries likely_pmk (pmksa_find()) first, then all
	 * in order; later handshakes try only the matching one.
	 */
	const uint8_t (*pmks)[PMK_MAX];
	size_t pmk_count, likely_pmk;
	uint8_t own_element[ELEMENT_MAX];  /* of the beacon */
	uint8_t peer_element[ELEMENT_MAX]; /* of the association request */
	size_t own_element_len, peer_element_len;
	uint8_t own_rsnx[RSNX_MAX], peer_rsnx[RSNX_MAX]; /* RSN extension elements of the same frames */
	size_t own_rsnx_len, peer_rsnx_len;
	uint8_t pmkid[PMKID_LEN]; /* for message 1, if `names_pmk` */
	bool names_pmk;
	struct ocv ocv;             /* the owner keeps its channel up to date */
	struct ft_association ft;   /* with an AKM of fast BSS transition */
	uint8_t transition_disable; /* bitmap of the KDE in message 3; 0: none */
	/* Transmissions of each message before the handshake fails; 0: RSN_TRIES. `no_retries`: one of those with keys. */
	unsigned pairwise_tries, group_tries;
	bool no_retries;
};

struct authenticator {
	struct crypto *crypto;
	struct authenticator_setup setup;
	const struct rsn_group *group; /* borrowed; the owner may replace it before message 3 */
	enum authenticator_state state;
	uint64_t first_replay_counter, replay_counter; /* range of the current message's transmissions */
	uint64_t request_counter; /* the lowest valid counter of the station's next Request frame */
	unsigned tries, group_generation;
	bool ptk_installed, authorised, mic_failed;
	size_t pmk_index; /* the matching PMK, valid after AUTHENTICATOR_MSG1_SENT */
	uint8_t anonce[RSN_NONCE_LEN];
	uint8_t r1_name[PMKID_LEN]; /* with fast BSS transition: of the matching PMK-R1 */
	struct ptk ptk, new_ptk;    /* installed; of the current handshake */
	uint64_t deadline_ns;
};

/* Starts a new association. `setup` is copied; `crypto` and `group` must outlive the authenticator. */
void authenticator_init(struct authenticator *auth, struct crypto *crypto, const struct rsn_group *group,
			const struct authenticator_setup *setup);
/*
 * Instead of a first handshake: a fast BSS transition has given the station this PTK, and the group keys. The caller installs the
 * former and opens the port.
 */
void authenticator_adopt(struct authenticator *auth, const struct ptk *ptk);
void authenticator_wipe(struct authenticator *auth);

/*
 * Begins a 4-way handshake, the first one or a rekey. `anonce` is fresh random. Returns 0, or -EINVAL for a zero nonce or
 * that of the previous handshake.
 */
int authenticator_start(struct authenticator *auth, const uint8_t anonce[RSN_NONCE_LEN], uint64_t now_ns,
			struct rsn_out *out);

/* Begins a group key handshake, after the current handshake if there is one. */
void authenticator_rekey_group(struct authenticator *auth, uint64_t now_ns, struct rsn_out *out);

/*
 * Processes an EAPOL frame from the station and fills `out`. A Request frame is only reported in out->event; the owner
 * decides about it.
 */
void authenticator_receive(struct authenticator *auth, const uint8_t *frame, size_t len, uint64_t now_ns,
			   struct rsn_out *out);

/*
 * Finds the PMK of an authentic message 2 of a first handshake, before authenticator_receive() answers it with the group keys:
 * the owner may set auth->group by it. Changes nothing but the order in which PMKs are tried. Returns false otherwise.
 */
bool authenticator_match_pmk(struct authenticator *auth, const uint8_t *frame, size_t len, size_t *pmk_index);

/* Call it at deadline_ns: retransmits the message, or disconnects the station. */
void authenticator_timeout(struct authenticator *auth, uint64_t now_ns, struct rsn_out *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access point's end of the handshakes (rsn/handshake.h): one for each station.
 *
 * Each message has a replay counter of its own, also when it is sent again; an answer may carry any counter that its
 * question was sent with. Message 4 counts only after a message 2 that was authentic, and a message 2 that is not
 * changes nothing: the handshake waits on for the right one.
 */
#ifndef VIFI_RSN_AUTHENTICATOR_H
#define VIFI_RSN_AUTHENTICATOR_H

#include "rsn/handshake.h"

/* The keys of a network, shared by its stations. */
struct rsn_group {
	struct rsn_key gtk, igtk; /* rsc: the owner keeps them at what was last sent with the key */
	unsigned generation;
};

#define RSN_GROUP_RANDOM_LEN (2 * KEY_MAX)

/*
 * Makes new group keys, with the ids of the others (1, 2; 4, 5), from fresh random bytes. The data path must have them
 * before stations are told: then authenticator_rekey_group() for each.
 */
void rsn_group_rekey(struct rsn_group *group, const struct rsn_suite *suite,
		     const uint8_t random[RSN_GROUP_RANDOM_LEN]);

enum authenticator_state {
	AUTHENTICATOR_IDLE,
	AUTHENTICATOR_MSG1_SENT,       /* message 1 was sent: only message 2 may come */
	AUTHENTICATOR_MSG3_SENT,       /* message 2 was authentic, message 3 was sent: only message 4 may come */
	AUTHENTICATOR_GROUP_MSG1_SENT, /* the pairwise key is installed; group message 1 was sent */
	AUTHENTICATOR_DONE,
	AUTHENTICATOR_FAILED, /* out->disconnect was said */
};

struct authenticator_setup {
	struct rsn_suite suite;
	struct rsn_addresses addresses;
	/*
	 * The PMKs of the passphrases that this station may have, borrowed: tried in their order, but first the one that it
	 * likely has (pmksa_find()), and in later handshakes only the one that it had. SAE will give the one of its exchange.
	 */
	const uint8_t (*pmks)[PMK_LEN];
	size_t pmk_count, likely_pmk;
	uint8_t own_element[ELEMENT_MAX],
		peer_element[ELEMENT_MAX]; /* our element, of the beacon; theirs, of the association request */
	size_t own_element_len, peer_element_len;
};

struct authenticator {
	struct crypto *crypto;
	struct authenticator_setup setup;
	const struct rsn_group *group; /* borrowed */
	enum authenticator_state state;
	uint64_t first_replay_counter, replay_counter; /* counters that the current message was sent with */
	uint64_t
		request_counter; /* the lowest counter of the station's next Request frame: those have a count of their own */
	unsigned tries, group_generation;
	bool ptk_installed, authorised, mic_failed;
	size_t pmk_index; /* which of the passphrases it was, once state is beyond AUTHENTICATOR_MSG1_SENT */
	uint8_t anonce[RSN_NONCE_LEN];
	struct ptk ptk, new_ptk; /* installed; of the handshake that goes on */
	uint64_t deadline_ns;
};

/* After each association. `setup` is copied; `crypto` and `group` must outlive it. */
void authenticator_init(struct authenticator *auth, struct crypto *crypto, const struct rsn_group *group,
			const struct authenticator_setup *setup);
void authenticator_wipe(struct authenticator *auth);

/*
 * Begins a 4-way handshake, also to renew the keys of a station that has some. `anonce` is fresh random. Returns 0;
 * or -EINVAL for zeroes or the nonce of the handshake before.
 */
int authenticator_start(struct authenticator *auth, const uint8_t anonce[RSN_NONCE_LEN], uint64_t now_ns,
			struct rsn_out *out);

/* Tells the station the group's new keys, now or as soon as the handshake that goes on is over. */
void authenticator_rekey_group(struct authenticator *auth, uint64_t now_ns, struct rsn_out *out);

/*
 * An EAPOL frame from the station. Fills `out`, whatever was in it. A Request frame is only reported, in out->finding:
 * what comes of it is up to the owner.
 */
void authenticator_receive(struct authenticator *auth, const uint8_t *frame, size_t len, uint64_t now_ns,
			   struct rsn_out *out);

/* At out->wake_ns: sends the message again, or gives the station up. */
void authenticator_timeout(struct authenticator *auth, uint64_t now_ns, struct rsn_out *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station's end of the handshakes (rsn/handshake.h).
 *
 * One SNonce serves a whole handshake, however many messages 1 come: they have no MIC, so anybody may send them.  The
 * PTK is derived from the ANonce of message 3, whose MIC proves that it is the access point's; a forged message 1 can
 * cost an answer, nothing else.
 */
#ifndef VIFI_RSN_SUPPLICANT_H
#define VIFI_RSN_SUPPLICANT_H

#include "rsn/handshake.h"

enum supplicant_state {
	SUPPLICANT_WAITS,    /* for message 1; after an association nothing is installed */
	SUPPLICANT_ANSWERED, /* message 2 was sent: message 3 may come */
	SUPPLICANT_DONE,     /* the pairwise key is installed; a new handshake, or a group key, may come */
};

struct supplicant_setup {
	struct rsn_suite suite;
	struct rsn_pair ends;
	uint8_t pmk[PMK_LEN]; /* of the passphrase; SAE will give the one of its exchange */
	uint8_t own[ELEMENT_MAX],
		theirs[ELEMENT_MAX]; /* our element, of the association request; theirs, of the beacon */
	size_t own_len, theirs_len;
	uint64_t ptk_rekey_ns; /* ask for new pairwise keys when they are so old; 0: never */
};

struct supplicant {
	struct crypto *crypto;
	struct supplicant_setup setup;
	enum supplicant_state state;
	bool replay_known, renew; /* a message was authentic; the SNonce has been used up */
	uint64_t replay;          /* of the last authentic message */
	uint8_t snonce[RSN_NONCE], anonce[RSN_NONCE];
	struct ptk ptk; /* the installed one, made with that ANonce, when state is SUPPLICANT_DONE or `keyed` */
	bool keyed, authorised;
	struct rsn_key gtk[4], igtk[2]; /* installed, by id (IGTK: id - 4); their len is 0 where there is none */
	unsigned answers;               /* messages 2 since the last success */
	unsigned asked;                 /* requests for new pairwise keys that were not heard */
	uint64_t requests;              /* the replay counter of the next Request frame */
	uint64_t wake_ns, rekey_ns;     /* for a message that should come; for new pairwise keys. 0: not */
};

/* After each association. `setup` is copied; `c` must outlive it. */
void supplicant_init(struct supplicant *s, struct crypto *c, const struct supplicant_setup *setup);
void supplicant_wipe(struct supplicant *s);

/*
 * An EAPOL frame from the access point; `protected`: it came encrypted and authentic under the installed pairwise key.
 * `random` is for the SNonce: fresh for each call.  Fills `out`, whatever was in it.
 */
void supplicant_receive(struct supplicant *s, const uint8_t *frame, size_t len, bool protected,
			const uint8_t random[RSN_NONCE], uint64_t now_ns, struct rsn_out *out);

enum supplicant_wish {
	SUPPLICANT_PTK,           /* new pairwise keys */
	SUPPLICANT_GTK,           /* new group keys */
	SUPPLICANT_MICHAEL,       /* report: the Michael code of a unicast frame was wrong */
	SUPPLICANT_MICHAEL_GROUP, /* … of a group frame */
};

/*
 * Tells the access point a wish, in a Request frame with the MIC of the installed key (12.7.2) and a replay counter of
 * its own.  It may or may not answer with a handshake.  Returns 0; or -ENOTCONN: there is no key yet.
 */
int supplicant_request(struct supplicant *s, enum supplicant_wish wish, struct rsn_out *out);

/*
 * At out->wake_ns: the access point has fallen silent in the middle of a handshake; or the pairwise keys are as old as
 * they should get, and it is asked for new ones: a few times, RSN_PATIENT_NS apart, and then again when they would be due.
 */
void supplicant_timeout(struct supplicant *s, uint64_t now_ns, struct rsn_out *out);

/* The access point hung up.  Returns what that says: having answered and never been believed is a wrong passphrase. */
enum rsn_finding supplicant_lost(const struct supplicant *s);

#endif

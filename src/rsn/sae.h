/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simultaneous authentication of equals (IEEE 802.11-2020, 12.4): the state machines of a station and of an access point.
 *
 *	station                                     access point
 *	   ── commit: group, scalar, element ──────▶   (status 76: repeat it with this token; 77: another group)
 *	   ◀── commit ──────────────────────────────   picks its own, derives KCK and PMK
 *	   ── confirm ─────────────────────────────▶   verifies it
 *	   ◀── confirm ─────────────────────────────   accepted; the station, too, once it has verified that
 *
 * The states are those of 12.4.8.2.2: Nothing, Committed, Confirmed, Accepted. In an infrastructure BSS the station repeats
 * what is not answered, and the access point answers each repetition with the frame that it sent before; both stop after
 * `sync` repetitions (dot11RSNASAESync).
 *
 * A frame goes in, and a `struct sae_out` says which frames to send and what came of it. The machines do no I/O and know no
 * clock: when to repeat is the owner's decision. A frame that is invalid changes nothing.
 *
 * Anybody can send a valid commit, or a refusal, in the name of the access point, before it answers. So the station goes on
 * with a few commits side by side: the confirm belongs to the one that it fits. A refusal only counts if no valid confirm
 * comes in time.
 */
#ifndef VIFI_RSN_SAE_H
#define VIFI_RSN_SAE_H

#include "rsn/sae_frame.h"
#include "rsn/sae_pwe.h"

#define SAE_SYNC_DEFAULT 5
#define SAE_PMK_MAX      64
#define SAE_REJECTED_MAX (2 * 16) /* bytes of a peer's list of rejected groups */

enum sae_state { SAE_NOTHING, SAE_COMMITTED, SAE_CONFIRMED, SAE_ACCEPTED };

enum sae_event {
	SAE_NO_EVENT,
	SAE_EVENT_ACCEPTED,       /* the PMK is valid */
	SAE_EVENT_WRONG_PASSWORD, /* the confirm of the peer is not that of our password */
	SAE_EVENT_REFUSED,        /* `status`: the peer refuses, or offers nothing that we can accept */
	SAE_EVENT_TOO_MANY,       /* repetitions: the access point is not in step */
};

struct sae_frame {
	uint16_t transaction, status;
	uint8_t body[SAE_BODY_MAX];
	size_t len;
};

struct sae_out {
	enum drop drop; /* why the frame was discarded */
	enum sae_event event;
	uint16_t status; /* of SAE_EVENT_REFUSED */
	unsigned frame_count;
	struct sae_frame frames[2]; /* to send, in this order */
};

/* A commit of the peer, with the keys that follow from it. */
struct sae_peer {
	uint8_t scalar[EC_LEN_MAX], element[EC_POINT_MAX];
	uint8_t kck[DIGEST_MAX], pmk[SAE_PMK_MAX], pmkid[PMKID_LEN];
};

#define SAE_RIVALS_MAX 3 /* commits beside the newest one */

struct sae {
	struct crypto *crypto;
	struct random *random;
	const struct ec_curve *curve;
	struct rsn_addresses addresses;
	bool hash_to_element, owner_is_ap;
	enum akm akm; /* AKM_NONE: not yet known; the peer's AKM suite selector tells */
	enum sae_state state;
	unsigned sync, sync_max;
	uint16_t send_confirm, peer_send_confirm; /* counters of confirms; the peer's 0: none was verified */
	bool peer_confirmed;
	uint8_t own_factor[EC_LEN_MAX], own_scalar[EC_LEN_MAX], own_element[EC_POINT_MAX];
	uint8_t pwe[EC_POINT_MAX], peer_scalar[EC_LEN_MAX], peer_element[EC_POINT_MAX];
	uint8_t own_rejected[SAE_REJECTED_MAX], peer_rejected[SAE_REJECTED_MAX]; /* groups, as in the element */
	size_t own_rejected_len, peer_rejected_len;
	uint8_t kck[DIGEST_MAX], pmk[SAE_PMK_MAX], pmkid[PMKID_LEN];
	size_t kck_len, pmk_len;
	/* of a station */
	const struct sae_password *password; /* borrowed */
	unsigned groups[SAE_GROUPS_MAX];     /* in the order of preference */
	size_t group_count, group_index;
	uint8_t token[SAE_TOKEN_MAX];
	size_t token_len;
	struct sae_peer rivals[SAE_RIVALS_MAX]; /* earlier commits of this exchange: all but one are forged */
	size_t rival_count;
	enum sae_event suspicion; /* what frames that anybody can forge say about us; SAE_NO_EVENT: nothing */
	uint16_t suspicion_status;
};

void sae_wipe(struct sae *sae);

/* ---- both ends: the arithmetic; the functions return 0 or a negative error ---- */

/* Picks scalar and element for sae->curve and sae->pwe (12.4.5.2). */
int sae_pick(struct sae *sae);

/* Takes over a valid commit of the peer, and derives KCK, PMK and PMKID. -EBADMSG: the secret is the point at infinity. */
int sae_derive_keys(struct sae *sae, const struct sae_commit *commit);

/* Is the commit our own, reflected (12.4.8.6.4)? */
bool sae_is_reflection(const struct sae *sae, const struct sae_commit *commit);

/* Adds our commit or confirm to `out`. sae_add_confirm() counts the confirm. */
void sae_add_commit(const struct sae *sae, uint16_t status, struct sae_out *out);
void sae_add_confirm(struct sae *sae, struct sae_out *out);

/* The status by which a commit names its way to the PWE: 126 (hash to element), or 0. */
uint16_t sae_commit_status(const struct sae *sae);

enum sae_verdict { SAE_CONFIRM_VALID, SAE_CONFIRM_WRONG, SAE_CONFIRM_OLD, SAE_CONFIRM_TRUNCATED };

/* Verifies a confirm of the peer (12.4.5.6), in constant time, and takes over its counter. */
enum sae_verdict sae_check_confirm(struct sae *sae, struct span body);

/* ---- a station ---- */

struct sae_station_setup {
	struct rsn_addresses addresses;
	const struct sae_password *password; /* borrowed; with a PT for each group if `hash_to_element` */
	unsigned groups[SAE_GROUPS_MAX];
	size_t group_count;
	bool hash_to_element;
	enum akm akm;
	unsigned sync_max; /* 0: SAE_SYNC_DEFAULT */
};

/* Begins, and fills `out` with the commit. Returns 0, -EINVAL for an unsupported group, or -ENOMEM. */
int sae_station_start(struct sae *sae, struct crypto *crypto, struct random *random,
		      const struct sae_station_setup *setup, struct sae_out *out);

/* An authentication frame of the access point. */
void sae_station_receive(struct sae *sae, uint16_t transaction, uint16_t status, struct span body, struct sae_out *out);

/* No answer has come: repeats the frame of this state. */
void sae_station_repeat(struct sae *sae, struct sae_out *out);

/*
 * No valid answer has come in time: ends the exchange. A refusal, or a wrong confirm, that came meanwhile is the event now.
 * Before, it may have been forged, and the valid answer could still come (12.4.8.6.5).
 */
void sae_station_give_up(struct sae *sae, struct sae_out *out);

/* ---- an access point ---- */

struct sae_ap_setup {
	struct rsn_addresses addresses;
	bool hash_to_element;
	bool confirm_immediately; /* sae_confirm_immediate: the confirm follows the commit at once */
	enum akm akm;             /* sae_select_akm() */
	unsigned sync_max;
	const uint16_t *groups; /* the allowed ones, ends at 0 */
};

/*
 * The AKM of `offered` (a set) for which this commit is: the one that it names, if its hash follows from the group; without
 * a name one whose hash does not. AKM_NONE: there is none. The former need hash to element.
 */
enum akm sae_select_akm(const struct sae_commit *commit, uint32_t offered, bool hash_to_element);

/* Is a rejected group of the peer one that we allow? Then somebody has forged a refusal (12.4.8.6.4). */
bool sae_rejects_allowed(struct span rejected, const uint16_t *groups);

/*
 * Answers the first commit of a station, which was parsed and whose group is allowed. `password` is the one that its address
 * and its identifier select. Returns the status: 0, or why the commit is refused; then nothing is kept.
 */
uint16_t sae_ap_start(struct sae *sae, struct crypto *crypto, struct random *random, const struct sae_ap_setup *setup,
		      const struct sae_password *password, const struct sae_commit *commit, struct sae_out *out);

/* Is it the commit that was answered? Then sae_ap_repeat() sends the answer again. */
bool sae_ap_is_repeated(const struct sae *sae, const struct sae_commit *commit);
void sae_ap_repeat(struct sae *sae, struct sae_out *out);

/* A confirm of the station. */
void sae_ap_confirm(struct sae *sae, struct span body, struct sae_out *out);

#endif

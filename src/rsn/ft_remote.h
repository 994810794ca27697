/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key holders on other hosts (IEEE 802.11-2020, 13.2.2). The PMK-R0 of a station stays with the access point of its first
 * association, the R0KH; an access point that the station moves to, an R1KH, needs a PMK-R1. The messages are those of
 * wire/rrb.h; with whom they are exchanged, and under which key, say the lines r0kh and r1kh of each side.
 *
 *	R1KH ── PULL ──▶ R0KH        the station names a PMK-R0 that is not in the store
 *	R1KH ◀─ RESPONSE ─ R0KH      the PMK-R1, or nothing: the R0KH does not know it
 *	R0KH ── PUSH ──▶ R1KH        pmk_r1_push: to each R1KH, as soon as the station is associated
 *	     ── SEQ_REQUEST ──▶      is what just arrived new, and not a replay?
 *	     ◀─ SEQ_RESPONSE ──      with the nonce of the request: the present number of the peer
 *
 * Replay. Each message has a number that grows, and the time of its sender's clock. A receiver knows from a SEQ_RESPONSE where
 * both are; then it accepts each number once, within 64 of the highest one and 10 s of the clock. A message that it cannot
 * judge waits for the SEQ_RESPONSE to its own question.
 *
 * A request to authenticate may be forged and costs a message to the R0KH, so a limited number of pulls is open at a time.
 *
 * The caller delivers received frames, sends those of ft_remote_next_frame(), and gives the answers of
 * ft_remote_next_answer() to the access point: the request has to be judged again, now or never with a key.
 */
#ifndef VIFI_RSN_FT_REMOTE_H
#define VIFI_RSN_FT_REMOTE_H

#include "base/frame.h"
#include "crypto/random.h"
#include "rsn/ft_store.h"
#include "wire/rrb.h"

#define FT_REMOTE_PULLS_MAX 32
#define FT_REQUEST_MAX      (3 * ELEMENT_MAX)

/* A request to authenticate whose PMK-R1 must come from the R0KH. */
struct ft_pull {
	uint8_t bssid[6], spa[6];
	uint8_t via[6]; /* over the DS: the BSSID of its present access point; zero: over the air */
	uint8_t r0kh[FT_R0KH_MAX], r0kh_len;
	uint8_t r0_name[PMKID_LEN];
	enum akm akm;
	uint8_t elements[FT_REQUEST_MAX]; /* RSN, mobility domain, fast BSS transition */
	size_t elements_len;
};

struct ft_remote;

/* `store` and `crypto` must outlive it. Returns NULL without memory. ft_remote_free(NULL) is valid. */
struct ft_remote *ft_remote_new(struct ft_store *store, struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN]);
void ft_remote_free(struct ft_remote *remote);

/*
 * Asks the R0KH. Returns true if an answer will follow; false if no line r0kh permits it, or too many are open: the
 * request is to be refused.
 */
bool ft_remote_pull(struct ft_remote *remote, const struct ft_pull *request, uint64_t now_ns);

/* Sends the PMK-R1s of an entry of this host to all R1KHs that its owner lists with an address. */
void ft_remote_push(struct ft_remote *remote, const struct ft_entry *entry, uint64_t now_ns);

/* Sends the action frame of a station to another access point. */
void ft_remote_send_action(struct ft_remote *remote, const struct rrb_action *action);

/* A message between key holders, from the Ethernet header on. Returns why it was dropped, or NOT_DROPPED. */
enum drop ft_remote_receive(struct ft_remote *remote, struct span frame, uint64_t now_ns);

/* The next Ethernet frame to send, out of the interface of its source address; the caller frees it. NULL: none. */
struct frame *ft_remote_next_frame(struct ft_remote *remote);

/* The next request for which the answer of the R0KH has arrived, or is overdue. Returns false if there is none. */
bool ft_remote_next_answer(struct ft_remote *remote, struct ft_pull *request);

/* The time of the next ft_remote_tick(); UINT64_MAX: never. */
uint64_t ft_remote_deadline(const struct ft_remote *remote);
void ft_remote_tick(struct ft_remote *remote, uint64_t now_ns);

#endif

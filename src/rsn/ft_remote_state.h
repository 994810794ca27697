/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internals of rsn/ft_remote.h:
 *
 *	ft_remote_message.c  peers and the numbers of their messages; encrypted messages
 *	ft_remote.c          the two roles, reception, timers
 */
#ifndef VIFI_RSN_FT_REMOTE_STATE_H
#define VIFI_RSN_FT_REMOTE_STATE_H

#include "base/frame_list.h"
#include "crypto/siv.h"
#include "rsn/ft_remote.h"

#define SECOND        UINT64_C(1000000000)
#define PEERS_MAX     64
#define WAITING_MAX   16
#define CLOCK_SLACK_S 10 /* also how long a message waits for a SEQ_RESPONSE */
#define SEEN_BEFORE   16 /* numbers below that of a SEQ_RESPONSE that may still be under way */
#define AHEAD_MAX     UINT32_C(0x40000000)
#define SECRETS_MAX   256

/* A key holder on another host, as one of our access points knows it. */
struct peer {
	uint8_t bssid[6]; /* of ours; zero: a free entry */
	bool is_r0kh;     /* else an R1KH */
	uint8_t id[FT_R0KH_MAX], id_len;
	bool has_addr, synchronised;
	uint8_t addr[6];         /* that a SEQ_RESPONSE came from */
	uint32_t domain, number; /* the highest number that was accepted */
	uint64_t seen;           /* bit i: so was number - i */
	uint32_t clock_offset_s; /* our clock minus that of the peer */
	uint64_t used_ns;
};

struct pull {
	struct ft_pull request;
	uint8_t nonce[RRB_NONCE_LEN];
	unsigned tries; /* 0: a free entry */
	uint64_t due_ns;
	bool done;
};

/* A SEQ_REQUEST without a response so far. */
struct waiting {
	const struct peer *peer; /* NULL: a free entry */
	uint8_t nonce[RRB_NONCE_LEN];
	struct frame *message; /* that it is about; NULL: none */
	uint64_t until_ns;
};

struct ft_remote {
	struct ft_store *store;
	struct crypto *crypto;
	struct random random;
	uint32_t domain, number; /* of the next message of ours */
	struct peer peers[PEERS_MAX];
	struct pull pulls[FT_REMOTE_PULLS_MAX];
	struct waiting waiting[WAITING_MAX];
	struct frame_list out;
};

/* ---- ft_remote_message.c ---- */

uint32_t ft_remote_seconds(uint64_t now_ns);
void ft_remote_stop_waiting(struct waiting *waiting);

/* Finds a peer, or makes it in the place of the one that was silent for the longest time. */
struct peer *ft_remote_peer(struct ft_remote *remote, const uint8_t *bssid, bool is_r0kh, struct span id,
			    uint64_t now_ns);

enum verdict { VERDICT_NEW, VERDICT_REPLAY, VERDICT_UNKNOWN };

/* Judges the number of a message (RRB_SEQ); accepts it; or takes it as the present one of the peer. */
enum verdict ft_remote_judge_number(const struct peer *peer, const uint8_t *seq, uint64_t now_ns);
void ft_remote_accept_number(struct peer *peer, const uint8_t *seq);
void ft_remote_synchronise(struct peer *peer, const uint8_t *seq, uint64_t now_ns);

/* The number of the next message of ours. */
void ft_remote_next_number(struct ft_remote *remote, uint64_t now_ns, uint8_t seq[RRB_SEQ_LEN]);

/* A list of fields, whose contents it borrows. */
struct field {
	enum rrb_field type;
	const void *bytes;
	size_t len;
};

#define FIELDS_MAX 8

struct fields {
	struct field list[FIELDS_MAX];
	size_t count, len;
};

void ft_remote_add_field(struct fields *fields, enum rrb_field type, const void *bytes, size_t len);
void ft_remote_add_key_holders(struct fields *fields, const struct peer *peer, const struct ft_member *member);

/* The key of a line, for AES-SIV. Returns 0 or -ENOMEM. */
int ft_remote_siv_key(struct ft_remote *remote, const struct ft_peer *line, uint8_t key[SIV_KEY_LEN]);

/* Sends a message. Without memory it is lost, as on the wire. */
void ft_remote_send(struct ft_remote *remote, enum rrb_kind kind, const struct ft_peer *line, const uint8_t *dst,
		    const uint8_t *src, struct fields *clear, const struct fields *secret);

/* Asks a peer for its number. The `message` that is in question waits; NULL: there is none yet. */
void ft_remote_request_number(struct ft_remote *remote, const struct ft_member *member, const struct peer *peer,
			      const struct ft_peer *line, const uint8_t *dst, const struct span *message,
			      uint64_t now_ns);

#endif

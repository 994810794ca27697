/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol of the socket of `vifi air`: SOCK_SEQPACKET, which keeps the boundaries of records.
 *
 * A record is a sequence of at most AIR_BATCH_MAX messages and AIR_RECORD_MAX bytes. A message is the length of its
 * fields and bytes (2 bytes), its kind (1), zero (1), the fields of its kind in the order of struct air_message, and then,
 * for some kinds, bytes: a frame, addresses or a text. Numbers are little-endian; times are CLOCK_MONOTONIC.
 *
 * A client becomes a radio with HELLO, its first message; the medium answers WELCOME, or ERROR and closes the connection.
 * ADDRESSES and MONITOR are answered by DONE or ERROR, in the order of the requests; TUNE, DOZE and SEND have no answer.
 * A radio receives nothing until it is tuned. RULE, answered by DONE or ERROR, and SHOW, answered by one or more ANSWER,
 * need no HELLO. A malformed or unexpected message is answered by ERROR, and the medium closes the connection.
 */
#ifndef VIFI_AIR_MEDIUM_PROTOCOL_H
#define VIFI_AIR_MEDIUM_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define AIR_SOCKET  "/run/vifi/air"
#define AIR_MAGIC   0x72696176 /* "vair" */
#define AIR_VERSION 1

#define AIR_RECORD_MAX    65536
#define AIR_BATCH_MAX     64
#define AIR_HEADER_MAX    24    /* the header of a message and its fields */
#define AIR_FRAME_MAX     16384 /* the longest MPDU */
#define AIR_NAME_MAX      31
#define AIR_ADDRESSES_MAX 64 /* of one message */
#define AIR_TEXT_MAX      32768

/* X(KIND, number): below 64 from clients, above from the air */
#define AIR_MESSAGE_KINDS(X) \
	X(HELLO, 1)          \
	X(ADDRESSES, 2)      \
	X(TUNE, 3)           \
	X(DOZE, 4)           \
	X(MONITOR, 5)        \
	X(SEND, 6)           \
	X(RULE, 7)           \
	X(SHOW, 8)           \
	X(WELCOME, 65)       \
	X(RECEIVED, 66)      \
	X(STATUS, 67)        \
	X(DONE, 68)          \
	X(ERROR, 69)         \
	X(ANSWER, 70)

enum air_message_kind {
#define X(id, number) AIR_##id = number,
	AIR_MESSAGE_KINDS(X)
#undef X
};

/* The fields of each kind, in their order in a message. */
struct air_message {
	enum air_message_kind kind;
	uint32_t magic;       /* HELLO */
	uint16_t version;     /* HELLO, WELCOME */
	uint32_t radio;       /* WELCOME: the id of the radio */
	uint64_t time_ns;     /* DOZE: the end of the doze; RECEIVED: the time of reception */
	uint32_t cookie;      /* SEND: returned by STATUS; 0: no STATUS */
	uint32_t rate_kbps;   /* SEND: 0: the air chooses; RECEIVED */
	uint16_t freq_mhz;    /* TUNE; SEND: 0: the radio's channel; RECEIVED */
	int8_t signal_dbm;    /* RECEIVED */
	uint8_t on;           /* MONITOR; STATUS: acknowledged; ANSWER: more follows */
	uint8_t tries;        /* RECEIVED, STATUS: transmissions so far */
	uint16_t code;        /* ERROR: an errno */
	const uint8_t *bytes; /* HELLO: name; ADDRESSES; SEND, RECEIVED: MPDU without FCS; RULE, ERROR, ANSWER: text */
	size_t len;
};

/* Is it a name for a radio: printable ASCII without blanks and without `*` and `,`, which have a meaning in rules? */
bool air_name_valid(const uint8_t *name, size_t len);

/*
 * Reads the message at `*at` of a record and advances `*at`. Returns 1; 0 at the end of the record; -1 if it is
 * malformed. `bytes` points into the record. Texts contain no control characters except line feeds.
 */
int air_message_read(const uint8_t *record, size_t len, size_t *at, struct air_message *message);

/*
 * Writes the header and the fields of a message into `out`, which holds AIR_HEADER_MAX bytes; the caller appends
 * `message->bytes`. Returns the length, or 0 for a message that air_message_read() would refuse.
 */
size_t air_message_write(uint8_t *out, const struct air_message *message);

/* A record for sendmsg(), with two entries of `iov` per message. It begins with `count` and `bytes` zero. */
struct air_record {
	size_t count, bytes; /* messages, and their total length */
	uint8_t headers[AIR_BATCH_MAX][AIR_HEADER_MAX];
	struct iovec iov[2 * AIR_BATCH_MAX];
};

/* Adds a message, whose bytes stay the caller's. Returns false if it does not fit: the record is unchanged. */
bool air_record_add(struct air_record *record, const struct air_message *message);

#endif

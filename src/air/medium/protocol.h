/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is spoken at the socket of `vifi air`: SOCK_SEQPACKET, so that a record is a record.
 *
 * A record holds one message behind the other, at most AIR_BATCH_MAX of them and AIR_RECORD_MAX bytes.  A message is the length
 * of what follows (2 bytes), its kind (1), a zero (1), the fields of its kind in the order below, and behind them, where
 * the kind has it, a rest of bytes: a frame, a text.  Numbers are little-endian; times are CLOCK_MONOTONIC of the
 * machine that all sides are on.
 *
 * A client becomes a radio by HELLO, which must be its first message, and is answered by WELCOME, or ERROR and the end.
 * ADDRESSES and MONITOR are answered by DONE or ERROR, in the order in which they were asked; the others by nothing.  A
 * radio hears nothing until it is tuned.  RULE, answered by DONE or ERROR, and SHOW, answered by one or more ANSWER, may
 * come from anybody, also without HELLO.  What is not understood, or comes out of turn, is answered by ERROR and the
 * end.
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

#define AIR_RECORD_MAX 65536
#define AIR_BATCH_MAX  64
#define AIR_HEADER_MAX 24    /* the header of a message and its fields */
#define AIR_FRAME_MAX  16384 /* no MPDU is longer */
#define AIR_NAME_MAX   31
#define AIR_TEXT_MAX   32768

/* X(KIND, number): from a client below 64, from the air above */
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

/* Which fields a kind has, in this order: */
struct air_message {
	enum air_message_kind kind;
	uint32_t magic;     /* HELLO */
	uint16_t version;   /* HELLO, WELCOME */
	uint32_t radio;     /* WELCOME: which one it is */
	uint64_t time_ns;   /* DOZE: until then; RECEIVED: then */
	uint32_t cookie;    /* SEND, STATUS; 0: no status is wanted */
	uint32_t rate_kbps; /* SEND: 0: the air chooses; RECEIVED */
	uint16_t freq_mhz;  /* TUNE; SEND: 0: where it is tuned to; RECEIVED */
	int8_t signal_dbm;  /* RECEIVED */
	uint8_t on;         /* MONITOR; STATUS: acknowledged; ANSWER: more of it follows */
	uint8_t tries;      /* RECEIVED: it was sent for the so manieth time; STATUS */
	uint16_t code;      /* ERROR: an errno */
	const uint8_t
		*bytes; /* HELLO: name; ADDRESSES; SEND, RECEIVED: an MPDU without FCS; RULE, ERROR, ANSWER: text */
	size_t len;
};

/* May a radio be called so: printable ASCII without blanks, `*` and `,`, which mean something in rules? */
bool air_name_valid(const uint8_t *name, size_t len);

/*
 * Reads the message at `*at` of a record and moves `*at` behind it.  Returns 1; 0 at the end of the record; -1 when it
 * is no message.  `bytes` lie in the record.  What is read is bounded: names and texts are printable UTF-8 bytes without
 * control characters but line ends, addresses come in sixes, lengths are as above.
 */
int air_message_read(const uint8_t *record, size_t len, size_t *at, struct air_message *message);

/*
 * Writes the head of a message into `out`, which has room for AIR_HEADER_MAX: `m->len` bytes must follow it.  Returns its
 * length; or 0: the message is none that air_message_read() would take.
 */
size_t air_message_write(uint8_t *out, const struct air_message *message);

/* Messages gathered into one record, for sendmsg(): `parts` has two entries for each.  Begin with both numbers 0. */
struct air_record {
	size_t count, bytes; /* messages, and their length */
	uint8_t headers[AIR_BATCH_MAX][AIR_HEADER_MAX];
	struct iovec iov[2 * AIR_BATCH_MAX];
};

/* Adds a message, whose bytes are borrowed.  False: the record is full, as it is. */
bool air_record_add(struct air_record *record, const struct air_message *message);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames between the access points of a mobility domain, on the wire. There are two kinds.
 *
 * FT frames over the DS (IEEE 802.11-2020, 13.10.3) carry the action frame of a station between its present access point and
 * the one that it wants to move to:
 *
 *	Ethernet, type 89-0d │ 1 │ request or response │ length (2) │ BSSID of the sender (6) │ action frame from its category on
 *
 * Messages between key holders carry PMK-R1s. The standard leaves this protocol open; this one is hostapd's since 2.7, so
 * that access points of both serve one domain (found by its frames, and by its wpa_auth.h):
 *
 *	Ethernet, type 88-b7 │ 00-13-74 00-01 │ kind │ length (2) │ clear fields │ AES-SIV of the other fields
 *
 *	kind              clear                              encrypted
 *	PULL              SEQ, NONCE, R0KH, R1KH             R0_NAME, SPA
 *	RESPONSE          SEQ, NONCE, R0KH, R1KH             SPA, and the key if there is one
 *	PUSH              SEQ, R0KH, R1KH                    SPA, R0_NAME, the key
 *	SEQ_REQUEST       NONCE, R0KH, R1KH
 *	SEQ_RESPONSE      NONCE, SEQ, R0KH, R1KH
 *
 * AES-SIV authenticates the sender's address, the clear fields, and the kind. A field is type (2), length (2), contents; the
 * numbers are little-endian. Fields of type 0 are padding, to the least length of an Ethernet frame.
 */
#ifndef VIFI_WIRE_RRB_H
#define VIFI_WIRE_RRB_H

#include "wire/frame_writer.h"
#include "wire/ie.h"

#include <stdbool.h>

#define RRB_ETHERTYPE_ACTION 0x890d
#define RRB_ETHERTYPE_KEY    0x88b7

/* ---- actions of stations ---- */

struct rrb_action {
	bool response;
	const uint8_t *src, *dst;
	struct span action; /* from its category on: at least category, action, station, target */
};

/* Reads an Ethernet frame. Returns false if it is no such frame, or truncated. */
bool rrb_parse_action(struct rrb_action *action, struct span frame);

/* Makes one. Returns NULL without memory. */
struct frame *rrb_make_action(const struct rrb_action *action);

/* ---- messages between key holders ---- */

enum rrb_kind { RRB_PULL = 1, RRB_RESPONSE, RRB_PUSH, RRB_SEQ_REQUEST, RRB_SEQ_RESPONSE };

enum rrb_field {
	RRB_PADDING = 0,
	RRB_SEQ = 1,
	RRB_NONCE = 2,
	RRB_R0KH = 4,
	RRB_R1KH = 5,
	RRB_SPA = 6,
	RRB_R0_NAME = 7,
	RRB_R1_NAME = 9,
	RRB_R1 = 10,
	RRB_PAIRWISE = 11,
	RRB_EXPIRES = 12,
	RRB_VLAN = 13,
};

#define RRB_SEQ_LEN   12 /* domain (4), number (4), seconds of the sender's clock (4) */
#define RRB_NONCE_LEN 16

struct rrb_message {
	enum rrb_kind kind;
	const uint8_t *src, *dst;
	struct span clear, sealed;
};

/* Reads an Ethernet frame. Returns false if it is no such message, or truncated. */
bool rrb_parse(struct rrb_message *message, struct span frame);

/* The contents of fields; `bytes` is NULL for one that is absent or has a wrong length. */
struct rrb_fields {
	struct span seq, nonce, r0kh, r1kh, spa, r0_name, r1, r1_name, pairwise, expires, vlan;
};

/* Reads the fields of a list, of each type the first one. A truncated field ends the list. */
void rrb_read(struct rrb_fields *fields, struct span list);

/* Begins a message up to the length of the clear fields, which follow. `src` and `dst` are those of the Ethernet header. */
struct frame_writer rrb_begin(enum rrb_kind kind, const uint8_t *dst, const uint8_t *src, size_t clear_len);

void rrb_write(struct frame_writer *writer, enum rrb_field type, const void *bytes, size_t len);

/*
 * How many bytes of clear fields must be added, with these lengths of the clear and the encrypted fields, to make the
 * message long enough; 0 or at least 4.
 */
size_t rrb_padding(size_t clear_len, size_t sealed_len);

/* Pairwise ciphers have one bit each. Returns 0 for one that has none, and CIPHER_NONE for an unknown bit. */
uint16_t rrb_cipher_bit(enum cipher cipher);
enum cipher rrb_cipher_of(uint16_t bit);

#endif

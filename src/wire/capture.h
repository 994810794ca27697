/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files: pcap and pcapng (draft-ietf-opsawg-pcap, -pcapng) are read from memory, pcapng is written to it.
 * Byte orders, time units and link types are as the file says; lengths are believed only as far as the bytes go.
 */
#ifndef VIFI_WIRE_CAPTURE_H
#define VIFI_WIRE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_DOT11    105 /* LINKTYPE_IEEE802_11 */
#define LINK_PRISM    119
#define LINK_RADIOTAP 127
#define LINK_AVS      163
#define LINK_PPI      192

#define CAPTURE_INTERFACES 16 /* of one pcapng section; frames of further ones are skipped */

struct capture_interface {
	uint32_t link;
	uint64_t units; /* of time in a second */
};

struct capture {
	const uint8_t *bytes;
	size_t len, at;
	bool ng, big;        /* big-endian */
	unsigned interfaces; /* of this section; 1 for pcap */
	struct capture_interface interface[CAPTURE_INTERFACES];
};

struct captured {
	uint64_t time_ns; /* since 1970 */
	uint32_t link;
	const uint8_t *bytes;
	size_t len, was;    /* bytes that are here, and that the frame had on the air */
	uint32_t interface; /* its number in the file; when writing, 0 is that of capture_head() */
	/* For writing only: bytes that go before the others; they count in neither `len` nor `was`. */
	const uint8_t *head;
	size_t head_len;
};

/* Begins to read.  The bytes stay the caller's.  Returns false if they are no capture file. */
bool capture_open(struct capture *c, const uint8_t *bytes, size_t len);

/*
 * The next frame.  Returns 1; 0 at the end of the file; -1 when the rest cannot be read, because it is cut short or
 * because a length does not fit: c->at then says where.
 */
int capture_next(struct capture *c, struct captured *f);

/*
 * Bytes of a pcapng file, to be written one after the other.  Each returns how many bytes it wrote into `out`, which
 * has room for `room`; or 0: too small.
 */
size_t capture_head(uint8_t *out, size_t room, uint32_t link);

/* One more interface, whose frames have another link type; they are numbered in their order, from 0 on. */
size_t capture_interface(uint8_t *out, size_t room, uint32_t link);

/* A frame, with a comment unless that is NULL. */
size_t capture_frame(uint8_t *out, size_t room, const struct captured *f, const char *comment);

/* Room for a frame of `len` bytes, head and all, and a comment of `comment` bytes. */
#define CAPTURE_ROOM(len, comment) (64 + (len) + (comment))
#define CAPTURE_BYTES_AT           28 /* where the frame begins in what capture_frame() wrote */
#define CAPTURE_HEAD_ROOM          64

#endif

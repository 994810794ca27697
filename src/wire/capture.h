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

#define LINKTYPE_IEEE802_11 105 /* LINKTYPE_IEEE802_11 */
#define LINKTYPE_PRISM      119
#define LINKTYPE_RADIOTAP   127
#define LINKTYPE_AVS        163
#define LINKTYPE_PPI        192

#define CAPTURE_INTERFACES_MAX 16 /* of one pcapng section; frames of further ones are skipped */

struct capture_interface {
	uint32_t link_type;
	uint64_t units_per_second; /* of time in a second */
};

struct capture {
	const uint8_t *bytes;
	size_t len, offset;
	bool pcapng, big_endian;  /* big-endian */
	unsigned interface_count; /* of this section; 1 for pcap */
	struct capture_interface interfaces[CAPTURE_INTERFACES_MAX];
};

struct captured_frame {
	uint64_t time_ns; /* since 1970 */
	uint32_t link_type;
	const uint8_t *bytes;
	size_t len, orig_len; /* bytes that are here, and that the frame had on the air */
	uint32_t interface;   /* its number in the file; when writing, 0 is that of capture_write_header() */
	/* For writing only: bytes that go before the others; they count in neither `len` nor `was`. */
	const uint8_t *prefix;
	size_t prefix_len;
};

/* Begins to read. The bytes stay the caller's. Returns false if they are no capture file. */
bool capture_open(struct capture *capture, const uint8_t *bytes, size_t len);

/*
 * The next frame. Returns 1; 0 at the end of the file; -1 when the rest cannot be read, because it is cut short or
 * because a length does not fit: c->at then says where.
 */
int capture_next(struct capture *capture, struct captured_frame *captured);

/*
 * Bytes of a pcapng file, to be written one after the other. Each returns how many bytes it wrote into `out`, which
 * has room for `room`; or 0: too small.
 */
size_t capture_write_header(uint8_t *out, size_t room, uint32_t link_type);

/* One more interface, whose frames have another link type; they are numbered in their order, from 0 on. */
size_t capture_write_interface(uint8_t *out, size_t room, uint32_t link_type);

/* A frame, with a comment unless that is NULL. */
size_t capture_write_frame(uint8_t *out, size_t room, const struct captured_frame *captured, const char *comment);

/* Room for a frame of `len` bytes, head and all, and a comment of `comment` bytes. */
#define CAPTURE_FRAME_MAX(len, comment) (64 + (len) + (comment))
#define CAPTURE_FRAME_OFFSET            28 /* where the frame begins in what capture_write_frame() wrote */
#define CAPTURE_HEADER_MAX              64

#endif

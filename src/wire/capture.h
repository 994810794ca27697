/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files: reads pcap and pcapng (draft-ietf-opsawg-pcap, -pcapng) from memory and writes pcapng to memory. The
 * reader takes byte order, time unit and link type from the file and bounds each length by the size of the file. The
 * variants of pcap with longer record headers (Kuznetsov's, Nokia's) are found by their lengths, which must make sense.
 */
#ifndef VIFI_WIRE_CAPTURE_H
#define VIFI_WIRE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINKTYPE_IEEE802_11 105
#define LINKTYPE_PRISM      119
#define LINKTYPE_RADIOTAP   127
#define LINKTYPE_AVS        163
#define LINKTYPE_PPI        192

#define CAPTURE_INTERFACES_MAX 64 /* of one pcapng section; frames of further interfaces are skipped */

enum { CAPTURE_FCS_UNKNOWN = -1 };

struct capture_interface {
	uint32_t link_type;
	int fcs_len;               /* bytes at the end of each frame, or CAPTURE_FCS_UNKNOWN */
	uint64_t units_per_second; /* of timestamps */
};

struct capture {
	const uint8_t *bytes;
	size_t len, offset;
	bool pcapng, big_endian;
	unsigned interface_count; /* of this section; 1 for pcap */
	size_t record_header_len; /* of pcap */
	size_t skipped_frames; /* of interfaces that the section does not declare, or beyond CAPTURE_INTERFACES_MAX */
	struct capture_interface interfaces[CAPTURE_INTERFACES_MAX];
};

struct captured_frame {
	uint64_t time_ns; /* since 1970 */
	uint32_t link_type;
	int fcs_len; /* of its interface */
	const uint8_t *bytes;
	size_t len, orig_len; /* captured bytes, and the length of the frame on the air */
	uint32_t interface;   /* its number in the file; 0: that of capture_write_header() */
	/* For writing only: bytes before the others, counted in neither `len` nor `orig_len`. */
	const uint8_t *prefix;
	size_t prefix_len;
};

/* Begins to read. `bytes` are borrowed. Returns false if they are not a capture file. */
bool capture_open(struct capture *capture, const uint8_t *bytes, size_t len);

/*
 * Reads the next frame. Returns 1, 0 at the end of the file, or -1 if the rest is truncated or malformed;
 * capture->offset is then the offset of the failure.
 */
int capture_next(struct capture *capture, struct captured_frame *captured);

/*
 * Write consecutive parts of a pcapng file. Each returns the number of bytes written to `out`, or 0 if `room` is too
 * small.
 */
size_t capture_write_header(uint8_t *out, size_t room, uint32_t link_type);

/* A further interface, with another link type. Interfaces are numbered in the order of writing, from 0. */
size_t capture_write_interface(uint8_t *out, size_t room, uint32_t link_type);

/* A frame, with a comment unless `comment` is NULL. */
size_t capture_write_frame(uint8_t *out, size_t room, const struct captured_frame *captured, const char *comment);

/* Room for a frame of `len` bytes, prefix included, and a comment of `comment` bytes. */
#define CAPTURE_FRAME_MAX(len, comment) (64 + (len) + (comment))
#define CAPTURE_FRAME_OFFSET            28 /* offset of the frame in the output of capture_write_frame() */
#define CAPTURE_HEADER_MAX              64

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as blocks of a pcapng file (draft-ietf-opsawg-pcapng): each hop is an interface, and each packet carries the id of
 * its frame (epb_packetid), its verdict (epb_verdict), and that verdict in words (opt_comment). A dropped one carries the
 * sentence and the hint of its reason.
 */
#ifndef VIFI_TRACE_PCAPNG_H
#define VIFI_TRACE_PCAPNG_H

#include <stddef.h>
#include "trace/event.h"

/* Blocks are appended to this buffer, which the caller owns and empties. */
struct pcapng {
	uint8_t *bytes;
	size_t len, room;
};

/* Room that is enough for any block with `captured` bytes of a frame. */
#define PCAPNG_BLOCK_MAX(captured) (2048 + (captured))

/* Each appends one block. Returns its length, or 0 if it does not fit, and then nothing is appended. */
size_t pcapng_section(struct pcapng *out, const char *program);
size_t pcapng_interface(struct pcapng *out, const struct trace_event *event, const char *name, uint32_t snap_len);
/* `missing`: packets of this interface that were lost since the last one. */
size_t pcapng_packet(struct pcapng *out, uint32_t interface, const struct trace_event *event, const uint8_t *bytes,
		     uint64_t missing);
/* What became of an interface's packets, at the end of the file. Times are ns since 1970. */
size_t pcapng_statistics(struct pcapng *out, uint32_t interface, uint64_t start, uint64_t end, uint64_t received,
			 uint64_t lost);

#endif

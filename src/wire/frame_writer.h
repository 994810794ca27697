/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a frame field by field.  A failure (no memory) sticks: later writes do nothing, and the end tells it once.
 *
 *	struct frame_writer writer = frame_writer_begin(mgmt_new(MGMT_PROBE_REQ, da, sa, bssid));
 *
 *	write_element(&writer, EID_SSID, ssid, ssid_len);
 *	write_le16(&writer, capability);
 *	frame = frame_writer_end(&writer);
 */
#ifndef VIFI_WIRE_FRAME_WRITER_H
#define VIFI_WIRE_FRAME_WRITER_H

#include "base/frame.h"

#include <stdbool.h>

struct frame_writer {
	struct frame *frame; /* NULL after a failure */
};

/* Continues at the end of `frame`, which the writer owns from here on.  NULL: a failure already. */
struct frame_writer frame_writer_begin(struct frame *frame);

/* Returns the frame, which is the caller's; NULL after a failure.  The writer is then empty. */
struct frame *frame_writer_end(struct frame_writer *writer);

/* Appends `len` bytes and returns them, for the caller to fill; NULL after a failure. */
uint8_t *write_room(struct frame_writer *writer, size_t len);

void write_bytes(struct frame_writer *writer, const void *bytes, size_t len);
void write_u8(struct frame_writer *writer, uint8_t value);
void write_le16(struct frame_writer *writer, uint16_t value);
void write_le32(struct frame_writer *writer, uint32_t value);
void write_le64(struct frame_writer *writer, uint64_t value);
void write_be16(struct frame_writer *writer, uint16_t value);

/* Appends an element (IEEE 802.11-2020, 9.4.2.1): id, length, body.  A body over 255 bytes is a failure. */
void write_element(struct frame_writer *writer, uint8_t id, const void *body, size_t len);

#endif

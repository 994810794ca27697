/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a frame field by field. The first failure (no memory, an element that is too long) frees the frame; later
 * writes do nothing, and frame_writer_end() returns NULL.
 *
 *	struct frame_writer writer = mgmt_begin(MGMT_ASSOC_REQUEST, da, sa, bssid);
 *
 *	write_le16(&writer, capability);
 *	write_le16(&writer, listen_interval);
 *	write_element(&writer, EID_SSID, ssid, ssid_len);
 *	frame = frame_writer_end(&writer);
 */
#ifndef VIFI_WIRE_FRAME_WRITER_H
#define VIFI_WIRE_FRAME_WRITER_H

#include "base/frame.h"

#include <stdbool.h>

struct frame_writer {
	struct frame *frame; /* NULL after a failure */
};

/* Appends to `frame`, which the writer owns until frame_writer_end(). A NULL frame is a failure. */
struct frame_writer frame_writer_begin(struct frame *frame);

/* Returns the frame, which the caller then owns, or NULL after a failure. */
struct frame *frame_writer_end(struct frame_writer *writer);

/* Appends `len` bytes and returns them for the caller to fill, or NULL after a failure. */
uint8_t *write_room(struct frame_writer *writer, size_t len);

void write_bytes(struct frame_writer *writer, const void *bytes, size_t len);
void write_u8(struct frame_writer *writer, uint8_t value);
void write_le16(struct frame_writer *writer, uint16_t value);
void write_le32(struct frame_writer *writer, uint32_t value);
void write_le64(struct frame_writer *writer, uint64_t value);
void write_be16(struct frame_writer *writer, uint16_t value);

/* Appends an element (IEEE 802.11-2020, 9.4.2.1): id, length, body. A body of more than 255 bytes is a failure. */
void write_element(struct frame_writer *writer, uint8_t id, const void *body, size_t len);

#endif

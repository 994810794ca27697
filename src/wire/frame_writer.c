/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/frame_writer.h"

#include "wire/be.h"
#include "wire/le.h"

#include <string.h>

struct frame_writer frame_writer_begin(struct frame *frame)
{
	return (struct frame_writer){frame};
}

struct frame *frame_writer_end(struct frame_writer *writer)
{
	struct frame *frame = writer->frame;

	writer->frame = NULL;
	return frame;
}

static void fail(struct frame_writer *writer)
{
	frame_free(writer->frame);
	writer->frame = NULL;
}

uint8_t *write_room(struct frame_writer *writer, size_t len)
{
	uint8_t *to = writer->frame ? frame_put(writer->frame, len) : NULL;

	if (!to)
		fail(writer);
	return to;
}

void write_bytes(struct frame_writer *writer, const void *bytes, size_t len)
{
	uint8_t *to = write_room(writer, len);

	if (to && len)
		memcpy(to, bytes, len);
}

void write_u8(struct frame_writer *writer, uint8_t value)
{
	write_bytes(writer, &value, 1);
}

void write_le16(struct frame_writer *writer, uint16_t value)
{
	uint8_t *to = write_room(writer, 2);

	if (to)
		put_le16(to, value);
}

void write_le32(struct frame_writer *writer, uint32_t value)
{
	uint8_t *to = write_room(writer, 4);

	if (to)
		put_le32(to, value);
}

void write_le64(struct frame_writer *writer, uint64_t value)
{
	write_le32(writer, (uint32_t)value);
	write_le32(writer, (uint32_t)(value >> 32));
}

void write_be16(struct frame_writer *writer, uint16_t value)
{
	uint8_t *to = write_room(writer, 2);

	if (to)
		put_be16(to, value);
}

void write_element(struct frame_writer *writer, uint8_t id, const void *body, size_t len)
{
	if (len > UINT8_MAX) {
		fail(writer);
		return;
	}
	write_u8(writer, id);
	write_u8(writer, (uint8_t)len);
	write_bytes(writer, body, len);
}

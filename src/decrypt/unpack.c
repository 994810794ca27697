/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decrypt/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef VIFI_ZSTD
#include <zstd.h>
#endif

enum { CHUNK = 1 << 20 };

static const struct {
	const char *name, *command;
	size_t magic_len;
	uint8_t magic[6];
} formats[] = {
	[UNPACK_GZIP] = {"gzip", "gzip -dc", 2, {0x1f, 0x8b}},
	[UNPACK_ZSTD] = {"zstd", "zstd -dc", 4, {0x28, 0xb5, 0x2f, 0xfd}},
	[UNPACK_LZ4] = {"lz4", "lz4 -dc", 4, {0x04, 0x22, 0x4d, 0x18}},
	[UNPACK_XZ] = {"xz", "xz -dc", 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
	[UNPACK_BZIP2] = {"bzip2", "bzip2 -dc", 3, {'B', 'Z', 'h'}},
	[UNPACK_ZIP] = {"zip", "unzip -p", 4, {'P', 'K', 3, 4}},
};

enum unpack_format unpack_recognise(const uint8_t *bytes, size_t len)
{
	for (enum unpack_format format = UNPACK_GZIP; format < UNPACK_FORMATS; format++)
		if (len >= formats[format].magic_len &&
		    !memcmp(bytes, formats[format].magic, formats[format].magic_len))
			return format;
	return UNPACK_NOT_COMPRESSED;
}

const char *unpack_name(enum unpack_format format)
{
	return formats[format].name;
}

const char *unpack_command(enum unpack_format format)
{
	return formats[format].command;
}

bool unpack_is_supported(enum unpack_format format)
{
#ifdef VIFI_ZSTD
	if (format == UNPACK_ZSTD)
		return true;
#endif
	return format == UNPACK_GZIP;
}

/* ---- the output ---- */

struct unpacked {
	uint8_t *bytes;
	size_t len, room, max;
};

/* Makes room for more output. Returns 0, -EFBIG or -ENOMEM. */
static int grow(struct unpacked *unpacked)
{
	size_t room = unpacked->room ? 2 * unpacked->room : CHUNK;
	uint8_t *bytes;

	if (unpacked->len < unpacked->room)
		return 0;
	if (unpacked->room >= unpacked->max)
		return -EFBIG;
	if (room > unpacked->max)
		room = unpacked->max;
	bytes = realloc(unpacked->bytes, room);
	if (!bytes)
		return -ENOMEM;
	unpacked->bytes = bytes;
	unpacked->room = room;
	return 0;
}

/* zlib's counters have 32 bits. */
static unsigned chunk_of(size_t len)
{
	return len < CHUNK ? (unsigned)len : CHUNK;
}

/* ---- gzip ---- */

/* A file may have several members, one after another. Zeros after the last one are padding. */
static bool begins_member(const uint8_t *bytes, size_t len)
{
	return len >= 2 && bytes[0] == formats[UNPACK_GZIP].magic[0] && bytes[1] == formats[UNPACK_GZIP].magic[1];
}

static int inflate_some(z_stream *stream, const uint8_t *bytes, size_t len, size_t *at, struct unpacked *out)
{
	unsigned in_len = chunk_of(len - *at), out_len = chunk_of(out->room - out->len);
	int ret;

	stream->next_in = (uint8_t *)bytes + *at; /* zlib does not write there */
	stream->avail_in = in_len;
	stream->next_out = out->bytes + out->len;
	stream->avail_out = out_len;
	ret = inflate(stream, Z_NO_FLUSH);
	*at += in_len - stream->avail_in;
	out->len += out_len - stream->avail_out;
	return ret;
}

static int unpack_gzip(const uint8_t *bytes, size_t len, struct unpacked *out)
{
	z_stream stream = {0};
	size_t at = 0;
	int ret, err = 0;
	bool done = false;

	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) /* 16: with a header of gzip */
		return -ENOMEM;
	while (!err && !done && !(err = grow(out))) {
		ret = inflate_some(&stream, bytes, len, &at, out);
		if (ret == Z_STREAM_END) {
			done = !begins_member(bytes + at, len - at);
			inflateReset(&stream);
		} else if (ret == Z_MEM_ERROR) {
			err = -ENOMEM;
		} else if (ret != Z_OK && ret != Z_BUF_ERROR) {
			err = -EBADMSG;
		} else if (at == len && out->len < out->room) {
			err = -EBADMSG; /* the end is missing */
		}
	}
	inflateEnd(&stream);
	return err;
}

/* ---- zstd ---- */

#ifdef VIFI_ZSTD
static int unpack_zstd(const uint8_t *bytes, size_t len, struct unpacked *out)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = {bytes, len, 0};
	size_t ret = 1;
	int err = stream ? 0 : -ENOMEM;

	/* 0 is the end of a frame: another one may follow. */
	while (!err && (ret || in.pos < in.size) && !(err = grow(out))) {
		ZSTD_outBuffer buffer = {out->bytes, out->room, out->len};

		ret = ZSTD_decompressStream(stream, &buffer, &in);
		out->len = buffer.pos;
		if (ZSTD_isError(ret) || (ret && in.pos == in.size && buffer.pos < buffer.size))
			err = -EBADMSG;
	}
	ZSTD_freeDStream(stream);
	return err;
}
#endif

int unpack(enum unpack_format format, const uint8_t *bytes, size_t len, size_t max, uint8_t **out, size_t *out_len)
{
	struct unpacked unpacked = {.max = max};
	int err = -EBADMSG;

	if (format == UNPACK_GZIP)
		err = unpack_gzip(bytes, len, &unpacked);
#ifdef VIFI_ZSTD
	if (format == UNPACK_ZSTD)
		err = unpack_zstd(bytes, len, &unpacked);
#endif
	*out = unpacked.bytes;
	*out_len = unpacked.len;
	return err;
}

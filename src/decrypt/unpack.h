/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed files: recognised by their first bytes; those of gzip and zstd are decompressed by zlib and libzstd. */
#ifndef VIFI_DECRYPT_UNPACK_H
#define VIFI_DECRYPT_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unpack_format {
	UNPACK_NOT_COMPRESSED,
	UNPACK_GZIP,
	UNPACK_ZSTD,
	UNPACK_LZ4,
	UNPACK_XZ,
	UNPACK_BZIP2,
	UNPACK_ZIP,
	UNPACK_FORMATS,
};

enum unpack_format unpack_recognise(const uint8_t *bytes, size_t len);

/* Its name; the command that decompresses a file to standard output; and whether unpack() can. */
const char *unpack_name(enum unpack_format format);
const char *unpack_command(enum unpack_format format);
bool unpack_is_supported(enum unpack_format format);

/*
 * Decompresses into *out, which the caller frees. Returns 0; -EBADMSG if the rest is damaged or cut, with what is before
 * it in *out; -EFBIG if it would be longer than `max`; or -ENOMEM.
 */
int unpack(enum unpack_format format, const uint8_t *bytes, size_t len, size_t max, uint8_t **out, size_t *out_len);

#endif

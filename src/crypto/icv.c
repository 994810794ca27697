/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/icv.h"

#include "crypto/algorithms.h"
#include "wire/le.h"

#include <zlib.h>

void icv(struct crypto *c, const uint8_t *bytes, size_t len, uint8_t out[ICV_LEN])
{
	put_le32(out, c->lanes ? lanes_crc32(c->lanes, bytes, len) : (uint32_t)crc32_z(0, bytes, len));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/icv.h"

#include "crypto/crypto_state.h"
#include "crypto/multibuffer.h"
#include "wire/le.h"

#include <zlib.h>

void icv(struct crypto *crypto, const uint8_t *bytes, size_t len, uint8_t out[ICV_LEN])
{
	struct multibuffer *multibuffer = crypto_multibuffer(crypto);

	put_le32(out, multibuffer ? multibuffer_crc32(multibuffer, bytes, len) : (uint32_t)crc32_z(0, bytes, len));
}

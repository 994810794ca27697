/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/eapol.h"

#include "wire/be.h"

#include <string.h>

enum { NONCE_AT = 17, IV_AT = 49, RSC_AT = 65, DATA_LEN_AT = 97 };

static uint64_t get_be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

enum drop eapol_key_parse(struct eapol_key *k, const uint8_t *bytes, size_t len)
{
	size_t data;

	if (len < EAPOL_HEADER || bytes[1] != EAPOL_KEY)
		return DROP_EAPOL_MALFORMED;
	k->len = (size_t)EAPOL_HEADER + be16(bytes + 2);
	if (k->len > len || k->len < EAPOL_KEY_LEN)
		return DROP_EAPOL_MALFORMED;
	data = be16(bytes + DATA_LEN_AT);
	if (data > k->len - EAPOL_KEY_LEN || (bytes[4] != EAPOL_RSN && bytes[4] != EAPOL_WPA))
		return DROP_EAPOL_MALFORMED;
	k->version = bytes[0];
	k->descriptor = bytes[4];
	k->info = be16(bytes + 5);
	k->key_len = be16(bytes + 7);
	k->replay = get_be64(bytes + 9);
	k->nonce = bytes + NONCE_AT;
	k->iv = bytes + IV_AT;
	k->rsc = bytes + RSC_AT;
	k->mic = bytes + EAPOL_MIC_AT;
	k->data = (struct span){bytes + EAPOL_KEY_DATA_AT, data};
	return NOT_DROPPED;
}

static void put(uint8_t *to, const uint8_t *from, size_t len)
{
	if (from)
		memcpy(to, from, len);
}

size_t eapol_key_write(const struct eapol_key *k, uint8_t *out)
{
	memset(out, 0, EAPOL_KEY_LEN);
	out[0] = k->version;
	out[1] = EAPOL_KEY;
	put_be16(out + 2, (uint16_t)(EAPOL_KEY_LEN - EAPOL_HEADER + k->data.len));
	out[4] = k->descriptor;
	put_be16(out + 5, k->info);
	put_be16(out + 7, k->key_len);
	put_be32(out + 9, (uint32_t)(k->replay >> 32));
	put_be32(out + 13, (uint32_t)k->replay);
	put(out + NONCE_AT, k->nonce, EAPOL_NONCE_LEN);
	put(out + IV_AT, k->iv, 16);
	put(out + RSC_AT, k->rsc, 8);
	put_be16(out + DATA_LEN_AT, (uint16_t)k->data.len);
	put(out + EAPOL_KEY_DATA_AT, k->data.len ? k->data.bytes : NULL, k->data.len);
	return EAPOL_KEY_LEN + k->data.len;
}

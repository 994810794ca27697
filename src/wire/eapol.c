/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/eapol.h"

#include "wire/be.h"

#include <string.h>

enum { OFF_NONCE = 17, OFF_IV = 49, OFF_RSC = 65 };

static uint64_t get_be64(const uint8_t *bytes)
{
	return (uint64_t)be32(bytes) << 32 | be32(bytes + 4);
}

enum drop eapol_key_parse(struct eapol_key *eapol, const uint8_t *bytes, size_t len, uint8_t mic_len)
{
	size_t min_len = eapol_key_min_len(mic_len), data_len;

	if (len < EAPOL_HEADER_LEN || bytes[1] != EAPOL_TYPE_KEY)
		return DROP_EAPOL_MALFORMED;
	eapol->len = (size_t)EAPOL_HEADER_LEN + be16(bytes + 2);
	if (eapol->len > len || eapol->len < min_len)
		return DROP_EAPOL_MALFORMED;
	data_len = be16(bytes + EAPOL_OFF_MIC + mic_len);
	if (data_len > eapol->len - min_len || (bytes[4] != EAPOL_DESCRIPTOR_RSN && bytes[4] != EAPOL_DESCRIPTOR_WPA))
		return DROP_EAPOL_MALFORMED;
	eapol->version = bytes[0];
	eapol->descriptor = bytes[4];
	eapol->info = be16(bytes + 5);
	eapol->key_len = be16(bytes + 7);
	eapol->replay_counter = get_be64(bytes + 9);
	eapol->nonce = bytes + OFF_NONCE;
	eapol->iv = bytes + OFF_IV;
	eapol->rsc = bytes + OFF_RSC;
	eapol->mic = bytes + EAPOL_OFF_MIC;
	eapol->mic_len = mic_len;
	eapol->data = (struct span){bytes + min_len, data_len};
	return NOT_DROPPED;
}

static void copy_if_present(uint8_t *to, const uint8_t *from, size_t len)
{
	if (from)
		memcpy(to, from, len);
}

size_t eapol_key_write(const struct eapol_key *eapol, uint8_t *out)
{
	size_t min_len = eapol_key_min_len(eapol->mic_len);

	memset(out, 0, min_len);
	out[0] = eapol->version;
	out[1] = EAPOL_TYPE_KEY;
	put_be16(out + 2, (uint16_t)(min_len - EAPOL_HEADER_LEN + eapol->data.len));
	out[4] = eapol->descriptor;
	put_be16(out + 5, eapol->info);
	put_be16(out + 7, eapol->key_len);
	put_be32(out + 9, (uint32_t)(eapol->replay_counter >> 32));
	put_be32(out + 13, (uint32_t)eapol->replay_counter);
	copy_if_present(out + OFF_NONCE, eapol->nonce, EAPOL_NONCE_LEN);
	copy_if_present(out + OFF_IV, eapol->iv, 16);
	copy_if_present(out + OFF_RSC, eapol->rsc, 8);
	put_be16(out + EAPOL_OFF_MIC + eapol->mic_len, (uint16_t)eapol->data.len);
	copy_if_present(out + min_len, eapol->data.len ? eapol->data.bytes : NULL, eapol->data.len);
	return min_len + eapol->data.len;
}

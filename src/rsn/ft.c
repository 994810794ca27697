/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/ft.h"

#include "base/mac.h"
#include "crypto/keywrap.h"

#include <errno.h>
#include <string.h>

bool ft_key_holders_parse(struct ft_key_holders *holders, struct span mobility_domain, const struct ft_element *ft)
{
	if (mobility_domain.len < 2 + sizeof(holders->mdid) || !ft->r0kh.len || ft->r0kh.len > FT_R0KH_MAX ||
	    ft->r1kh.len != FT_R1KH_LEN)
		return false;
	*holders = (struct ft_key_holders){.r0kh_len = (uint8_t)ft->r0kh.len};
	memcpy(holders->mdid, mobility_domain.bytes + 2, sizeof(holders->mdid));
	memcpy(holders->r0kh, ft->r0kh.bytes, ft->r0kh.len);
	memcpy(holders->r1kh, ft->r1kh.bytes, FT_R1KH_LEN);
	return true;
}

/* Copies bytes and returns the position after them. */
static uint8_t *append(uint8_t *pos, const void *bytes, size_t len)
{
	memcpy(pos, bytes, len);
	return pos + len;
}

int ft_derive_pmk_r1(struct crypto *crypto, const uint8_t psk[PMK_LEN], struct span ssid,
		     const struct ft_key_holders *holders, const uint8_t spa[6], uint8_t out[PMK_LEN])
{
	uint8_t context[1 + SSID_MAX + sizeof(holders->mdid) + 1 + FT_R0KH_MAX + MAC_LEN], *pos = context;
	uint8_t r0[48], r1_context[FT_R1KH_LEN + MAC_LEN];
	int err;

	if (!ssid.len || ssid.len > SSID_MAX)
		return -EINVAL;
	*pos++ = (uint8_t)ssid.len;
	pos = append(pos, ssid.bytes, ssid.len);
	pos = append(pos, holders->mdid, sizeof(holders->mdid));
	*pos++ = holders->r0kh_len;
	pos = append(pos, holders->r0kh, holders->r0kh_len);
	pos = append(pos, spa, MAC_LEN);
	/* 384 bits; the last 128 are the salt of a name that vifi does not use. */
	err = kdf(crypto, DIGEST_HMAC_SHA256, (struct piece){psk, PMK_LEN}, "FT-R0",
		  (struct piece){context, (size_t)(pos - context)}, r0, sizeof(r0));
	append(append(r1_context, holders->r1kh, FT_R1KH_LEN), spa, MAC_LEN);
	if (!err)
		err = kdf(crypto, DIGEST_HMAC_SHA256, (struct piece){r0, PMK_LEN}, "FT-R1",
			  (struct piece){r1_context, sizeof(r1_context)}, out, PMK_LEN);
	crypto_wipe(r0, sizeof(r0));
	return err;
}

int ft_derive_ptk(struct crypto *crypto, const uint8_t pmk_r1[PMK_LEN], const struct rsn_addresses *addresses,
		  const uint8_t *anonce, const uint8_t *snonce, uint8_t *out, size_t len)
{
	uint8_t context[2 * RSN_NONCE_LEN + 2 * MAC_LEN], *pos = context;

	/* Unlike in 12.7.1.3, nonces and addresses are not sorted. */
	pos = append(pos, snonce, RSN_NONCE_LEN);
	pos = append(pos, anonce, RSN_NONCE_LEN);
	pos = append(pos, addresses->aa, MAC_LEN);
	append(pos, addresses->spa, MAC_LEN);
	return kdf(crypto, DIGEST_HMAC_SHA256, (struct piece){pmk_r1, PMK_LEN}, "FT-PTK",
		   (struct piece){context, sizeof(context)}, out, len);
}

bool ft_mic_verify_pieces(struct crypto *crypto, const uint8_t kck[RSN_KCK_LEN], const struct piece *leading,
			  size_t count, struct span ft, struct span trailing)
{
	static const uint8_t zero[FT_MIC_LEN];
	const size_t after_mic = FT_OFF_MIC + FT_MIC_LEN;
	struct piece pieces[FT_LEADING_MAX + 4];
	uint8_t mic[FT_MIC_LEN];

	if (count > FT_LEADING_MAX || ft.len < after_mic)
		return false;
	memcpy(pieces, leading, count * sizeof(*pieces));
	pieces[count++] = (struct piece){ft.bytes, FT_OFF_MIC};
	pieces[count++] = (struct piece){zero, sizeof(zero)};
	pieces[count++] = (struct piece){ft.bytes + after_mic, ft.len - after_mic};
	pieces[count++] = (struct piece){trailing.bytes, trailing.len};
	return !digest(crypto, DIGEST_CMAC_128, kck, RSN_KCK_LEN, pieces, count, mic, sizeof(mic)) &&
	       crypto_equal(mic, ft.bytes + FT_OFF_MIC, sizeof(mic));
}

bool ft_mic_verify(struct crypto *crypto, const uint8_t kck[RSN_KCK_LEN], const struct rsn_addresses *addresses,
		   const struct ft_mic_input *input)
{
	const uint8_t sequence = input->response ? 6 : 5;
	const struct piece leading[FT_LEADING_MAX] = {{addresses->spa, MAC_LEN},
						      {addresses->aa, MAC_LEN},
						      {&sequence, 1},
						      {input->rsn.bytes, input->rsn.len},
						      {input->mobility_domain.bytes, input->mobility_domain.len}};

	return ft_mic_verify_pieces(crypto, kck, leading, FT_LEADING_MAX, input->ft, input->rsnx);
}

/* Key information (2), key length (1), RSC (8), and the wrapped key, padded like key data (9.4.2.47). */
int ft_unwrap_gtk(struct crypto *crypto, const uint8_t kek[RSN_KEK_LEN], struct span subelement, unsigned *id,
		  uint8_t out[KEY_MAX])
{
	const uint8_t *header = span_take(&subelement, 11);
	size_t len = header ? header[2] : 0;
	int err;

	if (!len || len > KEY_MAX || subelement.len > KEY_MAX + KEYWRAP_OVERHEAD ||
	    subelement.len < len + KEYWRAP_OVERHEAD || subelement.len % 8)
		return -EBADMSG;
	err = keyunwrap(crypto, kek, RSN_KEK_LEN, subelement.bytes, subelement.len, out);
	*id = header[0] & 3;
	return err ? -EBADMSG : (int)len;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/ft.h"

#include "base/mac.h"
#include "crypto/keywrap.h"

#include <errno.h>
#include <string.h>

bool ft_holders_of(struct ft_holders *h, struct span mobility, const struct ft_element *e)
{
	if (mobility.len < 2 + sizeof h->mdid || !e->r0kh.len || e->r0kh.len > FT_R0KH_MAX ||
	    e->r1kh.len != FT_R1KH_LEN)
		return false;
	*h = (struct ft_holders){.r0kh_len = (uint8_t)e->r0kh.len};
	memcpy(h->mdid, mobility.bytes + 2, sizeof h->mdid);
	memcpy(h->r0kh, e->r0kh.bytes, e->r0kh.len);
	memcpy(h->r1kh, e->r1kh.bytes, FT_R1KH_LEN);
	return true;
}

/* Puts bytes behind others. */
static uint8_t *put(uint8_t *at, const void *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

int ft_pmk_r1(struct crypto *c, const uint8_t psk[PMK_LEN], struct span ssid, const struct ft_holders *h,
	      const uint8_t spa[6], uint8_t out[PMK_LEN])
{
	uint8_t context[1 + SSID_MAX + sizeof h->mdid + 1 + FT_R0KH_MAX + MAC_LEN], *p = context;
	uint8_t r0[48], who[FT_R1KH_LEN + MAC_LEN];
	int e;

	if (!ssid.len || ssid.len > SSID_MAX)
		return -EINVAL;
	*p++ = (uint8_t)ssid.len;
	p = put(p, ssid.bytes, ssid.len);
	p = put(p, h->mdid, sizeof h->mdid);
	*p++ = h->r0kh_len;
	p = put(p, h->r0kh, h->r0kh_len);
	p = put(p, spa, MAC_LEN);
	/* 384 bits, of which the last 128 only make a name. */
	e = kdf(c, DIGEST_HMAC_SHA256, (struct piece){psk, PMK_LEN}, "FT-R0",
		(struct piece){context, (size_t)(p - context)}, r0, sizeof r0);
	put(put(who, h->r1kh, FT_R1KH_LEN), spa, MAC_LEN);
	if (!e)
		e = kdf(c, DIGEST_HMAC_SHA256, (struct piece){r0, PMK_LEN}, "FT-R1", (struct piece){who, sizeof who},
			out, PMK_LEN);
	crypto_wipe(r0, sizeof r0);
	return e;
}

int ft_expand(struct crypto *c, const uint8_t pmk_r1[PMK_LEN], const struct rsn_pair *ends, const uint8_t *anonce,
	      const uint8_t *snonce, uint8_t *out, size_t len)
{
	uint8_t context[2 * RSN_NONCE + 2 * MAC_LEN], *p = context;

	/* Nothing is sorted here. */
	p = put(p, snonce, RSN_NONCE);
	p = put(p, anonce, RSN_NONCE);
	p = put(p, ends->aa, MAC_LEN);
	put(p, ends->spa, MAC_LEN);
	return kdf(c, DIGEST_HMAC_SHA256, (struct piece){pmk_r1, PMK_LEN}, "FT-PTK",
		   (struct piece){context, sizeof context}, out, len);
}

bool ft_mic_over(struct crypto *c, const uint8_t kck[RSN_KCK], const struct piece *before, size_t count, struct span ft,
		 struct span behind)
{
	static const uint8_t zero[FT_MIC_LEN];
	const size_t rest = FT_MIC_AT + FT_MIC_LEN;
	struct piece p[FT_BEFORE + 4];
	uint8_t mic[FT_MIC_LEN];

	if (count > FT_BEFORE || ft.len < rest)
		return false;
	memcpy(p, before, count * sizeof *p);
	p[count++] = (struct piece){ft.bytes, FT_MIC_AT};
	p[count++] = (struct piece){zero, sizeof zero};
	p[count++] = (struct piece){ft.bytes + rest, ft.len - rest};
	p[count++] = (struct piece){behind.bytes, behind.len};
	return !digest(c, DIGEST_CMAC_128, kck, RSN_KCK, p, count, mic, sizeof mic) &&
	       crypto_equal(mic, ft.bytes + FT_MIC_AT, sizeof mic);
}

bool ft_mic_right(struct crypto *c, const uint8_t kck[RSN_KCK], const struct rsn_pair *ends,
		  const struct ft_covered *covered)
{
	const uint8_t sequence = covered->response ? 6 : 5;
	const struct piece before[FT_BEFORE] = {{ends->spa, MAC_LEN},
						{ends->aa, MAC_LEN},
						{&sequence, 1},
						{covered->rsn.bytes, covered->rsn.len},
						{covered->mobility.bytes, covered->mobility.len}};

	return ft_mic_over(c, kck, before, FT_BEFORE, covered->ft, covered->rsnx);
}

/* Key information (2), key length (1), RSC (8), the key wrapped, padded to a multiple of 8 bytes and to 16 (9.4.2.48). */
int ft_gtk(struct crypto *c, const uint8_t kek[RSN_KEK], struct span subelement, unsigned *id, uint8_t out[KEY_MAX])
{
	const uint8_t *head = span_take(&subelement, 11);
	size_t len = head ? head[2] : 0;
	int e;

	if (!len || len > KEY_MAX || subelement.len > KEY_MAX + KEYWRAP_EXTRA || subelement.len < len + KEYWRAP_EXTRA ||
	    subelement.len % 8)
		return -EBADMSG;
	e = keyunwrap(c, kek, RSN_KEK, subelement.bytes, subelement.len, out);
	*id = head[0] & 3;
	return e ? -EBADMSG : (int)len;
}

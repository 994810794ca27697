/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/ft.h"

#include "base/mac.h"
#include "crypto/keywrap.h"
#include "wire/le.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <string.h>

#define SALT_LEN 16 /* of the name of a PMK-R0 */

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

/* The hash whose output is as long as the PMK. */
static enum digest hash_of(size_t pmk_len)
{
	return pmk_len == 64 ? DIGEST_HMAC_SHA512 : pmk_len == 48 ? DIGEST_HMAC_SHA384 : DIGEST_HMAC_SHA256;
}

static bool is_pmk_len(size_t len)
{
	return len == digest_len(hash_of(len));
}

/* The first 128 bits of the hash of a label and what follows it. */
static int derive_name(struct crypto *crypto, enum digest hash, const char *label, const uint8_t *bytes, size_t len,
		       uint8_t name[PMKID_LEN])
{
	uint8_t input[64], sum[DIGEST_MAX];
	int err;

	memcpy(input, label, strlen(label));
	memcpy(input + strlen(label), bytes, len);
	err = digest_hash(crypto, hash, input, strlen(label) + len, sum);
	memcpy(name, sum, PMKID_LEN);
	return err;
}

int ft_derive_r0(struct crypto *crypto, struct piece pmk, struct span ssid, const struct ft_key_holders *holders,
		 const uint8_t spa[6], struct ft_key *r0)
{
	uint8_t context[1 + SSID_MAX + sizeof(holders->mdid) + 1 + FT_R0KH_MAX + MAC_LEN], *pos = context;
	uint8_t key_and_salt[PMK_MAX + SALT_LEN];
	int err;

	if (!ssid.len || ssid.len > SSID_MAX || !is_pmk_len(pmk.len))
		return -EINVAL;
	*pos++ = (uint8_t)ssid.len;
	pos = append(pos, ssid.bytes, ssid.len);
	pos = append(pos, holders->mdid, sizeof(holders->mdid));
	*pos++ = holders->r0kh_len;
	pos = append(pos, holders->r0kh, holders->r0kh_len);
	pos = append(pos, spa, MAC_LEN);
	err = kdf(crypto, hash_of(pmk.len), pmk, "FT-R0", (struct piece){context, (size_t)(pos - context)},
		  key_and_salt, pmk.len + SALT_LEN);
	if (!err)
		err = derive_name(crypto, hash_of(pmk.len), "FT-R0N", key_and_salt + pmk.len, SALT_LEN, r0->name);
	r0->pmk_len = (uint8_t)pmk.len;
	memcpy(r0->pmk, key_and_salt, pmk.len);
	crypto_wipe(key_and_salt, sizeof(key_and_salt));
	return err;
}

int ft_derive_r1(struct crypto *crypto, const struct ft_key *r0, const uint8_t r1kh[FT_R1KH_LEN], const uint8_t spa[6],
		 struct ft_key *r1)
{
	uint8_t context[PMKID_LEN + FT_R1KH_LEN + MAC_LEN];
	int err;

	append(append(append(context, r0->name, PMKID_LEN), r1kh, FT_R1KH_LEN), spa, MAC_LEN);
	r1->pmk_len = r0->pmk_len;
	err = kdf(crypto, hash_of(r0->pmk_len), (struct piece){r0->pmk, r0->pmk_len}, "FT-R1",
		  (struct piece){context + PMKID_LEN, sizeof(context) - PMKID_LEN}, r1->pmk, r1->pmk_len);
	return err ? err : derive_name(crypto, hash_of(r0->pmk_len), "FT-R1N", context, sizeof(context), r1->name);
}

int ft_derive_keys(struct crypto *crypto, struct piece pmk, struct span ssid, const struct ft_key_holders *holders,
		   const uint8_t spa[6], struct ft_key *r0, struct ft_key *r1)
{
	struct ft_key own = {0};
	int err = ft_derive_r0(crypto, pmk, ssid, holders, spa, &own);

	if (!err)
		err = ft_derive_r1(crypto, &own, holders->r1kh, spa, r1);
	if (r0)
		*r0 = own;
	crypto_wipe(&own, sizeof(own));
	return err;
}

int ft_derive_ptk(struct crypto *crypto, struct piece pmk_r1, const struct rsn_addresses *addresses,
		  const uint8_t *anonce, const uint8_t *snonce, uint8_t *out, size_t len)
{
	uint8_t context[2 * RSN_NONCE_LEN + 2 * MAC_LEN], *pos = context;

	/* Unlike in 12.7.1.3, nonces and addresses are not sorted. */
	pos = append(pos, snonce, RSN_NONCE_LEN);
	pos = append(pos, anonce, RSN_NONCE_LEN);
	pos = append(pos, addresses->aa, MAC_LEN);
	append(pos, addresses->spa, MAC_LEN);
	return kdf(crypto, hash_of(pmk_r1.len), pmk_r1, "FT-PTK", (struct piece){context, sizeof(context)}, out, len);
}

/* Returns the length of the MIC, which profile.mic_len is, or a negative error. */
static int compute_mic(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		       const struct piece *leading, size_t count, struct span ft, struct span ric, struct span rsnx,
		       uint8_t mic[FT_MIC_MAX])
{
	static const uint8_t zero[FT_MIC_MAX];
	const struct rsn_profile profile = rsn_profile(suite);
	const size_t after_mic = FT_OFF_MIC + profile.mic_len;
	struct piece pieces[FT_LEADING_MAX + 5];
	struct ft_element element;
	int err;

	if (count > FT_LEADING_MAX || !ft_parse(&element, ft) || element.mic_len != profile.mic_len)
		return -EINVAL;
	memcpy(pieces, leading, count * sizeof(*pieces));
	pieces[count++] = (struct piece){ft.bytes, FT_OFF_MIC};
	pieces[count++] = (struct piece){zero, profile.mic_len};
	pieces[count++] = (struct piece){ft.bytes + after_mic, ft.len - after_mic};
	pieces[count++] = (struct piece){ric.bytes, ric.len};
	pieces[count++] = (struct piece){rsnx.bytes, rsnx.len};
	err = digest(crypto, profile.mic, kck, profile.kck_len, pieces, count, mic, profile.mic_len);
	return err ? err : profile.mic_len;
}

bool ft_mic_verify_pieces(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
			  const struct piece *leading, size_t count, struct span ft, struct span trailing)
{
	uint8_t mic[FT_MIC_MAX];
	int len = compute_mic(crypto, suite, kck, leading, count, ft, (struct span){0}, trailing, mic);

	return len > 0 && crypto_equal(mic, ft.bytes + FT_OFF_MIC, (size_t)len);
}

static int mic_of(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		  const struct rsn_addresses *addresses, const struct ft_mic_input *input, uint8_t mic[FT_MIC_MAX])
{
	const uint8_t sequence = input->response ? 6 : 5;
	const struct piece leading[FT_LEADING_MAX] = {{addresses->spa, MAC_LEN},
						      {addresses->aa, MAC_LEN},
						      {&sequence, 1},
						      {input->rsn.bytes, input->rsn.len},
						      {input->mobility_domain.bytes, input->mobility_domain.len}};

	return compute_mic(crypto, suite, kck, leading, FT_LEADING_MAX, input->ft, input->ric, input->rsnx, mic);
}

bool ft_mic_verify(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		   const struct rsn_addresses *addresses, const struct ft_mic_input *input)
{
	uint8_t mic[FT_MIC_MAX];
	int len = mic_of(crypto, suite, kck, addresses, input, mic);

	return len > 0 && crypto_equal(mic, input->ft.bytes + FT_OFF_MIC, (size_t)len);
}

static size_t count_elements(struct span rest)
{
	struct element element;
	size_t count = 0;

	while (element_next(&rest, &element))
		count++;
	return count;
}

uint8_t ft_mic_count(const struct ft_mic_input *input)
{
	return (uint8_t)(3 + count_elements(input->ric) + (input->rsnx.len != 0));
}

/* ---- resource requests ---- */

struct span ft_ric(const struct ft_mic_input *input, struct span rest, uint8_t count)
{
	struct span all = rest;
	struct element element;
	size_t others = ft_mic_count(input);

	while (others < count && element_next(&rest, &element))
		others++;
	return (struct span){all.bytes, all.len - rest.len};
}

/* A RIC data element (9.4.2.50): an identifier, the number of descriptors behind it, and a status. */
size_t ft_ric_decline(struct span ric, uint8_t out[FT_RIC_ANSWERS_MAX * FT_RIC_ANSWER_LEN])
{
	struct element element;
	uint8_t *pos = out;

	while (pos < out + FT_RIC_ANSWERS_MAX * FT_RIC_ANSWER_LEN && element_next(&ric, &element)) {
		if (element.id != EID_RIC_DATA || element.body.len < 4)
			continue;
		*pos++ = EID_RIC_DATA;
		*pos++ = FT_RIC_ANSWER_LEN - 2;
		*pos++ = element.body.bytes[0];
		*pos++ = 0;
		put_le16(pos, STATUS_DECLINED);
		pos += 2;
	}
	return (size_t)(pos - out);
}

/* ---- the MIC ---- */

int ft_mic_write(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		 const struct rsn_addresses *addresses, const struct ft_mic_input *input, uint8_t *ft)
{
	uint8_t mic[FT_MIC_MAX];
	int len = mic_of(crypto, suite, kck, addresses, input, mic);

	if (len < 0)
		return len;
	memcpy(ft + FT_OFF_MIC, mic, (size_t)len);
	return 0;
}

/* ---- group keys ---- */

/*
 * In all of them the wrapped key follows, padded like key data.
 *
 *	GTK          key information (2), key length (1), packet number (8)
 *	IGTK, BIGTK  key id (2), packet number (6), key length (1)
 */
static size_t header_len(enum ft_group_key kind)
{
	return kind == FT_GTK ? 11 : 9;
}

struct piece ft_kek(const struct rsn_suite *suite, const struct ptk *ptk)
{
	return (struct piece){ptk->kek, rsn_profile(suite).kek_len};
}

int ft_wrap_group_key(struct crypto *crypto, struct piece kek, enum ft_group_key kind, const struct rsn_key *key,
		      uint8_t out[FT_GROUP_KEY_MAX])
{
	uint8_t plain[KEY_MAX + 8] = {0}, *rsc = out + (kind == FT_GTK ? 3 : 2);
	size_t len = key->len;
	int err;

	memset(out, 0, header_len(kind));
	put_le16(out, key->id);
	out[kind == FT_GTK ? 2 : 8] = key->len;
	put_le32(rsc, (uint32_t)key->rsc);
	put_le16(rsc + 4, (uint16_t)(key->rsc >> 32));
	memcpy(plain, key->bytes, key->len);
	if (len % 8 || len < 16) {
		plain[len++] = 0xdd;
		while (len % 8 || len < 16)
			len++;
	}
	err = keywrap(crypto, kek.bytes, kek.len, plain, len, out + header_len(kind));
	crypto_wipe(plain, sizeof(plain));
	return err ? err : (int)(header_len(kind) + len + KEYWRAP_OVERHEAD);
}

int ft_unwrap_group_key(struct crypto *crypto, struct piece kek, enum ft_group_key kind, struct span subelement,
			struct rsn_key *key)
{
	const uint8_t *header = span_take(&subelement, header_len(kind)),
		      *rsc = header ? header + (kind == FT_GTK ? 3 : 2) : NULL;
	size_t len = header ? header[kind == FT_GTK ? 2 : 8] : 0;
	uint8_t plain[KEY_MAX];
	int err;

	if (!len || len > KEY_MAX || subelement.len > KEY_MAX + KEYWRAP_OVERHEAD ||
	    subelement.len < len + KEYWRAP_OVERHEAD || subelement.len % 8)
		return -EBADMSG;
	err = keyunwrap(crypto, kek.bytes, kek.len, subelement.bytes, subelement.len, plain);
	if (!err) {
		*key = (struct rsn_key){.len = (uint8_t)len,
					.id = kind == FT_GTK ? header[0] & 3 : header[0],
					.rsc = (uint64_t)le16(rsc + 4) << 32 | le32(rsc)};
		memcpy(key->bytes, plain, len);
	}
	crypto_wipe(plain, sizeof(plain));
	return err ? -EBADMSG : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/handshake.h"

#include "base/mac.h"
#include "crypto/keywrap.h"
#include "crypto/rc4.h"
#include "rsn/ft.h"
#include "wire/ether.h"

#include <errno.h>
#include <string.h>

enum { RC4_SKIP = 256 };

void rsn_out_wipe(struct rsn_out *out)
{
	crypto_wipe(out, sizeof(*out));
}

struct frame *rsn_new_eapol(const uint8_t *to, const uint8_t *from, const struct rsn_out *out)
{
	struct frame_writer writer = frame_writer_begin(frame_new(64, 0, ETHER_HLEN + out->frame_len + 64));

	write_bytes(&writer, to, MAC_LEN);
	write_bytes(&writer, from, MAC_LEN);
	write_be16(&writer, ETHERTYPE_EAPOL);
	write_bytes(&writer, out->frame, out->frame_len);
	return frame_writer_end(&writer);
}

bool rsn_is_zero(const uint8_t *bytes, size_t len)
{
	uint8_t any = 0;

	while (len--)
		any |= *bytes++;
	return !any;
}

enum digest rsn_akm_digest(enum akm akm)
{
	return rsn_profile(&(struct rsn_suite){.akm = akm}).kdf;
}

uint16_t rsn_descriptor_version(const struct rsn_suite *suite)
{
	const struct akm_info *akm = akm_info(suite->akm);

	return suite->pairwise == CIPHER_TKIP ? akm->tkip_version : akm->descriptor_version;
}

/* Writes both values, the smaller one first. */
static void put_sorted(uint8_t *out, const uint8_t *first, const uint8_t *second, size_t len)
{
	bool swap = memcmp(first, second, len) > 0;

	memcpy(out, swap ? second : first, len);
	memcpy(out + len, swap ? first : second, len);
}

/* KCK, KEK and TK, in this order (12.7.1.3). */
#define PTK_LEN_MAX (RSN_KCK_MAX + RSN_KEK_MAX + KEY_MAX)

static size_t ptk_len(const struct rsn_suite *suite)
{
	struct rsn_profile profile = rsn_profile(suite);

	return profile.kck_len + profile.kek_len + cipher_key_len(suite->pairwise);
}

/*
 * Derives at least the first `len` bytes of the PTK. The KDF includes the length of its output in the input, so it
 * always derives the whole PTK.
 */
static int derive_ptk_bytes(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *pmk,
			    const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce,
			    uint8_t out[PTK_LEN_MAX], size_t len)
{
	static const char label[] = "Pairwise key expansion";
	uint8_t context[2 * MAC_LEN + 2 * RSN_NONCE_LEN];
	struct rsn_profile profile = rsn_profile(suite);
	struct piece key = {pmk, profile.pmk_len}, input = {context, sizeof(context)};

	if (akm_info(suite->akm)->ft)
		return ft_derive_ptk(crypto, key, addresses, anonce, snonce, out, ptk_len(suite));
	put_sorted(context, addresses->aa, addresses->spa, MAC_LEN);
	put_sorted(context + 2 * MAC_LEN, anonce, snonce, RSN_NONCE_LEN);
	if (profile.kdf == DIGEST_HMAC_SHA1)
		return kdf_prf(crypto, key, label, input, out, len);
	return kdf(crypto, profile.kdf, key, label, input, out, ptk_len(suite));
}

int rsn_derive_ptk(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *pmk,
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce, struct ptk *ptk)
{
	struct rsn_profile profile = rsn_profile(suite);
	uint8_t bytes[PTK_LEN_MAX];
	int err = derive_ptk_bytes(crypto, suite, pmk, addresses, anonce, snonce, bytes, ptk_len(suite));

	if (!err) {
		memset(ptk, 0, sizeof(*ptk));
		memcpy(ptk->kck, bytes, profile.kck_len);
		memcpy(ptk->kek, bytes + profile.kck_len, profile.kek_len);
		memcpy(ptk->tk, bytes + profile.kck_len + profile.kek_len, cipher_key_len(suite->pairwise));
	}
	crypto_wipe(bytes, sizeof(bytes));
	return err;
}

int rsn_derive_tpk(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t bssid[6],
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce, struct ptk *tpk)
{
	uint8_t nonces[2 * RSN_NONCE_LEN], input[32], context[3 * MAC_LEN], bytes[RSN_KCK_LEN + KEY_MAX];
	size_t tk_len = cipher_key_len(suite->pairwise);
	int err;

	put_sorted(nonces, anonce, snonce, RSN_NONCE_LEN);
	put_sorted(context, addresses->aa, addresses->spa, MAC_LEN);
	memcpy(context + 2 * MAC_LEN, bssid, MAC_LEN);
	err = digest_sha256(crypto, nonces, sizeof(nonces), input);
	if (!err)
		err = kdf(crypto, DIGEST_HMAC_SHA256, (struct piece){input, sizeof(input)}, "TDLS PMK",
			  (struct piece){context, sizeof(context)}, bytes, RSN_KCK_LEN + tk_len);
	if (!err) {
		memset(tpk, 0, sizeof(*tpk));
		memcpy(tpk->kck, bytes, RSN_KCK_LEN);
		memcpy(tpk->tk, bytes + RSN_KCK_LEN, tk_len);
	}
	crypto_wipe(input, sizeof(input));
	crypto_wipe(bytes, sizeof(bytes));
	return err;
}

int rsn_derive_kck(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *pmk,
		   const struct rsn_addresses *addresses, const uint8_t *anonce, const uint8_t *snonce,
		   uint8_t kck[RSN_KCK_MAX])
{
	size_t kck_len = rsn_profile(suite).kck_len;
	uint8_t bytes[PTK_LEN_MAX];
	int err = derive_ptk_bytes(crypto, suite, pmk, addresses, anonce, snonce, bytes, kck_len);

	if (!err)
		memcpy(kck, bytes, kck_len);
	crypto_wipe(bytes, sizeof(bytes));
	return err;
}

enum drop rsn_check_descriptor(const struct rsn_suite *suite, const struct eapol_key *eapol)
{
	bool matches = eapol->descriptor == (suite->wpa ? EAPOL_DESCRIPTOR_WPA : EAPOL_DESCRIPTOR_RSN) &&
		       (eapol->info & KEY_INFO_VERSION) == rsn_descriptor_version(suite);

	return matches ? NOT_DROPPED : DROP_EAPOL_SUITE;
}

static enum digest mic_digest(const struct rsn_suite *suite)
{
	if (rsn_descriptor_version(suite) == EAPOL_VERSION_RC4)
		return DIGEST_HMAC_MD5;
	return rsn_profile(suite).mic;
}

/* The MIC covers the frame with zeroes in the MIC field (12.7.2). */
static int compute_mic(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck, const uint8_t *frame,
		       size_t len, uint8_t mic[EAPOL_MIC_MAX])
{
	static const uint8_t zero[EAPOL_MIC_MAX];
	const struct rsn_profile profile = rsn_profile(suite);
	const size_t after_mic = EAPOL_OFF_MIC + profile.mic_len;
	struct piece pieces[] = {{frame, EAPOL_OFF_MIC}, {zero, profile.mic_len}, {frame + after_mic, len - after_mic}};

	return digest(crypto, mic_digest(suite), kck, profile.kck_len, pieces, 3, mic, profile.mic_len);
}

bool rsn_mic_verify(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		    const struct eapol_key *eapol, const uint8_t *frame)
{
	uint8_t mic[EAPOL_MIC_MAX];

	return eapol->mic_len == rsn_profile(suite).mic_len &&
	       !compute_mic(crypto, suite, kck, frame, eapol->len, mic) &&
	       crypto_equal(mic, eapol->mic, eapol->mic_len);
}

int rsn_mic_write(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck, uint8_t *frame, size_t len)
{
	uint8_t mic[EAPOL_MIC_MAX];
	int err = compute_mic(crypto, suite, kck, frame, len, mic);

	if (!err)
		memcpy(frame + EAPOL_OFF_MIC, mic, rsn_profile(suite).mic_len);
	return err;
}

struct eapol_key rsn_message_begin(const struct rsn_suite *suite, uint16_t info, uint64_t replay_counter)
{
	return (struct eapol_key){.version = suite->wpa ? 1 : 2,
				  .descriptor = suite->wpa ? EAPOL_DESCRIPTOR_WPA : EAPOL_DESCRIPTOR_RSN,
				  .info = info | rsn_descriptor_version(suite),
				  .mic_len = rsn_profile(suite).mic_len,
				  .replay_counter = replay_counter};
}

int rsn_message_write(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		      const struct eapol_key *eapol, struct rsn_out *out)
{
	int err;

	out->frame_len = eapol_key_write(eapol, out->frame);
	if (!(eapol->info & KEY_INFO_MIC))
		return 0;
	err = rsn_mic_write(crypto, suite, kck, out->frame, out->frame_len);
	if (err)
		out->frame_len = 0;
	return err;
}

static int run_rc4(struct crypto *crypto, const uint8_t *kek, const uint8_t *iv, uint8_t *data, size_t len)
{
	uint8_t key[16 + RSN_KEK_LEN];
	int err;

	memcpy(key, iv, 16);
	memcpy(key + 16, kek, RSN_KEK_LEN);
	err = rc4(crypto, key, sizeof(key), RC4_SKIP, data, len);
	crypto_wipe(key, sizeof(key));
	return err ? err : (int)len;
}

int rsn_encrypt_key_data(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kek, const uint8_t iv[16],
			 uint8_t *data, size_t len)
{
	uint8_t plain[RSN_FRAME_MAX];
	int err;

	if (rsn_descriptor_version(suite) == EAPOL_VERSION_RC4)
		return run_rc4(crypto, kek, iv, data, len);
	if (len > sizeof(plain) - KEY_DATA_OVERHEAD)
		return -EINVAL;
	/* 12.7.2: padding of 0xdd and zeroes to a multiple of 8 bytes, and to at least 16. */
	memcpy(plain, data, len);
	if (len % 8 || len < 16) {
		plain[len++] = 0xdd;
		while (len % 8 || len < 16)
			plain[len++] = 0;
	}
	err = keywrap(crypto, kek, rsn_profile(suite).kek_len, plain, len, data);
	crypto_wipe(plain, sizeof(plain));
	return err ? err : (int)(len + KEYWRAP_OVERHEAD);
}

int rsn_decrypt_key_data(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kek,
			 const struct eapol_key *eapol, uint8_t *out)
{
	if (rsn_descriptor_version(suite) == EAPOL_VERSION_RC4) {
		memcpy(out, eapol->data.bytes, eapol->data.len);
		return run_rc4(crypto, kek, eapol->iv, out, eapol->data.len);
	}
	if (keyunwrap(crypto, kek, rsn_profile(suite).kek_len, eapol->data.bytes, eapol->data.len, out))
		return -EBADMSG;
	return (int)(eapol->data.len - KEYWRAP_OVERHEAD);
}

bool rsn_check_channel(const struct ocv *ocv, enum oci_frame frame, struct span oci, struct rsn_out *out)
{
	if (ocv_check(ocv, frame, oci, &out->ocv))
		return true;
	out->event = RSN_OCV_FAILURE;
	return false;
}

struct rsn_key rsn_pairwise_key(const struct rsn_suite *suite, const struct ptk *ptk)
{
	struct rsn_key key = {.cipher = suite->pairwise, .len = (uint8_t)cipher_key_len(suite->pairwise)};

	memcpy(key.bytes, ptk->tk, key.len);
	return key;
}

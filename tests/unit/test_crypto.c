/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "../vectors/primitives.h"
#include "crypto/icv.h"
#include "crypto/kdf.h"
#include "crypto/keywrap.h"
#include "crypto/michael.h"
#include "crypto/rc4.h"

#include <errno.h>

static int set_up(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	crypto_free(*state);
	return 0;
}

static void aead_key_seals_and_opens_many_messages(void **state)
{
	uint8_t key[32], nonce[13], aad[64], bytes[256], tag[16];
	struct piece piece;

	for (size_t i = 0; i < COUNT(aead_vectors); i++) {
		size_t key_len = unhex(key, sizeof(key), aead_vectors[i].key);
		struct aead *aead = aead_new(*state, aead_vectors[i].kind, key, key_len, aead_vectors[i].tag_len);

		assert_non_null(aead);
		unhex(nonce, sizeof(nonce), aead_vectors[i].nonce);
		piece = (struct piece){aad, unhex(aad, sizeof(aad), aead_vectors[i].aad)};
		/* Repeatedly, with failures between: the contexts are reused. */
		for (int round = 0; round < 3; round++) {
			size_t len = unhex(bytes, sizeof(bytes), aead_vectors[i].plain);

			assert_int_equal(aead_seal(aead, nonce, &piece, 1, bytes, len, tag), 0);
			assert_hex(bytes, len, aead_vectors[i].sealed);
			assert_hex(tag, aead_vectors[i].tag_len, aead_vectors[i].tag);
			assert_int_equal(aead_open(aead, nonce, &piece, 1, bytes, len, tag), 0);
			assert_hex(bytes, len, aead_vectors[i].plain);
			tag[round] ^= 1;
			assert_int_equal(aead_open(aead, nonce, &piece, 1, bytes, len, tag), -EBADMSG);
		}
		aead_free(aead);
	}
}

/* Each modified bit of text, additional data, nonce or tag is detected. */
static void aead_open_refuses_modified_message(void **state)
{
	uint8_t key[32] = {1}, nonce[13] = {2}, aad[5] = {3}, plain[7] = {4}, sealed[7], tag[16];
	struct piece piece = {aad, sizeof(aad)};

	for (int kind = AEAD_CCM; kind <= AEAD_GCM; kind++) {
		struct aead *aead = aead_new(*state, kind, key, 16, 16);
		struct {
			uint8_t *bytes;
			size_t len;
		} parts[] = {{sealed, sizeof(sealed)}, {aad, sizeof(aad)}, {nonce, 12}, {tag, sizeof(tag)}};

		memcpy(sealed, plain, sizeof(plain));
		assert_int_equal(aead_seal(aead, nonce, &piece, 1, sealed, sizeof(sealed), tag), 0);
		for (size_t position = 0; position < COUNT(parts); position++)
			for (size_t bit = 0; bit < 8 * parts[position].len; bit++) {
				uint8_t work[7];

				parts[position].bytes[bit / 8] ^= 1 << bit % 8;
				memcpy(work, sealed, sizeof(work));
				assert_int_equal(aead_open(aead, nonce, &piece, 1, work, sizeof(work), tag), -EBADMSG);
				parts[position].bytes[bit / 8] ^= 1 << bit % 8;
			}
		assert_int_equal(aead_open(aead, nonce, &piece, 1, sealed, sizeof(sealed), tag), 0);
		assert_memory_equal(sealed, plain, sizeof(plain));
		aead_free(aead);
	}
}

static void gcm_accepts_split_aad(void **state)
{
	uint8_t key[16] = {1}, nonce[12] = {2}, aad[40] = {3}, one[16], two[16];
	struct aead *aead = aead_new(*state, AEAD_GCM, key, 16, 16), *ccm = aead_new(*state, AEAD_CCM, key, 16, 16);

	assert_int_equal(aead_seal(aead, nonce, &(struct piece){aad, 40}, 1, NULL, 0, one), 0);
	for (size_t cut = 0; cut <= 40; cut++) {
		struct piece pieces[] = {{aad, cut}, {aad + cut, 40 - cut}};

		assert_int_equal(aead_seal(aead, nonce, pieces, 2, NULL, 0, two), 0);
		assert_memory_equal(one, two, 16);
		assert_int_equal(aead_seal(ccm, nonce, pieces, 2, one, 0, two), -ENOMEM);
	}
	aead_free(aead);
	aead_free(ccm);
}

static void invalid_lengths_are_refused(void **state)
{
	uint8_t key[64] = {0}, out[KDF_MAX + 1];
	struct piece piece = {key, 32};

	assert_null(aead_new(*state, AEAD_CCM, key, 15, 8));
	assert_null(aead_new(*state, AEAD_CCM, key, 24, 8));
	assert_null(aead_new(*state, AEAD_CCM, key, 16, 4));
	assert_null(aead_new(*state, AEAD_GCM, key, 16, 8));
	assert_int_equal(digest(*state, DIGEST_HMAC_MD5, key, 16, &piece, 1, out, 17), -EINVAL);
	assert_int_equal(digest(*state, DIGEST_CMAC_128, key, 32, &piece, 1, out, 16), -EINVAL);
	assert_int_equal(digest(*state, DIGEST_CMAC_256, key, 16, &piece, 1, out, 16), -EINVAL);
	assert_int_equal(keywrap(*state, key, 16, key, 8, out), -EINVAL);
	assert_int_equal(keywrap(*state, key, 16, key, 20, out), -EINVAL);
	assert_int_equal(keywrap(*state, key, 17, key, 16, out), -EINVAL);
	assert_int_equal(keyunwrap(*state, key, 16, key, 16, out), -EINVAL);
	assert_int_equal(keyunwrap(*state, key, 16, key, 25, out), -EINVAL);
	assert_int_equal(kdf_prf(*state, piece, "l", piece, out, KDF_MAX + 1), -EINVAL);
	assert_int_equal(kdf(*state, DIGEST_HMAC_SHA256, piece, "l", piece, out, KDF_MAX + 1), -EINVAL);
	assert_int_equal(kdf(*state, DIGEST_HMAC_SHA1, piece, "l", piece, out, 16), -EINVAL);
	assert_int_equal(kdf_pmk(*state, "1234567", 7, key, 1, out), -EINVAL);
	assert_int_equal(kdf_pmk(*state, (char *)key, 64, key, 1, out), -EINVAL);
	assert_int_equal(kdf_pmk(*state, "12345678", 8, key, 0, out), -EINVAL);
	assert_int_equal(kdf_pmk(*state, "12345678", 8, key, 33, out), -EINVAL);
	assert_int_equal(kdf_pmk(*state, "12345678", 8, key, 32, out), 0);
}

static void hmac_rfc_vectors(void **state)
{
	uint8_t key[64], out[DIGEST_MAX];

	for (size_t i = 0; i < COUNT(hmac_vectors); i++) {
		size_t key_len = unhex(key, sizeof(key), hmac_vectors[i].key), len = strlen(hmac_vectors[i].text);

		/* In any division into pieces. */
		for (size_t cut = 0; cut <= len; cut++) {
			struct piece pieces[] = {{hmac_vectors[i].text, cut}, {hmac_vectors[i].text + cut, len - cut}};

			assert_int_equal(digest(*state, hmac_vectors[i].which, key, key_len, pieces, 2, out,
						digest_len(hmac_vectors[i].which)),
					 0);
			assert_hex(out, digest_len(hmac_vectors[i].which), hmac_vectors[i].digest);
		}
	}
}

static void cmac_rfc_vectors(void **state)
{
	uint8_t key[32], message[64], out[16];
	struct piece piece = {message, 0};

	unhex(message, sizeof(message), CMAC_MESSAGE);
	for (size_t i = 0; i < COUNT(cmac_vectors); i++) {
		piece.len = cmac_vectors[i].len;
		unhex(key, sizeof(key), CMAC_KEY_128);
		assert_int_equal(digest(*state, DIGEST_CMAC_128, key, 16, &piece, 1, out, 16), 0);
		assert_hex(out, 16, cmac_vectors[i].cmac_128);
		unhex(key, sizeof(key), CMAC_KEY_256);
		assert_int_equal(digest(*state, DIGEST_CMAC_256, key, 32, &piece, 1, out, 16), 0);
		assert_hex(out, 16, cmac_vectors[i].cmac_256);
	}
}

static void key_wrap_rfc_vectors(void **state)
{
	uint8_t kek[32], plain[64], wrapped[64], out[64];

	for (size_t i = 0; i < COUNT(keywrap_vectors); i++) {
		size_t kek_len = unhex(kek, sizeof(kek), keywrap_vectors[i].kek);
		size_t len = unhex(plain, sizeof(plain), keywrap_vectors[i].plain);

		assert_int_equal(keywrap(*state, kek, kek_len, plain, len, wrapped), 0);
		assert_hex(wrapped, len + KEYWRAP_OVERHEAD, keywrap_vectors[i].wrapped);
		assert_int_equal(keyunwrap(*state, kek, kek_len, wrapped, len + KEYWRAP_OVERHEAD, out), 0);
		assert_memory_equal(out, plain, len);
		/* A modified bit anywhere: no byte of the key is returned. */
		for (size_t bit = 0; bit < 8 * (len + KEYWRAP_OVERHEAD); bit++) {
			wrapped[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(keyunwrap(*state, kek, kek_len, wrapped, len + KEYWRAP_OVERHEAD, out),
					 -EBADMSG);
			for (size_t j = 0; j < len; j++)
				assert_int_equal(out[j], 0);
			wrapped[bit / 8] ^= 1 << bit % 8;
		}
	}
}

static void rc4_rfc_vectors(void **state)
{
	uint8_t key[32], bytes[32];

	/* Debian has the legacy provider; crypto.h says what happens without it. */
	assert_true(crypto_has_rc4(*state));
	for (size_t i = 0; i < COUNT(rc4_vectors); i++) {
		size_t key_len = unhex(key, sizeof(key), rc4_vectors[i].key);

		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(rc4(*state, key, key_len, 0, bytes, 32), 0);
		assert_hex(bytes, 32, rc4_vectors[i].at_0);
		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(rc4(*state, key, key_len, 256, bytes, 16), 0);
		assert_hex(bytes, 16, rc4_vectors[i].at_256);
	}
	assert_int_equal(rc4(*state, key, 0, 0, bytes, 16), -EINVAL);
	assert_int_equal(rc4(*state, key, RC4_KEY_MAX + 1, 0, bytes, 16), -EINVAL);
	assert_int_equal(rc4(*state, key, 16, 257, bytes, 16), -EINVAL);
}

static void michael_standard_vectors(void **state)
{
	uint8_t key[8], mic[8];

	(void)state;
	for (size_t i = 0; i < COUNT(michael_vectors); i++) {
		const char *text = michael_vectors[i].text;
		size_t len = strlen(text);

		unhex(key, sizeof(key), michael_vectors[i].key);
		for (size_t cut = 0; cut <= len; cut++) {
			struct piece pieces[] = {{text, cut}, {text + cut, len - cut}};

			michael(key, pieces, 2, mic);
			assert_hex(mic, 8, michael_vectors[i].mic);
		}
	}
}

static void pmk_standard_vectors(void **state)
{
	uint8_t pmk[PMK_LEN];

	for (size_t i = 0; i < COUNT(pmk_vectors); i++) {
		assert_int_equal(kdf_pmk(*state, pmk_vectors[i].passphrase, strlen(pmk_vectors[i].passphrase),
					 (const uint8_t *)pmk_vectors[i].ssid, strlen(pmk_vectors[i].ssid), pmk),
				 0);
		assert_hex(pmk, strlen(pmk_vectors[i].pmk) / 2, pmk_vectors[i].pmk);
	}
}

static void prf_standard_vectors(void **state)
{
	uint8_t key[64], data[64], out[64], want[64];

	for (size_t i = 0; i < COUNT(prf_vectors); i++) {
		struct piece key_piece = {key, unhex(key, sizeof(key), prf_vectors[i].key)};
		struct piece data_piece = {data, unhex(data, sizeof(data), prf_vectors[i].data)};

		unhex(want, sizeof(want), prf_vectors[i].prf);
		for (size_t len = 0; len <= sizeof(out); len++) {
			memset(out, 0x55, sizeof(out));
			assert_int_equal(kdf_prf(*state, key_piece, "prefix", data_piece, out, len), 0);
			assert_memory_equal(out, want, len);
			assert_true(len == sizeof(out) || out[len] == 0x55);
		}
	}
}

static void kdf_matches_independent_implementation(void **state)
{
	uint8_t key[32], context[76], out[KDF_MAX];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(context); i++)
		context[i] = (uint8_t)(0x40 + i);
	for (size_t i = 0; i < COUNT(kdf_vectors); i++) {
		size_t len = strlen(kdf_vectors[i].out) / 2;

		assert_int_equal(kdf(*state, kdf_vectors[i].hash, (struct piece){key, sizeof(key)},
				     "Pairwise key expansion", (struct piece){context, sizeof(context)}, out, len),
				 0);
		assert_hex(out, len, kdf_vectors[i].out);
	}
}

/* The check value of CRC-32 in every catalogue: "123456789" gives cbf43926. */
static void icv_is_crc_32(void **state)
{
	struct crypto *alone = crypto_new();
	uint8_t out[ICV_LEN], same[ICV_LEN], bytes[600];

	assert_non_null(alone);
	crypto_disable_multibuffer(alone);
	icv(*state, (const uint8_t *)"123456789", 9, out);
	assert_hex(out, sizeof(out), "2639f4cb");
	for (size_t len = 0; len < sizeof(bytes); len++) {
		bytes[len] = (uint8_t)(len * 31 + len / 7);
		icv(*state, bytes, len, out);
		icv(alone, bytes, len, same);
		assert_memory_equal(out, same, sizeof(out));
	}
	crypto_free(alone);
}

static void secrets_are_compared_and_wiped(void **state)
{
	uint8_t left[4] = {1, 2, 3, 4}, right[4] = {1, 2, 3, 5};

	(void)state;
	assert_true(crypto_equal(left, right, 3));
	assert_false(crypto_equal(left, right, 4));
	crypto_wipe(left, 3);
	assert_hex(left, 4, "00000004");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aead_key_seals_and_opens_many_messages),
		cmocka_unit_test(aead_open_refuses_modified_message),
		cmocka_unit_test(gcm_accepts_split_aad),
		cmocka_unit_test(invalid_lengths_are_refused),
		cmocka_unit_test(hmac_rfc_vectors),
		cmocka_unit_test(cmac_rfc_vectors),
		cmocka_unit_test(key_wrap_rfc_vectors),
		cmocka_unit_test(rc4_rfc_vectors),
		cmocka_unit_test(michael_standard_vectors),
		cmocka_unit_test(pmk_standard_vectors),
		cmocka_unit_test(prf_standard_vectors),
		cmocka_unit_test(kdf_matches_independent_implementation),
		cmocka_unit_test(icv_is_crc_32),
		cmocka_unit_test(secrets_are_compared_and_wiped),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

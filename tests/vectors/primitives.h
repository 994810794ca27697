/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Published vectors for the algorithms of src/crypto, each with its source. Text is hexadecimal unless stated otherwise. */
#ifndef VIFI_TESTS_VECTORS_PRIMITIVES_H
#define VIFI_TESTS_VECTORS_PRIMITIVES_H

#include "crypto/aead.h"
#include "crypto/digest.h"

static const struct {
	const char *source;
	enum aead_kind kind;
	size_t tag_len;
	const char *key, *nonce, *aad, *plain, *sealed, *tag;
} aead_vectors[] = {
	{"RFC 3610, packet vector 1", AEAD_CCM, 8, "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "00000003020100a0a1a2a3a4a5",
	 "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
	 "588c979a61c663d2f066d0c2c0f989806d5f6b61dac384", "17e8d12cfdf926e0"},
	{"RFC 3610, packet vector 2", AEAD_CCM, 8, "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "00000004030201a0a1a2a3a4a5",
	 "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	 "72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3b", "a091d56e10400916"},
	{"none published for 256 bits and 13 bytes of nonce: computed with python3-cryptography 38", AEAD_CCM, 16,
	 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "00000003020100a0a1a2a3a4a5",
	 "0001020304050607", "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
	 "ad0f3fd338e8567722113ade50765eaafe576936505f4d", "bdc57b171d1a3f5f872fd8d422864e25"},
	{"none published without a text: computed with python3-cryptography 38", AEAD_CCM, 8,
	 "000102030405060708090a0b0c0d0e0f", "00000003020100a0a1a2a3a4a5",
	 "000102030405060708090a0b0c0d0e0f101112131415", "", "", "dd0dc1d7a76fa77c"},
	{"McGrew and Viega, The Galois/Counter Mode of Operation, test case 1", AEAD_GCM, 16,
	 "00000000000000000000000000000000", "000000000000000000000000", "", "", "",
	 "58e2fccefa7e3061367f1d57a4e7455a"},
	{"the same, test case 4", AEAD_GCM, 16, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
	 "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	 "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de"
	 "657ba637b39",
	 "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aa"
	 "c973d58e091",
	 "5bc94fbc3221a5db94fae95ae7121a47"},
	{"the same, test case 16", AEAD_GCM, 16, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	 "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	 "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de"
	 "657ba637b39",
	 "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7"
	 "a0abcc9f662",
	 "76fc6ece0f4e1768cddf8853bb2d551b"},
};

/* `text` of the HMAC rows is plain text. */
static const struct {
	const char *source;
	enum digest which;
	const char *key, *text, *digest;
} hmac_vectors[] = {
	{"RFC 2202, 2, test case 1", DIGEST_HMAC_MD5, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
	 "9294727a3638bb1c13f48ef8158bfc9d"},
	{"RFC 2202, 2, test case 2", DIGEST_HMAC_MD5, "4a656665", "what do ya want for nothing?",
	 "750c783e6ab0b503eaa86e310a5db738"},
	{"RFC 2202, 3, test case 1", DIGEST_HMAC_SHA1, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
	 "b617318655057264e28bc0b6fb378c8ef146be00"},
	{"RFC 2202, 3, test case 2", DIGEST_HMAC_SHA1, "4a656665", "what do ya want for nothing?",
	 "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
	{"RFC 4231, 4.2", DIGEST_HMAC_SHA256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
	 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{"RFC 4231, 4.3", DIGEST_HMAC_SHA256, "4a656665", "what do ya want for nothing?",
	 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	{"RFC 4231, 4.2", DIGEST_HMAC_SHA384, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
	 "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"},
	{"RFC 4231, 4.3", DIGEST_HMAC_SHA384, "4a656665", "what do ya want for nothing?",
	 "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
};

/* RFC 4493, 4 for 128 bits; NIST SP 800-38B, D.3 for 256: both use prefixes of this message. */
#define CMAC_MESSAGE                                                       \
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" \
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
#define CMAC_KEY_128 "2b7e151628aed2a6abf7158809cf4f3c"
#define CMAC_KEY_256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"

static const struct {
	size_t len;
	const char *cmac_128, *cmac_256;
} cmac_vectors[] = {
	{0, "bb1d6929e95937287fa37d129b756746", "028962f61b7bf89efc6b551f4667d983"},
	{16, "070a16b46b4d4144f79bdd9dd04a287c", "28a7023f452e8f82bd4bf28d8c37c35c"},
	{40, "dfa66747de9ae63030ca32611497c827", "aaf3d8f1de5640c232f5b169b9c911e6"},
	{64, "51f0bebf7e3b9d92fc49741779363cfe", "e1992190549f6ed5696a2c056c315410"},
};

static const struct {
	const char *source, *kek, *plain, *wrapped;
} keywrap_vectors[] = {
	{"RFC 3394, 4.1", "000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
	 "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
	{"RFC 3394, 4.2", "000102030405060708090a0b0c0d0e0f1011121314151617", "00112233445566778899aabbccddeeff",
	 "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"},
	{"RFC 3394, 4.3", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	 "00112233445566778899aabbccddeeff", "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
	{"RFC 3394, 4.6", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	 "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
	 "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
};

/* RFC 6229, 2: bytes 0 to 31 of the key stream, and bytes 256 to 271. */
static const struct {
	const char *key, *at_0, *at_256;
} rc4_vectors[] = {
	{"0102030405", "b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919",
	 "1cfcf62b03eddb641d77dfcf7f8d8c93"},
	{"0102030405060708090a0b0c0d0e0f10", "9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c",
	 "d39d566bc6bce3010768151549f3873f"},
};

/* IEEE 802.11-2016 J.2.2 (M.5.2 of 2012): each result is the next key. `text` is plain. */
static const struct {
	const char *key, *text, *mic;
} michael_vectors[] = {
	{"0000000000000000", "", "82925c1ca1d130b8"},     {"82925c1ca1d130b8", "M", "434721ca40639b3f"},
	{"434721ca40639b3f", "Mi", "e8f9becae97e5d29"},   {"e8f9becae97e5d29", "Mic", "90038fc6cf13c1db"},
	{"90038fc6cf13c1db", "Mich", "d55e100510128986"}, {"d55e100510128986", "Michael", "0a942b124ecaa546"},
};

/* IEEE 802.11-2016 J.4.2 (M.4.3 of 2012); the last is RFC 6070, case 3, of which the RFC prints 20 bytes. Plain text. */
static const struct {
	const char *passphrase, *ssid, *pmk;
} pmk_vectors[] = {
	{"password", "IEEE", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"},
	{"ThisIsAPassword", "ThisIsASSID", "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
	 "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62"},
	{"password", "salt", "4b007901b765489abead49d926f721d065a429c1"},
};

/* IEEE 802.11-2016 J.3.2 (M.3.2 of 2012), label "prefix"; a shorter PRF is a prefix of a longer one. */
static const struct {
	const char *key, *data, *prf;
} prf_vectors[] = {
	{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	 "bcd4c650b30b9684951829e0d75f9d54b862175ed9f00606e17d8da35402ffee75df78c3d31e0f889f012120c0862beb67753e7439ae2"
	 "42edb8373698356cf5a"},
	{"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	 "51f4de5b33f249adf81aeb713a3c20f4fe631446fabdfa58244759ae58ef9009a99abf4eac2ca5fa87e692c440eb40023e7babb206d61"
	 "de7b92f41529092b8fc"},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	 "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
	 "e1ac546ec4cb636f9976487be5c86be17a0252ca5d8d8df12cfb0473525249ce9dd8d177ead710bc9b590547239107aef7b4abd43d87f"
	 "0a68f1cbd9e2b6f7607"},
};

/*
 * There are no published vectors of KDF-Hash-Length: these are computed with Python's hmac module. The key is 00 01 … 1f,
 * the label "Pairwise key expansion", the context 40 41 … 8b. The length is part of the input.
 */
static const struct {
	enum digest hash;
	const char *out;
} kdf_vectors[] = {
	{DIGEST_HMAC_SHA256,
	 "cc8e1d016fea59750ab127aa718431afb424cb52f0e39c1f99491d078a4f1fc8989889186b9f3827ecc1092ab64587dd"},
	{DIGEST_HMAC_SHA256, "5a6a2560bec8915fffb39e3ca5e06e5fc6a255f2ebad179f06d4b5f16e8219add3e37c0d1625995d7acf5a2fe"
			     "c2b73c4cc025894f13638afce7336abf8e7e335"},
	{DIGEST_HMAC_SHA384, "09ccee083ffa130003bdc9accbd7bd63da26053d057b32a13447808801b7de466e49126604fcb8272fdb276f5"
			     "e458e9855445adc11b4903d1878064a5bea67591108b42d5ed26a7cfd070f49c7a1b68f54ef5d84195f7d8f"},
};

#endif

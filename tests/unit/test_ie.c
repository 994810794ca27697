/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "wire/eapol.h"
#include "wire/ie.h"

static enum drop parse(struct rsn_element *r, const char *text)
{
	uint8_t bytes[300], *exact;
	size_t len = unhex(bytes, sizeof bytes, text);
	enum drop d;

	exact = malloc(len + 1); /* of its size, so that sanitizers see a read behind it */
	memcpy(exact, bytes, len);
	d = rsn_parse(r, (struct span){exact, len});
	free(exact);
	return d;
}

/* As access points on the market send them. */
static void rsn_elements(void **state)
{
	struct rsn_element r;

	(void)state;
	assert_int_equal(parse(&r, "3014 0100 000fac04 0100 000fac04 0100 000fac02 0000"), NOT_DROPPED);
	assert_false(r.wpa);
	assert_int_equal(r.group, CIPHER_CCMP_128);
	assert_int_equal(r.pairwise, 1 << CIPHER_CCMP_128);
	assert_int_equal(r.akms, 1 << AKM_PSK);
	assert_int_equal(r.management, CIPHERS);

	/* Mixed mode, with an AKM (SAE) that we do not speak, PMF, a PMKID and BIP-GMAC-256. */
	assert_int_equal(parse(&r, "3036 0100 000fac02 0200 000fac04 000fac02 0300 000fac02 000fac06 000fac08 c000"
				   "0100 00112233445566778899aabbccddeeff 000fac0c"),
			 NOT_DROPPED);
	assert_int_equal(r.group, CIPHER_TKIP);
	assert_int_equal(r.pairwise, 1 << CIPHER_CCMP_128 | 1 << CIPHER_TKIP);
	assert_int_equal(r.akms, 1 << AKM_PSK | 1 << AKM_PSK_SHA256 | 1 << AKM_SAE);
	assert_int_equal(r.capabilities, RSN_MFPC | RSN_MFPR);
	assert_int_equal(r.management, CIPHER_BIP_GMAC_256);
	assert_int_equal(r.pmkids.len, PMKID_LEN);

	assert_int_equal(parse(&r, "dd16 0050f201 0100 0050f202 0100 0050f202 0100 0050f202"), NOT_DROPPED);
	assert_true(r.wpa);
	assert_int_equal(r.group, CIPHER_TKIP);
	assert_int_equal(r.pairwise, 1 << CIPHER_TKIP);
	assert_int_equal(r.akms, 1 << AKM_PSK);
}

/* 9.4.2.25.1: fields at the end may be missing; management frames are protected by BIP-CMAC-128 then. */
static void short_elements_have_defaults(void **state)
{
	struct rsn_element r;

	(void)state;
	assert_int_equal(parse(&r, "3002 0100"), NOT_DROPPED);
	assert_int_equal(r.group, CIPHER_CCMP_128);
	assert_int_equal(r.pairwise, 1 << CIPHER_CCMP_128);
	assert_int_equal(r.akms, 0);
	assert_int_equal(parse(&r, "3014 0100 000fac04 0100 000fac04 0100 000fac06 8000"), NOT_DROPPED);
	assert_int_equal(r.management, CIPHER_BIP_CMAC_128);
	assert_int_equal(parse(&r, "dd06 0050f201 0100"), NOT_DROPPED);
	assert_int_equal(r.pairwise, 1 << CIPHER_TKIP);
}

static void elements_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"30",
		"3000",
		"3001 01",
		"3002 0200",
		"3003 0100 00",
		"3007 0100 000fac04 01",
		"3015 0100",
		"300c 0100 000fac04 0200 000fac04",
		"3008 0100 000fac04 ffff",
		"3002 0100 00",
		"dd04 0050f201",
		"dd06 0050f202 0100",
		"0002 0100",
		"3016 0100 000fac04 0100 000fac04 0100 000fac02 0000 01",
		"3017 0100 000fac04 0100 000fac04 0100 000fac02 0000 0000 00",
	};
	struct rsn_element r;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(parse(&r, bad[i]), DROP_RSNE_MALFORMED);
}

/* What we write is read as what was meant. */
static void written_elements_are_read(void **state)
{
	uint8_t bytes[ELEMENT_MAX];
	struct rsn_element r;

	(void)state;
	for (int wpa = 0; wpa <= 1; wpa++)
		for (enum cipher group = CIPHER_TKIP; group <= CIPHER_CCMP_128; group++)
			for (uint32_t pairwise = 1; pairwise < 1u << (wpa ? CIPHER_CCMP_256 : CIPHER_BIP_CMAC_128);
			     pairwise++) {
				struct rsn_element e = {.wpa = wpa,
							.group = group,
							.pairwise = pairwise,
							.akms = wpa ? 1 : 3,
							.management = wpa ? CIPHERS : CIPHER_BIP_CMAC_256,
							.capabilities = wpa ? 0 : RSN_MFPC};
				size_t len = rsn_write(&e, bytes);

				assert_int_equal(rsn_parse(&r, (struct span){bytes, len}), NOT_DROPPED);
				assert_int_equal(r.wpa, e.wpa);
				assert_int_equal(r.group, e.group);
				assert_int_equal(r.pairwise, e.pairwise);
				assert_int_equal(r.akms, e.akms);
				assert_int_equal(r.management, e.management);
				assert_int_equal(r.capabilities, e.capabilities);
			}
}

/* 9.4.2.25.5: the PMKIDs of an association request, as many as an element holds. */
static void pmkids_of_an_association_request(void **state)
{
	struct rsn_element r, e = {.group = CIPHER_CCMP_128,
				   .pairwise = 1 << CIPHER_CCMP_128,
				   .akms = 1 << AKM_PSK,
				   .management = CIPHERS};
	uint8_t ids[20 * PMKID_LEN], bytes[ELEMENT_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof ids; i++)
		ids[i] = (uint8_t)i;
	/* The list ends the element … */
	assert_int_equal(parse(&r, "3026 0100 000fac04 0100 000fac04 0100 000fac02 0000 0100"
				   "00112233445566778899aabbccddeeff"),
			 NOT_DROPPED);
	assert_int_equal(r.pmkids.len, PMKID_LEN);
	/* … or is cut. */
	assert_int_equal(parse(&r, "3025 0100 000fac04 0100 000fac04 0100 000fac02 0000 0100"
				   "00112233445566778899aabbccddee"),
			 DROP_RSNE_MALFORMED);
	for (int mfp = 0; mfp <= 1; mfp++)
		for (size_t n = 0; n <= 20; n++) {
			e.capabilities = mfp ? RSN_MFPC : 0;
			e.management = mfp ? CIPHER_BIP_CMAC_128 : CIPHERS;
			e.pmkids = (struct span){ids, n * PMKID_LEN};
			len = rsn_write(&e, bytes);
			assert_true(len <= ELEMENT_MAX && len == 2u + bytes[1]);
			assert_int_equal(rsn_parse(&r, (struct span){bytes, len}), NOT_DROPPED);
			/* 20 bytes of ciphers and capabilities, 2 of the count, 4 of the management cipher. */
			assert_int_equal(r.pmkids.len / PMKID_LEN, n < 14 ? n : 14);
			assert_memory_equal(r.pmkids.bytes, ids, r.pmkids.len);
			assert_int_equal(r.management, e.management);
		}
}

static void key_data(void **state)
{
	uint8_t bytes[200];
	struct key_data k;
	struct span s = {bytes, 0};

	(void)state;
	/* An RSN element, an unknown KDE, a GTK, an IGTK, a second GTK that does not count, padding. */
	s.len = unhex(bytes, sizeof bytes,
		      "3002 0100 dd06 000fac03 1111 dd08 000fac01 0100 abcd dd0e 000fac09 0400 010000000000 ef01"
		      "dd08 000fac01 0200 9999 dd00000000");
	assert_int_equal(key_data_parse(&k, s), NOT_DROPPED);
	assert_hex(k.rsne.bytes, k.rsne.len, "30020100");
	assert_hex(k.gtk.bytes, k.gtk.len, "0100abcd");
	assert_hex(k.igtk.bytes, k.igtk.len, "0400010000000000ef01");
	s.len = unhex(bytes, sizeof bytes, "3002 0100 dd");
	assert_int_equal(key_data_parse(&k, s), NOT_DROPPED);
	assert_null(k.gtk.bytes);
	s.len = unhex(bytes, sizeof bytes, "3002 0100 dd08 000fac01 0100 ab");
	assert_int_equal(key_data_parse(&k, s), DROP_EAPOL_KEY_DATA);
	s.len = unhex(bytes, sizeof bytes, "30");
	assert_int_equal(key_data_parse(&k, s), DROP_EAPOL_KEY_DATA);
	s.len = 0;
	assert_int_equal(key_data_parse(&k, s), NOT_DROPPED);
}

static void eapol_frames_are_read_as_written(void **state)
{
	uint8_t nonce[32], iv[16], rsc[8], data[5] = {1, 2, 3, 4, 5}, bytes[200];
	struct eapol_key r, k = {.version = 2,
				 .descriptor = EAPOL_RSN,
				 .info = 0x13ca,
				 .key_len = 16,
				 .replay = 0x0102030405060708,
				 .nonce = nonce,
				 .iv = iv,
				 .rsc = rsc,
				 .data = {data, sizeof data}};
	size_t len;

	(void)state;
	memset(nonce, 0xaa, sizeof nonce);
	memset(iv, 0xbb, sizeof iv);
	memset(rsc, 0xcc, sizeof rsc);
	len = eapol_key_write(&k, bytes);
	assert_int_equal(len, EAPOL_KEY_LEN + 5);
	assert_int_equal(eapol_key_parse(&r, bytes, len), NOT_DROPPED);
	assert_int_equal(r.len, len);
	assert_int_equal(r.info, k.info);
	assert_int_equal(r.key_len, 16);
	assert_int_equal(r.replay, k.replay);
	assert_memory_equal(r.nonce, nonce, sizeof nonce);
	assert_memory_equal(r.iv, iv, sizeof iv);
	assert_memory_equal(r.rsc, rsc, sizeof rsc);
	assert_hex(r.mic, EAPOL_MIC_LEN, "00000000000000000000000000000000");
	assert_hex(r.data.bytes, r.data.len, "0102030405");
	bytes[98] = 6; /* key data longer than the frame */
	assert_int_equal(eapol_key_parse(&r, bytes, len), DROP_EAPOL_MALFORMED);
	bytes[98] = 5;
	bytes[1] = 0; /* an EAP packet */
	assert_int_equal(eapol_key_parse(&r, bytes, len), DROP_EAPOL_MALFORMED);
	bytes[1] = 3;
	bytes[4] = 1; /* the RC4 descriptor of 802.1X */
	assert_int_equal(eapol_key_parse(&r, bytes, len), DROP_EAPOL_MALFORMED);
}

static void suites_and_their_selectors(void **state)
{
	uint8_t selector[4];

	(void)state;
	for (int wpa = 0; wpa <= 1; wpa++) {
		for (enum cipher c = 0; c < CIPHERS; c++) {
			cipher_selector(c, wpa, selector);
			assert_int_equal(cipher_of(selector, wpa), wpa && c > CIPHER_CCMP_128 ? CIPHERS : c);
			assert_int_equal(cipher_of(selector, !wpa), CIPHERS);
		}
		for (enum akm a = 0; a < AKMS; a++) {
			akm_selector(a, wpa, selector);
			assert_int_equal(akm_of(selector, wpa), wpa && a > AKM_PSK ? AKMS : a);
		}
	}
	assert_int_equal(cipher_key_len(CIPHERS), 0);
	assert_string_equal(cipher_name(CIPHERS), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsn_elements),
		cmocka_unit_test(short_elements_have_defaults),
		cmocka_unit_test(elements_that_are_none),
		cmocka_unit_test(written_elements_are_read),
		cmocka_unit_test(pmkids_of_an_association_request),
		cmocka_unit_test(key_data),
		cmocka_unit_test(eapol_frames_are_read_as_written),
		cmocka_unit_test(suites_and_their_selectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

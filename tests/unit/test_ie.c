/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "wire/eapol.h"
#include "wire/ie.h"

static enum drop parse(struct rsn_element *rsne, const char *text)
{
	uint8_t bytes[300], *exact;
	size_t len = unhex(bytes, sizeof(bytes), text);
	enum drop drop;

	exact = malloc(len + 1); /* of the exact size, so that sanitizers detect reads beyond it */
	memcpy(exact, bytes, len);
	drop = rsn_element_parse(rsne, (struct span){exact, len});
	free(exact);
	return drop;
}

/* Elements as real access points send them. */
static void rsn_elements_are_parsed(void **state)
{
	struct rsn_element rsne;

	(void)state;
	assert_int_equal(parse(&rsne, "3014 0100 000fac04 0100 000fac04 0100 000fac02 0000"), NOT_DROPPED);
	assert_false(rsne.wpa);
	assert_int_equal(rsne.group, CIPHER_CCMP_128);
	assert_int_equal(rsne.pairwise, 1 << CIPHER_CCMP_128);
	assert_int_equal(rsne.akms, 1 << AKM_PSK);
	assert_int_equal(rsne.group_management, CIPHER_NONE);

	/* Mixed mode, with an AKM (SAE) that vifi does not speak, PMF, a PMKID and BIP-GMAC-256. */
	assert_int_equal(parse(&rsne, "3036 0100 000fac02 0200 000fac04 000fac02 0300 000fac02 000fac06 000fac08 "
				      "c0000100 00112233445566778899aabbccddeeff 000fac0c"),
			 NOT_DROPPED);
	assert_int_equal(rsne.group, CIPHER_TKIP);
	assert_int_equal(rsne.pairwise, 1 << CIPHER_CCMP_128 | 1 << CIPHER_TKIP);
	assert_int_equal(rsne.akms, 1 << AKM_PSK | 1 << AKM_PSK_SHA256 | 1 << AKM_SAE);
	assert_int_equal(rsne.capabilities, RSN_MFPC | RSN_MFPR);
	assert_int_equal(rsne.group_management, CIPHER_BIP_GMAC_256);
	assert_int_equal(rsne.pmkids.len, PMKID_LEN);

	assert_int_equal(parse(&rsne, "dd16 0050f201 0100 0050f202 0100 0050f202 0100 0050f202"), NOT_DROPPED);
	assert_true(rsne.wpa);
	assert_int_equal(rsne.group, CIPHER_TKIP);
	assert_int_equal(rsne.pairwise, 1 << CIPHER_TKIP);
	assert_int_equal(rsne.akms, 1 << AKM_PSK);
}

/* 9.4.2.24.1: trailing fields may be missing; with PMF the default group management cipher is BIP-CMAC-128. */
static void short_elements_use_defaults(void **state)
{
	struct rsn_element rsne;

	(void)state;
	assert_int_equal(parse(&rsne, "3002 0100"), NOT_DROPPED);
	assert_int_equal(rsne.group, CIPHER_CCMP_128);
	assert_int_equal(rsne.pairwise, 1 << CIPHER_CCMP_128);
	assert_int_equal(rsne.akms, 0);
	assert_int_equal(parse(&rsne, "3014 0100 000fac04 0100 000fac04 0100 000fac06 8000"), NOT_DROPPED);
	assert_int_equal(rsne.group_management, CIPHER_BIP_CMAC_128);
	assert_int_equal(parse(&rsne, "dd06 0050f201 0100"), NOT_DROPPED);
	assert_int_equal(rsne.pairwise, 1 << CIPHER_TKIP);
}

static void malformed_elements_are_refused(void **state)
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
		"3017 0100 000fac04 0100 000fac04 0100 000fac02 0000 0100 00",
	};
	struct rsn_element rsne;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(parse(&rsne, bad[i]), DROP_RSNE_MALFORMED);
}

/* hostapd and wpa_supplicant take these, which some access points send: the station must find their networks. */
static void last_field_may_be_cut(void **state)
{
	static const struct {
		const char *element;
		uint16_t capabilities;
		enum cipher group_management;
	} good[] = {
		{"3013 0100 000fac04 0100 000fac04 0100 000fac02 3c", 0, CIPHER_NONE},
		{"3015 0100 000fac04 0100 000fac04 0100 000fac02 0c00 00", 0x000c, CIPHER_NONE},
		{"3017 0100 000fac04 0100 000fac04 0100 000fac02 8000 0000 00", 0x0080, CIPHER_BIP_CMAC_128},
		{"3019 0100 000fac04 0100 000fac04 0100 000fac02 8000 0000 000fac", 0x0080, CIPHER_BIP_CMAC_128},
		{"301b 0100 000fac04 0100 000fac04 0100 000fac02 8000 0000 000fac0c 00", 0x0080, CIPHER_BIP_GMAC_256},
	};
	struct rsn_element rsne;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse(&rsne, good[i].element), NOT_DROPPED);
		assert_int_equal(rsne.akms, 1u << AKM_PSK);
		assert_int_equal(rsne.pairwise, 1u << CIPHER_CCMP_128);
		assert_int_equal(rsne.capabilities, good[i].capabilities);
		assert_int_equal(rsne.pmkids.len, 0);
		assert_int_equal(rsne.group_management, good[i].group_management);
	}
}

/* What follows the AKMs means nothing with WPA version 1: hostapd takes it cut as well as long. */
static void capabilities_of_wpa_may_be_cut(void **state)
{
	static const char *const good[] = {
		"dd16 0050f201 0100 0050f202 0100 0050f202 0100 0050f202",
		"dd17 0050f201 0100 0050f202 0100 0050f202 0100 0050f202 ff",
		"dd18 0050f201 0100 0050f202 0100 0050f202 0100 0050f202 ffff",
		"dd19 0050f201 0100 0050f202 0100 0050f202 0100 0050f202 ffffff",
	};
	struct rsn_element rsne;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse(&rsne, good[i]), NOT_DROPPED);
		assert_int_equal(rsne.akms, 1u << AKM_PSK);
		assert_int_equal(rsne.pmkids.len, 0);
		assert_int_equal(rsne.group_management, CIPHER_NONE);
	}
}

/* A written element reads back with the same contents. */
static void written_elements_are_read_back(void **state)
{
	uint8_t bytes[ELEMENT_MAX];
	struct rsn_element read_back;

	(void)state;
	for (int wpa = 0; wpa <= 1; wpa++)
		for (enum cipher group = CIPHER_TKIP; group <= CIPHER_CCMP_128; group++)
			for (uint32_t pairwise = 1; pairwise < 1u << (wpa ? CIPHER_CCMP_256 : CIPHER_BIP_CMAC_128);
			     pairwise++) {
				struct rsn_element written = {.wpa = wpa,
							      .group = group,
							      .pairwise = pairwise,
							      .akms = wpa ? 1 : 3,
							      .group_management =
								      wpa ? CIPHER_NONE : CIPHER_BIP_CMAC_256,
							      .capabilities = wpa ? 0 : RSN_MFPC};
				size_t len = rsn_element_write(&written, bytes);

				assert_int_equal(rsn_element_parse(&read_back, (struct span){bytes, len}), NOT_DROPPED);
				assert_int_equal(read_back.wpa, written.wpa);
				assert_int_equal(read_back.group, written.group);
				assert_int_equal(read_back.pairwise, written.pairwise);
				assert_int_equal(read_back.akms, written.akms);
				assert_int_equal(read_back.group_management, written.group_management);
				assert_int_equal(read_back.capabilities, written.capabilities);
			}
}

/* 9.4.2.24.5: the PMKIDs of an association request, as many as fit the element. */
static void association_request_pmkids_are_read(void **state)
{
	struct rsn_element read_back, written = {.group = CIPHER_CCMP_128,
						 .pairwise = 1 << CIPHER_CCMP_128,
						 .akms = 1 << AKM_PSK,
						 .group_management = CIPHER_NONE};
	uint8_t ids[20 * PMKID_LEN], bytes[ELEMENT_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(ids); i++)
		ids[i] = (uint8_t)i;
	/* The list ends the element … */
	assert_int_equal(parse(&read_back, "3026 0100 000fac04 0100 000fac04 0100 000fac02 0000 "
					   "010000112233445566778899aabbccddeeff"),
			 NOT_DROPPED);
	assert_int_equal(read_back.pmkids.len, PMKID_LEN);
	/* … or is truncated. */
	assert_int_equal(parse(&read_back, "3025 0100 000fac04 0100 000fac04 0100 000fac02 0000 "
					   "010000112233445566778899aabbccddee"),
			 DROP_RSNE_MALFORMED);
	for (int mfp = 0; mfp <= 1; mfp++)
		for (size_t count = 0; count <= 20; count++) {
			written.capabilities = mfp ? RSN_MFPC : 0;
			written.group_management = mfp ? CIPHER_BIP_CMAC_128 : CIPHER_NONE;
			written.pmkids = (struct span){ids, count * PMKID_LEN};
			len = rsn_element_write(&written, bytes);
			assert_true(len <= ELEMENT_MAX && len == 2u + bytes[1]);
			assert_int_equal(rsn_element_parse(&read_back, (struct span){bytes, len}), NOT_DROPPED);
			/* 20 bytes of ciphers and capabilities, 2 of the count, 4 of the group management cipher. */
			assert_int_equal(read_back.pmkids.len / PMKID_LEN, count < 14 ? count : 14);
			assert_memory_equal(read_back.pmkids.bytes, ids, read_back.pmkids.len);
			assert_int_equal(read_back.group_management, written.group_management);
		}
}

static void key_data_is_parsed(void **state)
{
	uint8_t bytes[200];
	struct key_data key_data;
	struct span span = {bytes, 0};

	(void)state;
	/* A WPA element, an RSN element, an unknown KDE, a GTK, an IGTK, a second GTK that does not count, padding. */
	span.len = unhex(bytes, sizeof(bytes),
			 "dd06 0050f201 0100 3002 0100 dd06 000fac03 1111 dd08 000fac01 0100 abcd"
			 "dd0e 000fac09 0400 010000000000 ef01 dd08 000fac01 0200 9999 dd00000000");
	assert_int_equal(key_data_parse(&key_data, span), NOT_DROPPED);
	assert_hex(key_data.rsne.bytes, key_data.rsne.len, "30020100");
	assert_hex(key_data.wpa.bytes, key_data.wpa.len, "dd060050f2010100");
	assert_hex(key_data.gtk.bytes, key_data.gtk.len, "0100abcd");
	assert_hex(key_data.igtk.bytes, key_data.igtk.len, "0400010000000000ef01");
	span.len = unhex(bytes, sizeof(bytes), "3002 0100 dd");
	assert_int_equal(key_data_parse(&key_data, span), NOT_DROPPED);
	assert_null(key_data.gtk.bytes);
	span.len = unhex(bytes, sizeof(bytes), "3002 0100 dd08 000fac01 0100 ab");
	assert_int_equal(key_data_parse(&key_data, span), DROP_EAPOL_KEY_DATA);
	span.len = unhex(bytes, sizeof(bytes), "30");
	assert_int_equal(key_data_parse(&key_data, span), DROP_EAPOL_KEY_DATA);
	span.len = 0;
	assert_int_equal(key_data_parse(&key_data, span), NOT_DROPPED);
}

static void eapol_frames_round_trip(void **state)
{
	uint8_t nonce[32], iv[16], rsc[8], data[5] = {1, 2, 3, 4, 5}, bytes[200];
	struct eapol_key read_back, written = {.version = 2,
					       .descriptor = EAPOL_DESCRIPTOR_RSN,
					       .info = 0x13ca,
					       .key_len = 16,
					       .replay_counter = 0x0102030405060708,
					       .nonce = nonce,
					       .iv = iv,
					       .rsc = rsc,
					       .mic_len = EAPOL_MIC_LEN,
					       .data = {data, sizeof(data)}};
	size_t len;

	(void)state;
	memset(nonce, 0xaa, sizeof(nonce));
	memset(iv, 0xbb, sizeof(iv));
	memset(rsc, 0xcc, sizeof(rsc));
	len = eapol_key_write(&written, bytes);
	assert_int_equal(len, EAPOL_KEY_MIN_LEN + 5);
	assert_int_equal(eapol_key_parse(&read_back, bytes, len, EAPOL_MIC_LEN), NOT_DROPPED);
	assert_int_equal(read_back.len, len);
	assert_int_equal(read_back.info, written.info);
	assert_int_equal(read_back.key_len, 16);
	assert_int_equal(read_back.replay_counter, written.replay_counter);
	assert_memory_equal(read_back.nonce, nonce, sizeof(nonce));
	assert_memory_equal(read_back.iv, iv, sizeof(iv));
	assert_memory_equal(read_back.rsc, rsc, sizeof(rsc));
	assert_hex(read_back.mic, EAPOL_MIC_LEN, "00000000000000000000000000000000");
	assert_hex(read_back.data.bytes, read_back.data.len, "0102030405");
	bytes[98] = 6; /* key data longer than the frame */
	assert_int_equal(eapol_key_parse(&read_back, bytes, len, EAPOL_MIC_LEN), DROP_EAPOL_MALFORMED);
	bytes[98] = 5;
	bytes[1] = 0; /* an EAP packet */
	assert_int_equal(eapol_key_parse(&read_back, bytes, len, EAPOL_MIC_LEN), DROP_EAPOL_MALFORMED);
	bytes[1] = 3;
	bytes[4] = 1; /* the RC4 descriptor of IEEE 802.1X */
	assert_int_equal(eapol_key_parse(&read_back, bytes, len, EAPOL_MIC_LEN), DROP_EAPOL_MALFORMED);
}

static void suite_selectors_round_trip(void **state)
{
	uint8_t selector[4];

	(void)state;
	for (int wpa = 0; wpa <= 1; wpa++) {
		for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++) {
			cipher_selector(cipher, wpa, selector);
			assert_int_equal(cipher_from_selector(selector, wpa),
					 wpa && cipher > CIPHER_CCMP_128 ? CIPHER_NONE : cipher);
			assert_int_equal(cipher_from_selector(selector, !wpa), CIPHER_NONE);
		}
		for (enum akm akm = 0; akm < AKM_COUNT; akm++) {
			akm_selector(akm, wpa, selector);
			assert_int_equal(akm_from_selector(selector, wpa), wpa && akm > AKM_PSK ? AKM_NONE : akm);
		}
	}
	assert_int_equal(cipher_key_len(CIPHER_NONE), 0);
	assert_string_equal(cipher_name(CIPHER_NONE), "none");
}

static void each_akm_has_its_properties(void **state)
{
	(void)state;
	for (enum akm akm = 0; akm < AKM_COUNT; akm++) {
		const struct akm_info *info = akm_info(akm);

		assert_int_equal(akm_from_name(info->name), akm);
		/* Longer ones follow from the group (rsn/keys.h). */
		assert_int_equal(info->mic_len, 16);
		assert_int_equal(info->kck_len, 16);
		assert_int_equal(info->kek_len, 16);
	}
	assert_int_equal(akm_from_name("WPA-PSK-SHA256"), AKM_PSK_SHA256);
	assert_int_equal(akm_from_name("WPA"), AKM_NONE);
	assert_int_equal(akm_set_wpa(), 1u << AKM_PSK);
	assert_int_equal(akm_set_ft(), 1u << AKM_FT_PSK | 1u << AKM_FT_SAE | 1u << AKM_FT_SAE_EXT_KEY);
	assert_int_equal(akm_strongest(0), AKM_NONE);
	assert_int_equal(akm_strongest(1u << AKM_PSK | 1u << AKM_PSK_SHA256), AKM_PSK_SHA256);
	assert_true(akm_info(AKM_SAE)->sae);
	assert_false(akm_info(AKM_PSK_SHA256)->needs_pmf);
	assert_ptr_equal(akm_info(AKM_NONE), akm_info(AKM_PSK));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsn_elements_are_parsed),
		cmocka_unit_test(short_elements_use_defaults),
		cmocka_unit_test(malformed_elements_are_refused),
		cmocka_unit_test(last_field_may_be_cut),
		cmocka_unit_test(capabilities_of_wpa_may_be_cut),
		cmocka_unit_test(written_elements_are_read_back),
		cmocka_unit_test(association_request_pmkids_are_read),
		cmocka_unit_test(key_data_is_parsed),
		cmocka_unit_test(eapol_frames_round_trip),
		cmocka_unit_test(suite_selectors_round_trip),
		cmocka_unit_test(each_akm_has_its_properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

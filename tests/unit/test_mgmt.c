/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "wire/mgmt.h"
#include "wire/rnr.h"

#define TO      "ffffffffffff"
#define AP      "020000000001"
#define STATION "020000000002"
#define HDR(fc) fc "0000" AP STATION AP "0000"

/* Parses bytes in memory of the exact size, so that sanitizers detect reads beyond it. */
struct parsed_mgmt {
	uint8_t *bytes;
	enum drop drop;
	struct mgmt mgmt;
};

static struct parsed_mgmt parse(const char *text)
{
	uint8_t bytes[1000];
	size_t len = unhex(bytes, sizeof(bytes), text);
	struct parsed_mgmt parsed = {.bytes = malloc(len ? len : 1)};

	assert_non_null(parsed.bytes);
	memcpy(parsed.bytes, bytes, len);
	parsed.drop = mgmt_parse(&parsed.mgmt, parsed.bytes, len);
	return parsed;
}

static void assert_refused(enum drop want, const char *text)
{
	struct parsed_mgmt parsed = parse(text);

	assert_int_equal(parsed.drop, want);
	free(parsed.bytes);
}

static void beacon_is_parsed(void **state)
{
	struct parsed_mgmt parsed = parse("8000 0000" TO AP AP "10008877665544332211 6400 11040004 74657374 0108 "
					  "82848b960c121824 0301 06 0504 000101000706 555320 "
					  "010b14 3204 3048606c3014 0100 000fac04 0100 000fac04 "
					  "0100 000fac02 0000dd16 0050f201 0100 0050f202 0100 "
					  "0050f202 0100 0050f202dd07 0050f202000100 dd04 00112233");
	const struct mgmt *mgmt = &parsed.mgmt;

	(void)state;
	assert_int_equal(parsed.drop, NOT_DROPPED);
	assert_int_equal(mgmt->subtype, MGMT_BEACON);
	assert_true(mgmt->tsf == 0x1122334455667788);
	assert_int_equal(mgmt->interval, 100);
	assert_int_equal(mgmt->capability, 0x0411);
	assert_hex(mgmt->da, 6, TO);
	assert_hex(mgmt->sa, 6, AP);
	assert_hex(mgmt->bssid, 6, AP);
	assert_hex(mgmt->ssid.bytes, mgmt->ssid.len, "74657374");
	assert_hex(mgmt->rates.bytes, mgmt->rates.len, "82848b960c121824");
	assert_hex(mgmt->ext_rates.bytes, mgmt->ext_rates.len, "3048606c");
	assert_hex(mgmt->country.bytes, mgmt->country.len, "555320 010b14");
	assert_int_equal(mgmt->channel, 6);
	assert_int_equal(mgmt->rsn.len, 22);
	assert_int_equal(mgmt->wpa.len, 24);
	assert_true(mgmt->wmm);
	assert_int_equal(mgmt->tim.len, 4);
	free(parsed.bytes);
}

static void requests_and_responses_are_parsed(void **state)
{
	struct parsed_mgmt parsed = parse(HDR("0000") "3104 0a00 0000 0104 82848b96");

	(void)state;
	assert_int_equal(parsed.drop, NOT_DROPPED);
	assert_int_equal(parsed.mgmt.subtype, MGMT_ASSOC_REQUEST);
	assert_int_equal(parsed.mgmt.interval, 10);
	assert_null(parsed.mgmt.current_ap);
	assert_non_null(parsed.mgmt.ssid.bytes); /* present, but empty */
	assert_int_equal(parsed.mgmt.ssid.len, 0);
	assert_null(parsed.mgmt.rsn.bytes);
	free(parsed.bytes);
	parsed = parse(HDR("2000") "3104 0a00 020000000009 0000");
	assert_int_equal(parsed.drop, NOT_DROPPED);
	assert_hex(parsed.mgmt.current_ap, 6, "020000000009");
	free(parsed.bytes);
	parsed = parse(HDR("1000") "3104 1e00 05c0 3805 0300040000");
	assert_int_equal(parsed.drop, NOT_DROPPED);
	assert_int_equal(parsed.mgmt.status, STATUS_REFUSED_TEMPORARILY);
	assert_int_equal(parsed.mgmt.aid, 5);
	assert_hex(parsed.mgmt.timeout_interval.bytes, parsed.mgmt.timeout_interval.len, "0300040000");
	free(parsed.bytes);
	parsed = parse(HDR("b000") "0000 0200 1100");
	assert_int_equal(parsed.mgmt.algorithm, AUTH_OPEN);
	assert_int_equal(parsed.mgmt.sequence, 2);
	assert_int_equal(parsed.mgmt.status, STATUS_AP_FULL);
	free(parsed.bytes);
	parsed = parse(HDR("4000"));
	assert_int_equal(parsed.drop, NOT_DROPPED);
	assert_null(parsed.mgmt.ssid.bytes);
	free(parsed.bytes);
	parsed = parse(HDR("c000") "0700");
	assert_int_equal(parsed.mgmt.reason, REASON_CLASS_3);
	free(parsed.bytes);
	parsed = parse(HDR("d000") "08 00 3412");
	assert_int_equal(parsed.mgmt.category, ACTION_CATEGORY_SA_QUERY);
	assert_int_equal(parsed.mgmt.action, SA_QUERY_REQUEST);
	assert_hex(parsed.mgmt.body.bytes, parsed.mgmt.body.len, "3412");
	free(parsed.bytes);
}

/* SAE has a group, a scalar and an element of the group in place of information elements. */
static void sae_payload_is_not_parsed(void **state)
{
	struct parsed_mgmt parsed = parse(HDR("b000") "0300 0100 0000 1300 aabbcc");

	(void)state;
	assert_int_equal(parsed.drop, NOT_DROPPED);
	assert_hex(parsed.mgmt.body.bytes, parsed.mgmt.body.len, "1300aabbcc");
	free(parsed.bytes);
}

static void mgmt_ht_control_field_is_skipped(void **state)
{
	struct parsed_mgmt parsed = parse(HDR("c080") "11223344 0300");

	(void)state;
	assert_int_equal(parsed.drop, NOT_DROPPED);
	assert_int_equal(parsed.mgmt.reason, 3);
	free(parsed.bytes);
	assert_refused(DROP_TRUNCATED, HDR("c080") "112233");
}

static void first_of_two_equal_elements_counts(void **state)
{
	struct parsed_mgmt parsed = parse(HDR("4000") "0002 6161 0002 6262 0301 01 0301 02");

	(void)state;
	assert_hex(parsed.mgmt.ssid.bytes, parsed.mgmt.ssid.len, "6161");
	assert_int_equal(parsed.mgmt.channel, 1);
	free(parsed.bytes);
}

static void overlong_ssid_is_ignored(void **state)
{
	struct parsed_mgmt parsed =
		parse(HDR("4000") "0021 000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f 20 0001 61");

	(void)state;
	assert_int_equal(parsed.drop, NOT_DROPPED);
	assert_hex(parsed.mgmt.ssid.bytes, parsed.mgmt.ssid.len, "61");
	free(parsed.bytes);
}

static void invalid_input_is_refused(void **state)
{
	(void)state;
	assert_refused(DROP_TRUNCATED, "");
	assert_refused(DROP_TRUNCATED, "80");
	assert_refused(DROP_TRUNCATED, "8000");
	assert_refused(DROP_TRUNCATED, "8000 0000" TO AP AP "10");
	assert_refused(DROP_TRUNCATED, "8000 0000" TO AP AP "1000 8877665544332211 6400 11");
	assert_refused(DROP_TRUNCATED, HDR("4000") "00");
	assert_refused(DROP_TRUNCATED, HDR("4000") "0001");
	assert_refused(DROP_TRUNCATED, HDR("4000") "0001 61 01");
	assert_refused(DROP_TRUNCATED, HDR("0000") "3104 0a");
	assert_refused(DROP_TRUNCATED, HDR("2000") "3104 0a00 0200000000");
	assert_refused(DROP_TRUNCATED, HDR("1000") "3104 0000 05");
	assert_refused(DROP_TRUNCATED, HDR("b000") "0000 0200 00");
	assert_refused(DROP_TRUNCATED, HDR("c000") "07");
	assert_refused(DROP_TRUNCATED, HDR("d000") "08");
	assert_refused(DROP_FRAME_TYPE, HDR("0800"));        /* data */
	assert_refused(DROP_FRAME_TYPE, HDR("8100"));        /* version 1 */
	assert_refused(DROP_FRAME_TYPE, HDR("6000"));        /* timing advertisement */
	assert_refused(DROP_FRAME_TYPE, HDR("c040") "0300"); /* encrypted */
	assert_refused(DROP_FRAME_TYPE, HDR("c004") "0300"); /* more fragments */
	assert_refused(DROP_FRAME_TYPE, "c000 0000" AP STATION AP "0100 0300");
}

static void writer_appends_after_the_header(void **state)
{
	static const uint8_t to[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, ap[6] = {2, 0, 0, 0, 0, 1};
	static const uint8_t long_body[255] = {1};
	struct frame_writer writer = mgmt_begin(MGMT_PROBE_REQUEST, to, ap, to);
	struct frame *frame;

	(void)state;
	assert_non_null(writer.frame);
	assert_true(frame_tailroom(writer.frame) >= 512);
	write_element(&writer, EID_SSID, NULL, 0);
	write_element(&writer, EID_RATES, "\x82\x84", 2);
	write_le16(&writer, 0x1234);
	write_u8(&writer, 'x');
	assert_hex(writer.frame->data, writer.frame->len, "4000 0000" TO AP TO "0000 0000 0102 8284 3412 78");
	for (int i = 0; i < 3; i++) /* the frame grows beyond the reserved tailroom */
		write_element(&writer, EID_VENDOR, long_body, 255);
	frame = frame_writer_end(&writer);
	assert_int_equal(frame->len, 24 + 9 + 3 * 257);
	frame_free(frame);
}

static void elements_alone_are_parsed(void **state)
{
	static const uint8_t bytes[] = {EID_SSID, 1, 'a', EID_RSN, 2, 1, 0, EID_TIM};
	struct mgmt mgmt;

	(void)state;
	assert_int_equal(mgmt_parse_elements(&mgmt, (struct span){bytes, sizeof(bytes) - 1}), NOT_DROPPED);
	assert_true(span_equals(mgmt.ssid, bytes + 2, 1));
	assert_true(span_equals(mgmt.rsn, bytes + 3, 4));
	assert_int_equal(mgmt_parse_elements(&mgmt, (struct span){bytes, sizeof(bytes)}), DROP_TRUNCATED);
	assert_int_equal(mgmt_parse_elements(&mgmt, (struct span){0}), NOT_DROPPED);
	assert_null(mgmt.ssid.bytes);
}

/* IEEE 802.11-2020, Table 9-51, column "Robust"; HE of IEEE 802.11ax-2021, EHT of IEEE 802.11be-2024. */
static bool table_says_unprotected(unsigned category)
{
	static const uint8_t unprotected[] = {4, 7, 11, 15, 20, 21, 22, 30, 36, 127};

	return memchr(unprotected, (int)category, sizeof(unprotected));
}

static void robust_management_frames_are_recognised(void **state)
{
	static const enum mgmt_subtype other[] = {MGMT_AUTH, MGMT_ASSOC_REQUEST, MGMT_REASSOC_REQUEST, MGMT_BEACON};
	struct mgmt mgmt = {.subtype = MGMT_DEAUTH};

	(void)state;
	assert_true(mgmt_is_robust(&mgmt));
	mgmt.subtype = MGMT_DISASSOC;
	assert_true(mgmt_is_robust(&mgmt));
	mgmt.subtype = MGMT_ACTION;
	for (unsigned category = 0; category <= UINT8_MAX; category++) {
		mgmt.category = (uint8_t)category;
		assert_int_equal(mgmt_is_robust(&mgmt), !table_says_unprotected(category));
	}
	mgmt.category = ACTION_CATEGORY_SA_QUERY;
	for (size_t i = 0; i < COUNT(other); i++) {
		mgmt.subtype = other[i];
		assert_false(mgmt_is_robust(&mgmt));
	}
}

static bool tim_text_has_aid(const char *tim, uint16_t aid)
{
	uint8_t bytes[254];
	struct span span = {bytes, unhex(bytes, sizeof(bytes), tim)};

	return tim_has_aid(span, aid);
}

static bool tim_text_has_group(const char *tim)
{
	uint8_t bytes[254];
	struct span span = {bytes, unhex(bytes, sizeof(bytes), tim)};

	return tim_has_group(span);
}

/* 9.4.2.5: bit n of the virtual bitmap is AID n; bitmap control holds the even octet at which the partial bitmap begins. */
static void tim_is_parsed(void **state)
{
	(void)state;
	assert_false(tim_text_has_aid("00 01 00 00", 1)); /* no buffered frames */
	assert_true(tim_text_has_aid("00 03 01 04", 2));
	assert_false(tim_text_has_aid("00 03 01 04", 1));
	assert_true(tim_text_has_group("00 03 01 04"));
	assert_false(tim_text_has_group("00 03 00 04"));
	assert_false(tim_text_has_group("01 03 01 04"));  /* not a DTIM */
	assert_true(tim_text_has_aid("00 03 02 12", 17)); /* octet 2 of the bitmap: AIDs 16 to 23 */
	assert_true(tim_text_has_aid("00 03 02 12", 20));
	assert_false(tim_text_has_aid("00 03 02 12", 1)); /* before the partial bitmap */
	assert_false(tim_text_has_aid("00 03 02 12", 4));
	assert_false(tim_text_has_aid("00 03 02 12", 25)); /* after the partial bitmap */
	assert_false(tim_text_has_aid("00 03 02 12", 2007));
	assert_false(tim_text_has_aid("00 01 00", 1)); /* truncated */
	assert_false(tim_text_has_group("00 01 01"));
	assert_false(tim_text_has_aid("", 0));
}

static void channels_map_to_frequencies(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < 300; channel++)
		if (channel_to_freq(channel))
			assert_int_equal(freq_to_channel(channel_to_freq(channel)), channel);
	assert_int_equal(channel_to_freq(1), 2412);
	assert_int_equal(channel_to_freq(13), 2472);
	assert_int_equal(channel_to_freq(14), 2484);
	assert_int_equal(channel_to_freq(36), 5180);
	assert_int_equal(channel_to_freq(165), 5825);
	assert_int_equal(channel_to_freq(0), 0);
	assert_int_equal(channel_to_freq(15), 0);
	assert_int_equal(channel_to_freq(37), 0);
	assert_int_equal(freq_to_channel(2413), 0);
	assert_int_equal(freq_to_channel(2477), 0);
	assert_int_equal(freq_to_channel(0), 0);
	assert_int_equal(freq_to_channel(5181), 0);
	assert_int_equal(freq_to_channel(65535), 0);
	for (unsigned channel = 0; channel < 300; channel++)
		if (channel_to_freq_6ghz(channel))
			assert_int_equal(freq_to_channel(channel_to_freq_6ghz(channel)), channel);
	assert_int_equal(channel_to_freq_6ghz(1), 5955);
	assert_int_equal(channel_to_freq_6ghz(2), 5935);
	assert_int_equal(channel_to_freq_6ghz(233), 7115);
	assert_int_equal(channel_to_freq_6ghz(3), 0);
	assert_int_equal(channel_to_freq_6ghz(237), 0);
	assert_int_equal(freq_to_channel(5945), 0);
	assert_int_equal(freq_to_channel(7135), 0);
}

/* Reduced Neighbor Report: channel 5 of class 131 with two of its BSSs, channel 36 of class 115, and what is cut. */
static void reported_channels_of_6_ghz_are_found(void **state)
{
	uint8_t bytes[64];
	struct span elements = {bytes,
				unhex(bytes, sizeof(bytes),
				      "c910 1001 8305 00 00 0001 7324 00 0001 8375 00 c906 2001 8309 00 00 0001 61")};
	uint16_t freqs[4] = {0};

	(void)state;
	assert_int_equal(rnr_channels_6ghz(elements, freqs, 0, 4), 2);
	assert_int_equal(freqs[0], 5975);
	assert_int_equal(freqs[1], 6535);
	assert_int_equal(rnr_channels_6ghz(elements, freqs, 0, 1), 1);
	assert_int_equal(rnr_channels_6ghz((struct span){0}, freqs, 2, 4), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beacon_is_parsed),
		cmocka_unit_test(requests_and_responses_are_parsed),
		cmocka_unit_test(sae_payload_is_not_parsed),
		cmocka_unit_test(mgmt_ht_control_field_is_skipped),
		cmocka_unit_test(first_of_two_equal_elements_counts),
		cmocka_unit_test(overlong_ssid_is_ignored),
		cmocka_unit_test(invalid_input_is_refused),
		cmocka_unit_test(writer_appends_after_the_header),
		cmocka_unit_test(robust_management_frames_are_recognised),
		cmocka_unit_test(elements_alone_are_parsed),
		cmocka_unit_test(tim_is_parsed),
		cmocka_unit_test(channels_map_to_frequencies),
		cmocka_unit_test(reported_channels_of_6_ghz_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

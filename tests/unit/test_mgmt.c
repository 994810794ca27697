/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "wire/mgmt.h"

#define TO      "ffffffffffff"
#define AP      "020000000001"
#define STATION "020000000002"
#define HDR(fc) fc "0000" AP STATION AP "0000"

/* Parses bytes that lie in memory of their very size, so that sanitizers see a read behind them. */
struct parsed {
	uint8_t *bytes;
	enum drop drop;
	struct mgmt m;
};

static struct parsed parse(const char *text)
{
	uint8_t bytes[1000];
	size_t len = unhex(bytes, sizeof bytes, text);
	struct parsed p = {.bytes = malloc(len ? len : 1)};

	assert_non_null(p.bytes);
	memcpy(p.bytes, bytes, len);
	p.drop = mgmt_parse(&p.m, p.bytes, len);
	return p;
}

static void refuse(enum drop want, const char *text)
{
	struct parsed p = parse(text);

	assert_int_equal(p.drop, want);
	free(p.bytes);
}

static void a_beacon(void **state)
{
	struct parsed p = parse("8000 0000" TO AP AP "1000"
				"8877665544332211 6400 1104"
				"0004 74657374 0108 82848b960c121824 0301 06 0504 00010100"
				"0706 555320 010b14 3204 3048606c"
				"3014 0100 000fac04 0100 000fac04 0100 000fac02 0000"
				"dd16 0050f201 0100 0050f202 0100 0050f202 0100 0050f202"
				"dd07 0050f202000100 dd04 00112233");
	const struct mgmt *m = &p.m;

	(void)state;
	assert_int_equal(p.drop, NOT_DROPPED);
	assert_int_equal(m->subtype, MGMT_BEACON);
	assert_true(m->tsf == 0x1122334455667788);
	assert_int_equal(m->interval, 100);
	assert_int_equal(m->capability, 0x0411);
	assert_hex(m->da, 6, TO);
	assert_hex(m->sa, 6, AP);
	assert_hex(m->bssid, 6, AP);
	assert_hex(m->ssid.bytes, m->ssid.len, "74657374");
	assert_hex(m->rates.bytes, m->rates.len, "82848b960c121824");
	assert_hex(m->ext_rates.bytes, m->ext_rates.len, "3048606c");
	assert_hex(m->country.bytes, m->country.len, "555320 010b14");
	assert_int_equal(m->channel, 6);
	assert_int_equal(m->rsn.len, 22);
	assert_int_equal(m->wpa.len, 24);
	assert_true(m->wmm);
	assert_int_equal(m->tim.len, 4);
	free(p.bytes);
}

static void requests_and_responses(void **state)
{
	struct parsed p = parse(HDR("0000") "3104 0a00 0000 0104 82848b96");

	(void)state;
	assert_int_equal(p.drop, NOT_DROPPED);
	assert_int_equal(p.m.subtype, MGMT_ASSOC_REQUEST);
	assert_int_equal(p.m.interval, 10);
	assert_null(p.m.current_ap);
	assert_non_null(p.m.ssid.bytes); /* there, but empty */
	assert_int_equal(p.m.ssid.len, 0);
	assert_null(p.m.rsn.bytes);
	free(p.bytes);
	p = parse(HDR("2000") "3104 0a00 020000000009 0000");
	assert_int_equal(p.drop, NOT_DROPPED);
	assert_hex(p.m.current_ap, 6, "020000000009");
	free(p.bytes);
	p = parse(HDR("1000") "3104 1e00 05c0 3805 0300040000");
	assert_int_equal(p.drop, NOT_DROPPED);
	assert_int_equal(p.m.status, STATUS_REFUSED_TEMPORARILY);
	assert_int_equal(p.m.aid, 5);
	assert_hex(p.m.timeout.bytes, p.m.timeout.len, "0300040000");
	free(p.bytes);
	p = parse(HDR("b000") "0000 0200 1100");
	assert_int_equal(p.m.algorithm, AUTH_OPEN);
	assert_int_equal(p.m.sequence, 2);
	assert_int_equal(p.m.status, STATUS_AP_FULL);
	free(p.bytes);
	p = parse(HDR("4000"));
	assert_int_equal(p.drop, NOT_DROPPED);
	assert_null(p.m.ssid.bytes);
	free(p.bytes);
	p = parse(HDR("c000") "0700");
	assert_int_equal(p.m.reason, REASON_CLASS_3);
	free(p.bytes);
	p = parse(HDR("d000") "08 00 3412");
	assert_int_equal(p.m.category, ACTION_CATEGORY_SA_QUERY);
	assert_int_equal(p.m.action, SA_QUERY_REQUEST);
	assert_hex(p.m.body.bytes, p.m.body.len, "3412");
	free(p.bytes);
}

/* SAE has a group, a scalar and an element where others have elements of information. */
static void what_follows_sae_is_not_read(void **state)
{
	struct parsed p = parse(HDR("b000") "0300 0100 0000 1300 aabbcc");

	(void)state;
	assert_int_equal(p.drop, NOT_DROPPED);
	assert_hex(p.m.body.bytes, p.m.body.len, "1300aabbcc");
	free(p.bytes);
}

static void the_ht_control_field_is_passed_over(void **state)
{
	struct parsed p = parse(HDR("c080") "11223344 0300");

	(void)state;
	assert_int_equal(p.drop, NOT_DROPPED);
	assert_int_equal(p.m.reason, 3);
	free(p.bytes);
	refuse(DROP_TRUNCATED, HDR("c080") "112233");
}

static void of_two_elements_the_first_counts(void **state)
{
	struct parsed p = parse(HDR("4000") "0002 6161 0002 6262 0301 01 0301 02");

	(void)state;
	assert_hex(p.m.ssid.bytes, p.m.ssid.len, "6161");
	assert_int_equal(p.m.channel, 1);
	free(p.bytes);
}

static void an_ssid_that_is_too_long_is_none(void **state)
{
	struct parsed p =
		parse(HDR("4000") "0021 000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f 20 0001 61");

	(void)state;
	assert_int_equal(p.drop, NOT_DROPPED);
	assert_hex(p.m.ssid.bytes, p.m.ssid.len, "61");
	free(p.bytes);
}

static void what_is_refused(void **state)
{
	(void)state;
	refuse(DROP_TRUNCATED, "");
	refuse(DROP_TRUNCATED, "80");
	refuse(DROP_TRUNCATED, "8000");
	refuse(DROP_TRUNCATED, "8000 0000" TO AP AP "10");
	refuse(DROP_TRUNCATED, "8000 0000" TO AP AP "1000 8877665544332211 6400 11");
	refuse(DROP_TRUNCATED, HDR("4000") "00");
	refuse(DROP_TRUNCATED, HDR("4000") "0001");
	refuse(DROP_TRUNCATED, HDR("4000") "0001 61 01");
	refuse(DROP_TRUNCATED, HDR("0000") "3104 0a");
	refuse(DROP_TRUNCATED, HDR("2000") "3104 0a00 0200000000");
	refuse(DROP_TRUNCATED, HDR("1000") "3104 0000 05");
	refuse(DROP_TRUNCATED, HDR("b000") "0000 0200 00");
	refuse(DROP_TRUNCATED, HDR("c000") "07");
	refuse(DROP_TRUNCATED, HDR("d000") "08");
	refuse(DROP_FRAME_TYPE, HDR("0800"));        /* data */
	refuse(DROP_FRAME_TYPE, HDR("8100"));        /* version 1 */
	refuse(DROP_FRAME_TYPE, HDR("6000"));        /* timing advertisement */
	refuse(DROP_FRAME_TYPE, HDR("c040") "0300"); /* encrypted */
	refuse(DROP_FRAME_TYPE, HDR("c004") "0300"); /* more fragments */
	refuse(DROP_FRAME_TYPE, "c000 0000" AP STATION AP "0100 0300");
}

static void builders_and_room(void **state)
{
	static const uint8_t to[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, ap[6] = {2, 0, 0, 0, 0, 1};
	static const uint8_t long_body[255] = {1};
	struct frame *f = mgmt_new(MGMT_PROBE_REQUEST, to, ap, to);

	(void)state;
	assert_non_null(f);
	assert_true(frame_tailroom(f) >= 512);
	assert_int_equal(mgmt_put_element(f, EID_SSID, NULL, 0), 0);
	assert_int_equal(mgmt_put_element(f, EID_RATES, "\x82\x84", 2), 0);
	assert_int_equal(mgmt_put16(f, 0x1234), 0);
	assert_int_equal(mgmt_put(f, "x", 1), 0);
	assert_hex(f->data, f->len, "4000 0000" TO AP TO "0000 0000 0102 8284 3412 78");
	for (int i = 0; i < 3; i++) /* more than was promised: it grows */
		assert_int_equal(mgmt_put_element(f, EID_VENDOR, long_body, 255), 0);
	assert_int_equal(f->len, 24 + 9 + 3 * 257);
	frame_free(f);
}

/* IEEE 802.11-2016 4.5.4.9, Table 9-47. */
static void robust_management_frames(void **state)
{
	struct mgmt m = {.subtype = MGMT_DEAUTH};

	(void)state;
	assert_true(mgmt_is_robust(&m));
	m.subtype = MGMT_DISASSOC;
	assert_true(mgmt_is_robust(&m));
	m.subtype = MGMT_ACTION;
	m.category = ACTION_CATEGORY_SA_QUERY;
	assert_true(mgmt_is_robust(&m));
	m.category = 4;
	assert_false(mgmt_is_robust(&m));
	m.category = 127;
	assert_false(mgmt_is_robust(&m));
	m.category = 126;
	assert_true(mgmt_is_robust(&m));
	m.subtype = MGMT_AUTH;
	assert_false(mgmt_is_robust(&m));
	m.subtype = MGMT_REASSOC_REQUEST;
	assert_false(mgmt_is_robust(&m));
}

static bool has(const char *tim, uint16_t aid)
{
	uint8_t bytes[254];
	struct span s = {bytes, unhex(bytes, sizeof bytes, tim)};

	return tim_has(s, aid);
}

static bool group(const char *tim)
{
	uint8_t bytes[254];
	struct span s = {bytes, unhex(bytes, sizeof bytes, tim)};

	return tim_group(s);
}

/* 9.4.2.6: bit n of the map is AID n; bitmap control says at which even octet the part that is sent begins. */
static void the_tim(void **state)
{
	(void)state;
	assert_false(has("00 01 00 00", 1)); /* nothing for anybody */
	assert_true(has("00 03 01 04", 2));
	assert_false(has("00 03 01 04", 1));
	assert_true(group("00 03 01 04"));
	assert_false(group("00 03 00 04"));
	assert_false(group("01 03 01 04"));  /* this is not the DTIM */
	assert_true(has("00 03 02 12", 17)); /* octet 2 of the map: AIDs 16 to 23 */
	assert_true(has("00 03 02 12", 20));
	assert_false(has("00 03 02 12", 1)); /* before the part that is sent */
	assert_false(has("00 03 02 12", 4));
	assert_false(has("00 03 02 12", 25)); /* behind it */
	assert_false(has("00 03 02 12", 2007));
	assert_false(has("00 01 00", 1)); /* cut */
	assert_false(group("00 01 01"));
	assert_false(has("", 0));
}

static void channels(void **state)
{
	(void)state;
	for (unsigned channel = 0; channel < 300; channel++)
		if (channel_freq(channel))
			assert_int_equal(freq_channel(channel_freq(channel)), channel);
	assert_int_equal(channel_freq(1), 2412);
	assert_int_equal(channel_freq(13), 2472);
	assert_int_equal(channel_freq(14), 2484);
	assert_int_equal(channel_freq(36), 5180);
	assert_int_equal(channel_freq(165), 5825);
	assert_int_equal(channel_freq(0), 0);
	assert_int_equal(channel_freq(15), 0);
	assert_int_equal(channel_freq(37), 0);
	assert_int_equal(freq_channel(2413), 0);
	assert_int_equal(freq_channel(2477), 0);
	assert_int_equal(freq_channel(0), 0);
	assert_int_equal(freq_channel(5181), 0);
	assert_int_equal(freq_channel(65535), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_beacon),
		cmocka_unit_test(requests_and_responses),
		cmocka_unit_test(what_follows_sae_is_not_read),
		cmocka_unit_test(the_ht_control_field_is_passed_over),
		cmocka_unit_test(of_two_elements_the_first_counts),
		cmocka_unit_test(an_ssid_that_is_too_long_is_none),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(builders_and_room),
		cmocka_unit_test(robust_management_frames),
		cmocka_unit_test(the_tim),
		cmocka_unit_test(channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "wire/capture.h"
#include "wire/radiotap.h"

/* Reads hexadecimal text from memory of its very size, so that sanitizers see a read behind it. */
static uint8_t *exact(const char *text, size_t *len)
{
	uint8_t bytes[1024], *copy;

	*len = unhex(bytes, sizeof bytes, text);
	copy = malloc(*len ? *len : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, *len);
	return copy;
}

/* One frame, "abcd" of 100 bytes, at 1.5 s, of link type 127. */
static void holds(const char *text)
{
	struct captured f;
	struct capture c;
	size_t len;
	uint8_t *bytes = exact(text, &len);

	assert_true(capture_open(&c, bytes, len));
	assert_int_equal(capture_next(&c, &f), 1);
	assert_int_equal(f.time_ns, 1500000000);
	assert_int_equal(f.link, LINK_RADIOTAP);
	assert_int_equal(f.len, 4);
	assert_int_equal(f.was, 100);
	assert_memory_equal(f.bytes, "abcd", 4);
	assert_int_equal(capture_next(&c, &f), 0);
	assert_int_equal(capture_next(&c, &f), 0);
	/* Cut anywhere: no frame, or none any more, but never one that is not there. */
	for (size_t n = 0; n < len; n++) {
		uint8_t *cut = malloc(n ? n : 1);

		memcpy(cut, bytes, n);
		if (capture_open(&c, cut, n))
			assert_true(capture_next(&c, &f) <= 0 || c.ng);
		free(cut);
	}
	free(bytes);
}

static void pcap_in_every_byte_order_and_unit(void **state)
{
	(void)state;
	holds("d4c3b2a1 0200 0400 00000000 00000000 ffff0000 7f000000  01000000 20a10700 04000000 64000000 61626364");
	holds("a1b2c3d4 0002 0004 00000000 00000000 0000ffff 0000007f  00000001 0007a120 00000004 00000064 61626364");
	holds("4d3cb2a1 0200 0400 00000000 00000000 ffff0000 7f000000  01000000 0065cd1d 04000000 64000000 61626364");
	holds("a1b23c4d 0002 0004 00000000 00000000 0000ffff 0000007f  00000001 1dcd6500 00000004 00000064 61626364");
	/* Four bytes of FCS, says the link type. */
	holds("d4c3b2a1 0200 0400 00000000 00000000 ffff0000 7f000044  01000000 20a10700 04000000 64000000 61626364");
}

#define LITTLE_SECTION "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000"
#define BIG_SECTION    "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c"

static void pcapng_in_every_byte_order_and_unit(void **state)
{
	(void)state;
	/* Microseconds where nothing is said. */
	holds(LITTLE_SECTION "01000000 14000000 7f00 0000 00000000 14000000"
			     "06000000 24000000 00000000 00000000 60e31600 04000000 64000000 61626364 24000000");
	holds(BIG_SECTION "00000001 00000014 007f 0000 00000000 00000014"
			  "00000006 00000024 00000000 00000000 0016e360 00000004 00000064 61626364 00000024");
	/* Nanoseconds, behind another option; a block that nobody knows; the second interface. */
	holds(LITTLE_SECTION
	      "01000000 14000000 0100 0000 00000000 14000000"
	      "01000000 28000000 7f00 0000 00000000 0200 0300 61626300 0900 0100 09000000 00000000 28000000"
	      "99000000 10000000 12345678 10000000"
	      "06000000 24000000 01000000 00000000 002f6859 04000000 64000000 61626364 24000000");
	/* 2^-10 s; the packet block of old. */
	holds(LITTLE_SECTION "01000000 1c000000 7f00 0000 00000000 0900 0100 8a000000 1c000000"
			     "02000000 24000000 0000 0000 00000000 00060000 04000000 64000000 61626364 24000000");
	/* A second section, in the other order, has its own interfaces. */
	holds(BIG_SECTION LITTLE_SECTION
	      "01000000 14000000 7f00 0000 00000000 14000000"
	      "06000000 24000000 00000000 00000000 60e31600 04000000 64000000 61626364 24000000");
}

static void files_that_are_none(void **state)
{
	static const char *const bad[] = {"", "d4c3b2a1", "00112233445566778899aabbccddeeff0011223344556677",
					  "0a0d0d0a"};
	struct captured f;
	struct capture c;
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		uint8_t *bytes = exact(bad[i], &len);

		assert_false(capture_open(&c, bytes, len));
		free(bytes);
	}
	/* Blocks of length 0, not a multiple of 4, too long; a frame of an interface that is not there. */
	static const char *const broken[] = {
		LITTLE_SECTION "06000000 00000000 00000000", LITTLE_SECTION "99000000 0d000000 00000000 00",
		LITTLE_SECTION "99000000 10000000 00000000",
		"d4c3b2a1 0200 0400 00000000 00000000 ffff0000 7f000000  01000000 20a10700 05000000 64000000 61626364"};

	for (size_t i = 0; i < COUNT(broken); i++) {
		uint8_t *bytes = exact(broken[i], &len);

		assert_true(capture_open(&c, bytes, len));
		assert_int_equal(capture_next(&c, &f), -1);
		free(bytes);
	}
	uint8_t *bytes =
		exact(LITTLE_SECTION "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000", &len);

	assert_true(capture_open(&c, bytes, len));
	assert_int_equal(capture_next(&c, &f), 0);
	free(bytes);
}

static void what_is_written_is_read(void **state)
{
	static uint8_t file[65536], payload[300];
	struct captured f = {.link = LINK_DOT11, .bytes = payload}, g;
	struct capture c;
	size_t len = capture_head(file, sizeof file, LINK_DOT11), n;

	(void)state;
	assert_true(len > 0);
	memset(payload, 0x5a, sizeof payload);
	for (f.len = 0; f.len < 130; f.len++) {
		const char *comment = f.len % 3 == 0 ? NULL : f.len % 3 == 1 ? "x" : "four";

		f.time_ns = 1700000000123456789 + f.len;
		f.was = f.len + 7;
		n = capture_frame(file + len, CAPTURE_ROOM(f.len, comment ? strlen(comment) : 0), &f, comment);
		assert_true(n > 0);
		assert_int_equal(n % 4, 0);
		assert_int_equal(capture_frame(file + len, 40, &f, comment), 0);
		n = capture_frame(file + len, sizeof file - len, &f, comment);
		len += n;
	}
	assert_int_equal(capture_head(file, 40, LINK_DOT11), 0);
	assert_true(capture_open(&c, file, len));
	for (size_t i = 0; i < 130; i++) {
		assert_int_equal(capture_next(&c, &g), 1);
		assert_int_equal(g.time_ns, 1700000000123456789 + i);
		assert_int_equal(g.len, i);
		assert_int_equal(g.was, i + 7);
		assert_int_equal(g.link, LINK_DOT11);
		assert_memory_equal(g.bytes, payload, i);
	}
	assert_int_equal(capture_next(&c, &g), 0);
}

static void interfaces_of_their_own_link_types(void **state)
{
	uint8_t file[512];
	struct captured f = {.bytes = (const uint8_t *)"frame", .len = 5, .was = 9}, g;
	size_t len = capture_head(file, sizeof file, LINK_DOT11);
	struct capture c;

	(void)state;
	assert_int_equal(capture_interface(file + len, 31, LINK_RADIOTAP), 0);
	len += capture_interface(file + len, 32, LINK_RADIOTAP);
	f.interface = 1;
	f.head = (const uint8_t *)"head";
	f.head_len = 4;
	assert_int_equal(capture_frame(file + len, CAPTURE_ROOM(8, 0), &f, NULL), 0);
	len += capture_frame(file + len, CAPTURE_ROOM(9, 0), &f, NULL);
	assert_memory_equal(file + len - 4 - 12, "headframe\0\0\0", 12);
	assert_true(capture_open(&c, file, len));
	assert_int_equal(capture_next(&c, &g), 1);
	assert_int_equal(g.interface, 1);
	assert_int_equal(g.link, LINK_RADIOTAP);
	assert_int_equal(g.len, 9);
	assert_int_equal(g.was, 13);
	assert_int_equal(capture_next(&c, &g), 0);
}

static void radio(uint32_t link, const char *text, size_t want, bool fcs, bool broken)
{
	struct radio_header r;
	size_t len;
	uint8_t *bytes = exact(text, &len);

	assert_int_equal(radio_header(&r, link, bytes, len), want != SIZE_MAX);
	if (want != SIZE_MAX) {
		assert_int_equal(r.len, want);
		assert_int_equal(r.fcs, fcs);
		assert_int_equal(r.broken, broken);
	}
	free(bytes);
}

static void ppi_headers(void **state)
{
	/* Version, flags, length, link type; a field of another type and 802.11-Common with the FCS flag. */
	uint8_t head[8 + 6 + 24 + 30] = {0, 0, 8 + 6 + 24, 0, 105, 0, 0, 0, 1, 0, 2, 0, 9, 9, 2, 0, 20, 0};
	struct radio_header r;

	(void)state;
	head[8 + 6 + 4 + 8] = 0x05;
	assert_true(radio_header(&r, LINK_PPI, head, sizeof head));
	assert_int_equal(r.len, 38);
	assert_true(r.fcs && r.broken);
	assert_int_equal(r.flags_at, 26);
	/* An exact fit is a fit; one byte less is none. */
	assert_true(radio_header(&r, LINK_PPI, head, 38));
	assert_false(radio_header(&r, LINK_PPI, head, 37));
	head[2] = 8; /* no field */
	assert_true(radio_header(&r, LINK_PPI, head, 8));
	assert_false(r.fcs);
	head[2] = 37; /* the last field runs past the end */
	assert_false(radio_header(&r, LINK_PPI, head, sizeof head));
	head[2] = 38;
	head[4] = 1; /* Ethernet inside */
	assert_false(radio_header(&r, LINK_PPI, head, sizeof head));
}

static void radio_headers(void **state)
{
	(void)state;
	radio(LINK_DOT11, "", 0, false, false);
	radio(1, "", SIZE_MAX, false, false); /* Ethernet */
	radio(LINK_RADIOTAP, "0000 0800 00000000 08", 8, false, false);
	radio(LINK_RADIOTAP, "0000 0900 02000000 10", 9, true, false);
	radio(LINK_RADIOTAP, "0000 0900 02000000 50", 9, true, true);
	radio(LINK_RADIOTAP, "0000 1100 03000000 1122334455667788 10", 17, true, false);
	/* A second word of what is there: the time is aligned behind it. */
	radio(LINK_RADIOTAP, "0000 1900 03000080 00000000 00000000 1122334455667788 10", 25, true, false);
	radio(LINK_RADIOTAP, "0000 0a00 00000080 0000", SIZE_MAX, false, false);
	radio(LINK_RADIOTAP, "0000 0900 02000000", SIZE_MAX, false, false);
	radio(LINK_RADIOTAP, "0000 0700 00000000", SIZE_MAX, false, false);
	radio(LINK_RADIOTAP, "0100 0800 00000000", SIZE_MAX, false, false);
	radio(LINK_RADIOTAP, "0000", SIZE_MAX, false, false);
	radio(LINK_PRISM, "44000000 0a000000 0000", 10, false, false);
	radio(LINK_PRISM, "00000044 0000000a 0000", 10, false, false);
	radio(LINK_PRISM, "80211001 0000000a 0000", 10, false, false);
	radio(LINK_PRISM, "44000000 0b000000 0000", SIZE_MAX, false, false);
	radio(LINK_PRISM, "44000000", SIZE_MAX, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_in_every_byte_order_and_unit),
		cmocka_unit_test(pcapng_in_every_byte_order_and_unit),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(interfaces_of_their_own_link_types),
		cmocka_unit_test(radio_headers),
		cmocka_unit_test(ppi_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hex.h"

#include "wire/capture.h"
#include "wire/radiotap.h"

/* Reads hexadecimal text into memory of the exact size, so that sanitizers detect reads beyond it. */
static uint8_t *exact_copy(const char *text, size_t *len)
{
	uint8_t bytes[1024], *copy;

	*len = unhex(bytes, sizeof(bytes), text);
	copy = malloc(*len ? *len : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, *len);
	return copy;
}

/* One frame, "abcd" of 100 bytes, at 1.5 s, with link type 127. */
static void assert_capture_holds(const char *text)
{
	struct captured_frame captured;
	struct capture capture;
	size_t len;
	uint8_t *bytes = exact_copy(text, &len);

	assert_true(capture_open(&capture, bytes, len));
	assert_int_equal(capture_next(&capture, &captured), 1);
	assert_int_equal(captured.time_ns, 1500000000);
	assert_int_equal(captured.link_type, LINKTYPE_RADIOTAP);
	assert_int_equal(captured.len, 4);
	assert_int_equal(captured.orig_len, 100);
	assert_memory_equal(captured.bytes, "abcd", 4);
	assert_int_equal(capture_next(&capture, &captured), 0);
	assert_int_equal(capture_next(&capture, &captured), 0);
	/* A file truncated anywhere yields only whole frames. */
	for (size_t count = 0; count < len; count++) {
		uint8_t *cut = malloc(count ? count : 1);

		memcpy(cut, bytes, count);
		if (capture_open(&capture, cut, count))
			assert_true(capture_next(&capture, &captured) <= 0 || capture.pcapng);
		free(cut);
	}
	free(bytes);
}

static void pcap_reads_every_byte_order_and_time_unit(void **state)
{
	(void)state;
	assert_capture_holds(
		"d4c3b2a1 0200 0400 00000000 00000000 ffff0000 7f000000  01000000 20a10700 04000000 64000000 61626364");
	assert_capture_holds(
		"a1b2c3d4 0002 0004 00000000 00000000 0000ffff 0000007f  00000001 0007a120 00000004 00000064 61626364");
	assert_capture_holds(
		"4d3cb2a1 0200 0400 00000000 00000000 ffff0000 7f000000  01000000 0065cd1d 04000000 64000000 61626364");
	assert_capture_holds(
		"a1b23c4d 0002 0004 00000000 00000000 0000ffff 0000007f  00000001 1dcd6500 00000004 00000064 61626364");
	/* The link type announces an FCS of four bytes. */
	assert_capture_holds(
		"d4c3b2a1 0200 0400 00000000 00000000 ffff0000 7f000044  01000000 20a10700 04000000 64000000 61626364");
}

#define LITTLE_SECTION "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000"
#define BIG_SECTION    "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c"

static void pcapng_reads_every_byte_order_and_time_unit(void **state)
{
	(void)state;
	/* Microseconds are the default. */
	assert_capture_holds(LITTLE_SECTION
			     "01000000 14000000 7f00 0000 00000000 1400000006000000 24000000 00000000 00000000 "
			     "60e31600 04000000 64000000 61626364 24000000");
	assert_capture_holds(BIG_SECTION
			     "00000001 00000014 007f 0000 00000000 0000001400000006 00000024 00000000 00000000 "
			     "0016e360 00000004 00000064 61626364 00000024");
	/* Nanoseconds, after another option; an unknown block; the second interface. */
	assert_capture_holds(
		LITTLE_SECTION
		"01000000 14000000 0100 0000 00000000 1400000001000000 28000000 7f00 0000 00000000 0200 0300 61626300 "
		"0900 0100 09000000 00000000 2800000099000000 10000000 12345678 1000000006000000 24000000 01000000 "
		"00000000 002f6859 04000000 64000000 61626364 24000000");
	/* 2^-10 s; the obsolete packet block. */
	assert_capture_holds(LITTLE_SECTION
			     "01000000 1c000000 7f00 0000 00000000 0900 0100 8a000000 1c00000002000000 24000000 0000 "
			     "0000 00000000 00060000 04000000 64000000 61626364 24000000");
	/* A second section, in the other byte order, has its own interfaces. */
	assert_capture_holds(BIG_SECTION LITTLE_SECTION
			     "01000000 14000000 7f00 0000 00000000 1400000006000000 24000000 00000000 00000000 "
			     "60e31600 04000000 64000000 61626364 24000000");
}

static void non_capture_files_are_refused(void **state)
{
	static const char *const bad[] = {"", "d4c3b2a1", "00112233445566778899aabbccddeeff0011223344556677",
					  "0a0d0d0a"};
	struct captured_frame captured;
	struct capture capture;
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		uint8_t *bytes = exact_copy(bad[i], &len);

		assert_false(capture_open(&capture, bytes, len));
		free(bytes);
	}
	/* Blocks of length 0, not a multiple of 4, too long; a frame of an unknown interface. */
	static const char *const broken[] = {
		LITTLE_SECTION "06000000 00000000 00000000", LITTLE_SECTION "99000000 0d000000 00000000 00",
		LITTLE_SECTION "99000000 10000000 00000000",
		"d4c3b2a1 0200 0400 00000000 00000000 ffff0000 7f000000  01000000 20a10700 05000000 64000000 61626364"};

	for (size_t i = 0; i < COUNT(broken); i++) {
		uint8_t *bytes = exact_copy(broken[i], &len);

		assert_true(capture_open(&capture, bytes, len));
		assert_int_equal(capture_next(&capture, &captured), -1);
		free(bytes);
	}
	uint8_t *bytes = exact_copy(
		LITTLE_SECTION "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000", &len);

	assert_true(capture_open(&capture, bytes, len));
	assert_int_equal(capture_next(&capture, &captured), 0);
	free(bytes);
}

static void written_file_is_read_back(void **state)
{
	static uint8_t file[65536], payload[300];
	struct captured_frame written = {.link_type = LINKTYPE_IEEE802_11, .bytes = payload}, read_back;
	struct capture capture;
	size_t len = capture_write_header(file, sizeof(file), LINKTYPE_IEEE802_11), count;

	(void)state;
	assert_true(len > 0);
	memset(payload, 0x5a, sizeof(payload));
	for (written.len = 0; written.len < 130; written.len++) {
		const char *comment = written.len % 3 == 0 ? NULL : written.len % 3 == 1 ? "x" : "four";

		written.time_ns = 1700000000123456789 + written.len;
		written.orig_len = written.len + 7;
		count = capture_write_frame(file + len, CAPTURE_FRAME_MAX(written.len, comment ? strlen(comment) : 0),
					    &written, comment);
		assert_true(count > 0);
		assert_int_equal(count % 4, 0);
		assert_int_equal(capture_write_frame(file + len, 40, &written, comment), 0);
		count = capture_write_frame(file + len, sizeof(file) - len, &written, comment);
		len += count;
	}
	assert_int_equal(capture_write_header(file, 40, LINKTYPE_IEEE802_11), 0);
	assert_true(capture_open(&capture, file, len));
	for (size_t i = 0; i < 130; i++) {
		assert_int_equal(capture_next(&capture, &read_back), 1);
		assert_int_equal(read_back.time_ns, 1700000000123456789 + i);
		assert_int_equal(read_back.len, i);
		assert_int_equal(read_back.orig_len, i + 7);
		assert_int_equal(read_back.link_type, LINKTYPE_IEEE802_11);
		assert_memory_equal(read_back.bytes, payload, i);
	}
	assert_int_equal(capture_next(&capture, &read_back), 0);
}

static void interfaces_keep_their_link_types(void **state)
{
	uint8_t file[512];
	struct captured_frame first = {.bytes = (const uint8_t *)"frame", .len = 5, .orig_len = 9}, second;
	size_t len = capture_write_header(file, sizeof(file), LINKTYPE_IEEE802_11);
	struct capture capture;

	(void)state;
	assert_int_equal(capture_write_interface(file + len, 31, LINKTYPE_RADIOTAP), 0);
	len += capture_write_interface(file + len, 32, LINKTYPE_RADIOTAP);
	first.interface = 1;
	first.prefix = (const uint8_t *)"head";
	first.prefix_len = 4;
	assert_int_equal(capture_write_frame(file + len, CAPTURE_FRAME_MAX(8, 0), &first, NULL), 0);
	len += capture_write_frame(file + len, CAPTURE_FRAME_MAX(9, 0), &first, NULL);
	assert_memory_equal(file + len - 4 - 12, "headframe\0\0\0", 12);
	assert_true(capture_open(&capture, file, len));
	assert_int_equal(capture_next(&capture, &second), 1);
	assert_int_equal(second.interface, 1);
	assert_int_equal(second.link_type, LINKTYPE_RADIOTAP);
	assert_int_equal(second.len, 9);
	assert_int_equal(second.orig_len, 13);
	assert_int_equal(capture_next(&capture, &second), 0);
}

static void assert_radio_header(uint32_t link, const char *text, size_t want, bool fcs, bool broken)
{
	struct radio_header header;
	size_t len;
	uint8_t *bytes = exact_copy(text, &len);

	assert_int_equal(radio_header_parse(&header, link, bytes, len), want != SIZE_MAX);
	if (want != SIZE_MAX) {
		assert_int_equal(header.len, want);
		assert_int_equal(header.has_fcs, fcs);
		assert_int_equal(header.fcs_bad, broken);
	}
	free(bytes);
}

static void ppi_headers_are_stripped(void **state)
{
	/* Version, flags, length, link type; a field of another type and 802.11-Common with the FCS flag. */
	uint8_t head[8 + 6 + 24 + 30] = {0, 0, 8 + 6 + 24, 0, 105, 0, 0, 0, 1, 0, 2, 0, 9, 9, 2, 0, 20, 0};
	struct radio_header header;

	(void)state;
	head[8 + 6 + 4 + 8] = 0x05;
	assert_true(radio_header_parse(&header, LINKTYPE_PPI, head, sizeof(head)));
	assert_int_equal(header.len, 38);
	assert_true(header.has_fcs && header.fcs_bad);
	assert_int_equal(header.flags_offset, 26);
	/* Exact fit; one byte less does not fit. */
	assert_true(radio_header_parse(&header, LINKTYPE_PPI, head, 38));
	assert_false(radio_header_parse(&header, LINKTYPE_PPI, head, 37));
	head[2] = 8; /* no field */
	assert_true(radio_header_parse(&header, LINKTYPE_PPI, head, 8));
	assert_false(header.has_fcs);
	head[2] = 37; /* the last field exceeds the header */
	assert_false(radio_header_parse(&header, LINKTYPE_PPI, head, sizeof(head)));
	head[2] = 38;
	head[4] = 1; /* Ethernet as link type of the frame */
	assert_false(radio_header_parse(&header, LINKTYPE_PPI, head, sizeof(head)));
}

static void radiotap_headers_are_read(void **state)
{
	(void)state;
	assert_radio_header(LINKTYPE_IEEE802_11, "", 0, false, false);
	assert_radio_header(1, "", SIZE_MAX, false, false); /* Ethernet */
	assert_radio_header(LINKTYPE_RADIOTAP, "0000 0800 00000000 08", 8, false, false);
	assert_radio_header(LINKTYPE_RADIOTAP, "0000 0900 02000000 10", 9, true, false);
	assert_radio_header(LINKTYPE_RADIOTAP, "0000 0900 02000000 50", 9, true, true);
	assert_radio_header(LINKTYPE_RADIOTAP, "0000 1100 03000000 1122334455667788 10", 17, true, false);
	/* A second presence word: the time is aligned after it. */
	assert_radio_header(LINKTYPE_RADIOTAP, "0000 1900 03000080 00000000 00000000 1122334455667788 10", 25, true,
			    false);
	assert_radio_header(LINKTYPE_RADIOTAP, "0000 0a00 00000080 0000", SIZE_MAX, false, false);
	assert_radio_header(LINKTYPE_RADIOTAP, "0000 0900 02000000", SIZE_MAX, false, false);
	assert_radio_header(LINKTYPE_RADIOTAP, "0000 0700 00000000", SIZE_MAX, false, false);
	assert_radio_header(LINKTYPE_RADIOTAP, "0100 0800 00000000", SIZE_MAX, false, false);
	assert_radio_header(LINKTYPE_RADIOTAP, "0000", SIZE_MAX, false, false);
	assert_radio_header(LINKTYPE_PRISM, "44000000 0a000000 0000", 10, false, false);
	assert_radio_header(LINKTYPE_PRISM, "00000044 0000000a 0000", 10, false, false);
	assert_radio_header(LINKTYPE_PRISM, "80211001 0000000a 0000", 10, false, false);
	assert_radio_header(LINKTYPE_PRISM, "44000000 0b000000 0000", SIZE_MAX, false, false);
	assert_radio_header(LINKTYPE_PRISM, "44000000", SIZE_MAX, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_reads_every_byte_order_and_time_unit),
		cmocka_unit_test(pcapng_reads_every_byte_order_and_time_unit),
		cmocka_unit_test(non_capture_files_are_refused),
		cmocka_unit_test(written_file_is_read_back),
		cmocka_unit_test(interfaces_keep_their_link_types),
		cmocka_unit_test(radiotap_headers_are_read),
		cmocka_unit_test(ppi_headers_are_stripped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

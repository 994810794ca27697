/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "netdev/ring.h"
#include "wire/vnet.h"

#include <string.h>

/* Ethernet, IPv4 of 24 bytes with an option, TCP of 32 bytes. */
static const uint8_t tcp4[] = {
	2, 0, 0,    0,    0, 2, 2,   0,   0, 0, 0, 1, 0x08, 0x00, 0x46, 0,    0xff, 0xff, 0, 0, 0, 0, 64, 6,
	0, 0, 192,  168,  0, 1, 192, 168, 0, 2, 1, 1, 1,    1,    0x12, 0x34, 0x00, 0x50, 0, 0, 0, 1, 0,  0,
	0, 2, 0x80, 0x10, 0, 0, 0,   0,   0, 0, 1, 1, 8,    10,   0,    0,    0,    1,    0, 0, 0, 2,
};
#define TCP4_HEADERS (14 + 24 + 32)

static void fill_pattern(uint8_t *frame, size_t size)
{
	for (size_t i = 0; i < size; i++)
		frame[i] = (uint8_t)(i * 31 + 7);
}

static void segments_have_headers_and_payload(void **state)
{
	uint8_t frame[4000];
	struct vnet_hdr vnet = {
		.flags = VNET_NEEDS_CSUM, .gso_type = 1, .gso_size = 1448, .csum_start = 38, .csum_offset = 16};

	(void)state;
	fill_pattern(frame, sizeof(frame));
	memcpy(frame, tcp4, sizeof(tcp4));
	assert_int_equal(sizeof(tcp4), TCP4_HEADERS);
	assert_int_equal(vnet_headers_len(frame, sizeof(frame)), TCP4_HEADERS);
	assert_int_equal(vnet_segment_max(&vnet, frame, sizeof(frame)), TCP4_HEADERS + 1448);
	assert_int_equal(vnet_segment_max(&vnet, frame, TCP4_HEADERS + 10), TCP4_HEADERS + 10);
	vnet.gso_type |= VNET_GSO_ECN;
	assert_int_equal(vnet_segment_max(&vnet, frame, sizeof(frame)), TCP4_HEADERS + 1448);
	vnet.gso_type = VNET_GSO_NONE;
	assert_int_equal(vnet_segment_max(&vnet, frame, sizeof(frame)), 0);
}

/* TCP in VXLAN: the header describes only the inner TCP. */
static void tunnelled_packet_is_not_described(void **state)
{
	uint8_t frame[4000];
	struct vnet_hdr vnet = {
		.flags = VNET_NEEDS_CSUM, .gso_type = 1, .gso_size = 1398, .csum_start = 38, .csum_offset = 16};

	(void)state;
	fill_pattern(frame, sizeof(frame));
	memcpy(frame, tcp4, sizeof(tcp4));
	assert_true(vnet_is_complete(&vnet, frame, sizeof(frame)));
	frame[14 + 9] = 17;
	vnet.csum_start = 38 + 8 + 8 + 14 + 20;
	assert_false(vnet_is_complete(&vnet, frame, sizeof(frame)));
	vnet.gso_type = VNET_GSO_NONE; /* a checksum alone is described completely */
	assert_true(vnet_is_complete(&vnet, frame, sizeof(frame)));
}

static void headers_are_found_after_tags_and_extensions(void **state)
{
	uint8_t frame[200] = {[12] = 0x81, [16] = 0x86, [17] = 0xdd, [18] = 0x60};

	(void)state;
	frame[24] = 0;       /* hop-by-hop options, */
	frame[18 + 40] = 17; /* then UDP */
	frame[18 + 41] = 1;  /* 16 bytes */
	assert_int_equal(vnet_headers_len(frame, sizeof(frame)), 18 + 40 + 16 + 8);
	assert_int_equal(vnet_headers_len(frame, 18 + 40 + 3), 18 + 40); /* truncated */
	frame[16] = 0x88;                                                /* not IP: only the tag counts */
	assert_int_equal(vnet_headers_len(frame, sizeof(frame)), 18);
}

/* For any bytes, the length of the headers is at most that of the frame, and no byte after it is read (ASan). */
static void no_length_exceeds_frame(void **state)
{
	(void)state;
	for (uint32_t len = 0; len <= sizeof(tcp4); len++) {
		uint8_t *frame = malloc(len + !len);

		assert_non_null(frame);
		memcpy(frame, tcp4, len);
		for (int i = 0; i < 256; i++) {
			if (len > 14)
				frame[14] = (uint8_t)i;
			if (len > 50)
				frame[50] = (uint8_t)i;
			assert_true(vnet_headers_len(frame, len) <= len);
		}
		free(frame);
	}
}

static void pending_offloads_are_kept_for_sending(void **state)
{
	uint8_t frame[4000];
	struct vnet_hdr vnet = {VNET_NEEDS_CSUM | 2, 1, 4000, 1448, 38, 16}, done = {2, 0, 60, 0, 0, 0}, zero = {0};

	(void)state;
	fill_pattern(frame, sizeof(frame));
	memcpy(frame, tcp4, sizeof(tcp4));
	vnet_prepare_send(&vnet, frame, sizeof(frame));
	assert_int_equal(vnet.flags, VNET_NEEDS_CSUM);
	assert_int_equal(vnet.hdr_len, TCP4_HEADERS);
	assert_int_equal(vnet.gso_size, 1448);
	vnet_prepare_send(&done, frame, sizeof(frame));
	assert_memory_equal(&done, &zero, sizeof(zero));
	/* the kernel refuses a hint that ends before the checksum */
	vnet = (struct vnet_hdr){VNET_NEEDS_CSUM, 0, 0, 0, 100, 16};
	vnet_prepare_send(&vnet, frame, sizeof(frame));
	assert_int_equal(vnet.hdr_len, 118);
}

static void hint_of_headers_beyond_64k_saturates(void **state)
{
	static uint8_t frame[2 * 65536];
	struct vnet_hdr vnet = {VNET_NEEDS_CSUM, 0, 0, 0, 65530, 16};

	(void)state;
	vnet_prepare_send(&vnet, frame, sizeof(frame));
	assert_int_equal(vnet.hdr_len, 65535);
}

static void vlan_tag_is_inserted_and_removed(void **state)
{
	uint8_t memory[16 + sizeof(struct vnet_hdr) + 100], before[sizeof(memory)];
	struct vnet_hdr vnet = {VNET_NEEDS_CSUM, 0, 60, 0, 38, 16};
	struct ring_frame frame = {
		.data = memory + 16 + sizeof(vnet), .len = 100, .tci = 0x10000 | 0x2064, .tpid = 0x8100};

	(void)state;
	fill_pattern(memory, sizeof(memory));
	frame.vnet = (struct vnet_hdr *)(void *)(memory + 16);
	memcpy(frame.vnet, &vnet, sizeof(vnet));
	memcpy(before, memory, sizeof(memory));
	ring_insert_tag(&frame);
	ring_insert_tag(&frame); /* the second call changes nothing */
	assert_int_equal(frame.len, 104);
	assert_memory_equal(frame.data, before + 26, 12);
	assert_memory_equal(frame.data + 12, "\x81\x00\x20\x64", 4);
	assert_memory_equal(frame.data + 16, before + 26 + 12, 88);
	assert_int_equal(frame.vnet->csum_start, 42);
	assert_int_equal(frame.vnet->hdr_len, 64);
	assert_ptr_equal(frame.vnet, memory + 12);
	ring_remove_tag(&frame);
	assert_int_equal(frame.len, 100);
	assert_memory_equal(memory + 16, before + 16, sizeof(memory) - 16);
	frame.tci = 0;
	ring_insert_tag(&frame);
	assert_int_equal(frame.len, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_have_headers_and_payload),
		cmocka_unit_test(tunnelled_packet_is_not_described),
		cmocka_unit_test(headers_are_found_after_tags_and_extensions),
		cmocka_unit_test(no_length_exceeds_frame),
		cmocka_unit_test(pending_offloads_are_kept_for_sending),
		cmocka_unit_test(hint_of_headers_beyond_64k_saturates),
		cmocka_unit_test(vlan_tag_is_inserted_and_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

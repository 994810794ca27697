/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "wire/be.h"
#include "wire/ether.h"
#include "wire/segment.h"

enum { IP4_TCP = ETHER_HLEN + 20, IP6_TCP = ETHER_HLEN + 40, PAYLOAD = 3001, MSS = 1448 };

static uint8_t big[4000], part[2000];

/* The checksum as RFC 1071 defines it. */
static uint16_t reference_checksum(const uint8_t *bytes, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t make_packet(bool ip6, uint32_t payload)
{
	uint32_t tcp = ip6 ? IP6_TCP : IP4_TCP;

	memset(big, 0, sizeof(big));
	for (uint32_t i = 0; i < payload; i++)
		big[tcp + 32 + i] = (uint8_t)(i * 7 + i / 256);
	put_be16(big + 12, ip6 ? ETHERTYPE_IP6 : ETHERTYPE_IP4);
	if (ip6) {
		big[14] = 0x60;
		big[20] = 6;
		memset(big + 22, 0xfd, 32);
	} else {
		big[14] = 0x45;
		put_be16(big + 18, 0xffff); /* the next identification is 0 */
		big[23] = 6;
		memset(big + 26, 0xc0, 8);
	}
	put_be32(big + tcp + 4, 0xffffff00); /* the sequence number wraps */
	big[tcp + 12] = 8 << 4;
	big[tcp + 13] = 0x80 | 0x10 | 0x08 | 0x01; /* CWR ACK PSH FIN */
	return tcp + 32 + payload;
}

static void check_segment(const uint8_t *bytes, uint32_t len, bool ip6, uint32_t from, bool first, bool last)
{
	uint32_t tcp = ip6 ? IP6_TCP : IP4_TCP, payload_len = len - tcp - 32;

	assert_memory_equal(bytes + tcp + 32, big + tcp + 32 + from, payload_len);
	assert_int_equal(be32(bytes + tcp + 4), (uint32_t)(0xffffff00 + from));
	assert_int_equal(bytes[tcp + 13], 0x10 | (first ? 0x80 : 0) | (last ? 0x09 : 0));
	if (ip6) {
		assert_int_equal(be16(bytes + 18), len - 54);
		assert_int_equal(
			reference_checksum(bytes + tcp, len - tcp, reference_checksum(bytes + 22, 32, 6 + len - tcp)),
			0xffff);
	} else {
		assert_int_equal(be16(bytes + 16), len - 14);
		assert_int_equal(reference_checksum(bytes + 14, 20, 0), 0xffff);
		assert_int_equal(
			reference_checksum(bytes + tcp, len - tcp, reference_checksum(bytes + 26, 8, 6 + len - tcp)),
			0xffff);
	}
}

static void tcp_is_segmented(void **state)
{
	(void)state;
	for (int ip6 = 0; ip6 < 2; ip6++) {
		uint32_t tcp = ip6 ? IP6_TCP : IP4_TCP, len = make_packet(ip6, PAYLOAD), total, from = 0, count = 0;
		struct vnet_hdr vnet = {.flags = VNET_NEEDS_CSUM,
					.gso_type = ip6 ? 4 : 1,
					.gso_size = MSS,
					.csum_start = (uint16_t)tcp,
					.csum_offset = 16};
		struct segments segments;

		assert_true(segments_begin(&segments, &vnet, big, len));
		assert_int_equal(segments.count, 3);
		while ((total = segments_next_len(&segments))) {
			assert_int_equal(total, tcp + 32 + (count < 2 ? MSS : PAYLOAD - 2 * MSS));
			segments_write(&segments, part);
			if (!ip6)
				assert_int_equal(be16(part + 18), (uint16_t)(0xffff + count));
			check_segment(part, total, ip6, from, !count, count == 2);
			from += total - tcp - 32;
			count++;
		}
		assert_int_equal(from, PAYLOAD);
	}
}

static void exact_multiple_has_no_short_segment(void **state)
{
	uint32_t len = make_packet(false, 2 * MSS);
	struct vnet_hdr vnet = {
		.flags = VNET_NEEDS_CSUM, .gso_type = 1, .gso_size = MSS, .csum_start = IP4_TCP, .csum_offset = 16};
	struct segments segments;

	(void)state;
	assert_true(segments_begin(&segments, &vnet, big, len));
	assert_int_equal(segments.count, 2);
	segments_write(&segments, part);
	assert_int_equal(segments_next_len(&segments), IP4_TCP + 32 + MSS);
	segments_write(&segments, part);
	check_segment(part, IP4_TCP + 32 + MSS, false, MSS, false, true);
	assert_int_equal(segments_next_len(&segments), 0);
}

/* With an MTU of 65535 a segment can be the longest packet there is, but not longer. */
static void longest_segment_fits_the_length_field(void **state)
{
	enum { HEADERS_LEN = 20 + 32, LEN = ETHER_HLEN + 66000 };
	struct vnet_hdr vnet = {.flags = VNET_NEEDS_CSUM,
				.gso_type = 1,
				.gso_size = UINT16_MAX - HEADERS_LEN,
				.csum_start = IP4_TCP,
				.csum_offset = 16};
	struct segments segments;
	uint8_t *frame = calloc(1, LEN), *segment = calloc(1, LEN);

	(void)state;
	assert_non_null(frame);
	assert_non_null(segment);
	memcpy(frame, big, make_packet(false, 0));
	assert_true(segments_begin(&segments, &vnet, frame, LEN));
	assert_int_equal(segments_next_len(&segments), ETHER_HLEN + UINT16_MAX);
	segments_write(&segments, segment);
	assert_int_equal(be16(segment + 16), UINT16_MAX);
	vnet.gso_size++;
	assert_false(segments_begin(&segments, &vnet, frame, LEN));
	free(segment);
	free(frame);
}

static void unsegmentable_packet_is_refused(void **state)
{
	uint32_t len = make_packet(false, 2000);
	const struct vnet_hdr good = {
		.flags = VNET_NEEDS_CSUM, .gso_type = 1, .gso_size = MSS, .csum_start = IP4_TCP, .csum_offset = 16};
	struct vnet_hdr vnet = good;
	struct segments segments;

	(void)state;
	assert_true(segments_begin(&segments, &vnet, big, len));
	vnet.gso_size = 0;
	assert_false(segments_begin(&segments, &vnet, big, len));
	vnet = good;
	vnet.flags = 0;
	assert_false(segments_begin(&segments, &vnet, big, len));
	vnet = good;
	vnet.csum_offset = 6; /* of UDP */
	assert_false(segments_begin(&segments, &vnet, big, len));
	vnet = good;
	vnet.csum_start = (uint16_t)(len - 19);
	assert_false(segments_begin(&segments, &vnet, big, len));
	vnet = good;
	assert_false(segments_begin(&segments, &vnet, big, IP4_TCP + 32)); /* no payload */
	big[IP4_TCP + 12] = 4 << 4;
	assert_false(segments_begin(&segments, &vnet, big, len));
}

static void partial_checksum_is_completed(void **state)
{
	static uint8_t udp[] = {0, 0,    0,    0,    0,    0,    0,    0,    0,    0,   0,   0,  0,
				0, 0x12, 0x34, 0x00, 0x35, 0x00, 0x0b, 0x00, 0x00, 'a', 'b', 'c'};
	struct vnet_hdr vnet = {.flags = VNET_NEEDS_CSUM, .csum_start = 14, .csum_offset = 6};

	(void)state;
	put_be16(udp + 20, 0x4321); /* of a pseudo header */
	assert_true(checksum_complete(&vnet, udp, sizeof(udp)));
	assert_int_equal(reference_checksum(udp + 14, 11, 0x4321), 0xffff);
	vnet.csum_start = sizeof(udp) - 7;
	assert_false(checksum_complete(&vnet, udp, sizeof(udp)));
	vnet.csum_start = sizeof(udp) - 8; /* exact fit */
	assert_true(checksum_complete(&vnet, udp, sizeof(udp)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_is_segmented),
		cmocka_unit_test(exact_multiple_has_no_short_segment),
		cmocka_unit_test(longest_segment_fits_the_length_field),
		cmocka_unit_test(unsegmentable_packet_is_refused),
		cmocka_unit_test(partial_checksum_is_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

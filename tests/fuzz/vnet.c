/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header of a packet socket, ten bytes, then the frame. */
#include "fuzz.h"

#include "wire/segment.h"

/* Segments the frame, each segment into memory of its exact length; together they hold the whole payload. */
static void check_segments(const struct vnet_hdr *vnet, const uint8_t *frame, uint32_t len)
{
	struct segments segments;
	uint32_t segment_count, payload = 0, count = 0;

	if (!segments_begin(&segments, vnet, frame, len))
		return;
	while ((segment_count = segments_next_len(&segments))) {
		uint8_t *to = malloc(segment_count);

		must(to);
		segments_write(&segments, to);
		must(segment_count > segments.headers_len && segment_count - segments.headers_len <= vnet->gso_size);
		payload += segment_count - segments.headers_len;
		count++;
		free(to);
	}
	must(segments.headers_len + payload == len && count == segments.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vnet_hdr vnet, sent;
	uint32_t len, headers, segment;
	uint8_t *frame;

	if (size < sizeof(vnet))
		return 0;
	memcpy(&vnet, data, sizeof(vnet));
	len = (uint32_t)(size - sizeof(vnet));
	frame = malloc(len + !len);
	must(frame);
	memcpy(frame, data + sizeof(vnet), len);

	headers = vnet_headers_len(frame, len);
	must(headers <= len && (headers >= 14 || headers == len));
	segment = vnet_segment_max(&vnet, frame, len);
	must(segment <= len && (!segment || vnet.gso_size));
	sent = vnet;
	check_segments(&vnet, frame, len);
	vnet_prepare_send(&sent, frame, len);
	must(!(sent.flags & ~VNET_NEEDS_CSUM) && vnet_needs_csum(&sent) == vnet_needs_csum(&vnet));
	must(sent.gso_type == vnet.gso_type && sent.hdr_len <= len);
	/* A tag that is inserted and removed changes nothing. */
	vnet = sent;
	vnet_shift_offsets(&sent, 4);
	vnet_shift_offsets(&sent, -4);
	if (vnet.hdr_len < 65532)
		must(!memcmp(&vnet, &sent, sizeof(vnet)));
	checksum_complete(&vnet, frame, len);
	free(frame);
	return 0;
}

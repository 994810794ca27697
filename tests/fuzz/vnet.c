/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a packet socket says of a frame: ten bytes of header, then the frame. */
#include "fuzz.h"

#include "wire/segment.h"

/* Cuts it, each segment into memory of just its length; together they hold all of the payload. */
static void cut(const struct vnet_hdr *h, const uint8_t *frame, uint32_t len)
{
	struct segments s;
	uint32_t n, payload = 0, count = 0;

	if (!segments_begin(&s, h, frame, len))
		return;
	while ((n = segments_next(&s))) {
		uint8_t *to = malloc(n);

		must(to);
		segments_write(&s, to);
		must(n > s.headers && n - s.headers <= h->gso_size);
		payload += n - s.headers;
		count++;
		free(to);
	}
	must(s.headers + payload == len && count == s.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vnet_hdr h, sent;
	uint32_t len, headers, segment;
	uint8_t *frame;

	if (size < sizeof h)
		return 0;
	memcpy(&h, data, sizeof h);
	len = (uint32_t)(size - sizeof h);
	frame = malloc(len + !len);
	must(frame);
	memcpy(frame, data + sizeof h, len);

	headers = vnet_headers(frame, len);
	must(headers <= len && (headers >= 14 || headers == len));
	segment = vnet_segment(&h, frame, len);
	must(segment <= len && (!segment || h.gso_size));
	sent = h;
	cut(&h, frame, len);
	vnet_for_sending(&sent, frame, len);
	must(!(sent.flags & ~VNET_NEEDS_CSUM) && vnet_partial(&sent) == vnet_partial(&h));
	must(sent.gso_type == h.gso_type && sent.hdr_len <= len);
	/* A tag that goes and comes back changes nothing. */
	h = sent;
	vnet_shift(&sent, 4);
	vnet_shift(&sent, -4);
	if (h.hdr_len < 65532)
		must(!memcmp(&h, &sent, sizeof h));
	checksum_complete(&h, frame, len);
	free(frame);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files, and the radio header of each frame. */
#include "fuzz.h"

#include "wire/capture.h"
#include "wire/radiotap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1); /* of the exact size, so that sanitizers detect reads beyond it */
	struct capture capture;
	struct captured_frame captured;
	struct radio_header header;
	struct radiotap_frame frame;
	size_t before = 0;

	must(bytes);
	memcpy(bytes, data, size);
	if (capture_open(&capture, bytes, size))
		while (capture_next(&capture, &captured) > 0) {
			must(capture.offset > before && capture.offset <= size);
			before = capture.offset;
			must(captured.bytes >= bytes && captured.bytes + captured.len <= bytes + size);
			if (radio_header_parse(&header, captured.link_type, captured.bytes, captured.len))
				must(header.len <= captured.len);
			if (radiotap_read(&frame, captured.bytes, captured.len))
				must(frame.len <= captured.len);
		}
	free(bytes);
	return 0;
}

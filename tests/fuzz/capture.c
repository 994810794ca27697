/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture file; each frame's radio header, too. */
#include "fuzz.h"

#include "wire/capture.h"
#include "wire/radiotap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1); /* of its very size, so that a read beyond its end is seen */
	struct capture c;
	struct captured f;
	struct radio_header r;
	size_t before = 0;

	must(bytes);
	memcpy(bytes, data, size);
	if (capture_open(&c, bytes, size))
		while (capture_next(&c, &f) > 0) {
			must(c.at > before && c.at <= size);
			before = c.at;
			must(f.bytes >= bytes && f.bytes + f.len <= bytes + size);
			if (radio_header(&r, f.link, f.bytes, f.len))
				must(r.len <= f.len);
		}
	free(bytes);
	return 0;
}

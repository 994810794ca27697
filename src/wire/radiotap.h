/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What capture files put before an 802.11 frame: nothing, a radiotap header (radiotap.org), or one of Prism cards. */
#ifndef VIFI_WIRE_RADIOTAP_H
#define VIFI_WIRE_RADIOTAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct radio_header {
	size_t len;       /* bytes before the frame */
	bool fcs, broken; /* the frame ends with its FCS; which was found wrong */
};

/* Reads the header of a frame of that link type.  Returns false for another link type, or a header that does not fit. */
bool radio_header(struct radio_header *r, uint32_t link, const uint8_t *bytes, size_t len);

#endif

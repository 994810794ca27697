/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers before an 802.11 frame in a capture file: none, radiotap (radiotap.org), that of Prism cards, its
 * successor AVS, or PPI (CACE, Per-Packet Information 1.0.10).
 */
#ifndef VIFI_WIRE_RADIOTAP_H
#define VIFI_WIRE_RADIOTAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct radio_header {
	size_t len;            /* bytes before the frame */
	bool has_fcs, fcs_bad; /* the frame ends with its FCS; the FCS is wrong */
	size_t flags_offset;   /* of the header byte with the FCS flag; 0: none */
	uint8_t fcs_flag;      /* the bit in that byte */
};

/* Reads the header of a frame of that link type. Returns false for an unknown link type or an invalid header. */
bool radio_header_parse(struct radio_header *header, uint32_t link_type, const uint8_t *bytes, size_t len);

/* The description of a captured frame. */
struct radiotap {
	uint64_t time_us;   /* TSFT */
	uint32_t rate_kbps; /* left out if 0 or above 127.5 Mbit/s */
	uint16_t freq_mhz;
	int8_t signal_dbm;
	unsigned tries; /* transmissions including this one; left out if 0 */
};

#define RADIOTAP_LEN_MAX 32

/* Writes the radiotap header of a frame without FCS. Returns its length. */
size_t radiotap_write(uint8_t out[RADIOTAP_LEN_MAX], const struct radiotap *radiotap);

#endif

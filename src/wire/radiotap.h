/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What capture files put before an 802.11 frame: nothing, a radiotap header (radiotap.org), that of Prism cards, its
 * successor AVS, or PPI (CACE, Per-Packet Information 1.0.10).
 */
#ifndef VIFI_WIRE_RADIOTAP_H
#define VIFI_WIRE_RADIOTAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct radio_header {
	size_t len;            /* bytes before the frame */
	bool has_fcs, fcs_bad; /* the frame ends with its FCS; which was found wrong */
	size_t flags_offset;   /* the byte of the header that says so; 0: there is none */
	uint8_t fcs_flag;      /* … and the bit in it */
};

/* Reads the header of a frame of that link type. Returns false for another link type, or a header that does not fit. */
bool radio_header_parse(struct radio_header *header, uint32_t link_type, const uint8_t *bytes, size_t len);

/* What is known of a frame that was on the air. */
struct radiotap {
	uint64_t time_us;   /* TSFT */
	uint32_t rate_kbps; /* 0, or more than 127.5 Mbit/s: not said */
	uint16_t freq_mhz;
	int8_t signal_dbm;
	unsigned tries; /* how often it has been sent, this time included; 0: not known, and not said */
};

#define RADIOTAP_LEN_MAX 32

/* Writes the header of a frame without FCS. Returns its length. */
size_t radiotap_write(uint8_t out[RADIOTAP_LEN_MAX], const struct radiotap *radiotap);

#endif

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
	int8_t signal_dbm; /* left out if 0 */
	unsigned tries;    /* transmissions including this one; left out if 0 */
};

#define RADIOTAP_LEN_MAX 32

/* Writes the radiotap header of a frame without FCS. Returns its length. */
size_t radiotap_write(uint8_t out[RADIOTAP_LEN_MAX], const struct radiotap *radiotap);

/* What a monitor interface says of a frame. */
struct radiotap_frame {
	size_t len;            /* of the header */
	bool has_fcs, fcs_bad; /* the frame ends with its FCS; it is wrong */
	bool sent;             /* a frame that this host has transmitted, returned with its TX status */
	bool acked;            /* sent: it was acknowledged, or is a group frame */
	unsigned retries;      /* sent */
	uint32_t rate_kbps;    /* these three are 0 where the header does not have them */
	uint16_t freq_mhz;
	int8_t signal_dbm;
};

/* Reads the header of a frame from a monitor interface. Returns false if it is invalid. */
bool radiotap_read(struct radiotap_frame *frame, const uint8_t *bytes, size_t len);

/*
 * Writes the header of a frame to transmit: its rate, 0.5 to 127.5 Mbit/s, and the number of retries. The frame has its
 * sequence number already. Returns the length.
 */
size_t radiotap_write_injection(uint8_t out[RADIOTAP_LEN_MAX], uint32_t rate_kbps, uint8_t retries);

#endif

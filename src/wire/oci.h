/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operating channel validation (IEEE 802.11-2020, 12.2.9). Both ends say on which channel they are, in frames that the keys
 * protect, and compare. An attacker who relays frames between two channels, to delay or drop some of them, becomes visible.
 *
 * The operating channel information (9.4.2.236) is three bytes: the operating class (Table E-4), the primary channel, and the
 * second segment of a channel of 80+80 MHz, otherwise 0. It is the body of a KDE, of an element and of a subelement of the
 * fast BSS transition element.
 */
#ifndef VIFI_WIRE_OCI_H
#define VIFI_WIRE_OCI_H

#include "wire/ie.h"

#define OCI_LEN         3
#define OCI_KDE_LEN     (KDE_HEADER_LEN + OCI_LEN)
#define OCI_ELEMENT_LEN (3 + OCI_LEN)

/* A channel, as the information describes it. */
struct oci {
	uint16_t freq_mhz, width_mhz; /* of the primary channel; 20, 40, 80 or 160, as which 80+80 counts */
	bool above;                   /* with 40 MHz: the secondary channel is the upper one */
	uint8_t segment1;
};

/* Reads it. Returns false for another length, and for a class or a channel that Table E-4 does not have. */
bool oci_read(struct oci *oci, struct span bytes);

/* Writes it; a width of 0 is 20 MHz. Returns false if the channel has no operating class: then the bytes are zero. */
bool oci_write(const struct oci *oci, uint8_t out[OCI_LEN]);

/* Write the whole KDE or element and return the place after it. */
uint8_t *oci_write_kde(const struct oci *oci, uint8_t *out);
uint8_t *oci_write_element(const struct oci *oci, uint8_t *out);

/* Returns the body of the element among others; bytes NULL: it is absent. */
struct span oci_find_element(struct span elements);

/* The channel of an access point on `freq_mhz`, by the HT and VHT operation elements of its beacon. */
struct oci oci_of_operation(uint16_t freq_mhz, struct span elements);

/* The validation with one peer. */
struct ocv {
	bool used;             /* both ends are capable of it, and protect management frames */
	bool lenient;          /* ocv=2: a peer whose message 2 has no information goes on without validation */
	struct oci channel;    /* ours */
	uint16_t tx_width_mhz; /* of the widest transmission to the peer */
};

enum oci_fault {
	OCI_VALID,
	OCI_ABSENT,
	OCI_LENGTH,
	OCI_UNKNOWN,   /* such a channel does not exist */
	OCI_PRIMARY,   /* another primary channel */
	OCI_WIDTH,     /* it is narrower than our transmissions */
	OCI_SECONDARY, /* 40 MHz to the other side */
};

/* The frame that was refused. */
enum oci_frame {
	OCI_MESSAGE_2,
	OCI_MESSAGE_3,
	OCI_GROUP_1,
	OCI_GROUP_2,
	OCI_SA_QUERY_REQUEST,
	OCI_SA_QUERY_RESPONSE,
	OCI_REASSOC_REQUEST, /* of fast BSS transition */
	OCI_REASSOC_RESPONSE,
	OCI_SLEEP_RESPONSE, /* of WNM sleep mode */
};

struct ocv_failure {
	enum oci_fault fault;
	enum oci_frame frame;
	uint16_t own, peer; /* frequencies or widths in MHz, or of OCI_LENGTH: bytes */
};

/* Checks what the peer has sent; `bytes` is NULL: nothing. Returns true if it fits, or if the validation is not used. */
bool ocv_check(const struct ocv *ocv, enum oci_frame frame, struct span received, struct ocv_failure *failure);

/* "frame=eapol-key-m2 error=did not receive mandatory OCI": the words for hostapd's and wpa_supplicant's clients. */
void ocv_failure_format(const struct ocv_failure *failure, char *out, size_t room);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Information elements (IEEE 802.11-2016 9.4.2), of which the RSN element (9.4.2.25) and its forerunner of WPA say how
 * a network is protected, and the key data of EAPOL-Key frames (12.7.2), which is made of the same stuff. Every read is
 * bounded; what is not known is skipped.
 */
#ifndef VIFI_WIRE_IE_H
#define VIFI_WIRE_IE_H

#include "base/drop.h"
#include "wire/suite.h"

#define ELEMENT_MAX (2 + 255)

/* A part of somebody else's bytes. */
struct span {
	const uint8_t *bytes;
	size_t len;
};

/* Takes the first `n` bytes off, all or none: returns where they stand, or NULL when there are not so many. */
const uint8_t *span_take(struct span *span, size_t len);

bool span_equals(struct span span, const uint8_t *bytes, size_t len);

struct element {
	uint8_t id;
	struct span body;
	struct span whole; /* with its id and length */
};

/* Takes the next element off `rest`. Returns false at the end; bytes that are left then are no whole element. */
bool element_next(struct span *rest, struct element *element);

/* Is it the element of WPA: vendor-specific, 00-50-F2, type 1? */
bool element_is_wpa(const struct element *element);

#define RSN_MFPR 0x0040 /* management frame protection required */
#define RSN_MFPC 0x0080 /* … capable */

/* What the RSN or WPA element says, as far as we know it. */
struct rsn_element {
	bool wpa;                     /* it is WPA's */
	enum cipher group;            /* CIPHER_NONE: one that we do not know */
	enum cipher group_management; /* group management; CIPHER_NONE: none, or one that we do not know */
	uint32_t pairwise;            /* 1 << enum cipher */
	uint32_t akms;                /* 1 << enum akm */
	uint16_t capabilities;
	struct span pmkids; /* RSN: the keys that an association request offers to go on with, PMKID_LEN bytes each */
};

#define PMKID_LEN 16

/*
 * Reads an RSN or WPA element, with its id and length. Fields at the end may be missing; their defaults are CCMP (TKIP
 * for WPA) and no PSK. Returns DROP_RSNE_MALFORMED for another version, or one that is cut inside a field.
 */
enum drop rsn_element_parse(struct rsn_element *rsne, struct span whole);

/*
 * Writes it, with id and length. Returns its length. A parsed one is written as we would have: it may differ. Of the
 * PMKIDs as many as there is room for are written, the first ones.
 */
size_t rsn_element_write(const struct rsn_element *rsne, uint8_t out[ELEMENT_MAX]);

/* What the key data of an EAPOL-Key frame holds; `bytes` is NULL where it is not there. Elements are whole. */
struct key_data {
	struct span rsne, wpa;           /* RSN element, WPA element: the first of each */
	struct span gtk;                 /* of the KDE: key id and Tx, reserved, key */
	struct span igtk;                /* key id (2), IPN (6), key */
	struct span mobility_domain, ft; /* elements of fast BSS transition (wire/ft.h) */
};

/* Reads it up to its end or its padding. Returns DROP_EAPOL_KEY_DATA when an element runs past the end. */
enum drop key_data_parse(struct key_data *key_data, struct span data);

/* Writes the header of a KDE 00-0F-AC:`type` whose body has `len` bytes. Returns where the body goes. */
uint8_t *kde_write_header(uint8_t *out, uint8_t type, size_t len);

#define KDE_HEADER_LEN 6
#define KDE_GTK        1
#define KDE_IGTK       9

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements (IEEE 802.11-2020, 9.4.2): a walk over them, the RSN element (9.4.2.24) and the element of WPA, and the key
 * data of EAPOL-Key frames (12.7.2), which consists of elements. Every read is bounded; unknown contents are skipped.
 */
#ifndef VIFI_WIRE_IE_H
#define VIFI_WIRE_IE_H

#include "base/drop.h"
#include "wire/suite.h"

#define ELEMENT_MAX (2 + 255)

/* Borrowed bytes. */
struct span {
	const uint8_t *bytes;
	size_t len;
};

/* Removes the first `len` bytes and returns them. If the span is shorter, returns NULL and removes nothing. */
const uint8_t *span_take(struct span *span, size_t len);

bool span_equals(struct span span, const uint8_t *bytes, size_t len);

struct element {
	uint8_t id;
	struct span body;
	struct span whole; /* with its id and length */
};

/* Removes the next element from `rest`. Returns false at the end; bytes left in `rest` are a truncated element. */
bool element_next(struct span *rest, struct element *element);

/* The body of the first element with this extended id (9.4.2.1), after that id; `bytes` is NULL if there is none. */
struct span element_find_extension(struct span elements, uint8_t id);

/* Is it the WPA element: vendor-specific, 00-50-F2, type 1? */
bool element_is_wpa(const struct element *element);

#define RSN_MFPR 0x0040 /* management frame protection required */
#define RSN_MFPC 0x0080 /* management frame protection capable */
#define RSN_OCVC 0x4000 /* operating channel validation capable */

/* The known contents of an RSN or WPA element. */
struct rsn_element {
	bool wpa;                     /* the WPA element */
	enum cipher group;            /* CIPHER_NONE: unknown */
	enum cipher group_management; /* CIPHER_NONE: none, or unknown */
	uint32_t pairwise;            /* 1 << enum cipher */
	uint32_t akms;                /* 1 << enum akm */
	uint16_t capabilities;
	struct span pmkids; /* RSN: cached PMKs that an association request names, PMKID_LEN bytes each */
};

#define PMKID_LEN 16

/*
 * Reads a whole RSN or WPA element. Trailing fields may be missing; the default ciphers are CCMP-128 (TKIP for WPA),
 * and the default set of AKMs is empty. Truncated fields after the AKMs are ignored. Returns DROP_RSNE_MALFORMED for
 * another version, or if a field up to there or a PMKID is truncated.
 */
enum drop rsn_element_parse(struct rsn_element *rsne, struct span whole);

/*
 * Writes a whole element and returns its length. A parsed element can have another encoding when it is written again.
 * PMKIDs beyond the room of an element are left out.
 */
size_t rsn_element_write(const struct rsn_element *rsne, uint8_t out[ELEMENT_MAX]);

/*
 * Writes a whole RSN element like `whole`, with this PMKID in the place of those that it has; NULL: without any. Returns its length;
 * 0: it is malformed, or there is no room.
 */
size_t rsn_element_name_pmk(struct span whole, const uint8_t *pmkid, uint8_t out[ELEMENT_MAX]);

/* The RSN extension element (9.4.2.241): the length of the field less 1, in four bits, and capabilities. */
#define RSNX_LEN                 3 /* of the whole element that we write */
#define RSNX_MAX                 (2 + 16)
#define RSNX_SAE_HASH_TO_ELEMENT 5 /* bits */

/* Does the whole element have this bit? */
bool rsnx_has(struct span whole, unsigned bit);

/* Writes a whole element with one capability of the first byte. */
void rsnx_write(unsigned bit, uint8_t out[RSNX_LEN]);

/* The key data of an EAPOL-Key frame. `bytes` is NULL for an absent item. */
struct key_data {
	struct span rsne, wpa, rsnx;     /* the whole RSN, WPA and RSN extension elements, the first of each */
	struct span gtk;                 /* body of the KDE: key id and Tx (1), reserved (1), key */
	struct span igtk, bigtk;         /* bodies of the KDEs: key id (2), IPN (6), key */
	struct span mobility_domain, ft; /* whole elements of fast BSS transition (wire/ft.h) */
	struct span oci;                 /* body of the KDE of operating channel information */
	struct span transition_disable;  /* body of the KDE of the Wi-Fi Alliance: a bitmap */
};

/* Reads key data up to its padding. Returns DROP_EAPOL_KEY_DATA for a truncated element. */
enum drop key_data_parse(struct key_data *key_data, struct span data);

/* Writes the header of a KDE 00-0F-AC:`type` with a body of `len` bytes. Returns the place of the body. */
uint8_t *kde_write_header(uint8_t *out, uint8_t type, size_t len);

/* Writes the KDE by which stations stop using what is older in this network (Wi-Fi Alliance, WPA3 3.0, 8), of 7 bytes. */
uint8_t *kde_write_transition_disable(uint8_t *out, uint8_t bitmap);

/* Its bits: no WPA2-Personal beside SAE; no SAE without a public key; no WPA2-Enterprise; no open network beside OWE. */
#define TRANSITION_DISABLE_PERSONAL   0x01
#define TRANSITION_DISABLE_SAE_PK     0x02
#define TRANSITION_DISABLE_ENTERPRISE 0x04
#define TRANSITION_DISABLE_OPEN       0x08

#define KDE_HEADER_LEN 6
#define KDE_GTK        1
#define KDE_PMKID      4
#define KDE_IGTK       9
#define KDE_OCI        13 /* operating channel information (wire/oci.h) */
#define KDE_BIGTK      14

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key hierarchy of fast BSS transition (IEEE 802.11-2020, 12.7.1.6) with a PSK, or the PMK of SAE:
 *
 *	PSK ── SSID, mobility domain, R0KH-ID, station ──▶ PMK-R0 ── R1KH-ID, station ──▶ PMK-R1 ── nonces ──▶ PTK
 *
 * A mobility domain has one PMK-R0, each of its access points a PMK-R1. The names of PMK-R0 and PMK-R1 go over the air in the place
 * of a PMKID. The length of the PMK determines the hash: 32 bytes SHA-256; with FT-SAE-EXT-KEY also 48 and 64.
 */
#ifndef VIFI_RSN_FT_H
#define VIFI_RSN_FT_H

#include "rsn/keys.h"
#include "wire/ft.h"

/* The key holders that message 2 or a reassociation names. */
struct ft_key_holders {
	uint8_t mdid[2];
	uint8_t r0kh[FT_R0KH_MAX], r0kh_len;
	uint8_t r1kh[FT_R1KH_LEN];
};

/* Reads them from the two elements. Returns false if an element is absent or truncated. */
bool ft_key_holders_parse(struct ft_key_holders *holders, struct span mobility_domain, const struct ft_element *ft);

/* A PMK-R0 or a PMK-R1, and its name. */
struct ft_key {
	uint8_t pmk[PMK_MAX], name[PMKID_LEN];
	uint8_t pmk_len;
};

/* Derives PMK-R0. Returns 0, -EINVAL for an invalid length of SSID or PMK, or -ENOMEM. */
int ft_derive_r0(struct crypto *crypto, struct piece pmk, struct span ssid, const struct ft_key_holders *holders,
		 const uint8_t spa[6], struct ft_key *r0);

/* Derives PMK-R1. Returns 0 or -ENOMEM. */
int ft_derive_r1(struct crypto *crypto, const struct ft_key *r0, const uint8_t r1kh[FT_R1KH_LEN], const uint8_t spa[6],
		 struct ft_key *r1);

/* Derives both, of which `r0` may be NULL. */
int ft_derive_keys(struct crypto *crypto, struct piece pmk, struct span ssid, const struct ft_key_holders *holders,
		   const uint8_t spa[6], struct ft_key *r0, struct ft_key *r1);

/* Derives a PTK of `len` bytes from PMK-R1 (12.7.1.6.5). Returns 0 or -ENOMEM. */
int ft_derive_ptk(struct crypto *crypto, struct piece pmk_r1, const struct rsn_addresses *addresses,
		  const uint8_t *anonce, const uint8_t *snonce, uint8_t *out, size_t len);

/* The input of the MIC of a reassociation (13.8.4, 13.8.5): whole elements; `bytes` is NULL for an absent one. */
struct ft_mic_input {
	bool response;
	struct span rsn, mobility_domain, ft, ric, rsnx;
};

/*
 * The resource requests of a message whose MIC covers `count` elements (13.11): its elements from the first request on, as many as
 * `input` leaves of those. `rest` begins with them. Returns an empty span if there are none.
 */
struct span ft_ric(const struct ft_mic_input *input, struct span rest, uint8_t count);

/* Writes the answer that declines each request. Further ones stay unanswered. Returns its length. */
#define FT_RIC_ANSWERS_MAX 8
#define FT_RIC_ANSWER_LEN  6
size_t ft_ric_decline(struct span ric, uint8_t out[FT_RIC_ANSWERS_MAX * FT_RIC_ANSWER_LEN]);

/*
 * Is the MIC in the element `ft` correct, and as long as the suite demands? It covers the `leading` pieces (at most FT_LEADING_MAX), the element with a
 * zero MIC, and `trailing`. Runs in constant time.
 */
#define FT_LEADING_MAX 5
bool ft_mic_verify_pieces(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
			  const struct piece *leading, size_t count, struct span ft, struct span trailing);

bool ft_mic_verify(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		   const struct rsn_addresses *addresses, const struct ft_mic_input *input);

/* The number of elements that the MIC covers. */
uint8_t ft_mic_count(const struct ft_mic_input *input);

/* Writes the MIC into the element `ft`, which input->ft describes. Returns 0, -EINVAL for another length of the MIC, or -ENOMEM. */
int ft_mic_write(struct crypto *crypto, const struct rsn_suite *suite, const uint8_t *kck,
		 const struct rsn_addresses *addresses, const struct ft_mic_input *input, uint8_t *ft);

/* The group keys of a reassociation response (9.4.2.47), as the bodies of subelements. */
enum ft_group_key { FT_GTK, FT_IGTK, FT_BIGTK };

#define FT_GROUP_KEY_MAX (11 + KEY_MAX + 8)

/* The KEK of a PTK, with the length that the suite has. */
struct piece ft_kek(const struct rsn_suite *suite, const struct ptk *ptk);

/* Wraps a key into a subelement at `out`. Returns its length, or -EINVAL or -ENOMEM. */
int ft_wrap_group_key(struct crypto *crypto, struct piece kek, enum ft_group_key kind, const struct rsn_key *key,
		      uint8_t out[FT_GROUP_KEY_MAX]);

/* Unwraps it; the caller sets the cipher. Returns 0 or -EBADMSG. */
int ft_unwrap_group_key(struct crypto *crypto, struct piece kek, enum ft_group_key kind, struct span subelement,
			struct rsn_key *key);

#endif

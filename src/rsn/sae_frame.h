/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bodies of SAE's authentication frames, after algorithm, transaction and status (IEEE 802.11-2020, 9.4.1.37 to
 * 9.4.1.42, Table 9-40):
 *
 *	commit    group (2) │ token, by hunting and pecking │ scalar │ element │ password identifier │ rejected groups │
 *	          token container, by hash to element │ AKM suite selector
 *	confirm   send-confirm (2) │ confirm
 *	status 76 group (2) │ token, or token container
 *	status 77 group (2)
 */
#ifndef VIFI_RSN_SAE_FRAME_H
#define VIFI_RSN_SAE_FRAME_H

#include "crypto/ec.h"
#include "rsn/sae_pwe.h"
#include "wire/ie.h"

#define SAE_COMMIT  1 /* transaction sequence numbers */
#define SAE_CONFIRM 2

#define SAE_TOKEN_MAX 253
#define SAE_BODY_MAX  (2 + 3 * EC_LEN_MAX + 3 + SAE_IDENTIFIER_MAX + 3 + 2 * SAE_GROUPS_MAX + 3 + SAE_TOKEN_MAX + 7)

struct sae_commit {
	unsigned group;
	const uint8_t *scalar, *element;
	struct span token, identifier, rejected_groups; /* bytes NULL: absent */
	enum akm akm;                                   /* of the AKM suite selector; AKM_NONE: absent */
};

/*
 * Reads a commit. Only the group is set if it has no supported curve (ec_is_supported()). Returns DROP_TRUNCATED for a
 * body that is too short or has a broken element. Whether scalar and element are valid, sae_commit_is_valid() tells.
 */
enum drop sae_commit_parse(struct sae_commit *commit, struct span body, bool hash_to_element);

/* Are the scalar in 2 … order - 1 and the element a point of the curve (12.4.5.4)? */
bool sae_commit_is_valid(const struct ec_curve *curve, const struct sae_commit *commit);

/* Writes a commit and returns its length. */
size_t sae_commit_write(const struct sae_commit *commit, size_t curve_len, bool hash_to_element,
			uint8_t out[SAE_BODY_MAX]);

/* Reads the token of a response with status 76 for this group. Returns false if it has none. */
bool sae_token_parse(struct span body, unsigned group, struct span *token);

/* Writes the body of such a response, and returns its length. */
size_t sae_token_write(unsigned group, struct span token, bool hash_to_element, uint8_t out[SAE_BODY_MAX]);

#endif

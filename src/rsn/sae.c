/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic of SAE that both ends share (IEEE 802.11-2020, 12.4.5). */
#include "rsn/sae.h"

#include "wire/le.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <string.h>

void sae_wipe(struct sae *sae)
{
	crypto_wipe(sae, sizeof(*sae));
}

/* The hash of the whole exchange: by the curve, or SHA-256 by hunting and pecking (12.4.2). */
static enum digest hash_of(const struct sae *sae)
{
	return sae->hash_to_element ? ec_digest(sae->curve) : DIGEST_HMAC_SHA256;
}

uint16_t sae_commit_status(const struct sae *sae)
{
	return sae->hash_to_element ? STATUS_SAE_HASH_TO_ELEMENT : STATUS_SUCCESS;
}

int sae_pick(struct sae *sae)
{
	uint8_t mask[EC_LEN_MAX], product[EC_POINT_MAX];
	int err;

	/* scalar = (factor + mask) mod order, which must be above 1; element = -(mask * PWE). */
	do {
		err = ec_scalar_random(sae->curve, sae->random, sae->own_factor);
		if (!err)
			err = ec_scalar_random(sae->curve, sae->random, mask);
		if (!err)
			err = ec_scalar_add(sae->curve, sae->own_factor, mask, sae->own_scalar);
	} while (!err && !ec_scalar_is_valid(sae->curve, sae->own_scalar));
	if (!err)
		err = ec_multiply(sae->curve, mask, sae->pwe, product);
	if (!err)
		err = ec_negate(sae->curve, product, sae->own_element);
	crypto_wipe(mask, sizeof(mask));
	return err;
}

bool sae_is_reflection(const struct sae *sae, const struct sae_commit *commit)
{
	size_t len = ec_len(sae->curve);

	return memcmp(commit->scalar, sae->own_scalar, len) == 0 &&
	       memcmp(commit->element, sae->own_element, 2 * len) == 0;
}

/* The salt names the groups that either end has refused, those of the larger address first, so that no one can hide them. */
static size_t write_salt(const struct sae *sae, size_t hash_len, uint8_t out[2 * SAE_REJECTED_MAX])
{
	bool ap_is_larger = memcmp(sae->addresses.aa, sae->addresses.spa, 6) > 0;
	bool own_first = ap_is_larger == sae->owner_is_ap;
	size_t own = sae->own_rejected_len, peer = sae->peer_rejected_len;

	memset(out, 0, 2 * SAE_REJECTED_MAX);
	if (!sae->hash_to_element || !(own + peer))
		return hash_len;
	memcpy(out + (own_first ? 0 : peer), sae->own_rejected, own);
	memcpy(out + (own_first ? own : 0), sae->peer_rejected, peer);
	return own + peer;
}

/* KCK and PMK from the x coordinate of the shared secret (12.4.5.4). */
static int derive_from_secret(struct sae *sae, const uint8_t *x)
{
	enum digest hash = hash_of(sae);
	size_t len = ec_len(sae->curve), hash_len = digest_len(hash), salt_len;
	uint8_t salt[2 * SAE_REJECTED_MAX], seed[DIGEST_MAX], sum[EC_LEN_MAX], keys[DIGEST_MAX + SAE_PMK_MAX];
	struct piece secret = {x, len};
	int err;

	sae->kck_len = hash_len;
	sae->pmk_len = akm_info(sae->akm)->hash_by_group ? hash_len : PMK_LEN;
	salt_len = write_salt(sae, hash_len, salt);
	err = digest(sae->crypto, hash, salt, salt_len, &secret, 1, seed, hash_len);
	if (!err)
		err = ec_scalar_add(sae->curve, sae->own_scalar, sae->peer_scalar, sum);
	if (!err)
		err = kdf(sae->crypto, hash, (struct piece){seed, hash_len}, "SAE KCK and PMK",
			  (struct piece){sum, len}, keys, sae->kck_len + sae->pmk_len);
	if (!err) {
		memcpy(sae->kck, keys, sae->kck_len);
		memcpy(sae->pmk, keys + sae->kck_len, sae->pmk_len);
		memcpy(sae->pmkid, sum, PMKID_LEN);
	}
	crypto_wipe(seed, sizeof(seed));
	crypto_wipe(keys, sizeof(keys));
	return err;
}

int sae_derive_keys(struct sae *sae, const struct sae_commit *commit)
{
	size_t len = ec_len(sae->curve);
	uint8_t secret[EC_POINT_MAX];
	int err;

	memcpy(sae->peer_scalar, commit->scalar, len);
	memcpy(sae->peer_element, commit->element, 2 * len);
	sae->peer_rejected_len =
		commit->rejected_groups.len <= SAE_REJECTED_MAX ? commit->rejected_groups.len : SAE_REJECTED_MAX;
	if (sae->peer_rejected_len)
		memcpy(sae->peer_rejected, commit->rejected_groups.bytes, sae->peer_rejected_len);
	err = ec_multiply_sum(sae->curve, sae->own_factor, sae->peer_scalar, sae->pwe, sae->peer_element, secret);
	if (!err)
		err = derive_from_secret(sae, secret);
	crypto_wipe(secret, sizeof(secret));
	return err;
}

/* ---- frames ---- */

static struct sae_frame *add_frame(struct sae_out *out, uint16_t transaction, uint16_t status)
{
	struct sae_frame *frame = &out->frames[out->frame_count++];

	frame->transaction = transaction;
	frame->status = status;
	return frame;
}

void sae_add_commit(const struct sae *sae, uint16_t status, struct sae_out *out)
{
	const struct sae_password *password = sae->password;
	struct sae_commit commit = {.group = ec_group(sae->curve),
				    .scalar = sae->own_scalar,
				    .element = sae->own_element,
				    .token = {sae->token, sae->token_len},
				    .rejected_groups = {sae->own_rejected, sae->own_rejected_len},
				    .akm = akm_info(sae->akm)->hash_by_group ? sae->akm : AKM_NONE};
	struct sae_frame *frame = add_frame(out, SAE_COMMIT, status);

	if (password)
		commit.identifier = (struct span){password->identifier, password->identifier_len};
	frame->len = sae_commit_write(&commit, ec_len(sae->curve), sae->hash_to_element, frame->body);
}

/* CN(key, counter, scalar, element, other scalar, other element), 12.4.5.5. */
static int compute_confirm(const struct sae *sae, const uint8_t counter[2], bool own, uint8_t out[DIGEST_MAX])
{
	size_t len = ec_len(sae->curve);
	struct piece mine[] = {{sae->own_scalar, len}, {sae->own_element, 2 * len}};
	struct piece theirs[] = {{sae->peer_scalar, len}, {sae->peer_element, 2 * len}};
	struct piece pieces[] = {{counter, 2},
				 own ? mine[0] : theirs[0],
				 own ? mine[1] : theirs[1],
				 own ? theirs[0] : mine[0],
				 own ? theirs[1] : mine[1]};

	return digest(sae->crypto, hash_of(sae), sae->kck, sae->kck_len, pieces, 5, out, sae->kck_len);
}

void sae_add_confirm(struct sae *sae, struct sae_out *out)
{
	struct sae_frame *frame = add_frame(out, SAE_CONFIRM, STATUS_SUCCESS);

	if (sae->send_confirm < UINT16_MAX - 1)
		sae->send_confirm++;
	put_le16(frame->body, sae->send_confirm);
	frame->len = 2 + sae->kck_len;
	if (compute_confirm(sae, frame->body, true, frame->body + 2)) {
		out->frame_count--;
		out->drop = DROP_CIPHER_FAILED;
	}
}

enum sae_verdict sae_check_confirm(struct sae *sae, struct span body)
{
	uint8_t expected[DIGEST_MAX];
	uint16_t counter;
	bool valid;

	if (body.len < 2 + sae->kck_len)
		return SAE_CONFIRM_TRUNCATED;
	counter = le16(body.bytes);
	/* Once the peer has proved itself, only a later confirm counts (12.4.8.6.6). */
	if (sae->peer_confirmed && (counter <= sae->peer_send_confirm || counter == UINT16_MAX))
		return SAE_CONFIRM_OLD;
	valid = !compute_confirm(sae, body.bytes, false, expected) &&
		crypto_equal(expected, body.bytes + 2, sae->kck_len);
	crypto_wipe(expected, sizeof(expected));
	if (!valid)
		return SAE_CONFIRM_WRONG;
	sae->peer_send_confirm = counter;
	sae->peer_confirmed = true;
	return SAE_CONFIRM_VALID;
}

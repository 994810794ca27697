/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/owe.h"

#include "wire/ieee80211.h"
#include "wire/le.h"

#include <errno.h>
#include <string.h>

enum { HEADER_LEN = 3 + 2 }; /* id, length and extension; group */

int owe_begin(struct owe *owe, unsigned group, struct crypto *crypto, struct random *random)
{
	const struct ec_curve *curve = ec_is_supported(group) ? ec_curve(crypto, group) : NULL;
	uint8_t point[EC_POINT_MAX];
	int err;

	*owe = (struct owe){.group = group};
	if (!curve)
		return ec_is_supported(group) ? -ENOMEM : -EINVAL;
	err = ec_scalar_random(curve, random, owe->secret);
	if (!err)
		err = ec_multiply(curve, owe->secret, NULL, point);
	if (!err)
		memcpy(owe->public_x, point, ec_len(curve));
	return err;
}

/* Bytes of a coordinate; 0: unsupported. */
static size_t coordinate_len(unsigned group)
{
	static const size_t lens[] = {32, 48, 66};

	return ec_is_supported(group) ? lens[group - 19] : 0;
}

size_t owe_write(const struct owe *owe, uint8_t out[OWE_ELEMENT_MAX])
{
	size_t len = coordinate_len(owe->group);

	out[0] = EID_EXTENSION;
	out[1] = (uint8_t)(HEADER_LEN - 2 + len);
	out[2] = EXT_DIFFIE_HELLMAN;
	put_le16(out + 3, (uint16_t)owe->group);
	memcpy(out + HEADER_LEN, owe->public_x, len);
	return HEADER_LEN + len;
}

unsigned owe_group(struct span whole)
{
	if (whole.len < HEADER_LEN + 1 || whole.bytes[0] != EID_EXTENSION || whole.bytes[2] != EXT_DIFFIE_HELLMAN)
		return 0;
	return le16(whole.bytes + 3);
}

/* `publics`: the x coordinates of station and access point, then the group. */
static int derive_keys(struct crypto *crypto, const struct ec_curve *curve, const uint8_t *publics,
		       const uint8_t *secret, struct owe_keys *keys)
{
	enum digest hash = ec_digest(curve);
	size_t len = ec_len(curve), hash_len = digest_len(hash);
	uint8_t seed[DIGEST_MAX], sum[DIGEST_MAX];
	struct piece piece = {secret, len};
	int err = digest(crypto, hash, publics, 2 * len + 2, &piece, 1, seed, hash_len);

	if (!err)
		err = kdf_expand(crypto, hash, (struct piece){seed, hash_len}, "OWE Key Generation", keys->pmk,
				 hash_len);
	if (!err)
		err = digest_hash(crypto, hash, publics, 2 * len, sum);
	if (!err)
		memcpy(keys->pmkid, sum, PMKID_LEN);
	keys->pmk_len = (uint8_t)hash_len;
	crypto_wipe(seed, sizeof(seed));
	return err;
}

int owe_derive(struct owe *owe, struct crypto *crypto, struct span peer, bool is_ap, struct owe_keys *keys)
{
	size_t len = coordinate_len(owe->group);
	const struct ec_curve *curve = len ? ec_curve(crypto, owe->group) : NULL;
	uint8_t point[EC_POINT_MAX], secret[EC_POINT_MAX], publics[2 * EC_LEN_MAX + 2];
	const uint8_t *peer_x = peer.bytes + HEADER_LEN;
	int err = len && peer.len == HEADER_LEN + len ? 0 : -EBADMSG;

	if (!err && !curve)
		err = -ENOMEM;
	/* Either root serves: the secret is the x coordinate. */
	if (!err)
		err = ec_point_from_x(curve, peer_x, 0, point);
	if (!err)
		err = ec_multiply(curve, owe->secret, point, secret);
	if (!err) {
		memcpy(publics, is_ap ? peer_x : owe->public_x, len);
		memcpy(publics + len, is_ap ? owe->public_x : peer_x, len);
		put_le16(publics + 2 * len, (uint16_t)owe->group);
		err = derive_keys(crypto, curve, publics, secret, keys);
	}
	crypto_wipe(secret, sizeof(secret));
	crypto_wipe(owe->secret, sizeof(owe->secret));
	return err;
}

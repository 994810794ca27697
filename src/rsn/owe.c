/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/owe.h"

#include "wire/ieee80211.h"
#include "wire/le.h"

#include <errno.h>
#include <string.h>

int owe_begin(struct owe *owe, struct crypto *crypto, struct random *random)
{
	const struct ec_curve *curve = ec_curve(crypto, OWE_GROUP);
	uint8_t point[EC_POINT_MAX];
	int err = curve ? ec_scalar_random(curve, random, owe->secret) : -ENOMEM;

	if (!err)
		err = ec_multiply(curve, owe->secret, NULL, point);
	if (!err)
		memcpy(owe->public_x, point, OWE_LEN);
	return err;
}

void owe_write(const struct owe *owe, uint8_t out[OWE_ELEMENT_LEN])
{
	out[0] = EID_EXTENSION;
	out[1] = OWE_ELEMENT_LEN - 2;
	out[2] = EXT_DIFFIE_HELLMAN;
	put_le16(out + 3, OWE_GROUP);
	memcpy(out + 5, owe->public_x, OWE_LEN);
}

unsigned owe_group(struct span whole)
{
	if (whole.len < 6 || whole.bytes[0] != EID_EXTENSION || whole.bytes[2] != EXT_DIFFIE_HELLMAN)
		return 0;
	return le16(whole.bytes + 3);
}

static int derive_keys(struct crypto *crypto, const uint8_t *publics, const uint8_t *secret, uint8_t pmk[PMK_LEN],
		       uint8_t pmkid[PMKID_LEN])
{
	uint8_t salt[2 * OWE_LEN + 2], seed[32], hash[32];
	struct piece piece = {secret, OWE_LEN};
	int err;

	memcpy(salt, publics, 2 * OWE_LEN);
	put_le16(salt + 2 * OWE_LEN, OWE_GROUP);
	err = digest(crypto, DIGEST_HMAC_SHA256, salt, sizeof(salt), &piece, 1, seed, sizeof(seed));
	if (!err)
		err = kdf_expand(crypto, DIGEST_HMAC_SHA256, (struct piece){seed, sizeof(seed)}, "OWE Key Generation",
				 pmk, PMK_LEN);
	if (!err)
		err = digest_sha256(crypto, publics, 2 * OWE_LEN, hash);
	if (!err)
		memcpy(pmkid, hash, PMKID_LEN);
	crypto_wipe(seed, sizeof(seed));
	return err;
}

int owe_derive(struct owe *owe, struct crypto *crypto, struct span peer, bool is_ap, uint8_t pmk[PMK_LEN],
	       uint8_t pmkid[PMKID_LEN])
{
	const struct ec_curve *curve = ec_curve(crypto, OWE_GROUP);
	uint8_t point[EC_POINT_MAX], secret[EC_POINT_MAX], publics[2 * OWE_LEN];
	const uint8_t *peer_x = peer.bytes + 5;
	int err = peer.len == OWE_ELEMENT_LEN ? 0 : -EBADMSG;

	if (!curve)
		err = -ENOMEM;
	/* Either root serves: the secret is the x coordinate. */
	if (!err)
		err = ec_point_from_x(curve, peer_x, 0, point);
	if (!err)
		err = ec_multiply(curve, owe->secret, point, secret);
	if (!err) {
		memcpy(publics, is_ap ? peer_x : owe->public_x, OWE_LEN);
		memcpy(publics + OWE_LEN, is_ap ? owe->public_x : peer_x, OWE_LEN);
		err = derive_keys(crypto, publics, secret, pmk, pmkid);
	}
	crypto_wipe(secret, sizeof(secret));
	crypto_wipe(owe->secret, sizeof(owe->secret));
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/sae_pwe.h"

#include "base/mac.h"

#include <errno.h>
#include <string.h>

#define PT_BYTES_MAX (EC_LEN_MAX + EC_LEN_MAX / 2)

/* The larger address first (12.4.4.2). */
static void put_addresses(const struct rsn_addresses *addresses, uint8_t out[2 * MAC_LEN])
{
	bool larger = memcmp(addresses->aa, addresses->spa, MAC_LEN) > 0;

	mac_copy(out, larger ? addresses->aa : addresses->spa);
	mac_copy(out + MAC_LEN, larger ? addresses->spa : addresses->aa);
}

/* ---- hash to element ---- */

/* One of the two points whose sum is the PT. */
static int derive_part(struct crypto *crypto, const struct ec_curve *curve, const uint8_t *seed, const char *label,
		       uint8_t *out)
{
	enum digest hash = ec_digest(curve);
	size_t len = ec_len(curve) + ec_len(curve) / 2;
	uint8_t value[PT_BYTES_MAX];
	int err = kdf_expand(crypto, hash, (struct piece){seed, digest_len(hash)}, label, value, len);

	if (!err)
		err = ec_sswu(curve, value, len, out);
	crypto_wipe(value, sizeof(value));
	return err;
}

int sae_derive_pt(struct crypto *crypto, const struct ec_curve *curve, struct span ssid,
		  const struct sae_password *password, uint8_t out[EC_POINT_MAX])
{
	enum digest hash = ec_digest(curve);
	struct piece pieces[] = {{password->password, password->password_len},
				 {password->identifier, password->identifier_len}};
	uint8_t seed[DIGEST_MAX], first[EC_POINT_MAX], second[EC_POINT_MAX];
	int err = digest(crypto, hash, ssid.bytes, ssid.len, pieces, 2, seed, digest_len(hash));

	if (!err)
		err = derive_part(crypto, curve, seed, "SAE Hash to Element u1 P1", first);
	if (!err)
		err = derive_part(crypto, curve, seed, "SAE Hash to Element u2 P2", second);
	if (!err)
		err = ec_add(curve, first, second, out);
	crypto_wipe(seed, sizeof(seed));
	crypto_wipe(first, sizeof(first));
	crypto_wipe(second, sizeof(second));
	return err;
}

int sae_password_derive(struct crypto *crypto, struct sae_password *password, struct span ssid, const unsigned *groups,
			size_t group_count)
{
	if (!ssid.len || ssid.len > SSID_MAX || !password->password_len || group_count > SAE_GROUPS_MAX ||
	    password->password_len > SAE_PASSWORD_MAX || password->identifier_len > SAE_IDENTIFIER_MAX)
		return -EINVAL;
	password->pt_count = 0;
	for (size_t i = 0; i < group_count; i++) {
		const struct ec_curve *curve = ec_curve(crypto, groups[i]);
		struct sae_pt *pt = &password->pts[i];
		int err;

		if (!curve)
			return ec_is_supported(groups[i]) ? -ENOMEM : -EINVAL;
		err = sae_derive_pt(crypto, curve, ssid, password, pt->point);
		if (err)
			return err;
		pt->group = groups[i];
		password->pt_count++;
	}
	return 0;
}

int sae_pwe_from_pt(struct crypto *crypto, const struct ec_curve *curve, const uint8_t *pt,
		    const struct rsn_addresses *addresses, uint8_t out[EC_POINT_MAX])
{
	static const uint8_t zeroes[DIGEST_MAX];
	enum digest hash = ec_digest(curve);
	uint8_t macs[2 * MAC_LEN], value[DIGEST_MAX], scalar[EC_LEN_MAX];
	struct piece piece = {macs, sizeof(macs)};
	int err;

	put_addresses(addresses, macs);
	err = digest(crypto, hash, zeroes, digest_len(hash), &piece, 1, value, digest_len(hash));
	if (!err)
		err = ec_scalar_reduce(curve, value, digest_len(hash), scalar);
	if (!err)
		err = ec_multiply(curve, scalar, pt, out);
	crypto_wipe(value, sizeof(value));
	crypto_wipe(scalar, sizeof(scalar));
	return err;
}

/* ---- hunting and pecking ---- */

struct candidate {
	uint8_t x[EC_LEN_MAX], odd; /* `odd`: the lowest bit of the seed */
};

/* The bits of P-521's numbers fill no whole byte: the KDF's are at the upper end. */
static void shift_right(uint8_t *bytes, size_t len, unsigned bits)
{
	for (size_t i = len; bits && i--;)
		bytes[i] = (uint8_t)(bytes[i] >> bits | (i ? bytes[i - 1] << (8 - bits) : 0));
}

static int derive_candidate(struct crypto *crypto, const struct ec_curve *curve, const struct sae_password *password,
			    const uint8_t macs[2 * MAC_LEN], uint8_t counter, struct candidate *candidate)
{
	struct piece pieces[] = {{password->password, password->password_len}, {&counter, 1}};
	uint8_t seed[32], prime[EC_LEN_MAX];
	int err = digest(crypto, DIGEST_HMAC_SHA256, macs, 2 * MAC_LEN, pieces, 2, seed, sizeof(seed));

	ec_prime(curve, prime);
	if (!err)
		err = kdf_bits(crypto, DIGEST_HMAC_SHA256, (struct piece){seed, sizeof(seed)},
			       "SAE Hunting and Pecking", (struct piece){prime, ec_len(curve)}, candidate->x,
			       ec_bits(curve));
	shift_right(candidate->x, ec_len(curve), (unsigned)(ec_len(curve) * 8 - ec_bits(curve)));
	candidate->odd = seed[sizeof(seed) - 1] & 1;
	crypto_wipe(seed, sizeof(seed));
	return err;
}

/* Takes the candidate over if it `fits` (0xff), unless there is one already. */
static void keep_candidate(struct candidate *kept, const struct candidate *candidate, uint8_t fits, uint8_t *found)
{
	uint8_t take = fits & (uint8_t) ~*found;

	for (size_t i = 0; i < sizeof(kept->x); i++)
		kept->x[i] = (uint8_t)((candidate->x[i] & take) | (kept->x[i] & ~take));
	kept->odd = (uint8_t)((candidate->odd & take) | (kept->odd & ~take));
	*found |= fits;
}

int sae_pwe_hunt(struct crypto *crypto, const struct ec_curve *curve, struct random *random,
		 const struct sae_password *password, const struct rsn_addresses *addresses, uint8_t out[EC_POINT_MAX])
{
	struct candidate kept = {0}, candidate = {0};
	uint8_t macs[2 * MAC_LEN], found = 0, fits;
	int err = 0;

	put_addresses(addresses, macs);
	for (unsigned counter = 1; !err && counter <= UINT8_MAX && (counter <= SAE_HUNT_ROUNDS || !found); counter++) {
		err = derive_candidate(crypto, curve, password, macs, (uint8_t)counter, &candidate);
		if (!err)
			err = ec_test_x(curve, random, candidate.x, &fits);
		if (!err)
			keep_candidate(&kept, &candidate, fits, &found);
	}
	if (!err)
		err = found ? ec_point_from_x(curve, kept.x, kept.odd, out) : -EBADMSG;
	crypto_wipe(&kept, sizeof(kept));
	crypto_wipe(&candidate, sizeof(candidate));
	return err;
}

int sae_pwe_derive(struct crypto *crypto, const struct ec_curve *curve, struct random *random,
		   const struct sae_password *password, bool hash_to_element, const struct rsn_addresses *addresses,
		   uint8_t out[EC_POINT_MAX])
{
	if (!hash_to_element)
		return sae_pwe_hunt(crypto, curve, random, password, addresses, out);
	for (size_t i = 0; i < password->pt_count; i++)
		if (password->pts[i].group == ec_group(curve))
			return sae_pwe_from_pt(crypto, curve, password->pts[i].point, addresses, out);
	return -ENOENT;
}

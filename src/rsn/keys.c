/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/keys.h"

static enum digest digest_of(enum akm_digest algorithm)
{
	static const enum digest digests[] = {
		[AKM_HMAC_SHA1] = DIGEST_HMAC_SHA1,
		[AKM_HMAC_SHA256] = DIGEST_HMAC_SHA256,
		[AKM_AES_CMAC_128] = DIGEST_CMAC_128,
	};

	return digests[algorithm];
}

struct rsn_profile rsn_profile(const struct rsn_suite *suite)
{
	const struct akm_info *akm = akm_info(suite->akm);
	struct rsn_profile profile = {.kdf = digest_of(akm->kdf),
				      .mic = digest_of(akm->mic),
				      .pmk_len = PMK_LEN,
				      .kck_len = akm->kck_len,
				      .kek_len = akm->kek_len,
				      .mic_len = akm->mic_len};

	if (!akm->hash_by_group || suite->pmk_len <= PMK_LEN)
		return profile;
	profile.kdf = profile.mic = suite->pmk_len == 48 ? DIGEST_HMAC_SHA384 : DIGEST_HMAC_SHA512;
	profile.pmk_len = suite->pmk_len;
	profile.kck_len = profile.mic_len = suite->pmk_len / 2;
	profile.kek_len = RSN_KEK_MAX;
	return profile;
}

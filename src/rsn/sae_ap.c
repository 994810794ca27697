/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point's end of SAE (rsn/sae.h). */
#include "rsn/sae.h"
#include "wire/le.h"
#include "wire/mgmt.h"

#include <string.h>

enum akm sae_select_akm(const struct sae_commit *commit, uint32_t offered, bool hash_to_element)
{
	uint32_t by_group = offered & akm_set_sae() & akm_set_hash_by_group();

	if (commit->akm != AKM_NONE && akm_info(commit->akm)->hash_by_group)
		return hash_to_element && (by_group & 1u << commit->akm) ? commit->akm : AKM_NONE;
	return akm_strongest(offered & akm_set_sae() & ~by_group);
}

bool sae_rejects_allowed(struct span rejected, const uint16_t *groups)
{
	for (size_t at = 0; at + 2 <= rejected.len; at += 2)
		for (size_t i = 0; groups[i]; i++)
			if (le16(rejected.bytes + at) == groups[i])
				return true;
	return false;
}

/* Picks our own commit, and derives the keys. Returns a status. */
static uint16_t answer_commit(struct sae *sae, const struct sae_password *password, const struct sae_commit *commit)
{
	if (sae_pwe_derive(sae->crypto, sae->curve, sae->random, password, sae->hash_to_element, &sae->addresses,
			   sae->pwe) ||
	    sae_pick(sae) || sae_derive_keys(sae, commit))
		return STATUS_UNSPECIFIED;
	return STATUS_SUCCESS;
}

uint16_t sae_ap_start(struct sae *sae, struct crypto *crypto, struct random *random, const struct sae_ap_setup *setup,
		      const struct sae_password *password, const struct sae_commit *commit, struct sae_out *out)
{
	uint16_t status = STATUS_SUCCESS;

	memset(out, 0, sizeof(*out));
	*sae = (struct sae){.crypto = crypto,
			    .random = random,
			    .curve = ec_curve(crypto, commit->group),
			    .addresses = setup->addresses,
			    .hash_to_element = setup->hash_to_element,
			    .owner_is_ap = true,
			    .akm = setup->akm,
			    .sync_max = setup->sync_max ? setup->sync_max : SAE_SYNC_DEFAULT};
	if (!sae->curve || !sae_commit_is_valid(sae->curve, commit) ||
	    sae_rejects_allowed(commit->rejected_groups, setup->groups) ||
	    commit->rejected_groups.len > SAE_REJECTED_MAX)
		status = STATUS_UNSPECIFIED;
	if (!status)
		status = answer_commit(sae, password, commit);
	if (status) {
		out->drop = DROP_SAE_INVALID;
		sae_wipe(sae);
		return status;
	}
	sae->state = SAE_COMMITTED;
	sae_add_commit(sae, sae_commit_status(sae), out);
	if (setup->confirm_immediately) {
		sae->state = SAE_CONFIRMED;
		sae_add_confirm(sae, out);
	}
	return STATUS_SUCCESS;
}

bool sae_ap_is_repeated(const struct sae *sae, const struct sae_commit *commit)
{
	size_t len = sae->curve ? ec_len(sae->curve) : 0;

	return sae->state != SAE_NOTHING && commit->group == ec_group(sae->curve) && commit->scalar &&
	       memcmp(commit->scalar, sae->peer_scalar, len) == 0 &&
	       memcmp(commit->element, sae->peer_element, 2 * len) == 0;
}

/* Beyond the limit nothing is answered. The exchange stays: anybody can repeat what a station has sent. */
static bool is_beyond_limit(struct sae *sae, struct sae_out *out)
{
	if (sae->sync < sae->sync_max) {
		sae->sync++;
		return false;
	}
	out->drop = DROP_MGMT_UNEXPECTED;
	return true;
}

void sae_ap_repeat(struct sae *sae, struct sae_out *out)
{
	memset(out, 0, sizeof(*out));
	if (sae->state == SAE_ACCEPTED) /* an old frame, or a forged one */
		out->drop = DROP_MGMT_UNEXPECTED;
	if (out->drop || is_beyond_limit(sae, out))
		return;
	sae_add_commit(sae, sae_commit_status(sae), out);
	if (sae->state == SAE_CONFIRMED)
		sae_add_confirm(sae, out);
}

static void accept(struct sae *sae, struct sae_out *out)
{
	bool first = sae->state != SAE_ACCEPTED;

	/* After an immediate confirm the station has ours already. */
	if (sae->state != SAE_CONFIRMED)
		sae_add_confirm(sae, out);
	if (first)
		sae->sync = 0;
	sae->state = SAE_ACCEPTED;
	sae->send_confirm = UINT16_MAX; /* a later confirm asks for no answer */
	out->event = first ? SAE_EVENT_ACCEPTED : SAE_NO_EVENT;
}

void sae_ap_confirm(struct sae *sae, struct span body, struct sae_out *out)
{
	memset(out, 0, sizeof(*out));
	if (sae->state == SAE_NOTHING) {
		out->drop = DROP_MGMT_UNEXPECTED;
		return;
	}
	switch (sae_check_confirm(sae, body)) {
	case SAE_CONFIRM_VALID:
		/* Repeated: our confirm was lost. */
		if (sae->state != SAE_ACCEPTED || !is_beyond_limit(sae, out))
			accept(sae, out);
		break;
	case SAE_CONFIRM_WRONG:
		/* In the state Accepted anybody may have sent it. */
		out->drop = DROP_SAE_CONFIRM;
		if (sae->state == SAE_ACCEPTED)
			break;
		out->event = SAE_EVENT_WRONG_PASSWORD;
		out->status = STATUS_CHALLENGE_FAILURE;
		break;
	case SAE_CONFIRM_OLD:
		out->drop = DROP_MGMT_UNEXPECTED;
		break;
	case SAE_CONFIRM_TRUNCATED:
		out->drop = DROP_TRUNCATED;
		break;
	}
}
